"""Drawn scenarios: hypothesis draws the literals here, and the engines' processes run the body on them."""

from __future__ import annotations

import ast
import contextlib
import zlib
from collections.abc import Callable, Iterable
from typing import Any

import hypothesis
from hypothesis.database import ExampleDatabase
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from conformance.verdict import PASSES, Verdict

#: Tries a scenario on one drawn literal.
Try = Callable[[str], Verdict]


#: How many simpler literals are tried once one has failed.
SHRINKS = 400


class _Failed(Exception):
    """The drawn literal at hand fails."""


class _Enough(BaseException):
    """The drawn literal at hand fails in a way that is too costly to shrink."""


class Search:
    """Looks for a literal on which a scenario fails; ``literal`` is the simplest found, or None."""

    def __init__(self, attempt: Try) -> None:
        self._attempt = attempt
        self._shrinks = 0
        self.literal: str | None = None
        self.verdict = Verdict("agrees")

    def draw(
        self,
        id: str,
        strategy: Any,
        examples: int,
        seed: int | str = 0,
        database: ExampleDatabase | None = None,
        backend: str = "hypothesis",
    ) -> None:
        """Draw literals, always the same ones for the same scenario and seed, and shrink one that fails.

        ``strategy`` may be a state machine that writes a literal: a class that gives what it has written to its
        ``attempt``. What failed before is tried again first where there is a ``database``. ``backend`` is what
        hypothesis takes its choices from.
        """
        phases = (hypothesis.Phase.reuse, hypothesis.Phase.generate, hypothesis.Phase.shrink)
        settings = hypothesis.settings(
            max_examples=examples,
            stateful_step_count=16,
            database=database,
            backend=backend,
            deadline=None,
            phases=phases,
            suppress_health_check=list(hypothesis.HealthCheck),
            verbosity=hypothesis.Verbosity.quiet,
        )
        seeded = hypothesis.seed(zlib.crc32(f"{id}:{seed}".encode()))

        def check(drawn: Any) -> None:
            self._check(literal_of(drawn))

        with contextlib.suppress(_Failed, _Enough):  # it has been noted
            if isinstance(strategy, type) and issubclass(strategy, RuleBasedStateMachine):
                machine = type(strategy.__name__, (strategy,), {"attempt": staticmethod(check)})
                run_state_machine_as_test(seeded(machine), settings=settings)
            else:
                settings(seeded(hypothesis.given(strategy)(check)))()  # a seed leaves out the database of the settings

    def replay(self, literals: Iterable[str]) -> None:
        """Try literals that are already there, until one fails."""
        with contextlib.suppress(_Failed, _Enough):
            for literal in literals:
                self._check(literal)

    def _check(self, literal: str) -> None:
        if self.literal is not None:
            self._shrinks += 1
            if self._shrinks > SHRINKS:
                raise _Enough
        verdict = self._attempt(literal)
        if verdict.word in PASSES or (self.literal is not None and verdict.word != self.verdict.word):
            return  # a simpler literal must fail in the same way
        self.literal, self.verdict = literal, verdict
        if verdict.word in ("crashes", "hangs"):
            raise _Enough
        raise _Failed


def literals(id: str, strategy: Any, count: int) -> list[str]:
    """The literals that `Search.draw` begins with, each once."""
    drawn: dict[str, None] = {}

    def note(literal: str) -> Verdict:
        drawn[literal] = None
        return Verdict("agrees")

    Search(note).draw(id, strategy, count)
    return list(drawn)


def literal_of(drawn: Any) -> str:
    """A drawn value as it travels to the engines. Raises ValueError when it is no Python literal."""
    literal = repr(drawn)
    ast.literal_eval(literal)
    return literal
