"""Modules whose parameters get their sizes from the first input.

Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.modules.lazy.LazyModuleMixin.html.
"""

from __future__ import annotations

from typing import Any

from reference.nn.parameter import is_lazy


class LazyModuleMixin:
    """Initializes a module at its first call, in which it becomes an instance of ``cls_to_become``."""

    cls_to_become: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        module: Any = self
        # their numbers and not the handles, which would still belong to this module in a copy of it
        self._load_hook = module._register_load_state_dict_pre_hook(_take_sizes, with_module=True).id
        self._initialize_hook = module.register_forward_pre_hook(_initialize, with_kwargs=True).id

    def initialize_parameters(self, *args: Any, **kwargs: Any) -> None:
        """Give the parameters the sizes that the input asks for; to be overridden."""
        raise NotImplementedError(f"initialize_parameters is not implemented for {type(self).__name__}")

    def has_uninitialized_params(self) -> bool:
        """Whether a parameter or buffer has no size yet."""
        module: Any = self
        return any(is_lazy(v) for v in (*module._parameters.values(), *module._buffers.values()))


def _initialize(module: Any, args: Any, kwargs: Any) -> None:
    module.initialize_parameters(*args, **kwargs)
    if module.has_uninitialized_params():
        raise RuntimeError(f"module {module._get_name()} has not been fully initialized")
    del module._hooks.forward_pre[module._initialize_hook], module._state_hooks.before_loading[module._load_hook]
    del module._initialize_hook, module._load_hook
    if module.cls_to_become is not None:
        module.__class__ = module.cls_to_become


def _take_sizes(module: Any, state_dict: Any, prefix: str, *rest: Any) -> None:
    """Before a state is loaded: parameters without a size take that of the saved ones."""
    for name, value in [*module._parameters.items(), *module._buffers.items()]:
        saved = state_dict.get(prefix + name)
        if is_lazy(value) and saved is not None and not is_lazy(saved):
            value.materialize(tuple(saved.shape))
