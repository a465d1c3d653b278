"""``torch.autograd.Function``: operations with a backward of the user's own.

Source: https://docs.pytorch.org/docs/stable/notes/extending.html, autograd.Function's docstrings. What happens to the
outputs of a forward is in `reference.autograd.function_outputs`.
"""

from __future__ import annotations

import functools
import inspect
import warnings
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from reference import state
from reference.autograd.batching import is_batched
from reference.autograd.function_outputs import SavedVariable, wrap_outputs
from reference.autograd.graph import FREED_MESSAGE, Node, gradient_edge
from reference.dtypes import COMPLEX, category_of
from reference.ops.special_modes import note_origin
from reference.tensor import Tensor, wrap


class FunctionCtx:
    """What a Function's forward hands to its backward: the parameter ``ctx`` of both.

    Any attribute may be set on it. It is not the node, as it is in PyTorch, so that none of the user's attributes can
    collide with what a backward pass reads; the node's attributes can be read here, and the other way round.
    """

    needs_input_grad: tuple[bool, ...] = ()
    materialize_grads: bool = True
    to_save: Any = None
    saved_for_forward: Any = None
    dirty_tensors: Any = None
    non_differentiable: Any = None
    _saved: Any = ()
    _node: Callable[[], Any] = staticmethod(lambda: None)

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep tensors (or None) for `saved_tensors`; TypeError, at the end of forward, for others (FUN-08)."""
        self.to_save = tensors

    def save_for_forward(self, *tensors: Any) -> None:
        """Keep tensors for `saved_tensors` in ``jvp`` (FUN-24)."""
        for tensor in tensors:
            if not isinstance(tensor, Tensor) and tensor is not None:
                raise AssertionError(
                    "save_for_forward expects all arguments to be tensors; you should save non-tensors as attributes "
                    "on ctx."
                )
        self.saved_for_forward = tensors

    def mark_dirty(self, *tensors: Any) -> None:
        """Say which inputs forward changed in place; they must be returned (FUN-12)."""
        self.dirty_tensors = tensors

    def mark_non_differentiable(self, *tensors: Any) -> None:
        """Say which outputs carry no gradient (FUN-14)."""
        self.non_differentiable = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Whether a missing gradient arrives in backward as zeros (the default) or as None (FUN-15, FUN-16)."""
        self.materialize_grads = value

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What was saved, version-checked; RuntimeError once it was freed (FUN-09, FUN-10)."""
        if self.saved_for_forward is not None:
            return self.saved_for_forward
        if self._saved is None:
            raise RuntimeError(FREED_MESSAGE)
        return tuple([None if saved is None else saved.unpack() for saved in self._saved])

    @property
    def saved_variables(self) -> tuple[Any, ...]:
        """The old name of `saved_tensors`."""
        warnings.warn("'saved_variables' is deprecated; use 'saved_tensors'", DeprecationWarning, stacklevel=2)
        return self.saved_tensors

    @property
    def _raw_saved_tensors(self) -> tuple[Any, ...]:
        if self._saved is None:
            raise RuntimeError(FREED_MESSAGE)
        return tuple(self._saved)

    def __getattr__(self, name: str) -> Any:
        node = None if name.startswith("__") else self._node()
        if node is None or name not in _OF_THE_NODE:
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        return getattr(node, name)


_OF_THE_NODE = frozenset(("name", "next_functions", "metadata", "register_hook", "register_prehook", "_sequence_nr"))


class BackwardCFunction(Node):
    """The node of an application of a Function; each Function has its own subclass, named after it."""

    __call__ = None  # type: ignore[assignment]  # unlike other nodes

    _forward_cls: Any
    ctx: FunctionCtx
    _is_tensor: tuple[bool, ...]

    def __init__(self, next: Any, ctx: FunctionCtx, is_tensor: tuple[bool, ...]) -> None:
        super().__init__(next, None, None)  # `wrap_outputs` tells it of its outputs
        self.ctx, self._is_tensor = ctx, is_tensor

    def apply(self, gradient: Any, needed: Any) -> Any:
        """Call the user's backward, and check that what it returns fits the inputs (FUN-03 to FUN-06)."""
        several = self.outputs != 1
        gradients = list(gradient) if several else [gradient]
        raw = not any(isinstance(g, Tensor) for g in gradients)
        shapes, dtypes = (self.shape, self.dtype) if several else ([self.shape], [self.dtype])
        given: list[Any] = []
        for g, shape, dtype in zip(gradients, shapes, dtypes, strict=True):
            if g is not None:
                given.append(g if isinstance(g, Tensor) else wrap(g))
            else:
                missing = self.ctx.materialize_grads and shape is not None
                given.append(wrap(np.zeros(shape, dtype)) if missing else None)
        returned = _backward_of(self._forward_cls)(self.ctx, *given)
        returned = self._checked(returned if isinstance(returned, tuple) else (returned,))
        return [g._array if raw and g is not None else g for g in returned]

    def _checked(self, returned: tuple[Any, ...]) -> tuple[Any, ...]:
        expected = len(self._is_tensor)
        if len(returned) > expected and all(g is None for g in returned[expected:]):
            returned = returned[:expected]
        if len(returned) != expected:
            raise RuntimeError(
                f"function {self.name()} returned an incorrect number of gradients (expected {expected}, got "
                f"{len(returned)})"
            )
        for i, (g, is_tensor) in enumerate(zip(returned, self._is_tensor, strict=True)):
            if g is not None and not is_tensor:
                raise RuntimeError(
                    f"function {self.name()} returned a gradient different than None at position {i + 1}, but the "
                    "corresponding forward input was not a Variable"
                )
            if g is not None and not isinstance(g, Tensor):
                raise RuntimeError(f"expected Variable or None (got {type(g).__name__})")
            if g is not None and self.next[i] is not None:
                _require_same_realness(g, self.next[i])
        return returned

    def release(self) -> None:
        """Let go of the saved tensors (FUN-10)."""
        self.ctx._saved = None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "ctx":
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        return getattr(self.ctx, name)


def _require_same_realness(gradient: Any, edge: Any) -> None:
    node, output = edge
    dtype = node.dtype if node.outputs == 1 else node.dtype[output]
    if category_of(gradient._array.dtype) == COMPLEX and category_of(dtype) != COMPLEX:
        raise RuntimeError(f"Expected a real gradient for a real input, but got one of dtype {gradient.dtype}")


def _backward_of(function: Any) -> Any:
    if function.backward is not Function.backward and function.vjp is not Function.vjp:
        raise RuntimeError(
            "Implementing both 'backward' and 'vjp' for a custom Function is not allowed. You should only implement "
            "one of them."
        )
    return function.vjp if function.vjp is not Function.vjp else function.backward


class Function:
    """The base class of operations with a backward of their own; ``apply`` calls one.

    Subclasses have static methods: ``forward(ctx, *inputs)``, or ``forward(*inputs)`` and
    ``setup_context(ctx, inputs, output)`` (FUN-23); ``backward(ctx, *gradients)``, which returns a gradient an input;
    and perhaps ``jvp(ctx, *tangents)`` for forward mode.
    """

    _backward_cls: type[BackwardCFunction]
    generate_vmap_rule = False

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        name = f"{cls.__name__}Backward"
        cls._backward_cls = type(
            name, (BackwardCFunction,), {"_forward_cls": cls, "__module__": "torch.autograd.function"}
        )

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        warnings.warn(
            f"{type(self)} should not be instantiated. Methods on autograd functions are all static, so you should "
            "invoke them on the class itself. Instantiating an autograd function will raise an error in a future "
            "version of PyTorch.",
            DeprecationWarning,
            stacklevel=2,
        )

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """Refuse the old style (FUN-30)."""
        raise RuntimeError(
            "Legacy autograd function with non-static forward method is deprecated. Please use new-style autograd "
            "function with static forward method. (Example: "
            "https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function)"
        )

    @staticmethod
    def forward(*arguments: Any, **keywords: Any) -> Any:
        """Compute the outputs."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> Any:
        """Fill ``ctx``, where ``forward`` is written without it."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Compute the inputs' gradients."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function to use it with "
            "backward mode AD."
        )

    #: Another name under which a backward may be written.
    vjp = backward

    @staticmethod
    def jvp(ctx: Any, *grad_inputs: Any) -> Any:
        """Compute the outputs' tangents."""
        raise NotImplementedError(
            "You must implement the jvp function for custom autograd.Function to use it with forward mode AD."
        )

    @staticmethod
    def vmap(info: Any, in_dims: Any, *arguments: Any) -> Any:
        """Compute the outputs of batched inputs: a pair of them and of the dimensions that count the samples."""
        raise NotImplementedError(
            "To use autograd.Function with vmap, you must either override the vmap staticmethod or set "
            "generate_vmap_rule=True."
        )

    @classmethod
    def apply(cls, *inputs: Any, **keywords: Any) -> Any:
        """Run forward, untracked, and make its outputs the outputs of a node that runs backward (FUN-01)."""
        if cls is Function:
            return cls.forward(*inputs)
        with_setup = cls.setup_context is not Function.setup_context
        if with_setup:
            bound = inspect.signature(cls.forward).bind(*inputs, **keywords)
            bound.apply_defaults()
            inputs, keywords = bound.args, {}
        if state.modes.transforms:
            if not with_setup:
                raise RuntimeError(
                    "In order to use an autograd.Function with functorch transforms (vmap, grad, jvp, jacrev, ...), it "
                    "must override the setup_context staticmethod. For more details, please see "
                    "https://pytorch.org/docs/main/notes/extending.func.html"
                )
            if state.modes.batch_level is not None and is_batched(*inputs):
                from reference.autograd.function_vmap import apply_in_vmap

                return apply_in_vmap(cls, inputs, cls.vmap is not Function.vmap)
        is_tensor = tuple([isinstance(value, Tensor) for value in inputs])
        edges = tuple([gradient_edge(value) if is_tensor[i] else None for i, value in enumerate(inputs)])
        ctx = FunctionCtx()
        ctx.needs_input_grad = tuple([edge is not None for edge in edges])
        recording = state.modes.grad and not state.modes.inference and any(ctx.needs_input_grad)
        node = cls._backward_cls(edges, ctx, is_tensor)
        ctx.__dict__["_node"] = weakref.ref(node)
        if state.modes.anomaly and recording:
            note_origin(node)
        before = state.set_mode(grad=False, forward_level=None)
        try:
            if with_setup:
                output = cls.forward(*inputs)
                cls.setup_context(ctx, inputs, output)
            else:
                output = cls.forward(ctx, *inputs, **keywords)
        finally:
            state.set_mode(**before)
        outputs = output if isinstance(output, tuple) else (output,)
        wrapped = wrap_outputs(node if recording else None, ctx, inputs, outputs, with_setup)
        if state.modes.forward_level is not None:
            from reference.autograd.forward_functions import propagate_through_function

            propagate_through_function(cls, ctx, inputs, outputs, wrapped)
        ctx.saved_for_forward = None
        if recording:
            _save(node, ctx, wrapped)
        ctx.to_save = ctx.non_differentiable = None
        return wrapped if isinstance(output, tuple) else wrapped[0]


def _save(node: BackwardCFunction, ctx: FunctionCtx, outputs: tuple[Any, ...]) -> None:
    saved: list[Any] = []
    for i, tensor in enumerate(ctx.to_save or ()):
        if tensor is None:
            saved.append(None)
        elif not isinstance(tensor, Tensor):
            raise TypeError(
                f"save_for_backward can only save variables, but argument {i} is of type {type(tensor).__name__}"
            )
        else:
            saved.append(SavedVariable(tensor, node, is_output=tensor._node is node))
    ctx._saved = saved


class _Error(Node):
    """Stands behind a gradient that must not be differentiated."""

    def __init__(self, edge: Any, shape: Any, dtype: Any, message: str) -> None:
        super().__init__((edge,), shape, dtype)
        self.message = message

    def name(self) -> str:
        """The name PyTorch gives it."""
        return "torch::autograd::Error"

    def apply(self, gradient: Any, needed: Any) -> Any:
        """Refuse."""
        raise RuntimeError(self.message)


def once_differentiable(backward: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a backward that must not itself be differentiated (FUN-18, FUN-19)."""

    @functools.wraps(backward)
    def wrapped(ctx: Any, *gradients: Any) -> Any:
        before = state.set_mode(grad=False)
        try:
            returned = backward(ctx, *gradients)
        finally:
            state.set_mode(**before)
        if not state.modes.grad or not any(isinstance(g, Tensor) and g.requires_grad for g in gradients):
            return returned
        message = "trying to differentiate twice a function that was marked with @once_differentiable"
        refusing: list[Any] = []
        for value in returned if isinstance(returned, tuple) else (returned,):
            if isinstance(value, Tensor):
                value = value.detach()
                anchor = value.detach()
                anchor._requires_grad = True
                value._node = _Error(gradient_edge(anchor), value._array.shape, value._array.dtype, message)
                value._requires_grad = True
            refusing.append(value)
        return tuple(refusing) if isinstance(returned, tuple) else refusing[0]

    return wrapped


class InplaceFunction(Function):
    """Kept for code written for old releases."""

    def __init__(self, inplace: bool = False) -> None:
        self.inplace = inplace
