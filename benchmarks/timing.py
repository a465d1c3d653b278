"""Timing side by side: every round runs each engine once, so that what disturbs the machine disturbs all alike.

CPU time of this one process and thread is counted, not the wall clock. A figure is the median over the rounds of the
ratio to the baseline in the same round.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

Workload = Callable[[], object]


@dataclass
class Measured:
    """One engine's time on one workload: microseconds a unit, and the ratio to the baseline."""

    engine: str
    microseconds: float
    ratio: float
    rounds: int


def once(workload: Workload) -> float:
    """Seconds of CPU time that one call takes."""
    gc.collect(0)
    start = time.process_time()
    result = workload()
    seconds = time.process_time() - start
    del result
    return seconds


def repeated(workload: Workload, at_least: float) -> int:
    """How many calls make up ``at_least`` seconds."""
    calls = 1
    while True:
        start = time.process_time()
        for _ in range(calls):
            workload()
        if time.process_time() - start >= at_least or calls >= 1 << 16:
            return calls
        calls *= 2


def side_by_side(
    workloads: dict[str, Workload], *, baseline: str, units: int = 1, rounds: int = 15, at_least: float = 0.02
) -> list[Measured]:
    """Measure several engines' versions of one workload, interleaved."""
    calls = {}
    for engine, workload in workloads.items():
        workload()
        calls[engine] = repeated(workload, at_least)
    seconds: dict[str, list[float]] = {engine: [] for engine in workloads}
    enabled = gc.isenabled()
    gc.disable()  # a collection falls on whoever happens to run; it is no engine's own
    try:
        for _ in range(rounds):
            for engine, workload in workloads.items():

                def all_calls(workload: Workload = workload, n: int = calls[engine]) -> None:
                    for _ in range(n):
                        workload()

                seconds[engine].append(once(all_calls) / calls[engine])
    finally:
        if enabled:
            gc.enable()
    return [
        Measured(
            engine,
            statistics.median(seconds[engine]) / units * 1e6,
            statistics.median(s / b for s, b in zip(seconds[engine], seconds[baseline], strict=True)),
            rounds,
        )
        for engine in workloads
    ]
