"""Averaging the weights of a model over its training: ``torch.optim.swa_utils``.

Source: https://docs.pytorch.org/docs/stable/optim.html#weight-averaging-swa-and-ema.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import deepcopy
from itertools import chain
from typing import Any

from reference import nn
from reference.autograd.grad_mode import no_grad
from reference.dtypes import int64
from reference.factories import tensor
from reference.optim.lr_scheduler.averaged import SWALR


def get_ema_avg_fn(decay: float = 0.999) -> Callable[[Any, Any, Any], Any]:
    """The exponential average: ``decay * average + (1 - decay) * value`` (ALG-35); ValueError outside [0, 1]."""
    _check_decay(decay)

    @no_grad()
    def ema_update(ema_param: Any, current_param: Any, num_averaged: Any) -> Any:
        return decay * ema_param + (1 - decay) * current_param

    return ema_update


def get_swa_avg_fn() -> Callable[[Any, Any, Any], Any]:
    """The mean: a value moves the average of n others by an (n + 1)-th of its distance (ALG-35)."""

    @no_grad()
    def swa_update(averaged_param: Any, current_param: Any, num_averaged: Any) -> Any:
        return averaged_param + (current_param - averaged_param) / (num_averaged + 1)

    return swa_update


def get_ema_multi_avg_fn(decay: float = 0.999) -> Callable[[Any, Any, Any], None]:
    """The exponential average, of lists of tensors in place."""
    _check_decay(decay)
    return _in_place(get_ema_avg_fn(decay), lambda num_averaged: 1 - decay)


def get_swa_multi_avg_fn() -> Callable[[Any, Any, Any], None]:
    """The mean, of lists of tensors in place."""
    return _in_place(get_swa_avg_fn(), lambda num_averaged: 1 / (num_averaged + 1))


def _in_place(average: Callable[[Any, Any, Any], Any], weight: Callable[[Any], Any]) -> Callable[[Any, Any, Any], None]:
    """An average of lists in place: by moving floating tensors a part of the way, by writing others anew."""

    @no_grad()
    def update(averaged_params: Any, current_params: Any, num_averaged: Any) -> None:
        for averaged, current in zip(averaged_params, current_params, strict=True):
            if averaged.is_floating_point() or averaged.is_complex():
                averaged.lerp_(current, weight(num_averaged))
            else:
                averaged.copy_(average(averaged, current, num_averaged))

    return update


def _check_decay(decay: float) -> None:
    if decay < 0.0 or decay > 1.0:
        raise ValueError(f"Invalid decay value {decay} provided. Please provide a value in [0,1] range.")


class AveragedModel(nn.Module):
    """A copy of a model whose parameters are averages of the model's; by default the mean of all updates (ALG-35).

    ``avg_fn(average, value, number)`` gives another average, ``multi_avg_fn(averages, values, number)`` writes one in
    place. Buffers are copied, or averaged too where ``use_buffers``. The first update copies.
    """

    n_averaged: Any

    def __init__(
        self,
        model: Any,
        device: Any = None,
        avg_fn: Callable[[Any, Any, Any], Any] | None = None,
        multi_avg_fn: Callable[[Any, Any, Any], None] | None = None,
        use_buffers: bool = False,
    ) -> None:
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError("Only one of avg_fn and multi_avg_fn should be provided")
        self.module = deepcopy(model)
        if device is not None:
            self.module = self.module.to(device)
        self.register_buffer("n_averaged", tensor(0, dtype=int64))
        self.avg_fn = avg_fn
        self.multi_avg_fn = multi_avg_fn
        self.use_buffers = use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """The copy's forward."""
        return self.module(*args, **kwargs)

    def update_parameters(self, model: Any) -> None:
        """Bring the model's parameters into the averages."""
        if self.use_buffers:
            averaged: Iterable[Any] = chain(self.module.parameters(), self.module.buffers())
            current: Iterable[Any] = chain(model.parameters(), model.buffers())
        else:
            averaged, current = self.parameters(), model.parameters()
        pairs = [(a.detach(), c.detach()) for a, c in zip(averaged, current, strict=False)]
        if self.n_averaged == 0:
            for average, value in pairs:
                average.copy_(value)
        elif self.multi_avg_fn is not None:
            for averages, values in _by_dtype(pairs):
                self.multi_avg_fn(averages, values, self.n_averaged.clone())
        else:
            combine = self.avg_fn or get_swa_avg_fn()
            for average, value in pairs:
                average.copy_(combine(average, value, self.n_averaged.clone()))
        if not self.use_buffers:
            for copy, buffer in zip(self.module.buffers(), model.buffers(), strict=True):
                copy.detach().copy_(buffer.detach())
        self.n_averaged += 1


def _by_dtype(pairs: list[tuple[Any, Any]]) -> list[tuple[list[Any], list[Any]]]:
    groups: dict[Any, tuple[list[Any], list[Any]]] = {}
    for average, value in pairs:
        averages, values = groups.setdefault(average.dtype, ([], []))
        averages.append(average)
        values.append(value)
    return list(groups.values())


@no_grad()
def update_bn(loader: Iterable[Any], model: Any, device: Any = None) -> None:
    """Compute a model's batch-norm statistics anew, as the mean over the batches of ``loader``.

    A batch that is a list or tuple gives its first element.
    """
    momenta = {}
    for module in model.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.reset_running_stats()
            momenta[module] = module.momentum
    if not momenta:
        return
    was_training = model.training
    model.train()
    for module in momenta:
        module.momentum = None
    for batch in loader:
        batch = batch[0] if isinstance(batch, (list, tuple)) else batch
        model(batch if device is None else batch.to(device))
    for module, momentum in momenta.items():
        module.momentum = momentum
    model.train(was_training)


__all__ = [
    "SWALR",
    "AveragedModel",
    "get_ema_avg_fn",
    "get_ema_multi_avg_fn",
    "get_swa_avg_fn",
    "get_swa_multi_avg_fn",
    "update_bn",
]
