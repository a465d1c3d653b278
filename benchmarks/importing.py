"""What ``import reference`` costs beyond ``import numpy``: CPU time of fresh processes, interleaved.

The processes keep their bytecode in a folder of their own, filled before anything is measured: whether bytecode may be
written here, and whether a file has changed since it was, has no part in the figure.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile


def _seconds(statement: str, environment: dict[str, str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", statement], check=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)


def measure(rounds: int) -> dict[str, float]:
    """Medians in milliseconds: NumPy alone, and what the reference adds."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": folder}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        _seconds("import reference", environment)
        numpy, both = [], []
        for _ in range(rounds):
            numpy.append(_seconds("import numpy", environment))
            both.append(_seconds("import reference", environment))
    return {
        "import numpy": statistics.median(numpy) * 1e3,
        "import reference, beyond that": statistics.median(b - n for b, n in zip(both, numpy, strict=True)) * 1e3,
    }
