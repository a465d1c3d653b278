"""Which functions the ``torch`` namespace has, and which of them are methods.

A family's file defines functions; here they are gathered. What is a method, and what has an in-place variant, is read
off the functions: a method's first parameter is ``input`` (or it is a row of the op table), and an in-place variant
is derived from the row that a function applies (`derive`).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from reference import factories
from reference.ops import (
    activations,
    arithmetic,
    complex,
    copies,
    indexing,
    joining,
    linear,
    logic,
    norms,
    pointwise,
    reductions,
    rewriting,
    sampling,
    scattering,
    searching,
    shapes,
    special_functions,
)
from reference.ops.special import of_samples
from reference.ops.table import Op, no_derivative
from reference.ops.writing import compose_in_place, write_in_place
from reference.tensor import Tensor

FAMILIES = (arithmetic, logic, pointwise, reductions, shapes, joining, indexing, linear, complex, searching, scattering,
            special_functions, norms)  # fmt: skip

#: Names that belong to a family's own workings.
_PRIVATE = frozenset(
    "wrap dimension dimensions restore spread embed shape_of zeros_shaped dtype_of result_dtype basic along put_ "
    "check_index getitem setitem index_put_added memory_owner slice_along transposed choose ones_like write_in_place "
    "broadcast_error promote conj_op result_type_of default_of_category number_fits".split()
)


def _public(family: Any) -> dict[str, Any]:
    found = {}
    for name, value in vars(family).items():
        if name.startswith("_") or name in _PRIVATE or name.endswith(("_op", "_plain", "_true", "_kernel")):
            continue
        if (inspect.isfunction(value) and value.__module__ == family.__name__) or isinstance(value, Op):
            found[name] = value
    return found


#: The functions of the ``torch`` namespace that are operations.
FUNCTIONS: dict[str, Any] = {}
for _family in FAMILIES:
    FUNCTIONS.update(_public(_family))
FUNCTIONS.update(multiply=arithmetic.mul, subtract=arithmetic.sub, divide=arithmetic.div, true_divide=arithmetic.div_true,
                 negative=arithmetic.neg, greater=logic.gt, greater_equal=logic.ge, less=logic.lt, less_equal=logic.le,
                 not_equal=logic.ne, index_reduce=rewriting.index_reduce)  # fmt: skip
FUNCTIONS.update(sampling.FUNCTIONS, softmax=activations.softmax, log_softmax=activations.log_softmax)


def _first_parameter(function: Any) -> str:
    if isinstance(function, Op):
        return "input"
    code = function.__code__
    return code.co_varnames[0] if code.co_argcount else ""


METHODS: dict[str, Any] = {
    name: function for name, function in FUNCTIONS.items() if _first_parameter(function) in ("input", "tensor")
}
METHODS.update({name: getattr(copies, name) for name in (
    "copy_", "fill_", "zero_", "to", "cpu", "type_as", "type", "set_")})  # fmt: skip
METHODS.pop("index_put_", None)
METHODS.update(sampling.METHODS, softmax=activations.softmax, log_softmax=activations.log_softmax)
METHODS["where"] = lambda self, condition, other: logic.where(condition, self, other)
METHODS["view_as"] = lambda self, other: shapes.view(self, tuple(other.shape))
METHODS["reshape_as"] = lambda self, other: shapes.reshape(self, tuple(other.shape))
METHODS["new_zeros"] = lambda self, *size, **options: factories.zeros(*size, **{"dtype": self.dtype, **options})
METHODS["new_ones"] = lambda self, *size, **options: factories.ones(*size, **{"dtype": self.dtype, **options})
METHODS["new_empty"] = lambda self, *size, **options: factories.empty(*size, **{"dtype": self.dtype, **options})
METHODS["new_full"] = lambda self, size, value, **options: factories.full(size, value, **{"dtype": self.dtype, **options})
METHODS["new_tensor"] = lambda self, data, **options: factories.tensor(data, **{"dtype": self.dtype, **options})


def _written(function: Callable[..., Any]) -> Callable[..., Any]:
    """The in-place variant of a row of the op table."""

    def method(self: Any, *others: Any, **parameters: Any) -> Any:
        return write_in_place(function, self, *others, **parameters)  # type: ignore[arg-type]

    return method


def add_(self: Any, other: Any, *, alpha: Any = 1) -> Any:
    """Add ``alpha * other`` in place."""
    return write_in_place(arithmetic.add_plain, self, other if alpha == 1 else other * alpha)


def sub_(self: Any, other: Any, *, alpha: Any = 1) -> Any:
    """Subtract ``alpha * other`` in place."""
    return write_in_place(arithmetic.sub_plain, self, other if alpha == 1 else other * alpha)


def div_(self: Any, other: Any, *, rounding_mode: Any = None) -> Any:
    """Divide in place."""
    op = {None: arithmetic.div_true, "floor": arithmetic.div_floor, "trunc": arithmetic.div_trunc}[rounding_mode]
    return write_in_place(op, self, other)


def pow_(self: Any, exponent: Any) -> Any:
    """Raise to a power in place."""
    if isinstance(exponent, Tensor):
        return write_in_place(arithmetic.pow_tensors, self, exponent)
    return write_in_place(arithmetic.pow_number, self, exponent=exponent)


def clamp_(self: Any, min: Any = None, max: Any = None) -> Any:
    """Bound in place."""
    if isinstance(min, Tensor) or isinstance(max, Tensor):
        return write_in_place(pointwise.clamp_op, self, min, max)
    return write_in_place(pointwise.clamp_number, self, min=min, max=max)


IN_PLACE: dict[str, Any] = {
    f"{name}_": _written(function)
    for name, function in FUNCTIONS.items()
    if isinstance(function, Op) and function.inputs[0] == "self" and not function.view and not function.outputs
}
IN_PLACE.update(
    add_=add_,
    sub_=sub_,
    subtract_=sub_,
    div_=div_,
    divide_=div_,
    pow_=pow_,
    clamp_=clamp_,
    clip_=clamp_,
    index_put_=indexing.index_put_,
    arctan2_=_written(special_functions.atan2),
    addcmul_=lambda self, a, b, *, value=1: write_in_place(special_functions.addcmul_op, self, a, b, value=value),
    addcdiv_=lambda self, a, b, *, value=1: write_in_place(special_functions.addcdiv_op, self, a, b, value=value),
    lerp_=lambda self, end, weight: write_in_place(special_functions.lerp_op, self, end, weight),
    tril_=lambda self, diagonal=0: write_in_place(shapes.tril_op, self, diagonal=diagonal),
    triu_=lambda self, diagonal=0: write_in_place(shapes.triu_op, self, diagonal=diagonal),
    clamp_min_=lambda self, min: clamp_(self, min=min),
    clamp_max_=lambda self, max: clamp_(self, max=max),
    cumsum_=lambda self, dim, **more: write_in_place(
        reductions.cumsum_op, self, dim=reductions.dimension(dim, self.ndim)),
    cumprod_=lambda self, dim, **more: write_in_place(
        reductions.cumprod_op, self, dim=reductions.dimension(dim, self.ndim)),
)

for _op in (pointwise.acosh, pointwise.asinh, pointwise.atanh):  # measured: in place they have no derivative (INP-33)
    _refused = no_derivative(
        f"the derivative for 'inplace version of {_op.name}' is not implemented.", NotImplementedError
    )
    for _name in (f"{_op.name}_", f"arc{_op.name[1:]}_"):
        IN_PLACE[_name] = _written(_op.with_rule(_refused))
IN_PLACE.update({
    f"{function.__name__}_": compose_in_place(function)
    for function in (special_functions.ldexp, special_functions.mvlgamma, linear.addmm,
                     linear.addmv, linear.addr, linear.addbmm, linear.baddbmm, pointwise.nan_to_num)
})  # fmt: skip
IN_PLACE.update(shapes.IN_PLACE)
IN_PLACE.update(rewriting.IN_PLACE)
IN_PLACE.update(
    put_=scattering.put_,
    logit_=lambda self, eps=None: write_in_place(special_functions.logit_op, self, eps=eps),
    conj_physical_=lambda self: write_in_place(complex.conj_op, self),
    renorm_=compose_in_place(linear.renorm),
)
IN_PLACE["polygamma_"] = compose_in_place(lambda self, n: special_functions.polygamma(n, self))

# functions that look into their arguments' arrays are called sample by sample inside vmap
for _name in """all any count_nonzero isclose bincount searchsorted bucketize index_put index_put_ put put_ as_strided new_zeros
        new_ones new_empty new_full""".split():
    for _table in (FUNCTIONS, METHODS, IN_PLACE):
        if _name in _table:
            _table[_name] = of_samples(_table[_name])

PROPERTIES: dict[str, Any] = {
    "T": shapes.t,
    "mT": lambda self: shapes.transpose(self, -2, -1),
    "H": complex.adjoint,
    "mH": complex.adjoint,
    "real": complex.real,
    "imag": complex.imag,
}
