"""What an installed package holds beside its Python files: all that the suite reads."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.suite import ROOT

pytest.importorskip("setuptools")

PACKAGED = """
import json
from setuptools import Distribution
from setuptools.config.pyprojecttoml import apply_configuration

distribution = Distribution()
apply_configuration(distribution, "pyproject.toml")
distribution.include_package_data = False  # which would ask git
build = distribution.get_command_obj("build_py")
build.ensure_finalized()
print(json.dumps([f"{folder}/{name}" for _, folder, _, names in build.data_files for name in names]))
"""


def test_the_suites_data_is_packaged():
    done = subprocess.run([sys.executable, "-c", PACKAGED], cwd=ROOT, capture_output=True, text=True, check=True)
    packaged = {ROOT / name for name in json.loads(done.stdout.splitlines()[-1])}
    read = [
        *(ROOT / "conformance").rglob("*.toml"),
        *(ROOT / "conformance/recorded").rglob("*.json"),
        *(ROOT / "conformance/vectors").rglob("*.json*"),
        *(ROOT / "reports/templates").iterdir(),
        *(ROOT / "reports").glob("*.json"),
    ]
    assert len(read) > 100
    assert [str(path.relative_to(ROOT)) for path in read if path not in packaged and path.is_file()] == []
