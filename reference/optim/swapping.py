"""Other parameters and another state for a while: ``torch.optim.swap_in_optimizer_params_and_state`` (OPT-44)."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

_NAME = "swap_in_optimizer_params_and_state"


@contextlib.contextmanager
def swap_in_optimizer_params_and_state(
    optimizer: Any, swapin_parameters: dict[str, Any], swapin_optim_state: dict[str, Any]
) -> Iterator[None]:
    """Within the block, the optimizer has these parameters, in its own order, and a state as `state_dict` gives it.

    What is written in place to the tensors of that state stays; options, and tensors put in the place of others, are
    forgotten. RuntimeError where the optimizer has no state yet, or where groups or parameters do not match its own.
    """
    state, groups = _matched(optimizer, swapin_parameters, swapin_optim_state)
    before, options_before = optimizer.state, [dict(group) for group in optimizer.param_groups]
    try:
        swapped: defaultdict[Any, Any] = defaultdict(dict)
        for group, (given, parameters) in zip(optimizer.param_groups, groups, strict=True):
            group.update({**given, "params": parameters})
            for parameter, place in zip(parameters, given["params"], strict=True):
                swapped[parameter] = dict(state.get(place, {}))
        optimizer.state = swapped
        yield
    finally:
        for group, options in zip(optimizer.param_groups, options_before, strict=True):
            group.clear()
            group.update(options)
        optimizer.state = before


def _matched(optimizer: Any, parameters: dict[str, Any], saved: dict[str, Any]) -> tuple[Any, list[tuple[Any, Any]]]:
    if not optimizer.state:
        raise RuntimeError(f"{_NAME} requires initialized optimizer state.")
    state, groups = saved.get("state"), saved.get("param_groups")
    if not isinstance(state, dict) or not isinstance(groups, list):
        raise RuntimeError(f"{_NAME} requires a state_dict with a 'state' and 'param_groups'.")
    if len(groups) != len(optimizer.param_groups):
        raise RuntimeError("the state has a different number of parameter groups than the live optimizer.")
    remaining = list(parameters.values())
    matched = []
    for own, given in zip(optimizer.param_groups, groups, strict=True):
        count = len(own["params"])
        if len(given["params"]) != count or len(remaining) < count:
            raise RuntimeError(f"{_NAME} requires as many parameters, in the same order, as the groups have.")
        matched.append((given, remaining[:count]))
        del remaining[:count]
    unknown = [key for key in state if not any(key in given["params"] for given, _ in matched)]
    if unknown:
        raise RuntimeError(f"{_NAME}: the state has keys that are no parameter's: {unknown}")
    return state, matched
