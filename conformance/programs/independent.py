"""Choices of hypothesis that do not depend on each other, so that each program of a campaign is a new one.

Left alone, hypothesis follows each example that it draws by several that differ from it in one repeated choice, and
begins with those that are simplest. That suits a test of a hundred examples. Of a campaign's programs a third were drawn
twice, and two thirds of the pairs of operations were not reached in as many programs.
"""

from __future__ import annotations

from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider

#: The name under which `hypothesis.settings` knows it.
BACKEND = "conformance-independent"


class IndependentProvider(HypothesisProvider):
    """Hypothesis' own provider of choices, but that integers with bounds are equally likely."""

    def draw_integer(
        self,
        min_value: int | None = None,
        max_value: int | None = None,
        *,
        weights: dict[int, float] | None = None,
        shrink_towards: int = 0,
    ) -> int:
        """An integer; each is equally likely where both bounds are given."""
        if min_value is None or max_value is None or weights is not None or self._random is None:
            return super().draw_integer(min_value, max_value, weights=weights, shrink_towards=shrink_towards)
        return self._random.randint(min_value, max_value)


AVAILABLE_PROVIDERS[BACKEND] = f"{__name__}.{IndependentProvider.__name__}"
