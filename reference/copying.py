"""copy.deepcopy and pickle of tensors (ACC-38)."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from reference import state
from reference.bfloat16 import bits_of, from_bits
from reference.dtypes import BFLOAT16
from reference.tensor import Tensor, bare

_KEPT = ("_array", "_counter", "_grad", "_requires_grad")


def deepcopy_tensor(tensor: Any, memo: Any) -> Any:
    """A leaf's copy with its value, flag, gradient and attributes; a non-leaf is refused."""
    if not tensor.is_leaf:
        raise RuntimeError(
            "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment. If "
            "you were attempting to deepcopy a module, this may be because of a torch.nn.utils.weight_norm usage, see "
            "https://github.com/pytorch/pytorch/pull/103001"
        )
    if id(tensor) in memo:
        return memo[id(tensor)]
    cls = type(tensor) if tensor._pending is None else Tensor
    memo[id(tensor)] = made = bare(cls, tensor._array.copy(order="K"), [0])
    made._requires_grad = tensor._requires_grad
    if tensor._grad is not None:
        made._grad = copy.deepcopy(tensor._grad, memo)
    for name, value in vars(tensor).items():
        if not name.startswith("_"):
            setattr(made, name, copy.deepcopy(value, memo))
    return made


def reduce_tensor(tensor: Any) -> Any:
    """What pickle keeps of a tensor: its value, its flag and its attributes; not its gradient, as in PyTorch."""
    attributes = {name: value for name, value in vars(tensor).items() if not name.startswith("_")}
    array, is_bfloat16 = tensor._memory, tensor._memory.dtype == BFLOAT16
    kept = bits_of(array) if is_bfloat16 else array
    return rebuild, (type(tensor), kept, tensor._requires_grad, attributes, is_bfloat16)


def rebuild(cls: Any, array: Any, requires_grad: bool, attributes: dict[str, Any], is_bfloat16: bool = False) -> Tensor:
    """A tensor from its pickled parts; NumPy does not pickle an array's byte order, by which bfloat16 is known."""
    if is_bfloat16:
        state.note_bfloat16()
        array = from_bits(array)
    elif type(array) is not np.ndarray:
        state.note_meta()
    made = bare(cls, array, [0])
    made._requires_grad = requires_grad
    vars(made).update(attributes)
    return made
