"""Other engines written in Python, each in its own way; one that is not installed is left out."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.engines.torch_like import mlp_data, mlp_parameters

Run = Callable[[], Any]


class Autograd:
    """HIPS autograd: a function's gradient as a function."""

    def __init__(self) -> None:
        import autograd
        import autograd.numpy as anp

        self.grad, self.np = autograd.grad, anp

    def operation(self, name: str, shape: tuple[int, ...], length: int) -> Run:
        anp = self.np
        start, other = np.full(shape, 0.75), np.full(shape, 1.0000001)
        binary = {"add": lambda y, o: y + o, "sub": lambda y, o: y - o, "mul": lambda y, o: y * o,
                  "div": lambda y, o: y / o}  # fmt: skip
        unary = {n: getattr(anp, n) for n in ("exp", "log", "sin", "tanh", "sqrt")}
        unary["sigmoid"] = lambda y: 1 / (1 + anp.exp(-y))

        def value(x: Any, o: Any) -> Any:
            y = x
            for _ in range(length):
                y = binary[name](y, o) if name in binary else unary[name](y)
            return anp.sum(y)

        gradient = self.grad(value, (0, 1) if name in binary else 0)
        return lambda: gradient(start, other)

    def wide(self, width: int) -> Run:
        def value(x: Any) -> Any:
            total = x * 1.0
            for _ in range(width):
                total = total + x * x
            return total

        gradient = self.grad(value)
        return lambda: gradient(0.5)

    def double_backward(self, length: int) -> Run:
        def value(x: Any) -> Any:
            y = x
            for _ in range(length):
                y = y * x
            return y

        second = self.grad(self.grad(value))
        return lambda: second(1.0000001)

    def mlp(self, batch: int, sizes: tuple[int, ...]) -> Run:
        anp = self.np
        parameters = mlp_parameters(sizes)
        x, target = mlp_data(batch, sizes)

        def loss(parameters: Any) -> Any:
            y = x
            for i in range(0, len(parameters), 2):
                y = anp.dot(y, parameters[i].T) + parameters[i + 1]
                if i + 2 < len(parameters):
                    y = anp.maximum(y, 0)
            return anp.mean((y - target) ** 2)

        gradient = self.grad(loss)

        def run() -> Any:
            for p, g in zip(parameters, gradient(parameters), strict=True):
                p -= (1e-3 * g).astype(np.float32)

        return run


class MyGrad:
    """MyGrad: tensors that record, `.grad` as an array."""

    def __init__(self) -> None:
        import mygrad

        self.mg = mygrad

    def operation(self, name: str, shape: tuple[int, ...], length: int) -> Run:
        mg = self.mg
        start, other = mg.tensor(np.full(shape, 0.75)), mg.tensor(np.full(shape, 1.0000001))
        apply = {"add": lambda y: y + other, "sub": lambda y: y - other, "mul": lambda y: y * other,
                 "div": lambda y: y / other, "sigmoid": lambda y: mg.nnet.sigmoid(y)}  # fmt: skip
        apply.update({n: getattr(mg, n) for n in ("exp", "log", "sin", "tanh", "sqrt")})

        def run() -> Any:
            y = start
            for _ in range(length):
                y = apply[name](y)
            y.sum().backward()
            return start.grad

        return run

    def wide(self, width: int) -> Run:
        x = self.mg.tensor(0.5)

        def run() -> Any:
            total = x * 1.0
            for _ in range(width):
                total = total + x * x
            total.backward()

        return run

    def mlp(self, batch: int, sizes: tuple[int, ...]) -> Run:
        mg = self.mg
        parameters = [mg.tensor(p) for p in mlp_parameters(sizes)]
        x, target = mlp_data(batch, sizes)

        def run() -> Any:
            y: Any = x
            for i in range(0, len(parameters), 2):
                y = mg.matmul(y, parameters[i].T) + parameters[i + 1]
                if i + 2 < len(parameters):
                    y = mg.nnet.relu(y)
            loss = mg.mean((y - target) ** 2)
            loss.backward()
            for p in parameters:
                p.data -= np.float32(1e-3) * p.grad

        return run


class Micrograd:
    """micrograd: scalars alone, and recursion, so that chains stay short."""

    def __init__(self) -> None:
        from micrograd.engine import Value

        self.Value = Value

    def operation(self, name: str, shape: tuple[int, ...], length: int) -> Run | None:
        if shape or name not in ("add", "sub", "mul", "div") or length > 500:
            return None
        Value = self.Value
        start, other = Value(0.75), Value(1.0000001)
        apply = {"add": lambda y: y + other, "sub": lambda y: y - other, "mul": lambda y: y * other,
                 "div": lambda y: y / other}[name]  # fmt: skip

        def run() -> Any:
            start.grad = other.grad = 0
            y = start
            for _ in range(length):
                y = apply(y)
            y.backward()

        return run


class PyDyNet:
    """PyDyNet: PyTorch's interface on NumPy."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # there is no CuPy
            import pydynet

        self.pd = pydynet

    def operation(self, name: str, shape: tuple[int, ...], length: int) -> Run | None:
        pd = self.pd
        if name == "sin":
            return None
        start = pd.Tensor(np.full(shape, 0.75), requires_grad=True)
        other = pd.Tensor(np.full(shape, 1.0000001), requires_grad=True)
        apply = {"add": lambda y: y + other, "sub": lambda y: y - other, "mul": lambda y: y * other,
                 "div": lambda y: y / other}  # fmt: skip
        apply.update({n: getattr(pd, n) for n in ("exp", "log", "tanh", "sigmoid", "sqrt")})

        def run() -> Any:
            start.zero_grad()
            other.zero_grad()
            y = start
            for _ in range(length):
                y = apply[name](y)
            pd.sum(y).backward()
            return start.grad

        return run

    def mlp(self, batch: int, sizes: tuple[int, ...]) -> Run:
        pd = self.pd
        parameters = [pd.Tensor(p, requires_grad=True) for p in mlp_parameters(sizes)]
        x, target = (pd.Tensor(a) for a in mlp_data(batch, sizes))

        def run() -> Any:
            y: Any = x
            for i in range(0, len(parameters), 2):
                y = y @ parameters[i].T + parameters[i + 1]
                if i + 2 < len(parameters):
                    y = pd.maximum(0.0, y)
            loss = pd.mean(pd.square(y - target))
            for p in parameters:
                p.zero_grad()
            loss.backward()
            for p in parameters:
                p.data -= np.float32(1e-3) * p.grad

        return run


PEERS = {"autograd": Autograd, "mygrad": MyGrad, "micrograd": Micrograd, "pydynet": PyDyNet}
