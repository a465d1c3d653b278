"""Hooks around an optimizer's step, its own and those common to all (OPT-18).

Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.Optimizer.register_step_pre_hook.html.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from reference.autograd.graph import Hooks, RemovableHandle

_before_every_step, _after_every_step = Hooks(), Hooks()


def register_optimizer_step_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call ``hook(optimizer, args, kwargs)`` before each step of any optimizer."""
    return _before_every_step.add(hook)


def register_optimizer_step_post_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call ``hook(optimizer, args, kwargs)`` after each step of any optimizer."""
    return _after_every_step.add(hook)


def calling_hooks(step: Callable[..., Any]) -> Callable[..., Any]:
    """A ``step`` method that calls the hooks; ``args`` begins with the optimizer.

    Raises RuntimeError where a pre-hook returns anything but None or a pair.
    """

    @functools.wraps(step)
    def hooked_step(*args: Any, **kwargs: Any) -> Any:
        optimizer = args[0]
        before, after = optimizer._optimizer_step_pre_hooks, optimizer._optimizer_step_post_hooks
        if before or _before_every_step:
            for hook in (*_before_every_step.values(), *before.values()):
                result = hook(optimizer, args, kwargs)
                if result is not None:
                    if not (isinstance(result, tuple) and len(result) == 2):
                        raise RuntimeError(
                            f"{step} must return None or a tuple of (new_args, new_kwargs), but got {result}."
                        )
                    args, kwargs = result
        loss = step(*args, **kwargs) if kwargs else step(*args)
        if after or _after_every_step:
            for hook in (*after.values(), *_after_every_step.values()):
                hook(optimizer, args, kwargs)
        return loss

    hooked_step.hooked = True  # type: ignore[attr-defined]
    return hooked_step
