"""``python -m conformance.vectors.serve ENGINE``: a harness for an engine in Python (docs/protocol.md).

It is what a harness in another language is measured against, and shows that a verdict over the protocol is the verdict.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from conformance import engine
from conformance.observation import Observer
from conformance.state import State
from conformance.vectors.messages import PROTOCOL
from conformance.vectors.replay import replay


class Reporter(Observer):
    """An observer that leaves it to the other side what a message says."""

    @contextmanager
    def warns(self, name: str, documented: Any = None, *, saying: str | tuple[str, ...] = ()) -> Iterator[None]:
        """Observe every warning given in the block."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield
        bases = [[c.__name__ for c in warning.category.__mro__ if c is not object] for warning in caught]
        given = [
            {"class": warning.category.__name__, "bases": names, "message": str(warning.message)}
            for warning, names in zip(caught, bases, strict=True)
        ]
        self.observations.append({"name": name, "value": {"is": "warnings", "given": given}})


class Server:
    """Answers requests for one engine."""

    def __init__(self, spec: str) -> None:
        self._engine = engine.load(spec)
        self._states: dict[str, State] = {}

    def do_announce(self, request: dict[str, Any]) -> dict[str, Any]:
        """Who is there."""
        return {
            "name": self._engine.name,
            "version": self._engine.version,
            "language": f"Python {sys.version_info.major}.{sys.version_info.minor}",
            "protocol": PROTOCOL,
        }

    def do_capabilities(self, request: dict[str, Any]) -> dict[str, Any]:
        """What it can be run under, and what it does not claim."""
        unclaimed = [str(chapter) for chapter in self._engine.facts.get("unclaimed", ())]
        return {"dtypes": self._engine.dtypes(), "devices": self._engine.devices(), "unclaimed": unclaimed}

    def do_run(self, request: dict[str, Any]) -> dict[str, Any]:
        """What was observed in a program."""
        device = request["device"]
        state = self._states.setdefault(device, State(self._engine, device))
        state.restore(request["dtype"])
        observer = Reporter(self._engine.facts.get("to_numpy"))
        outcome = replay(request["program"], self._engine.torch, observer)
        state.restore(request["dtype"])
        result, raised = {"id": request["id"], "observations": outcome["observations"]}, outcome["raised"]
        if raised and raised.get("missing"):
            return {**result, "missing": raised["message"]}
        return {**result, "error": raised} if raised else result


def main() -> None:
    """Answer each line of standard input with one of standard output, until there are no more."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # an engine may print
    server = Server(sys.argv[1])
    for line in sys.stdin:
        request = json.loads(line)
        if request["do"] == "stop":
            break
        answers.write(json.dumps(getattr(server, "do_" + request["do"])(request)) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
