"""Judging scenarios: who must be run for a verdict, in what order, and what is kept of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from conformance import chapters
from conformance.catalogue import Clause, clauses
from conformance.comparison import Context
from conformance.isolation import EngineProcess, Request
from conformance.recorded import Recorded
from conformance.scenario import Scenario
from conformance.subjects import Plan, Processes, Subject, UsageError
from conformance.verdict import FAILURES, Verdict, Witness, judge


@dataclass(frozen=True)
class Task:
    """One verdict to be reached: a scenario on a subject under a default dtype."""

    scenario: Scenario
    subject: Subject
    dtype: str


@dataclass
class Result:
    """A verdict and what it rests on."""

    verdict: Verdict
    observations: list[dict[str, Any]]
    seconds: float = 0.0
    script: str | None = None


class Runner:
    """Reaches verdicts, running engines and the oracle in their processes."""

    def __init__(self, plan: Plan, processes: Processes) -> None:
        self._plan = plan
        self._processes = processes
        self._recorded = Recorded() if plan.oracle == "recorded" else None
        self._verdicts: dict[tuple[str, str, str], Verdict] = {}

    def ahead(self, task: Task) -> None:
        """Have the engine and the oracle run what will be asked for soon."""
        if why_not_run(task) or task.scenario.draws is not None:
            return
        request = Request.of(task.scenario, task.dtype)
        self._engine(task).ahead(request)
        oracle = self._oracle_process(task)
        if oracle is not None:
            oracle.ahead(request)

    def result(self, task: Task) -> Result:
        """The verdict on a task, and its observations."""
        reason = why_not_run(task)
        if reason:
            return Result(Verdict("not run", reason), [])
        outcome = self._engine(task).run(Request.of(task.scenario, task.dtype))
        verdict = self._verdict(task, outcome)
        if verdict.word in ("diverges", "missing") and (failed := self._failed_needs(task)):
            reason = f"it rests on {', '.join(failed)}; {verdict.reason}"
            verdict = Verdict("blocked", reason, verdict.difference)
        return Result(verdict, outcome.get("observations", []), outcome.get("seconds", 0.0))

    def _verdict(self, task: Task, outcome: dict[str, Any]) -> Verdict:
        """The verdict without regard to what the scenario rests on."""
        witness = Witness(f"{self._plan.oracle_name} {self._plan.oracle_version}".strip(), self._expected(task))
        context = Context(task.dtype, task.subject.device, self._oracle_device(task))
        return judge(outcome, witness, clause_of(task.scenario), context, is_oracle=self._is_oracle(task.subject))

    def _failed_needs(self, task: Task) -> list[str]:
        """The scenarios that this one rests on and that failed."""
        failed = []
        for id in task.scenario.needs:
            need = chapters.find(id)
            if need is None or need.draws is not None or need.id == task.scenario.id:
                continue
            dtype = task.dtype if task.dtype in need.dtypes else need.dtypes[0]
            if self._own_verdict(Task(need, task.subject, dtype)).word in FAILURES:
                failed.append(id)
        return failed

    def _own_verdict(self, task: Task) -> Verdict:
        key = (task.scenario.id, task.subject.id, task.dtype)
        if key not in self._verdicts:
            if why_not_run(task):
                self._verdicts[key] = Verdict("not run")
            else:
                outcome = self._engine(task).run(Request.of(task.scenario, task.dtype))
                self._verdicts[key] = self._verdict(task, outcome)
        return self._verdicts[key]

    def _expected(self, task: Task) -> dict[str, Any] | None:
        if self._recorded is not None:
            return self._recorded.outcome(task.scenario.body.__module__, task.scenario.id, task.dtype)
        oracle = self._oracle_process(task)
        return None if oracle is None else oracle.run(Request.of(task.scenario, task.dtype))

    def _engine(self, task: Task) -> EngineProcess:
        return self._processes.of(task.subject.engine, task.subject.device)

    def _oracle_process(self, task: Task) -> EngineProcess | None:
        if self._recorded is not None:
            return None
        try:
            return self._processes.of(self._plan.oracle, self._oracle_device(task))
        except UsageError:  # the oracle lacks the accelerator that the scenario needs
            return None

    def _oracle_device(self, task: Task) -> str:
        return task.subject.device if task.scenario.devices == "accelerator" else "cpu"

    def _is_oracle(self, subject: Subject) -> bool:
        """Whether a subject is the oracle itself; PyTorch is, where the oracle is what was recorded of it."""
        return subject.engine == ("torch" if self._plan.oracle == "recorded" else self._plan.oracle)


def clause_of(scenario: Scenario) -> Clause:
    """The clause that a scenario belongs to."""
    return clauses()[scenario.clause]


def dtypes_of(scenario: Scenario, subject: Subject) -> list[str]:
    """The default dtypes that a scenario is run under on a subject: at least one, to say why it is not run."""
    return [d for d in scenario.dtypes if d in subject.dtypes] or [scenario.dtypes[0]]


def why_not_run(task: Task) -> str:
    """Why a scenario is not run on a subject, or an empty string."""
    subject, scenario = task.subject, task.scenario
    chapter = clause_of(scenario).chapter
    if chapter.name in subject.unclaimed or chapter.prefix in subject.unclaimed:
        return f"{subject.name} does not claim the chapter {chapter.name}"
    if scenario.devices == "cpu" and subject.device != "cpu":
        return "it can only run on the CPU"
    if scenario.devices == "accelerator" and subject.device == "cpu":
        return "it needs an accelerator"
    if task.dtype not in subject.dtypes:
        return f"it needs the default dtype {task.dtype}; {subject.name} has {', '.join(subject.dtypes)}"
    return ""
