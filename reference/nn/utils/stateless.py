"""``torch.nn.utils.stateless``: the old place of `torch.func.functional_call`."""

from __future__ import annotations

import warnings
from typing import Any

from reference.func import functional_call as _functional_call

__all__ = ["functional_call"]


def functional_call(
    module: Any,
    parameters_and_buffers: Any,
    args: Any = None,
    kwargs: Any = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """`torch.func.functional_call` by its deprecated name."""
    warnings.warn(
        "torch.nn.utils.stateless.functional_call is deprecated; use torch.func.functional_call",
        FutureWarning,
        stacklevel=2,
    )
    return _functional_call(module, parameters_and_buffers, args, kwargs, tie_weights=tie_weights, strict=strict)
