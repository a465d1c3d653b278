"""What a campaign of random programs came to, in the reports."""

from __future__ import annotations

from reports import campaign
from reports.merging import merge
from reports.page import html
from reports.run import parse
from reports.summary import markdown
from tests.reports_sample import ATTACK, result, run_of, scenario, subject


def part(dtype, **changes):
    """Two programs under a dtype, with one divergence."""
    divergence = {"program": "['t0 = 1']", "verdict": "diverges", "reason": f"t0: {ATTACK}", "script": ATTACK}
    common = {
        **{
            "scenario": "RND-01",
            "subject": "mine-cpu",
            "dtype": dtype,
            "programs": 10,
            "seconds": 2.0,
            "undetermined": 1,
        },
        **{"unsettled": 0, "again": 0, "missing": {}, "operations": {"mul": 3, "sum": 1}, "pairs": {"mul": {"sum": 2}}},
        **{"clauses": {"BWD-01": 4}, "divergences": [divergence]},
    }
    return {**common, **changes}


def document(*parts):
    plain = run_of([subject("mine-cpu")], [scenario("ACC-01")], [result("ACC-01", "mine-cpu")])
    return {**plain, "campaign": {"seed": 7, "parts": list(parts)}}


def test_a_subject_has_one_row_with_what_its_parts_reached():
    run = parse(document(part("float32"), part("float64", operations={"mul": 1}, pairs={"mul": {"exp": 1}})))
    (row,) = campaign.rows(run)
    assert (row.programs, row.rate, row.undetermined_share) == (20, 5.0, 10.0)
    assert row.operations == {"mul": 4, "sum": 1}
    assert row.pairs == {("mul", "sum"), ("mul", "exp")}
    assert [(p.dtype, found.verdict) for p, found in row.divergences] == [
        ("float32", "diverges"),
        ("float64", "diverges"),
    ]


def test_a_run_without_a_campaign_shows_none():
    run = parse(run_of([subject("mine-cpu")], [scenario("ACC-01")], [result("ACC-01", "mine-cpu")]))
    assert "Random programs" not in markdown(run)
    assert "Random programs" not in html(run)


def test_pages_show_the_numbers_and_the_scripts_as_text():
    run = parse(document(part("float32")))
    assert "| mine-cpu | 10 | 5.0 | 10.00 % | 2 | 1 | 1 | 1 |" in markdown(run)
    page = html(run)
    assert "--fuzz-seed 7" in page
    assert "RND-01 (float32)" in page
    assert ATTACK not in page


def test_merged_runs_keep_their_campaigns():
    merged = merge({"a": parse(document(part("float32"))), "b": parse(document(part("float64")))})
    assert [p["subject"] for p in merged["campaign"]["parts"]] == ["mine-cpu@a", "mine-cpu@b"]
    assert len(campaign.rows(parse(merged))) == 2
