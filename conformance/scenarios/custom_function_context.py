"""What a Function's ctx offers: saved tensors, mark_dirty, mark_non_differentiable, set_materialize_grads."""

import gc
import weakref

from conformance.scenario import scenario


def square(torch):
    """x squared, whose backward keeps x through save_for_backward."""

    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return 2 * x * grad

    return Square


@scenario("FUN-08")
def save_for_backward_takes_only_tensors_and_none(torch, observe):
    class Save(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, what):
            ctx.save_for_backward(x, what)
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * 2, None

    x = torch.tensor([1.0], requires_grad=True)
    with observe.raises("saving a number", TypeError, saying="save_for_backward"):
        Save.apply(x, 5)
    with observe.raises("saving a list", TypeError, saying="save_for_backward"):
        Save.apply(x, [x])
    Save.apply(x, None).sum().backward()
    observe("the gradient after saving None", x.grad, documented=[2.0])


@scenario("FUN-08/saved-tensors", needs=["FUN-08"])
def saved_tensors_come_back_in_order_with_inputs_as_the_same_objects(torch, observe):
    seen = []

    class Save(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            result = x * y
            ctx.save_for_backward(x, None, y, result)
            return result

        @staticmethod
        def backward(ctx, grad):
            first, second, third, fourth = ctx.saved_tensors
            seen.extend([first, second is None, third, fourth])
            return grad * third, grad * first

    x = torch.tensor([2.0], requires_grad=True)
    y = torch.tensor([5.0], requires_grad=True)
    Save.apply(x, y).sum().backward()
    observe("what came back", seen, documented=[[2.0], True, [5.0], [10.0]])
    observe("the gradients", [x.grad, y.grad], documented=[[5.0], [2.0]])


@scenario("FUN-09", needs=["FUN-08", "INP-08"])
def a_saved_input_is_version_checked(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    h = x * 1
    y = square(torch).apply(h)
    h.add_(1.0)
    with observe.raises("backward", RuntimeError, saying="version"):
        y.sum().backward()


@scenario("FUN-09/attribute", needs=["FUN-09"])
def a_tensor_kept_as_a_plain_attribute_is_not_version_checked(torch, observe):
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.x = x
            return x * x

        @staticmethod
        def backward(ctx, grad):
            return 2 * ctx.x * grad

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    h = x * 1
    y = Square.apply(h)
    h.add_(10.0)
    y.sum().backward()
    observe("the gradient silently uses the new value", x.grad, documented=[22.0, 24.0])


@scenario("FUN-10", needs=["FUN-08"])
def saved_tensors_are_freed_with_the_graph(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = square(torch).apply(x).sum()
    loss.backward(retain_graph=True)
    loss.backward()
    observe("the gradient after two backwards, the first of which retained", x.grad, documented=[4.0, 8.0])
    with observe.raises("a third", RuntimeError, saying="second time"):
        loss.backward()


@scenario("FUN-11", needs=["FUN-01"])
def a_function_that_saves_nothing_can_be_run_backward_twice(torch, observe):
    class Triple(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.factor = 3.0
            return x * ctx.factor

        @staticmethod
        def backward(ctx, grad):
            return grad * ctx.factor

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = Triple.apply(x).sum()
    loss.backward()
    loss.backward()
    observe("the gradient", x.grad, documented=[6.0, 6.0])


def add_one_in_place(torch, mark=True):
    """A Function that adds one to its input in place; its backward counts tenfold, to be told from others."""

    class AddOne(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            if mark:
                ctx.mark_dirty(x)
            return x.add_(1.0)

        @staticmethod
        def backward(ctx, grad):
            return grad * 10

    return AddOne


@scenario("FUN-12")
def mark_dirty_keeps_the_inputs_identity_and_rewrites_its_history(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    h = x * 3
    y = add_one_in_place(torch).apply(h)
    observe("the output is the input", y is h, documented=True)
    observe("its value", h, documented=[4.0, 7.0])
    observe("its version rose", h._version > 0, documented=True)
    observe("the name of its node", type(h.grad_fn).__name__, documented="AddOneBackward")
    (h * 2).sum().backward()
    observe("the gradient", x.grad, documented=[60.0, 60.0])


@scenario("FUN-12/saved-before", needs=["FUN-12", "INP-08"])
def a_marked_input_that_was_saved_before_is_caught(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    h = x * 3
    z = (h * h).sum()
    add_one_in_place(torch).apply(h)
    with observe.raises("backward", RuntimeError, saying="version"):
        z.backward()


@scenario("FUN-12/view", needs=["FUN-12", "INP-13"])
def marking_a_view_dirty_rewrites_its_base(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    h = x * 1
    add_one_in_place(torch).apply(h[0:2])
    observe("the base", h, documented=[2.0, 3.0, 3.0])
    h.sum().backward()
    observe("the gradient", x.grad, documented=[10.0, 10.0, 1.0])


@scenario("FUN-12/plain-input", needs=["FUN-12"])
def a_plain_marked_input_beside_a_recorded_one_becomes_recorded(torch, observe):
    class AddInto(torch.autograd.Function):
        @staticmethod
        def forward(ctx, into, x):
            ctx.mark_dirty(into)
            return into.add_(x)

        @staticmethod
        def backward(ctx, grad):
            return grad, grad * 10

    into = torch.tensor([1.0])
    x = torch.tensor([2.0], requires_grad=True)
    result = AddInto.apply(into, x)
    observe("the output is the input", result is into, documented=True)
    observe("the plain input requires grad", into.requires_grad, documented=True)
    into.sum().backward()
    observe("the other input's gradient", x.grad, documented=[10.0])


@scenario("FUN-13", needs=["FUN-12", "INP-05"])
def marking_a_leaf_dirty_is_refused(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with observe.raises("apply", RuntimeError, saying="leaf"):
        add_one_in_place(torch).apply(x)


def value_and_twice(torch, seen, *, mark=False, materialize=True):
    """A Function of two outputs, x and 2x, that logs the gradients its backward receives."""

    class ValueAndTwice(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.set_materialize_grads(materialize)
            first, second = x * 1, x * 2
            if mark:
                ctx.mark_non_differentiable(second)
            return first, second

        @staticmethod
        def backward(ctx, of_first, of_second):
            seen.extend(None if grad is None else grad.clone() for grad in (of_first, of_second))
            return of_first

    return ValueAndTwice


@scenario("FUN-14")
def an_output_marked_non_differentiable_does_not_require_grad(torch, observe):
    seen = []
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    first, second = value_and_twice(torch, seen, mark=True).apply(x)
    observe("the first output requires grad", first.requires_grad, documented=True)
    observe("the marked one requires grad", second.requires_grad, documented=False)
    first.sum().backward()
    observe("what backward received", seen, documented=[[1.0, 1.0], [0.0, 0.0]])
    observe("the gradient", x.grad, documented=[1.0, 1.0])


@scenario("FUN-15")
def an_unused_output_arrives_as_zeros(torch, observe):
    seen = []
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    first, _ = value_and_twice(torch, seen).apply(x)
    first.sum().backward()
    observe("what backward received", seen, documented=[[1.0, 1.0], [0.0, 0.0]])


@scenario("FUN-16", needs=["FUN-15"])
def an_unused_output_arrives_as_none_if_not_materialized(torch, observe):
    seen = []
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    first, _ = value_and_twice(torch, seen, materialize=False).apply(x)
    first.sum().backward()
    observe("what backward received", seen, documented=[[1.0, 1.0], None])


@scenario("FUN-16/not-run", needs=["FUN-16"])
def a_function_none_of_whose_outputs_is_used_does_not_run_backward(torch, observe):
    seen = []
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    value_and_twice(torch, seen).apply(x)
    (x * 3).sum().backward()
    observe("what backward received", seen, documented=[])
    observe("the gradient", x.grad, documented=[3.0, 3.0])


@scenario("FUN-32", needs=["FUN-08"])
def ctx_is_kept_by_the_output_and_freed_with_it(torch, observe):
    class Marker:
        pass

    kept = []

    class Keep(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.marker = Marker()
            kept.append(weakref.ref(ctx.marker))
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * 2

    x = torch.tensor([1.0], requires_grad=True)
    y = Keep.apply(x)
    observe("while the output lives", kept[0]() is not None, documented=True)
    y.sum().backward()
    observe("after backward", kept[0]() is not None)
    del y
    gc.collect(1)
    observe("after the output", kept[0]() is not None, documented=False)


@scenario("FUN-32/node-is-ctx", needs=["FUN-01"])
def ctx_is_the_outputs_node(torch, observe):
    class Note(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.note = "written in forward"
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * 2

    y = Note.apply(torch.tensor([1.0], requires_grad=True))
    observe("an attribute set on ctx, read from grad_fn", y.grad_fn.note)


@scenario("FUN-33", needs=["FUN-01"])
def backward_receives_a_gradient_with_the_outputs_shape(torch, observe):
    seen = []

    class Look(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.reshape(2, 1) * 2

        @staticmethod
        def backward(ctx, grad):
            seen.append([list(grad.shape), grad.tolist()])
            return grad.reshape(2) * 2

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    Look.apply(x).sum().backward()
    observe("the gradient of a sum, expanded to the output's shape", seen, documented=[[[2, 1], [[1.0], [1.0]]]])
    observe("the input's gradient", x.grad, documented=[2.0, 2.0])
