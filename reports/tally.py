"""Counting: verdicts per subject, levels reached, and which few failures block the many.

Only `agrees` counts as agreement. A denominator is the number of scenarios that were judged, whatever the verdict;
`not run` is no verdict on behaviour, so it is counted beside it and never in it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from reports.run import VERDICTS, Chapter, Result, Run, Scenario, Subject

_SEVERITY = {verdict: rank for rank, verdict in enumerate(VERDICTS)}


def worst(verdicts: Iterable[str]) -> str:
    """The worst of some verdicts."""
    return max(verdicts, key=_SEVERITY.__getitem__)


@dataclass(frozen=True)
class Count:
    """How many scenarios agree, of how many judged, and how many were not run."""

    agrees: int
    judged: int
    not_run: int

    def __str__(self) -> str:
        return f"{self.agrees:,} of {self.judged:,}" if self.judged else "no data"


@dataclass(frozen=True)
class Level:
    """One subject's standing on one level.

    ``state`` is "complete" (everything judged agrees), "partial", "not claimed" (of none of its chapters), "no data",
    or "incomplete" (the run broke off, or only a part of the level was selected). ``scenarios`` is how many the level
    has. ``unclaimed`` names the chapters of this level that the engine does not claim; a level with one of those is
    not complete.
    """

    number: int
    count: Count
    scenarios: int
    state: str
    unclaimed: list[str]


@dataclass(frozen=True)
class Root:
    """A failing scenario that others rest on, and the IDs of those it blocks."""

    scenario: str
    verdict: str
    blocks: list[str]


class Tally:
    """The counts of one run."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.levels = sorted({c.level for c in run.chapters})
        self._results: dict[tuple[str, str], list[Result]] = defaultdict(list)
        for result in run.results:
            self._results[result.scenario, result.subject].append(result)
        self._verdicts = {key: worst(r.verdict for r in results) for key, results in self._results.items()}
        #: The subjects that have results; of the others there is only the reason why they were not run.
        self.judged = [s for s in run.subjects if s.not_run is None]

    def results(self, scenario: str, subject: str) -> list[Result]:
        """The results of a scenario on a subject, one a dtype."""
        return self._results.get((scenario, subject), [])

    def verdict(self, scenario: str, subject: str) -> str | None:
        """The worst verdict over the dtypes; None where the run has no result."""
        return self._verdicts.get((scenario, subject))

    def verdicts(self, subject: Subject) -> Counter[str]:
        """How many scenarios have which verdict, the dtypes of one taken together."""
        return Counter(v for s in self.run.scenarios if (v := self.verdict(s.id, subject.id)))

    def count(self, subject: Subject, scenarios: Iterable[Scenario] | None = None) -> Count:
        """A subject's count, over all scenarios or some."""
        chosen = self.run.scenarios if scenarios is None else scenarios
        found = Counter(v for s in chosen if (v := self.verdict(s.id, subject.id)))
        return Count(found["agrees"], found.total() - found["not run"], found["not run"])

    def status(self, subject: Subject) -> str:
        """One phrase that says how far a subject agrees: "1,480 of 1,500 agree", "no data" or "incomplete"."""
        count = self.count(subject)
        if not count.judged:
            return "no data"
        return f"{count} agree" if self.run.is_complete(subject) else f"incomplete ({count} agree so far)"

    @cached_property
    def scenarios_by_chapter(self) -> dict[str, list[Scenario]]:
        """The scenarios of each chapter, by its prefix, in the order of the file."""
        grouped: dict[str, list[Scenario]] = {c.prefix: [] for c in self.run.chapters}
        for scenario in self.run.scenarios:
            grouped[scenario.chapter].append(scenario)
        return grouped

    def chapters_of(self, level: int) -> list[Chapter]:
        """The chapters of a level."""
        return [c for c in self.run.chapters if c.level == level]

    def level(self, subject: Subject, number: int) -> Level:
        """A subject's standing on a level."""
        chapters = self.chapters_of(number)
        count = self.count(subject, [s for c in chapters for s in self.scenarios_by_chapter[c.prefix]])
        unclaimed = [c.title for c in chapters if c.prefix in subject.unclaimed]
        if not count.judged:
            state = "not claimed" if len(unclaimed) == len(chapters) else "no data"
        elif not self.run.is_complete(subject) or not self._all_reported(subject, chapters):
            state = "incomplete"
        else:
            state = "complete" if count.agrees == count.judged and not unclaimed else "partial"
        known = sum(c.scenarios or len(self.scenarios_by_chapter[c.prefix]) for c in chapters)
        return Level(number, count, known, state, unclaimed)

    def reached(self, subject: Subject) -> int:
        """The highest level up to which every level is complete; 0 if the first is not."""
        reached = 0
        for number in self.levels:
            if self.level(subject, number).state != "complete":
                break
            reached = number
        return reached

    def level_phrase(self, subject: Subject) -> str:
        """A subject's level in words: "level 2 of 7, complete"."""
        if not self.count(subject).judged:
            return "no data"
        if not self.run.is_complete(subject):
            return "incomplete"
        reached, first = self.reached(subject), self.levels[0]
        of = f"of {self.levels[-1]}"
        if reached:
            return f"level {reached} {of}, complete"
        if self.level(subject, first).state in ("incomplete", "no data"):
            return f"level {first} {of} not run in full"
        return f"below level {first} {of}"

    def next_level(self, subject: Subject) -> int | None:
        """The level that a subject has to complete next; None where it has them all."""
        return next((n for n in self.levels if n > self.reached(subject)), None)

    def roots(self, subject: Subject) -> list[Root]:
        """The failures that block other scenarios, those that block the most first."""
        blocks: dict[str, list[str]] = defaultdict(list)
        for scenario in self.run.scenarios:
            if self.verdict(scenario.id, subject.id) == "blocked":
                for root in self._failing_needs(scenario, subject, set()):
                    blocks[root].append(scenario.id)
        roots = [Root(id, self.verdict(id, subject.id) or "", ids) for id, ids in blocks.items()]
        return sorted(roots, key=lambda r: (-len(r.blocks), r.scenario))

    def _failing_needs(self, scenario: Scenario, subject: Subject, seen: set[str]) -> list[str]:
        """The nearest scenarios under this one that fail by themselves."""
        found = []
        for need in scenario.needs:
            for id in self._named_by.get(need, []):
                if id in seen:
                    continue
                seen.add(id)
                verdict = self.verdict(id, subject.id)
                if verdict == "blocked":
                    found += self._failing_needs(self._scenarios[id], subject, seen)
                elif verdict not in (None, "agrees", "not run"):
                    found.append(id)
        return found

    def _all_reported(self, subject: Subject, chapters: list[Chapter]) -> bool:
        """Whether the run has every scenario of some chapters; one that selected a few says nothing of a level."""
        for chapter in chapters:
            scenarios = self.scenarios_by_chapter[chapter.prefix]
            if len(scenarios) < (1 if chapter.scenarios is None else chapter.scenarios):
                return False
            if any(not self.results(s.id, subject.id) for s in scenarios):
                return False
        return True

    @cached_property
    def _scenarios(self) -> dict[str, Scenario]:
        return {s.id: s for s in self.run.scenarios}

    @cached_property
    def _named_by(self) -> dict[str, list[str]]:
        """What a need names: a scenario by its ID, or all those of a clause."""
        named: dict[str, list[str]] = defaultdict(list)
        for scenario in self.run.scenarios:
            if scenario.clause != scenario.id:
                named[scenario.clause].append(scenario.id)
        return {**named, **{s.id: [s.id] for s in self.run.scenarios}}
