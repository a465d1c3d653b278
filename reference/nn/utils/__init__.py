"""Helpers around training: ``torch.nn.utils``."""

import importlib
from typing import Any

from reference.nn.utils import rnn
from reference.nn.utils.clip_grad import (
    clip_grad_norm,
    clip_grad_norm_,
    clip_grad_value_,
    clip_grads_with_norm_,
    get_total_norm,
)
from reference.nn.utils.convert_parameters import parameters_to_vector, vector_to_parameters
from reference.nn.utils.init import skip_init
from reference.nn.utils.spectral_norm import remove_spectral_norm, spectral_norm
from reference.nn.utils.weight_norm import remove_weight_norm, weight_norm

__all__ = [
    "clip_grad_norm",
    "clip_grad_norm_",
    "clip_grad_value_",
    "clip_grads_with_norm_",
    "get_total_norm",
    "parameters_to_vector",
    "remove_spectral_norm",
    "remove_weight_norm",
    "rnn",
    "skip_init",
    "spectral_norm",
    "vector_to_parameters",
    "weight_norm",
]


def __getattr__(name: str) -> Any:
    if name in ("parametrizations", "parametrize", "stateless"):  # they need the modules, which need this package
        return importlib.import_module(f"reference.nn.utils.{name}")
    raise AttributeError(f"module 'reference.nn.utils' has no attribute '{name}'")
