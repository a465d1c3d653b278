"""The table of engines and levels, from several runs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from reports.rendering import escape_markdown
from reports.run import Run, Subject
from reports.tally import VERDICTS, Tally

BEGIN, END = "<!-- python -m reports table -->", "<!-- the end of the table -->"


def table(runs: Iterable[Run]) -> str:
    """In Markdown: a row for each subject, how many scenarios of each level agree, of how many judged; then verdicts.

    A cell of a level that was not run in full has a mark, and one of which nothing was run a dash.
    """
    tallies = [Tally(run) for run in runs]
    numbers = sorted({number for tally in tallies for number in tally.levels})
    shown = [verdict for verdict in reversed(VERDICTS) if verdict != "agrees"]
    head = ["Engine", *(f"Level {number}" for number in numbers), "All", *shown]
    rows = [head, ["---", *["--:"] * (len(head) - 1)]]
    for tally in tallies:
        for subject in tally.judged:
            found = tally.verdicts(subject)
            cells = [_level(tally, subject, number) for number in numbers]
            rows.append(
                [_name(subject), *cells, str(tally.count(subject)), *(f"{found[verdict]:,}" for verdict in shown)]
            )
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def put_into(path: Path, text: str) -> str:
    """A document's text with the table between its marks. Raises `ValueError` where it has none."""
    before, begin, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{path}: put the lines {BEGIN} and {END} where the table is to be")
    return f"{before}{BEGIN}\n{text}{END}{after}"


def _name(subject: Subject) -> str:
    device = "" if subject.device == "cpu" else f", {subject.device}"
    return escape_markdown(f"{subject.name} {subject.version}{device}")


def _level(tally: Tally, subject: Subject, number: int) -> str:
    level = tally.level(subject, number)
    if not level.count.judged:
        return "–"
    return str(level.count) + {"complete": " ✓", "incomplete": " …"}.get(level.state, "")
