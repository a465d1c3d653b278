"""Type promotion and gradients: whatever dtype was computed in, each leaf's gradient has the leaf's dtype."""

from conformance.scenario import scenario

# Functions of two operands that promote like the sum.
BINARY = {
    "add": lambda torch, a, b: a + b,
    "sub": lambda torch, a, b: a - b,
    "mul": lambda torch, a, b: a * b,
    "div": lambda torch, a, b: a / b,
    "pow": lambda torch, a, b: a**b,
    "remainder": lambda torch, a, b: a % b,
    "maximum": lambda torch, a, b: torch.maximum(a, b),
    "atan2": lambda torch, a, b: torch.atan2(a, b),
    "where": lambda torch, a, b: torch.where(torch.tensor([True, False]), a, b),
}

# Functions that make floating point numbers of integers: the function, the value at 4.
OF_INTEGERS = {
    "sqrt": (lambda torch, x: torch.sqrt(x), 2.0),
    "exp2": (lambda torch, x: torch.exp2(x), 16.0),
    "reciprocal": (lambda torch, x: torch.reciprocal(x), 0.25),
    "true-divide": (lambda torch, x: x / 8, 0.5),
}

# Reductions that take a dtype.
REDUCTIONS = {
    "mean": lambda torch, x, dtype: x.mean(dtype=dtype),
    "prod": lambda torch, x, dtype: x.prod(dtype=dtype),
    "cumsum": lambda torch, x, dtype: x.cumsum(0, dtype=dtype),
    "softmax": lambda torch, x, dtype: torch.softmax(x, 0, dtype=dtype),
}


@scenario("TYP-01", dtypes=["float32"], needs=["BWD-01"])
def float32_and_float64_compute_in_float64_and_each_leaf_keeps_its_dtype(torch, observe):
    a = torch.tensor([1.0, 2.0], dtype=torch.float32, requires_grad=True)
    b = torch.tensor([3.0, 4.0], dtype=torch.float64, requires_grad=True)
    y = a * b
    observe("the dtype of the product", y.dtype, documented="float64")
    y.sum().backward()
    observe("the gradient of the float32 leaf", a.grad, documented=[3, 4])
    observe("its dtype", a.grad.dtype, documented="float32")
    observe("the gradient of the float64 leaf", b.grad, documented=[1, 2])
    observe("its dtype too", b.grad.dtype, documented="float64")


@scenario("TYP-01/gradients-of", cases=BINARY, dtypes=["float32"], needs=["TYP-01"])
def every_function_of_two_casts_each_gradient_back(torch, observe, case):
    a = torch.tensor([3.0, 5.0], dtype=torch.float64, requires_grad=True)
    b = torch.tensor([2.0, 4.0], dtype=torch.float32, requires_grad=True)
    y = case(torch, a, b)
    observe("the dtype of the result", y.dtype, documented="float64")
    y.sum().backward()
    observe("the gradient of the float64 leaf", a.grad)
    observe("the gradient of the float32 leaf", b.grad)
    observe("their dtypes", [a.grad.dtype, b.grad.dtype], documented=["float64", "float32"])


@scenario("TYP-01/accumulation", dtypes=["float32"], needs=["TYP-01", "ACC-02"])
def gradients_of_two_computations_accumulate_in_the_leafs_dtype(torch, observe):
    x = torch.tensor([1.0, 2.0], dtype=torch.float32, requires_grad=True)
    (x * torch.tensor([3.0, 4.0], dtype=torch.float64)).sum().backward()
    (x * 2.0).sum().backward()
    observe("the gradient", x.grad, documented=[5, 6])
    observe("its dtype", x.grad.dtype, documented="float32")


@scenario("TYP-01/matmul-does-not-promote", dtypes=["float32"])
def matmul_of_two_dtypes_is_refused(torch, observe):
    with observe.raises("float32 by float64", RuntimeError, saying="dtype"):
        torch.ones(2, 2, dtype=torch.float32) @ torch.ones(2, 2, dtype=torch.float64)


@scenario("TYP-02", dtypes=["float32"], needs=["BWD-01"])
def a_0_dim_float64_tensor_leaves_float32_and_gets_a_float64_gradient(torch, observe):
    x = torch.tensor([1.0, 2.0], dtype=torch.float32, requires_grad=True)
    scale = torch.tensor(3.0, dtype=torch.float64, requires_grad=True)
    y = x * scale
    observe("the dtype of the product", y.dtype, documented="float32")
    y.sum().backward()
    observe("the gradient of the vector", x.grad, documented=[3, 3])
    observe("its dtype", x.grad.dtype, documented="float32")
    observe("the gradient of the scalar", scale.grad, documented=3.0)
    observe("its dtype too", scale.grad.dtype, documented="float64")


@scenario("TYP-02/two-0-dim-tensors", dtypes=["float32"], needs=["TYP-01"])
def two_0_dim_tensors_promote_like_any_two(torch, observe):
    a = torch.tensor(1.0, dtype=torch.float32, requires_grad=True)
    b = torch.tensor(3.0, dtype=torch.float64, requires_grad=True)
    y = a * b
    observe("the dtype of the product", y.dtype, documented="float64")
    y.backward()
    observe("the dtypes of the gradients", [a.grad.dtype, b.grad.dtype], documented=["float32", "float64"])


@scenario("TYP-02/one-element-vector", dtypes=["float32"], needs=["TYP-02"])
def a_vector_of_one_element_is_no_0_dim_tensor(torch, observe):
    y = torch.ones(2, dtype=torch.float32) + torch.ones(1, dtype=torch.float64)
    observe("the dtype of the sum", y.dtype, documented="float64")


@scenario("TYP-02/in-place", dtypes=["float32"], needs=["TYP-02", "INP-10"])
def an_in_place_operation_keeps_the_dtype_and_casts_the_operands_gradient(torch, observe):
    x = torch.tensor([1.0, 2.0], dtype=torch.float32, requires_grad=True)
    other = torch.tensor([3.0, 4.0], dtype=torch.float64, requires_grad=True)
    y = x * 1.0
    y.mul_(other)
    observe("the dtype", y.dtype, documented="float32")
    y.sum().backward()
    observe("the gradient of the operand", other.grad, documented=[1, 2])
    observe("the dtypes of the gradients", [x.grad.dtype, other.grad.dtype], documented=["float32", "float64"])


@scenario("TYP-03", dtypes=["float32"], needs=["BWD-01"])
def a_python_float_leaves_the_dtype_of_a_float_tensor(torch, observe):
    for dtype in ("float32", "float64"):
        x = torch.tensor([1.0, 2.0], dtype=getattr(torch, dtype), requires_grad=True)
        y = x * 2.5
        y.sum().backward()
        observe(f"the product in {dtype}", y, documented=[2.5, 5])
        observe(f"its gradient in {dtype}", x.grad, documented=[2.5, 2.5])


@scenario("TYP-03/an-integer-tensor", needs=["TYP-03"])
def a_python_float_with_an_integer_tensor_gives_the_default_dtype(torch, observe):
    y = torch.tensor([1, 2]) * 2.5
    observe("the product", y, documented=[2.5, 5])
    observe("is of the default dtype", y.dtype == torch.get_default_dtype(), documented=True)


@scenario("TYP-03/a-number-that-is-not-exact", dtypes=["float32"], needs=["TYP-03"])
def a_python_number_is_rounded_to_the_tensors_dtype(torch, observe):
    y = torch.ones(1, dtype=torch.float32) * 0.1
    observe("one times 0.1 in float32 is the float32 nearest to it", y.item() == 0.1, documented=False)
    observe("in float64 it is exact", (torch.ones(1, dtype=torch.float64) * 0.1).item() == 0.1, documented=True)


@scenario("TYP-04", needs=["BWD-01"])
def an_integer_tensor_mixes_with_a_float_leaf_and_gets_no_gradient(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    counts = torch.tensor([3, 4])
    y = x * counts
    observe("the product", y, documented=[3, 8])
    observe("has the leaf's dtype", y.dtype == x.dtype, documented=True)
    y.sum().backward()
    observe("the gradient", x.grad, documented=[3, 4])
    observe("the gradient of the integers", counts.grad, documented=None)


@scenario("TYP-04/booleans", needs=["TYP-04"])
def a_boolean_tensor_counts_as_zeros_and_ones(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * torch.tensor([True, False])
    observe("the product", y, documented=[1, 0])
    y.sum().backward()
    observe("the gradient", x.grad, documented=[1, 0])


@scenario("TYP-04/an-integer-exponent", needs=["TYP-04"])
def an_integer_tensor_may_be_an_exponent(torch, observe):
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    y = x ** torch.tensor([3, 1])
    observe("the power", y, documented=[8, 3])
    y.sum().backward()
    observe("the gradient", x.grad, documented=[12, 1])


@scenario("TYP-05", needs=["TYP-03/an-integer-tensor"])
def true_division_of_integers_gives_the_default_dtype(torch, observe):
    y = torch.tensor([1, 3]) / torch.tensor([2, 4])
    observe("the quotient", y, documented=[0.5, 0.75])
    observe("is of the default dtype", y.dtype == torch.get_default_dtype(), documented=True)


@scenario("TYP-05/floor-division", dtypes=["float32"])
def floor_division_of_integers_stays_an_integer(torch, observe):
    y = torch.tensor([7, -7]) // 2
    observe("the quotient", y, documented=[3, -4])
    observe("its dtype", y.dtype, documented="int64")


@scenario("TYP-05/in-place", dtypes=["float32"])
def true_division_of_integers_in_place_is_refused(torch, observe):
    x = torch.tensor([1, 3])
    with observe.raises("dividing in place", RuntimeError, saying="cast"):
        x /= 2
    observe("the tensor", x, documented=[1, 3])


@scenario("TYP-05/functions", cases=OF_INTEGERS)
def functions_into_the_reals_make_the_default_dtype_of_integers(torch, observe, case):
    function, value = case
    y = function(torch, torch.tensor(4))
    observe("the value", y, documented=value)
    observe("is of the default dtype", y.dtype == torch.get_default_dtype(), documented=True)


@scenario("TYP-05/sums-of-integers", dtypes=["float32"])
def sums_and_products_of_small_integers_are_int64(torch, observe):
    small = torch.tensor([100, 100], dtype=torch.int8)
    observe("the sum of int8", small.sum(), documented=200)
    observe("its dtype", small.sum().dtype, documented="int64")
    observe("the dtype of a product of int32", torch.tensor([2, 3], dtype=torch.int32).prod().dtype, documented="int64")
    observe("the number of true values", torch.tensor([True, True]).sum(), documented=2)


@scenario("TYP-05/the-mean-of-integers", dtypes=["float32"])
def the_mean_of_integers_is_refused(torch, observe):
    with observe.raises("the mean of int64", RuntimeError, saying="mean"):
        torch.tensor([1, 2]).mean()


@scenario("TYP-06", dtypes=["float32"], needs=["BWD-01"])
def float16_with_bfloat16_computes_in_float32(torch, observe):
    a = torch.tensor([1.0, 2.0], dtype=torch.float16, requires_grad=True)
    b = torch.tensor([3.0, 4.0], dtype=torch.bfloat16, requires_grad=True)
    y = a * b
    observe("the dtype of the product", y.dtype, documented="float32")
    y.sum().backward()
    observe("the gradient of the float16 leaf", a.grad, documented=[3, 4])
    observe("the gradient of the bfloat16 leaf", b.grad, documented=[1, 2])
    observe("their dtypes", [a.grad.dtype, b.grad.dtype], documented=["float16", "bfloat16"])


@scenario("TYP-07", dtypes=["float32"], needs=["BWD-01"])
def a_cast_to_another_float_dtype_is_differentiable(torch, observe):
    x = torch.tensor([1.0, 2.0], dtype=torch.float32, requires_grad=True)
    y = x.to(torch.float64)
    observe("the cast requires grad", y.requires_grad, documented=True)
    y.backward(torch.tensor([3.0, 4.0], dtype=torch.float64))
    observe("the gradient", x.grad, documented=[3, 4])
    observe("its dtype", x.grad.dtype, documented="float32")


@scenario("TYP-07/there-and-back", dtypes=["float32"], needs=["TYP-07"])
def a_cast_through_float16_rounds_the_value_and_the_gradient(torch, observe):
    x = torch.tensor([2049.0], dtype=torch.float32, requires_grad=True)
    y = x.half().float()
    observe("the value is rounded to 11 bits", y, documented=[2048])
    y.backward(torch.tensor([4097.0]))
    observe("so is the gradient", x.grad, documented=[4096])


@scenario("TYP-07/to-an-integer", dtypes=["float32"], needs=["ACC-09"])
def a_cast_to_an_integer_dtype_leaves_the_graph(torch, observe):
    x = torch.tensor([1.7, -1.7], requires_grad=True)
    y = x.long()
    observe("the cast", y, documented=[1, -1])
    observe("requires grad", y.requires_grad, documented=False)
    observe("a cast to bool requires grad", x.bool().requires_grad, documented=False)


@scenario("TYP-07/methods", cases=["double", "float", "half", "bfloat16"], dtypes=["float32"], needs=["TYP-07"])
def the_casting_methods_are_differentiable(torch, observe, case):
    x = torch.tensor([1.0, 2.0], dtype=torch.float32, requires_grad=True)
    y = getattr(x, case)()
    names = {"double": "float64", "float": "float32", "half": "float16", "bfloat16": "bfloat16"}
    observe("the dtype", y.dtype, documented=names[case])
    (y * 2.0).sum().backward()
    observe("the gradient", x.grad, documented=[2, 2])
    observe("its dtype", x.grad.dtype, documented="float32")


SUMS_AND_PRODUCTS = {
    "sum": lambda torch, x, **options: torch.sum(x, 0, **options),
    "prod": lambda torch, x, **options: torch.prod(x, 0, **options),
    "cumsum": lambda torch, x, **options: torch.cumsum(x, 0, **options),
    "cumprod": lambda torch, x, **options: torch.cumprod(x, 0, **options),
}


@scenario("TYP-08", dtypes=["float32"], needs=["BWD-01"])
def sum_with_a_dtype_casts_before_it_reduces(torch, observe):
    x = torch.tensor([2048.0, 1.0, 1.0], dtype=torch.float16, requires_grad=True)
    y = x.sum(dtype=torch.float32)
    observe("the sum", y, documented=2050.0)
    observe("its dtype", y.dtype, documented="float32")
    y.backward()
    observe("the gradient", x.grad, documented=[1, 1, 1])
    observe("the dtype of the gradient", x.grad.dtype, documented="float16")


@scenario("TYP-08/of", cases=REDUCTIONS, dtypes=["float32"], needs=["TYP-08"])
def other_reductions_take_a_dtype_too(torch, observe, case):
    x = torch.tensor([1.0, 2.0], dtype=torch.float32, requires_grad=True)
    y = case(torch, x, torch.float64)
    observe("the result", y)
    observe("its dtype", y.dtype, documented="float64")
    (y * y).sum().backward()
    observe("the gradient", x.grad)
    observe("the dtype of the gradient", x.grad.dtype, documented="float32")


@scenario("TYP-08/of-integers", cases=SUMS_AND_PRODUCTS, dtypes=["float32"])
def integers_are_reduced_as_int64_or_in_the_dtype_asked_for(torch, observe, case):
    x = torch.tensor([100, 100, 2], dtype=torch.int8)
    whole = case(torch, x)
    observe("the result", whole)
    observe("its dtype", whole.dtype, documented="int64")
    narrow = case(torch, x, dtype=torch.int8)
    observe("in int8, which wraps around", narrow)
    observe("the dtype then", narrow.dtype, documented="int8")
    observe("of bools", case(torch, torch.tensor([True, True, False])).dtype, documented="int64")
    observe("of a number", case(torch, x[2]).dtype, documented="int64")
    observe("as floats", case(torch, x, dtype=torch.float64).dtype, documented="float64")


@scenario("TYP-08/into-a-tensor", cases=SUMS_AND_PRODUCTS, dtypes=["float32"], needs=["INP-41"])
def a_reduction_computes_in_the_dtype_of_out(torch, observe, case):
    x = torch.tensor([1.5, 1.5, 2.0])
    shape = case(torch, x).shape
    whole = torch.zeros(shape, dtype=torch.int64)
    case(torch, x, out=whole)
    observe("floats, cast to integers first", whole)
    small = torch.zeros(shape, dtype=torch.int8)
    case(torch, torch.tensor([100, 100, 2]), out=small)
    observe("int64 into int8, which wraps around", small)
    with observe.raises("a dtype that is not out's", RuntimeError, saying="dtype"):
        case(torch, x, dtype=torch.float64, out=torch.zeros(shape))


@scenario("TYP-09", dtypes=["float32"], needs=["IDX-48"])
def cat_of_two_dtypes_promotes_and_casts_each_gradient_back(torch, observe):
    a = torch.tensor([1.0], dtype=torch.float32, requires_grad=True)
    b = torch.tensor([2.0], dtype=torch.float64, requires_grad=True)
    y = torch.cat([a, b])
    observe("the dtype", y.dtype, documented="float64")
    y.backward(torch.tensor([3.0, 4.0], dtype=torch.float64))
    observe("the gradient of the float32 leaf", a.grad, documented=[3])
    observe("the gradient of the float64 leaf", b.grad, documented=[4])
    observe("their dtypes", [a.grad.dtype, b.grad.dtype], documented=["float32", "float64"])


@scenario("TYP-09/stack", dtypes=["float32"], needs=["IDX-48/stack"])
def stack_of_two_dtypes_promotes_and_casts_each_gradient_back(torch, observe):
    a = torch.tensor([1.0], dtype=torch.float32, requires_grad=True)
    b = torch.tensor([2.0], dtype=torch.float64, requires_grad=True)
    y = torch.stack([a, b])
    observe("the dtype", y.dtype, documented="float64")
    y.sum().backward()
    observe("the dtypes of the gradients", [a.grad.dtype, b.grad.dtype], documented=["float32", "float64"])


@scenario("TYP-10", dtypes=["float32"], needs=["BWD-01"])
def a_real_leaf_in_a_complex_computation_gets_a_real_gradient(torch, observe):
    x = torch.tensor([1.0, 2.0], dtype=torch.float32, requires_grad=True)
    y = x * torch.tensor([3.0 + 4.0j, 1.0j], dtype=torch.complex64)
    observe("the dtype of the product", y.dtype, documented="complex64")
    y.backward(torch.tensor([1.0, 2.0 + 1.0j], dtype=torch.complex64))
    observe("the gradient is the real part of upstream times the conjugate", x.grad, documented=[3, 1])
    observe("its dtype", x.grad.dtype, documented="float32")


@scenario("TYP-10/a-complex-number", needs=["TYP-10"])
def a_real_leaf_times_a_complex_number(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * (2.0 + 3.0j)
    observe("the product", y, documented=[2 + 3j, 4 + 6j])
    y.imag.sum().backward()
    observe("the gradient", x.grad, documented=[3, 3])


@scenario("TYP-11", dtypes=["float32"])
def the_default_dtype_is_what_python_floats_become(torch, observe):
    before = torch.get_default_dtype()
    try:
        torch.set_default_dtype(torch.float64)
        observe("of a float", torch.tensor(1.0).dtype, documented="float64")
        observe("of zeros", torch.zeros(2).dtype, documented="float64")
        observe("of an integer range with a float", torch.arange(0.0, 2.0).dtype, documented="float64")
        observe("of an integer tensor plus a float", (torch.tensor([1]) + 1.5).dtype, documented="float64")
        observe("of a complex number", torch.tensor(1j).dtype, documented="complex128")
        observe("of a parameter", torch.nn.Linear(1, 1).weight.dtype, documented="float64")
    finally:
        torch.set_default_dtype(before)
    observe("of a float afterwards", torch.tensor(1.0).dtype, documented="float32")


@scenario("TYP-11/integers", dtypes=["float32"])
def python_integers_and_booleans_have_dtypes_of_their_own(torch, observe):
    observe("of an integer", torch.tensor(1).dtype, documented="int64")
    observe("of a boolean", torch.tensor(True).dtype, documented="bool")
    observe("of integers and a float", torch.tensor([1, 2.0]).dtype, documented="float32")
    observe("of an integer range", torch.arange(3).dtype, documented="int64")
    observe("of full with an integer", torch.full((2,), 3).dtype, documented="int64")


@scenario("TYP-11/an-integer-default", dtypes=["float32"])
def the_default_dtype_must_be_floating_point(torch, observe):
    with observe.raises("int64 as the default", TypeError, saying="floating"):
        torch.set_default_dtype(torch.int64)
    observe("the default dtype afterwards", torch.get_default_dtype(), documented="float32")
