"""Modules, parameters, and what training needs: ``torch.nn``."""

from reference.nn import utils
from reference.nn.parameter import Parameter

__all__ = ["Parameter", "utils"]
