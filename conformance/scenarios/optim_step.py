"""What a step does around its update: closures, autograd, gradients, hooks, and parameters it leaves out."""

import copy

from conformance.scenario import scenario
from conformance.witnesses.boxes import BOXES, OPTIONS
from conformance.witnesses.problems import QUADRATIC
from conformance.witnesses.trajectory import trajectory


def sgd_on_one(torch):
    """SGD at a rate of a half on a parameter of one whose gradient is one."""
    x = torch.tensor([1.0], requires_grad=True)
    x.grad = torch.tensor([1.0])
    return x, torch.optim.SGD([x], lr=0.5)


@scenario("OPT-10")
def step_evaluates_its_closure_once_and_returns_the_loss(torch, observe):
    x = torch.tensor([3.0], requires_grad=True)
    optimizer = torch.optim.SGD([x], lr=0.25)
    calls = []

    def closure():
        optimizer.zero_grad()
        loss = (x * x).sum()
        loss.backward()
        calls.append(loss.item())
        return loss

    returned = optimizer.step(closure)
    observe("the losses that the closure saw", calls, documented=[9.0])
    observe("what step returns", returned, documented=9.0)
    observe("the parameter: 3 - 0.25 * 6", x, documented=[1.5])


@scenario("OPT-10/no-closure")
def without_a_closure_step_returns_none(torch, observe):
    _, optimizer = sgd_on_one(torch)
    observe("what step returns", optimizer.step(), documented=None)


@scenario("OPT-10/grad-mode", needs=["OPT-10"])
def the_closure_runs_with_gradients_enabled(torch, observe):
    x, optimizer = sgd_on_one(torch)
    modes = []

    def closure():
        modes.append(torch.is_grad_enabled())
        return (x * x).sum()

    loss = optimizer.step(closure)
    observe("the grad mode inside", modes, documented=[True])
    with torch.no_grad():
        optimizer.step(closure)
    observe("the grad mode inside, when step is called under no_grad", modes, documented=[True, True])
    observe("the loss that was returned has a graph", loss.requires_grad, documented=True)


@scenario("OPT-10/before-the-update", needs=["OPT-10"])
def the_closure_sees_the_parameters_before_the_update(torch, observe):
    x, optimizer = sgd_on_one(torch)
    seen = []

    def closure():
        seen.append(x.item())
        return x.sum()

    optimizer.step(closure)
    observe("what the closure saw", seen, documented=[1.0])
    observe("the parameter", x, documented=[0.5])


@scenario("OPT-10/every-optimizer", cases=list(BOXES), needs=["OPT-10"])
def every_optimizer_takes_a_closure(torch, observe, name):
    parameters, loss = QUADRATIC.build(torch)
    optimizer = getattr(torch.optim, name)(parameters, **OPTIONS[name])

    def closure():
        optimizer.zero_grad()
        value = loss()
        value.backward()
        return value

    for box in trajectory(QUADRATIC, BOXES[name], steps=5, **OPTIONS[name]):
        returned = optimizer.step(closure)
        if box.number == 1:
            observe("the first loss", returned, documented=12.0)
        observe(f"the parameters after step {box.number}", parameters, documented=box.parameters, terms=box.terms)


@scenario("OPT-11")
def a_step_is_not_recorded(torch, observe):
    x, optimizer = sgd_on_one(torch)
    optimizer.step()
    observe("the parameter is a leaf", x.is_leaf, documented=True)
    observe("it requires grad", x.requires_grad, documented=True)
    observe("its grad_fn", x.grad_fn, documented=None)


@scenario("OPT-11/version", needs=["OPT-11"])
def a_step_raises_the_version_of_the_parameter(torch, observe):
    x, optimizer = sgd_on_one(torch)
    before = x._version
    optimizer.step()
    observe("the version has risen", x._version > before, documented=True)


@scenario("OPT-11/saved-tensor", needs=["OPT-11/version"])
def backward_through_a_parameter_that_has_been_stepped_raises(torch, observe):
    x, optimizer = sgd_on_one(torch)
    loss = (x * x).sum()
    optimizer.step()
    with observe.raises("backward through x * x", RuntimeError, saying="modified by an inplace operation"):
        loss.backward()


@scenario("OPT-11/same-object")
def a_step_writes_into_the_tensor(torch, observe):
    x, optimizer = sgd_on_one(torch)
    view = x.detach()
    optimizer.step()
    observe("a view taken before the step", view, documented=[0.5])


@scenario("OPT-12", cases=list(BOXES))
def a_step_leaves_the_gradient_as_it_was(torch, observe, name):
    x = torch.tensor([1.0, -2.0], requires_grad=True)
    gradient = torch.tensor([4.0, 0.5])
    x.grad = gradient
    optimizer = getattr(torch.optim, name)([x], **OPTIONS[name])
    optimizer.step()
    optimizer.step()
    observe("the gradient is the same object", x.grad is gradient, documented=True)
    observe("it has its values", x.grad, documented=[4.0, 0.5])


@scenario("OPT-35/every-optimizer", cases=list(BOXES), needs=["OPT-35"])
def every_optimizer_leaves_a_none_gradient_alone(torch, observe, name):
    moved, left = torch.tensor([1.0], requires_grad=True), torch.tensor([1.0], requires_grad=True)
    optimizer = getattr(torch.optim, name)([moved, left], **OPTIONS[name])
    for _ in range(3):
        moved.grad = torch.tensor([1.0])
        optimizer.step()
    observe("the one with a gradient has moved", moved.item() != 1.0, documented=True)
    observe("the one without", left, documented=[1.0])


@scenario("OPT-42", cases=list(BOXES), needs=["OPT-06"])
def every_optimizer_has_groups(torch, observe, name):
    first, loss = QUADRATIC.build(torch)
    second, other_loss = QUADRATIC.build(torch)
    options = OPTIONS[name]
    slow = {**options, "lr": options["lr"] / 2}
    groups = [{"params": first}, {"params": second, "lr": slow["lr"]}]
    optimizer = getattr(torch.optim, name)(groups, **options)
    boxes = [trajectory(QUADRATIC, BOXES[name], steps=10, **option) for option in (options, slow)]
    for box, other_box in zip(*boxes, strict=True):
        optimizer.zero_grad()
        (loss() + other_loss()).backward()
        optimizer.step()
        documented = box.parameters + other_box.parameters
        observe(f"the parameters after step {box.number}", first + second, documented=documented, terms=box.terms)


@scenario("OPT-43", cases=list(BOXES))
def a_new_rate_in_the_middle(torch, observe, name):
    parameters, loss = QUADRATIC.build(torch)
    options = OPTIONS[name]
    optimizer = getattr(torch.optim, name)(parameters, **options)
    x, state = QUADRATIC.start, {}
    for number in range(1, 11):
        rate = options["lr"] / 2 if number > 5 else options["lr"]
        optimizer.param_groups[0]["lr"] = rate
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        x = [BOXES[name](x[0], QUADRATIC.gradients(x)[0], state, **{**options, "lr": rate})]
        observe(f"the parameter after step {number}", parameters[0], documented=x[0].tolist(), terms=32 * number)


@scenario("OPT-35/first-of-several", needs=["OPT-35"], cases=["SGD", "Adam", "Adagrad", "Rprop", "LBFGS", "Adafactor"])
def a_first_parameter_without_a_gradient_does_not_stop_the_others(torch, observe, name):
    still = torch.tensor([1.0, 2.0], requires_grad=True)
    moved = torch.tensor([3.0, 4.0], requires_grad=True)
    optimizer = getattr(torch.optim, name)([still, moved], lr=0.1)

    def closure():
        optimizer.zero_grad()
        loss = (moved * moved).sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    observe("the first", still.detach(), documented=[1.0, 2.0])
    observe("the second has moved", bool((moved.detach() != torch.tensor([3.0, 4.0])).all()), documented=True)


def trained(torch):
    """A parameter of ones, and an Adam that took one step."""
    w = torch.ones(2, requires_grad=True)
    optimizer = torch.optim.Adam([w], lr=0.125)
    w.grad = torch.tensor([1.0, -1.0])
    optimizer.step()
    return w, optimizer


@scenario("OPT-44", needs=["OPT-01"])
def an_optimizer_can_step_other_parameters_for_a_while(torch, observe):
    w, optimizer = trained(torch)
    state = copy.deepcopy(optimizer.state_dict())
    state["param_groups"][0]["lr"] = 0.5
    other = torch.tensor([5.0, 5.0], requires_grad=True)
    other.grad = torch.tensor([1.0, 1.0])
    with torch.optim.swap_in_optimizer_params_and_state(optimizer, {"w": other}, state):
        observe("its parameters within", optimizer.param_groups[0]["params"][0] is other, documented=True)
        observe("its rate within", optimizer.param_groups[0]["lr"], documented=0.5)
        optimizer.step()
    observe("the other parameter", other)
    observe("its own", w)
    observe("its parameters afterwards", optimizer.param_groups[0]["params"][0] is w, documented=True)
    observe("its rate afterwards", optimizer.param_groups[0]["lr"], documented=0.125)
    observe("its state afterwards", optimizer.state[w]["exp_avg"])
    observe("the given state was written to", state["state"][0]["exp_avg"])


MISMATCHED = {
    "no-parameters": lambda torch, saved: ({}, saved),
    "no-state": lambda torch, saved: ({"w": torch.ones(2)}, {}),
    "no-groups": lambda torch, saved: ({"w": torch.ones(2)}, {"state": {}, "param_groups": []}),
    "a-state-of-nobody": lambda torch, saved: ({"w": torch.ones(2)}, {**saved, "state": {7: {}}}),
}


@scenario("OPT-44", cases=MISMATCHED, needs=["OPT-44"])
def parameters_and_states_of_another_optimizer_are_refused(torch, observe, make):
    w, optimizer = trained(torch)
    parameters, state = make(torch, optimizer.state_dict())
    with observe.raises("the block", RuntimeError):
        with torch.optim.swap_in_optimizer_params_and_state(optimizer, parameters, state):
            pass
    observe("its parameters afterwards", optimizer.param_groups[0]["params"][0] is w)


@scenario("OPT-44/fresh", needs=["OPT-44"])
def an_optimizer_without_a_state_is_refused(torch, observe):
    w, optimizer = trained(torch)
    with observe.raises("the block", RuntimeError, saying="initialized"):
        fresh = torch.optim.Adam([w])
        with torch.optim.swap_in_optimizer_params_and_state(fresh, {"w": w}, optimizer.state_dict()):
            pass
