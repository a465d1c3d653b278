"""``python -m conformance.vectors``: export the scenarios as programs, with what PyTorch observes in them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from conformance import chapters, engine
from conformance.vectors import files
from conformance.vectors.export import Exporter, Tally
from conformance.vectors.summary import summary


def main() -> None:
    """Export every file of scenarios, or those named."""
    parser = argparse.ArgumentParser(prog="python -m conformance.vectors", description=__doc__)
    parser.add_argument("chapters", nargs="*", metavar="CHAPTER", help="files of scenarios, without .py (default: all)")
    parser.add_argument("--output", type=Path, default=files.folder(), help="the folder to write to")
    parser.add_argument("--summary", type=Path, metavar="FILE", help="where to write how many are exported (Markdown)")
    arguments = parser.parse_args()
    known = {module.rpartition(".")[2]: module for module in chapters.modules()}
    if unknown := [name for name in arguments.chapters if name not in known]:
        parser.error(f"no scenarios in {', '.join(unknown)}; there are {', '.join(known)}")
    try:
        exporter = Exporter()
    except engine.EngineError as error:
        parser.error(str(error))
    arguments.output.mkdir(parents=True, exist_ok=True)
    tallies: dict[str, Tally] = {}
    for name in arguments.chapters or known:
        vectors, tallies[name] = exporter.module(known[name])
        files.write(arguments.output / f"{name}.jsonl", {"chapter": name, "oracle": exporter.oracle}, vectors)
    if not arguments.chapters:
        for path in arguments.output.glob("*.jsonl"):
            if path.stem not in known:
                path.unlink()  # its scenarios are gone
    if arguments.summary is not None:
        arguments.summary.write_text(summary(tallies, exporter.oracle), encoding="utf-8")
    exported, every = sum(t.exported for t in tallies.values()), sum(t.scenarios for t in tallies.values())
    sys.stdout.write(f"exported {exported} of {every} scenarios to {arguments.output}\n")


if __name__ == "__main__":
    main()
