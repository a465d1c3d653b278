"""Parametrizations that come with the package: ``torch.nn.utils.parametrizations``.

Source: https://docs.pytorch.org/docs/stable/nn.html#parametrizations-implemented-using-the-new-parametrization-functionality.
"""

from __future__ import annotations

from typing import Any

from reference.autograd.grad_mode import no_grad
from reference.dtypes import finfo
from reference.factories import eye, zeros_like
from reference.linalg.products import householder_product, matrix_exp
from reference.linalg.solving import solve
from reference.linalg.torch_names import geqrf
from reference.nn.functional.normalization import normalize
from reference.nn.modules.module import Module
from reference.nn.utils.parametrize import register_parametrization
from reference.nn.utils.weight_norm import norm_except_dim
from reference.ops.joining import cat
from reference.ops.linear import dot, matmul, mv
from reference.tensor import Tensor


class _WeightNorm(Module):
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
    register_parametrization(module, name, _WeightNorm(dim), unsafe=True)
    return module


class _SpectralNorm(Module):
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
    register_parametrization(module, name, _SpectralNorm(weight, n_power_iterations, dim, eps))
    return module


class _Orthogonal(Module):
    """A matrix with orthonormal columns (or rows, where it is wide), of any matrix.

    Its strictly lower triangle A - A^H is skew, and its exponential, or its Cayley transform, is orthogonal; or its
    lower triangle holds Householder reflections. With ``base`` it is multiplied by the orthogonal matrix that was
    there first, and the parameter begins as minus the identity.
    """

    base: Any

    def __init__(self, weight: Any, orthogonal_map: str, *, use_trivialization: bool = True) -> None:
        super().__init__()
        if weight.is_complex() and orthogonal_map == "householder":
            raise ValueError("The householder parametrization does not support complex tensors.")
        self.shape, self.orthogonal_map = weight.shape, orthogonal_map
        if use_trivialization:
            self.register_buffer("base", None)

    def forward(self, X: Any) -> Any:
        """The orthogonal matrix."""
        wide = X.shape[-2] < X.shape[-1]
        X = X.mT if wide else X
        Q = _by_reflections(X) if self.orthogonal_map == "householder" else self._of_a_skew_matrix(X)
        if hasattr(self, "base"):
            Q = matmul(self.base, Q)
        return Q.mT if wide else Q

    def _of_a_skew_matrix(self, X: Any) -> Any:
        rows, columns = X.shape[-2:]
        X = X.tril()
        if rows != columns:
            X = cat([X, X.new_zeros(*X.shape[:-1], rows - columns)], dim=-1)
        A = X - X.mH
        if self.orthogonal_map == "matrix_exp":
            Q = matrix_exp(A)
        else:
            identity = eye(rows, dtype=A.dtype)
            Q = solve(identity - A / 2, identity + A / 2)
        return Q if rows == columns else Q[..., :columns]

    def right_inverse(self, Q: Any) -> Any:
        """The parameter that gives an orthogonal matrix, which becomes the new base where there is one."""
        if Q.shape != self.shape:
            raise ValueError(f"Expected a matrix or batch of matrices of shape {self.shape}. Got {Q.shape}.")
        wide = Q.shape[-2] < Q.shape[-1]
        tall = Q.mT if wide else Q
        if not hasattr(self, "base"):
            if self.orthogonal_map != "householder":
                raise NotImplementedError(
                    "It is not possible to assign to the matrix exponential or the Cayley parametrizations when "
                    "use_trivialization=False."
                )
            A, tau = geqrf(tall)
            signs = A.diagonal(dim1=-2, dim2=-1)
            signs.sign_()
            signs[tau == 0.0] *= -1
            return A.mT if wide else A
        rows, columns = tall.shape[-2:]
        if rows != columns:
            more = tall.new_empty(*tall.shape[:-1], rows - columns).normal_()
            tall = _orthogonalized(cat([tall, more], dim=-1))
        elif not _is_orthogonal(tall):
            tall = _orthogonalized(tall)
        else:
            tall = tall.clone()
        self.base = tall
        minus_identity = zeros_like(Q)
        minus_identity.diagonal(dim1=-2, dim2=-1).fill_(-1.0)
        return minus_identity


def _by_reflections(X: Any) -> Any:
    A = X.tril(diagonal=-1)
    tau = 2.0 / (1.0 + (A * A).sum(dim=-2))
    return householder_product(A, tau) * X.diagonal(dim1=-2, dim2=-1).int().unsqueeze(-2)


def _orthogonalized(A: Any) -> Any:
    X, tau = geqrf(A)
    return householder_product(X, tau) * X.diagonal(dim1=-2, dim2=-1).sgn().unsqueeze(-2)


def _is_orthogonal(Q: Any) -> bool:
    identity = eye(Q.shape[-1], dtype=Q.dtype)
    gap = 10.0 * Q.shape[-2] * finfo(Q.dtype).eps
    return bool((matmul(Q.mH, Q) - identity).abs().max() <= gap)


def orthogonal(
    module: Module, name: str = "weight", orthogonal_map: str | None = None, *, use_trivialization: bool = True
) -> Module:
    """Keep a matrix orthogonal: by "matrix_exp", "cayley", or "householder" (by default of a matrix not square)."""
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    if weight.ndim < 2:
        raise ValueError(f"Expected a matrix or batch of matrices. Got a tensor of {weight.ndim} dimensions.")
    if orthogonal_map is None:
        square = weight.shape[-2] == weight.shape[-1]
        orthogonal_map = "matrix_exp" if square or weight.is_complex() else "householder"
    if orthogonal_map not in ("matrix_exp", "cayley", "householder"):
        raise ValueError(
            f'orthogonal_map has to be one of "matrix_exp", "cayley", "householder". Got: {orthogonal_map}'
        )
    parametrization = _Orthogonal(weight, orthogonal_map, use_trivialization=use_trivialization)
    register_parametrization(module, name, parametrization, unsafe=True)
    return module
