"""Several parameters of one group: each moves by itself, whatever its size, layout and memory."""

from conformance.scenario import scenario
from conformance.witnesses.sums_of_squares import OPTIMIZERS, step


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


@scenario("OPT-42/first-joins-later", needs=["OPT-06"], cases=OPTIMIZERS, dtypes=["float32"])
def a_first_parameter_of_another_dtype_that_joins_later(torch, observe, case):
    name, options = case
    first = torch.tensor([1.0, -2.0], dtype=torch.float64, requires_grad=True)
    second = torch.tensor([0.5, 3.0], dtype=torch.float32, requires_grad=True)
    optimizer = getattr(torch.optim, name)([first, second], **options)
    for params in ([second], [first, second], [first, second]):
        optimizer.zero_grad()
        for param in params:
            (param * param).sum().backward()
        optimizer.step()
    observe("the first", first.detach(), terms=60)
    observe("the second", second.detach(), terms=60)


@scenario("OPT-42/bfloat16", needs=["OPT-06"], cases=OPTIMIZERS, dtypes=["float32"])
def a_parameter_of_bfloat16_beside_another(torch, observe, case):
    name, options = case
    first = torch.tensor([1.0, -2.0], dtype=torch.bfloat16, requires_grad=True)
    second = torch.tensor([0.5, 3.0], requires_grad=True)
    optimizer = getattr(torch.optim, name)([first, second], **options)
    for _ in range(2):
        step(optimizer, [first])
        (second * second).sum().backward()
        optimizer.step()
    observe("the first", first.detach(), terms=60)
    observe("its dtype", first.dtype, documented=torch.bfloat16)
    observe("the second", second.detach(), terms=60)


@scenario("OPT-42/bfloat16-small-steps", needs=["OPT-06"], dtypes=["float32"])
def steps_that_bfloat16_rounds_away_move_nothing(torch, observe):
    param = torch.tensor([256.0, 1.0], dtype=torch.bfloat16, requires_grad=True)
    optimizer = torch.optim.SGD([param], lr=0.25)
    for _ in range(64):
        param.grad = torch.tensor([1.0, 0.0], dtype=torch.bfloat16)
        optimizer.step()
    observe("the parameter", param.detach(), documented=[256, 1])


@scenario("OPT-42/bfloat16-each-operation", needs=["OPT-06"], dtypes=["float32"])
def a_step_in_bfloat16_rounds_after_each_operation(torch, observe):
    param = torch.tensor([256.0, 128.0], dtype=torch.bfloat16, requires_grad=True)
    optimizer = torch.optim.SGD([param], lr=1.0, weight_decay=0.001953125)
    param.grad = torch.tensor([256.0, 128.0], dtype=torch.bfloat16)
    optimizer.step()
    observe("the weight decay is rounded away before the difference", param.detach(), documented=[0, 0])
