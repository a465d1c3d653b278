"""Layers by their documented formulas, with plain loops where the formula has a sum over indices."""

from __future__ import annotations

import math

import numpy as np

from conformance.witnesses.arrays import Array


def conv2d(x: Array, weight: Array, bias: Array, stride: int, padding: int, dilation: int, groups: int) -> Array:
    """The cross-correlation of `torch.nn.Conv2d`: x is (N, C_in, H, W), weight (C_out, C_in / groups, K, K)."""
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    channels_out, channels_a_group, size, _ = weight.shape
    reach = dilation * (size - 1) + 1
    rows, columns = ((n - reach) // stride + 1 for n in x.shape[2:])
    out = np.empty((len(x), channels_out, rows, columns))
    for n, o, i, j in np.ndindex(out.shape):
        first = (o // (channels_out // groups)) * channels_a_group
        top, left = i * stride, j * stride
        patch = x[n, first : first + channels_a_group, top : top + reach : dilation, left : left + reach : dilation]
        out[n, o, i, j] = bias[o] + np.sum(weight[o] * patch)
    return out


def normalize(x: Array, axes: tuple[int, ...], eps: float) -> Array:
    """Less its mean, over the root of its variance plus eps: what the normalisation layers have in common."""
    mean = x.mean(axes, keepdims=True)
    variance = ((x - mean) ** 2).mean(axes, keepdims=True)
    return (x - mean) / np.sqrt(variance + eps)


def sigmoid(x: Array) -> Array:
    """The logistic function."""
    return 1 / (1 + np.exp(-x))


def rnn_step(x: Array, h: Array, w_ih: Array, w_hh: Array, b_ih: Array, b_hh: Array) -> Array:
    """h' = tanh(W_ih x + b_ih + W_hh h + b_hh)."""
    return np.tanh(x @ w_ih.T + b_ih + h @ w_hh.T + b_hh)


def lstm_step(
    x: Array, state: tuple[Array, Array], w_ih: Array, w_hh: Array, b_ih: Array, b_hh: Array
) -> tuple[Array, Array]:
    """The gates are stacked as input, forget, cell, output; the state is (h, c)."""
    h, c = state
    i, f, g, o = np.split(x @ w_ih.T + b_ih + h @ w_hh.T + b_hh, 4, axis=-1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def gru_step(x: Array, h: Array, w_ih: Array, w_hh: Array, b_ih: Array, b_hh: Array) -> Array:
    """The gates are stacked as reset, update, new; the reset gate acts on the hidden part with its bias."""
    r_x, z_x, n_x = np.split(x @ w_ih.T + b_ih, 3, axis=-1)
    r_h, z_h, n_h = np.split(h @ w_hh.T + b_hh, 3, axis=-1)
    r, z = sigmoid(r_x + r_h), sigmoid(z_x + z_h)
    n = np.tanh(n_x + r * n_h)
    return (1 - z) * n + z * h


def softmax(x: Array) -> Array:
    """Over the last axis."""
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def attention(query: Array, key: Array, value: Array, allowed: Array | None = None) -> tuple[Array, Array]:
    """softmax(Q K' / sqrt(d)) V and the weights; positions that are not allowed have weight zero."""
    scores = query @ np.swapaxes(key, -1, -2) / math.sqrt(query.shape[-1])
    if allowed is not None:
        scores = np.where(allowed, scores, -np.inf)
    weights = softmax(scores)
    return weights @ value, weights


def multihead_attention(
    x: Array, heads: int, in_weight: Array, in_bias: Array, out_weight: Array, out_bias: Array, allowed: Array | None
) -> tuple[Array, Array]:
    """Self-attention of one sequence (L, E): the output, and the weights averaged over the heads."""
    query, key, value = (
        part.reshape(len(x), heads, -1).swapaxes(0, 1) for part in np.split(x @ in_weight.T + in_bias, 3, axis=-1)
    )
    attended, weights = attention(query, key, value, allowed)
    joined = attended.swapaxes(0, 1).reshape(x.shape)
    return joined @ out_weight.T + out_bias, weights.mean(0)
