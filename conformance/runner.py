"""Judging scenarios: who must be run for a verdict, in what order, and what is kept of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from conformance import chapters
from conformance.catalogue import Clause, clauses
from conformance.comparison import Context, differences
from conformance.drawing import Search
from conformance.isolation import EngineProcess, Request
from conformance.programs.conditioning import ANYTHING, Bound, bounded
from conformance.programs.divergence import printed, shortest
from conformance.recorded import Recorded
from conformance.scenario import Scenario
from conformance.script import standalone
from conformance.subjects import Plan, Processes, Subject, UsageError
from conformance.vectors.files import Vectors, vectors
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
    drawn: str | None = None


@dataclass
class Trial:
    """One run of a scenario, judged without regard to what it rests on.

    ``undetermined`` is an observation that differs, but that rounding alone may change in kind.
    """

    verdict: Verdict
    outcome: dict[str, Any]
    witness: Witness
    undetermined: str | None = None

    @property
    def observations(self) -> list[dict[str, Any]]:
        """What was observed, in order; nothing where the engine crashed or hung."""
        return self.outcome.get("observations", [])


class Runner:
    """Reaches verdicts, running engines and the oracle in their processes."""

    def __init__(self, plan: Plan, processes: Processes, *, examples: int = 40, seed: int = 0) -> None:
        self._examples = examples
        self._seed = seed
        self._plan = plan
        self._processes = processes
        self._recorded = Recorded() if plan.oracle == "recorded" else None
        self._last_witness: tuple[tuple[Request, str, Recorded | Vectors | None], Witness] | None = None
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
        result = self._result_of_draws(task) if task.scenario.draws is not None else self._result_of_run(task)
        verdict = result.verdict
        if verdict.word in ("diverges", "missing") and (failed := self._failed_needs(task)):
            reason = f"it rests on {', '.join(failed)}; {verdict.reason}"
            result.verdict = Verdict("blocked", reason, verdict.difference)
        return result

    def _result_of_run(self, task: Task) -> Result:
        trial = self.attempt(task)
        return Result(trial.verdict, trial.observations, trial.outcome.get("seconds", 0.0))

    def _result_of_draws(self, task: Task) -> Result:
        """The verdict on the simplest drawn literal that fails, or agreement."""
        scenario, seconds = task.scenario, 0.0
        trials: dict[str, Trial] = {}

        def attempt(literal: str) -> Verdict:
            nonlocal seconds
            trial = trials[literal] = self.attempt(task, literal)
            seconds += trial.outcome.get("seconds", 0.0)
            return trial.verdict

        search = Search(attempt)
        if (kept := self._kept(task)) is not None:
            search.replay(kept.literals(scenario.body.__module__, scenario.id, task.dtype))
        else:
            search.draw(scenario.id, scenario.draws, self._examples, self._seed)
        if search.literal is None:
            return Result(search.verdict, [], seconds)
        found = trials[search.literal]
        if scenario.programs:
            literal = search.literal
            if kept is None:  # of a shorter program nothing is recorded
                literal, found = shortest(lambda literal: self.attempt(task, literal), literal, found)
            script = printed(task, literal, found, f"{scenario.id}: {clause_of(scenario).text}")
            return Result(found.verdict, found.observations, seconds, script, literal)
        verdict = replace(search.verdict, reason=f"drawn {search.literal}: {search.verdict.reason}")
        script = script_of(scenario, task.dtype, task.subject.device, search.literal)
        return Result(verdict, found.observations, seconds, script, search.literal)

    def attempt(self, task: Task, literal: str | None = None) -> Trial:
        """Run a scenario once, and judge what came of it."""
        request = Request.of(task.scenario, task.dtype, literal)
        engine, oracle = self._engine(task), self._oracle_process(task)
        if oracle is not None:
            oracle.ahead(request)
        outcome = engine.run(request)
        witness = self._witness(task, request, oracle)
        if literal is not None:  # drawn by the thousand, and not asked for again
            engine.forget(request)
            if oracle is not None:
                oracle.forget(request)
        trial = self._judged(task, outcome, witness)
        if task.scenario.programs and trial.verdict.word == "diverges":
            bounds = self._bounds(request, witness, oracle)
            return trial if bounds is None else self._judged_within_bounds(task, trial, bounds)
        return trial

    def _judged(self, task: Task, outcome: dict[str, Any], witness: Witness) -> Trial:
        context = Context(task.dtype, task.subject.device, self._oracle_device(task))
        is_oracle = self.is_oracle(task.subject)
        verdict = judge(outcome, witness, clause_of(task.scenario), context, is_oracle=is_oracle)
        return Trial(verdict, outcome, witness)

    def _bounds(self, request: Request, witness: Witness, oracle: EngineProcess | None) -> list[Bound] | None:
        """How far rounding may move what a program observes: measured by the oracle, now or when it was recorded."""
        if oracle is None:
            return (witness.outcome or {}).get("bounds")
        request = replace(request, measure=True)
        bounds = oracle.run(request).get("bounds")  # none where it crashed or hung
        oracle.forget(request)
        return bounds

    def _judged_within_bounds(self, task: Task, trial: Trial, bounds: list[Bound]) -> Trial:
        """Judge a program's run again, by how far rounding may move each of its observations."""
        expected = trial.witness.outcome
        if expected is None:
            return trial
        measured = {**expected, "observations": bounded(expected["observations"], bounds)}
        witness = Witness(trial.witness.name, measured, task.dtype, self._oracle_device(task))
        again = self._judged(task, trial.outcome, witness)
        context = Context(task.dtype, task.subject.device, self._oracle_device(task))
        unlike = {d.observation for d in differences(trial.observations, expected["observations"], context)}
        undecided = (o["name"] for o in measured["observations"] if o["within"] == ANYTHING and o["name"] in unlike)
        again.undetermined = next(undecided, None)
        return again

    def _witness(self, task: Task, request: Request, oracle: EngineProcess | None) -> Witness:
        """What the oracle says of a run; the last answer is kept, as the next subject is asked the same."""
        device, kept = self._oracle_device(task), self._kept(task)
        key = (request, device, kept)
        if self._last_witness is None or self._last_witness[0] != key:
            if kept is not None:
                expected = kept.outcome(request.module, request.id, request.dtype, request.drawn)
            else:
                expected = None if oracle is None else oracle.run(request)
            named = kept.identity if kept is not None else (self._plan.oracle_name, self._plan.oracle_version)
            self._last_witness = key, Witness(" ".join(named).strip(), expected, task.dtype, device)
        return self._last_witness[1]

    def _kept(self, task: Task) -> Recorded | Vectors | None:
        """What is kept of the oracle's runs, where it is not asked itself; a harness's programs carry their own."""
        return vectors() if task.subject.engine.startswith("exec:") else self._recorded

    def _failed_needs(self, task: Task) -> list[str]:
        """The scenarios that this one rests on and that failed."""
        failed = []
        for id in task.scenario.needs:
            need = chapters.find(id)
            if need is None or need.draws is not None or need.id == task.scenario.id:
                continue
            dtype = task.dtype if task.dtype in need.dtypes else need.dtypes[0]
            if self.verdict_alone(Task(need, task.subject, dtype)).word in FAILURES:
                failed.append(id)
        return failed

    def verdict_alone(self, task: Task) -> Verdict:
        """The verdict on a task without regard to what it rests on."""
        key = (task.scenario.id, task.subject.id, task.dtype)
        if key not in self._verdicts:
            self._verdicts[key] = Verdict("not run") if why_not_run(task) else self.attempt(task).verdict
        return self._verdicts[key]

    def _engine(self, task: Task) -> EngineProcess:
        return self._processes.of(task.subject.engine, task.subject.device)

    def _oracle_process(self, task: Task) -> EngineProcess | None:
        if self._kept(task) is not None:
            return None
        try:
            return self._processes.of(self._plan.oracle, self._oracle_device(task))
        except UsageError:  # the oracle lacks the accelerator that the scenario needs
            return None

    def _oracle_device(self, task: Task) -> str:
        return task.subject.device if task.scenario.devices == "accelerator" else "cpu"

    def is_oracle(self, subject: Subject) -> bool:
        """Whether a subject is the oracle itself; PyTorch is, where the oracle is what was recorded of it."""
        return subject.engine == ("torch" if self._plan.oracle in ("recorded", "vectors") else self._plan.oracle)


def clause_of(scenario: Scenario) -> Clause:
    """The clause that a scenario belongs to."""
    return clauses()[scenario.clause]


def script_of(scenario: Scenario, dtype: str, device: str = "cpu", drawn: str | None = None) -> str:
    """The standalone script of a run of a scenario."""
    return standalone(scenario, dtype=dtype, text=clause_of(scenario).text, device=device, drawn=drawn)


def dtypes_of(scenario: Scenario, subject: Subject) -> list[str]:
    """The default dtypes that a scenario is run under on a subject: at least one, to say why it is not run."""
    return [d for d in scenario.dtypes if d in subject.dtypes] or [scenario.dtypes[0]]


def why_not_run(task: Task) -> str:
    """Why a scenario is not run on a subject, or an empty string."""
    subject, scenario = task.subject, task.scenario
    clause = clause_of(scenario)
    chapter = clause.chapter
    if subject.pytorch and not clause.holds_in(subject.pytorch):
        span = f"since {clause.since}" if clause.since else f"until {clause.until}"
        return f"the clause holds {span} of PyTorch, and the oracle is {subject.pytorch}"
    if chapter.name in subject.unclaimed or chapter.prefix in subject.unclaimed:
        return f"{subject.name} does not claim the chapter {chapter.name}"
    if scenario.devices == "cpu" and subject.device != "cpu":
        return "it can only run on the CPU"
    if scenario.devices == "accelerator" and subject.device == "cpu":
        return "it needs an accelerator"
    if task.dtype not in subject.dtypes:
        return f"it needs the default dtype {task.dtype}; {subject.name} has {', '.join(subject.dtypes)}"
    if subject.engine.startswith("exec:"):
        return vectors().why_not(scenario.body.__module__, scenario.id)
    return ""
