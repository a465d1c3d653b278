"""The files of scenarios: importing them, and finding a scenario by its ID."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from conformance.scenario import Scenario, scenarios_of

SCENARIOS = Path(__file__).parent / "scenarios"


def modules() -> list[str]:
    """The names of the modules that hold scenarios, in order."""
    return [f"conformance.scenarios.{path.stem}" for path in sorted(SCENARIOS.glob("[!_]*.py"))]


@cache
def load(module: str) -> dict[str, Scenario]:
    """The scenarios of one module by their IDs, in the order in which they stand there."""
    return {scenario.id: scenario for scenario in scenarios_of(importlib.import_module(module))}


def every() -> Iterator[Scenario]:
    """Every scenario there is, in order; files that cannot be imported are passed over."""
    for module in modules():
        try:
            scenarios = load(module)
        except Exception:
            continue  # collecting that file says what is wrong with it
        yield from scenarios.values()


def find(id: str) -> Scenario | None:
    """The scenario of that ID, wherever it stands."""
    return _by_id().get(id)


@cache
def _by_id() -> dict[str, Scenario]:
    return {scenario.id: scenario for scenario in every()}
