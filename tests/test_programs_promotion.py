"""From a wrong engine to a permanent scenario: a campaign finds the fault, a command makes the program a scenario."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys

import pytest

from tests.suite import ROOT, run

WRONG = "tests.engines.wrong_amax:engine"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A checkout with one file of scenarios, the one of random programs.

    The engine and the suite are copied, so that nothing that happens to the originals meanwhile matters.
    """
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    for name, left_out in (("reference", ()), ("tests", ()), ("conformance", ("scenarios", "recorded", "vectors"))):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", *left_out))
    for name in ("recorded", "vectors"):
        (folder / "conformance" / name).symlink_to(ROOT / "conformance" / name)
    scenarios = folder / "conformance" / "scenarios"
    scenarios.mkdir()
    for name in ("__init__.py", "random_programs.py"):
        shutil.copy(ROOT / "conformance" / "scenarios" / name, scenarios)
    return folder


def promote(checkout, *arguments):
    command = [sys.executable, "-m", "conformance.programs.promote", *arguments]
    return subprocess.run(command, cwd=checkout, capture_output=True, text=True, timeout=600)


def test_a_fault_is_found_made_short_stored_and_promoted(checkout, tmp_path):
    version = pytest.importorskip("torch").__version__
    programs = ("conformance/scenarios/random_programs.py", "-k", "RND-01 and float32")
    campaign = ("--fuzz", "2000", "--fuzz-seed", "1", "--fuzz-database", str(tmp_path / "examples"))
    patience = ("--time-limit", "300")  # a program that is cut off on a busy machine is a divergence of its own
    done = run(*programs, "--engine", WRONG, *campaign, *patience, folder=tmp_path, cwd=checkout, path=checkout)
    assert done.status == 1, done.output

    # made short
    (part,) = done.document["campaign"]["parts"]
    assert part["programs"] == 200
    programs = [ast.literal_eval(divergence["program"]) for divergence in part["divergences"]]
    (program, *_) = [program for program in programs if "amax" in program[-1]]
    assert len(program) == 2, "a leaf and the operation"

    # stored, beside a script that a person runs
    stored = {path: json.loads(path.read_text()) for path in (tmp_path / "divergences").glob("*.json")}
    (path,) = [path for path, divergence in stored.items() if divergence["program"] == repr(program)]
    script = path.with_suffix(".py")
    assert f"PyTorch {version}" in script.read_text()
    ran = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=600)
    assert ran.stdout.startswith("t1: tensor("), ran.stderr

    # promoted, by one command
    name = "the largest element is the largest"
    promoted = promote(checkout, str(script), "--clause", "NUM-09", "--name", name)
    assert promoted.returncode == 0, promoted.stderr
    file = "conformance/scenarios/found_by_fuzzing.py"
    assert f"pytest {file}::NUM-09/the-largest-element-is-the-largest" in promoted.stdout
    again = promote(checkout, str(script), "--clause", "NUM-09", "--name", name)
    assert again.returncode == 2 and "give another name" in again.stderr

    engines = [word for engine in (WRONG, "reference", "torch") for word in ("--engine", engine)]
    judged = run(file, *engines, *patience, folder=tmp_path / "judged", cwd=checkout, path=checkout)
    verdicts = {(r["subject"], r["verdict"]) for r in judged.document["results"]}
    assert verdicts == {("wrong_amax.engine-cpu", "diverges"), ("reference-cpu", "agrees"), ("torch-cpu", "agrees")}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nonesuch.json", "--name", "text"], "No such file"),
        (["divergence.json", "--name", "text", "--clause", "ABC-99"], "no clause ABC-99"),
        (["divergence.json", "--name", "..."], "says its behaviour in words"),
    ],
)
def test_what_cannot_be_promoted_is_refused_in_one_line(checkout, tmp_path, arguments, said):
    program = ["t0 = torch.tensor([1.0])", "t1 = t0.exp()"]
    divergence = {"scenario": "RND-01/operations", "dtype": "float32", "program": repr(program)}
    (tmp_path / "divergence.json").write_text(json.dumps({**divergence, "difference": None, "raising": []}))
    done = promote(checkout, str(tmp_path / arguments[0]), *arguments[1:])
    assert done.returncode == 2
    assert said in done.stderr.splitlines()[-1]
