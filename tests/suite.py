"""Runs the suite as a person does, in a process of its own, and reads what it wrote."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
ONE = "conformance/scenarios/accumulation.py::ACC-02"


@dataclass
class Run:
    status: int
    output: str
    document: dict[str, Any] | None

    @property
    def results(self) -> dict[str, dict[str, Any]]:
        """The results by ``scenario[subject-dtype]``."""
        assert self.document is not None, self.output
        return {f"{r['scenario']}[{r['subject']}-{r['dtype']}]": r for r in self.document["results"]}

    @property
    def verdicts(self) -> dict[str, str]:
        return {id: result["verdict"] for id, result in self.results.items()}


def run(*arguments: str, folder: Path | None = None, cwd: Path = ROOT, path: Path | str = "") -> Run:
    """``pytest`` with the arguments, and the result file where ``folder`` is given; ``path`` is importable."""
    report = ["--report", str(folder)] if folder is not None else []
    command = [sys.executable, "-m", "pytest", "-p", "no:randomly", "-p", "no:cacheprovider", *arguments, *report]
    environment = {**os.environ, "PYTHONPATH": f"{path}{os.pathsep}{ROOT}", "OMP_NUM_THREADS": "1", "COLUMNS": "200"}
    environment.pop("PYTEST_ADDOPTS", None)
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=900, env=environment)
    return Run(done.returncode, done.stdout + done.stderr, None if folder is None else read(folder))


def read(folder: Path) -> dict[str, Any] | None:
    """The result file of a report folder, if there is one."""
    path = folder / "run.json"
    return json.loads(path.read_text()) if path.exists() else None
