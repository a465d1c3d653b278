"""foreach, fused and capturable: other implementations of the same algorithms; and rates that are tensors."""

import copy

from conformance.scenario import scenario
from conformance.witnesses.boxes import BOXES, OPTIONS
from conformance.witnesses.problems import NETWORK, QUADRATIC
from conformance.witnesses.trajectory import trajectory

FUSED = ["SGD", "Adam", "AdamW", "Adagrad"]
CAPTURABLE = ["Adam", "AdamW", "Adamax", "NAdam", "RAdam", "Adadelta", "RMSprop", "Rprop", "ASGD"]


@scenario("ALG-30/foreach", cases=list(BOXES))
def foreach_gives_the_documented_trajectory(torch, observe, name):
    parameters, loss = NETWORK.build(torch)
    options = {**OPTIONS[name], "lr": OPTIONS[name]["lr"] / 2}
    optimizer = getattr(torch.optim, name)(parameters, foreach=True, **options)
    for box in trajectory(NETWORK, BOXES[name], steps=10, **options):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        observe(f"the parameters after step {box.number}", parameters, documented=box.parameters, terms=box.terms)


@scenario("ALG-30/for-loop", cases=list(BOXES))
def the_for_loop_gives_the_documented_trajectory(torch, observe, name):
    parameters, loss = NETWORK.build(torch)
    options = {**OPTIONS[name], "lr": OPTIONS[name]["lr"] / 2}
    optimizer = getattr(torch.optim, name)(parameters, foreach=False, **options)
    for box in trajectory(NETWORK, BOXES[name], steps=10, **options):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        observe(f"the parameters after step {box.number}", parameters, documented=box.parameters, terms=box.terms)


@scenario("ALG-30/fused", cases=FUSED)
def fused_gives_the_documented_trajectory(torch, observe, name):
    parameters, loss = NETWORK.build(torch)
    options = {**OPTIONS[name], "lr": OPTIONS[name]["lr"] / 2}
    optimizer = getattr(torch.optim, name)(parameters, fused=True, **options)
    for box in trajectory(NETWORK, BOXES[name], steps=10, **options):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        observe(f"the parameters after step {box.number}", parameters, documented=box.parameters, terms=box.terms)


#: What meets in a fused kernel that has branches of its own for it.
FUSED_OPTIONS = {
    "sgd-nesterov": ("SGD", {"lr": 0.0625, "momentum": 0.5, "nesterov": True, "weight_decay": 0.25}),
    "sgd-dampening-maximize": ("SGD", {"lr": 0.0625, "momentum": 0.5, "dampening": 0.25, "maximize": True}),
    "adam-amsgrad": ("Adam", {"lr": 0.125, "amsgrad": True, "betas": (0.5, 0.5), "weight_decay": 0.25}),
    "adam-maximize": ("Adam", {"lr": 0.125, "maximize": True}),
    "adamw-amsgrad": ("AdamW", {"lr": 0.125, "amsgrad": True, "betas": (0.5, 0.5), "weight_decay": 0.25}),
    "adagrad-decays": ("Adagrad", {"lr": 0.25, "lr_decay": 0.25, "weight_decay": 0.25}),
}


@scenario("ALG-30/fused-with", cases=FUSED_OPTIONS, needs=["ALG-30/fused/SGD"])
def fused_with_options_gives_the_documented_trajectory(torch, observe, case):
    name, options = case
    parameters, loss = QUADRATIC.build(torch)
    optimizer = getattr(torch.optim, name)(parameters, fused=True, **options)
    for box in trajectory(QUADRATIC, BOXES[name], steps=10, **options):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        observe(f"the parameters after step {box.number}", parameters, documented=box.parameters, terms=box.terms)


@scenario("ALG-48", cases=CAPTURABLE, devices="cpu")
def capturable_on_the_cpu_is_refused(torch, observe, name):
    x = torch.tensor([1.0], requires_grad=True)
    x.grad = torch.tensor([1.0])
    optimizer = getattr(torch.optim, name)([x], capturable=True)
    with observe.raises("a step", AssertionError, saying="capturable"):
        optimizer.step()


@scenario("ALG-48/accelerator", cases=CAPTURABLE, devices="accelerator")
def capturable_gives_the_documented_trajectory(torch, observe, name):
    parameters, loss = QUADRATIC.build(torch)
    optimizer = getattr(torch.optim, name)(parameters, capturable=True, **OPTIONS[name])
    for box in trajectory(QUADRATIC, BOXES[name], steps=10, **OPTIONS[name]):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        observe(f"the parameters after step {box.number}", parameters, documented=box.parameters, terms=box.terms)


@scenario("ALG-33", cases=FUSED)
def fused_excludes_foreach_and_differentiable(torch, observe, name):
    make, x = getattr(torch.optim, name), torch.tensor([1.0], requires_grad=True)
    with observe.raises("with foreach", RuntimeError, saying=("fused", "foreach")):
        make([x], fused=True, foreach=True)
    with observe.raises("with differentiable", RuntimeError, saying=("fused", "differentiable")):
        make([x], fused=True, differentiable=True)


@scenario("ALG-33/not-offered", cases=["Adamax", "NAdam", "RAdam", "Adadelta", "RMSprop", "Rprop", "ASGD", "LBFGS"])
def fused_where_it_is_not_offered(torch, observe, name):
    with observe.raises("constructing it", TypeError, saying="fused"):
        getattr(torch.optim, name)([torch.tensor([1.0], requires_grad=True)], fused=True)


@scenario("ALG-34", cases=list(BOXES))
def a_rate_may_be_a_tensor_of_no_dimension(torch, observe, name):
    parameters, loss = QUADRATIC.build(torch)
    options = OPTIONS[name]
    optimizer = getattr(torch.optim, name)(parameters, **{**options, "lr": torch.tensor(options["lr"])})
    for box in trajectory(QUADRATIC, BOXES[name], steps=10, **options):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        observe(f"the parameters after step {box.number}", parameters, documented=box.parameters, terms=box.terms)


@scenario("ALG-34/several-elements", cases=[*BOXES, "LBFGS"])
def a_rate_of_several_elements_is_refused(torch, observe, name):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with observe.raises("constructing it", ValueError, saying="1-element"):
        getattr(torch.optim, name)([x], lr=torch.tensor([0.5, 0.25]))


@scenario("ALG-34/negative")
def a_negative_rate_in_a_tensor_is_refused(torch, observe):
    with observe.raises("constructing it", ValueError, saying="-0.5"):
        torch.optim.SGD([torch.tensor([1.0], requires_grad=True)], lr=torch.tensor(-0.5))


@scenario("ALG-34/in-place", needs=["ALG-34/SGD"])
def a_rate_in_a_tensor_may_be_changed_in_place(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    x.grad = torch.tensor([1.0])
    rate = torch.tensor(0.5)
    optimizer = torch.optim.SGD([x], lr=rate)
    optimizer.step()
    rate.fill_(0.125)
    optimizer.step()
    observe("the parameter: 1 - 0.5 - 0.125", x, documented=[0.375])


@scenario("ALG-34/foreach", cases=["Adam", "AdamW"])
def adam_by_foreach_refuses_a_rate_in_a_tensor(torch, observe, name):
    x = torch.tensor([1.0], requires_grad=True)
    with observe.raises("constructing it", ValueError, saying=("lr", "foreach")):
        getattr(torch.optim, name)([x], lr=torch.tensor(0.5), foreach=True, capturable=False)


@scenario("OPT-16/fused", cases={"fused": {"fused": True}, "plain": {}, "no-fused": {"fused": False}})
def the_step_of_a_fused_optimizer_is_single(torch, observe, options):
    param = torch.tensor([1.0, 2.0], requires_grad=True)
    optimizer = torch.optim.Adam([param], lr=0.5, **options)
    param.grad = torch.tensor([1.0, 1.0])
    optimizer.step()
    saved = copy.deepcopy(optimizer.state_dict())
    saved["state"][0]["step"] = saved["state"][0]["step"].to(torch.float64)
    optimizer.load_state_dict(saved)
    observe("the step", optimizer.state[param]["step"])
