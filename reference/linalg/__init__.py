"""torch.linalg. Source: https://docs.pytorch.org/docs/stable/linalg.html."""

from __future__ import annotations

from reference.linalg import decompositions, norms, products, solving
from reference.ops.inverses import LinAlgError
from reference.ops.out import accepting_out

for _part in (decompositions, norms, products, solving):
    globals().update({_name: accepting_out(getattr(_part, _name)) for _name in _part.__all__})

__all__ = ["LinAlgError", *decompositions.__all__, *norms.__all__, *products.__all__, *solving.__all__]
