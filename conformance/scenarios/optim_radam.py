"""RAdam: Adam that rectifies the variance of its first steps."""

from conformance.scenario import scenario
from conformance.witnesses.problems import PROBLEMS, QUADRATIC
from conformance.witnesses.radam import radam
from conformance.witnesses.trajectory import trajectory

RATES = {"quadratic": 0.125, "rosenbrock": 0.0001, "network": 0.03125}

#: Every option alone, and the combinations that meet in one formula.
OPTIONS = {
    "eps": {"lr": 0.125, "eps": 0.5},
    "betas": {"lr": 0.125, "betas": (0.5, 0.75)},
    "weight-decay": {"lr": 0.125, "weight_decay": 0.25},
    "maximize": {"lr": 0.125, "maximize": True},
    "maximize-weight-decay": {"lr": 0.125, "maximize": True, "weight_decay": 0.25},
    "eps-rectified": {"lr": 0.125, "betas": (0.5, 0.9375), "eps": 0.5},
    "decoupled-weight-decay": {"lr": 0.125, "weight_decay": 0.25, "decoupled_weight_decay": True},
    "decoupled-weight-decay-maximize": {
        "lr": 0.125,
        "weight_decay": 0.25,
        "decoupled_weight_decay": True,
        "maximize": True,
    },
}


@scenario("ALG-20")
def the_first_steps_of_radam_are_plain_momentum(torch, observe):
    x = torch.tensor([8.0], requires_grad=True)
    x.grad = torch.tensor([4.0])
    optimizer = torch.optim.RAdam([x], lr=0.25, betas=(0.5, 0.999))
    positions = []
    for _ in range(5):  # rho is about 1, 2, 3, 4 and 5 - 0.002 after five steps
        optimizer.step()
        positions.append(x.item())
    observe("five steps of 0.25 * 4", positions, documented=[7.0, 6.0, 5.0, 4.0, 3.0], terms=16)


@scenario("ALG-20/rectified", needs=["ALG-20"])
def from_the_sixth_step_radam_is_rectified(torch, observe):
    x = torch.tensor([8.0], requires_grad=True)
    x.grad = torch.tensor([4.0])
    optimizer = torch.optim.RAdam([x], lr=0.25, betas=(0.5, 0.999), eps=0.0)
    for _ in range(6):
        optimizer.step()
    rho_inf = 1999.0
    rho = rho_inf - 2 * 6 * 0.999**6 / (1 - 0.999**6)
    r = ((rho - 4) * (rho - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * rho)) ** 0.5
    observe("the parameter: 3 - 0.25 r, as the gradient over its size is one", x, documented=[3 - 0.25 * r], terms=64)


@scenario("ALG-20/decoupled", needs=["ALG-20"])
def decay_of_radam_is_coupled_unless_told_otherwise(torch, observe):
    for decoupled, first_moment in ((False, [0.5]), (True, [0.0])):
        x = torch.tensor([2.0], requires_grad=True)
        x.grad = torch.tensor([0.0])
        optimizer = torch.optim.RAdam([x], lr=0.5, betas=(0.5, 0.5), weight_decay=0.5, decoupled_weight_decay=decoupled)
        optimizer.step()
        moment = optimizer.state[x]["exp_avg"]
        observe(f"the first moment with decoupled_weight_decay={decoupled}", moment, documented=first_moment)
    observe("the decoupled parameter: 2 * (1 - 0.5 * 0.5)", x, documented=[1.5])


@scenario("ALG-20/trajectory", cases=list(PROBLEMS), needs=["ALG-20"])
def radam_for_twenty_steps(torch, observe, problem):
    parameters, loss = PROBLEMS[problem].build(torch)
    optimizer = torch.optim.RAdam(parameters, lr=RATES[problem])
    for box in trajectory(PROBLEMS[problem], radam, lr=RATES[problem]):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        observe(f"the parameters after step {box.number}", parameters, documented=box.parameters, terms=box.terms)


@scenario("ALG-20/state", cases=list(PROBLEMS), needs=["ALG-20/trajectory/quadratic"])
def the_state_of_radam_for_twenty_steps(torch, observe, problem):
    parameters, loss = PROBLEMS[problem].build(torch)
    optimizer = torch.optim.RAdam(parameters, lr=RATES[problem])
    for box in trajectory(PROBLEMS[problem], radam, lr=RATES[problem]):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        state = [dict(optimizer.state[parameter]) for parameter in parameters]
        observe(f"the state after step {box.number}", state, documented=box.states, terms=box.terms)


@scenario("ALG-20/with", cases=OPTIONS, needs=["ALG-20"])
def radam_with_options_for_twenty_steps(torch, observe, options):
    parameters, loss = QUADRATIC.build(torch)
    optimizer = torch.optim.RAdam(parameters, **options)
    for box in trajectory(QUADRATIC, radam, **options):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        observe(f"the parameters after step {box.number}", parameters, documented=box.parameters, terms=box.terms)


@scenario(
    "ALG-20/around-the-threshold", cases={"0.9": 0.9, "0.99": 0.99, "0.8": 0.8, "0.75": 0.75, "0.7": 0.7, "2/3": 2 / 3}
)
def radam_begins_to_rectify(torch, observe, beta):
    param = torch.tensor([1.0, -2.0], requires_grad=True)
    optimizer = torch.optim.RAdam([param], lr=0.25, betas=(0.5, beta))
    for i in range(9):
        param.grad = torch.tensor([1.0, 0.5]) * (1 + i % 3)
        optimizer.step()
        observe(f"after step {i}", param.detach(), terms=400)
