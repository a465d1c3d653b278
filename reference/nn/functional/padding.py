"""``pad``, in every mode; the derivatives stand in `reference.ops.resampling`.

Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.pad.html.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from reference.ops.autocasting import in_float32
from reference.ops.resampling import constant_pad_op, resampling

__all__ = ["pad"]

#: The names of the nodes, by the number of dimensions that are padded.
_NODES = {
    "reflect": "ReflectionPad{}DBackward0",
    "replicate": "ReplicationPad{}DBackward0",
    "circular": "CircularPad{}DBackward0",
}


def pad(input: Any, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Any:
    """Add to (or, for negative numbers, cut from) the last dimensions, listed from the last, before and behind each.

    ``mode`` is "constant" (with ``value``), "reflect", "replicate" or "circular".
    """
    widths = [int(n) for n in pad]
    if len(widths) % 2:
        raise RuntimeError(f"Padding length must be divisible by 2, but got {len(widths)}")
    pairs = [(widths[i], widths[i + 1]) for i in range(0, len(widths), 2)]
    if mode == "constant":
        return _constant(input, pairs, 0 if value is None else value)
    if value is not None and value != 0:
        raise ValueError(f'Padding mode "{mode}" doesn\'t take in value argument')
    if mode not in ("reflect", "replicate", "circular"):
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    if input.ndim not in (len(pairs) + 1, len(pairs) + 2) or len(pairs) > 3:
        raise NotImplementedError(
            "Only 2D, 3D, 4D, 5D padding with non-constant padding are supported for now, with as many numbers as pad "
            f"the dimensions behind the channels; got a {input.ndim}D input and {len(widths)} numbers"
        )
    as_it_is = mode == "circular" or (mode == "reflect" and len(pairs) == 3)  # even under autocast
    return (_from_within if as_it_is else in_float32(_from_within))(input, pairs, mode)


def _from_within(input: Any, pairs: list[tuple[int, int]], mode: str) -> Any:
    taps = []
    for i, (before, behind) in enumerate(pairs):
        dim = input.ndim - 1 - i
        places = _places(mode, input, dim, before, behind)
        taps.append((dim, places[None], None))
    return resampling(_NODES[mode].format(len(pairs)))(input, taps=taps)


def _constant(input: Any, pairs: list[tuple[int, int]], value: float) -> Any:
    if len(pairs) > input.ndim:
        raise RuntimeError(
            f"Length of pad should be no more than twice the number of dimensions of the input. Pad length is "
            f"{2 * len(pairs)} while the input has {input.ndim} dimensions."
        )
    for i, (before, behind) in enumerate(pairs):
        size = input.shape[input.ndim - 1 - i]
        if size + before + behind < 0:
            raise RuntimeError(
                f"The input size {size}, plus negative padding {before} and {behind} resulted in a negative output "
                f"size, which is invalid. Check dimension {input.ndim - 1 - i} of your input."
            )
    full = [(0, 0)] * (input.ndim - len(pairs)) + pairs[::-1]
    return constant_pad_op(input, pad=tuple(full), value=value)


def _places(mode: str, input: Any, dim: int, before: int, behind: int) -> Any:
    """Where along a dimension each element of the padded input comes from."""
    size = input.shape[dim]
    places = np.arange(-before, size + behind)
    if mode == "replicate":
        if size == 0:
            raise RuntimeError(f"Expected non-zero size for dimension {dim} of the input, got {list(input.shape)}")
        return np.clip(places, 0, size - 1)
    if mode == "circular":
        if before > size or behind > size:
            raise RuntimeError("Padding value causes wrapping around more than once.")
        if size + before + behind < 0:
            raise RuntimeError("Negative padding value is resulting in an empty dimension")
        cut = max(-before, 0)  # what is cut off does not come round again
        kept = size - cut - max(-behind, 0)
        return np.arange(-max(before, 0), kept + max(behind, 0)) % kept + cut
    if before >= size or behind >= size:
        raise RuntimeError(
            f"Argument #4: Padding size should be less than the corresponding input dimension, but got: padding "
            f"({before}, {behind}) at dimension {dim} of input {list(input.shape)}"
        )
    return (size - 1) - np.abs((size - 1) - np.abs(places))
