"""LBFGS: a quasi-Newton method that asks for the loss several times a step."""

import copy

from conformance.scenario import scenario
from conformance.witnesses.lbfgs import lbfgs
from conformance.witnesses.problems import NETWORK, PROBLEMS, QUADRATIC
from conformance.witnesses.trajectory import OPERATIONS_A_STEP

#: Far below one, so that twenty iterations do not arrive.
RATES = {"quadratic": 0.125, "rosenbrock": 0.0625, "network": 0.0625}


def a_closure(optimizer, loss, losses=None):
    """What `step` asks for: zero the gradients, compute the loss and its gradients, return the loss."""

    def closure():
        optimizer.zero_grad()
        value = loss()
        value.backward()
        if losses is not None:
            losses.append(value.item())
        return value

    return closure


@scenario("ALG-29", needs=["OPT-10"])
def a_step_of_lbfgs_needs_a_closure(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    x.grad = torch.tensor([1.0])
    optimizer = torch.optim.LBFGS([x])
    with observe.raises("a step without a closure", TypeError):
        optimizer.step()


@scenario("ALG-29/one-group")
def lbfgs_has_one_group(torch, observe):
    x, y = torch.tensor([1.0], requires_grad=True), torch.tensor([1.0], requires_grad=True)
    with observe.raises("two groups", ValueError, saying="parameter groups"):
        torch.optim.LBFGS([{"params": [x]}, {"params": [y]}])


@scenario("ALG-29/first-loss", needs=["ALG-29"])
def a_step_of_lbfgs_returns_the_loss_before_it(torch, observe):
    parameters, loss = QUADRATIC.build(torch)
    optimizer = torch.optim.LBFGS(parameters, max_iter=4)
    losses = []
    returned = optimizer.step(a_closure(optimizer, loss, losses))
    observe("the loss at the start: (1 * 4 + 2 * 9 + 0.5 * 4) / 2", returned, documented=12.0)
    observe("it is that of the first call", returned.item() == losses[0], documented=True)
    observe("the calls of the closure, one an iteration", len(losses), documented=4)


@scenario("ALG-39", needs=["ALG-29"])
def the_first_iteration_goes_along_the_gradient_by_at_most_the_rate(torch, observe):
    x = torch.tensor([4.0, 0.5], requires_grad=True)
    optimizer = torch.optim.LBFGS([x], lr=0.5, max_iter=1)
    optimizer.step(a_closure(optimizer, lambda: (x * x).sum() / 2 * torch.tensor(1.0)))
    observe("the parameter: x - 0.5 * min(1, 1 / 4.5) * x", x, documented=[4 - 2 / 4.5, 0.5 - 0.25 / 4.5], terms=8)


@scenario("ALG-39/trajectory", cases=list(PROBLEMS), needs=["ALG-39"])
def lbfgs_for_twenty_iterations(torch, observe, problem):
    parameters, loss = PROBLEMS[problem].build(torch)
    optimizer = torch.optim.LBFGS(parameters, lr=RATES[problem], max_iter=1)
    for number, documented in lbfgs(PROBLEMS[problem], steps=20, lr=RATES[problem]):
        optimizer.step(a_closure(optimizer, loss))
        terms = number * OPERATIONS_A_STEP
        observe(f"the parameters after step {number}", parameters, documented=documented, terms=terms)


@scenario("ALG-39/several-iterations-a-step", needs=["ALG-39/trajectory/network"])
def a_step_of_four_iterations_is_four_steps_of_one(torch, observe):
    parameters, loss = NETWORK.build(torch)
    optimizer = torch.optim.LBFGS(parameters, lr=0.0625, max_iter=4)
    for number, documented in lbfgs(NETWORK, steps=20, lr=0.0625):
        if number % 4 == 0:
            optimizer.step(a_closure(optimizer, loss))
            terms = number * OPERATIONS_A_STEP
            observe(f"the parameters after iteration {number}", parameters, documented=documented, terms=terms)


@scenario("ALG-39/history-size", cases={"one": 1, "three": 3}, needs=["ALG-39/trajectory/network"])
def lbfgs_forgets_all_but_its_last_pairs(torch, observe, history_size):
    parameters, loss = NETWORK.build(torch)
    optimizer = torch.optim.LBFGS(parameters, lr=0.0625, max_iter=1, history_size=history_size)
    for number, documented in lbfgs(NETWORK, steps=20, lr=0.0625, history_size=history_size):
        optimizer.step(a_closure(optimizer, loss))
        terms = number * OPERATIONS_A_STEP
        observe(f"the parameters after step {number}", parameters, documented=documented, terms=terms)


@scenario("ALG-40", needs=["ALG-29"])
def max_iter_and_max_eval_bound_a_step(torch, observe):
    for options, calls in (({"max_iter": 3}, 3), ({"max_iter": 8, "max_eval": 2}, 2), ({"max_iter": 20}, 20)):
        parameters, loss = QUADRATIC.build(torch)
        losses = []
        optimizer = torch.optim.LBFGS(parameters, lr=0.0625, **options)
        optimizer.step(a_closure(optimizer, loss, losses))
        observe(f"the calls of the closure under {options}", len(losses), documented=calls)


@scenario("ALG-40/tolerance-grad", needs=["ALG-29"])
def lbfgs_rests_where_the_gradient_is_small(torch, observe):
    x = torch.tensor([0.25], requires_grad=True)
    losses = []
    optimizer = torch.optim.LBFGS([x], tolerance_grad=0.5)
    optimizer.step(a_closure(optimizer, lambda: (x * x).sum(), losses))
    observe("the parameter, where the gradient is 0.5", x, documented=[0.25])
    observe("the calls of the closure", len(losses), documented=1)


@scenario("ALG-40/tolerance-change", needs=["ALG-29"])
def lbfgs_stops_where_it_hardly_moves(torch, observe):
    x = torch.tensor([4.0], requires_grad=True)
    losses = []
    optimizer = torch.optim.LBFGS([x], lr=0.25, tolerance_change=0.5)
    optimizer.step(a_closure(optimizer, lambda: (x * x).sum() / 2, losses))
    observe("the parameter after its first move, by 0.25", x, documented=[3.75])
    observe("the calls of the closure", len(losses), documented=2)


@scenario("ALG-40/converges", needs=["ALG-39"])
def lbfgs_arrives_at_the_minimum_of_a_quadratic(torch, observe):
    parameters, loss = QUADRATIC.build(torch)
    optimizer = torch.optim.LBFGS(parameters)
    for _ in range(3):
        optimizer.step(a_closure(optimizer, loss))
    distances = [abs(a - b) for a, b in zip(parameters[0].tolist(), QUADRATIC.minimum, strict=True)]
    observe("it is within a hundred-thousandth of the minimum", max(distances) < 1e-5, documented=True)


@scenario("ALG-41", needs=["ALG-40/converges"])
def the_line_search_takes_no_step_that_raises_the_loss(torch, observe):
    point = torch.tensor([-1.5, 2.0], requires_grad=True)
    optimizer = torch.optim.LBFGS([point], max_iter=50, line_search_fn="strong_wolfe")
    losses = []
    for _ in range(4):
        step = optimizer.step(a_closure(optimizer, lambda: (1 - point[0]) ** 2 + 100 * (point[1] - point[0] ** 2) ** 2))
        losses.append(step.item())
    observe("the losses before each step fall", losses == sorted(losses, reverse=True), documented=True)
    observe("the first: 2.5^2 + 100 * 0.25^2", losses[0], documented=12.5)
    distance = max(abs(coordinate - 1) for coordinate in point.tolist())
    observe("it is within a hundredth of Rosenbrock's minimum", distance < 0.01, documented=True)


@scenario("ALG-41/first-steps", needs=["ALG-41"])
def the_line_search_from_rosenbrocks_slope(torch, observe):
    parameters, loss = PROBLEMS["rosenbrock"].build(torch)
    optimizer = torch.optim.LBFGS(parameters, max_iter=1, line_search_fn="strong_wolfe")
    for number in range(1, 4):
        optimizer.step(a_closure(optimizer, loss))
        observe(f"the parameters after step {number}", parameters, terms=number * 8 * OPERATIONS_A_STEP)


@scenario("ALG-41/unknown", needs=["ALG-29"])
def no_other_line_search_is_known(torch, observe):
    x = torch.tensor([4.0], requires_grad=True)
    optimizer = torch.optim.LBFGS([x], line_search_fn="armijo")
    with observe.raises("a step", RuntimeError, saying="strong_wolfe"):
        optimizer.step(a_closure(optimizer, lambda: (x * x).sum()))


@scenario("ALG-39/where-its-state-is", needs=["ALG-39"])
def the_state_of_lbfgs_is_kept_under_its_first_parameter(torch, observe):
    params = [torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0], requires_grad=True)]
    optimizer = torch.optim.LBFGS(params, max_iter=2)

    def closure():
        optimizer.zero_grad()
        loss = sum((param * param).sum() for param in params)
        loss.backward()
        return loss

    optimizer.step(closure)
    observe("which parameters have a state", [len(optimizer.state[param]) > 0 for param in params])
    observe("the keys in a state dict", list(optimizer.state_dict()["state"]))


@scenario("ALG-39/a-loaded-state-is-shared", needs=["ALG-39/where-its-state-is"])
def a_step_of_lbfgs_changes_the_gradient_in_the_dictionary_that_was_loaded(torch, observe):
    x = torch.tensor([2.0, -1.0], requires_grad=True)
    optimizer = torch.optim.LBFGS([x], max_iter=1)

    def closure():
        optimizer.zero_grad()
        loss = (x * x).sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    saved = copy.deepcopy(optimizer.state_dict())
    observe("the saved gradient", saved["state"][0]["prev_flat_grad"])
    optimizer.load_state_dict(saved)
    optimizer.step(closure)
    observe("after a step with the state loaded", saved["state"][0]["prev_flat_grad"])
