"""Averages of weights, and what optimizers are built from, where planted faults had survived."""

import copy

from conformance.scenario import scenario


def told(function):
    """What a call gives, or the class of its refusal."""
    try:
        return function()
    except (RuntimeError, ValueError, TypeError, AssertionError, KeyError) as error:
        return type(error).__name__


@scenario("ALG-35/functions", cases=["swa", "ema", "ema-default", "swa-several", "ema-several", "ema-several-default"])
def the_functions_that_average(torch, observe, name):
    utils = torch.optim.swa_utils
    average = {
        "swa": utils.get_swa_avg_fn,
        "ema": lambda: utils.get_ema_avg_fn(0.75),
        "ema-default": utils.get_ema_avg_fn,
        "swa-several": utils.get_swa_multi_avg_fn,
        "ema-several": lambda: utils.get_ema_multi_avg_fn(0.75),
        "ema-several-default": utils.get_ema_multi_avg_fn,
    }[name]()
    for count in (1, 3):
        a = torch.tensor([1.0, 2.0], requires_grad=True)
        b = torch.tensor([5.0, -2.0], requires_grad=True)
        n = torch.tensor(count)
        if name.endswith("several") or name == "ema-several-default":
            a, b = a.detach(), b.detach()
            whole, other = torch.tensor([4, 8]), torch.tensor([12, -8])
            average([a], [b], n)
            if name != "swa-several":  # PyTorch divides integers there, and refuses to
                average([whole], [other], n)
            observe(f"of floats, {count}", a, terms=10)
            observe(f"of integers, {count}", whole)
        else:
            result = average(a, b, n)
            observe(f"the average, {count}", result.detach(), terms=10)
            observe(f"recorded, {count}", result.requires_grad)


@scenario("ALG-35/decay", cases={"zero": 0.0, "one": 1.0, "below": -0.1, "above": 1.1})
def the_limits_of_a_decay(torch, observe, decay):
    utils = torch.optim.swa_utils
    observe("one", told(lambda: utils.get_ema_avg_fn(decay) and None))
    observe("several", told(lambda: utils.get_ema_multi_avg_fn(decay) and None))


@scenario(
    "ALG-35/module", cases=["parameters", "buffers", "both-functions", "on-a-device", "another-function", "several"]
)
def averaging_a_module(torch, observe, case):
    utils = torch.optim.swa_utils
    module = torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.BatchNorm1d(1))
    with torch.no_grad():
        for i, param in enumerate(module.parameters()):
            param.fill_(float(i))
    options = {
        "parameters": {},
        "buffers": {"use_buffers": True},
        "both-functions": {"avg_fn": lambda a, b, n: a, "multi_avg_fn": lambda a, b, n: None},
        "on-a-device": {"device": "cpu"},
        "another-function": {"avg_fn": lambda a, b, n: a + 10 * b},
        "several": {"multi_avg_fn": utils.get_ema_multi_avg_fn(0.5)},
    }[case]

    def averaged():
        model = utils.AveragedModel(module, **options)
        for i in range(3):
            with torch.no_grad():
                for param in module.parameters():
                    param.add_(float(i + 1))
                module[1].running_mean.add_(2.0)
                module[1].num_batches_tracked.add_(1)
            model.update_parameters(module)
        found = [param.detach().clone() for param in model.parameters()]
        return [*found, *[buffer.detach().clone() for buffer in model.module.buffers()], model.n_averaged]

    observe("parameters and buffers, or the refusal", told(averaged), terms=40)


@scenario("ALG-35/update-bn", cases=["plain", "in-eval-mode", "with-momentum", "pairs"])
def statistics_are_computed_anew(torch, observe, case):
    module = torch.nn.Sequential(torch.nn.BatchNorm1d(2, momentum=0.25))
    module(torch.tensor([[9.0, 9.0], [7.0, 5.0]]))
    if case == "in-eval-mode":
        module.eval()
    batches = [torch.tensor([[1.0, 2.0], [3.0, 6.0]]), torch.tensor([[5.0, 2.0], [3.0, 8.0]])]
    torch.optim.swa_utils.update_bn([(batch, None) for batch in batches] if case == "pairs" else batches, module)
    observe("the mean", module[0].running_mean, terms=20)
    observe("the variance", module[0].running_var, terms=20)
    observe("the momentum", module[0].momentum)
    observe("training", module.training)
    observe("grad mode", torch.is_grad_enabled(), documented=True)
    observe("the weights require grad", module[0].weight.requires_grad, documented=True)


@scenario("OPT-14/names", cases=["both", "saved-only", "own-only"])
def names_of_parameters_in_saved_groups(torch, observe, case):
    def make(named):
        param = torch.tensor([1.0], requires_grad=True)
        return torch.optim.SGD([("weight", param)] if named else [param], lr=0.5, momentum=0.5)

    saved = copy.deepcopy(make(case != "own-only").state_dict())
    optimizer = make(case != "saved-only")
    observe("loading", told(lambda: optimizer.load_state_dict(saved)))
    observe("the names", optimizer.param_groups[0].get("param_names"))


@scenario("OPT-14/extra-state", cases=["of-the-optimizer", "a-list", "a-dict"])
def state_of_other_kinds_is_loaded(torch, observe, case):
    param = torch.tensor([1.0, 2.0], requires_grad=True)
    optimizer = torch.optim.SGD([param], lr=0.5, momentum=0.5)
    param.grad = torch.tensor([1.0, 1.0])
    optimizer.step()
    saved = copy.deepcopy(optimizer.state_dict())
    if case == "of-the-optimizer":
        saved["state"]["counter"] = {"n": 3}
    else:
        value = {"a-list": [torch.tensor([1.0, 2.0], dtype=torch.float64), 3],
                 "a-dict": {"inner": torch.tensor([1.0, 2.0], dtype=torch.float64)}}[case]  # fmt: skip
        saved["state"][0]["extra"] = value
    optimizer.load_state_dict(saved)
    loaded = optimizer.state
    observe("what is there", loaded["counter"] if case == "of-the-optimizer" else loaded[param]["extra"])
    observe("the kinds", sorted(type(key).__name__ for key in loaded if isinstance(key, str)))


@scenario("OPT-16/fused", cases={"fused": {"fused": True}, "plain": {}, "no-fused": {"fused": False}})
def the_step_of_a_fused_optimizer_is_single(torch, observe, options):
    param = torch.tensor([1.0, 2.0], requires_grad=True)
    optimizer = torch.optim.Adam([param], lr=0.5, **options)
    param.grad = torch.tensor([1.0, 1.0])
    optimizer.step()
    saved = copy.deepcopy(optimizer.state_dict())
    saved["state"][0]["step"] = saved["state"][0]["step"].to(torch.float64)
    optimizer.load_state_dict(saved)
    observe("the step", optimizer.state[param]["step"])


@scenario("OPT-20/rprop", cases={"zero": (0.0, 1.2), "below": (-0.5, 1.2), "one": (1.0, 1.2), "second-one": (0.5, 1.0),
          "second-below": (0.5, 0.9), "swapped": (1.2, 0.5)})  # fmt: skip
def the_limits_of_the_factors_of_rprop(torch, observe, etas):
    param = torch.tensor([1.0], requires_grad=True)
    observe("construction", told(lambda: torch.optim.Rprop([param], etas=etas) and None))


@scenario("ALG-23/zero-gradient")
def rprop_where_a_gradient_is_zero(torch, observe):
    param = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    optimizer = torch.optim.Rprop([param], lr=0.25)
    for gradient in ([1.0, 0.0, 1.0], [0.0, 1.0, -1.0], [1.0, 1.0, 1.0], [-1.0, 0.0, 0.0]):
        param.grad = torch.tensor(gradient)
        optimizer.step()
        observe(f"the parameter after {gradient}", param.detach(), terms=40)
        observe(f"the step sizes after {gradient}", optimizer.state[param]["step_size"], terms=40)
        observe(f"the last gradient after {gradient}", optimizer.state[param]["prev"])


@scenario("ALG-27/limits", cases=["complex", "rate-of-two", "version"])
def limits_of_sparse_adam(torch, observe, case):
    def made():
        if case == "complex":
            torch.optim.SparseAdam([torch.complex(torch.tensor([1.0]), torch.tensor([2.0])).requires_grad_()])
        param = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
        optimizer = torch.optim.SparseAdam([param], lr=torch.tensor([0.1, 0.2]) if case == "rate-of-two" else 0.1)
        torch.nn.functional.embedding(torch.tensor([1]), param, sparse=True).sum().backward()
        optimizer.step()
        return [param._version > 0, optimizer.state[param]["exp_avg"]._version > 0]

    observe("versions, or the refusal", told(made))
