"""Which runs execute which lines of the mutated packages, and which runs can judge at all."""

from __future__ import annotations

import ast
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from types import FrameType
from typing import Any

from tests.mutation.forking import in_a_fork, streamed
from tests.mutation.judging import Judge, Run
from tests.mutation.mutants import ROOT, Mutant, files

Line = tuple[str, int]


@dataclass
class Coverage:
    """``seconds`` of the runs that agree, by their places in the list of runs; ``lines`` that each executes."""

    seconds: dict[int, float]
    lines: dict[int, frozenset[Line]]
    of_line: dict[Line, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for run, lines in self.lines.items():
            for line in lines:
                self.of_line.setdefault(line, []).append(run)

    def candidates(self, mutant: Mutant) -> list[int]:
        """The runs that execute what a mutant changes; of what is executed at import, those that use the file."""
        source = (ROOT / mutant.file).read_text(encoding="utf-8")
        first, last = _extent(source, mutant.line)
        last = min(last, source.count("\n") + 1)
        found = {run for n in range(first, last + 1) for run in self.of_line.get((mutant.file, n), ())}
        if 0 < len(found) < FEW:  # what a process does once is seen in its first run alone, though others rest on it
            found.update(run for (file, _), runs in self.of_line.items() if file == mutant.file for run in runs)
        if not found and first == 0:
            return sorted(self.seconds)  # nothing but its import uses the file
        return sorted(found)


_LAST = 1 << 20

#: So few runs execute a line that perhaps it is executed once in a process.
FEW = 25


def measure(runs: list[Run]) -> Coverage:
    """Run everything on the engine as it is: once to see what agrees, and once more to see what it executes.

    A run that does not agree, or that agrees only once, judges no mutant.
    """
    seconds = agreeing(runs)
    status, received = streamed(lambda send: _trace(runs, sorted(seconds), send))
    if status:
        raise RuntimeError(f"tracing ended with status {status}: {received[-1:]}")
    lines = dict(received)
    return Coverage({run: seconds[run] for run in lines}, lines)


def agreeing(runs: list[Run]) -> dict[int, float]:
    """The places of the runs that agree on the engine as it is, and the seconds that each takes."""
    return in_a_fork(_agreeing, runs)


def _agreeing(runs: list[Run]) -> dict[int, float]:
    judge, seconds = Judge(), {}
    for place, run in enumerate(runs):
        verdict, took = judge.verdict(run)
        if verdict.word == "agrees":
            seconds[place] = took
    return seconds


def _trace(runs: list[Run], places: list[int], send: Callable[[Any], None]) -> None:
    judge = Judge()
    names = {str(ROOT / file): file for file in files()}
    lines: set[Line] = set()

    def enter(frame: FrameType, event: str, argument: Any) -> Any:
        name = names.get(frame.f_code.co_filename)
        if name is None:
            return None

        def step(frame: FrameType, event: str, argument: Any) -> Any:
            lines.add((name, frame.f_lineno))
            return step

        return step

    for place in reversed(places):  # in another order than before
        lines.clear()
        threading.settrace(enter)
        sys.settrace(enter)
        verdict, _ = judge.verdict(runs[place])
        sys.settrace(None)
        threading.settrace(None)  # type: ignore[arg-type]
        if verdict.word == "agrees":
            send((place, frozenset(lines)))


@cache
def _statements(source: str) -> list[tuple[int, int, int, int]]:
    """Of each statement, first and last line of its own text, and of what is executed when it matters."""
    found = []

    def visit(node: ast.AST, around: tuple[int, int]) -> None:
        for child in ast.iter_child_nodes(node):
            inner = around
            if isinstance(child, ast.stmt):
                first, last = child.lineno, child.end_lineno or child.lineno
                body = getattr(child, "body", None) or getattr(child, "handlers", None)
                extent = (first, last)
                if isinstance(child, (ast.FunctionDef, ast.ClassDef)):
                    first = min([first, *(decorator.lineno for decorator in child.decorator_list)])
                    is_function = isinstance(child, ast.FunctionDef)
                    inner = (body[0].lineno, last) if is_function else around  # type: ignore[index]
                    extent = inner
                elif body:
                    last = max(first, body[0].lineno - 1)
                    extent = (first, last)
                elif isinstance(child, (ast.Break, ast.Continue)):
                    extent = (first - 1, last)  # a jump is compiled into what stands before it
                if around == (0, _LAST) and not isinstance(child, ast.FunctionDef):
                    extent = around  # executed at import
                found.append((first, last, *extent))
            visit(child, inner)

    visit(ast.parse(source), (0, _LAST))
    return found


def _extent(source: str, line: int) -> tuple[int, int]:
    """The first and last line of which one is executed wherever what stands in a line matters."""
    around = [extent for first, last, *extent in _statements(source) if first <= line <= last]
    first, last = around[-1] if around else (0, _LAST)
    return first, last
