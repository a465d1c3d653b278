"""``python -m conformance.engines NAME... [-- OPTIONS OF PYTEST]``: engines in turn, each in its own tox environment.

An engine that cannot be had (its environment cannot be made, or it cannot be imported there) is not run: that is said
with its reason, and fails nothing. The exit status is 0 where every engine that was judged does what its expectations
file says, 1 where one does not, and 4 where none could be judged.
"""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass

#: Exit statuses of pytest.
AS_EXPECTED, OTHERWISE, CANNOT_BE_HAD = 0, 1, 4

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Outcome:
    """What came of one engine: pytest's exit status, and what is said of it."""

    status: int
    said: str


def judge(name: str, options: list[str]) -> Outcome:
    """Make the environment of an engine and judge it there."""
    environment = ["-e", f"engine-{name}"]
    status, last = _tox("--notest", *environment)
    if status:
        return Outcome(CANNOT_BE_HAD, f"not run: its environment cannot be made: {last}")
    status, last = _tox("--skip-pkg-install", *environment, *(["--", *options] if options else []))
    if status == AS_EXPECTED:
        return Outcome(status, "as expected")
    if status == OTHERWISE:
        return Outcome(status, "otherwise than its expectations file says")
    if status == CANNOT_BE_HAD:
        return Outcome(status, f"not run: {last}")
    return Outcome(status, f"failed with exit status {status}: {last}")


def exit_status(outcomes: list[Outcome]) -> int:
    """The exit status of all of them: that of the first failure; an engine that cannot be had is none."""
    judged = [outcome.status for outcome in outcomes if outcome.status != CANNOT_BE_HAD]
    return next(filter(None, judged), AS_EXPECTED) if judged else CANNOT_BE_HAD


def _tox(*arguments: str) -> tuple[int, str]:
    """Run tox, showing what it prints; its exit status, and the last error that was printed, or the last line."""
    command = [sys.executable, "-m", "tox", "run", *arguments]
    error = last = ""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            sys.stdout.write(line)
            sys.stdout.flush()
            plain = _COLOURS.sub("", line).strip()
            last = plain or last
            if plain.startswith("ERROR: "):
                error = plain.removeprefix("ERROR: ")
    return process.returncode, error or last


def main() -> int:
    """Judge the engines named on the command line; the exit status."""
    names, options = sys.argv[1:], []
    if "--" in names:
        at = names.index("--")
        names, options = names[:at], names[at + 1 :]
    outcomes = {name: judge(name, options) for name in names}
    width = max(map(len, outcomes), default=0)
    sys.stdout.write("\n" + "".join(f"{name:{width}}  {outcome.said}\n" for name, outcome in outcomes.items()))
    return exit_status(list(outcomes.values()))


if __name__ == "__main__":
    sys.exit(main())
