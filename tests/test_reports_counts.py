"""Counts, levels, what blocks what, the Markdown summary and the badge."""

import json
from xml.etree import ElementTree

import pytest

from reports import badge
from reports.run import ReportError, parse
from reports.summary import markdown
from reports.tally import Tally, worst
from tests.reports_sample import ATTACK, DTYPES, chapter, diverging, result, run_of, sample, scenario, subject


def tally_of(verdicts, **changed):
    """A tally of one subject; ``verdicts`` maps a scenario, or a scenario and a dtype, to a verdict."""
    ids = dict.fromkeys(key.split()[0] for key in verdicts)
    results = [
        result(key.split()[0], "mine-cpu", verdict, dtype)
        for key, verdict in verdicts.items()
        for dtype in (key.split()[1:] or DTYPES)
    ]
    who = changed.pop("subject", subject("mine-cpu"))
    scenarios = changed.pop("scenarios", [scenario(id) for id in ids])
    return Tally(parse(run_of([who], scenarios, results, **changed)))


def test_the_worst_dtype_counts():
    assert worst(["agrees", "diverges"]) == "diverges"
    assert worst(["agrees", "not run"]) == "agrees"
    tally = tally_of({"ACC-01 float32": "agrees", "ACC-01 float64": "missing"})
    assert tally.verdict("ACC-01", "mine-cpu") == "missing"


def test_only_agrees_counts_and_not_run_is_in_no_denominator():
    tally = tally_of(
        {f"ACC-0{n}": v for n, v in enumerate(["agrees", "diverges", "missing", "unsettled", "hangs", "not run"])}
    )
    (who,) = tally.run.subjects
    count = tally.count(who)
    assert (count.agrees, count.judged, count.not_run) == (1, 5, 1)
    assert tally.status(who) == "1 of 5 agree"


@pytest.mark.parametrize("verdicts", [{}, {"ACC-01": "not run"}])
def test_nothing_judged_is_no_data_and_never_nought_percent(verdicts):
    tally = tally_of(verdicts, scenarios=[scenario("ACC-01")])
    assert tally.status(tally.run.subjects[0]) == "no data"
    for text in (markdown(tally.run), badge.endpoint(tally.run)):
        assert "no data" in text
        assert "%" not in text


def test_an_incomplete_run_is_called_so():
    tally = tally_of({"ACC-01": "agrees"}, complete=False)
    (who,) = tally.run.subjects
    assert tally.status(who).startswith("incomplete")
    assert tally.level_phrase(who) == "incomplete"
    assert tally.level(who, 1).state == "incomplete"
    assert json.loads(badge.endpoint(tally.run))["message"] == "incomplete"
    assert "**Incomplete.**" in markdown(tally.run)


def test_levels_are_reached_in_order():
    tally = tally_of({"ACC-01": "agrees", "ZERO-01": "agrees", "VIEW-01": "diverges", "OPT-01": "agrees"})
    (who,) = tally.run.subjects
    assert [tally.level(who, n).state for n in tally.levels] == ["complete", "complete", "partial", "complete"]
    assert tally.level_phrase(who) == "level 2 of 4, complete"
    assert tally.next_level(who) == 3


def test_a_level_with_an_unclaimed_chapter_is_not_complete():
    who = subject("mine-cpu", unclaimed=["NN", "OPT"])
    chapters = [chapter("ACC", 1, "Basics"), chapter("NN", 1, "Modules"), chapter("OPT", 2, "Optimizers")]
    verdicts = {"ACC-01": "agrees", "NN-01": "not run", "OPT-01": "not run"}
    tally = tally_of(verdicts, subject=who, chapters=chapters)
    assert tally.level(tally.run.subjects[0], 1).state == "partial"
    assert tally.level(tally.run.subjects[0], 1).unclaimed == ["Modules"]
    assert tally.level(tally.run.subjects[0], 2).state == "not claimed"
    assert tally.level_phrase(tally.run.subjects[0]) == "below level 1 of 2"


@pytest.mark.parametrize(
    "chapters",
    [[{**chapter("ACC", 1, "Basics"), "scenarios": 2}], [chapter("ACC", 1, "Basics"), chapter("NN", 1, "Modules")]],
)
def test_a_run_of_a_few_selected_scenarios_completes_no_level(chapters):
    tally = tally_of({"ACC-01": "agrees"}, chapters=chapters)
    assert tally.level(tally.run.subjects[0], 1).state == "incomplete"
    assert tally.level_phrase(tally.run.subjects[0]) == "level 1 of 1 not run in full"


def test_what_blocks_the_most_is_to_be_mended_first():
    needs = {
        "ACC-01": [],
        "ACC-02": ["ACC-01"],
        "ACC-03": ["ACC-02"],
        "ACC-04": ["ACC-05"],
        "ACC-05/a": [],
        "ACC-05/b": [],
    }
    verdicts = dict(zip(needs, ["diverges", "blocked", "blocked", "blocked", "agrees", "missing"], strict=True))
    tally = tally_of(verdicts, scenarios=[scenario(id, needs=n) for id, n in needs.items()])
    roots = tally.roots(tally.run.subjects[0])
    assert [(r.scenario, r.verdict, r.blocks) for r in roots] == [
        ("ACC-01", "diverges", ["ACC-02", "ACC-03"]),
        ("ACC-05/b", "missing", ["ACC-04"]),
    ]
    assert "mend these 2, unblock 3" in markdown(tally.run)


def test_scenarios_that_rest_on_each_other_are_no_endless_loop():
    scenarios = [scenario("ACC-01", needs=["ACC-02"]), scenario("ACC-02", needs=["ACC-01"])]
    tally = tally_of({"ACC-01": "blocked", "ACC-02": "blocked"}, scenarios=scenarios)
    assert tally.roots(tally.run.subjects[0]) == []


def test_the_summary_quotes_engines_harmlessly():
    text = markdown(parse(sample()))
    assert "<script" not in text
    assert "<img" not in text
    assert r"&amp;\|\`\*" in text
    widths = {
        line.replace(r"\|", "").count("|") for line in text.split("## Levels")[0].splitlines() if line.startswith("|")
    }
    assert len(widths) == 1, "a quoted bar breaks the table"


def test_the_summary_lists_what_was_not_expected():
    foreseen = diverging("ACC-01", "mine-cpu", expected={"verdict": ["missing", "diverges"], "reason": "known"})
    fresh = diverging("ACC-02", "mine-cpu", expected={"verdict": "agrees"})
    text = markdown(parse(run_of([subject("mine-cpu")], [scenario("ACC-01"), scenario("ACC-02")], [foreseen, fresh])))
    assert "**ACC-01**" not in text
    assert "**ACC-02**" in text
    assert "expected agrees" in text


def test_the_badge_speaks_of_the_engines_not_of_the_oracle():
    run = parse(sample())
    assert json.loads(badge.endpoint(run)) == {
        "schemaVersion": 1,
        "label": "PyTorch conformance",
        "message": "1 of 7 agree",
        "color": "orange",
    }
    assert json.loads(badge.endpoint(run, "torch-cpu"))["message"] == "8 of 8 agree"
    with pytest.raises(ReportError, match="no subject 'x'"):
        badge.endpoint(run, "x")


def test_the_badge_is_an_image():
    document = ElementTree.fromstring(badge.svg(parse(sample())))
    assert document.attrib["aria-label"] == "PyTorch conformance: 1 of 7 agree"
    assert int(document.attrib["width"]) > 100


def test_a_reason_with_an_attack_is_in_the_summary_as_text():
    assert "window.attacked" in markdown(parse(sample())), "the text itself is kept"
    assert ATTACK not in markdown(parse(sample()))
