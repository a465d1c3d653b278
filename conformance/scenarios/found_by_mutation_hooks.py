"""Hooks and accumulation, where planted faults of the reference engine had survived (docs/mutation.md)."""

from conformance.scenario import scenario


@scenario("HKS-19/of-another-shape", needs=["HKS-19"])
def a_replacement_of_another_shape_is_refused_before_the_node_runs(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.grad_fn.register_prehook(lambda grad_outputs: (torch.ones(3),))
    with observe.raises("backward", RuntimeError, saying="size"):
        y.sum().backward()


@scenario("HKS-18/of-another-shape", needs=["HKS-18"])
def a_replacement_of_another_shape_is_refused_after_the_node_ran(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.grad_fn.register_hook(lambda grad_inputs, grad_outputs: (torch.ones(3), *grad_inputs[1:]))
    with observe.raises("backward", RuntimeError, saying="size"):
        y.sum().backward()


@scenario("HKS-18/of-another-dtype", needs=["HKS-18"])
def a_replacement_of_another_dtype_is_refused(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.grad_fn.register_hook(lambda grad_inputs, grad_outputs: (torch.ones(2, dtype=torch.int64), *grad_inputs[1:]))
    with observe.raises("backward", RuntimeError, saying="type"):
        y.sum().backward()


@scenario("HKS-18/too-few", needs=["HKS-18"])
def as_many_gradients_must_be_returned(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * torch.tensor([3.0, 4.0])
    y.grad_fn.register_hook(lambda grad_inputs, grad_outputs: (grad_inputs[0],))
    with observe.raises("backward", RuntimeError):
        y.sum().backward()


@scenario("HKS-18/no-tuple", needs=["HKS-18"])
def what_is_no_tuple_is_refused(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.grad_fn.register_hook(lambda grad_inputs, grad_outputs: [grad_inputs[0], None])
    with observe.raises("backward"):
        y.sum().backward()


@scenario("HKS-18/none", needs=["HKS-18"])
def a_gradient_may_be_replaced_by_none(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = torch.tensor([3.0, 4.0], requires_grad=True)
    y = a * b
    y.grad_fn.register_hook(lambda grad_inputs, grad_outputs: (None, grad_inputs[1] * 10))
    y.sum().backward()
    observe("of the one", a.grad)
    observe("of the other", b.grad, documented=[10.0, 20.0])


@scenario("HKS-18/constant", needs=["HKS-18"])
def a_constant_has_the_gradient_none(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    seen = []
    y = a * torch.tensor([3.0, 4.0])

    def keep(grad_inputs, grad_outputs):
        seen.append(list(grad_inputs))
        return (grad_inputs[0] * 2, None)

    y.grad_fn.register_hook(keep)
    y.sum().backward()
    observe("what the hook got", seen[0], documented=[[3.0, 4.0], None])
    observe("the gradient", a.grad, documented=[6.0, 8.0])


@scenario("HKS-18/under-create-graph", needs=["HKS-18", "BWD-20"])
def a_replacement_is_differentiated_through_under_create_graph(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x**3
    y.grad_fn.register_hook(lambda grad_inputs, grad_outputs: (grad_inputs[0] * 2,))
    (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    observe("twice the derivative", first.detach(), documented=[6.0, 24.0])
    (second,) = torch.autograd.grad(first.sum(), x)
    observe("its derivative", second, documented=[12.0, 24.0])


@scenario("HKS-18/several-outputs", needs=["HKS-18"], cases={"plain": False, "under-create-graph": True})
def a_node_of_several_outputs_gets_a_gradient_for_each(torch, observe, create_graph):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    first, second = y.unbind()
    seen = []

    def keep(grad_inputs, grad_outputs):
        seen.append([grad.detach() for grad in grad_outputs])
        return (grad_inputs[0] * 10,)

    first.grad_fn.register_hook(keep)
    (grad,) = torch.autograd.grad(3 * first + 5 * second, x, create_graph=create_graph)
    observe("what the hook got", seen[0], documented=[3.0, 5.0])
    observe("the gradient", grad.detach(), documented=[60.0, 200.0])
    observe("it is recorded", grad.requires_grad, documented=create_graph)


@scenario("HKS-19/several-outputs", needs=["HKS-19"], cases={"plain": False, "under-create-graph": True})
def a_pre_hook_of_several_outputs_replaces_each(torch, observe, create_graph):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    first, second = (x * x).unbind()
    first.grad_fn.register_prehook(lambda grad_outputs: (grad_outputs[0] * 10, grad_outputs[1] * 100))
    (grad,) = torch.autograd.grad(first + second, x, create_graph=create_graph)
    observe("the gradient", grad.detach(), documented=[20.0, 400.0])
    observe("it is recorded", grad.requires_grad, documented=create_graph)


@scenario("HKS-14/what-it-returns", needs=["HKS-14"], cases=["a-tensor", "a-number"])
def a_post_accumulate_hook_returns_nothing(torch, observe, case):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.register_post_accumulate_grad_hook(lambda leaf: leaf.detach() if case == "a-tensor" else 1.0)
    with observe.raises("backward", RuntimeError if case == "a-tensor" else TypeError):
        x.sum().backward()


@scenario("NLG-08/under-create-graph", needs=["NLG-08", "BWD-20"])
def retained_gradients_add_up_under_create_graph(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    y.retain_grad()
    y.sum().backward(create_graph=True)
    (3 * y).sum().backward(create_graph=True)
    observe("the retained gradient", y.grad.detach(), documented=[4.0, 4.0])


@scenario("NLG-02/of-an-unused-output", needs=["NLG-02"])
def an_output_that_is_not_used_retains_no_gradient(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    first, second = (x * x).unbind()
    first.retain_grad()
    second.retain_grad()
    first.backward()
    observe("of the one used", first.grad, documented=1.0)
    observe("of the other", second.grad)


@scenario("FUN-26/under-create-graph", needs=["FUN-26"])
def a_gradient_of_the_wrong_shape_is_refused_under_create_graph_too(torch, observe):
    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return torch.cat([grad, grad, grad])

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with observe.raises("grad", RuntimeError, saying="shape"):
        torch.autograd.grad(Wrong.apply(x * x).sum(), x, create_graph=True)


@scenario("FUN-26/complex", needs=["FUN-26"], cases={"plain": False, "under-create-graph": True})
def a_complex_gradient_for_a_real_input_is_refused(torch, observe, create_graph):
    class Complex(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return torch.complex(grad * 2, grad * 5)

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with observe.raises("grad", RuntimeError):
        torch.autograd.grad(Complex.apply(x * x).sum(), x, create_graph=create_graph)


@scenario("IDX-58/then-dense", needs=["IDX-58"])
def a_dense_gradient_is_added_to_a_sparse_one(torch, observe):
    weight = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    torch.nn.functional.embedding(torch.tensor([1]), weight, sparse=True).sum().backward()
    weight.sum().backward()
    observe("sparse", weight.grad.is_sparse)
    observe("the sum", weight.grad, documented=[[1.0, 1.0], [2.0, 2.0]])


@scenario("FWD-08/backward-within-the-level", needs=["FWD-08"])
def gradients_are_accumulated_within_a_level(torch, observe):
    forward_ad = torch.autograd.forward_ad
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with forward_ad.dual_level():
        for _ in range(2):
            dual = forward_ad.make_dual(x, torch.tensor([1.0, 0.0]))
            (dual * dual).sum().backward()
        observe("the gradient", x.grad.detach(), documented=[4.0, 8.0])
        observe("it is recorded", x.grad.requires_grad, documented=False)


@scenario("HKS-20/under-grad", needs=["HKS-20"])
def a_multi_grad_hook_on_leaves_under_autograd_grad(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    y = torch.tensor([2.0], requires_grad=True)
    calls = []
    torch.autograd.graph.register_multi_grad_hook([x, y], calls.append)
    with observe.raises("grad", saying="autograd.grad"):
        torch.autograd.grad((x * y).sum(), x)
    observe("calls", len(calls))


@scenario("ACC-27/version", needs=["ACC-27"])
def accumulating_raises_the_version_of_the_gradient_by_one(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.sum().backward()
    before = x.grad._version
    (3 * x).sum().backward()
    observe("by how much", x.grad._version - before)
    observe("the gradient", x.grad, documented=[4.0, 4.0])


@scenario("ACC-28/handed-through", needs=["ACC-28"])
def a_recorded_gradient_that_is_only_handed_through(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    gradient = torch.tensor([3.0, 4.0], requires_grad=True)
    (x + 1).backward(gradient, create_graph=True)
    observe("it is the same object", x.grad is gradient)
    with torch.no_grad():
        gradient.mul_(10)
    observe("after writing to what was handed in", x.grad.detach())
    observe("it is recorded", x.grad.requires_grad)


@scenario("ANO-04/by-function", needs=["ANO-04"])
def anomaly_mode_is_set_by_a_function(torch, observe):
    try:
        torch.set_anomaly_enabled(True)
        observe("on", [torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled()], documented=[True, True])
        torch.set_anomaly_enabled(True, False)
        observe(
            "without NaN", [torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled()], documented=[True, False]
        )
    finally:
        torch.set_anomaly_enabled(False)
    observe("off", torch.is_anomaly_enabled(), documented=False)


@scenario("ANO-05/second-derivative", needs=["ANO-05"])
def the_backward_that_made_a_failing_node_is_named(torch, observe):
    x = torch.tensor([0.0], requires_grad=True)
    with torch.autograd.detect_anomaly():
        (first,) = torch.autograd.grad((x.abs() ** 1.5).sum(), x, create_graph=True)
        with observe.warns("the second backward", UserWarning, saying="induced by PowBackward"):
            with observe.raises("it", RuntimeError, saying="nan"):
                first.sum().backward()


@scenario("ANO-05/after-another", needs=["ANO-05"])
def a_later_forward_is_induced_by_nothing(torch, observe):
    x = torch.tensor([0.0], requires_grad=True)
    with torch.autograd.detect_anomaly():
        (x * 2).sum().backward()
        y = (x.sqrt() * 0).sum()
        with observe.warns("any", UserWarning, saying="forward call"):
            with observe.raises("backward", RuntimeError, saying="nan"):
                y.backward()
        y = (x.sqrt() * 0).sum()
        with observe.warns("induced", saying="induced by"):
            with observe.raises("another backward", RuntimeError, saying="nan"):
                y.backward()


@scenario("HKS-20/context", needs=["HKS-20"])
def a_multi_grad_hook_is_removed_on_leaving_its_context(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    calls = []
    with torch.autograd.graph.register_multi_grad_hook([x], calls.append):
        (x * 2).sum().backward()
    (x * 2).sum().backward()
    observe("how often it was called", len(calls), documented=1)


@scenario("HKS-20/no-gradient", needs=["HKS-20"])
def a_multi_grad_hook_on_what_requires_none(torch, observe):
    with observe.raises("registering"):
        torch.autograd.graph.register_multi_grad_hook([torch.tensor([1.0])], print)


@scenario("HKS-20/twice", needs=["HKS-20"])
def a_multi_grad_hook_starts_anew_with_each_backward(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    y = torch.tensor([2.0], requires_grad=True)
    calls = []
    torch.autograd.graph.register_multi_grad_hook([x, y], lambda grads: calls.append([g.clone() for g in grads]))
    product = (x * y).sum()
    product.backward(retain_graph=True)
    (3 * product).backward()
    observe("what it got", calls, documented=[[[2.0], [1.0]], [[6.0], [3.0]]])
