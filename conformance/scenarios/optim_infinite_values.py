"""Optimizers where a parameter or a gradient is infinite."""

import math

from conformance.scenario import scenario


@scenario(
    "OPT-35/infinite",
    needs=["OPT-35"],
    cases=["SGD", "Adam", "RMSprop", "Adagrad", "Adadelta", "NAdam", "RAdam", "Adamax", "ASGD"],
)
def without_weight_decay_an_infinite_parameter_does_not_touch_its_gradient(torch, observe, name):
    param = torch.tensor([math.inf, 1.0], requires_grad=True)
    param.grad = torch.tensor([1.0, 1.0])
    getattr(torch.optim, name)([param], lr=0.5).step()
    observe("the parameter", param.detach(), terms=40)
