"""Everything that a report folder holds beside its result file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reports import badge
from reports.page import html
from reports.rendering import write_atomically
from reports.run import load, parse
from reports.summary import markdown


def write(run_json: str | Path | Mapping[str, Any], folder: str | Path) -> list[Path]:
    """Write ``summary.md``, ``index.html``, ``badge.json`` and ``badge.svg`` of a result file into a folder.

    ``run_json`` is the file's path, or its JSON already read. Each page is whole or not there. Raises `ReportError`,
    with a message of one line, where the file is not one, or where Jinja is not installed.
    """
    run = parse(run_json) if isinstance(run_json, Mapping) else load(run_json)
    makers = {"badge.json": badge.endpoint, "badge.svg": badge.svg, "summary.md": markdown, "index.html": html}
    written = []
    for name, make in makers.items():
        path = Path(folder) / name
        write_atomically(path, make(run))
        written.append(path)
    return written
