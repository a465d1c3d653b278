"""Running one scenario on one engine, and what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from conformance.observation import Encoded, Observer, encode_exception
from conformance.scenario import Scenario


def execute(
    scenario: Scenario,
    torch: Any,
    drawn: Any = None,
    to_numpy: Callable[[Any], Any] | None = None,
    transform: Callable[[Callable[..., None]], Callable[..., None]] | None = None,
) -> Encoded:
    """Run a scenario on an engine, under whatever default dtype and device the caller has set.

    ``transform`` is what an engine that transforms functions, such as a compiler, makes of the scenario's body.
    Returns ``{"observations": [...], "raised": None or an encoded exception, "seconds": float}``.
    """
    observe = Observer(to_numpy)
    raised = None
    start = time.perf_counter()
    try:
        if transform is not None:
            scenario = replace(scenario, body=transform(scenario.body))
        scenario.run(torch, observe, drawn)
    except BaseException as error:  # an engine may raise anything at all
        raised = encode_exception(error)
    return {
        "observations": observe.observations,
        "raised": raised,
        "seconds": round(time.perf_counter() - start, 6),
    }
