"""torch.autocast: within it matrix products and convolutions compute in a narrow dtype, losses in float32 (CUD-10).

Source: https://docs.pytorch.org/docs/stable/amp.html. Which operations those are: `reference.ops.autocasting`.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from reference import dtypes, state
from reference.devices import device
from reference.ops.autocasting import is_eligible
from reference.tensor import Tensor

_OF_CPU = (dtypes.bfloat16, dtypes.float16)


def _device_type(device_type: Any) -> str:
    if not isinstance(device_type, str):
        raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
    return device(device_type).type


class autocast:
    """A context manager and decorator; each thread has an autocast state of its own.

    ``dtype`` is bfloat16 unless given, or set by `set_autocast_dtype`. Autocast for any device but the CPU does nothing
    here, with a warning. ``cache_enabled`` says whether the cast of a parameter is made once for all its uses.
    """

    def __init__(
        self, device_type: str, dtype: Any = None, enabled: bool = True, cache_enabled: bool | None = None
    ) -> None:
        self.device = _device_type(device_type)
        self.fast_dtype = get_autocast_dtype(self.device) if dtype is None else dtype
        self._cache_enabled = is_autocast_cache_enabled() if cache_enabled is None else cache_enabled
        self._enabled = enabled
        if enabled and self.device != "cpu":
            warnings.warn("CUDA is not available or torch_xla is imported. Disabling autocast.", stacklevel=2)
            self._enabled = False
        elif enabled and self.fast_dtype not in _OF_CPU:
            warnings.warn(
                "In CPU autocast, but the target dtype is not supported. Disabling autocast.\nCPU Autocast only supports "
                "dtypes of torch.bfloat16, torch.float16 currently.",
                stacklevel=2,
            )
            self._enabled = False
        self._before: list[dict[str, Any]] = []

    def __enter__(self) -> autocast:
        depth = state.modes.autocast_depth + 1
        if self.device != "cpu":
            self._before.append(state.set_mode(autocast_depth=depth))
            return self
        self._before.append(
            state.set_mode(
                autocast=self.fast_dtype if self._enabled else None,
                autocast_dtype=self.fast_dtype,
                autocast_keeps=self._cache_enabled,
                autocast_depth=depth,
            )
        )
        return self

    def __exit__(self, *error: Any) -> None:
        state.set_mode(**self._before.pop())
        if not state.modes.autocast_depth:
            clear_autocast_cache()

    def __call__(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function, called within this autocast."""

        @functools.wraps(func)
        def call(*arguments: Any, **keywords: Any) -> Any:
            with self:
                return func(*arguments, **keywords)

        return call


# --- the state --------------------------------------------------------------------------------------------------------


def is_autocast_available(device_type: str) -> bool:
    """Whether there can be autocast for a device: for the CPU."""
    return _device_type(device_type) == "cpu"


def is_autocast_enabled(device_type: str = "cuda") -> bool:
    """Whether autocast is on for a device in this thread; without one, for CUDA, as in PyTorch."""
    return _device_type(device_type) == "cpu" and state.modes.autocast is not None


def set_autocast_enabled(device_type: str, enabled: bool) -> None:
    """Switch autocast on or off."""
    if _device_type(device_type) == "cpu":
        state.set_mode(autocast=get_autocast_dtype(device_type) if enabled else None)


def get_autocast_dtype(device_type: str) -> Any:
    """The dtype that autocast for a device uses unless told otherwise."""
    kind = _device_type(device_type)
    if kind not in ("cpu", "cuda"):
        raise RuntimeError(f"User specified an unsupported autocast device_type '{kind}'")
    return state.modes.autocast_dtype or dtypes.bfloat16 if kind == "cpu" else dtypes.float16


def set_autocast_dtype(device_type: str, dtype: Any) -> None:
    """Set the dtype that autocast for the CPU uses."""
    if _device_type(device_type) == "cpu":
        state.set_mode(autocast_dtype=dtype)


def is_autocast_cache_enabled() -> bool:
    """Whether the casts of parameters are kept."""
    return state.modes.autocast_keeps


def set_autocast_cache_enabled(enabled: bool) -> None:
    """Set whether the casts of parameters are kept."""
    state.set_mode(autocast_keeps=enabled)


def clear_autocast_cache() -> None:
    """Forget the casts of parameters."""
    state.modes.autocast_kept = {}


# --- custom functions -------------------------------------------------------------------------------------------------


def custom_fwd(fwd: Any = None, *, device_type: str, cast_inputs: Any = None) -> Any:
    """A decorator for a `Function`'s forward, which notes autocast's state for its backward (`custom_bwd`).

    With ``cast_inputs``, floating tensors (but float64 ones) are cast to that dtype where autocast is on, and forward
    runs without it.
    """
    kind = _device_type(device_type)
    if fwd is None:
        return functools.partial(custom_fwd, device_type=device_type, cast_inputs=cast_inputs)

    @functools.wraps(fwd)
    def decorated(ctx: Any, *arguments: Any, **keywords: Any) -> Any:
        ctx._dtype = get_autocast_dtype(kind)
        enabled = is_autocast_enabled(kind)
        ctx._fwd_used_autocast = enabled and cast_inputs is None
        if cast_inputs is None or not enabled:
            return fwd(ctx, *arguments, **keywords)
        with autocast(kind, enabled=False):
            return fwd(ctx, *_cast(arguments, cast_inputs), **_cast(keywords, cast_inputs))

    return decorated


def custom_bwd(bwd: Any = None, *, device_type: str) -> Any:
    """A decorator for a `Function`'s backward: it runs under the autocast under which forward ran."""
    kind = _device_type(device_type)
    if bwd is None:
        return functools.partial(custom_bwd, device_type=device_type)

    @functools.wraps(bwd)
    def decorated(ctx: Any, *arguments: Any, **keywords: Any) -> Any:
        with autocast(kind, enabled=ctx._fwd_used_autocast, dtype=ctx._dtype):
            return bwd(ctx, *arguments, **keywords)

    return decorated


def _cast(value: Any, dtype: Any) -> Any:
    """Floating tensors, in containers too, in a dtype."""
    if isinstance(value, Tensor):
        return value.to(dtype) if is_eligible(value) else value
    if isinstance(value, Mapping):
        return {name: _cast(item, dtype) for name, item in value.items()}
    return type(value)(_cast(item, dtype) for item in value) if isinstance(value, (list, tuple)) else value
