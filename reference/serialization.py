"""torch.save and torch.load, in PyTorch's own file format: what one wrote, the other reads.

A file is a zip archive of uncompressed entries: ``data.pkl`` is a pickle in which each storage is a persistent id,
``data/N`` holds the bytes of storage N. Source: https://docs.pytorch.org/docs/stable/notes/serialization.html.
"""

from __future__ import annotations

import builtins
import collections
import io
import pickle
import struct
import sys
import zipfile
from typing import Any, NamedTuple

import numpy as np

from reference import dtypes, state
from reference.bfloat16 import bits_of, from_bits
from reference.devices import Size, device
from reference.nn.parameter import Parameter
from reference.pending import ConjugateTensor, NegativeTensor
from reference.tensor import Tensor, bare, memory_owner, wrap

_STORAGES = {
    "FloatStorage": dtypes.float32, "DoubleStorage": dtypes.float64, "HalfStorage": dtypes.float16,
    "BFloat16Storage": dtypes.bfloat16,
    "LongStorage": dtypes.int64, "IntStorage": dtypes.int32, "ShortStorage": dtypes.int16, "CharStorage": dtypes.int8,
    "ByteStorage": dtypes.uint8, "BoolStorage": dtypes.bool, "ComplexFloatStorage": dtypes.complex64,
    "ComplexDoubleStorage": dtypes.complex128,
}  # fmt: skip
_STORAGE_OF = {dtype.numpy: name for name, dtype in _STORAGES.items()}
_HEADER = 30  # bytes before the name of an entry of a zip archive
_ALIGNMENT = 64  # of the bytes of a storage in the file


class _Global:
    """A class or function of PyTorch's, as a pickle names it."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name

    def __call__(self, *arguments: Any) -> Any:
        raise TypeError(f"{self.module}.{self.name} is only a name here")  # pickle wants what it names to be callable


class _Storage(NamedTuple):
    """The elements that some tensors look into, and their entry's name."""

    key: str
    array: Any


_TENSOR, _PARAMETER = _Global("torch._utils", "_rebuild_tensor_v2"), _Global("torch._utils", "_rebuild_parameter")
_SIZE, _DEVICE = _Global("torch", "Size"), _Global("torch", "device")


# --- saving ----------------------------------------------------------------------------------------------------------


def save(obj: Any, f: Any, pickle_module: Any = None, pickle_protocol: int = 2) -> None:
    """Write an object to a file (a path, or an object with ``write``); tensors that share memory share it there too.

    Raises RuntimeError for a tensor that is not a leaf.
    """
    data = io.BytesIO()
    pickler = _Pickler(data, pickle_protocol)
    pickler.dump(obj)
    with zipfile.ZipFile(f, "w") as archive:
        _write(archive, "archive/data.pkl", data.getvalue())
        _write(archive, "archive/byteorder", sys.byteorder.encode())
        for storage in pickler.storages.values():
            _write(archive, f"archive/data/{storage.key}", _bytes_of(storage.array))
        _write(archive, "archive/version", b"3\n")


def _bytes_of(array: Any) -> bytes:
    return (bits_of(array) if array.dtype == dtypes.BFLOAT16 else array).tobytes()


def _write(archive: Any, name: str, content: bytes) -> None:
    """Write an entry whose content is aligned, by a filler in the header's extra field as PyTorch's."""
    entry = zipfile.ZipInfo(name)
    start = archive.fp.tell() + _HEADER + len(name)
    filler = -(start + 4) % _ALIGNMENT
    entry.extra = b"FB" + struct.pack("<H", filler) + b"Z" * filler
    archive.writestr(entry, content)


_PythonPickler: Any = pickle._Pickler  # type: ignore[attr-defined]  # the one in Python, whose save_global can differ


class _Pickler(_PythonPickler):
    def __init__(self, file: Any, protocol: int) -> None:
        super().__init__(file, protocol)
        self.storages: dict[int, _Storage] = {}

    def persistent_id(self, obj: Any) -> Any:
        if not isinstance(obj, _Storage):
            return None
        return ("storage", _Global("torch", _STORAGE_OF[obj.array.dtype]), obj.key, "cpu", obj.array.size)

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, Tensor):
            return self._reduce_tensor(obj)
        if isinstance(obj, _Global):
            return obj.name
        if isinstance(obj, Size):
            return _SIZE, (tuple(obj),)
        return (_DEVICE, (str(obj),)) if isinstance(obj, device) else NotImplemented

    def save_global(self, obj: Any, name: Any = None) -> None:
        if isinstance(obj, dtypes.dtype):
            obj = _Global("torch", obj.name)
        if not isinstance(obj, _Global):
            return super().save_global(obj, name)
        self.write(pickle.GLOBAL + f"{obj.module}\n{obj.name}\n".encode())
        self.memoize(obj)

    def _reduce_tensor(self, tensor: Any) -> Any:
        if tensor.is_sparse:
            raise RuntimeError("sparse tensors cannot be saved to a file")
        if not tensor.is_leaf:
            raise RuntimeError("cannot save a tensor that is not a leaf; detach it first")
        hooks: Any = collections.OrderedDict()
        if isinstance(tensor, Parameter):
            return _PARAMETER, (wrap(tensor._array), tensor._requires_grad, hooks)
        array = tensor._memory
        owner = memory_owner(array)
        if owner.dtype != array.dtype or not owner.flags.forc:  # not one row of elements of this dtype
            array = owner = np.ascontiguousarray(array)
        storage = self.storages.setdefault(id(owner), _Storage(str(len(self.storages)), owner.reshape(-1, order="A")))
        offset = (_address(array) - _address(owner)) // array.itemsize
        strides = wrap(array).stride()
        metadata = () if tensor._pending is None else ({_BITS[type(tensor)]: True},)
        return _TENSOR, (storage, offset, array.shape, strides, tensor._requires_grad, hooks, *metadata)


def _address(array: Any) -> int:
    return array.__array_interface__["data"][0]


# --- loading ---------------------------------------------------------------------------------------------------------


def load(
    f: Any,
    map_location: Any = None,
    pickle_module: Any = None,
    *,
    weights_only: bool = True,
    mmap: bool | None = None,
    **pickle_load_args: Any,
) -> Any:
    """Read what ``save`` wrote, here or in PyTorch (a path, or an object with ``read`` and ``seek``).

    Unless ``weights_only`` is off, only tensors and plain containers are made: pickle.UnpicklingError for any other
    class.
    """
    with zipfile.ZipFile(f) as archive:
        (pickled,) = [name for name in archive.namelist() if name.endswith("/data.pkl")]
        return _Unpickler(archive, pickled.removesuffix("data.pkl"), weights_only).load()


class _Unpickler(pickle.Unpickler):
    def __init__(self, archive: Any, folder: str, weights_only: bool) -> None:
        super().__init__(io.BytesIO(archive.read(folder + "data.pkl")))
        self.archive, self.folder, self.weights_only = archive, folder, weights_only
        self.storages: dict[str, Any] = {}
        order = archive.read(folder + "byteorder") if folder + "byteorder" in archive.namelist() else b"little"
        self.swapped = order.decode() != sys.byteorder

    def persistent_load(self, pid: Any) -> Any:
        _, dtype, key, _, size = pid
        if key not in self.storages:
            content = bytearray(self.archive.read(f"{self.folder}data/{key}"))
            is_bfloat16 = dtype is dtypes.bfloat16
            array = np.frombuffer(content, np.uint16 if is_bfloat16 else dtype.numpy, size)
            array = array.byteswap() if self.swapped else array
            self.storages[key] = from_bits(array) if is_bfloat16 else array
        return self.storages[key]

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _KNOWN:
            return _KNOWN[module, name]
        if self.weights_only:
            raise pickle.UnpicklingError(
                f"Weights only load failed: {module}.{name} is neither a tensor nor a plain container. Pass "
                "weights_only=False if you trust the file."
            )
        ours = "reference" + module.removeprefix("torch") if module.split(".")[0] == "torch" else module
        return super().find_class(ours, name)


def _rebuild_tensor(
    storage: Any, offset: int, size: Any, stride: Any, requires_grad: bool, hooks: Any, metadata: Any = None
) -> Tensor:
    strides = [step * storage.itemsize for step in stride]
    if storage.dtype == dtypes.BFLOAT16:
        state.note_bfloat16()
    memory = np.ndarray(tuple(size), storage.dtype, storage, offset * storage.itemsize, strides)
    tensor = bare(next((cls for cls, bit in _BITS.items() if metadata and metadata.get(bit)), Tensor), memory, [0])
    tensor._requires_grad = requires_grad
    return tensor


def _rebuild_parameter(data: Any, requires_grad: bool, hooks: Any) -> Parameter:
    return Parameter(data, requires_grad)


_BITS: dict[type, str] = {ConjugateTensor: "conj", NegativeTensor: "neg"}

_KNOWN: dict[tuple[str, str], Any] = {
    ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
    ("torch._utils", "_rebuild_parameter"): _rebuild_parameter,
    ("torch", "Size"): Size,
    ("torch", "device"): device,
    ("collections", "OrderedDict"): collections.OrderedDict,
    ("collections", "Counter"): collections.Counter,
    **{("torch", dtype.name): dtype for dtype in dtypes.ALL},
    **{("torch", name): dtype for name, dtype in _STORAGES.items()},
    **{("builtins", name): getattr(builtins, name) for name in ("set", "complex", "bytearray")},
    **{("__builtin__", name): getattr(builtins, name) for name in ("set", "complex", "bytearray")},
}
