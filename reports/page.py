"""The HTML page: one file without external assets."""

from __future__ import annotations

from urllib.parse import urlsplit

from reports.campaign import rows
from reports.embedding import embed
from reports.rendering import asset, render
from reports.run import LISTED, Run
from reports.tally import Tally

#: A sign for each verdict, beside its colour, so that the page can be read without seeing colours.
SIGNS = {
    "agrees": "✓",
    "diverges": "≠",
    "missing": "∅",
    "blocked": "⊘",
    "unsettled": "?",
    "crashes": "!",
    "hangs": "…",
    "not run": "·",
}

MEANINGS = {
    "agrees": "every observation is the oracle's, within the tolerance that is derived for it",
    "diverges": "an observation differs; the first that does is shown",
    "missing": "the engine lacks the API that the scenario needs",
    "blocked": "a scenario that this one rests on fails",
    "unsettled": "the witnesses disagree among themselves; not the engine's fault",
    "crashes": "the engine's process died",
    "hangs": "the engine did not answer in time",
    "not run": "not judged, for the reason given; counted in no denominator",
}

#: With more subjects than this, a cell shows the sign alone and headings stand upright.
_ROOMY = 4


def html(run: Run) -> str:
    """The page of a run."""
    tally = Tally(run)
    return render(
        "page.html.j2",
        {
            "run": run,
            "tally": tally,
            "listed": LISTED,
            "signs": SIGNS,
            "meanings": MEANINGS,
            "roomy": len(tally.judged) <= _ROOMY,
            "verdicts": {s.id: tally.verdicts(s) for s in run.subjects},
            "roots": {s.id: tally.roots(s) for s in run.subjects},
            "behaviours": {s.id: s.behaviour for s in run.scenarios},
            "campaign": rows(run),
            "data": embed(tally),
            "css": asset("page.css"),
            "js": asset("page.js"),
            "is_link": is_link,
        },
    )


def is_link(text: str) -> bool:
    """Whether a text may become a link: engines and expectations files supply it."""
    return urlsplit(text).scheme in ("http", "https")
