"""Products of vectors and matrices.

A product's gradient is the product of the upstream gradient with the conjugate transpose of the other factor (CPX-08).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from reference import state
from reference.dtypes import long_name
from reference.ops.autocasting import in_autocast_dtype, lowered
from reference.ops.rules import conj, constant, refuse_bool, transposed
from reference.ops.scaling import times
from reference.ops.table import Op
from reference.ops.writing import writable
from reference.tensor import Tensor


def _of_numbers(name: str, product: Any) -> Any:
    def kernel(self: Any, other: Any) -> Any:
        refuse_bool(name, self)
        return product(self, other)

    return kernel


_matmul_kernel = _of_numbers("addmm_impl", np.matmul)


def _pairs(name: str) -> Op:
    # d(A B) = dA B + A dB, with batches broadcast; the backward pass sums them back (BRC-06)
    return Op(
        name,
        _matmul_kernel,
        inputs=("self", "mat2"),
        self=lambda g, mat2: matmul_op(g, transposed(mat2)),
        mat2=lambda g, self: matmul_op(transposed(self), g),
    )


matmul_op = _pairs("mm")
bmm_op = _pairs("bmm")

dot_op = Op(
    "dot",
    _of_numbers("dot", np.dot),
    inputs=("self", "tensor"),
    self=lambda g, tensor: g * conj(tensor),
    tensor=lambda g, self: g * conj(self),
)
vdot_op = Op(
    "vdot",
    _of_numbers("dot", np.vdot),
    self=lambda g, other: conj(g) * other,
    other=lambda g, self: g * self,
)
mv_op = Op(
    "mv",
    _of_numbers("addmv_impl", np.matmul),
    inputs=("self", "vec"),
    self=lambda g, vec: g[..., None] * conj(vec),
    vec=lambda g, self: matmul_op(transposed(self), g[..., None])[..., 0],
)
vm_op = Op(
    "vm",
    _matmul_kernel,
    node="SqueezeBackward4",
    self=lambda g, other: matmul_op(g[..., None, :], transposed(other))[..., 0, :],
    other=lambda g, self: conj(self)[..., :, None] * g[..., None, :],
)


def _factor(a: Any, b: Any, name: str) -> Any:
    """The first factor in the dtype of the second: it must be its own, but for batches that have no products to add up."""
    for x in (a, b):
        if not isinstance(x, Tensor):
            raise TypeError(f"{name}(): argument must be Tensor, not {type(x).__name__}")
    if a._array.dtype is b._array.dtype:
        return a
    in_batches = a.ndim > 1 and b.ndim > 2 and not _is_one_matrix(a, b) and not _is_one_matrix(b, a)
    if not in_batches or (a._array.size and b._array.size):
        raise RuntimeError(f"expected m1 and m2 to have the same dtype, but got: {a.dtype} != {b.dtype}")
    return a.to(dtype=b.dtype)


def _is_one_matrix(a: Any, b: Any) -> bool:
    """Whether a factor that requires grad is one matrix beside a batch: PyTorch multiplies by that once, without bmm."""
    return a.requires_grad and (a.ndim == 2 or (a.ndim == b.ndim == 3 and len(a) == 1 != len(b)))


def matmul(input: Any, other: Any) -> Any:
    """The matrix product; one-dimensional operands are vectors, further dimensions are batches that broadcast."""
    if not isinstance(input, Tensor) and not isinstance(other, Tensor):
        return np.matmul(input, other)
    if state.special and state.modes.autocast is not None:
        input, other = lowered(input, other)
    return _product(input, other)


def _product(input: Any, other: Any) -> Any:
    input = _factor(input, other, "matmul")
    x, y = input._array.shape, other._array.shape
    m, n = len(x), len(y)
    if m == 0 or n == 0:
        raise RuntimeError(f"both arguments to matmul need to be at least 1D, but they are {m}D and {n}D")
    if m == 1 and n == 1:
        return dot(input, other)
    if x[-1] != (y[0] if n == 1 else y[-2]):
        rows, columns = (1, *x) if m == 1 else x, (*y, 1) if n == 1 else y
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({'x'.join(map(str, rows))} and {'x'.join(map(str, columns))})"
        )
    if n == 1:
        return mv_op(input, other)
    if m == 1:
        return vm_op(input, other)
    return matmul_op(input, other) if m == 2 and n == 2 else bmm_op(input, other)


def mm(input: Any, mat2: Any) -> Any:
    """The product of two matrices."""
    if input.ndim != 2 or mat2.ndim != 2:
        raise RuntimeError("self must be a matrix" if input.ndim != 2 else "mat2 must be a matrix")
    return matmul(input, mat2)


def bmm(input: Any, mat2: Any) -> Any:
    """The product of two batches of matrices."""
    if input.ndim != 3 or mat2.ndim != 3:
        raise RuntimeError("batch1 must be a 3D tensor" if input.ndim != 3 else "batch2 must be a 3D tensor")
    if input.shape[0] != mat2.shape[0] or input.shape[2] != mat2.shape[1]:
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{input.shape[0]}, {input.shape[2]}] but "
            f"got: [{mat2.shape[0]}, {mat2.shape[1]}]."
        )
    return matmul(input, mat2)


def mv(input: Any, vec: Any) -> Any:
    """The product of a matrix and a vector."""
    if input.ndim != 2 or vec.ndim != 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got 1, {input.ndim}, {vec.ndim}")
    return _product(input, vec)


def _vectors(name: str, a: Any, b: Any) -> None:
    if a.ndim != 1 or b.ndim != 1:
        raise RuntimeError(f"1D tensors expected, but got {a.ndim}D and {b.ndim}D tensors")
    if a._array.dtype is not b._array.dtype:
        raise RuntimeError(
            f"{name} : expected both vectors to have same dtype, but found {long_name(a._array.dtype)} and "
            f"{long_name(b._array.dtype)}"
        )
    if a.shape != b.shape:
        raise RuntimeError(
            f"inconsistent tensor size, expected tensor [{a.shape[0]}] and src [{b.shape[0]}] to have the same "
            "number of "
            f"elements, but got {a.shape[0]} and {b.shape[0]} elements respectively"
        )


def dot(input: Any, tensor: Any) -> Any:
    """The sum of the products of two vectors' elements."""
    _vectors("dot", input, tensor)
    return dot_op(input, tensor)


def vdot(input: Any, other: Any) -> Any:
    """The sum of the products of one vector's conjugate elements and another's elements."""
    _vectors("vdot", input, other)
    return vdot_op(input, other)


def outer(input: Any, vec2: Any) -> Any:
    """All products of two vectors' elements."""
    for name, x in (("self", input), ("vec2", vec2)):
        if x.ndim != 1:
            raise RuntimeError(f"outer: Expected 1-D argument {name}, but got {x.ndim}-D")
    return input.unsqueeze(1) * vec2


ger = outer


def inner(input: Any, other: Any) -> Any:
    """The sums of products over the last dimensions."""
    if not input.ndim or not other.ndim:
        return input * other
    if input.shape[-1] != other.shape[-1]:
        raise RuntimeError(
            f"inner() the last dimension must match on both input tensors but got shapes {list(input.shape)} and "
            f"{list(other.shape)}"
        )
    if other.shape[-1] == 1:  # a sum of one number each, which is a copy
        input = input.sum(-1, keepdim=True)
    rows, columns = (t.reshape(math.prod(t.shape[:-1]), t.shape[-1]) for t in (input, other))
    return matmul(rows, columns.t()).reshape((*input.shape[:-1], *other.shape[:-1]))


trace_op = Op(
    "trace",
    lambda self: np.trace(self, dtype=np.int64 if self.dtype.kind in "biu" else None),
    self=lambda g, self_shape: g * constant(np.eye(*self_shape), g),
)


def trace(input: Any) -> Any:
    """The sum of a matrix' diagonal."""
    if input.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {input.ndim}")
    return trace_op(input)


# --- beta self + alpha (a product) ------------------------------------------------------------------------------------


def _adding(name: str, product: Any, names: tuple[str, str], first: Any, second: Any) -> Op:
    """A row of three inputs: what the product is added to, and its two factors."""

    def kernel(self: Any, a: Any, b: Any, *, beta: Any, alpha: Any) -> Any:
        scaled = product(a, b) * np.asarray(alpha, a.dtype) if alpha != 1 else product(a, b)
        if beta == 0:
            return scaled
        return scaled + (self if beta == 1 else self * np.asarray(beta, self.dtype))

    rules = {"self": lambda g, beta: _times(g, beta), names[0]: first, names[1]: second}
    return Op(name, kernel, inputs=("self", *names), promotes="common", **rules)


def _times(g: Any, alpha: Any) -> Any:
    return g if alpha == 1 else times(g, conj(alpha))


def _column(x: Any) -> Any:
    return x[..., None]


addmm_op = _adding(
    "addmm",
    _matmul_kernel,
    ("mat1", "mat2"),
    lambda g, mat2, alpha: _times(matmul_op(g, transposed(mat2)), alpha),
    lambda g, mat1, alpha: _times(matmul_op(transposed(mat1), g), alpha),
)
baddbmm_op = _adding(
    "baddbmm",
    _matmul_kernel,
    ("batch1", "batch2"),
    lambda g, batch2, alpha: _times(matmul_op(g, transposed(batch2)), alpha),
    lambda g, batch1, alpha: _times(matmul_op(transposed(batch1), g), alpha),
)
addbmm_op = _adding(
    "addbmm",
    lambda a, b: np.matmul(a, b).sum(0),
    ("batch1", "batch2"),
    lambda g, batch2, alpha: _times(matmul_op(g, transposed(batch2)), alpha),
    lambda g, batch1, alpha: _times(matmul_op(transposed(batch1), g), alpha),
)
addmv_op = _adding(
    "addmv",
    np.matmul,
    ("mat", "vec"),
    lambda g, vec, alpha: _times(_column(g) * conj(vec), alpha),
    lambda g, mat, alpha: _times(matmul_op(transposed(mat), _column(g))[..., 0], alpha),
)
addr_op = _adding(
    "addr",
    np.outer,
    ("vec1", "vec2"),
    lambda g, vec2, alpha: _times(matmul_op(g, conj(_column(vec2)))[..., 0], alpha),
    lambda g, vec1, alpha: _times(matmul_op(g.T, conj(_column(vec1)))[..., 0], alpha),
)


def _bound(op: Op, check: Any, input: Any, a: Any, b: Any, beta: Any, alpha: Any) -> Any:
    if a._array.dtype is not b._array.dtype or (input._array.dtype is not a._array.dtype and op is not addr_op):
        raise RuntimeError(
            f"self and mat2 must have the same dtype, but got {long_name(input._array.dtype)} and "
            f"{long_name(b._array.dtype)}"
        )
    for name, factor in (("beta", beta), ("alpha", alpha)):
        if isinstance(factor, (float, complex)) and a._array.dtype.kind in "biu":
            raise RuntimeError(f"For integral input tensors, argument {name} must not be a floating point number.")
    shape = check(a, b)
    own = tuple(input.shape)
    if len(own) > len(shape) or any(n not in (1, m) for n, m in zip(own[::-1], shape[::-1], strict=False)):
        raise RuntimeError(
            f"The expanded size of the tensor ({shape[-1]}) must match the existing size ({own[-1] if own else 1}) at "
            f"non-singleton dimension {len(shape) - 1}.  Target sizes: {list(shape)}.  Tensor sizes: {list(own)}"
        )
    return op.bind(input, a, b, beta=beta, alpha=alpha)


def _shape_of_product(dims: tuple[int, int], batches: int = 0) -> Any:
    def shape(a: Any, b: Any) -> tuple[int, ...]:
        x, y = tuple(a.shape), tuple(b.shape)
        if (len(x), len(y)) != dims or x[-1] != y[min(batches, len(y) - 1)] or x[:batches] != y[:batches]:
            raise RuntimeError(
                f"mat1 and mat2 shapes cannot be multiplied ({'x'.join(map(str, x))} and {'x'.join(map(str, y))})"
            )
        return (*x[:-1], *y[batches + 1 :])

    return shape


_matrices, _matrix_and_vector = _shape_of_product((2, 2)), _shape_of_product((2, 1))
_batches = _shape_of_product((3, 3), 1)


@in_autocast_dtype
@writable
def addmm(input: Any, mat1: Any, mat2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """``beta * input + alpha * (mat1 @ mat2)``."""
    return _bound(addmm_op, _matrices, input, mat1, mat2, beta, alpha)


@writable
def addmv(input: Any, mat: Any, vec: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """``beta * input + alpha * (mat @ vec)``."""
    return _bound(addmv_op, _matrix_and_vector, input, mat, vec, beta, alpha)


@writable
def addr(input: Any, vec1: Any, vec2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """``beta * input + alpha * outer(vec1, vec2)``."""
    for name, x in (("vec1", vec1), ("vec2", vec2)):
        if x.ndim != 1:
            raise RuntimeError(f"addr: Expected 1-D argument {name}, but got {x.ndim}-D")
    return _bound(addr_op, lambda a, b: (a.shape[0], b.shape[0]), input, vec1, vec2, beta, alpha)


@in_autocast_dtype
@writable
def baddbmm(input: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """``beta * input + alpha * bmm(batch1, batch2)``."""
    if input._array.dtype is batch1._array.dtype is not batch2._array.dtype:
        batch1 = _factor(batch1, batch2, "baddbmm")
        input = input.to(dtype=batch2.dtype)
    return _bound(baddbmm_op, _batches, input, batch1, batch2, beta, alpha)


@in_autocast_dtype
@writable
def addbmm(input: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """``beta * input + alpha * bmm(batch1, batch2).sum(0)``."""
    return _bound(addbmm_op, lambda a, b: _batches(a, b)[1:], input, batch1, batch2, beta, alpha)


# --- the layer --------------------------------------------------------------------------------------------------------


def _linear_kernel(input: Any, weight: Any, bias: Any) -> Any:
    out = np.matmul(input, weight.T)
    if bias is not None:
        out += bias
    return out


def _rows(x: Any) -> Any:
    return x.reshape(-1, x.shape[-1]) if x.ndim != 2 else x


# y = x W^T + b: dx = g W, dW = g^T x, db = the sum of g over the batch (NNB-05)
linear_op = Op(
    "linear",
    _linear_kernel,
    node="AddmmBackward0",
    input=lambda g, weight: matmul_op(g, conj(weight)),
    weight=lambda g, input: matmul_op(transposed(_rows(g)), conj(_rows(input))),
    bias=lambda g: g,
)
#: Of a matrix and without a bias, under the name of the matrix product that it is then.
linear_without_bias_op = linear_op.named("MmBackward0", numbers=("bias",))
