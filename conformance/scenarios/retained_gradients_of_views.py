"""`retain_grad` on a view that gets another node, as its memory is written to."""

from conformance.scenario import scenario

WRITES = {"the-base": lambda base, view: base.neg_(), "the-view": lambda base, view: view.neg_()}


@scenario("NLG-09/view-written-under-no-grad", cases=WRITES, needs=["NLG-09"])
def a_view_keeps_retaining_after_a_write_that_is_not_recorded(torch, observe, write):
    base = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    view = base[0]
    view.retain_grad()
    with torch.no_grad():
        write(base, view)
    view.sum().backward()
    observe("the view's gradient", view.grad, documented=[1.0, 1.0])
    observe("the base's gradient", base.grad, documented=[[1.0, 1.0], [0.0, 0.0]])


@scenario("NLG-09/retained-twice-over-a-write", cases=WRITES, needs=["NLG-09"])
def what_was_retained_before_the_write_is_added_to(torch, observe, write):
    base = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    view = base[0]
    view.retain_grad()
    torch.autograd.grad(view.sum(), [base])
    observe("after the first", view.grad)
    with torch.no_grad():
        write(base, view)
    view.sum().backward()
    observe("after the second", view.grad)
