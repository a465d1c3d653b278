"""Every in-place method of one operand: its value, its identity, its version and its gradient."""

import math

from conformance.scenario import scenario


def sign(v):
    return (v > 0) - (v < 0)


def zero(v):
    return 0.0


def logistic(v):
    return 1 / (1 + math.exp(-v))


def sinc(v):
    return math.sin(math.pi * v) / (math.pi * v)


#: The points at which a method is evaluated, the value there, and the derivative.
UNARY = {
    "abs_": ([-0.5, 2.0], abs, sign),
    "absolute_": ([-0.5, 2.0], abs, sign),
    "acos_": ([-0.5, 0.25], math.acos, lambda v: -1 / math.sqrt(1 - v * v)),
    "arccos_": ([-0.5, 0.25], math.acos, lambda v: -1 / math.sqrt(1 - v * v)),
    "arcsin_": ([-0.5, 0.25], math.asin, lambda v: 1 / math.sqrt(1 - v * v)),
    "arctan_": ([-0.5, 2.0], math.atan, lambda v: 1 / (1 + v * v)),
    "asin_": ([-0.5, 0.25], math.asin, lambda v: 1 / math.sqrt(1 - v * v)),
    "atan_": ([-0.5, 2.0], math.atan, lambda v: 1 / (1 + v * v)),
    "ceil_": ([-0.5, 2.25], math.ceil, zero),
    "conj_physical_": ([-0.5, 2.0], lambda v: v, lambda v: 1.0),
    "cos_": ([-0.5, 2.0], math.cos, lambda v: -math.sin(v)),
    "cosh_": ([-0.5, 2.0], math.cosh, math.sinh),
    "deg2rad_": ([-90.0, 45.0], math.radians, lambda v: math.pi / 180),
    "erf_": ([-0.5, 1.0], math.erf, lambda v: 2 / math.sqrt(math.pi) * math.exp(-v * v)),
    "erfc_": ([-0.5, 1.0], math.erfc, lambda v: -2 / math.sqrt(math.pi) * math.exp(-v * v)),
    "exp_": ([-0.5, 2.0], math.exp, math.exp),
    "exp2_": ([-1.0, 2.0], lambda v: 2.0**v, lambda v: 2.0**v * math.log(2)),
    "expm1_": ([-0.5, 2.0], math.expm1, math.exp),
    "fix_": ([-1.5, 2.25], math.trunc, zero),
    "floor_": ([-0.5, 2.25], math.floor, zero),
    "frac_": ([-1.5, 2.25], lambda v: v - math.trunc(v), lambda v: 1.0),
    "lgamma_": ([0.5, 3.0], math.lgamma, {0.5: -1.9635100260214235, 3.0: 0.9227843350984671}.get),
    "log_": ([0.5, 2.0], math.log, lambda v: 1 / v),
    "log10_": ([0.5, 2.0], math.log10, lambda v: 1 / (v * math.log(10))),
    "log1p_": ([-0.5, 2.0], math.log1p, lambda v: 1 / (1 + v)),
    "log2_": ([0.5, 2.0], math.log2, lambda v: 1 / (v * math.log(2))),
    "logit_": ([0.25, 0.5], lambda v: math.log(v / (1 - v)), lambda v: 1 / (v * (1 - v))),
    "nan_to_num_": ([-0.5, math.nan], lambda v: 0.0 if math.isnan(v) else v, lambda v: float(not math.isnan(v))),
    "neg_": ([-0.5, 2.0], lambda v: -v, lambda v: -1.0),
    "negative_": ([-0.5, 2.0], lambda v: -v, lambda v: -1.0),
    "rad2deg_": ([-0.5, 2.0], math.degrees, lambda v: 180 / math.pi),
    "reciprocal_": ([-0.5, 2.0], lambda v: 1 / v, lambda v: -1 / v**2),
    "relu_": ([-0.5, 2.0], lambda v: max(v, 0.0), lambda v: float(v > 0)),
    "round_": ([-0.75, 2.25], round, zero),
    "rsqrt_": ([0.25, 4.0], lambda v: v**-0.5, lambda v: -0.5 * v**-1.5),
    "sgn_": ([-0.5, 2.0], sign, zero),
    "sigmoid_": ([-0.5, 2.0], logistic, lambda v: logistic(v) * logistic(-v)),
    "sign_": ([-0.5, 2.0], sign, zero),
    "sin_": ([-0.5, 2.0], math.sin, math.cos),
    "sinc_": ([0.25, 0.5], sinc, lambda v: (math.cos(math.pi * v) - sinc(v)) / v),
    "sinh_": ([-0.5, 2.0], math.sinh, math.cosh),
    "sqrt_": ([0.25, 4.0], math.sqrt, lambda v: 0.5 / math.sqrt(v)),
    "square_": ([-0.5, 2.0], lambda v: v * v, lambda v: 2 * v),
    "tan_": ([-0.5, 1.0], math.tan, lambda v: 1 + math.tan(v) ** 2),
    "tanh_": ([-0.5, 1.0], math.tanh, lambda v: 1 - math.tanh(v) ** 2),
    "trunc_": ([-1.5, 2.25], math.trunc, zero),
}  # fmt: skip

#: The value alone: these have no derivative in place.
WITHOUT_DERIVATIVE = {
    "acosh_": ([1.5, 2.0], math.acosh),
    "arccosh_": ([1.5, 2.0], math.acosh),
    "arcsinh_": ([-0.5, 2.0], math.asinh),
    "arctanh_": ([-0.5, 0.25], math.atanh),
    "asinh_": ([-0.5, 2.0], math.asinh),
    "atanh_": ([-0.5, 0.25], math.atanh),
}

#: Methods whose values the standard library does not have.
SPECIAL = {
    "erfinv_": lambda y: y.erfinv_(),
    "i0_": lambda y: y.i0_(),
    "mvlgamma_": lambda y: y.mvlgamma_(2),
}

#: PyTorch computes the trigamma function to nine digits only, in double precision too.
POLYGAMMA = {
    "digamma_": lambda y: y.digamma_(),
    "polygamma_": lambda y: y.polygamma_(1),
}


@scenario("INP-32", cases=list(UNARY), needs=["INP-12"])
def an_in_place_method_of_one_operand_is_differentiated(torch, observe, method):
    points, value, derivative = UNARY[method]
    x = torch.tensor(points, requires_grad=True)
    y = x * 1
    alias = y.detach()
    same = getattr(y, method)()
    observe("the method returns the tensor itself", same is y, documented=True)
    observe("an alias shows the new value", alias, documented=[value(v) for v in points], terms=4)
    observe("the version rose by one", y._version)
    y.backward(torch.tensor([1.0, 2.0]))
    first, second = points
    # PyTorch may give a zero gradient without storage, whose numbers cannot be read before it is used.
    observe("the gradient", x.grad + 0, documented=[derivative(first), 2 * derivative(second)], terms=8)


@scenario("INP-32/on-a-leaf", cases=list(UNARY), needs=["INP-05"])
def no_in_place_method_of_one_operand_may_change_a_leaf(torch, observe, method):
    points, _, _ = UNARY[method]
    x = torch.tensor(points, requires_grad=True)
    with observe.raises("the call", RuntimeError, saying="leaf"):
        getattr(x, method)()
    observe("the leaf's value afterwards", x, documented=points)


@scenario("INP-32/of-a-special-function", cases=SPECIAL, needs=["INP-12"])
def an_in_place_special_function_is_differentiated(torch, observe, in_place):
    x = torch.tensor([0.625, 0.75], requires_grad=True)
    y = x * 1
    same = in_place(y)
    observe("the method returns the tensor itself", same is y, documented=True)
    observe("the value", y, terms=8)
    y.backward(torch.tensor([1.0, 2.0]))
    observe("the gradient", x.grad, terms=16)


@scenario("INP-32/polygamma", cases=POLYGAMMA, needs=["INP-12"], dtypes=["float32"])
def an_in_place_polygamma_function_is_differentiated(torch, observe, in_place):
    x = torch.tensor([0.625, 0.75], requires_grad=True)
    y = x * 1
    same = in_place(y)
    observe("the method returns the tensor itself", same is y, documented=True)
    observe("the value", y, terms=16)
    y.backward(torch.tensor([1.0, 2.0]))
    observe("the gradient", x.grad, terms=16)


@scenario("INP-33", cases=list(WITHOUT_DERIVATIVE), needs=["INP-12"])
def the_inverse_hyperbolic_methods_have_no_derivative_in_place(torch, observe, method):
    points, value = WITHOUT_DERIVATIVE[method]
    x = torch.tensor(points, requires_grad=True)
    y = x * 1
    getattr(y, method)()
    observe("the value", y, documented=[value(v) for v in points], terms=4)
    observe("the result requires grad", y.requires_grad)
    with observe.raises("backward", saying="derivative"):
        y.sum().backward()
