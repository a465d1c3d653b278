"""Views of tensors without elements: they are written to, and found anew, like any other."""

from conformance.scenario import scenario


@scenario("INP-47/of-no-elements", needs=["INP-47"])
def a_view_far_into_an_empty_tensor_is_found_anew(torch, observe):
    w = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    empty = w.repeat(0, 1, 1)
    view = empty[:, 1]
    empty.mul_(2.0)
    observe("the view's shape", list(view.shape), documented=[0, 2])
    observe("what it comes from", view.grad_fn is not None, documented=True)
    view.sum().backward()
    observe("the gradient", w.grad, documented=[[0.0, 0.0], [0.0, 0.0]])


@scenario("INP-38/into-no-elements", needs=["INP-38/assign-element"])
def writing_into_a_row_of_no_elements_gives_the_written_value_no_gradient(torch, observe):
    w = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    written = torch.tensor([5.0, 6.0], requires_grad=True)
    empty = w.repeat(0, 1, 1)
    empty[:, 1] = written
    observe("the shape", list(empty.shape), documented=[0, 2, 2])
    empty.sum().backward()
    observe("the written value's gradient", written.grad, documented=[0.0, 0.0])
    observe("the old content's gradient", w.grad, documented=[[0.0, 0.0], [0.0, 0.0]])
