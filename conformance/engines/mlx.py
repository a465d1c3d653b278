"""MLX: lazy arrays, and gradients as transformations of functions."""

from importlib.metadata import version
from typing import Any

import mlx.core as mx
import mlx.nn
import numpy as np

from conformance.adapting import factories, functional, namespace, numpy_like

_default: list[Any] = [mx.float32]


def tensor(data: Any, *, dtype: Any = None) -> Any:
    """An array of the dtype that is the default."""
    array = np.asarray(data)
    if dtype is None and array.dtype.kind == "f":
        dtype = _default[0]
    return mx.array(array, dtype) if dtype is not None else mx.array(array)


def _listed(f: Any) -> Any:
    """MLX's transformations of several outputs take functions that return a list."""

    def call(*inputs: Any) -> list[Any]:
        outputs = f(*inputs)
        return list(outputs) if isinstance(outputs, tuple) else [outputs]

    return call


def _as_returned(outputs: list[Any], f: Any, inputs: Any) -> Any:
    return tuple(outputs) if isinstance(f(*inputs), tuple) else outputs[0]


def _jvp(f: Any, inputs: Any, tangents: Any) -> Any:
    outputs, found = mx.jvp(_listed(f), list(inputs), list(tangents))
    return _as_returned(outputs, f, inputs), _as_returned(found, f, inputs)


def _vjp(f: Any, *inputs: Any) -> Any:
    def pull(cotangents: Any) -> Any:
        given = list(cotangents) if isinstance(cotangents, tuple) else [cotangents]
        return tuple(mx.vjp(_listed(f), list(inputs), given)[1])

    return f(*inputs), pull


engine = namespace(
    **{
        **numpy_like(mx),
        **factories(tensor),
        **functional(
            grad=lambda f, argnums=0: mx.grad(f, argnums),
            value_and_grad=lambda f, argnums=0: mx.value_and_grad(f, argnums),
            vjp=_vjp,
            jvp=_jvp,
            vmap=lambda f, in_dims=0, out_dims=0: mx.vmap(f, in_axes=in_dims, out_axes=out_dims),
        ),
    },
    tensor=tensor,
    div=mx.divide,
    float16=mx.float16,
    bfloat16=mx.bfloat16,
    float32=mx.float32,
    float64=mx.float64,
    complex64=mx.complex64,
    int64=mx.int64,
    bool=mx.bool_,
    nn=namespace(functional=namespace(mlx.nn, names="relu relu6 elu selu softplus silu celu mish".split())),
)

# float64 is computed by the CPU alone
mx.set_default_device(mx.cpu)

__conformance__ = {
    "name": "MLX",
    "version": version("mlx"),
    "devices": ["cpu"],
    "dtypes": ["float32", "float64"],
    "set_default_dtype": lambda name: _default.__setitem__(0, getattr(mx, name)),
    "to_numpy": lambda x: np.array(x.astype(mx.float32) if x.dtype == mx.bfloat16 else x),
}
