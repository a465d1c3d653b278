"""Reduction on a plateau, Muon, and optimizers from old checkpoints, where planted faults had survived."""

import copy

from conformance.scenario import scenario

METRICS = [3.0, 2.0, 2.0, 2.5, 1.9, 2.0, 2.0, 2.0, 1.5, 1.5, 1.5, 1.5, float("nan"), 1.0]
OPTIONS = {
    "default": {},
    "impatient": {"patience": 0},
    "patience": {"patience": 1},
    "cooldown": {"patience": 0, "cooldown": 2},
    "long-cooldown": {"patience": 1, "cooldown": 3, "factor": 0.5},
    "least": {"patience": 0, "min_lr": 0.01, "factor": 0.5},
    "least-each": {"patience": 0, "min_lr": [0.05, 0.2], "factor": 0.5},
    "least-too-many": {"patience": 0, "min_lr": [0.05, 0.2, 0.1]},
    "large-eps": {"patience": 0, "eps": 0.2, "factor": 0.5},
    "eps-met": {"patience": 0, "eps": 0.25, "factor": 0.5},
    "max": {"patience": 0, "mode": "max", "factor": 0.5},
    "max-abs": {"patience": 0, "mode": "max", "threshold_mode": "abs", "threshold": 0.5, "factor": 0.5},
    "min-abs": {"patience": 0, "threshold_mode": "abs", "threshold": 0.5, "factor": 0.5},
    "threshold": {"patience": 0, "threshold": 0.25, "factor": 0.5},
    "threshold-met": {"patience": 0, "threshold": 0.05, "factor": 0.5},
    "factor-of-one": {"factor": 1.0},
    "no-such-mode": {"mode": "least"},
    "no-such-threshold": {"threshold_mode": "square"},
}


def told(function):
    """What a call gives, or the class of its refusal."""
    try:
        return function()
    except (RuntimeError, ValueError, TypeError, AttributeError, KeyError) as error:
        return type(error).__name__


def groups(torch):
    return [{"params": [torch.tensor([1.0])]}, {"params": [torch.tensor([2.0])], "lr": 0.25}]


@scenario("LRS-19/each", cases=OPTIONS)
def the_rates_on_a_plateau(torch, observe, options):
    optimizer = torch.optim.SGD(groups(torch), lr=0.5)

    def rates():
        scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **options)
        found = [scheduler.last_epoch, [float(rate) for rate in scheduler.get_last_lr()], scheduler.num_bad_epochs]
        for metric in METRICS:
            optimizer.step()
            scheduler.step(metric)
            found.append([float(group["lr"]) for group in optimizer.param_groups])
            found.append([scheduler.num_bad_epochs, scheduler.cooldown_counter, scheduler.in_cooldown, scheduler.best])
        return [*found, scheduler.last_epoch, [float(rate) for rate in scheduler.get_last_lr()]]

    observe("the rates, or the refusal", told(rates), terms=40)


@scenario("LRS-19/epoch", cases=["given", "not-given"])
def the_epoch_of_a_plateau(torch, observe, case):
    optimizer = torch.optim.SGD(groups(torch), lr=0.5)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=0)
    for epoch in (4, 9):
        optimizer.step()
        with observe.warns(f"a step, {epoch}", saying="epoch"):
            if case == "given":
                scheduler.step(2.0, epoch)
            else:
                scheduler.step(2.0)
        observe(f"last_epoch, {epoch}", scheduler.last_epoch)


@scenario("LRS-19/another-group", cases={"one-least": {}, "least-each": {"min_lr": [0.0, 0.0]}})
def a_group_added_to_the_optimizer_of_a_plateau(torch, observe, options):
    optimizer = torch.optim.SGD(groups(torch), lr=0.5)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=0, **options)
    optimizer.add_param_group({"params": [torch.tensor([3.0])]})
    optimizer.step()
    scheduler.step(1.0)
    observe("a bad epoch", told(lambda: scheduler.step(2.0)))
    observe("the rates", [float(group["lr"]) for group in optimizer.param_groups], terms=20)


@scenario("LRS-24/plateau-with-cooldown", needs=["LRS-24/plateau"])
def a_plateau_is_saved_and_loaded(torch, observe):
    optimizer = torch.optim.SGD(groups(torch), lr=0.5)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=1, cooldown=1)
    for metric in METRICS[:6]:
        optimizer.step()
        scheduler.step(metric)
    saved = copy.deepcopy(scheduler.state_dict())
    observe("what is saved", sorted(key for key in saved if not key.startswith("_")))
    other = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=9)
    other.load_state_dict(saved)
    for metric in METRICS[6:]:
        optimizer.step()
        other.step(metric)
    observe("the rates", [float(group["lr"]) for group in optimizer.param_groups], terms=20)


@scenario("LRS-28/each", cases=["StepLR", "OneCycleLR", "CyclicLR", "ReduceLROnPlateau", "CosineAnnealingLR"])
def each_scheduler_wants_an_optimizer(torch, observe, name):
    options = {"StepLR": {"step_size": 1}, "ReduceLROnPlateau": {},
               "OneCycleLR": {"max_lr": 1.0, "total_steps": 3}, "CyclicLR": {"base_lr": 0.1, "max_lr": 0.2},
               "CosineAnnealingLR": {"T_max": 2}}[name]  # fmt: skip
    with observe.raises("construction", TypeError, saying="Optimizer"):
        getattr(torch.optim.lr_scheduler, name)(3, **options)


class Decay:
    """A function with a state of its own."""

    def __init__(self, rate):
        self.rate = rate

    def __call__(self, epoch):
        """The factor of an epoch."""
        return self.rate**epoch


@scenario("LRS-08/saved-function")
def the_state_of_a_callable_object_is_saved_with_the_scheduler(torch, observe):
    optimizer = torch.optim.SGD([torch.tensor([1.0])], lr=0.5)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, Decay(0.5))
    saved = copy.deepcopy(scheduler.state_dict())
    other = torch.optim.lr_scheduler.LambdaLR(optimizer, Decay(0.25))
    other.load_state_dict(saved)
    for i in range(3):
        optimizer.step()
        other.step()
        observe(f"after step {i}", float(optimizer.param_groups[0]["lr"]), terms=20)
    observe("the function's own", other.lr_lambdas[0].rate, documented=0.5)


@scenario("LRS-09/no-function")
def what_is_no_function_is_refused(torch, observe):
    optimizer = torch.optim.SGD(groups(torch), lr=0.5)
    with observe.raises("numbers"):
        torch.optim.lr_scheduler.MultiplicativeLR(optimizer, [0.5, 0.5])
    with observe.raises("a function and a number"):
        torch.optim.lr_scheduler.MultiplicativeLR(optimizer, [lambda t: 0.5, 0.5])


@scenario("LRS-23/step-replaced")
def an_optimizer_whose_step_was_replaced(torch, observe):
    optimizer = torch.optim.SGD([torch.tensor([1.0])], lr=0.5)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1)
    optimizer.step = lambda *arguments: None
    with observe.warns("the first step", UserWarning, saying="overridden"):
        optimizer.step()
        scheduler.step()


MUON = {
    "wide": [[1.0, -2.0, 0.5], [0.25, 3.0, -1.0]],
    "tall": [[1.0, -2.0], [0.25, 3.0], [-1.5, 0.5]],
    "square": [[1.0, -2.0], [0.25, 3.0]],
    "thirds": [[1 / 3, -2 / 3, 1 / 7], [0.1, 0.3, -0.7], [1 / 9, 1 / 11, 0.9]],
}


@scenario(
    "ALG-46/each",
    cases=[f"{shape}/{how}" for shape in MUON for how in ("default", "original", "match_rms_adamw", "plain")],
)
def muon_on_matrices_of_each_shape(torch, observe, case):
    shape, how = case.split("/")
    param = torch.tensor(MUON[shape], requires_grad=True)
    options = {"default": {}, "plain": {"nesterov": False, "momentum": 0.5, "weight_decay": 0.0}}
    optimizer = torch.optim.Muon([param], lr=0.125, **options.get(how, {"adjust_lr_fn": how}))
    for i in range(2):
        param.grad = torch.tensor(MUON[shape]) * (1.0 if i == 0 else -0.3) + 0.1
        optimizer.step()
    observe("the parameter", param.detach(), terms=200)
    observe("the buffer", optimizer.state[param]["momentum_buffer"], terms=20)
    observe("the versions have risen", [param._version > 0, optimizer.state[param]["momentum_buffer"]._version > 0])


@scenario("ALG-46/limits", cases={
          "steps-99": {"ns_steps": 99}, "steps-100": {"ns_steps": 100}, "steps-101": {"ns_steps": 101},
          "two-coefficients": {"ns_coefficients": (3.0, -4.0)}, "no-such-rate": {"adjust_lr_fn": "square"},
          "rate-of-two": {"lr": "tensor"}})  # fmt: skip
def limits_of_muon(torch, observe, options):
    if options.get("lr") == "tensor":
        options = {"lr": torch.tensor([0.1, 0.2])}

    def stepped():
        param = torch.tensor([[1.0, -2.0], [0.25, 3.0]], requires_grad=True)
        optimizer = torch.optim.Muon([param], **options)
        param.grad = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
        optimizer.step()
        return None

    observe("a step, or the refusal", told(stepped))


@scenario("ALG-26/sparse")
def muon_takes_no_sparse_gradient(torch, observe):
    param = torch.tensor([[1.0, -2.0], [0.25, 3.0]], requires_grad=True)
    torch.nn.functional.embedding(torch.tensor([1]), param, sparse=True).sum().backward()
    with observe.raises("the step", RuntimeError, saying="sparse"):
        torch.optim.Muon([param]).step()


@scenario(
    "ALG-20/around-the-threshold", cases={"0.9": 0.9, "0.99": 0.99, "0.8": 0.8, "0.75": 0.75, "0.7": 0.7, "2/3": 2 / 3}
)
def radam_begins_to_rectify(torch, observe, beta):
    param = torch.tensor([1.0, -2.0], requires_grad=True)
    optimizer = torch.optim.RAdam([param], lr=0.25, betas=(0.5, beta))
    for i in range(9):
        param.grad = torch.tensor([1.0, 0.5]) * (1 + i % 3)
        optimizer.step()
        observe(f"after step {i}", param.detach(), terms=400)


@scenario("OPT-37/old-state", cases=["without-differentiable"])
def an_optimizer_from_before_an_option_was_there(torch, observe, case):
    optimizer = torch.optim.SGD([torch.tensor([1.0], requires_grad=True)], lr=0.5)
    state = copy.deepcopy(optimizer.__getstate__())
    state["defaults"].pop("differentiable", None)
    other = torch.optim.SGD([torch.tensor([2.0], requires_grad=True)], lr=0.25)
    other.defaults = {}
    other.__setstate__(state)
    observe("the default", other.defaults.get("differentiable"))


@scenario(
    "OPT-01/mixed-groups",
    cases={"dict-then-tensor": 0, "tensor-then-dict": 1, "names-then-none": 2, "none-then-names": 3},
)
def parameters_given_in_mixed_ways(torch, observe, case):
    a, b = torch.tensor([1.0], requires_grad=True), torch.tensor([2.0], requires_grad=True)
    given = [[{"params": [a]}, b], [a, {"params": [b]}], [("a", a), b], [a, ("b", b)]][case]
    with observe.raises("construction"):
        torch.optim.SGD(given, lr=0.1)
    optimizer = torch.optim.SGD([("a", a)] if case == 2 else [a], lr=0.1)
    with observe.raises(
        "adding a group", ValueError, saying="with names to the" if case != 2 else "without names to the"
    ):
        optimizer.add_param_group({"params": [b] if case == 2 else [("b", b)]})
