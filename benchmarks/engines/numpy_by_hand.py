"""No engine at all: forward and backward written out in NumPy, a floor for the training step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.engines.torch_like import mlp_data, mlp_parameters


class NumpyByHand:
    """What a person would write without autograd."""

    def operation(self, name: str, shape: tuple[int, ...], length: int) -> Callable[[], Any] | None:
        """A chain of products: forward keeps each factor, backward multiplies back."""
        if name != "mul":
            return None
        start, other = np.full(shape, 0.75), np.full(shape, 1.0000001)

        def run() -> Any:
            kept, y = [], start
            for _ in range(length):
                kept.append(y)
                y = y * other
            g, of_other = np.ones(shape), np.zeros(shape)
            for before in reversed(kept):
                of_other = of_other + g * before
                g = g * other
            return g, of_other

        return run

    def mlp(self, batch: int, sizes: tuple[int, ...]) -> Callable[[], Any]:
        """A training step with no tape."""
        parameters = mlp_parameters(sizes)
        x, target = mlp_data(batch, sizes)
        layers = len(sizes) - 1
        rate = np.float32(1e-3)

        def run() -> Any:
            inputs, y = [], x
            for i in range(layers):
                inputs.append(y)
                y = y @ parameters[2 * i].T
                y += parameters[2 * i + 1]
                if i < layers - 1:
                    y = np.maximum(y, 0)
            error = y - target
            loss = np.mean(error * error)
            g = error * np.float32(2 / error.size)
            for i in reversed(range(layers)):
                weight, bias = parameters[2 * i], parameters[2 * i + 1]
                of_weight, of_bias = g.T @ inputs[i], g.sum(0)
                if i:
                    g = g @ weight
                    g *= inputs[i] > 0
                weight -= rate * of_weight
                bias -= rate * of_bias
            return loss

        return run
