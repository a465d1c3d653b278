"""Products and quotients where there is nothing to multiply or divide, or a single number to sum over."""

from conformance.scenario import scenario


@scenario("TYP-05/a-quotient-of-no-integers", cases=["floor_divide", "remainder", "fmod"])
def of_no_integers_no_quotient_by_zero_is_taken(torch, observe, name):
    nothing = torch.zeros((2, 0), dtype=torch.int64)
    observe("by the number zero", getattr(torch, name)(nothing, 0))
    with observe.raises("of an integer", RuntimeError, saying="ZeroDivisionError"):
        getattr(torch, name)(torch.tensor([1]), 0)


PRODUCTS_OF_BATCHES = {
    "bmm": lambda torch, a, b: torch.bmm(a, b),
    "matmul": lambda torch, a, b: torch.matmul(a, b),
    "baddbmm": lambda torch, a, b: torch.baddbmm(torch.full((2, a.shape[1], 3), 2.0), a, b),
}


@scenario("DRV-13/batches-of-two-dtypes", cases=PRODUCTS_OF_BATCHES, dtypes=["float32"], needs=["DRV-13/bmm"])
def batches_without_products_take_the_dtype_of_the_second(torch, observe, function):
    for words, rows, inner in (("no sums", 0, 1), ("sums of no products", 1, 0)):
        a = torch.zeros((2, rows, inner), requires_grad=True)
        b = torch.zeros((2, inner, 3), dtype=torch.float64, requires_grad=True)
        y = function(torch, a, b)
        observe(words, y)
        y.sum().backward()
        observe(f"gradients, {words}", (a.grad, b.grad))
    with observe.raises("sums of products", RuntimeError):
        function(torch, torch.zeros((2, 1, 1)), torch.zeros((2, 1, 3), dtype=torch.float64))


@scenario("DRV-13/a-matrix-and-batches-of-two-dtypes", dtypes=["float32"], needs=["DRV-13/bmm"])
def so_does_a_matrix_that_requires_no_gradient(torch, observe):
    for requires_grad in (False, True):
        matrix = torch.ones((1, 3), dtype=torch.float64, requires_grad=requires_grad)
        with observe.raises(f"requires_grad={requires_grad}"):
            observe("the product", matrix @ torch.zeros((0, 3, 1)))


@scenario("DRV-13/a-batch-of-one-and-batches-of-two-dtypes", dtypes=["float32"], needs=["DRV-13/bmm"])
def and_a_batch_of_one_matrix_that_requires_none(torch, observe):
    several = torch.zeros((2, 0, 1), dtype=torch.float64)
    for requires_grad in (False, True):
        one = torch.ones((1, 1, 3), requires_grad=requires_grad)
        with observe.raises(f"requires_grad={requires_grad}"):
            observe("the product", several @ one)
        with observe.raises(f"beside a batch of one, requires_grad={requires_grad}"):
            observe("the product of two matrices", several[:1] @ one)


SUMS_OVER_ONE_PLACE = {
    "inner": lambda torch, a, b: torch.inner(a, b),
    "tensordot": lambda torch, a, b: torch.tensordot(a, b, dims=1),
}


@scenario("INP-08/a-product-summed-over-one-place", cases=SUMS_OVER_ONE_PLACE, needs=["INP-08"])
def of_two_numbers_in_a_row_each_the_first_is_summed_and_that_sum_is_saved(torch, observe, function):
    x = torch.tensor([2.0], requires_grad=True)
    y = torch.tensor([3.0], requires_grad=True)
    first, second = x * 1.0, y * 1.0
    product = function(torch, first, second)
    first.mul_(5.0)
    product.backward(retain_graph=True)
    observe("gradients after a write into the first", (x.grad, y.grad), documented=[[3.0], [2.0]])
    second.mul_(5.0)
    with observe.raises("after a write into the second", RuntimeError, saying="modified"):
        product.backward()
