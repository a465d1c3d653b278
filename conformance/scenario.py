"""The decorator that turns an ordinary PyTorch function into a scenario.

A scenario's first parameter is the engine, named ``torch``; its second, ``observe``, records what can be
observed. A scenario asserts nothing: its observations are compared with a witness's (`conformance.comparison`).

    @scenario("ACC-02")
    def a_second_backward_adds_to_the_gradient(torch, observe):
        w = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
        torch.mean(w).backward()
        observe("after one backward", w.grad, documented=[1 / 3] * 3)
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

DTYPES = ("float32", "float64")


@dataclass(frozen=True)
class Scenario:
    """One behaviour, or one case of a behaviour.

    ``id`` is the clause's ID, with ``/case`` behind it where a body serves several cases. ``dtypes`` are the
    default dtypes it is run under; ``devices`` is "any", "cpu" or "accelerator"; ``needs`` are the IDs of the
    scenarios it rests on; ``draws`` is a hypothesis strategy of Python literals, given to the body one by one, and
    ``programs`` says that they are random programs (`conformance.programs`), whose tolerance is measured.
    """

    id: str
    clause: str
    body: Callable[..., None]
    dtypes: tuple[str, ...] = DTYPES
    devices: str = "any"
    needs: tuple[str, ...] = ()
    draws: Any = None
    programs: bool = False
    case: str | None = None
    case_value: Any = field(default=None, compare=False)

    @property
    def name(self) -> str:
        """The behaviour in words."""
        return self.body.__name__.replace("_", " ")

    def run(self, torch: Any, observe: Any, drawn: Any = None) -> None:
        """Run the body on an engine; whatever it raises is the caller's to record."""
        extra = () if self.case is None else (self.case_value,)
        extra += () if self.draws is None else (drawn,)
        self.body(torch, observe, *extra)


def scenario(
    id: str,
    *,
    cases: Sequence[str] | Mapping[str, Any] | None = None,
    dtypes: Sequence[str] = DTYPES,
    devices: str = "any",
    needs: Sequence[str] = (),
    draws: Any = None,
    programs: bool = False,
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Declare a scenario of the clause that ``id`` begins with ("ACC-02", or "ACC-02/of-a-diamond").

    ``cases`` makes one scenario of each entry: a body ``(torch, observe, case)`` gets the string, or the
    mapping's value, and the scenario's ID is ``id/case``. ``draws`` makes a drawn scenario: a body
    ``(torch, observe, drawn)`` gets one drawn literal at a time; ``programs`` says that those are random programs.
    """
    if devices not in ("any", "cpu", "accelerator"):
        raise ValueError(f"scenario {id}: devices is 'any', 'cpu' or 'accelerator', not {devices!r}")

    def declare(body: Callable[..., None]) -> Callable[..., None]:
        common = {
            "clause": id.split("/")[0],
            "body": body,
            "dtypes": tuple(dtypes),
            "devices": devices,
            "needs": tuple(needs),
            "draws": draws,
            "programs": programs,
        }
        if cases is None:
            declared = [Scenario(id=id, **common)]
        else:
            values = cases if isinstance(cases, Mapping) else {case: case for case in cases}
            declared = [
                Scenario(id=f"{id}/{case}", case=case, case_value=value, **common) for case, value in values.items()
            ]
        body.__scenarios__ = declared  # type: ignore[attr-defined]
        return body

    return declare


def scenarios_of(chapter: ModuleType) -> list[Scenario]:
    """A chapter's scenarios, in the order in which they stand in its file."""
    bodies = [v for v in vars(chapter).values() if inspect.isfunction(v) and hasattr(v, "__scenarios__")]
    found = [s for body in bodies if body.__module__ == chapter.__name__ for s in body.__scenarios__]
    ids = [s.id for s in found]
    twice = {id for id in ids if ids.count(id) > 1}
    if twice:
        raise ValueError(f"{chapter.__name__}: declared twice: {', '.join(sorted(twice))}")
    return found
