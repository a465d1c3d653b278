"""What the HTML page carries as data: what a row opens to.

A full run has 45,000 results. What engines that agree observed is the same up to rounding, so it is carried once, as
the oracle's; of the others only what differs from it. Every text is carried once and named by its number.
"""

from __future__ import annotations

import json
from typing import Any

from reports.run import Result, Scenario
from reports.tally import Tally
from reports.values import Text, show, show_both

#: About how many bytes of data a page carries; what is beyond it is left to the result file, the least needed first:
#: observations after those that differ, then scripts, then the differences themselves.
BUDGET = 7_000_000

#: In the place of a text's number: the same as the oracle's.
SAME = -1

#: What stands between the blocks of a script; `templates/page.js` puts it back.
BLOCK = "\n\n\n"

Entry = dict[str, Any]
Segments = str | list[str]


class Texts:
    """Texts by number; one with marks is a list whose every second part is marked."""

    def __init__(self, budget: int) -> None:
        self.all: list[Segments] = []
        self._numbers: dict[Any, int] = {}
        self._left = budget

    @property
    def is_full(self) -> bool:
        """Whether the budget is used up."""
        return self._left <= 0

    def charge(self, piece: Any) -> Any:
        """A piece of the page's data, counted against the budget."""
        self._left -= len(json.dumps(piece))
        return piece

    def add(self, text: str | Text | None) -> int | None:
        """The number of a text."""
        if text is None:
            return None
        if text not in self._numbers:
            self._numbers[text] = len(self.all)
            segments = text if isinstance(text, str) else _segments(text)
            self.all.append(segments)
            self.charge(segments)
        return self._numbers[text]

    def add_script(self, script: str | None) -> list[int | None] | None:
        """The numbers of a script's blocks: many scripts begin alike."""
        return None if script is None else [self.add(block) for block in script.split(BLOCK)]


def embed(tally: Tally, budget: int = BUDGET) -> dict[str, Any]:
    """The page's data; `templates/page.js` reads it."""
    run = tally.run
    texts = Texts(budget)
    columns = {s.id: n for n, s in enumerate(tally.judged)}
    scenarios = []
    failing: list[tuple[Entry, Result, Result | None]] = []
    baselines: list[tuple[Entry, Result]] = []
    for scenario in run.scenarios:
        entry = _describe(scenario, texts)
        results = [r for s in tally.judged for r in tally.results(scenario.id, s.id)]
        witnesses = _witnesses(results, tally)
        baselines += [(entry, r) for r in witnesses.values()]
        for result in results:
            if result.verdict not in ("agrees", "not run") or result.is_expected or result.reason:
                told = _tell(result, columns[result.subject], texts)
                entry["told"].append(told)
                failing.append((told, result, witnesses.get(result.dtype)))
        scenarios.append(texts.charge(entry))

    # Whatever is most needed to understand a divergence goes first, lest the budget run out before it.
    for told, result, _ in failing:
        if not texts.is_full:
            told.update(texts.charge(_evidence(result, texts)))
    for entry, scenario in zip(scenarios, run.scenarios, strict=True):
        if not texts.is_full:
            entry["script"] = texts.charge(texts.add_script(scenario.script))
    for entry, witness in baselines:
        if not texts.is_full:
            rows = texts.charge(_rows(witness, None, texts))
            entry["observed"][witness.dtype] = {"by": columns[witness.subject], "rows": rows}
    for told, result, known in failing:
        if not texts.is_full and result.verdict != "agrees" and result.observations:
            told["rows"] = texts.charge(_rows(result, known, texts))
    return {
        "subjects": [s.id for s in tally.judged],
        "scenarios": scenarios,
        "texts": texts.all,
        "cut": texts.is_full,
    }


def _describe(scenario: Scenario, texts: Texts) -> Entry:
    return {
        "id": scenario.id,
        "does": scenario.behaviour,
        "clause": scenario.clause,
        "text": texts.add(scenario.text),
        "source": texts.add(scenario.source),
        "differs": texts.add(scenario.differs),
        "needs": scenario.needs,
        "told": [],
        "observed": {},
    }


def _witnesses(results: list[Result], tally: Tally) -> dict[str, Result]:
    """For each dtype the result that shows what agreement looks like: the oracle's own, else the first that agrees."""
    oracles = {s.id for s in tally.run.subjects if tally.run.is_oracle(s)}
    agreeing = [r for r in results if r.verdict == "agrees" and r.observations]
    agreeing.sort(key=lambda r: r.subject not in oracles)
    return {r.dtype: r for r in reversed(agreeing)}


def _tell(result: Result, column: int, texts: Texts) -> Entry:
    """One result that does not simply agree."""
    told: Entry = {
        "of": column,
        "dtype": result.dtype,
        "verdict": result.verdict,
        "reason": texts.add(result.reason or None),
    }
    if result.expected:
        expected = result.expected
        told["expected"] = {
            "met": result.is_expected,
            "verdict": " or ".join(expected.verdicts),
            "reason": expected.reason or None,
            "issue": expected.issue,
        }
    return told


def _evidence(result: Result, texts: Texts) -> Entry:
    """The first observation that differs, and the script of a drawn example."""
    evidence: Entry = {}
    if result.script:
        evidence["script"] = texts.add_script(result.script)
    if result.difference:
        difference = result.difference
        expected, got = show_both(difference.wanted, difference.got)
        documented = None if difference.documented in (None, difference.wanted) else show(difference.documented)
        evidence["difference"] = {
            "name": difference.observation,
            "expected": texts.add(expected),
            "got": texts.add(got),
            "documented": texts.add(documented),
            "witness": difference.witness or None,
            "ulps": None if difference.ulps is None else _ulps(difference.ulps),
        }
    return evidence


def _ulps(ulps: float | int | str) -> str:
    if isinstance(ulps, str):
        return ulps
    return f"{ulps:,.0f}" if ulps >= 10 else f"{ulps:.2g}"


def _rows(result: Result, witness: Result | None, texts: Texts) -> list[list[int | None]]:
    """The observations as [name, value, documented]; ``SAME`` where the value is the witness's to the last bit."""
    known = {o.get("name"): o.get("value") for o in witness.observations} if witness else {}
    rows = []
    for observation in result.observations:
        name, value = observation.get("name"), observation.get("value")
        same = name in known and known[name] == value
        documented = observation.get("documented") if witness is None else None
        number = SAME if same else texts.add(show(value))
        rows.append([texts.add(str(name)), number, texts.add(show(documented)) if documented else None])
    return rows


def _segments(text: Text) -> list[str]:
    parts: list[str] = []
    end = 0
    for start, stop in text.marks:
        if parts and start == end:
            parts[-1] += text.text[start:stop]  # two marks that touch are one
        else:
            parts += [text.text[end:start], text.text[start:stop]]
        end = stop
    return [*parts, text.text[end:]]
