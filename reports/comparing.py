"""What got better and what got worse between two runs."""

from __future__ import annotations

from dataclasses import dataclass

from reports.rendering import render, without_controls
from reports.run import Result, Run
from reports.summary import in_short

#: Crossing to a higher rank is worse. Where the witnesses disagree, or nothing ran, an engine is not judged.
_RANK = {"agrees": 0, "missing": 1, "blocked": 1, "diverges": 1, "crashes": 2, "hangs": 2}

Key = tuple[str, str, str]


@dataclass(frozen=True)
class Change:
    """One scenario on one subject under one dtype, in both runs."""

    before: Result
    after: Result

    def __str__(self) -> str:
        return f"{self.after.scenario}[{self.after.subject}-{self.after.dtype}]: {self.in_verdicts}"

    @property
    def in_verdicts(self) -> str:
        """The verdicts before and after."""
        return f"{self.before.verdict} → {self.after.verdict}"

    @property
    def in_short(self) -> str:
        """What the later result says."""
        return in_short(self.after)


@dataclass(frozen=True)
class Comparison:
    """The changes between two runs.

    ``worse``: agreement lost (`not run` included: what did not run is no agreement), or a crash or a hang where there
    was an answer. ``better``: the other way round. ``changed``: another verdict, neither better nor worse.
    ``same`` counts the results that kept their verdict, ``gone`` and ``new`` those that only one of the runs has.
    """

    before: Run
    after: Run
    worse: list[Change]
    better: list[Change]
    changed: list[Change]
    same: int
    gone: int
    new: int

    @property
    def exit_status(self) -> int:
        """1 if anything got worse; 2 if the later run is incomplete or has nothing in common with the earlier one."""
        if self.worse:
            return 1
        return 2 if not self.after.complete or not self.compared else 0

    @property
    def compared(self) -> int:
        """How many results both runs have."""
        return len(self.worse) + len(self.better) + len(self.changed) + self.same

    @property
    def warnings(self) -> list[str]:
        """What a reader must know before trusting the comparison."""
        found = []
        for name, run in (("earlier", self.before), ("later", self.after)):
            if not run.complete:
                found.append(f"The {name} run is incomplete: what it lacks is no data.")
        if (self.before.oracle.name, self.before.oracle.version) != (self.after.oracle.name, self.after.oracle.version):
            found.append(f"The oracles differ: {self.before.oracle}, then {self.after.oracle}.")
        if not self.compared:
            found.append("The runs have no result in common.")
        return found


def compare(before: Run, after: Run) -> Comparison:
    """Compare two runs result by result."""
    earlier, later = _by_key(before), _by_key(after)
    found: dict[str, list[Change]] = {"worse": [], "better": [], "changed": [], "same": []}
    for key, result in later.items():
        if key in earlier:
            found[_kind(earlier[key].verdict, result.verdict)].append(Change(earlier[key], result))
    return Comparison(
        before,
        after,
        found["worse"],
        found["better"],
        found["changed"],
        same=len(found["same"]),
        gone=len(earlier.keys() - later.keys()),
        new=len(later.keys() - earlier.keys()),
    )


def in_markdown(comparison: Comparison) -> str:
    """The comparison for a CI's job page."""
    return render("comparison.md.j2", {"c": comparison, "parts": _parts(comparison)})


def in_text(comparison: Comparison) -> str:
    """The comparison for a terminal."""
    lines = list(comparison.warnings)
    for title, changes in _parts(comparison):
        lines += [
            f"{title}: {len(changes)}",
            *(f"  {c}" + (f"  ({c.in_short})" if c.in_short else "") for c in changes),
        ]
    lines.append(f"The same: {comparison.same:,} of {comparison.compared:,} compared")
    if comparison.gone or comparison.new:
        lines.append(f"Only in the earlier run: {comparison.gone:,}; only in the later run: {comparison.new:,}")
    return "\n".join(map(without_controls, lines)) + "\n"


def _parts(comparison: Comparison) -> list[tuple[str, list[Change]]]:
    return [("Worse", comparison.worse), ("Better", comparison.better), ("Changed", comparison.changed)]


def _by_key(run: Run) -> dict[Key, Result]:
    return {(r.scenario, r.subject, r.dtype): r for r in run.results}


def _kind(before: str, after: str) -> str:
    if before == after:
        return "same"
    if before == "agrees" and after == "not run":
        return "worse"
    if before not in _RANK or after not in _RANK or _RANK[before] == _RANK[after]:
        return "changed"
    return "worse" if _RANK[after] > _RANK[before] else "better"
