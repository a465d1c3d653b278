"""Gradients that are differentiated again: what their nodes save, and what they depend on."""

from conformance.scenario import scenario

ACTIVATIONS = {
    "relu6": lambda F, x, weight: F.relu6(x),
    "hardtanh": lambda F, x, weight: F.hardtanh(x),
    "leaky-relu": lambda F, x, weight: F.leaky_relu(x),
    "hardshrink": lambda F, x, weight: F.hardshrink(x),
    "softshrink": lambda F, x, weight: F.softshrink(x),
    "threshold": lambda F, x, weight: F.threshold(x, 0.1, 2.0),
    "prelu": lambda F, x, weight: F.prelu(x, weight),
    "hardswish": lambda F, x, weight: F.hardswish(x),
    "softplus": lambda F, x, weight: F.softplus(x),
}


def of_a_copy(torch, function):
    """A leaf, a copy of it, and the gradient of an activation's sum with respect to the copy."""
    x = torch.tensor([-1.0, 0.5, 2.0, 7.0], requires_grad=True)
    copy = x * 1.0
    weight = torch.tensor([0.25])
    (gradient,) = torch.autograd.grad(function(torch.nn.functional, copy, weight).sum(), copy, create_graph=True)
    return x, copy, gradient


@scenario("BWD-14/gradient-of-an-activation", cases=ACTIVATIONS, needs=["BWD-20"])
def the_gradient_of_an_activation_saves_its_input_even_where_the_second_derivative_is_zero(torch, observe, function):
    _, copy, gradient = of_a_copy(torch, function)
    observe("the gradient", gradient, terms=8)
    (second,) = torch.autograd.grad(gradient.sum(), copy)
    observe("the second derivative", second, terms=8)
    with observe.raises("once more", RuntimeError, saying="second time"):
        torch.autograd.grad(gradient.sum(), copy)


@scenario("INP-08/gradient-of-an-activation", cases=ACTIVATIONS, needs=["INP-08"])
def a_write_into_the_input_that_a_gradient_saved_is_seen(torch, observe, function):
    x, copy, gradient = of_a_copy(torch, function)
    copy.add_(1.0)
    with observe.raises("a second derivative", RuntimeError, saying="modified"):
        torch.autograd.grad(gradient.sum(), x)


@scenario("HOD-02/variance-without-degrees-of-freedom", needs=["BWD-20"])
def the_gradient_of_a_variance_without_degrees_of_freedom_depends_on_nothing_unless_it_runs_along_a_dimension(
    torch, observe
):
    for size in (0, 1):
        x = torch.zeros(size, requires_grad=True)
        (gradient,) = torch.autograd.grad(x.var(), x, create_graph=True)
        observe(f"of all, {size}", gradient)
        observe(f"of all, {size}: is of a graph", gradient.requires_grad)
        (gradient,) = torch.autograd.grad(x.var(0), x, create_graph=True)
        observe(f"along a dimension, {size}", gradient)
        observe(f"along a dimension, {size}: is of a graph", gradient.requires_grad)


@scenario("DRV-09/negative-degrees-of-freedom")
def a_negative_number_of_degrees_of_freedom_divides_unless_all_is_reduced(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    observe("of all", torch.autograd.grad(x.var(correction=3), x)[0])
    observe("along a dimension", torch.autograd.grad(x.var(0, correction=3), x)[0])


@scenario("DRV-09/no-dimensions", cases=["var", "std"])
def where_no_dimensions_are_given_all_are_reduced_but_the_gradient_counts_one_element(torch, observe, name):
    x = torch.tensor([[1.0, 2.0], [4.0, 8.0]], requires_grad=True)
    for correction in (0, 1, 2):
        y = getattr(torch, name)(x, dim=(), correction=correction)
        observe(f"{correction}: the value", y)
        observe(f"{correction}: the gradient", torch.autograd.grad(y, x)[0])


@scenario("IDX-32/where-the-storage-holds-nothing")
def looking_for_elements_where_the_storage_holds_none_is_refused(torch, observe):
    for name, x in (("a vector", torch.zeros(0)), ("an expanded one", torch.zeros(0).expand(2, -1))):
        for size in ((1,), (2, 1)):
            with observe.raises(f"{name}, {size}", RuntimeError, saying="out of bounds"):
                x.as_strided(size, (0,) * len(size))
        observe(f"{name}, nothing", x.as_strided((0,), (1,)).shape)


@scenario("BWD-33/through-a-gather-of-nothing")
def the_gradient_of_a_gather_of_nothing_depends_on_the_gradient_that_it_is_given(torch, observe):
    x = torch.ones(2, requires_grad=True)
    given = torch.ones(0, requires_grad=True)
    (gradient,) = torch.autograd.grad(x.gather(0, torch.zeros(0, dtype=torch.int64)), x, given, create_graph=True)
    observe("gradient", gradient, documented=[0.0, 0.0])
    observe("is of a graph", gradient.requires_grad)


@scenario("HOD-02/product-of-one-number", needs=["BWD-20"])
def the_gradient_of_a_product_of_one_number_depends_on_it_unless_it_is_zero(torch, observe):
    for number in (0.0, 2.0):
        x = torch.full((2, 1), number, requires_grad=True)
        (gradient,) = torch.autograd.grad(x.prod(1).sum(), x, create_graph=True)
        observe(f"of {number}", gradient, documented=[[1.0], [1.0]])
        observe(f"of {number}: is of a graph", gradient.requires_grad)


@scenario("BWD-33/through-logcumsumexp")
def the_gradient_of_logcumsumexp_has_no_derivative_where_the_given_gradient_is_zero(torch, observe):
    x = torch.tensor([1.0, 1.0, 1.0], requires_grad=True)
    given = torch.tensor([1.0, 0.0, -2.0], requires_grad=True)
    (gradient,) = torch.autograd.grad(x.logcumsumexp(0), x, given, create_graph=True)
    observe("gradient", gradient, terms=12)
    (of_given,) = torch.autograd.grad(gradient.sum(), given)
    observe("derivative with respect to the given gradient", of_given, terms=12)


@scenario("IDX-41/roll-of-nothing")
def a_roll_of_nothing_takes_any_dimension(torch, observe):
    observe("a dimension that is not there", torch.zeros(0).roll(1, 5))
    with observe.raises("more shifts than dimensions", RuntimeError):
        torch.zeros(0).roll((1, 2), 0)


@scenario("BWD-14/rounded-quotients", cases={"floor": "floor", "trunc": "trunc"}, needs=["BWD-11"])
def a_rounded_quotient_saves_what_a_true_one_does(torch, observe, rounding_mode):
    a = torch.tensor([3.0, 4.0], requires_grad=True)
    b = torch.tensor([2.0, 3.0], requires_grad=True)
    for written in (0, 1):
        operands = [a * 1.0, b * 1.0]
        quotient = torch.div(*operands, rounding_mode=rounding_mode)
        operands[written].add_(1.0)
        with observe.raises(f"after a write into operand {written}", RuntimeError, saying="modified"):
            quotient.sum().backward()


@scenario("INP-08/power-that-a-gradient-saved", cases={"square": "square", "pow": "pow"}, needs=["INP-08"])
def the_gradient_of_a_square_saves_the_number_that_was_squared(torch, observe, name):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    copy = x * 1.0
    square = copy.square() if name == "square" else copy.pow(2)
    (gradient,) = torch.autograd.grad(square.sum(), copy, create_graph=True)
    observe("gradient", gradient, documented=[2.0, 4.0])
    copy.add_(1.0)
    with observe.raises("a second derivative", RuntimeError, saying="modified"):
        torch.autograd.grad(gradient.sum(), x)


@scenario("NUM-44/gradient-at-nan", cases={"elu": "elu", "selu": "selu", "celu": "celu"})
def of_one_nan_an_exponential_unit_passes_the_gradient(torch, observe, name):
    x = torch.tensor([float("nan")], requires_grad=True)
    getattr(torch.nn.functional, name)(x).sum().backward()
    observe("gradient", x.grad)


@scenario("DRV-13/einsum-of-two-dtypes")
def einsum_takes_two_dtypes_where_it_sums_no_products(torch, observe):
    doubles, singles = torch.ones(2, dtype=torch.float64), torch.ones(2, dtype=torch.float32)
    observe("an outer product", torch.einsum("i,j->ij", doubles, singles))
    observe("a sum of one operand", torch.einsum("i,i->", doubles, singles[:1]))
    with observe.raises("a sum of products", RuntimeError):
        torch.einsum("i,i->", doubles, singles)


@scenario("DRV-13/einsum-of-two-dtypes-over-nothing", needs=["DRV-13/einsum-of-two-dtypes"])
def a_sum_of_no_products_has_the_dtype_of_the_second_factor(torch, observe):
    a = torch.ones(2, 0, dtype=torch.float32, requires_grad=True)
    b = torch.ones(0, 3, dtype=torch.float64, requires_grad=True)
    y = torch.einsum("ij,jk->ik", a, b)
    observe("the sums", y, documented=[[0.0] * 3] * 2)
    y.sum().backward()
    observe("the gradients", [a.grad, b.grad])
    a, b = a.detach(), b.detach()
    observe("in the other order", torch.einsum("jk,ij->ik", b, a))
    observe("transposed", torch.einsum("ij,jk->ki", a, b))
    observe("of a vector", torch.einsum("j,ij->i", b[:, 0], a))


@scenario("DRV-13/einsum-of-a-single-factor")
def a_single_factor_for_all_gets_the_sum_of_the_gradients_and_all_get_its_own(torch, observe):
    a = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    b = torch.tensor([[5.0, 6.0]], requires_grad=True)
    y = torch.einsum("ij,jk->ik", a, b)
    observe("the sums", y, documented=[[15.0, 18.0], [35.0, 42.0]])
    y.sum().backward()
    observe("of the one with many", a.grad, documented=[[11.0, 11.0], [11.0, 11.0]])
    observe("of the one with one", b.grad, documented=[[10.0, 10.0]])


@scenario("DRV-01/logit-at-its-ends")
def the_slope_of_logit_at_its_ends_is_infinite_and_that_of_a_recorded_one_has_the_sign_of_zero(torch, observe):
    x = torch.tensor([0.0, -0.0, 1.0, -1.0, 2.0, 0.5], requires_grad=True)
    logit = torch.logit(x)
    observe("gradient", torch.autograd.grad(logit.sum(), x, retain_graph=True)[0])
    observe("recorded gradient", torch.autograd.grad(logit.sum(), x, create_graph=True)[0])
    observe("bounded", torch.autograd.grad(torch.logit(x, 0.125).sum(), x)[0])


@scenario("IDX-43/ravel-of-a-strided-view")
def ravel_copies_what_has_gaps(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0])
    flat = x[::2].ravel()
    x.zero_()
    observe("of every second", flat, documented=[1.0, 3.0])
    observe("strides", flat.stride())
    whole = torch.tensor([[1.0, 2.0]])
    observe("of a contiguous one", whole.ravel().data_ptr() == whole.data_ptr())


@scenario("DRV-11/logcumsumexp-of-a-gradient-that-is-nan")
def a_gradient_that_is_nan_counts_as_zero_in_logcumsumexp(torch, observe):
    x = torch.tensor([-1.0, -1.0, 0.0], requires_grad=True)
    observe("gradient", torch.autograd.grad(x.logcumsumexp(0), x, torch.tensor([float("nan"), 2.0, -1.0]))[0], terms=12)


@scenario("DRV-11/logcumsumexp-of-a-gradient-that-is-infinite")
def an_infinite_gradient_of_logcumsumexp_is_none_of_the_elements_behind_it(torch, observe):
    x = torch.tensor([-1.0, -1.0, 0.0], requires_grad=True)
    observe(
        "gradient", torch.autograd.grad(x.logcumsumexp(0), x, torch.tensor([-float("inf"), 2.0, -1.0]))[0], terms=12
    )
