"""Running a program on an engine in Python: what a harness in another language does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.observation import Encoded, Observer, encode_exception
from conformance.vectors.neutral import CLASSES
from conformance.vectors.trace import OPERATIONS, Step

_CLASSES = {cls.__name__: cls for cls in CLASSES}


def replay(program: list[Step], torch: Any, observer: Observer) -> dict[str, Any]:
    """Run a program; the outcome is like that of `conformance.execution.execute`, without what is expected."""
    raised: Encoded | None = None
    try:
        _Player(torch, observer).block(program)
    except BaseException as error:  # an engine may raise anything at all
        raised = encode_exception(error)
    return {"observations": observer.observations, "raised": raised}


class _Player:
    def __init__(self, torch: Any, observer: Observer) -> None:
        self._torch = torch
        self._observe = observer
        self._values: dict[int, Any] = {}

    def block(self, steps: list[Step]) -> None:
        for step in steps:
            kind = next(iter(step))
            result = getattr(self, "do_" + kind)(step)
            if kind != "with" and "as" in step:
                self._values[step["as"]] = result

    def do_call(self, step: Step) -> Any:
        function = getattr(self._values[step["on"]], step["call"]) if "on" in step else self._named(step["call"])
        return self._call(function, step)

    def do_apply(self, step: Step) -> Any:
        return self._call(self._values[step["apply"]], step)

    def do_get(self, step: Step) -> Any:
        return getattr(self._values[step["on"]], step["get"])

    def do_set(self, step: Step) -> None:
        setattr(self._values[step["on"]], step["set"], self.argument(step["value"]))

    def do_delete(self, step: Step) -> None:
        delattr(self._values[step["on"]], step["delete"])

    def do_index(self, step: Step) -> Any:
        return self._values[step["on"]][self.argument(step["index"])]

    def do_put(self, step: Step) -> None:
        self._values[step["on"]][self.argument(step["put"])] = self.argument(step["value"])

    def do_op(self, step: Step) -> Any:
        return OPERATIONS[step["op"]](*map(self.argument, step["args"]))

    def do_unpack(self, step: Step) -> None:
        items = list(self._values[step["unpack"]])
        if len(items) != len(step["into"]):
            raise ValueError(f"{len(items)} items where {len(step['into'])} are unpacked")
        self._values.update(zip(step["into"], items, strict=True))

    def do_with(self, step: Step) -> None:
        with self._values[step["with"]] as entered:
            if "as" in step:
                self._values[step["as"]] = entered
            self.block(step["do"])

    def do_raises(self, step: Step) -> None:
        with self._observe.raises(step["raises"], saying=tuple(step.get("saying", ()))):
            self.block(step["do"])

    def do_warns(self, step: Step) -> None:
        with self._observe.warns(step["warns"], saying=tuple(step.get("saying", ()))):
            self.block(step["do"])

    def do_observe(self, step: Step) -> None:
        self._observe(step["observe"], self.argument(step["value"]), layout=step.get("layout", False))

    def argument(self, argument: Any) -> Any:
        """What the engine is given for an argument of a step."""
        if isinstance(argument, list):
            return [self.argument(item) for item in argument]
        if not isinstance(argument, dict):
            return argument
        ((kind, value),) = argument.items()
        match kind:
            case "v":
                return self._values[value]
            case "name":
                return self._named(value)
            case "float":
                return _floats(value)
            case "int":
                return int(value)
            case "complex":
                return complex(*_floats(value))
            case "tuple":
                return tuple(self.argument(item) for item in value)
            case "dict":
                return {self.argument(key): self.argument(item) for key, item in value}
            case "slice":
                return slice(*map(self.argument, value))
        assert kind == "ellipsis"
        return Ellipsis

    def _call(self, function: Callable[..., Any], step: Step) -> Any:
        named = {name: self.argument(argument) for name, argument in step.get("kw", {}).items()}
        return function(*map(self.argument, step.get("args", [])), **named)

    def _named(self, path: str) -> Any:
        first, *rest = path.split(".")
        if first != "torch":
            return _CLASSES[path]
        found = self._torch
        for name in rest:
            found = getattr(found, name)
        return found


def _floats(value: Any) -> Any:
    return [_floats(item) for item in value] if isinstance(value, list) else float(value)
