"""Exporting scenarios: tracing each on PyTorch under its default dtypes, and counting those that cannot be exported."""

from __future__ import annotations

import ast
import warnings
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from conformance import drawing, engine
from conformance.record import LITERALS
from conformance.scenario import Scenario
from conformance.state import State
from conformance.vectors.expected import folded
from conformance.vectors.neutral import NotExportable
from conformance.vectors.rewriting import scenarios
from conformance.vectors.trace import Step
from conformance.vectors.tracing import trace

Vector = dict[str, Any]


@dataclass
class Tally:
    """How many scenarios of a file were exported, and why the others were not."""

    exported: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def scenarios(self) -> int:
        """How many there are."""
        return self.exported + sum(self.reasons.values())


class Exporter:
    """Traces scenarios on PyTorch. Raises `conformance.engine.EngineError` where there is none."""

    def __init__(self) -> None:
        self._engine = engine.load("torch")
        self._state = State(self._engine, "cpu")
        self.oracle = {"name": self._engine.name, "version": self._engine.version.partition("+")[0]}

    def module(self, name: str) -> tuple[list[Vector], Tally]:
        """The vectors of a module of scenarios."""
        vectors, tally = [], Tally()
        for scenario in scenarios(name).values():
            about: Vector = {"id": scenario.id, "clause": scenario.clause, "behaviour": scenario.name}
            if scenario.needs:
                about["needs"] = list(scenario.needs)
            try:
                vectors += [{**about, **vector} for vector in self.scenario(scenario)]
                tally.exported += 1
            except NotExportable as reason:
                vectors.append({**about, "not exported": str(reason)})
                tally.reasons[str(reason)] += 1
        return vectors, tally

    def scenario(self, scenario: Scenario) -> list[Vector]:
        """The vector of a rewritten scenario, or one for each literal of a drawn one. Raises `NotExportable`."""
        if scenario.devices == "accelerator":
            raise NotExportable("needs an accelerator")
        if scenario.draws is None:
            return [self._vector(scenario, None)]
        literals = drawing.literals(scenario.id, scenario.draws, LITERALS)
        return [{"drawn": literal, **self._vector(scenario, literal)} for literal in literals]

    def _vector(self, scenario: Scenario, literal: str | None) -> Vector:
        program: list[Step] | None = None
        found: dict[str, Any] = {}
        for dtype in scenario.dtypes:
            self._state.restore(dtype)
            drawn = None if literal is None else ast.literal_eval(literal)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                steps, observations = trace(scenario, self._engine.torch, drawn)
            if program not in (None, steps):
                raise NotExportable("is another program under another default dtype")
            program, found[dtype] = steps, observations
        return {"program": program, "expected": folded(found)}
