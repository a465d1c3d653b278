"""Tracing a scenario on PyTorch: its program, and what PyTorch observes in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from conformance.observation import Observer, encode_documented
from conformance.scenario import Scenario
from conformance.vectors.expected import shortened
from conformance.vectors.neutral import NotExportable
from conformance.vectors.standins import Name, StandIn
from conformance.vectors.trace import Step, Trace, encoded, real


class TracingObserver:
    """An observer that writes down what is observed, and observes it on PyTorch."""

    def __init__(self, trace: Trace) -> None:
        self.observer = Observer()
        self._trace = trace

    def __call__(self, name: str, value: Any, **how: Any) -> None:
        """Observe a value."""
        if isinstance(how.get("documented"), Name):
            how["documented"] = real(how["documented"])
        if _holds_stand_in(how.get("documented")):
            raise self._trace.refuse("documents one value of the engine's by another")
        if not _holds_stand_in(value):
            raise self._trace.refuse("observes what only Python saw")
        try:
            step: Step = {"observe": name, "value": encoded(value)}
        except NotExportable as refused:
            raise self._trace.refuse(str(refused)) from None
        if "documented" in how:
            step["documented"] = shortened(encode_documented(how["documented"]))
        step |= {key: how[key] for key in ("layout", "terms", "scale") if key in how}
        seen = real(value)
        self._trace.step(step, lambda: self.observer(name, seen, **how))

    def raises(self, name: str, documented: Any = ..., *, saying: str | tuple[str, ...] = ()) -> Any:
        """Observe what the block raises."""
        return self._block("raises", name, documented, saying)

    def warns(self, name: str, documented: Any = ..., *, saying: str | tuple[str, ...] = ()) -> Any:
        """Observe what the block warns of."""
        return self._block("warns", name, documented, saying)

    @contextmanager
    def _block(self, kind: str, name: str, documented: Any, saying: str | tuple[str, ...]) -> Iterator[None]:
        step: Step = {kind: name}
        if saying:
            step["saying"] = [saying] if isinstance(saying, str) else list(saying)
        if documented is not ...:
            step["documented"] = shortened(encode_documented(documented))
        said = () if documented is ... else (documented,)
        refused: NotExportable | None = None
        with getattr(self.observer, kind)(name, *said, saying=saying), self._trace.inside(step) as block:
            try:
                yield
            except NotExportable as error:
                refused = error
            except BaseException as error:
                if not block.raised:
                    refused = NotExportable(f"raises in Python: {type(error).__name__}")
                raise
            finally:
                if refused is not None:
                    self._trace.refuse(str(refused))
        if self._trace.refused is not None:
            raise self._trace.refused


def trace(scenario: Scenario, torch: Any, drawn: Any = None) -> tuple[list[Step], list[dict[str, Any]]]:
    """The program of a rewritten scenario, and PyTorch's observations. Raises `NotExportable`."""
    recorder = Trace()
    observe = TracingObserver(recorder)
    raised: BaseException | None = None
    try:
        scenario.run(Name(recorder, torch, "torch"), observe, drawn)
    except NotExportable as refused:
        recorder.refuse(str(refused))
    except BaseException as error:
        raised = error
    if raised is not None and recorder.refused is None:
        who = "PyTorch itself raises" if recorder.block.raised else "raises in Python"
        recorder.refuse(f"{who}: {type(raised).__name__}")
    return recorder.program(), observe.observer.observations


def _holds_stand_in(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(map(_holds_stand_in, value))
    if isinstance(value, dict):
        return any(map(_holds_stand_in, [*value, *value.values()]))
    return isinstance(value, StandIn)
