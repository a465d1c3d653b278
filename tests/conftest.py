"""Every test starts from the default dtype, whatever ran scenarios in its process before."""

import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def default_dtype() -> Iterator[None]:
    """Set float32 again in the engines that are imported."""
    yield
    for engine in (sys.modules.get("reference"), sys.modules.get("torch")):
        if engine is not None:
            engine.set_default_dtype(engine.float32)
