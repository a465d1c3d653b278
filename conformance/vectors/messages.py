"""What a harness may answer (docs/protocol.md), checked: it is another's program, and may send anything at all.

The schema is schema.json; what is here says in one line what is wrong, and needs no library.
"""

from __future__ import annotations

import json
from typing import Any

from conformance.observation import Encoded
from conformance.vectors.expected import Step, name_of, observing

PROTOCOL = 1

_NUMBER_WORDS = ("nan", "inf", "-inf")


class ProtocolError(Exception):
    """An answer is not what the protocol asks for; the message is one line."""


def parsed(line: bytes) -> dict[str, Any]:
    """The object on a line."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):  # brackets by the thousand
        message = None
    if not isinstance(message, dict):
        shown = line[:80].decode(errors="replace")
        raise ProtocolError(f"it wrote a line that is no message: {shown!r}; print to standard error instead")
    return message


def announced(message: dict[str, Any]) -> dict[str, str]:
    """The answer to ``announce``."""
    _expect(message.get("protocol") == PROTOCOL, f"it speaks protocol {message.get('protocol')!r}, not {PROTOCOL}")
    for key in ("name", "version", "language"):
        _expect(isinstance(message.get(key), str), f"its announcement has no string {key!r}")
    _expect(bool(message["name"]), "its announcement has an empty name")
    return {key: message[key] for key in ("name", "version", "language")}


def capable(message: dict[str, Any]) -> dict[str, list[str]]:
    """The answer to ``capabilities``: dtypes, devices, and optionally calls and unclaimed chapters."""
    found = {"devices": ["cpu"], "unclaimed": [], "calls": [], **message}
    for key in ("dtypes", "devices", "unclaimed", "calls"):
        value = found.get(key)
        right = isinstance(value, list) and all(isinstance(item, str) for item in value)
        _expect(right, f"its capabilities have no list of strings {key!r}")
    _expect(bool(found["dtypes"] and found["devices"]), "it is capable of no dtype or of no device")
    return {key: found[key] for key in ("dtypes", "devices", "unclaimed", "calls")}


def outcome(message: dict[str, Any], number: int, program: list[Step], expected: list[Encoded]) -> dict[str, Any]:
    """What came of a run, completed by what only this side knows: what was documented, and how exact it must be."""
    _expect(message.get("id") == number, f"it answered run {message.get('id')!r} when run {number} was asked for")
    found = message.get("observations")
    _expect(isinstance(found, list), "its result has no list of observations")
    assert isinstance(found, list)
    steps = list(observing(program))
    observations = []
    for place, observation in enumerate(found):
        right = isinstance(observation, dict) and isinstance(observation.get("name"), str)
        _expect(right, f"observation {place} has no name")
        _expect(_is_value(observation.get("value")), f"observation {observation['name']!r} has no proper value")
        step = steps[place] if place < len(steps) and name_of(steps[place]) == observation["name"] else None
        observations.append(_completed(observation, step, expected[place] if step is not None else None))
    return {"observations": observations, "raised": _raised(message)}


def _raised(message: dict[str, Any]) -> Encoded | None:
    if "missing" in message:
        _expect(isinstance(message["missing"], str), "its result does not say in words what is missing")
        return _exception({"is": "exception", "missing": True, "message": message["missing"]}, (), None)
    error = message.get("error")
    if error is None:
        return None
    _expect(_is_value(error) and error["is"] == "exception", "the error of its result is no exception")
    return _exception(error, (), None)


def _completed(observation: dict[str, Any], step: Step | None, expected: Encoded | None) -> Encoded:
    if step is None or expected is None:
        return {"name": observation["name"], "value": observation["value"]}
    value, words = observation["value"], step.get("saying", ())
    if value["is"] == "exception":
        value = _exception(value, words, expected["value"])
    elif value["is"] == "warnings":
        value = _warnings(value, words, expected["value"])
    return {**expected, "name": observation["name"], "value": value}


def _exception(value: Encoded, words: Any, expected: Encoded | None) -> Encoded:
    """An exception with what its message says, and of any class that is expected where it names none of Python's.

    One that means a missing call is of no class that anyone may expect, or the engine would be credited with a refusal.
    """
    message = value.get("message", "")[:2000]
    missing = bool(value.get("missing"))
    bases = value.get("bases") or ([] if missing else (expected or {}).get("bases"))
    completed = {
        "is": "exception",
        "class": value.get("class") or ("Missing" if missing else "Error"),
        "bases": bases or ["Missing" if missing else "Exception"],
        "message": message,
        "says": {word: word.lower() in message.lower() for word in words},
    }
    return {**completed, "missing": True} if missing else completed


def _warnings(value: Encoded, words: Any, expected: Encoded) -> Encoded:
    """The warnings that say the words, each of any class that is expected where it names none of Python's."""
    heard = [w for w in value["given"] if all(word.lower() in w.get("message", "").lower() for word in words)]
    wanted = [name for bases in expected.get("bases", []) for name in bases]
    bases = [warning.get("bases") or wanted or ["Warning"] for warning in heard]
    return {"is": "warnings", "classes": [warning.get("class", "Warning") for warning in heard], "bases": bases}


def _expect(right: bool, otherwise: str) -> None:
    if not right:
        raise ProtocolError(otherwise)


def _is_value(value: Any) -> bool:
    """Whether a value is one that can be compared."""
    if not isinstance(value, dict):
        return False
    match value.get("is"):
        case "none" | "no exception":
            return True
        case "bool":
            return isinstance(value.get("value"), bool)
        case "int":
            return type(value.get("value")) is int
        case "float" | "complex":
            return _is_number(value.get("value"))
        case "str" | "dtype" | "device":
            return isinstance(value.get("value"), str)
        case "list":
            return isinstance(value.get("items"), list) and all(map(_is_value, value["items"]))
        case "dict":
            return isinstance(value.get("items"), list) and all(map(_is_item, value["items"]))
        case "tensor":
            return _is_tensor(value)
        case "exception":
            return _is_exception(value)
        case "warnings":
            return isinstance(value.get("given"), list) and all(map(_is_exception, value["given"]))
        case "other":
            return isinstance(value.get("type"), str) and isinstance(value.get("repr"), str)
    return False


def _is_item(item: Any) -> bool:
    return isinstance(item, list) and len(item) == 2 and isinstance(item[0], str) and _is_value(item[1])


def _is_number(value: Any) -> bool:
    if isinstance(value, list):
        return len(value) == 2 and all(_is_number(part) and not isinstance(part, list) for part in value)
    return type(value) in (int, float) or value in _NUMBER_WORDS


def _is_tensor(value: dict[str, Any]) -> bool:
    shape, data = value.get("shape"), value.get("data")
    if not (isinstance(value.get("dtype"), str) and _are_sizes(shape) and isinstance(data, list)):
        return False
    assert isinstance(shape, list)
    size = 1
    for n in shape:
        size *= n
    numbers = all(_is_number(x) or isinstance(x, bool) for x in data)
    return size == len(data) and numbers and ("strides" not in value or _are_sizes(value["strides"]))


def _are_sizes(value: Any) -> bool:
    return isinstance(value, list) and all(type(n) is int and n >= 0 for n in value)


def _is_exception(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    bases = value.get("bases", [])
    return (
        all(isinstance(value.get(key, ""), str) for key in ("class", "message"))
        and isinstance(bases, list)
        and all(isinstance(name, str) for name in bases)
    )
