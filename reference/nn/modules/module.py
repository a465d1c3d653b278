"""The base class of all modules.

Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reference import dtypes, future
from reference.autograd.grad_mode import no_grad
from reference.autograd.graph import RemovableHandle
from reference.devices import is_meta, require_cpu
from reference.factories import empty_like
from reference.nn.modules import hooks as module_hooks
from reference.nn.modules.hooks import ForwardHook, ModuleHooks, every_module, note_registration, registered, use_full
from reference.nn.modules.state_dict import Stateful
from reference.nn.modules.traversal import Traversal
from reference.nn.parameter import Buffer, Parameter
from reference.tensor import Tensor


def _type_name(value: Any) -> str:
    kind = type(value)
    return f"torch.{value.type().split('.')[-1]}" if isinstance(value, Tensor) else f"{kind.__module__}.{kind.__name__}"


def _moved(tensor: Any, device: Any) -> Any:
    if tensor.is_meta and not is_meta(device):
        raise NotImplementedError(
            "Cannot copy out of meta tensor; no data! Please use torch.nn.Module.to_empty() instead of "
            "torch.nn.Module.to() when moving module from meta to a different device."
        )
    return tensor.to(device=device)


class Module(Traversal, Stateful):
    """A part of a network: parameters, buffers, modules below it, and a ``forward``.

    Parameters, buffers and modules that are assigned to attributes are registered, in order (NNM-01).
    """

    training: bool
    dump_patches: bool = False
    call_super_init: bool = False  # whether `__init__` hands its arguments on, to the next of several base classes
    _hooks: ModuleHooks | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if not self.call_super_init and (args or kwargs):
            raise TypeError(
                f"{type(self).__name__}.__init__() got an unexpected keyword argument '{next(iter(kwargs))}'"
                if kwargs
                else f"{type(self).__name__}.__init__() takes 1 positional argument but {len(args) + 1} were given"
            )
        own = self.__dict__
        own["training"] = True
        own["_parameters"] = {}
        own["_buffers"] = {}
        own["_non_persistent_buffers_set"] = set()
        own["_modules"] = {}
        if self.call_super_init:
            super().__init__(*args, **kwargs)

    def forward(self, *input: Any) -> Any:
        """What the module computes; to be overridden."""
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """`forward`, with the hooks around it."""
        hooks = self._hooks
        if hooks is None and not (
            every_module.forward or every_module.forward_pre or every_module.backward or every_module.backward_pre
        ):
            return self.forward(*args, **kwargs)
        return module_hooks.call_with_hooks(self, hooks, args, kwargs)

    # --- attributes -------------------------------------------------------------------------------------------------

    def __getattr__(self, name: str) -> Any:
        own = self.__dict__
        if "_parameters" in own:
            for kind in ("_parameters", "_buffers", "_modules"):
                members = own[kind]
                if name in members:
                    return members[name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __setattr__(self, name: str, value: Any) -> None:
        own = self.__dict__
        initialised = "_parameters" in own
        if isinstance(value, Parameter):
            if not initialised:
                raise AttributeError("cannot assign parameters before Module.__init__() call")
            self._forget(name, "_buffers", "_modules")
            self.register_parameter(name, value)
        elif initialised and name in own["_parameters"]:
            if value is not None:
                raise TypeError(
                    f"cannot assign '{_type_name(value)}' as parameter '{name}' (torch.nn.Parameter or None expected)"
                )
            self.register_parameter(name, value)
        elif isinstance(value, Module):
            if not initialised:
                raise AttributeError("cannot assign module before Module.__init__() call")
            self._forget(name, "_parameters", "_buffers")
            own["_modules"][name] = note_registration("module", self, name, value)
        elif initialised and name in own["_modules"]:
            if value is not None:
                raise TypeError(
                    f"cannot assign '{_type_name(value)}' as child module '{name}' (torch.nn.Module or None expected)"
                )
            own["_modules"][name] = note_registration("module", self, name, value)
        elif isinstance(value, Buffer):
            if not initialised:
                raise AttributeError("cannot assign buffer before Module.__init__() call")
            self.register_buffer(name, value, value.persistent)
        elif initialised and name in own["_buffers"]:
            if value is not None and not isinstance(value, Tensor):
                raise TypeError(
                    f"cannot assign '{_type_name(value)}' as buffer '{name}' (torch.nn.Buffer, torch.Tensor or None "
                    "expected)"
                )
            own["_buffers"][name] = note_registration("buffer", self, name, value)
        else:
            object.__setattr__(self, name, value)

    def _forget(self, name: str, *kinds: str) -> None:
        """Remove a name from where it was, before it becomes something else."""
        self.__dict__.pop(name, None)
        for kind in kinds:
            self.__dict__[kind].pop(name, None)
        self._non_persistent_buffers_set.discard(name)

    def __delattr__(self, name: str) -> None:
        own = self.__dict__
        for kind in ("_parameters", "_buffers", "_modules"):
            if name in own.get(kind, ()):
                del own[kind][name]
                self._non_persistent_buffers_set.discard(name)
                return
        object.__delattr__(self, name)

    def __dir__(self) -> list[str]:
        own = self.__dict__
        names = {*dir(type(self)), *own, *own["_parameters"], *own["_modules"], *own["_buffers"]}
        return sorted(name for name in names if not name[0].isdigit())

    def _check_name(self, kind: str, members: dict[str, Any], name: Any) -> None:
        if not isinstance(name, str):
            raise TypeError(f"{kind} name should be a string. Got {type(name).__module__}.{type(name).__name__}")
        if "." in name:
            raise KeyError(f'{kind} name can\'t contain "."' + (f", got: {name}" if kind == "module" else ""))
        if name == "":
            raise KeyError(f'{kind} name can\'t be empty string ""')
        if hasattr(self, name) and name not in members:
            raise KeyError(f"attribute '{name}' already exists")

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Add a parameter, or None for one that may be assigned later; it must be a leaf."""
        if "_parameters" not in self.__dict__:
            raise AttributeError("cannot assign parameter before Module.__init__() call")
        self._check_name("parameter", self._parameters, name)
        if param is not None:
            if not isinstance(param, Parameter):
                raise TypeError(
                    f"cannot assign '{_type_name(param)}' object to parameter '{name}' (torch.nn.Parameter or None "
                    "required)"
                )
            if param.grad_fn is not None:
                raise ValueError(
                    f"Cannot assign non-leaf Tensor to parameter '{name}'. Model parameters must be created "
                    f"explicitly. To express '{name}' as a function of another Tensor, compute the value in the "
                    "forward() method."
                )
            param = note_registration("parameter", self, name, param)
        self._parameters[name] = param

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Add a tensor that is state but no parameter; one that is not persistent is not saved."""
        if "_buffers" not in self.__dict__:
            raise AttributeError("cannot assign buffer before Module.__init__() call")
        self._check_name("buffer", self._buffers, name)
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"cannot assign '{_type_name(tensor)}' object to buffer '{name}' (torch Tensor or None required)"
            )
        self._buffers[name] = note_registration("buffer", self, name, tensor)
        (self._non_persistent_buffers_set.discard if persistent else self._non_persistent_buffers_set.add)(name)

    def add_module(self, name: str, module: Module | None) -> None:
        """Add a module below this one."""
        if not isinstance(module, Module) and module is not None:
            raise TypeError(f"{_type_name(module)} is not a Module subclass")
        self._check_name("module", self._modules, name)
        self._modules[name] = note_registration("module", self, name, module)

    register_module = add_module

    # --- modes and gradients ----------------------------------------------------------------------------------------

    def train(self, mode: bool = True) -> Module:
        """Set the training mode of this module and all below it."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self) -> Module:
        """Set the evaluation mode."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Module:
        """Let all parameters require a gradient, or none (NNB-04)."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Set all gradients to None, or to zeros."""
        for parameter in self.parameters():
            gradient: Any = parameter.grad
            if gradient is None:
                continue
            if set_to_none:
                parameter.grad = None
            else:
                gradient.detach_() if gradient.grad_fn is not None else gradient.requires_grad_(False)
                gradient.zero_()

    # --- conversion -------------------------------------------------------------------------------------------------

    def apply(self, fn: Callable[[Module], None]) -> Module:
        """Call ``fn`` with every module below this one, and with this one."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def _apply(self, fn: Callable[[Any], Any], recurse: bool = True) -> Module:
        """Convert parameters and their gradients in place, so that they stay the objects they are; and the buffers."""
        if recurse:
            for module in self.children():
                module._apply(fn)
        for name, parameter in self._parameters.items():
            if parameter is None:
                continue
            with no_grad():
                converted = fn(parameter)
                if future.get_overwrite_module_params_on_conversion() or converted.device != parameter.device:
                    made = Parameter(converted, parameter.requires_grad)
                    made.grad = None if parameter.grad is None else fn(parameter.grad)
                    self._parameters[name] = made
                    continue
                parameter.data = converted
                if parameter.grad is not None:
                    parameter.grad.data = fn(parameter.grad)
        for name, buffer in self._buffers.items():
            if buffer is not None:
                self._buffers[name] = fn(buffer)
        return self

    def to(
        self, *args: Any, dtype: Any = None, device: Any = None, memory_format: Any = None, **options: Any
    ) -> Module:
        """Convert floating-point and complex parameters and buffers to a dtype (or a tensor's).

        ``memory_format`` rearranges those with four or five dimensions.
        """
        for argument in args:
            if isinstance(argument, dtypes.dtype):
                dtype = argument
            elif isinstance(argument, Tensor):
                dtype = argument.dtype
            elif argument is not None and not isinstance(argument, bool):
                device = argument
        if device is not None:
            self._apply(lambda t: _moved(t, device))
        if memory_format is not None:
            self._apply(lambda t: t.to(memory_format=memory_format) if t.ndim in (4, 5) else t)
        if dtype is None:
            return self
        if dtype.category < dtypes.FLOATING:
            raise TypeError(
                f"nn.Module.to only accepts floating point or complex dtypes, but got desired dtype={dtype}"
            )
        return self._converted(dtype, lambda t: t.is_floating_point() or t.is_complex())

    def _converted(self, dtype: Any, which: Callable[[Any], bool]) -> Module:
        return self._apply(lambda t: t.to(dtype) if which(t) else t)

    def type(self, dst_type: Any) -> Module:
        """Convert all parameters and buffers to a dtype."""
        return self._apply(lambda t: t.type(dst_type))

    def float(self) -> Module:
        """Convert floating-point parameters and buffers to float32."""
        return self._converted(dtypes.float32, lambda t: t.is_floating_point())

    def double(self) -> Module:
        """Convert floating-point parameters and buffers to float64."""
        return self._converted(dtypes.float64, lambda t: t.is_floating_point())

    def half(self) -> Module:
        """Convert floating-point parameters and buffers to float16."""
        return self._converted(dtypes.float16, lambda t: t.is_floating_point())

    def bfloat16(self) -> Module:
        """Convert floating-point parameters and buffers to bfloat16."""
        return self._converted(dtypes.bfloat16, lambda t: t.is_floating_point())

    def cpu(self) -> Module:
        """The module itself; NotImplementedError where something of it is on the meta device."""
        return self.to(device="cpu")

    def cuda(self, device: Any = None) -> Module:
        """Refused: the reference computes on the CPU alone."""
        require_cpu("cuda")
        return self

    def to_empty(self, *, device: Any, recurse: bool = True) -> Module:
        """Give parameters and buffers new memory, whose elements are not set."""
        return self._apply(lambda t: empty_like(t, device=device), recurse)

    def share_memory(self) -> Module:
        """The module itself; its memory is not shared between processes."""
        return self

    # --- hooks ------------------------------------------------------------------------------------------------------

    def _own_hooks(self) -> ModuleHooks:
        if self._hooks is None:
            self._hooks = ModuleHooks()
        return self._hooks

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call ``hook(module, args)`` (and ``kwargs``) before the forward; it may return others (HKS-26)."""
        return registered(self._own_hooks().forward_pre, ForwardHook(hook, with_kwargs), prepend)

    def register_forward_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ) -> RemovableHandle:
        """Call ``hook(module, args, output)`` after the forward; it may return another output (HKS-26)."""
        return registered(self._own_hooks().forward, ForwardHook(hook, with_kwargs, always_call), prepend)

    def register_full_backward_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call ``hook(module, grad_output)`` before the backward; it may return another (HKS-24)."""
        return registered(self._own_hooks().backward_pre, hook, prepend)

    def register_full_backward_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call ``hook(module, grad_input, grad_output)`` after the backward; it may return a grad_input (HKS-23)."""
        use_full(self._own_hooks(), True)
        return registered(self._own_hooks().backward, hook, prepend)

    def register_backward_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """The deprecated kind: on the last operation of the forward alone."""
        use_full(self._own_hooks(), False)
        return registered(self._own_hooks().backward, hook)

    # --- printing and copying ---------------------------------------------------------------------------------------

    def _get_name(self) -> str:
        return type(self).__name__

    def extra_repr(self) -> str:
        """What a module's description says beside its name; to be overridden."""
        return ""

    def __repr__(self) -> str:
        extra = self.extra_repr().split("\n") if self.extra_repr() else []
        below = [f"({name}): " + repr(module).replace("\n", "\n  ") for name, module in self._modules.items()]
        if len(extra) == 1 and not below:
            return f"{self._get_name()}({extra[0]})"
        lines = "".join(f"\n  {line}" for line in [*extra, *below])
        return f"{self._get_name()}({lines}\n)" if lines else f"{self._get_name()}()"

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)


def register_module_forward_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call ``hook(module, args)`` before the forward of every module."""
    return every_module.forward_pre.add(ForwardHook(hook))


def register_module_forward_hook(
    hook: Callable[..., Any], *, with_kwargs: bool = False, always_call: bool = False
) -> RemovableHandle:
    """Call ``hook(module, args, output)`` after the forward of every module (HKS-31)."""
    return every_module.forward.add(ForwardHook(hook, with_kwargs, always_call))


def register_module_full_backward_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call ``hook(module, grad_output)`` before the backward of every module."""
    return every_module.backward_pre.add(hook)


def register_module_full_backward_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call ``hook(module, grad_input, grad_output)`` after the backward of every module."""
    use_full(every_module, True)
    return every_module.backward.add(hook)


def register_module_backward_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """The deprecated kind of `register_module_full_backward_hook`."""
    use_full(every_module, False)
    return every_module.backward.add(hook)


def register_module_parameter_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call ``hook(module, name, parameter)`` whenever a parameter is registered; it may return another."""
    return module_hooks.registrations["parameter"].add(hook)


def register_module_buffer_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call ``hook(module, name, buffer)`` whenever a buffer is registered; it may return another."""
    return module_hooks.registrations["buffer"].add(hook)


def register_module_module_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call ``hook(module, name, submodule)`` whenever a module is registered; it may return another."""
    return module_hooks.registrations["module"].add(hook)
