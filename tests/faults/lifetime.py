"""Faults in what a graph holds and for how long: freeing, saved tensors, versions, grad modes."""

from __future__ import annotations

from tests.faults import fault, replace_getter, wrap


@fault("BWD-11")
def never_frees(torch):
    def keep(original, tensor, gradient=None, retain_graph=None, create_graph=False, inputs=None):
        return original(tensor, gradient, True, create_graph, inputs)

    wrap(torch.Tensor, "backward", keep)


@fault("BWD-12/mean-of-a-leaf", "BWD-12/add", "BWD-12/sum")
def always_frees(torch):
    """A second backward fails where nothing was saved, too."""
    done = set()

    def once(original, tensor, gradient=None, retain_graph=None, create_graph=False, inputs=None):
        node = tensor.grad_fn
        if node in done:
            raise RuntimeError("backward through the graph a second time; specify retain_graph=True")
        original(tensor, gradient, retain_graph, create_graph, inputs)
        if node is not None and not (create_graph if retain_graph is None else retain_graph):
            done.add(node)  # which also keeps it alive, so that no other is taken for it

    wrap(torch.Tensor, "backward", once)


@fault("BWD-16")
def ignores_retain_graph(torch):
    def free(original, tensor, gradient=None, retain_graph=None, create_graph=False, inputs=None):
        return original(tensor, gradient, create_graph, create_graph, inputs)

    wrap(torch.Tensor, "backward", free)


@fault("GRD-16")
def ignores_create_graph(torch):
    def plain(original, *arguments, create_graph=False, **keywords):
        if create_graph and keywords.get("retain_graph") is None:
            keywords["retain_graph"] = True
        return original(*arguments, **keywords)

    wrap(torch.autograd, "grad", plain)


@fault("INP-01", "INP-08", "LEG-11/detach")
def versions_do_not_move(torch):
    """A saved tensor that was overwritten is used without a word."""
    from reference.ops import writing

    def silent(original, target, out):
        before = target._counter[0]
        original(target, out)
        target._counter[0] = before

    wrap(writing, "write", silent)


@fault("INP-05", "LEG-12/sub_")
def a_leaf_may_be_updated_in_place(torch):
    from reference.autograd import views
    from reference.ops import writing

    def lenient(original, tensor, recorded):
        if not (recorded and tensor.is_leaf and tensor.requires_grad):
            original(tensor, recorded)

    wrap(views, "check_in_place", lenient)
    writing.check_in_place = views.check_in_place


@fault("MOD-01")
def no_grad_is_ignored(torch):
    from reference.autograd import grad_mode

    grad_mode.no_grad.__enter__ = lambda self: None
    grad_mode.no_grad.__exit__ = lambda self, *exception: None


@fault("ACC-06")
def everything_is_a_leaf(torch):
    replace_getter(torch.Tensor, "is_leaf", lambda get, tensor: True)
