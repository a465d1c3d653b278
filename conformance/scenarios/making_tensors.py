"""Making tensors of Python data: which numbers and dtypes they take, and whose memory they share."""

from conformance.scenario import scenario

#: Data and dtype that do not fit each other.
NOT_HELD = {
    "300-in-uint8": ([300], "uint8"),
    "minus-256-in-uint8": ([-256], "uint8"),
    "minus-1.0-in-uint8": ([-1.0], "uint8"),
    "128-in-int8": (128, "int8"),
    "2**40-in-int32": ([2**40], "int32"),
    "9e9-in-int32": ([9e9], "int32"),
    "1e19-in-int64": ([1e19], "int64"),
    "nan-in-int32": ([float("nan")], "int32"),
    "infinity-in-int64": (float("inf"), "int64"),
}


@scenario("TYP-21", cases=NOT_HELD)
def a_number_that_the_dtype_does_not_hold_is_refused(torch, observe, case):
    data, dtype = case
    with observe.raises("making it", RuntimeError, saying="overflow"):
        torch.tensor(data, dtype=getattr(torch, dtype))


#: Data that is no number, or numbers of which none is meant.
NO_NUMBERS = {
    "complex-as-real": ([1 + 2j], "float32", TypeError),
    "complex-as-integer": ([2j], "int32", TypeError),
    "2**63": ([2**63], None, ValueError),
    "2**63-as-int64": (2**63, "int64", ValueError),
    "2**70": ([2**70], None, ValueError),
    "none": (None, None, RuntimeError),
    "a-list-of-none": ([None], None, RuntimeError),
    "text": ("a", None, TypeError),
    "a-list-of-text": (["a"], None, ValueError),
    "a-set": ({1}, None, RuntimeError),
    "a-dictionary": ({"a": 1}, None, RuntimeError),
    "ragged": ([[1, 2], [3]], None, ValueError),
    "a-number-among-lists": ([[1], 2], None, TypeError),
    "a-list-among-numbers": ([1, [2]], None, TypeError),
}


@scenario("TYP-21", cases=NO_NUMBERS)
def data_that_is_no_array_of_numbers_is_refused(torch, observe, case):
    data, dtype, error = case
    with observe.raises("making it", error):
        torch.tensor(data, dtype=None if dtype is None else getattr(torch, dtype))


@scenario("TYP-21/held")
def numbers_that_are_cut_wrapped_or_infinite_are_taken(torch, observe):
    observe("decimals as integers", torch.tensor([1.5, -1.5], dtype=torch.int32))
    observe("-1 and -255 as uint8", torch.tensor([-1, -255], dtype=torch.uint8))
    observe("1e6 in half precision", torch.tensor([1e6], dtype=torch.float16))
    observe("2**64 as a float", torch.tensor([2**64], dtype=torch.float32))
    observe("anything as a bool", torch.tensor([2, 0, -1], dtype=torch.bool), documented=[True, False, True])
    observe(
        "nan and 2j as bools", [torch.tensor([float("nan")], dtype=torch.bool), torch.tensor([2j], dtype=torch.bool)]
    )


FULL = {
    "300-in-uint8": (300, "uint8"),
    "1e300-in-float32": (1e300, "float32"),
    "2j-in-float32": (2j, "float32"),
}


@scenario("TYP-21/full", cases=FULL, needs=["TYP-21/300-in-uint8"])
def full_refuses_a_value_that_the_dtype_does_not_hold(torch, observe, case):
    value, dtype = case
    with observe.raises("making it", RuntimeError, saying="overflow"):
        torch.full((2,), value, dtype=getattr(torch, dtype))


@scenario("TYP-21/of-tensors", dtypes=["float32"])
def a_list_of_tensors_takes_one_number_of_each(torch, observe):
    x = torch.tensor([1.0, 2.0])
    observe("elements of a vector", torch.tensor([x[0], x[1]]), documented=[1, 2])
    observe("tensors of one element", torch.tensor([torch.ones(1), torch.ones(1, 1)]))
    observe("the dtype is theirs", torch.tensor([torch.tensor(1.0, dtype=torch.float64)]).dtype)
    with observe.raises("of two elements", ValueError, saying="one element"):
        torch.tensor([x, x])


PYTHON = {"float": float, "int": int, "bool": bool, "complex": complex}


@scenario("TYP-22", cases=PYTHON)
def a_python_type_stands_for_a_dtype(torch, observe, kind):
    observe("of tensor", torch.tensor([1, 0], dtype=kind).dtype)
    observe("of zeros", torch.zeros(2, dtype=kind).dtype)
    observe("of to", torch.ones(2).to(kind).dtype)
    observe("of a sum", torch.ones(2).sum(dtype=kind).dtype)


NO_DTYPES = {
    "tensor": lambda torch, value: torch.tensor([1.0], dtype=value),
    "zeros": lambda torch, value: torch.zeros(2, dtype=value),
    "to": lambda torch, value: torch.ones(2).to(dtype=value),
    "sum": lambda torch, value: torch.ones(2).sum(dtype=value),
}


@scenario("TYP-22/refused", cases=NO_DTYPES, needs=["TYP-22/float"])
def what_is_no_dtype_is_refused(torch, observe, use):
    with observe.raises("text", TypeError):
        use(torch, "float32")
    with observe.raises("another type", TypeError):
        use(torch, list)


@scenario("TYP-23")
def asarray_shares_memory_unless_asked_to_copy(torch, observe):
    x = torch.tensor([1.0, 2.0])
    observe("of a tensor: itself", torch.asarray(x) is x, documented=True)
    observe("a copy", torch.asarray(x, copy=True).data_ptr() == x.data_ptr(), documented=False)
    observe("of a list", torch.asarray([1, 2]), documented=[1, 2])
    observe("in another dtype", torch.asarray(x, dtype=torch.int64), documented=[1, 2])
    with observe.raises("a list without a copy", ValueError, saying="alias"):
        torch.asarray([1], copy=False)


@scenario("TYP-23/requires-grad", needs=["TYP-23"])
def asarray_takes_requires_grad_from_a_tensor(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    with observe.warns("unsaid", UserWarning, saying="requires_grad"):
        found = torch.asarray(w)
    observe("it is the tensor's own", found.requires_grad)
    observe("not, when so said", torch.asarray(w, requires_grad=False).requires_grad, documented=False)
    observe("of data", torch.asarray([1.0], requires_grad=True).requires_grad, documented=True)


@scenario("INP-48")
def integers_shift_and_invert(torch, observe):
    x = torch.tensor([1, 2])
    observe("x << 1", x << 1, documented=[2, 4])
    observe("1 << x", 1 << x, documented=[2, 4])
    observe("8 >> x", 8 >> x, documented=[4, 2])
    observe("~x", ~x, documented=[-2, -3])
    with observe.raises("~ of floats", TypeError):
        ~torch.ones(1)
    with observe.raises("a shift of floats", NotImplementedError):
        torch.ones(1) << 1
    observe("reversed", reversed(torch.tensor([[1.0, 2.0], [3.0, 4.0]])), documented=[[3, 4], [1, 2]])
    with observe.raises("text in a tensor", RuntimeError):
        "a" in x


@scenario("TYP-22/of-results", needs=["TYP-22/int"])
def a_reduction_gives_the_dtype_that_was_asked_for(torch, observe):
    x = torch.tensor([1.5, 2.0, 299.0])
    observe("a sum as int32", x.sum(dtype=torch.int32))
    observe("as uint8, which wraps", torch.full((300,), 1).sum(dtype=torch.uint8))
    observe("as bool", x.sum(dtype=torch.bool))
    observe("a product as int16", x.prod(dtype=torch.int16))
    observe("sums of rows as bool", torch.tensor([[0.0, 2.0], [0.0, 0.0]]).sum(1, dtype=torch.bool))


@scenario("TYP-21/mixed", needs=["TYP-21/held"])
def numbers_of_several_kinds_take_the_dtype_that_holds_all(torch, observe):
    observe("a tensor of integers and a float", torch.tensor([torch.tensor(1), 2.5]))
    observe("a tensor of floats and an integer", torch.tensor([torch.tensor(1.0), 2]))
    observe("bools and an integer", torch.tensor([True, 2]))
    observe("a bool and a float, in rows", torch.tensor([[True], [2.5]]))
    observe("float64 beside a float", torch.tensor([torch.tensor(1.0, dtype=torch.float64), 0.5]).dtype)
