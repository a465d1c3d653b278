"""A badge: for shields.io's endpoint as JSON, and drawn as SVG."""

from __future__ import annotations

import json

from reports.rendering import render, without_controls
from reports.run import ReportError, Run, Subject
from reports.tally import Tally

LABEL = "PyTorch conformance"
_COLOURS = {"brightgreen": "#3f9c35", "yellowgreen": "#7f8c1b", "orange": "#c4601d", "lightgrey": "#7d848a"}
#: Widths of characters of 11-pixel Verdana, near enough: narrow ones, wide ones, and the rest.
_NARROW, _WIDE = "iljIft.,:;|'!()[] ", "mwMW@%"


def endpoint(run: Run, subject: str | None = None) -> str:
    """The JSON of shields.io's endpoint badge, of one subject or of all that are not the oracle itself."""
    message, colour = _message(run, subject)
    return json.dumps({"schemaVersion": 1, "label": LABEL, "message": message, "color": colour}, indent=2) + "\n"


def svg(run: Run, subject: str | None = None) -> str:
    """The same badge as an image."""
    message, colour = _message(run, subject)
    left, right = _width(LABEL), _width(message)
    values = {"label": LABEL, "message": message, "colour": _COLOURS[colour], "left": left, "right": right}
    return render("badge.svg.j2", values)


def _message(run: Run, subject: str | None) -> tuple[str, str]:
    tally = Tally(run)
    chosen = _chosen(run, subject)
    counts = [tally.count(s) for s in chosen]
    agrees, judged = sum(c.agrees for c in counts), sum(c.judged for c in counts)
    if not judged:
        return "no data", "lightgrey"
    if not all(run.is_complete(s) for s in chosen):
        return "incomplete", "lightgrey"
    message = f"{agrees:,} of {judged:,} agree"
    judged_subjects = sum(1 for c in counts if c.judged)
    if judged_subjects > 1:
        message += f", {judged_subjects} subjects"
    colour = "brightgreen" if agrees == judged else "yellowgreen" if agrees >= 0.9 * judged else "orange"
    return without_controls(message), colour


def _chosen(run: Run, subject: str | None) -> list[Subject]:
    if subject is not None:
        chosen = [s for s in run.subjects if s.id == subject]
        if not chosen:
            raise ReportError(f"no subject {subject!r} in this run; it has {', '.join(s.id for s in run.subjects)}")
        return chosen
    return [s for s in run.subjects if not run.is_oracle(s)] or run.subjects


def _width(text: str) -> int:
    return round(sum(4 if c in _NARROW else 10 if c in _WIDE else 7 for c in text)) + 12
