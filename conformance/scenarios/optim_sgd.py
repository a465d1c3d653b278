"""SGD: its update rule under every option, on a quadratic, on Rosenbrock's function and on a network."""

from conformance.scenario import scenario
from conformance.strategies.optim import sgd_options
from conformance.witnesses.problems import PROBLEMS, QUADRATIC
from conformance.witnesses.sgd import sgd
from conformance.witnesses.trajectory import trajectory

RATES = {"quadratic": 0.125, "rosenbrock": 0.0001, "network": 0.125}


@scenario("ALG-01")
def a_step_moves_against_the_gradient_by_the_rate(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    x.grad = torch.tensor([4.0, 0.0, -2.0])
    torch.optim.SGD([x], lr=0.5).step()
    observe("the parameter", x, documented=[-1.0, 2.0, 4.0])


@scenario("ALG-01/trajectory", cases=list(PROBLEMS), needs=["ALG-01"])
def plain_gradient_descent_for_twenty_steps(torch, observe, problem):
    parameters, loss = PROBLEMS[problem].build(torch)
    optimizer = torch.optim.SGD(parameters, lr=RATES[problem])
    for box in trajectory(PROBLEMS[problem], sgd, lr=RATES[problem]):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        observe(f"the parameters after step {box.number}", parameters, documented=box.parameters, terms=box.terms)


@scenario("ALG-02", needs=["ALG-01"])
def weight_decay_is_added_to_the_gradient(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.grad = torch.tensor([1.0, 0.0])
    torch.optim.SGD([x], lr=0.5, weight_decay=0.25).step()
    observe("the parameter", x, documented=[0.375, 1.75])  # 1 - 0.5 * (1 + 0.25 * 1), 2 - 0.5 * (0.25 * 2)


@scenario("ALG-02/before-momentum", needs=["ALG-02", "ALG-03"])
def weight_decay_goes_into_the_momentum_buffer(torch, observe):
    x = torch.tensor([2.0], requires_grad=True)
    x.grad = torch.tensor([1.0])
    optimizer = torch.optim.SGD([x], lr=0.5, momentum=0.5, weight_decay=0.5)
    optimizer.step()
    observe("the parameter after one step", x, documented=[1.0])  # b = 1 + 0.5 * 2 = 2
    optimizer.step()
    observe("after two", x, documented=[-0.25])  # b = 0.5 * 2 + (1 + 0.5 * 1) = 2.5


@scenario("ALG-03", needs=["ALG-01"])
def the_first_momentum_buffer_is_the_gradient(torch, observe):
    x = torch.tensor([8.0], requires_grad=True)
    x.grad = torch.tensor([4.0])
    optimizer = torch.optim.SGD([x], lr=0.5, momentum=0.5)
    optimizer.step()
    observe("the parameter after one step", x, documented=[6.0])
    optimizer.step()
    observe("after two: b = 0.5 * 4 + 4", x, documented=[3.0])
    optimizer.step()
    observe("after three: b = 0.5 * 6 + 4", x, documented=[-0.5])


@scenario("ALG-03/dampening", needs=["ALG-03"])
def dampening_does_not_touch_the_first_gradient(torch, observe):
    x = torch.tensor([8.0], requires_grad=True)
    x.grad = torch.tensor([4.0])
    optimizer = torch.optim.SGD([x], lr=0.5, momentum=0.5, dampening=0.25)
    optimizer.step()
    observe("the parameter after one step: b = 4", x, documented=[6.0])
    optimizer.step()
    observe("after two: b = 0.5 * 4 + 0.75 * 4", x, documented=[3.5])


@scenario("ALG-03/rate-outside-the-buffer", needs=["ALG-03"])
def a_new_rate_scales_the_whole_buffer(torch, observe):
    x = torch.tensor([8.0], requires_grad=True)
    x.grad = torch.tensor([4.0])
    optimizer = torch.optim.SGD([x], lr=1.0, momentum=0.5)
    optimizer.step()
    optimizer.param_groups[0]["lr"] = 0.25
    optimizer.step()
    observe("the parameter: 8 - 1 * 4 - 0.25 * (0.5 * 4 + 4)", x, documented=[2.5])


@scenario("ALG-03/buffer-is-a-copy", needs=["ALG-03"])
def the_buffer_does_not_alias_the_gradient(torch, observe):
    x = torch.tensor([8.0], requires_grad=True)
    x.grad = torch.tensor([4.0])
    optimizer = torch.optim.SGD([x], lr=0.5, momentum=0.5)
    optimizer.step()
    x.grad.zero_()
    observe("the buffer once the gradient is zeroed in place", optimizer.state[x]["momentum_buffer"], documented=[4.0])
    optimizer.step()
    observe("the parameter after a step with a zero gradient", x, documented=[5.0])
    observe("the gradient", x.grad, documented=[0.0])


@scenario("ALG-03/trajectory", cases=list(PROBLEMS), needs=["ALG-03"])
def momentum_for_twenty_steps(torch, observe, problem):
    parameters, loss = PROBLEMS[problem].build(torch)
    options = {"lr": RATES[problem] / 4, "momentum": 0.75}
    optimizer = torch.optim.SGD(parameters, **options)
    for box in trajectory(PROBLEMS[problem], sgd, **options):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        observe(f"the parameters after step {box.number}", parameters, documented=box.parameters, terms=box.terms)
        state = [dict(optimizer.state[parameter]) for parameter in parameters]
        observe(f"the state after step {box.number}", state, documented=box.states, terms=box.terms)


@scenario("ALG-04", needs=["ALG-03"])
def nesterov_looks_ahead_by_the_new_buffer(torch, observe):
    x = torch.tensor([8.0], requires_grad=True)
    x.grad = torch.tensor([4.0])
    optimizer = torch.optim.SGD([x], lr=0.5, momentum=0.5, nesterov=True)
    optimizer.step()
    observe("the parameter after one step: g + 0.5 * 4 = 6", x, documented=[5.0])
    x.grad = torch.tensor([4.0])  # implementations may have written into the first one
    optimizer.step()
    observe("after two: b = 6, g + 0.5 * 6 = 7", x, documented=[1.5])


@scenario("ALG-05", needs=["ALG-02"])
def maximize_climbs_but_weight_decay_still_shrinks(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.grad = torch.tensor([4.0, 0.0])
    torch.optim.SGD([x], lr=0.5, weight_decay=0.25, maximize=True).step()
    observe("the parameter", x, documented=[2.875, 1.75])  # 1 + 0.5 * 4 - 0.5 * 0.25 * 1, 2 - 0.5 * 0.25 * 2
    observe("the gradient keeps its sign", x.grad, documented=[4.0, 0.0])


@scenario("ALG-06", needs=["ALG-03"])
def only_momentum_needs_a_buffer(torch, observe):
    x = torch.tensor([8.0], requires_grad=True)
    x.grad = torch.tensor([4.0])
    plain = torch.optim.SGD([x], lr=0.5, weight_decay=0.5)
    plain.step()
    observe("a buffer without momentum", "momentum_buffer" in plain.state[x], documented=False)
    heavy = torch.optim.SGD([x], lr=0.5, momentum=0.5)
    heavy.step()
    observe("the state's keys with momentum", list(heavy.state[x]), documented=["momentum_buffer"])
    observe("the buffer", heavy.state[x]["momentum_buffer"], documented=[4.0])


#: Every valid combination: Nesterov needs momentum and no dampening, dampening does nothing without momentum.
COMBINATIONS = {
    "weight-decay": {"weight_decay": 0.25},
    "maximize": {"maximize": True},
    "weight-decay-maximize": {"weight_decay": 0.25, "maximize": True},
    "dampening": {"dampening": 0.25},
    "momentum": {"momentum": 0.5},
    "momentum-weight-decay": {"momentum": 0.5, "weight_decay": 0.25},
    "momentum-maximize": {"momentum": 0.5, "maximize": True},
    "momentum-weight-decay-maximize": {"momentum": 0.5, "weight_decay": 0.25, "maximize": True},
    "momentum-dampening": {"momentum": 0.5, "dampening": 0.25},
    "momentum-dampening-weight-decay": {"momentum": 0.5, "dampening": 0.25, "weight_decay": 0.25},
    "momentum-dampening-maximize": {"momentum": 0.5, "dampening": 0.25, "maximize": True},
    "momentum-dampening-weight-decay-maximize": {
        "momentum": 0.5,
        "dampening": 0.25,
        "weight_decay": 0.25,
        "maximize": True,
    },
    "negative-dampening": {"momentum": 0.5, "dampening": -0.25},
    "nesterov": {"momentum": 0.5, "nesterov": True},
    "nesterov-weight-decay": {"momentum": 0.5, "nesterov": True, "weight_decay": 0.25},
    "nesterov-maximize": {"momentum": 0.5, "nesterov": True, "maximize": True},
    "nesterov-weight-decay-maximize": {"momentum": 0.5, "nesterov": True, "weight_decay": 0.25, "maximize": True},
}


@scenario("ALG-36", cases=COMBINATIONS, needs=["ALG-01"])
def sgd_follows_its_box_under_every_combination_of_options(torch, observe, options):
    parameters, loss = QUADRATIC.build(torch)
    optimizer = torch.optim.SGD(parameters, lr=0.125, **options)
    for box in trajectory(QUADRATIC, sgd, lr=0.125, **options):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        observe(f"the parameters after step {box.number}", parameters, documented=box.parameters, terms=box.terms)


@scenario("ALG-36/drawn", draws=sgd_options(), needs=["ALG-01", "ALG-03"])
def sgd_follows_its_box_under_drawn_options(torch, observe, options):
    parameters, loss = QUADRATIC.build(torch)
    optimizer = torch.optim.SGD(parameters, **options)
    for box in trajectory(QUADRATIC, sgd, steps=5, **options):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        observe(f"the parameters after step {box.number}", parameters, documented=box.parameters, terms=box.terms)


@scenario("ALG-01/weight-decay-of-one", cases=["SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax", "NAdam",
          "RAdam", "ASGD", "Adafactor"])  # fmt: skip
def a_weight_decay_of_one_is_a_weight_decay(torch, observe, name):
    param = torch.tensor([1.0, -2.0], requires_grad=True)
    optimizer = getattr(torch.optim, name)([param], lr=0.25, weight_decay=1.0)
    param.grad = torch.tensor([1.0, 0.5])
    optimizer.step()
    observe("after one step", param.detach(), terms=40)
    optimizer.step()
    observe("after two", param.detach(), terms=60)


@scenario(
    "ALG-02/momentum-and-dampening-of-one", cases={"momentum": (1.0, 0.0), "dampening": (0.5, 1.0), "both": (1.0, 1.0)}
)
def a_momentum_or_dampening_of_one(torch, observe, case):
    momentum, dampening = case
    param = torch.tensor([1.0], requires_grad=True)
    optimizer = torch.optim.SGD([param], lr=0.5, momentum=momentum, dampening=dampening)
    for gradient in (1.0, 2.0, 3.0):
        param.grad = torch.tensor([gradient])
        optimizer.step()
    buffers = [1.0]
    for gradient in (2.0, 3.0):
        buffers.append(momentum * buffers[-1] + (1 - dampening) * gradient)
    observe("the parameter", param.detach(), documented=[1.0 - 0.5 * sum(buffers)])
