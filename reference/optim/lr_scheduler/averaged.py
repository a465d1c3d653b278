"""The schedule that goes with averaged weights.

Source: https://docs.pytorch.org/docs/stable/optim.html#swa-learning-rate-schedules.
"""

from __future__ import annotations

import math
from typing import Any

from reference.optim.lr_scheduler.scheduler import LRScheduler, one_a_group


class SWALR(LRScheduler):
    """From the rate in use to ``swa_lr`` in ``anneal_epochs``, straight or along half a cosine, and constant then.

    Raises ValueError for another strategy and for a number of epochs that is no integer from 0 up (LRS-31).
    """

    def __init__(
        self,
        optimizer: Any,
        swa_lr: float | list[float],
        anneal_epochs: int = 10,
        anneal_strategy: str = "cos",
        last_epoch: int = -1,
    ) -> None:
        for rate, group in zip(one_a_group("swa_lr", optimizer, swa_lr), optimizer.param_groups, strict=True):
            group["swa_lr"] = rate
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
        self._anneal_strategy = anneal_strategy
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"anneal_epochs must be equal or greater than 0, got {anneal_epochs}")
        self.anneal_epochs = anneal_epochs
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """The rates of this step: what was left of the rate to come from, and the part of ``swa_lr``."""
        self._warn_outside_step()
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)
        before, now = self._part(step - 1), self._part(step)
        rates = []
        for group in self.optimizer.param_groups:
            target = group["swa_lr"]
            origin = target if before == 1 else (group["lr"] - before * target) / (1 - before)
            rates.append(target * now + origin * (1 - now))
        return rates

    def _part(self, step: int) -> float:
        """How much of the way to ``swa_lr`` is gone at a step."""
        t = max(0, min(1, step / max(1, self.anneal_epochs)))
        return (1 - math.cos(math.pi * t)) / 2 if self._anneal_strategy == "cos" else t
