"""What got better and what got worse between two runs."""

import pytest

from reports.comparing import compare, in_markdown, in_text
from reports.run import parse
from tests.reports_sample import ATTACK, result, run_of, scenario, subject


def run_with(verdicts, **changed):
    results = [result(id, "mine-cpu", verdict) for id, verdict in verdicts.items()]
    return parse(run_of([subject("mine-cpu")], [scenario(id) for id in verdicts], results, **changed))


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("agrees", "diverges", "worse"),
        ("agrees", "missing", "worse"),
        ("agrees", "not run", "worse"),
        ("diverges", "crashes", "worse"),
        ("missing", "hangs", "worse"),
        ("diverges", "agrees", "better"),
        ("crashes", "diverges", "better"),
        ("diverges", "missing", "changed"),
        ("agrees", "unsettled", "changed"),
        ("diverges", "not run", "changed"),
        ("not run", "agrees", "changed"),
    ],
)
def test_a_changed_verdict_is_better_or_worse(before, after, kind):
    comparison = compare(run_with({"ACC-01": before}), run_with({"ACC-01": after}))
    found = {"worse": comparison.worse, "better": comparison.better, "changed": comparison.changed}
    assert {name: len(changes) for name, changes in found.items()} == {"worse": 0, "better": 0, "changed": 0, kind: 1}
    assert comparison.exit_status == (1 if kind == "worse" else 0)
    assert f"ACC-01[mine-cpu-float32]: {before} → {after}" in in_text(comparison)


def test_what_only_one_run_has_is_counted():
    comparison = compare(
        run_with({"ACC-01": "agrees", "ACC-02": "agrees"}), run_with({"ACC-02": "agrees", "ACC-03": "hangs"})
    )
    assert (comparison.same, comparison.gone, comparison.new, comparison.exit_status) == (1, 1, 1, 0)
    assert "Only in the earlier run: 1; only in the later run: 1" in in_text(comparison)


def test_runs_that_cannot_be_compared_are_not_taken_for_equal():
    nothing_shared = compare(run_with({"ACC-01": "agrees"}), run_with({"ACC-02": "agrees"}))
    broken_off = compare(run_with({"ACC-01": "agrees"}), run_with({"ACC-01": "agrees"}, complete=False))
    assert nothing_shared.exit_status == broken_off.exit_status == 2
    assert "no result in common" in in_text(nothing_shared)
    assert "later run is incomplete" in in_text(broken_off)


def test_another_oracle_is_pointed_out():
    other = {"name": "torch", "version": "2.14.0", "how": "live"}
    comparison = compare(run_with({"ACC-01": "agrees"}), run_with({"ACC-01": "agrees"}, oracle=other))
    assert "The oracles differ" in in_text(comparison)


def test_engines_are_quoted_harmlessly():
    later = run_with({"ACC-01": "crashes"})
    hostile = {**later.document, "results": [{**later.document["results"][0], "reason": f"\x1b[2J{ATTACK}"}]}
    comparison = compare(run_with({"ACC-01": "agrees"}), parse(hostile))
    assert "<script" not in in_markdown(comparison)
    assert "| **ACC-01** | mine-cpu, float32 | agrees → crashes |" in in_markdown(comparison)
    assert "\x1b" not in in_text(comparison) + in_markdown(comparison)
