"""`pytest conformance/ --engine exec:COMMAND` as a person runs it, and the two harnesses in JavaScript."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys

import pytest

from conformance.vectors import files
from tests.suite import ONE, ROOT, run

ACCUMULATION = "conformance/scenarios/accumulation.py"
SERVE = f"exec:{sys.executable} -m conformance.vectors.serve "


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """The folder of vectors that `python -m conformance.vectors` writes for one file of scenarios, and its summary."""
    folder = tmp_path_factory.mktemp("vectors")
    command = [sys.executable, "-m", "conformance.vectors", "accumulation", "--output", str(folder)]
    command += ["--summary", str(folder / "exported.md")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert re.match(r"exported \d+ of \d+ scenarios to ", done.stdout), done.stderr
    return folder


@pytest.fixture(autouse=True)
def vectors(exported, monkeypatch):
    monkeypatch.setenv(files.FOLDER, str(exported))


def test_the_command_writes_vectors_and_a_summary(exported):
    assert sorted(path.name for path in exported.iterdir()) == ["accumulation.jsonl", "exported.md"]
    assert "| accumulation |" in (exported / "exported.md").read_text()
    command = [sys.executable, "-m", "conformance.vectors", "nothing"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2 and "no scenarios in nothing; there are" in done.stderr


def test_a_verdict_over_the_protocol_is_the_verdict(tmp_path):
    done = run(ACCUMULATION, "--engine", "reference", "--engine", SERVE + "reference", folder=tmp_path)
    results = done.results
    compared = 0
    for id, result in results.items():
        if result["subject"] == "NumPy-reference-cpu" and result["verdict"] != "not run":
            direct = results[id.replace("NumPy-reference-cpu", "reference-cpu")]
            assert result["verdict"] == direct["verdict"], (id, result["reason"], direct["reason"])
            compared += 1
    assert compared > 60


def test_without_pytorch_the_vectors_judge(tmp_path):
    (tmp_path / "torch.py").write_text("raise ImportError('there is no PyTorch here')")
    done = run(ACCUMULATION, "--engine", SERVE + "tests.engines.toy", folder=tmp_path / "report", path=tmp_path)
    assert done.document["oracle"]["name"] == "PyTorch" and done.document["oracle"]["how"] == "recorded"
    assert [v for id, v in done.verdicts.items() if re.match(r"ACC-02\[.*-float32\]", id)] == ["agrees"]
    missing = [r for r in done.results.values() if r["verdict"] == "missing"]
    assert missing and all("Missing: " in r["reason"] or "Missing in place of" in r["reason"] for r in missing)
    not_exported = [r["reason"] for r in done.results.values() if r["verdict"] == "not run" and "export" in r["reason"]]
    assert all(reason.startswith("it is not exported: it ") for reason in not_exported)


def test_a_run_in_parallel(tmp_path):
    alone = run(ACCUMULATION, "-k", "ACC-03", "--engine", SERVE + "reference", folder=tmp_path / "a")
    together = run(ACCUMULATION, "-k", "ACC-03", "--engine", SERVE + "reference", "-n", "2", folder=tmp_path / "b")
    assert together.verdicts == alone.verdicts and "agrees" in alone.verdicts.values()


def test_a_failure_ends_with_a_line_that_asks_the_harness_again():
    done = run(ONE, "--engine", SERVE + "tests.engines.misbehaving:lies_numbers_a_little")
    assert "To ask the harness once more, run this:" in done.output
    again = next(line for line in done.output.splitlines() if line.startswith("echo "))
    answered = subprocess.run(["sh", "-c", again], cwd=ROOT, capture_output=True, text=True)
    answer = json.loads(answered.stdout)
    assert answer["id"] == 1 and [o["name"] for o in answer["observations"]] == ["after one backward", "after two"]


def test_a_scenario_without_a_vector_and_a_folder_without_vectors(tmp_path, monkeypatch):
    done = run("conformance/scenarios/zeroing.py", "--engine", SERVE + "reference", folder=tmp_path / "report")
    assert set(done.verdicts.values()) == {"not run"}
    assert all(r["reason"].startswith(("it has no vector; export them", "it needs")) for r in done.results.values())
    monkeypatch.setenv(files.FOLDER, str(tmp_path))
    done = run(ONE, "--engine", SERVE + "reference")
    assert done.status == 4
    assert re.search(r"ERROR: engine 'exec:.*there are no vectors in .*; export them with", done.output)


def javascript(name):
    folder = ROOT / "harnesses" / name
    if shutil.which("node") is None or not (folder / "node_modules").is_dir():
        pytest.skip(f"Node.js or {folder.relative_to(ROOT)}/node_modules is not there")
    return f"exec:node harnesses/{name}/harness.mjs"


def test_js_pytorch(tmp_path):
    verdicts = run(ACCUMULATION, "--engine", javascript("js-pytorch"), folder=tmp_path).verdicts
    for id, word in (("ACC-02", "agrees"), ("ACC-03/x*x", "agrees"), ("ACC-01", "diverges"), ("ACC-03/cat", "missing")):
        assert verdicts[f"{id}[js-pytorch-cpu-float64]"] == word, id


def test_tensorflow_js(tmp_path):
    results = run(ACCUMULATION, "--engine", javascript("tfjs"), folder=tmp_path).results
    twice = results["ACC-02[TensorFlow.js-cpu-float32]"]
    assert twice["verdict"] == "missing" and "accumulation into .grad" in twice["reason"]  # it is not lent to it
    assert results["ACC-03/x*x[TensorFlow.js-cpu-float32]"]["verdict"] == "agrees"
