"""Optimizers where a parameter or a gradient is infinite."""

import math

from conformance.scenario import scenario

#: Rules that come to other infinities, or NaN, where they are computed with foreach, the default on an accelerator.
FOR_LOOP = {"RAdam": {"foreach": False}, "ASGD": {"foreach": False}}


@scenario(
    "OPT-35/infinite",
    needs=["OPT-35"],
    cases=["SGD", "Adam", "RMSprop", "Adagrad", "Adadelta", "NAdam", "RAdam", "Adamax", "ASGD"],
)
def without_weight_decay_an_infinite_parameter_does_not_touch_its_gradient(torch, observe, name):
    param = torch.tensor([math.inf, 1.0], requires_grad=True)
    optimizer = getattr(torch.optim, name)([param], lr=0.5, **FOR_LOOP.get(name, {}))
    for _ in range(2):
        param.grad = torch.tensor([1.0, 1.0])
        optimizer.step()
    observe("the parameter", param.detach(), terms=40)
    state = {key: entry for key, entry in optimizer.state[param].items() if torch.is_tensor(entry) and entry.ndim}
    observe("its state", state, terms=40)


@scenario("OPT-35/infinite-gradient", needs=["OPT-35"], cases={"0.9": 0.9, "0.5": 0.5, "0.4": 0.4, "0.0": 0.0})
def the_average_of_an_infinite_gradient(torch, observe, beta):
    param = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    optimizer = torch.optim.Adam([param], lr=0.5, betas=(beta, 0.5))
    param.grad = torch.tensor([math.inf, 1.0, -math.inf])
    optimizer.step()
    observe("the average", optimizer.state[param]["exp_avg"])
    observe("the parameter", param.detach(), terms=20)
