"""torch.autograd.functional: jacobian, hessian, vjp, jvp, vhp, hvp."""

from conformance.scenario import scenario


def cubes(x):
    return x**3


def total(x):
    return x.sum()


def two_outputs(x, y):
    return x * y, (x * x).sum()


def smooth(x):
    """x0^2 x1, with gradient [2 x0 x1, x0^2] and Hessian [[2 x1, 2 x0], [2 x0, 0]]."""
    return x[0] ** 2 * x[1]


@scenario("HOD-05")
def jacobian_has_the_shape_of_output_and_input(torch, observe):
    x = torch.tensor([1.0, 2.0])
    observe("of a vector", torch.autograd.functional.jacobian(cubes, x), documented=[[3.0, 0.0], [0.0, 12.0]])
    matrix = torch.tensor([[1.0, 2.0, 3.0]])
    jacobian = torch.autograd.functional.jacobian(lambda m: m.sum(1), matrix)
    observe("its shape, of one output and a 1 by 3 input", list(jacobian.shape), documented=[1, 1, 3])
    observe("of a sum", jacobian, documented=[[[1.0, 1.0, 1.0]]])
    scalar = torch.autograd.functional.jacobian(lambda x: (x * x).sum(), x)
    observe("of a scalar output", scalar, documented=[2.0, 4.0])


@scenario("HOD-05/tuples", needs=["HOD-05"])
def jacobian_of_tuples_is_nested_output_then_input(torch, observe):
    x, y = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0])
    jacobian = torch.autograd.functional.jacobian(two_outputs, (x, y))
    observe("the product by x", jacobian[0][0], documented=[[3.0, 0.0], [0.0, 4.0]])
    observe("the product by y", jacobian[0][1], documented=[[1.0, 0.0], [0.0, 2.0]])
    observe("the sum of squares by x", jacobian[1][0], documented=[2.0, 4.0])
    observe("the sum of squares by y", jacobian[1][1], documented=[0.0, 0.0])


@scenario("HOD-05/leaves-alone", needs=["HOD-05"])
def jacobian_leaves_its_input_alone(torch, observe):
    x = torch.tensor([1.0, 2.0])
    torch.autograd.functional.jacobian(cubes, x)
    observe("the input requires grad", x.requires_grad, documented=False)
    leaf = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.autograd.functional.jacobian(cubes, leaf)
    observe("a leaf's .grad", leaf.grad, documented=None)


@scenario("HOD-05/wrong-output", needs=["HOD-05"])
def jacobian_takes_only_tensors(torch, observe):
    with observe.raises("a function that returns a number", TypeError, saying="Tensor"):
        torch.autograd.functional.jacobian(lambda x: 1.0, torch.tensor([1.0]))
    with observe.raises("an input that is a number", TypeError, saying="Tensor"):
        torch.autograd.functional.jacobian(cubes, 1.0)


@scenario("HOD-06", needs=["HOD-05"])
def jacobian_is_detached_unless_create_graph(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    plain = torch.autograd.functional.jacobian(cubes, x)
    observe("it requires grad", plain.requires_grad, documented=False)
    recorded = torch.autograd.functional.jacobian(cubes, x, create_graph=True)
    observe("it requires grad under create_graph", recorded.requires_grad, documented=True)
    recorded.sum().backward()
    observe("the derivative of its sum", x.grad, documented=[6.0, 12.0])


@scenario("HOD-07", needs=["HOD-05"])
def a_vectorized_jacobian_is_the_same(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0])
    expected = [[3.0, 0.0, 0.0], [0.0, 12.0, 0.0], [0.0, 0.0, 27.0]]
    jacobian = torch.autograd.functional.jacobian
    observe("reverse mode", jacobian(cubes, x, vectorize=True), documented=expected)
    observe("forward mode", jacobian(cubes, x, vectorize=True, strategy="forward-mode"), documented=expected)
    with observe.raises("forward mode without vectorize", NotImplementedError, saying="vectorize"):
        jacobian(cubes, x, strategy="forward-mode")


@scenario("HOD-07/tuples", needs=["HOD-07", "HOD-05/tuples"])
def a_vectorized_jacobian_of_tuples_is_nested_in_the_same_way(torch, observe):
    x, y = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0])
    for strategy in ("reverse-mode", "forward-mode"):
        jacobian = torch.autograd.functional.jacobian(two_outputs, (x, y), vectorize=True, strategy=strategy)
        observe(
            f"the product's, {strategy}",
            jacobian[0],
            documented=[[[3.0, 0.0], [0.0, 4.0]], [[1.0, 0.0], [0.0, 2.0]]],
        )
        observe(f"the sum of squares', {strategy}", jacobian[1], documented=[[2.0, 4.0], [0.0, 0.0]])


@scenario("HOD-08", needs=["HOD-05"])
def strict_refuses_an_output_that_is_independent_of_an_input(torch, observe):
    def ignores(x, y):
        return x * 2

    x, y = torch.tensor([1.0, 2.0]), torch.tensor([3.0])
    jacobian = torch.autograd.functional.jacobian(ignores, (x, y))
    observe("without strict, by the ignored input", jacobian[1], documented=[[0.0], [0.0]])
    with observe.raises("with strict", RuntimeError, saying="independent"):
        torch.autograd.functional.jacobian(ignores, (x, y), strict=True)


@scenario("HOD-08/constant", needs=["HOD-08"])
def strict_refuses_a_constant_output(torch, observe):
    x = torch.tensor([1.0, 2.0])
    constant = torch.tensor([5.0])
    jacobian = torch.autograd.functional.jacobian(lambda x: constant, x)
    observe("without strict", jacobian, documented=[[0.0, 0.0]])
    with observe.raises("with strict", RuntimeError, saying="does not require grad"):
        torch.autograd.functional.jacobian(lambda x: constant, x, strict=True)
    for name, v in (("vjp", torch.tensor([1.0])), ("jvp", x)):
        function = getattr(torch.autograd.functional, name)
        observe(f"{name} without strict, all zero", bool((function(lambda x: constant, x, v)[1] == 0).all()))
        with observe.raises(f"{name} with strict", RuntimeError, saying="does not require grad"):
            function(lambda x: constant, x, v, strict=True)


STRICT = {
    "vhp": lambda functional, x, strict: functional.vhp(total, x, x, strict=strict)[1],
    "hvp": lambda functional, x, strict: functional.hvp(total, x, x, strict=strict)[1],
    "hessian": lambda functional, x, strict: functional.hessian(total, x, strict=strict),
}


@scenario("HOD-08/second-derivative", cases=STRICT, needs=["HOD-08"])
def strict_refuses_a_gradient_that_is_independent_of_the_input(torch, observe, call):
    x = torch.tensor([1.0, 2.0])
    result = call(torch.autograd.functional, x, False)
    observe("without strict, all zero", bool((result == 0).all()), documented=True)
    with observe.raises("with strict", RuntimeError, saying="independent"):
        call(torch.autograd.functional, x, True)


@scenario("HOD-09", needs=["HOD-05"])
def hessian_has_the_inputs_shape_twice(torch, observe):
    x = torch.tensor([2.0, 3.0])
    observe("the Hessian", torch.autograd.functional.hessian(smooth, x), documented=[[6.0, 4.0], [4.0, 0.0]])
    with observe.raises("of two outputs", RuntimeError, saying="single"):
        torch.autograd.functional.hessian(cubes, x)


@scenario("HOD-09/tuples", needs=["HOD-09"])
def hessian_of_tuples_is_a_matrix_of_blocks(torch, observe):
    x, y = torch.tensor([2.0]), torch.tensor([3.0, 4.0])
    hessian = torch.autograd.functional.hessian(lambda x, y: (x**2 * y).sum(), (x, y))
    observe("x by x", hessian[0][0], documented=[[14.0]])
    observe("x by y", hessian[0][1], documented=[[4.0, 4.0]])
    observe("y by x", hessian[1][0], documented=[[4.0], [4.0]])
    observe("y by y", hessian[1][1], documented=[[0.0, 0.0], [0.0, 0.0]])


@scenario("HOD-09/create-graph", needs=["HOD-09"])
def hessian_can_be_differentiated_under_create_graph(torch, observe):
    x = torch.tensor([2.0], requires_grad=True)
    hessian = torch.autograd.functional.hessian(lambda x: (x**4).sum(), x, create_graph=True)
    observe("the Hessian", hessian, documented=[[48.0]])
    hessian.sum().backward()
    observe("its derivative", x.grad, documented=[48.0])


@scenario("HOD-09/vectorize", needs=["HOD-09"])
def a_vectorized_hessian_is_the_same(torch, observe):
    x = torch.tensor([2.0, 3.0])
    hessian = torch.autograd.functional.hessian
    observe("vectorized", hessian(smooth, x, vectorize=True), documented=[[6.0, 4.0], [4.0, 0.0]])
    observe(
        "forward over reverse",
        hessian(smooth, x, vectorize=True, outer_jacobian_strategy="forward-mode"),
        documented=[[6.0, 4.0], [4.0, 0.0]],
    )


@scenario("HOD-09/which-are-detached", needs=["HOD-09/vectorize"], cases={"constant": False, "requires-grad": True})
def forward_mode_leaves_what_it_computed_in_the_graph(torch, observe, requires_grad):
    functional = torch.autograd.functional
    x = torch.tensor([2.0, 3.0], requires_grad=requires_grad)
    w = torch.tensor([1.0, 4.0], requires_grad=True)
    for strategy in ("reverse-mode", "forward-mode"):
        jacobian = functional.jacobian(cubes, x, vectorize=True, strategy=strategy)
        observe(f"the jacobian, {strategy}", jacobian.requires_grad)
        of_more = functional.jacobian(lambda x: x * x * w, x, vectorize=True, strategy=strategy)
        observe(f"one of a function that uses a leaf, {strategy}", of_more.requires_grad)
        hessian = functional.hessian(smooth, x, vectorize=True, outer_jacobian_strategy=strategy)
        observe(f"the hessian, {strategy}", hessian.requires_grad)


@scenario("HOD-10", needs=["HOD-05"])
def vjp_returns_outputs_and_the_weighted_gradient(torch, observe):
    x = torch.tensor([1.0, 2.0])
    outputs, product = torch.autograd.functional.vjp(cubes, x, torch.tensor([10.0, 1.0]))
    observe("the outputs", outputs, documented=[1.0, 8.0])
    observe("the product", product, documented=[30.0, 12.0])
    _, product = torch.autograd.functional.vjp(lambda x: (x * x).sum(), x)
    observe("without v, of a one-element output", product, documented=[2.0, 4.0])
    with observe.raises("without v, of two elements", RuntimeError, saying="v"):
        torch.autograd.functional.vjp(cubes, x)


@scenario("HOD-10/tuples", needs=["HOD-10"])
def vjp_of_tuples_sums_over_the_outputs(torch, observe):
    x, y = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0])
    outputs, products = torch.autograd.functional.vjp(
        two_outputs, (x, y), (torch.tensor([1.0, 10.0]), torch.tensor(100.0))
    )
    observe("the outputs", outputs, documented=[[3.0, 8.0], 5.0])
    observe("the products", products, documented=[[203.0, 440.0], [1.0, 20.0]])


@scenario("HOD-11", needs=["HOD-10"])
def jvp_returns_outputs_and_the_jacobian_times_v(torch, observe):
    x = torch.tensor([1.0, 2.0])
    outputs, product = torch.autograd.functional.jvp(cubes, x, torch.tensor([10.0, 1.0]))
    observe("the outputs", outputs, documented=[1.0, 8.0])
    observe("the product", product, documented=[30.0, 12.0])
    scalar = torch.tensor(3.0)
    _, product = torch.autograd.functional.jvp(lambda x: torch.stack([x, x * x]), scalar)
    observe("without v, of a one-element input", product, documented=[1.0, 6.0])
    with observe.raises("without v, of two elements", RuntimeError, saying="v"):
        torch.autograd.functional.jvp(cubes, x)


@scenario("HOD-12", needs=["HOD-10"])
def hvp_and_vhp_agree(torch, observe):
    x, v = torch.tensor([2.0, 3.0]), torch.tensor([1.0, 10.0])
    value, product = torch.autograd.functional.hvp(smooth, x, v)
    observe("hvp's value", value, documented=12.0)
    observe("hvp's product", product, documented=[46.0, 4.0])
    value, product = torch.autograd.functional.vhp(smooth, x, v)
    observe("vhp's value", value, documented=12.0)
    observe("vhp's product", product, documented=[46.0, 4.0])
    with observe.raises("hvp of two outputs", RuntimeError, saying="single"):
        torch.autograd.functional.hvp(cubes, x, v)
    with observe.raises("vhp of two outputs", RuntimeError, saying="single"):
        torch.autograd.functional.vhp(cubes, x, v)


CREATE_GRAPH = {
    "vjp": (lambda functional, x, v: functional.vjp(cubes, x, v, create_graph=True)[1], [60.0, 12.0]),
    "jvp": (lambda functional, x, v: functional.jvp(cubes, x, v, create_graph=True)[1], [60.0, 12.0]),
    "vhp": (lambda functional, x, v: functional.vhp(lambda x: (x**3).sum(), x, v, create_graph=True)[1], [60.0, 6.0]),
    "hvp": (lambda functional, x, v: functional.hvp(lambda x: (x**3).sum(), x, v, create_graph=True)[1], [60.0, 6.0]),
}


@scenario("HOD-12/create-graph", cases=CREATE_GRAPH, needs=["HOD-06"])
def products_can_be_differentiated_under_create_graph(torch, observe, case):
    call, derivative = case
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    product = call(torch.autograd.functional, x, torch.tensor([10.0, 1.0]))
    observe("it requires grad", product.requires_grad, documented=True)
    product.sum().backward()
    observe("the derivative of its sum", x.grad, documented=derivative)


@scenario("HOD-13", needs=["HOD-10"], cases=["vjp", "jvp", "vhp", "hvp"])
def v_must_have_the_size_of_what_it_multiplies(torch, observe, name):
    function = getattr(torch.autograd.functional, name)
    of = cubes if name in ("vjp", "jvp") else smooth
    with observe.raises("a vector of three for one of two", RuntimeError, saying=("v", "size")):
        function(of, torch.tensor([1.0, 2.0]), torch.tensor([1.0, 2.0, 3.0]))
