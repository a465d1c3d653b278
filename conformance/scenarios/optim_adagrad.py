"""Adagrad: a rate for each element that falls with the squared gradients seen."""

from conformance.scenario import scenario
from conformance.witnesses.adagrad import adagrad
from conformance.witnesses.problems import PROBLEMS, QUADRATIC
from conformance.witnesses.trajectory import trajectory

RATES = {"quadratic": 0.25, "rosenbrock": 0.0625, "network": 0.0625}

#: Every option alone, and the combinations that meet in one formula.
OPTIONS = {
    "eps": {"lr": 0.25, "eps": 0.5},
    "lr-decay": {"lr": 0.25, "lr_decay": 0.5},
    "weight-decay": {"lr": 0.25, "weight_decay": 0.25},
    "initial-accumulator-value": {"lr": 0.25, "initial_accumulator_value": 2.0},
    "maximize": {"lr": 0.25, "maximize": True},
    "maximize-weight-decay": {"lr": 0.25, "maximize": True, "weight_decay": 0.25},
    "everything": {"lr": 0.25, "lr_decay": 0.25, "weight_decay": 0.25, "initial_accumulator_value": 1.0, "eps": 0.25},
}


@scenario("ALG-16")
def the_rate_falls_with_the_root_of_the_sum_of_squares(torch, observe):
    x = torch.tensor([2.0], requires_grad=True)
    optimizer = torch.optim.Adagrad([x], lr=1.0, eps=0.0)
    x.grad = torch.tensor([3.0])
    optimizer.step()
    observe("the parameter: 2 - 3 / 3", x, documented=[1.0])
    x.grad = torch.tensor([4.0])
    optimizer.step()
    observe("after a gradient of 4: 1 - 4 / sqrt(9 + 16)", x, documented=[0.2], terms=8)
    observe("the sum of squares", optimizer.state[x]["sum"], documented=[25.0])


@scenario("ALG-16/initial-accumulator-value", needs=["ALG-16"])
def the_sum_starts_at_the_initial_accumulator_value(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    optimizer = torch.optim.Adagrad([x], lr=1.0, initial_accumulator_value=9.0, eps=0.0)
    observe("the sum before the first step", optimizer.state[x]["sum"], documented=[9.0])
    x.grad = torch.tensor([4.0])
    optimizer.step()
    observe("the parameter: 1 - 4 / sqrt(9 + 16)", x, documented=[0.2], terms=8)


@scenario("ALG-16/lr-decay", needs=["ALG-16"])
def the_decay_of_the_rate_leaves_the_first_step_alone(torch, observe):
    x = torch.tensor([8.0], requires_grad=True)
    x.grad = torch.tensor([4.0])
    optimizer = torch.optim.Adagrad([x], lr=1.0, lr_decay=1.0, eps=0.0)
    optimizer.step()
    observe("after one step: 8 - 1", x, documented=[7.0])
    optimizer.step()
    observe("after two: 7 - (1 / 2) / sqrt(2)", x, documented=[7 - 0.5 / 2**0.5], terms=8)


@scenario("ALG-16/trajectory", cases=list(PROBLEMS), needs=["ALG-16"])
def adagrad_for_twenty_steps(torch, observe, problem):
    parameters, loss = PROBLEMS[problem].build(torch)
    optimizer = torch.optim.Adagrad(parameters, lr=RATES[problem])
    for box in trajectory(PROBLEMS[problem], adagrad, lr=RATES[problem]):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        observe(f"the parameters after step {box.number}", parameters, documented=box.parameters, terms=box.terms)


@scenario("ALG-16/state", cases=list(PROBLEMS), needs=["ALG-16/trajectory/quadratic"])
def the_state_of_adagrad_for_twenty_steps(torch, observe, problem):
    parameters, loss = PROBLEMS[problem].build(torch)
    optimizer = torch.optim.Adagrad(parameters, lr=RATES[problem])
    for box in trajectory(PROBLEMS[problem], adagrad, lr=RATES[problem]):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        state = [dict(optimizer.state[parameter]) for parameter in parameters]
        observe(f"the state after step {box.number}", state, documented=box.states, terms=box.terms)


@scenario("ALG-16/with", cases=OPTIONS, needs=["ALG-16"])
def adagrad_with_options_for_twenty_steps(torch, observe, options):
    parameters, loss = QUADRATIC.build(torch)
    optimizer = torch.optim.Adagrad(parameters, **options)
    for box in trajectory(QUADRATIC, adagrad, **options):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        observe(f"the parameters after step {box.number}", parameters, documented=box.parameters, terms=box.terms)


@scenario("ALG-16/state-with", cases=["initial-accumulator-value"], needs=["ALG-16/state/quadratic"])
def the_state_of_adagrad_with_options(torch, observe, option):
    parameters, loss = QUADRATIC.build(torch)
    optimizer = torch.optim.Adagrad(parameters, **OPTIONS[option])
    for box in trajectory(QUADRATIC, adagrad, **OPTIONS[option]):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        state = [dict(optimizer.state[parameter]) for parameter in parameters]
        observe(f"the state after step {box.number}", state, documented=box.states, terms=box.terms)
