"""`pytest conformance/` as a person runs it: what is collected, what fails, what is said, and what is written."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.suite import ONE, ROOT, read, run

SOME = "conformance/scenarios/accumulation.py"
MISBEHAVING = "tests.engines.misbehaving:"
BY_REFERENCE = ("--oracle", "reference")


def ids(output):
    return re.findall(r"^(conformance/scenarios/\S+::\S+\])$", output, re.MULTILINE)


def test_ids_are_readable():
    done = run("--co", "-q", SOME, "--engine", "reference", *BY_REFERENCE)
    assert f"{SOME}::ACC-02[reference-cpu-float64]" in ids(done.output)
    assert done.status == 0


def test_selection_by_word_marker_level_and_chapter():
    def collected(*arguments):
        done = run("--co", "-q", "conformance/", "--engine", "reference", *BY_REFERENCE, *arguments)
        return {re.search(r"::([A-Z]+)-", id)[1] for id in ids(done.output)}

    assert collected("-m", "zeroing") == {"ZER"}
    assert collected("-m", "level1 and not zeroing") >= {"ACC", "BWD"}
    assert "ZER" not in collected("-m", "level1 and not zeroing")
    assert collected("--chapter", "ZER", "--chapter", "accumulation") == {"ZER", "ACC"}
    assert "OPT" not in collected("--level", "2")
    assert collected("-k", "ACC-02 and float32") == {"ACC"}


def test_everything_but_agreement_fails(tmp_path):
    done = run(ONE, "--engine", MISBEHAVING + "without_mean", "--engine", "reference", *BY_REFERENCE, folder=tmp_path)
    assert done.status == 1
    assert done.verdicts == {
        "ACC-02[misbehaving.without_mean-cpu-float32]": "missing",
        "ACC-02[reference-cpu-float32]": "agrees",
        "ACC-02[reference-cpu-float64]": "agrees",
    }


def test_a_failure_shows_clause_values_ulps_and_a_script_that_runs(tmp_path):
    done = run(ONE, "--engine", MISBEHAVING + "lies_numbers_a_little", *BY_REFERENCE)
    assert "clause:   The first backward turns .grad into a tensor" in done.output
    assert "first observation that differs: 'after one backward'" in done.output
    assert re.search(r"NumPy reference.*: \[0\.333\d+, .*\(float32, shape \[3\]\)", done.output)
    assert "documented: [0.3333333333333333" in done.output
    assert re.search(r"largest error: \d+(\.\d+)? ULPs", done.output)
    start, end = done.output.index('"""ACC-02:'), done.output.index("\n=======", done.output.index('"""ACC-02:'))
    script = tmp_path / "standalone.py"
    script.write_text(done.output[start:end].replace("import torch\n", "import reference as torch\n", 1))
    ran = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, env={"PYTHONPATH": str(ROOT)}, timeout=60
    )
    assert ran.returncode == 0, ran.stderr
    assert "after two: tensor([0.6667, 0.6667, 0.6667])" in ran.stdout


def test_x_stops_at_the_first_failure_and_the_run_is_not_complete(tmp_path):
    done = run(SOME, "-x", "--engine", MISBEHAVING + "without_mean", *BY_REFERENCE, folder=tmp_path)
    assert "1 failed" in done.output and done.status == 1
    assert done.document["complete"] is False


def test_lf_runs_what_failed_again(tmp_path):
    kept = ("-p", "cacheprovider", "-o", f"cache_dir={tmp_path}")
    engine = ("--engine", MISBEHAVING + "lies_none", *BY_REFERENCE)
    (passed, failed) = (f"{SOME}::ACC-01", ONE)
    assert "1 failed, 1 passed" in run(passed, failed, *kept, *engine).output
    assert "1 failed, 1 deselected" in run(passed, failed, *kept, *engine, "--lf").output


def test_the_end_of_a_process_of_a_parallel_run_costs_the_scenario_that_it_judged(tmp_path):
    (tmp_path / "killer.py").write_text(
        "import os\nimport tests.engines.toy as toy\nfrom tests.engines.toy import *\n"
        "def mean(x):\n"
        f"    if not os.path.exists({str(tmp_path / 'done')!r}):\n"
        f"        open({str(tmp_path / 'done')!r}, 'x').close(); os.kill(os.getppid(), 9)\n"
        "    return toy.mean(x)\n"
    )
    others = (f"{SOME}::ACC-01", "conformance/scenarios/backward.py::BWD-01", "conformance/scenarios/zeroing.py")
    done = run(ONE, *others, "-n", "2", "--engine", "killer", *BY_REFERENCE, folder=tmp_path / "r", path=tmp_path)
    assert re.search(r"worker 'gw\d' crashed", done.output)
    assert done.document["complete"] is False and done.status == 1
    assert {"ACC-01[killer-cpu-float32]", "BWD-01[killer-cpu-float32]"} < done.verdicts.keys()
    assert len(done.verdicts) > 20


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--engine", "nonesuch"], "engine 'nonesuch' cannot be imported"),
        (["--engine", "nonesuch.py"], "there is no file nonesuch.py"),
        (["--engine", "tests.engines.misbehaving:nonesuch"], "has no attribute 'nonesuch'"),
        (["--engine", MISBEHAVING + "not_an_engine"], "has no tensor()"),
        (["--engine", MISBEHAVING + "bad_facts"], "__conformance__ must be a dict, not str"),
        (["--engine", MISBEHAVING + "no_devices"], "says that there are no devices"),
        (["--engine", MISBEHAVING + "one_string"], "'devices' must be a list such as ['cpu'], not str"),
        (["--engine", MISBEHAVING + "odd_dtype"], "'float33' can be no default dtype; there are float16, bfloat16"),
        (["--engine", MISBEHAVING + "odd_entry"], "__conformance__ has no entry device; there are name, version"),
        (["--engine", MISBEHAVING + "odd_reset"], "'reset' must be a function, not str"),
        (["--engine", MISBEHAVING + "odd_claim"], "does not claim accumulations: no such chapter; there are"),
        (["--engine", MISBEHAVING + "odd_name"], "'name' must be what reports call the engine, not 3"),
        (["--engine", "reference", "--level", "9"], "--level 9: there are levels 1 to 7"),
        (["--engine", MISBEHAVING + "bad_reset"], "its own device 'cpu': ZeroDivisionError: division by zero"),
        (["--engine", "reference", "--report", "README.md"], "--report README.md: File exists; name a folder"),
        (["--engine", "reference", "--report", "README.md/report"], "--report README.md/report: Not a directory"),
        (["--engine", "reference", "--device", "cuda"], "--device cuda: no engine has it"),
        (["--engine", "reference", "--device", "nonsense"], "--device nonsense: no engine has it"),
        (["--engine", "torch", "--device", "meta"], "Cannot copy out of meta tensor; no data!"),
        (["--engine", "reference", "--chapter", "nonsense"], "--chapter nonsense: no such chapter; there are"),
        (["--engine", "reference", "--expectations", "nonesuch.toml"], "expectations nonesuch.toml: No such file"),
    ],
)
def test_what_cannot_be_had_is_one_clear_line(arguments, said):
    done = run("conformance/", *BY_REFERENCE, *arguments)
    (line,) = [line for line in done.output.splitlines() if line.startswith("ERROR")]
    assert said in line
    assert "Traceback" not in done.output
    assert done.status == 4


@pytest.mark.parametrize(
    ("option", "value", "least"),
    [
        ("--level", "0", "whole number of 1"),
        ("--examples", "-4", "whole number of 1"),
        ("--time-limit", "nan", "number of 0.1"),
        ("--memory-limit", "much", "whole number of 0"),
        ("--fuzz-minutes", "inf", "number of 0"),
    ],
)
def test_a_number_that_makes_no_sense_is_refused_by_the_options(option, value, least):
    done = run("conformance/", option, value)
    assert f"argument {option}: {value!r} is no {least} or more" in done.output and done.status == 4


@pytest.mark.parametrize("raised", ["SystemExit('pip install the rest')", "KeyboardInterrupt('no')"])
def test_an_import_may_raise_anything(tmp_path, raised):
    (tmp_path / "leaving.py").write_text(f"raise {raised}\n")
    done = run(ONE, "--engine", "leaving", *BY_REFERENCE, path=tmp_path)
    assert "ERROR: engine 'leaving' cannot be imported" in done.output and done.status == 4
    assert "it was found, and fails while it is imported" in done.output


def test_an_adapter_may_be_called_like_its_engine(tmp_path):
    (tmp_path / "json.py").write_text("import json\nfrom tests.engines.toy import *\nassert json.dumps\n")
    done = run(ONE, "--engine", str(tmp_path / "json.py"), *BY_REFERENCE, folder=tmp_path / "report")
    assert done.verdicts == {"ACC-02[json-cpu-float32]": "agrees"}


def test_results_that_cannot_be_written_are_written_elsewhere(tmp_path):
    report = tmp_path / "report"
    (tmp_path / "spoils.py").write_text(
        "import os\n"
        "def pytest_runtest_teardown(nextitem):\n"
        f"    if nextitem is None: os.rmdir({str(report)!r}); open({str(report)!r}, 'w').close()\n"
    )
    done = run(ONE, "-p", "spoils", "--engine", "reference", *BY_REFERENCE, "--report", str(report), path=tmp_path)
    assert f"ERROR: --report {report}: File exists; the results are written elsewhere" in done.output
    assert done.status == 4
    elsewhere = Path(re.search(r"results: (\S+)/run.json", done.output)[1])
    assert {r["verdict"] for r in read(elsewhere)["results"]} == {"agrees"}
    shutil.rmtree(elsewhere)


def test_an_unknown_oracle_is_refused_by_the_options():
    done = run("conformance/", "--oracle", "nonsense")
    assert "invalid choice: 'nonsense'" in done.output and done.status == 4


def test_an_engine_that_is_not_there_does_not_stop_the_others_but_fails_the_run(tmp_path):
    done = run(ONE, "--engine", "nonesuch", "--engine", "reference", *BY_REFERENCE, folder=tmp_path)
    assert done.status == 1
    assert "nonesuch: not run: engine 'nonesuch' cannot be imported" in done.output
    assert set(done.verdicts.values()) == {"agrees"}
    assert [s["id"] for s in done.document["subjects"] if s["not_run"]] == ["nonesuch"]


def test_a_dtype_or_chapter_that_an_engine_does_not_have_is_not_run(tmp_path):
    engines = ("--engine", MISBEHAVING + "without_claim", "--engine", MISBEHAVING + "only_float64")
    done = run(f"{SOME}::ACC-02", "conformance/scenarios/gradient_layout.py", *engines, *BY_REFERENCE, folder=tmp_path)
    assert done.verdicts["ACC-02[misbehaving.without_claim-cpu-float32]"] == "not run"
    reason = done.results["ACC-02[misbehaving.without_claim-cpu-float32]"]["reason"]
    assert reason == "misbehaving does not claim the chapter accumulation"
    assert done.verdicts["ACC-24/of-a-narrower-dtype[misbehaving.only_float64-cpu-float32]"] == "not run"
    assert "ACC-02[misbehaving.only_float64-cpu-float64]" in done.verdicts


def test_the_verdicts_on_misbehaving_engines(tmp_path):
    expected = {
        "segfault": "crashes",
        "exit": "crashes",
        "hang": "hangs",
        "leak": "crashes",
        "prints": "agrees",
        "closes_output": "agrees",
        "changes_globals": "agrees",
        "raises_odd": "diverges",
        "raises_exit": "diverges",
        "raises_interrupt": "diverges",
        "raises_unprintable": "diverges",
        "raises_controls": "diverges",
        "raises_mute": "diverges",
        "lies_huge_shape": "diverges",
        "lies_huge_number": "diverges",
        "lies_nan": "diverges",
        "lies_none": "diverges",
        "lies_string": "diverges",
        "lies_shape": "diverges",
        "lies_numbers": "diverges",
        "lies_endless": "diverges",
        "lies_objects": "diverges",
        "returns_read_only": "agrees",
        "returns_every_second": "agrees",
    }
    engines = [argument for name in expected for argument in ("--engine", MISBEHAVING + name)]
    # The last scenario needs no mean: whatever happened in the first, it is not charged to it.
    scenarios = (ONE, "conformance/scenarios/backward.py::BWD-01")
    done = run(*scenarios, "--time-limit", "4", *engines, *BY_REFERENCE, folder=tmp_path)
    found = {name: done.verdicts[f"ACC-02[misbehaving.{name}-cpu-float32]"] for name in expected}
    assert found == expected
    assert {done.verdicts[f"BWD-01[misbehaving.{name}-cpu-float32]"] for name in expected} == {"agrees"}
    assert done.status == 1
    assert "\x1b[2J" not in done.output and r"RuntimeError: \ud800 \x1b[2J" in done.output


def test_a_serial_and_a_parallel_run_write_the_same(tmp_path):
    def content(document):
        for result in document["results"]:
            del result["seconds"]
        return {key: document[key] for key in document if key not in ("created", "command")}

    arguments = ("--engine", "reference", "--engine", MISBEHAVING + "without_mean", *BY_REFERENCE)
    chapters = (SOME, "conformance/scenarios/zeroing.py", "conformance/scenarios/indexing_drawn.py")
    serial = run(*chapters, *arguments, folder=tmp_path / "serial")
    parallel = run(*chapters, *arguments, "-n", "2", folder=tmp_path / "parallel")
    assert content(serial.document) == content(parallel.document)
    assert serial.status == parallel.status


def test_an_interrupted_run_keeps_what_it_has(tmp_path):
    command = [sys.executable, "-m", "pytest", ONE, "--engine", "reference", *BY_REFERENCE, "--time-limit", "60"]
    command += ["--engine", MISBEHAVING + "hang", "--report", str(tmp_path), "-v", "-p", "no:randomly"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            if "reference-cpu-float64] PASSED" in line:
                break
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        process.stdout.read()
    document = read(tmp_path)
    assert document["complete"] is False
    assert {r["verdict"] for r in document["results"]} == {"agrees"}


def test_no_unfinished_files_are_left(tmp_path):
    run(ONE, "--engine", "reference", *BY_REFERENCE, folder=tmp_path)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_an_engine_may_be_a_path_outside_the_checkout(tmp_path):
    (tmp_path / "my_shim.py").write_text(
        "from my_engine import *\n__conformance__ = {'name': 'mine', 'version': '7'}\n"
    )
    (tmp_path / "my_engine.py").write_text((ROOT / "tests/engines/toy.py").read_text())
    done = run(ONE, "--engine", str(tmp_path / "my_shim.py"), *BY_REFERENCE, folder=tmp_path / "report")
    assert done.verdicts == {"ACC-02[my_shim-cpu-float32]": "agrees"}
    (subject,) = done.document["subjects"]
    assert (subject["name"], subject["version"], subject["dtypes"]) == ("mine", "7", ["float32"])


def test_an_installed_suite_judges_from_the_adopters_folder(tmp_path):
    (tmp_path / "my_shim.py").write_text((ROOT / "tests/engines/toy.py").read_text())
    plugin = ("-p", "conformance.plugin", "--pyargs")
    chosen = ("-k", "ACC-02[")
    done = run(*plugin, "conformance", *chosen, "--engine", "my_shim", *BY_REFERENCE, cwd=tmp_path, folder=tmp_path)
    assert done.verdicts == {"ACC-02[my_shim-cpu-float32]": "agrees"}, done.output


def test_the_scenarios_of_another_copy_are_not_passed_over(tmp_path):
    copy = tmp_path / "conformance" / "scenarios"
    copy.mkdir(parents=True)
    (copy / "accumulation.py").write_text("")
    done = run("-p", "conformance.plugin", str(copy), "--engine", "reference", *BY_REFERENCE)
    assert "is another copy than the one that is installed" in done.output and done.status != 0


def test_a_tensor_may_have_no_way_to_its_numbers_but_the_adapters(tmp_path):
    (tmp_path / "mute.py").write_text(
        "from tests.engines import toy\n"
        "class Tensor(toy.Tensor):\n"
        "    tolist = property()\n"
        "def tensor(values, requires_grad=False):\n"
        "    return Tensor(values, requires_grad)\n"
        "mean = toy.mean\n"
        "toy.Tensor = Tensor\n"
        "__conformance__ = {'to_numpy': lambda x: x.values}\n"
    )
    done = run(ONE, "--engine", "mute", *BY_REFERENCE, folder=tmp_path / "r", path=tmp_path)
    assert done.verdicts == {"ACC-02[mute-cpu-float32]": "agrees"}, done.output


def test_the_summary_tells_the_level(tmp_path):
    done = run(ONE, "--engine", "reference", *BY_REFERENCE)
    assert re.search(r"reference-cpu: 2 of 2 agree; level 1 of 7: 2 of \d+ agree, \d+ not run", done.output)


def test_the_plugin_leaves_other_test_runs_alone(tmp_path):
    (tmp_path / "test_it.py").write_text("def test_it():\n    import sys\n    assert 'numpy' not in sys.modules\n")
    done = run("-p", "conformance.plugin", "test_it.py", cwd=tmp_path)
    assert done.status == 0 and "conformance ==" not in done.output
