"""The kept list of mutants that cannot be told from the engine as it is, each with the reason (equivalents.toml)."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import Any

from tests.mutation.mutants import Mutant

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PATH = Path(__file__).with_name("equivalents.toml")


@cache
def _entries() -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads(PATH.read_text(encoding="utf-8"))


def explained() -> dict[str, str]:
    """The reasons by the keys of single mutants."""
    return {
        "\n".join((entry["file"], entry["within"], before, after)): entry["why"]
        for entry in _entries()["equivalent"]
        for before, after in entry["changes"]
    }


def patterns() -> list[tuple[str, str, str]]:
    """What is equivalent wherever it stands: the text before and after, and the reason."""
    return [(entry["before"], entry["after"], entry["why"]) for entry in _entries()["everywhere"]]


def why_equivalent(mutant: Mutant) -> str:
    """Why no scenario can tell the mutant from the engine as it is; empty where the list does not say so."""
    for before, after, why in patterns():
        head, found, tail = mutant.before.partition(before)
        while found:
            if head + after + tail == mutant.after:
                return why
            rest, found, tail = tail.partition(before)
            head += before + rest
    return explained().get(mutant.key, "")
