"""What pytest collects: a file of scenarios, and in it one item for each scenario, subject and default dtype."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from typing import Any

import pytest

from conformance.catalogue import clauses
from conformance.chapters import load
from conformance.expectations import Expectation, is_met
from conformance.explain import explain
from conformance.recorded import RecordedError
from conformance.results import result_data
from conformance.runner import Result, Task, clause_of, dtypes_of
from conformance.scenario import Scenario
from conformance.session import Conformance


def unmet(expected: Expectation) -> str:
    """What to do about an expectation that does not hold."""
    about = "; ".join(what for what in (expected.reason, expected.issue) if what)
    verdicts = f"{' or '.join(expected.verdicts)}{about and f' ({about})'}"
    return f"the expectation of {expected.pattern!r}, {verdicts}, is not met: change it, or use --update-expectations"


class Disagreement(Exception):
    """A verdict that fails its test; the message is all that is shown."""


class ChapterFile(pytest.File):
    """A file of scenarios."""

    def __init__(self, *, conformance: Conformance, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._conformance = conformance

    def collect(self) -> Iterator[ScenarioItem]:
        """The file's items, those of one scenario beside each other."""
        module = f"conformance.scenarios.{self.path.stem}"
        importlib.import_module(module)
        for scenario in load(module).values():
            if not self._conformance.wants(scenario):
                continue
            if scenario.clause not in clauses():
                raise self.CollectError(f"scenario {scenario.id}: no clause {scenario.clause} in conformance/catalogue")
            chapter = clause_of(scenario).chapter
            for item in self._items_of(scenario):
                item.add_marker(chapter.name)
                item.add_marker(f"level{chapter.level}")
                yield item

    def _items_of(self, scenario: Scenario) -> Iterator[ScenarioItem]:
        tasks = [Task(scenario, s, dtype) for s in self._conformance.subjects for dtype in dtypes_of(scenario, s)]
        for task in tasks:
            name = f"{scenario.id}[{task.subject.id}-{task.dtype}]"
            slices = self._conformance.slices(task)
            if not slices:
                yield ScenarioItem.from_parent(self, name=name, task=task, conformance=self._conformance)
                continue
            from conformance.programs.slice_item import SliceItem

            common = {"task": task, "conformance": self._conformance, "fuzzing": self._conformance.fuzzing}
            for number, budget in enumerate(slices):
                named = f"{name[:-1]}-slice{number}]"
                yield SliceItem.from_parent(self, name=named, budget=budget, number=number, **common)


class ScenarioItem(pytest.Item):
    """One verdict to be reached."""

    def __init__(self, *, name: str, parent: pytest.Collector, task: Task, conformance: Conformance) -> None:
        # As text, which pytest reads as it reads its cache: otherwise --lf knows none of its failures again.
        super().__init__(name=name, parent=parent, nodeid=f"{parent.nodeid}::{name}")
        self.task = task
        self.result: dict[str, Any] | None = None
        self._conformance = conformance

    def runtest(self) -> None:
        """Reach the verdict; anything but agreement fails, unless there was nothing to run."""
        result = self.reach()
        expected = self._conformance.expectation(self.task)
        self.result = self.data(result)
        word = result.verdict.word
        if word == "not run":
            pytest.skip(result.verdict.reason)
        if is_met(word, expected):
            if word != "agrees":
                pytest.xfail(f"{word}, as expected: {expected.reason if expected else ''}")
            return
        if self.config.option.update_expectations:
            pytest.xfail(f"{word}, which the expectations file will say")
        shown = explain(self.task, result) if word != "agrees" else f"{self.name} agrees"
        if expected is not None:
            shown += f"\n\n{unmet(expected)}"
        raise Disagreement(shown)

    def reach(self) -> Result:
        """Run what there is to run."""
        return self._conformance.runner.result(self.task)

    def data(self, result: Result) -> dict[str, Any]:
        """The entry of the result file."""
        return result_data(self.task, result, self._conformance.expectation(self.task))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show a verdict without a traceback of ours, which would say nothing and take longer than the verdict."""
        if isinstance(excinfo.value, (Disagreement, RecordedError, pytest.xfail.Exception)):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        """Where the scenario stands."""
        return self.path, self.task.scenario.body.__code__.co_firstlineno - 1, self.name
