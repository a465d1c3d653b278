"""torchax: PyTorch's own front end on JAX arrays, as ``device="jax"``."""

from importlib.metadata import version
from typing import Any

import torch

# torchax registers overloads that PyTorch 2.13 no longer has; a name that nothing calls lets it be imported.
for _packet, _overload in ((torch.ops.aten.prod, "dim_Dimname"), (torch.ops.aten.index_copy, "dimname")):
    if not hasattr(_packet, _overload):
        setattr(_packet, _overload, f"no overload {_overload}")

import torchax

torchax.enable_globally()
torch.set_num_threads(1)

engine = torch


def _to_numpy(tensor: Any) -> Any:
    return tensor.detach().cpu().resolve_conj().numpy()


__conformance__ = {
    "name": "torchax",
    "version": version("torchax"),
    "devices": ["jax"],
    "to_numpy": _to_numpy,
}
