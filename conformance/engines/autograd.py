"""HIPS autograd: the gradient of a function is a function; there is no tensor that knows its gradient."""

from importlib.metadata import version
from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np

from conformance.adapting import factories, functional, namespace, renamed, with_keywords

#: What goes by the same name there.
NAMES = """
exp exp2 expm1 log log2 log10 log1p sin cos tan sinh cosh tanh sqrt square abs sign sinc reciprocal matmul einsum
reshape squeeze where stack roll maximum minimum cumsum dot outer trace tril triu diagonal logaddexp linalg fft isfinite
isnan real imag conj angle
""".split()


_default: list[Any] = [np.float32]


def tensor(data: Any, *, dtype: Any = None) -> Any:
    """An array: autograd differentiates functions of NumPy's own."""
    array = np.asarray(data, dtype)
    return array.astype(_default[0]) if dtype is None and array.dtype.kind == "f" else array


def _vjp(f: Any, *inputs: Any) -> Any:
    if len(inputs) != 1:
        raise NotImplementedError("autograd.make_vjp differentiates with respect to one argument")
    pull, output = autograd.make_vjp(f)(*inputs)
    return output, lambda cotangent: (pull(cotangent),)


def _jvp(f: Any, inputs: Any, tangents: Any) -> Any:
    if len(inputs) != 1:
        raise NotImplementedError("autograd.make_jvp differentiates with respect to one argument")
    return autograd.make_jvp(f)(*inputs)(*tangents)


engine = namespace(
    anp,
    names=NAMES,
    tensor=tensor,
    **factories(tensor),
    float32=np.dtype("float32"),
    float64=np.dtype("float64"),
    int64=np.dtype("int64"),
    **{name: with_keywords(getattr(anp, name)) for name in ("sum", "mean", "max", "min", "var", "std", "prod")},
    **renamed(
        anp,
        {
            "add": "add",
            "sub": "subtract",
            "mul": "multiply",
            "div": "true_divide",
            "pow": "power",
            "neg": "negative",
            "asin": "arcsin",
            "acos": "arccos",
            "atan": "arctan",
            "atan2": "arctan2",
            "swapaxes": "swapaxes",
            "ones_like": "ones_like",
            "zeros_like": "zeros_like",
        },
    ),
    cat=lambda tensors, dim=0: anp.concatenate(tensors, axis=dim),
    **functional(grad=autograd.grad, vjp=_vjp, jvp=_jvp, jacobian=autograd.jacobian, hessian=autograd.hessian),
)

__conformance__ = {
    "name": "HIPS autograd",
    "version": version("autograd"),
    "devices": ["cpu"],
    "dtypes": ["float32", "float64"],
    "set_default_dtype": lambda name: _default.__setitem__(0, np.dtype(name)),
}
