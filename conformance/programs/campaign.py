"""A campaign: many random programs, in slices that a run of pytest (in parallel, if asked) goes through one by one."""

from __future__ import annotations

import ast
import contextlib
import math
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis.database import ExampleDatabase

from conformance.drawing import Search
from conformance.programs import independent
from conformance.programs.coverage import Coverage, raised_messages
from conformance.programs.divergence import kind, shortest
from conformance.verdict import FAILURES, Verdict

if TYPE_CHECKING:
    from conformance.runner import Trial

#: How long a slice takes, or how many programs it has: short enough for the progress to be seen.
SLICE_SECONDS = 20.0
SLICE_PROGRAMS = 250

#: After so many programs hypothesis begins afresh, with another seed.
ROUND = 250


@dataclass(frozen=True)
class Budget:
    """What a campaign or a slice of it may spend: a number of programs, or seconds."""

    programs: int | None = None
    seconds: float = math.inf

    def slices(self, tasks: int, workers: int) -> list[Budget]:
        """The slices of each of so many tasks, when so many processes work on them side by side."""
        if self.programs is not None:
            each = math.ceil(self.programs / tasks)
            count = math.ceil(each / SLICE_PROGRAMS)
            return [Budget(programs=each // count + (i < each % count)) for i in range(count)]
        each_seconds = self.seconds * workers / tasks
        count = max(1, round(each_seconds / SLICE_SECONDS))
        return [Budget(seconds=each_seconds / count)] * count


@dataclass
class Divergence:
    """A program that an engine fails, as short as it could be made."""

    literal: str
    trial: Trial


@dataclass
class Tally:
    """What came of a number of programs."""

    programs: int = 0
    seconds: float = 0.0
    undetermined: int = 0
    again: int = 0
    unsettled: int = 0
    missing: Counter[str] = field(default_factory=Counter)
    coverage: Coverage = field(default_factory=Coverage)

    def to_data(self) -> dict[str, Any]:
        """The tally as JSON data."""
        counts = {name: getattr(self, name) for name in ("programs", "undetermined", "again", "unsettled")}
        return {
            **counts,
            "seconds": round(self.seconds, 3),
            "missing": dict(self.missing.most_common()),
            **self.coverage.to_data(),
        }

    def update(self, data: Mapping[str, Any]) -> None:
        """Add another's `to_data`."""
        for name in ("programs", "seconds", "undetermined", "again", "unsettled"):
            setattr(self, name, getattr(self, name) + data[name])
        self.missing.update(data["missing"])
        self.coverage.update(data)


class _Over(BaseException):
    """The budget is spent."""


class Slice:
    """One slice of a campaign on one task.

    ``attempt`` runs a program on the engine and on the oracle. The search goes on behind a divergence; programs that
    fail like one that was found are counted, and passed over.
    """

    def __init__(self, attempt: Callable[[str], Trial], budget: Budget) -> None:
        self._attempt = attempt
        self._budget = budget
        self._known: set[tuple[str, ...]] = set()
        self._trials: dict[str, Trial] = {}
        self.tally = Tally()
        self.divergences: list[Divergence] = []
        #: Whether examples that failed before are tried again, and whether the last one tried still fails, as is known.
        self.replays = False
        self.known_to_fail = False

    def run(self, id: str, strategy: Any, seed: str, database: ExampleDatabase, *, replay: bool = False) -> None:
        """Draw programs until the budget is spent; begin with what is in the database if ``replay``."""
        start = time.monotonic()
        self._deadline = start + self._budget.seconds
        self.replays = replay
        kept = _Kept(database, self)
        round_ = 0
        while (left := self._left()) > 0:
            search = Search(self._count)
            self._search = search
            with contextlib.suppress(_Over):
                search.draw(id, strategy, min(left, ROUND), f"{seed}:{round_}", kept, independent.BACKEND)
            self.replays = self.replays and search.literal is not None  # one search finds no more than one
            if search.literal is not None:
                self._found(search.literal)
            self._trials.clear()
            round_ += 1
        self.tally.seconds = time.monotonic() - start

    def _left(self) -> int:
        if self._budget.programs is not None:
            return self._budget.programs - self.tally.programs
        return ROUND if time.monotonic() < self._deadline else 0

    def _count(self, literal: str) -> Verdict:
        """Run a program that was drawn, or one that is simpler than one that failed, and count the former."""
        shrinking = self._search.literal is not None
        if not shrinking and self._left() <= 0:
            raise _Over
        trial = self._attempt(literal)
        if not shrinking:
            self.tally.programs += 1
            self.tally.undetermined += trial.undetermined is not None
            expected = (trial.witness.outcome or {}).get("observations", [])
            self.tally.coverage.add(ast.literal_eval(literal), raised_messages(expected))
        verdict = trial.verdict
        self.known_to_fail = False
        if verdict.word == "agrees":
            return verdict
        if verdict.word == "missing":
            self.tally.missing[verdict.reason.partition(": ")[2] or verdict.reason] += not shrinking
            return Verdict("agrees")
        if verdict.word not in FAILURES:
            self.tally.unsettled += not shrinking
            return Verdict("agrees")
        if kind(literal, trial) in self._known:
            self.tally.again += not shrinking
            self.known_to_fail = not shrinking
            return Verdict("agrees")
        self._trials[literal] = trial
        return verdict

    def _found(self, literal: str) -> None:
        found = self._trials[literal]
        self._known.add(kind(literal, found))
        smallest, trial = shortest(self._attempt, literal, found)
        self._known.add(kind(smallest, trial))
        self.divergences.append(Divergence(smallest, trial))


class _Kept(ExampleDatabase):
    """The database as a slice sees it: an example that fails as others do counts as passed, and is kept nevertheless."""

    def __init__(self, database: ExampleDatabase, slice: Slice) -> None:
        super().__init__()
        self._database, self._slice = database, slice

    def fetch(self, key: bytes) -> Iterable[bytes]:
        """The examples under a key, while they are tried again."""
        return self._database.fetch(key) if self._slice.replays else ()

    def save(self, key: bytes, value: bytes) -> None:
        """Add an example."""
        self._database.save(key, value)

    def delete(self, key: bytes, value: bytes) -> None:
        """Remove an example that does not fail any more, or that a simpler one replaces."""
        if not self._slice.known_to_fail:
            self._database.delete(key, value)


def merged(results: Iterable[Mapping[str, Any]]) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    """The results of a run, those of slices of one task as one; and the campaign's own section, if there was one.

    A task's result is that of the slice with the worst verdict.
    """
    plain: list[dict[str, Any]] = []
    slices: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for result in results:
        if "slice" in result:
            slices.setdefault((result["scenario"], result["subject"], result["dtype"]), []).append(dict(result))
        else:
            plain.append(dict(result))
    if not slices:
        return plain, None
    parts = []
    for (scenario, subject, dtype), of_task in slices.items():
        tally = Tally()
        divergences: dict[str, dict[str, Any]] = {}
        for result in of_task:
            data = result.pop("slice")
            tally.update(data)
            divergences.update({found["program"]: found for found in data["divergences"]})
        worst = min(of_task, key=lambda result: (result["verdict"] == "agrees", len(result.get("script") or "")))
        plain.append({**worst, "seconds": round(sum(result["seconds"] for result in of_task), 6)})
        identity = {"scenario": scenario, "subject": subject, "dtype": dtype}
        parts.append({**identity, **tally.to_data(), "divergences": list(divergences.values())})
    return plain, {"parts": sorted(parts, key=lambda p: (p["scenario"], p["subject"], p["dtype"]))}


def summary(campaign: Mapping[str, Any], scripts: Sequence[Path]) -> list[str]:
    """What a campaign came to, in a few lines; ``scripts`` are the paths of its divergences."""
    whole = Tally()
    for part in campaign["parts"]:
        whole.update(part)
    if not whole.programs:
        return ["campaign: no program was run"]
    rate = whole.programs / whole.seconds if whole.seconds else 0.0
    lines = [
        f"campaign with --fuzz-seed {campaign['seed']}: {whole.programs} programs, {rate:.1f} a second and process; "
        f"{whole.undetermined} not decided, as rounding alone may decide otherwise "
        f"({100 * whole.undetermined / whole.programs:.2f} %)",
        f"reached: {len(whole.coverage.operations)} operations, {len(whole.coverage.pairs)} pairs of them, "
        f"{len(whole.coverage.clauses)} clauses",
        f"divergences: {len(scripts)}{f', and {whole.again} programs that fail like one of them' if whole.again else ''}",
    ]
    return [*lines, *map(str, scripts)]
