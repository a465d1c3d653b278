"""Statements: new leaves, writes in place, grad modes, hooks, differentiation and zeroing."""

from __future__ import annotations

import re

from conformance.programs import grammar
from conformance.programs import operations as ops
from conformance.strategies.programs import elementwise, indexing, shapes
from conformance.strategies.programs.draft import Draft, Expression, Shape, Value, broadcast

#: Operations that yield one tensor, and how often each family is chosen.
FAMILIES = (
    *[elementwise.unary] * 5,
    *[elementwise.binary] * 7,
    *[elementwise.ternary] * 3,
    *[elementwise.comparison] * 1,
    *[elementwise.predicate] * 1,
    *[elementwise.activation] * 2,
    *[elementwise.loss] * 1,
    *[elementwise.cast] * 1,
    *[elementwise.complex_part] * 2,
    *[shapes.reduction] * 4,
    *[shapes.scan] * 2,
    *[shapes.product] * 4,
    *[shapes.view] * 6,
    *[shapes.arrangement] * 2,
    *[shapes.joining] * 2,
    *[indexing.indexed] * 4,
    *[indexing.gathering] * 2,
    *[indexing.scattering] * 3,
)

_SHAPES: tuple[Shape, ...] = (
    (2,),
    (3,),
    (2, 3),
    (),
    (1, 3),
    (2, 1),
    (3, 2),
    (2, 2),
    (1,),
    (2, 1, 3),
    (2, 3, 2),
    (4,),
    (0,),
    (2, 0),
)


def leaf(d: Draft, *, must_require_grad: bool = False, plain: bool = False) -> Value:
    """A new tensor of any shape; unless ``plain``, of other strides or another dtype once in a while."""
    shape = d.one(_SHAPES)
    kind = "f" if must_require_grad or plain or not d.chance(5) else d.one("fibc")
    wanted = kind in "fc" and (must_require_grad or not d.chance(4))
    text, final, overlaps = _data(d, shape, kind), shape, False
    if kind == "f" and not plain and d.chance(6):
        text = text[:-1] + f", dtype=torch.{d.one(('float64', 'float32'))})"
    how = 0 if plain else d.number(0, 9)
    memory = ""
    if how == 8 and shape and 0 not in shape:
        text, final = (
            (f"{text}.t()", shape[::-1]) if len(shape) == 2 else (f"{text}[::2]", (-(-shape[0] // 2), *shape[1:]))
        )
        text += ".requires_grad_()" if wanted else ""
        memory = f"view {text}" if wanted else text
    elif how == 9 and len(shape) < 3:
        text, final, overlaps = f"{text}.expand(2, {'-1, ' * len(shape)})".replace(", )", ")"), (2, *shape), True
        text += ".requires_grad_()" if wanted else ""
    elif wanted:
        text = text[:-1] + ", requires_grad=True)"
    return d.assign(Expression(text, final, kind, wanted, overlaps, memory=memory), leaf=True)


def _data(d: Draft, shape: Shape, kind: str) -> str:
    if 0 in shape:
        dtype = {"i": ", dtype=torch.int64", "b": ", dtype=torch.bool", "c": ", dtype=torch.complex64"}.get(kind, "")
        return f"torch.zeros({shape}{dtype})"
    return f"torch.tensor({d.data(shape, kind)})"


def operation(d: Draft) -> None:
    """A tensor computed from others."""
    for _ in range(3):
        expression = d.one(FAMILIES)(d)
        if expression is not None and max((1, *expression.shape)) <= 8 and len(expression.shape) <= 5:
            d.assign(expression)
            return
    found = elementwise.unary(d)
    if found is not None:
        d.assign(found)


def view(d: Draft) -> None:
    """A view, of a view as likely as of anything else."""
    expression = d.one((shapes.view, indexing.indexed))(d)
    if expression is not None:
        d.assign(expression)


def several(d: Draft) -> None:
    """Several tensors from one operation."""
    found = shapes.splits(d)
    if found is None:
        return
    text, parts = found
    names = [d.fresh("t") for _ in parts]
    d.add(f"{', '.join(names)}{',' if len(names) == 1 else ''} = {text}")
    writable = "tensor_split" in text  # the others' views may not be written into
    for n, e in zip(names, parts, strict=True):
        overlaps, guarded = (e.overlaps, e.guarded) if writable else (True, True)
        d.values.append(Value(n, e.shape, e.kind, e.grad, False, overlaps, guarded, e.memory, e.loose))


def _source(d: Draft, a: Value, kinds: str, shape: Shape) -> Value | None:
    """A tensor that can be written into one of some shape that is (part of) another, whose memory it does not share."""
    return d.operand(kinds, where=lambda v: v.memory != a.memory and broadcast(v.shape, shape) == shape)


def _target(d: Draft, kinds: str = "f") -> Value | None:
    """A tensor to write into: rarely one that must not be written to."""

    def fit(v: Value) -> bool:
        # Which gradients share memory is nobody's to know; and of a leaf that is itself a view, the graph of other views
        # is lost in PyTorch when it is written to.
        return not v.memory.startswith(("gradient", "view")) and v.name not in d.stale

    anyhow = d.chance(15)
    return d.operand(kinds, where=lambda v: fit(v) and not v.overlaps and (anyhow or not (d.recording and v.guarded)))


def in_place(d: Draft) -> None:
    """A write into a whole tensor."""
    a = _target(d, "f" if not d.chance(8) else "fic")
    if a is None:
        return
    how = d.number(0, 9)
    touched: list[Value | None] = [a]
    if how <= 2:
        names = [name for name, kinds in ops.UNARY.items() if name in ops.IN_PLACE and a.kind in kinds]
        d.add(f"{a.name}.{d.one(names)}_()")
    elif how <= 5:
        b = _source(d, a, "f", a.shape) if not d.chance(3) else None
        other = b.name if b is not None else d.scalar()
        touched.append(b)
        if d.chance(2):
            d.add(f"{a.name} {d.one(('*=', '+=', '-=', '/='))} {other}")
        else:
            names = ["add", "sub", "mul", "div", "pow"]
            names += [name for name in ops.BINARY if name in ops.IN_PLACE] if b is not None else []
            d.add(f"{a.name}.{d.one(names)}_({other})")
    elif how == 6:
        d.add(f"{a.name}.{d.one(('zero_()', 'fill_(2.0)', 'fill_(0.5)', 'clamp_(0.0, 1.0)', 'clamp_(min=0.5)'))}")
    elif how == 7:
        b = _source(d, a, "fib", a.shape)
        if b is None:
            return
        touched.append(b)
        d.add(f"{a.name}.copy_({b.name})")
    elif how == 8:
        _in_place_scatter(d)
        return
    else:
        _in_place_ternary(d, a)
        return
    _written(d, *touched)


def _in_place_ternary(d: Draft, a: Value) -> None:
    fits = [_source(d, a, "f", a.shape) for _ in range(2)]
    if None in fits:
        return
    b, c = (v.name for v in fits if v is not None)
    name = d.one(("addcmul", "addcdiv", "lerp", "masked_fill", "cumsum", "tril"))
    arguments = {"masked_fill": f"{b} > 0.5, 2.0", "cumsum": "0", "tril": ""}.get(name, f"{b}, {c}")
    d.add(f"{a.name}.{name}_({arguments})")
    _written(d, a, *(fits if name in ("addcmul", "addcdiv", "lerp") else []))


def _in_place_scatter(d: Draft) -> None:
    names = [name for name in ops.SCATTERING if name in ops.IN_PLACE]
    call = indexing.scatter_call(d, d.one(names))
    if call is None:
        return
    a, name, arguments, others = call
    if a.name in d.stale or (a.guarded and d.recording and not d.chance(15)):
        return
    d.add(f"{a.name}.{name}_({', '.join(arguments)})")
    _written(d, a, *others)


def _written(d: Draft, a: Value | None, *others: Value | None, through_index: bool = False) -> None:
    """Note that a tensor was written to with what was computed from others: it may require a gradient now."""
    if a is None:
        return
    d.written.add(a.memory)
    if not d.recording or a.grad or not any(v is not None and v.grad for v in others):
        return
    for v in [v for v in d.values if v.memory == a.memory and v.kind in "fc"]:
        # A view whose base was written to otherwise is left alone from now on: whether a write into it is refused
        # depends, in PyTorch, on whether its grad_fn was looked at in between.
        if v.memory != v.name if through_index else v.name != a.name:
            d.stale.add(v.name)
        d.replace(v, grad=True, leaf=False)


def indexed_write(d: Draft) -> None:
    """An assignment through an index."""
    a = _target(d)
    if a is None:
        return
    chosen = indexing.index(d, a.shape, repeats=False)
    b = _source(d, a, "f", chosen.shape) if not d.chance(3) else None
    sign = d.one(("=", "=", "+=", "*="))
    if b is not None and b.grad and not a.grad and a.memory != a.name:
        sign = "="  # the others write twice, and between that the view is stale
    d.add(f"{a.name}[{chosen.text}] {sign} {b.name if b is not None else d.scalar()}")
    _written(d, a, b, through_index=True)


def detached(d: Draft) -> None:
    """A tensor outside the graph, that shares the memory of one in it."""
    a = d.operand("fc")
    if a is None:
        return
    how = d.number(0, 4)
    if how > 1 and (a.memory.startswith("gradient") or sum(v.memory == a.memory for v in d.values) > 1):
        return  # of a tensor whose views are there, what becomes of them depends on when they are looked at
    if how <= 1:
        text = f"{a.name}.{('detach()', 'data')[how]}"
        d.assign(Expression(text, a.shape, a.kind, False, a.overlaps, memory=a.memory), leaf=True)
    elif how == 2 and _is_no_view(d, a):
        d.add(f"{a.name}.detach_()")
        d.replace(a, grad=False, leaf=True, guarded=False)
    elif how == 3 and a.memory == a.name:
        d.add(f"{a.name}.requires_grad_({'' if not a.grad or d.chance(3) else 'False'})")
        if a.leaf or not a.grad:
            d.replace(a, grad=not a.grad, leaf=True, guarded=not a.grad)
    elif how == 4:
        b = d.operand("f", where=lambda v: v.shape == a.shape and not v.overlaps)
        if b is not None and a.kind == "f" and d.has_one_dtype:  # an older graph may have saved it
            d.add(f"{a.name}.data = {b.name}.detach().clone()")  # or a write of one into the other would overlap


def _is_no_view(d: Draft, a: Value) -> bool:
    """Whether a tensor is no view in any engine, and has nothing on it that would stay behind when it is detached."""
    last = [grammar.operations(text)[-1:] for text in d.statements if text.startswith(f"{a.name} = ")]
    plain = a.leaf or (bool(last and last[0]) and last[0][0] in (*ops.UNARY, *ops.BINARY))
    on_it = (f"{a.name}.retain_grad", f"{a.name}.register")  # after these PyTorch 2.13 fails within
    return plain and not any(word in text for text in d.statements for word in on_it)


def mode_block(d: Draft) -> None:
    """A few statements under another grad mode."""
    header, recording = d.one(
        (
            ("torch.no_grad()", False),
            ("torch.enable_grad()", True),
            ("torch.set_grad_enabled(False)", False),
            ("torch.no_grad()", False),
        )
    )
    before, outside, there = d.recording, d.statements, len(d.values)
    d.around, d.statements, d.recording = outside, [], recording
    for _ in range(d.number(1, 3)):
        d.one((in_place, operation, indexed_write, operation))(d)
    inside, d.around, d.statements, d.recording = d.statements, [], outside, before
    if not recording:
        # A view that was taken here of a tensor that requires a gradient says in PyTorch that it requires one too,
        # and has no history: it is not used any more.
        grads = {v.memory for v in d.values[:there] if v.grad}
        d.values[there:] = [v for v in d.values[there:] if v.memory not in grads]
    if inside:
        d.add("\n".join([f"with {header}:", *(f"    {statement}" for statement in inside)]))


def hook(d: Draft) -> None:
    """A hook on a gradient, that notes it, replaces it or both; or the end of one."""
    handles = d.names("h")
    if handles and d.chance(3):
        d.add(f"{d.one(handles)}.remove()")
        return
    a = d.operand("f", where=lambda v: v.grad) if not d.chance(20) else d.operand("f")
    if a is None:
        return
    if a.memory in d.written or (a.memory != a.name and d.optimizers):
        return  # on a view whose base was written to since, PyTorch 2.13 crashes
    if a.leaf and d.chance(3):
        seen = _list(d, a)
        d.add(f"{d.fresh('h')} = {a.name}.register_post_accumulate_grad_hook(lambda p: {seen}.append(p.grad.clone()))")
        return
    replacements = ("g * 2.0", "None", "g.neg()", "g.clamp(-1.0, 1.0)", "g * g")
    body = d.one(replacements) if d.chance(2) else f"{_list(d, a)}.append(g.clone())"
    d.add(f"{d.fresh('h')} = {a.name}.register_hook(lambda g: {body})")


def _list(d: Draft, of: Value) -> str:
    """The name of a list for a tensor's hook to fill; it may have others of this tensor.

    In which order the gradients of several leaves are ready is promised nowhere.
    """
    others = "\n".join(s for s in d.statements if f" {of.name}.register_" not in s)
    names = [name for name in d.names("l") if f"{name}.append" not in others]
    if names and d.chance(2):
        return d.one(names)
    name = d.fresh("l")
    d.add(f"{name} = []")
    return name


def retain(d: Draft) -> None:
    """Have a tensor keep its gradient."""
    a = d.operand("f", where=lambda v: v.grad and not v.leaf) if not d.chance(20) else d.operand("f")
    if a is not None and a.name not in d.stale:  # which PyTorch takes for a leaf until its grad_fn is looked at
        d.add(f"{a.name}.retain_grad()")


def root(d: Draft) -> Value | None:
    """A tensor to differentiate: one that requires a gradient, but for once in a while."""
    if d.chance(40):
        return d.operand("fc")
    return d.operand("f", where=lambda v: v.grad and not v.leaf) or d.operand("f", where=lambda v: v.grad)


def _loss(d: Draft, a: Value, *, differentiable: bool = False) -> tuple[str, str]:
    """A root made of a tensor, and the gradient that it is given, if any: one in the graph if ``differentiable``."""
    if a.shape and d.chance(2):
        return f"{a.name}.{d.one(('sum()', 'mean()'))}", ""
    if a.count == 1 and not d.chance(3):
        return a.name, ""
    same = d.operand("f", where=lambda v: v.shape == a.shape and v is not a)
    options = [f"torch.ones_like({a.name})", f"torch.full_like({a.name}, 0.5)"]
    if same is not None:  # a copy, as which gradients share memory with it is nobody's to know
        options.append(f"{same.name}.{'clone()' if differentiable else 'detach().clone()'}")
    if d.chance(40):
        options = ["", "torch.tensor([1.0, 2.0])"]
    return a.name, d.one(options)


def _graph_options(d: Draft) -> list[str]:
    options = d.one(
        ([], [], ["retain_graph=True"], ["retain_graph=True"], ["create_graph=True"], ["retain_graph=False"])
    )
    return options if options != ["create_graph=True"] or _is_twice_differentiable(d) else ["retain_graph=True"]


def _is_twice_differentiable(d: Draft) -> bool:
    """Whether nothing in the program has, in PyTorch 2.13, a second derivative that is a tensor without memory."""
    return not any(re.search(r"\b(abs|l1_loss)_?\(", statement) for statement in d.so_far)


def backward(d: Draft) -> None:
    """A backward pass, with any of its arguments."""
    a = root(d)
    if a is None:
        return
    options = _graph_options(d)
    text, gradient = _loss(d, a, differentiable="create_graph=True" in options)
    if d.chance(5):
        chosen = [v.name for v in d.values if v.grad and v.kind == "f"][: d.number(1, 2)]
        options = [*options, f"inputs={d.one(('[' + ', '.join(chosen) + ']', chosen[0]))}"] if chosen else options
    if d.chance(5):
        b = root(d)
        if b is not None:
            other, other_gradient = _loss(d, b)
            gradients = f"[{gradient or None}, {other_gradient or None}]"
            both = [f"[{text}, {other}]", *([gradients] if gradient or other_gradient else [])]
            d.add(f"torch.autograd.backward({', '.join([*both, *options])})")
            return
    written = f"gradient={gradient}" if gradient and d.chance(2) else gradient
    d.add(f"{text}.backward({', '.join(filter(None, [written, *options]))})")


def gradient(d: Draft) -> None:
    """Gradients as values of their own, which the program may go on with."""
    a = root(d)
    candidates = [v for v in d.values if v.grad and v.kind == "f"]
    if a is None or not candidates:
        return
    inputs = [d.one(candidates) for _ in range(d.number(1, 2))]
    options = _graph_options(d)
    create = "create_graph=True" in options or (d.chance(3) and _is_twice_differentiable(d))
    if create:
        options = ["create_graph=True"]
    text, given = _loss(d, a, differentiable=create)
    materialize = d.chance(3)
    options += ["materialize_grads=True"] if materialize else ["allow_unused=True"] if not d.chance(5) else []
    names = [d.fresh("t") for _ in inputs]
    call = ", ".join(
        filter(
            None, [text, f"[{', '.join(v.name for v in inputs)}]", f"grad_outputs={given}" if given else "", *options]
        )
    )
    d.add(f"{', '.join(names)}{',' if len(names) == 1 else ''} = torch.autograd.grad({call})")
    if materialize:  # without it one may be None
        for n, v in zip(names, inputs, strict=True):  # not to be written to: a gradient may be expanded
            d.values.append(Value(n, v.shape, v.kind, create, overlaps=True, guarded=True, memory=f"gradient {n}"))


def zeroing(d: Draft) -> None:
    """One of the ways to zero or set a gradient."""
    a = d.operand("f", where=lambda v: v.leaf and v.grad)
    if a is None:
        return
    ways = ["{}.grad = None", "del {}.grad", "{0}.grad = torch.zeros_like({0})", "{0}.grad = {0}.detach().clone()"]
    if any("backward(" in text for text in d.statements):  # it may have one
        ways += ["{}.grad.zero_()", "{}.grad.data.zero_()", "{}.grad.detach_().zero_()", "{}.grad *= 0.5"]
    d.add(d.one(ways).format(a.name))


def optimizer(d: Draft) -> None:
    """An optimizer with random settings, or a use of one."""
    from conformance.strategies.programs.training import create, use

    if d.names("o") and not d.chance(4):
        use(d)
    else:
        create(d)
