"""How long saved tensors, intermediates and graphs are kept alive."""

import gc
import weakref

from conformance.scenario import scenario


def alive(reference):
    """Whether the object of a weak reference is still there, once young garbage is gone."""
    gc.collect(1)
    return reference() is not None


def graph_of(tensor):
    """A weak reference to something that lives as long as the node that made the tensor."""

    class Marker:
        pass

    marker = Marker()
    tensor.register_hook(lambda grad, kept=marker: None)
    return weakref.ref(marker)


@scenario("SAV-13")
def a_saved_intermediate_lives_until_its_graph_is_used(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    h = x * 3
    saved = weakref.ref(h)
    y = h * h
    del h
    observe("before backward", alive(saved), documented=True)
    y.sum().backward()
    observe("after backward", alive(saved), documented=False)
    observe("the gradient", x.grad, documented=[18.0, 36.0])


@scenario("SAV-13/retained", needs=["SAV-13"])
def a_retained_graph_keeps_its_saved_tensors(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    h = x * 3
    saved = weakref.ref(h)
    y = h * h
    del h
    y.sum().backward(retain_graph=True)
    observe("after a backward that retains", alive(saved), documented=True)
    del y
    observe("once the graph is dropped", alive(saved), documented=False)


@scenario("SAV-13/not-saved", needs=["SAV-13"])
def an_intermediate_that_no_node_saved_is_not_kept(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    h = x * 3
    unsaved = weakref.ref(h)
    y = h + 1
    del h
    observe("the intermediate", alive(unsaved), documented=False)
    y.sum().backward()
    observe("the gradient still comes", x.grad, documented=[3.0, 3.0])


@scenario("SAV-13/output", needs=["SAV-13", "HKS-01"])
def a_saved_output_does_not_keep_itself_alive(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = torch.exp(x)
    output, graph = weakref.ref(y), graph_of(y)
    del y
    observe("the output", alive(output), documented=False)
    observe("its graph", alive(graph), documented=False)


@scenario("SAV-13/dropped-unused", needs=["SAV-13"])
def a_graph_that_is_never_used_is_freed_with_its_last_tensor(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    h = x * 3
    saved = weakref.ref(h)
    y = (h * h).sum()
    del h
    observe("while the loss lives", alive(saved), documented=True)
    del y
    observe("after it", alive(saved), documented=False)


@scenario("SAV-13/gradient", needs=["SAV-13"])
def a_gradient_without_create_graph_keeps_no_graph(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    h = x * 3
    saved = weakref.ref(h)
    (grad,) = torch.autograd.grad((h * h).sum(), x)
    del h
    observe("the intermediate, while the gradient lives", alive(saved), documented=False)
    observe("the gradient", grad, documented=[18.0, 36.0])


@scenario("SAV-13/create-graph", needs=["SAV-13/gradient"])
def a_gradient_with_create_graph_keeps_what_it_needs_and_no_longer(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    h = x * x
    saved = weakref.ref(h)
    (grad,) = torch.autograd.grad((h * h * h).sum(), x, create_graph=True)
    del h
    observe("the intermediate, while the gradient lives", alive(saved), documented=True)
    del grad
    observe("after it", alive(saved), documented=False)


@scenario("SAV-13/leaf", needs=["SAV-13", "HKS-01"])
def a_graph_keeps_its_leaves_and_a_leaf_keeps_no_graph(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x + 1
    leaf, graph = weakref.ref(x), graph_of(y)
    del y
    observe("the graph, while the leaf lives", alive(graph), documented=False)
    y = x + 1
    del x
    observe("the leaf, while a graph lives", alive(leaf), documented=True)
    del y
    observe("the leaf, after the graph", alive(leaf), documented=False)


@scenario("SAV-13/as-it-goes", needs=["SAV-13", "HKS-01"])
def a_backward_frees_saved_tensors_as_it_goes(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    early = x * 2
    late = (early * early) * 3
    saved = weakref.ref(late)
    early.register_hook(lambda grad: observe("the late intermediate, at the early one", alive(saved), documented=False))
    loss = (late * late).sum()
    del late
    loss.backward()
    observe("the gradient", x.grad, documented=[576.0, 4608.0])


@scenario("SAV-13/view", needs=["SAV-13"])
def a_view_keeps_its_base_alive(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    view = y[0:1]
    base = weakref.ref(y)
    del y
    observe("the base, while the view lives", alive(base), documented=True)
    del view
    observe("after it", alive(base), documented=False)


@scenario("SAV-13/failed-backward", needs=["SAV-13", "HKS-11"])
def a_failed_backward_keeps_nothing_alive(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    h = x * 3
    saved = weakref.ref(h)

    def fail(grad):
        raise KeyError("in the hook")

    h.register_hook(fail)
    loss = (h * h).sum()
    del h
    with observe.raises("backward", KeyError):
        loss.backward()
    del loss, fail
    observe("the intermediate, once the loss is dropped", alive(saved), documented=False)


class Kept:
    """Something that may be referred to weakly."""


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
