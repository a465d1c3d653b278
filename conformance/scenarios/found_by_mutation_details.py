"""Details of graphs, modes and Functions, where planted faults of the reference engine had survived."""

import gc
import weakref

from conformance.scenario import scenario


@scenario("FUN-06/position", needs=["FUN-06"])
def the_position_of_a_gradient_for_no_tensor_is_named(torch, observe):
    class Scale(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, factor):
            return x * factor

        @staticmethod
        def backward(ctx, grad):
            return grad, grad

    x = torch.tensor([1.0], requires_grad=True)
    with observe.raises("backward", RuntimeError, saying="position 2"):
        Scale.apply(x, 3.0).sum().backward()


@scenario("FUN-30/instantiated", needs=["FUN-30"])
def making_an_instance_warns(torch, observe):
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

    with observe.warns("making it", DeprecationWarning, saying="should not be instantiated"):
        Double()


@scenario("FUN-09/of-an-output", needs=["FUN-09"])
def writing_to_a_saved_output_is_found_out(torch, observe):
    class Two(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            first, second = x * 2, x.exp()
            ctx.save_for_backward(second)
            return first, second

        @staticmethod
        def backward(ctx, grad_first, grad_second):
            (second,) = ctx.saved_tensors
            return 2 * grad_first + second * grad_second

    x = torch.tensor([0.0, 1.0], requires_grad=True)
    _, second = Two.apply(x)
    with torch.no_grad():
        second.mul_(2)
    with observe.raises("backward", RuntimeError, saying=("version 1", "expected version 0", "output 1 of Two")):
        second.sum().backward()


@scenario("FUN-12/not-an-input", needs=["FUN-12"])
def marking_what_is_no_input_warns(torch, observe):
    class Marks(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y = x * 2
            ctx.mark_dirty(y)
            return y

        @staticmethod
        def backward(ctx, grad):
            return grad * 2

    x = torch.tensor([1.0], requires_grad=True)
    with observe.warns("apply", saying="mark_dirty"):
        with observe.raises("it"):
            Marks.apply(x)


@scenario("MOD-05/kept", needs=["MOD-05"])
def a_kept_mode_is_set_again_on_entering_it(torch, observe):
    off = torch.set_grad_enabled(False)
    torch.set_grad_enabled(True)
    with off:
        observe("inside", torch.is_grad_enabled(), documented=False)
    torch.set_grad_enabled(True)


@scenario("GPH-01/no-such-name", needs=["GPH-01"])
def the_namespaces_have_no_names_of_anything(torch, observe):
    observe("torch.autograd.graph", hasattr(torch.autograd.graph, "nothing_of_the_kind"), documented=False)
    observe("torch.autograd", hasattr(torch.autograd, "nothing_of_the_kind"), documented=False)
    observe("torch.optim", hasattr(torch.optim, "nothing_of_the_kind"), documented=False)
    observe("torch.optim.swa_utils", hasattr(torch.optim.swa_utils, "AveragedModel"), documented=True)


@scenario("HKS-20/by-name", needs=["HKS-20"])
def arguments_of_register_multi_grad_hook(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    calls = []
    register = torch.autograd.graph.register_multi_grad_hook
    register(tensors=[x], fn=lambda grads: calls.append("all"))
    register([x], lambda grad: calls.append("any"), mode="any")
    with observe.raises("the mode by its place", TypeError):
        register([x], calls.append, "any")
    x.sum().backward()
    observe("calls", sorted(calls), documented=["all", "any"])


@scenario("SAV-08/freed", needs=["SAV-08"])
def a_saved_value_of_a_freed_graph(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.exp()
    saved = y.grad_fn._raw_saved_result
    y.sum().backward()
    with observe.raises("registering", RuntimeError, saying="freed"):
        saved.register_hooks(lambda t: t, lambda packed: packed)
    with observe.raises("reading", RuntimeError, saying="freed"):
        _ = y.grad_fn._saved_result


@scenario("INP-28/two-tensors", needs=["INP-28"])
def each_saved_tensor_is_kept_apart(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = torch.tensor([3.0, 4.0], requires_grad=True)
    with torch.autograd.graph.allow_mutation_on_saved_tensors():
        x, y = a * 1, b * 1
        z = x * y + x * x
        x.mul_(10)
        z.sum().backward()
    observe("of the one", a.grad, documented=[5.0, 8.0])
    observe("of the other", b.grad, documented=[1.0, 2.0])


@scenario("INP-13/grad-mode", needs=["INP-13"])
def asking_a_view_for_its_history_leaves_the_grad_mode_alone(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1
    view = y[:1]
    y.mul_(2)
    with torch.no_grad():
        _ = view.grad_fn
        observe("the mode", torch.is_grad_enabled(), documented=False)
        observe("a product", (x * 2).requires_grad, documented=False)
    observe("afterwards", torch.is_grad_enabled(), documented=True)


@scenario("BWD-11/addition-through-a-view", needs=["BWD-11", "INP-13"])
def a_write_through_a_view_that_saves_nothing_is_run_once(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x + 1
    y[:1].add_(1)
    y.sum().backward()
    observe("after one backward", x.grad, documented=[1.0, 1.0])
    with observe.raises("a second one"):
        y.sum().backward()


@scenario("INP-13/overwritten-of-two", needs=["INP-13"])
def the_other_input_of_a_function_that_writes_to_a_slice(torch, observe):
    class Write(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y, z):
            ctx.mark_dirty(x)
            return x.copy_(y * z)

        @staticmethod
        def backward(ctx, grad):
            return None, grad * 2, grad * 3

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = torch.tensor([3.0], requires_grad=True)
    z = torch.tensor([4.0], requires_grad=True)
    whole = x * 1
    Write.apply(whole[:1], y, z)
    whole.sum().backward()
    observe("of the base", x.grad)
    observe("of the first", y.grad)
    observe("of the second", z.grad)


@scenario("HOD-07/one-element", needs=["HOD-07"])
def forward_mode_over_an_input_of_one_element(torch, observe):
    x = torch.tensor([2.0])
    options = {"strategy": "forward-mode", "vectorize": True}
    jacobian = torch.autograd.functional.jacobian(lambda x: (x * x, x * 3), x, **options)
    observe("of a square and of three times", [row.detach() for row in jacobian], documented=[[[4.0]], [[3.0]]])


@scenario("FUN-29/then-recorded", needs=["FUN-29"])
def an_input_returned_as_it_is_has_the_node_of_the_function_alone(torch, observe):
    class Same(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x

        @staticmethod
        def backward(ctx, grad):
            return grad * 3

    x = torch.tensor([1.0], requires_grad=True)
    y = Same.apply(x * 2)
    observe("the way back", [y.grad_fn.name(), y.grad_fn.next_functions[0][0].name()],
            documented=["SameBackward", "MulBackward0"])  # fmt: skip
    y.sum().backward()
    observe("the gradient", x.grad, documented=[6.0])


@scenario("ANO-05/forward-inside", needs=["ANO-05"])
def the_forward_of_the_parent_of_a_failing_node_is_shown(torch, observe):
    x = torch.tensor([0.0], requires_grad=True)
    with torch.autograd.detect_anomaly():
        (first,) = torch.autograd.grad((x.abs() ** 1.5).sum(), x, create_graph=True)
        with observe.warns("the second backward", UserWarning, saying="that induced the previous calculation"):
            with observe.raises("it", RuntimeError, saying="nan"):
                first.sum().backward()


@scenario("SAV-13/through-a-view", needs=["SAV-13"])
def what_a_write_through_a_view_saved_is_let_go_after_backward(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    factor = torch.tensor([3.0])
    gone = []
    weakref.finalize(factor, gone.append, True)
    y = x + 1
    y[:1].mul_(factor)
    y.sum().backward()
    gc.collect()
    observe("while it is referred to", bool(gone), documented=False)
    del factor
    gc.collect()
    observe("after", bool(gone), documented=True)


@scenario("INP-13/view-of-a-view-after-writes", needs=["INP-13/view-of-a-view"])
def views_of_views_after_writes(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 1
    outer = y[:2]
    inner = outer[:1]
    inner.mul_(10)
    y.mul_(2)
    (inner * 5).sum().backward()
    observe("the gradient", x.grad, documented=[100.0, 0.0, 0.0])


NESTED = {
    "sin": lambda x: x.sin_(),
    "exp": lambda x: x.exp_(),
    "cube": lambda x: x.pow_(3),
    "times-itself": lambda x: x.mul_(x),
}


@scenario("FWD-09/nested", needs=["FWD-09", "HOD-18"], cases=NESTED)
def writes_within_nested_forward_mode(torch, observe, write):
    x, t = torch.tensor([0.5, 2.0]), torch.tensor([1.0, 3.0])

    def function(x):
        return write(x * x)

    first, second = torch.func.jvp(lambda x: torch.func.jvp(function, (x,), (t,))[1], (x,), (t,))
    observe("the first derivative along the direction", first, terms=20)
    observe("the second", second, terms=40)
    observe("by jacfwd twice", torch.func.jacfwd(torch.func.jacfwd(function))(x), terms=40)


@scenario("HOD-18/batched-beside", needs=["HOD-18", "HOD-20"])
def batched_tangents_beside_batched_values(torch, observe):
    x = torch.tensor([1.0, 2.0])

    def function(t, b):
        return torch.func.jvp(lambda x: (x * b * x, (x * x).sum() + b), (x,), (t,))

    values, tangents = torch.vmap(function)(torch.eye(2), torch.tensor([[3.0, 4.0], [5.0, 6.0]]))
    observe("the values", list(values))
    observe("the tangents", list(tangents))

    def twice(t, b):
        inner = lambda x: torch.func.jvp(lambda x: x * b * x, (x,), (t,))[1]  # noqa: E731
        return torch.func.jvp(inner, (x,), (t,))[1]

    observe("second derivatives", torch.vmap(twice)(torch.eye(2), torch.tensor([[3.0, 4.0], [5.0, 6.0]])))


@scenario("GCK-10/raises", needs=["GCK-10"])
def a_backward_that_refuses_a_missing_gradient(torch, observe):
    class Careless(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.set_materialize_grads(False)
            return x * 1

        @staticmethod
        def backward(ctx, grad):
            if grad is None:
                raise RuntimeError("no gradient came")
            return grad * 1

    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    with observe.raises("the check", RuntimeError, saying="undefined"):
        torch.autograd.gradcheck(Careless.apply, (x,))


@scenario("GCK-06/tangent-of-another-dtype", needs=["GCK-06"])
def a_jvp_of_another_dtype(torch, observe):
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(x):
            return x * 2

        @staticmethod
        def setup_context(ctx, inputs, output):
            pass

        @staticmethod
        def jvp(ctx, tangent):
            return (tangent * 2).to(torch.float32)

    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    options = {"check_forward_ad": True, "check_backward_ad": False, "check_undefined_grad": False}
    for check in (False, True):
        with observe.raises(f"check_grad_dtypes={check}"):
            torch.autograd.gradcheck(Double.apply, (x,), check_grad_dtypes=check, **options)
