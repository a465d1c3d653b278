"""Adamax: Adam by the infinity norm."""

from conformance.scenario import scenario
from conformance.witnesses.adamax import adamax
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
}


@scenario("ALG-17")
def the_norm_of_adamax_is_the_largest_gradient_so_far_fading(torch, observe):
    x = torch.tensor([2.0], requires_grad=True)
    optimizer = torch.optim.Adamax([x], lr=1.0, betas=(0.5, 0.5), eps=0.0)
    x.grad = torch.tensor([4.0])
    optimizer.step()
    observe("the parameter: 2 - (2 / 0.5) / 4", x, documented=[1.0])
    x.grad = torch.tensor([1.0])
    optimizer.step()  # m = 1.5, corrected by 0.75 to 2; u = max(2, 1)
    observe("after a smaller gradient: 1 - 2 / 2", x, documented=[0.0])
    observe("the norm", optimizer.state[x]["exp_inf"], documented=[2.0])


@scenario("ALG-17/eps", needs=["ALG-17"])
def eps_of_adamax_is_added_to_the_gradients_size(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    x.grad = torch.tensor([3.0])
    optimizer = torch.optim.Adamax([x], lr=1.0, betas=(0.5, 0.5), eps=1.0)
    optimizer.step()
    observe("the parameter: 1 - 3 / 4", x, documented=[0.25])
    observe("the norm has it in", optimizer.state[x]["exp_inf"], documented=[4.0])


@scenario("ALG-17/trajectory", cases=list(PROBLEMS), needs=["ALG-17"])
def adamax_for_twenty_steps(torch, observe, problem):
    parameters, loss = PROBLEMS[problem].build(torch)
    optimizer = torch.optim.Adamax(parameters, lr=RATES[problem])
    for box in trajectory(PROBLEMS[problem], adamax, lr=RATES[problem]):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        observe(f"the parameters after step {box.number}", parameters, documented=box.parameters, terms=box.terms)


@scenario("ALG-17/state", cases=list(PROBLEMS), needs=["ALG-17/trajectory/quadratic"])
def the_state_of_adamax_for_twenty_steps(torch, observe, problem):
    parameters, loss = PROBLEMS[problem].build(torch)
    optimizer = torch.optim.Adamax(parameters, lr=RATES[problem])
    for box in trajectory(PROBLEMS[problem], adamax, lr=RATES[problem]):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        state = [dict(optimizer.state[parameter]) for parameter in parameters]
        observe(f"the state after step {box.number}", state, documented=box.states, terms=box.terms)


@scenario("ALG-17/with", cases=OPTIONS, needs=["ALG-17"])
def adamax_with_options_for_twenty_steps(torch, observe, options):
    parameters, loss = QUADRATIC.build(torch)
    optimizer = torch.optim.Adamax(parameters, **options)
    for box in trajectory(QUADRATIC, adamax, **options):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        observe(f"the parameters after step {box.number}", parameters, documented=box.parameters, terms=box.terms)
