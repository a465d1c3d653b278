"""MyGrad: tensors over NumPy that record by default."""

from typing import Any

import mygrad
import numpy as np

from conformance.adapting import factories, namespace, numpy_like, with_keywords

_default: list[Any] = [np.float32]

# PyTorch's names for what a MyGrad tensor has under others.
_Tensor = mygrad.Tensor
_Tensor.requires_grad = property(lambda self: not self.constant)
_Tensor.is_leaf = property(lambda self: self.creator is None)
_Tensor.tolist = lambda self: self.data.tolist()
_Tensor.numel = lambda self: self.data.size
_Tensor.dim = lambda self: self.data.ndim
_Tensor.data_ptr = lambda self: self.data.__array_interface__["data"][0]
_functions = numpy_like(mygrad)
for _name, _function in _functions.items():
    if _name not in ("cat", "stack", "einsum", "where"):  # which are no methods in PyTorch, or take the condition first
        setattr(_Tensor, _name, _function)
_Tensor.permute = lambda self, *dims: mygrad.transpose(self, dims)
_Tensor.backward = with_keywords(_Tensor.backward, {"gradient": "grad"})
for _name in ("add", "sub", "mul", "div", "pow"):
    setattr(_Tensor, f"{_name}_", getattr(_Tensor, f"__i{_name.replace('div', 'truediv')}__"))


def tensor(data: Any, *, dtype: Any = None, requires_grad: bool = False) -> Any:
    """A tensor; ``requires_grad=False`` is MyGrad's constant."""
    array = np.asarray(data)
    if array.dtype.kind == "c":
        raise NotImplementedError("MyGrad has no complex numbers")
    if dtype is None and array.dtype.kind == "f":
        dtype = _default[0]
    return mygrad.tensor(array, dtype=dtype, constant=not requires_grad)


engine = namespace(
    **{**_functions, **factories(tensor)},
    Tensor=mygrad.Tensor,
    tensor=tensor,
    no_grad=lambda: mygrad.no_autodiff,
    float32=np.dtype("float32"),
    float64=np.dtype("float64"),
    int64=np.dtype("int64"),
    bool=np.dtype("bool"),
    sigmoid=mygrad.nnet.sigmoid,
    relu=mygrad.nnet.relu,
    nn=namespace(
        functional=namespace(
            relu=mygrad.nnet.relu,
            sigmoid=mygrad.nnet.sigmoid,
            softmax=lambda x, dim: mygrad.nnet.softmax(x, axis=dim),
            log_softmax=lambda x, dim: mygrad.nnet.logsoftmax(x, axis=dim),
        )
    ),
)

__conformance__ = {
    "name": "MyGrad",
    "version": mygrad.__version__,
    "devices": ["cpu"],
    "dtypes": ["float32", "float64"],
    "set_default_dtype": lambda name: _default.__setitem__(0, np.dtype(name)),
}
