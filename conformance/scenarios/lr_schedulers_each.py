"""Each scheduler through what it can be asked: nine steps, saving and loading, a given epoch, its limits."""

import copy

from conformance.scenario import scenario

#: Schedulers by name, each with its class and options.
SCHEDULERS = {
    "lambda": ("LambdaLR", {"lr_lambda": lambda t: 1.0 / (t + 1)}),
    "multiplicative": ("MultiplicativeLR", {"lr_lambda": lambda t: 0.5 + 0.1 * t}),
    "step": ("StepLR", {"step_size": 2, "gamma": 0.5}),
    "step-of-one": ("StepLR", {"step_size": 1, "gamma": 0.5}),
    "multi-step": ("MultiStepLR", {"milestones": [1, 3, 3, 5], "gamma": 0.5}),
    "constant": ("ConstantLR", {"factor": 0.25, "total_iters": 3}),
    "constant-for-one": ("ConstantLR", {"factor": 0.5, "total_iters": 1}),
    "constant-for-none": ("ConstantLR", {"factor": 0.5, "total_iters": 0}),
    "linear": ("LinearLR", {"start_factor": 0.25, "end_factor": 0.75, "total_iters": 4}),
    "linear-for-one": ("LinearLR", {"start_factor": 0.5, "total_iters": 1}),
    "exponential": ("ExponentialLR", {"gamma": 0.5}),
    "polynomial": ("PolynomialLR", {"total_iters": 4, "power": 2.0}),
    "polynomial-for-one": ("PolynomialLR", {"total_iters": 1, "power": 1.0}),
    "cosine": ("CosineAnnealingLR", {"T_max": 3, "eta_min": 0.1}),
    "cosine-of-one": ("CosineAnnealingLR", {"T_max": 1, "eta_min": 0.25}),
    "cosine-of-four": ("CosineAnnealingLR", {"T_max": 4}),
    "warm-restarts": ("CosineAnnealingWarmRestarts", {"T_0": 3, "eta_min": 0.1}),
    "growing-restarts": ("CosineAnnealingWarmRestarts", {"T_0": 2, "T_mult": 2, "eta_min": 0.1}),
    "tripling-restarts": ("CosineAnnealingWarmRestarts", {"T_0": 1, "T_mult": 3}),
    "triangular": ("CyclicLR", {"base_lr": 0.1, "max_lr": 0.9, "step_size_up": 2, "step_size_down": 3}),
    "triangular2": ("CyclicLR", {"base_lr": 0.1, "max_lr": 0.9, "step_size_up": 2, "mode": "triangular2"}),
    "exp-range": ("CyclicLR", {"base_lr": 0.1, "max_lr": 0.9, "step_size_up": 2, "mode": "exp_range", "gamma": 0.5}),
    "own-scale": ("CyclicLR", {"base_lr": 0.1, "max_lr": 0.9, "step_size_up": 2, "scale_fn": lambda x: 1.0 / (x + 1)}),
    "own-scale-by-iteration": ("CyclicLR", {"base_lr": [0.1, 0.2], "max_lr": [0.9, 0.8], "step_size_up": 2,
                                            "scale_fn": lambda x: 1.0 / (x + 1), "scale_mode": "iterations"}),
    "cycle-of-momentum": ("CyclicLR", {"base_lr": 0.1, "max_lr": 0.9, "step_size_up": 2, "cycle_momentum": True,
                                       "base_momentum": 0.5, "max_momentum": [0.75, 0.875]}),
    "no-cycle-of-momentum": ("CyclicLR", {"base_lr": 0.1, "max_lr": 0.9, "step_size_up": 2, "cycle_momentum": False}),
    "one-cycle": ("OneCycleLR", {"max_lr": 0.9, "total_steps": 9}),
    "one-cycle-linear": ("OneCycleLR", {"max_lr": [0.9, 0.8], "total_steps": 9, "anneal_strategy": "linear",
                                        "pct_start": 0.5}),
    "one-cycle-of-epochs": ("OneCycleLR", {"max_lr": 0.9, "epochs": 3, "steps_per_epoch": 3, "three_phase": True,
                                           "div_factor": 4.0, "final_div_factor": 8.0, "pct_start": 0.25}),
    "one-cycle-without-momentum": ("OneCycleLR", {"max_lr": 0.9, "total_steps": 9, "cycle_momentum": False}),
    "swa": ("SWALR", {"swa_lr": 0.05, "anneal_epochs": 3}),
    "swa-linear": ("SWALR", {"swa_lr": [0.05, 0.9], "anneal_epochs": 4, "anneal_strategy": "linear"}),
    "swa-at-once": ("SWALR", {"swa_lr": 0.05, "anneal_epochs": 0}),
    "swa-in-one": ("SWALR", {"swa_lr": 0.05, "anneal_epochs": 1, "anneal_strategy": "linear"}),
    "swa-default": ("SWALR", {"swa_lr": 0.05}),
}  # fmt: skip


def make(torch, entry, optimizer=None, **more):
    """A scheduler of an optimizer of two groups."""
    name, options = entry
    if optimizer is None:
        groups = [{"params": [torch.tensor([1.0])]}, {"params": [torch.tensor([2.0])], "lr": 0.25, "momentum": 0.75}]
        optimizer = torch.optim.SGD(groups, lr=0.5, momentum=0.5)
    owner = torch.optim.swa_utils if name == "SWALR" else torch.optim.lr_scheduler
    return optimizer, getattr(owner, name)(optimizer, **options, **more)


def rates(optimizer):
    """The rate and the momentum of each group."""
    return [[float(group["lr"]), float(group["momentum"])] for group in optimizer.param_groups]


@scenario("LRS-26/each", cases=SCHEDULERS)
def the_rates_of_nine_steps(torch, observe, entry):
    optimizer, scheduler = make(torch, entry)
    observe("at the start", rates(optimizer), terms=40)
    observe("the last at the start", [float(rate) for rate in scheduler.get_last_lr()], terms=40)
    for i in range(8):
        optimizer.step()
        scheduler.step()
        observe(f"after step {i}", rates(optimizer), terms=100)
    observe("the last", [float(rate) for rate in scheduler.get_last_lr()], terms=100)
    observe("last_epoch", scheduler.last_epoch)
    observe("initial rates", [group.get("initial_lr") for group in optimizer.param_groups])


@scenario("LRS-24/each", cases=SCHEDULERS)
def the_rates_after_loading(torch, observe, entry):
    optimizer, scheduler = make(torch, entry)
    for _ in range(3):
        optimizer.step()
        scheduler.step()
    saved = copy.deepcopy([optimizer.state_dict(), scheduler.state_dict()])
    observe("what is saved", sorted(key for key in saved[1] if not key.startswith("_")))
    optimizer, scheduler = make(torch, entry)
    optimizer.load_state_dict(saved[0])
    scheduler.load_state_dict(saved[1])
    observe("after loading", rates(optimizer), terms=40)
    for i in range(4):
        optimizer.step()
        scheduler.step()
        observe(f"after step {i}", rates(optimizer), terms=100)


def told(function):
    """What a call gives, or the class of its refusal."""
    try:
        return function()
    except (RuntimeError, ValueError, TypeError, ZeroDivisionError, NotImplementedError) as error:
        return type(error).__name__


@scenario("LRS-21/each", cases=SCHEDULERS)
def the_rates_from_a_last_epoch_on(torch, observe, entry):
    groups = [
        {"params": [torch.tensor([1.0])], "initial_lr": 0.5, "max_lr": 0.9, "min_lr": 0.01, "base_momentum": 0.5},
        {"params": [torch.tensor([2.0])], "lr": 0.25, "initial_lr": 0.25, "max_lr": 0.8, "min_lr": 0.02},
    ]
    for group in groups:
        group.update(max_momentum=0.9, base_momentum=0.5, swa_lr=0.05)
    optimizer = torch.optim.SGD(groups, lr=0.5, momentum=0.5)
    for last in (2, 5):
        made = told(lambda last=last: make(torch, entry, optimizer, last_epoch=last))
        observe(f"made from {last} on", made if isinstance(made, str) else None)
        observe(f"at the start, from {last} on", rates(optimizer), terms=40)
        for i in range(2):
            if not isinstance(made, str):
                optimizer.step()
                made[1].step()
                observe(f"after step {i}, from {last} on", rates(optimizer), terms=100)


@scenario("LRS-29/each", cases=SCHEDULERS)
def the_rates_of_a_given_epoch(torch, observe, entry):
    optimizer, scheduler = make(torch, entry)
    optimizer.step()
    for epoch in (0, 1, 4, 3, 7, 2.5):
        with observe.warns(f"asking for epoch {epoch}", saying="epoch"):
            observe(f"told, epoch {epoch}", told(lambda epoch=epoch: scheduler.step(epoch)))
        observe(f"epoch {epoch}", rates(optimizer), terms=100)
        observe(f"last_epoch, epoch {epoch}", scheduler.last_epoch)


@scenario("LRS-22/outside", cases=SCHEDULERS)
def get_lr_asked_outside_of_step(torch, observe, entry):
    _, scheduler = make(torch, entry)
    with observe.warns("asking", saying="get_last_lr"):
        asked = told(lambda: [float(rate) for rate in scheduler.get_lr()])
    observe("the answer", asked, terms=40)


BAD = {
    "swa-negative": ("SWALR", {"swa_lr": 0.05, "anneal_epochs": -1}),
    "swa-fraction": ("SWALR", {"swa_lr": 0.05, "anneal_epochs": 1.5}),
    "swa-strategy": ("SWALR", {"swa_lr": 0.05, "anneal_strategy": "quick"}),
    "swa-too-many": ("SWALR", {"swa_lr": [0.05, 0.1, 0.2]}),
    "restarts-zero": ("CosineAnnealingWarmRestarts", {"T_0": 0}),
    "restarts-fraction": ("CosineAnnealingWarmRestarts", {"T_0": 1.5}),
    "restarts-mult-zero": ("CosineAnnealingWarmRestarts", {"T_0": 1, "T_mult": 0}),
    "restarts-mult-fraction": ("CosineAnnealingWarmRestarts", {"T_0": 1, "T_mult": 1.5}),
    "restarts-least": ("CosineAnnealingWarmRestarts", {"T_0": 1, "eta_min": "low"}),
    "constant-above": ("ConstantLR", {"factor": 1.5}),
    "constant-one": ("ConstantLR", {"factor": 1.0}),
    "constant-below": ("ConstantLR", {"factor": -0.5}),
    "constant-zero": ("ConstantLR", {"factor": 0.0}),
    "linear-zero": ("LinearLR", {"start_factor": 0.0}),
    "linear-above": ("LinearLR", {"start_factor": 1.5}),
    "linear-one": ("LinearLR", {"start_factor": 1.0, "end_factor": 0.0}),
    "linear-end-above": ("LinearLR", {"end_factor": 1.5}),
    "linear-end-below": ("LinearLR", {"end_factor": -0.5}),
    "lambda-too-few": ("LambdaLR", {"lr_lambda": [lambda t: 1.0]}),
    "multiplicative-too-many": ("MultiplicativeLR", {"lr_lambda": [lambda t: 1.0] * 3}),
    "cyclic-mode": ("CyclicLR", {"base_lr": 0.1, "max_lr": 0.9, "mode": "square"}),
    "cyclic-too-many": ("CyclicLR", {"base_lr": [0.1, 0.2, 0.3], "max_lr": 0.9}),
    "one-cycle-nothing": ("OneCycleLR", {"max_lr": 0.9}),
    "one-cycle-zero": ("OneCycleLR", {"max_lr": 0.9, "total_steps": 0}),
    "one-cycle-fraction": ("OneCycleLR", {"max_lr": 0.9, "total_steps": 2.5}),
    "one-cycle-one": ("OneCycleLR", {"max_lr": 0.9, "total_steps": 1}),
    "one-cycle-epochs": ("OneCycleLR", {"max_lr": 0.9, "epochs": 0, "steps_per_epoch": 1}),
    "one-cycle-steps": ("OneCycleLR", {"max_lr": 0.9, "epochs": 1, "steps_per_epoch": 0}),
    "one-cycle-start-above": ("OneCycleLR", {"max_lr": 0.9, "total_steps": 9, "pct_start": 1.5}),
    "one-cycle-start-below": ("OneCycleLR", {"max_lr": 0.9, "total_steps": 9, "pct_start": -0.5}),
    "one-cycle-start-zero": ("OneCycleLR", {"max_lr": 0.9, "total_steps": 9, "pct_start": 0.0}),
    "one-cycle-start-one": ("OneCycleLR", {"max_lr": 0.9, "total_steps": 9, "pct_start": 1.0}),
    "one-cycle-strategy": ("OneCycleLR", {"max_lr": 0.9, "total_steps": 9, "anneal_strategy": "quick"}),
}


@scenario("LRS-28/bad-options", cases=BAD)
def options_at_and_beyond_their_limits(torch, observe, entry):
    def first_rates():
        optimizer, scheduler = make(torch, entry)
        found = [rates(optimizer)]
        for _ in range(2):
            optimizer.step()
            scheduler.step()
            found.append(rates(optimizer))
        return found

    observe("the rates, or the refusal", told(first_rates), terms=60)


@scenario("LRS-13/composed", cases=["sequential", "sequential-at-zero", "sequential-of-one", "chained", "chained-of-one",
          "sequential-of-none", "chained-of-none", "sequential-milestones", "of-two-optimizers", "chained-of-two",
          "not-a-scheduler"])  # fmt: skip
def schedulers_of_schedulers(torch, observe, case):
    optimizer = torch.optim.SGD([torch.tensor([1.0])], lr=0.5, momentum=0.5)
    other = torch.optim.SGD([torch.tensor([1.0])], lr=0.125, momentum=0.5)
    module = torch.optim.lr_scheduler

    def parts():
        return [module.ConstantLR(optimizer, factor=0.5, total_iters=2), module.ExponentialLR(optimizer, gamma=0.5),
                module.StepLR(optimizer, step_size=2, gamma=0.25)]  # fmt: skip

    def composed():
        made = {
            "sequential": lambda: module.SequentialLR(optimizer, parts(), milestones=[2, 4]),
            "sequential-at-zero": lambda: module.SequentialLR(optimizer, parts(), milestones=[0, 1]),
            "sequential-of-one": lambda: module.SequentialLR(optimizer, parts()[1:2], milestones=[]),
            "sequential-of-none": lambda: module.SequentialLR(optimizer, [], milestones=[]),
            "sequential-milestones": lambda: module.SequentialLR(optimizer, parts(), milestones=[2]),
            "chained": lambda: module.ChainedScheduler(parts()),
            "chained-of-one": lambda: module.ChainedScheduler(parts()[1:2], optimizer=optimizer),
            "chained-of-none": lambda: module.ChainedScheduler([]),
            "of-two-optimizers": lambda: module.SequentialLR(
                optimizer, [parts()[0], module.ExponentialLR(other, gamma=0.5)], milestones=[1]
            ),
            "chained-of-two": lambda: module.ChainedScheduler([parts()[0], module.ExponentialLR(other, gamma=0.5)]),
            "not-a-scheduler": lambda: module.SequentialLR(optimizer, [parts()[0], 3.0], milestones=[1]),
        }[case]()
        observe("its optimizer", made.optimizer is optimizer)
        found = [rates(optimizer), [float(rate) for rate in made.get_last_lr()]]
        for _ in range(6):
            optimizer.step()
            made.step()
            found += [rates(optimizer), [float(rate) for rate in made.get_last_lr()], made.last_epoch
                      if hasattr(made, "last_epoch") else None]  # fmt: skip
        saved = copy.deepcopy(made.state_dict())
        made.load_state_dict(saved)
        optimizer.step()
        made.step()
        return [*found, rates(optimizer)]

    def reported():
        try:
            return told(composed)
        except AttributeError:
            return "AttributeError"

    observe("the rates, or the refusal", reported(), terms=100)


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


def groups(torch):
    return [{"params": [torch.tensor([1.0])]}, {"params": [torch.tensor([2.0])], "lr": 0.25}]


@scenario("LRS-09/no-function")
def what_is_no_function_is_refused(torch, observe):
    optimizer = torch.optim.SGD(groups(torch), lr=0.5)
    with observe.raises("numbers"):
        torch.optim.lr_scheduler.MultiplicativeLR(optimizer, [0.5, 0.5])
    with observe.raises("a function and a number"):
        torch.optim.lr_scheduler.MultiplicativeLR(optimizer, [lambda t: 0.5, 0.5])


@scenario(
    "LRS-24/another-number",
    needs=["LRS-24/contents"],
    cases=["SequentialLR", "ChainedScheduler", "LambdaLR", "MultiplicativeLR"],
)
def a_state_of_more_schedulers_or_functions_does_not_fit(torch, observe, name):
    schedulers = torch.optim.lr_scheduler

    def made(count):
        optimizer = torch.optim.SGD([{"params": [torch.tensor([1.0])]} for _ in range(count)], lr=1.0)
        if name.endswith("LR") and name != "SequentialLR":
            return getattr(schedulers, name)(optimizer, [Decay(0.5) for _ in range(count)])
        parts = [schedulers.ConstantLR(optimizer, factor=0.5, total_iters=2) for _ in range(count)]
        if name == "ChainedScheduler":
            return schedulers.ChainedScheduler(parts)
        return schedulers.SequentialLR(optimizer, parts, milestones=list(range(1, count)))

    observe("fewer", told(lambda: made(3).load_state_dict(made(2).state_dict())))
    with observe.raises("more", IndexError):
        made(2).load_state_dict(made(3).state_dict())
