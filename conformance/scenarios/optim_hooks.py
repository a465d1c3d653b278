"""Hooks of an optimizer: before and after a step, and around saving and loading its state."""

from conformance.scenario import scenario


def sgd_on_one(torch):
    """SGD at a rate of a half on a parameter of one whose gradient is one."""
    x = torch.tensor([1.0], requires_grad=True)
    x.grad = torch.tensor([1.0])
    return x, torch.optim.SGD([x], lr=0.5)


@scenario("OPT-18")
def step_hooks_run_before_and_after_the_update(torch, observe):
    x, optimizer = sgd_on_one(torch)
    heard = []
    optimizer.register_step_pre_hook(lambda *_: heard.append(["before", x.item()]))
    optimizer.register_step_post_hook(lambda *_: heard.append(["after", x.item()]))
    optimizer.step()
    observe("what the hooks saw", heard, documented=[["before", 1.0], ["after", 0.5]])


@scenario("OPT-18/arguments", needs=["OPT-18"])
def step_hooks_get_the_optimizer_and_the_arguments(torch, observe):
    x, optimizer = sgd_on_one(torch)
    heard = []

    def hook(*arguments):
        heard.append(arguments)

    def closure():
        return x.sum()

    optimizer.register_step_pre_hook(hook)
    optimizer.register_step_post_hook(hook)
    optimizer.step(closure)
    observe("how many arguments each gets", [len(arguments) for arguments in heard], documented=[3, 3])
    observe("the first is the optimizer", [a[0] is optimizer for a in heard], documented=[True, True])
    observe("the positional arguments hold the closure", [closure in a[1] for a in heard], documented=[True, True])
    observe("the keyword arguments", [a[2] for a in heard], documented=[{}, {}])


@scenario("OPT-18/replacing", needs=["OPT-18"])
def a_pre_hook_may_replace_the_arguments(torch, observe):
    x, optimizer = sgd_on_one(torch)

    def replace(optimizer, args, kwargs):
        return (args[0], lambda: torch.tensor(8.0)), kwargs

    optimizer.register_step_pre_hook(replace)
    returned = optimizer.step(lambda: x.sum())
    observe("what step returns is the replaced closure's", returned, documented=8.0)


@scenario("OPT-18/bad-return", needs=["OPT-18"])
def a_pre_hook_returns_none_or_a_pair(torch, observe):
    _, optimizer = sgd_on_one(torch)
    optimizer.register_step_pre_hook(lambda *_: "something")
    with observe.raises("a step", RuntimeError):
        optimizer.step()


@scenario("OPT-18/removal", needs=["OPT-18"])
def a_removed_step_hook_is_silent(torch, observe):
    _, optimizer = sgd_on_one(torch)
    heard = []
    before = optimizer.register_step_pre_hook(lambda *_: heard.append("before"))
    after = optimizer.register_step_post_hook(lambda *_: heard.append("after"))
    optimizer.step()
    before.remove()
    optimizer.step()
    after.remove()
    optimizer.step()
    observe("what was heard", heard, documented=["before", "after", "after"])


@scenario("OPT-18/order", needs=["OPT-18"])
def step_hooks_run_in_the_order_of_registration(torch, observe):
    _, optimizer = sgd_on_one(torch)
    heard = []
    for name in ("first", "second"):
        optimizer.register_step_pre_hook(lambda *_, name=name: heard.append(f"{name} before"))
        optimizer.register_step_post_hook(lambda *_, name=name: heard.append(f"{name} after"))
    optimizer.step()
    observe("what was heard", heard, documented=["first before", "second before", "first after", "second after"])


@scenario("OPT-19")
def a_state_dict_post_hook_may_change_or_replace_the_dict(torch, observe):
    _, optimizer = sgd_on_one(torch)
    handle = optimizer.register_state_dict_post_hook(lambda optimizer, state: {**state, "epoch": 3})
    observe("the keys", sorted(optimizer.state_dict()), documented=["epoch", "param_groups", "state"])
    handle.remove()
    observe("the keys once it is removed", sorted(optimizer.state_dict()), documented=["param_groups", "state"])

    def mark(optimizer, state):
        state["marked"] = True

    optimizer.register_state_dict_post_hook(mark)
    observe("the keys changed in place", sorted(optimizer.state_dict()), documented=["marked", "param_groups", "state"])


@scenario("OPT-19/pre-hook", needs=["OPT-13"])
def a_state_dict_pre_hook_runs_first(torch, observe):
    _, optimizer = sgd_on_one(torch)

    def halve(optimizer):
        optimizer.param_groups[0]["lr"] /= 2

    optimizer.register_state_dict_pre_hook(halve)
    observe("the rate that is saved", optimizer.state_dict()["param_groups"][0]["lr"], documented=0.25)


@scenario("OPT-19/load", needs=["OPT-14"])
def a_load_state_dict_pre_hook_may_replace_the_dict(torch, observe):
    _, optimizer = sgd_on_one(torch)

    def double_the_rate(optimizer, state):
        groups = [{**group, "lr": group["lr"] * 2} for group in state["param_groups"]]
        return {**state, "param_groups": groups}

    optimizer.register_load_state_dict_pre_hook(double_the_rate)
    optimizer.load_state_dict(optimizer.state_dict())
    observe("the rate that is loaded", optimizer.param_groups[0]["lr"], documented=1.0)


@scenario("OPT-19/load-post-hook", needs=["OPT-14"])
def a_load_state_dict_post_hook_sees_what_was_loaded(torch, observe):
    x, optimizer = sgd_on_one(torch)
    other = torch.optim.SGD([x], lr=0.125)
    heard = []
    optimizer.register_load_state_dict_post_hook(lambda optimizer: heard.append(optimizer.param_groups[0]["lr"]))
    optimizer.load_state_dict(other.state_dict())
    observe("the rate that it saw", heard, documented=[0.125])


@scenario("OPT-19/prepend", needs=["OPT-19"])
def a_prepended_hook_runs_first(torch, observe):
    _, optimizer = sgd_on_one(torch)
    heard = []
    optimizer.register_state_dict_pre_hook(lambda optimizer: heard.append("first"))
    optimizer.register_state_dict_pre_hook(lambda optimizer: heard.append("prepended"), prepend=True)
    optimizer.state_dict()
    observe("what was heard", heard, documented=["prepended", "first"])


@scenario("OPT-18/of-one-among-several", needs=["OPT-18"])
def a_hook_runs_once_a_step_however_many_optimizers_there_are(torch, observe):
    calls = []
    for i in range(3):
        x = torch.tensor([1.0], requires_grad=True)
        x.grad = torch.tensor([1.0])
        optimizer = torch.optim.SGD([x], lr=0.1)
        optimizer.register_step_pre_hook(lambda *_, i=i: calls.append(f"before {i}"))
        optimizer.register_step_post_hook(lambda *_, i=i: calls.append(f"after {i}"))
        optimizer.step()
    observe("the calls", calls, documented=[f"{when} {i}" for i in range(3) for when in ("before", "after")])
    observe("the name of step", torch.optim.SGD.step.__name__, documented="step")


@scenario("OPT-19/order", needs=["OPT-19"], cases={"appended": {}, "prepended": {"prepend": True}})
def hooks_run_in_the_order_of_registration_unless_prepended(torch, observe, options):
    optimizer = torch.optim.SGD([torch.tensor([1.0], requires_grad=True)], lr=0.1)
    order = []
    kinds = ("state_dict_pre_hook", "state_dict_post_hook", "load_state_dict_pre_hook", "load_state_dict_post_hook")
    for kind in kinds:
        register = getattr(optimizer, f"register_{kind}")
        register(lambda *_, kind=kind: order.append(f"{kind} 1"))
        register(lambda *_, kind=kind: order.append(f"{kind} 2"), **options)
    optimizer.load_state_dict(optimizer.state_dict())
    first, second = (2, 1) if options else (1, 2)
    observe("the order", order, documented=[f"{kind} {n}" for kind in kinds for n in (first, second)])


@scenario("OPT-18/bad-return", needs=["OPT-18"], cases={"three": lambda a, k: (a, k, 1), "a-list": lambda a, k: [a, k]})
def a_pre_hook_that_returns_anything_but_a_pair_is_refused(torch, observe, value):
    param = torch.tensor([1.0], requires_grad=True)
    optimizer = torch.optim.SGD([param], lr=0.1)
    optimizer.register_step_pre_hook(lambda optimizer, args, kwargs: value(args, kwargs))
    param.grad = torch.tensor([1.0])
    with observe.raises("the step", RuntimeError):
        optimizer.step()


@scenario("OPT-18/closure-by-name", needs=["OPT-18"])
def a_closure_given_by_its_name_is_called_where_there_are_hooks(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.5)
    seen = []
    optimizer.register_step_pre_hook(lambda optimizer, args, kwargs: seen.append(sorted(kwargs)))

    def closure():
        optimizer.zero_grad()
        loss = (w * 2).sum()
        loss.backward()
        return loss

    observe("what the step returns", optimizer.step(closure=closure), documented=6.0)
    observe("the parameter", w, documented=[0.0, 1.0])
    observe("what the hook got", seen, documented=[["closure"]])
