"""Encoded observations as a person reads them, with what differs between two of them marked.

The encoding is that of `conformance/observation.py`: objects with a tag ``is``. Engines supply these values, and a
file may have been edited, so whatever does not have the expected form is shown as its JSON.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

#: Elements of a tensor shown in full; of a larger one a stretch is shown, around the first element that differs.
FULL_TENSOR = 32
_STRETCH = 16
_LONGEST = 1500

Mark = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Text:
    """A value in words; ``marks`` are the stretches (start, end) of it that differ from its counterpart."""

    text: str
    marks: tuple[Mark, ...] = ()


def show(value: Any) -> str:
    """A value in words."""
    return _Writer(value, None).text()


def show_both(expected: Any, got: Any) -> tuple[Text, Text]:
    """Two values in words, each with what differs from the other marked."""
    ours, theirs = _Writer(expected, got), _Writer(got, expected)
    return Text(ours.text(), tuple(ours.marks)), Text(theirs.text(), tuple(theirs.marks))


class _Writer:
    """Writes one value beside its counterpart."""

    def __init__(self, value: Any, counterpart: Any) -> None:
        self.marks: list[Mark] = []
        self._parts: list[str] = []
        self._length = 0
        try:
            self._write(value, counterpart)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError, RecursionError):
            self.marks, self._parts, self._length = [], [], 0
            self._put(json.dumps(value, default=repr), differs=counterpart is not None and value != counterpart)

    def text(self) -> str:
        whole = "".join(self._parts)
        if len(whole) <= _LONGEST:
            return whole
        self.marks = [(a, min(b, _LONGEST)) for a, b in self.marks if a < _LONGEST]
        return whole[:_LONGEST] + f" … ({len(whole) - _LONGEST:,} characters more)"

    def _put(self, text: str, differs: bool = False) -> None:
        if differs and text:
            self.marks.append((self._length, self._length + len(text)))
        self._parts.append(text)
        self._length += len(text)

    def _write(self, value: Any, other: Any) -> None:
        if value is None:
            return self._put("nothing", other is not None)
        kind = value["is"]
        alike = other is None or (isinstance(other, dict) and other.get("is") == kind)
        if kind == "tensor":
            return self._tensor(value, other if alike else None, differs=not alike)
        if kind in ("list", "dict") and alike:
            return self._items(kind, value["items"], other["items"] if other else None)
        text = _PLAIN[kind](value) if kind in _PLAIN else json.dumps(value)
        if kind == "exception" and alike and other:
            return self._exception(value, other)
        self._put(text, differs=other is not None and value != other)

    def _exception(self, value: Any, other: Any) -> None:
        """Messages are free; an exception differs by its class and by what its message conveys."""
        self._put(value["class"], differs=value["class"] != other["class"])
        self._put(f": {_one_line(value['message'])}" if value["message"] else "")
        said = other.get("says", {})
        for word, says in value.get("says", {}).items():
            self._put(" ")
            self._put(_says(word, says), differs=said.get(word) != says)

    def _items(self, kind: str, items: list[Any], others: list[Any] | None) -> None:
        self._put("[" if kind == "list" else "{")
        for n, item in enumerate(items):
            self._put(", " if n else "")
            other = None if others is None else others[n] if n < len(others) else {"is": "absent"}
            if kind == "dict":
                key, item = item
                self._put(f"{key!r}: ", differs=other is not None and (other == {"is": "absent"} or other[0] != key))
                other = other if other is None or other == {"is": "absent"} else other[1]
            self._write(item, other)
        self._put("]" if kind == "list" else "}")

    def _tensor(self, value: Any, other: Any, differs: bool) -> None:
        dtype, shape, data = value["dtype"], value["shape"], value["data"]
        self._put(dtype, differs or (other is not None and other["dtype"] != dtype))
        self._put(" ")
        self._put(str(shape), differs or (other is not None and other["shape"] != shape))
        if "strides" in value:
            self._put(" ")
            strides = value["strides"]
            self._put(f"strides {strides}", differs or (other is not None and other.get("strides") != strides))
        self._put("  ")
        same_size = other is not None and other["shape"] == shape and len(other["data"]) == len(data)
        others = other["data"] if same_size else None
        if max(len(data), *shape, 0) <= FULL_TENSOR and math.prod(shape) == len(data):
            elements = iter(range(len(data)))
            self._nested(shape, dtype, data, others, elements)
        else:
            self._stretch(dtype, data, others)

    def _nested(self, shape: list[int], dtype: str, data: Any, others: Any, elements: Iterator[int]) -> None:
        if not shape:
            return self._element(dtype, data, others, next(elements))
        self._put("[")
        for n in range(shape[0]):
            self._put(", " if n else "")
            self._nested(shape[1:], dtype, data, others, elements)
        self._put("]")

    def _stretch(self, dtype: str, data: Any, others: Any) -> None:
        first = next((n for n in range(len(data)) if others is not None and data[n] != others[n]), 0)
        start = max(0, min(first - 2, len(data) - _STRETCH))
        stop = min(start + _STRETCH, len(data))
        self._put(f"… from element {start}: " if start else "")
        for n in range(start, stop):
            self._put(", " if n > start else "")
            self._element(dtype, data, others, n)
        self._put(f" … ({len(data):,} elements, flat)")

    def _element(self, dtype: str, data: Any, others: Any, n: int) -> None:
        self._put(show_number(data[n], dtype), others is not None and data[n] != others[n])


def show_number(value: Any, dtype: str = "float64") -> str:
    """A number as short as its dtype allows: 0.33333334 for a float32 third."""
    if isinstance(value, list) and len(value) == 2:
        real, imaginary = (show_number(part, _REAL.get(dtype, dtype)) for part in value)
        return f"{real}{'' if imaginary.startswith('-') else '+'}{imaginary}j"
    if isinstance(value, float) and dtype in _DIGITS:
        form, digits = _DIGITS[dtype]
        for precision in digits:
            short = float(f"{value:.{precision}g}")
            if _rounded(short, form) == _rounded(value, form):
                return repr(short)
    if isinstance(value, (int, float, str)):
        return str(value)
    return json.dumps(value)


_REAL = {"complex64": "float32", "complex128": "float64"}
_DIGITS = {"float32": ("f", range(6, 10)), "float16": ("e", range(3, 6))}


def _rounded(value: float, form: str) -> bytes:
    return struct.pack(form, value)


def _says(word: str, says: bool) -> str:
    return f"[says “{word}”]" if says else f"[does not say “{word}”]"


def _exception_in_words(value: Any) -> str:
    words = [_says(word, says) for word, says in value.get("says", {}).items()]
    message = _one_line(value["message"])
    return " ".join([value["class"] + (f": {message}" if message else ""), *words])


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _listed(value: Any) -> str:
    items = [show(item) for item in value["items"]]
    return f"[{', '.join(items)}]"


def _mapped(value: Any) -> str:
    items = [f"{key!r}: {show(item)}" for key, item in value["items"]]
    return f"{{{', '.join(items)}}}"


_PLAIN: dict[str, Any] = {
    "none": lambda v: "None",
    "bool": lambda v: str(v["value"]),
    "int": lambda v: str(v["value"]),
    "float": lambda v: show_number(v["value"]),
    "complex": lambda v: show_number(v["value"]),
    "str": lambda v: repr(v["value"]),
    "list": _listed,
    "dict": _mapped,
    "dtype": lambda v: f"dtype {v['value']}",
    "device": lambda v: f"device {v['value']}",
    "exception": _exception_in_words,
    "class": lambda v: v["value"],
    "no exception": lambda v: "no exception",
    "warnings": lambda v: "warnings " + ", ".join(v["classes"]) if v["classes"] else "no warning",
    "other": lambda v: f"{v['type']}: {v['repr']}",
    "absent": lambda v: "nothing",
}
