"""The .grad of tensors that were computed: None, unless retain_grad() asks for it."""

from conformance.scenario import scenario


@scenario("NLG-01", needs=["BWD-01"])
def the_gradient_of_a_non_leaf_is_none_and_reading_it_warns(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    y = w * 2
    torch.sum(y * y).backward()
    with observe.warns("reading it", UserWarning, saying="leaf"):
        gradient = y.grad
    observe("the gradient of the non-leaf", gradient, documented=None)
    observe("the gradient of the leaf", w.grad, documented=[8.0, 16.0])


@scenario("NLG-01/silent", needs=["NLG-02"])
def reading_the_gradient_of_a_leaf_or_a_retained_one_does_not_warn(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    y = w * 2
    y.retain_grad()
    torch.sum(y * y).backward()
    with observe.warns("reading a leaf's"):
        w.grad
    with observe.warns("reading a retained one"):
        y.grad
    with observe.warns("reading that of a tensor without requires_grad"):
        torch.tensor([1.0]).grad


@scenario("NLG-02", needs=["BWD-01"])
def retain_grad_makes_backward_fill_the_gradient_of_a_non_leaf(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    y = w * 2
    observe("retain_grad returns", y.retain_grad(), documented=None)
    observe("the gradient before the backward", y.grad, documented=None)
    torch.sum(y * y).backward()
    observe("the gradient of the non-leaf", y.grad, documented=[4.0, 8.0])
    observe("the gradient of the leaf", w.grad, documented=[8.0, 16.0])
    observe("it is still no leaf", y.is_leaf, documented=False)


@scenario("NLG-02/sum-over-uses", needs=["NLG-02"])
def a_retained_gradient_is_the_sum_over_all_uses(torch, observe):
    y = torch.tensor([1.0, 2.0], requires_grad=True) * 2
    y.retain_grad()
    (torch.sum(y * y) + torch.sum(y * 5)).backward()
    observe("the gradient", y.grad, documented=[9.0, 13.0])


@scenario("NLG-02/of-the-root", needs=["NLG-02"])
def the_root_itself_may_retain_its_gradient(torch, observe):
    loss = torch.sum(torch.tensor([1.0, 2.0], requires_grad=True) * 2)
    loss.retain_grad()
    loss.backward()
    observe("the gradient of the root", loss.grad, documented=1.0)


@scenario("NLG-02/of-a-view", needs=["NLG-02"])
def a_view_may_retain_its_gradient(torch, observe):
    w = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    row = w[0]
    row.retain_grad()
    torch.sum(row * row).backward()
    observe("the gradient of the view", row.grad, documented=[2.0, 4.0])
    observe("the gradient of the leaf", w.grad, documented=[[2.0, 4.0], [0.0, 0.0]])


@scenario("NLG-02/not-reached", needs=["NLG-02"])
def a_retained_gradient_that_no_backward_reaches_is_none(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    y, beside = w * 2, w * 3
    beside.retain_grad()
    torch.sum(y).backward()
    observe("the gradient of the non-leaf beside the loss", beside.grad, documented=None)


@scenario("NLG-02/apart-from-the-leaf", needs=["NLG-02"])
def a_retained_gradient_is_not_shared_with_the_leafs(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    y = w + 1
    y.retain_grad()
    torch.sum(y * 3).backward()
    w.grad.zero_()
    observe("the leaf's gradient, zeroed", w.grad, documented=[0.0, 0.0])
    observe("the non-leaf's gradient", y.grad, documented=[3.0, 3.0])


@scenario("NLG-02/under-create-graph", needs=["NLG-02", "BWD-20"])
def a_retained_gradient_made_under_create_graph_is_part_of_a_graph(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    y = w * 2
    y.retain_grad()
    torch.sum(y * y).backward(create_graph=True)
    observe("the gradient", y.grad, documented=[4.0, 8.0])
    observe("requires_grad", y.grad.requires_grad, documented=True)


@scenario("NLG-03", needs=["BWD-01"])
def retain_grad_of_a_leaf_changes_nothing(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    w.retain_grad()
    observe("retains_grad", w.retains_grad, documented=False)
    torch.sum(w * w).backward()
    observe("the gradient", w.grad, documented=[2.0, 4.0])


@scenario("NLG-04", needs=["NLG-02"])
def retains_grad_says_whether_a_non_leaf_retains(torch, observe):
    y = torch.tensor([1.0, 2.0], requires_grad=True) * 2
    observe("before retain_grad", y.retains_grad, documented=False)
    y.retain_grad()
    observe("after it", y.retains_grad, documented=True)


@scenario("NLG-05")
def retain_grad_without_requires_grad_is_refused(torch, observe):
    t = torch.tensor([1.0, 2.0])
    with observe.raises("retain_grad", RuntimeError, saying="requires_grad"):
        t.retain_grad()


@scenario("NLG-06", needs=["NLG-02"])
def retain_grad_twice_is_as_once(torch, observe):
    y = torch.tensor([1.0, 2.0], requires_grad=True) * 2
    y.retain_grad()
    y.retain_grad()
    torch.sum(y * y).backward()
    observe("the gradient", y.grad, documented=[4.0, 8.0])


@scenario("NLG-07", cases={"hook-first": True, "retain_grad-first": False}, needs=["NLG-02"])
def the_retained_gradient_is_what_the_hooks_have_left(torch, observe, hook_first):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    y = w * 2
    if hook_first:
        y.register_hook(lambda gradient: gradient * 10)
    y.retain_grad()
    if not hook_first:
        y.register_hook(lambda gradient: gradient * 10)
    torch.sum(y).backward()
    observe("the gradient of the non-leaf", y.grad, documented=[10.0, 10.0])
    observe("the gradient of the leaf", w.grad, documented=[20.0, 20.0])


@scenario("NLG-08", needs=["NLG-02", "BWD-16"])
def retained_gradients_accumulate(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    y = w * 2
    y.retain_grad()
    loss = torch.sum(y * y)
    loss.backward(retain_graph=True)
    observe("after one backward", y.grad, documented=[4.0, 8.0])
    loss.backward()
    observe("after two", y.grad, documented=[8.0, 16.0])


@scenario("NLG-08/zeroed", needs=["NLG-08"])
def a_retained_gradient_can_be_dropped_between_backwards(torch, observe):
    y = torch.tensor([1.0, 2.0], requires_grad=True) * 2
    y.retain_grad()
    loss = torch.sum(y * y)
    loss.backward(retain_graph=True)
    y.grad = None
    loss.backward()
    observe("the gradient of the second backward", y.grad, documented=[4.0, 8.0])


@scenario("NLG-09", needs=["NLG-02"])
def after_an_in_place_change_the_retained_gradient_is_that_of_the_new_value(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    y = w * 2
    y.retain_grad()
    y.mul_(3)
    torch.sum(y * 5).backward()
    observe("the gradient of y, as it is after mul_", y.grad, documented=[5.0, 5.0])
    observe("the gradient of the leaf", w.grad, documented=[30.0, 30.0])


@scenario("NLG-09/hooks-stay", needs=["NLG-09"])
def a_hook_stays_with_the_old_value_while_the_retained_gradient_follows_the_new(torch, observe):
    y = torch.tensor([1.0, 2.0], requires_grad=True) * 2
    seen = []
    y.register_hook(lambda gradient: seen.append(gradient.clone()))
    y.retain_grad()
    y.mul_(3)
    torch.sum(y * 5).backward()
    observe("what the hook saw: the gradient before mul_", seen, documented=[[15.0, 15.0]])
    observe("the retained gradient: the one after it", y.grad, documented=[5.0, 5.0])


@scenario("NLG-10", needs=["NLG-02", "GRD-08"])
def autograd_grad_fills_the_gradient_of_a_non_leaf_that_retains_it(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    y = w * 2
    y.retain_grad()
    grads = torch.autograd.grad(torch.sum(y * y), w)
    observe("what grad returns", grads[0], documented=[8.0, 16.0])
    observe("the gradient of the non-leaf on the way", y.grad)
    observe("the gradient of the leaf", w.grad, documented=None)


@scenario("NLG-08/under-create-graph", needs=["NLG-08", "BWD-20"])
def retained_gradients_add_up_under_create_graph(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    y.retain_grad()
    y.sum().backward(create_graph=True)
    (3 * y).sum().backward(create_graph=True)
    observe("the retained gradient", y.grad.detach(), documented=[4.0, 4.0])


@scenario("NLG-02/of-an-unused-output", needs=["NLG-02"])
def an_output_that_is_not_used_retains_no_gradient(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    first, second = (x * x).unbind()
    first.retain_grad()
    second.retain_grad()
    first.backward()
    observe("of the one used", first.grad, documented=1.0)
    observe("of the other", second.grad)


@scenario("NLG-02/again-of-a-lost-view", needs=["NLG-02"])
def retaining_the_gradient_of_a_view_that_was_lost_since_does_nothing_the_second_time(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True) * 1.0
    piece = torch.split(x, 1)[0]
    piece.retain_grad()
    x.mul_(2.0)
    with observe.raises("the second time"):
        piece.retain_grad()
    observe("it retains its gradient", piece.retains_grad, documented=True)
