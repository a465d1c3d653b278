"""The same elements in another shape: reshape, transpose, permute, expand, squeeze; and copies in the same one.

Source: https://docs.pytorch.org/docs/stable/tensor_view.html. A row marked ``view`` shares memory with its input. None
of these saves a tensor (BWD-12).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from reference.bfloat16 import cast
from reference.devices import Size
from reference.dtypes import BFLOAT16, dtype
from reference.layouts import checked, contiguous_format, in_format, preserve_format
from reference.meta import without_data
from reference.ops.dims import dimension, shape_of
from reference.ops.memory import look
from reference.ops.table import Op
from reference.tensor import Tensor, is_dense


def _resolve(shape: tuple[int, ...], size: int) -> tuple[int, ...]:
    """Replace the one -1 in a shape."""
    known = math.prod(n for n in shape if n != -1)
    if any(n < -1 for n in shape):
        raise RuntimeError(
            f"invalid shape dimension {min(shape)} at index {shape.index(min(shape))} of shape {list(shape)}"
        )
    if shape.count(-1) > 1:
        raise RuntimeError("only one dimension can be inferred")
    if -1 in shape and known == 0:
        raise RuntimeError(
            f"cannot reshape tensor of 0 elements into shape {list(shape)} because the unspecified dimension size -1 "
            "can be "
            "any value and is ambiguous"
        )
    if size % known if -1 in shape else known != size:
        raise RuntimeError(f"shape '{list(shape)}' is invalid for input of size {size}")
    return tuple(size // known if n == -1 else n for n in shape)


# --- reshape ----------------------------------------------------------------------------------------------------------


def _view_kernel(self: Any, *, shape: Any) -> Any:
    reshaped = self.reshape(shape)
    if self.flags.c_contiguous or not self.size or np.may_share_memory(reshaped, self):
        return reshaped
    raise RuntimeError(
        "view size is not compatible with input tensor's size and stride (at least one dimension spans across two "
        "contiguous subspaces). Use .reshape(...) instead."
    )


view_op = Op("view", _view_kernel, view=True, self=lambda g, self_shape: reshape(g, self_shape))
reshape_copy_op = Op(
    "reshape_copy",
    lambda self, *, shape: np.ascontiguousarray(self).reshape(shape),
    node="UnsafeViewBackward0",
    self=lambda g, self_shape: reshape(g, self_shape),
)


def _view_dtype_kernel(self: Any, *, dtype: Any) -> Any:
    old, new = self.itemsize, dtype.itemsize
    if BFLOAT16 in (self.dtype, dtype.numpy):
        raise NotImplementedError("bfloat16 is held as float32 here: its memory has no other view")
    if new == old:
        return self.view(dtype.numpy)
    steps = [s // new for s in self.strides[:-1]]
    if self.ndim == 0:
        raise RuntimeError(f"self.dim() cannot be 0 to view {self.dtype} as {dtype} (different element sizes)")
    if self.strides[-1] != old:
        raise RuntimeError(f"self.stride(-1) must be 1 to view {self.dtype} as {dtype} (different element sizes)")
    if new > old and (self.shape[-1] * old % new or any(s % new for s in self.strides[:-1])):
        raise RuntimeError(f"self.size(-1) must be divisible by {new // old} to view {self.dtype} as {dtype}")
    strides = [*(s * new for s in steps), new] if new > old else [*self.strides[:-1], new]
    return look(self, (*self.shape[:-1], self.shape[-1] * old // new), strides, dtype=dtype.numpy)


view_dtype_op = Op("view_dtype", _view_dtype_kernel, view=True, rereads={}, node="ViewBackward1")


def view(self: Any, *shape: Any) -> Any:
    """The elements in another shape, sharing memory; RuntimeError where strides do not allow it (IDX-45).

    Given a dtype instead, the memory read as that dtype.
    """
    if len(shape) == 1 and isinstance(shape[0], dtype):
        if self._pending is not None:
            bit = "conjugate view tensors" if self._pending is np.conjugate else "tensors with negative bit set"
            raise RuntimeError(f"torch.Tensor.view is not supported for {bit} when converting to a different dtype.")
        return view_dtype_op(self, dtype=shape[0])
    return view_op(self, shape=_resolve(shape_of(shape), self.numel()))


def view_as(self: Any, other: Any) -> Any:
    """The elements in another tensor's shape, sharing memory."""
    return view(self, tuple(other.shape))


def reshape(input: Any, *shape: Any) -> Any:
    """The elements in another shape: a view where that is possible, a copy otherwise (IDX-43)."""
    if not isinstance(input, Tensor):
        return input.reshape(*shape)
    memory = input._memory
    wanted = _resolve(shape_of(shape), memory.size)
    if np.may_share_memory(memory.reshape(wanted), memory) or memory.size == 0:
        return view_op(input, shape=wanted)
    return reshape_copy_op(input, shape=wanted)


def reshape_as(self: Any, other: Any) -> Any:
    """The elements in another tensor's shape."""
    return reshape(self, tuple(other.shape))


def flatten(input: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """Join neighbouring dimensions; a tensor that has only one already is returned itself (IDX-44)."""
    if input.ndim == 0:
        return reshape(input, (1,))
    start, end = dimension(start_dim, input.ndim), dimension(end_dim, input.ndim)
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if start == end:
        return input
    shape = tuple(input.shape)
    return reshape(input, (*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :]))


def unflatten(input: Any, dim: int, sizes: Any) -> Any:
    """Split one dimension into several."""
    if not sizes:
        raise RuntimeError("unflatten: sizes must be non-empty")
    dim = dimension(dim, input.ndim)
    known = math.prod(n for n in sizes if n != -1)
    size = input.shape[dim]
    if (tuple(sizes).count(-1) == 0 and known != size) or (
        tuple(sizes).count(-1) == 1 and (known == 0 or size % known)
    ):
        raise RuntimeError(
            f"unflatten: Provided sizes {list(sizes)} don't multiply up to the size of dim {dim} ({size}) in the input "
            "tensor"
        )
    return view(input, (*input.shape[:dim], *_resolve(tuple(sizes), size), *input.shape[dim + 1 :]))


def ravel(input: Any) -> Any:
    """All elements in one dimension, contiguous."""
    return view(input.contiguous(), (-1,) if input.numel() else (0,))


# --- dimensions in another order --------------------------------------------------------------------------------------

permute_op: Op = Op(
    "permute",
    lambda self, *, dims: self.transpose(dims),
    view=True,
    self=lambda g, dims: permute_op(g, dims=tuple(int(i) for i in np.argsort(dims))),
)


def permute(input: Any, *dims: Any) -> Any:
    """The dimensions in another order."""
    order = tuple(dimension(d, input.ndim) for d in shape_of(dims))
    if len(order) != input.ndim:
        raise RuntimeError(
            "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired "
            f"ordering of dimensions i.e. input.dim() = {input.ndim} is not equal to len(dims) = {len(order)}"
        )
    if len(set(order)) != len(order):
        raise RuntimeError("permute(): duplicate dims are not allowed.")
    return permute_op(input, dims=order)


transpose_op = Op(
    "transpose",
    lambda self, *, dim0, dim1: self.swapaxes(dim0, dim1) if self.ndim else self.view(),
    view=True,
    self=lambda g, dim0, dim1: transpose(g, dim0, dim1),
)


def transpose(input: Any, dim0: int, dim1: int) -> Any:
    """Two dimensions swapped."""
    ndim = input.ndim
    return transpose_op(input, dim0=dimension(dim0, ndim), dim1=dimension(dim1, ndim))


swapaxes = swapdims = transpose

t_op: Op = Op("t", lambda self: self.T, view=True, node="TBackward0", self=lambda g: t_op(g))


def t(input: Any) -> Any:
    """The transpose of a tensor of at most two dimensions."""
    if input.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {input.ndim}D")
    return t_op(input)


def movedim(input: Any, source: Any, destination: Any) -> Any:
    """Dimensions moved to other places."""
    given = [(d,) if isinstance(d, int) else tuple(d) for d in (source, destination)]
    if len(given[0]) != len(given[1]):
        raise RuntimeError(
            "movedim: Invalid source or destination dims: source and destination dims should contain the same number "
            "of "
            f"dims, but got {list(given[0])} and {list(given[1])}"
        )
    sources, places = ([dimension(d, input.ndim) for d in dims] for dims in given)
    for dims, which in ((sources, "source"), (places, "destination")):
        if len(set(dims)) != len(dims):
            raise RuntimeError(f"movedim: repeated dim in `{which}` ({dims})")
    if input.ndim == 0:
        return alias_op(input)
    order = [d for d in range(input.ndim) if d not in sources]
    for place, s in sorted(zip(places, sources, strict=True)):
        order.insert(place, s)
    return permute(input, order)


moveaxis = movedim


def _matrix_transpose(self: Any) -> Any:
    """The last two dimensions swapped."""
    if self.ndim < 2:
        raise RuntimeError(f"tensor.mT is only supported on matrices or batches of matrices. Got {self.ndim}-D tensor.")
    return transpose(self, -2, -1)


def _all_reversed(self: Any) -> Any:
    """All dimensions in reverse order."""
    return permute(self, tuple(range(self.ndim))[::-1])


PROPERTIES = {"T": _all_reversed, "mT": _matrix_transpose}

# --- dimensions of size one -------------------------------------------------------------------------------------------

squeeze_op = Op(
    "squeeze",
    lambda self, *, dims: np.squeeze(self, tuple(d for d in dims if self.shape[d] == 1)),
    view=True,
    self=lambda g, self_shape: reshape(g, self_shape),
)
#: The same under the names that it has with one dimension given, and with several.
squeeze_dim_op, squeeze_dims_op = (squeeze_op.named(f"SqueezeBackward{n}") for n in (1, 2))


def squeeze(input: Any, dim: Any = None) -> Any:
    """Drop dimensions of size one: all, or those given."""
    given = range(input.ndim) if dim is None else (dim,) if isinstance(dim, int) else dim
    dims = tuple(dimension(d, input.ndim) for d in given)
    if len(set(dims)) != len(dims):
        raise RuntimeError(f"dim {dims[0]} appears multiple times in the list of dims")
    op = squeeze_op if dim is None else squeeze_dim_op if isinstance(dim, int) else squeeze_dims_op
    return op(input, dims=dims if input.ndim else ())


unsqueeze_op = Op(
    "unsqueeze",
    lambda self, *, dim: np.expand_dims(self, dim),
    view=True,
    self=lambda g, dim: squeeze_op(g, dims=(dim,)),
)


def unsqueeze(input: Any, dim: int) -> Any:
    """A new dimension of size one."""
    return unsqueeze_op(input, dim=dimension(dim, input.ndim + 1))


def _expand_kernel(self: Any, *, shape: Any) -> Any:
    added = len(shape) - self.ndim
    strides = (0,) * added + tuple(
        0 if n == 1 and m != 1 else s for n, m, s in zip(self.shape, shape[added:], self.strides, strict=True)
    )
    return look(self, shape, strides)


# every copy of an element adds to its gradient (IDX-30); the backward pass sums g back to the operand's shape
expand_op = Op("expand", _expand_kernel, view=True, self=lambda g: g)


def expand(self: Any, *sizes: Any, implicit: bool = False) -> Any:
    """Dimensions of size one repeated without copying; -1 keeps a size."""
    sizes = shape_of(sizes)
    added = len(sizes) - self.ndim
    if added < 0:
        raise RuntimeError(
            f"expand({list(sizes)}): the number of sizes provided ({len(sizes)}) must be greater or equal to the "
            "number "
            f"of dimensions in the tensor ({self.ndim})"
        )
    shape = tuple(self.shape[i - added] if n == -1 and i >= added else n for i, n in enumerate(sizes))
    if any(n < 0 for n in shape):
        raise RuntimeError(
            f"The expanded size of the tensor ({min(shape)}) isn't allowed in a leading, non-existing dimension"
        )
    for i, (n, m) in enumerate(zip(self.shape, shape[added:], strict=True)):
        if n not in (1, m):
            raise RuntimeError(
                f"The expanded size of the tensor ({m}) must match the existing size ({n}) at non-singleton dimension "
                f"{i + added}.  Target sizes: {list(sizes)}.  Tensor sizes: {list(self.shape)}"
            )
    return expand_op(self, shape=shape)


def expand_as(self: Any, other: Any) -> Any:
    """Expanded to another tensor's shape."""
    return expand(self, tuple(other.shape))


def broadcast_to(input: Any, size: Any) -> Any:
    """Expanded to a shape."""
    return expand(input, tuple(size))


def broadcast_tensors(*tensors: Any) -> Any:
    """All tensors, expanded to their common shape."""
    given = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) else tensors
    shape = broadcast_shapes(*[tuple(x.shape) for x in given])
    return tuple(expand(x, shape) for x in given)


def broadcast_shapes(*shapes: Any) -> Size:
    """The shape that several broadcast to; RuntimeError where they do not (BRC-01)."""
    given = [tuple(s) if not isinstance(s, int) else (s,) for s in shapes]
    if any(n < 0 for shape in given for n in shape):
        raise RuntimeError(f"Trying to create tensor with negative dimension: {[list(s) for s in given]}")
    try:
        return Size(np.broadcast_shapes(*given))
    except ValueError:
        raise RuntimeError(
            f"Shape mismatch: objects cannot be broadcast to a single shape: {[list(s) for s in given]}"
        ) from None


def sum_to_size(self: Any, *size: Any) -> Any:
    """Summed back to a shape that broadcasts to this one (BRC-05)."""
    shape = shape_of(size)
    added = self.ndim - len(shape)
    if added < 0 or any(n not in (1, m) for n, m in zip(shape, tuple(self.shape)[added:], strict=True)):
        raise RuntimeError(f"size {{{list(shape)}}} is not expandable to size {{{list(self.shape)}}}.")
    if added:
        self = self.sum(list(range(added)))
    widened = [i for i, n in enumerate(shape) if n == 1 and self.shape[i] != 1]
    return self.sum(widened, keepdim=True) if widened else self


def _at_least(ndim: int, widened: Any) -> Any:
    def reshape_all(*tensors: Any) -> Any:
        several = len(tensors) > 1 or isinstance(tensors[0], (list, tuple))
        given = tensors[0] if isinstance(tensors[0], (list, tuple)) else tensors
        made = tuple(x if x.ndim >= ndim else widened(x) for x in given)
        return made if several else made[0]

    reshape_all.__name__ = f"atleast_{ndim}d"
    reshape_all.__doc__ = f"The tensors, with at least {ndim} dimension(s)."
    return reshape_all


atleast_1d = _at_least(1, lambda x: reshape(x, (1,)))
atleast_2d = _at_least(2, lambda x: unsqueeze(x, 0) if x.ndim else reshape(x, (1, 1)))
atleast_3d = _at_least(
    3,
    lambda x: unsqueeze(x, 2) if x.ndim == 2 else unsqueeze(unsqueeze(x, 0), 2) if x.ndim else reshape(x, (1, 1, 1)),
)

# --- the same shape ---------------------------------------------------------------------------------------------------

alias_op = Op("alias", lambda self: self.view(), view=True, self=lambda g: g)
clone_op = Op("clone", lambda self: _same_layout(self), self=lambda g: g)
contiguous_op = Op(
    "contiguous", lambda self, *, format: in_format(self, format), self=lambda g, format: g, node="CloneBackward0"
)


def _back_from_meta(g: Any) -> Any:
    raise NotImplementedError("Cannot copy out of meta tensor; no data!")


cast_op = Op("to", lambda self, *, dtype: cast(self, dtype.numpy), self=lambda g: g, node="ToCopyBackward0")
cast_to_integers_op = Op("to", lambda self, *, dtype: cast(self, dtype.numpy))
to_meta_op = Op("to_meta", lambda self: without_data(self), self=_back_from_meta, node="ToCopyBackward0")


def _same_layout(array: Any) -> Any:
    return np.array(array, order="K") if is_dense(array) else np.array(array, order="C")


def clone(input: Any, *, memory_format: Any = None) -> Any:
    """A recorded copy (ACC-33), in the same order in memory or in another."""
    if memory_format is None or memory_format is preserve_format:
        return clone_op(input)
    return contiguous_op(input, format=checked(memory_format, "clone"))


def contiguous(self: Any, memory_format: Any = contiguous_format) -> Any:
    """The tensor itself where it is contiguous (ACC-08), a copy that is row-major, or of another format, otherwise."""
    if checked(memory_format, "contiguous") is preserve_format:
        raise RuntimeError("preserve memory format is unsupported by the contiguous operator")
    return self if self.is_contiguous(memory_format) else contiguous_op(self, format=memory_format)
