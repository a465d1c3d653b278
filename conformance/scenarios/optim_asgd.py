"""ASGD: gradient descent that averages where it has been."""

from conformance.scenario import scenario
from conformance.witnesses.asgd import asgd
from conformance.witnesses.problems import PROBLEMS, QUADRATIC
from conformance.witnesses.trajectory import trajectory

RATES = {"quadratic": 0.125, "rosenbrock": 0.0001, "network": 0.125}

#: Every option alone, and the combinations that meet in one formula.
OPTIONS = {
    "lambd": {"lr": 0.125, "lambd": 0.5},
    "alpha": {"lr": 0.125, "lambd": 0.5, "alpha": 2.0},
    "t0": {"lr": 0.125, "t0": 5.0},
    "weight-decay": {"lr": 0.125, "weight_decay": 0.25},
    "maximize": {"lr": 0.125, "maximize": True},
    "everything": {"lr": 0.125, "lambd": 0.25, "alpha": 0.5, "t0": 3.0, "weight_decay": 0.25, "maximize": True},
}


@scenario("ALG-18")
def decay_and_gradient_are_scaled_by_the_step_size(torch, observe):
    x = torch.tensor([8.0], requires_grad=True)
    x.grad = torch.tensor([4.0])
    optimizer = torch.optim.ASGD([x], lr=0.5, lambd=0.5, alpha=1.0)
    optimizer.step()
    observe("the parameter: 8 * (1 - 0.5 * 0.5) - 0.5 * 4", x, documented=[4.0])
    observe("the next step size: 0.5 / (1 + 0.5 * 0.5 * 1)", optimizer.state[x]["eta"], documented=0.4)
    optimizer.step()
    observe("the parameter: 4 * (1 - 0.5 * 0.4) - 0.4 * 4", x, documented=[1.6], terms=8)
    observe("the average is the parameter before t0", optimizer.state[x]["ax"], documented=[1.6], terms=8)


@scenario("ALG-18/average", needs=["ALG-18"])
def after_t0_the_average_weighs_all_positions_alike(torch, observe):
    x = torch.tensor([0.0], requires_grad=True)
    x.grad = torch.tensor([-1.0])
    optimizer = torch.optim.ASGD([x], lr=1.0, lambd=0.0, t0=1.0)
    averages = []
    for _ in range(5):  # x is 1, 2, 3, 4, 5; mu is 1, 1, 1, 1/2, 1/3
        optimizer.step()
        averages.append(optimizer.state[x]["ax"].item())
    observe("the averages: of 3 and 4, then of 3, 4 and 5", averages, documented=[1.0, 2.0, 3.0, 3.5, 4.0], terms=8)


@scenario("ALG-18/trajectory", cases=list(PROBLEMS), needs=["ALG-18"])
def asgd_for_twenty_steps(torch, observe, problem):
    parameters, loss = PROBLEMS[problem].build(torch)
    optimizer = torch.optim.ASGD(parameters, lr=RATES[problem])
    for box in trajectory(PROBLEMS[problem], asgd, lr=RATES[problem]):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        observe(f"the parameters after step {box.number}", parameters, documented=box.parameters, terms=box.terms)


@scenario("ALG-18/state", cases=list(PROBLEMS), needs=["ALG-18/trajectory/quadratic"])
def the_state_of_asgd_for_twenty_steps(torch, observe, problem):
    parameters, loss = PROBLEMS[problem].build(torch)
    optimizer = torch.optim.ASGD(parameters, lr=RATES[problem])
    for box in trajectory(PROBLEMS[problem], asgd, lr=RATES[problem]):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        state = [dict(optimizer.state[parameter]) for parameter in parameters]
        observe(f"the state after step {box.number}", state, documented=box.states, terms=box.terms)


@scenario("ALG-18/with", cases=OPTIONS, needs=["ALG-18"])
def asgd_with_options_for_twenty_steps(torch, observe, options):
    parameters, loss = QUADRATIC.build(torch)
    optimizer = torch.optim.ASGD(parameters, **options)
    for box in trajectory(QUADRATIC, asgd, **options):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        observe(f"the parameters after step {box.number}", parameters, documented=box.parameters, terms=box.terms)


@scenario("ALG-18/state-with", cases=["t0", "alpha"], needs=["ALG-18/state/quadratic"])
def the_state_of_asgd_with_options(torch, observe, option):
    parameters, loss = QUADRATIC.build(torch)
    optimizer = torch.optim.ASGD(parameters, **OPTIONS[option])
    for box in trajectory(QUADRATIC, asgd, **OPTIONS[option]):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        state = [dict(optimizer.state[parameter]) for parameter in parameters]
        observe(f"the state after step {box.number}", state, documented=box.states, terms=box.terms)


@scenario("ALG-18/averaging", cases={"from-the-start": 0.0, "from-the-second-step": 1.0, "from-the-third-step": 2.0})
def asgd_averages_from_t0_on(torch, observe, t0):
    x = torch.tensor([1.0, -2.0], requires_grad=True)
    optimizer = torch.optim.ASGD([x], lr=0.25, lambd=0.5, alpha=0.5, t0=t0)
    for i in range(4):
        optimizer.zero_grad()
        (x * x).sum().backward()
        optimizer.step()
        for name in ("ax", "mu", "eta"):
            observe(f"{name} after step {i}", optimizer.state[x][name], terms=60)
