"""Joining the result files of several runs into one, and keeping slimmed ones in the repository."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reports.page import html
from reports.rendering import write_atomically
from reports.run import SCHEMA, Json, ReportError, Run, load, parse

#: What a run says of itself as a whole; a merged file says it of each run that it was joined from.
_ORIGIN = ("created", "platform", "command", "oracle", "complete")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
#: The folders of an absolute path; not those of a web address, nor what follows a scenario's "ACC-02".
_FOLDERS = re.compile(r"(?<![\w/.:~-])/(?:[\w.+@~-]+/)+")


def merge(runs: Mapping[str, Run]) -> Json:
    """Join runs, given by name, into one result file's JSON. Nothing is dropped.

    A subject that two runs judged on the same scenarios is two subjects, ``ID@NAME``; one whose results complement each
    other (one run took these chapters, another those) stays one. What is said of a scenario is the newest run's word.
    """
    if not runs:
        raise ReportError("there is nothing to join")
    labels = _labels(runs)
    origins: list[Json] = []
    subjects: dict[str, Json] = {}
    results: list[Json] = []
    campaign: list[Json] = []
    for name, run in runs.items():
        first = len(origins)
        origins += _origins(name, run)
        for subject in run.document["subjects"]:
            label, origin = labels[name, subject["id"]], first + subject.get("run", 0)
            known = subjects.get(label)
            if known is None or not origins[origin]["complete"]:
                subjects[label] = {**(known or subject), "id": label, "run": origin}
        results += [{**r, "subject": labels[name, r["subject"]]} for r in run.document["results"]]
        parts = run.document.get("campaign", {}).get("parts", [])
        campaign += [{**part, "subject": labels[name, part["subject"]]} for part in parts]
    by_age = [run.document for run in sorted(runs.values(), key=lambda run: run.created)]
    return {
        "schema": SCHEMA,
        "created": by_age[-1]["created"],
        "suite": by_age[-1]["suite"],
        "platform": by_age[-1]["platform"],
        "command": by_age[-1]["command"],
        "oracle": _common_oracle([o["oracle"] for o in origins]),
        "complete": all(o["complete"] for o in origins),
        "runs": origins,
        "subjects": list(subjects.values()),
        "chapters": _union(by_age, "chapters", "prefix"),
        "scenarios": _union(by_age, "scenarios", "id"),
        "results": results,
        **({"campaign": {"parts": campaign}} if campaign else {}),
    }


def slim(document: Json) -> Json:
    """A result file with observations only where a result does not agree, and scripts only of drawn examples.

    Durations go too, which would make every publication differ from the last, and the folders of the machine's paths.
    """
    return _without_folders(
        {
            **document,
            "scenarios": [{**s, "script": None} for s in document["scenarios"]],
            "results": [_slim_result(r) for r in document["results"]],
        }
    )


def publish(run: Run, name: str, folder: Path) -> list[Path]:
    """Keep a slimmed run as ``NAME.json.gz``, and make the folder's ``index.html`` of all that are there."""
    if not _NAME.fullmatch(name):
        raise ReportError(f"{name!r} cannot name a published result: use letters, digits, '.', '_' and '-'")
    kept, page = folder / f"{name}.json.gz", folder / "index.html"
    write_atomically(kept, dumps(slim(run.document)))
    published = {path.name.removesuffix(".json.gz"): load(path) for path in sorted(folder.glob("*.json.gz"))}
    write_atomically(page, html(parse(merge(published), str(folder))))
    return [kept, page]


def dumps(document: Json) -> str:
    """A result file's text, an item of each list to a line, so that two versions of a file can be read as a diff."""
    parts = []
    for key, value in document.items():
        text = _compact(value)
        if isinstance(value, list) and value and isinstance(value[0], dict):
            text = "[\n" + ",\n".join(map(_compact, value)) + "\n]"
        parts.append(f"{_compact(key)}: {text}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def names_of(paths: list[str]) -> list[str]:
    """A name for each result file: its own, or its folder's where that says more."""
    names = [Path(p).resolve().parent.name if Path(p).stem == "run" else Path(p).stem for p in paths]
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise ReportError(f"two of the files would both be called {twice[0]!r}; rename one")
    return names


def _labels(runs: Mapping[str, Run]) -> dict[tuple[str, str], str]:
    """The ID of every run's every subject in the merged file."""
    judged: dict[str, list[tuple[str, set[tuple[str, str]]]]] = {}
    for name, run in runs.items():
        for subject in run.subjects:
            keys = {(r.scenario, r.dtype) for r in run.results if r.subject == subject.id}
            judged.setdefault(subject.id, []).append((name, keys))
    labels = {}
    for id, judgements in judged.items():
        distinct = sum(len(keys) for _, keys in judgements) == len(set().union(*(keys for _, keys in judgements)))
        same_engine = len({(s.engine, s.version) for run in runs.values() for s in run.subjects if s.id == id}) == 1
        for name, _ in judgements:
            labels[name, id] = id if distinct and same_engine else f"{id}@{name}"
    return labels


def _origins(name: str, run: Run) -> list[Json]:
    if run.runs:
        return [{**origin, "name": f"{name}/{origin['name']}"} for origin in run.document["runs"]]
    return [{"name": name, **{key: run.document[key] for key in _ORIGIN}}]


def _common_oracle(oracles: list[Json]) -> Json:
    versions = sorted({o["version"] for o in oracles})
    hows = {o["how"] for o in oracles}
    return {
        "name": " and ".join(sorted({o["name"] for o in oracles})),
        "version": " and ".join(versions),
        "how": hows.pop() if len(hows) == 1 else "mixed",
    }


def _union(by_age: list[Json], part: str, key: str) -> list[Json]:
    """Each item once, the newest one, in the order of the newest file that has it."""
    found: dict[Any, Json] = {}
    for document in reversed(by_age):
        for item in document[part]:
            found.setdefault(item[key], item)
    return list(found.values())


def _slim_result(result: Json) -> Json:
    kept = {key: value for key, value in result.items() if value not in (None, [], "") and key != "seconds"}
    if result["verdict"] in ("agrees", "missing", "blocked"):
        kept.pop("observations", None)
    if result["verdict"] in ("missing", "blocked"):
        kept.pop("difference", None)  # the reason says what was missing, or what to mend first
    return kept


def _without_folders(value: Any) -> Any:
    """The same JSON with ``/home/me/engine.py`` as ``…/engine.py``, in commands and in what engines said."""
    if isinstance(value, str):
        return _FOLDERS.sub("…/", value)
    if isinstance(value, list):
        return [_without_folders(item) for item in value]
    if isinstance(value, dict):
        return {key: _without_folders(item) for key, item in value.items()}
    return value


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
