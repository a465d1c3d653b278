"""The suite bites: each planted fault is caught by the scenarios that name the behaviour it breaks."""

from __future__ import annotations

import pytest

from conformance import chapters
from conformance.isolation import Limits
from conformance.runner import Runner, Task
from conformance.subjects import Plan, Processes, Subject
from tests.faults import FAULTS

SOUND = Subject("sound", "reference", "sound", "", "cpu", ("float32", "float64"))


@pytest.fixture(scope="module")
def runner():
    """Judges by the reference as it is."""
    processes = Processes(Limits(seconds=10))
    yield Runner(Plan((), "reference", "reference", ""), processes)
    processes.close()


def verdicts(runner, subject, ids):
    """The verdicts on scenarios, without regard to what they rest on, which the fault breaks too."""
    found = {}
    for id in ids:
        scenario = chapters.find(id)
        assert scenario is not None, f"there is no scenario {id}"
        for dtype in scenario.dtypes:
            found[id, dtype] = runner.verdict_alone(Task(scenario, subject, dtype)).word
    return found


def test_there_are_enough():
    assert len(FAULTS) >= 25
    assert all(fault.caught_by for fault in FAULTS.values())


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_caught_by_what_names_it(runner, name):
    ids = FAULTS[name].caught_by
    assert set(verdicts(runner, SOUND, ids).values()) == {"agrees"}, "they must agree where nothing is planted"
    faulty = Subject(name, f"tests.faults:{name}", name, "", "cpu", ("float32", "float64"))
    found = verdicts(runner, faulty, ids)
    caught = {id for (id, _), word in found.items() if word == "diverges"}
    assert caught == set(ids) and set(found.values()) <= {"diverges", "agrees"}, found
