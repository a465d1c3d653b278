"""``python -m conformance.record``: write down what PyTorch observes, for runs without it (`conformance.recorded`)."""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from conformance import chapters, drawing
from conformance.isolation import AHEAD, EngineProcess, Limits, Request
from conformance.recorded import RECORDED, SCHEMA, renamed
from conformance.scenario import Scenario

#: How many literals a drawn scenario is recorded with.
LITERALS = 12


class Recorder:
    """Runs scenarios on PyTorch and writes their outcomes."""

    def __init__(self) -> None:
        self._process = EngineProcess("torch", Limits())
        facts = self._process.open()
        if "error" in facts:
            raise SystemExit(facts["error"])
        self._process.use("cpu")
        self.oracle = {"name": facts["name"], "version": facts["version"].partition("+")[0]}

    def close(self) -> None:
        """End the worker."""
        self._process.close()

    def chapter(self, module: str) -> str:
        """The text of the file for one module of scenarios."""
        scenarios = [s for s in chapters.load(module).values() if s.devices != "accelerator"]
        runs = [(s, Request.of(s, d, literal)) for s in scenarios for d in s.dtypes for literal in _literals(s)]
        outcomes: dict[Request, dict[str, Any]] = {}
        for i, (scenario, request) in enumerate(runs):
            for _, coming in runs[i : i + AHEAD]:
                self._process.ahead(coming)
            outcomes[request] = self.outcome(scenario, request)
        head = {"schema": SCHEMA, "oracle": self.oracle, "scenarios": {}}
        lines = [f"{json.dumps(s.id)}:{_text(_entry(s, outcomes))}" for s in scenarios]
        return _text(head)[:-2] + "\n" + ",\n".join(lines) + "\n}}\n"

    def outcome(self, scenario: Scenario, request: Request) -> dict[str, Any]:
        """What a run of a scenario observes; for a random program also how far rounding may move that."""
        outcome = self._kept(request, "observations", "raised")
        if scenario.programs:
            outcome |= self._kept(replace(request, measure=True), "bounds")
        return outcome

    def _kept(self, request: Request, *parts: str) -> dict[str, Any]:
        outcome = self._process.run(request)
        self._process.forget(request)
        if not outcome.keys() >= set(parts):
            raise SystemExit(f"{request.id} ({request.dtype}) cannot be recorded: {outcome}")
        return {part: outcome[part] for part in parts}


def _literals(scenario: Scenario) -> list[Any]:
    if scenario.draws is None:
        return [None]
    return drawing.literals(scenario.id, scenario.draws, LITERALS)


def _entry(scenario: Scenario, outcomes: dict[Request, dict[str, Any]]) -> dict[str, Any]:
    entry: dict[str, Any] = {}
    for dtype in scenario.dtypes:
        run = {literal: outcomes[Request.of(scenario, dtype, literal)] for literal in _literals(scenario)}
        outcome = run if scenario.draws is not None else run[None]
        like = next((d for d, o in entry.items() if renamed(_text(o), d, dtype) == _text(outcome)), None)
        entry[dtype] = outcome if like is None else {"as": like}
    return entry


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=True)


def main() -> None:
    """Record every chapter, or those named."""
    parser = argparse.ArgumentParser(prog="python -m conformance.record", description=__doc__)
    parser.add_argument("chapters", nargs="*", metavar="CHAPTER", help="files of scenarios, without .py (default: all)")
    parser.add_argument("--output", type=Path, help="the folder to write to (default: one named after the version)")
    arguments = parser.parse_args()
    known = {module.rpartition(".")[2]: module for module in chapters.modules()}
    if unknown := [name for name in arguments.chapters if name not in known]:
        parser.error(f"no scenarios in {', '.join(unknown)}; there are {', '.join(known)}")
    recorder = Recorder()
    folder = arguments.output or RECORDED / f"torch-{recorder.oracle['version']}"
    folder.mkdir(parents=True, exist_ok=True)
    for name in arguments.chapters or known:
        path = folder / f"{name}.json"
        unfinished = path.with_suffix(".unfinished")
        unfinished.write_text(recorder.chapter(known[name]), encoding="ascii")
        os.replace(unfinished, path)
    if not arguments.chapters:
        for path in folder.glob("*.json"):
            if path.stem not in known:
                path.unlink()  # its scenarios are gone
    recorder.close()
    sys.stdout.write(f"recorded {recorder.oracle['name']} {recorder.oracle['version']} in {folder}\n")


if __name__ == "__main__":
    main()
