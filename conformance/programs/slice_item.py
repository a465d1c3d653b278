"""A slice of a campaign as an item of pytest, which shows the progress and spreads the slices over processes."""

from __future__ import annotations

from typing import Any

from conformance.items import ScenarioItem
from conformance.programs.campaign import Budget, Slice
from conformance.programs.divergence import printed
from conformance.programs.fuzzing import Fuzzing, Prefixed
from conformance.programs.printing import raising_lines
from conformance.results import result_data
from conformance.runner import Result, clause_of
from conformance.verdict import Verdict


class SliceItem(ScenarioItem):
    """One slice: many programs on one engine."""

    def __init__(self, *, budget: Budget, number: int, fuzzing: Fuzzing, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._budget, self._number, self._fuzzing = budget, number, fuzzing

    def reach(self) -> Result:
        """Spend the budget; the result is that of the first divergence, if there is one."""
        task = self.task
        runner = self._conformance.runner
        slice = Slice(lambda literal: runner.attempt(task, literal), self._budget)
        database = Prefixed(self._fuzzing.database(), task.scenario.id)
        seed = f"{self._fuzzing.seed}:{self._number}"
        slice.run(task.scenario.id, task.scenario.draws, seed, database, replay=self._number == 0)
        title = f"{task.scenario.id}: {clause_of(task.scenario).text}"
        found: list[dict[str, Any]] = []
        for divergence in slice.divergences:
            trial = divergence.trial
            raising = raising_lines([*trial.observations, *(trial.witness.outcome or {}).get("observations", [])])
            found.append(
                {
                    "program": divergence.literal,
                    "verdict": trial.verdict.word,
                    "reason": trial.verdict.reason,
                    "difference": trial.verdict.difference,
                    "raising": sorted(raising),
                    "script": printed(task, divergence.literal, trial, title),
                }
            )
        self._slice = {**slice.tally.to_data(), "divergences": found}
        if not found:
            return Result(Verdict("agrees"), [], slice.tally.seconds)
        first = slice.divergences[0]
        scripts = "\n\n\n".join(divergence["script"] for divergence in found)
        return Result(first.trial.verdict, first.trial.observations, slice.tally.seconds, scripts, first.literal)

    def data(self, result: Result) -> dict[str, Any]:
        """The entry of the result file, with the slice's tally."""
        return {**result_data(self.task, result, self._conformance.expectation(self.task)), "slice": self._slice}
