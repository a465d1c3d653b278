"""Rprop: only the signs of the gradients matter."""

from conformance.scenario import scenario
from conformance.witnesses.problems import PROBLEMS, QUADRATIC
from conformance.witnesses.rprop import rprop
from conformance.witnesses.trajectory import trajectory

RATES = {"quadratic": 0.0625, "rosenbrock": 0.00390625, "network": 0.0078125}

#: Every option alone, and the combinations that meet in one formula.
OPTIONS = {
    "etas": {"lr": 0.125, "etas": (0.25, 2.0)},
    "step-sizes": {"lr": 0.125, "step_sizes": (0.0625, 0.25)},
    "maximize": {"lr": 0.125, "maximize": True},
    "everything": {"lr": 0.25, "etas": (0.75, 1.5), "step_sizes": (0.125, 0.5), "maximize": True},
}


@scenario("ALG-23")
def the_step_grows_where_the_sign_stays_and_shrinks_where_it_turns(torch, observe):
    x = torch.tensor([0.0, 0.0, 0.0], requires_grad=True)
    optimizer = torch.optim.Rprop([x], lr=0.5, etas=(0.5, 2.0))
    x.grad = torch.tensor([4.0, 4.0, 4.0])
    optimizer.step()
    observe("the first step has the length of the rate", x, documented=[-0.5, -0.5, -0.5])
    x.grad = torch.tensor([0.25, -1.0, 0.0])
    optimizer.step()
    observe("after the same sign, the opposite, and zero", x, documented=[-1.5, -0.5, -0.5])
    observe("the step sizes", optimizer.state[x]["step_size"], documented=[1.0, 0.25, 0.5])
    observe(
        "the gradient acted on is zero where the sign turned", optimizer.state[x]["prev"], documented=[0.25, 0.0, 0.0]
    )


@scenario("ALG-23/after-a-turn", needs=["ALG-23"])
def the_step_after_a_turn_of_the_sign_keeps_its_size(torch, observe):
    x = torch.tensor([0.0], requires_grad=True)
    optimizer = torch.optim.Rprop([x], lr=0.5, etas=(0.5, 2.0))
    positions = []
    for gradient in (4.0, -4.0, -4.0, -4.0):
        x.grad = torch.tensor([gradient])
        optimizer.step()
        positions.append(x.item())
    observe("moves of -0.5, 0, 0.25 and 0.5", positions, documented=[-0.5, -0.5, -0.25, 0.25])


@scenario("ALG-23/bounds", needs=["ALG-23"])
def the_step_sizes_stay_within_their_bounds(torch, observe):
    x = torch.tensor([0.0, 0.0], requires_grad=True)
    optimizer = torch.optim.Rprop([x], lr=0.5, etas=(0.5, 2.0), step_sizes=(0.375, 0.75))
    x.grad = torch.tensor([1.0, 1.0])
    optimizer.step()
    x.grad = torch.tensor([1.0, -1.0])
    optimizer.step()
    observe("the step sizes: not 1 and not 0.25", optimizer.state[x]["step_size"], documented=[0.75, 0.375])
    observe("the parameter", x, documented=[-1.25, -0.5])


@scenario("ALG-23/trajectory", cases=list(PROBLEMS), needs=["ALG-23"])
def rprop_for_twenty_steps(torch, observe, problem):
    parameters, loss = PROBLEMS[problem].build(torch)
    optimizer = torch.optim.Rprop(parameters, lr=RATES[problem])
    for box in trajectory(PROBLEMS[problem], rprop, lr=RATES[problem]):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        observe(f"the parameters after step {box.number}", parameters, documented=box.parameters, terms=box.terms)


@scenario("ALG-23/state", cases=list(PROBLEMS), needs=["ALG-23/trajectory/quadratic"])
def the_state_of_rprop_for_twenty_steps(torch, observe, problem):
    parameters, loss = PROBLEMS[problem].build(torch)
    optimizer = torch.optim.Rprop(parameters, lr=RATES[problem])
    for box in trajectory(PROBLEMS[problem], rprop, lr=RATES[problem]):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        state = [dict(optimizer.state[parameter]) for parameter in parameters]
        observe(f"the state after step {box.number}", state, documented=box.states, terms=box.terms)


@scenario("ALG-23/with", cases=OPTIONS, needs=["ALG-23"])
def rprop_with_options_for_twenty_steps(torch, observe, options):
    parameters, loss = QUADRATIC.build(torch)
    optimizer = torch.optim.Rprop(parameters, **options)
    for box in trajectory(QUADRATIC, rprop, **options):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        observe(f"the parameters after step {box.number}", parameters, documented=box.parameters, terms=box.terms)


def told(function):
    """What a call gives, or the class of its refusal."""
    try:
        return function()
    except (RuntimeError, ValueError, TypeError, AssertionError, KeyError) as error:
        return type(error).__name__


@scenario("OPT-20/rprop", cases={"zero": (0.0, 1.2), "below": (-0.5, 1.2), "one": (1.0, 1.2), "second-one": (0.5, 1.0),
          "second-below": (0.5, 0.9), "swapped": (1.2, 0.5)})  # fmt: skip
def the_limits_of_the_factors_of_rprop(torch, observe, etas):
    param = torch.tensor([1.0], requires_grad=True)
    observe("construction", told(lambda: torch.optim.Rprop([param], etas=etas) and None))


@scenario("ALG-23/zero-gradient")
def rprop_where_a_gradient_is_zero(torch, observe):
    param = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    optimizer = torch.optim.Rprop([param], lr=0.25)
    for gradient in ([1.0, 0.0, 1.0], [0.0, 1.0, -1.0], [1.0, 1.0, 1.0], [-1.0, 0.0, 0.0]):
        param.grad = torch.tensor(gradient)
        optimizer.step()
        observe(f"the parameter after {gradient}", param.detach(), terms=40)
        observe(f"the step sizes after {gradient}", optimizer.state[param]["step_size"], terms=40)
        observe(f"the last gradient after {gradient}", optimizer.state[param]["prev"])
