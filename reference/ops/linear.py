"""Products of vectors and matrices.

A product's gradient is the product of the upstream gradient with the conjugate transpose of the other factor (CPX-08).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.ops.arithmetic import conj
from reference.ops.logic import where
from reference.ops.pointwise import abs
from reference.ops.reductions import dimension, dimensions
from reference.ops.table import Op
from reference.tensor import Tensor


def transposed(x: Any) -> Any:
    """The conjugate transpose of the last two dimensions."""
    return conj(x.transpose(-2, -1) if isinstance(x, Tensor) else np.swapaxes(x, -2, -1))


def _pairs(name: str) -> Op:
    # d(A B) = dA B + A dB, with batches broadcast; the backward pass sums them back (BRC-06)
    return Op(
        name,
        lambda self, other: np.matmul(self, other),
        self=lambda g, other: matmul_op(g, transposed(other)),
        other=lambda g, self: matmul_op(transposed(self), g),
    )


matmul_op = _pairs("mm")
bmm_op = _pairs("bmm")

dot_op = Op(
    "dot",
    lambda self, other: np.dot(self, other),
    self=lambda g, other: g * conj(other),
    other=lambda g, self: g * conj(self),
)
mv_op = Op(
    "mv",
    lambda self, other: np.matmul(self, other),
    self=lambda g, other: g[..., None] * conj(other),
    other=lambda g, self: matmul_op(transposed(self), g[..., None])[..., 0],
)
vm_op = Op(
    "vm",
    lambda self, other: np.matmul(self, other),
    node="SqueezeBackward4",
    self=lambda g, other: matmul_op(g[..., None, :], transposed(other))[..., 0, :],
    other=lambda g, self: conj(self)[..., :, None] * g[..., None, :],
)


def _check(a: Any, b: Any, name: str) -> None:
    for x in (a, b):
        if not isinstance(x, Tensor):
            raise TypeError(f"{name}(): argument must be Tensor, not {type(x).__name__}")
    if a._array.dtype is not b._array.dtype:
        raise RuntimeError(f"expected m1 and m2 to have the same dtype, but got: {a.dtype} != {b.dtype}")


def matmul(input: Any, other: Any) -> Any:
    """The matrix product; one-dimensional operands are vectors, further dimensions are batches that broadcast."""
    if not isinstance(input, Tensor) and not isinstance(other, Tensor):
        return np.matmul(input, other)
    _check(input, other, "matmul")
    m, n = input.ndim, other.ndim
    if m == 0 or n == 0:
        raise RuntimeError(f"both arguments to matmul need to be at least 1D, but they are {m}D and {n}D")
    if m == 1 and n == 1:
        return dot(input, other)
    inner = other.shape[0] if n == 1 else other.shape[-2]
    if input.shape[-1] != inner:
        rows = (1, *input.shape) if m == 1 else tuple(input.shape)
        columns = (*other.shape, 1) if n == 1 else tuple(other.shape)
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({'x'.join(map(str, rows))} and {'x'.join(map(str, columns))})"
        )
    if n == 1:
        return mv_op(input, other)
    if m == 1:
        return vm_op(input, other)
    if m == 2 and n == 2:
        return matmul_op(input, other)
    return bmm_op(input, other)


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
    return matmul(input, vec)


def dot(input: Any, tensor: Any) -> Any:
    """The sum of the products of two vectors' elements."""
    _check(input, tensor, "dot")
    if input.ndim != 1 or tensor.ndim != 1:
        raise RuntimeError(f"1D tensors expected, but got {input.ndim}D and {tensor.ndim}D tensors")
    if input.shape != tensor.shape:
        raise RuntimeError(
            f"inconsistent tensor size, expected tensor [{input.shape[0]}] and src [{tensor.shape[0]}] to have the same "
            "number of elements"
        )
    return dot_op(input, tensor)


inner_products = dot


def outer(input: Any, vec2: Any) -> Any:
    """All products of two vectors' elements."""
    return input.unsqueeze(1) * vec2


ger = outer


def addmm(input: Any, mat1: Any, mat2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """``beta * input + alpha * (mat1 @ mat2)``."""
    return _scaled(input, mm(mat1, mat2), beta, alpha)


def addmv(input: Any, mat: Any, vec: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """``beta * input + alpha * (mat @ vec)``."""
    return _scaled(input, mv(mat, vec), beta, alpha)


def addr(input: Any, vec1: Any, vec2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """``beta * input + alpha * outer(vec1, vec2)``."""
    return _scaled(input, outer(vec1, vec2), beta, alpha)


def baddbmm(input: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """``beta * input + alpha * bmm(batch1, batch2)``."""
    return _scaled(input, bmm(batch1, batch2), beta, alpha)


def addbmm(input: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """``beta * input + alpha * bmm(batch1, batch2).sum(0)``."""
    return _scaled(input, bmm(batch1, batch2).sum(0), beta, alpha)


def _scaled(input: Any, product: Any, beta: Any, alpha: Any) -> Any:
    product = product if alpha == 1 else product * alpha
    if beta == 0:
        return product
    return (input if beta == 1 else input * beta) + product


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
    inputs=("input", "weight", "bias"),
    node="AddmmBackward0",
    input=lambda g, weight: matmul_op(g, conj(weight)),
    weight=lambda g, input: matmul_op(transposed(_rows(g)), conj(_rows(input)))
    if not isinstance(g, Tensor) or g.ndim > 1
    else outer(g, conj(input)),
    bias=lambda g: g,
)


def trace(input: Any) -> Any:
    """The sum of a matrix' diagonal."""
    if input.ndim != 2:
        raise RuntimeError("trace: expected a matrix")
    return input.diagonal().sum()


def tensordot(a: Any, b: Any, dims: Any = 2) -> Any:
    """The sum of products over pairs of dimensions."""
    if isinstance(dims, int):
        of_a, of_b = list(range(a.ndim - dims, a.ndim)), list(range(dims))
    else:
        of_a = list(dimensions(list(dims[0]), a.ndim))
        of_b = list(dimensions(list(dims[1]), b.ndim))
    free_a = [d for d in range(a.ndim) if d not in of_a]
    free_b = [d for d in range(b.ndim) if d not in of_b]
    size = int(np.prod([a.shape[d] for d in of_a]))
    left = a.permute(*free_a, *of_a).reshape(-1, size)
    right = b.permute(*of_b, *free_b).reshape(size, -1)
    return mm(left, right).reshape([a.shape[d] for d in free_a] + [b.shape[d] for d in free_b])


def renorm(input: Any, p: float, dim: int, maxnorm: float) -> Any:
    """Each slice along a dimension whose p-norm exceeds ``maxnorm``, scaled down to it."""
    over = [d for d in range(input.ndim) if d != dimension(dim, input.ndim)]
    norms = (abs(input) ** p).sum(over, keepdim=True) ** (1 / p)
    return input * where(norms > maxnorm, maxnorm / (norms + 1e-7), norms * 0 + 1)
