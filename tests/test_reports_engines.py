"""The table of engines and levels, and that the one of the documents is that of the published results."""

from __future__ import annotations

import json

import pytest

from reports import engines
from reports.__main__ import main
from reports.run import load, parse
from tests.reports_sample import sample
from tests.suite import ROOT

PUBLISHED = sorted((ROOT / "reports" / "published").glob("*.json.gz"))


def rows(text):
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in text.splitlines()]


def test_a_row_says_what_agrees_of_what_was_judged_on_each_level_and_in_all():
    run = parse(sample())
    head, _, *found = rows(engines.table([run]))
    assert head[0] == "Engine" and "diverges" in head and "Level 1" in head
    judged = [s for s in run.subjects if s.not_run is None]
    assert len(found) == len(judged)
    assert "<" not in "".join(row[0] for row in found), "names of engines are untrusted"
    for row in found:
        all_of_them = row[head.index("All")].replace(",", "").split(" of ")
        verdicts = [int(n.replace(",", "")) for n in row[head.index("All") + 1 : -1]]
        assert sum(verdicts) == int(all_of_them[1]) - int(all_of_them[0])


def test_the_table_goes_between_its_marks_and_nowhere_else(tmp_path, capsys):
    (tmp_path / "run.json").write_text(json.dumps(sample()))
    document = tmp_path / "engines.md"
    document.write_text(f"before\n{engines.BEGIN}\nold\n{engines.END}\nafter\n")
    command = ["table", str(tmp_path / "run.json"), "--into", str(document)]
    assert main(command) == 0
    text = document.read_text()
    assert text.startswith(f"before\n{engines.BEGIN}\n| Engine |") and text.endswith(f"|\n{engines.END}\nafter\n")
    assert "old" not in text
    assert main(command) == 0 and document.read_text() == text
    document.write_text("no marks")
    assert main(command) == 2 and "put the lines" in capsys.readouterr().err


@pytest.mark.skipif(not PUBLISHED, reason="nothing is published")
def test_the_table_of_the_documents_is_that_of_the_published_results():
    document = ROOT / "docs" / "engines.md"
    assert engines.put_into(document, engines.table(map(load, PUBLISHED))) == document.read_text(encoding="utf-8")
