"""The base class of learning-rate schedulers.

Source: https://docs.pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate.
"""

from __future__ import annotations

import functools
import types
import warnings
import weakref
from typing import Any

from reference.optim.flags import as_scalar
from reference.optim.optimizer import Optimizer
from reference.tensor import Tensor

_ORDER = "See more details at https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate"
_EPOCH = (
    "The epoch parameter in `scheduler.step()` was not necessary and is being deprecated where possible. Please use "
    "`scheduler.step()` to step the scheduler. During the deprecation, if epoch is different from None, the closed "
    "form is used instead of the new chainable form, where available."
)


class LRScheduler:
    """Sets the learning rate of each group of an optimizer, anew at each ``step``.

    A subclass gives ``get_lr``: the rates of ``last_epoch``, from the rates of the epoch before it wherever that can
    be, so that schedulers chain (LRS-25). ``_get_closed_form_lr`` gives them from the initial rates, for
    ``step(epoch)``. The attributes, which are what ``state_dict`` returns, have PyTorch's names.

    Raises TypeError for what is no optimizer, KeyError for a resumed schedule without initial rates (LRS-21).
    """

    _get_lr_called_within_step = False
    _is_initial = False

    optimizer: Any
    _step_count: int
    _last_lr: list[Any]

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        check_optimizer(optimizer)
        self.optimizer = optimizer
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", copied(group["lr"]))
            elif "initial_lr" not in group:
                raise KeyError(
                    f"param 'initial_lr' is not specified in param_groups[{i}] when resuming scheduler with last_epoch "
                    ">= 0: load the optimizer's state first, or start with last_epoch=-1"
                )
        self.base_lrs = values_of_groups(optimizer, "initial_lr")
        self.last_epoch = last_epoch
        note_steps(optimizer)
        self._initial_step()

    def _initial_step(self) -> None:
        self._step_count = 0
        self._is_initial = True
        try:
            self.step()
        finally:
            self._is_initial = False

    def state_dict(self) -> dict[str, Any]:
        """All attributes but the optimizer (LRS-24)."""
        return {name: value for name, value in vars(self).items() if name != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what ``state_dict`` returned."""
        vars(self).update(state_dict)

    def get_last_lr(self) -> list[Any]:
        """The rates that the last step set, one a group (LRS-22)."""
        return self._last_lr

    def get_lr(self) -> list[Any]:
        """The rates of ``last_epoch``, one a group; for ``step`` to call."""
        raise NotImplementedError

    def step(self, epoch: int | None = None) -> None:
        """Go on to the next epoch, and set its rates; warns where no step of the optimizer came first (LRS-23)."""
        if self._step_count == 1:
            if not hasattr(self.optimizer.step, "_wrapped_by_lr_sched"):
                warnings.warn(
                    "Seems like `optimizer.step()` has been overridden after learning rate scheduler initialization. "
                    f"Please, make sure to call `optimizer.step()` before `lr_scheduler.step()`. {_ORDER}",
                    UserWarning,
                    stacklevel=2,
                )
            elif not getattr(self.optimizer, "_opt_called", False):
                warnings.warn(
                    "Detected call of `lr_scheduler.step()` before `optimizer.step()`. In PyTorch 1.1.0 and later, you "
                    "should call them in the opposite order: `optimizer.step()` before `lr_scheduler.step()`. Failure "
                    "to do this will result in PyTorch skipping the first value of the learning rate schedule. "
                    f"{_ORDER}",
                    UserWarning,
                    stacklevel=2,
                )
        self._step_count += 1
        if epoch is not None:
            warn_of_epoch()
        self._update_lr(epoch)

    def _update_lr(self, epoch: int | None = None) -> None:
        self._get_lr_called_within_step = True
        try:
            self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
            closed_form = getattr(self, "_get_closed_form_lr", None)
            values = self.get_lr() if epoch is None or closed_form is None else closed_form()
        finally:
            self._get_lr_called_within_step = False
        self._set_rates(values)

    def _set_rates(self, rates: list[Any]) -> None:
        for group, rate in zip(self.optimizer.param_groups, rates, strict=True):
            set_value(group, "lr", rate)
        self._last_lr = self._rates()

    def _rates(self, factor: Any = None) -> list[Any]:
        """The rates in use, or these times a factor."""
        if factor is None:
            return values_of_groups(self.optimizer, "lr")
        return [group["lr"] * factor for group in self.optimizer.param_groups]

    def _warn_outside_step(self) -> None:
        if not self._get_lr_called_within_step:
            warnings.warn(
                "To get the last learning rate computed by the scheduler, please use `get_last_lr()`.",
                UserWarning,
                stacklevel=3,
            )


class _LRScheduler(LRScheduler):
    """The base class's former name."""


def check_optimizer(optimizer: Any) -> None:
    """TypeError for what is no optimizer."""
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")


def note_steps(optimizer: Any) -> None:
    """Let an optimizer note that ``step`` was called, for the warning of the order of calls."""
    if hasattr(optimizer.step, "_wrapped_by_lr_sched"):
        return
    to_optimizer = weakref.ref(optimizer)
    function = optimizer.step.__func__

    @functools.wraps(function)
    def step(*arguments: Any, **keywords: Any) -> Any:
        optimizer: Any = to_optimizer()
        optimizer._opt_called = True
        return function(optimizer, *arguments, **keywords)

    step._wrapped_by_lr_sched = True  # type: ignore[attr-defined]
    optimizer.step = step


def warn_of_epoch() -> None:
    """Warn that ``step`` takes no epoch any more."""
    warnings.warn(_EPOCH, UserWarning, stacklevel=3)


def copied(value: Any) -> Any:
    """A copy of a tensor; anything else as it is."""
    return value.clone() if isinstance(value, Tensor) else value  # type: ignore[attr-defined]


def values_of_groups(optimizer: Any, name: str) -> list[Any]:
    """An option's value in each group, tensors copied."""
    return [copied(group[name]) for group in optimizer.param_groups]


def set_value(group: dict[str, Any], name: str, value: Any) -> None:
    """Set an option of a group; a tensor is filled in place, so that it stays the same tensor."""
    if isinstance(group[name], Tensor):
        group[name].fill_(as_scalar(value))
    else:
        group[name] = value


def one_a_group(name: str, optimizer: Any, value: Any) -> list[Any]:
    """A value for each group, from one for all or a list; ValueError for a list of another length."""
    groups = len(optimizer.param_groups)
    if isinstance(value, (list, tuple)):
        if len(value) != groups:
            raise ValueError(
                f"{name} must have the same length as optimizer.param_groups. {name} has {len(value)} values, "
                f"param_groups has {groups}."
            )
        return [copied(item) for item in value]
    return [copied(value) for _ in range(groups)]


def state_of_function(function: Any) -> Any:
    """The attributes of a callable object; None of a plain function, which has none to save."""
    return None if function is None or isinstance(function, types.FunctionType) else vars(function).copy()
