"""Stand-ins for the engine and for the values it gives, which write down whatever a scenario does with them."""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from conformance.vectors.trace import OPERATIONS, Block, Step, Trace, encoded, real

BRANCHES = "branches on a value of the engine"
COMPUTES = "computes in Python with a value of the engine"
COPIES = "copies or pickles with Python's own means"
SUBCLASSES = "subclasses a class of the engine"
NUMPY = "hands a tensor to NumPy"


class StandIn:
    """What names and values have in common: calls, attributes, and what they cannot do."""

    __slots__ = ("_real", "_trace")
    _real: Any
    _trace: Trace

    def __init__(self, trace: Trace, real: Any) -> None:
        object.__setattr__(self, "_trace", trace)
        object.__setattr__(self, "_real", real)

    def __real__(self) -> Any:
        return self._real

    def __reference__(self) -> Any:
        raise NotImplementedError

    def __hash__(self) -> int:
        return id(self)

    def _refuse(self, reason: str) -> NoReturn:
        raise self._trace.refuse(reason)

    def _call(self, head: Step, function: Callable[..., Any], args: Any, kwargs: Any) -> Value:
        step = {**head}
        if args:
            step["args"] = [self._encoded(argument) for argument in args]
        if kwargs:
            step["kw"] = {name: self._encoded(argument) for name, argument in kwargs.items()}
        given, named = real(list(args)), real(kwargs)
        return self._value(step, lambda: function(*given, **named))

    def _encoded(self, argument: Any) -> Any:
        try:
            return encoded(argument)
        except BaseException as error:
            raise self._trace.refuse(str(error)) from None

    def _value(self, step: Step, act: Callable[[], Any]) -> Value:
        result = self._trace.step(step, act)
        step["as"] = self._trace.number()
        return Value(self._trace, result, step["as"])

    def _operation(self, name: str, *arguments: Any) -> Value:
        given = [real(argument) for argument in arguments]
        step = {"op": name, "args": [self._encoded(argument) for argument in arguments]}
        return self._value(step, lambda: OPERATIONS[name](*given))

    # What a program cannot say.

    def __bool__(self) -> bool:
        self._refuse(BRANCHES)

    def __index__(self) -> int:
        self._refuse(COMPUTES)

    __int__ = __index__

    def __float__(self) -> float:
        self._refuse(COMPUTES)

    def __complex__(self) -> complex:
        self._refuse(COMPUTES)

    def __format__(self, spec: str) -> str:
        self._refuse(COMPUTES)

    def __str__(self) -> str:
        self._refuse(COMPUTES)

    __repr__ = __str__

    def __deepcopy__(self, memo: Any) -> Any:
        self._refuse(COPIES)

    def __copy__(self) -> Any:
        self._refuse(COPIES)

    def __reduce_ex__(self, protocol: Any) -> Any:
        self._refuse(COPIES)

    def __mro_entries__(self, bases: Any) -> Any:
        self._refuse(SUBCLASSES)


class Name(StandIn):
    """The engine's namespace, or something in it that has a name: a function, a class, a dtype."""

    __slots__ = ("_path",)

    def __init__(self, trace: Trace, real: Any, path: str) -> None:
        super().__init__(trace, real)
        object.__setattr__(self, "_path", path)

    def __reference__(self) -> Any:
        return {"name": self._path}

    def __getattr__(self, name: str) -> Name:
        found = getattr(self._real, name)
        return Name(self._trace, found, f"{self._path}.{name}")

    def __setattr__(self, name: str, value: Any) -> None:
        self._refuse("sets an attribute of the engine")

    def __call__(self, *args: Any, **kwargs: Any) -> Value:  # noqa: D102
        return self._call({"call": self._path}, self._real, args, kwargs)


class Method(StandIn):
    """A method of a value, not yet called."""

    __slots__ = ("_name", "_owner")

    def __init__(self, owner: Value, real: Any, name: str) -> None:
        super().__init__(owner._trace, real)
        object.__setattr__(self, "_owner", owner)
        object.__setattr__(self, "_name", name)

    def __reference__(self) -> Any:
        self._refuse("hands a function to the engine (hooks, closures, transforms)")

    def __getattr__(self, name: str) -> Any:
        self._refuse("asks a method for an attribute")

    def __call__(self, *args: Any, **kwargs: Any) -> Value:  # noqa: D102
        return self._call({"call": self._name, "on": self._owner._used()}, self._real, args, kwargs)


class Value(StandIn):
    """A value that a step of the program gave: a tensor, an optimizer, a number, None."""

    __slots__ = ("_contexts", "_number")

    def __init__(self, trace: Trace, real: Any, number: int) -> None:
        super().__init__(trace, real)
        object.__setattr__(self, "_number", number)
        object.__setattr__(self, "_contexts", [])

    def __reference__(self) -> Any:
        return {"v": self._used()}

    def _used(self) -> int:
        self._trace.use(self._number)
        return self._number

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__array"):
            self._refuse(NUMPY)
        try:
            found = getattr(self._real, name)
        except BaseException as error:
            raised = error

            def fail() -> None:
                raise raised

            return self._trace.step({"get": name, "on": self._used()}, fail)
        if _is_method(found):
            return Method(self, found, name)
        return self._value({"get": name, "on": self._used()}, lambda: found)

    def __setattr__(self, name: str, value: Any) -> None:
        given = real(value)
        step = {"set": name, "on": self._used(), "value": self._encoded(value)}
        self._trace.step(step, lambda: setattr(self._real, name, given))

    def __delattr__(self, name: str) -> None:
        self._trace.step({"delete": name, "on": self._used()}, lambda: delattr(self._real, name))

    def __call__(self, *args: Any, **kwargs: Any) -> Value:  # noqa: D102
        return self._call({"apply": self._used()}, self._real, args, kwargs)

    def __getitem__(self, key: Any) -> Value:
        given = real(key)
        return self._value({"index": self._encoded(key), "on": self._used()}, lambda: self._real[given])

    def __setitem__(self, key: Any, value: Any) -> None:
        given, new = real(key), real(value)
        step = {"put": self._encoded(key), "on": self._used(), "value": self._encoded(value)}
        self._trace.step(step, lambda: operator.setitem(self._real, given, new))

    def __delitem__(self, key: Any) -> None:
        self._refuse("deletes an item")

    def __iter__(self) -> Iterator[Any]:
        step: Step = {"unpack": self._number}
        items = self._trace.step(step, lambda: list(self._real))
        self._used()
        step["into"] = [self._trace.number() for _ in items]
        return iter([Value(self._trace, item, n) for item, n in zip(items, step["into"], strict=True)])

    def __enter__(self) -> Any:
        step: Step = {"with": self._used(), "do": []}
        result = self._trace.step(step, self._real.__enter__)
        step["as"] = self._trace.number()
        self._trace.enter(step)
        return Value(self._trace, result, step["as"])

    def __exit__(self, *error: Any) -> bool:
        block: Block = self._trace.leave()
        if self._trace.refused is not None:
            self._real.__exit__(None, None, None)
            return False
        suppressed = bool(self._real.__exit__(*error))
        if error[1] is not None and block.raised:
            self._trace.block.raised = not suppressed
        return suppressed


def _is_method(found: Any) -> bool:
    return inspect.isroutine(found) or type(found).__name__ in ("builtin_method", "method-wrapper")


def _binary(name: str, reflected: bool = False) -> Callable[[Any, Any], Any]:
    def operation(self: StandIn, other: Any) -> Value:
        return self._operation(name, *((other, self) if reflected else (self, other)))

    return operation


def _unary(name: str) -> Callable[[Any], Any]:
    return lambda self: self._operation(name, self)


for _name in (
    "add",
    "sub",
    "mul",
    "truediv",
    "floordiv",
    "mod",
    "pow",
    "matmul",
    "and",
    "or",
    "xor",
    "lshift",
    "rshift",
):
    setattr(StandIn, f"__{_name}__", _binary(_name))
    setattr(StandIn, f"__r{_name}__", _binary(_name, reflected=True))
    setattr(StandIn, f"__i{_name}__", _binary(f"i{_name}"))
for _name in ("eq", "ne", "lt", "le", "gt", "ge"):
    setattr(StandIn, f"__{_name}__", _binary(_name))
for _name in ("neg", "pos", "abs", "invert"):
    setattr(StandIn, f"__{_name}__", _unary(_name))
