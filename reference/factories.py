"""Making tensors: from data, filled, and like others.

Source: https://docs.pytorch.org/docs/stable/torch.html#creation-ops.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from reference import dtypes, state
from reference.bfloat16 import rounded
from reference.data import array_of, in_native_order, number_as
from reference.devices import is_meta, require_cpu
from reference.layouts import contiguous_format, in_format, preserve_format
from reference.tensor import Tensor, bare, is_dense, wrap
from reference.versions import INFERENCE_COUNTER

_builtin_int = int


def _new(array: Any, requires_grad: bool = False, device: Any = None) -> Tensor:
    """A leaf of an array."""
    if array.dtype == dtypes.BFLOAT16:
        state.note_bfloat16()
        array = rounded(array)
    if is_meta(device):
        from reference.meta import without_data

        array = without_data(array)
    made = wrap(array)
    if requires_grad:
        made.requires_grad = True
    if state.special and state.modes.inference:
        made._is_inference, made._counter = True, INFERENCE_COUNTER
    return made


def _numpy_dtype(dtype: Any) -> Any:
    return (dtypes.get_default_dtype() if dtype is None else dtypes.as_dtype(dtype)).numpy


def tensor(
    data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False
) -> Tensor:
    """A new leaf with a copy of the data; of a tensor, too, whose history is dropped with a warning (ACC-34)."""
    if isinstance(data, Tensor):
        warnings.warn(
            "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
            "sourceTensor.detach().clone().requires_grad_(True), rather than torch.tensor(sourceTensor).",
            UserWarning,
            stacklevel=2,
        )
    array = array_of(data, None if dtype is None else dtypes.as_dtype(dtype))
    if not isinstance(requires_grad, bool):
        raise TypeError(f"tensor(): argument 'requires_grad' must be bool, not {type(requires_grad).__name__}")
    if requires_grad and array.dtype.kind not in "fc":
        raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
    return _new(array, requires_grad, device)


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """The data as a tensor: a tensor itself, with its graph; an array's memory, shared."""
    if isinstance(data, Tensor):
        return data.to(device=device, dtype=dtype)
    if isinstance(data, np.ndarray) and (dtype is None or data.dtype == dtype.numpy):
        return from_numpy(data)
    return tensor(data, dtype=dtype, device=device)


def asarray(
    obj: Any, *, dtype: Any = None, device: Any = None, copy: bool | None = None, requires_grad: bool | None = None
) -> Tensor:
    """A tensor of anything like one: its own memory unless ``copy``, or where another dtype or Python data ask for it.

    ``requires_grad`` is the tensor's own where it is not given, with a warning. ValueError where ``copy=False`` cannot be.
    """
    shares = isinstance(obj, (Tensor, np.ndarray))
    if copy is False and not shares:
        raise ValueError("can't alias arbitrary sequence into a tensor.")
    if requires_grad is None and isinstance(obj, Tensor) and obj.requires_grad:
        warnings.warn(
            "torch.asarray: unspecified requires_grad is obj.requires_grad; say requires_grad=False for a tensor "
            "outside the graph",
            UserWarning,
            stacklevel=2,
        )
    made = as_tensor(obj, dtype, device)
    if copy is False and dtype is not None and made.data_ptr() != as_tensor(obj).data_ptr():
        raise ValueError(f"can't alias a tensor of another dtype, {made.dtype}")
    if copy and shares and (not isinstance(obj, Tensor) or made is obj or made.data_ptr() == obj.data_ptr()):
        made = made.clone()
    if requires_grad is None:
        return made
    if requires_grad is False:
        return made.detach()
    return made if made.requires_grad else made.requires_grad_()


def from_numpy(array: Any) -> Tensor:
    """A tensor that shares an array's memory."""
    if not isinstance(array, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(array).__name__})")
    if array.dtype not in dtypes.OF_NUMPY:
        raise TypeError(f"can't convert np.ndarray of type {array.dtype}.")
    if any(step < 0 for step in array.strides):
        raise ValueError("a stride of the array is negative, which tensors do not have; array.copy() has none")
    return _new(in_native_order(array))


def _shape(size: tuple[Any, ...]) -> tuple[Any, ...]:
    from reference.ops.shapes import shape_of

    shape = shape_of(size)
    for n in shape:
        if n < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {n}: {list(shape)}")
    return shape


def _filled(name: str, fill: Any) -> Any:
    def make(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False, **ignored: Any) -> Tensor:
        if not size and "size" not in ignored:
            raise TypeError(f'{name}() missing 1 required positional arguments: "size"')
        array = fill(_shape(size or (ignored["size"],)), _numpy_dtype(dtype))
        return _new(_formatted(array, ignored.get("memory_format")), requires_grad, device)

    def like(
        input: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, **ignored: Any
    ) -> Tensor:
        array = fill(input._array.shape, (dtype or input.dtype).numpy)
        format = ignored.get("memory_format")
        if format is None or format is preserve_format:
            return _new(_laid_out_like(array, input._array), requires_grad, device or input.device)
        return _new(_formatted(array, format), requires_grad, device or input.device)

    make.__name__, like.__name__ = name, f"{name}_like"
    make.__doc__ = f"A tensor of a shape, {name}."
    like.__doc__ = f"A tensor with another's shape and dtype, {name}; it does not inherit requires_grad (ACC-35)."
    return make, like


def _formatted(array: Any, format: Any) -> Any:
    return array if format is None or format is contiguous_format else in_format(array, format)


def _laid_out_like(array: Any, like: Any) -> Any:
    if like.flags.c_contiguous or like.size == 0:
        return array
    if not is_dense(like):
        return array
    out = np.empty_like(like, array.dtype)
    out[...] = array
    return out


zeros, zeros_like = _filled("zeros", np.zeros)
ones, ones_like = _filled("ones", np.ones)
empty, empty_like = _filled("empty", np.zeros)


def full(
    size: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, **ignored: Any
) -> Tensor:
    """A tensor full of one value, whose kind decides the dtype."""
    value = fill_value.item() if isinstance(fill_value, Tensor) else fill_value
    found = _numpy_dtype(dtype) if dtype else dtypes.default_of_category(dtypes.number_category(value))
    return _new(np.full(_shape((size,)), number_as(value, found), found), requires_grad, device)


def full_like(
    input: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, **ignored: Any
) -> Tensor:
    """A tensor with another's shape and dtype, full of one value."""
    found = _numpy_dtype(dtype or input.dtype)
    value = fill_value if isinstance(fill_value, Tensor) else number_as(fill_value, found)
    array = np.full(input._array.shape, value, found)
    return _new(_laid_out_like(array, input._array), requires_grad, device or input.device)


def empty_strided(
    size: Any, stride: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """A tensor of a shape with the strides given, counted in elements."""
    from reference.ops.memory import look

    d = _numpy_dtype(dtype)
    length = 1 + sum((n - 1) * s for n, s in zip(size, stride, strict=True)) if all(size) else 0
    return _new(look(np.zeros(length, d), size, [s * d.itemsize for s in stride]), requires_grad, device)


def empty_permuted(size: Any, physical_layout: Any, **options: Any) -> Tensor:
    """A tensor of a shape whose dimensions lie in memory in the order given, the outermost first."""
    if len(size) != len(physical_layout):
        raise RuntimeError(
            "Number of dimensions in size does not match the length of the physical_layout; i.e. len(size) = "
            f"{len(size)} "
            f"is not equal to len(physical_layout) = {len(physical_layout)}"
        )
    if any(not 0 <= d < len(size) for d in physical_layout):
        raise RuntimeError(
            f"Dimension out of range (expected to be between 0 and {len(size) - 1}, but got {physical_layout})"
        )
    if len(set(physical_layout)) != len(size):
        raise RuntimeError("Duplicate dim not allowed")
    stride, step = [0] * len(size), 1
    for d in reversed(physical_layout):
        stride[d], step = step, step * size[d]
    return empty_strided(size, stride, **options)


def scalar_tensor(value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """A 0-dim tensor."""
    found = _numpy_dtype(dtype)
    return _new(np.asarray(number_as(value, found), found), requires_grad, device)


def arange(
    start: Any,
    end: Any = None,
    step: Any = 1,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    **ignored: Any,
) -> Tensor:
    """Numbers from ``start`` up to (not including) ``end``; integers where all bounds are."""
    if end is None:
        start, end = 0, start
    start, end, step = (x.item() if isinstance(x, Tensor) else x for x in (start, end, step))
    whole = all(isinstance(x, (_builtin_int, np.integer)) for x in (start, end, step))
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if not all(math.isfinite(x) for x in (start, end)):
        raise RuntimeError(f"unsupported range: {start} -> {end}")
    if (end - start) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    found = dtype.numpy if dtype else (dtypes.int64.numpy if whole else _numpy_dtype(None))
    if found.kind in "iu" and not _builtin_int(step):
        raise ValueError("step must be nonzero")
    count = -_builtin_int(-((end - start) / step) // 1)
    return _new((start + step * np.arange(count)).astype(found), requires_grad, device)


def range_to(start: Any, end: Any, step: Any = 1, **options: Any) -> Tensor:
    """``torch.range``, deprecated: numbers from ``start`` to ``end``, which is among them; never integers by default."""
    warnings.warn("torch.range is deprecated; use torch.arange, which leaves the end out", stacklevel=2)
    if (end - start) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    steps = np.arange(_builtin_int((end - start) / step) + 1)
    made = (start + step * steps).astype(_numpy_dtype(options.get("dtype")))
    return _new(made, options.get("requires_grad", False), options.get("device"))


def linspace(
    start: Any,
    end: Any,
    steps: int,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    **ignored: Any,
) -> Tensor:
    """``steps`` numbers from ``start`` to ``end``, both included."""
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    start, end = (x.item() if isinstance(x, Tensor) else x for x in (start, end))
    return _new(np.linspace(start, end, steps).astype(_numpy_dtype(dtype)), requires_grad, device)


def logspace(
    start: float,
    end: float,
    steps: int,
    base: float = 10.0,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Powers of ``base``, from ``start`` to ``end``."""
    start, end = (x.item() if isinstance(x, Tensor) else x for x in (start, end))
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    return _new(np.logspace(start, end, steps, base=base).astype(_numpy_dtype(dtype)), requires_grad, device)


def eye(
    n: int, m: int | None = None, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, **ignored: Any
) -> Tensor:
    """Ones on the diagonal, zeros elsewhere."""
    for name, size in (("n", n), ("m", m)):
        if size is not None and size < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {size}")
    return _new(np.eye(n, m, dtype=_numpy_dtype(dtype)), requires_grad, device)


def tril_indices(row: int, col: int, offset: int = 0, *, dtype: Any = dtypes.int64, device: Any = None) -> Tensor:
    """The places of a lower triangle."""
    return _new(np.stack(np.tril_indices(row, offset, col)).astype(dtype.numpy), device=device)


def triu_indices(row: int, col: int, offset: int = 0, *, dtype: Any = dtypes.int64, device: Any = None) -> Tensor:
    """The places of an upper triangle."""
    return _new(np.stack(np.triu_indices(row, offset, col)).astype(dtype.numpy), device=device)


def legacy_tensor(cls: Any, *arguments: Any, **keywords: Any) -> Any:
    """``torch.Tensor(2, 3)`` is uninitialised, ``torch.Tensor([2.0, 3.0])`` holds the data (LEG-05)."""
    made = legacy_array(arguments, _numpy_dtype(None), **keywords)
    return bare(cls, made, [0])


def legacy_array(arguments: tuple[Any, ...], found: Any, device: Any = None, **unknown: Any) -> Any:
    """The array of a legacy constructor's arguments: sizes, or one sequence, array or tensor."""
    require_cpu(device)
    if unknown:
        raise TypeError(
            f"new() received an invalid combination of arguments - got an unexpected keyword argument "
            f"'{next(iter(unknown))}'"
        )
    if len(arguments) == 1 and isinstance(arguments[0], float):
        raise TypeError("new(): data must be a sequence (got float)")
    if len(arguments) == 1 and not isinstance(arguments[0], _builtin_int):
        data = arguments[0]
        if isinstance(data, Tensor):
            if data._array.dtype != found:
                raise TypeError(f"expected {found} (got {data._array.dtype})")
            return data._array
        from reference.devices import Size

        if isinstance(data, Size):
            return np.zeros(data, found)
        if data is None or isinstance(data, str):
            raise TypeError(f"new(): data must be a sequence (got {type(data).__name__})")
        return np.array(data, dtype=found)
    if any(not isinstance(n, _builtin_int) for n in arguments):
        raise TypeError(
            "new(): argument 'size' must be tuple of ints, but found element of type "
            f"{type(arguments[0]).__name__} at pos 0"
        )
    return np.zeros(arguments or (0,), found)


def _new_like(make: Any, meaning: str) -> Any:
    def method(self: Any, *arguments: Any, dtype: Any = None, device: Any = None, **options: Any) -> Tensor:
        return make(*arguments, dtype=dtype or self.dtype, device=device or self.device, **options)

    method.__doc__ = f"A new tensor, {meaning}, in this one's dtype."
    return method


#: Methods that make tensors.
METHODS = {
    "new_zeros": _new_like(zeros, "zeros"),
    "new_ones": _new_like(ones, "ones"),
    "new_empty": _new_like(empty, "empty"),
    "new_full": _new_like(full, "full"),
    "new_tensor": _new_like(tensor, "of the data"),
    "new_empty_strided": _new_like(empty_strided, "with strides"),
}
