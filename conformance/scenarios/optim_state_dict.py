"""Saving and loading the state of an optimizer."""

import copy
import io

from conformance.scenario import scenario
from conformance.witnesses.boxes import BOXES, OPTIONS
from conformance.witnesses.lbfgs import lbfgs
from conformance.witnesses.problems import NETWORK, QUADRATIC
from conformance.witnesses.sums_of_squares import OPTIMIZERS, step
from conformance.witnesses.trajectory import OPERATIONS_A_STEP, trajectory


def sgd_after_a_step(torch, **options):
    """Two parameters, in two groups, and an SGD with momentum that has made a step."""
    x, y = torch.tensor([1.0], requires_grad=True), torch.tensor([2.0, 3.0], requires_grad=True)
    x.grad, y.grad = torch.tensor([1.0]), torch.tensor([0.5, -1.0])
    optimizer = torch.optim.SGD([{"params": [x]}, {"params": [y], "lr": 0.25}], lr=0.5, momentum=0.5, **options)
    optimizer.step()
    return [x, y], optimizer


@scenario("OPT-09", cases=["SGD", "Adam", "AdamW", "Adamax", "NAdam", "RAdam", "Adadelta", "RMSprop", "Rprop", "ASGD"])
def the_state_is_empty_before_the_first_step(torch, observe, name):
    x = torch.tensor([1.0], requires_grad=True)
    optimizer = getattr(torch.optim, name)([x], **OPTIONS[name])
    observe("the state's length", len(optimizer.state), documented=0)
    x.grad = torch.tensor([1.0])
    optimizer.step()
    observe("after a step", len(optimizer.state), documented=1)
    observe("it is found by the parameter", x in optimizer.state, documented=True)


@scenario("OPT-09/adagrad")
def adagrad_has_a_state_from_the_start(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    optimizer = torch.optim.Adagrad([x], initial_accumulator_value=0.5)
    observe("its keys", sorted(optimizer.state[x]), documented=["step", "sum"])
    observe("the sum", optimizer.state[x]["sum"], documented=[0.5, 0.5])
    observe("the step count", optimizer.state[x]["step"], documented=0.0)


@scenario("OPT-13")
def a_state_dict_has_state_and_param_groups(torch, observe):
    _, optimizer = sgd_after_a_step(torch)
    saved = optimizer.state_dict()
    observe("its keys", sorted(saved), documented=["param_groups", "state"])
    observe(
        "the groups' params are running numbers", [g["params"] for g in saved["param_groups"]], documented=[[0], [1]]
    )
    observe("the groups' rates", [g["lr"] for g in saved["param_groups"]], documented=[0.5, 0.25])
    observe("the state's keys", sorted(saved["state"]), documented=[0, 1])
    buffers = [saved["state"][i]["momentum_buffer"] for i in (0, 1)]
    observe("the buffers", buffers, documented=[[1.0], [0.5, -1.0]])


@scenario("OPT-13/numbering", needs=["OPT-13"])
def the_numbers_run_through_the_groups(torch, observe):
    x, y, z = (torch.tensor([1.0], requires_grad=True) for _ in range(3))
    optimizer = torch.optim.SGD([{"params": [x, y]}, {"params": [z]}], lr=0.5, momentum=0.5)
    y.grad = torch.tensor([1.0])
    optimizer.step()
    saved = optimizer.state_dict()
    observe("the groups' params", [group["params"] for group in saved["param_groups"]], documented=[[0, 1], [2]])
    observe(
        "the state has the one that was stepped",
        [key for key, state in saved["state"].items() if state],
        documented=[1],
    )


@scenario("OPT-13/references", needs=["OPT-13"])
def a_state_dict_refers_to_the_state(torch, observe):
    (x, _), optimizer = sgd_after_a_step(torch)
    saved = optimizer.state_dict()
    observe(
        "the buffer is the same object",
        saved["state"][0]["momentum_buffer"] is optimizer.state[x]["momentum_buffer"],
        documented=True,
    )
    optimizer.step()
    observe("the saved buffer after another step: 0.5 * 1 + 1", saved["state"][0]["momentum_buffer"], documented=[1.5])
    saved["param_groups"][0]["lr"] = 8.0
    observe("the optimizer's rate, as the groups are copied", optimizer.param_groups[0]["lr"], documented=0.5)


@scenario("OPT-14")
def loading_restores_state_and_options(torch, observe):
    _, optimizer = sgd_after_a_step(torch)
    x, y = torch.tensor([1.0], requires_grad=True), torch.tensor([2.0, 3.0], requires_grad=True)
    fresh = torch.optim.SGD([{"params": [x]}, {"params": [y]}], lr=8.0)
    observe("what load_state_dict returns", fresh.load_state_dict(optimizer.state_dict()), documented=None)
    observe("the rates", [group["lr"] for group in fresh.param_groups], documented=[0.5, 0.25])
    observe("the momenta", [group["momentum"] for group in fresh.param_groups], documented=[0.5, 0.5])
    observe(
        "the groups hold their own parameters",
        [g["params"][0] is p for g, p in zip(fresh.param_groups, (x, y), strict=True)],
        documented=[True, True],
    )
    observe("the buffers", [fresh.state[p]["momentum_buffer"] for p in (x, y)], documented=[[1.0], [0.5, -1.0]])


@scenario("OPT-14/defaults", needs=["OPT-14"])
def loading_leaves_the_defaults_and_what_a_dict_lacks(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    saved = torch.optim.SGD([x], lr=0.5).state_dict()
    fresh = torch.optim.SGD([x], lr=8.0)
    fresh.load_state_dict(saved)
    observe("the default rate for groups to come", fresh.defaults["lr"], documented=8.0)


@scenario("OPT-14/dict-is-kept", needs=["OPT-14"])
def loading_does_not_change_or_keep_the_dict(torch, observe):
    _, optimizer = sgd_after_a_step(torch)
    saved = copy.deepcopy(optimizer.state_dict())
    x, y = torch.tensor([1.0], requires_grad=True), torch.tensor([2.0, 3.0], requires_grad=True)
    fresh = torch.optim.SGD([{"params": [x]}, {"params": [y]}], lr=8.0)
    fresh.load_state_dict(saved)
    fresh.param_groups[0]["lr"] = 4.0
    observe("the dict's rate after the optimizer's changed", saved["param_groups"][0]["lr"], documented=0.5)
    observe("the dict's params", [group["params"] for group in saved["param_groups"]], documented=[[0], [1]])


@scenario("OPT-14/middle", cases=list(BOXES), needs=["OPT-14"])
def a_trajectory_goes_on_from_a_state_dict(torch, observe, name):
    make = getattr(torch.optim, name)
    parameters, loss = QUADRATIC.build(torch)
    optimizer = make(parameters, **OPTIONS[name])
    for box in trajectory(QUADRATIC, BOXES[name], **OPTIONS[name]):
        if box.number == 11:  # another optimizer, made with other options, goes on
            saved = copy.deepcopy(optimizer.state_dict())
            optimizer = make(parameters, lr=8.0)
            optimizer.load_state_dict(saved)
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        observe(f"the parameters after step {box.number}", parameters, documented=box.parameters, terms=box.terms)


@scenario("OPT-14/middle-of-lbfgs", needs=["OPT-14"])
def lbfgs_goes_on_from_a_state_dict(torch, observe):
    parameters, loss = NETWORK.build(torch)
    optimizer = torch.optim.LBFGS(parameters, lr=0.0625, max_iter=1)

    def closure():
        optimizer.zero_grad()
        value = loss()
        value.backward()
        return value

    for number, documented in lbfgs(NETWORK, steps=20, lr=0.0625):
        if number == 11:
            saved = copy.deepcopy(optimizer.state_dict())
            optimizer = torch.optim.LBFGS(parameters, lr=8.0)
            optimizer.load_state_dict(saved)
        optimizer.step(closure)
        terms = number * OPERATIONS_A_STEP
        observe(f"the parameters after step {number}", parameters, documented=documented, terms=terms)


@scenario("OPT-14/written-to-a-file", devices="cpu", needs=["OPT-14"])
def a_state_dict_goes_through_a_file(torch, observe):
    parameters, optimizer = sgd_after_a_step(torch)
    file = io.BytesIO()
    torch.save(optimizer.state_dict(), file)
    file.seek(0)
    fresh = torch.optim.SGD([{"params": [p]} for p in parameters], lr=8.0)
    fresh.load_state_dict(torch.load(file))
    observe("the rates", [group["lr"] for group in fresh.param_groups], documented=[0.5, 0.25])
    observe("the buffers", [fresh.state[p]["momentum_buffer"] for p in parameters], documented=[[1.0], [0.5, -1.0]])


@scenario("OPT-15")
def a_state_dict_of_other_groups_is_refused(torch, observe):
    _, optimizer = sgd_after_a_step(torch)
    x, y, z = (torch.tensor([1.0], requires_grad=True) for _ in range(3))
    one_group = torch.optim.SGD([x, y], lr=8.0)
    with observe.raises("two groups into one", ValueError, saying="parameter groups"):
        one_group.load_state_dict(optimizer.state_dict())
    longer = torch.optim.SGD([{"params": [x, z]}, {"params": [y]}], lr=8.0)
    with observe.raises("a group of one into a group of two", ValueError, saying="size"):
        longer.load_state_dict(optimizer.state_dict())
    observe(
        "the rates after the failures", [o.param_groups[0]["lr"] for o in (one_group, longer)], documented=[8.0, 8.0]
    )
    observe("the states after the failures", [len(o.state) for o in (one_group, longer)], documented=[0, 0])


@scenario("OPT-16", dtypes=["float32"])
def loading_casts_the_state_to_the_parameters_dtype_but_not_the_step_count(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    x.grad = torch.tensor([1.0])
    optimizer = torch.optim.Adam([x], betas=(0.5, 0.75))
    optimizer.step()
    double = torch.tensor([1.0], dtype=torch.float64, requires_grad=True)
    fresh = torch.optim.Adam([double])
    fresh.load_state_dict(optimizer.state_dict())
    observe("the moments' dtype", fresh.state[double]["exp_avg"].dtype, documented="float64")
    observe("the step count's dtype", fresh.state[double]["step"].dtype, documented="float32")
    observe("the moment", fresh.state[double]["exp_avg"], documented=[0.5])


@scenario("OPT-17", needs=["OPT-14", "OPT-01/named"])
def names_do_not_match_parameters_but_their_order_does(torch, observe):
    x, y = torch.tensor([1.0], requires_grad=True), torch.tensor([2.0], requires_grad=True)
    x.grad, y.grad = torch.tensor([4.0]), torch.tensor([8.0])
    optimizer = torch.optim.SGD([("x", x), ("y", y)], lr=0.5, momentum=0.5)
    optimizer.step()
    swapped = torch.optim.SGD([("y", y), ("x", x)], lr=0.5, momentum=0.5)
    swapped.load_state_dict(optimizer.state_dict())
    observe("the buffer of the first, y", swapped.state[y]["momentum_buffer"], documented=[4.0])
    observe("the buffer of the second, x", swapped.state[x]["momentum_buffer"], documented=[8.0])
    observe("the names are the loaded ones", swapped.param_groups[0]["param_names"], documented=["x", "y"])


@scenario("OPT-14/lacking-options", needs=["OPT-14"], cases=OPTIMIZERS)
def options_that_a_saved_group_lacks_get_their_defaults(torch, observe, case):
    name, options = case
    param = torch.tensor([1.0, -2.0], requires_grad=True)
    optimizer = getattr(torch.optim, name)([param], **options)
    step(optimizer, [param])
    saved = optimizer.state_dict()
    kept = ("params", "lr", "betas", "eps", "weight_decay", "rho", "lambd", "alpha", "t0", "etas", "step_sizes", "d",
            "beta2_decay", "lr_decay", "initial_accumulator_value", "momentum_decay", "dampening")  # fmt: skip
    saved["param_groups"] = [{k: v for k, v in group.items() if k in kept} for group in saved["param_groups"]]
    optimizer.load_state_dict(saved)
    observe("the options", {k: v for k, v in sorted(optimizer.param_groups[0].items()) if k != "params"})


@scenario("OPT-14/step-as-a-number", needs=["OPT-14"], cases=["Adam", "AdamW", "Adamax", "NAdam", "RAdam", "Adagrad",
          "Adadelta", "RMSprop", "Rprop", "ASGD"])  # fmt: skip
def a_step_that_was_saved_as_a_number_becomes_a_tensor(torch, observe, name):
    param = torch.tensor([1.0, -2.0], requires_grad=True)
    optimizer = getattr(torch.optim, name)([param], lr=0.1)
    step(optimizer, [param])
    saved = optimizer.state_dict()
    saved["state"] = {key: {**state, "step": 1.0} for key, state in saved["state"].items()}
    optimizer.load_state_dict(saved)
    observe("the step", optimizer.state[param]["step"])
    step(optimizer, [param])
    observe("after another step", param.detach(), terms=40)


@scenario("OPT-37/old-state", cases=["without-differentiable"])
def an_optimizer_from_before_an_option_was_there(torch, observe, case):
    optimizer = torch.optim.SGD([torch.tensor([1.0], requires_grad=True)], lr=0.5)
    state = copy.deepcopy(optimizer.__getstate__())
    state["defaults"].pop("differentiable", None)
    other = torch.optim.SGD([torch.tensor([2.0], requires_grad=True)], lr=0.25)
    other.defaults = {}
    other.__setstate__(state)
    observe("the default", other.defaults.get("differentiable"))


def told(function):
    """What a call gives, or the class of its refusal."""
    try:
        return function()
    except (RuntimeError, ValueError, TypeError, AssertionError, KeyError) as error:
        return type(error).__name__


@scenario("OPT-14/names", cases=["both", "saved-only", "own-only"])
def names_of_parameters_in_saved_groups(torch, observe, case):
    def make(named):
        param = torch.tensor([1.0], requires_grad=True)
        return torch.optim.SGD([("weight", param)] if named else [param], lr=0.5, momentum=0.5)

    saved = copy.deepcopy(make(case != "own-only").state_dict())
    optimizer = make(case != "saved-only")
    observe("loading", told(lambda: optimizer.load_state_dict(saved)))
    observe("the names", optimizer.param_groups[0].get("param_names"))


@scenario("OPT-14/extra-state", cases=["of-the-optimizer", "a-list", "a-dict"])
def state_of_other_kinds_is_loaded(torch, observe, case):
    param = torch.tensor([1.0, 2.0], requires_grad=True)
    optimizer = torch.optim.SGD([param], lr=0.5, momentum=0.5)
    param.grad = torch.tensor([1.0, 1.0])
    optimizer.step()
    saved = copy.deepcopy(optimizer.state_dict())
    if case == "of-the-optimizer":
        saved["state"]["counter"] = {"n": 3}
    else:
        value = {"a-list": [torch.tensor([1.0, 2.0], dtype=torch.float64), 3],
                 "a-dict": {"inner": torch.tensor([1.0, 2.0], dtype=torch.float64)}}[case]  # fmt: skip
        saved["state"][0]["extra"] = value
    optimizer.load_state_dict(saved)
    loaded = optimizer.state
    observe("what is there", loaded["counter"] if case == "of-the-optimizer" else loaded[param]["extra"])
    observe("the kinds", sorted(type(key).__name__ for key in loaded if isinstance(key, str)))
