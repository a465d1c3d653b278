"""How far two right answers may lie apart (docs/tolerance.md derives it)."""

from __future__ import annotations

import math
from dataclasses import dataclass

#: An elementary operation may be wrong by this many unit roundoffs: arithmetic by one, the exponential and its
#: like by four, which is what vectorised mathematical libraries and CUDA's promise.
UNITS_AN_OPERATION = 4

#: What an author who says nothing means: no more than a few rounded operations.
FEW = 4


@dataclass(frozen=True)
class Format:
    """A floating-point format: bits of the significand (with the hidden one) and the least exponent of a normal."""

    precision: int
    least_exponent: int

    @property
    def unit_roundoff(self) -> float:
        """The largest relative error of one rounding."""
        return 2.0**-self.precision

    @property
    def largest(self) -> float:
        """The largest finite number."""
        return (2.0 - 2.0 ** (1 - self.precision)) * 2.0 ** (1 - self.least_exponent)

    def spacing(self, x: float) -> float:
        """The distance from |x| to the next larger number of the format: one ULP."""
        exponent = math.frexp(abs(x))[1] - 1 if x else self.least_exponent
        return 2.0 ** (max(exponent, self.least_exponent) - self.precision + 1)


FORMATS = {
    "float16": Format(11, -14),
    "bfloat16": Format(8, -126),
    "float32": Format(24, -126),
    "float64": Format(53, -1022),
}
FORMATS["complex64"] = FORMATS["float32"]
FORMATS["complex128"] = FORMATS["float64"]


def allowed(format: Format, terms: int, magnitude: float) -> float:
    """How far two computed values may lie apart whose largest magnitude is given."""
    n = UNITS_AN_OPERATION * max(terms, FEW)
    gamma = n * format.unit_roundoff / (1 - n * format.unit_roundoff)
    return 2 * gamma * magnitude + n * format.spacing(0.0)
