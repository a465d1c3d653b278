"""PyTorch on a device of one's own: a stand-in accelerator, registered through PrivateUse1.

Its tensors' numbers are CPU tensors held aside, so that every operation goes through PyTorch's device dispatch, moves
between devices are real, and mixing devices is an error; it has no streams and no kernels of its own.
Source: https://docs.pytorch.org/tutorials/advanced/privateuseone.html.
"""

import contextlib
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

_held: dict[int, Any] = {}  # by storage: the CPU tensor with the numbers
_storages: list[Any] = []  # kept, so that no two storages share an address
_MAY_MIX = ("_to_copy", "copy_", "_copy_from")


def _is_aside(value: Any) -> bool:
    return isinstance(value, engine.Tensor) and value.device.type == _DEVICE


def _numbers(tensor: Any) -> Any:
    return _held[tensor.untyped_storage()._cdata]


def _put_aside(numbers: Any) -> Any:
    tensor = engine._C._acc.create_empty_tensor(tuple(numbers.shape), numbers.dtype)
    _held[tensor.untyped_storage()._cdata] = numbers
    _storages.append(tensor.untyped_storage())
    return tensor


def _on_the_cpu(value: Any) -> Any:
    if _is_aside(value):
        return _numbers(value)
    return engine.device("cpu") if isinstance(value, engine.device) else value


def _fallback(op: Any, *arguments: Any, **keywords: Any) -> Any:
    """Run any operation on the numbers held aside."""
    given: list[Any] = []
    tree_map(lambda x: given.append(x) if isinstance(x, engine.Tensor) else None, (arguments, keywords))
    name = op._schema.name.split("::")[1]
    aside = any(map(_is_aside, given))
    if aside and name not in _MAY_MIX and any(not _is_aside(x) and x.dim() > 0 for x in given):
        raise RuntimeError("Expected all tensors to be on the same device, but found at least two devices")
    target = keywords.get("device")
    result = op(*tree_map(_on_the_cpu, arguments), **tree_map(_on_the_cpu, keywords))
    stays = aside or (isinstance(target, engine.device) and target.type == _DEVICE)
    if name == "_to_copy" and target is not None:
        stays = target.type == _DEVICE
    same = {id(_numbers(x)): x for x in given if _is_aside(x)}

    def returned(value: Any) -> Any:
        if not isinstance(value, engine.Tensor):
            return value
        return same[id(value)] if id(value) in same else _put_aside(value) if stays else value

    return tree_map(returned, result)


_every = engine.library.Library("_", "IMPL")
_every.fallback(_fallback, "PrivateUse1")
_aten = engine.library.Library("aten", "IMPL")


@engine.library.impl(_aten, "empty.memory_format", "PrivateUse1")
def _empty(size: Any, *, dtype: Any = None, **options: Any) -> Any:
    return _put_aside(engine.empty(size, dtype=dtype or engine.get_default_dtype(), device="cpu"))


@engine.library.impl(_aten, "empty_strided", "PrivateUse1")
def _empty_strided(size: Any, stride: Any, *, dtype: Any = None, **options: Any) -> Any:
    return _put_aside(engine.empty_strided(size, stride, dtype=dtype or engine.get_default_dtype(), device="cpu"))


@engine.library.impl(_aten, "_copy_from", "PrivateUse1")
def _copy_from(source: Any, target: Any, non_blocking: bool = False) -> Any:
    _on_the_cpu(target).copy_(_on_the_cpu(source))
    return target


@engine.library.impl(_aten, "_local_scalar_dense", "PrivateUse1")
def _item(tensor: Any) -> Any:
    return _numbers(tensor).item()


@engine.library.impl(_aten, "set_.source_Tensor", "PrivateUse1")
def _set(tensor: Any, source: Any) -> Any:
    _held[tensor.untyped_storage()._cdata] = _numbers(source)
    return tensor


@engine.library.impl(_aten, "_amp_foreach_non_finite_check_and_unscale_", "PrivateUse1")
def _check_and_unscale(tensors: Any, found: Any, inverse: Any) -> None:
    engine._amp_foreach_non_finite_check_and_unscale_(
        [_numbers(t) for t in tensors], _numbers(found), _numbers(inverse)
    )


def _let_go() -> None:
    _held.clear()
    _storages.clear()


engine.set_num_threads(1)

__conformance__ = {
    "name": "PyTorch, a device of one's own",
    "version": engine.__version__,
    "devices": [_DEVICE],
    "to_numpy": lambda tensor: tensor.detach().cpu().resolve_conj().numpy(),
    "reset": _let_go,
}
