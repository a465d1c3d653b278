"""Every test starts from the default dtype, whatever ran before it, and none fails since the machine is busy."""

import sys
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("busy machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy machine")


@pytest.fixture(autouse=True)
def default_dtype() -> Iterator[None]:
    """Set float32 again in the engines that are imported."""
    yield
    for engine in (sys.modules.get("reference"), sys.modules.get("torch")):
        if engine is not None:
            engine.set_default_dtype(engine.float32)
