"""Constructing an optimizer: what it takes, what it refuses, and parameter groups."""

import copy
import fractions
import importlib
import pickle

from conformance.scenario import scenario


def a_parameter(torch, value=1.0):
    """A leaf whose gradient is one."""
    x = torch.tensor([value], requires_grad=True)
    x.grad = torch.tensor([1.0])
    return x


@scenario("OPT-01")
def parameters_come_as_an_iterable_of_tensors(torch, observe):
    x, y = a_parameter(torch), a_parameter(torch)
    for name, parameters in (("a list", [x, y]), ("a tuple", (x, y)), ("a generator", (p for p in (x, y)))):
        optimizer = torch.optim.SGD(parameters, lr=0.5)
        observe(f"the groups of {name}", len(optimizer.param_groups), documented=1)
        held = optimizer.param_groups[0]["params"]
        observe(
            f"the group holds the tensors of {name}",
            [p is q for p, q in zip(held, (x, y), strict=True)],
            documented=[True, True],
        )


@scenario("OPT-01/bare-tensor")
def a_bare_tensor_is_refused(torch, observe):
    with observe.raises("SGD of a tensor", TypeError, saying="iterable"):
        torch.optim.SGD(torch.tensor([1.0], requires_grad=True), lr=0.5)


@scenario("OPT-01/nothing")
def an_empty_list_is_refused(torch, observe):
    with observe.raises("SGD of an empty list", ValueError, saying="empty"):
        torch.optim.SGD([], lr=0.5)
    with observe.raises("SGD of an exhausted generator", ValueError, saying="empty"):
        torch.optim.SGD((p for p in ()), lr=0.5)


@scenario("OPT-01/named")
def named_parameters_keep_their_names(torch, observe):
    x, y = a_parameter(torch), a_parameter(torch)
    optimizer = torch.optim.SGD([("first", x), ("second", y)], lr=0.5)
    group = optimizer.param_groups[0]
    observe("the names", group["param_names"], documented=["first", "second"])
    observe(
        "the parameters are the tensors",
        [p is q for p, q in zip(group["params"], (x, y), strict=True)],
        documented=[True, True],
    )
    observe(
        "the names in the state_dict",
        optimizer.state_dict()["param_groups"][0]["param_names"],
        documented=["first", "second"],
    )
    optimizer.step()
    observe("a step moves them", [x, y], documented=[[0.5], [0.5]])


@scenario("OPT-01/named-parameters-of-a-module", needs=["OPT-01/named"])
def named_parameters_of_a_module(torch, observe):
    model = torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.Linear(1, 1, bias=False))
    optimizer = torch.optim.SGD(model.named_parameters(), lr=0.5)
    observe("the names", optimizer.param_groups[0]["param_names"], documented=["0.weight", "0.bias", "1.weight"])


@scenario("OPT-01/some-named", needs=["OPT-01/named"])
def either_all_parameters_are_named_or_none(torch, observe):
    x, y = a_parameter(torch), a_parameter(torch)
    with observe.raises("a name for one of two", ValueError, saying="name"):
        torch.optim.SGD([("first", x), y], lr=0.5)
    with observe.raises("a named group and a nameless one", ValueError, saying="name"):
        torch.optim.SGD([{"params": [("first", x)]}, {"params": [y]}], lr=0.5)


@scenario("OPT-01/no-names")
def nameless_parameters_have_no_names_in_their_group(torch, observe):
    optimizer = torch.optim.SGD([a_parameter(torch)], lr=0.5)
    observe("the group has names", "param_names" in optimizer.param_groups[0], documented=False)


@scenario("OPT-02")
def a_non_leaf_is_refused(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    with observe.raises("SGD of x * 2", ValueError, saying="leaf"):
        torch.optim.SGD([x * 2], lr=0.5)


@scenario("OPT-02/not-a-tensor")
def what_is_no_tensor_is_refused(torch, observe):
    with observe.raises("a number among the parameters", TypeError, saying="float"):
        torch.optim.SGD([torch.tensor([1.0], requires_grad=True), 2.0], lr=0.5)


@scenario("OPT-03")
def a_leaf_without_requires_grad_never_moves(torch, observe):
    frozen, trained = torch.tensor([1.0]), a_parameter(torch)
    optimizer = torch.optim.SGD([frozen, trained], lr=0.5, weight_decay=0.5)
    optimizer.step()
    observe("the frozen one", frozen, documented=[1.0])
    observe("the trained one", trained, documented=[0.25])


@scenario("OPT-04")
def a_parameter_in_two_groups_is_refused(torch, observe):
    x = a_parameter(torch)
    with observe.raises("two groups at once", ValueError, saying="more than one"):
        torch.optim.SGD([{"params": [x]}, {"params": [x]}], lr=0.5)
    optimizer = torch.optim.SGD([x], lr=0.5)
    with observe.raises("a second group later", ValueError, saying="more than one"):
        optimizer.add_param_group({"params": [x]})
    observe("the groups after the failure", len(optimizer.param_groups), documented=1)


@scenario("OPT-04/twice-in-a-group")
def a_parameter_twice_in_a_group_is_warned_of(torch, observe):
    x = a_parameter(torch)
    with observe.warns("constructing it", UserWarning, saying="duplicate"):
        torch.optim.SGD([x, x], lr=0.5)


@scenario("OPT-05")
def a_set_of_parameters_is_refused(torch, observe):
    x = a_parameter(torch)
    with observe.raises("a group of a set", TypeError, saying="order"):
        torch.optim.SGD([{"params": {x}}], lr=0.5)


@scenario("OPT-06")
def options_of_a_group_override_the_defaults(torch, observe):
    x, y = a_parameter(torch), a_parameter(torch)
    optimizer = torch.optim.SGD([{"params": [x]}, {"params": [y], "lr": 0.25}], lr=0.5, momentum=0.5)
    observe("the rates", [group["lr"] for group in optimizer.param_groups], documented=[0.5, 0.25])
    observe("the momenta", [group["momentum"] for group in optimizer.param_groups], documented=[0.5, 0.5])
    observe("the default rate", optimizer.defaults["lr"], documented=0.5)
    optimizer.step()
    observe("a step moves each at its rate", [x, y], documented=[[0.5], [0.75]])


@scenario("OPT-06/one-tensor")
def the_params_of_a_group_may_be_one_tensor(torch, observe):
    x = a_parameter(torch)
    optimizer = torch.optim.SGD([{"params": x}], lr=0.5)
    observe("the group holds it in a list", [p is x for p in optimizer.param_groups[0]["params"]], documented=[True])


@scenario("OPT-06/required")
def a_group_needs_params(torch, observe):
    with observe.raises("a group without params", KeyError, saying="params"):
        torch.optim.SGD([{"lr": 0.5}], lr=0.5)


@scenario("OPT-06/every-option", needs=["OPT-06"])
def every_option_may_differ_between_groups(torch, observe):
    parameters = [a_parameter(torch, 2.0) for _ in range(4)]
    options = [{"weight_decay": 0.5}, {"maximize": True}, {"momentum": 0.5}, {"momentum": 0.5, "nesterov": True}]
    groups = [{"params": [p], **option} for p, option in zip(parameters, options, strict=True)]
    optimizer = torch.optim.SGD(groups, lr=0.5)
    optimizer.step()
    observe("after one step", parameters, documented=[[1.0], [2.5], [1.5], [1.25]])
    for x in parameters:
        x.grad = torch.tensor([1.0])  # implementations may have written into the first one
    optimizer.step()
    observe("after two", parameters, documented=[[0.25], [3.0], [0.75], [0.375]])


@scenario("OPT-07", needs=["OPT-06"])
def a_group_may_be_added_later(torch, observe):
    x, y = a_parameter(torch), a_parameter(torch)
    optimizer = torch.optim.SGD([x], lr=0.5)
    optimizer.step()
    optimizer.add_param_group({"params": [y], "lr": 0.25})
    optimizer.step()
    observe("the parameters", [x, y], documented=[[0.0], [0.75]])
    observe("its missing options come from the defaults", optimizer.param_groups[1]["momentum"], documented=0)


@scenario("OPT-07/not-a-dict")
def a_group_to_add_is_a_dict(torch, observe):
    optimizer = torch.optim.SGD([a_parameter(torch)], lr=0.5)
    with observe.raises("adding a list", TypeError, saying="dict"):
        optimizer.add_param_group([a_parameter(torch)])


@scenario("OPT-08", needs=["OPT-06"])
def a_new_rate_takes_effect_at_the_next_step(torch, observe):
    x = a_parameter(torch)
    optimizer = torch.optim.SGD([x], lr=0.5)
    optimizer.step()
    optimizer.param_groups[0]["lr"] = 0.125
    optimizer.step()
    observe("the parameter: 1 - 0.5 - 0.125", x, documented=[0.375])


@scenario("OPT-21")
def a_rate_of_zero_is_allowed(torch, observe):
    x = a_parameter(torch)
    optimizer = torch.optim.SGD([x], lr=0.0, momentum=0.5, weight_decay=0.5)
    optimizer.step()
    observe("the parameter rests", x, documented=[1.0])
    observe("the momentum gathers", optimizer.state[x]["momentum_buffer"], documented=[1.5])


@scenario("OPT-37")
def an_optimizer_copies_deeply(torch, observe):
    x = a_parameter(torch)
    optimizer = torch.optim.SGD([x], lr=0.5, momentum=0.5)
    optimizer.step()
    copied = copy.deepcopy(optimizer)
    optimizer.step()
    y = copied.param_groups[0]["params"][0]
    observe("the copy holds another parameter", y is x, documented=False)
    observe("it stands where it was copied", y, documented=[0.5])
    observe("its buffer too", copied.state[y]["momentum_buffer"], documented=[1.0])


@scenario("OPT-37/pickle", devices="cpu", needs=["OPT-37"])
def an_optimizer_can_be_pickled(torch, observe):
    x = a_parameter(torch)
    optimizer = torch.optim.SGD([x], lr=0.5, momentum=0.5)
    optimizer.step()
    loaded = pickle.loads(pickle.dumps(optimizer))
    y = loaded.param_groups[0]["params"][0]
    y.grad = torch.tensor([1.0])
    loaded.step()
    observe("the parameter after a step of the loaded one: 0.5 - 0.5 * 1.5", y, documented=[-0.25])
    observe("its options", loaded.param_groups[0]["lr"], documented=0.5)


@scenario("OPT-38")
def what_repr_shows(torch, observe):
    shown = repr(torch.optim.SGD([a_parameter(torch)], lr=0.5))
    observe("it begins with the class", shown.startswith("SGD ("), documented=True)
    observe("it shows the group", "Parameter Group 0" in shown, documented=True)
    observe("it shows the rate", "lr: 0.5" in shown, documented=True)


@scenario("OPT-02/its-type", needs=["OPT-02"], cases={"a-float": 1.0, "a-string": "weight"})
def the_type_of_what_is_no_parameter_is_named(torch, observe, value):
    with observe.raises("construction", TypeError, saying=type(value).__name__):
        torch.optim.SGD([value], lr=0.1)


@scenario(
    "OPT-01/mixed-groups",
    cases={"dict-then-tensor": 0, "tensor-then-dict": 1, "names-then-none": 2, "none-then-names": 3},
)
def parameters_given_in_mixed_ways(torch, observe, case):
    a, b = torch.tensor([1.0], requires_grad=True), torch.tensor([2.0], requires_grad=True)
    given = [[{"params": [a]}, b], [a, {"params": [b]}], [("a", a), b], [a, ("b", b)]][case]
    with observe.raises("construction"):
        torch.optim.SGD(given, lr=0.1)
    optimizer = torch.optim.SGD([("a", a)] if case == 2 else [a], lr=0.1)
    with observe.raises(
        "adding a group", ValueError, saying="with names to the" if case != 2 else "without names to the"
    ):
        optimizer.add_param_group({"params": [b] if case == 2 else [("b", b)]})


@scenario("OPT-01/mixed-message", needs=["OPT-01"])
def a_tensor_beside_groups_is_no_group(torch, observe):
    group, tensor = {"params": [torch.tensor([1.0])]}, torch.tensor([2.0])
    with observe.raises("a group, a tensor", TypeError, saying="must be a dict"):
        torch.optim.SGD([group, tensor], lr=0.5)
    with observe.raises("a tensor, a group", TypeError, saying="can only optimize Tensors"):
        torch.optim.SGD([tensor, group], lr=0.5)


@scenario("OPT-02/full-type-name", needs=["OPT-02"])
def the_module_of_a_wrong_type_is_named(torch, observe):
    with observe.raises("a fraction", TypeError, saying="fractions.Fraction"):
        torch.optim.SGD([fractions.Fraction(1, 2)], lr=0.5)


@scenario("OPT-06/required-by-its-own", needs=["OPT-06"])
def an_optimizer_of_the_users_own_may_require_an_option(torch, observe):
    required = importlib.import_module(f"{torch.__name__}.optim.optimizer").required

    class Own(torch.optim.Optimizer):
        def __init__(self, params):
            super().__init__(params, {"lr": required, "scale": 2.0})

    param = torch.tensor([1.0], requires_grad=True)
    with observe.raises("without it", ValueError, saying="lr"):
        Own([param])
    group = Own([{"params": [param], "lr": 0.5}]).param_groups[0]
    observe("the options", [group["lr"], group["scale"]], documented=[0.5, 2.0])
