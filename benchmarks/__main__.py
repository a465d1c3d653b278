"""``python -m benchmarks``: every workload on every engine that is installed, as Markdown tables and JSON."""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_threads] = "1"  # before NumPy is imported: everything on one thread

import numpy as np

from benchmarks import importing, million, optimizers, report
from benchmarks.engines.numpy_by_hand import NumpyByHand
from benchmarks.engines.peers import PEERS
from benchmarks.engines.torch_like import BINARY, UNARY, TorchLike
from benchmarks.timing import Measured, side_by_side

MLP = {"64 x 784-256-10": (64, (784, 256, 10)), "1024 x 1024-1024-1024": (1024, (1024, 1024, 1024))}


def installed() -> tuple[dict[str, Any], dict[str, str]]:
    """The engines that can be imported here, and their versions."""
    import reference
    import reference.nn
    import reference.optim  # now, so that all that is measured is of one state of the files

    engines: dict[str, Any] = {"reference": TorchLike(reference), "NumPy by hand": NumpyByHand()}
    versions = {"reference": reference.__version__, "NumPy": np.__version__}
    try:
        import torch

        torch.set_num_threads(1)
        engines["torch"] = TorchLike(torch)
        versions["torch"] = torch.__version__
    except ImportError:
        pass
    from importlib.metadata import version

    for name, make in PEERS.items():
        try:
            engines[name] = make()
        except ImportError:
            continue
        versions[name] = version(name)
    return engines, versions


def workloads(quick: bool) -> Iterator[tuple[str, str, int, dict[str, Any]]]:
    """Name, method, units and arguments of every workload."""
    length = 100
    for shape in ((), (10, 10)):
        size = "scalars" if not shape else "10 x 10"
        for name in (*BINARY, *UNARY):
            if not quick or name in ("mul", "exp"):
                yield f"{name}, {size}", "operation", length, {"name": name, "shape": shape, "length": length}
        yield f"mul, {size}, forward alone", "forward", length, {"name": "mul", "shape": shape, "length": length}
    yield "chain of 1,000", "operation", 1000, {"name": "mul", "shape": (), "length": 1000}
    yield "one leaf, 1,000 users", "wide", 2000, {"width": 1000}
    yield "second derivative, chain of 100", "double_backward", 100, {"length": 100}
    for name, (batch, sizes) in MLP.items():
        yield f"training step, {name}", "mlp", 1, {"batch": batch, "sizes": sizes}


def rows(engines: dict[str, Any], baseline: str, quick: bool, only: str) -> Iterator[tuple[str, list[Measured]]]:
    """Measure every workload of an engine that ``only`` is part of the name of."""
    rounds = 7 if quick else 15
    for title, method, units, arguments in workloads(quick):
        if only not in title:
            continue
        runs = {}
        for engine, workload in engines.items():
            make = getattr(workload, method, None)
            run = make(**arguments) if make is not None else None
            if run is not None:
                runs[engine] = run
        yield title, side_by_side(runs, baseline=baseline, units=units, rounds=rounds)


def step_rows(engines: dict[str, Any], quick: bool, only: str) -> Iterator[tuple[str, list[Measured]]]:
    """Measure every optimizer step that ``only`` is part of the name of."""
    torch_like = {name: engines[name].torch for name in ("reference", "torch") if name in engines}
    for name in optimizers.OPTIONS:
        for count, size in optimizers.SIZES:
            title = f"{name}, a step over {count:,} x {size:,}"
            if only in title and not (quick and size > 1000):
                runs = optimizers.versions(torch_like, name, count, size)
                yield title, side_by_side(runs, baseline="NumPy by hand", rounds=7, units=count)


def shown(found: Iterator[tuple[str, list[Measured]]]) -> dict[str, list[Measured]]:
    """The rows, printed as they are measured."""
    measured = {}
    for title, row in found:
        cells = ", ".join(f"{m.engine} {m.microseconds:,.2f} ({m.ratio:.2f})" for m in row)
        print(f"{title}: {cells}", flush=True)
        measured[title] = row
    return measured


def main() -> None:
    """Measure, print what is found as it comes, and write it where it is asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer workloads and rounds")
    parser.add_argument("--only", default="", metavar="TEXT", help="workloads whose name contains TEXT")
    parser.add_argument("--nodes", type=int, default=1_000_000, help="length of the long chain")
    parser.add_argument(
        "--into", type=Path, metavar="FILE", help="write the tables into this file, between its markers"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here, too")
    options = parser.parse_args()
    if options.into and (options.quick or options.only):
        parser.error("--into writes a whole run; it goes with neither --quick nor --only")

    start, load = time.monotonic(), os.getloadavg()[0]
    engines, versions = installed()
    baseline = "torch" if "torch" in engines else "reference"
    print(", ".join(f"{name} {version}" for name, version in versions.items()))
    print(f"Python {platform.python_version()}, one thread; microseconds a unit (ratio to {baseline})\n")
    of_engines = shown(rows(engines, baseline, options.quick, options.only))
    of_steps = shown(step_rows(engines, options.quick, options.only))
    chains, imported = {}, {}
    if options.only in "a long chain":
        names = [engine for engine in ("torch", "reference") if engine in engines]
        chains = {engine: million.measure(engine, options.nodes) for engine in names}
        print(report.chains(chains, options.nodes))
    if options.only in "import":
        imported = importing.measure(5 if options.quick else 15)
        print(report.imports(imported))
    if options.into:
        report.insert(
            options.into,
            [
                report.circumstances(versions, (load, os.getloadavg()[0]), (time.monotonic() - start) / 60),
                report.table(of_engines, report.ENGINES, "an operation, a node or a step, forward and backward"),
                report.table(of_steps, report.STEPS, "a parameter"),
                report.chains(chains, options.nodes),
                report.imports(imported),
            ],
        )
    if options.json:
        named = {title: [asdict(m) for m in row] for title, row in {**of_engines, **of_steps}.items()}
        found = report.as_json(versions, {**named, "long chain": chains, "import": imported})
        options.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
