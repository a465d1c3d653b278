"""One rise of the rate and one fall.

Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.OneCycleLR.html.
"""

from __future__ import annotations

import math
from typing import Any

from reference.optim.lr_scheduler.cyclic import set_momentum, start_momentum, uses_beta1
from reference.optim.lr_scheduler.scheduler import LRScheduler, check_optimizer, one_a_group


class OneCycleLR(LRScheduler):
    """From ``max_lr / div_factor`` up to ``max_lr``, then down to far below where it began (LRS-16, LRS-17, LRS-18).

    The momentum goes the other way. With ``three_phase`` the fall pauses at the initial rate. Raises ValueError for
    options out of range, and at a step beyond ``total_steps``.
    """

    def __init__(
        self,
        optimizer: Any,
        max_lr: float | list[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.85,
        max_momentum: float | list[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        check_optimizer(optimizer)
        self.optimizer = optimizer
        self.total_steps = _total_steps(total_steps, epochs, steps_per_epoch)
        self._schedule_phases = _phases(self.total_steps, pct_start, three_phase)
        if pct_start < 0 or pct_start > 1 or not isinstance(pct_start, float):
            raise ValueError(f"Expected float between 0 and 1 pct_start, but got {pct_start}")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
        self._anneal_func_type = anneal_strategy
        max_lrs = one_a_group("max_lr", optimizer, max_lr)
        if last_epoch == -1:
            for rate, group in zip(max_lrs, optimizer.param_groups, strict=True):
                group["initial_lr"] = rate / div_factor
                group["max_lr"] = rate
                group["min_lr"] = group["initial_lr"] / final_div_factor
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self.use_beta1 = uses_beta1(optimizer)
            max_momentums = one_a_group("max_momentum", optimizer, max_momentum)
            base_momentums = one_a_group("base_momentum", optimizer, base_momentum)
            if last_epoch == -1:
                start_momentum(optimizer, max_momentums, base_momentums)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """The rates of ``last_epoch``; sets the momentum too."""
        self._warn_outside_step()
        t = self.last_epoch
        if t > self.total_steps:
            raise ValueError(f"Tried to step {t} times. The specified number of total steps is {self.total_steps}")
        start: Any = 0.0
        for phase in self._schedule_phases:
            end = phase["end_step"]
            if t <= end or phase is self._schedule_phases[-1]:
                break
            start = end
        part = (t - start) / (end - start)
        rates = []
        for group in self.optimizer.param_groups:
            rates.append(self._between(group[phase["start_lr"]], group[phase["end_lr"]], part))
            if self.cycle_momentum:
                momentum = self._between(group[phase["start_momentum"]], group[phase["end_momentum"]], part)
                set_momentum(group, momentum, self.use_beta1)
        return rates

    def _between(self, start: Any, end: Any, part: float) -> Any:
        """A part of the way from start to end, straight or along half a cosine."""
        if self._anneal_func_type == "linear":
            return (end - start) * part + start
        return end + (start - end) / 2.0 * (math.cos(math.pi * part) + 1)


def _total_steps(total_steps: Any, epochs: Any, steps_per_epoch: Any) -> int:
    if total_steps is not None:
        wanted = {"total_steps": total_steps}
    elif epochs is not None and steps_per_epoch is not None:
        wanted = {"epochs": epochs, "steps_per_epoch": steps_per_epoch}
    else:
        raise ValueError("You must define either total_steps OR (epochs AND steps_per_epoch)")
    for name, value in wanted.items():
        if not isinstance(value, int) or value <= 0:
            raise ValueError(f"Expected positive integer {name}, but got {value}")
    return math.prod(wanted.values())


def _phases(total_steps: int, pct_start: Any, three_phase: bool) -> list[dict[str, Any]]:
    """Where each phase ends, and between which of a group's options it leads."""
    rise = {
        "end_step": float(pct_start * total_steps) - 1,
        "start_lr": "initial_lr", "end_lr": "max_lr",
        "start_momentum": "max_momentum", "end_momentum": "base_momentum",
    }  # fmt: skip
    fall = {
        "end_step": total_steps - 1,
        "start_lr": "max_lr", "end_lr": "min_lr",
        "start_momentum": "base_momentum", "end_momentum": "max_momentum",
    }  # fmt: skip
    if not three_phase:
        return [rise, fall]
    return [
        rise,
        {**fall, "end_step": float(2 * pct_start * total_steps) - 2, "end_lr": "initial_lr"},
        {**fall, "start_lr": "initial_lr", "start_momentum": "max_momentum"},
    ]
