"""PyDyNet: a teaching engine over NumPy whose names are PyTorch's, most of them."""

from importlib.metadata import version
from typing import Any

import numpy as np
import pydynet
import pydynet.nn
import pydynet.nn.functional
import pydynet.optim
from pydynet import Tensor
from pydynet.core.tensor import Graph

from conformance.adapting import factories, namespace, numpy_like, with_keywords

_default: list[Any] = [np.float32]

# PyTorch's names for what a PyDyNet tensor has under others.
Tensor.tolist = lambda self: self.data.tolist()
Tensor.numel = lambda self: self.data.size
Tensor.dim = lambda self: self.data.ndim
Tensor.data_ptr = lambda self: self.data.__array_interface__["data"][0]
for _name in ("sum", "mean"):
    setattr(Tensor, _name, with_keywords(getattr(Tensor, _name)))


def _index_of(name: str) -> Any:
    def call(x: Tensor, axis: Any = None, keepdims: bool = False) -> Tensor:
        with pydynet.no_grad():  # it refuses to make a tensor of indices of one that requires a gradient
            return getattr(pydynet, name)(x, axis, keepdims)

    return call


_functions = numpy_like(namespace(pydynet, names=dir(pydynet), argmax=_index_of("argmax"), argmin=_index_of("argmin")))
for _name in "max min abs exp log sign sqrt square tanh sigmoid matmul squeeze add maximum minimum".split():
    setattr(Tensor, _name, _functions[_name])
for _name in ("sub", "mul", "div", "pow", "unsqueeze"):
    setattr(Tensor, _name, with_keywords(getattr(pydynet, _name)))
Tensor.permute = lambda self, *dims: pydynet.transpose(self, dims)
_transpose = Tensor.transpose
Tensor.transpose = lambda self, *dims: pydynet.swapaxes(self, *dims) if len(dims) == 2 else _transpose(self, *dims)
_backward = Tensor.backward


def _backward_of_a_scalar(self: Tensor, *, retain_graph: bool = False) -> None:
    _backward(self, retain_graph)  # it takes no gradient, which is PyTorch's first argument


Tensor.backward = _backward_of_a_scalar


def _set_gradient(self: Tensor, gradient: Any) -> None:
    # PyDyNet's gradients are arrays; what PyTorch's are set to is a tensor.
    self.__dict__["grad"] = gradient.data if isinstance(gradient, Tensor) else gradient


Tensor.grad = property(lambda self: self.__dict__["grad"], _set_gradient)


def tensor(data: Any, *, dtype: Any = None, requires_grad: bool = False) -> Any:
    """A tensor of the dtype that is the default."""
    array = np.asarray(data)
    if array.dtype.kind == "c":
        raise NotImplementedError("PyDyNet has no complex numbers")
    if dtype is None and array.dtype.kind == "f":
        dtype = _default[0]
    return Tensor(array, dtype=dtype, requires_grad=requires_grad)


def _forget() -> None:
    """There is one graph, of every tensor since the process began; scenarios are to begin with none."""
    Graph.node_list.clear()
    Graph.size = 0
    pydynet.autograd.set_grad_enabled(True)


engine = namespace(
    **{
        **_functions,
        **factories(tensor),
        "argmax": with_keywords(pydynet.argmax),
        "argmin": with_keywords(pydynet.argmin),
        "transpose": pydynet.swapaxes,
        "permute": pydynet.transpose,
        "cat": lambda tensors, dim=0: pydynet.concat(tensors, axis=dim),
    },
    Tensor=Tensor,
    tensor=tensor,
    sub=pydynet.sub,
    mul=pydynet.mul,
    div=pydynet.div,
    pow=pydynet.pow,
    unsqueeze=with_keywords(pydynet.unsqueeze),
    no_grad=pydynet.no_grad,
    enable_grad=pydynet.enable_grad,
    set_grad_enabled=pydynet.autograd.set_grad_enabled,
    is_grad_enabled=pydynet.autograd.is_grad_enable,
    float32=np.dtype("float32"),
    float64=np.dtype("float64"),
    int64=np.dtype("int64"),
    bool=np.dtype("bool"),
    relu=pydynet.nn.functional.relu,
    nn=pydynet.nn,
    optim=pydynet.optim,
)

__conformance__ = {
    "name": "PyDyNet",
    "version": version("pydynet"),
    "devices": ["cpu"],
    "dtypes": ["float32", "float64"],
    "set_default_dtype": lambda name: _default.__setitem__(0, np.dtype(name)),
    "reset": _forget,
}
