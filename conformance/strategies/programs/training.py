"""Optimizers: random settings for each of them, and what a training loop does with them."""

from __future__ import annotations

from conformance.strategies.programs.draft import Draft, Value, broadcast

#: Of each optimizer, the options that may be set and their values; the first is left out. Muon is missing, as it
#: computes in bfloat16 whatever the parameters are, of which no bound is measured; so is SparseAdam, as no program has
#: a sparse gradient.
_OPTIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "SGD": {
        "momentum": ("", "0.5", "0.9"),
        "dampening": ("", "0.25"),
        "weight_decay": ("", "0.125"),
        "nesterov": ("", "", "True"),
        "maximize": ("", "True"),
    },
    "Adam": {
        "betas": ("", "(0.5, 0.75)"),
        "eps": ("", "0.125"),
        "weight_decay": ("", "0.5"),
        "amsgrad": ("", "True"),
        "maximize": ("", "True"),
    },
    "AdamW": {
        "betas": ("", "(0.5, 0.75)"),
        "weight_decay": ("", "0.5"),
        "amsgrad": ("", "True"),
        "maximize": ("", "True"),
    },
    "Adamax": {
        "betas": ("", "(0.5, 0.75)"),
        "eps": ("", "0.125"),
        "weight_decay": ("", "0.5"),
        "maximize": ("", "True"),
    },
    "NAdam": {
        "betas": ("", "(0.5, 0.75)"),
        "momentum_decay": ("", "0.25"),
        "weight_decay": ("", "0.5"),
        "decoupled_weight_decay": ("", "True"),
    },
    "RAdam": {
        "betas": ("", "(0.5, 0.75)", "(0.5, 0.99)"),
        "weight_decay": ("", "0.5"),
        "decoupled_weight_decay": ("", "True"),
    },
    "Adagrad": {
        "lr_decay": ("", "0.5"),
        "weight_decay": ("", "0.5"),
        "initial_accumulator_value": ("", "0.25"),
        "maximize": ("", "True"),
    },
    "Adadelta": {"rho": ("", "0.5"), "eps": ("", "0.125"), "weight_decay": ("", "0.5"), "maximize": ("", "True")},
    "Adafactor": {"beta2_decay": ("", "-0.5"), "d": ("", "0.5"), "weight_decay": ("", "0.5"), "maximize": ("", "True")},
    "RMSprop": {
        "alpha": ("", "0.5"),
        "momentum": ("", "0.5"),
        "centered": ("", "True"),
        "weight_decay": ("", "0.5"),
        "eps": ("", "0.125"),
    },
    "Rprop": {"etas": ("", "(0.25, 2.0)"), "step_sizes": ("", "(0.125, 1.0)"), "maximize": ("", "True")},
    "ASGD": {
        "lambd": ("", "0.125"),
        "alpha": ("", "0.5"),
        "t0": ("", "1.0"),
        "weight_decay": ("", "0.5"),
        "maximize": ("", "True"),
    },
    "LBFGS": {"max_iter": ("2", "1", "3"), "history_size": ("", "2"), "line_search_fn": ("", '"strong_wolfe"')},
}
_RATES = ("0.125", "", "0.5", "0.01", "1.0", "0.0")


def create(d: Draft) -> None:
    """A new optimizer over one or several leaves."""
    leaves = parameters(d)
    if not leaves:
        return
    name = d.one(tuple(_OPTIONS))
    if name == "LBFGS":  # which takes the largest of its parameters' elements
        fit = [v for v in leaves if v.count]
        name, leaves = (name, fit) if fit else ("SGD", leaves)
    chosen = list(dict.fromkeys(d.one(leaves) for _ in range(d.number(1, 3))))
    options = [f"lr={rate}" for rate in [d.one(_RATES)] if rate]
    for option, values in _OPTIONS[name].items():
        value = d.one(values)
        options += [f"{option}={value}"] if value else []
    if name != "LBFGS" and len(chosen) > 1 and d.chance(4):
        groups = [
            f'{{"params": [{chosen[0].name}]}}',
            f'{{"params": [{", ".join(v.name for v in chosen[1:])}], "lr": 0.25}}',
        ]
        given = f"[{', '.join(groups)}]"
    else:
        given = f"[{', '.join(v.name for v in chosen)}]"
    optimizer = d.fresh("o")
    d.optimizers[optimizer] = name
    d.add(f"{optimizer} = torch.optim.{name}({', '.join([given, *options])})")


def parameters(d: Draft) -> list[Value]:
    """What an optimizer may be given."""
    return [v for v in d.values if v.leaf and v.grad and v.kind == "f" and v.memory == v.name and not v.overlaps]


def use(d: Draft) -> None:
    """One thing that is done with an optimizer."""
    d.one((step, step, zero_grad, zero_grad, add_group, change_rate, save, load))(d)


def step(d: Draft) -> None:
    """A step, with a closure where the optimizer wants one."""
    if not d.names("o"):
        return
    optimizer = d.one(d.names("o"))
    if d.optimizers[optimizer] != "LBFGS":
        d.add(f"{optimizer}.step()")
        return
    closure = d.fresh("f")
    terms = " + ".join(f"({v.name} * {v.name}).sum()" for v in parameters(d)[:2]) or "torch.tensor(0.0)"
    lines = [
        f"def {closure}():",
        f"    {optimizer}.zero_grad()",
        f"    loss = {terms}",
        "    loss.backward()",
        "    return loss",
    ]
    d.add("\n".join(lines))
    d.add(f"{optimizer}.step({closure})")


def zero_grad(d: Draft) -> None:
    """Zeroing the gradients of an optimizer's parameters."""
    d.add(f"{d.one(d.names('o'))}.zero_grad({d.one(('', 'set_to_none=False', 'set_to_none=True'))})")


def add_group(d: Draft, parameter: Value | None = None) -> None:
    """A parameter added later."""
    leaves = parameters(d) if parameter is None else [parameter]
    if leaves:
        rate = d.one(("", ', "lr": 0.5'))
        d.add(f'{d.one(d.names("o"))}.add_param_group({{"params": [{d.one(leaves).name}]{rate}}})')


def change_rate(d: Draft) -> None:
    """Another learning rate from now on."""
    d.add(f'{d.one(d.names("o"))}.param_groups[0]["lr"] = {d.one(("0.25", "0.0", "1.0"))}')


def save(d: Draft) -> None:
    """A copy of an optimizer's state."""
    optimizer = d.one(d.names("o"))
    name = d.fresh("s")
    d.saved[name] = optimizer
    d.add(f"{name} = copy.deepcopy({optimizer}.state_dict())")


def load(d: Draft) -> None:
    """A state put back that was saved of this optimizer.

    Of another's, with other options or of other shapes, nobody says how far a step gets before it fails.
    """
    states = list(d.saved)
    if not states:
        save(d)
        return
    state = d.one(states)
    d.add(f"{d.saved[state]}.load_state_dict({state})")


def loss_and_backward(d: Draft) -> None:
    """A loss made of parameters and an input, and its backward pass."""
    leaves = [v for v in d.values if v.leaf and v.kind == "f" and v.grad]
    terms = [f"({v.name} * {d.one(('2.0', v.name, '-0.5'))}).{d.one(('sum', 'mean'))}()" for v in leaves]
    if not terms:
        return
    if d.chance(3):
        terms = [d.one(terms)]
    a = d.one(leaves)
    b = d.operand("f", where=lambda v: v.leaf and broadcast(a.shape, v.shape) is not None)
    if b is not None and d.chance(2):
        # a statement each, so that what is rounded is seen (`conformance.programs.conditioning`)
        product = d.fresh("t")
        d.add(f"{product} = {a.name} * {b.name}")
        curved = d.fresh("t")
        d.add(f"{curved} = {product}.{d.one(('exp', 'tanh', 'sin', 'square'))}()")
        terms.append(f"{curved}.sum()")
    d.add(f"({' + '.join(terms)}).backward({d.one(('', 'retain_graph=True'))})")


def freeze_or_unfreeze(d: Draft) -> None:
    """A parameter frozen, or one unfrozen."""
    a = d.operand("f", where=lambda v: v.leaf)
    if a is not None:
        d.add(f"{a.name}.requires_grad_({not a.grad})")
        d.replace(a, grad=not a.grad)


def write(d: Draft) -> None:
    """A parameter changed by hand, as one may."""
    a = d.operand("f", where=lambda v: v.leaf)
    if a is None:
        return
    change = d.one(("add_(1.0)", "mul_(0.5)", "zero_()", "clamp_(-1.0, 1.0)"))
    ways = (f"with torch.no_grad():\n    {a.name}.{change}", f"{a.name}.data.{change}", f"{a.name}.detach().{change}")
    d.add(d.one(ways))
