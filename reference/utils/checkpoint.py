"""``torch.utils.checkpoint``: intermediates are dropped in the forward and computed again in the backward (MOD-26).

Source: https://docs.pytorch.org/docs/stable/checkpoint.html. There are two variants. The one with ``use_reentrant`` is
a custom Function that runs a backward pass inside the backward pass. The other keeps nothing but a note of each saved
tensor, and runs the function again when the first of them is needed.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from reference import state
from reference.autograd.backward_pass import backward
from reference.autograd.function import Function
from reference.autograd.grad_mode import enable_grad
from reference.random import fork_rng, get_rng_state, set_rng_state
from reference.tensor import Tensor
from reference.utils.recomputation import CheckpointError, Frame

__all__ = [
    "CheckpointError",
    "CheckpointFunction",
    "checkpoint",
    "checkpoint_sequential",
    "noop_context_fn",
    "set_checkpoint_debug_enabled",
    "set_checkpoint_early_stop",
]

_early_stop: bool | None = None
_debug: bool | None = None


@contextlib.contextmanager
def set_checkpoint_early_stop(enable: bool) -> Iterator[None]:
    """Within the block, whether recomputations stop as soon as all that is needed is there (MOD-32)."""
    global _early_stop
    before, _early_stop = _early_stop, enable
    try:
        yield
    finally:
        _early_stop = before


@contextlib.contextmanager
def set_checkpoint_debug_enabled(enabled: bool | None) -> Iterator[None]:
    """Within the block, whether an error of a recomputation lists what was saved; None leaves it to each call."""
    global _debug
    before, _debug = _debug, enabled
    try:
        yield
    finally:
        _debug = before


def noop_context_fn() -> tuple[Any, Any]:
    """Contexts for the forward and for the recomputation that do nothing."""
    return contextlib.nullcontext(), contextlib.nullcontext()


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    context_fn: Callable[[], tuple[Any, Any]] = noop_context_fn,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    preserve_rng_state: bool = True,
    **kwargs: Any,
) -> Any:
    """Call ``function``, and again in the backward pass, rather than keep what it saves in between.

    Keywords are passed on, and ``context_fn`` and ``debug`` allowed, only with ``use_reentrant=False``: else
    ValueError. A recomputation that saves other tensors than the forward did is a CheckpointError (a RuntimeError).
    """
    if use_reentrant is None:
        _warn_of_missing_argument("torch.utils.checkpoint")
        use_reentrant = True
    if not use_reentrant:
        return _without_reentrance(
            function, args, kwargs, context_fn, determinism_check, debug, early_stop, preserve_rng_state
        )
    if kwargs:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
    if context_fn is not noop_context_fn or debug:
        raise ValueError("Passing `context_fn` or `debug` is only supported when use_reentrant=False.")
    return CheckpointFunction.apply(function, preserve_rng_state, *args)


def _warn_of_missing_argument(name: str) -> None:
    warnings.warn(
        f"{name}: the use_reentrant parameter should be passed explicitly. Starting in PyTorch 2.9, calling checkpoint "
        "without use_reentrant will raise an exception. use_reentrant=False is recommended, but if you need to "
        "preserve the current default behavior, you can pass use_reentrant=True. Refer to docs for more details on the "
        "differences between the two variants.",
        UserWarning,
        stacklevel=3,
    )


class _RandomNumbers:
    """The state of the random numbers at a call, to be found again in the recomputation."""

    def __init__(self, preserve: bool) -> None:
        self._state = get_rng_state() if preserve else None

    @contextlib.contextmanager
    def again(self) -> Iterator[None]:
        """A block that draws the same numbers."""
        if self._state is None:
            yield
            return
        with fork_rng():
            set_rng_state(self._state)
            yield


# --- without reentrance ---------------------------------------------------------------------------------------------


class _SaveInputs(Function):
    """Keeps the tensors among a call's arguments as any operation keeps what it saves: freed and version-checked."""

    @staticmethod
    def forward(ctx: Any, anchor: Any, arguments: Any) -> Any:
        """Save; ``anchor`` requires grad, so that there is a node."""
        ctx.places = [i for i, x in enumerate(arguments) if isinstance(x, Tensor)]
        ctx.others = [None if isinstance(x, Tensor) else x for x in arguments]
        ctx.save_for_backward(*[arguments[i] for i in ctx.places])
        return anchor.clone()

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """Never called: nothing depends on the output."""
        raise AssertionError("Did not expect to backward on this graph")


def _saved_inputs(node: Any) -> list[Any]:
    arguments = list(node.ctx.others)
    for place, tensor in zip(node.ctx.places, node.ctx.saved_tensors, strict=True):
        arguments[place] = tensor
    return arguments


def _without_reentrance(
    function: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    context_fn: Any,
    determinism_check: str,
    debug: bool,
    early_stop: bool,
    preserve_rng_state: bool,
) -> Any:
    if determinism_check not in ("default", "none"):
        raise ValueError(f"determinism_check should be one of ['default', 'none'], but got {determinism_check}")
    forward_context, recompute_context = context_fn()
    if not state.modes.grad:
        with forward_context:
            return function(*args, **kwargs)
    numbers = _RandomNumbers(preserve_rng_state)
    names = list(kwargs)
    anchor = Tensor(0)
    anchor._requires_grad = True
    inputs = _SaveInputs.apply(anchor, (*args, *kwargs.values()))._node

    def again() -> None:
        given = _saved_inputs(inputs)
        with numbers.again(), recompute_context, enable_grad():
            function(*given[: len(args)], **dict(zip(names, given[len(args) :], strict=True)))

    frame = Frame(
        again,
        early_stop=early_stop if _early_stop is None else _early_stop,
        check=determinism_check == "default",
        debug=debug if _debug is None else _debug,
    )
    with frame.noting(), forward_context:
        result = function(*args, **kwargs)
    frame.forward_completed = True
    return result


# --- with reentrance ------------------------------------------------------------------------------------------------


class CheckpointFunction(Function):
    """Runs the function untracked, and in backward tracked, with a backward pass of its own behind it."""

    @staticmethod
    def forward(ctx: Any, run_function: Any, preserve_rng_state: bool, *args: Any) -> Any:
        """Call the function, keeping only its arguments."""
        if not any(isinstance(x, Tensor) and x.requires_grad for x in args):
            warnings.warn(
                "None of the inputs have requires_grad=True. Gradients will be None", UserWarning, stacklevel=4
            )
        ctx.run_function = run_function
        ctx.numbers = _RandomNumbers(preserve_rng_state)
        ctx.places = [i for i, x in enumerate(args) if isinstance(x, Tensor)]
        ctx.others = [None if isinstance(x, Tensor) else x for x in args]
        ctx.save_for_backward(*[args[i] for i in ctx.places])
        return run_function(*args)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """Call the function again, recording, and run a backward pass from its outputs."""
        if not state.modes.backward_pass.fills_leaves:
            raise RuntimeError(
                "When use_reentrant=True, torch.utils.checkpoint is incompatible with .grad() or passing an `inputs` "
                "parameter to .backward(). To resolve this error, you can either set use_reentrant=False, or call "
                ".backward() without passing the `inputs` argument."
            )
        inputs = list(ctx.others)
        for place, tensor in zip(ctx.places, ctx.saved_tensors, strict=True):
            inputs[place] = tensor.detach().requires_grad_(tensor.requires_grad)
        with ctx.numbers.again(), enable_grad():
            outputs = ctx.run_function(*inputs)
        outputs = (outputs,) if isinstance(outputs, Tensor) else outputs
        pairs = [
            (out, g)
            for out, g in zip(outputs, gradients, strict=False)
            if isinstance(out, Tensor) and out.requires_grad
        ]
        if not pairs:
            raise RuntimeError("none of output has requires_grad=True, this checkpoint() is not necessary")
        backward([out for out, _ in pairs], [g for _, g in pairs])
        return None, None, *(x._grad if isinstance(x, Tensor) else None for x in inputs)


def checkpoint_sequential(
    functions: Any,
    segments: int,
    input: Any,
    use_reentrant: bool | None = None,
    preserve_rng_state: bool = True,
    **kwargs: Any,
) -> Any:
    """Call functions (or a Sequential's modules) in turn, in segments that are checkpointed but for the last."""
    if use_reentrant is None:
        _warn_of_missing_argument("torch.utils.checkpoint.checkpoint_sequential")
        use_reentrant = True
    if kwargs:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
    steps = list(functions.children() if hasattr(functions, "children") else functions)
    size = len(steps) // segments
    for start in range(0, size * (segments - 1), size):
        input = checkpoint(
            _in_turn(steps[start : start + size]),
            input,
            use_reentrant=use_reentrant,
            preserve_rng_state=preserve_rng_state,
        )
    return _in_turn(steps[size * (segments - 1) :])(input)


def _in_turn(steps: Sequence[Callable[[Any], Any]]) -> Callable[[Any], Any]:
    def run(input: Any) -> Any:
        for step in steps:
            input = step(input)
        return input

    return run
