"""The NumPy reference engine."""

import reference as engine

__all__ = ["engine"]

__conformance__ = {"name": "NumPy reference", "devices": ["cpu"]}
