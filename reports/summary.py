"""The Markdown summary, for a CI's job page."""

from __future__ import annotations

from reports.campaign import rows
from reports.rendering import render
from reports.run import LISTED, Result, Run, Subject
from reports.tally import Tally
from reports.values import show

#: Results listed for one subject; the page has the rest.
MOST_LISTED = 25
_LONGEST_CELL = 240


def markdown(run: Run) -> str:
    """The summary of a run."""
    tally = Tally(run)
    return render(
        "summary.md.j2",
        {
            "run": run,
            "tally": tally,
            "listed": LISTED,
            "verdicts": {s.id: tally.verdicts(s) for s in run.subjects},
            "roots": {s.id: tally.roots(s) for s in run.subjects},
            "to_list": {s.id: _to_list(run, s) for s in run.subjects},
            "most": MOST_LISTED,
            "behaviours": {s.id: s.behaviour for s in run.scenarios},
            "campaign": rows(run),
            "in_short": in_short,
        },
    )


def _to_list(run: Run, subject: Subject) -> list[Result]:
    """What a person should look at: all that is otherwise than expected, agreement too, but blocked scenarios."""
    results = [r for r in run.results if r.subject == subject.id and not r.is_expected]
    return [r for r in results if r.verdict not in ("not run", "blocked") and (r.verdict != "agrees" or r.expected)]


def in_short(result: Result) -> str:
    """What is wrong with a result in one line: the first difference, or the reason."""
    difference = result.difference
    if result.verdict == "agrees":
        text = (result.expected and result.expected.reason) or ""
    elif difference is None:
        text = result.reason or ""
    else:
        text = f"{difference.observation}: expected {show(difference.wanted)}, got {show(difference.got)}"
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_CELL else text[:_LONGEST_CELL] + "…"
