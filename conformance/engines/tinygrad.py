"""tinygrad: lazy tensors whose methods are PyTorch's, most of them.

Its CPU device needs a clang of its own liking; ``DEV=PYTHON`` (set here unless the environment says otherwise) needs
none and is slow. First prove the arithmetic of a compiler that is put in clang's place: a wrong one looks like a wrong
gradient.
"""

import os
from importlib.metadata import version
from typing import Any

os.environ.setdefault("DEV", "PYTHON")
os.environ.setdefault("CACHELEVEL", "0")

import numpy as np
import tinygrad.nn.optim
from tinygrad import Context, Tensor, dtypes

from conformance.adapting import namespace

_default: list[Any] = [dtypes.float32]

#: Functions of torch that are methods of a tinygrad tensor.
METHODS = """
exp exp2 log log2 sin cos tan tanh sqrt rsqrt square abs sign reciprocal sigmoid relu matmul reshape permute transpose
flip squeeze unsqueeze expand sum mean max min var std prod maximum minimum where pow add sub mul div neg cumsum
cumprod cummax softmax log_softmax logsumexp gather scatter scatter_reduce masked_fill masked_select tril triu roll
repeat_interleave flatten unflatten split chunk unfold sort topk argsort argmax argmin floor ceil round trunc clamp clip
asin acos atan sinh cosh asinh acosh atanh erf lerp isnan isinf isfinite logical_not all any dot outer diagonal diag
interpolate movedim unbind cat stack einsum
""".split()


def tensor(data: Any, *, dtype: Any = None, requires_grad: bool | None = None) -> Any:
    """A tensor of the dtype that is the default; every one is tracked in tinygrad."""
    array = np.asarray(data)
    if dtype is None and array.dtype.kind == "f":
        dtype = _default[0]
    return Tensor(array.tolist(), dtype=dtype) if dtype is not None else Tensor(array)


def _as_function(name: str) -> Any:
    def call(*arguments: Any, **keywords: Any) -> Any:
        return getattr(Tensor, name)(*arguments, **keywords)

    return call


class _Stepping:
    """tinygrad's optimizers step in a training context, which PyTorch does not know."""

    def __init__(self, optimizer: Any) -> None:
        self._optimizer = optimizer

    def step(self) -> None:
        with Context(TRAINING=1):
            self._optimizer.step()

    def zero_grad(self) -> None:
        self._optimizer.zero_grad()


def _optimizer(name: str) -> Any:
    make = getattr(tinygrad.nn.optim, name)
    return lambda parameters, **options: _Stepping(make(list(parameters), **options))


engine = namespace(
    Tensor=Tensor,
    tensor=tensor,
    float16=dtypes.float16,
    bfloat16=dtypes.bfloat16,
    float32=dtypes.float32,
    float64=dtypes.float64,
    int64=dtypes.int64,
    int32=dtypes.int32,
    bool=dtypes.bool,
    **{name: _as_function(name) for name in METHODS if hasattr(Tensor, name)},
    **{name: getattr(Tensor, name) for name in ("zeros", "ones", "full", "arange", "eye", "linspace", "empty", "rand")},
    ones_like=_as_function("ones_like"),
    zeros_like=_as_function("zeros_like"),
    nn=namespace(
        functional=namespace(
            **{
                name: _as_function(name)
                for name in "relu sigmoid tanh softmax log_softmax gelu silu elu celu selu softplus mish softsign "
                "leaky_relu relu6 hardswish hardtanh hardsigmoid linear pad max_pool2d avg_pool2d conv2d".split()
                if hasattr(Tensor, name)
            }
        ),
        Linear=tinygrad.nn.Linear,
        LayerNorm=tinygrad.nn.LayerNorm,
        GroupNorm=tinygrad.nn.GroupNorm,
        Embedding=tinygrad.nn.Embedding,
        Conv2d=tinygrad.nn.Conv2d,
    ),
    optim=namespace(**{name: _optimizer(name) for name in ("SGD", "Adam", "AdamW")}),
)

__conformance__ = {
    "name": "tinygrad",
    "version": version("tinygrad"),
    "devices": ["cpu"],
    "dtypes": ["float32", "float64"],
    "set_default_dtype": lambda name: _default.__setitem__(0, getattr(dtypes, name)),
}
