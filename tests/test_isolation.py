"""A crash, a hang, a leak or a changed global costs the scenario it happened in, and nothing else."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from conformance.isolation import EngineProcess, Limits, Request

TOY = "tests.engines.toy"


def request(id: str) -> Request:
    return Request("tests.isolation_scenarios", id, "float32")


def started(limits):
    process = EngineProcess(TOY, limits)
    assert "error" not in process.open()
    assert process.use("cpu") is None
    return process


@pytest.fixture
def engine():
    process = started(Limits(seconds=60, memory=512))
    yield process
    process.close()


@pytest.fixture
def impatient_engine():
    process = started(Limits(seconds=3, memory=512))
    yield process
    process.close()


def ordinary(outcome) -> bool:
    observed = outcome.get("observations")
    return observed == [{"name": "the mean", "value": {"is": "float", "value": 2.0}}] and outcome["raised"] is None


def run_between_ordinary_ones(engine, id):
    """All three are on their way before the first is answered, as in a run of the suite."""
    ids = ["ordinary", id, "globals"]
    for each in ids:
        engine.ahead(request(each))
    before, odd, after = (engine.run(request(each)) for each in ids)
    assert ordinary(before)
    assert after["raised"] is None and len(after["observations"]) == 7
    return odd


@pytest.mark.parametrize(
    ("id", "reason", "last_words"),
    [("segfault", "killed by SIGSEGV", "before the fall"), ("exit", "the process exited with status 3", "leaving")],
)
def test_a_death_is_a_crash_with_its_signal_and_last_words(engine, id, reason, last_words):
    outcome = run_between_ordinary_ones(engine, id)
    assert outcome["crashed"] == reason
    assert last_words in outcome["output"]


def test_a_hang_is_ended_and_says_where_it_was(impatient_engine):
    outcome = run_between_ordinary_ones(impatient_engine, "hang")
    assert outcome["hung"] == "no answer after 3 s"
    assert "in a_scenario_never_ends" in outcome["output"]


def test_a_hang_that_ignores_signals_is_ended(impatient_engine):
    assert "hung" in run_between_ordinary_ones(impatient_engine, "deaf-hang")


@pytest.mark.parametrize("id", ["allocates", "allocates-and-says-nothing"])
def test_too_much_memory_is_a_crash_even_where_an_exception_is_expected(engine, id):
    assert "out of memory" in run_between_ordinary_ones(engine, id)["crashed"]


@pytest.mark.parametrize("id", ["leaks", "leaks-addresses"])
def test_a_leak_replaces_the_process_before_it_starves_the_next(engine, id):
    kept = []
    for _ in range(12):
        outcome = engine.run(request(id))
        engine.forget(request(id))
        assert outcome["raised"] is None, outcome
        kept.append(outcome["observations"][0]["value"]["value"])
    assert max(kept) < 12, "no process was replaced"
    assert ordinary(engine.run(request("ordinary")))


def test_printing_is_no_reply_and_its_file_is_kept_small(engine):
    outcome = run_between_ordinary_ones(engine, "prints")
    assert outcome["observations"] == [{"name": "done", "value": {"is": "bool", "value": True}}]
    assert os.fstat(engine._process._output.fileno()).st_size < 1 << 20


def test_printing_without_end_does_not_fill_the_disk(impatient_engine, monkeypatch):
    monkeypatch.setattr("conformance.isolation.PRINTED", 1 << 20)
    monkeypatch.setattr("conformance.isolation.GLANCE", 0.05)
    monkeypatch.setattr(EngineProcess, "close", lambda self: None)  # its file is still to be looked at
    process = impatient_engine._process
    try:
        assert impatient_engine.run(request("floods"))["hung"] == "no answer after 3 s"
        process._kill()
        kept = os.fstat(process._output.fileno())
        assert kept.st_blocks * 512 < kept.st_size / 2
    finally:
        process.close()
        impatient_engine._process = None


def test_an_answer_is_no_other_scenarios(engine):
    assert run_between_ordinary_ones(engine, "forks-and-both-go-on")["raised"] is None
    assert "a line came that is no answer" in run_between_ordinary_ones(engine, "answers-itself")["crashed"]


def test_what_a_scenario_breaks_is_no_other_scenarios_loss(engine):
    engine.run(request("empties-modules"))
    other = Request("conformance.scenarios.accumulation", "ACC-02", "float32")
    assert engine.run(other)["raised"] is None


def test_a_state_that_cannot_be_put_back_is_told(tmp_path, monkeypatch):
    (tmp_path / "one_sided.py").write_text(
        "from tests.engines.toy import *\n"
        "def set_default_dtype(name):\n"
        "    if name == 'float64': raise RuntimeError('there is no such default')\n"
        "__conformance__ = {'dtypes': ['float32', 'float64'], 'set_default_dtype': set_default_dtype}\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    process = EngineProcess("one_sided", Limits(seconds=60, memory=512))
    try:
        assert "error" not in process.open() and process.use("cpu") is None
        crashed = process.run(Request("tests.isolation_scenarios", "ordinary", "float64"))["crashed"]
        assert crashed.endswith("could not be put back: RuntimeError: there is no such default")
        assert ordinary(process.run(request("ordinary")))
    finally:
        process.close()


def test_what_is_waited_for_is_said(tmp_path, monkeypatch):
    (tmp_path / "slow.py").write_text("import time\ntime.sleep(1)\nfrom tests.engines.toy import *\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("conformance.isolation.SILENCE", 0.2)
    said = []
    process = EngineProcess("slow", Limits(), said.append)
    try:
        assert process.open()["name"] == "slow"
    finally:
        process.close()
    assert said == ["waiting for engine 'slow' while it was imported, for 300 s at most"]


def test_closing_every_descriptor_is_a_crash(engine):
    assert "crashed" in run_between_ordinary_ones(engine, "closes-everything")


def test_changed_globals_are_put_back(engine):
    before = engine.run(request("globals"))["observations"]
    engine.run(request("changes-globals"))
    engine.forget(request("globals"))
    assert engine.run(request("globals"))["observations"] == before
    values = {o["name"]: o["value"].get("value") for o in before}
    assert (values["path"], values["filters"], values["standard output"]) == (True, False, True)


def test_what_cannot_be_put_back_replaces_the_process(engine):
    first = engine._process
    assert run_between_ordinary_ones(engine, "removes-its-directory")["raised"] is None
    assert engine._process is not first


def test_a_mode_that_is_left_on_replaces_the_process():
    pytest.importorskip("torch")
    pytorch = EngineProcess("torch", Limits(seconds=60))
    pytorch.open()
    pytorch.use("cpu")
    first = pytorch._process
    assert run_between_ordinary_ones(pytorch, "stays-in-inference-mode")["raised"] is None
    assert pytorch._process is not first
    pytorch.close()


def test_processes_that_an_engine_leaves_behind_are_ended_with_it(engine):
    child = engine.run(request("forks"))["observations"][0]["value"]["value"]
    assert Path(f"/proc/{child}").exists()
    engine.close()
    for _ in range(50):
        state = Path(f"/proc/{child}/stat")
        if not state.exists() or state.read_text().split()[2] in "ZX":
            return
        time.sleep(0.1)
    pytest.fail("it still runs")


def test_a_scenario_that_is_gone_is_no_fault_of_the_engine(engine):
    with pytest.raises(RuntimeError, match="has no scenario nonesuch"):
        engine.run(request("nonesuch"))
    assert ordinary(engine.run(request("ordinary")))


def test_one_process_serves_many_scenarios(engine):
    first = engine._process
    for dtype in ("float32", "float64"):
        for id in ("ordinary", "globals", "prints"):
            engine.run(Request("tests.isolation_scenarios", id, dtype))
    assert engine._process is first


def test_an_engine_that_cannot_be_started_again_gives_a_crash_for_each(engine, monkeypatch):
    assert "crashed" in engine.run(request("exit"))
    engine.spec = "tests.engines.nonesuch"
    outcome = engine.run(request("ordinary"))
    assert "could not be started again" in outcome["crashed"]
