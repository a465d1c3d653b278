"""What the operators take and give: bools, shifts, powers, NumPy's numbers and arrays, and operands that are neither."""

import operator

from conformance.scenario import scenario

ARITHMETIC = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "truediv": operator.truediv,
    "floordiv": operator.floordiv,
    "mod": operator.mod,
    "pow": operator.pow,
}
BITWISE = {
    "and": operator.and_,
    "or": operator.or_,
    "xor": operator.xor,
    "lshift": operator.lshift,
    "rshift": operator.rshift,
}
ORDERINGS = {"lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge}
OPERATORS = {**ARITHMETIC, **BITWISE, "matmul": operator.matmul, **ORDERINGS}

# The operators in place, and what each writes into [12, 5] beside a 2.
IN_PLACE = {
    "iadd": (operator.iadd, [14, 7]),
    "isub": (operator.isub, [10, 3]),
    "imul": (operator.imul, [24, 10]),
    "ifloordiv": (operator.ifloordiv, [6, 2]),
    "imod": (operator.imod, [0, 1]),
    "ipow": (operator.ipow, [144, 25]),
    "iand": (operator.iand, [0, 0]),
    "ior": (operator.ior, [14, 7]),
    "ixor": (operator.ixor, [14, 7]),
    "ilshift": (operator.ilshift, [48, 20]),
    "irshift": (operator.irshift, [3, 1]),
}

# Operators that PyTorch has no kernel for where both operands are bools; what they give beside an integer.
NOT_OF_BOOLS = {
    "floordiv": (operator.floordiv, [0, 0]),
    "mod": (operator.mod, [1, 0]),
    "pow": (operator.pow, [1, 0]),
    "lshift": (operator.lshift, [4, 0]),
    "rshift": (operator.rshift, [0, 0]),
}

# The dtype of base ** exponent, where the default dtype is float32; a name is a tensor's dtype, anything else a number.
POWERS = [
    ("bool", True, "bool"),
    ("bool", 2, "int64"),
    ("bool", 0.5, "float32"),
    ("uint8", 2, "uint8"),
    ("int64", 2.0, "float32"),
    ("int64", 1j, "complex64"),
    ("float64", 2, "float64"),
    (2, "bool", "int64"),
    (2, "uint8", "uint8"),
    (2.0, "int64", "float32"),
    (2.0, "float64", "float64"),
    (1j, "float64", "complex128"),
    ("uint8", "int64", "int64"),
    ("int64", "float32", "float32"),
]

# Numbers, as NumPy hands them out of an array of a dtype: what their sum with a tensor of each dtype is.
NUMPY_NUMBERS = {
    "float64": ("float64", {"bool": "float32", "int64": "float32", "float32": "float32", "float64": "float64"}),
    "float32": ("float32", {"bool": "float32", "int64": "float32", "float32": "float32", "float64": "float64"}),
    "int64": ("int64", {"bool": "int64", "uint8": "uint8", "int32": "int32", "float32": "float32"}),
    "uint8": ("uint8", {"bool": "int64", "int8": "int8", "int64": "int64", "float32": "float32"}),
    "complex128": ("complex128", {"int64": "complex64", "float32": "complex64", "float64": "complex128"}),
    "bool": ("bool", {"bool": "float32", "int64": "float32", "float64": "float64"}),
}

NO_OPERANDS = {"None": None, "a string": "two", "a list": [1, 2], "a tuple": (1, 2), "a slice": slice(None)}

# Functions of two operands that are methods, too, and methods in place.
FUNCTIONS = ["add", "sub", "mul", "div", "floor_divide", "remainder", "pow", "bitwise_and", "lt", "eq"]


@scenario("TYP-24", dtypes=["float32"])
def subtraction_refuses_bools_on_either_side(torch, observe):
    mask = torch.tensor([True, False])
    others = {
        "a bool tensor": mask,
        "True": True,
        "an int": 2,
        "a float": 0.5,
        "an integer tensor": torch.tensor([1, 2]),
    }
    for name, other in others.items():
        with observe.raises(f"a bool tensor - {name}", RuntimeError, saying="bool"):
            mask - other
        with observe.raises(f"{name} - a bool tensor", RuntimeError, saying="bool"):
            other - mask


@scenario("TYP-24/of-numbers", dtypes=["float32"])
def subtraction_refuses_true_beside_any_tensor(torch, observe):
    for dtype in ("uint8", "int64", "float32", "complex64"):
        x = torch.ones(2, dtype=getattr(torch, dtype))
        with observe.raises(f"{dtype} - True", RuntimeError, saying="bool"):
            x - True
        with observe.raises(f"True - {dtype}", RuntimeError, saying="bool"):
            True - x
        with observe.raises(f"{dtype} -= True", RuntimeError, saying="bool"):
            x -= True


@scenario("TYP-25", cases=NOT_OF_BOOLS, dtypes=["float32"])
def an_operator_without_a_kernel_for_bools(torch, observe, case):
    apply, beside_two = case
    mask, ones = torch.tensor([True, False]), torch.tensor([True, True])
    with observe.raises("of two bool tensors", NotImplementedError):
        apply(mask, ones)
    with observe.raises("of a number and a bool tensor", NotImplementedError):
        apply(True, ones)
    observe("beside an int", apply(mask, 2), documented=beside_two)
    observe("beside an integer tensor", apply(mask, torch.tensor([2, 2])), documented=beside_two)


@scenario("TYP-25/of-floats", cases=BITWISE, dtypes=["float32"])
def bits_of_floats_are_refused(torch, observe, case):
    floats, integers = torch.tensor([1.0, 2.0]), torch.tensor([1, 2])
    with observe.raises("two float tensors", NotImplementedError):
        case(floats, floats)
    with observe.raises("a float tensor, an integer tensor", NotImplementedError):
        case(floats, integers)
    with observe.raises("an integer tensor, a float", NotImplementedError):
        case(integers, 1.0)
    with observe.raises("a float, an integer tensor", NotImplementedError):
        case(1.0, integers)


@scenario("TYP-25/products-of-bools", dtypes=["float32"])
def products_of_bool_matrices_are_refused(torch, observe):
    vector, matrix = torch.tensor([True, False]), torch.tensor([[True, False], [True, True]])
    pairs = {
        "of vectors": (vector, vector),
        "of a matrix and a vector": (matrix, vector),
        "of a vector and a matrix": (vector, matrix),
        "of matrices": (matrix, matrix),
        "of batches": (matrix[None], matrix[None]),
    }
    for name, (a, b) in pairs.items():
        with observe.raises(name, NotImplementedError):
            a @ b


@scenario("TYP-26", dtypes=["float32"])
def shifts_multiply_and_divide_by_powers_of_two(torch, observe):
    x, by = torch.tensor([5, -5]), torch.tensor([1, 2])
    observe("x << a tensor", x << by, documented=[10, -20])
    observe("x >> a tensor", x >> by, documented=[2, -2])
    observe("x << a number", x << 3, documented=[40, -40])
    observe("a number << x", 3 << by, documented=[6, 12])
    observe("a number >> x", 12 >> by, documented=[6, 3])
    observe("a uint8 tensor << an int64 tensor", torch.tensor([1, 2], dtype=torch.uint8) << by, documented=[2, 8])
    observe("a uint8 tensor << a number", torch.tensor([1, 2], dtype=torch.uint8) << 1, documented=[2, 4])


@scenario("TYP-26/beyond-the-width", dtypes=["float32"])
def shifts_by_more_bits_than_there_are(torch, observe):
    x, small = torch.tensor([5, -5]), torch.tensor([5, 255], dtype=torch.uint8)
    observe("x << 64", x << 64)
    observe("x >> 64", x >> 64)
    observe("x << -1", x << -1)
    observe("x >> -1", x >> -1)
    observe("uint8 << 4 loses bits", small << 4, documented=[80, 240])
    observe("uint8 << 8", small << 8)


@scenario("TYP-03/powers", dtypes=["float32"])
def the_dtype_of_a_power_of_or_by_a_number(torch, observe):
    for base, exponent, result in POWERS:
        operands = [torch.ones(2, dtype=getattr(torch, x)) if isinstance(x, str) else x for x in (base, exponent)]
        observe(f"{base} ** {exponent}", (operands[0] ** operands[1]).dtype, documented=result)


@scenario("TYP-03/negative-integer-powers", dtypes=["float32"])
def negative_powers_of_integers(torch, observe):
    x, negative = torch.tensor([1, 2, -1]), torch.tensor([-1, -2, -3])
    with observe.raises("an integer tensor ** -1", RuntimeError, saying="negative integer powers"):
        x**-1
    observe("an integer tensor ** a negative integer tensor", x**negative)
    observe("2 ** a negative integer tensor", 2**negative)
    observe("-1 ** a negative integer tensor", (-1) ** negative)
    observe("an integer tensor ** -1.0", x**-1.0, documented=[1.0, 0.5, -1.0])


@scenario("TYP-27", cases=NUMPY_NUMBERS, dtypes=["float32"], devices="cpu")
def a_numpy_number_counts_as_pythons(torch, observe, case):
    of, results = case
    number = torch.ones(1, dtype=getattr(torch, of)).numpy()[0]
    for dtype, result in results.items():
        x = torch.full((2,), 2, dtype=torch.int64).to(getattr(torch, dtype))
        observe(f"{dtype} + the number", (x + number).dtype, documented=result)
        observe(f"the number + {dtype}", (number + x).dtype, documented=result)
        observe(f"{dtype} ** the number", (x**number).dtype, documented=result)
        observe(f"the number ** {dtype}", (number**x).dtype, documented=result)


@scenario("TYP-27/in-place", dtypes=["float32"], devices="cpu")
def a_numpy_number_in_place(torch, observe):
    two = torch.tensor([2.0], dtype=torch.float64).numpy()[0]
    for name in ("iadd", "imul", "ipow"):
        apply, _ = IN_PLACE[name]
        observe(f"{name} of float32", apply(torch.tensor([1.0, 3.0]), two).dtype, documented="float32")
        with observe.raises(f"{name} of int64", RuntimeError, saying="cast"):
            apply(torch.tensor([1, 3]), two)


@scenario("TYP-28", cases=OPERATORS, dtypes=["float32"])
def an_operand_that_is_neither_tensor_nor_number(torch, observe, case):
    x = torch.tensor([1, 2])
    for name, other in NO_OPERANDS.items():
        with observe.raises(f"{name} on the right", TypeError):
            case(x, other)
        if isinstance(other, str):  # its remainder is formatting
            continue
        with observe.raises(f"{name} on the left", TypeError):
            case(other, x)


@scenario("TYP-28/in-place", cases=IN_PLACE, dtypes=["float32"])
def an_operand_that_is_neither_tensor_nor_number_in_place(torch, observe, case):
    apply, _ = case
    x = torch.tensor([1, 2])
    for name, other in NO_OPERANDS.items():
        with observe.raises(name, TypeError):
            apply(x, other)
    observe("the tensor", x, documented=[1, 2])


@scenario("TYP-28/functions", cases=FUNCTIONS, dtypes=["float32"])
def an_argument_that_is_neither_tensor_nor_number(torch, observe, case):
    x = torch.tensor([1, 2])
    for name, other in NO_OPERANDS.items():
        with observe.raises(f"{name}, to the function", TypeError):
            getattr(torch, case)(x, other)
        with observe.raises(f"{name}, to the method", TypeError):
            getattr(x, case)(other)
        with observe.raises(f"{name}, to the method in place", TypeError):
            getattr(x, f"{case}_")(other)
    observe("the tensor", x, documented=[1, 2])


@scenario("TYP-28/equality", dtypes=["float32"])
def nothing_else_equals_a_tensor(torch, observe):
    x = torch.tensor([1, 2])
    for name, other in NO_OPERANDS.items():
        observe(f"x == {name}", x == other, documented=False)
        observe(f"{name} == x", other == x, documented=False)
        observe(f"x != {name}", x != other, documented=True)


@scenario("TYP-29", cases=ARITHMETIC, dtypes=["float32"], devices="cpu")
def numpy_computes_where_an_array_stands_on_the_right(torch, observe, case):
    x, array = torch.tensor([1.0, 2.0]), torch.tensor([2.0, 2.0], dtype=torch.float64).numpy()
    result = case(x, array)
    observe("a float32 tensor and a float64 array", result.tolist())
    observe("the result is a tensor", isinstance(result, torch.Tensor))
    observe("its dtype", result.dtype)
    x.requires_grad_()
    with observe.raises("a tensor that requires grad", RuntimeError, saying="detach"):
        case(x, array)


@scenario("TYP-29/on-the-left", dtypes=["float32"], devices="cpu")
def an_array_on_the_left_is_refused(torch, observe):
    x, array = torch.tensor([1.0, 2.0]), torch.tensor([2.0, 2.0], dtype=torch.float64).numpy()
    for name, apply in ARITHMETIC.items():
        if name == "truediv":
            continue
        with observe.raises(name, TypeError):
            apply(array, x)
    observe("but the quotient, which is x.reciprocal() * array", array / x)


@scenario("TYP-29/in-place", dtypes=["float32"], devices="cpu")
def an_array_is_not_added_in_place(torch, observe):
    x, array = torch.tensor([1.0, 2.0]), torch.tensor([2.0, 2.0], dtype=torch.float64).numpy()
    y = x
    y += array
    observe("the name stands for a new tensor", y is not x)
    observe("of dtype", y.dtype)
    observe("the old one", x, documented=[1.0, 2.0])


@scenario("TYP-29/comparisons", dtypes=["float32"], devices="cpu")
def equality_takes_an_array_for_a_tensor(torch, observe):
    x, array = torch.tensor([1.0, 2.0]), torch.tensor([1.0, 3.0], dtype=torch.float64).numpy()
    observe("x == array", x == array)
    observe("array == x", array == x)
    observe("x != array", x != array)
    for name, compare in ORDERINGS.items():
        with observe.raises(f"{name} of them", TypeError):
            compare(x, array)


@scenario("TYP-30", dtypes=["float32"])
def a_number_that_the_dtype_does_not_hold_wraps_around(torch, observe):
    x = torch.tensor([1, 200], dtype=torch.uint8)
    observe("x + -1", x + -1, documented=[0, 199])
    observe("x + 300", x + 300, documented=[45, 244])
    observe("-1 * x", -1 * x, documented=[255, 56])
    observe("x < -1", x < -1)
    observe("x == 256 + 200", x == 456)
    with observe.raises("a number of more than 64 bits", OverflowError):
        x + 2**70
    x += -1
    observe("x += -1", x, documented=[0, 199])


@scenario("INP-21/operators", cases=IN_PLACE, needs=["INP-21"], dtypes=["float32"])
def an_operator_in_place_writes_integers_and_refuses_floats(torch, observe, case):
    apply, elements = case
    for name, other in {"a number": 2, "a tensor": torch.tensor([2, 2])}.items():
        x = torch.tensor([12, 5])
        observe(f"{name}: the result is the tensor", apply(x, other) is x, documented=True)
        observe(f"{name}: its elements", x, documented=elements)
    with observe.raises("a float tensor", RuntimeError, saying="cast"):
        apply(torch.tensor([12, 5]), torch.tensor([2.0, 2.0]))
