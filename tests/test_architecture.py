"""Who may import whom (docs/architecture.md)."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from tests.suite import ROOT

TORCH_FREE = {"numpy", "pytest", "hypothesis", "packaging", "tomli"}  # what the torch-free way installs

#: For each part of the house, what its files may import beside the standard library and themselves.
ALLOWED = {
    "reference": {"numpy", "scipy"},
    "conformance": TORCH_FREE | {"reports", "redis"},  # the latter where a campaign is told to share its examples
    "conformance/scenarios": {
        *("conformance.scenario", "conformance.strategies", "conformance.witnesses"),
        "conformance.programs",  # the interpreter of random ones
        "numpy",  # for values that are worked out by hand
        "conformance.scenarios",  # a helper that several files of scenarios share
    },
    "conformance/strategies": {"hypothesis", "conformance.strategies", "conformance.programs"},
    "conformance/witnesses": {"numpy", "conformance.witnesses"},
    "reports": {"jinja2", "markupsafe", "jsonschema"},
}


def part_of(path: Path) -> str:
    relative = path.relative_to(ROOT).as_posix()
    return max((part for part in ALLOWED if relative.startswith(part + "/")), key=len)


def files() -> list[Path]:
    found = [path for part in ("reference", "conformance", "reports") for path in sorted((ROOT / part).rglob("*.py"))]
    return [path for path in found if ROOT / "conformance/engines" not in path.parents]  # an adapter imports its engine


def imported(path: Path):
    """The modules that a file imports, with the names taken from them."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level:
            yield ".".join([*package[: len(package) - node.level + 1], *filter(None, [node.module])])
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def allowed(module: str, part: str) -> bool:
    top = module.partition(".")[0]
    own = "conformance" if part == "conformance" else part.replace("/", ".")
    names = {*ALLOWED[part], *sys.stdlib_module_names, own}
    return any(module == name or module.startswith(name + ".") for name in names) or top in ("__future__",)


@pytest.mark.parametrize("path", files(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_file_imports_only_what_its_part_of_the_house_may(path):
    part = part_of(path)
    assert [module for module in imported(path) if not allowed(module, part)] == []


def test_the_rules_would_be_noticed():
    assert not allowed("torch", "conformance")
    assert not allowed("reference", "conformance")
    assert not allowed("conformance.scenario", "reference")
    assert not allowed("conformance.results", "reports")
    assert not allowed("conformance.runner", "conformance/scenarios")
    assert allowed("conformance.scenario.scenario", "conformance/scenarios")


def test_files_stay_readable():
    long = {
        path.name: n for path in files() if (n := len(path.read_text(encoding="utf-8").splitlines())) > 450
    }  # and no longer than about 400
    assert not long
