"""Graphs, what they save, and views, where planted faults of the reference engine had survived (docs/mutation.md)."""

import gc
import weakref

from conformance.scenario import scenario


@scenario("GRD-07/no-tensor", needs=["GRD-07"])
def what_is_no_tensor_is_refused_as_an_input(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with observe.raises("grad"):
        torch.autograd.grad(x.sum(), [1.0])


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


@scenario("BWD-35/of-a-non-leaf", needs=["BWD-35"])
def the_edge_of_a_non_leaf_takes_no_gradient(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    y.sum().backward(inputs=[torch.autograd.graph.get_gradient_edge(y)])
    observe("of the leaf", x.grad, documented=None)


@scenario("BWD-25/that-retains-its-gradient", needs=["BWD-25", "NLG-02"])
def a_non_leaf_that_retains_its_gradient_gets_it_once(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    y.retain_grad()
    (3 * y).sum().backward(inputs=[y])
    observe("the gradient", y.grad, documented=[3.0, 3.0])


@scenario("HOD-17/backward-within", needs=["HOD-17"])
def backward_is_refused_within_a_transform(torch, observe):
    def function(x):
        y = (x * x).sum()
        y.backward()
        return y

    with observe.raises("the transform", RuntimeError, saying="inside a functorch transform"):
        torch.func.grad(function)(torch.tensor([1.0, 2.0], requires_grad=True))


@scenario("GPH-03/of-a-constant", needs=["GPH-03"])
def a_constant_has_no_node_and_the_index_zero(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    node, index = (x * torch.tensor([3.0, 4.0])).grad_fn.next_functions[1]
    observe("the node", node, documented=None)
    observe("the index", index)


@scenario("SAV-01/grad-mode")
def the_grad_mode_within_the_pack_hook(torch, observe):
    modes = []

    def pack(tensor):
        modes.append([torch.is_grad_enabled(), (tensor * 2).requires_grad])
        return tensor

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda packed: packed):
        x.exp()
        x.sin()
    observe("enabled, and a product recorded", modes)


@scenario("SAV-01/what-is-packed", needs=["SAV-01"], cases=["exp", "sin"])
def what_the_pack_hook_is_given(torch, observe, name):
    given = []
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: given.append(t) or t, lambda packed: packed):
        y = getattr(torch, name)(x)
    observe("it is the input", given[0] is x)
    observe("it requires a gradient as the result does", given[0].requires_grad == y.requires_grad)
    observe("it requires a gradient", given[0].requires_grad)
    observe("it is a leaf", given[0].is_leaf)
    observe("its values", given[0].detach())


@scenario("SAV-13/of-a-packed-result", needs=["SAV-13"])
def a_result_that_was_packed_makes_no_cycle(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    gc.collect()
    gc.disable()
    try:
        with torch.autograd.graph.saved_tensors_hooks(lambda t: t.detach(), lambda packed: packed):
            y = x.exp()
        gone = []
        y.grad_fn.metadata["kept"] = Kept()
        weakref.finalize(y.grad_fn.metadata["kept"], gone.append, True)
        del y
        observe("the graph is gone", bool(gone))
    finally:
        gc.enable()


class Kept:
    """Something that may be referred to weakly."""


@scenario("SAV-05/of-the-second-result", needs=["SAV-05"])
def a_second_result_that_was_packed_keeps_its_place(torch, observe):
    x = torch.tensor([[2.0, 1.0], [0.0, 3.0]], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t.detach(), lambda packed: packed):
        _, r = torch.linalg.qr(x)
        (first,) = torch.autograd.grad((r * r).sum(), x, create_graph=True)
        (second,) = torch.autograd.grad((first * first).sum(), x)
    observe("the derivative", first.detach(), terms=20)
    observe("the second derivative", second, terms=60)


@scenario("SAV-08/twice", needs=["SAV-08"])
def a_second_pair_of_hooks_is_refused(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.exp()  # kept: what is behind a node's saved values dies with it, and PyTorch does not notice
    saved = y.grad_fn._raw_saved_result
    saved.register_hooks(lambda t: t, lambda packed: packed)
    with observe.raises("again", RuntimeError, saying="already"):
        saved.register_hooks(lambda t: t, lambda packed: packed)


@scenario("SAV-08/of-nothing", needs=["SAV-08"])
def what_was_not_saved_takes_no_hooks(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * torch.tensor([3.0, 4.0])
    observe("the attribute", y.grad_fn._saved_self)
    with observe.raises("hooks", RuntimeError, saying="None"):
        y.grad_fn._raw_saved_self.register_hooks(lambda t: t, lambda packed: packed)


@scenario("SAV-08/of-a-result", needs=["SAV-08"])
def a_saved_result_with_hooks_can_be_differentiated_twice(torch, observe):
    x = torch.tensor([0.0, 1.0], requires_grad=True)
    y = x.exp()
    y.grad_fn._raw_saved_result.register_hooks(lambda t: t.detach() * 1, lambda packed: packed * 1)
    (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x)
    observe("the second derivative", second, documented=[1.0, 2.718281828459045])


@scenario("SAV-08/after-freeing", needs=["SAV-08", "BWD-37"])
def hooks_are_refused_once_the_graph_was_freed(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.exp()
    y.sum().backward()
    with observe.raises("hooks", RuntimeError):
        y.grad_fn._raw_saved_result.register_hooks(lambda t: t, lambda packed: packed)


@scenario("GPH-06/no-such-name", needs=["GPH-06"])
def a_node_has_no_attribute_for_what_its_operation_never_saves(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with observe.raises("reading it", AttributeError):
        _ = x.exp().grad_fn._saved_nonsense
    observe("hasattr", hasattr(x.exp().grad_fn, "_saved_nonsense"), documented=False)


@scenario("INP-28/written-twice", needs=["INP-28"])
def the_value_before_the_first_of_two_writes_counts(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.autograd.graph.allow_mutation_on_saved_tensors():
        y = x * 1
        z = y * y
        y.mul_(10)
        y.mul_(10)
        z.sum().backward()
    observe("the gradient", x.grad, documented=[2.0, 4.0])


@scenario("INP-28/recorded-after-a-write", needs=["INP-28"])
def what_follows_a_write_is_recorded(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.autograd.graph.allow_mutation_on_saved_tensors():
        y = x * 1
        z = y * y
        y.mul_(10)
        observe("the product", (x * 3).requires_grad, documented=True)
        observe("the grad mode", torch.is_grad_enabled(), documented=True)
        (y.sum() + z.sum()).backward()
    observe("the gradient", x.grad, documented=[12.0, 14.0])


@scenario("INP-28/nested", needs=["INP-28"])
def the_context_cannot_be_nested(torch, observe):
    allow = torch.autograd.graph.allow_mutation_on_saved_tensors
    with allow():
        with observe.raises("the second", RuntimeError, saying="nested"):
            with allow():
                pass


@scenario("INP-28/saved-outside", needs=["INP-28"])
def backward_must_run_within_the_context(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.autograd.graph.allow_mutation_on_saved_tensors():
        y = (x * x).sum()
    with observe.raises("backward outside"):
        y.backward()


@scenario("MOD-08/closing", needs=["MOD-08"])
def closing_a_decorated_generator_closes_it_within_the_mode(torch, observe):
    seen = []

    @torch.no_grad()
    def counting():
        """Counts."""
        try:
            yield 1
            yield 2
        finally:
            seen.append(torch.is_grad_enabled())

    generator = counting()
    observe("the first", next(generator), documented=1)
    generator.close()
    observe("grad mode in its last block", seen, documented=[False])
    observe("its name", counting.__name__, documented="counting")
    observe("its docstring", counting.__doc__, documented="Counts.")


@scenario("IDX-36/base-written", needs=["IDX-36"])
def a_piece_cannot_be_used_after_its_base_was_written_to(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1
    first, _ = y.split(1)
    y.mul_(2)
    with observe.raises("using the piece", RuntimeError, saying=("multiple views", "base or another view")):
        (first * 3).sum().backward()


@scenario("IDX-36/message", needs=["IDX-36"])
def the_message_tells_a_write_to_the_piece_from_one_to_its_base(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    first, _ = (x * 1).split(1)
    with observe.raises("writing to the piece", RuntimeError, saying=("multiple views", "is being modified")):
        first.mul_(2)


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


@scenario("INP-17/of-two", needs=["INP-17"])
def two_elements_at_one_place_are_too_many(torch, observe):
    x = torch.tensor([1.0]).expand(2)
    with observe.raises("adding", RuntimeError, saying="single memory location"):
        x.add_(1)


@scenario("INP-17/of-one", needs=["INP-17"])
def a_stride_of_zero_over_one_element_does_no_harm(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0]).as_strided((1, 3), (0, 1))
    x.add_(1)
    observe("the sum", x, documented=[[2.0, 3.0, 4.0]])


@scenario("INP-17/overlapping-operand", needs=["INP-17"], cases=["ahead", "behind", "apart", "apart-behind", "strided"])
def an_operand_that_overlaps_partly_is_refused(torch, observe, case):
    x = torch.tensor([1.0, 2.0, 3.0, 4.0])
    written, operand = {
        "ahead": (x[1:], x[:-1]),
        "behind": (x[:-1], x[1:]),
        "apart": (x[:2], x[2:]),
        "apart-behind": (x[2:], x[:2]),
        "strided": (x[:2], x[::2]),
    }[case]
    with observe.raises("adding", saying="single memory location"):
        written.add_(operand)


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
