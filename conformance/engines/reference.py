"""The NumPy reference engine."""

from functools import partial

import reference as engine

__all__ = ["engine"]

__conformance__ = {
    "name": "NumPy reference",
    "devices": ["cpu"],
    "reset": partial(engine.set_printoptions, profile="default"),
}
