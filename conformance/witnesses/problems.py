"""What the optimizers minimise, each twice: as ordinary PyTorch code, and in NumPy with its gradient by hand.

Starting points (Rosenbrock's is on the slope, not in the valley, where the terms of the gradient cancel) and
learning rates are such that a step does not amplify an error, so that the tolerance of a trajectory grows with its
length alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from conformance.witnesses.arrays import Array


class Problem(Protocol):
    """A function of one or several parameters."""

    start: list[Array]

    def build(self, torch: Any) -> tuple[list[Any], Callable[[], Any]]:
        """The parameters on an engine, and a closure that gives the loss of their present values."""

    def gradients(self, parameters: list[Array]) -> list[Array]:
        """The loss's gradient, one array a parameter."""


class Quadratic:
    """Half of the sum of curvature * (x - minimum)^2 over the elements of one vector or matrix."""

    def __init__(self, start: Any, minimum: Any, curvature: Any) -> None:
        self.start = [np.array(start)]
        self.minimum, self.curvature = minimum, curvature

    def build(self, torch: Any) -> tuple[list[Any], Callable[[], Any]]:
        """The one parameter, and the loss."""
        x = torch.tensor(self.start[0].tolist(), requires_grad=True)
        minimum, curvature = torch.tensor(self.minimum), torch.tensor(self.curvature)
        return [x], lambda: (curvature * (x - minimum) ** 2).sum() / 2

    def gradients(self, parameters: list[Array]) -> list[Array]:
        """The curvature times the distance from the minimum."""
        return [np.array(self.curvature) * (parameters[0] - self.minimum)]


class Rosenbrock:
    """(1 - x)^2 + 100 (y - x^2)^2 of a vector (x, y); its minimum is (1, 1)."""

    def __init__(self, start: Any) -> None:
        self.start = [np.array(start)]

    def build(self, torch: Any) -> tuple[list[Any], Callable[[], Any]]:
        """The one parameter, and the loss."""
        point = torch.tensor(self.start[0].tolist(), requires_grad=True)

        def loss() -> Any:
            x, y = point[0], point[1]
            return (1 - x) ** 2 + 100 * (y - x**2) ** 2

        return [point], loss

    def gradients(self, parameters: list[Array]) -> list[Array]:
        """By the chain rule."""
        x, y = parameters[0]
        return [np.array([-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)])]


class Network:
    """The mean squared error of a small network, Linear(2, 3), ReLU, Linear(3, 2), on three examples."""

    inputs = ((1.0, 0.5), (-0.5, 1.0), (0.75, -1.0))
    targets: Any = ((1.0, -1.0), (0.5, 0.25), (-1.0, 2.0))

    def __init__(self) -> None:
        self.start = [
            np.array([[0.5, -0.75], [0.25, 1.0], [-0.5, 0.625]]),
            np.array([0.25, 0.125, -0.375]),
            np.array([[0.75, -0.5, 0.25], [-0.25, 0.625, 1.0]]),
            np.array([0.75, -1.25]),
        ]

    def criterion(self, torch: Any) -> Any:
        """The loss function, a module."""
        return torch.nn.MSELoss()

    def criterion_gradient(self, outputs: Array) -> Array:
        """The gradient of the loss in the network's outputs."""
        return 2 * (outputs - self.targets) / outputs.size

    def build(self, torch: Any) -> tuple[list[Any], Callable[[], Any]]:
        """The weights and biases of the two layers, and the loss."""
        model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU(), torch.nn.Linear(3, 2))
        parameters = list(model.parameters())
        for parameter, value in zip(parameters, self.start, strict=True):
            parameter.data = torch.tensor(value.tolist())
        criterion = self.criterion(torch)
        inputs, targets = torch.tensor(self.inputs), torch.tensor(self.targets)
        return parameters, lambda: criterion(model(inputs), targets)

    def gradients(self, parameters: list[Array]) -> list[Array]:
        """By hand-written back-propagation."""
        w1, b1, w2, b2 = parameters
        inputs = np.array(self.inputs)
        hidden = inputs @ w1.T + b1
        active = np.maximum(hidden, 0)
        d_outputs = self.criterion_gradient(active @ w2.T + b2)
        d_hidden = (d_outputs @ w2) * (hidden > 0)
        return [d_hidden.T @ inputs, d_hidden.sum(0), d_outputs.T @ active, d_outputs.sum(0)]


class Classifier(Network):
    """The same network, and the mean cross entropy of its two outputs with the examples' classes."""

    targets = (0, 1, 1)

    def criterion(self, torch: Any) -> Any:
        """The loss function, a module."""
        return torch.nn.CrossEntropyLoss()

    def criterion_gradient(self, outputs: Array) -> Array:
        """The softmax less the one-hot target, over the number of examples."""
        softmax = np.exp(outputs) / np.exp(outputs).sum(1, keepdims=True)
        return (softmax - np.eye(2)[list(self.targets)]) / len(outputs)


QUADRATIC = Quadratic(start=[1.0, -2.0, 3.0], minimum=[-1.0, 1.0, 5.0], curvature=[1.0, 2.0, 0.5])
MATRIX = Quadratic(
    start=[[1.0, -2.0, 0.5], [3.0, 1.5, -1.0]],
    minimum=[[-1.0, 1.0, 2.0], [5.0, 4.0, 1.0]],
    curvature=[[1.0, 2.0, 0.5], [0.25, 1.5, 1.0]],
)
ROSENBROCK = Rosenbrock(start=[1.5, -1.0])
NETWORK = Network()
CLASSIFIER = Classifier()

PROBLEMS: dict[str, Problem] = {"quadratic": QUADRATIC, "rosenbrock": ROSENBROCK, "network": NETWORK}
