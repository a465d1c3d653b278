"""How far rounding alone may move what a program observes: a condition estimate for each observation.

Two right engines round differently, and a program may magnify that without limit: a difference of nearly equal numbers,
a comparison of them, a branch. Before a difference counts as a divergence, the oracle runs the program again

- under the other default dtype, whose results differ by the errors of the coarser format, and
- several times with every rounded number moved by a few units in the last place as soon as it is computed.

Numbers that were not rounded are left alone: those written in the program, those that both formats have exactly, and
copies of numbers that were there before; so ties stay what engines must agree about. Of a zero that was computed the
sign is moved, as that depends on the order of a sum and is promised nowhere. A complex number with an infinite part is
an infinity whatever its other part is (C99, annex G.3), so that part is moved to NaN or from it; so is the second one
of two infinite parts, as PyTorch's sums multiply their second summand by 1 + 0j. What a closure returns
and differentiates is seen only by the optimizer that calls it, so it is moved by the closure itself.

An observation may differ by a small multiple of the largest change that was seen. One that changes in kind (another
branch taken, another exception, a number that becomes infinite) says nothing and is not compared.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Iterator, Sequence
from typing import Any

from conformance.observation import Encoded, Observer, encode
from conformance.programs import grammar
from conformance.programs import operations as ops
from conformance.programs.grammar import Program
from conformance.programs.interpreter import run
from conformance.tolerance import FORMATS, UNITS_AN_OPERATION, Format, allowed

#: How often the program is run with moved numbers.
RUNS = 8

#: The largest change seen in so few runs may be exceeded by this factor.
SAFETY = 4.0

#: What stands in the place of a bound where nothing can be said.
ANYTHING = "anything"

Bound = float | str

#: The observation of a tensor whose numbers are written in the program.
_WRITTEN = re.compile(r"^(t\d+) after line \d+: \1 = torch\.tensor\(")

#: Operations whose results are off by a few units in their own last place; within all others numbers may cancel.
ROUNDED_ONCE = {
    *(set(ops.UNARY) - {"logit"}),
    *ops.PREDICATES,
    *(set(ops.BINARY) - {"logaddexp", "logaddexp2"}),
    *(*ops.COMPARISONS.values(), *ops.LOGICAL, "amax", "amin", *ops.EXTREMA, *ops.INDICES),
    *(*ops.VIEWS, *ops.SPLITS, *ops.ARRANGEMENTS, *ops.JOININGS, *ops.GATHERING, *ops.CASTS, "[]", "T", "mT"),
    *("where", "clamp", "clamp_min", "clamp_max", "masked_fill", "relu", "tensor", "detach", "data", "requires_grad_"),
    *("real", "imag", "conj", "view_as_real", "zeros", "ones", "full"),
}

_OTHER = {"float32": "float64", "float64": "float32", "complex64": "complex128", "complex128": "complex64"}


def measure(torch: Any, program: Program) -> list[Bound]:
    """A bound for each observation of the program, in their order, under the default dtype that is set."""
    own = str(torch.get_default_dtype()).rpartition(".")[2]
    plain = Observer()
    run(program, torch, plain)
    torch.set_default_dtype(getattr(torch, _OTHER[own]))
    try:
        other = Observer()
        run([_swapped(statement) for statement in program], torch, other)
    finally:
        torch.set_default_dtype(getattr(torch, own))
    errors = _errors(plain.observations, other.observations)
    moved = []
    for seed in range(RUNS):
        mover = Mover(torch, random.Random(seed), errors)
        run([_with_moved_loss(statement, FORMATS[own], seed) for statement in program], torch, mover)
        moved.append(mover.observations)
    allowances = _allowances(plain.observations)
    bounds: list[Bound] = []
    for i, (one, allowance) in enumerate(zip(plain.observations, allowances, strict=True)):
        bound = _bound(one, other.observations[i : i + 1], [observations[i : i + 1] for observations in moved])
        if isinstance(bound, str) or math.isinf(allowance) or bound > _largest(one["value"]) > 0:
            bounds.append(ANYTHING)  # not a single digit is certain
        else:
            bounds.append(max(bound, allowance))
    return bounds


def _allowances(observations: Sequence[Encoded]) -> Iterator[float]:
    """What the policy allows for each value, given how it came about.

    It may have been computed through a coarser format than its own, and from larger numbers: those that its variable
    held before, as a step of an optimizer takes it from there.
    """
    coarse: Format | None = None
    overflowed = ""  # the step in which squares overflowed
    largest: dict[str, float] = {}
    for one in observations:
        formats = _formats(one["value"])
        coarse = min([*formats, *([coarse] if coarse else [])], key=lambda format: format.precision, default=None)
        if coarse is None or not formats:
            yield 0.0
            continue
        variable = one["name"].partition(" ")[0]
        if ".step(" in one["name"]:  # a closure may have computed the gradient where the parameter was near zero
            largest[variable] = max(largest.get(variable, 0.0), largest.get(variable.removesuffix(".grad"), 0.0))
        largest[variable] = max(largest.get(variable, 0.0), _largest(one["value"]))
        size = largest[variable]
        if variable.endswith(".grad") and formats[0].precision > coarse.precision:
            size = max(largest.values())  # what is left of larger terms, that were added up in the coarser format
        squares = size * size if ".step(" in one["name"] else 0.0
        # optimizers add up squares of gradients: where those overflow, fused and separate products and sums part, and
        # with them what follows
        where = one["name"].partition(" ")[2]
        overflows = squares > coarse.largest
        overflowed = overflowed or (where if overflows else "")
        follows = overflowed not in ("", where)
        yield math.inf if overflows or follows else allowed(coarse, one.get("terms", 1), size)


def bounded(observations: Sequence[Encoded], bounds: Sequence[Bound]) -> list[Encoded]:
    """The observations, each with its bound as ``within``, which the comparison goes by."""
    return [{**o, "within": bound} for o, bound in zip(observations, bounds, strict=True)]


def _with_moved_loss(statement: str, format: Format, seed: int) -> str:
    """A closure whose loss and gradients are moved by a few units; at another loss otherwise, as rounding would."""
    reach = UNITS_AN_OPERATION * 2 * format.unit_roundoff
    statement = statement.replace("return loss", f"return loss + (loss * {1e6 + seed}).sin() * (loss * {reach!r})")
    moved = f"(loss + (loss.detach() * {2e6 + seed}).sin() * (loss * {reach!r})).backward()"
    return statement.replace("    loss.backward()", f"    {moved}")


def _swapped(statement: str) -> str:
    for dtype, other in (("float32", "float64"), ("complex64", "complex128"), (".float()", ".double()")):
        statement = statement.replace(dtype, "\0").replace(other, dtype).replace("\0", other)
    return statement


class Mover(Observer):
    """An observer that moves each rounded number of what it is shown, the first time that it is shown it."""

    def __init__(self, torch: Any, source: random.Random, errors: Sequence[Sequence[float | None]]) -> None:
        super().__init__()
        self._torch = torch
        self._random = source
        self._errors = errors
        self._left: dict[str, Any] = {}
        self._largest: dict[str, float] = {}

    def __call__(self, name: str, value: Any, **options: Any) -> None:
        """Observe a value after moving its numbers."""
        super().__call__(name, value, **options)
        encoded = self.observations[-1]["value"]
        variable = name.partition(" ")[0]
        if encoded["is"] != "tensor" or encoded["dtype"] not in FORMATS or self._left.get(variable) == encoded["data"]:
            return
        if not _WRITTEN.search(name) and self._write(value, self._moved(name, encoded), encoded["shape"]):
            encoded = self.observations[-1]["value"] = encode(value)
        self._left[variable] = encoded["data"]
        self._largest[variable] = _largest(encoded)

    def _moved(self, name: str, encoded: Encoded) -> list[float | complex]:
        numbers, format = _numbers(encoded), FORMATS[encoded["dtype"]]
        at = len(self.observations) - 1
        errors = self._errors[at] if at < len(self._errors) else []
        if len(errors) != len(numbers):
            errors = [0.0] * len(numbers)
        cancelled = self._cancelled(name, encoded)
        parts = [
            self._near(x, error, format.spacing(max(abs(x), cancelled)))
            if math.isfinite(x) and (error is not None or not x)
            else x
            for x, error in zip(numbers, errors, strict=True)
        ]
        if encoded["dtype"].startswith("complex"):
            return [_other_infinity(re, im) for re, im in zip(parts[::2], parts[1::2], strict=True)]
        return list(parts)

    def _cancelled(self, name: str, encoded: Encoded) -> float:
        """The size of the numbers that may have cancelled within the operation that an observed value is of."""
        statement = name.partition(": ")[2]
        variable = name.partition(" ")[0]
        if variable.endswith(".grad"):
            return _largest(encoded)
        if set(grammar.operations(statement)) <= ROUNDED_ONCE:
            return 0.0
        operands = sorted((self._largest.get(v, 0.0) for v in grammar.used(statement) if v != variable), reverse=True)
        return max(_largest(encoded), *operands[:1], math.prod(operands[:2]) if len(operands) > 1 else 0.0)

    def _near(self, x: float, error: float | None, spacing: float) -> float:
        if error is None:
            return self._random.choice((0.0, -0.0))
        reach = max(UNITS_AN_OPERATION * spacing, 2 * error)
        if 0 < abs(x) <= reach and not self._random.randrange(4):
            return 0.0  # where terms cancel, rounding may leave nothing
        return x + self._random.uniform(-reach, reach)

    def _write(self, value: Any, numbers: list[float | complex], shape: list[int]) -> bool:
        try:
            moved = self._torch.tensor(numbers, dtype=value.dtype).reshape(shape)
            value.data.copy_(moved)  # `data` has a version counter of its own: the graph notices nothing
        except Exception:  # memory that overlaps, say; what it is a view of has been moved
            return False
        return True


def _errors(plain: Sequence[Encoded], other: Sequence[Encoded]) -> list[list[float | None]]:
    """For each number of each observation, how far off it seems to be; None where it was not rounded.

    A zero may be what is left where rounded numbers cancelled within an operation; it seems exact, and is not.
    """
    there: tuple[set[float], set[float]] = set(), set()
    inexact: set[str] = set()  # variables with numbers that differ between the formats
    found: list[list[float | None]] = []
    for a, b in zip(plain, other):  # noqa: B905 (the shorter one says how far they go together)
        if not _alike(a["value"], b["value"]):
            found.append([0.0] * len(_numbers(a["value"])))
            continue
        pairs = list(zip(_numbers(a["value"]), _numbers(b["value"]), strict=True))
        unit = _share_of_difference(a["value"])
        left_over = _cancels(a["name"], inexact)
        found.append(
            [
                0.0
                if left_over and x == y == 0
                else None
                if x == y or (abs(x) in there[0] and abs(y) in there[1])
                else _finite(unit * abs(x - y))
                for x, y in pairs
            ]
        )
        variable = a["name"].partition(" ")[0]
        (inexact.add if any(x != y for x, y in pairs) else inexact.discard)(variable)
        for known, numbers in zip(there, zip(*pairs, strict=True), strict=False):
            known.update(map(abs, numbers))
    return found


def _cancels(name: str, inexact: set[str]) -> bool:
    """Whether an observed value is of an operation within which inexact numbers may have cancelled."""
    variable, statement = name.partition(" ")[0], name.partition(": ")[2]
    if variable.endswith(".grad") or set(grammar.operations(statement)) <= ROUNDED_ONCE:
        return False
    return not inexact.isdisjoint(grammar.used(statement) - {variable})


def _other_infinity(re: float, im: float) -> complex:
    """A complex number; of an infinite one the part that is not infinite (or the second) is NaN, or no longer that."""
    if math.isinf(re) and math.isinf(im):
        return complex(re, math.nan)
    if math.isinf(re):
        return complex(re, 1.0 if math.isnan(im) else math.nan)
    if math.isinf(im):
        return complex(1.0 if math.isnan(re) else math.nan, im)
    return complex(re, im)


def _finite(x: float) -> float:
    return x if math.isfinite(x) else 0.0


def _share_of_difference(value: Encoded) -> float:
    """How much of the difference between the formats is the error in the one at hand: of the finer one, very little."""
    return 2.0**-29 if value.get("dtype") in ("float64", "complex128") else 1.0


def _bound(plain: Encoded, other: Sequence[Encoded], moved: Sequence[Sequence[Encoded]]) -> Bound:
    value = plain["value"]
    largest = 0.0
    for again in moved:
        if not again or not _alike(value, again[0]["value"]) or not _same_but_for_numbers(value, again[0]["value"]):
            return ANYTHING
        largest = max(largest, _distance(value, again[0]["value"]))
    if other and _alike(value, other[0]["value"]):
        if not _as_special(value, other[0]["value"]):
            return ANYTHING
        largest = max(largest, _share_of_difference(value) * _distance(value, other[0]["value"]))
    return SAFETY * largest if math.isfinite(largest) else ANYTHING


def _alike(a: Encoded, b: Encoded) -> bool:
    """Whether two values have as many numbers at the same places."""
    if a["is"] != b["is"]:
        return False
    if a["is"] == "list":
        return len(a["items"]) == len(b["items"]) and all(map(_alike, a["items"], b["items"]))
    return a["is"] != "tensor" or (a["shape"] == b["shape"] and len(_numbers(a)) == len(_numbers(b)))


def _same_but_for_numbers(a: Encoded, b: Encoded) -> bool:
    match a["is"]:
        case "list":
            return all(map(_same_but_for_numbers, a["items"], b["items"]))
        case "tensor":
            if a["dtype"] != b["dtype"] or a["dtype"] not in FORMATS:
                return a["dtype"] == b["dtype"] and a["data"] == b["data"]
            pairs = zip(_numbers(a), _numbers(b), strict=True)
            return all(x == y or (math.isfinite(x) and math.isfinite(y)) or x != x != y != y for x, y in pairs)
        case "exception":
            return a["class"] == b["class"]
    return a == b


def _as_special(a: Encoded, b: Encoded) -> bool:
    """Whether the same numbers are finite, infinite and NaN in both formats.

    If not, one of them overflows, or its kernel takes infinity for NaN, as that for `gelu` of two or more float32 numbers
    in a row does: which engine does so where is up to the processor.
    """
    pairs = zip(_numbers(a), _numbers(b), strict=True)
    return all(math.isinf(x) == math.isinf(y) and math.isnan(x) == math.isnan(y) for x, y in pairs)


def _distance(a: Encoded, b: Encoded) -> float:
    """The largest difference between numbers at the same places; infinite values and NaN are passed over."""
    pairs = zip(_numbers(a), _numbers(b), strict=True)
    return max((abs(x - y) for x, y in pairs if math.isfinite(x) and math.isfinite(y)), default=0.0)


def _largest(value: Encoded) -> float:
    return max((abs(x) for x in _numbers(value) if math.isfinite(x)), default=0.0)


def _formats(value: Encoded) -> list[Format]:
    if value["is"] == "list":
        return [format for item in value["items"] for format in _formats(item)]
    return [FORMATS[value["dtype"]]] if value.get("dtype") in FORMATS else []


def _numbers(value: Encoded) -> list[float]:
    if value["is"] == "list":
        return [x for item in value["items"] for x in _numbers(item)]
    if value["is"] != "tensor":
        return []
    return [float(part) for x in value["data"] for part in (x if isinstance(x, list) else [x])]
