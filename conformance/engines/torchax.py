"""torchax: PyTorch's own front end on JAX arrays, as ``device="jax"``."""

from importlib.metadata import version
from typing import Any

import jax
import torch

jax.config.update("jax_enable_x64", True)

_packet = torch._ops.OpOverloadPacket
_getattr = _packet.__getattr__


def _overload(packet: Any, name: str) -> Any:
    """An overload, or for one of dimension names, which PyTorch 2.13 no longer has and torchax registers, a string."""
    try:
        return _getattr(packet, name)
    except AttributeError:
        if "name" not in name.lower() or name.startswith("_"):
            raise
        return f"{packet} has no overload {name}"  # something to register; nothing calls it


setattr(_packet, "__getattr__", _overload)  # noqa: B010 (a type checker takes an assignment for a mistake)
import torchax

torchax.enable_globally()  # which imports more of it
setattr(_packet, "__getattr__", _getattr)  # noqa: B010
torch.set_num_threads(1)

engine = torch


def _to_numpy(tensor: Any) -> Any:
    tensor = tensor.detach().cpu().resolve_conj()
    return (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).numpy()  # which NumPy lacks


__conformance__ = {
    "name": "torchax",
    "version": version("torchax"),
    "devices": ["jax:0"],  # without the index PyTorch asks itself for the device's, and does not know it
    "dtypes": ["float32"],  # under another default its `tensor` goes on making float32 (docs/findings.md)
    "to_numpy": _to_numpy,
}
