"""Adam: bias-corrected moments."""

from conformance.scenario import scenario
from conformance.witnesses.adam import adam
from conformance.witnesses.problems import PROBLEMS, QUADRATIC
from conformance.witnesses.sums_of_squares import step
from conformance.witnesses.trajectory import trajectory

RATES = {"quadratic": 0.125, "rosenbrock": 0.03125, "network": 0.03125}

#: Every option alone, and the combinations that meet in one formula.
OPTIONS = {
    "eps": {"lr": 0.125, "eps": 0.5},
    "betas": {"lr": 0.125, "betas": (0.5, 0.75)},
    "no-momentum": {"lr": 0.125, "betas": (0.0, 0.75)},
    "weight-decay": {"lr": 0.125, "weight_decay": 0.25},
    "maximize": {"lr": 0.125, "maximize": True},
    "maximize-weight-decay": {"lr": 0.125, "maximize": True, "weight_decay": 0.25},
    "amsgrad": {"lr": 0.125, "amsgrad": True, "betas": (0.5, 0.5)},
    "amsgrad-weight-decay": {"lr": 0.125, "amsgrad": True, "betas": (0.5, 0.5), "weight_decay": 0.25},
    "everything": {
        "lr": 0.125,
        "amsgrad": True,
        "betas": (0.5, 0.5),
        "weight_decay": 0.25,
        "maximize": True,
        "eps": 0.25,
    },
}


@scenario("ALG-07")
def the_first_step_of_adam_has_the_length_of_the_rate(torch, observe):
    x = torch.tensor([1.0, -2.0], requires_grad=True)
    x.grad = torch.tensor([4.0, -0.25])
    torch.optim.Adam([x], lr=0.5, eps=0.0).step()
    observe("the parameter, whatever the gradient's size", x, documented=[0.5, -1.5], terms=8)


@scenario("ALG-07/eps", needs=["ALG-07"])
def eps_is_added_outside_the_root(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    x.grad = torch.tensor([4.0])
    torch.optim.Adam([x], lr=0.5, eps=1.0).step()
    observe("the parameter: 1 - 0.5 * 4 / (4 + 1)", x, documented=[0.6], terms=8)


@scenario("ALG-07/bias-correction", needs=["ALG-07"])
def both_moments_are_corrected_for_their_start_at_zero(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    optimizer = torch.optim.Adam([x], lr=1.0, betas=(0.5, 0.75), eps=0.0)
    x.grad = torch.tensor([4.0])
    optimizer.step()
    x.grad = torch.tensor([0.0])
    optimizer.step()  # m = 1, corrected by 1 - 0.25 to 4/3; v = 3, corrected by 1 - 0.5625 to 48/7
    observe("the parameter: 1 - 1 - (4/3) / sqrt(48/7)", x, documented=[-(4 / 3) / (48 / 7) ** 0.5], terms=16)


@scenario("ALG-08", needs=["ALG-07"])
def weight_decay_of_adam_goes_into_the_moments(torch, observe):
    x = torch.tensor([2.0, -2.0], requires_grad=True)
    x.grad = torch.tensor([1.0, 0.0])
    optimizer = torch.optim.Adam([x], lr=0.5, betas=(0.5, 0.5), eps=0.0, weight_decay=0.5)
    optimizer.step()
    observe("the parameter: a step of 0.5 against the sign of g + 0.5 x", x, documented=[1.5, -1.5], terms=8)
    observe("the first moment: 0.5 * (1 + 1), 0.5 * (0 - 1)", optimizer.state[x]["exp_avg"], documented=[1.0, -0.5])
    observe("the second: 0.5 * 2^2, 0.5 * 1^2", optimizer.state[x]["exp_avg_sq"], documented=[2.0, 0.5])


@scenario("ALG-09", needs=["ALG-07"])
def amsgrad_keeps_the_largest_uncorrected_second_moment(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    optimizer = torch.optim.Adam([x], lr=1.0, betas=(0.0, 0.5), eps=0.0, amsgrad=True)
    x.grad = torch.tensor([4.0])
    optimizer.step()
    observe("the largest so far: 0.5 * 16", optimizer.state[x]["max_exp_avg_sq"], documented=[8.0])
    x.grad = torch.tensor([1.0])
    optimizer.step()  # v = 4 + 0.5, below 8; corrected, 8 / 0.75
    observe("it stays, uncorrected", optimizer.state[x]["max_exp_avg_sq"], documented=[8.0])
    observe("the second moment itself", optimizer.state[x]["exp_avg_sq"], documented=[4.5])
    observe("the parameter: 0 - 1 / sqrt(8 / 0.75)", x, documented=[-1 / (8 / 0.75) ** 0.5], terms=16)


@scenario("ALG-10", needs=["ALG-07"])
def adam_maximizes(torch, observe):
    x = torch.tensor([1.0, -2.0], requires_grad=True)
    x.grad = torch.tensor([4.0, -0.25])
    optimizer = torch.optim.Adam([x], lr=0.5, betas=(0.5, 0.5), eps=0.0, maximize=True)
    optimizer.step()
    observe("the parameter", x, documented=[1.5, -2.5], terms=8)
    observe("the first moment is of the negated gradient", optimizer.state[x]["exp_avg"], documented=[-2.0, 0.125])
    observe("the gradient keeps its sign", x.grad, documented=[4.0, -0.25])


@scenario("ALG-11", needs=["ALG-07"])
def the_state_that_adam_keeps(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.grad = torch.tensor([4.0, 2.0])
    optimizer = torch.optim.Adam([x], betas=(0.5, 0.75))
    optimizer.step()
    state = optimizer.state[x]
    observe("its keys", sorted(state), documented=["exp_avg", "exp_avg_sq", "step"])
    observe("the step count is a tensor of no dimension", list(state["step"].shape), documented=[])
    observe("the step count", state["step"], documented=1.0)
    observe("the first moment", state["exp_avg"], documented=[2.0, 1.0])
    observe("the second moment", state["exp_avg_sq"], documented=[4.0, 1.0])
    amsgrad = torch.optim.Adam([x], amsgrad=True)
    amsgrad.step()
    keys = ["exp_avg", "exp_avg_sq", "max_exp_avg_sq", "step"]
    observe("the keys under amsgrad", sorted(amsgrad.state[x]), documented=keys)


@scenario("ALG-12", needs=["ALG-11"])
def each_parameter_counts_its_own_steps(torch, observe):
    early = torch.tensor([1.0], requires_grad=True)
    late = torch.tensor([1.0], requires_grad=True)
    optimizer = torch.optim.Adam([early, late], lr=0.5, eps=0.0)
    early.grad = torch.tensor([4.0])
    optimizer.step()
    observe("the parameter without a gradient", late, documented=[1.0])
    observe("its state is empty", len(optimizer.state[late]), documented=0)
    late.grad = torch.tensor([4.0])
    optimizer.step()
    observe("the step counts", [optimizer.state[p]["step"] for p in (early, late)], documented=[2.0, 1.0])
    observe("its first step has the length of the rate", late, documented=[0.5], terms=8)


@scenario("ALG-07/trajectory", cases=list(PROBLEMS), needs=["ALG-07"])
def adam_for_twenty_steps(torch, observe, problem):
    parameters, loss = PROBLEMS[problem].build(torch)
    optimizer = torch.optim.Adam(parameters, lr=RATES[problem])
    for box in trajectory(PROBLEMS[problem], adam, lr=RATES[problem]):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        observe(f"the parameters after step {box.number}", parameters, documented=box.parameters, terms=box.terms)


@scenario("ALG-07/state", cases=list(PROBLEMS), needs=["ALG-07/trajectory/quadratic"])
def the_state_of_adam_for_twenty_steps(torch, observe, problem):
    parameters, loss = PROBLEMS[problem].build(torch)
    optimizer = torch.optim.Adam(parameters, lr=RATES[problem])
    for box in trajectory(PROBLEMS[problem], adam, lr=RATES[problem]):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        state = [dict(optimizer.state[parameter]) for parameter in parameters]
        observe(f"the state after step {box.number}", state, documented=box.states, terms=box.terms)


@scenario("ALG-07/with", cases=OPTIONS, needs=["ALG-07"])
def adam_with_options_for_twenty_steps(torch, observe, options):
    parameters, loss = QUADRATIC.build(torch)
    optimizer = torch.optim.Adam(parameters, **options)
    for box in trajectory(QUADRATIC, adam, **options):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        observe(f"the parameters after step {box.number}", parameters, documented=box.parameters, terms=box.terms)


@scenario("ALG-07/state-with", cases=["amsgrad"], needs=["ALG-07/state/quadratic"])
def the_state_of_adam_with_options(torch, observe, option):
    parameters, loss = QUADRATIC.build(torch)
    optimizer = torch.optim.Adam(parameters, **OPTIONS[option])
    for box in trajectory(QUADRATIC, adam, **OPTIONS[option]):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        state = [dict(optimizer.state[parameter]) for parameter in parameters]
        observe(f"the state after step {box.number}", state, documented=box.states, terms=box.terms)


@scenario("ALG-34/tensor-betas")
def betas_may_be_tensors(torch, observe):
    param = torch.tensor([1.0, -2.0], requires_grad=True)
    betas = (torch.tensor(0.5), torch.tensor(0.75))
    optimizer = torch.optim.Adam([param], lr=0.1, betas=betas, foreach=False)  # foreach, the default on CUDA, refuses
    for _ in range(3):
        step(optimizer, [param])
    observe("the parameter", param.detach(), terms=60)
