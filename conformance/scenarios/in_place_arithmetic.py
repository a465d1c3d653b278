"""Every in-place method and operator of several operands."""

import math

from conformance.scenario import scenario

LOG2, LOG5 = math.log(2.0), math.log(5.0)

#: y is [2, 5] and o is [4, 3], both recorded: the call, its value, and the gradients of y and o of
#: "the first element plus twice the second".
BINARY = {
    "add_": (lambda y, o: y.add_(o), [6.0, 8.0], [1.0, 2.0], [1.0, 2.0]),
    "add_-with-alpha": (lambda y, o: y.add_(o, alpha=3), [14.0, 14.0], [1.0, 2.0], [3.0, 6.0]),
    "sub_": (lambda y, o: y.sub_(o), [-2.0, 2.0], [1.0, 2.0], [-1.0, -2.0]),
    "subtract_": (lambda y, o: y.subtract_(o), [-2.0, 2.0], [1.0, 2.0], [-1.0, -2.0]),
    "mul_": (lambda y, o: y.mul_(o), [8.0, 15.0], [4.0, 6.0], [2.0, 10.0]),
    "multiply_": (lambda y, o: y.multiply_(o), [8.0, 15.0], [4.0, 6.0], [2.0, 10.0]),
    "div_": (lambda y, o: y.div_(o), [0.5, 5 / 3], [0.25, 2 / 3], [-1 / 8, -10 / 9]),
    "divide_": (lambda y, o: y.divide_(o), [0.5, 5 / 3], [0.25, 2 / 3], [-1 / 8, -10 / 9]),
    "true_divide_": (lambda y, o: y.true_divide_(o), [0.5, 5 / 3], [0.25, 2 / 3], [-1 / 8, -10 / 9]),
    "div_-rounded-down": (lambda y, o: y.div_(o, rounding_mode="floor"), [0.0, 1.0], [0.0, 0.0], [0.0, 0.0]),
    "div_-truncated": (lambda y, o: y.div_(o, rounding_mode="trunc"), [0.0, 1.0], [0.0, 0.0], [0.0, 0.0]),
    "remainder_": (lambda y, o: y.remainder_(o), [2.0, 2.0], [1.0, 2.0], [0.0, -2.0]),
    "fmod_": (lambda y, o: y.fmod_(o), [2.0, 2.0], [1.0, 2.0], [0.0, -2.0]),
    "pow_": (lambda y, o: y.pow_(o), [16.0, 125.0], [32.0, 150.0], [16 * LOG2, 250 * LOG5]),
    "atan2_": (lambda y, o: y.atan2_(o), [math.atan2(2, 4), math.atan2(5, 3)], [4 / 20, 6 / 34], [-2 / 20, -10 / 34]),
    "arctan2_": (
        lambda y, o: y.arctan2_(o), [math.atan2(2, 4), math.atan2(5, 3)], [4 / 20, 6 / 34], [-2 / 20, -10 / 34],
    ),
    "hypot_": (
        lambda y, o: y.hypot_(o), [20**0.5, 34**0.5], [2 / 20**0.5, 10 / 34**0.5], [4 / 20**0.5, 6 / 34**0.5],
    ),
    "copysign_": (lambda y, o: y.copysign_(o), [2.0, 5.0], [1.0, 2.0], [0.0, 0.0]),
    "xlogy_": (
        lambda y, o: y.xlogy_(o), [2 * math.log(4), 5 * math.log(3)], [math.log(4), 2 * math.log(3)], [0.5, 10 / 3],
    ),
    "ldexp_": (lambda y, o: y.ldexp_(o), [32.0, 40.0], [16.0, 16.0], [32 * LOG2, 80 * LOG2]),
    "lerp_": (lambda y, o: y.lerp_(o, 0.25), [2.5, 4.5], [0.75, 1.5], [0.25, 0.5]),
    "clamp_min_": (lambda y, o: y.clamp_min_(o), [4.0, 5.0], [0.0, 2.0], [1.0, 0.0]),
    "clamp_max_": (lambda y, o: y.clamp_max_(o), [2.0, 3.0], [1.0, 0.0], [0.0, 2.0]),
    "clamp_": (lambda y, o: y.clamp_(min=o, max=o + 1), [4.0, 4.0], [0.0, 0.0], [1.0, 2.0]),
    "clip_": (lambda y, o: y.clip_(max=o), [2.0, 3.0], [1.0, 0.0], [0.0, 2.0]),
    "addcmul_": (lambda y, o: y.addcmul_(o, o, value=0.5), [10.0, 9.5], [1.0, 2.0], [4.0, 6.0]),
    "addcdiv_": (lambda y, o: y.addcdiv_(o, o * o, value=0.5), [2.125, 5 + 1 / 6], [1.0, 2.0], [-1 / 32, -1 / 9]),
    "copy_": (lambda y, o: y.copy_(o), [4.0, 3.0], [0.0, 0.0], [1.0, 2.0]),
}  # fmt: skip


@scenario("INP-34", cases=BINARY, needs=["INP-12"])
def an_in_place_method_of_two_operands_is_differentiated_in_both(torch, observe, case):
    call, value, left, right = case
    x = torch.tensor([2.0, 5.0], requires_grad=True)
    other = torch.tensor([4.0, 3.0], requires_grad=True)
    y = x * 1
    alias = y.detach()
    same = call(y, other)
    observe("the method returns the tensor itself", same is y, documented=True)
    observe("an alias shows the new value", alias, documented=value, terms=4)
    observe("the version rose by one", y._version)
    y.backward(torch.tensor([1.0, 2.0]))
    observe("the gradient of the tensor's old value", x.grad, documented=left, terms=8)
    observe("the gradient of the other operand", other.grad, documented=right, terms=8)


@scenario("INP-34/on-a-leaf", cases=BINARY, needs=["INP-05"])
def no_in_place_method_of_two_operands_may_change_a_leaf(torch, observe, case):
    call, _, _, _ = case
    x = torch.tensor([2.0, 5.0], requires_grad=True)
    with observe.raises("the call", RuntimeError, saying="leaf"):
        call(x, torch.tensor([4.0, 3.0]))
    observe("the leaf's value afterwards", x, documented=[2.0, 5.0])


@scenario("INP-34/into-a-constant", cases=BINARY, needs=["INP-34/add_"])
def an_in_place_method_records_when_only_the_other_operand_requires_grad(torch, observe, case):
    call, value, _, right = case
    y = torch.tensor([2.0, 5.0])
    other = torch.tensor([4.0, 3.0], requires_grad=True)
    call(y, other)
    observe("the value", y, documented=value, terms=4)
    observe("the tensor requires grad now", y.requires_grad, documented=True)
    observe("and is no leaf any more", y.is_leaf, documented=False)
    y.backward(torch.tensor([1.0, 2.0]))
    observe("the gradient of the other operand", other.grad, documented=right, terms=8)


def increase(y, o):
    y += o
    return y


def decrease(y, o):
    y -= o
    return y


def multiply(y, o):
    y *= o
    return y


def divide(y, o):
    y /= o
    return y


def remainder(y, o):
    y %= o
    return y


def raise_to(y, o):
    y **= o
    return y


def divide_down(y, o):
    y //= o
    return y


def intersect(y, o):
    y &= o
    return y


def unite(y, o):
    y |= o
    return y


def exclude(y, o):
    y ^= o
    return y


def shift_left(y, o):
    y <<= o
    return y


def shift_right(y, o):
    y >>= o
    return y


OPERATORS = {
    "add": (increase, [6.0, 8.0], [1.0, 2.0], [1.0, 2.0]),
    "sub": (decrease, [-2.0, 2.0], [1.0, 2.0], [-1.0, -2.0]),
    "mul": (multiply, [8.0, 15.0], [4.0, 6.0], [2.0, 10.0]),
    "div": (divide, [0.5, 5 / 3], [0.25, 2 / 3], [-1 / 8, -10 / 9]),
    "mod": (remainder, [2.0, 2.0], [1.0, 2.0], [0.0, -2.0]),
    "pow": (raise_to, [16.0, 125.0], [32.0, 150.0], [16 * LOG2, 250 * LOG5]),
}

#: y is [2, 5] and the operand the number 3.
OPERATORS_WITH_A_NUMBER = {
    "add": (increase, [5.0, 8.0], [1.0, 2.0]),
    "sub": (decrease, [-1.0, 2.0], [1.0, 2.0]),
    "mul": (multiply, [6.0, 15.0], [3.0, 6.0]),
    "div": (divide, [2 / 3, 5 / 3], [1 / 3, 2 / 3]),
    "mod": (remainder, [2.0, 2.0], [1.0, 2.0]),
    "pow": (raise_to, [8.0, 125.0], [12.0, 150.0]),
}

#: y is the integers [6, 5] and the operand [2, 1].
INTEGER_OPERATORS = {
    "add": (increase, [8, 6]),
    "sub": (decrease, [4, 4]),
    "mul": (multiply, [12, 5]),
    "floordiv": (divide_down, [3, 5]),
    "mod": (remainder, [0, 0]),
    "pow": (raise_to, [36, 5]),
    "and": (intersect, [2, 1]),
    "or": (unite, [6, 5]),
    "xor": (exclude, [4, 4]),
    "lshift": (shift_left, [24, 10]),
    "rshift": (shift_right, [1, 2]),
}


@scenario("INP-24", needs=["INP-05"])
def the_operator_with_an_equals_sign_works_in_place_and_rebinding_does_not(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with observe.raises("x += 1 on a leaf", RuntimeError, saying="leaf"):
        x += 1
    x = x + 1
    observe("x = x + 1", x, documented=[2.0, 3.0])
    observe("it has no changes", x._version, documented=0)
    alias = x
    x += 1
    observe("x += 1 on the result keeps the object", alias is x, documented=True)
    observe("it has one change", x._version, documented=1)


@scenario("INP-24/recorded", cases=OPERATORS, needs=["INP-24"])
def an_in_place_operator_changes_its_tensor_and_is_differentiated(torch, observe, case):
    call, value, left, right = case
    x = torch.tensor([2.0, 5.0], requires_grad=True)
    other = torch.tensor([4.0, 3.0], requires_grad=True)
    y = x * 1
    alias = y.detach()
    observe("the operator keeps the object", call(y, other) is y, documented=True)
    observe("an alias shows the new value", alias, documented=value, terms=4)
    y.backward(torch.tensor([1.0, 2.0]))
    observe("the gradient of the left operand", x.grad, documented=left, terms=8)
    observe("the gradient of the right operand", other.grad, documented=right, terms=8)


@scenario("INP-24/number", cases=OPERATORS_WITH_A_NUMBER, needs=["INP-24"])
def an_in_place_operator_takes_a_number(torch, observe, case):
    call, value, left = case
    x = torch.tensor([2.0, 5.0], requires_grad=True)
    y = x * 1
    observe("the operator keeps the object", call(y, 3) is y, documented=True)
    observe("the value", y, documented=value, terms=4)
    y.backward(torch.tensor([1.0, 2.0]))
    observe("the gradient", x.grad, documented=left, terms=8)


@scenario("INP-24/integer", cases=INTEGER_OPERATORS, dtypes=["float32"])
def an_in_place_operator_on_integers_keeps_object_and_dtype(torch, observe, case):
    call, value = case
    y = torch.tensor([6, 5])
    observe("the operator keeps the object", call(y, torch.tensor([2, 1])) is y, documented=True)
    observe("the value", y, documented=value)
    observe("the dtype", y.dtype)


MATRIX_PRODUCTS = {
    "addmm_": lambda torch, y, a: y.addmm_(a, a, beta=2, alpha=0.5),
    "addmv_": lambda torch, y, a: y[0].addmv_(a, a[0]),
    "addr_": lambda torch, y, a: y.addr_(a[0], a[1]),
    "addbmm_": lambda torch, y, a: y.addbmm_(torch.stack([a, a]), torch.stack([a, a])),
    "baddbmm_": lambda torch, y, a: y.unsqueeze(0).baddbmm_(a.unsqueeze(0), a.unsqueeze(0)),
}


@scenario("INP-34/matrix-product", cases=MATRIX_PRODUCTS, needs=["INP-34/add_"])
def a_matrix_product_added_in_place_is_differentiated(torch, observe, call):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    a = torch.tensor([[0.5, 1.0], [2.0, 0.25]], requires_grad=True)
    y = x * 1
    call(torch, y, a)
    observe("the value", y, terms=4)
    y.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    observe("the gradient of the sum", x.grad, terms=4)
    observe("the gradient of the factors", a.grad, terms=16)


COMPARISONS = {
    "eq_": (lambda y: y.eq_(2.0), [1.0, 0.0]),
    "ne_": (lambda y: y.ne_(2.0), [0.0, 1.0]),
    "not_equal_": (lambda y: y.not_equal_(2.0), [0.0, 1.0]),
    "lt_": (lambda y: y.lt_(3.0), [1.0, 0.0]),
    "less_": (lambda y: y.less_(3.0), [1.0, 0.0]),
    "le_": (lambda y: y.le_(2.0), [1.0, 0.0]),
    "less_equal_": (lambda y: y.less_equal_(2.0), [1.0, 0.0]),
    "gt_": (lambda y: y.gt_(3.0), [0.0, 1.0]),
    "greater_": (lambda y: y.greater_(3.0), [0.0, 1.0]),
    "ge_": (lambda y: y.ge_(5.0), [0.0, 1.0]),
    "greater_equal_": (lambda y: y.greater_equal_(5.0), [0.0, 1.0]),
}


@scenario("INP-35", cases=COMPARISONS, needs=["INP-19"])
def an_in_place_comparison_writes_ones_and_zeros_and_cuts_the_gradient(torch, observe, case):
    call, value = case
    x = torch.tensor([2.0, 5.0], requires_grad=True)
    y = x * 1
    call(y)
    observe("the value", y, documented=value)
    y.sum().backward()
    observe("the gradient", x.grad, documented=[0.0, 0.0])


LOGICAL = {
    "logical_not_": (lambda torch, y: y.logical_not_(), [0.0, 1.0]),
    "logical_and_": (lambda torch, y: y.logical_and_(torch.tensor([True, True])), [1.0, 0.0]),
    "logical_or_": (lambda torch, y: y.logical_or_(torch.tensor([False, True])), [1.0, 1.0]),
    "logical_xor_": (lambda torch, y: y.logical_xor_(torch.tensor([True, True])), [0.0, 1.0]),
}


@scenario("INP-36", cases=LOGICAL, needs=["INP-01"])
def an_in_place_logical_method_is_not_recorded(torch, observe, case):
    call, value = case
    x = torch.tensor([2.0, 0.0], requires_grad=True)
    y = x * 3
    call(torch, y)
    observe("the value", y, documented=value)
    observe("the version", y._version)
    y.sum().backward()
    observe("the gradient is that of the value before", x.grad)


WITHOUT_DERIVATIVE = {
    "floor_divide_": (lambda torch, y: y.floor_divide_(2.0), [1.0, 2.0]),
    "heaviside_": (lambda torch, y: y.heaviside_(torch.tensor([0.5, 0.5])), [1.0, 1.0]),
}


@scenario("INP-33/of-two-operands", cases=WITHOUT_DERIVATIVE, needs=["INP-33/asinh_"])
def an_in_place_method_without_a_derivative_computes_and_fails_in_backward(torch, observe, case):
    call, value = case
    x = torch.tensor([2.0, 5.0], requires_grad=True)
    y = x * 1
    call(torch, y)
    observe("the value", y, documented=value)
    observe("the result requires grad", y.requires_grad)
    with observe.raises("backward", RuntimeError, saying="derivative"):
        y.sum().backward()


@scenario("INP-37", devices="cpu")
def apply_refuses_a_tensor_that_requires_grad(torch, observe):
    x = torch.tensor([2.0, 5.0], requires_grad=True)
    y = x * 1
    with observe.raises("apply_", RuntimeError, saying=("apply_", "requires grad")):
        y.apply_(lambda v: v + 1)
    detached = y.detach()
    detached.apply_(lambda v: v + 1)
    observe("on the detached tensor", detached, documented=[3.0, 6.0])


@scenario("INP-37/map_", devices="cpu")
def map_refuses_a_tensor_that_requires_grad(torch, observe):
    x = torch.tensor([2.0, 5.0], requires_grad=True)
    y, other = x * 1, torch.tensor([1.0, 2.0])
    with observe.raises("map_", RuntimeError, saying=("map_", "requires grad")):
        y.map_(other, lambda a, b: a + b)
    detached = y.detach()
    detached.map_(other, lambda a, b: a * b)
    observe("on the detached tensor", detached, documented=[2.0, 10.0])
