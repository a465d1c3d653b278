"""The reference's namespace: what it names is there, and the large parts are imported when they are first asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest

import reference
from tests.suite import ROOT

ON_DEMAND = ("nn", "optim", "func", "special", "fft", "utils", "amp", "serialization")


def test_every_name_it_lists_is_there() -> None:
    assert [name for name in dir(reference) if not hasattr(reference, name)] == []
    assert {"nn", "fft", "save", "vmap", "manual_seed", "add"} <= set(dir(reference))


@pytest.mark.parametrize("name", ["nn", "linalg", "fft", "optim.lr_scheduler"])
def test_a_part_may_be_imported_as_a_module_or_from_the_package(name: str) -> None:
    statement = f"import reference.{name} as a\nfrom reference import {name.split('.')[0]}\nassert a"
    subprocess.run([sys.executable, "-c", statement], check=True)


def test_importing_it_leaves_the_large_parts_alone() -> None:
    statement = f"import sys, reference; print([n for n in {ON_DEMAND} if f'reference.{{n}}' in sys.modules])"
    done = subprocess.run([sys.executable, "-c", statement], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


FIRST = ("gradcheck", "gradgradcheck", "detect_anomaly", "set_detect_anomaly", "Function")


@pytest.mark.parametrize("first", FIRST)
def test_each_is_callable_whichever_is_asked_for_first(first: str) -> None:
    asked = [first, *(name for name in FIRST if name != first)]
    code = f"import reference as torch; assert all(callable(getattr(torch.autograd, name)) for name in {asked})"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60)
