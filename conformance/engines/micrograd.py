"""micrograd: scalars that remember how they were made."""

import operator
from importlib.metadata import version
from typing import Any

from micrograd.engine import Value

from conformance.adapting import namespace


class Tensor:
    """A Value under PyTorch's names: no dimensions, float64, and whatever its ``grad`` holds, as a scalar."""

    shape = ()
    dtype = "float64"
    ndim = 0

    def __init__(self, value: Value) -> None:
        self._value = value

    @property
    def grad(self) -> Any:
        return Tensor(Value(self._value.grad))

    @grad.setter
    def grad(self, gradient: Any) -> None:
        self._value.grad = gradient._value.data if isinstance(gradient, Tensor) else gradient

    def tolist(self) -> float:
        return self._value.data

    item = tolist

    def backward(self) -> None:
        self._value.backward()

    def relu(self) -> Any:
        return Tensor(self._value.relu())

    def __neg__(self) -> Any:
        return Tensor(-self._value)


def _given(operand: Any) -> Any:
    return operand._value if isinstance(operand, Tensor) else operand


def _operator(name: str) -> Any:
    def apply(self: Tensor, other: Any) -> Any:
        return Tensor(getattr(self._value, name)(_given(other)))

    return apply


for _name in ("add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv", "pow"):
    setattr(Tensor, f"__{_name}__", _operator(f"__{_name}__"))


def tensor(data: float, requires_grad: bool = False) -> Tensor:
    """A scalar; every Value is tracked, so ``requires_grad`` has nothing to say."""
    if isinstance(data, (list, tuple)):
        raise NotImplementedError("micrograd has scalars alone")
    return Tensor(Value(data))


engine = namespace(
    Tensor=Tensor,
    tensor=tensor,
    relu=Tensor.relu,
    **{name: getattr(operator, name) for name in ("add", "sub", "mul", "neg", "pow")},
    div=operator.truediv,
)

__conformance__ = {"name": "micrograd", "version": version("micrograd"), "dtypes": ["float64"], "devices": ["cpu"]}
