"""A program as a person runs it: a standalone script, or a scenario of its own."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Collection, Iterable
from typing import Any

from conformance.comparison import text
from conformance.observation import Encoded
from conformance.programs.grammar import Program

#: How `conformance.programs.interpreter` names what it observes.
_OF_A_LINE = re.compile(r"line (\d+): ")
_OF_A_VALUE = re.compile(r"(\S+) (?:after line (\d+): |at the end)", re.DOTALL)


def script(
    program: Program,
    *,
    title: str,
    dtype: str,
    device: str = "cpu",
    difference: dict[str, Any] | None = None,
    raising: Collection[int] = (),
) -> str:
    """The program as a script for plain PyTorch, that prints what differs; ``raising`` are the lines that raise."""
    expression, last = looked_at(difference, len(program))
    parts = []
    for number, statement in enumerate(program[:last], 1):
        if number in raising:
            body = textwrap.indent(statement, "    ")
            statement = f"try:\n{body}\nexcept Exception as error:\n    print(type(error).__name__, error)"
            if number == last and expression is None:
                statement += '\nelse:\n    print("no exception")'
        parts.append(statement)
    if expression is not None:
        parts.append(f'print("{expression}:", {expression})')
    body = "\n".join(parts)
    settings = [f"torch.set_default_dtype(torch.{dtype})  # leave out what an engine lacks"]
    if device != "cpu":
        settings.append(f"torch.set_default_device({device!r})")
    imports = ["import copy", "", "import torch"] if "copy.deepcopy" in body else ["import torch"]
    found = [f"\n{line}" for line in _found(difference)]
    header = f'"""{title}.\n{"".join(found)}\nFor another engine than PyTorch, change the import of torch.\n"""'
    return "\n".join([header, "", *imports, "", *settings, "", body, ""])


def body_of_scenario(program: Program, difference: dict[str, Any] | None, raising: Collection[int]) -> str:
    """The program as the body of an ordinary scenario, that observes what differs, and how statements raise."""
    expression, last = looked_at(difference, len(program))
    parts = []
    for number, statement in enumerate(program[:last], 1):
        if number in raising:
            words = statement.partition("\n")[0].replace('"', "'")
            statement = f'with observe.raises("{words}"):\n{textwrap.indent(statement, "    ")}'
        parts.append(statement)
    if expression is not None:
        parts.append(f'observe("{expression}", {expression})')
    return textwrap.indent("\n".join(parts), "    ")


def raising_lines(observations: Iterable[Encoded]) -> set[int]:
    """The numbers of the statements that raise in any of the runs observed."""
    matches = [(_OF_A_LINE.match(o["name"]), o["value"]) for o in observations]
    return {int(match[1]) for match, value in matches if match and value["is"] == "exception"}


def looked_at(difference: dict[str, Any] | None, length: int) -> tuple[str | None, int]:
    """The expression that a difference is in, None where it is an exception; and the last statement before it."""
    name = difference["observation"] if difference else ""
    if match := _OF_A_LINE.match(name):
        return None, int(match[1])
    if match := _OF_A_VALUE.match(name):
        return match[1], int(match[2] or length)
    return None, length


def _found(difference: dict[str, Any] | None) -> list[str]:
    if difference is None:
        return []
    lines = []
    for who, key in ((difference["witness"] or "expected", "expected"), ("found", "got")):
        if difference[key] is not None:
            lines.append(f"{who}: {text(difference[key])}"[:300].replace("\\", "\\\\").replace('"""', "'''"))
    return [*lines, ""]
