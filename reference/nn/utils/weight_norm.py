"""Weight normalization by its older interface, a hook before the forward.

Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.weight_norm.html.
"""

from __future__ import annotations

import warnings
from typing import Any

from reference.linalg.norms import vector_norm
from reference.nn.parameter import Parameter


def norm_except_dim(v: Any, dim: int) -> Any:
    """The norm over all dimensions but one, which are kept; over all for -1."""
    if dim == -1:
        return vector_norm(v)
    return vector_norm(v, 2, [d for d in range(v.ndim) if d != dim % v.ndim], keepdim=True)


class WeightNorm:
    """Computes the weight of a module from its length ``NAME_g`` and its direction ``NAME_v`` before each forward."""

    def __init__(self, name: str, dim: int) -> None:
        self.name, self.dim = name, dim

    def compute_weight(self, module: Any) -> Any:
        """g v / |v|."""
        g, v = getattr(module, self.name + "_g"), getattr(module, self.name + "_v")
        return v * (g / norm_except_dim(v, self.dim))

    def __call__(self, module: Any, inputs: Any) -> None:
        """Set the weight."""
        setattr(module, self.name, self.compute_weight(module))


def weight_norm(module: Any, name: str = "weight", dim: int | None = 0) -> Any:
    """Split a weight into its length and its direction, two parameters."""
    warnings.warn(
        "`torch.nn.utils.weight_norm` is deprecated in favor of `torch.nn.utils.parametrizations.weight_norm`.",
        FutureWarning,
        stacklevel=2,
    )
    if any(isinstance(h.hook, WeightNorm) and h.hook.name == name for h in _hooks(module).values()):
        raise RuntimeError(f"Cannot register two weight_norm hooks on the same parameter {name}")
    hook = WeightNorm(name, -1 if dim is None else dim)
    weight = getattr(module, name)
    del module._parameters[name]
    module.register_parameter(name + "_g", Parameter(norm_except_dim(weight, hook.dim).data))
    module.register_parameter(name + "_v", Parameter(weight.data))
    setattr(module, name, hook.compute_weight(module))
    module.register_forward_pre_hook(hook)
    return module


def _hooks(module: Any) -> Any:
    return module._hooks.forward_pre if module._hooks is not None else {}


def remove_weight_norm(module: Any, name: str = "weight") -> Any:
    """Make the weight an ordinary parameter again."""
    for key, registered in list(_hooks(module).items()):
        hook = registered.hook
        if isinstance(hook, WeightNorm) and hook.name == name:
            weight = hook.compute_weight(module)
            delattr(module, name)
            del module._parameters[name + "_g"]
            del module._parameters[name + "_v"]
            setattr(module, name, Parameter(weight.data))
            del module._hooks.forward_pre[key]
            return module
    raise ValueError(f"weight_norm of '{name}' not found in {module}")
