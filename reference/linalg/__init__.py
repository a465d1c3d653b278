"""torch.linalg. Source: https://docs.pytorch.org/docs/stable/linalg.html."""

from __future__ import annotations

from reference.linalg import decompositions, norms, products, solving
from reference.ops.autocasting import in_float32
from reference.ops.half_precision import OF_LAPACK, refusing_halves
from reference.ops.inverses import LinAlgError
from reference.ops.out import accepting_out

#: Functions that compute in float32 while autocast is on.
_IN_FLOAT32 = """cholesky cholesky_ex cond eig eigh eigvals eigvalsh householder_product inv inv_ex lstsq matrix_rank qr
solve svd svdvals tensorinv tensorsolve""".split()

for _part in (decompositions, norms, products, solving):
    for _name in _part.__all__:
        _function = getattr(_part, _name)
        if _name in OF_LAPACK:
            _function = refusing_halves(_function, OF_LAPACK[_name])
        globals()[_name] = accepting_out(in_float32(_function) if _name in _IN_FLOAT32 else _function)

__all__ = ["LinAlgError", *decompositions.__all__, *norms.__all__, *products.__all__, *solving.__all__]
