"""What a mutation run found: counted, sampled and written to ``reports/mutation/DATE.json``."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.mutation.campaign import Fate
from tests.mutation.equivalents import why_equivalent
from tests.mutation.mutants import PACKAGES, ROOT, Mutant

REPORTS = ROOT / "reports" / "mutation"
WORDS = ("killed", "timed out", "survived", "equivalent")

#: How many of the killed mutants of each package the tests judge again.
SAMPLE = 60


def document(
    fates: Mapping[Mutant, Fate], no_killers: list[str], facts: Mapping[str, Any], seed: int = 0
) -> dict[str, Any]:
    """The result of a run: counts a file, the survivors, the scenarios that killed nothing, and the sample."""
    files: dict[str, Counter[str]] = {}
    survivors = []
    for mutant, fate in fates.items():
        word = fate.word
        if word == "survived" and why_equivalent(mutant):
            word = "equivalent"
        if word == "survived":
            survivors.append({"mutant": mutant.diff, "reason": fate.reason or "every scenario that executes it agrees"})
        if word != "no mutant":
            files.setdefault(mutant.file, Counter())[word] += 1
    total = sum(files.values(), Counter())
    detected = total["killed"] + total["timed out"]
    return {
        "schema": 1,
        **facts,
        "total": {word: total[word] for word in WORDS},
        "killed of those not equivalent": round(detected / max(1, detected + total["survived"]), 4),
        "files": {file: {word: counts[word] for word in WORDS} for file, counts in files.items()},
        "survivors": survivors,
        "scenarios that kill no mutant": no_killers,
        "sample": [entry for package in PACKAGES for entry in _sample(fates, package, seed)],
    }


def _sample(fates: Mapping[Mutant, Fate], package: str, seed: int) -> list[dict[str, str]]:
    twice = {mutant.key.replace(" (2)", "", 1) for mutant in fates if mutant.within.endswith(" (2)")}
    killed = [
        (mutant, fate)
        for mutant, fate in fates.items()
        if fate.word == "killed" and mutant.file.startswith(package) and fate.killer.endswith("]")
        # of lines of one text in a function another may be meant when the function is edited
        and not mutant.within.endswith(")") and mutant.key not in twice
    ]  # fmt: skip
    chosen = random.Random(seed).sample(killed, min(SAMPLE, len(killed)))
    parts = ("file", "within", "operator", "before", "after")
    chosen.sort(key=lambda pair: pair[0].key)
    return [{**{part: getattr(mutant, part) for part in parts}, "by": fate.killer} for mutant, fate in chosen]


def write(found: dict[str, Any], folder: Path = REPORTS) -> Path:
    """Write a result, one line for each entry of its lists, and say where."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{found['date']}.json"
    lines = [f" {json.dumps(key)}: {_entries(value)}" for key, value in found.items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    return path


def _entries(value: Any) -> str:
    if isinstance(value, list) and value:
        return "[\n  " + ",\n  ".join(json.dumps(entry) for entry in value) + "\n ]"
    if isinstance(value, dict) and value and isinstance(next(iter(value.values())), dict):
        return "{\n  " + ",\n  ".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in value.items()) + "\n }"
    return json.dumps(value)


def latest() -> dict[str, Any]:
    """The newest result that is kept."""
    return json.loads(max(REPORTS.glob("*.json")).read_text(encoding="utf-8"))
