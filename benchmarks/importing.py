"""What ``import reference`` costs beyond ``import numpy``: CPU time of fresh processes, interleaved."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys


def _seconds(statement: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", statement], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)


def measure(rounds: int) -> dict[str, float]:
    """Medians in milliseconds: NumPy alone, and what the reference adds."""
    _seconds("import reference")  # compiles what has no bytecode yet
    numpy, both = [], []
    for _ in range(rounds):
        numpy.append(_seconds("import numpy"))
        both.append(_seconds("import reference"))
    return {
        "import numpy": statistics.median(numpy) * 1e3,
        "import reference, beyond that": statistics.median(b - n for b, n in zip(both, numpy, strict=True)) * 1e3,
    }
