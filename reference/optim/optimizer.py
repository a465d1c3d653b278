"""The base class of all optimizers: parameter groups, state, hooks.

Source: https://docs.pytorch.org/docs/stable/optim.html#base-class. What an optimizer saves and loads is in
`reference.optim.state_dict`, hooks around a step in `reference.optim.hooks`.
"""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Callable
from typing import Any, ClassVar

from reference.autograd.grad_mode import enable_grad
from reference.autograd.graph import Hooks, RemovableHandle
from reference.optim import state_dict as saving
from reference.optim.hooks import calling_hooks, register_optimizer_step_post_hook, register_optimizer_step_pre_hook
from reference.tensor import Tensor


class _Required:
    """Stands in ``defaults`` for an option that every group must give."""

    def __repr__(self) -> str:
        return "<required parameter>"


required = _Required()


class Optimizer:
    """An optimizer over ``params``: tensors, pairs (name, tensor), or dicts with "params" and options of their own.

    ``param_groups`` holds the groups, each with every option; ``defaults`` the options of groups that don't give
    them; ``state`` what the algorithm remembers of each parameter, a dict a parameter.

    Raises TypeError where ``params`` is a tensor or holds what isn't one, ValueError where it is empty or holds a
    non-leaf.
    """

    #: Options that older versions did not have, and their values then: what is loaded may lack them.
    _added_options: ClassVar[dict[str, Any]] = {}

    #: State that is one number a parameter, in a tensor: the count of steps, and factors that change from step to step.
    scalars: tuple[str, ...] = ()

    defaults: dict[str, Any]
    state: Any
    param_groups: list[dict[str, Any]]
    _optimizer_step_pre_hooks: Hooks
    _optimizer_step_post_hooks: Hooks
    _optimizer_state_dict_pre_hooks: Hooks
    _optimizer_state_dict_post_hooks: Hooks
    _optimizer_load_state_dict_pre_hooks: Hooks
    _optimizer_load_state_dict_post_hooks: Hooks

    def __init__(self, params: Any, defaults: dict[str, Any]) -> None:
        self.defaults = defaults
        self._prepare_hooks()
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, but got "
                f"{_type_name(params)}"
            )
        self.state = defaultdict(dict)
        self.param_groups = []
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)

    def _prepare_hooks(self) -> None:
        for name in ("step", "state_dict", "load_state_dict"):
            for when in ("pre", "post"):
                vars(self).setdefault(f"_optimizer_{name}_{when}_hooks", Hooks())
        cls = type(self)
        if not getattr(cls.step, "hooked", False):
            cls.step = calling_hooks(cls.step)  # type: ignore[method-assign]

    # --- parameter groups -------------------------------------------------------------------------------------------

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group: a dict with "params" and the options in which it differs from the defaults (OPT-07).

        Raises TypeError for what is not a tensor and for a set, whose order is undefined; ValueError for a non-leaf,
        a parameter of another group, and names that some have and some lack.
        """
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        _separate_names(param_group)
        params = param_group["params"]
        for param in params:
            if not isinstance(param, Tensor):
                raise TypeError(f"optimizer can only optimize Tensors, but one of the params is {_type_name(param)}")
            if not self.defaults.get("differentiable") and not (param.is_leaf or param.retains_grad):
                raise ValueError("can't optimize a non-leaf Tensor")

        for name, default in self.defaults.items():
            if default is required and name not in param_group:
                raise ValueError(f"parameter group didn't specify a value of required optimization parameter {name}")
            param_group.setdefault(name, default)

        if len(params) != len(set(params)):
            warnings.warn(
                "optimizer contains a parameter group with duplicate parameters; in future, this will cause an error; "
                "see github.com/pytorch/pytorch/issues/40967 for more information",
                stacklevel=3,
            )
        named = "param_names" in param_group
        for group in self.param_groups:
            if named != ("param_names" in group):
                raise ValueError(
                    "all optimizer param groups should be with/without names. cannot add param group "
                    f"{'with' if named else 'without'} names to the optimizer"
                )
        others = {param for group in self.param_groups for param in group["params"]}
        if not others.isdisjoint(params):
            raise ValueError("some parameters appear in more than one parameter group")
        self.param_groups.append(param_group)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Set the gradients of all parameters to None, or to zero (ZER-01)."""
        for group in self.param_groups:
            for param in group["params"]:
                grad = param._grad
                if grad is None:
                    continue
                if set_to_none:
                    param._grad = None
                else:
                    if grad.grad_fn is not None:
                        grad.detach_()
                    else:
                        grad.requires_grad_(False)
                    grad.zero_()

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update the parameters by their gradients; ``closure`` evaluates the model again and returns the loss."""
        raise NotImplementedError

    def __repr__(self) -> str:
        lines = [type(self).__name__ + " ("]
        for i, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {i}")
            lines += [f"    {name}: {group[name]}" for name in sorted(group) if name != "params"]
        return "\n".join(lines) + "\n)"

    # --- saving and loading -----------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """The state and the groups, with running numbers in place of the parameters (OPT-13).

        The tensors in it are those of the optimizer, not copies.
        """
        for hook in list(self._optimizer_state_dict_pre_hooks.values()):
            hook(self)
        saved = saving.pack(self.state, self.param_groups)
        for hook in list(self._optimizer_state_dict_post_hooks.values()):
            changed = hook(self, saved)
            saved = saved if changed is None else changed
        return saved

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what ``state_dict`` returned, here or in PyTorch; parameters match by order (OPT-14 to OPT-17).

        Raises ValueError where the number of groups or of parameters in one differs. Where it fails, nothing changes.
        """
        state_dict = state_dict.copy()
        for hook in list(self._optimizer_load_state_dict_pre_hooks.values()):
            changed = hook(self, state_dict)
            state_dict = state_dict if changed is None else changed
        before = {"state": self.state, "param_groups": self.param_groups}
        try:
            self.__setstate__(saving.unpack(state_dict, self.param_groups))
        except BaseException:
            vars(self).update(before)
            raise
        for hook in list(self._optimizer_load_state_dict_post_hooks.values()):
            hook(self)

    def __getstate__(self) -> dict[str, Any]:
        return {"defaults": self.defaults, "state": self.state, "param_groups": self.param_groups}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._prepare_hooks()
        self.defaults.setdefault("differentiable", False)
        for group in self.param_groups:
            for name, value in self._added_options.items():
                group.setdefault(name, value)
        saving.make_tensors(self.scalars, self.state, self.param_groups)

    # --- hooks ------------------------------------------------------------------------------------------------------

    def register_step_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(optimizer, args, kwargs)`` before each step; it may return other ``(args, kwargs)`` (OPT-18)."""
        return self._optimizer_step_pre_hooks.add(hook)

    def register_step_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(optimizer, args, kwargs)`` after each step (OPT-18)."""
        return self._optimizer_step_post_hooks.add(hook)

    def register_state_dict_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer)`` before ``state_dict`` is made (OPT-19)."""
        return _add(self._optimizer_state_dict_pre_hooks, hook, prepend)

    def register_state_dict_post_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer, state_dict)`` with what was made; it may return another (OPT-19)."""
        return _add(self._optimizer_state_dict_post_hooks, hook, prepend)

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer, state_dict)`` before loading; it may return another (OPT-19)."""
        return _add(self._optimizer_load_state_dict_pre_hooks, hook, prepend)

    def register_load_state_dict_post_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer)`` after loading (OPT-19)."""
        return _add(self._optimizer_load_state_dict_post_hooks, hook, prepend)


def evaluate(closure: Callable[[], Any] | None) -> Any:
    """A closure's value, computed with grad enabled; None without a closure."""
    if closure is None:
        return None
    with enable_grad():
        return closure()


def _add(hooks: Hooks, hook: Callable[..., Any], prepend: bool) -> RemovableHandle:
    handle = hooks.add(hook)
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    return handle


def _separate_names(group: dict[str, Any]) -> None:
    """Make a group's "params" a list of what it was given, and split pairs (name, parameter) in two lists."""
    params = group["params"]
    if isinstance(params, Tensor):
        params = [params]
    elif isinstance(params, set):
        raise TypeError(
            "optimizer parameters need to be organized in ordered collections, but the ordering of tensors in sets "
            "will change between runs. Please use a list instead."
        )
    else:
        params = list(params)
    names = [param[0] for param in params if isinstance(param, tuple)]
    group["params"] = [param[1] if isinstance(param, tuple) else param for param in params]
    if names:
        if len(names) != len(params):
            raise ValueError("all optimizer params should be with/without names. Some param names are missing")
        group["param_names"] = names


def _type_name(value: Any) -> str:
    if isinstance(value, Tensor):
        return "torch." + type(value).__name__
    module = type(value).__module__
    return type(value).__name__ if module == "builtins" else f"{module}.{type(value).__name__}"


__all__ = ["Optimizer", "evaluate", "register_optimizer_step_post_hook", "register_optimizer_step_pre_hook", "required"]
