"""``python -m conformance.programs.promote``: make a divergence that a campaign found a permanent scenario."""

from __future__ import annotations

import argparse
import ast
import json
import re
import sys
from pathlib import Path
from typing import Any

from conformance import catalogue, chapters
from conformance.programs.printing import body_of_scenario

HEADER = '''"""Programs on which an engine and PyTorch parted: found at random, and made as short as they could be."""

from conformance.scenario import scenario
'''


def scenario_text(divergence: dict[str, Any], clause: str, name: str) -> str:
    """The source of a scenario that does what the divergence's program does.

    ``name`` says the behaviour in words. Raises ValueError where the clause is not in the catalogue.
    """
    if clause not in catalogue.clauses():
        raise ValueError(f"no clause {clause} in conformance/catalogue")
    words = re.findall(r"[a-z0-9]+", name.lower())
    if not words:
        raise ValueError("a scenario's name says its behaviour in words")
    program = ast.literal_eval(divergence["program"])
    dtypes = f', dtypes=["{divergence["dtype"]}"]' if any("dtype" in text for text in program) else ""
    body = body_of_scenario(program, divergence["difference"], divergence["raising"])
    imports = "    import copy\n\n" if "copy.deepcopy" in body else ""
    id = f"{clause}/{'-'.join(words)}"
    return f'\n\n@scenario("{id}"{dtypes})\ndef {"_".join(words)}(torch, observe):\n{imports}{body}\n'


def main() -> None:
    """Add a scenario to a file of scenarios."""
    parser = argparse.ArgumentParser(prog="python -m conformance.programs.promote", description=__doc__)
    parser.add_argument("divergence", type=Path, help="the .json that a campaign wrote (or the .py beside it)")
    parser.add_argument("--clause", help="the clause that the behaviour belongs to (default: that of random programs)")
    parser.add_argument(
        "--name", required=True, help='the behaviour in words: "a second backward through a view write"'
    )
    parser.add_argument("--chapter", default="found_by_fuzzing", help="the file of scenarios to add to, without .py")
    arguments = parser.parse_args()
    try:
        divergence = json.loads(arguments.divergence.with_suffix(".json").read_text(encoding="utf-8"))
        clause = arguments.clause or divergence["scenario"].partition("/")[0]
        text = scenario_text(divergence, clause, arguments.name)
    except (OSError, ValueError, KeyError) as error:
        parser.error(str(error))
    path = chapters.SCENARIOS / f"{arguments.chapter}.py"
    before = path.read_text(encoding="utf-8") if path.exists() else HEADER
    id = re.search(r'@scenario\("([^"]+)"', text)
    assert id is not None
    if f'"{id[1]}"' in before:
        parser.error(f"{path} has a scenario {id[1]}: give another name")
    path.write_text(before.rstrip("\n") + "\n" + text, encoding="utf-8")
    sys.stdout.write(f"{path}: {id[1]}; say in `documented=` what is documented, and run\n")
    sys.stdout.write(f"pytest {path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}::{id[1]}\n")


if __name__ == "__main__":
    main()
