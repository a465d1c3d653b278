"""A chain of a million nodes: time and memory a node, each engine in a process of its own.

Run as ``python -m benchmarks.million ENGINE NODES``; prints one line of JSON.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any


def peak_kilobytes() -> int:
    """The most memory that this process has held; what it was started from does not count (as in getrusage)."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(next(line for line in status.read_text().splitlines() if line.startswith("VmHWM")).split()[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def chain(torch: Any, nodes: int) -> dict[str, float]:
    """Build the chain and run it backward."""
    x = torch.tensor(1.0, requires_grad=True)
    before = peak_kilobytes()
    start = time.process_time()
    y = x
    for _ in range(nodes):
        y = y * x
    forward = time.process_time() - start
    y.backward()
    seconds = time.process_time() - start
    del y
    return {
        "microseconds a node": seconds / nodes * 1e6,
        "forward": forward / nodes * 1e6,
        "with freeing": (time.process_time() - start) / nodes * 1e6,
        "megabytes": (peak_kilobytes() - before) / 1024,
    }


def measure(engine: str, nodes: int) -> dict[str, float]:
    """One engine's chain, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.million", engine, str(nodes)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


if __name__ == "__main__":
    if sys.argv[1] == "torch":
        import torch

        torch.set_num_threads(1)
    else:
        import reference as torch  # type: ignore[no-redef]
    print(json.dumps(chain(torch, int(sys.argv[2]))))
