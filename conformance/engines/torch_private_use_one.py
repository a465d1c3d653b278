"""PyTorch on a device of one's own: a stand-in accelerator, registered through PrivateUse1.

Its memory is the CPU's under another name, and so are its kernels: every operation goes through PyTorch's device
dispatch, moves between devices are copies, and mixing devices is an error. It has no streams.
Source: https://docs.pytorch.org/tutorials/advanced/privateuseone.html.
"""

import contextlib
import ctypes
from functools import partial
from typing import Any

import torch as engine
from torch.utils._pytree import tree_map
from torch.utils.backend_registration import _DummyBackendModule, _setup_privateuseone_for_python_backend

_DEVICE = "aside"
_LEGACY = {"FloatTensor": engine.float32, "DoubleTensor": engine.float64, "LongTensor": engine.int64}


class _Stream:
    def wait_stream(self, other: Any) -> None:
        pass


class _Backend(_DummyBackendModule):
    """What PyTorch asks a back end's Python module for."""

    def current_stream(self) -> Any:
        return _Stream()

    Stream = _Stream

    def stream(self, stream: Any) -> Any:
        return contextlib.nullcontext()

    def get_amp_supported_dtype(self) -> list[Any]:
        return [engine.float16, engine.bfloat16]

    def __getattr__(self, name: str) -> Any:
        if name not in _LEGACY:
            raise AttributeError(name)
        dtype = _LEGACY[name]

        def make(*arguments: Any) -> Any:
            if isinstance(arguments[0], int):
                return engine.empty(arguments, dtype=dtype, device=_DEVICE)
            return engine.tensor(arguments[0], dtype=dtype, device=_DEVICE)

        return make


_setup_privateuseone_for_python_backend(rename=_DEVICE, backend_module=_Backend())

_get_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_get_pointer.restype, _get_pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
_CPU, _EXTENSION = 1, 12  # DLPack's numbers of types of devices: PrivateUse1 is an extension


def _same_memory(tensor: Any, device_type: int) -> Any:
    """A tensor over the memory of another, under the name of another device, by its number in DLPack."""
    whole = engine.ops.aten.alias(tensor)
    whole.as_strided_((tensor.untyped_storage().nbytes() // tensor.itemsize,), (1,), 0)
    capsule = engine._C._to_dlpack(whole)
    entry = ctypes.c_int32.from_address(_get_pointer(capsule, b"dltensor") + 8)  # behind the address of its data
    entry.value = device_type
    other = engine._C._from_dlpack(capsule).as_strided_(tensor.size(), tensor.stride(), tensor.storage_offset())
    other = other.conj() if tensor.is_conj() else other
    return engine._neg_view(other) if tensor.is_neg() else other


def _is_aside(value: Any) -> bool:
    return isinstance(value, engine.Tensor) and value.device.type == _DEVICE


def _on_the_cpu(value: Any) -> Any:
    if _is_aside(value):
        return _same_memory(value, _CPU)
    return engine.device("cpu") if isinstance(value, engine.device) else value


def _put_aside(numbers: Any) -> Any:
    return _same_memory(numbers, _EXTENSION)


def _view(base: Any, numbers: Any) -> Any:
    """The tensor that looks at the memory of another as CPU tensors over that memory do."""
    if base.dtype != numbers.dtype:
        return _put_aside(numbers)
    return engine.ops.aten.alias(base).as_strided_(numbers.size(), numbers.stride(), numbers.storage_offset())


_MAY_MIX = ("_to_copy", "copy_", "_copy_from")


def _fallback(op: Any, *arguments: Any, **keywords: Any) -> Any:
    """Run any operation on the CPU, over the same memory."""
    given: list[Any] = []
    tree_map(lambda x: given.append(x) if isinstance(x, engine.Tensor) else None, (arguments, keywords))
    name = op._schema.name.split("::")[1]
    aside = list(filter(_is_aside, given))
    if aside and name not in _MAY_MIX and any(not _is_aside(x) and x.dim() > 0 for x in given):
        raise RuntimeError("Expected all tensors to be on the same device, but found at least two devices")
    target = keywords.get("device")
    stays = bool(aside) or (isinstance(target, engine.device) and target.type == _DEVICE)
    if name == "_to_copy" and target is not None:
        stays = target.type == _DEVICE
    looks = any(result.alias_info and not result.alias_info.is_write for result in op._schema.returns)
    passed: dict[int, Any] = {}  # by what is given to the CPU in its place

    def passed_on(value: Any) -> Any:
        numbers = _on_the_cpu(value)
        if _is_aside(value):
            passed[id(numbers)] = value
        return numbers

    def returned(value: Any) -> Any:
        if not isinstance(value, engine.Tensor) or not stays:
            return value
        if id(value) in passed:
            return passed[id(value)]
        return _view(aside[0], value) if looks else _put_aside(value)

    on_the_cpu, options = tree_map(passed_on, (arguments, keywords))
    on_the_cpu = _with_tensors_for_numbers(op, on_the_cpu)
    try:
        result = op(*on_the_cpu, **options)
    except RuntimeError as error:
        if "not resizable" not in str(error):
            raise
        return _resized(op, on_the_cpu, options, keywords)
    for name in _written(op):  # which may have become smaller
        numbers = options[name]
        keywords[name].as_strided_(numbers.size(), numbers.stride(), numbers.storage_offset())
    return tree_map(returned, result)


def _with_tensors_for_numbers(op: Any, arguments: Any) -> list[Any]:
    """The arguments of an operation: a number in a tensor's place, which PyTorch unwraps on the way, is one again."""
    beside = next((x for x in arguments if isinstance(x, engine.Tensor)), 0.0)
    parameters = [str(parameter.type) for parameter in op._schema.arguments]
    exact = {float: engine.float64, complex: engine.complex128}
    return [
        engine.tensor(x, dtype=exact.get(type(x)), device="cpu").to(engine.result_type(x, beside))
        if kind == "Tensor" and isinstance(x, (bool, int, float, complex))
        else x
        for kind, x in zip(parameters, arguments, strict=False)
    ]


def _written(op: Any) -> list[str]:
    """The names of an operation's ``out`` arguments."""
    return [argument.name for argument in op._schema.arguments if argument.is_out]


def _resized(op: Any, arguments: Any, options: dict[str, Any], keywords: dict[str, Any]) -> Any:
    """Run an operation that makes its ``out`` larger: the memory is not the CPU's own, so that it refuses to."""
    written = _written(op)
    results = {name: engine.empty(0, dtype=options[name].dtype, device="cpu") for name in written}
    op(*arguments, **{**options, **results})
    for name, result in results.items():
        _on_the_cpu(_resize(keywords[name], result.size())).copy_(result)
    return keywords[written[0]] if len(written) == 1 else tuple(keywords[name] for name in written)


_every = engine.library.Library("_", "IMPL")
_every.fallback(_fallback, "PrivateUse1")
_aten = engine.library.Library("aten", "IMPL")


@engine.library.impl(_aten, "empty.memory_format", "PrivateUse1")
def _empty(size: Any, *, dtype: Any = None, memory_format: Any = None, **options: Any) -> Any:
    format = memory_format or engine.contiguous_format
    return _put_aside(engine.empty(size, dtype=dtype, device="cpu", memory_format=format))


@engine.library.impl(_aten, "empty_strided", "PrivateUse1")
def _empty_strided(size: Any, stride: Any, *, dtype: Any = None, **options: Any) -> Any:
    return _put_aside(engine.empty_strided(size, stride, dtype=dtype, device="cpu"))


@engine.library.impl(_aten, "_efficientzerotensor", "PrivateUse1")
def _zeros(size: Any, *, dtype: Any = None, **options: Any) -> Any:
    return _put_aside(engine.zeros(size, dtype=dtype, device="cpu"))


@engine.library.impl(_aten, "as_strided", "PrivateUse1")
def _as_strided(tensor: Any, size: Any, stride: Any, storage_offset: Any = None) -> Any:
    return engine.ops.aten.alias(tensor).as_strided_(size, stride, storage_offset)


@engine.library.impl(_aten, "resize_", "PrivateUse1")
def _resize(tensor: Any, size: Any, *, memory_format: Any = None) -> Any:
    new = engine.empty(size, dtype=tensor.dtype, device="cpu", memory_format=memory_format or engine.contiguous_format)
    if new.untyped_storage().nbytes() > tensor.untyped_storage().nbytes():
        tensor.data = _put_aside(new)
    return tensor.as_strided_(new.size(), new.stride())


@engine.library.impl(_aten, "_copy_from", "PrivateUse1")
def _copy_from(source: Any, target: Any, non_blocking: bool = False) -> Any:
    _on_the_cpu(target).copy_(_on_the_cpu(source))
    return target


@engine.library.impl(_aten, "is_set_to", "PrivateUse1")
def _is_set_to(tensor: Any, other: Any) -> bool:
    a, b = ((x.untyped_storage()._cdata, x.storage_offset(), x.size(), x.stride()) for x in (tensor, other))
    return a == b


@engine.library.impl(_aten, "convolution_overrideable", "PrivateUse1")
def _convolution(*arguments: Any) -> Any:
    return _fallback(engine.ops.aten.convolution.default, *arguments)


@engine.library.impl(_aten, "convolution_backward_overrideable", "PrivateUse1")
def _convolution_backward(gradient: Any, input: Any, weight: Any, *options: Any) -> Any:
    bias_sizes = [gradient.size(1)]
    return _fallback(engine.ops.aten.convolution_backward.default, gradient, input, weight, bias_sizes, *options)


for _name in (
    "conj_physical_",
    "kaiser_window.beta",
):  # which PyTorch takes for its own on every device, and fails within
    _packet, _, _overload = _name.partition(".")
    _op = getattr(getattr(engine.ops.aten, _packet), _overload or "default")
    _aten.impl(_name, partial(_fallback, _op), "PrivateUse1")

for _bit in ("Conjugate", "Negative"):  # what is copied keeps its bit; to resolve it first would be to copy it
    _aten.impl("_copy_from", engine.library.fallthrough_kernel, _bit)


@engine.library.impl(_aten, "_local_scalar_dense", "PrivateUse1")
def _item(tensor: Any) -> Any:
    return _on_the_cpu(tensor).item()


@engine.library.impl(_aten, "set_.source_Tensor", "PrivateUse1")
def _set(tensor: Any, source: Any) -> Any:
    tensor.data = source
    return tensor


# A warning that PyTorch gives once in a process must be seen by every scenario that looks for it.
engine.set_warn_always(True)
engine.set_num_threads(1)

__conformance__ = {
    "name": "PyTorch, a device of one's own",
    "version": engine.__version__,
    "devices": [_DEVICE],
}
