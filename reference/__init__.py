"""A NumPy engine that behaves like PyTorch: ``import reference as torch``."""

from reference.namespace import *  # noqa: F403
from reference.namespace import __getattr__  # noqa: F401
