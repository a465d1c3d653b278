"""Statistics made of other operations: quantile, cov, corrcoef, histograms; and gradient, by finite differences."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from reference.ops.complex import complex, conj
from reference.ops.dims import dimension, dimensions
from reference.ops.gathering import gather
from reference.ops.linear import matmul
from reference.ops.logic import where
from reference.ops.pointwise import ceil, clamp, floor, round, sqrt
from reference.ops.promotion import default_float
from reference.ops.results import named
from reference.ops.rules import ones_shaped
from reference.ops.shapes import movedim, reshape, squeeze, unsqueeze
from reference.ops.sorting import sort
from reference.ops.two_operands import lerp
from reference.tensor import Tensor, wrap

# --- quantiles --------------------------------------------------------------------------------------------------------

_INTERPOLATIONS = ("linear", "lower", "higher", "midpoint", "nearest")


def _quantile(name: str, input: Any, q: Any, dim: Any, keepdim: bool, how: str, without_nan: bool) -> Any:
    if how not in _INTERPOLATIONS:
        raise RuntimeError(
            f"{name}() interpolation must be one of linear, lower, higher, midpoint or nearest, but got {how}"
        )
    if not input.numel():
        raise RuntimeError(f"{name}() input tensor must be non-empty")
    if input._array.dtype not in (np.float32, np.float64):
        raise RuntimeError(f"{name}() input tensor must be either float or double dtype")
    if not isinstance(q, Tensor):
        if not 0 <= q <= 1:
            raise RuntimeError(f"{name}() q must be in the range [0, 1] but got {q}")
        q = wrap(np.asarray(q, input._array.dtype))
    if q.ndim > 1:
        raise RuntimeError(f"{name}() q must be a scalar or 1D tensor")
    if q._array.dtype is not input._array.dtype:
        raise RuntimeError(f"{name}() q tensor must be same dtype as the input tensor")
    if ((q._array < 0) | (q._array > 1)).any():
        raise RuntimeError(f"{name}() q values must be in the range [0, 1]")
    ndim = input.ndim
    axis = 0 if dim is None else dimension(dim, ndim)
    rows = reshape(input, (-1,)) if dim is None or not ndim else movedim(input, axis, -1)
    found = _at_ranks(sort(rows, -1).values, reshape(q, (-1,)), how, without_nan)
    if dim is None and keepdim:
        found = reshape(found, (*(1,) * ndim, -1))
    elif dim is not None and keepdim and ndim:
        found = movedim(unsqueeze(found, -2), -2, axis)
    return movedim(found, -1, 0) if q.ndim else squeeze(found, -1)


def _at_ranks(rows: Any, q: Any, how: str, without_nan: bool) -> Any:
    """The elements of ordered rows (NaN last) at the ranks that the quantiles say, along a new last dimension."""
    array = rows._array
    last = array.shape[-1] - 1
    if without_nan:
        counted = (array == array).sum(-1, keepdims=True)
        ranks = q * wrap(np.maximum(counted - 1, 0).astype(array.dtype))
    else:
        ranks = where(wrap((array != array).any(-1, keepdims=True)), last, q * last)
    ranks = {"lower": floor, "higher": ceil, "nearest": round}.get(how, lambda r: r)(ranks)
    below = ranks._array.astype(np.int64)
    low = gather(rows, -1, wrap(below))
    if how not in ("linear", "midpoint"):
        return low
    weight = ones_shaped(ranks, ranks.shape) / 2 if how == "midpoint" else ranks - wrap(below)
    return lerp(low, gather(rows, -1, wrap(np.ceil(ranks._array).astype(np.int64))), weight)


def quantile(input: Any, q: Any, dim: Any = None, keepdim: bool = False, *, interpolation: str = "linear") -> Any:
    """The elements below which the fractions ``q`` of all lie, of all elements or along a dimension."""
    return _quantile("quantile", input, q, dim, keepdim, interpolation, False)


def nanquantile(input: Any, q: Any, dim: Any = None, keepdim: bool = False, *, interpolation: str = "linear") -> Any:
    """`quantile` of what is not NaN."""
    return _quantile("nanquantile", input, q, dim, keepdim, interpolation, True)


# --- covariances ------------------------------------------------------------------------------------------------------


def cov(input: Any, *, correction: int = 1, fweights: Any = None, aweights: Any = None) -> Any:
    """The covariances of variables that are rows, their observations being columns."""
    if input.ndim > 2:
        raise RuntimeError(f"cov(): expected input to have two or fewer dimensions but got an input with {input.ndim}")
    if input._array.dtype.kind == "b":
        raise RuntimeError("cov(): bool dtype is not supported for input")
    x = default_float(reshape(input, (1, -1)) if input.ndim < 2 else input)
    count = x.shape[1]
    weight = _weights("fweights", fweights, "iu", count)
    relative = _weights("aweights", aweights, "f", count)
    total: Any = count
    if relative is not None:
        weight = relative if weight is None else weight * relative
    if weight is not None:
        total = weight.sum()
        if count and not total.item():
            raise RuntimeError("cov(): weights sum to zero, can't be normalized")
    mean = x.mean(1, True) if weight is None else (x * weight).sum(1, keepdim=True) / total
    if relative is not None and correction:
        degrees = total - correction * (weight * relative).sum() / total
    else:
        degrees = total - correction
    if float(degrees) <= 0:
        warnings.warn("cov(): degrees of freedom is <= 0. Correction should be strictly less than the number of "
                      "observations.", UserWarning, stacklevel=2)  # fmt: skip
        degrees = 0
    centred = x - mean
    weighted = centred if weight is None else centred * weight
    whole = matmul(centred, conj(weighted).t()) / degrees
    return squeeze(whole)


def _weights(name: str, weights: Any, kinds: str, count: int) -> Any:
    if weights is None:
        return None
    if weights.ndim > 1:
        raise RuntimeError(f"cov(): expected {name} to have one or fewer dimensions but got {name} with {weights.ndim}")
    if weights._array.dtype.kind not in kinds:
        kind = "integral" if "i" in kinds else "floating point"
        raise RuntimeError(f"cov(): expected {name} to have {kind} dtype but got {name} with {weights.dtype}")
    if weights.numel() != count:
        raise RuntimeError(
            f"cov(): expected {name} to have the same numel as there are observations in the input but got "
            f"{weights.numel()} != {count}"
        )
    if (weights._array < 0).any():
        raise RuntimeError(f"cov(): {name} cannot be negative")
    return weights


def corrcoef(input: Any) -> Any:
    """The correlations of variables that are rows."""
    if input.ndim > 2:
        raise RuntimeError(
            f"corrcoef(): expected input to have two or fewer dimensions but got an input with {input.ndim} dimensions"
        )
    covariances = cov(input)
    if not covariances.ndim:
        return covariances / covariances
    spread = sqrt(covariances.diagonal().real)
    found = covariances / unsqueeze(spread, -1) / spread
    if found.is_complex():
        return complex(clamp(found.real, -1, 1), clamp(found.imag, -1, 1))
    return clamp(found, -1, 1)


# --- histograms: no gradient ------------------------------------------------------------------------------------------

_Histogram = named("histogram", "hist", "bin_edges")


def histc(input: Any, bins: int = 100, min: float = 0, max: float = 0) -> Any:
    """How many elements fall into each of so many bins of one width."""
    array = input._array
    if array.dtype.kind not in "fiu":
        raise NotImplementedError(f"\"histogram_cpu\" not implemented for '{input.dtype}'")
    if bins <= 0:
        raise RuntimeError(f"torch.histc(): bins must be > 0, but got {bins}")
    if max < min:
        raise RuntimeError("torch.histc: max must be larger than min")
    if min == max and array.size:
        min, max = array.min(), array.max()
    if min == max:
        min, max = min - 1, max + 1
    if not (math.isfinite(min) and math.isfinite(max)):
        raise RuntimeError(f"torch.histc: range of [{min}, {max}] is not finite")
    counts, _ = np.histogram(array, bins, (min, max))
    return wrap(counts.astype(array.dtype))


def histogram(input: Any, bins: Any, *, range: Any = None, weight: Any = None, density: bool = False) -> Any:
    """How many elements (or how much weight) fall into each bin, and the bins' edges."""
    array = input._array
    edges = bins._array if isinstance(bins, Tensor) else bins
    if isinstance(bins, Tensor) and bins._array.dtype is not array.dtype:
        raise RuntimeError(
            f"torch.histogramdd: input tensor and bins tensor 0 should have the same dtype, but got input with dtype "
            f"{input.dtype} and bins with dtype {bins.dtype}"
        )
    if weight is not None and weight._array.dtype is not array.dtype:
        raise RuntimeError(
            "torch.histogramdd: if weight tensor is provided, input tensor and weight tensor should have the same dtype"
        )
    if isinstance(edges, int) and edges <= 0:
        raise RuntimeError(f"torch.histogram(): bins must be > 0, but got {edges} for dimension 0")
    if range is not None and range[0] > range[1]:
        raise RuntimeError(
            f"torch.histogramdd: min should not exceed max, but got min {range[0]} max {range[1]} for dimension 0"
        )
    if range is None and array.size and isinstance(edges, int):
        range = (array.min(), array.max())
        range = range if range[0] < range[1] else (range[0] - 0.5, range[1] + 0.5)
    values = None if weight is None else weight._array.reshape(-1)
    counts, edges = np.histogram(array.reshape(-1), edges, range, density or None, values)
    return _Histogram(wrap(counts.astype(array.dtype)), wrap(edges.astype(array.dtype)))


_HistogramDD = named("histogramdd", "hist", "bin_edges")


def histogramdd(input: Any, bins: Any, *, range: Any = None, weight: Any = None, density: bool = False) -> Any:
    """`histogram` of points, which lie along the last dimension."""
    points = input._array.reshape(-1, input.shape[-1])
    edges = [
        x._array if isinstance(x, Tensor) else x for x in ([bins] * points.shape[1] if isinstance(bins, int) else bins)
    ]
    if len(edges) != points.shape[1]:
        raise RuntimeError(
            f"torch.histogramdd(): expected {points.shape[1]} bin sequences for the dimensions, but got {len(edges)}"
        )
    if range is None:
        bounds = [(x.min(), x.max()) if x.size else (0.0, 1.0) for x in points.T]
        bounds = [(a, b) if a < b else (a - 0.5, b + 0.5) for a, b in bounds]
    else:
        bounds = list(zip(range[::2], range[1::2], strict=True))
    values = None if weight is None else weight._array.reshape(-1)
    counts, found = np.histogramdd(points, edges, bounds, density or None, values)
    dtype = input._array.dtype
    return _HistogramDD(wrap(counts.astype(dtype)), tuple(wrap(edge.astype(dtype)) for edge in found))


# --- finite differences -----------------------------------------------------------------------------------------------


def gradient(input: Any, *, spacing: Any = None, dim: Any = None, edge_order: int = 1) -> Any:
    """Estimates of the derivatives along dimensions: central differences, and one-sided ones at the edges."""
    if edge_order not in (1, 2):
        raise RuntimeError("torch.gradient only supports edge_order=1 and edge_order=2.")
    dims = dimensions(dim, input.ndim)
    if input._array.dtype.kind == "b":
        raise RuntimeError("Subtraction, the `-` operator, with two bool tensors is not supported.")
    input = default_float(input)
    spacing = 1 if spacing is None else spacing
    spacings = list(spacing) if isinstance(spacing, (list, tuple)) else [spacing] * len(dims)
    if len(spacings) != len(dims):
        raise RuntimeError(
            f"torch.gradient expected spacing to be unspecified, a scalar, or a list of length {len(dims)}, but got "
            "a list "
            f"of length {len(spacings)}"
        )
    for d in dims:
        if input.shape[d] < edge_order + 1:
            raise RuntimeError("torch.gradient expected each dimension size to be at least edge_order+1")
    return [_slopes(input, d, step, edge_order) for d, step in zip(dims, spacings, strict=True)]


def _slopes(x: Any, dim: int, spacing: Any, edge_order: int) -> Any:
    n = x.shape[dim]
    places = spacing._array if isinstance(spacing, Tensor) else np.arange(n) * spacing
    if places.shape != (n,):
        raise RuntimeError("torch.gradient expected each element of spacing to have the same size as its dimension")
    # the slope at each place of the polynomial through its neighbours, as a matrix of weights
    weights = np.zeros((n, n), x._array.dtype)
    for i in range(n):
        near = [max(i - 1, 0), i, min(i + 1, n - 1)] if 0 < i < n - 1 else _at_edge(i, n, edge_order)
        weights[i, near] = _slope_weights(places[near] - places[i])
    moved = movedim(x, dim, -1)
    return movedim((unsqueeze(moved, -2) * wrap(weights)).sum(-1), -1, dim)


def _at_edge(i: int, n: int, edge_order: int) -> list[int]:
    return list(range(edge_order + 1)) if i == 0 else list(range(n - 1 - edge_order, n))


def _slope_weights(offsets: Any) -> Any:
    """The weights of values at the offsets in the slope at zero of the polynomial through them."""
    powers = np.vander(offsets.astype(np.float64), increasing=True).T
    wanted = np.zeros(len(offsets))
    wanted[1] = 1
    return np.linalg.solve(powers, wanted)


def unravel_index(indices: Any, shape: Any) -> Any:
    """The places in a tensor of a shape that flat indices stand for."""
    sizes = tuple(shape) if not isinstance(shape, int) else (shape,)
    array = indices._array
    if array.dtype.kind not in "iu":
        raise ValueError(f"expected 'indices' to be an integer tensor, but got {indices.dtype}")
    if any(n < 0 for n in sizes):
        raise ValueError(f"'shape' cannot have negative values, but got {sizes}")
    return tuple(wrap(np.asarray(places)) for places in np.unravel_index(array, sizes))
