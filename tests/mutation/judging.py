"""Judging an engine within this process, by what was recorded of PyTorch."""

from __future__ import annotations

import ast
import importlib
import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from conformance import chapters
from conformance.comparison import Context
from conformance.engine import load
from conformance.execution import execute
from conformance.recorded import Recorded
from conformance.runner import clause_of
from conformance.scenario import Scenario
from conformance.state import State
from conformance.verdict import Verdict, Witness, judge


@dataclass(frozen=True)
class Run:
    """One scenario under one default dtype, drawn scenarios with one of the recorded literals."""

    scenario: Scenario
    dtype: str
    literal: str | None
    witness: Witness

    @property
    def id(self) -> str:
        """What reports call it."""
        return f"{self.scenario.id}[{self.dtype}]" + (f" of {self.literal}" if self.literal is not None else "")


def runs(only: Collection[str] | None = None) -> list[Run]:
    """Everything that is recorded, or ``only`` the runs named, the first default dtype of each scenario first."""
    recorded = Recorded()
    name = " ".join(recorded.identity)
    found = [run for run in _runs(recorded, name) if only is None or run.id in only]
    return sorted(found, key=lambda run: run.dtype != run.scenario.dtypes[0])


def _runs(recorded: Recorded, name: str) -> Iterator[Run]:
    for scenario in chapters.every():
        module = scenario.body.__module__
        if scenario.devices == "accelerator":
            continue
        for dtype in scenario.dtypes:
            outcome = recorded.outcome(module, scenario.id, dtype)
            outcomes: Iterable[Any] = [(None, outcome)] if scenario.draws is None else (outcome or {}).items()
            for literal, expected in outcomes:
                if expected is not None:
                    yield Run(scenario, dtype, literal, Witness(name, expected, dtype, "cpu"))


class Judge:
    """Runs scenarios on the reference engine as this process has it."""

    def __init__(self) -> None:
        self._engine = load("reference")
        self._state = State(self._engine, "cpu")

    def verdict(self, run: Run) -> tuple[Verdict, float]:
        """The verdict on one run, without regard to what it rests on, and the seconds that the scenario took."""
        self._state.restore(run.dtype)
        _forget_other_kinds()
        outcome = execute(run.scenario, self._engine.torch, _value(run.literal))
        outcome = json.loads(json.dumps(outcome))
        context = Context(run.dtype)
        verdict = judge(outcome, run.witness, clause_of(run.scenario), context, is_oracle=False)
        return verdict, outcome["seconds"]


def _forget_other_kinds() -> None:
    """Have the engine look for no bfloat16 and meta tensors until there are some, as in a process of the run's own."""
    state = importlib.import_module("reference.state")
    state.special -= state.has_bfloat16 + state.has_meta
    state.has_bfloat16 = state.has_meta = False


def _value(literal: str | None) -> Any:
    return None if literal is None else ast.literal_eval(literal)
