"""PyDyNet: a teaching engine over NumPy whose names are PyTorch's, most of them."""

from importlib.metadata import version
from typing import Any

import numpy as np
import pydynet
import pydynet.nn
import pydynet.nn.functional
import pydynet.optim
from pydynet import Tensor

from conformance.adapting import factories, namespace, with_keywords

#: What goes by the same name there.
NAMES = """
abs add sub mul div pow matmul maximum minimum exp log sign reshape transpose swapaxes sigmoid tanh sqrt square split
unsqueeze squeeze enable_grad no_grad
""".split()


_default: list[Any] = [np.float32]

# PyTorch's names for what a PyDyNet tensor has under others.
Tensor.tolist = lambda self: self.data.tolist()
Tensor.numel = lambda self: self.data.size
Tensor.dim = lambda self: self.data.ndim
Tensor.data_ptr = lambda self: self.data.__array_interface__["data"][0]
for _name in ("sum", "mean", "max", "min", "argmax", "argmin"):
    setattr(Tensor, _name, with_keywords(getattr(Tensor, _name)))


def tensor(data: Any, *, dtype: Any = None, requires_grad: bool = False) -> Any:
    """A tensor of the dtype that is the default."""
    array = np.asarray(data)
    if dtype is None and array.dtype.kind == "f":
        dtype = _default[0]
    return Tensor(array, dtype=dtype, requires_grad=requires_grad)


engine = namespace(
    pydynet,
    names=NAMES,
    Tensor=Tensor,
    tensor=tensor,
    **factories(tensor),
    set_grad_enabled=pydynet.autograd.set_grad_enabled,
    is_grad_enabled=pydynet.autograd.is_grad_enable,
    float32=np.dtype("float32"),
    float64=np.dtype("float64"),
    int64=np.dtype("int64"),
    cat=lambda tensors, dim=0: pydynet.concat(tensors, axis=dim),
    relu=pydynet.nn.functional.relu,
    nn=pydynet.nn,
    optim=pydynet.optim,
    **{name: with_keywords(getattr(pydynet, name)) for name in ("sum", "mean", "max", "min", "argmax", "argmin")},
)

__conformance__ = {
    "name": "PyDyNet",
    "version": version("pydynet"),
    "devices": ["cpu"],
    "dtypes": ["float32", "float64"],
    "set_default_dtype": lambda name: _default.__setitem__(0, np.dtype(name)),
    "reset": lambda: pydynet.autograd.set_grad_enabled(True),
}
