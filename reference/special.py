"""torch.special. Source: https://docs.pytorch.org/docs/stable/special.html."""

from __future__ import annotations

import math
from typing import Any

from reference.ops import activations, pointwise, polynomials, reductions, special_functions
from reference.ops.elementwise import Unary
from reference.ops.out import accepting_out
from reference.ops.scipy_kernels import scipy_special


def _bessel(name: str, scipy_name: str) -> Unary:
    """A function that PyTorch has no derivative of."""
    return Unary(name, scipy_special(scipy_name), promotes="float")


def ndtr(input: Any) -> Any:
    """The cumulative function of the normal distribution."""
    return (1 + special_functions.erf(input * math.sqrt(0.5))) * 0.5


_FUNCTIONS: dict[str, Any] = {
    # names that torch has, too, some of them other ones
    **{name: getattr(special_functions, name) for name in ("digamma", "erf", "erfc", "erfinv", "i0", "logit", "polygamma",
                                                           "xlogy")},
    **{name: getattr(pointwise, name) for name in ("exp2", "expm1", "log1p", "round", "sinc")},
    "expit": pointwise.sigmoid,
    "gammainc": special_functions.igamma,
    "gammaincc": special_functions.igammac,
    "gammaln": special_functions.lgamma,
    "log_softmax": activations.log_softmax,
    "logsumexp": reductions.logsumexp,
    "multigammaln": special_functions.mvlgamma,
    "psi": special_functions.digamma,
    "softmax": activations.softmax,
    # its own
    "entr": special_functions.entr_op,
    "erfcx": special_functions.erfcx_op,
    "i0e": special_functions.i0e_op,
    "i1": special_functions.i1_op,
    "i1e": special_functions.i1e_op,
    "log_ndtr": special_functions.log_ndtr_op,
    "ndtr": ndtr,
    "ndtri": special_functions.ndtri_op,
    "xlog1py": special_functions.xlog1py_op,
    "zeta": special_functions.zeta_op,
    "airy_ai": Unary("airy_ai", lambda x: scipy_special("airy")(x)[0], promotes="float"),
    **{name: _bessel(name, scipy_name) for name, scipy_name in {
        "bessel_j0": "j0", "bessel_j1": "j1", "bessel_y0": "y0", "bessel_y1": "y1",
        "modified_bessel_i0": "i0", "modified_bessel_i1": "i1", "modified_bessel_k0": "k0", "modified_bessel_k1": "k1",
        "scaled_modified_bessel_k0": "k0e", "scaled_modified_bessel_k1": "k1e",
    }.items()},
    "spherical_bessel_j0": Unary("spherical_bessel_j0", lambda x: pointwise.sinc(x / math.pi), promotes="float"),
    **{name.removesuffix("_op"): op for name, op in vars(polynomials).items() if name.endswith("_op")},
}  # fmt: skip

globals().update({name: accepting_out(function) for name, function in _FUNCTIONS.items()})
__all__ = list(_FUNCTIONS)
