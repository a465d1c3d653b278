"""Views and rearrangements: reshape, transpose, expand, select, slice, diagonal, unfold, flip, roll, repeat ...

Source: https://docs.pytorch.org/docs/stable/tensor_view.html. A row marked ``view`` shares memory with its input; its
gradient is the upstream one, put where the view looks, with zero elsewhere. None of these saves a tensor (BWD-12).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.devices import Size
from reference.ops.reductions import dimension
from reference.ops.table import Op
from reference.tensor import Tensor, is_dense, memory_owner, wrap


def zeros_shaped(g: Any, shape: Any) -> Any:
    """Zeros of the gradient's kind and dtype, with a shape."""
    if isinstance(g, Tensor):
        return wrap(np.zeros(shape, g._array.dtype))
    return np.zeros(shape, g.dtype)


def ones_like(x: Any, **options: Any) -> Any:
    """Ones with a tensor's (or array's) shape and dtype."""
    if isinstance(x, Tensor):
        from reference.factories import ones_like as make

        return make(x, **options)
    return np.ones_like(x)


def embed(g: Any, shape: Any, write: Any) -> Any:
    """Zeros of ``shape`` with the gradient written where ``write(zeros)`` looks."""
    whole = zeros_shaped(g, shape)
    if isinstance(g, Tensor):
        write(whole).copy_(g)
    else:
        write(whole)[...] = g
    return whole


def shape_of(arguments: tuple[Any, ...]) -> tuple[int, ...]:
    """``view(2, 3)`` and ``view((2, 3))`` alike."""
    if len(arguments) == 1 and not isinstance(arguments[0], (int, np.integer, Tensor)):
        arguments = tuple(arguments[0])
    return tuple(int(n) for n in arguments)


def _resolve(shape: tuple[int, ...], size: int) -> tuple[int, ...]:
    """Replace the one -1 in a shape."""
    if -1 in shape:
        known = 1
        for n in shape:
            known *= n if n != -1 else 1
        if known == 0 or size % known:
            if known == 0:
                raise RuntimeError(
                    f"cannot reshape tensor of 0 elements into shape {list(shape)} because the unspecified dimension "
                    "size -1 can be any value and is ambiguous"
                )
            raise RuntimeError(f"shape '{list(shape)}' is invalid for input of size {size}")
        return tuple(size // known if n == -1 else n for n in shape)
    total = 1
    for n in shape:
        total *= n
    if total != size:
        raise RuntimeError(f"shape '{list(shape)}' is invalid for input of size {size}")
    return shape


# --- the same elements, in another shape ----------------------------------------------------------------------------


def _view_kernel(self: Any, *, shape: Any) -> Any:
    if self.flags.c_contiguous:
        return self.reshape(shape)
    alias = self.view()
    try:
        alias.shape = shape  # refuses to copy
    except AttributeError:
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride (at least one dimension spans across two "
            "contiguous subspaces). Use .reshape(...) instead."
        ) from None
    return alias


view_op = Op("view", _view_kernel, view=True, self=lambda g, self_shape: reshape(g, self_shape))
unsafe_view = Op(
    "unsafe_view",
    lambda self, *, shape: np.array(self).reshape(shape),
    self=lambda g, self_shape: reshape(g, self_shape),
    node="UnsafeViewBackward0",
)
reshape_copy = Op(
    "reshape_copy",
    lambda self, *, shape: np.ascontiguousarray(self).reshape(shape),
    node="UnsafeViewBackward0",
    self=lambda g, self_shape: reshape(g, self_shape),
)


def view(input: Any, *shape: Any) -> Any:
    """The elements in another shape, sharing memory; RuntimeError where strides do not allow it (IDX-45).

    Given a dtype of the same size instead, the memory read as that dtype.
    """
    from reference.dtypes import dtype

    if len(shape) == 1 and isinstance(shape[0], dtype):
        return view_dtype(input, dtype=shape[0])
    return view_op(input, shape=_resolve(shape_of(shape), input.numel()))


view_dtype = Op("view_dtype", lambda self, *, dtype: self.view(dtype.numpy), view=True, node="ViewBackward1")


def reshape(input: Any, *shape: Any) -> Any:
    """The elements in another shape: a view where that is possible, a copy otherwise (IDX-43)."""
    if not isinstance(input, Tensor):
        return input.reshape(*shape)
    wanted = _resolve(shape_of(shape), input._array.size)
    reshaped = input._array.reshape(wanted)
    if np.may_share_memory(reshaped, input._array) or input._array.size == 0:
        return view_op(input, shape=wanted)
    return reshape_copy(input, shape=wanted)


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
    return reshape(input, (*shape[:start], -1 if 0 not in shape else int(np.prod(shape[start : end + 1])), *shape[end + 1 :]))


def unflatten(input: Any, dim: int, sizes: Any) -> Any:
    """Split one dimension into several."""
    dim = dimension(dim, input.ndim)
    sizes = _resolve(tuple(sizes), input.shape[dim])
    return view(input, (*input.shape[:dim], *sizes, *input.shape[dim + 1 :]))


def ravel(input: Any) -> Any:
    """All elements in one dimension, contiguous."""
    return reshape(input, (-1,))


permute_op = Op(
    "permute",
    lambda self, *, dims: self.transpose(dims),
    view=True,
    self=lambda g, dims: permute(g, tuple(int(i) for i in np.argsort(dims))),
)


def permute(input: Any, *dims: Any) -> Any:
    """The dimensions in another order."""
    order = tuple(dimension(d, input.ndim) for d in shape_of(dims))
    if len(order) != input.ndim or len(set(order)) != len(order):
        raise RuntimeError(f"permute(sparse_coo): number of dimensions in the tensor input does not match the length of "
                           f"the desired ordering of dimensions i.e. input.dim() = {input.ndim} is not equal to "
                           f"len(dims) = {len(order)}")
    return permute_op(input, dims=order)


transpose_op = Op(
    "transpose",
    lambda self, *, dim0, dim1: self.swapaxes(dim0, dim1),
    view=True,
    self=lambda g, dim0, dim1: transpose(g, dim0, dim1),
)


def transpose(input: Any, dim0: int, dim1: int) -> Any:
    """Two dimensions swapped."""
    ndim = input.ndim
    return transpose_op(input, dim0=dimension(dim0, ndim), dim1=dimension(dim1, ndim)) if ndim else transpose_op(
        input, dim0=0, dim1=0) if False else (transpose_op(input, dim0=dimension(dim0, ndim), dim1=dimension(dim1, ndim)) if ndim else alias(input))


swapaxes = swapdims = transpose

alias = Op("alias", lambda self: self.view(), view=True, self=lambda g: g)

t_op = Op("t", lambda self: self.T, view=True, node="TBackward0", self=lambda g: g.t() if isinstance(g, Tensor) else g.T)


def t(input: Any) -> Any:
    """The transpose of a tensor of at most two dimensions."""
    if input.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {input.ndim}D")
    return t_op(input)


def movedim(input: Any, source: Any, destination: Any) -> Any:
    """Dimensions moved to other places."""
    sources = (source,) if isinstance(source, int) else tuple(source)
    places = (destination,) if isinstance(destination, int) else tuple(destination)
    order = [d for d in range(input.ndim) if d not in [dimension(s, input.ndim) for s in sources]]
    for place, s in sorted(zip([dimension(p, input.ndim) for p in places], sources, strict=True)):
        order.insert(place, dimension(s, input.ndim))
    return permute(input, *order)


moveaxis = movedim

squeeze_op = Op(
    "squeeze",
    lambda self, *, dims: self.reshape([n for i, n in enumerate(self.shape) if i not in dims]) if self.flags.c_contiguous
    else np.squeeze(self, dims),
    view=True,
    self=lambda g, self_shape: reshape(g, self_shape),
)


def squeeze(input: Any, dim: Any = None) -> Any:
    """Drop dimensions of size one: all, or those given."""
    given = range(input.ndim) if dim is None else (dim,) if isinstance(dim, int) else dim
    dims = tuple(d for d in (dimension(d, input.ndim) for d in given) if input.ndim and input.shape[d] == 1)
    return squeeze_op(input, dims=dims)


unsqueeze_op = Op(
    "unsqueeze",
    lambda self, *, dim: np.expand_dims(self, dim),
    view=True,
    self=lambda g, dim: g.squeeze(dim),
)


def unsqueeze(input: Any, dim: int) -> Any:
    """A new dimension of size one."""
    return unsqueeze_op(input, dim=dimension(dim, input.ndim + 1))


def _expand_kernel(self: Any, *, shape: Any) -> Any:
    added = len(shape) - self.ndim
    strides = (0,) * added + tuple(
        0 if n == 1 and m != 1 else s for n, m, s in zip(self.shape, shape[added:], self.strides, strict=True)
    )
    return np.lib.stride_tricks.as_strided(self, shape, strides)


# every copy of an element adds to its gradient (IDX-30); the backward pass sums g back to the operand's shape
expand_op = Op("expand", _expand_kernel, view=True, self=lambda g: g)


def expand(input: Any, *sizes: Any) -> Any:
    """Dimensions of size one repeated without copying; -1 keeps a size."""
    sizes = shape_of(sizes)
    added = len(sizes) - input.ndim
    if added < 0:
        raise RuntimeError(
            f"expand({list(sizes)}): the number of sizes provided ({len(sizes)}) must be greater or equal to the number "
            f"of dimensions in the tensor ({input.ndim})"
        )
    shape = tuple(input.shape[i - added] if n == -1 and i >= added else n for i, n in enumerate(sizes))
    for i, (n, m) in enumerate(zip(input.shape, shape[added:], strict=True)):
        if n not in (1, m):
            raise RuntimeError(
                f"The expanded size of the tensor ({m}) must match the existing size ({n}) at non-singleton dimension "
                f"{i + added}.  Target sizes: {list(sizes)}.  Tensor sizes: {list(input.shape)}"
            )
    return expand_op(input, shape=shape)


def expand_as(input: Any, other: Any) -> Any:
    """Expanded to another tensor's shape."""
    return expand(input, tuple(other.shape))


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
    try:
        return Size(np.broadcast_shapes(*[tuple(s) if not isinstance(s, int) else (s,) for s in shapes]))
    except ValueError:
        raise RuntimeError(
            f"Shape mismatch: objects cannot be broadcast to a single shape: {[list(s) for s in shapes]}"
        ) from None


def sum_to_size(input: Any, *size: Any) -> Any:
    """Summed back to a shape that broadcasts to this one (BRC-05)."""
    shape = shape_of(size)
    added = input.ndim - len(shape)
    if added < 0 or any(n not in (1, m) for n, m in zip(shape, tuple(input.shape)[added:], strict=True)):
        raise RuntimeError(f"size {{{list(shape)}}} is not expandable to size {{{list(input.shape)}}}.")
    if added:
        input = input.sum(list(range(added)))
    widened = [i for i, n in enumerate(shape) if n == 1 and input.shape[i] != 1]
    return input.sum(widened, keepdim=True) if widened else input


# --- some of the elements -------------------------------------------------------------------------------------------


def _select_kernel(self: Any, *, dim: int, index: int) -> Any:
    return self[(slice(None),) * dim + (index, Ellipsis)]


select_op = Op(
    "select",
    _select_kernel,
    view=True,
    self=lambda g, self_shape, dim, index: embed(g, self_shape, lambda whole: select(whole, dim, index)),
)


def select(input: Any, dim: int, index: int) -> Any:
    """One slice along a dimension, without that dimension (IDX-28)."""
    if input.ndim == 0:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    dim = dimension(dim, input.ndim)
    size = input.shape[dim]
    index = int(index)
    if not -size <= index < size:
        raise IndexError(
            f"select(): index {index} out of range for tensor of size {list(input.shape)} at dimension {dim}"
        )
    return select_op(input, dim=dim, index=index % size)


def _slice_kernel(self: Any, *, dim: int, start: int, end: int, step: int) -> Any:
    return self[(slice(None),) * dim + (slice(start, end, step),)]


slice_op = Op(
    "slice",
    _slice_kernel,
    view=True,
    self=lambda g, self_shape, dim, start, end, step: embed(
        g, self_shape, lambda whole: slice_op(whole, dim=dim, start=start, end=end, step=step)
    ),
)


def slice_along(input: Any, dim: int, start: Any, end: Any, step: Any) -> Any:
    """``input[start:end:step]`` along one dimension; the step is positive (IDX-06)."""
    step = 1 if step is None else int(step)
    if step <= 0:
        raise ValueError("step must be greater than zero")
    start, end, step = slice(start, end, step).indices(input.shape[dim])
    return slice_op(input, dim=dim, start=start, end=max(start, end), step=step)


def narrow(input: Any, dim: int, start: Any, length: int) -> Any:
    """``length`` entries of a dimension, from ``start`` (IDX-27)."""
    if input.ndim == 0:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    dim = dimension(dim, input.ndim)
    size = input.shape[dim]
    start = int(start)
    if length < 0:
        raise RuntimeError("narrow(): length must be non-negative.")
    if not -size <= start <= size:
        raise IndexError(f"start out of range (expected to be in range of [{-size}, {size}], but got {start})")
    start = start % size if start < 0 else start
    if start + length > size:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({size}).")
    return slice_op(input, dim=dim, start=start, end=start + length, step=1)


diagonal_op = Op(
    "diagonal",
    lambda self, *, offset, dim1, dim2: _writable_diagonal(self, offset, dim1, dim2),
    view=True,
    self=lambda g, self_shape, offset, dim1, dim2: embed(
        g, self_shape, lambda whole: diagonal(whole, offset, dim1, dim2)
    ),
)


def _writable_diagonal(array: Any, offset: int, dim1: int, dim2: int) -> Any:
    found = np.diagonal(array, offset, dim1, dim2)
    return np.lib.stride_tricks.as_strided(
        array[(slice(None),) * 0] if found.size == 0 else _from_first(array, offset, dim1, dim2), found.shape, found.strides
    )


def _from_first(array: Any, offset: int, dim1: int, dim2: int) -> Any:
    start: list[Any] = [slice(None)] * array.ndim
    start[dim1], start[dim2] = slice(max(-offset, 0), None), slice(max(offset, 0), None)
    return array[tuple(start)]


def diagonal(input: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """The diagonal of two dimensions, as a last dimension (IDX-33)."""
    first, second = dimension(dim1, input.ndim), dimension(dim2, input.ndim)
    if first == second:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return diagonal_op(input, offset=offset, dim1=first, dim2=second)


def _strided(array: Any, size: Any, stride: Any, offset: Any) -> Any:
    item = array.itemsize
    if offset is None:
        start = array
    else:
        owner = memory_owner(array)
        flat = np.lib.stride_tricks.as_strided(owner, (owner.size,), (item,)) if owner.size else owner
        start = flat[offset:]
    return np.lib.stride_tricks.as_strided(start, size, [s * item for s in stride])


def _geometry(array: Any) -> tuple[Any, ...]:
    """How an array lies in its memory: its shape, its strides and first place in elements, and the memory's size."""
    owner, item = memory_owner(array), array.itemsize
    first = (array.__array_interface__["data"][0] - owner.__array_interface__["data"][0]) // item
    return array.shape, tuple(s // item for s in array.strides), first, owner.size


def _as_strided_rule(g: Any, size: Any, stride: Any, offset: Any, geometry: Any) -> Any:
    # sums per memory location (IDX-31), and drops what lies outside the input's own geometry (IDX-32)
    shape, strides, first, total = geometry
    numbered = np.arange(total)
    places = _strided(numbered, size, stride, first if offset is None else offset)
    own = np.lib.stride_tricks.as_strided(numbered[first:], shape, [s * numbered.itemsize for s in strides])
    if isinstance(g, Tensor):
        flat = wrap(np.zeros(total, g._array.dtype)).index_add(0, wrap(places.reshape(-1).copy()), reshape(g, (-1,)))
        return reshape(flat.index_select(0, wrap(own.reshape(-1).copy())), shape)
    memory = np.zeros(total, g.dtype)
    np.add.at(memory, places, g)
    return memory[own]


as_strided_op = Op(
    "as_strided",
    lambda self, *, size, stride, offset, geometry: _strided(self, size, stride, offset),
    view=True,
    self=_as_strided_rule,
)


def as_strided(input: Any, size: Any, stride: Any, storage_offset: int | None = None) -> Any:
    """The storage read with any strides, counted in elements."""
    return as_strided_op(
        input, size=tuple(size), stride=tuple(stride), offset=storage_offset, geometry=_geometry(input._array)
    )


def _unfold_kernel(self: Any, *, dim: int, size: int, step: int) -> Any:
    if self.ndim == 0:
        return self.reshape(1)[:size]
    windows = (self.shape[dim] - size) // step + 1
    shape = (*self.shape[:dim], windows, *self.shape[dim + 1 :], size)
    strides = (*self.strides[:dim], self.strides[dim] * step, *self.strides[dim + 1 :], self.strides[dim])
    return np.lib.stride_tricks.as_strided(self, shape, strides)


def _unfold_rule(g: Any, self_shape: Any, dim: int, size: int, step: int) -> Any:
    # an element in several windows sums their gradients (IDX-29)
    places = _unfold_kernel(np.arange(int(np.prod(self_shape))).reshape(self_shape), dim=dim, size=size, step=step)
    flat = places.reshape(-1)
    if isinstance(g, Tensor):
        whole = wrap(np.zeros(int(np.prod(self_shape)), g._array.dtype))
        return reshape(whole.index_add(0, wrap(flat.copy()), reshape(g, (-1,))), self_shape)
    whole = np.zeros(int(np.prod(self_shape)), g.dtype)
    np.add.at(whole, flat, g.reshape(-1))
    return whole.reshape(self_shape)


unfold_op = Op("unfold", _unfold_kernel, view=True, self=_unfold_rule)


def unfold(input: Any, dimension: int, size: int, step: int) -> Any:
    """All windows of ``size`` along a dimension, ``step`` apart, as a last dimension."""
    dim = dimension % max(input.ndim, 1)
    if input.ndim and size > input.shape[dim]:
        raise RuntimeError(
            f"maximum size for tensor at dimension {dim} is {input.shape[dim]} but size is {size}"
        )
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0")
    return unfold_op(input, dim=dim, size=size, step=step)


# --- copies in another order ----------------------------------------------------------------------------------------

flip_op = Op("flip", lambda self, *, dims: np.flip(self, dims).copy(), self=lambda g, dims: flip(g, dims))


def flip(input: Any, *dims: Any) -> Any:
    """The elements in reverse order along dimensions."""
    return flip_op(input, dims=tuple(dimension(d, input.ndim) for d in shape_of(dims)))


def fliplr(input: Any) -> Any:
    """Flipped along the second dimension."""
    return flip(input, 1)


def flipud(input: Any) -> Any:
    """Flipped along the first dimension."""
    return flip(input, 0)


roll_op = Op(
    "roll",
    lambda self, *, shifts, dims: np.roll(self, shifts, dims),
    self=lambda g, shifts, dims: roll_op(g, shifts=_negated(shifts), dims=dims),
)


def _negated(shifts: Any) -> Any:
    return tuple(-s for s in shifts) if isinstance(shifts, tuple) else -shifts


def roll(input: Any, shifts: Any, dims: Any = None) -> Any:
    """The elements moved along dimensions, those that fall off coming back at the other end."""
    if dims is None or dims == ():
        return roll_op(input, shifts=shifts if isinstance(shifts, int) else shifts[0], dims=None)
    shifts = (shifts,) if isinstance(shifts, int) else tuple(shifts)
    dims = (dims,) if isinstance(dims, int) else tuple(dims)
    return roll_op(input, shifts=shifts, dims=tuple(dimension(d, input.ndim) for d in dims))


def rot90(input: Any, k: int = 1, dims: Any = (0, 1)) -> Any:
    """Turned by quarter turns in the plane of two dimensions."""
    first, second = dims
    k %= 4
    if k == 0:
        return input.clone()
    if k == 2:
        return flip(input, first, second)
    turned = transpose(input, first, second)
    return flip(turned, first) if k == 1 else flip(turned, second)


def _repeat_rule(g: Any, self_shape: Any, repeats: Any) -> Any:
    # the copies' gradients add up (IDX-46)
    added = len(repeats) - len(self_shape)
    padded = (1,) * added + tuple(self_shape)
    split: list[int] = []
    for times, n in zip(repeats, padded, strict=True):
        split += [times, n]
    g = reshape(g, tuple(split))
    summed = tuple(range(0, 2 * len(padded), 2))
    g = g.sum(list(summed) if isinstance(g, Tensor) else summed)
    return reshape(g, self_shape)


repeat_op = Op("repeat", lambda self, *, repeats: np.tile(self, repeats), self=_repeat_rule)


def repeat(input: Any, *repeats: Any) -> Any:
    """The tensor copied along each dimension."""
    repeats = shape_of(repeats)
    if len(repeats) < input.ndim:
        raise RuntimeError(
            "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor"
        )
    return repeat_op(input, repeats=repeats)


def tile(input: Any, *dims: Any) -> Any:
    """`repeat`, with missing dimensions filled up by ones."""
    dims = shape_of(dims)
    return repeat(input, *((1,) * (input.ndim - len(dims)) + dims))


def _triangle(name: str, kernel: Any) -> Op:
    return Op(name, lambda self, *, diagonal: kernel(self, diagonal), self=lambda g, diagonal: OPS_OF_TRIANGLE[name](
        g, diagonal=diagonal))


OPS_OF_TRIANGLE: dict[str, Any] = {}
OPS_OF_TRIANGLE["tril"] = tril_op = _triangle("tril", np.tril)
OPS_OF_TRIANGLE["triu"] = triu_op = _triangle("triu", np.triu)


def tril(input: Any, diagonal: int = 0) -> Any:
    """The lower triangle, zeros elsewhere (IDX-51)."""
    return tril_op(input, diagonal=diagonal)


def triu(input: Any, diagonal: int = 0) -> Any:
    """The upper triangle, zeros elsewhere."""
    return triu_op(input, diagonal=diagonal)


clone_op = Op("clone", lambda self: _same_layout(self), self=lambda g: g)


def _same_layout(array: Any) -> Any:
    return np.array(array, order="K") if is_dense(array) else np.array(array, order="C")


def clone(input: Any, *, memory_format: Any = None) -> Any:
    """A recorded copy (ACC-33)."""
    return clone_op(input)


contiguous_op = Op("contiguous", lambda self: np.array(self, order="C"), self=lambda g: g, node="CloneBackward0")


def contiguous(input: Any, memory_format: Any = None) -> Any:
    """The tensor itself where it is contiguous (ACC-08), a row-major copy otherwise."""
    return input if input.is_contiguous() else contiguous_op(input)


cast_op = Op("to", lambda self, *, dtype: self.astype(dtype.numpy), self=lambda g: g, node="ToCopyBackward0")


# --- the same, of the tensor itself ------------------------------------------------------------------------------------


def _reshaping_in_place(function: Any) -> Any:
    """``x.t_()`` and its kin: the tensor itself looks at its memory in another way, and its history says so."""

    def method(self: Any, *arguments: Any) -> Any:
        from reference import state
        from reference.autograd.views import check_in_place, rebase_history

        recorded = self.requires_grad and state.modes.grad and not state.modes.inference
        check_in_place(self, recorded)
        looked = function(self, *arguments)
        self._array = looked._array
        self._counter[0] += 1
        if recorded and looked._node is not None:
            if self._view is not None:
                self._view.chain = looked._view.chain
                self._view.version = -1
                self._view.refresh(self)
            else:
                rebase_history(self, looked._node)
        return self

    method.__doc__ = f"{function.__doc__} In place."
    return method


IN_PLACE = {
    f"{name}_": _reshaping_in_place(function)
    for name, function in {
        "t": t, "transpose": transpose, "swapaxes": transpose, "swapdims": transpose, "squeeze": squeeze,
        "unsqueeze": unsqueeze, "as_strided": as_strided,
    }.items()
}  # fmt: skip
