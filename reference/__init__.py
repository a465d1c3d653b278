"""A NumPy engine that behaves like PyTorch: ``import reference as torch``."""

from reference.namespace import *  # noqa: F403
from reference.namespace import __dir__, __getattr__, __version__  # noqa: F401
