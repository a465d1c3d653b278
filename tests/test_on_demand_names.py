"""Names of the reference that are imported when they are first asked for: the same whatever was asked for first."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.suite import ROOT

NAMES = ("gradcheck", "gradgradcheck", "detect_anomaly", "set_detect_anomaly", "Function")


@pytest.mark.parametrize("first", NAMES)
def test_each_is_callable_whichever_is_asked_for_first(first):
    asked = [first, *(name for name in NAMES if name != first)]
    code = f"import reference as torch; assert all(callable(getattr(torch.autograd, name)) for name in {asked})"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60)
