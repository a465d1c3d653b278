"""The result file of a run, `run.json` (docs/result-files.md describes its fields)."""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path
from typing import Any

import conformance
from conformance import catalogue, chapters
from conformance.expectations import Expectation
from conformance.runner import Result, Task, clause_of, script_of
from conformance.scenario import Scenario
from conformance.subjects import Plan

SCHEMA = 1
NAME = "run.json"


def result_data(task: Task, result: Result, expected: Expectation | None = None) -> dict[str, Any]:
    """One entry of ``results``."""
    data = {
        "scenario": task.scenario.id,
        "subject": task.subject.id,
        "dtype": task.dtype,
        "verdict": result.verdict.word,
        "reason": result.verdict.reason,
        "difference": result.verdict.difference,
        "observations": result.observations,
        "seconds": result.seconds,
        "expected": None if expected is None else expected.to_data(),
    }
    if result.script is not None:
        data["script"] = result.script
    return data


def document(
    plan: Plan, scenarios: Iterable[Scenario], results: Iterable[dict[str, Any]], *, complete: bool
) -> dict[str, Any]:
    """The whole result file, in an order that does not depend on the order of the run."""
    ordered = sorted(scenarios, key=lambda scenario: scenario.id)
    there_are = Counter(scenario.clause.partition("-")[0] for scenario in chapters.every())
    return {
        "schema": SCHEMA,
        "created": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "suite": {"version": conformance.__version__},
        "platform": {
            "python": platform.python_version(),
            "numpy": _version("numpy"),
            "os": platform.platform(),
            "machine": platform.machine(),
            "cpus": os.cpu_count(),
        },
        "command": ["pytest", *sys.argv[1:]],  # which may be run as `python -m pytest`, too
        "oracle": {
            "name": plan.oracle_name,
            "version": plan.oracle_version,
            "how": "recorded" if plan.oracle in ("recorded", "vectors") else "live",
        },
        "complete": complete,
        "subjects": [
            {
                "id": subject.id,
                "engine": subject.engine,
                "name": subject.name,
                "version": subject.version,
                "device": subject.device,
                "dtypes": list(subject.dtypes),
                "not_run": subject.not_run,
                "unclaimed": list(subject.unclaimed),
            }
            for subject in plan.subjects
        ],
        "chapters": [
            {"prefix": c.prefix, "name": c.name, "title": c.title, "level": c.level, "scenarios": there_are[c.prefix]}
            for c in catalogue.chapters().values()
        ],
        "scenarios": [_scenario_data(scenario) for scenario in ordered],
        "results": sorted(results, key=lambda r: (r["scenario"], r["subject"], r["dtype"])),
    }


def prepare(folder: Path) -> None:
    """Make the folder, and try to write into it: a run should not end with nowhere to put what it found."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(b"tried")


def write(content: dict[str, Any], folder: Path) -> Path:
    """Write the result file into a folder, whole or not at all; the path of it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / NAME
    unfinished = folder / f".{NAME}.{os.getpid()}"
    try:
        text = json.dumps(content, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
        unfinished.write_text(text + "\n", encoding="utf-8")
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path


def _scenario_data(scenario: Scenario) -> dict[str, Any]:
    clause = clause_of(scenario)
    script = None
    if scenario.draws is None:
        script = script_of(scenario, scenario.dtypes[0])
    return {
        "id": scenario.id,
        "clause": scenario.clause,
        "chapter": clause.chapter.prefix,
        "behaviour": scenario.name,
        "text": clause.text,
        "source": clause.source,
        "differs": clause.differs,
        "script": script,
        "needs": list(scenario.needs),
    }


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
