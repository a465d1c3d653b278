"""Makes a program that fails as short as it can be, beyond what hypothesis' own shrinking does to its draws."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from conformance.programs.grammar import VARIABLE, Program

#: Whether a program still fails in the way that is looked at.
Fails = Callable[[list[str]], bool]


def reduce(program: Program, fails: Fails) -> list[str]:
    """Leave out whatever the failure does not need: runs of statements, statements, lines of blocks, arguments."""
    smallest = list(program)
    size = len(smallest) // 2
    while size:
        end = len(smallest)
        while end > 0:
            candidate = smallest[: max(0, end - size)] + smallest[end:]
            if candidate and fails(candidate):
                smallest = candidate
            end -= size
        size //= 2
    again = True
    while again:
        again = False
        for candidate in _shorter(smallest):
            if fails(candidate):
                smallest, again = candidate, True
                break
    renamed = renumbered(smallest)
    return renamed if renamed != smallest and fails(renamed) else smallest


def _shorter(program: list[str]) -> Iterator[list[str]]:
    for i in reversed(range(len(program))):
        before, statement, after = program[:i], program[i], program[i + 1 :]
        if before or after:
            yield before + after
        header, *inner = statement.split("\n")
        if inner and header.startswith("with "):
            yield before + [line[4:] for line in inner] + after
        for k in range(len(inner) if len(inner) > 1 else 0):
            yield [*before, "\n".join([header, *inner[:k], *inner[k + 1 :]]), *after]
        yield from ([*before, simpler, *after] for simpler in _simpler(statement))


def _simpler(statement: str) -> Iterator[str]:
    """The statement without one of its keyword arguments."""
    for match in re.finditer(r", \w+=(\w+(\.\w+)?|\[[^][]*\]|\([^()]*\)|-?[\d.]+)(?=[,)])", statement):
        if "\n" not in statement and not match.group().startswith(", requires_grad"):
            yield statement[: match.start()] + statement[match.end() :]


def renumbered(program: Program) -> list[str]:
    """The program with its variables numbered in the order in which they appear."""
    names: dict[str, str] = {}
    counts: dict[str, int] = {}
    pattern = re.compile(rf"(?<![\w.\"'])({VARIABLE.pattern})\b")

    def new(match: re.Match[str]) -> str:
        old = match.group()
        if old not in names:
            counts[old[0]] = counts.get(old[0], -1) + 1
            names[old] = f"{old[0]}{counts[old[0]]}"
        return names[old]

    return [pattern.sub(new, statement) for statement in program]
