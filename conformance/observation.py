"""What a scenario observes, and how it is written down.

Every observation is encoded at once, as JSON data (a tensor may change afterwards), the same for every engine, so
that observations can be compared, stored and replayed without the engine that made them.

Encoded values are objects with a tag ``is``: none, bool, int, float, complex, str, list, dict, dtype, device,
tensor (dtype, shape, flat data, strides on request; ``scalar`` for NumPy's scalars), exception (class, bases, message,
what it says, whether it means a missing API), "no exception", warnings, other (type and repr).
"""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

Encoded = dict[str, Any]

#: Names some engines give to the dtypes that PyTorch calls otherwise.
DTYPE_ALIASES = {
    "float": "float32",
    "double": "float64",
    "half": "float16",
    "int": "int32",
    "long": "int64",
    "bool_": "bool",
    "__bf16": "bfloat16",
    "cfloat": "complex64",
    "cdouble": "complex128",
}
_KNOWN_DTYPES = frozenset(DTYPE_ALIASES) | {
    *("bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64"),
    *("complex64", "complex128"),
}
_ABSENT = object()

#: How many bits an integer may have to be a number in JSON; Python itself refuses to write much longer ones.
LONGEST_INT = 4096


class Observer:
    """Records a scenario's observations, in order."""

    def __init__(self, to_numpy: Callable[[Any], Any] | None = None) -> None:
        self.observations: list[Encoded] = []
        self._to_numpy = to_numpy

    def __call__(
        self,
        name: str,
        value: Any,
        *,
        documented: Any = _ABSENT,
        terms: int = 1,
        scale: float = 0.0,
        layout: bool = False,
    ) -> None:
        """Observe a value.

        ``documented`` is what the documentation says it is, worked out by hand. The tolerance is derived
        (docs/tolerance.md) from ``terms``, how many rounded operations lie on the longest way to an element, and
        from the largest magnitude in the value, or ``scale`` where larger numbers cancelled on the way to it.
        ``layout`` adds a tensor's strides, where they are documented.
        """
        self._add(name, encode(value, layout=layout, to_numpy=self._to_numpy), documented, terms, scale)

    @contextmanager
    def raises(self, name: str, documented: Any = _ABSENT, *, saying: str | tuple[str, ...] = ()) -> Iterator[None]:
        """Observe that the block raises (or that it does not); the scenario goes on after it.

        ``saying`` are the words that the message must convey, compared without regard to case.
        """
        words = (saying,) if isinstance(saying, str) else tuple(saying)
        try:
            yield
        except BaseException as error:  # an engine may raise anything at all
            self._add(name, encode_exception(error, words), documented)
        else:
            self._add(name, {"is": "no exception"}, documented)

    @contextmanager
    def warns(self, name: str, documented: Any = _ABSENT, *, saying: str | tuple[str, ...] = ()) -> Iterator[None]:
        """Observe the classes of the warnings given in the block whose messages say ``saying`` (all, without it)."""
        words = (saying,) if isinstance(saying, str) else tuple(saying)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield
        heard = [w for w in caught if all(word.lower() in str(w.message).lower() for word in words)]
        classes = sorted({w.category for w in heard}, key=lambda category: category.__name__)
        encoded = {"is": "warnings", "classes": [c.__name__ for c in classes], "bases": [_bases(c) for c in classes]}
        self._add(name, encoded, documented)

    def _add(self, name: str, value: Encoded, documented: Any, terms: int = 1, scale: float = 0.0) -> None:
        observation: Encoded = {"name": name, "value": value}
        if documented is not _ABSENT:
            observation["documented"] = encode_documented(documented)
        if terms != 1:
            observation["terms"] = terms
        if scale:
            observation["scale"] = scale
        self.observations.append(observation)


def encode(value: Any, *, layout: bool = False, to_numpy: Callable[[Any], Any] | None = None) -> Encoded:
    """Encode anything that a scenario may observe."""
    plain = _encode_plain(value)
    if plain is not None:
        return plain
    if isinstance(value, Mapping):
        items = [[str(k), encode(v, layout=layout, to_numpy=to_numpy)] for k, v in value.items()]
        return {"is": "dict", "items": items}
    if is_tensor(value, to_numpy):
        return _encode_tensor(value, layout, to_numpy)
    if isinstance(value, (list, tuple)):
        return {"is": "list", "items": [encode(v, layout=layout, to_numpy=to_numpy) for v in value]}
    return _encode_name(value)


def is_tensor(value: Any, to_numpy: Callable[[Any], Any] | None = None) -> bool:
    """Whether a value looks like an engine's tensor: it has a shape, a dtype and a way to its numbers."""
    return (
        not isinstance(value, type)
        and hasattr(value, "shape")
        and hasattr(value, "dtype")
        and (to_numpy is not None or any(hasattr(value, name) for name in ("tolist", "numpy", "__array__")))
    )


def dtype_name(dtype: Any) -> str:
    """ "float32" for torch.float32, numpy.dtype("float32"), <class 'numpy.float32'>, dtypes.float and FLOAT32."""
    name = getattr(dtype, "name", None)
    name = name if isinstance(name, str) else str(dtype)
    name = name.strip("<>'").split(".")[-1].strip("'>").lower()
    return DTYPE_ALIASES.get(name, name)


def number(value: Any) -> Any:
    """A number as JSON has it: NaN and infinities are strings, complex numbers are pairs."""
    if _is_numpy_scalar(value):
        value = value.item()
    if isinstance(value, complex):
        return [number(value.real), number(value.imag)]
    if isinstance(value, float):
        if not math.isfinite(value):
            return "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")
        return float(value)
    if isinstance(value, int) and value.bit_length() > LONGEST_INT:
        return hex(value)[:100]
    return value if isinstance(value, (int, str)) else repr(value)[:100]


def encode_exception(error: BaseException, words: tuple[str, ...] = ()) -> Encoded:
    """An exception: its class, the built-in and engine classes it descends from, its message and what that says."""
    try:
        message = str(error)
    except BaseException:  # SystemExit too
        message = "(an exception whose message cannot be had)"
    encoded: Encoded = {
        "is": "exception",
        "class": type(error).__name__,
        "bases": _bases(type(error)),
        "message": _ADDRESS.sub("0x...", message[:2000]),
        "says": {word: word.lower() in message.lower() for word in words},
    }
    if _means_missing(error, message):
        encoded["missing"] = True
    return encoded


def _bases(category: type) -> list[str]:
    return [c.__name__ for c in category.__mro__ if c is not object]


#: An address of memory in a message, which is another in each process.
_ADDRESS = re.compile(r"\b0x[0-9a-f]{6,}")

#: How Python itself says that a callable or a type lacks what was asked of it.
_LACKS = re.compile(
    r"unexpected keyword argument|takes (no|from|at most|exactly)? ?.*positional arguments? but"
    r"|takes no (keyword )?arguments|object is not (subscriptable|iterable|callable)|does not support item"
    r"|unsupported operand type|not supported between instances|bad operand type|object does not support the"
)


def _means_missing(error: BaseException, message: str) -> bool:
    """Whether an exception says that the engine lacks the API, rather than that the API refuses the arguments.

    An attribute asked of None or of a Python number is no missing API: something of a wrong type was returned.
    """
    if isinstance(error, AttributeError):
        # `obj` is None where it was not recorded, so None's own case is told by the message.
        return "'NoneType'" not in message and type(error.obj) not in (int, float, bool, complex, str, list, tuple)
    if isinstance(error, (NotImplementedError, ImportError)):
        return True
    return isinstance(error, TypeError) and bool(_LACKS.search(message)) and "NoneType" not in message


def encode_documented(value: Any) -> Encoded:
    """Encode a documented value: a literal, or the class of an exception or warning."""
    if isinstance(value, type) and issubclass(value, BaseException):
        return {"is": "class", "value": value.__name__}
    return encode(value)


def _encode_plain(value: Any) -> Encoded | None:
    if value is None:
        return {"is": "none"}
    if isinstance(value, bool):
        return {"is": "bool", "value": value}
    if _is_numpy_scalar(value):
        return None
    if isinstance(value, int) and value.bit_length() <= LONGEST_INT:
        return {"is": "int", "value": int(value)}
    if isinstance(value, float):
        return {"is": "float", "value": number(float(value))}
    if isinstance(value, complex):
        return {"is": "complex", "value": number(complex(value))}
    if isinstance(value, str):
        return {"is": "str", "value": value}
    return None


def _encode_tensor(value: Any, layout: bool, to_numpy: Callable[[Any], Any] | None) -> Encoded:
    encoded: Encoded = {
        "is": "tensor",
        "dtype": dtype_name(value.dtype),
        "shape": [int(n) for n in value.shape],
        "data": [number(x) for x in _flatten(_numbers(value, to_numpy))],
    }
    if layout:
        encoded["strides"] = [int(n) for n in value.stride()]
    if _is_numpy_scalar(value):
        encoded["scalar"] = True
    return encoded


def _is_numpy_scalar(value: Any) -> bool:
    return type(value).__module__ == "numpy" and hasattr(value, "dtype") and not hasattr(value, "__setitem__")


def _numbers(value: Any, to_numpy: Callable[[Any], Any] | None) -> Any:
    if to_numpy is not None:
        numbers = to_numpy(value)
        return numbers.tolist() if hasattr(numbers, "tolist") else numbers
    if hasattr(value, "detach"):
        value = value.detach()
    if hasattr(value, "tolist"):
        return value.tolist()
    return (value.numpy() if hasattr(value, "numpy") else value.__array__()).tolist()


def _flatten(nested: Any) -> Iterator[Any]:
    if isinstance(nested, (list, tuple)):
        for item in nested:
            yield from _flatten(item)
    else:
        yield nested


def _encode_name(value: Any) -> Encoded:
    if dtype_name(value) in _KNOWN_DTYPES:
        return {"is": "dtype", "value": dtype_name(value)}
    if type(value).__name__.lower() == "device":
        return {"is": "device", "value": str(value)}
    return {"is": "other", "type": type(value).__name__, "repr": repr(value)[:500]}
