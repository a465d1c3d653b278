"""torch.func: grad, vjp, jvp, jacrev, jacfwd, hessian, and what they compose to."""

from conformance.scenario import scenario


def cubes(x):
    return x**3


def total_of_cubes(x):
    return (x**3).sum()


@scenario("HOD-14", needs=["HOD-05"])
def the_transforms_agree_with_autograd(torch, observe):
    x = torch.tensor([1.0, 2.0])
    observe("grad", torch.func.grad(total_of_cubes)(x), documented=[3.0, 12.0])
    observe("jacrev", torch.func.jacrev(cubes)(x), documented=[[3.0, 0.0], [0.0, 12.0]])
    observe("jacfwd", torch.func.jacfwd(cubes)(x), documented=[[3.0, 0.0], [0.0, 12.0]])
    observe("hessian", torch.func.hessian(total_of_cubes)(x), documented=[[6.0, 0.0], [0.0, 12.0]])
    observe("the input is left alone", [x.requires_grad, x.grad], documented=[False, None])


@scenario("HOD-17")
def grad_of_a_function_of_one_output(torch, observe):
    observe("at a scalar", torch.func.grad(lambda x: x**3)(torch.tensor(2.0)), documented=12.0)
    with observe.raises("of two outputs", RuntimeError, saying="scalar"):
        torch.func.grad(cubes)(torch.tensor([1.0, 2.0]))


@scenario("HOD-17/argnums", needs=["HOD-17"])
def argnums_chooses_the_arguments(torch, observe):
    x, y = torch.tensor(2.0), torch.tensor(5.0)
    observe("the first, as ever", torch.func.grad(lambda x, y: x * y**2)(x, y), documented=25.0)
    observe("the second", torch.func.grad(lambda x, y: x * y**2, argnums=1)(x, y), documented=20.0)
    observe("both", torch.func.grad(lambda x, y: x * y**2, argnums=(0, 1))(x, y), documented=[25.0, 20.0])


@scenario("HOD-17/has-aux", needs=["HOD-17"])
def has_aux_passes_a_second_result_through(torch, observe):
    grad, aux = torch.func.grad(lambda x: (x**3, x + 1), has_aux=True)(torch.tensor(2.0))
    observe("the gradient", grad, documented=12.0)
    observe("the second result", aux, documented=3.0)
    observe("it requires grad", aux.requires_grad, documented=False)


@scenario("HOD-17/value", needs=["HOD-17"])
def grad_and_value_returns_both(torch, observe):
    grad, value = torch.func.grad_and_value(lambda x: x**3)(torch.tensor(2.0))
    observe("the gradient", grad, documented=12.0)
    observe("the value", value, documented=8.0)


@scenario("HOD-17/nested", needs=["HOD-17"])
def grad_of_grad_gives_further_derivatives(torch, observe):
    second = torch.func.grad(torch.func.grad(lambda x: x**4))
    observe("second derivative", second(torch.tensor(2.0)), documented=48.0)
    observe("third derivative", torch.func.grad(second)(torch.tensor(2.0)), documented=48.0)


@scenario("HOD-17/structures", needs=["HOD-17"])
def grad_by_a_dict_is_a_dict(torch, observe):
    params = {"w": torch.tensor(3.0), "b": torch.tensor(1.0)}
    grads = torch.func.grad(lambda params, x: (params["w"] * x + params["b"]) ** 2)(params, torch.tensor(2.0))
    observe("the gradients", grads, documented={"w": 28.0, "b": 14.0})


@scenario("HOD-17/closure", needs=["HOD-17"])
def a_captured_tensor_is_a_constant_inside_and_recorded_outside(torch, observe):
    w = torch.tensor(3.0, requires_grad=True)
    result = torch.func.grad(lambda x: w * x**2)(torch.tensor(2.0))
    observe("the gradient by x", result, documented=12.0)
    observe("it requires grad, through the captured tensor", result.requires_grad, documented=True)
    result.backward()
    observe("the captured tensor's gradient", w.grad, documented=4.0)


@scenario("HOD-17/no-grad-inside", needs=["HOD-17"])
def no_grad_inside_the_function_cuts_and_no_grad_outside_does_not(torch, observe):
    x = torch.tensor(2.0)

    def partly(x):
        with torch.no_grad():
            constant = x**2
        return x**3 - constant

    observe("no_grad inside", torch.func.grad(partly)(x), documented=12.0)
    with torch.no_grad():
        observe("no_grad outside", torch.func.grad(lambda x: x**3)(x), documented=12.0)


@scenario("HOD-17/of-a-leaf", needs=["HOD-17"])
def grad_leaves_the_gradient_of_a_leaf_alone(torch, observe):
    x = torch.tensor(2.0, requires_grad=True)
    result = torch.func.grad(lambda x: x**3)(x)
    observe("the gradient", result, documented=12.0)
    observe("the leaf's .grad", x.grad, documented=None)
    result.backward()
    observe("the result's own derivative by the leaf", x.grad, documented=12.0)


@scenario("HOD-17/in-place", needs=["HOD-17"])
def in_place_operations_inside_are_differentiated(torch, observe):
    def function(x):
        y = x * 1
        y.mul_(x)
        y[0] = 0.0
        return y.sum()

    observe("the gradient", torch.func.grad(function)(torch.tensor([1.0, 2.0])), documented=[0.0, 4.0])


@scenario("HOD-18", needs=["HOD-17"])
def vjp_returns_the_outputs_and_a_function(torch, observe):
    x = torch.tensor([1.0, 2.0])
    outputs, pull_back = torch.func.vjp(cubes, x)
    observe("the outputs", outputs, documented=[1.0, 8.0])
    observe("along (10, 1)", pull_back(torch.tensor([10.0, 1.0])), documented=[[30.0, 12.0]])
    observe("along (0, 2)", pull_back(torch.tensor([0.0, 2.0])), documented=[[0.0, 24.0]])


@scenario("HOD-18/several", needs=["HOD-18"])
def vjp_of_several_inputs_and_outputs(torch, observe):
    x, y = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0])
    outputs, pull_back = torch.func.vjp(lambda x, y: (x * y, x.sum()), x, y)
    observe("the outputs", outputs, documented=[[3.0, 8.0], 3.0])
    products = pull_back((torch.tensor([1.0, 10.0]), torch.tensor(100.0)))
    observe("the products", products, documented=[[103.0, 140.0], [1.0, 20.0]])


@scenario("HOD-18/jvp", needs=["HOD-17", "FWD-03"])
def jvp_pushes_a_tangent_forward(torch, observe):
    x, v = torch.tensor([1.0, 2.0]), torch.tensor([10.0, 1.0])
    outputs, tangents = torch.func.jvp(cubes, (x,), (v,))
    observe("the outputs", outputs, documented=[1.0, 8.0])
    observe("the tangent", tangents, documented=[30.0, 12.0])
    with observe.raises("a tangent of another shape", RuntimeError):
        torch.func.jvp(cubes, (x,), (torch.tensor([1.0, 2.0, 3.0]),))


@scenario("HOD-18/hessian-vector", needs=["HOD-18/jvp"])
def forward_over_reverse_gives_a_hessian_vector_product(torch, observe):
    x, v = torch.tensor([1.0, 2.0]), torch.tensor([10.0, 1.0])
    _, product = torch.func.jvp(torch.func.grad(total_of_cubes), (x,), (v,))
    observe("the product", product, documented=[60.0, 12.0])


JACOBIANS = ["jacrev", "jacfwd"]


@scenario("HOD-19", cases=JACOBIANS, needs=["HOD-14"])
def a_jacobian_has_the_shape_of_output_and_input(torch, observe, name):
    jacobian = getattr(torch.func, name)
    matrix = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    result = jacobian(lambda m: m.sum(0))(matrix)
    observe("its shape", list(result.shape), documented=[2, 2, 2])
    observe("the Jacobian", result, documented=[[[1.0, 0.0], [1.0, 0.0]], [[0.0, 1.0], [0.0, 1.0]]])


@scenario("HOD-19/argnums", cases=JACOBIANS, needs=["HOD-14"])
def argnums_of_a_jacobian(torch, observe, name):
    jacobian = getattr(torch.func, name)
    x, y = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0])
    by_both = jacobian(lambda x, y: x * y, argnums=(0, 1))(x, y)
    observe("by both", by_both, documented=[[[3.0, 0.0], [0.0, 4.0]], [[1.0, 0.0], [0.0, 2.0]]])


@scenario("HOD-19/has-aux", cases=JACOBIANS, needs=["HOD-14"])
def a_jacobian_passes_a_second_result_through(torch, observe, name):
    jacobian, aux = getattr(torch.func, name)(lambda x: (x**3, x + 1), has_aux=True)(torch.tensor([1.0, 2.0]))
    observe("the Jacobian", jacobian, documented=[[3.0, 0.0], [0.0, 12.0]])
    observe("the second result", aux, documented=[2.0, 3.0])


@scenario("HOD-19/outputs", cases=JACOBIANS, needs=["HOD-14"])
def the_jacobian_of_a_dict_of_outputs_is_a_dict(torch, observe, name):
    result = getattr(torch.func, name)(lambda x: {"cube": x**3, "sum": x.sum()})(torch.tensor([1.0, 2.0]))
    observe("the Jacobians", result, documented={"cube": [[3.0, 0.0], [0.0, 12.0]], "sum": [1.0, 1.0]})


@scenario("HOD-19/chunks", needs=["HOD-14"])
def jacrev_in_chunks_is_the_same(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0])
    for size in (1, 2):
        result = torch.func.jacrev(cubes, chunk_size=size)(x)
        observe(f"chunks of {size}", result, documented=[[3.0, 0.0, 0.0], [0.0, 12.0, 0.0], [0.0, 0.0, 27.0]])


COMPOSITIONS = {
    "jacrev-jacrev": lambda func: func.jacrev(func.jacrev(total_of_cubes)),
    "jacfwd-jacrev": lambda func: func.jacfwd(func.jacrev(total_of_cubes)),
    "jacrev-jacfwd": lambda func: func.jacrev(func.jacfwd(total_of_cubes)),
    "jacfwd-jacfwd": lambda func: func.jacfwd(func.jacfwd(total_of_cubes)),
    "jacrev-grad": lambda func: func.jacrev(func.grad(total_of_cubes)),
    "hessian": lambda func: func.hessian(total_of_cubes),
}


@scenario("HOD-19/composed", cases=COMPOSITIONS, needs=["HOD-14"])
def every_composition_of_two_jacobians_is_the_hessian(torch, observe, compose):
    hessian = compose(torch.func)(torch.tensor([1.0, 2.0]))
    observe("the Hessian", hessian, documented=[[6.0, 0.0], [0.0, 12.0]])


@scenario("HOD-22", needs=["HOD-17/structures"])
def functional_call_runs_a_module_with_other_parameters(torch, observe):
    class Scale(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.tensor([3.0]))

        def forward(self, x):
            return x * self.weight

    module = Scale()
    x = torch.tensor([2.0])
    observe(
        "with other parameters",
        torch.func.functional_call(module, {"weight": torch.tensor([10.0])}, (x,)),
        documented=[20.0],
    )
    observe("with its own", module(x), documented=[6.0])
    grads = torch.func.grad(lambda params: torch.func.functional_call(module, params, (x,)).sum())(
        {name: p.detach() for name, p in module.named_parameters()}
    )
    observe("the gradients", grads, documented={"weight": [2.0]})
    observe("the module's own .grad", module.weight.grad, documented=None)


@scenario("HOD-17/backward-within", needs=["HOD-17"])
def backward_is_refused_within_a_transform(torch, observe):
    def function(x):
        y = (x * x).sum()
        y.backward()
        return y

    with observe.raises("the transform", RuntimeError, saying="inside a functorch transform"):
        torch.func.grad(function)(torch.tensor([1.0, 2.0], requires_grad=True))


@scenario("HOD-17/argnums-that-are-no-tuple", needs=["HOD-17"], cases={"list": [0], "text": "0", "float": 0.5})
def argnums_are_an_int_or_a_tuple(torch, observe, argnums):
    with observe.raises("the gradient", RuntimeError, saying="argnum"):
        torch.func.grad(lambda x: x.sum(), argnums=argnums)(torch.ones(2))
