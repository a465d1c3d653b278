"""How far an engine has come: levels are the chapters in order of use, and one is complete when all of it agrees."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from conformance import catalogue, chapters
from conformance.runner import Task, clause_of, dtypes_of, why_not_run
from conformance.subjects import Subject


@dataclass
class Level:
    """One level on one subject: how many verdicts it takes, how many were reached, and how many agree."""

    number: int
    wanted: int = 0
    reached: int = 0
    agree: int = 0
    unclaimed: bool = False

    @property
    def complete(self) -> bool:
        """Whether every scenario of the level agrees."""
        return self.wanted > 0 and self.agree == self.wanted and not self.unclaimed


def levels_of(subject: Subject, results: Iterable[dict[str, Any]]) -> list[Level]:
    """Every level on a subject, by the results of a run."""
    levels = {n: Level(n) for n in sorted({chapter.level for chapter in catalogue.chapters().values()})}
    for scenario in chapters.every():
        if scenario.clause not in catalogue.clauses():
            continue  # collecting it says so
        level = levels[clause_of(scenario).chapter.level]
        for dtype in dtypes_of(scenario, subject):
            reason = why_not_run(Task(scenario, subject, dtype))
            level.wanted += not reason
            level.unclaimed |= "does not claim" in reason
    level_of = {chapter.prefix: chapter.level for chapter in catalogue.chapters().values()}
    for result in results:
        if result["subject"] == subject.id and result["verdict"] != "not run":
            level = levels[level_of[result["scenario"].partition("-")[0]]]
            level.reached += 1
            level.agree += result["verdict"] == "agrees"
    return list(levels.values())


def summary(levels: list[Level]) -> str:
    """For example "level 2 of 7, complete; level 3: 310 of 325"."""
    done = 0
    while done < len(levels) and levels[done].complete:
        done += 1
    said = [f"level {levels[done - 1].number} of {len(levels)}, complete"] if done else []
    if done < len(levels):
        level = levels[done]
        also = " and chapters that it does not claim" if level.unclaimed else ""
        more = "" if level.reached >= level.wanted else f", {level.wanted - level.reached} not run"
        said.append(f"level {level.number} of {len(levels)}: {level.agree} of {level.wanted} agree{more}{also}")
    return "; ".join(said)
