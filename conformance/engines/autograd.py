"""HIPS autograd: the gradient of a function is a function; there is no tensor that knows its gradient."""

from importlib.metadata import version
from typing import Any

import autograd
import autograd.builtins
import autograd.numpy as anp
import numpy as np

from conformance.adapting import factories, functional, namespace, numpy_like

_default: list[Any] = [np.float32]


def tensor(data: Any, *, dtype: Any = None) -> Any:
    """An array: autograd differentiates functions of NumPy's own."""
    array = np.asarray(data, dtype)
    return array.astype(_default[0]) if dtype is None and array.dtype.kind == "f" else array


def _boxed(f: Any) -> Any:
    """autograd follows several outputs in a tuple of its own alone."""

    def call(*inputs: Any) -> Any:
        outputs = f(*inputs)
        return autograd.builtins.tuple(outputs) if isinstance(outputs, tuple) else outputs

    return call


def _vjp(f: Any, *inputs: Any) -> Any:
    pull, output = autograd.make_vjp(_boxed(f), tuple(range(len(inputs))))(*inputs)
    return output, pull


def _jvp(f: Any, inputs: Any, tangents: Any) -> Any:
    return autograd.make_jvp(_boxed(f), tuple(range(len(inputs))))(*inputs)(tuple(tangents))


def _of_one_input(transformation: Any) -> Any:
    def call(f: Any, argnum: Any = 0) -> Any:
        if isinstance(argnum, tuple):
            raise NotImplementedError("autograd's jacobian and hessian are by one input")
        return transformation(f, argnum)

    return call


engine = namespace(
    **{
        **numpy_like(anp),
        **factories(tensor),
        **functional(
            grad=autograd.grad,
            value_and_grad=autograd.value_and_grad,
            vjp=_vjp,
            jvp=_jvp,
            jacobian=_of_one_input(autograd.jacobian),
            hessian=_of_one_input(autograd.hessian),
        ),
    },
    tensor=tensor,
    float32=np.dtype("float32"),
    float64=np.dtype("float64"),
    complex64=np.dtype("complex64"),
    complex128=np.dtype("complex128"),
    int64=np.dtype("int64"),
    bool=np.dtype("bool"),
)

__conformance__ = {
    "name": "HIPS autograd",
    "version": version("autograd"),
    "devices": ["cpu"],
    "dtypes": ["float32", "float64"],
    "set_default_dtype": lambda name: _default.__setitem__(0, np.dtype(name)),
}
