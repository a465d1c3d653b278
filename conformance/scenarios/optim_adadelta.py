"""Adadelta: steps in the units of the parameter."""

from conformance.scenario import scenario
from conformance.witnesses.adadelta import adadelta
from conformance.witnesses.problems import PROBLEMS, QUADRATIC
from conformance.witnesses.trajectory import trajectory

RATES = {"quadratic": 1.0, "rosenbrock": 1.0, "network": 1.0}

#: Every option alone, and the combinations that meet in one formula.
OPTIONS = {
    "eps": {"eps": 0.5},
    "rho": {"rho": 0.5, "eps": 0.01},
    "lr": {"lr": 0.25, "eps": 0.01},
    "weight-decay": {"weight_decay": 0.25, "eps": 0.01},
    "maximize": {"maximize": True, "eps": 0.01},
    "everything": {"lr": 0.5, "rho": 0.75, "eps": 0.25, "weight_decay": 0.25, "maximize": True},
}


@scenario("ALG-15")
def eps_of_adadelta_is_inside_both_roots(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    x.grad = torch.tensor([4.0])
    optimizer = torch.optim.Adadelta([x], lr=1.0, rho=0.5, eps=1.0)
    optimizer.step()
    observe("the squared gradients' average: 0.5 * 16", optimizer.state[x]["square_avg"], documented=[8.0])
    observe("the parameter: 1 - sqrt(0 + 1) / sqrt(8 + 1) * 4", x, documented=[-1 / 3], terms=8)
    observe("the squared steps' average: 0.5 * (4/3)^2", optimizer.state[x]["acc_delta"], documented=[8 / 9], terms=8)


@scenario("ALG-15/rate", needs=["ALG-15"])
def the_rate_of_adadelta_is_outside_the_averages(torch, observe):
    x = torch.tensor([2.0], requires_grad=True)
    x.grad = torch.tensor([4.0])
    optimizer = torch.optim.Adadelta([x], lr=0.75, rho=0.5, eps=1.0)
    optimizer.step()
    observe("the parameter: 2 - 0.75 * 4/3", x, documented=[1.0], terms=8)
    observe("the squared steps' average", optimizer.state[x]["acc_delta"], documented=[8 / 9], terms=8)


@scenario("ALG-15/trajectory", cases=list(PROBLEMS), needs=["ALG-15"])
def adadelta_for_twenty_steps(torch, observe, problem):
    parameters, loss = PROBLEMS[problem].build(torch)
    optimizer = torch.optim.Adadelta(parameters, lr=RATES[problem])
    for box in trajectory(PROBLEMS[problem], adadelta, lr=RATES[problem]):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        observe(f"the parameters after step {box.number}", parameters, documented=box.parameters, terms=box.terms)


@scenario("ALG-15/state", cases=list(PROBLEMS), needs=["ALG-15/trajectory/quadratic"])
def the_state_of_adadelta_for_twenty_steps(torch, observe, problem):
    parameters, loss = PROBLEMS[problem].build(torch)
    optimizer = torch.optim.Adadelta(parameters, lr=RATES[problem])
    for box in trajectory(PROBLEMS[problem], adadelta, lr=RATES[problem]):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        state = [dict(optimizer.state[parameter]) for parameter in parameters]
        observe(f"the state after step {box.number}", state, documented=box.states, terms=box.terms)


@scenario("ALG-15/with", cases=OPTIONS, needs=["ALG-15"])
def adadelta_with_options_for_twenty_steps(torch, observe, options):
    parameters, loss = QUADRATIC.build(torch)
    optimizer = torch.optim.Adadelta(parameters, **options)
    for box in trajectory(QUADRATIC, adadelta, **options):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        observe(f"the parameters after step {box.number}", parameters, documented=box.parameters, terms=box.terms)
