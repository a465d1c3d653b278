"""The figures as Markdown: what the README says between its two markers."""

from __future__ import annotations

import datetime
import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.timing import Measured

BEGIN, END = "<!-- measured -->", "<!-- end of what was measured -->"
ENGINES = ("torch", "NumPy by hand", "reference", "autograd", "mygrad", "micrograd", "pydynet")
STEPS = ("NumPy by hand", "reference", "torch (for-loop)", "torch (foreach)")


def table(measured: dict[str, list[Measured]], engines: Sequence[str], first: str) -> str:
    """A row a workload and a column an engine that has any figures: time, and its ratio to the first's."""
    found = {m.engine for row in measured.values() for m in row}
    columns = [engine for engine in engines if engine in found]
    lines = [f"| {first} | {' | '.join(columns)} |", f"|---|{'---|' * len(columns)}"]
    for title, row in measured.items():
        cells = {m.engine: f"{m.microseconds:,.2f} ({m.ratio:.2f})" for m in row}
        lines.append(f"| {title} | {' | '.join(cells.get(engine, '') for engine in columns)} |")
    return "\n".join(lines)


def circumstances(versions: dict[str, str], load: tuple[float, float], minutes: float) -> str:
    """When, where and with what the figures were made."""
    named = ", ".join(f"{name} {version}" for name, version in versions.items())
    return (
        f"Made on {datetime.date.today().isoformat()} in {minutes:.0f} minutes by `python -m benchmarks --into "
        f"benchmarks/README.md`, on {os.cpu_count()} cores ({platform.machine()}) whose load was {load[0]:.1f} at the "
        f"beginning and {load[1]:.1f} at the end, with Python {platform.python_version()}, {named}."
    )


def chains(measured: dict[str, dict[str, float]], nodes: int) -> str:
    """The long chain: a row an engine."""
    lines = [
        f"| chain of {nodes:,}, a process each | forward and backward | forward | with freeing | memory |",
        "|---|---|---|---|---|",
    ]
    for engine, m in measured.items():
        times = " | ".join(f"{m[name]:.2f}" for name in ("microseconds a node", "forward", "with freeing"))
        lines.append(f"| {engine} | {times} | {m['megabytes']:,.0f} MB |")
    return "\n".join(lines)


def imports(measured: dict[str, float]) -> str:
    """The import, as a sentence."""
    return ", ".join(f"`{name}` {milliseconds:.0f} ms" for name, milliseconds in measured.items()) + "."


def insert(path: Path, parts: Sequence[str]) -> None:
    """Put the parts between the file's markers; ValueError where it has none."""
    before, begin, rest = path.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{path} has no markers {BEGIN} and {END}")
    path.write_text("\n\n".join([before + BEGIN, *parts, END + after]))


def as_json(versions: dict[str, str], measured: dict[str, Any]) -> dict[str, Any]:
    """The figures with what they were made with."""
    facts = {"date": datetime.date.today().isoformat(), "python": platform.python_version()}
    return {**facts, "machine": platform.machine(), "versions": versions, "measured": measured}
