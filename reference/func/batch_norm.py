"""``torch.func.replace_all_batch_norm_modules_``: batch normalization that writes nothing, for `vmap` (HOD-24)."""

from __future__ import annotations

from typing import Any


def replace_all_batch_norm_modules_(root: Any) -> Any:
    """Let no batch normalization of a module track running statistics; returns the module."""
    from reference.nn.modules.batchnorm import _BatchNorm

    for module in root.modules():
        if isinstance(module, _BatchNorm) and module.track_running_stats:
            module.track_running_stats = False
            module.running_mean = module.running_var = module.num_batches_tracked = None
    return root
