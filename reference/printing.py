"""How a tensor prints.

Source: https://docs.pytorch.org/docs/stable/generated/torch.set_printoptions.html. All numbers of a tensor have one
width and one format: whole numbers where all are whole, four digits after the point, or powers of ten where the
largest is 1000 times the smallest, above 1e8 or below 1e-4.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from reference import dtypes, state


@dataclass(frozen=True)
class Options:
    """What `set_printoptions` sets."""

    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: int = 80
    sci_mode: bool | None = None


PROFILES = {
    "default": Options(),
    "short": Options(precision=2, edgeitems=2),
    "full": Options(threshold=math.inf),
}

_options = Options()


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Set how tensors print; ``sci_mode`` is None, the choice by the numbers, again whenever it is not given."""
    global _options
    if profile is not None and profile in PROFILES:
        _options = replace(PROFILES[profile], linewidth=_options.linewidth, sci_mode=_options.sci_mode)
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    _options = replace(_options, **{k: v for k, v in given.items() if v is not None}, sci_mode=sci_mode)  # type: ignore[arg-type]


def describe(tensor: Any) -> str:
    """``tensor([1., 2.], requires_grad=True)``, as PyTorch prints it."""
    kind = type(tensor).__name__ if tensor._pending is None else "Tensor"
    prefix = "tensor(" if kind in ("Tensor", "Parameter") else f"{kind}("
    text = prefix + ("..." if tensor.is_meta else _elements(tensor._array, len(prefix)))
    start = "Parameter containing:\n" if kind == "Parameter" else ""
    return start + _with_notes(text, _notes(tensor), len(prefix))


def _notes(tensor: Any) -> Iterator[str]:
    default = dtypes.get_default_dtype()
    if tensor.is_meta:
        yield "device='meta'"
        yield f"size={tuple(tensor.shape)}"
        plain: tuple[Any, ...] = (default,)
    elif tensor.numel() == 0:
        if tensor.ndim != 1:
            yield f"size={tuple(tensor.shape)}"
        plain = (default,)
    else:
        plain = (default, default.to_complex(), dtypes.int64, dtypes.bool)
    if tensor.dtype not in plain:
        yield f"dtype={tensor.dtype}"
    try:
        node = tensor.grad_fn
        name = None if node is None else type(node).__name__
    except RuntimeError:  # a view among several, whose base was written to
        name = "Invalid"
    if name is not None:
        yield f"grad_fn=<{name}>"
    elif tensor._requires_grad:
        yield "requires_grad=True"
    level = state.modes.forward_level
    if level is not None and level.tangent_of(tensor) is not None:
        yield f"tangent={level.tangent_of(tensor)!r}"


def _with_notes(text: str, notes: Iterator[str], indent: int) -> str:
    """The notes behind the numbers, each on a line of its own where the line would be too long."""
    filled = len(text) - text.rfind("\n") + 1
    for note in notes:
        if filled + len(note) + 2 > _options.linewidth:
            text, filled = f"{text},\n{' ' * indent}{note}", indent + len(note)
        else:
            text, filled = f"{text}, {note}", filled + len(note) + 2
    return text + ")"


def _elements(array: Any, indent: int) -> str:
    if array.size == 0:
        return "[]"
    summarize = array.size > _options.threshold
    shown = _corners(array) if summarize else array
    if array.dtype.kind == "c":
        real, imaginary = _Format(shown.real), _Format(shown.imag)
        return _nested(
            array,
            indent,
            summarize,
            lambda z: _complex(real(z.real), imaginary(z.imag)),
            3 + imaginary.width + real.width,
        )
    number = _Format(shown)
    return _nested(array, indent, summarize, number, number.width + 2)


def _complex(real: str, imaginary: str) -> str:
    imaginary = imaginary.lstrip()
    return f"{real}{'' if imaginary[0] in '+-' else '+'}{imaginary}j"


def _corners(array: Any) -> Any:
    """The elements of an array that show when it is too large to show all."""
    edge = _options.edgeitems
    for axis, size in enumerate(array.shape):
        if size > 2 * edge:
            array = np.take(array, [*range(edge), *range(size - edge, size)], axis)
    return array


class _Format:
    """One format for all numbers of an array: ``width`` characters, whole, with decimals, or with powers of ten."""

    def __init__(self, array: Any) -> None:
        self.floating = array.dtype.kind == "f"
        values = array.reshape(-1).tolist()
        self.whole, self.powers = True, False
        self.width = 1
        if not self.floating:
            self.width = max(len(f"{v}") for v in values)
            return
        finite = [v for v in values if math.isfinite(v) and v != 0]
        if finite:
            self.whole = all(v == math.ceil(v) for v in finite)
            largest, smallest = max(map(abs, finite)), min(map(abs, finite))
            self.powers = largest / smallest > 1000 or largest > 1e8 or smallest < 1e-4
            if _options.sci_mode is not None:
                self.powers = _options.sci_mode
            self.width = max(1, *(len(self._text(v)) for v in finite))

    def _text(self, value: Any) -> str:
        if not self.floating:
            return f"{value}"
        if self.powers:
            return f"{value:.{_options.precision}e}"
        if self.whole:
            return f"{value:.0f}" + ("." if math.isfinite(value) else "")
        return f"{value:.{_options.precision}f}"

    def __call__(self, value: Any) -> str:
        return self._text(value).rjust(self.width)


def _nested(array: Any, indent: int, summarize: bool, number: Callable[[Any], str], length: int) -> str:
    if array.ndim == 0:
        return number(array.item())
    edge = _options.edgeitems
    cut = summarize and len(array) > 2 * edge
    if array.ndim == 1:
        parts = [number(v) for v in (array.tolist() if not cut else array[:edge].tolist())]
        if cut:
            parts += [" ...", *(number(v) for v in array[len(array) - edge :].tolist())]
        in_a_line = max(1, (_options.linewidth - indent) // length)
        lines = [", ".join(parts[i : i + in_a_line]) for i in range(0, len(parts), in_a_line)]
        return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"
    rows = [array[i] for i in (range(len(array)) if not cut else range(edge))]
    parts = [_nested(row, indent + 1, summarize, number, length) for row in rows]
    if cut:
        last = range(len(array) - edge, len(array))
        parts += ["...", *(_nested(array[i], indent + 1, summarize, number, length) for i in last)]
    return "[" + ("," + "\n" * (array.ndim - 1) + " " * (indent + 1)).join(parts) + "]"
