"""Sparse tensors in coordinate form, as far as gradients and optimizers need them.

A sparse tensor holds the indices and the values of some of its elements (or of slices of them), in which an index may
occur more than once. Sums, products with numbers and casts stay sparse; to any other operation it is its dense
elements.
Source: https://docs.pytorch.org/docs/stable/sparse.html#sparse-coo-tensors.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from reference import dtypes
from reference.devices import Size, require_cpu
from reference.factories import array_of
from reference.layouts import sparse_coo
from reference.tensor import Tensor, wrap


class SparseTensor(Tensor):
    """A tensor whose elements are zero but for those that it lists.

    ``_places`` is an array (sparse dimensions, listed), ``_listed`` one of (listed, dense dimensions ...).
    """

    _places: Any
    _listed: Any
    _size: tuple[int, ...]
    _coalesced = False
    is_sparse = True
    layout = sparse_coo

    @classmethod
    def of(cls, places: Any, listed: Any, size: Any, coalesced: bool = False) -> SparseTensor:
        """A sparse tensor of arrays, which it does not copy."""
        made = object.__new__(cls)
        made._places, made._listed, made._size = places, listed, tuple(size)
        made._counter, made._coalesced = [0], coalesced
        made._node, made._nr, made._requires_grad, made._view = None, 0, False, None
        return made

    def _like(self, listed: Any, coalesced: bool | None = None) -> SparseTensor:
        return self.of(self._places, listed, self._size, self._coalesced if coalesced is None else coalesced)

    # --- what it is -------------------------------------------------------------------------------------------------

    @property
    def _array(self) -> Any:  # type: ignore[override]
        """The dense elements, which cannot be written to: they are not what the tensor holds."""
        dense = np.zeros(self._size, self._listed.dtype)
        np.add.at(dense, tuple(self._places), self._listed)
        dense.flags.writeable = False
        return dense

    @_array.setter
    def _array(self, value: Any) -> None:
        raise RuntimeError("set_data of a sparse tensor is not there in the reference engine")

    _memory = _array

    @property
    def shape(self) -> Size:
        """The size of each dimension."""
        return Size(self._size)

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the size of one dimension."""
        return self.shape if dim is None else self._size[dim]

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return len(self._size)

    def dim(self) -> int:
        """The number of dimensions."""
        return len(self._size)

    def numel(self) -> int:
        """The number of elements, of which most are not listed."""
        return self.shape.numel()

    @property
    def dtype(self) -> dtypes.dtype:
        """The element type."""
        return dtypes.OF_NUMPY[self._listed.dtype]

    def sparse_dim(self) -> int:
        """The number of dimensions that the indices name."""
        return len(self._places)

    def dense_dim(self) -> int:
        """The number of dimensions of each listed value."""
        return self._listed.ndim - 1

    def _nnz(self) -> int:
        return len(self._listed)

    def is_coalesced(self) -> bool:
        """Whether every index is listed once, in order."""
        return self._coalesced

    def _indices(self) -> Any:
        return wrap(self._places)

    def _values(self) -> Any:
        return wrap(self._listed)

    def indices(self) -> Tensor:
        """The indices of a coalesced tensor; RuntimeError for any other."""
        self._require_coalesced("indices")
        return self._indices()

    def values(self) -> Tensor:
        """The values of a coalesced tensor; RuntimeError for any other."""
        self._require_coalesced("values")
        return self._values()

    def _require_coalesced(self, what: str) -> None:
        if not self._coalesced:
            raise RuntimeError(f"Cannot get {what} on an uncoalesced tensor, please call .coalesce() first")

    def coalesce(self) -> SparseTensor:
        """The same tensor with every index listed once, in order, its values summed."""
        if self._coalesced:
            return self
        unique, which = np.unique(self._places, axis=1, return_inverse=True)
        sums = np.zeros((unique.shape[1], *self._listed.shape[1:]), self._listed.dtype)
        np.add.at(sums, which.reshape(-1), self._listed)
        return self.of(unique, sums, self._size, coalesced=True)

    def to_dense(self, dtype: Any = None, *, masked_grad: Any = None) -> Any:
        """The tensor with all its elements."""
        dense: Any = wrap(np.array(self._array))
        return dense if dtype is None else dense.to(dtype)

    # --- what stays sparse ------------------------------------------------------------------------------------------

    def add(self, other: Any, *, alpha: Any = 1) -> Tensor:
        """The sum: of two sparse tensors sparse, with a dense one dense."""
        if not isinstance(other, SparseTensor):
            return wrap(self._array) + other * alpha
        if self._size != other._size:
            raise RuntimeError(f"add: expected 'self' and 'other' to have same size, but {self._size} != {other._size}")
        if self.sparse_dim() != other.sparse_dim():
            raise RuntimeError("add: expected 'self' and 'other' to have the same number of sparse dimensions")
        listed = np.concatenate([self._listed, other._listed * alpha])
        return self.of(np.concatenate([self._places, other._places], 1), listed, self._size)

    def sub(self, other: Any, *, alpha: Any = 1) -> Tensor:
        """The difference, as `add`."""
        return self.add(other, alpha=-alpha)

    def neg(self) -> SparseTensor:
        """The negative."""
        return self._like(-self._listed)

    def mul(self, other: Any) -> Tensor:
        """The product: with a number sparse, with a dense tensor sparse too, as the zeros stay."""
        if isinstance(other, SparseTensor):
            other = wrap(other._array)
        if isinstance(other, Tensor) and other._array.ndim:
            whole = np.broadcast_to(other._array, self._size)
            return self._like(self._listed * whole[tuple(self._places)])
        return self._like(self._listed * (other.item() if isinstance(other, Tensor) else other))

    def div(self, other: Any) -> SparseTensor:
        """The quotient by a number."""
        return self._like(self._listed / (other.item() if isinstance(other, Tensor) else other))

    def pow(self, exponent: Any) -> SparseTensor:
        """The power, of the values where every index is listed once."""
        found = self.coalesce()
        return found._like(found._listed**exponent)

    __add__ = __radd__ = add
    __sub__ = sub
    __neg__ = neg
    __mul__ = __rmul__ = mul
    __truediv__ = div
    __pow__ = pow

    def _become(self, other: SparseTensor) -> SparseTensor:
        self._places, self._listed, self._coalesced = other._places, other._listed, other._coalesced
        self._counter[0] += 1
        return self

    def add_(self, other: Any, *, alpha: Any = 1) -> SparseTensor:
        """Add a sparse tensor in place."""
        if not isinstance(other, SparseTensor):
            raise RuntimeError("add(sparse, dense) is not supported. Use add(dense, sparse) instead.")
        return self._become(self.add(other, alpha=alpha))  # type: ignore[arg-type]

    def mul_(self, other: Any) -> SparseTensor:
        """Multiply in place."""
        return self._become(self.mul(other))  # type: ignore[arg-type]

    def div_(self, other: Any) -> SparseTensor:
        """Divide by a number in place."""
        return self._become(self.div(other))

    __iadd__ = add_
    __imul__ = mul_
    __itruediv__ = div_

    def zero_(self) -> SparseTensor:
        """Make all elements zero: none is listed any more."""
        return self._become(self.of(self._places[:, :0], self._listed[:0], self._size, coalesced=True))

    def clone(self, **options: Any) -> SparseTensor:
        """A copy."""
        return self.of(self._places.copy(), self._listed.copy(), self._size, self._coalesced)

    def detach(self) -> SparseTensor:
        """The same indices and values, outside any graph."""
        return self._like(self._listed)

    _alias = detach

    def detach_(self) -> SparseTensor:
        """Leave the graph, in which it never is."""
        self._requires_grad = False
        return self

    def to(self, *arguments: Any, **keywords: Any) -> SparseTensor:
        """The tensor with another dtype; itself where nothing changes."""
        listed = self._values().to(*arguments, **keywords)._array
        return self if listed.dtype is self._listed.dtype else self._like(listed)

    def norm(self, p: Any = "fro", dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Tensor:
        """The norm over all elements."""
        return self.coalesce()._values().norm(p)

    def sum(self, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
        """The sum of the dense elements."""
        return self.to_dense(dtype).sum(dim, keepdim)

    def __repr__(self) -> str:
        indices = repr(self._indices()).replace("\n", "\n" + " " * 15)
        values = repr(self._values()).replace("\n", "\n" + " " * 14)
        size = tuple(self._size)
        return (
            f"tensor(indices={indices},\n       values={values},\n       size={size}, nnz={self._nnz()}, "
            "layout=torch.sparse_coo)"
        )

    __str__ = __repr__

    def __deepcopy__(self, memo: Any) -> Any:
        made = self.clone()
        made._requires_grad = self._requires_grad
        made._grad = copy.deepcopy(self._grad, memo)
        memo[id(self)] = made
        return made

    def __reduce_ex__(self, protocol: Any) -> Any:
        return _rebuild, (self._places, self._listed, self._size, self._coalesced, self._requires_grad)


def _rebuild(places: Any, listed: Any, size: Any, coalesced: bool, requires_grad: bool) -> SparseTensor:
    made = SparseTensor.of(places, listed, size, coalesced)
    made._requires_grad = requires_grad
    return made


def sparse_coo_tensor(
    indices: Any = None,
    values: Any = None,
    size: Any = None,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    check_invariants: bool | None = None,
    is_coalesced: bool | None = None,
) -> SparseTensor:
    """A sparse tensor of indices (sparse dimensions, listed) and values (listed, ...); its size, unless given, fits.

    Raises RuntimeError for indices out of the size, and for indices and values that do not fit each other.
    """
    require_cpu(device)
    places = array_of(indices).astype(np.int64)
    listed = values._array if isinstance(values, Tensor) and dtype is None else array_of(values, dtype)
    if places.ndim != 2:
        raise RuntimeError(f"indices must be sparse_dim x nnz, but got: {list(places.shape)}")
    if listed.ndim == 0 or places.shape[1] != listed.shape[0]:
        raise RuntimeError(
            f"indices and values must have same nnz, but got nnz from indices: {places.shape[1]}, nnz from values: "
            f"{listed.shape[0] if listed.ndim else 1}"
        )
    if size is None:
        size = (*(places.max(1) + 1 if places.size else [0] * len(places)), *listed.shape[1:])
    size = tuple(int(n) for n in size)
    if len(size) != len(places) + listed.ndim - 1:
        raise RuntimeError(
            f"number of dimensions must be sparse_dim ({len(places)}) + dense_dim ({listed.ndim - 1}), but got "
            f"{len(size)}"
        )
    for d, row in enumerate(places):
        if row.size and (row.min() < 0 or row.max() >= size[d]):
            raise RuntimeError(
                f"size is inconsistent with indices: for dim {d}, size is {size[d]} but found index "
                f"{row.min() if row.min() < 0 else row.max()}"
            )
    made = SparseTensor.of(places, listed, size, bool(is_coalesced))
    if requires_grad:
        made.requires_grad = True
    return made


def sparse_mask(dense: Tensor, mask: SparseTensor) -> SparseTensor:
    """The elements of a dense tensor that a sparse one lists."""
    return mask._like(dense._array[tuple(mask._places)])


def to_sparse(dense: Tensor, sparse_dim: int | None = None) -> SparseTensor:
    """A dense tensor's elements (or slices) other than zero, listed."""
    array = dense._array
    dims = array.ndim if sparse_dim is None else sparse_dim
    listed = (array != 0).any(tuple(range(dims, array.ndim))) if dims < array.ndim else array != 0
    places = np.stack(np.nonzero(listed)).astype(np.int64) if dims else np.zeros((0, 1), np.int64)
    return SparseTensor.of(places, array[tuple(places)], array.shape, coalesced=True)


def to_dense(dense: Tensor, dtype: Any = None, *, masked_grad: Any = None) -> Any:
    """The tensor itself: it is dense."""
    tensor: Any = dense
    return tensor if dtype is None else tensor.to(dtype)


#: Methods of dense tensors.
def _of_sparse_tensors_only(name: str) -> Any:
    def refuse(self: Any) -> Any:
        raise RuntimeError(f"{name} expected sparse tensor layout but got strided")

    refuse.__doc__ = "Refused: the tensor is not sparse."
    return refuse


METHODS = {
    "sparse_mask": sparse_mask,
    "to_sparse": to_sparse,
    "to_dense": to_dense,
    **{name: _of_sparse_tensors_only(name) for name in ("coalesce", "is_coalesced", "indices", "values")},
}
