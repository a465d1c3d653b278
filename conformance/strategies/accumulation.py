"""Sequences of backwards, zeroings and manual steps on one leaf."""

from __future__ import annotations

from hypothesis import strategies as st

#: The ways to zero a gradient; "none" drops it, the others keep the object.
ZEROINGS = ("none", "zero_", "data.zero_")


def sequences(longest: int = 8) -> st.SearchStrategy[list[list[object]]]:
    """Lists such as ``[["backward", 2.0], ["zero", "none"], ["step", 0.25]]``.

    A backward's number scales its loss, a step's is the learning rate. All are powers of two, so that a short
    sequence is exact in float32 and a longer one stays near enough to it to be compared closely.
    """
    backward = st.sampled_from([1.0, 2.0, 0.5, -1.0]).map(lambda scale: ["backward", scale])
    zero = st.sampled_from(ZEROINGS).map(lambda how: ["zero", how])
    step = st.sampled_from([0.5, 0.25]).map(lambda lr: ["step", lr])
    return st.lists(st.one_of(backward, zero, step), min_size=1, max_size=longest)
