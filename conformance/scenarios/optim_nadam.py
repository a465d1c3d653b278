"""NAdam: Adam with Nesterov momentum."""

from conformance.scenario import scenario
from conformance.witnesses.nadam import nadam
from conformance.witnesses.problems import PROBLEMS, QUADRATIC
from conformance.witnesses.trajectory import trajectory

RATES = {"quadratic": 0.125, "rosenbrock": 0.03125, "network": 0.03125}

#: Every option alone, and the combinations that meet in one formula.
OPTIONS = {
    "eps": {"lr": 0.125, "eps": 0.5},
    "betas": {"lr": 0.125, "betas": (0.5, 0.75)},
    "weight-decay": {"lr": 0.125, "weight_decay": 0.25},
    "maximize": {"lr": 0.125, "maximize": True},
    "maximize-weight-decay": {"lr": 0.125, "maximize": True, "weight_decay": 0.25},
    "momentum-decay": {"lr": 0.125, "momentum_decay": 0.5},
    "momentum-decay-zero": {"lr": 0.125, "momentum_decay": 0.0},
    "decoupled-weight-decay": {"lr": 0.125, "weight_decay": 0.25, "decoupled_weight_decay": True},
    "decoupled-weight-decay-maximize": {
        "lr": 0.125,
        "weight_decay": 0.25,
        "decoupled_weight_decay": True,
        "maximize": True,
    },
}


@scenario("ALG-19")
def the_momentum_of_nadam_warms_up(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    x.grad = torch.tensor([4.0])
    optimizer = torch.optim.NAdam([x], lr=1.0, betas=(0.5, 0.75), eps=0.0, momentum_decay=0.0)
    optimizer.step()  # every mu is 0.25: m_hat = 0.25 * 2 / (1 - 1/16) + 0.75 * 4 / 0.75, v_hat = 16
    observe("the parameter: 1 - (8/15 + 4) / 4", x, documented=[1 - (8 / 15 + 4) / 4], terms=16)
    observe("the product of the momenta", optimizer.state[x]["mu_product"], documented=0.25)
    optimizer.step()
    observe("after two steps", optimizer.state[x]["mu_product"], documented=0.0625)


@scenario("ALG-19/decoupled", needs=["ALG-19"])
def decay_of_nadam_is_coupled_unless_told_otherwise(torch, observe):
    for decoupled, first_moment in ((False, [0.5]), (True, [0.0])):
        x = torch.tensor([2.0], requires_grad=True)
        x.grad = torch.tensor([0.0])
        optimizer = torch.optim.NAdam([x], lr=0.5, betas=(0.5, 0.5), weight_decay=0.5, decoupled_weight_decay=decoupled)
        optimizer.step()
        moment = optimizer.state[x]["exp_avg"]
        observe(f"the first moment with decoupled_weight_decay={decoupled}", moment, documented=first_moment)
    observe("the decoupled parameter: 2 * (1 - 0.5 * 0.5)", x, documented=[1.5])


@scenario("ALG-19/trajectory", cases=list(PROBLEMS), needs=["ALG-19"])
def nadam_for_twenty_steps(torch, observe, problem):
    parameters, loss = PROBLEMS[problem].build(torch)
    optimizer = torch.optim.NAdam(parameters, lr=RATES[problem])
    for box in trajectory(PROBLEMS[problem], nadam, lr=RATES[problem]):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        observe(f"the parameters after step {box.number}", parameters, documented=box.parameters, terms=box.terms)


@scenario("ALG-19/state", cases=list(PROBLEMS), needs=["ALG-19/trajectory/quadratic"])
def the_state_of_nadam_for_twenty_steps(torch, observe, problem):
    parameters, loss = PROBLEMS[problem].build(torch)
    optimizer = torch.optim.NAdam(parameters, lr=RATES[problem])
    for box in trajectory(PROBLEMS[problem], nadam, lr=RATES[problem]):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        state = [dict(optimizer.state[parameter]) for parameter in parameters]
        observe(f"the state after step {box.number}", state, documented=box.states, terms=box.terms)


@scenario("ALG-19/with", cases=OPTIONS, needs=["ALG-19"])
def nadam_with_options_for_twenty_steps(torch, observe, options):
    parameters, loss = QUADRATIC.build(torch)
    optimizer = torch.optim.NAdam(parameters, **options)
    for box in trajectory(QUADRATIC, nadam, **options):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        observe(f"the parameters after step {box.number}", parameters, documented=box.parameters, terms=box.terms)


@scenario("ALG-19/state-with", cases=["momentum-decay"], needs=["ALG-19/state/quadratic"])
def the_state_of_nadam_with_options(torch, observe, option):
    parameters, loss = QUADRATIC.build(torch)
    optimizer = torch.optim.NAdam(parameters, **OPTIONS[option])
    for box in trajectory(QUADRATIC, nadam, **OPTIONS[option]):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        state = [dict(optimizer.state[parameter]) for parameter in parameters]
        observe(f"the state after step {box.number}", state, documented=box.states, terms=box.terms)
