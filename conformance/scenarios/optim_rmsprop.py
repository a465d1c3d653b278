"""RMSprop: gradients over the root of their mean square."""

from conformance.scenario import scenario
from conformance.witnesses.problems import PROBLEMS, QUADRATIC
from conformance.witnesses.rmsprop import rmsprop
from conformance.witnesses.trajectory import trajectory

RATES = {"quadratic": 0.0625, "rosenbrock": 0.015625, "network": 0.015625}

#: Every option alone, and the combinations that meet in one formula.
OPTIONS = {
    "eps": {"lr": 0.0625, "eps": 0.5},
    "alpha": {"lr": 0.0625, "alpha": 0.5},
    "weight-decay": {"lr": 0.0625, "weight_decay": 0.25},
    "momentum": {"lr": 0.015625, "momentum": 0.5},
    "centered": {"lr": 0.0625, "centered": True},
    "maximize": {"lr": 0.0625, "maximize": True},
    "centered-momentum": {"lr": 0.015625, "centered": True, "momentum": 0.5},
    "momentum-weight-decay-maximize": {"lr": 0.015625, "momentum": 0.5, "weight_decay": 0.25, "maximize": True},
    "everything": {"lr": 0.015625, "alpha": 0.75, "eps": 0.25, "weight_decay": 0.25, "momentum": 0.5, "centered": True},
}


@scenario("ALG-21")
def eps_of_rmsprop_is_outside_the_root(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    x.grad = torch.tensor([4.0])
    optimizer = torch.optim.RMSprop([x], lr=1.0, alpha=0.75, eps=2.0)
    optimizer.step()
    observe("the mean square: 0.25 * 16", optimizer.state[x]["square_avg"], documented=[4.0])
    observe("the parameter: 1 - 4 / (2 + 2)", x, documented=[0.0])


@scenario("ALG-22", needs=["ALG-21"])
def centered_rmsprop_subtracts_the_square_of_the_mean(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    x.grad = torch.tensor([4.0])
    optimizer = torch.optim.RMSprop([x], lr=1.0, alpha=0.5, eps=0.0, centered=True)
    optimizer.step()
    observe("the mean gradient: 0.5 * 4", optimizer.state[x]["grad_avg"], documented=[2.0])
    observe("the parameter: 1 - 4 / sqrt(8 - 4)", x, documented=[-1.0])


@scenario("ALG-22/momentum", needs=["ALG-21"])
def momentum_of_rmsprop_starts_at_zero(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    x.grad = torch.tensor([4.0])
    optimizer = torch.optim.RMSprop([x], lr=0.5, alpha=0.75, eps=0.0, momentum=0.5)
    optimizer.step()
    observe("the buffer: 0.5 * 0 + 4 / 2", optimizer.state[x]["momentum_buffer"], documented=[2.0])
    observe("the parameter: 1 - 0.5 * 2", x, documented=[0.0])


@scenario("ALG-22/weight-decay", needs=["ALG-21"])
def weight_decay_of_rmsprop_goes_into_the_mean_square(torch, observe):
    x = torch.tensor([2.0], requires_grad=True)
    x.grad = torch.tensor([3.0])
    optimizer = torch.optim.RMSprop([x], lr=0.5, alpha=0.75, eps=0.0, weight_decay=0.5)
    optimizer.step()
    observe("the mean square: 0.25 * (3 + 0.5 * 2)^2", optimizer.state[x]["square_avg"], documented=[4.0])
    observe("the parameter: 2 - 0.5 * 4 / 2", x, documented=[1.0])


@scenario("ALG-21/trajectory", cases=list(PROBLEMS), needs=["ALG-21"])
def rmsprop_for_twenty_steps(torch, observe, problem):
    parameters, loss = PROBLEMS[problem].build(torch)
    optimizer = torch.optim.RMSprop(parameters, lr=RATES[problem])
    for box in trajectory(PROBLEMS[problem], rmsprop, lr=RATES[problem]):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        observe(f"the parameters after step {box.number}", parameters, documented=box.parameters, terms=box.terms)


@scenario("ALG-21/state", cases=list(PROBLEMS), needs=["ALG-21/trajectory/quadratic"])
def the_state_of_rmsprop_for_twenty_steps(torch, observe, problem):
    parameters, loss = PROBLEMS[problem].build(torch)
    optimizer = torch.optim.RMSprop(parameters, lr=RATES[problem])
    for box in trajectory(PROBLEMS[problem], rmsprop, lr=RATES[problem]):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        state = [dict(optimizer.state[parameter]) for parameter in parameters]
        observe(f"the state after step {box.number}", state, documented=box.states, terms=box.terms)


@scenario("ALG-21/with", cases=OPTIONS, needs=["ALG-21"])
def rmsprop_with_options_for_twenty_steps(torch, observe, options):
    parameters, loss = QUADRATIC.build(torch)
    optimizer = torch.optim.RMSprop(parameters, **options)
    for box in trajectory(QUADRATIC, rmsprop, **options):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        observe(f"the parameters after step {box.number}", parameters, documented=box.parameters, terms=box.terms)


@scenario("ALG-21/state-with", cases=["momentum", "centered", "centered-momentum"], needs=["ALG-21/state/quadratic"])
def the_state_of_rmsprop_with_options(torch, observe, option):
    parameters, loss = QUADRATIC.build(torch)
    optimizer = torch.optim.RMSprop(parameters, **OPTIONS[option])
    for box in trajectory(QUADRATIC, rmsprop, **OPTIONS[option]):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        state = [dict(optimizer.state[parameter]) for parameter in parameters]
        observe(f"the state after step {box.number}", state, documented=box.states, terms=box.terms)
