"""How many scenarios are exported, and why the rest are not, as a page."""

from __future__ import annotations

from collections import Counter

from conformance.vectors.export import Tally


def summary(tallies: dict[str, Tally], oracle: dict[str, str]) -> str:
    """The page in Markdown; the order of its rows is always the same."""
    reasons: Counter[str] = sum((tally.reasons for tally in tallies.values()), Counter())
    exported, every = sum(t.exported for t in tallies.values()), sum(t.scenarios for t in tallies.values())
    lines = [
        "# Scenarios exported as vectors",
        "",
        "Written by `python -m conformance.vectors --summary FILE`; what the words mean is in docs/vectors.md.",
        "",
        f"Traced on {oracle['name']} {oracle['version']}: **{exported} of {every} scenarios** "
        f"({exported / every:.1%}) are exported.",
        "",
        "| Why a scenario is not exported: it … | Scenarios |",
        "|---|---:|",
    ]
    lines += [f"| {reason} | {count} |" for reason, count in sorted(reasons.items(), key=lambda r: (-r[1], r[0]))]
    lines += ["", "| File of scenarios | Exported | of |", "|---|---:|---:|"]
    lines += [f"| {name} | {tally.exported} | {tally.scenarios} |" for name, tally in sorted(tallies.items())]
    return "\n".join(lines) + "\n"
