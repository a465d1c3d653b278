"""``torch.func.functional_call``: run a module with other parameters (HOD-22)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reference.ops.joining import stack
from reference.tensor import Tensor


def functional_call(
    module: Any,
    parameter_and_buffer_dicts: Mapping[str, Any] | Sequence[Mapping[str, Any]],
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """What the module returns with some of its parameters and buffers replaced; the module is left as it was.

    Names are as in ``named_parameters``. With ``tie_weights`` a parameter that the module has under several names is
    replaced under all. ValueError for a name that is given twice; with ``strict`` RuntimeError for names that the
    module does not have, and for those it has and that are not given.
    """
    if isinstance(parameter_and_buffer_dicts, Mapping):
        dicts = [parameter_and_buffer_dicts]
    elif isinstance(parameter_and_buffer_dicts, Sequence) and all(
        isinstance(one, Mapping) for one in parameter_and_buffer_dicts
    ):
        dicts = list(parameter_and_buffer_dicts)
    else:
        raise ValueError(
            "parameter_and_buffer_dicts must be a dict, or a list or tuple of dicts, but got "
            f"{type(parameter_and_buffer_dicts).__name__}"
        )
    names = [name for one in dicts for name in one]
    repeated = {name for name in names if names.count(name) > 1}
    if repeated:
        raise ValueError(
            f"{sorted(repeated)} appeared in multiple dictionaries; behavior of functional call is ambiguous"
        )
    values = {name: value for one in dicts for name, value in one.items()}
    own = dict(_named(module))
    if tie_weights:
        values = _tied(own, values)
    if strict:
        unexpected, missing = sorted(values.keys() - own.keys()), sorted(own.keys() - values.keys())
        if unexpected or missing:
            raise RuntimeError(f"Unexpected key(s): {unexpected}. Missing key(s): {missing}.")
    args = () if args is None else args if isinstance(args, tuple) else (args,)
    for name, value in values.items():
        if not isinstance(value, Tensor):
            raise TypeError(f"{name}: {value!r} is not an instance of torch.Tensor")
    before: dict[str, Any] = {}
    try:
        for name, value in values.items():
            before[name] = _put(module, name, value)
        return module(*args, **(kwargs or {}))
    finally:
        for name, value in before.items():
            _put(module, name, value)


def _named(module: Any) -> Iterable[tuple[str, Any]]:
    yield from module.named_parameters(remove_duplicate=False)
    yield from module.named_buffers(remove_duplicate=False)


def _tied(own: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """The values, with each given under all names of the tensor that it replaces."""
    by_tensor = {id(own[name]): value for name, value in values.items() if name in own}
    given: dict[int, str] = {}
    for name, value in values.items():
        first = given.setdefault(id(own[name]), name) if name in own else name
        if values[first] is not value:
            raise ValueError(
                f"functional_call got multiple values for keys {[first, name]}, which are tied. Consider using "
                "tie_weights=False"
            )
    tied = {name: by_tensor[id(tensor)] for name, tensor in own.items() if id(tensor) in by_tensor}
    return {**tied, **values}


#: Stands for an attribute that a module does not have.
_ABSENT: Any = object()


def _put(module: Any, name: str, value: Any) -> Any:
    """Put a tensor, which need be no Parameter, in a parameter's or buffer's place; returns what was there.

    Where there was nothing, it becomes an attribute; putting `_ABSENT` takes it away again.
    """
    *path, last = name.split(".")
    for part in path:
        if part not in module._modules:
            raise AttributeError(f"{type(module).__name__} has no attribute `{part}`")
        module = module._modules[part]
    for place in (module._parameters, module._buffers):
        if last in place:
            before = place[last]
            place[last] = value
            return before
    before = getattr(module, last, _ABSENT)
    if before is not _ABSENT and not isinstance(before, Tensor):
        raise TypeError(f"attribute `{last}`: {before!r} is not an instance of torch.Tensor")
    if value is _ABSENT:
        delattr(module, last)
    else:
        setattr(module, last, value)
    return before


def stack_module_state(models: Sequence[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parameters and the buffers of several modules of one kind, stacked by name, as new leaves.

    RuntimeError for no modules, and for modules of different types or modes.
    """
    if not models:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if any(m.training != models[0].training for m in models):
        raise RuntimeError("stack_module_state: Expected all models to have the same training/eval mode.")
    if any(type(m) is not type(models[0]) for m in models):
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")
    return _stacked([dict(m.named_parameters()) for m in models]), _stacked([dict(m.named_buffers()) for m in models])


def _stacked(states: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        name: stack([state[name].detach() for state in states]).requires_grad_(tensor.requires_grad)
        for name, tensor in states[0].items()
    }
