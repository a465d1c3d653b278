"""``torch.__future__``: what conversions of a module do to its parameters (NNM-65).

Source: https://docs.pytorch.org/docs/stable/future_mod.html.
"""

from __future__ import annotations

_overwrite = False
_swap = False


def set_overwrite_module_params_on_conversion(value: bool) -> None:
    """Say whether `Module.to` and its like make new parameters, where by default they change those there are."""
    global _overwrite
    _overwrite = value


def get_overwrite_module_params_on_conversion() -> bool:
    """Whether conversions make new parameters."""
    return _overwrite


def set_swap_module_params_on_conversion(value: bool) -> None:
    """Say whether conversions swap the contents of parameters, which here is what they do by default."""
    global _swap
    _swap = value


def get_swap_module_params_on_conversion() -> bool:
    """Whether conversions swap the contents of parameters."""
    return _swap
