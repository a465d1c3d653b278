"""The short-time Fourier transform and its inverse.

Source: https://docs.pytorch.org/docs/stable/generated/torch.stft.html.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.ops.complex import view_as_complex, view_as_real
from reference.ops.elements import put_added
from reference.ops.joining import cat
from reference.ops.pointwise import abs
from reference.ops.shapes import squeeze, transpose, unsqueeze
from reference.ops.slices import narrow
from reference.ops.strides import unfold
from reference.tensor import wrap


def _padded_window(window: Any, length: int, n_fft: int, like: Any) -> Any:
    """The window (ones, unless it is given), with zeros around it."""
    window = wrap(np.ones(length, like._array.real.dtype)) if window is None else window
    left = (n_fft - length) // 2
    sides = [wrap(np.zeros(n, window._array.dtype)) for n in (left, n_fft - length - left)]
    return cat([sides[0], window, sides[1]])


def _check(name: str, n_fft: int, hop: int, length: int, window: Any) -> None:
    if hop <= 0:
        raise RuntimeError(f"{name}: expected hop_length > 0, but got hop_length={hop}")
    if not 0 < length <= n_fft:
        raise RuntimeError(f"{name}: expected 0 < win_length <= n_fft, but got win_length={length}")
    if window is not None and tuple(window.shape) != (length,):
        raise RuntimeError(
            f"{name}: expected a 1D window tensor of size equal to win_length={length}, but got window with size "
            f"{list(window.shape)}"
        )


def stft(
    input: Any,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Any = None,
    center: bool = True,
    pad_mode: str = "reflect",
    normalized: bool = False,
    onesided: bool | None = None,
    return_complex: bool | None = None,
) -> Any:
    """The Fourier transforms of windows that are ``hop_length`` apart: frequencies are rows, windows columns."""
    from reference.fft import fft, rfft
    from reference.nn.functional import pad

    complex_input = input.is_complex() or (window is not None and window.is_complex())
    if return_complex is None and not complex_input:
        raise RuntimeError("stft requires the return_complex parameter be given for real inputs")
    if input.ndim not in (1, 2):
        raise RuntimeError(f"stft: expected a 1D or 2D tensor, but got {input.ndim}D")
    hop, length = n_fft // 4 if hop_length is None else hop_length, n_fft if win_length is None else win_length
    _check("stft", n_fft, hop, length, window)
    x = unsqueeze(input, 0) if input.ndim == 1 else input
    if center:
        x = squeeze(pad(unsqueeze(x, 1), (n_fft // 2, n_fft // 2), pad_mode), 1)
    if not 0 < n_fft <= x.shape[-1]:
        raise RuntimeError(f"stft: expected 0 < n_fft < {x.shape[-1]}, but got n_fft={n_fft}")
    frames = unfold(x, -1, n_fft, hop) * _padded_window(window, length, n_fft, input)
    half = not complex_input if onesided is None else onesided
    if half and complex_input:
        raise RuntimeError("Cannot have onesided output if window or input is complex")
    spectrum = transpose((rfft if half else fft)(frames, norm="ortho" if normalized else "backward"), -2, -1)
    spectrum = squeeze(spectrum, 0) if input.ndim == 1 else spectrum
    return spectrum if return_complex is not False else view_as_real(spectrum)


def istft(
    input: Any,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Any = None,
    center: bool = True,
    normalized: bool = False,
    onesided: bool | None = None,
    length: int | None = None,
    return_complex: bool = False,
) -> Any:
    """The signal whose `stft` is nearest to one given: its windows overlap and add up."""
    from reference.fft import ifft, irfft

    x = input if input.is_complex() else view_as_complex(input)
    if x.ndim not in (2, 3) or not x.numel():
        raise RuntimeError(
            f"istft: expected a tensor with 2 or 3 dimensions that is not empty, but got {list(x.shape)}"
        )
    hop, width = n_fft // 4 if hop_length is None else hop_length, n_fft if win_length is None else win_length
    _check("istft", n_fft, hop, width, window)
    x = unsqueeze(x, 0) if x.ndim == 2 else x
    half = x.shape[-2] != n_fft if onesided is None else onesided
    if x.shape[-2] != (n_fft // 2 + 1 if half else n_fft):
        raise RuntimeError(f"istft: expected the frequency dimension to match n_fft = {n_fft}, but got {x.shape[-2]}")
    if return_complex and half:
        raise RuntimeError("cannot have onesided output if window or input is complex")
    norm = "ortho" if normalized else "backward"
    frames = transpose(x, -2, -1)
    frames = ifft(frames, norm=norm) if return_complex else irfft(frames[..., : n_fft // 2 + 1], n_fft, norm=norm)
    shape = _padded_window(window, width, n_fft, x)
    count = frames.shape[1]
    places = hop * np.arange(count)[:, None] + np.arange(n_fft)
    total = n_fft + hop * (count - 1)
    signal = put_added(frames * shape, (frames.shape[0], total), (slice(None), None), places)
    envelope = put_added((shape * shape).expand(count, n_fft), (total,), (None,), places)
    start = n_fft // 2 if center else 0
    end = min(start + length, total) if length is not None else total - start
    signal, envelope = narrow(signal, -1, start, end - start), narrow(envelope, -1, start, end - start)
    if float(abs(envelope).min()) <= 1e-11:
        raise RuntimeError("window overlap add min: 1")
    signal = signal / envelope
    if length is not None and signal.shape[-1] < length:
        missing = wrap(np.zeros((signal.shape[0], length - signal.shape[-1]), signal._array.dtype))
        signal = cat([signal, missing], -1)
    return squeeze(signal, 0) if input.ndim == (2 if input.is_complex() else 3) else signal
