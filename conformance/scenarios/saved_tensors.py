"""Saved-tensor hooks: packing what a node saves, and unpacking it when it is needed."""

import threading

from conformance.scenario import scenario


def counting_hooks(torch, log):
    """A pair of saved-tensor hooks that changes nothing and logs its calls."""

    def pack(tensor):
        log.append("pack")
        return tensor

    def unpack(packed):
        log.append("unpack")
        return packed

    return torch.autograd.graph.saved_tensors_hooks(pack, unpack)


@scenario("SAV-01")
def pack_runs_once_for_each_saved_tensor_and_unpack_when_it_is_needed(torch, observe):
    a = torch.tensor([2.0, 3.0], requires_grad=True)
    b = torch.tensor([5.0, 7.0], requires_grad=True)
    log = []
    with counting_hooks(torch, log):
        y = a * b
    observe("after the forward", list(log), documented=["pack", "pack"])
    y.sum().backward()
    observe("after backward", log, documented=["pack", "pack", "unpack", "unpack"])
    observe("the gradients", [a.grad, b.grad], documented=[[5.0, 7.0], [2.0, 3.0]])


SAVES = {
    "add": (lambda torch, a, b: a + b, 0),
    "neg": (lambda torch, a, b: -a, 0),
    "sum": (lambda torch, a, b: a.sum(), 0),
    "mean": (lambda torch, a, b: a.mean(), 0),
    "clone": (lambda torch, a, b: a.clone(), 0),
    "slice": (lambda torch, a, b: a[0:1], 0),
    "view": (lambda torch, a, b: a.view(1, 2), 0),
    "cat": (lambda torch, a, b: torch.cat([a, b]), 0),
    "mul-by-a-number": (lambda torch, a, b: a * 3, 0),
    "mul-by-a-constant": (lambda torch, a, b: a * b.detach(), 1),
    "mul": (lambda torch, a, b: a * b, 2),
    "mul-with-itself": (lambda torch, a, b: a * a, 2),
    "div": (lambda torch, a, b: a / b, 2),
    "exp": (lambda torch, a, b: torch.exp(a), 1),
    "sin": (lambda torch, a, b: torch.sin(a), 1),
    "relu": (lambda torch, a, b: torch.relu(a), 1),
    "pow": (lambda torch, a, b: a**3, 1),
    "dot": (lambda torch, a, b: torch.dot(a, b), 2),
}


@scenario("SAV-01/counts", cases=SAVES, needs=["SAV-01"])
def an_operation_saves_just_the_tensors_its_derivative_needs(torch, observe, case):
    operation, count = case
    a = torch.tensor([2.0, 3.0], requires_grad=True)
    b = torch.tensor([5.0, 7.0], requires_grad=True)
    log = []
    with counting_hooks(torch, log):
        operation(torch, a, b)
    observe("tensors saved", len(log), documented=count)


@scenario("SAV-01/not-recorded", needs=["SAV-01"])
def nothing_is_packed_where_nothing_is_recorded(torch, observe):
    a = torch.tensor([2.0, 3.0], requires_grad=True)
    log = []
    with counting_hooks(torch, log):
        a.detach() * a.detach()
        with torch.no_grad():
            a * a
    observe("the calls", log, documented=[])


@scenario("SAV-01/pack-receives", needs=["SAV-01"])
def pack_receives_the_values_that_are_saved(torch, observe):
    a = torch.tensor([2.0, 3.0], requires_grad=True)
    b = torch.tensor([5.0, 7.0], requires_grad=True)
    seen = []

    def pack(tensor):
        seen.append(tensor.tolist())
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda packed: packed):
        a * b
    observe("the operands, as a set", sorted(seen), documented=[[2.0, 3.0], [5.0, 7.0]])


@scenario("SAV-02", needs=["SAV-01"])
def only_the_inner_most_pair_applies(torch, observe):
    a = torch.tensor([2.0, 3.0], requires_grad=True)
    outer, inner = [], []
    with counting_hooks(torch, outer):
        with counting_hooks(torch, inner):
            a.sin()
        observe("the outer pair, after an operation in both", list(outer), documented=[])
        a.sin()
    a.sin()
    observe("the outer pair", outer, documented=["pack"])
    observe("the inner pair", inner, documented=["pack"])


@scenario("SAV-03", needs=["SAV-01"])
def pack_runs_once_though_unpack_may_run_often(torch, observe):
    a = torch.tensor([2.0, 3.0], requires_grad=True)
    log = []
    with counting_hooks(torch, log):
        y = torch.sin(a)
    y.sum().backward(retain_graph=True)
    y.sum().backward(retain_graph=True)
    y.grad_fn._saved_self
    observe("the calls", log, documented=["pack", "unpack", "unpack", "unpack"])


@scenario("SAV-04", needs=["SAV-01"])
def the_packed_value_may_be_any_object_and_the_unpacked_one_counts(torch, observe):
    a = torch.tensor([2.0, 3.0], requires_grad=True)
    tenfold = torch.tensor([20.0, 30.0])
    packed_types = []

    def unpack(packed):
        packed_types.append(type(packed).__name__)
        return tenfold

    with torch.autograd.graph.saved_tensors_hooks(lambda t: {"numbers": t.tolist()}, unpack):
        y = a * a
    y.sum().backward()
    observe("what unpack received", packed_types, documented=["dict", "dict"])
    observe("the gradient, from tenfold saved values", a.grad, documented=[40.0, 60.0])


@scenario("SAV-05", needs=["SAV-01"])
def a_second_derivative_works_through_detached_copies(torch, observe):
    a = torch.tensor([2.0, 3.0], requires_grad=True)
    unpack_flags = []

    def unpack(packed):
        unpack_flags.append(packed.requires_grad)
        return packed

    with torch.autograd.graph.saved_tensors_hooks(lambda t: t.detach().clone(), unpack):
        y = a * a * a
    (first,) = torch.autograd.grad(y.sum(), a, create_graph=True)
    observe("first derivative", first, documented=[12.0, 27.0])
    (second,) = torch.autograd.grad(first.sum(), a)
    observe("second derivative", second, documented=[12.0, 18.0])
    observe("some unpacked value required grad", any(unpack_flags), documented=False)


@scenario("SAV-05/of-an-output", needs=["SAV-05"])
def a_saved_output_gets_its_history_back(torch, observe):
    a = torch.tensor([0.0, 1.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t.detach().clone(), lambda copy: copy):
        y = torch.exp(a)
    (first,) = torch.autograd.grad(y.sum(), a, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), a)
    observe("second derivative", second, documented=[1.0, 2.718281828459045])


@scenario("SAV-06", needs=["SAV-01"])
def unpack_must_return_a_tensor(torch, observe):
    a = torch.tensor([2.0, 3.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda packed: 1):
        y = a * a
    with observe.raises("backward", TypeError, saying="unpack"):
        y.sum().backward()
    observe("the gradient", a.grad, documented=None)


@scenario("SAV-07", needs=["SAV-01"])
def pack_may_not_change_its_argument_in_place(torch, observe):
    a = torch.tensor([2.0, 3.0], requires_grad=True)
    c = torch.tensor([5.0, 7.0])
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t.mul_(2.0), lambda packed: packed):
        with observe.raises("the forward", RuntimeError, saying=("pack", "place")):
            a * c


@scenario("SAV-07/exception", needs=["SAV-01"])
def an_exception_in_pack_leaves_the_forward_and_one_in_unpack_the_backward(torch, observe):
    def fail(value):
        raise KeyError("in the hook")

    a = torch.tensor([2.0, 3.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(fail, lambda packed: packed):
        with observe.raises("the forward", KeyError, saying="in the hook"):
            a * a
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t, fail):
        y = a * a
    with observe.raises("the backward", KeyError, saying="in the hook"):
        y.sum().backward()
    observe("the gradient", a.grad, documented=None)


@scenario("SAV-08")
def a_single_saved_value_may_get_hooks_of_its_own(torch, observe):
    a = torch.tensor([2.0, 3.0], requires_grad=True)
    y = a * a
    tenfold = torch.tensor([20.0, 30.0])
    log = []

    def pack(tensor):
        log.append("pack")
        return tensor.tolist()

    def unpack(packed):
        log.append("unpack")
        return tenfold

    y.grad_fn._raw_saved_self.register_hooks(pack, unpack)
    observe("packed at once", list(log), documented=["pack"])
    with observe.raises("a second registration", RuntimeError, saying="hooks"):
        y.grad_fn._raw_saved_self.register_hooks(pack, unpack)
    y.sum().backward()
    observe("the calls", log, documented=["pack", "unpack"])
    # d(self)/da uses the other, untouched factor, d(other)/da the tenfold one.
    observe("the gradient", a.grad, documented=[22.0, 33.0])


@scenario("SAV-09", needs=["SAV-01"])
def the_hooks_cover_tensors_saved_by_custom_functions(torch, observe):
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return 2 * x * grad

    a = torch.tensor([2.0, 3.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t * 10, lambda packed: packed):
        y = Square.apply(a)
    y.sum().backward()
    observe("the gradient, from tenfold saved values", a.grad, documented=[40.0, 60.0])


@scenario("SAV-10", needs=["SAV-01"])
def the_hooks_are_thread_local(torch, observe):
    log = []

    def work():
        a = torch.tensor([2.0, 3.0], requires_grad=True)
        a * a

    with counting_hooks(torch, log):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        observe("the calls for another thread's operation", list(log), documented=[])
        work()
    observe("the calls for this thread's", log, documented=["pack", "pack"])


@scenario("SAV-11", needs=["SAV-01"])
def save_on_cpu_gives_the_plain_gradients(torch, observe):
    a = torch.tensor([2.0, 3.0], requires_grad=True)
    with torch.autograd.graph.save_on_cpu():
        y = (a * a).sin() * a
    y.sum().backward()
    with_hooks = a.grad
    a.grad = None
    ((a * a).sin() * a).sum().backward()
    observe("with save_on_cpu", with_hooks, terms=8)
    observe("without", a.grad, terms=8)


@scenario("SAV-11/in-place", needs=["SAV-11"])
def a_tensor_saved_on_the_cpu_may_be_changed_afterwards_where_it_was_copied(torch, observe):
    a = torch.tensor([2.0, 3.0], requires_grad=True)
    y = a * 2
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t.clone(), lambda packed: packed):
        z = y * y
    y.add_(100.0)
    z.sum().backward()
    observe("the gradient is that of the saved copy", a.grad, documented=[16.0, 24.0])


@scenario("SAV-12", needs=["SAV-01"])
def the_hooks_can_be_disabled_with_a_message(torch, observe):
    a = torch.tensor([2.0, 3.0], requires_grad=True)
    with torch.autograd.graph.disable_saved_tensors_hooks("not in this region"):
        with observe.raises("entering the hooks' context", RuntimeError, saying="not in this region"):
            with torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda packed: packed):
                pass
        (a * a).sum().backward()
    observe("operations go on as ever", a.grad, documented=[4.0, 6.0])
    log = []
    with counting_hooks(torch, log):
        a.sin()
    observe("and the hooks work afterwards", log, documented=["pack"])


@scenario("SAV-12/while-active", needs=["SAV-12"])
def disabling_is_refused_while_hooks_are_active(torch, observe):
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda packed: packed):
        with observe.raises("disabling them inside their context", RuntimeError, saying="not now"):
            with torch.autograd.graph.disable_saved_tensors_hooks("not now"):
                pass


@scenario("SAV-01/not-callable", needs=["SAV-01"])
def hooks_that_cannot_be_called_are_refused_on_entering(torch, observe):
    with observe.raises("numbers", TypeError), torch.autograd.graph.saved_tensors_hooks(1, 2):
        pass
    with observe.raises("one number", TypeError), torch.autograd.graph.saved_tensors_hooks(lambda t: t, 2):
        pass
    x = torch.tensor([2.0], requires_grad=True)
    (x * x).sum().backward()
    observe("saving goes on without", x.grad, documented=[4])


@scenario("SAV-01/numpy", devices="cpu", needs=["SAV-01"])
def a_pack_hook_may_take_a_tensor_to_numpy(torch, observe):
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t.numpy().copy(), torch.from_numpy):
        y = x * x
    y.sum().backward()
    observe("the gradient", x.grad, documented=[4, 6])
