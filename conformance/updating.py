"""``--update-expectations``: make an expectations file say what a run has found.

Lines that still hold stay as they are, with their comments; only what has changed is written anew. What is expected
under conditions that the run did not have, of another device, say, is no matter of the run's.
"""

from __future__ import annotations

import json
import os
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from conformance.expectations import Expectation, Expectations, ExpectationsError, is_met, tomllib
from conformance.subjects import Subject
from conformance.verdict import PASSES

_LINE = re.compile(r'^\s*(?:"(?P<quoted>[^"]+)"|\'(?P<literal>[^\']+)\'|(?P<bare>[\w-]+))\s*=')


def update(expectations: Expectations, runs: Iterable[tuple[Subject, dict[str, Any]]], known: Iterable[str]) -> str:
    """The text of the file after a run; ``known`` are the IDs of all scenarios there are."""
    of_scenario: dict[str, list[tuple[Subject, dict[str, Any]]]] = defaultdict(list)
    reached = set()
    for subject, result in runs:
        reached.add(result["scenario"])
        if result["verdict"] != "not run":
            of_scenario[result["scenario"]].append((subject, result))
    known = set(known)
    dropped = {e.pattern for e in expectations.entries if _is_stale(e, of_scenario, known, known - reached)}
    kept = replace(expectations, entries=tuple(e for e in expectations.entries if e.pattern not in dropped))
    new: dict[str, str] = {}
    for scenario, results in of_scenario.items():
        if all(is_met(r["verdict"], kept.of(scenario, s, r["dtype"])) for s, r in results):
            continue
        dropped.add(scenario)
        entries = []
        if not all(is_met(r["verdict"], kept.by_pattern(scenario, s, r["dtype"])) for s, r in results):
            entries = _entries(scenario, results, expectations)
            if not any(kept.by_pattern(scenario, s, r["dtype"]) for s, r in results):
                entries = [entry for entry in entries if entry.verdicts != ("agrees",)]
        if entries := [*_elsewhere(scenario, results, expectations), *entries]:
            new[scenario] = _line(scenario, entries)
    return _rewritten(expectations, dropped, new)


def write(expectations: Expectations, text: str) -> None:
    """Write the file, whole or not at all. Raises `ExpectationsError` where it is not one line an entry."""
    path = expectations.path
    try:
        tomllib.loads(text)
    except ValueError as error:
        raise ExpectationsError(
            f"expectations {path} cannot be updated ({error}); keep each entry on one line"
        ) from None
    unfinished = Path(f"{path}.unfinished")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(text, encoding="utf-8")
        os.replace(unfinished, path)
    except OSError as error:
        raise ExpectationsError(f"expectations {path} cannot be written: {error.strerror}") from None


def _is_stale(
    entry: Expectation,
    of_scenario: dict[str, list[tuple[Subject, dict[str, Any]]]],
    known: set[str],
    not_reached: set[str],
) -> bool:
    """Whether a line names a scenario that is no more, or is a pattern that a run of all it matches found never true."""
    if entry.exact:
        return entry.pattern not in known
    if any(map(entry.matches, not_reached)):
        return False
    met = [
        is_met(result["verdict"], entry)
        for scenario, results in of_scenario.items()
        for subject, result in results
        if entry.applies(scenario, subject, result["dtype"])
    ]
    return bool(met) and not any(met)


def _entries(scenario: str, results: list[tuple[Subject, dict[str, Any]]], old: Expectations) -> list[Expectation]:
    """As few lines as say what was found: one, or one a dtype, one a device, or one for each pair of them."""

    def entries(*conditions: str) -> list[Expectation] | None:
        found: dict[tuple[str, ...], Expectation] = {}
        for subject, result in results:
            at = {"device": subject.device, "dtype": result["dtype"]}
            key = tuple(at[c] for c in conditions)
            entry = _expectation(scenario, subject, result, old, {c: at[c] for c in conditions})
            if key in found and found[key].verdicts != entry.verdicts:
                return None
            found.setdefault(key, entry)
        return list(found.values())

    return entries() or entries("dtype") or entries("device") or entries("device", "dtype") or []


def _elsewhere(scenario: str, results: list[tuple[Subject, dict[str, Any]]], old: Expectations) -> list[Expectation]:
    """What is expected of a scenario under other conditions than those of the run."""
    return [
        entry for entry in old.naming(scenario) if not any(entry.applies(scenario, s, r["dtype"]) for s, r in results)
    ]


def _expectation(
    scenario: str, subject: Subject, result: dict[str, Any], old: Expectations, conditions: dict[str, str]
) -> Expectation:
    verdict = result["verdict"]
    before = old.of(scenario, subject, result["dtype"])
    if before is not None and verdict in before.verdicts:
        return Expectation(scenario, before.verdicts, before.reason, before.issue, **conditions)
    reason = "" if verdict in PASSES else result["reason"].partition("\n")[0][:200]
    return Expectation(scenario, (verdict,), reason, **conditions)


def _line(scenario: str, entries: list[Expectation]) -> str:
    tables = []
    for entry in entries:
        verdicts = [json.dumps(verdict) for verdict in entry.verdicts]
        fields = ["verdict = " + (verdicts[0] if len(verdicts) == 1 else f"[{', '.join(verdicts)}]")]
        for key in ("reason", "issue", "device", "dtype", "version"):
            value = getattr(entry, key)
            if value:
                fields.append(f"{key} = {json.dumps(value, ensure_ascii=False)}")
        tables.append(f"{{ {', '.join(fields)} }}")
    value = tables[0] if len(tables) == 1 else f"[{', '.join(tables)}]"
    return f"{json.dumps(scenario)} = {value}\n"


def _rewritten(expectations: Expectations, dropped: set[str], new: dict[str, str]) -> str:
    """The file's text with changed lines in their old places, and new lines at the end in order."""
    path = expectations.path
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    if not text and expectations.engine is not None:
        text = f"engine = {json.dumps(expectations.engine)}\n\n"
    new = dict(new)
    lines = []
    for line in text.splitlines(keepends=True):
        match = _LINE.match(line)
        pattern = match and (match["quoted"] or match["literal"] or match["bare"])
        if pattern in new:
            lines.append(new.pop(pattern))
        elif pattern not in dropped:
            lines.append(line)
    if new and "[scenarios]" not in (line.strip() for line in lines):
        lines.append("[scenarios]\n")
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    return "".join([*lines, *(new[scenario] for scenario in sorted(new))])
