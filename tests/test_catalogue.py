"""The catalogue of clauses, and which releases of PyTorch a clause speaks of."""

from __future__ import annotations

import pytest

from conformance import catalogue, chapters
from conformance.catalogue import Chapter, Clause
from conformance.runner import Task, why_not_run
from conformance.subjects import Subject

CHAPTER = Chapter("X", "x", "X", 1)


@pytest.mark.parametrize(
    ("since", "until", "version", "holds"),
    [
        (None, None, "2.13.0", True),
        ("2.13", None, "2.13.0+cpu", True),
        ("2.13", None, "2.13.0a0+git1234", True),
        ("2.13", None, "2.12.1", False),
        ("2.9", None, "2.13.0", True),
        (None, "2.13", "2.13.0", False),
        (None, "2.13", "2.12.1", True),
    ],
)
def test_a_clause_speaks_of_some_releases(since, until, version, holds):
    assert Clause("X-01", "x", "x", CHAPTER, since=since, until=until).holds_in(version) is holds


def test_a_scenario_is_not_run_by_a_release_that_its_clause_does_not_speak_of():
    newest = next(s for s in chapters.every() if catalogue.clauses()[s.clause].since == "2.13")
    for version, runs in (("2.13.0", True), ("2.11.0", False), ("", True)):
        subject = Subject("x", "x", "x", "", "cpu", ("float32", "float64"), pytorch=version)
        reason = why_not_run(Task(newest, subject, newest.dtypes[0]))
        assert (reason == "") is runs, reason


def test_every_clause_has_text_and_source_and_every_prefix_is_one_chapters():
    prefixes = catalogue.chapters()
    assert len(prefixes) == len({chapter.name for chapter in prefixes.values()})
    for clause in catalogue.clauses().values():
        assert clause.text and clause.source, clause.id
        assert clause.id.startswith(clause.chapter.prefix + "-")
    assert {chapter.level for chapter in prefixes.values()} == set(range(1, 8))


def test_every_scenario_has_a_clause_and_every_id_is_given_once():
    scenarios = list(chapters.every())
    ids = [scenario.id for scenario in scenarios]
    assert len(ids) == len(set(ids))
    assert {s.id for s in scenarios if s.clause not in catalogue.clauses()} == set()


def test_what_a_scenario_rests_on_is_there():
    gone = {s.id: [id for id in s.needs if chapters.find(id) is None] for s in chapters.every()}
    assert {id: needs for id, needs in gone.items() if needs} == {}


def test_every_file_of_scenarios_can_be_imported():
    for module in chapters.modules():
        assert chapters.load(module)


def test_every_clause_has_a_scenario():
    seen = {scenario.clause for scenario in chapters.every()}
    assert sorted(set(catalogue.clauses()) - seen) == []
