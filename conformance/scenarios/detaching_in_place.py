"""`detach_` on a tensor that a node has saved: the graph that was there before is told."""

from conformance.scenario import scenario


@scenario("ACC-19/after-it-was-saved", needs=["ACC-19"])
def a_node_refuses_a_saved_tensor_that_has_left_the_graph_since(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    h = w * 2.0
    loss = (w * h).sum()
    h.detach_()
    with observe.raises("backward through the node that saved it", RuntimeError, saying="detach"):
        loss.backward()


@scenario("ACC-19/before-it-is-saved", needs=["ACC-19"])
def a_tensor_that_left_the_graph_first_is_a_constant(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    h = w * 2.0
    h.detach_()
    (w * h).sum().backward()
    observe("the gradient", w.grad, documented=[2.0, 4.0])


@scenario("ACC-19/that-nobody-saved", needs=["ACC-19"])
def a_graph_that_saved_nothing_of_it_is_not_disturbed(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    h = w * 2.0
    loss = (w + h).sum()
    h.detach_()
    loss.backward()
    observe("the gradient", w.grad, documented=[3.0, 3.0])


@scenario("ACC-19/a-saved-leaf", needs=["ACC-19"])
def a_saved_leaf_has_left_no_graph(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    v = torch.tensor([3.0, 4.0], requires_grad=True)
    loss = (w * v).sum()
    v.detach_()
    observe("requires_grad", v.requires_grad, documented=False)
    loss.backward()
    observe("the other factor's gradient", w.grad, documented=[3.0, 4.0])
