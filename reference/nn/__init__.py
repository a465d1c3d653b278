"""Modules, parameters, and what training needs: ``torch.nn``."""

from reference.nn import functional, init, modules, parameter, utils
from reference.nn.modules import *  # noqa: F403
from reference.nn.modules import __all__ as _modules
from reference.nn.parameter import Buffer, Parameter, UninitializedBuffer, UninitializedParameter

__all__ = [
    "Buffer",
    "Parameter",
    "UninitializedBuffer",
    "UninitializedParameter",
    "functional",
    "init",
    "modules",
    "parameter",
    "utils",
    *_modules,
]
