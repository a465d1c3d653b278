"""AdamW: Adam with a weight decay outside the moments."""

from conformance.scenario import scenario
from conformance.witnesses.adam import adamw
from conformance.witnesses.problems import PROBLEMS, QUADRATIC
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
    "weight-decay-zero": {"lr": 0.125, "weight_decay": 0.0},
}


@scenario("ALG-13", needs=["ALG-07"])
def the_weights_decay_outside_the_moments(torch, observe):
    x = torch.tensor([2.0, -2.0], requires_grad=True)
    x.grad = torch.tensor([1.0, 0.0])
    optimizer = torch.optim.AdamW([x], lr=0.5, betas=(0.5, 0.5), eps=1.0, weight_decay=0.5)
    optimizer.step()
    observe("the parameter: 0.75 x, less 0.5 * 1 / (1 + 1) where there is a gradient", x, documented=[1.25, -1.5])
    observe("the first moment knows no decay", optimizer.state[x]["exp_avg"], documented=[0.5, 0.0])


@scenario("ALG-13/default", needs=["ALG-13"])
def adamw_decays_by_a_hundredth_unless_told_otherwise(torch, observe):
    x = torch.tensor([8.0], requires_grad=True)
    x.grad = torch.tensor([0.0])
    torch.optim.AdamW([x], lr=0.5).step()
    observe("the parameter: 8 * (1 - 0.5 * 0.01)", x, documented=[7.96])


@scenario("ALG-13/maximize", needs=["ALG-13"])
def decay_shrinks_also_when_maximizing(torch, observe):
    x = torch.tensor([2.0], requires_grad=True)
    x.grad = torch.tensor([4.0])
    torch.optim.AdamW([x], lr=0.5, eps=0.0, weight_decay=0.5, maximize=True).step()
    observe("the parameter: 0.75 * 2 + 0.5", x, documented=[2.0], terms=8)


@scenario("ALG-13/trajectory", cases=list(PROBLEMS), needs=["ALG-13"])
def adamw_for_twenty_steps(torch, observe, problem):
    parameters, loss = PROBLEMS[problem].build(torch)
    optimizer = torch.optim.AdamW(parameters, lr=RATES[problem])
    for box in trajectory(PROBLEMS[problem], adamw, lr=RATES[problem]):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        observe(f"the parameters after step {box.number}", parameters, documented=box.parameters, terms=box.terms)


@scenario("ALG-13/state", cases=list(PROBLEMS), needs=["ALG-13/trajectory/quadratic"])
def the_state_of_adamw_for_twenty_steps(torch, observe, problem):
    parameters, loss = PROBLEMS[problem].build(torch)
    optimizer = torch.optim.AdamW(parameters, lr=RATES[problem])
    for box in trajectory(PROBLEMS[problem], adamw, lr=RATES[problem]):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        state = [dict(optimizer.state[parameter]) for parameter in parameters]
        observe(f"the state after step {box.number}", state, documented=box.states, terms=box.terms)


@scenario("ALG-13/with", cases=OPTIONS, needs=["ALG-13"])
def adamw_with_options_for_twenty_steps(torch, observe, options):
    parameters, loss = QUADRATIC.build(torch)
    optimizer = torch.optim.AdamW(parameters, **options)
    for box in trajectory(QUADRATIC, adamw, **options):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        observe(f"the parameters after step {box.number}", parameters, documented=box.parameters, terms=box.terms)


@scenario("ALG-13/state-with", cases=["amsgrad"], needs=["ALG-13/state/quadratic"])
def the_state_of_adamw_with_options(torch, observe, option):
    parameters, loss = QUADRATIC.build(torch)
    optimizer = torch.optim.AdamW(parameters, **OPTIONS[option])
    for box in trajectory(QUADRATIC, adamw, **OPTIONS[option]):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        state = [dict(optimizer.state[parameter]) for parameter in parameters]
        observe(f"the state after step {box.number}", state, documented=box.states, terms=box.terms)


@scenario("ALG-14", needs=["ALG-13"])
def adam_with_decoupled_weight_decay_is_adamw(torch, observe):
    parameters, loss = QUADRATIC.build(torch)
    optimizer = torch.optim.Adam(parameters, lr=0.125, weight_decay=0.25, decoupled_weight_decay=True)
    for box in trajectory(QUADRATIC, adamw, lr=0.125, weight_decay=0.25):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        observe(f"the parameters after step {box.number}", parameters, documented=box.parameters, terms=box.terms)


@scenario("ALG-14/subclass", needs=["ALG-14"])
def adamw_says_that_its_decay_is_decoupled(torch, observe):
    optimizer = torch.optim.AdamW([torch.tensor([1.0], requires_grad=True)])
    observe("it is an Adam", isinstance(optimizer, torch.optim.Adam), documented=True)
    observe("its option", optimizer.param_groups[0]["decoupled_weight_decay"], documented=True)
