"""Sampling from distributions, out of place and in place: bernoulli, multinomial, normal, poisson, exponential_ ...

What is sampled does not depend on the parameters in a differentiable way: the gradient of every one of them is zero,
and that of what an in-place function overwrites as well (measured; the documentation is silent).
Source: https://docs.pytorch.org/docs/stable/torch.html#random-sampling.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.ops.special_modes import drawing
from reference.ops.table import Op
from reference.ops.writing import write_in_place
from reference.random import normal_array, numbers_of, uniform_array
from reference.tensor import Tensor, wrap


def _overwriting(name: str) -> Op:
    """A row that replaces what was there by numbers that were drawn."""
    return Op(name, lambda self, values: values, inputs=("self", "values"), self=lambda g: g * 0)


def _sampling(name: str, kernel: Any, node: str | None = None) -> Op:
    return Op(name, kernel, node=node, self=lambda g: g * 0)


def _draw_bernoulli(probability: Any, shape: Any, generator: Any) -> Any:
    return numbers_of(generator).random(shape) < probability


def _bernoulli_kernel(self: Any, *, generator: Any) -> Any:
    if self.size and not ((self >= 0) & (self <= 1)).all():
        raise RuntimeError("Expected p_in >= 0 && p_in <= 1 to be true, but got false.")
    return np.asarray(_draw_bernoulli(self, self.shape, generator)).astype(self.dtype)


def _poisson_kernel(self: Any, *, generator: Any) -> Any:
    if (self < 0).any():
        raise RuntimeError("invalid Poisson rate, expected rate to be non-negative")
    return np.asarray(numbers_of(generator).poisson(self)).astype(self.dtype)


bernoulli_op = _sampling("bernoulli", _bernoulli_kernel)
poisson_op = _sampling("poisson", _poisson_kernel)
normal_op = Op(
    "normal",
    lambda mean, std, *, generator: mean + std * normal_array(np.broadcast_shapes(np.shape(mean), np.shape(std)),
                                                             _dtype_of(mean, std), generator),
    node="NormalBackward3",
    mean=lambda g: g * 0,
    std=lambda g: g * 0,
)  # fmt: skip


def _dtype_of(*values: Any) -> Any:
    return next((v.dtype for v in values if isinstance(v, np.ndarray)), None)


@drawing
def bernoulli(input: Any, p: Any = None, *, generator: Any = None) -> Any:
    """0 or 1, 1 with the probability that ``input`` holds, or with ``p``."""
    return bernoulli_op(input, generator=generator) if p is None else bernoulli_(input.clone(), p, generator=generator)


@drawing
def poisson(input: Any, generator: Any = None) -> Any:
    """Poisson numbers with the rates that ``input`` holds."""
    return poisson_op(input, generator=generator)


@drawing
def normal(mean: Any = 0.0, std: Any = 1.0, size: Any = None, *, generator: Any = None, **options: Any) -> Any:
    """Normal numbers with means and deviations, each a number or a tensor; of a ``size`` where both are numbers."""
    from reference.random import randn

    if size is not None:
        drawn: Any = randn(size, generator=generator, **options)
        return drawn * _standard_deviation(std) + mean
    if isinstance(std, Tensor):
        if (std._array < 0).any():
            raise RuntimeError("normal expects all elements of std >= 0.0")
    else:
        _standard_deviation(std)
    return normal_op(mean, std, generator=generator)


def _standard_deviation(std: float) -> float:
    if std < 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")
    return std


@drawing
def multinomial(input: Any, num_samples: int, replacement: bool = False, *, generator: Any = None) -> Tensor:
    """Indices drawn by the weights in each row, with or without replacement."""
    weights = input._array
    if weights.dtype.kind != "f":
        raise RuntimeError(f"multinomial only supports floating-point dtypes for input, got: {input.dtype}")
    if weights.ndim not in (1, 2):
        raise RuntimeError("prob_dist must be 1 or 2 dim")
    if num_samples <= 0:
        raise RuntimeError("cannot sample n_sample <= 0 samples")
    if not replacement and num_samples > weights.shape[-1]:
        raise RuntimeError("cannot sample n_sample > prob_dist.size(-1) samples without replacement")
    if not (np.isfinite(weights) & (weights >= 0)).all():
        raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
    rows = np.atleast_2d(weights).astype(np.float64)
    if (rows.sum(1) <= 0).any():
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")
    numbers = numbers_of(generator)
    if replacement:
        steps = np.cumsum(rows / rows.sum(1, keepdims=True), 1)
        drawn = np.stack([np.searchsorted(s, numbers.random(num_samples), side="right") for s in steps])
        drawn = np.minimum(drawn, rows.shape[1] - 1)
    else:  # the largest of w^(1/q), or q/w at its smallest: the order is that of drawing without replacement
        with np.errstate(divide="ignore"):
            keys = numbers.exponential(size=rows.shape) / rows
        drawn = np.argsort(keys, 1, kind="stable")[:, :num_samples]
    return wrap((drawn if weights.ndim == 2 else drawn[0]).astype(np.int64))


# --- in place -------------------------------------------------------------------------------------------------------


def _filling(name: str, draw: Any) -> Any:
    """The in-place function that writes what ``draw(shape, dtype, generator, ...)`` gives."""
    op = _overwriting(name.rstrip("_"))

    def fill(input: Any, *arguments: Any, generator: Any = None, **keywords: Any) -> Any:
        array = input._array
        drawn = draw(array.shape, array.dtype, generator, *arguments, **keywords)
        return write_in_place(op, input, np.asarray(drawn).astype(array.dtype, copy=False))

    fill.__name__ = fill.__qualname__ = name
    fill.__doc__ = draw.__doc__
    return drawing(fill)


def _uniform(shape: Any, dtype: Any, generator: Any, low: float = 0.0, high: float = 1.0, **bounds: float) -> Any:
    """Fill with numbers uniform in [low, high)."""
    low, high = bounds.get("from", low), bounds.get("to", high)
    if low > high:
        raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found from={low:g} > to={high:g}")
    return uniform_array(shape, dtype, generator) * (high - low) + low


def _normal(shape: Any, dtype: Any, generator: Any, mean: float = 0.0, std: float = 1.0) -> Any:
    """Fill with normal numbers."""
    return normal_array(shape, dtype, generator) * _standard_deviation(std) + mean


def _bernoulli(shape: Any, dtype: Any, generator: Any, p: Any = 0.5) -> Any:
    """Fill with 0 and 1, 1 with probability ``p``, a number or a tensor."""
    if isinstance(p, Tensor):
        return _bernoulli_kernel(np.broadcast_to(p._array, shape), generator=generator)
    if not 0 <= p <= 1:
        raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p:g}")
    return _draw_bernoulli(p, shape, generator)


def _exponential(shape: Any, dtype: Any, generator: Any, lambd: float = 1.0) -> Any:
    """Fill with exponential numbers of rate ``lambd``."""
    if lambd <= 0:
        raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={lambd:g}")
    return numbers_of(generator).standard_exponential(shape) / lambd


def _geometric(shape: Any, dtype: Any, generator: Any, p: float) -> Any:
    """Fill with the number of trials up to the first success of probability ``p``."""
    if not 0 < p < 1:
        raise RuntimeError(f"geometric_ expects p to be in (0, 1), but got p={p:g}")
    return numbers_of(generator).geometric(p, shape)


def _cauchy(shape: Any, dtype: Any, generator: Any, median: float = 0.0, sigma: float = 1.0) -> Any:
    """Fill with Cauchy numbers."""
    if sigma <= 0:
        raise RuntimeError(f"cauchy_ expects sigma > 0.0, but found sigma={sigma:g}")
    return median + sigma * np.asarray(numbers_of(generator).standard_cauchy(shape))


def _log_normal(shape: Any, dtype: Any, generator: Any, mean: float = 1.0, std: float = 2.0) -> Any:
    """Fill with numbers whose logarithm is normal."""
    if std <= 0:
        raise RuntimeError(f"log_normal_ expects std > 0.0, but found std={std:g}")
    return np.exp(normal_array(shape, dtype, generator) * std + mean)


def _random(shape: Any, dtype: Any, generator: Any, *bounds: int, **named: int) -> Any:
    """Fill with integers uniform in [from, to), or in all that the dtype represents exactly."""
    low, high = (0, bounds[0]) if len(bounds) == 1 else bounds if bounds else (named.get("from", 0), named.get("to"))
    if high is None:
        high = _end_of_range(dtype)
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    return numbers_of(generator).integers(low, high, shape)


def _end_of_range(dtype: Any) -> int:
    if dtype.kind == "f":
        return 2 ** (np.finfo(dtype).nmant + 1) + 1
    return 2 if dtype.kind == "b" else int(np.iinfo(dtype).max) + 1


uniform_ = _filling("uniform_", _uniform)
normal_ = _filling("normal_", _normal)
bernoulli_ = _filling("bernoulli_", _bernoulli)
exponential_ = _filling("exponential_", _exponential)
geometric_ = _filling("geometric_", _geometric)
cauchy_ = _filling("cauchy_", _cauchy)
log_normal_ = _filling("log_normal_", _log_normal)
random_ = _filling("random_", _random)

#: What the ``torch`` namespace has, and what is a tensor's method.
FUNCTIONS = {"bernoulli": bernoulli, "poisson": poisson, "normal": normal, "multinomial": multinomial}
METHODS = {"bernoulli": bernoulli, "multinomial": multinomial} | {
    f.__name__: f for f in (uniform_, normal_, bernoulli_, exponential_, geometric_, cauchy_, log_normal_, random_)
}
