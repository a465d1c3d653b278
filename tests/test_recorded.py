"""The recorded oracle: written by a command, data only, and refused in one clear line when it cannot be read."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from conformance import chapters, record, recorded
from conformance.isolation import Request
from conformance.recorded import Recorded, RecordedError
from tests.suite import ONE, ROOT, run

CHAPTERS = ("accumulation", "backward", "indexing_drawn", "legacy")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A few chapters, recorded anew from the PyTorch that is installed."""
    pytest.importorskip("torch")
    folder = tmp_path_factory.mktemp("recorded") / "torch-0.0.1"
    command = [sys.executable, "-m", "conformance.record", *CHAPTERS, "--output", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=300)
    return folder


@pytest.fixture
def copy(folder, tmp_path):
    return shutil.copytree(folder, tmp_path / "torch-0.0.1")


def test_a_file_has_one_line_a_scenario_and_is_the_same_every_time(folder, tmp_path):
    text = (folder / "accumulation.json").read_text()
    scenarios = json.loads(text)["scenarios"]
    lines = [line for line in text.splitlines() if line.startswith('"')]
    assert [json.loads(f"{{{line.rstrip(',')}}}").keys() for line in lines] == [{id} for id in scenarios]
    recorder = record.Recorder()
    again = recorder.chapter("conformance.scenarios.accumulation")
    recorder.close()
    assert again == text


def test_outcomes_come_back_under_each_dtype(folder):
    recorded = Recorded(folder)
    for dtype in ("float32", "float64"):
        outcome = recorded.outcome("conformance.scenarios.accumulation", "ACC-02", dtype)
        assert outcome["raised"] is None
        assert [o["value"]["dtype"] for o in outcome["observations"]] == [dtype, dtype]
    assert recorded.outcome("conformance.scenarios.accumulation", "ACC-99", "float32") is None
    assert recorded.outcome("conformance.scenarios.nonesuch", "ACC-02", "float32") is None


def test_drawn_scenarios_are_recorded_with_fixed_literals(folder):
    module, id = "conformance.scenarios.indexing_drawn", "IDX-12/drawn"
    literals = Recorded(folder).literals(module, id, "float64")
    assert len(literals) >= record.LITERALS // 2
    assert all(Recorded(folder).outcome(module, id, "float64", literal)["observations"] for literal in literals)


def test_pytorch_agrees_with_what_was_recorded_of_it(folder, tmp_path):
    chapters = [f"conformance/scenarios/{name}.py" for name in CHAPTERS]
    done = run_with(folder, *chapters, "--oracle", "recorded", "--engine", "torch", report=tmp_path)
    assert set(done.verdicts.values()) <= {"agrees", "not run"}, done.output
    assert done.document["oracle"]["how"] == "recorded"


@pytest.mark.parametrize(("bounded", "verdict"), [(True, "agrees"), (False, "diverges")])
def test_a_random_program_is_judged_by_how_far_rounding_moved_it_when_it_was_recorded(copy, tmp_path, bounded, verdict):
    program = repr(["t0 = torch.tensor([0.001])", "t1 = t0 + 1.0", "t2 = t1 - 1.0", "t3 = t2 / 0.0001"])
    recorder = record.Recorder()
    scenario = chapters.load("conformance.scenarios.random_programs")["RND-01/operations"]
    outcome = recorder.outcome(scenario, Request.of(scenario, "float32", program))
    recorder.close()
    (quotient,) = [o["value"]["data"] for o in outcome["observations"] if o["name"].startswith("t3 after")]
    quotient[0] += 0.001  # a thousand units in the last place of 10, of which the difference left a thousand uncertain
    if not bounded:
        del outcome["bounds"]
    head = json.loads((copy / "accumulation.json").read_text())
    content = {**head, "scenarios": {scenario.id: {"float32": {program: outcome}}}}
    (copy / "random_programs.json").write_text(json.dumps(content))
    chosen = ("conformance/scenarios/random_programs.py", "-k", f"{scenario.id} and float32")
    done = run_with(copy, *chosen, "--oracle", "recorded", "--engine", "reference", report=tmp_path)
    assert list(done.verdicts.values()) == [verdict], done.output


def test_a_random_program_that_fails_is_not_shortened_as_nothing_is_recorded_of_others(copy, tmp_path):
    random_programs = [sys.executable, "-m", "conformance.record", "random_programs", "--output", str(copy)]
    subprocess.run(random_programs, cwd=ROOT, check=True, timeout=300)
    programs = "conformance/scenarios/random_programs.py"
    done = run_with(copy, programs, "--oracle", "recorded", "--engine", "tests.engines.toy", report=tmp_path)
    assert set(done.verdicts.values()) <= {"missing", "diverges"}, done.output
    assert all(result["script"] for result in done.document["results"])


def test_names_of_observations_are_not_made_of_what_an_engine_prints():
    """Where a dtype of PyTorch prints as ``torch.float16``, another engine's prints otherwise: that is no divergence."""
    texts = [path.read_text() for path in recorded.folders()[-1].glob("*.json") if path.stem != "random_programs"]
    names = {name for text in texts for name in re.findall(r'"name":"((?:[^"\\]|\\.)*)"', text)}
    assert len(names) > 1000
    assert not [name for name in names if re.search(r"torch\.(b?float|u?int|bool|complex)\d|<class| at 0x", name)]


def run_with(folder, *arguments, report=None, path=""):
    """Run the suite with another folder of recorded files, which a plug-in points it to."""
    plugin = folder.parent / "elsewhere.py"
    plugin.write_text(
        f"import pathlib\nfrom conformance import recorded\nrecorded.RECORDED = pathlib.Path({str(folder.parent)!r})\n"
    )
    return run("-p", "elsewhere", *arguments, folder=report, path=f"{folder.parent}{os.pathsep}{path}")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is damaged"),
        ('{"schema": 1, "oracle"', "is damaged"),
        ("[1, 2, 3]", "is damaged"),
        ('{"schema": 1, "oracle": {}, "scenarios": {}}', "is damaged"),
        ('{"schema": 99, "oracle": {"name": "PyTorch", "version": "9"}, "scenarios": {}}', "is of schema 99"),
        ('{"schema": 1, "oracle": {"name": "PyTorch", "version": "9"}, "scenarios": {}}', "2 different oracles"),
        ("\x00\xff", "is damaged"),
    ],
)
def test_a_damaged_or_newer_file_is_one_clear_line(copy, content, said):
    (copy / "backward.json").write_bytes(content.encode("latin-1"))
    with pytest.raises(RecordedError, match=said) as caught:
        _ = Recorded(copy).identity
    assert "\n" not in str(caught.value) and "conformance.record" in str(caught.value)


@pytest.mark.parametrize(
    "outcome",
    [
        3,
        {"as": "float33"},
        {"observations": [5], "raised": None},
        {"observations": []},
        {"observations": [{}], "raised": 1},
    ],
)
def test_a_damaged_outcome_is_one_clear_line_and_costs_its_own_verdict(copy, tmp_path, outcome):
    content = json.loads((copy / "accumulation.json").read_text())
    content["scenarios"]["ACC-02"]["float32"] = outcome
    (copy / "accumulation.json").write_text(json.dumps(content))
    with pytest.raises(RecordedError, match="ACC-02 under float32 is damaged in") as caught:
        Recorded(copy).outcome("conformance.scenarios.accumulation", "ACC-02", "float32")
    assert "\n" not in str(caught.value) and "conformance.record" in str(caught.value)
    if outcome == 3:
        others = "conformance/scenarios/accumulation.py::ACC-01"
        done = run_with(copy, ONE, others, "--oracle", "recorded", "--engine", "tests.engines.toy", report=tmp_path)
        assert str(caught.value) in done.output and "Traceback" not in done.output
        assert set(done.verdicts) == {"ACC-01[toy-cpu-float32]"} and done.document["complete"] is False


def test_a_run_by_a_damaged_file_says_so_and_stops(copy):
    (copy / "backward.json").write_text('{"schema": 99, "oracle": {"name": "x", "version": "1"}, "scenarios": {}}')
    done = run_with(copy, ONE, "--oracle", "recorded", "--engine", "tests.engines.toy")
    (line,) = [line for line in done.output.splitlines() if line.startswith("ERROR")]
    assert line.startswith("ERROR: --oracle recorded:") and "is of schema 99" in line
    assert done.status == 4


def test_without_anything_recorded_the_command_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(recorded, "RECORDED", tmp_path)
    with pytest.raises(RecordedError, match=r"python -m conformance\.record"):
        Recorded()


def test_the_newest_version_counts(tmp_path, monkeypatch):
    monkeypatch.setattr(recorded, "RECORDED", tmp_path)
    for version in ("2.9.1", "2.13.0", "2.2.0"):
        (tmp_path / f"torch-{version}").mkdir()
    assert Recorded().folder.name == "torch-2.13.0"


def test_nothing_but_the_torch_free_packages_is_imported(folder, tmp_path):
    """The suite, with a recorded oracle, where PyTorch, Jinja and SciPy cannot be imported."""
    blocker = tmp_path / "sitecustomize.py"
    blocker.write_text(
        "import sys\n"
        "class No:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] in ('torch', 'jinja2', 'scipy', 'jsonschema'):\n"
        "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
        "sys.meta_path.insert(0, No())\n"
    )
    done = run_with(folder, ONE, "--engine", "reference", report=tmp_path / "report", path=tmp_path)
    assert set(done.verdicts.values()) == {"agrees"}, done.output
    assert done.document["oracle"]["how"] == "recorded"
