"""PyTorch and the reference: one body for both."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

BINARY = ("add", "sub", "mul", "div")
UNARY = ("exp", "log", "sin", "tanh", "sigmoid", "sqrt")


class TorchLike:
    """The workloads as ordinary PyTorch code."""

    def __init__(self, torch: Any) -> None:
        self.torch = torch

    def operation(self, name: str, shape: tuple[int, ...], length: int) -> Callable[[], Any]:
        """A chain of one operation, forward and backward."""
        torch = self.torch
        start = torch.tensor(np.full(shape, 0.75), requires_grad=True)
        other = torch.tensor(np.full(shape, 1.0000001), requires_grad=True)
        operator = {
            "add": lambda y: y + other,
            "sub": lambda y: y - other,
            "mul": lambda y: y * other,
            "div": lambda y: y / other,
            **{unary: getattr(torch, unary) for unary in UNARY},
        }[name]

        def run() -> Any:
            start.grad = other.grad = None
            y = start
            for _ in range(length):
                y = operator(y)
            (y if y.ndim == 0 else y.sum()).backward()
            return start.grad

        return run

    def forward(self, name: str, shape: tuple[int, ...], length: int) -> Callable[[], Any]:
        """The forward half of `operation` for a product."""
        torch = self.torch
        start = torch.tensor(np.full(shape, 0.75), requires_grad=True)
        other = torch.tensor(np.full(shape, 1.0000001), requires_grad=True)

        def run() -> Any:
            y = start
            for _ in range(length):
                y = y * other
            return y

        return run

    def wide(self, width: int) -> Callable[[], Any]:
        """One leaf with many users, summed up."""
        x = self.torch.tensor(0.5, requires_grad=True)

        def run() -> Any:
            x.grad = None
            total = x * 1.0
            for _ in range(width):
                total = total + x * x
            total.backward()
            return x.grad

        return run

    def double_backward(self, length: int) -> Callable[[], Any]:
        """The second derivative of a chain of products."""
        torch = self.torch
        x = torch.tensor(1.0000001, requires_grad=True)

        def run() -> Any:
            y = x
            for _ in range(length):
                y = y * x
            (first,) = torch.autograd.grad(y, x, create_graph=True)
            (second,) = torch.autograd.grad(first, x)
            return second

        return run

    def mlp(self, batch: int, sizes: tuple[int, ...]) -> Callable[[], Any]:
        """A training step: linear layers and ReLU, mean squared error, plain gradient descent."""
        torch = self.torch
        parameters = [torch.tensor(a, requires_grad=True) for a in mlp_parameters(sizes)]
        x, target = (torch.tensor(a) for a in mlp_data(batch, sizes))
        functional = torch.nn.functional
        optimizer = torch.optim.SGD(parameters, lr=1e-3)

        def run() -> Any:
            optimizer.zero_grad()
            y = x
            for i in range(0, len(parameters), 2):
                y = functional.linear(y, parameters[i], parameters[i + 1])
                if i + 2 < len(parameters):
                    y = functional.relu(y)
            loss = functional.mse_loss(y, target)
            loss.backward()
            optimizer.step()
            return loss

        return run


def mlp_parameters(sizes: tuple[int, ...]) -> list[Any]:
    """Weights (out, in) and biases, float32, the same for every engine."""
    random = np.random.default_rng(0)
    made = []
    for n, m in pairwise(sizes):
        made += [(random.standard_normal((m, n)) / n**0.5).astype(np.float32), np.zeros(m, np.float32)]
    return made


def mlp_data(batch: int, sizes: tuple[int, ...]) -> tuple[Any, Any]:
    """Inputs and targets, float32."""
    random = np.random.default_rng(1)
    return (
        random.standard_normal((batch, sizes[0])).astype(np.float32),
        random.standard_normal((batch, sizes[-1])).astype(np.float32),
    )
