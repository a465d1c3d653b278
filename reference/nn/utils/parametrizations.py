"""Parametrizations that come with the package: ``torch.nn.utils.parametrizations``.

Source: https://docs.pytorch.org/docs/stable/nn.html#parametrizations-implemented-using-the-new-parametrization-functionality.
"""

from __future__ import annotations

from typing import Any

from reference.autograd.grad_mode import no_grad
from reference.nn.functional.normalization import normalize
from reference.nn.modules.module import Module
from reference.nn.utils.parametrize import register_parametrization
from reference.nn.utils.weight_norm import norm_except_dim
from reference.ops.linear import dot, mv


class WeightNorm(Module):
    """w = g v / |v|, of a length g and a direction v."""

    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Any, weight_v: Any) -> Any:
        """The weight."""
        return weight_v * (weight_g / norm_except_dim(weight_v, self.dim))

    def right_inverse(self, weight: Any) -> tuple[Any, Any]:
        """The length and the direction of a weight."""
        return norm_except_dim(weight, self.dim), weight


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """Split a weight into its length (for each index of ``dim``) and its direction."""
    register_parametrization(module, name, WeightNorm(dim), unsafe=True)
    return module


class SpectralNorm(Module):
    """w / s, where s is the largest singular value of w, as a matrix by ``dim``.

    Its singular vectors are buffers, which the power method improves in training.
    """

    _u: Any
    _v: Any

    def __init__(self, weight: Any, n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12) -> None:
        super().__init__()
        if dim >= weight.ndim or dim < -weight.ndim:
            raise IndexError(
                f"Dimension out of range (expected to be in range of [-{weight.ndim}, {weight.ndim - 1}] but got {dim})"
            )
        if n_power_iterations <= 0:
            raise ValueError(
                f"Expected n_power_iterations to be positive, but got n_power_iterations={n_power_iterations}"
            )
        self.dim, self.eps = dim % weight.ndim, eps
        if weight.ndim > 1:
            self.n_power_iterations = n_power_iterations
            matrix = self._matrix(weight)
            rows, columns = matrix.shape
            self.register_buffer("_u", normalize(matrix.new_empty(rows).normal_(), dim=0, eps=eps))
            self.register_buffer("_v", normalize(matrix.new_empty(columns).normal_(), dim=0, eps=eps))
            self._power_method(matrix, 15)

    def _matrix(self, weight: Any) -> Any:
        if self.dim != 0:
            weight = weight.permute(self.dim, *[d for d in range(weight.ndim) if d != self.dim])
        return weight.flatten(1)

    def _power_method(self, matrix: Any, iterations: int) -> None:
        with no_grad():
            for _ in range(iterations):
                self._u = normalize(mv(matrix, self._v), dim=0, eps=self.eps)
                self._v = normalize(mv(matrix.t(), self._u), dim=0, eps=self.eps)

    def forward(self, weight: Any) -> Any:
        """The weight, divided by its largest singular value."""
        if weight.ndim == 1:
            return normalize(weight, dim=0, eps=self.eps)
        matrix = self._matrix(weight)
        if self.training:
            self._power_method(matrix, self.n_power_iterations)
        u, v = self._u.clone(), self._v.clone()
        return weight / dot(u, mv(matrix, v))

    def right_inverse(self, value: Any) -> Any:
        """The weight itself, which may have any norm."""
        return value


def spectral_norm(
    module: Module, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> Module:
    """Divide a weight by its largest singular value."""
    weight = getattr(module, name, None)
    if weight is None:
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    if dim is None:
        dim = 1 if type(module).__name__.startswith("ConvTranspose") else 0
    register_parametrization(module, name, SpectralNorm(weight, n_power_iterations, dim, eps))
    return module
