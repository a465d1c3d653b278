"""Which functions the ``torch`` namespace has, and which of them are methods of tensors.

A family's file defines functions, and their names say what they are. A public function (or row of the op table) whose
name does not end in ``_op`` belongs to ``torch``; one whose first parameter is ``input`` is a method, too, as every row
is; one whose first parameter is ``self``, and one whose name ends in an underscore, is a method only. In-place variants
are derived: a row's writes its result into the tensor, a function's is made by `reference.ops.writing.writable`. What a
method is called otherwise than its function, or takes its tensor elsewhere, stands in the family's METHODS (what is
only a function in
its FUNCTIONS), and what is
an attribute in its PROPERTIES.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from reference import factories, sparse
from reference.linalg import torch_names as linear_algebra
from reference.ops import (
    activations,
    arithmetic,
    complex,
    copies,
    einsum,
    extremes,
    gathering,
    indexing,
    joining,
    linear,
    logic,
    masking,
    norms,
    pointwise,
    products,
    rearranging,
    reductions,
    running,
    sampling,
    scattering,
    shapes,
    short_time,
    slices,
    sorting,
    special_functions,
    splitting,
    statistics,
    strides,
    two_operands,
    view_copies,
    views_in_place,
)
from reference.ops.autocasting import in_float32
from reference.ops.elementwise import Binary
from reference.ops.half_precision import OF_LAPACK, refusing_halves
from reference.ops.special_modes import of_samples
from reference.ops.table import Op
from reference.ops.writing import write_in_place
from reference.tensor import Tensor

FAMILIES: tuple[Any, ...] = (
    arithmetic, logic, pointwise, two_operands, special_functions, reductions, products, running, extremes,
    sorting, shapes, strides, slices, rearranging, joining, splitting, indexing, gathering, scattering, masking,
    copies, linear, einsum, complex, norms, linear_algebra, statistics, short_time, view_copies, views_in_place,
)  # fmt: skip

#: Rows without an in-place variant.
_OUT_OF_PLACE = """angle fmax fmin isfinite isinf isnan isneginf isposinf isreal logaddexp logaddexp2 maximum minimum
signbit""".split()
#: Functions of an ``input`` that are no methods.
_NO_METHODS = """bucketize combinations gradient histogramdd rsub std_mean var_mean view_as_complex
view_as_real""".split()
#: What families need of one another, and do not offer.
_HELPERS = "cross_along getitem norm_along setitem slice_along".split()

FUNCTIONS: dict[str, Any] = {}
METHODS: dict[str, Any] = {}
PROPERTIES: dict[str, Any] = {}


def _first_parameter(function: Any) -> str:
    code = inspect.unwrap(function).__code__
    return code.co_varnames[0] if code.co_argcount else ""


def _in_place(op: Op) -> Callable[..., Any]:
    def beside_others(self: Any, *others: Any, **parameters: Any) -> Any:
        return write_in_place(op, self, *others, **parameters)

    def beside_one(self: Any, other: Any) -> Any:
        other = other if type(other) is Tensor else op.second(other)  # type: ignore[attr-defined]
        return write_in_place(op.beside(other), self, other)  # type: ignore[attr-defined]

    method = beside_one if isinstance(op, Binary) else beside_others
    method.__name__, method.__doc__ = f"{op.name}_", f"`{op.name}` in place."
    return method


def _take(name: str, function: Any) -> None:
    if isinstance(function, Op):
        FUNCTIONS[name] = METHODS[name] = function
        if name not in _OUT_OF_PLACE:
            METHODS[f"{name}_"] = _in_place(function)
        return
    first = _first_parameter(function)
    if first in ("self", "input", "tensor") and name not in _NO_METHODS:
        METHODS[name] = function
    if first != "self":
        FUNCTIONS[name] = function
    if hasattr(function, "in_place"):
        METHODS[f"{name}_"] = function.in_place


def _gather(family: Any) -> None:
    for name, value in vars(family).items():
        if name.startswith("_") or name.endswith("_op") or name in _HELPERS:
            continue
        if isinstance(value, Op) or (inspect.isfunction(value) and value.__module__ == family.__name__):
            _take(name, value)
    FUNCTIONS.update(getattr(family, "FUNCTIONS", {}))
    METHODS.update(getattr(family, "METHODS", {}))
    PROPERTIES.update(getattr(family, "PROPERTIES", {}))


for _family in FAMILIES:
    _gather(_family)
METHODS.update(factories.METHODS)
FUNCTIONS.update(sampling.FUNCTIONS, softmax=activations.softmax, log_softmax=activations.log_softmax)
METHODS.update(sampling.METHODS | activations.METHODS | sparse.METHODS)

#: In-place methods that torch has as functions, too.
_IN_PLACE_FUNCTIONS = """abs_ acos_ acosh_ addmv_ arccos_ arccosh_ arcsin_ arcsinh_ arctan_ arctanh_ as_strided_ asin_
asinh_ atan_ atanh_ ceil_ clamp_ clamp_max_ clamp_min_ clip_ conj_physical_ cos_ cosh_ deg2rad_ erf_ erfc_ exp2_ exp_
expm1_ fill_ fix_ floor_ frac_ gcd_ i0_ index_put_ lcm_ ldexp_ log10_ log1p_ log2_ log_ logit_ nan_to_num_ neg_ negative_
rad2deg_ reciprocal_ resize_as_ round_ rsqrt_ sigmoid_ sin_ sinc_ sinh_ sqrt_ square_ tan_ tanh_ trunc_ xlogy_
zero_""".split()
FUNCTIONS.update({name: METHODS[name] for name in _IN_PLACE_FUNCTIONS})

for _table in (FUNCTIONS, METHODS):
    for _name in OF_LAPACK.keys() & _table.keys():
        _table[_name] = refusing_halves(_table[_name], OF_LAPACK[_name])

#: Functions that compute in float32 while autocast is on; others are marked where they are defined.
_IN_FLOAT32 = """cholesky cholesky_inverse cholesky_solve geqrf inverse lu_solve nanquantile orgqr ormqr pinverse polar prod
qr quantile stft svd trace triangular_solve view_as_complex""".split()
for _name in _IN_FLOAT32:
    for _table in (FUNCTIONS, METHODS):
        if _name in _table:
            _table[_name] = in_float32(_table[_name])

#: Functions that look into their arguments' arrays: inside vmap they are called sample by sample.
_OF_SAMPLES = """all any argmax argmin as_strided bincount bucketize count_nonzero index_put index_put_ isclose nanmean
new_empty new_full new_ones new_zeros nonzero put put_ repeat_interleave searchsorted unique unique_consecutive""".split()
for _name in _OF_SAMPLES:
    for _table in (FUNCTIONS, METHODS):
        if _name in _table:
            _table[_name] = of_samples(_table[_name])
