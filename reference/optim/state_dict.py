"""What an optimizer saves, and how it takes over what was saved, here or by PyTorch.

Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.Optimizer.load_state_dict.html.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any

import numpy as np

from reference import dtypes
from reference.ops.copies import to
from reference.tensor import Tensor, wrap


def step_dtype(fused: Any = None) -> Any:
    """The dtype of the tensor that counts steps: float32, or float64 where that is the default and ``fused`` is off."""
    return np.float64 if dtypes.get_default_dtype() is dtypes.float64 and not fused else np.float32


def new_step(group: dict[str, Any]) -> Tensor:
    """The count of steps of a parameter that has made none."""
    return wrap(np.zeros((), step_dtype(group.get("fused"))))


def pack(state: Any, groups: list[dict[str, Any]]) -> dict[str, Any]:
    """State and groups with running numbers in place of parameters; a parameter met twice keeps its first number."""
    number: dict[int, int] = {}
    packed, start = [], 0
    for group in groups:
        params = group["params"]
        for i, param in enumerate(params, start):
            number.setdefault(id(param), i)
        start += len(params)
        options = {name: value for name, value in group.items() if name != "params"}
        packed.append({**options, "params": [number[id(param)] for param in params]})
    by_number = {number[id(key)] if isinstance(key, Tensor) else key: value for key, value in state.items()}
    return {"state": by_number, "param_groups": packed}


def unpack(saved: dict[str, Any], groups: list[dict[str, Any]]) -> dict[str, Any]:
    """The state and groups of an optimizer that has ``groups`` and loads ``saved``; changes neither."""
    saved_groups = copy.deepcopy(with_tensors(saved["param_groups"], as_tensor))
    if len(groups) != len(saved_groups):
        raise ValueError(
            "loaded state dict has a different number of parameter groups "
            f"({len(saved_groups)}, the optimizer has {len(groups)})"
        )
    for i, (ours, theirs) in enumerate(zip(groups, saved_groups, strict=True)):
        if len(ours["params"]) != len(theirs["params"]):
            raise ValueError(
                "loaded state dict contains a parameter group that doesn't match the size of optimizer's group "
                f"(group {i} has {len(theirs['params'])} parameters, the optimizer's {len(ours['params'])})"
            )
    numbers = chain.from_iterable(group["params"] for group in saved_groups)
    owners = [(param, theirs) for ours, theirs in zip(groups, saved_groups, strict=True) for param in ours["params"]]
    param_of = dict(zip(numbers, owners, strict=True))

    state: Any = defaultdict(dict)
    for key, value in with_tensors(saved["state"], as_tensor).items():
        if key in param_of:
            param, group = param_of[key]
            state[param] = _fitted(value, param, group)
        else:
            state[key] = value
    for ours, theirs in zip(groups, saved_groups, strict=True):
        theirs["params"] = ours["params"]
        if "param_names" in ours:
            theirs.setdefault("param_names", ours["param_names"])
    return {"state": state, "param_groups": saved_groups}


def _fitted(value: Any, param: Any, group: dict[str, Any], key: Any = None) -> Any:
    """A parameter's saved state, its floating tensors in the parameter's dtype, except the count of steps (OPT-16)."""
    if isinstance(value, Tensor):
        if key == "step":
            return to(value, dtypes.float32) if group.get("fused") or group.get("capturable") else value
        return to(value, param.dtype) if param.is_floating_point() else value
    if isinstance(value, dict):
        return {name: _fitted(item, param, group, name) for name, item in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return type(value)(_fitted(item, param, group) for item in value)  # type: ignore[call-arg]
    return value


def make_tensors(names: tuple[str, ...], state: Any, groups: list[dict[str, Any]]) -> None:
    """Make tensors of the scalars that older versions kept as numbers; KeyError where a state lacks one."""
    for group in groups:
        for param in group["params"]:
            found = state.get(param)
            for name in names if found else ():
                if not isinstance(found[name], Tensor):
                    found[name] = wrap(np.array(found[name], step_dtype(group.get("fused"))))


# --- exchange with PyTorch --------------------------------------------------------------------------------------------


def as_tensor(value: Any) -> Tensor:
    """A tensor of another engine's, by way of NumPy: it shares memory where that engine allows it."""
    return value if isinstance(value, Tensor) else wrap(np.asarray(value.detach().cpu().numpy()))


def with_tensors(saved: Any, make: Callable[[Any], Any]) -> Any:
    """A saved state with ``make(tensor)`` in place of each tensor, of whichever engine.

    ``with_tensors(optimizer.state_dict(), lambda t: torch.from_numpy(t.numpy()))`` is a state dict that PyTorch's
    optimizer of the same name loads.
    """
    if isinstance(saved, Tensor) or hasattr(saved, "detach"):
        return make(saved)
    if isinstance(saved, dict):
        return {key: with_tensors(item, make) for key, item in saved.items()}
    if isinstance(saved, (list, tuple)):
        return type(saved)(with_tensors(item, make) for item in saved)
    return saved
