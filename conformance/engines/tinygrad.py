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
os.environ.setdefault("DEFAULT_INT", "int64")  # as in PyTorch

import tinygrad.nn.optim
from tinygrad import Context, Tensor, dtypes
from tinygrad.helpers import DEFAULT_FLOAT

from conformance.adapting import Extremes, namespace, with_keywords

#: Functions of torch that are methods of a tinygrad tensor.
METHODS = """
exp exp2 log log2 log10 sin cos tan tanh sqrt rsqrt square abs sign reciprocal sigmoid relu matmul reshape permute
transpose flip squeeze unsqueeze maximum minimum where pow add sub mul div neg cummax gather scatter scatter_reduce
masked_fill masked_select tril triu roll repeat_interleave flatten unflatten split chunk sort topk argsort floor ceil
round trunc asin acos atan sinh cosh asinh acosh atanh erf lerp isnan isinf isfinite logical_not dot diagonal diag
movedim unbind einsum ones_like zeros_like logaddexp
""".split()

#: Those whose dimension is called ``axis``.
ALONG_AXES = """
sum mean prod var std softmax log_softmax logsumexp cumsum cumprod any all argmax argmin
""".split()


def tensor(data: Any, *, dtype: Any = None, requires_grad: bool | None = None) -> Any:
    """A tensor as tinygrad makes it; every one of floats is tracked, and no other.

    A Python number would be a constant, which has no gradient; here it is a buffer of one.
    """
    if _is_complex(data):
        raise NotImplementedError("tinygrad has no complex numbers")
    number = isinstance(data, (bool, int, float))
    made = _as_asked(Tensor([data] if number else data, dtype=dtype), requires_grad)
    return made.reshape(()).contiguous().realize() if number else made


def _as_asked(tensor: Any, requires_grad: bool | None) -> Any:
    """The tensor, unless a gradient is asked for that it cannot have: tinygrad has nothing that would say so."""
    if requires_grad and not dtypes.is_float(tensor.dtype):
        raise NotImplementedError("tinygrad has no requires_grad, which could be refused")
    return tensor


def _is_complex(data: Any) -> bool:
    if isinstance(data, (list, tuple)):
        return any(map(_is_complex, data))
    return isinstance(data, complex) or getattr(getattr(data, "dtype", None), "kind", "") == "c"


def _as_function(name: str) -> Any:
    return lambda *arguments, **keywords: getattr(Tensor, name)(*arguments, **keywords)


def _factory(name: str) -> Any:
    return lambda *size, requires_grad=None, **options: _as_asked(
        getattr(Tensor, name)(*size, **options), requires_grad
    )


def _extreme(name: str) -> Any:
    def call(x: Tensor, dim: Any = None, keepdim: bool = False) -> Any:
        if dim is None:
            return getattr(x, name)()
        if isinstance(dim, Tensor):
            return getattr(x, f"{name}imum")(dim)
        return Extremes(getattr(x, name)(dim, keepdim), getattr(x, f"arg{name}")(dim, keepdim))

    return call


def _grad(outputs: Any, inputs: Any, grad_outputs: Any = None, *, create_graph: bool = False) -> Any:
    """Its ``gradient``, which can always be differentiated again."""
    if isinstance(outputs, (list, tuple)):
        if len(outputs) != 1:
            raise NotImplementedError("tinygrad's gradient is of one output")
        (outputs,) = outputs
        grad_outputs = grad_outputs[0] if isinstance(grad_outputs, (list, tuple)) else grad_outputs
    single = isinstance(inputs, Tensor)
    return tuple(outputs.gradient(*([inputs] if single else inputs), gradient=grad_outputs))


def _on_the_device(tensor: Tensor) -> Any:
    """The tensor; a constant has no device, and asked for its number it would be made by the CPU's compiler."""
    return tensor.clone().realize() if tensor.device is None else tensor


def _of_numbers(method: Any) -> Any:
    return lambda self: method(_on_the_device(self))


Tensor.tolist = _of_numbers(Tensor.tolist)
Tensor.item = _of_numbers(Tensor.item)
for _name in ALONG_AXES:
    setattr(Tensor, _name, with_keywords(getattr(Tensor, _name), {"dim": "axis"}))


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

    def call(parameters: Any, *, betas: Any = None, **options: Any) -> Any:
        if betas is not None:
            options["b1"], options["b2"] = betas
        return _Stepping(make(list(parameters), **options))

    return call


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
    **{name: _as_function(name) for name in METHODS + ALONG_AXES},
    max=_extreme("max"),
    min=_extreme("min"),
    amax=with_keywords(Tensor.max, {"dim": "axis"}),
    amin=with_keywords(Tensor.min, {"dim": "axis"}),
    clamp=with_keywords(Tensor.clamp, {"min": "min_", "max": "max_"}),
    cat=lambda tensors, dim=0: Tensor.cat(*tensors, dim=dim),
    stack=lambda tensors, dim=0: Tensor.stack(*tensors, dim=dim),
    autograd=namespace(grad=_grad),
    **{
        name: _factory(name)
        for name in ("zeros", "ones", "full", "arange", "eye", "linspace", "empty", "rand", "randn")
    },
    nn=namespace(
        functional=namespace(
            **{
                name: _as_function(name)
                for name in "cross_entropy nll_loss relu "
                "sigmoid tanh softmax log_softmax gelu silu elu celu selu softplus mish softsign "
                "leaky_relu relu6 hardswish hardtanh hardsigmoid pad max_pool2d avg_pool2d conv2d".split()
                if hasattr(Tensor, name)
            },
            linear=lambda x, weight, bias=None: x.linear(weight.transpose(), bias),  # as its own nn.Linear
        ),
        Linear=tinygrad.nn.Linear,
        LayerNorm=tinygrad.nn.LayerNorm,
        GroupNorm=tinygrad.nn.GroupNorm,
        Embedding=tinygrad.nn.Embedding,
        Conv2d=tinygrad.nn.Conv2d,
    ),
    optim=namespace(**{name: _optimizer(name) for name in ("SGD", "Adam", "AdamW")}),
)


def _set_default_dtype(name: str) -> None:
    DEFAULT_FLOAT.value = name


__conformance__ = {
    "name": "tinygrad",
    "version": version("tinygrad"),
    "devices": ["cpu"],
    "dtypes": ["float32", "float64"],
    "set_default_dtype": _set_default_dtype,
}
