"""The history of bases and views after one of them was written to."""

from conformance.scenario import scenario


@scenario("INP-16/base-written", needs=["INP-16"])
def a_view_made_without_recording_after_its_base_was_written_to(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1
    with torch.no_grad():
        view = y[:1]
    y.mul_(2)
    with observe.raises("asking for its node"):
        _ = view.grad_fn
    observe("its values", view.detach(), documented=[2.0])


@scenario("INP-13/no-gradient", needs=["INP-13"])
def no_gradient_at_all_arrives_at_a_written_slice(torch, observe):
    class Nothing(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

        @staticmethod
        def backward(ctx, grad):
            return None

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1
    y[:1].mul_(3)
    Nothing.apply(y).sum().backward()
    observe("the gradient", x.grad)


@scenario("INP-13/overwritten", needs=["INP-13"], cases={"plain": False, "under-create-graph": True})
def a_function_that_returns_no_gradient_for_a_slice_that_it_wrote_to(torch, observe, create_graph):
    class Overwrite(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_dirty(x)
            return x.fill_(5.0)

        @staticmethod
        def backward(ctx, grad):
            return None

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1
    Overwrite.apply(y[:1])
    (grad,) = torch.autograd.grad((y * y).sum(), x, create_graph=create_graph, allow_unused=True)
    observe("the gradient", grad)


@scenario("INP-13/filled", needs=["INP-13", "INP-19"], cases={"plain": False, "under-create-graph": True})
def what_was_filled_through_a_view_has_no_gradient(torch, observe, create_graph):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1
    y[:1].fill_(5.0)
    (grad,) = torch.autograd.grad((y * y).sum(), x, create_graph=create_graph)
    observe("the gradient", grad.detach(), documented=[0.0, 4.0])


@scenario("BWD-11/write-through-a-view", needs=["BWD-11", "INP-13"])
def a_write_through_a_view_is_freed_with_the_graph(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x + 1
    y[:1].mul_(torch.tensor([3.0]))
    y.sum().backward()
    observe("after one backward", x.grad, documented=[3.0, 1.0])
    with observe.raises("a second one", RuntimeError, saying="second time"):
        y.sum().backward()


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


@scenario("INP-13/one-node", needs=["INP-13"])
def the_node_of_a_view_is_made_once_after_a_write_to_its_base(torch, observe):
    seen = []
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    base = x * 1
    view = base[:1]
    base.mul_(2)
    observe("asked twice it is the same", view.grad_fn is view.grad_fn, documented=True)
    view.grad_fn.register_hook(lambda grad_inputs, grad_outputs: seen.append("run"))
    (view * 3).sum().backward()
    observe("a hook on it", seen, documented=["run"])
    observe("the gradient", x.grad, documented=[6.0, 0.0])


@scenario("INP-13/base-required-later", needs=["INP-13"], cases=["asked-before", "not-asked-before"])
def a_view_of_a_base_that_was_written_to_and_then_requires_grad(torch, observe, case):
    base = torch.tensor([1.0, 2.0])
    view = base[:1]
    base.add_(1)
    if case == "asked-before":
        observe("before", [view.requires_grad, view.grad_fn is None], documented=[False, True])
    base.requires_grad_()
    observe("afterwards", [view.requires_grad, view.grad_fn is None])


@scenario("INP-46/until-the-base-does-not", needs=["INP-46/made-before-the-base-required-grad"])
def a_view_made_before_its_base_required_grad_follows_the_flag_of_the_base(torch, observe):
    base = torch.tensor([1.0, 2.0, 3.0])
    view = base[:2]
    base.requires_grad_()
    observe("the view's node", view.grad_fn)
    base.requires_grad_(False)
    observe("the view then", view.requires_grad)
    observe("a result then", (view * 3).requires_grad)
    base.requires_grad_()
    observe("the view when the base requires grad again", view.requires_grad)


@scenario("INP-46/made-of-a-leaf-that-is-frozen-later", needs=["BWD-01"])
def a_view_of_a_leaf_keeps_its_node_when_the_leaf_is_frozen(torch, observe):
    w = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    view = w[:2]
    w.requires_grad_(False)
    observe("the view still requires grad", view.requires_grad)
    with observe.raises("freezing the view", RuntimeError, saying="detach"):
        view.requires_grad_(False)
    (view * 3).sum().backward()
    observe("the gradient of the leaf", w.grad)
    w.requires_grad_()
    (view * 3).sum().backward()
    observe("its gradient when it requires grad again", w.grad)
