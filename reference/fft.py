"""torch.fft. Source: https://docs.pytorch.org/docs/stable/fft.html."""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.factories import _new, _numpy_dtype
from reference.ops.autocasting import in_float32
from reference.ops.complex import conj, conj_physical
from reference.ops.dims import dimension, dimensions
from reference.ops.fourier import OPPOSITE, c2c_op, c2r_op, r2c_op
from reference.ops.half_precision import refusing_halves
from reference.ops.out import accepting_out
from reference.ops.promotion import default_float
from reference.ops.rearranging import roll
from reference.ops.resampling import constant_pad_op
from reference.ops.slices import narrow


def _norm(norm: str | None) -> str:
    if norm not in (None, "backward", "ortho", "forward"):
        raise RuntimeError(f"Invalid normalization mode: {norm}")
    return norm or "backward"


def _complex(x: Any) -> Any:
    x = default_float(x)
    return x if x.is_complex() else x.to(x.dtype.to_complex())


def _real(name: str, x: Any) -> Any:
    if x.is_complex():
        raise RuntimeError(f"{name} expects a real input tensor, but got {x.dtype}")
    return default_float(x)


def _dims(input: Any, s: Any, dim: Any) -> tuple[tuple[int, ...], Any]:
    """The dimensions to transform, and their sizes after cutting or padding (None where they stay)."""
    if dim is not None and input.ndim == 0 and dim != ():
        raise IndexError(
            f"Dimension specified as {dim if isinstance(dim, int) else dim[0]} but tensor has no dimensions"
        )
    if dim is not None:
        dims = (
            (dimension(dim, input.ndim),) if isinstance(dim, int) else dimensions(list(dim), input.ndim) if dim else ()
        )
    elif s is not None:
        if len(s) > input.ndim:
            raise RuntimeError(f"Got shape with {len(s)} values but input tensor only has {input.ndim} dimensions.")
        dims = tuple(range(input.ndim - len(s), input.ndim))
    else:
        dims = tuple(range(input.ndim))
    if s is not None and len(s) != len(dims):
        raise RuntimeError("When given, dim and shape arguments must have the same length")
    sizes = [-1] * len(dims) if s is None else [-1 if n is None else int(n) for n in s]
    return dims, sizes


def _resized(x: Any, dims: Any, sizes: Any) -> Any:
    """Cut or padded with zeros along the dimensions."""
    added = [(0, 0)] * x.ndim
    for d, n in zip(dims, sizes, strict=True):
        n = x.shape[d] if n == -1 else n
        if n < 1:
            raise RuntimeError(f"Invalid number of data points ({n}) specified")
        if n < x.shape[d]:
            x = narrow(x, d, 0, n)
        added[d] = (0, n - x.shape[d])
    return constant_pad_op(x, pad=tuple(added), value=0) if any(behind for _, behind in added) else x


def _transformed(input: Any, s: Any, dim: Any, norm: str | None, forward: bool) -> Any:
    dims, sizes = _dims(input, s, dim)
    x = _resized(_complex(input), dims, sizes)
    return c2c_op(x, dim=dims, norm=_norm(norm), forward=forward) if dims else x.clone()


def _transformed_along_one(input: Any, n: int | None, dim: int, norm: str | None, forward: bool) -> Any:
    """Real numbers stay real until they are transformed."""
    x = default_float(input)
    if x.is_complex() or not x.ndim:
        return _transformed(x, _one(n), dim, norm, forward)
    dims, sizes = _dims(x, _one(n), dim)
    x, mode = _resized(x, dims, sizes), _norm(norm)
    # the inverse is the conjugate of the transform in the opposite normalization
    whole = r2c_op(x, dim=dims, norm=mode if forward else OPPOSITE[mode], onesided=False)
    return whole if forward else conj(whole)


def _one(n: Any) -> Any:
    return None if n is None else (n,)


# --- of complex numbers -----------------------------------------------------------------------------------------------


def fft(input: Any, n: int | None = None, dim: int = -1, norm: str | None = None) -> Any:
    """The Fourier transform along a dimension."""
    return _transformed_along_one(input, n, dim, norm, True)


def ifft(input: Any, n: int | None = None, dim: int = -1, norm: str | None = None) -> Any:
    """The inverse of `fft`."""
    return _transformed_along_one(input, n, dim, norm, False)


def fftn(input: Any, s: Any = None, dim: Any = None, norm: str | None = None) -> Any:
    """The Fourier transform along several dimensions: all, those listed, or as many as sizes are given."""
    return _transformed(input, s, dim, norm, True)


def ifftn(input: Any, s: Any = None, dim: Any = None, norm: str | None = None) -> Any:
    """The inverse of `fftn`."""
    return _transformed(input, s, dim, norm, False)


def fft2(input: Any, s: Any = None, dim: Any = (-2, -1), norm: str | None = None) -> Any:
    """The Fourier transform along two dimensions."""
    return fftn(input, s, dim, norm)


def ifft2(input: Any, s: Any = None, dim: Any = (-2, -1), norm: str | None = None) -> Any:
    """The inverse of `fft2`."""
    return ifftn(input, s, dim, norm)


# --- between real numbers and half of their spectrum ------------------------------------------------------------------


def rfftn(input: Any, s: Any = None, dim: Any = None, norm: str | None = None) -> Any:
    """`fftn` of real numbers: the first half along the last dimension, the other being its conjugate."""
    x = _real("rfft", input)
    dims, sizes = _dims(x, s, dim)
    if not dims:
        raise RuntimeError("rfftn must transform at least one axis")
    return r2c_op(_resized(x, dims, sizes), dim=dims, norm=_norm(norm), onesided=True)


def irfftn(input: Any, s: Any = None, dim: Any = None, norm: str | None = None) -> Any:
    """The inverse of `rfftn`; the last size is even unless it is given."""
    x = _complex(input)
    dims, sizes = _dims(x, s, dim)
    if not dims:
        raise RuntimeError("irfftn must transform at least one axis")
    length = 2 * (x.shape[dims[-1]] - 1) if sizes[-1] == -1 else sizes[-1]
    if length < 1:
        raise RuntimeError(f"Invalid number of data points ({length}) specified")
    x = _resized(x, dims, [*sizes[:-1], length // 2 + 1])
    return c2r_op(x, dim=dims, norm=_norm(norm), length=length)


def rfft(input: Any, n: int | None = None, dim: int = -1, norm: str | None = None) -> Any:
    """`fft` of real numbers: the first half, the other being its conjugate."""
    return rfftn(input, _one(n), dim, norm)


def irfft(input: Any, n: int | None = None, dim: int = -1, norm: str | None = None) -> Any:
    """The inverse of `rfft`."""
    return irfftn(input, _one(n), dim, norm)


def rfft2(input: Any, s: Any = None, dim: Any = (-2, -1), norm: str | None = None) -> Any:
    """`rfftn` along two dimensions."""
    return rfftn(input, s, dim, norm)


def irfft2(input: Any, s: Any = None, dim: Any = (-2, -1), norm: str | None = None) -> Any:
    """The inverse of `rfft2`."""
    return irfftn(input, s, dim, norm)


# --- of numbers that are half of a Hermitian signal -------------------------------------------------------------------


def hfftn(input: Any, s: Any = None, dim: Any = None, norm: str | None = None) -> Any:
    """`fftn` of half of a Hermitian signal: real numbers."""
    x = _complex(input)
    dims, sizes = _dims(x, s, dim)
    if not dims:
        raise RuntimeError("hfftn must transform at least one axis")
    if dims[:-1]:
        x = _transformed(x, sizes[:-1], dims[:-1], norm, True)
    return irfftn(conj(x), None if sizes[-1] == -1 else sizes[-1:], dims[-1:], OPPOSITE[_norm(norm)])


def ihfftn(input: Any, s: Any = None, dim: Any = None, norm: str | None = None) -> Any:
    """The inverse of `hfftn`."""
    x = _real("ihfft", input)
    dims, sizes = _dims(x, s, dim)
    if not dims:
        raise RuntimeError("ihfftn must transform at least one axis")
    half = r2c_op(_resized(x, dims, sizes), dim=dims[-1:], norm=OPPOSITE[_norm(norm)], onesided=True)
    return c2c_op(conj_physical(half), dim=dims[:-1], norm=_norm(norm), forward=False) if dims[:-1] else conj(half)


def hfft(input: Any, n: int | None = None, dim: int = -1, norm: str | None = None) -> Any:
    """`fft` of half of a Hermitian signal: real numbers."""
    return hfftn(input, _one(n), dim, norm)


def ihfft(input: Any, n: int | None = None, dim: int = -1, norm: str | None = None) -> Any:
    """The inverse of `hfft`."""
    return ihfftn(input, _one(n), dim, norm)


def hfft2(input: Any, s: Any = None, dim: Any = (-2, -1), norm: str | None = None) -> Any:
    """`hfftn` along two dimensions."""
    return hfftn(input, s, dim, norm)


def ihfft2(input: Any, s: Any = None, dim: Any = (-2, -1), norm: str | None = None) -> Any:
    """The inverse of `hfft2`."""
    return ihfftn(input, s, dim, norm)


# --- frequencies ------------------------------------------------------------------------------------------------------


def fftfreq(n: int, d: float = 1.0, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """The frequencies of `fft`, in the order of its result."""
    return _new(np.fft.fftfreq(n, d).astype(_numpy_dtype(dtype)), requires_grad, device)


def rfftfreq(n: int, d: float = 1.0, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """The frequencies of `rfft`."""
    return _new(np.fft.rfftfreq(n, d).astype(_numpy_dtype(dtype)), requires_grad, device)


def fftshift(input: Any, dim: Any = None) -> Any:
    """The frequencies in order, zero in the middle."""
    dims = dimensions(dim, input.ndim)
    return roll(input, [input.shape[d] // 2 for d in dims], dims) if dims else input.clone()


def ifftshift(input: Any, dim: Any = None) -> Any:
    """The inverse of `fftshift`."""
    dims = dimensions(dim, input.ndim)
    return roll(input, [(input.shape[d] + 1) // 2 for d in dims], dims) if dims else input.clone()


_TRANSFORMS = "fft ifft fftn ifftn fft2 ifft2 rfft irfft rfftn irfftn rfft2 irfft2 hfft ihfft hfftn ihfftn hfft2 ihfft2"
_AS_THEY_ARE = ("hfft2", "ihfft2", "hfftn", "ihfftn")  # the others compute in float32 while autocast is on
for _name in _TRANSFORMS.split():
    _function = refusing_halves(globals()[_name], RuntimeError)
    globals()[_name] = accepting_out(_function if _name in _AS_THEY_ARE else in_float32(_function))

__all__ = [*_TRANSFORMS.split(), "fftfreq", "fftshift", "ifftshift", "rfftfreq"]
