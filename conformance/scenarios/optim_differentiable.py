"""differentiable=True: gradients flow through a step, to the parameter before it and to what its gradient is of."""

import numpy as np

from conformance.scenario import scenario
from conformance.witnesses.boxes import BOXES
from conformance.witnesses.derivatives import derivative

#: Where the step is an analytic function of parameter and gradient (Adamax has a maximum, Rprop signs). A large eps
#: keeps Adam and its like from forgetting the size of the gradient.
SMOOTH = {
    "SGD": {"lr": 0.0625, "weight_decay": 0.25},
    "Adam": {"lr": 0.125, "eps": 0.5, "weight_decay": 0.25},
    "AdamW": {"lr": 0.125, "eps": 0.5, "weight_decay": 0.25},
    "NAdam": {"lr": 0.125, "eps": 0.5, "weight_decay": 0.25},
    "RAdam": {"lr": 0.125, "eps": 0.5, "weight_decay": 0.25, "betas": (0.5, 0.9375)},
    "Adagrad": {"lr": 0.25, "eps": 0.5, "weight_decay": 0.25},
    "Adadelta": {"lr": 0.5, "eps": 0.25, "weight_decay": 0.25},
    "RMSprop": {"lr": 0.0625, "eps": 0.5, "weight_decay": 0.25},
    "RMSprop-momentum": {"lr": 0.0625, "eps": 0.5, "momentum": 0.5},
    "ASGD": {"lr": 0.125, "lambd": 0.25, "weight_decay": 0.25},
}
DIFFERENTIABLE = {
    **SMOOTH,
    "Adamax": {"lr": 0.125},
    "Rprop": {"lr": 0.0625},
    "Adam-amsgrad": {"lr": 0.125, "eps": 0.5, "amsgrad": True},
    "RMSprop-centered": {"lr": 0.0625, "eps": 0.5, "centered": True},
}
#: On an accelerator SGD takes its foreach way by default, also where that cannot be differentiated.
FOR_LOOP = {"foreach": False}
STARTS, SLOPES = [1.0, -2.0], [4.0, 1.5]
FACTORS = (1.0, 0.5, 2.0)  # the gradient of each step is the slope times such a factor


def steps_of_a_box(case, x, slopes):
    """Where a box arrives from x."""
    state = {}
    for factor in FACTORS:
        x = BOXES[case.split("-")[0]](x, slopes * factor, state, **DIFFERENTIABLE[case])
    return x


def steps_of_an_optimizer(torch, case, start, slope):
    """Where the optimizer arrives from a clone of the start; gradients flow to both."""
    x = start.clone()
    options = {"differentiable": True, **FOR_LOOP, **DIFFERENTIABLE[case]}
    optimizer = getattr(torch.optim, case.split("-")[0])([x], **options)
    for factor in FACTORS:
        x.grad = slope * factor
        optimizer.step()
    return x


@scenario("ALG-31")
def a_gradient_flows_through_a_step_of_sgd(torch, observe):
    start = torch.tensor([1.0, -2.0], requires_grad=True)
    slope = torch.tensor([4.0, 0.5], requires_grad=True)
    x = start.clone()
    x.grad = slope * 2
    torch.optim.SGD([x], lr=0.5, weight_decay=0.25, differentiable=True, **FOR_LOOP).step()
    observe("the parameter: x - 0.5 * (2 * slope + 0.25 * x)", x, documented=[-3.125, -2.25])
    x.sum().backward()
    observe("the gradient in the start: 1 - 0.5 * 0.25", start.grad, documented=[0.875, 0.875])
    observe("the gradient in the slope: -0.5 * 2", slope.grad, documented=[-1.0, -1.0])


@scenario("ALG-31/start", cases=list(SMOOTH), needs=["ALG-31"])
def the_derivative_in_the_parameter_before_the_steps(torch, observe, case):
    start = torch.tensor(STARTS, requires_grad=True)
    x = steps_of_an_optimizer(torch, case, start, torch.tensor(SLOPES))
    x.sum().backward()
    documented = derivative(lambda x: steps_of_a_box(case, x, np.array(SLOPES)), np.array(STARTS)).tolist()
    observe("the gradient in the start", start.grad, documented=documented, terms=128)


@scenario("ALG-31/slope", cases=list(SMOOTH), needs=["ALG-31"])
def the_derivative_in_what_the_gradients_are_made_of(torch, observe, case):
    slope = torch.tensor(SLOPES, requires_grad=True)
    x = steps_of_an_optimizer(torch, case, torch.tensor(STARTS, requires_grad=True), slope)
    x.sum().backward()
    documented = derivative(lambda slopes: steps_of_a_box(case, np.array(STARTS), slopes), np.array(SLOPES)).tolist()
    observe("the gradient in the slope", slope.grad, documented=documented, terms=128)


@scenario("ALG-31/values", cases=list(DIFFERENTIABLE), needs=["ALG-31"])
def differentiable_steps_go_where_ordinary_ones_go(torch, observe, case):
    x = steps_of_an_optimizer(torch, case, torch.tensor(STARTS, requires_grad=True), torch.tensor(SLOPES))
    documented = steps_of_a_box(case, np.array(STARTS), np.array(SLOPES)).tolist()
    observe("the parameter", x, documented=documented, terms=96)
    observe("it has a graph", x.requires_grad, documented=True)


@scenario("ALG-50", needs=["ALG-31"])
def a_gradient_flows_through_the_momentum_of_sgd(torch, observe):
    slope = torch.tensor([4.0], requires_grad=True)
    x = torch.tensor([1.0], requires_grad=True).clone()
    x.grad = slope * 1.0
    optimizer = torch.optim.SGD([x], lr=0.5, momentum=0.5, differentiable=True)
    optimizer.step()
    optimizer.step()  # x - 0.5 * (slope + 1.5 * slope)
    observe("the parameter", x, documented=[-4.0])
    x.sum().backward()
    observe("the gradient in the slope", slope.grad, documented=[-1.25])


@scenario("ALG-51", cases=["Adam-amsgrad", "RMSprop-centered"], needs=["ALG-31"])
def a_gradient_flows_through_several_steps(torch, observe, case):
    slope = torch.tensor(SLOPES, requires_grad=True)
    x = steps_of_an_optimizer(torch, case, torch.tensor(STARTS, requires_grad=True), slope)
    with observe.raises("backward through three steps", None, saying="inplace"):
        x.sum().backward()


@scenario("ALG-31/no-grad", needs=["ALG-31"])
def a_differentiable_step_under_no_grad(torch, observe):
    start = torch.tensor([1.0], requires_grad=True)
    x = start.clone()
    x.grad = torch.tensor([1.0])
    optimizer = torch.optim.SGD([x], lr=0.5, differentiable=True)
    before = x.grad_fn
    with torch.no_grad():
        optimizer.step()
    observe("the parameter", x, documented=[0.5])
    observe("the step is recorded, differentiable standing above no_grad", x.grad_fn is not before)


@scenario("ALG-32", cases=[n for n in DIFFERENTIABLE if "-" not in n], needs=["ALG-31"])
def a_differentiable_step_of_a_leaf_raises(torch, observe, name):
    x = torch.tensor(STARTS, requires_grad=True)
    x.grad = torch.tensor(SLOPES)
    optimizer = getattr(torch.optim, name)([x], differentiable=True)
    with observe.raises("a step", RuntimeError, saying="leaf"):
        optimizer.step()
    observe("the parameter", x, documented=STARTS)


@scenario("ALG-32/restores-the-mode", needs=["ALG-31"])
def a_differentiable_step_leaves_the_grad_mode_as_it_was(torch, observe):
    x = torch.tensor([1.0], requires_grad=True).clone()
    x.grad = torch.tensor([1.0])
    torch.optim.SGD([x], lr=0.5, differentiable=True).step()
    observe("gradients are enabled", torch.is_grad_enabled(), documented=True)
    y = torch.tensor([1.0], requires_grad=True)
    y.grad = torch.tensor([1.0])
    torch.optim.SGD([y], lr=0.5).step()
    observe("they are after an ordinary step", torch.is_grad_enabled(), documented=True)


@scenario("ALG-31/foreach", cases=["SGD", "Adam", "RMSprop", "Adagrad"])
def foreach_beside_differentiable_at_a_step(torch, observe, name):
    param = torch.tensor([1.0, -2.0], requires_grad=True)
    copy = param.clone()
    with observe.raises("the step"):
        optimizer = getattr(torch.optim, name)([copy], lr=0.1, foreach=True, differentiable=True)
        copy.grad = torch.tensor([1.0, 1.0])
        optimizer.step()


@scenario("ALG-51/one-step", cases=["Adam-amsgrad", "Rprop"], needs=["ALG-31"])
def a_gradient_flows_through_one_step_where_several_are_too_many(torch, observe, case):
    slope = torch.tensor(SLOPES, requires_grad=True)
    x = torch.tensor(STARTS, requires_grad=True).clone()
    options = {"differentiable": True, **FOR_LOOP, **DIFFERENTIABLE[case]}
    optimizer = getattr(torch.optim, case.split("-")[0])([x], **options)
    x.grad = slope * 1.0
    optimizer.step()
    x.sum().backward()
    observe("the gradient in the slope", slope.grad, terms=64)
