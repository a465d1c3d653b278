"""The row behind ``bilinear``: what is linear in each of three factors.

Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.bilinear.html.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.ops.einsum import einsum
from reference.ops.rules import conj
from reference.ops.table import Op
from reference.tensor import Tensor


def _contracted(equation: str, *factors: Any) -> Any:
    """The sum of products that an equation says, of arrays or tensors; the first factor is the gradient."""
    g, *others = factors
    others = [conj(x) for x in others]
    if isinstance(g, Tensor):
        return einsum(equation, g, *others)
    return np.einsum(equation, g, *others, optimize=True)


# out_bo = sum_ij x_bi w_oij y_bj; each factor's gradient is that of the result times the other two
trilinear_op = Op(
    "trilinear",
    lambda i1, i2, i3: np.einsum("bi,oij,bj->bo", i1, i2, i3, optimize=True),
    i1=lambda g, i2, i3: _contracted("bo,oij,bj->bi", g, i2, i3),
    i2=lambda g, i1, i3: _contracted("bo,bi,bj->oij", g, i1, i3),
    i3=lambda g, i1, i2: _contracted("bo,bi,oij->bj", g, i1, i2),
)
