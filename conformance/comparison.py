"""Comparing what two engines observed, and what was observed with what is documented.

Everything that compares two encoded observations (`conformance.observation`) is here, so that there is one answer to
"is that the same?": integers, bools, flags, shapes, dtypes and None exactly; floating-point numbers within a
derived tolerance (`conformance.tolerance`); an exception by its built-in class and the words that its message must
convey.
"""

from __future__ import annotations

import builtins
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from conformance.observation import Encoded
from conformance.tolerance import FORMATS, Format, allowed

_NUMBERS = ("bool", "int", "float", "complex")


@dataclass(frozen=True)
class Context:
    """Where two values were observed: the run's default dtype, and the default device of each side."""

    dtype: str
    got_device: str = "cpu"
    expected_device: str = "cpu"


@dataclass(frozen=True)
class Mismatch:
    """Why two values are not the same, and the largest error in ULPs where numbers differ by more than is allowed."""

    reason: str
    ulps: float | None = None


@dataclass(frozen=True)
class Difference:
    """The first observation in which two runs differ; ``got`` and ``expected`` are None where one made none."""

    observation: str
    got: Encoded | None
    expected: Encoded | None
    mismatch: Mismatch


def differences(got: Sequence[Encoded], expected: Sequence[Encoded], context: Context) -> list[Difference]:
    """Every observation in which two runs of one scenario differ, in order."""
    found = []
    for i, want in enumerate(expected):
        if i >= len(got):
            found.append(Difference(want["name"], None, want["value"], Mismatch("was not observed")))
            break
        have = got[i]
        if have["name"] != want["name"]:
            mismatch = Mismatch(f"was observed where {want['name']!r} was expected")
            found.append(Difference(have["name"], have["value"], None, mismatch))
            break
        unlike = mismatch_of(have, want["value"], context, want.get("within", 0.0))
        if unlike is not None:
            found.append(Difference(want["name"], have["value"], want["value"], unlike))
    if len(got) > len(expected):
        extra = got[len(expected)]
        found.append(Difference(extra["name"], extra["value"], None, Mismatch("was observed beyond what was expected")))
    return found


def mismatch_of(
    observation: Encoded, expected: Encoded, context: Context, within: float | Literal["anything"] = 0.0
) -> Mismatch | None:
    """Compare an observation with the value that another engine observed.

    ``within`` is how far rounding may move it, where that was measured (it may be more than the policy allows).
    """
    if observation["value"] == expected or within == "anything":
        return None
    return _Comparer(context, observation, within)(observation["value"], expected)


def documented_mismatch(observation: Encoded, context: Context) -> Mismatch | None:
    """Compare an observation with what it says is documented; nothing documented agrees with everything."""
    value = observation["value"]
    if unsaid := [word for word, said in value.get("says", {}).items() if not said]:
        return Mismatch(f"the message does not convey {', '.join(map(repr, unsaid))}")
    if "documented" not in observation:
        return None
    return _Comparer(context, observation).documented(value, observation["documented"])


class _Comparer:
    def __init__(self, context: Context, observation: Encoded, within: float = 0.0) -> None:
        self._context = context
        self._within = within
        self._terms = observation.get("terms", 1)
        self._scale = observation.get("scale", 0.0)

    def __call__(self, got: Encoded, want: Encoded) -> Mismatch | None:
        if got.get("scalar") and not want.get("scalar") and want["is"] in _NUMBERS:
            got = _as_scalar(got)  # a NumPy scalar is as good as Python's
        if got["is"] != want["is"]:
            return Mismatch(f"{kind(got)} in place of {kind(want)}")
        compare = getattr(self, "_" + want["is"].replace(" ", "_"), self._exactly)
        return compare(got, want)

    def documented(self, got: Encoded, want: Encoded) -> Mismatch | None:
        """Compare with a literal: it has no dtype, and a nested list stands for a tensor."""
        if want["is"] == "class":
            classes = got.get("bases", [])
            named = classes if got["is"] == "exception" else [name for bases in classes for name in bases]
            return None if want["value"] in named else Mismatch(f"{kind(got)} in place of a {want['value']}")
        if want["is"] == "none" and (got["is"] == "no exception" or got.get("classes") == []):
            return None
        if want["is"] == "str" and got["is"] in ("dtype", "device", "str"):
            return self._named(got, want)
        if got["is"] == "tensor":
            shape, numbers = _shape_of(want)
            if shape is None:
                return Mismatch(f"{kind(got)} in place of {kind(want)}")
            if shape != got["shape"]:
                return Mismatch(f"its shape is {got['shape']}, not {shape}")
            return self._numbers(got["data"], numbers, got["dtype"])
        if want["is"] in ("int", "float", "complex") and got["is"] in ("int", "float", "complex"):
            return self._numbers([got["value"]], [want["value"]], self._context.dtype)
        if want["is"] != got["is"]:
            return Mismatch(f"{kind(got)} in place of {kind(want)}")
        if want["is"] in ("list", "dict"):
            return self._items(got, want, self.documented)
        return self._exactly(got, want)

    def _exactly(self, got: Encoded, want: Encoded) -> Mismatch | None:
        return None if got.get("value") == want.get("value") else Mismatch(f"{text(got)}, not {text(want)}")

    def _named(self, got: Encoded, want: Encoded) -> Mismatch | None:
        """Names are equal, and each side's default device is the other's."""
        a, b = got["value"], want["value"]
        if a == b or (_is_default(a, self._context.got_device) and _is_default(b, self._context.expected_device)):
            return None
        return Mismatch(f"{a!r}, not {b!r}")

    _str = _device = _named

    def _other(self, got: Encoded, want: Encoded) -> Mismatch | None:
        return None if got["type"] == want["type"] else Mismatch(f"a {got['type']} in place of a {want['type']}")

    def _float(self, got: Encoded, want: Encoded) -> Mismatch | None:
        return self._numbers([got["value"]], [want["value"]], self._context.dtype)

    _complex = _float

    def _tensor(self, got: Encoded, want: Encoded) -> Mismatch | None:
        for what in ("dtype", "shape", "strides"):
            if what in want and got.get(what) != want[what]:
                return Mismatch(f"its {what} is {got.get(what)}, not {want[what]}")
        return self._numbers(got["data"], want["data"], want["dtype"])

    def _list(self, got: Encoded, want: Encoded) -> Mismatch | None:
        return self._items(got, want, self)

    _dict = _list

    def _items(self, got: Encoded, want: Encoded, compare: Any) -> Mismatch | None:
        a, b = got["items"], want["items"]
        if len(a) != len(b):
            return Mismatch(f"{len(a)} items, not {len(b)}")
        if want["is"] == "dict":
            keys, wanted = [key for key, _ in a], [key for key, _ in b]
            if sorted(keys) != sorted(wanted):
                return Mismatch(f"its keys are {keys}, not {wanted}")
            named = dict(a)
            pairs = [(f"[{key!r}]", named[key], value) for key, value in b]
        else:
            pairs = [(f"[{i}]", *pair) for i, pair in enumerate(zip(a, b, strict=True))]
        for where, x, y in pairs:
            if x != y and (unlike := compare(x, y)) is not None:
                return Mismatch(f"at {where}: {unlike.reason}", unlike.ulps)
        return None

    def _exception(self, got: Encoded, want: Encoded) -> Mismatch | None:
        wanted = built_in_class(want)
        unimplemented = "NotImplementedError"  # a RuntimeError, but one that says that there is nothing to refuse
        if wanted not in got["bases"] or (unimplemented in got["bases"] and unimplemented not in want["bases"]):
            return Mismatch(f"a {got['class']} in place of a {wanted}")
        unsaid = [word for word, said in want["says"].items() if said and not got["says"].get(word)]
        return Mismatch(f"its message does not convey {', '.join(map(repr, unsaid))}") if unsaid else None

    def _no_exception(self, got: Encoded, want: Encoded) -> Mismatch | None:
        return None

    def _warnings(self, got: Encoded, want: Encoded) -> Mismatch | None:
        if bool(got["classes"]) != bool(want["classes"]):
            return Mismatch(f"{text(got)}, not {text(want)}")
        given = {name for bases in got["bases"] for name in bases}
        for bases in want["bases"]:
            if (wanted := _first_built_in(bases)) not in given:
                return Mismatch(f"{text(got)}, without a {wanted}")
        return None

    def _numbers(self, got: Sequence[Any], want: Sequence[Any], dtype: str) -> Mismatch | None:
        if len(got) != len(want):
            return Mismatch(f"{len(got)} numbers, not {len(want)}")
        format = FORMATS.get(dtype)
        if format is None:
            unequal = [i for i, (a, b) in enumerate(zip(got, want, strict=True)) if a != b]
            return Mismatch(_count(unequal, got, want)) if unequal else None
        a, b = [_floats(x) for x in got], [_floats(x) for x in want]
        if any(x is None for x in [*a, *b]):
            return Mismatch("it holds things that are not numbers")
        return self._floating(a, b, format, got, want)

    def _floating(self, a: list[Any], b: list[Any], format: Format, got: Any, want: Any) -> Mismatch | None:
        finite = [abs(x) for pair in (a, b) for parts in pair for x in parts if math.isfinite(x)]
        tolerance = max(self._within, allowed(format, self._terms, max([self._scale, *finite])))
        unequal = [i for i, (x, y) in enumerate(zip(a, b, strict=True)) if not _close(x, y, tolerance)]
        if not unequal:
            return None
        ulps = [_ulps(p, q, format) for i in unequal for p, q in zip(a[i], b[i], strict=True)]
        return Mismatch(_count(unequal, got, want), max((u for u in ulps if u is not None), default=None))


def kind(value: Encoded) -> str:
    """What sort of thing a value is, in a few words."""
    match value["is"]:
        case "tensor":
            sort = "NumPy scalar" if value.get("scalar") else "tensor"
            return f"a {sort} of {value['dtype']} and shape {value['shape']}"
        case "exception":
            return f"a {value['class']}"
        case "other":
            return f"a {value['type']}"
        case "list" | "dict" | "str" | "dtype" | "device" | "class":
            return f"a {value['is']}"
        case "int" | "float" | "complex" | "bool":
            return f"the {value['is']} {value['value']}"
        case "none":
            return "None"
        case other:
            return other


def text(value: Encoded) -> str:
    """A value on one line, as a report shows it."""
    match value["is"]:
        case "tensor":
            # An engine may tell any shape: one that its numbers do not fill is not walked through.
            filled = value["data"] and math.prod(value["shape"]) == len(value["data"])
            shown = _nested(value["data"], value["shape"]) if filled else value["data"]
            return f"{shown} ({value['dtype']}, shape {value['shape']})"
        case "exception":
            return f"{value['class']}: {value['message'].splitlines()[0] if value['message'] else ''}"
        case "warnings":
            return f"warnings: {', '.join(value['classes']) or 'none'}"
        case "list":
            return f"[{', '.join(text(item) for item in value['items'])}]"
        case "dict":
            return f"{{{', '.join(f'{key}: {text(item)}' for key, item in value['items'])}}}"
        case "str":
            return repr(value["value"])
        case "none":
            return "None"
        case "other":
            return value["repr"]
        case "no exception":
            return "no exception"
        case _:
            return str(value["value"])


def built_in_class(exception: Encoded) -> str:
    """The nearest built-in class of an exception."""
    return _first_built_in(exception["bases"])


def _first_built_in(bases: Sequence[str]) -> str:
    return next((name for name in bases if hasattr(builtins, name)), "Exception")


def _is_default(name: str, device: str) -> bool:
    return name == device or (":" not in device and name == f"{device}:0")


def _as_scalar(value: Encoded) -> Encoded:
    kinds = {"b": "bool", "i": "int", "u": "int", "f": "float", "c": "complex"}
    return {"is": kinds.get(value["dtype"][0], "other"), "value": value["data"][0]}


def _shape_of(value: Encoded) -> tuple[list[int] | None, list[Any]]:
    """The shape and the numbers of a nested list; no shape where it is ragged or no numbers."""
    if value["is"] in _NUMBERS:
        return [], [value["value"]]
    if value["is"] != "list":
        return None, []
    inner = [_shape_of(item) for item in value["items"]]
    shapes = [shape for shape, _ in inner]
    if None in shapes or any(shape != shapes[0] for shape in shapes):
        return None, []
    return [len(inner), *(shapes[0] or [] if shapes else [])], [x for _, numbers in inner for x in numbers]


def _floats(value: Any) -> tuple[float, ...] | None:
    """A number's parts, as floats: one, or two of a complex one."""
    parts = value if isinstance(value, list) else [value]
    if all(isinstance(x, (int, float)) or x in ("nan", "inf", "-inf") for x in parts):
        return tuple(float(x) for x in parts)
    return None


def _close(x: tuple[float, ...], y: tuple[float, ...], tolerance: float) -> bool:
    if len(x) != len(y):
        x, y = (*x, 0.0)[:2], (*y, 0.0)[:2]
    return all(
        p == q or (math.isnan(p) and math.isnan(q)) or (math.isfinite(q) and abs(p - q) <= tolerance)
        for p, q in zip(x, y, strict=True)
    )


def _ulps(x: float, y: float, format: Format) -> float | None:
    if x == y or not (math.isfinite(x) and math.isfinite(y)):
        return None
    return min(abs(x - y), sys.float_info.max) / format.spacing(max(abs(x), abs(y)))


def _count(unequal: list[int], got: Sequence[Any], want: Sequence[Any]) -> str:
    first = unequal[0]
    if len(got) == 1:
        return f"{got[0]}, not {want[0]}"
    return (
        f"{len(unequal)} of {len(got)} numbers differ, the first at flat index {first}: {got[first]}, not {want[first]}"
    )


def _nested(data: list[Any], shape: list[int]) -> str:
    if not shape:
        return str(data[0]) if data else "?"
    step = len(data) // shape[0] if shape[0] else 0
    return f"[{', '.join(_nested(data[i * step : (i + 1) * step], shape[1:]) for i in range(shape[0]))}]"
