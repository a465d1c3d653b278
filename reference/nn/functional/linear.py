"""Linear and bilinear maps.

Source: https://docs.pytorch.org/docs/stable/nn.functional.html#linear-functions.
"""

from __future__ import annotations

import math
from typing import Any

from reference import state
from reference.ops.autocasting import lowered
from reference.ops.linear import linear_op, linear_without_bias_op, matmul
from reference.ops.products_of_three import trilinear_op
from reference.ops.shapes import reshape, reshape_copy_op
from reference.ops.writing import long_name

__all__ = ["bilinear", "linear"]


def linear(input: Any, weight: Any, bias: Any = None) -> Any:
    """x W^T + b, of (..., in) with a weight (out, in) (NNB-05)."""
    if state.special and state.modes.autocast is not None:
        input, weight, bias = lowered(input, weight, bias)
    try:
        x, w = input._array, weight._array
    except AttributeError:
        raise TypeError("linear(): arguments 'input' and 'weight' must be Tensors") from None
    if x.dtype is not w.dtype:
        raise RuntimeError(
            f"mat1 and mat2 must have the same dtype, but got {long_name(x.dtype)} and {long_name(w.dtype)}"
        )
    if w.ndim != 2 or x.ndim == 0:
        return _by_matmul(input, weight, bias)
    if x.shape[-1] != w.shape[1]:
        rows = x.size // x.shape[-1] if x.shape[-1] else 0
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({rows}x{x.shape[-1]} and {w.shape[1]}x{w.shape[0]})"
        )
    if x.ndim == 2:
        return (linear_without_bias_op if bias is None else linear_op)(input, weight, bias)
    return _of_rows(input, weight, bias) if x.ndim > 2 or bias is not None else _by_matmul(input, weight, None)


def _of_rows(input: Any, weight: Any, bias: Any) -> Any:
    """The rows of (..., in) as those of one matrix."""
    *leading, features = input.shape
    rows = reshape(input, (math.prod(leading), features))
    if bias is None:
        return reshape_copy_op(linear_without_bias_op(rows, weight, None), shape=(*leading, weight.shape[0]))
    return reshape(linear_op(rows, weight, bias), (*leading, weight.shape[0]))


def _by_matmul(input: Any, weight: Any, bias: Any) -> Any:
    out = matmul(input, weight.t() if weight.ndim == 2 else weight)
    return out if bias is None else out + bias


def bilinear(input1: Any, input2: Any, weight: Any, bias: Any = None) -> Any:
    """x1^T W_k x2 + b_k for every output k, of (..., in1) and (..., in2) with a weight (out, in1, in2)."""
    if tuple(input1.shape[:-1]) != tuple(input2.shape[:-1]):
        raise RuntimeError(
            f"bilinear(): input batch dimensions do not match: got {list(input1.shape)} and {list(input2.shape)}"
        )
    out, n, m = weight.shape
    for x, wanted, name in ((input1, n, "input1"), (input2, m, "input2")):
        if x.shape[-1] != wanted:
            raise RuntimeError(
                f"bilinear(): {name} size does not match weight size: got {x.shape[-1]} but expected {wanted}"
            )
    leading = tuple(input1.shape[:-1])
    product = trilinear_op(reshape(input1, (-1, n)), weight, reshape(input2, (-1, m)))
    product = reshape(product, (*leading, out))
    return product if bias is None else product + bias
