"""Which dtype a sum has: of every pair of dtypes, of tensors with 0-dim tensors, of tensors with Python numbers."""

from conformance.scenario import scenario

FAMILIES = {
    "integers": ["bool", "uint8", "int8", "int16", "int32", "int64"],
    "floats": ["float32", "float64"],
    "halves": ["float16", "bfloat16"],
    "complexes": ["complex64", "complex128"],
}

# The dtype of the sum of two tensors with dimensions, as the documentation's rules give it (tensor_attributes): the
# smallest dtype of the higher category that holds both.
SUMS = """
           bool       uint8      int8       int16      int32      int64      float16    bfloat16   float32    float64
bool       bool       uint8      int8       int16      int32      int64      float16    bfloat16   float32    float64
uint8      uint8      uint8      int16      int16      int32      int64      float16    bfloat16   float32    float64
int8       int8       int16      int8       int16      int32      int64      float16    bfloat16   float32    float64
int16      int16      int16      int16      int16      int32      int64      float16    bfloat16   float32    float64
int32      int32      int32      int32      int32      int32      int64      float16    bfloat16   float32    float64
int64      int64      int64      int64      int64      int64      int64      float16    bfloat16   float32    float64
float16    float16    float16    float16    float16    float16    float16    float16    float32    float32    float64
bfloat16   bfloat16   bfloat16   bfloat16   bfloat16   bfloat16   bfloat16   float32    bfloat16   float32    float64
float32    float32    float32    float32    float32    float32    float32    float32    float32    float32    float64
float64    float64    float64    float64    float64    float64    float64    float64    float64    float64    float64
complex64  complex64  complex64  complex64  complex64  complex64  complex64  complex64  complex64  complex64  complex128
complex128 complex128 complex128 complex128 complex128 complex128 complex128 complex128 complex128 complex128 complex128
"""

# Pairs of families that are added as tensors with dimensions. A complex pair needs no table: the larger one wins.
PAIRS = {
    f"{left}-with-{right}": (left, right)
    for i, left in enumerate(FAMILIES)
    for right in list(FAMILIES)[: i + 1]
    if right != "complexes"
}

# A tensor with dimensions and a 0-dim tensor of a dtype of the right family: "own" says that the sum keeps the dtype
# of the tensor with dimensions, "0-dim" that it takes the 0-dim tensor's.
ZERO_DIM = {
    "integers-with-0-dim-integers": ("integers", "integers", "own"),
    "integers-with-a-0-dim-float": ("integers", "floats", "0-dim"),
    "integers-with-a-0-dim-half": ("integers", "halves", "0-dim"),
    "integers-with-a-0-dim-complex": ("integers", "complexes", "0-dim"),
    "floats-with-a-0-dim-integer": ("floats", "integers", "own"),
    "floats-with-a-0-dim-float": ("floats", "floats", "own"),
    "floats-with-a-0-dim-half": ("floats", "halves", "own"),
    "halves-with-a-0-dim-integer": ("halves", "integers", "own"),
    "halves-with-a-0-dim-float": ("halves", "floats", "own"),
    "halves-with-a-0-dim-half": ("halves", "halves", "own"),
    "complexes-with-a-0-dim-integer": ("complexes", "integers", "own"),
    "complexes-with-a-0-dim-float": ("complexes", "floats", "own"),
    "complexes-with-a-0-dim-complex": ("complexes", "complexes", "own"),
}

# Python numbers added to a tensor of each dtype of a family, where the default dtype is float32: the dtype of the sum.
NUMBERS = {
    "a-bool-to-integers": ("integers", True, "own"),
    "a-float-to-integers": ("integers", 1.5, "float32"),
    "a-complex-to-integers": ("integers", 1j, "complex64"),
    "a-bool-to-floats": ("floats", True, "own"),
    "an-int-to-floats": ("floats", 2, "own"),
    "a-float-to-floats": ("floats", 1.5, "own"),
    "a-bool-to-halves": ("halves", True, "own"),
    "an-int-to-halves": ("halves", 2, "own"),
    "a-float-to-halves": ("halves", 1.5, "own"),
    "an-int-to-complexes": ("complexes", 2, "own"),
    "a-float-to-complexes": ("complexes", 1.5, "own"),
    "a-complex-to-complexes": ("complexes", 1j, "own"),
}


def documented_sum(left, right):
    header, *rows = [line.split() for line in SUMS.strip().splitlines()]
    return next(row[1 + header.index(right)] for row in rows if row[0] == left)


@scenario("TYP-01/sum-of", cases=PAIRS, dtypes=["float32"])
def the_sum_of_two_tensors_has_the_smallest_dtype_that_holds_both(torch, observe, case):
    left_family, right_family = case
    for left in FAMILIES[left_family]:
        for right in FAMILIES[right_family]:
            a = torch.ones(2, dtype=getattr(torch, left))
            b = torch.ones(2, dtype=getattr(torch, right))
            sums = [(a + b).dtype, (b + a).dtype]
            observe(f"{left} with {right}, and the other way round", sums, documented=[documented_sum(left, right)] * 2)


@scenario("TYP-01/sum-of/complexes-with-complexes", dtypes=["float32"])
def the_sum_of_two_complex_tensors_has_the_larger_dtype(torch, observe):
    small = torch.ones(2, dtype=torch.complex64)
    large = torch.ones(2, dtype=torch.complex128)
    observe("complex64 with complex64", (small + small).dtype, documented="complex64")
    observe("complex64 with complex128", (small + large).dtype, documented="complex128")
    observe("complex128 with complex128", (large + large).dtype, documented="complex128")


@scenario("TYP-02/sum-of", cases=ZERO_DIM, dtypes=["float32"])
def a_0_dim_tensor_counts_only_by_its_category(torch, observe, case):
    left_family, right_family, wins = case
    for left in FAMILIES[left_family]:
        for right in FAMILIES[right_family]:
            a = torch.ones(2, dtype=getattr(torch, left))
            b = torch.ones((), dtype=getattr(torch, right))
            # Booleans are a category of their own, below the integers.
            own = wins == "own" and not (left == "bool" and right != "bool")
            sums = [(a + b).dtype, (b + a).dtype]
            observe(f"{left} with 0-dim {right}, both ways round", sums, documented=[left if own else right] * 2)


@scenario("TYP-12", dtypes=["float32"])
def a_0_dim_complex_tensor_of_a_higher_category_brings_its_size(torch, observe):
    a = torch.ones(2, dtype=torch.float32)
    b = torch.ones((), dtype=torch.complex128)
    observe("float32 with 0-dim complex128", (a + b).dtype, documented="complex128")


@scenario("TYP-12/of-the-same-size", dtypes=["float32"])
def a_0_dim_complex_tensor_makes_the_sum_complex(torch, observe):
    for real, complex_dtype in (("float32", "complex64"), ("float64", "complex128")):
        a = torch.ones(2, dtype=getattr(torch, real))
        b = torch.ones((), dtype=getattr(torch, complex_dtype))
        observe(f"{real} with 0-dim {complex_dtype}", (a + b).dtype, documented=complex_dtype)


@scenario("TYP-03/sum-of", cases=NUMBERS, dtypes=["float32"])
def a_python_number_counts_only_by_its_category(torch, observe, case):
    family, number, result = case
    for dtype in FAMILIES[family]:
        a = torch.ones(2, dtype=getattr(torch, dtype))
        sums = [(a + number).dtype, (number + a).dtype]
        observe(
            f"{dtype} with {number!r}, both ways round", sums, documented=[dtype if result == "own" else result] * 2
        )


@scenario("TYP-03/sum-of/an-int-to-integers", dtypes=["float32"])
def an_integer_number_makes_int64_of_booleans_alone(torch, observe):
    for dtype in FAMILIES["integers"]:
        a = torch.ones(2, dtype=getattr(torch, dtype))
        observe(f"{dtype} with 2", (a + 2).dtype, documented="int64" if dtype == "bool" else dtype)


@scenario("TYP-03/sum-of/a-complex-to-floats", dtypes=["float32"])
def a_complex_number_makes_the_complex_dtype_of_the_tensors_precision(torch, observe):
    observe("float32 with 1j", (torch.ones(2, dtype=torch.float32) + 1j).dtype, documented="complex64")
    observe("float64 with 1j", (torch.ones(2, dtype=torch.float64) + 1j).dtype, documented="complex128")


@scenario("TYP-03/sum-of/numbers-to-a-0-dim-tensor", dtypes=["float32"])
def a_number_is_weaker_than_a_0_dim_tensor(torch, observe):
    for dtype in ("int8", "int32", "float64", "float32"):
        observe(f"0-dim {dtype} with 2", (torch.ones((), dtype=getattr(torch, dtype)) + 2).dtype, documented=dtype)
    observe("0-dim float64 with 1.5", (torch.ones((), dtype=torch.float64) + 1.5).dtype, documented="float64")
    observe("0-dim int32 with 1.5", (torch.ones((), dtype=torch.int32) + 1.5).dtype, documented="float32")


@scenario("TYP-01/result-type", dtypes=["float32"])
def the_common_dtype_can_be_asked_for(torch, observe):
    integers, floats = torch.ones(2, dtype=torch.int64), torch.ones(2, dtype=torch.float32)
    observe("of int64 and float32", torch.result_type(integers, floats), documented="float32")
    observe("of int64 and a number", torch.result_type(integers, 1.5), documented="float32")
    observe("of two dtypes", torch.promote_types(torch.uint8, torch.int8), documented="int16")
    observe("float32 fits into int64", torch.can_cast(torch.float32, torch.int64), documented=False)
    observe("int64 fits into float32", torch.can_cast(torch.int64, torch.float32), documented=True)
