"""`python -m conformance.engines`: every engine in its environment, and what one that cannot be had does to the rest."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.suite import ROOT

# Stands in the place of tox: what happens in an environment goes by its name.
TOX = """
import sys

arguments = sys.argv[1:]
environment = arguments[arguments.index("-e") + 1]
making = "--notest" in arguments
options = arguments[arguments.index("--") + 1 :] if "--" in arguments else []
print(f"{environment}: {'made' if making else 'judged'} with {options}")
if environment == "engine-withdrawn" and making:
    print("\\x1b[31mERROR: No matching distribution found for withdrawn==1.0\\x1b[0m")
    print("  engine-withdrawn: FAIL code 1 (1.00 seconds)")
    sys.exit(1)
if environment == "engine-unimportable" and not making:
    print("ERROR: engine 'unimportable' cannot be imported (ImportError: libnone.so); install it, or leave it out")
    sys.exit(4)
sys.exit({"engine-changed": 1, "engine-broken": 3}.get(environment, 0) if not making else 0)
"""


@pytest.fixture
def engines(tmp_path):
    (tmp_path / "tox").mkdir()
    (tmp_path / "tox" / "__init__.py").touch()
    (tmp_path / "tox" / "__main__.py").write_text(TOX)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}

    def run(*arguments):
        command = [sys.executable, "-m", "conformance.engines", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
        shown, _, said = done.stdout.partition("\n\n")
        return done.returncode, dict(line.split(maxsplit=1) for line in said.splitlines()), shown

    return run


def test_one_that_cannot_be_had_is_not_run_says_why_and_fails_nothing(engines):
    status, said, shown = engines("withdrawn", "unimportable", "good")
    assert status == 0
    assert said == {
        "withdrawn": "not run: its environment cannot be made: No matching distribution found for withdrawn==1.0",
        "unimportable": "not run: engine 'unimportable' cannot be imported (ImportError: libnone.so); "
        "install it, or leave it out",
        "good": "as expected",
    }
    assert "engine-withdrawn: judged" not in shown


def test_one_that_does_otherwise_fails_the_whole_and_stops_nobody(engines):
    status, said, _ = engines("changed", "good")
    assert (status, said["good"]) == (1, "as expected")
    assert said["changed"] == "otherwise than its expectations file says"
    status, said, _ = engines("broken", "good")
    assert (status, said["good"]) == (3, "as expected")


def test_where_none_can_be_had_nothing_was_judged(engines):
    assert engines("withdrawn", "unimportable")[0] == 4


def test_options_go_to_pytest(engines):
    shown = engines("good", "--", "-k", "ACC-02")[2]
    assert "engine-good: made with []" in shown
    assert "engine-good: judged with ['-k', 'ACC-02']" in shown
