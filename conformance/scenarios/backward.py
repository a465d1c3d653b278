"""What backward() begins with: the gradient of its root, given or implied, and several roots."""

from conformance.scenario import scenario


@scenario("BWD-01")
def the_gradient_of_a_scalar_is_implicitly_one(torch, observe):
    w = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    torch.sum(w * w).backward()
    observe("the gradient", w.grad, documented=[2.0, 4.0, 6.0])


@scenario("BWD-01/with-a-gradient", needs=["BWD-01"])
def a_scalar_may_be_given_a_gradient(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.sum(w * w).backward(torch.tensor(10.0))
    observe("the gradient", w.grad, documented=[20.0, 40.0])


@scenario("BWD-01/with-none", needs=["BWD-01", "BWD-03"])
def the_gradient_none_is_the_same_as_no_gradient(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.sum(w * w).backward(None)
    observe("given by position", w.grad, documented=[2.0, 4.0])
    torch.sum(w * w).backward(gradient=None)
    observe("and by name", w.grad, documented=[4.0, 8.0])
    with observe.raises("for two elements", RuntimeError, saying="scalar"):
        (w * w).backward(gradient=None)


@scenario("BWD-02", cases={"1": (1,), "1x1": (1, 1), "1x1x1": (1, 1, 1)}, needs=["BWD-01"])
def an_output_of_one_element_counts_as_a_scalar_whatever_its_rank(torch, observe, shape):
    w = torch.full(shape, 3.0, requires_grad=True)
    (w * w).backward()
    observe("the gradient's shape", list(w.grad.shape), documented=list(shape))
    observe("the gradient", torch.sum(w.grad), documented=6.0)


@scenario("BWD-03", needs=["BWD-01"])
def an_output_of_several_elements_needs_a_gradient(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    with observe.raises("backward()", RuntimeError, saying="scalar"):
        (w * w).backward()
    observe("the gradient after that", w.grad, documented=None)
    with observe.raises("backward() of a leaf", RuntimeError, saying="scalar"):
        w.backward()


@scenario("BWD-04", cases={"0": (0,), "2x0": (2, 0)}, needs=["BWD-03"])
def an_empty_output_needs_a_gradient(torch, observe, shape):
    w = torch.zeros(shape, requires_grad=True)
    with observe.raises("backward()", RuntimeError, saying="scalar"):
        (w * w).backward()
    (w * w).backward(torch.zeros(shape))
    observe("the shape of the gradient after one with a gradient", list(w.grad.shape), documented=list(shape))


@scenario("BWD-05", needs=["BWD-01"])
def a_complex_scalar_needs_a_gradient(torch, observe):
    z = torch.tensor(1.0 + 2.0j, requires_grad=True)
    with observe.raises("backward()", RuntimeError, saying="real"):
        (z * z).backward()
    observe("the gradient after that", z.grad, documented=None)


@scenario("BWD-06", needs=["BWD-01"])
def backward_with_a_gradient_is_the_vector_jacobian_product(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    (x * x).backward(torch.tensor([1.0, 10.0, 100.0]))
    observe("of a product by elements", x.grad, documented=[2.0, 40.0, 600.0])


@scenario("BWD-06/by-name", needs=["BWD-06"])
def the_gradient_may_be_given_by_name(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * x).backward(gradient=torch.tensor([1.0, 10.0]))
    observe("the gradient", x.grad, documented=[2.0, 40.0])


@scenario("BWD-06/of-a-matrix", needs=["BWD-06"])
def the_vector_multiplies_the_jacobian_from_the_left(torch, observe):
    x = torch.tensor([1.0, 1.0], requires_grad=True)
    jacobian = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    torch.mv(jacobian, x).backward(torch.tensor([1.0, 10.0, 100.0]))
    observe("v @ J", x.grad, documented=[531.0, 642.0])


@scenario("BWD-06/in-rows", needs=["BWD-06/of-a-matrix"])
def unit_vectors_give_the_rows_of_the_jacobian(torch, observe):
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    for row, (unit, expected) in enumerate([([1.0, 0.0], [3.0, 2.0]), ([0.0, 1.0], [1.0, 1.0])]):
        y = torch.stack([x[0] * x[1], x[0] + x[1]])
        x.grad = None
        y.backward(torch.tensor(unit))
        observe(f"row {row} of the Jacobian of (x0 * x1, x0 + x1)", x.grad, documented=expected)


@scenario("BWD-06/of-zeros", needs=["BWD-06"])
def a_gradient_of_zeros_gives_zeros(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * x).backward(torch.zeros(2))
    observe("the gradient", x.grad, documented=[0.0, 0.0])


@scenario("BWD-06/unchanged", needs=["BWD-06"])
def backward_leaves_the_gradient_that_it_is_given_unchanged(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    v = torch.tensor([1.0, 10.0])
    (x * x + x).backward(v)
    (x * x + x).backward(v)
    observe("the vector after two backwards", v, documented=[1.0, 10.0])
    observe("the gradient", x.grad, documented=[6.0, 100.0])


@scenario("BWD-06/expanded", needs=["BWD-06"])
def the_gradient_may_be_an_expanded_tensor(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    (x * x).backward(torch.tensor(2.0).expand(2, 2))
    observe("the gradient", x.grad, documented=[[4.0, 8.0], [12.0, 16.0]])
    (x * x).backward(torch.tensor([[1.0, 10.0], [100.0, 1000.0]]).t())
    observe("after one that is transposed", x.grad, documented=[[6.0, 408.0], [72.0, 8016.0]])


GRADIENTS_OF_A_WRONG_SHAPE = {
    "zero-dim": 1.0,
    "one-element": [1.0],
    "row-that-broadcasts": [1.0, 1.0],
    "same-number-of-elements": [[[1.0, 1.0], [1.0, 1.0]]],
    "more-elements": [[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]],
}


@scenario("BWD-07", cases=GRADIENTS_OF_A_WRONG_SHAPE, needs=["BWD-06"])
def a_gradient_of_another_shape_is_refused(torch, observe, gradient):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    with observe.raises("backward", RuntimeError, saying="shape"):
        (x * x).backward(torch.tensor(gradient))
    observe("the gradient after that", x.grad, documented=None)


@scenario("BWD-07/of-a-scalar", needs=["BWD-01/with-a-gradient"])
def the_gradient_of_a_zero_dim_output_has_no_dimension(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with observe.raises("a gradient of shape (1,)", RuntimeError, saying="shape"):
        torch.sum(x * x).backward(torch.tensor([1.0]))


@scenario("BWD-07/not-a-tensor", cases={"number": 1.0, "list": [1.0, 1.0], "string": "ones"}, needs=["BWD-06"])
def a_gradient_that_is_no_tensor_is_refused(torch, observe, gradient):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with observe.raises("backward", TypeError):
        (x * x).backward(gradient)
    observe("the gradient after that", x.grad, documented=None)


@scenario("BWD-08", dtypes=["float32"], needs=["BWD-06"])
def a_gradient_of_another_floating_dtype_is_cast(torch, observe):
    x = torch.tensor([1.0, 2.0], dtype=torch.float32, requires_grad=True)
    (x * x).backward(torch.tensor([1.0, 10.0], dtype=torch.float64))
    observe("dtype after a float64 gradient", x.grad.dtype, documented=torch.float32)
    observe("the gradient", x.grad, documented=[2.0, 40.0])
    (x * x).backward(torch.tensor([1, 10]))
    observe("after an integer one", x.grad)


@scenario("BWD-09", dtypes=["float32"], needs=["BWD-06"])
def a_complex_gradient_of_a_real_output_is_refused(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with observe.raises("a complex gradient of a real output", RuntimeError, saying="complex"):
        (x * x).backward(torch.ones(2, dtype=torch.complex64))
    z = torch.ones(2, dtype=torch.complex64, requires_grad=True)
    with observe.raises("a real gradient of a complex output", RuntimeError, saying="complex"):
        (z * z).backward(torch.tensor([1.0, 1.0]))


@scenario("BWD-10")
def backward_outside_any_graph_is_refused(torch, observe):
    with observe.raises("of a tensor that does not require grad", RuntimeError, saying="require"):
        torch.tensor(1.0).backward()
    with observe.raises("of what was computed from such tensors", RuntimeError, saying="require"):
        torch.sum(torch.tensor([1.0, 2.0]) * 2).backward()


WITHOUT_A_GRAPH = {
    "detached": lambda torch, w: torch.sum(w * 2).detach(),
    "integer": lambda torch, w: torch.argmax(w),
    "item": lambda torch, w: torch.tensor(torch.sum(w).item()),
    "data": lambda torch, w: torch.sum(w.data * 2),
}


@scenario("BWD-10/of", cases=WITHOUT_A_GRAPH, needs=["BWD-10"])
def backward_of_what_has_left_the_graph_is_refused(torch, observe, compute):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    with observe.raises("backward", RuntimeError, saying="require"):
        compute(torch, w).backward()
    observe("the gradient", w.grad, documented=None)


@scenario("BWD-10/under-no-grad", needs=["BWD-10"])
def backward_of_what_was_computed_under_no_grad_is_refused(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.no_grad():
        loss = torch.sum(w * 2)
    with observe.raises("backward", RuntimeError, saying="require"):
        loss.backward()


@scenario("BWD-28", needs=["BWD-01"])
def backward_of_several_roots_sums_their_gradients(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.autograd.backward([torch.sum(x * x), torch.sum(x * 3)])
    observe("the gradient", x.grad, documented=[5.0, 7.0])


@scenario("BWD-28/of-one-graph", needs=["BWD-28"])
def several_roots_may_share_a_graph_that_is_freed_only_once(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    shared = x * x
    torch.autograd.backward([torch.sum(shared * 2), torch.sum(shared * shared)])
    observe("the gradient: 4x + 4x^3", x.grad, documented=[8.0, 40.0])


@scenario("BWD-28/one-root-under-another", needs=["BWD-28"])
def a_root_may_lie_on_the_way_from_another_root(torch, observe):
    x = torch.tensor(2.0, requires_grad=True)
    y = x * x
    torch.autograd.backward([y, y * 3])
    observe("the gradient: 2x + 6x", x.grad, documented=16.0)


@scenario("BWD-28/twice-the-same", needs=["BWD-28"])
def a_root_given_twice_counts_twice(torch, observe):
    x = torch.tensor(2.0, requires_grad=True)
    y = x * x
    torch.autograd.backward([y, y])
    observe("the gradient", x.grad, documented=8.0)


@scenario("BWD-28/a-single-tensor", needs=["BWD-01"])
def autograd_backward_takes_a_single_tensor(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.autograd.backward(x * x, torch.tensor([1.0, 10.0]))
    observe("the gradient", x.grad, documented=[2.0, 40.0])


@scenario("BWD-29", needs=["BWD-28"])
def grad_tensors_may_hold_none_for_a_scalar_root(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.autograd.backward([torch.sum(x * x), x * 3], grad_tensors=[None, torch.tensor([1.0, 10.0])])
    observe("the gradient", x.grad, documented=[5.0, 34.0])
    with observe.raises("None for a root of two elements", RuntimeError, saying="scalar"):
        torch.autograd.backward([torch.sum(x * x), x * 3], grad_tensors=[None, None])


@scenario("BWD-29/lengths", needs=["BWD-28"])
def roots_and_grad_tensors_are_as_many(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with observe.raises("two roots and one gradient", RuntimeError, saying="2"):
        torch.autograd.backward([torch.sum(x), torch.sum(x * x)], grad_tensors=[torch.tensor(1.0)])
    observe("the gradient after that", x.grad, documented=None)


@scenario("BWD-30", needs=["BWD-28/a-single-tensor"])
def grad_variables_is_deprecated(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with observe.warns("backward with grad_variables", saying="grad_variables"):
        torch.autograd.backward(x * x, grad_variables=torch.tensor([1.0, 10.0]))
    observe("the gradient", x.grad, documented=[2.0, 40.0])


@scenario("BWD-30/both", needs=["BWD-30"])
def grad_variables_beside_grad_tensors_is_refused(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    ones = torch.tensor([1.0, 1.0])
    with observe.raises("both", RuntimeError, saying="grad_tensors"):
        torch.autograd.backward(x * x, grad_tensors=ones, grad_variables=ones)


@scenario("BWD-31", needs=["BWD-01"])
def backward_returns_none(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    observe("of a tensor", torch.sum(x * x).backward(), documented=None)
    observe("of torch.autograd", torch.autograd.backward(torch.sum(x * x)), documented=None)


@scenario("BWD-32", needs=["BWD-01"])
def backward_works_under_no_grad(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = torch.sum(x * x)
    with torch.no_grad():
        loss.backward()
    observe("the gradient", x.grad, documented=[2.0, 4.0])


@scenario("BWD-36", needs=["BWD-01"])
def backward_may_be_called_from_within_a_backward(torch, observe):
    inner = torch.tensor([1.0, 2.0], requires_grad=True)
    outer = torch.tensor([3.0, 4.0], requires_grad=True)
    inner_loss = torch.sum(inner * inner)

    def another_backward(gradient):
        inner_loss.backward()
        return gradient * 10

    y = outer * 2
    y.register_hook(another_backward)
    torch.sum(y * y).backward()
    observe("the gradient from the backward within", inner.grad, documented=[2.0, 4.0])
    observe("the gradient from the one around it", outer.grad, documented=[240.0, 320.0])


@scenario("BWD-36/into-the-same-leaf", needs=["BWD-36"])
def a_backward_within_a_backward_may_reach_the_same_leaf(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)

    def another_backward(gradient):
        with torch.enable_grad():  # a backward itself runs without recording
            torch.sum(w * 100).backward()

    y = w * 2
    y.register_hook(another_backward)
    torch.sum(y).backward()
    observe("the gradient from both", w.grad, documented=[102.0, 102.0])


@scenario("BWD-10/no-tensor", needs=["BWD-10"])
def what_is_no_tensor_is_refused_as_a_root(torch, observe):
    with observe.raises("backward"):
        torch.autograd.backward([1.0])


@scenario("BWD-34/of-the-second-output", needs=["BWD-34"])
def an_edge_knows_which_output_it_stands_for(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    _, second = (x * x).unbind()
    torch.autograd.backward(torch.autograd.graph.get_gradient_edge(second))
    observe("the gradient", x.grad, documented=[0.0, 4.0])
