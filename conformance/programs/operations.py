"""The operations that programs are made of, by the shape of their arguments.

A string of letters says of which dtypes an operand may be: f floating, i integer, b bool, c complex. What is left out,
and why, stands at the end.
"""

from __future__ import annotations

#: One tensor in, one of the same shape out.
UNARY = {
    **dict.fromkeys(("neg", "square", "reciprocal", "positive"), "fic"),
    **dict.fromkeys(("exp", "sin", "cos", "tanh", "sigmoid", "log", "sqrt", "rsqrt", "tan", "sinh", "cosh"), "fic"),
    **dict.fromkeys(("asin", "acos", "atan", "asinh", "acosh", "atanh", "log2", "log10", "log1p", "expm1"), "fic"),
    **dict.fromkeys(("abs", "relu", "sign", "exp2", "sinc", "erf", "erfc", "erfinv", "i0"), "fi"),
    **dict.fromkeys(("ceil", "floor", "round", "trunc", "frac", "logit", "deg2rad", "rad2deg"), "f"),
    "nan_to_num": "fi",
    "clone": "fibc",
}

#: In place of a number's sign, a tensor of bools comes out, which no gradient goes through.
PREDICATES = {
    **dict.fromkeys(("isnan", "isinf", "isfinite"), "fi"),
    **dict.fromkeys(("isposinf", "isneginf"), "fi"),
    "logical_not": "fib",
}

#: Two operands that are broadcast against each other; the second may be a number where there is a sign for it.
BINARY = {
    **dict.fromkeys(("add", "sub", "mul", "div"), "fic"),
    "pow": "fi",
    **dict.fromkeys(("maximum", "minimum", "fmax", "fmin", "remainder", "fmod", "floor_divide"), "fi"),
    **dict.fromkeys(("atan2", "hypot", "logaddexp", "logaddexp2", "xlogy", "float_power"), "f"),
}
SIGNS = {"+": "add", "-": "sub", "*": "mul", "/": "div", "**": "pow", "//": "floor_divide", "%": "remainder"}
COMPARISONS = {"==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
LOGICAL = ("logical_and", "logical_or", "logical_xor")

#: A dimension, or none for all of them, and ``keepdim``.
REDUCTIONS = {
    **dict.fromkeys(("sum", "mean", "prod"), "fic"),
    **dict.fromkeys(("amax", "amin"), "fi"),
    **dict.fromkeys(("var", "std", "logsumexp", "nansum"), "f"),
    **dict.fromkeys(("any", "all"), "fib"),
}
#: A dimension, and values with their indices; or nothing, and the value alone.
EXTREMA = ("max", "min")
#: A dimension, and a result of the same shape.
SCANS = {"cumsum": "fic", "cumprod": "fic", "logcumsumexp": "f", "softmax": "f", "log_softmax": "f"}
INDICES = ("argmax", "argmin")

PRODUCTS = ("matmul", "mm", "bmm", "mv", "dot", "outer", "inner", "addmm", "addmv", "baddbmm", "einsum", "tensordot")

#: Results that share the operand's memory.
VIEWS = (
    *("view", "t", "transpose", "permute", "squeeze", "unsqueeze", "expand", "narrow", "select", "diagonal", "unfold"),
    *("movedim", "flatten", "unflatten", "reshape", "swapaxes", "as_strided", "view_as", "expand_as", "ravel"),
)
#: Several such results.
SPLITS = ("split", "chunk", "unbind", "tensor_split")
#: Results of the operand's elements in another place.
ARRANGEMENTS = ("flip", "roll", "repeat", "tile", "tril", "triu", "repeat_interleave", "rot90", "contiguous")

JOININGS = ("cat", "stack", "hstack", "vstack")
TERNARY = ("where", "lerp", "addcmul", "addcdiv", "clamp", "clamp_min", "clamp_max", "masked_fill")
GATHERING = ("index_select", "gather", "take", "take_along_dim", "masked_select", "sort")
SCATTERING = (
    *("scatter", "scatter_add", "index_add", "index_copy", "index_fill", "index_put", "masked_scatter"),
    *("select_scatter", "slice_scatter", "diagonal_scatter"),
)
CASTS = ("to", "type_as", "float", "double")
COMPLEX = ("real", "imag", "conj", "view_as_real", "angle", "abs")

#: ``torch.nn.functional``: one tensor in, one of the same shape out.
ACTIVATIONS = (
    *("relu", "leaky_relu", "elu", "selu", "celu", "gelu", "silu", "softplus", "hardtanh", "relu6"),
    *("hardswish", "hardshrink", "softshrink", "tanhshrink", "softsign", "mish"),
)
#: Those whose gradient at NaN depends in PyTorch on the element's place: its vectorised kernels, which take 8 elements
#: or more, choose the other side there than the scalar ones, which take the rest. So they are drawn of fewer elements.
SCALAR_ACTIVATIONS = ("elu", "selu", "celu", "hardtanh", "relu6", "hardswish", "hardshrink", "softshrink")
VECTOR = 8
#: ``torch.nn.functional``: a prediction and a target of one shape, and a reduction.
LOSSES = ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss")

_WITHOUT_IN_PLACE_FORM = ("maximum", "minimum", "fmax", "fmin", "logaddexp", "logaddexp2")

#: Operations with a form that writes into their first operand.
IN_PLACE = (
    *(name for name in UNARY if name not in ("positive", "clone")),
    *(name for name in BINARY if name not in (*_WITHOUT_IN_PLACE_FORM, "floor_divide")),
    *(
        "lerp",
        "addcmul",
        "addcdiv",
        "clamp",
        "masked_fill",
        "zero",
        "fill",
        "copy",
        "cumsum",
        "cumprod",
        "tril",
        "triu",
    ),
    *("scatter", "scatter_add", "index_add", "index_copy", "index_fill", "index_put", "masked_scatter"),
    *("t", "transpose", "squeeze", "unsqueeze", "detach", "requires_grad", "addmm"),
)

OPTIMIZERS = (
    *("SGD", "Adam", "AdamW", "Adamax", "NAdam", "RAdam", "Adagrad", "Adadelta", "Adafactor", "RMSprop", "Rprop"),
    *("ASGD", "LBFGS", "Muon", "SparseAdam"),
)

#: Every operation by name.
OPERATIONS = (
    *UNARY,
    *PREDICATES,
    *BINARY,
    *COMPARISONS.values(),
    *LOGICAL,
    *REDUCTIONS,
    *EXTREMA,
    *SCANS,
    *INDICES,
    *PRODUCTS,
    *VIEWS,
    *SPLITS,
    *ARRANGEMENTS,
    *JOININGS,
    *TERNARY,
    *GATHERING,
    *SCATTERING,
    *CASTS,
    *COMPLEX,
    *ACTIVATIONS,
    *LOSSES,
)

#: Every attribute that a program may name.
ATTRIBUTES = frozenset(
    {
        *OPERATIONS,
        *(f"{name}_" for name in IN_PLACE),
        *OPTIMIZERS,
        *("tensor", "zeros", "ones", "full", "arange", "zeros_like", "ones_like", "full_like", "inf", "nan"),
        *("float32", "float64", "int64", "bool", "complex64", "complex128"),
        *("requires_grad", "grad", "data", "detach", "retain_grad", "shape", "T", "mT", "dtype"),
        *("autograd", "backward", "nn", "functional", "optim"),
        *("no_grad", "enable_grad", "set_grad_enabled", "inference_mode"),
        *("register_hook", "register_post_accumulate_grad_hook", "remove", "append"),
        *("step", "zero_grad", "state_dict", "load_state_dict", "add_param_group", "param_groups", "deepcopy"),
        *("set_default_dtype", "manual_seed"),
    }
)

# Left out, as their results or gradients are documented to be arbitrary where values are equal, and the values of
# programs often are: topk, kthvalue, median, nanmedian, mode, sort without ``stable``, argsort. Left out, as results
# are uninitialised or random: empty, rand and its like, dropout; signbit and copysign, as NaN has either sign. Left
# out, as PyTorch 2.13 itself is at fault: logit with ``eps``, whose gradient at NaN depends on the element's place;
# sgn, whose gradient is a tensor without memory, that cannot be read (nor is abs or l1_loss differentiated twice);
# lgamma and digamma, whose derivatives are right to ten digits only in float64; hardsigmoid, whose derivative is the
# float32 next to 1/6 in float64 too; floor_divide_, which through a view loses sight of its second operand. Left out,
# as it saves a buffer of its own that a write past the version counter does not reach: logsigmoid.
