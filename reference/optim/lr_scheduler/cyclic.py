"""A schedule that goes up and down between two rates.

Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CyclicLR.html.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from reference.optim.lr_scheduler.scheduler import (
    LRScheduler,
    check_optimizer,
    one_a_group,
    set_value,
    state_of_function,
)


class CyclicLR(LRScheduler):
    """From ``base_lr`` to ``max_lr`` and back, the momentum the other way (LRS-14, LRS-15, LRS-18).

    The amplitude is that of "triangular", of "triangular2", which halves it each cycle, of "exp_range", which
    multiplies it by ``gamma`` each iteration, or that of ``scale_fn``. Raises ValueError for another mode, and for
    ``cycle_momentum`` with an optimizer that has neither momentum nor betas.
    """

    def __init__(
        self,
        optimizer: Any,
        base_lr: float | list[float],
        max_lr: float | list[float],
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: str = "cycle",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.8,
        max_momentum: float | list[float] = 0.9,
        last_epoch: int = -1,
    ) -> None:
        check_optimizer(optimizer)
        self.optimizer = optimizer
        base_lrs = one_a_group("base_lr", optimizer, base_lr)
        if last_epoch == -1:
            for rate, group in zip(base_lrs, optimizer.param_groups, strict=True):
                set_value(group, "lr", rate)
        self.max_lrs = one_a_group("max_lr", optimizer, max_lr)
        up = float(step_size_up)
        down = up if step_size_down is None else float(step_size_down)
        self.total_size = up + down
        self.step_ratio = up / self.total_size
        if mode not in ("triangular", "triangular2", "exp_range") and scale_fn is None:
            raise ValueError(f"mode is invalid and scale_fn is None: mode {mode!r}")
        self.mode = mode
        self.gamma = gamma
        self._scale_fn_custom = scale_fn
        self.scale_mode = scale_mode
        if scale_fn is None:
            self.scale_mode = "iterations" if mode == "exp_range" else "cycle"
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self.use_beta1 = uses_beta1(optimizer)
            self.base_momentums = one_a_group("base_momentum", optimizer, base_momentum)
            self.max_momentums = one_a_group("max_momentum", optimizer, max_momentum)
            if last_epoch == -1:
                start_momentum(optimizer, self.max_momentums, self.base_momentums)
        super().__init__(optimizer, last_epoch)
        self.base_lrs = base_lrs

    def scale_fn(self, x: float) -> float:
        """What the amplitude is multiplied by in cycle ``x`` (or, in scale mode "iterations", in iteration ``x``)."""
        if self._scale_fn_custom is not None:
            return self._scale_fn_custom(x)
        if self.mode == "triangular":
            return 1.0
        return 1 / 2.0 ** (x - 1) if self.mode == "triangular2" else self.gamma**x

    def get_lr(self) -> list[Any]:
        """The rates of ``last_epoch``; sets the momentum too."""
        self._warn_outside_step()
        cycle = math.floor(1 + self.last_epoch / self.total_size)
        x = 1.0 + self.last_epoch / self.total_size - cycle
        height = x / self.step_ratio if x <= self.step_ratio else (x - 1) / (self.step_ratio - 1)
        scale = self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)
        if self.cycle_momentum:
            bounds = zip(self.base_momentums, self.max_momentums, strict=True)
            momentums = [most - (most - least) * height * scale for least, most in bounds]
            for group, momentum in zip(self.optimizer.param_groups, momentums, strict=True):
                set_momentum(group, momentum, self.use_beta1)
        return [
            least + (most - least) * height * scale for least, most in zip(self.base_lrs, self.max_lrs, strict=True)
        ]

    def state_dict(self) -> dict[str, Any]:
        """All attributes but the optimizer; of the scale function its attributes, where it is an object."""
        return {**super().state_dict(), "_scale_fn_custom": state_of_function(self._scale_fn_custom)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what ``state_dict`` returned; the scale function stays, with the attributes saved."""
        saved = state_dict["_scale_fn_custom"]
        vars(self).update({name: value for name, value in state_dict.items() if name != "_scale_fn_custom"})
        if saved is not None:
            vars(self._scale_fn_custom).update(saved)


def uses_beta1(optimizer: Any) -> bool:
    """Whether an optimizer's momentum is the first of its betas; ValueError where it has no momentum at all."""
    if "momentum" not in optimizer.defaults and "betas" not in optimizer.defaults:
        raise ValueError("optimizer must support momentum or beta1 with `cycle_momentum` option enabled")
    return "betas" in optimizer.defaults


def set_momentum(group: dict[str, Any], momentum: Any, use_beta1: bool) -> None:
    """Set a group's momentum, or its first beta."""
    if use_beta1:
        group["betas"] = (momentum, *group["betas"][1:])
    else:
        group["momentum"] = momentum


def start_momentum(optimizer: Any, largest: list[Any], smallest: list[Any]) -> None:
    """Set each group's momentum to the largest of its cycle, and note both bounds in the group."""
    for most, least, group in zip(largest, smallest, optimizer.param_groups, strict=True):
        set_momentum(group, most, "betas" in optimizer.defaults)
        group["max_momentum"] = most
        group["base_momentum"] = least
