"""Spectral normalization by its older interface, a hook before the forward.

Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.spectral_norm.html.
"""

from __future__ import annotations

from typing import Any

from reference.autograd.grad_mode import no_grad
from reference.nn.functional.normalization import normalize
from reference.nn.parameter import Parameter
from reference.ops.linear import dot, mv


class SpectralNorm:
    """Divides a weight, ``NAME_orig``, by its largest singular value, which the power method follows in training."""

    def __init__(self, name: str, n_power_iterations: int, dim: int, eps: float) -> None:
        if n_power_iterations <= 0:
            raise ValueError(
                f"Expected n_power_iterations to be positive, but got n_power_iterations={n_power_iterations}"
            )
        self.name, self.n_power_iterations, self.dim, self.eps = name, n_power_iterations, dim, eps

    def matrix_of(self, weight: Any) -> Any:
        """The weight as a matrix with a row for each index of ``dim``."""
        if self.dim != 0:
            weight = weight.permute(self.dim, *[d for d in range(weight.ndim) if d != self.dim])
        return weight.reshape(weight.shape[0], -1)

    def compute_weight(self, module: Any, improve: bool) -> Any:
        """The weight divided by u^T W v; ``improve`` takes steps of the power method first."""
        weight = getattr(module, self.name + "_orig")
        u, v = getattr(module, self.name + "_u"), getattr(module, self.name + "_v")
        matrix = self.matrix_of(weight)
        if improve:
            with no_grad():
                for _ in range(self.n_power_iterations):
                    v.copy_(normalize(mv(matrix.t(), u), dim=0, eps=self.eps))
                    u.copy_(normalize(mv(matrix, v), dim=0, eps=self.eps))
            u, v = u.clone(), v.clone()
        return weight / dot(u, mv(matrix, v))

    def __call__(self, module: Any, inputs: Any) -> None:
        """Set the weight."""
        setattr(module, self.name, self.compute_weight(module, module.training))


def spectral_norm(
    module: Any, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> Any:
    """Divide a weight by its largest singular value, before each forward."""
    if any(isinstance(h.hook, SpectralNorm) and h.hook.name == name for h in _hooks(module).values()):
        raise RuntimeError(f"Cannot register two spectral_norm hooks on the same parameter {name}")
    if dim is None:
        dim = 1 if type(module).__name__.startswith("ConvTranspose") else 0
    hook = SpectralNorm(name, n_power_iterations, dim, eps)
    weight = module._parameters[name]
    if weight is None:
        raise ValueError(f"`SpectralNorm` cannot be applied as parameter `{name}` is None")
    with no_grad():
        rows, columns = hook.matrix_of(weight).shape
        u = normalize(weight.new_empty(rows).normal_(), dim=0, eps=eps)
        v = normalize(weight.new_empty(columns).normal_(), dim=0, eps=eps)
    del module._parameters[name]
    module.register_parameter(name + "_orig", weight)
    setattr(module, name, weight.data)  # a plain attribute until the first forward
    module.register_buffer(name + "_u", u)
    module.register_buffer(name + "_v", v)
    module.register_forward_pre_hook(hook)
    return module


def _hooks(module: Any) -> Any:
    return module._hooks.forward_pre if module._hooks is not None else {}


def remove_spectral_norm(module: Any, name: str = "weight") -> Any:
    """Make the weight an ordinary parameter again, of the value that it has."""
    for key, registered in list(_hooks(module).items()):
        hook = registered.hook
        if isinstance(hook, SpectralNorm) and hook.name == name:
            with no_grad():
                weight = hook.compute_weight(module, improve=False)
            delattr(module, name)
            del module._buffers[name + "_u"], module._buffers[name + "_v"], module._parameters[name + "_orig"]
            module.register_parameter(name, Parameter(weight.detach()))
            del module._hooks.forward_pre[key]
            return module
    raise ValueError(f"spectral_norm of '{name}' not found in {module}")
