"""Sequences of different lengths, padded or packed: ``torch.nn.utils.rnn``.

A packed batch holds the first elements of all sequences, then the second ones, and so on, longest sequence first.
Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.rnn.pack_padded_sequence.html.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterable
from typing import Any

import numpy as np

from reference.ops.joining import cat, stack
from reference.tensor import Tensor, wrap

_Packed = namedtuple("_Packed", ("data", "batch_sizes", "sorted_indices", "unsorted_indices"))


class PackedSequence(_Packed):
    """A packed batch: the elements, how many sequences are still there at each step, and the order of the sequences."""

    __slots__ = ()

    def __new__(
        cls, data: Any, batch_sizes: Any = None, sorted_indices: Any = None, unsorted_indices: Any = None
    ) -> Any:
        """A packed batch of its parts, which may come as one pair; ValueError where the batch sizes are elsewhere."""
        if batch_sizes is None:
            if not isinstance(data, (list, tuple)) or len(data) != 2:
                raise AssertionError("Expected data to be a list or tuple of length 2")
            data, batch_sizes = data
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        return _Packed.__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """The batch in another dtype."""
        return self._replace(data=self.data.to(*args, **kwargs))

    @property
    def is_cuda(self) -> bool:
        """Whether the elements are on a GPU."""
        return self.data.is_cuda

    def is_pinned(self) -> bool:
        """Whether the elements are in pinned memory."""
        return False

    def cpu(self) -> PackedSequence:
        """The batch on the CPU, where it is."""
        return self

    def half(self) -> PackedSequence:
        """The batch in float16."""
        return self._replace(data=self.data.half())

    def int(self) -> PackedSequence:
        """The batch in int32."""
        return self._replace(data=self.data.int())

    def long(self) -> PackedSequence:
        """The batch in int64."""
        return self._replace(data=self.data.long())

    def double(self) -> PackedSequence:
        """The batch in float64."""
        return self._replace(data=self.data.double())

    def float(self) -> PackedSequence:
        """The batch in float32."""
        return self._replace(data=self.data.float())


def invert_permutation(permutation: Any) -> Any:
    """Where each place of a permutation came from."""
    return None if permutation is None else wrap(np.argsort(permutation._array, kind="stable"))


def _lengths(lengths: Any) -> Any:
    return lengths._array if isinstance(lengths, Tensor) else np.asarray(lengths, np.int64)


def pack_padded_sequence(
    input: Any, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Pack (T, N, ...) sequences, of which each is as long as ``lengths`` says."""
    sizes = _lengths(lengths)
    if batch_first:
        input = input.transpose(0, 1)
    if len(sizes) != input.shape[1]:
        raise RuntimeError(
            f"Expected `len(lengths)` to be equal to batch_size, but got {len(sizes)} (batch_size={input.shape[1]})"
        )
    if sizes.size and sizes.min() <= 0:
        raise RuntimeError(
            "Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0"
        )
    order = None
    if enforce_sorted:
        if (np.diff(sizes) > 0).any():
            raise RuntimeError(
                "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass "
                "`enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this requirement if "
                "you do not need ONNX exportability."
            )
    else:
        places = np.argsort(-sizes, kind="stable")
        sizes, order = sizes[places], wrap(places)
        input = input.index_select(1, order)
    batch_sizes = (sizes[None, :] > np.arange(sizes[0])[:, None]).sum(1)
    data = cat([input[t, : int(b)] for t, b in enumerate(batch_sizes)])
    return PackedSequence(data, wrap(batch_sizes.astype(np.int64)), order)


def pad_packed_sequence(
    sequence: PackedSequence,
    batch_first: bool = False,
    padding_value: float = 0.0,
    total_length: int | None = None,
) -> tuple[Any, Any]:
    """The padded sequences (T, N, ...) of a packed batch, and their lengths."""
    data, batch_sizes, _, original = sequence
    sizes = batch_sizes._array
    steps = len(sizes)
    if total_length is not None:
        if total_length < steps:
            raise ValueError(
                "Expected total_length to be at least the length of the longest sequence in input, but got "
                f"total_length={total_length} and max sequence length being {steps}"
            )
        steps = total_length
    batch = int(sizes[0])
    lengths = (sizes[:, None] > np.arange(batch)[None, :]).sum(0)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    rows = []
    for t in range(steps):
        present = data[int(starts[t]) : int(starts[t + 1])] if t < len(sizes) else None
        missing = batch - (0 if present is None else present.shape[0])
        padding = data.new_full((missing, *data.shape[1:]), padding_value)
        rows.append(padding if present is None else cat([present, padding]) if missing else present)
    padded, found = stack(rows), wrap(lengths.astype(np.int64))
    if original is not None:
        padded, found = padded.index_select(1, original), found.index_select(0, original)  # type: ignore[attr-defined]
    return (padded.transpose(0, 1) if batch_first else padded), found


def pad_sequence(
    sequences: Any, batch_first: bool = False, padding_value: float = 0.0, padding_side: str = "right"
) -> Any:
    """Sequences (L, ...) of different lengths, padded into one tensor (T, N, ...)."""
    if not isinstance(sequences, Iterable):
        raise RuntimeError(f"pad_sequence: Expected iterable for input sequences, but got {type(sequences).__name__}")
    sequences = list(sequences)
    if not sequences:
        raise RuntimeError("pad_sequence: received an empty list of sequences")
    if padding_side not in ("left", "right"):
        raise RuntimeError(f"Expected padding_side to be one of left or right, but got {padding_side}.")
    longest = max(len(s) for s in sequences)
    padded = []
    for sequence in sequences:
        padding = sequence.new_full((longest - len(sequence), *sequence.shape[1:]), padding_value)
        padded.append(cat([sequence, padding] if padding_side == "right" else [padding, sequence]))
    return stack(padded, 0 if batch_first else 1)


def unpad_sequence(padded_sequences: Any, lengths: Any, batch_first: bool = False) -> list[Any]:
    """The sequences that were padded, each in its length."""
    if not batch_first:
        padded_sequences = padded_sequences.transpose(0, 1)
    return [row[: int(n)] for row, n in zip(padded_sequences, _lengths(lengths), strict=True)]


def pack_sequence(sequences: Any, enforce_sorted: bool = True) -> PackedSequence:
    """Pack sequences of different lengths."""
    lengths = [len(s) for s in sequences]
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Any]:
    """The sequences of a packed batch."""
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)
