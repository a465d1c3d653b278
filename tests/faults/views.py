"""Faults in what shares memory with what, in slices, and in their gradients."""

from __future__ import annotations

import numpy as np

from tests.faults import fault, replace_getter, wrap


@fault("IDX-09", "IDX-13")
def repeated_indices_count_once(torch):
    from reference.ops import elements

    elements.index_put_accumulate_op = lambda count, saves_values=False: elements.index_put_op(count)


@fault("INP-07", "IDX-08/slice")
def slices_are_copies(torch):
    wrap(torch.Tensor, "__getitem__", lambda original, tensor, index: original(tensor, index).clone())


@fault("LEG-07")
def data_is_a_copy(torch):
    replace_getter(torch.Tensor, "data", lambda get, tensor: get(tensor).clone())


@fault("LEG-11")
def data_shares_the_version_counter(torch):
    def shared(get, tensor):
        data = get(tensor)
        data._counter = tensor._counter
        return data

    replace_getter(torch.Tensor, "data", shared)


@fault("INP-03")
def detach_is_a_copy(torch):
    wrap(torch.Tensor, "detach", lambda original, tensor: original(tensor).clone())


@fault("LEG-11/detach")
def detach_has_a_version_counter_of_its_own(torch):
    def own(original, tensor):
        detached = original(tensor)
        detached._counter = [0]
        return detached

    wrap(torch.Tensor, "detach", own)


@fault("IDX-06")
def negative_steps_are_taken(torch):
    """As NumPy takes them; PyTorch refuses."""

    def lenient(original, tensor, index):
        if isinstance(index, slice) and index.step is not None and index.step < 0:
            return original(tensor, index.__class__(None, None, -index.step)).flip(0)
        return original(tensor, index)

    wrap(torch.Tensor, "__getitem__", lenient)


@fault("IDX-11")
def masks_are_taken_for_integers(torch):
    def integers(original, tensor, index):
        if isinstance(index, torch.Tensor) and index.dtype == torch.bool:
            index = index.to(torch.int64)
        return original(tensor, index)

    wrap(torch.Tensor, "__getitem__", integers)


@fault("TYP-04")
def promotes_as_numpy_does(torch):
    """int64 with float32 is float64."""
    from reference import dtypes

    dtypes.promote_pair = np.promote_types
