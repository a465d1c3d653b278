"""What is expected of a program: kept short in the files of vectors, and kept from the engine that is judged.

What a step that observes says of itself (``documented``, ``terms``, ``scale``, ``saying``) stands in the program; the
values that PyTorch observed stand beside it, one list a default dtype, in the order in which the observations are
made. A value of a later dtype is null where it is that of the first but for the dtype's name.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from typing import Any

from conformance.observation import Encoded
from conformance.recorded import renamed

Step = dict[str, Any]

#: What a step says that its engine is not told.
WITHHELD = ("documented", "terms", "scale", "saying")


def observing(program: list[Step]) -> Iterator[Step]:
    """The steps that observe, in the order in which their observations are made: a block's come before its own."""
    for step in program:
        yield from observing(step.get("do", ()))
        if not step.keys().isdisjoint(("observe", "raises", "warns")):
            yield step


def name_of(step: Step) -> str:
    """The name of a step's observation."""
    return next(step[kind] for kind in ("observe", "raises", "warns") if kind in step)


def withheld(program: list[Step]) -> list[Step]:
    """The program as the engine is given it, without anything that lets it know what is expected."""
    return [
        {key: withheld(value) if key == "do" else value for key, value in step.items() if key not in WITHHELD}
        for step in program
    ]


def folded(observations: dict[str, list[Encoded]]) -> dict[str, list[Encoded | None]]:
    """The observations under each dtype as a file of vectors has them."""
    (first, values), *others = [(d, [_short(o["value"]) for o in found]) for d, found in observations.items()]
    folded: dict[str, list[Encoded | None]] = {first: list(values)}
    for dtype, own in others:
        like = [json.loads(renamed(json.dumps(value), first, dtype)) for value in values]
        folded[dtype] = [None if a == b else a for a, b in zip(own, like, strict=True)]
    return folded


def unfolded(vector: dict[str, Any], dtype: str) -> list[Encoded] | None:
    """What PyTorch observed under a dtype; None where the program was not run under it."""
    expected = vector["expected"]
    if dtype not in expected:
        return None
    first = next(iter(expected))
    like = expected[first] if dtype == first else json.loads(renamed(json.dumps(expected[first]), first, dtype))
    values = [a if b is None else b for a, b in zip(like, expected[dtype], strict=True)]
    steps = observing(vector["program"])
    return [_observation(step, _long(value)) for step, value in zip(steps, values, strict=True)]


def _observation(step: Step, value: Encoded) -> Encoded:
    observation: Encoded = {"name": name_of(step), "value": value}
    if "documented" in step:
        observation["documented"] = lengthened(step["documented"])
    return observation | {key: step[key] for key in ("terms", "scale") if key in step}


def shortened(documented: Encoded) -> Any:
    """What is documented, as literals say it: numbers, lists of them, None, strings; ``{"class": ...}``."""
    match documented["is"]:
        case "none":
            return None
        case "bool" | "int" | "str":
            return documented["value"]
        case "float":
            return {"float": documented["value"]}
        case "list":
            items = [shortened(item) for item in documented["items"]]
            inner = [item.get("float") if isinstance(item, dict) else None for item in items]
            return {"float": inner} if items and None not in inner else items
        case "dict":
            return {"dict": [[key, shortened(value)] for key, value in documented["items"]]}
        case kind:
            return {kind: documented["value"]}


def lengthened(short: Any) -> Encoded:
    """What `shortened` was given."""
    if short is None:
        return {"is": "none"}
    if isinstance(short, list):
        return {"is": "list", "items": [lengthened(item) for item in short]}
    if not isinstance(short, dict):
        return {"is": type(short).__name__, "value": short}
    ((kind, value),) = short.items()
    if kind == "float":
        return _floats(value)
    if kind == "dict":
        return {"is": "dict", "items": [[key, lengthened(item)] for key, item in value]}
    return {"is": kind, "value": value}


def _floats(value: Any) -> Encoded:
    if isinstance(value, list):
        return {"is": "list", "items": [_floats(item) for item in value]}
    return {"is": "float", "value": value}


def _short(value: Encoded) -> Encoded:
    """A value whose float32 numbers are written with no more digits than tell them apart."""
    if value["is"] == "list":
        return {**value, "items": [_short(item) for item in value["items"]]}
    if value["is"] == "dict":
        return {**value, "items": [[key, _short(item)] for key, item in value["items"]]}
    if value["is"] == "tensor" and value["dtype"] == "float32":
        return {**value, "data": [_fewest_digits(x) for x in value["data"]]}
    return value


def _long(value: Encoded) -> Encoded:
    """What `_short` was given."""
    if value["is"] == "list":
        return {**value, "items": [_long(item) for item in value["items"]]}
    if value["is"] == "dict":
        return {**value, "items": [[key, _long(item)] for key, item in value["items"]]}
    if value["is"] == "tensor" and value["dtype"] == "float32":
        return {**value, "data": [_float32(x) for x in value["data"]]}
    return value


def _fewest_digits(x: Any) -> Any:
    if not isinstance(x, float):
        return x
    return next(short for digits in range(1, 18) if _float32(short := float(f"{x:.{digits}g}")) == x)


def _float32(x: Any) -> Any:
    return struct.unpack("f", struct.pack("f", x))[0] if isinstance(x, float) else x
