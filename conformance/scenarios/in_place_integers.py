"""In-place methods of integers and bools, and float_power_, which wants doubles."""

from conformance.scenario import scenario

#: y is the integers [6, 5] and the operand [2, 1].
METHODS = {
    "bitwise_and_": (lambda y, o: y.bitwise_and_(o), [2, 1]),
    "bitwise_or_": (lambda y, o: y.bitwise_or_(o), [6, 5]),
    "bitwise_xor_": (lambda y, o: y.bitwise_xor_(o), [4, 4]),
    "bitwise_not_": (lambda y, o: y.bitwise_not_(), [-7, -6]),
    "bitwise_left_shift_": (lambda y, o: y.bitwise_left_shift_(o), [24, 10]),
    "bitwise_right_shift_": (lambda y, o: y.bitwise_right_shift_(o), [1, 2]),
    "gcd_": (lambda y, o: y.gcd_(o), [2, 1]),
    "lcm_": (lambda y, o: y.lcm_(o), [6, 5]),
    "floor_divide_": (lambda y, o: y.floor_divide_(o), [3, 5]),
    "remainder_": (lambda y, o: y.remainder_(o), [0, 0]),
    "pow_": (lambda y, o: y.pow_(o), [36, 5]),
    "clamp_": (lambda y, o: y.clamp_(max=5), [5, 5]),
    "neg_": (lambda y, o: y.neg_(), [-6, -5]),
    "abs_": (lambda y, o: y.neg_().abs_(), [6, 5]),
    "square_": (lambda y, o: y.square_(), [36, 25]),
    "cumsum_": (lambda y, o: y.cumsum_(0), [6, 11]),
}


@scenario("INP-45", cases=METHODS, dtypes=["float32"], needs=["INP-01"])
def an_in_place_method_of_integers_keeps_object_and_dtype(torch, observe, case):
    method, value = case
    y = torch.tensor([6, 5])
    alias = y.detach()
    observe("the method returns the tensor itself", method(y, torch.tensor([2, 1])) is y, documented=True)
    observe("an alias shows the new value", alias, documented=value)
    observe("the dtype", y.dtype)
    observe("the version rose", y._version > 0, documented=True)


@scenario("INP-45/narrow", dtypes=["float32"], needs=["INP-45/neg_"])
def arithmetic_wraps_around_in_the_tensors_own_dtype(torch, observe):
    y = torch.tensor([127, -128], dtype=torch.int8)
    y.add_(1)
    observe("int8 beyond its largest number", y, documented=[-128, -127])
    u = torch.tensor([0, 255], dtype=torch.uint8)
    u.sub_(1)
    observe("uint8 below zero", u, documented=[255, 254])


@scenario("INP-45/bool", dtypes=["float32"], needs=["INP-45/bitwise_and_"])
def logical_methods_change_bools_in_place(torch, observe):
    y = torch.tensor([True, True, False])
    y &= torch.tensor([True, False, False])
    observe("and", y, documented=[True, False, False])
    y ^= torch.tensor([True, True, True])
    observe("xor", y, documented=[False, True, True])
    y.logical_not_()
    observe("not", y, documented=[True, False, False])
    with observe.raises("adding a number", RuntimeError, saying="cast"):
        y += 1


@scenario("INP-45/float_power_", dtypes=["float32"], needs=["INP-34/pow_"])
def float_power_computes_in_doubles_and_takes_only_doubles_in_place(torch, observe):
    x = torch.tensor([2.0, 3.0], dtype=torch.float64, requires_grad=True)
    y = x * 1
    y.float_power_(2)
    observe("on doubles", y, documented=[4.0, 9.0])
    y.sum().backward()
    observe("the gradient", x.grad, documented=[4.0, 6.0])
    with observe.raises("on floats", RuntimeError, saying="double"):
        torch.tensor([2.0], dtype=torch.float32).float_power_(2)
