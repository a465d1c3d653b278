"""Hooks on modules: around the forward, around the backward, and when something is registered.

Source: https://docs.pytorch.org/docs/stable/notes/modules.html#module-hooks, and torch.nn.Module.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

from reference import state
from reference.autograd.function import Function
from reference.autograd.graph import Hooks, RemovableHandle
from reference.tensor import Tensor


class ForwardHook(NamedTuple):
    """A hook around the forward, and how it wants to be called."""

    hook: Callable[..., Any]
    with_kwargs: bool = False
    always: bool = False


class ModuleHooks:
    """A module's hooks, by kind; most modules have none and no such object."""

    def __init__(self) -> None:
        self.forward_pre = Hooks()
        self.forward = Hooks()
        self.backward_pre = Hooks()
        self.backward = Hooks()
        self.full_backward: bool | None = None  # None until the first backward hook decides


#: The hooks of all modules; they run before a module's own (HKS-31).
every_module = ModuleHooks()
registrations: dict[str, Hooks] = {"parameter": Hooks(), "buffer": Hooks(), "module": Hooks()}


def registered(hooks: Hooks, hook: Any, prepend: bool = False) -> RemovableHandle:
    """Register a hook behind the others, or before them."""
    handle = hooks.add(hook)
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    return handle


def note_registration(kind: str, module: Any, name: str, value: Any) -> Any:
    """What the hooks on a registration make of the value that is registered."""
    for hook in registrations[kind].values():
        replaced = hook(module, name, value)
        if replaced is not None:
            value = replaced
    return value


def use_full(hooks: ModuleHooks, full: bool) -> None:
    """Note of which kind the backward hooks are; RuntimeError where both kinds meet."""
    if hooks.full_backward is not None and hooks.full_backward != full:
        raise RuntimeError(
            "Cannot use both regular backward hooks and full backward hooks on a single Module. Please use only one of "
            "them."
        )
    hooks.full_backward = full


# --- the call -------------------------------------------------------------------------------------------------------


def any_registered() -> bool:
    """Whether there are hooks for every module."""
    hooks = every_module
    return bool(hooks.forward or hooks.forward_pre or hooks.backward or hooks.backward_pre)


def call_with_hooks(module: Any, own: ModuleHooks | None, args: Any, kwargs: Any) -> Any:
    """Call a module's forward, with the hooks of every module and its own around it."""
    ran: set[int] = set()
    try:
        return _call(module, own or ModuleHooks(), args, kwargs, ran)
    except Exception:
        _run_remaining(module, own, args, kwargs, ran)
        raise


def _call(module: Any, own: ModuleHooks, args: Any, kwargs: Any, ran: set[int]) -> Any:
    for hook, with_kwargs, _ in [*every_module.forward_pre.values(), *own.forward_pre.values()]:
        args, kwargs = _run_pre_hook(module, hook, with_kwargs, args, kwargs)
    full = [*_of_kind(every_module, True), *_of_kind(own, True)]
    pre = [*every_module.backward_pre.values(), *own.backward_pre.values()]
    around = AroundBackward(module, full, pre) if full or pre else None
    if around is not None:
        args = around.enter(args)
    result = module.forward(*args, **kwargs)
    for key, (hook, with_kwargs, _) in [*every_module.forward.items(), *own.forward.items()]:
        ran.add(key)
        replaced = hook(module, args, kwargs, result) if with_kwargs else hook(module, args, result)
        if replaced is not None:
            result = replaced
    if around is not None:
        result = around.leave(result)
    legacy = [*_of_kind(every_module, False), *_of_kind(own, False)]
    if legacy:
        _hook_node(module, result, legacy)
    return result


def _of_kind(hooks: ModuleHooks, full: bool) -> list[Any]:
    return list(hooks.backward.values()) if hooks.full_backward is full else []


def _run_pre_hook(module: Any, hook: Any, with_kwargs: bool, args: Any, kwargs: Any) -> tuple[Any, Any]:
    if not with_kwargs:
        replaced = hook(module, args)
        if replaced is not None:
            args = replaced if isinstance(replaced, tuple) else (replaced,)
        return args, kwargs
    replaced = hook(module, args, kwargs)
    if replaced is None:
        return args, kwargs
    if not isinstance(replaced, tuple) or len(replaced) != 2:
        raise RuntimeError(
            f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {replaced}."
        )
    return replaced


def _run_remaining(module: Any, own: Any, args: Any, kwargs: Any, ran: set[int]) -> None:
    """After a failure: the hooks that are to be called always and were not yet; what they raise is warned of."""
    for key, (hook, with_kwargs, always) in [*every_module.forward.items(), *(own.forward.items() if own else ())]:
        if not always or key in ran:
            continue
        try:
            hook(module, args, kwargs, None) if with_kwargs else hook(module, args, None)
        except Exception as error:
            warnings.warn(
                "module forward hook with ``always_call=True`` raised an exception that was silenced as another error "
                f"was raised in forward: {error!s}",
                stacklevel=4,
            )


def _hook_node(module: Any, result: Any, hooks: list[Any]) -> None:
    """The deprecated backward hooks: on the node of the (first) output."""
    found = result
    while not isinstance(found, Tensor):
        found = next(v for v in found.values() if isinstance(v, Tensor)) if isinstance(found, dict) else found[0]
    node = found.grad_fn
    if node is not None:
        for hook in hooks:
            node.register_hook(lambda inputs, outputs, hook=hook: hook(module, inputs, outputs))


# --- around the backward --------------------------------------------------------------------------------------------


class BackwardHookFunction(Function):
    """The identity, whose node sees the gradients of all tensors that enter or leave a module."""

    @staticmethod
    def forward(ctx: Any, *tensors: Any) -> Any:
        """Hand the tensors on."""
        ctx.mark_non_differentiable(*[t for t in tensors if not t.requires_grad])
        return tensors

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """Hand the gradients on."""
        return gradients


class AroundBackward:
    """One call of a module with full backward hooks.

    The gradients of the outputs arrive first, for the pre-hooks; with those of the inputs the hooks are called.
    """

    def __init__(self, module: Any, hooks: list[Any], pre_hooks: list[Any]) -> None:
        self.module, self.hooks, self.pre_hooks = module, hooks, pre_hooks
        self.grad_outputs: Any = None

    def enter(self, args: Any) -> Any:
        """The arguments, with a node behind those that are tensors."""
        self.inputs = len(args)
        args, self.input_places = _through_identity(args, self._at_inputs)
        return args

    def leave(self, result: Any) -> Any:
        """The result, with a node before those parts that are tensors."""
        several = isinstance(result, tuple)
        given = result if several else (result,)
        self.outputs = len(given)
        given, self.output_places = _through_identity(given, self._at_outputs)
        return given if several else given[0]

    def _at_outputs(self, _: Any, gradients: Any) -> Any:
        self.grad_outputs = _with_none(self.output_places, gradients, self.outputs)
        for hook in self.pre_hooks:
            self.grad_outputs = _replaced(
                hook(self.module, self.grad_outputs), self.grad_outputs, "pre hook", "grad_output"
            )
        found = self.grad_outputs
        if self.input_places is None:
            self._without_inputs()
        return tuple(found[i] for i in self.output_places)

    def _without_inputs(self) -> None:
        warnings.warn(
            "Full backward hook is firing when gradients are computed with respect to module outputs since no inputs "
            "require gradients. See https://docs.pytorch.org/docs/main/generated/torch.nn.Module.html#torch.nn.Module."
            "register_full_backward_hook for more details.",
            stacklevel=2,
        )
        for hook in self.hooks:
            returned = hook(self.module, (None,) * self.inputs, self.grad_outputs)
            if returned is not None and not (isinstance(returned, tuple) and all(g is None for g in returned)):
                raise RuntimeError(
                    "Backward hook for Modules where no input requires gradient should always return None or None for "
                    "all gradients."
                )
        self.grad_outputs = None

    def _at_inputs(self, gradients: Any, _: Any) -> Any:
        if self.grad_outputs is None:  # the gradient came to the inputs by another way than through the outputs
            return None
        found = _with_none(self.input_places, gradients, self.inputs)
        for hook in self.hooks:
            found = _replaced(hook(self.module, found, self.grad_outputs), found, "hook", "grad_input")
        self.grad_outputs = None
        return tuple(found[i] for i in self.input_places)


def _with_none(places: Any, values: Any, count: int) -> tuple[Any, ...]:
    found: list[Any] = [None] * count
    for place, value in zip(places, values, strict=False):
        found[place] = value
    return tuple(found)


def _replaced(returned: Any, before: Any, kind: str, what: str) -> Any:
    """What a hook returned in the place of the gradients, or these."""
    if returned is None:
        return before
    if len(returned) != len(before):
        raise RuntimeError(
            f"Backward {kind} returned an invalid number of {what}, got {len(returned)}, but expected {len(before)}"
        )
    return returned


def _through_identity(values: Any, hook: Any) -> tuple[Any, Any]:
    """The values, their tensors sent through one node with a hook; and the places of the tensors, or None."""
    places = [i for i, value in enumerate(values) if isinstance(value, Tensor)]
    if not state.modes.grad or not any(values[i].requires_grad for i in places):
        return values, None
    sent = BackwardHookFunction.apply(*[values[i] for i in places])
    sent = sent if isinstance(sent, tuple) else (sent,)
    next(t.grad_fn for t in sent if t.grad_fn is not None).register_hook(hook)
    made = list(values)
    for place, tensor in zip(places, sent, strict=True):
        made[place] = tensor
    return tuple(made), places
