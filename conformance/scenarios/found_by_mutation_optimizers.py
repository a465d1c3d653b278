"""Optimizers, where planted faults of the reference engine had survived (docs/mutation.md)."""

import math

from conformance.scenario import scenario

OPTIMIZERS = {
    "SGD": ("SGD", {"lr": 0.1}),
    "SGD-momentum": ("SGD", {"lr": 0.1, "momentum": 0.5}),
    "Adadelta": ("Adadelta", {"lr": 0.5}),
    "Adafactor": ("Adafactor", {"lr": 0.1}),
    "Adagrad": ("Adagrad", {"lr": 0.5}),
    "Adam": ("Adam", {"lr": 0.1}),
    "Adam-amsgrad": ("Adam", {"lr": 0.1, "amsgrad": True}),
    "Adamax": ("Adamax", {"lr": 0.1}),
    "AdamW": ("AdamW", {"lr": 0.1}),
    "ASGD": ("ASGD", {"lr": 0.1}),
    "NAdam": ("NAdam", {"lr": 0.1}),
    "RAdam": ("RAdam", {"lr": 0.1}),
    "RMSprop": ("RMSprop", {"lr": 0.1, "momentum": 0.5, "centered": True}),
    "Rprop": ("Rprop", {"lr": 0.1}),
}


def step(optimizer, params):
    """A step on the sum of squares."""
    optimizer.zero_grad()
    sum((param * param).sum() for param in params).backward()
    optimizer.step()


@scenario("OPT-42/several-parameters", cases=OPTIMIZERS)
def parameters_of_one_group_move_each_by_itself(torch, observe, case):
    name, options = case
    params = [
        torch.tensor([1.0, -2.0], requires_grad=True),
        torch.tensor([0.5, 3.0], requires_grad=True),
        torch.tensor([[4.0, -0.25]], requires_grad=True),
        torch.tensor(2.0, requires_grad=True),
        torch.tensor([-1.5, 1.25], requires_grad=True),
    ]
    optimizer = getattr(torch.optim, name)(params, **options)
    for _ in range(3):
        step(optimizer, params)
    for i, param in enumerate(params):
        observe(f"parameter {i}", param.detach(), terms=60)
        observe(f"state of parameter {i}", {k: v for k, v in optimizer.state[param].items() if k != "mu"}, terms=60)


@scenario("OPT-42/joining-later", needs=["OPT-06"], cases=OPTIMIZERS)
def a_parameter_that_joins_later_is_a_step_behind(torch, observe, case):
    name, options = case
    first = torch.tensor([1.0, -2.0], requires_grad=True)
    second = torch.tensor([0.5, 3.0], requires_grad=True)
    optimizer = getattr(torch.optim, name)([first, second], **options)
    step(optimizer, [first])
    step(optimizer, [first, second])
    step(optimizer, [first, second])
    observe("the first", first.detach(), terms=60)
    observe("the second", second.detach(), terms=60)


@scenario("OPT-42/large-parameters", needs=["OPT-06"], cases=OPTIMIZERS)
def large_parameters_move_as_small_ones_do(torch, observe, case):
    name, options = case
    sizes = [70_001, 5_000, 70_001, 5_000]
    params = [(torch.arange(n) % 7 - 3.0).requires_grad_() for n in sizes]
    optimizer = getattr(torch.optim, name)(params, **options)
    for _ in range(2):
        step(optimizer, params)
    for i, param in enumerate(params):
        observe(f"the first, parameter {i}", param[:7].detach(), terms=200)
        observe(f"the last, parameter {i}", param[-7:].detach(), terms=200)
        observe(f"around the middle, parameter {i}", param[len(param) // 2 :][:7].detach(), terms=200)
        observe(f"the sum of parameter {i}", param.detach().abs().sum(), terms=70_001)


@scenario("OPT-11/several-parameters", needs=["OPT-11"], cases=["SGD", "Adam", "RMSprop"])
def the_version_of_each_of_several_parameters_rises(torch, observe, name):
    params = [torch.tensor([1.0, 2.0], requires_grad=True) for _ in range(3)]
    optimizer = getattr(torch.optim, name)(params, lr=0.1)
    step(optimizer, params)
    observe("raised", [param._version > 0 for param in params], documented=[True, True, True])


@scenario("OPT-42/shared-memory", needs=["OPT-06"], cases=["SGD", "Adam"])
def parameters_may_be_pieces_of_one_tensor(torch, observe, name):
    flat = torch.tensor([1.0, -2.0, 0.5, 3.0])
    params = [flat[:2].detach().requires_grad_(), flat[2:].detach().requires_grad_()]
    optimizer = getattr(torch.optim, name)(params, lr=0.25)
    for _ in range(2):
        step(optimizer, params)
    observe("the whole", flat, terms=40)


@scenario("OPT-42/transposed", needs=["OPT-06"], cases=["SGD-momentum", "Adam", "Adagrad"])
def the_layout_of_a_parameter_does_not_matter(torch, observe, name):
    name, options = OPTIMIZERS[name]
    param = torch.tensor([[1.0, -2.0, 0.5], [3.0, 4.0, -0.25]]).t().requires_grad_()
    optimizer = getattr(torch.optim, name)([param], **options)
    for _ in range(2):
        optimizer.zero_grad()
        (param * torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])).sum().backward()
        optimizer.step()
    observe("the parameter", param.detach(), terms=40)


@scenario("OPT-14/lacking-options", needs=["OPT-14"], cases=OPTIMIZERS)
def options_that_a_saved_group_lacks_get_their_defaults(torch, observe, case):
    name, options = case
    param = torch.tensor([1.0, -2.0], requires_grad=True)
    optimizer = getattr(torch.optim, name)([param], **options)
    step(optimizer, [param])
    saved = optimizer.state_dict()
    kept = ("params", "lr", "betas", "eps", "weight_decay", "rho", "lambd", "alpha", "t0", "etas", "step_sizes", "d",
            "beta2_decay", "lr_decay", "initial_accumulator_value", "momentum_decay", "dampening")  # fmt: skip
    saved["param_groups"] = [{k: v for k, v in group.items() if k in kept} for group in saved["param_groups"]]
    optimizer.load_state_dict(saved)
    observe("the options", {k: v for k, v in sorted(optimizer.param_groups[0].items()) if k != "params"})


@scenario("OPT-14/step-as-a-number", needs=["OPT-14"], cases=["Adam", "AdamW", "Adamax", "NAdam", "RAdam", "Adagrad",
          "Adadelta", "RMSprop", "Rprop", "ASGD"])  # fmt: skip
def a_step_that_was_saved_as_a_number_becomes_a_tensor(torch, observe, name):
    param = torch.tensor([1.0, -2.0], requires_grad=True)
    optimizer = getattr(torch.optim, name)([param], lr=0.1)
    step(optimizer, [param])
    saved = optimizer.state_dict()
    saved["state"] = {key: {**state, "step": 1.0} for key, state in saved["state"].items()}
    optimizer.load_state_dict(saved)
    observe("the step", optimizer.state[param]["step"])
    step(optimizer, [param])
    observe("after another step", param.detach(), terms=40)


@scenario("OPT-19/order", needs=["OPT-19"], cases={"appended": {}, "prepended": {"prepend": True}})
def hooks_run_in_the_order_of_registration_unless_prepended(torch, observe, options):
    optimizer = torch.optim.SGD([torch.tensor([1.0], requires_grad=True)], lr=0.1)
    order = []
    kinds = ("state_dict_pre_hook", "state_dict_post_hook", "load_state_dict_pre_hook", "load_state_dict_post_hook")
    for kind in kinds:
        register = getattr(optimizer, f"register_{kind}")
        register(lambda *_, kind=kind: order.append(f"{kind} 1"))
        register(lambda *_, kind=kind: order.append(f"{kind} 2"), **options)
    optimizer.load_state_dict(optimizer.state_dict())
    first, second = (2, 1) if options else (1, 2)
    observe("the order", order, documented=[f"{kind} {n}" for kind in kinds for n in (first, second)])


@scenario("OPT-02/its-type", needs=["OPT-02"], cases={"a-float": 1.0, "a-string": "weight"})
def the_type_of_what_is_no_parameter_is_named(torch, observe, value):
    with observe.raises("construction", TypeError, saying=type(value).__name__):
        torch.optim.SGD([value], lr=0.1)


@scenario("OPT-18/bad-return", needs=["OPT-18"], cases={"three": lambda a, k: (a, k, 1), "a-list": lambda a, k: [a, k]})
def a_pre_hook_that_returns_anything_but_a_pair_is_refused(torch, observe, value):
    param = torch.tensor([1.0], requires_grad=True)
    optimizer = torch.optim.SGD([param], lr=0.1)
    optimizer.register_step_pre_hook(lambda optimizer, args, kwargs: value(args, kwargs))
    param.grad = torch.tensor([1.0])
    with observe.raises("the step", RuntimeError):
        optimizer.step()


@scenario("OPT-20/mixed-betas")
def betas_are_both_numbers_or_both_tensors(torch, observe):
    param = torch.tensor([1.0], requires_grad=True)
    with observe.raises("construction", ValueError, saying="both"):
        torch.optim.Adam([param], betas=(0.9, torch.tensor(0.999)))


@scenario("OPT-20/tensor-betas-and-foreach")
def betas_that_are_tensors_exclude_foreach(torch, observe):
    param = torch.tensor([1.0], requires_grad=True)
    with observe.raises("construction", ValueError, saying="betas"):
        torch.optim.Adam([param], betas=(torch.tensor(0.9), torch.tensor(0.999)), foreach=True)


@scenario("ALG-34/tensor-betas")
def betas_may_be_tensors(torch, observe):
    param = torch.tensor([1.0, -2.0], requires_grad=True)
    optimizer = torch.optim.Adam([param], lr=0.1, betas=(torch.tensor(0.5), torch.tensor(0.75)))
    for _ in range(3):
        step(optimizer, [param])
    observe("the parameter", param.detach(), terms=60)


@scenario("ALG-31/foreach", cases=["SGD", "Adam", "RMSprop", "Adagrad"])
def foreach_beside_differentiable_at_a_step(torch, observe, name):
    param = torch.tensor([1.0, -2.0], requires_grad=True)
    copy = param.clone()
    with observe.raises("the step"):
        optimizer = getattr(torch.optim, name)([copy], lr=0.1, foreach=True, differentiable=True)
        copy.grad = torch.tensor([1.0, 1.0])
        optimizer.step()


@scenario(
    "OPT-35/infinite",
    needs=["OPT-35"],
    cases=["SGD", "Adam", "RMSprop", "Adagrad", "Adadelta", "NAdam", "RAdam", "Adamax", "ASGD"],
)
def without_weight_decay_an_infinite_parameter_does_not_touch_its_gradient(torch, observe, name):
    param = torch.tensor([math.inf, 1.0], requires_grad=True)
    param.grad = torch.tensor([1.0, 1.0])
    getattr(torch.optim, name)([param], lr=0.5).step()
    observe("the parameter", param.detach(), terms=40)


@scenario("ALG-01/weight-decay-of-one", cases=["SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax", "NAdam",
          "RAdam", "ASGD", "Adafactor"])  # fmt: skip
def a_weight_decay_of_one_is_a_weight_decay(torch, observe, name):
    param = torch.tensor([1.0, -2.0], requires_grad=True)
    optimizer = getattr(torch.optim, name)([param], lr=0.25, weight_decay=1.0)
    param.grad = torch.tensor([1.0, 0.5])
    optimizer.step()
    observe("after one step", param.detach(), terms=40)
    optimizer.step()
    observe("after two", param.detach(), terms=60)


@scenario(
    "ALG-02/momentum-and-dampening-of-one", cases={"momentum": (1.0, 0.0), "dampening": (0.5, 1.0), "both": (1.0, 1.0)}
)
def a_momentum_or_dampening_of_one(torch, observe, case):
    momentum, dampening = case
    param = torch.tensor([1.0], requires_grad=True)
    optimizer = torch.optim.SGD([param], lr=0.5, momentum=momentum, dampening=dampening)
    for gradient in (1.0, 2.0, 3.0):
        param.grad = torch.tensor([gradient])
        optimizer.step()
    buffers = [1.0]
    for gradient in (2.0, 3.0):
        buffers.append(momentum * buffers[-1] + (1 - dampening) * gradient)
    observe("the parameter", param.detach(), documented=[1.0 - 0.5 * sum(buffers)])


@scenario("ALG-28/sgd-options", cases={"plain": {}, "momentum": {"momentum": 0.5}, "momentum-of-one": {"momentum": 1.0},
          "dampening": {"momentum": 0.5, "dampening": 0.25}, "nesterov": {"momentum": 0.5, "nesterov": True},
          "maximize": {"maximize": True}, "weight-decay": {"weight_decay": 0.1}, "fused": {"fused": True}})  # fmt: skip
def sgd_takes_sparse_gradients(torch, observe, options):
    param = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], requires_grad=True)
    optimizer = torch.optim.SGD([param], lr=0.5, **options)
    with observe.raises("three steps"):
        for rows in ([0, 0], [2, 0], [1, 2]):
            optimizer.zero_grad()
            torch.nn.functional.embedding(torch.tensor(rows), param, sparse=True).sum().backward()
            optimizer.step()
    observe("the parameter", param.detach(), terms=20)
    observe("its version has risen", param._version > 0)


@scenario("ALG-25/of-more-dimensions", needs=["ALG-25"])
def adafactor_factors_the_last_two_dimensions(torch, observe):
    param = (torch.arange(24) * 0.25 - 2.0).reshape(2, 3, 4).requires_grad_()
    optimizer = torch.optim.Adafactor([param], lr=0.1)
    for _ in range(2):
        step(optimizer, [param])
    observe("the shape of the row variances", list(optimizer.state[param]["row_var"].shape))
    observe("the shape of the column variances", list(optimizer.state[param]["col_var"].shape))
    observe("the row variances", optimizer.state[param]["row_var"], terms=40)
    observe("the column variances", optimizer.state[param]["col_var"], terms=40)
    observe("the parameter", param.detach(), terms=100)


@scenario("ALG-24/of-two-dtypes", needs=["ALG-24"])
def adafactor_takes_the_smallest_number_of_each_dtype(torch, observe):
    params = [
        torch.zeros(2, dtype=torch.float64, requires_grad=True),
        torch.zeros(2, requires_grad=True, dtype=torch.float32),
    ]
    optimizer = torch.optim.Adafactor(params, lr=0.1)
    for param in params:
        param.grad = torch.tensor([1e-9, 2e-9], dtype=param.dtype)
    optimizer.step()
    for param in params:
        observe(f"the parameter of {param.dtype}", param.detach(), terms=60)


@scenario("OPT-11/of-adafactor", needs=["OPT-11"])
def adafactor_raises_the_version_of_its_parameters(torch, observe):
    param = torch.tensor([1.0, 2.0], requires_grad=True)
    step(torch.optim.Adafactor([param], lr=0.1), [param])
    observe("raised", param._version > 0, documented=True)


@scenario("OPT-42/overlapping", cases=["SGD", "Adam"])
def parameters_may_overlap_in_memory(torch, observe, name):
    flat = torch.tensor([1.0, -2.0, 0.5])
    params = [flat[:2].detach().requires_grad_(), flat[1:].detach().requires_grad_()]
    optimizer = getattr(torch.optim, name)(params, lr=0.25, foreach=False)
    for _ in range(2):
        for param in params:
            param.grad = torch.tensor([1.0, 0.5])
        optimizer.step()
    observe("the whole", flat, terms=60)


@scenario("ALG-11/version-of-step", needs=["ALG-11"], cases=["one", "several", "large"])
def the_version_of_each_state_tensor_rises(torch, observe, case):
    sizes = {"one": [2], "several": [2, 2, 2], "large": [70_001]}[case]
    params = [torch.ones(n, requires_grad=True) for n in sizes]
    optimizer = torch.optim.Adam(params, lr=0.1, foreach=False)
    step(optimizer, params)
    before = [{k: v._version for k, v in optimizer.state[param].items()} for param in params]
    step(optimizer, params)
    risen = [
        {k: v._version > before[i][k] for k, v in optimizer.state[param].items()} for i, param in enumerate(params)
    ]
    observe("risen", risen, documented=[{"step": True, "exp_avg": True, "exp_avg_sq": True}] * len(sizes))
