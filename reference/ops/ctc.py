"""Connectionist temporal classification: the probability of a labelling, summed over its alignments.

Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.ctc_loss.html; Graves et al., "Connectionist
Temporal Classification", ICML 2006, equations 6 to 16, with logarithms in place of probabilities.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.ops.table import Op
from reference.tensor import Tensor


def _extended(labels: Any, blank: int) -> tuple[Any, Any]:
    """The labels with blanks around each, and where a step over two is allowed: to a label unlike the last one."""
    states = np.full(2 * len(labels) + 1, blank)
    states[1::2] = labels
    skip = np.zeros(len(states), bool)
    skip[3::2] = states[3::2] != states[1:-2:2]
    return states, skip


def _forward(log_probs: Any, states: Any, skip: Any) -> Any:
    """The logarithm of the probability of all beginnings of alignments, by time and state (equation 6)."""
    alpha = np.full((len(log_probs), len(states)), -np.inf, log_probs.dtype)
    if not len(log_probs):
        return alpha
    alpha[0, :2] = log_probs[0, states[:2]]
    for t in range(1, len(log_probs)):
        before = alpha[t - 1]
        total = np.logaddexp(before, np.concatenate([[-np.inf], before[:-1]]))
        over = np.where(skip, np.concatenate([[-np.inf, -np.inf], before])[: len(states)], -np.inf)
        alpha[t] = np.logaddexp(total, over) + log_probs[t, states]
    return alpha


def _backward(log_probs: Any, states: Any, skip: Any) -> Any:
    """The logarithm of the probability of all ends of alignments (equation 10): the forward one of the reverse."""
    reverse_skip = np.zeros(len(states), bool)
    reverse_skip[: len(states) - 2] = skip[2:]
    return _forward(log_probs[::-1], states[::-1], reverse_skip[::-1])[::-1, ::-1]


def _samples(targets: Any, input_lengths: Any, target_lengths: Any) -> Any:
    """The labels of each sample, from a matrix or from one long row."""
    starts = np.concatenate([[0], np.cumsum(target_lengths)])
    for n, (steps, length) in enumerate(zip(input_lengths, target_lengths, strict=True)):
        yield n, steps, targets[n, :length] if targets.ndim == 2 else targets[starts[n] : starts[n] + length]


def _log_likelihood(alpha: Any) -> Any:
    if not len(alpha):
        return 0.0 if alpha.shape[1] == 1 else -np.inf
    return np.logaddexp.reduce(alpha[-1, -2:])


def _ctc_kernel(log_probs: Any, targets: Any, *, input_lengths: Any, target_lengths: Any, blank: int) -> Any:
    losses = np.empty(log_probs.shape[1], log_probs.dtype)
    for n, steps, labels in _samples(targets, input_lengths, target_lengths):
        states, skip = _extended(labels, blank)
        losses[n] = -_log_likelihood(_forward(log_probs[:steps, n], states, skip))
    return losses


def _gradient_kernel(
    g: Any, log_probs: Any, targets: Any, *, input_lengths: Any, target_lengths: Any, blank: int, zero_infinity: bool
) -> Any:
    out = np.zeros_like(log_probs)
    for n, steps, labels in _samples(targets, input_lengths, target_lengths):
        states, skip = _extended(labels, blank)
        given = log_probs[:steps, n]
        alpha = _forward(given, states, skip)
        likelihood = _log_likelihood(alpha)
        if zero_infinity and likelihood == -np.inf:
            continue
        both = alpha + _backward(given, states, skip)
        posterior = np.full(given.shape, -np.inf, given.dtype)
        for s, label in enumerate(states):
            posterior[:, label] = np.logaddexp(posterior[:, label], both[:, s])
        out[:steps, n] = (np.exp(given) - np.exp(posterior - likelihood - given)) * g[n]
    return out


def _no_second_derivative(g: Any) -> Any:
    raise RuntimeError("derivative for aten::_ctc_loss_backward is not implemented")


# The rule takes `log_probs` for the output of log_softmax: it is softmax minus posterior, the derivative with respect
# to that function's input, and passes log_softmax's own rule unchanged (measured). PyTorch has no second derivative.
_gradient_op = Op(
    "ctc_loss_backward",
    _gradient_kernel,
    inputs=("g", "log_probs", "targets"),
    g=_no_second_derivative,
    log_probs=_no_second_derivative,
)


def _rule(
    g: Any,
    log_probs: Any,
    targets: Any,
    input_lengths: Any,
    target_lengths: Any,
    blank: int,
    zero_infinity: bool,
) -> Any:
    return _gradient_op(
        g,
        log_probs,
        targets._array if isinstance(targets, Tensor) else targets,
        input_lengths=input_lengths,
        target_lengths=target_lengths,
        blank=blank,
        zero_infinity=zero_infinity,
    )


ctc_op = Op(
    "ctc_loss",
    lambda log_probs, targets, *, zero_infinity, **lengths: _ctc_kernel(log_probs, targets, **lengths),
    inputs=("log_probs", "targets"),
    log_probs=_rule,
)
