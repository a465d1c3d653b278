"""torch.device and torch.Size."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

#: The device types that PyTorch knows; the reference computes on the CPU alone.
KNOWN = ("cpu", "cuda", "meta", "mps", "xpu", "xla", "privateuseone", "hpu", "mtia", "vulkan")


class device:
    """A device: a type and perhaps an index."""

    __slots__ = ("index", "type")
    index: int | None
    type: Any

    def __init__(self, type: Any, index: int | None = None) -> None:
        if isinstance(type, device):
            type, index = type.type, type.index
        match = re.fullmatch(r"([a-z]+)(?::(\d+))?", type)
        if match is None or match[1] not in KNOWN:
            raise RuntimeError(f"Expected one of {', '.join(KNOWN)} device type at start of device string: {type}")
        self.type = match[1]
        self.index = int(match[2]) if match[2] else index

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __repr__(self) -> str:
        index = "" if self.index is None else f", index={self.index}"
        return f"device(type='{self.type}'{index})"

    def __reduce__(self) -> tuple[Any, ...]:
        return device, (self.type, self.index)

    def __enter__(self) -> device:
        """Make it the device of new tensors."""
        _entered.append(_default)
        set_default_device(self)
        return self

    def __exit__(self, *error: Any) -> None:
        set_default_device(_entered.pop())


CPU, META = device("cpu"), device("meta")
_default = CPU
_entered: list[device] = []  # the default devices to go back to


def is_meta(wanted: Any) -> bool:
    """Whether it is the meta device rather than the CPU, of the default one for None; refuse any other, in one line."""
    found = _default if wanted is None else device(wanted)
    if found.type not in ("cpu", "meta"):
        raise NotImplementedError(f"the reference engine computes on the CPU alone; device {wanted!s} is not there")
    return found.type == "meta"


def require_cpu(wanted: Any) -> None:
    """Refuse any device but the CPU."""
    if wanted is not None and is_meta(wanted):
        raise NotImplementedError("there is nothing of this on the meta device")


def get_default_device() -> device:
    """The device of new tensors."""
    return _default


def set_default_device(wanted: Any) -> None:
    """Set the device of new tensors: the CPU (None as well) or the meta device; refuse any other."""
    global _default
    _default = META if wanted is not None and is_meta(wanted) else CPU


class Size(tuple):
    """A tensor's shape."""

    __slots__ = ()

    def numel(self) -> int:
        """The number of elements."""
        count = 1
        for n in self:
            count *= n
        return count

    def __add__(self, other: Iterable[Any]) -> Size:
        return Size(tuple.__add__(self, tuple(other)))

    def __getitem__(self, index: Any) -> Any:
        found = tuple.__getitem__(self, index)
        return Size(found) if isinstance(index, slice) else found

    def __repr__(self) -> str:
        return f"torch.Size({list(self)})"
