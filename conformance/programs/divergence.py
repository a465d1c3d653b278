"""A program on which an engine and the oracle part: what is characteristic of it, and the shortest one like it."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from conformance.programs import grammar
from conformance.programs.minimal import reduce
from conformance.programs.printing import looked_at, raising_lines, script

if TYPE_CHECKING:
    from conformance.runner import Task, Trial


def shortest(attempt: Callable[[str], Trial], literal: str, trial: Trial) -> tuple[str, Trial]:
    """The shortest program that fails like a given one, and what came of it."""
    wanted = kind(literal, trial)
    trials = {literal: trial}

    def fails(program: list[str]) -> bool:
        shorter = repr(program)
        trials[shorter] = attempt(shorter)
        return kind(shorter, trials[shorter]) == wanted

    smallest = repr(reduce(ast.literal_eval(literal), fails))
    return smallest, trials[smallest]


def kind(literal: str, trial: Trial) -> tuple[str, ...]:
    """What a failure has in common with others of the same cause, most likely: programs are told apart by it.

    The verdict's word, what is observed differently (a value, a gradient, a flag, an exception) and how, and the last
    operation of the statement after which it is.
    """
    verdict, difference = trial.verdict, trial.verdict.difference
    if difference is None:
        return (verdict.word, verdict.reason.partition(":")[0])
    program = ast.literal_eval(literal)
    expression, line = looked_at(difference, len(program))
    what = "raises" if expression is None else expression.partition(".")[2] or "value"
    values = [difference[side] or {"is": "nothing"} for side in ("got", "expected")]
    how = [value.get("class") or value["is"] for value in values]
    called = (
        grammar.operations(program[line - 1]) if expression is None or "after line" in difference["observation"] else []
    )
    return (verdict.word, what, *how, *called[-1:])


def printed(task: Task, literal: str, trial: Trial, title: str) -> str:
    """The standalone script of a program that fails."""
    observations = [*trial.observations, *((trial.witness.outcome or {}).get("observations", []))]
    return script(
        ast.literal_eval(literal),
        title=title,
        dtype=task.dtype,
        device=task.subject.device,
        difference=trial.verdict.difference,
        raising=raising_lines(observations),
    )
