"""In-place operations on views and on their bases: shared versions, rewritten histories, and what is refused."""

from conformance.scenario import scenario

VIEWS = {
    "slice": lambda x: x[0:1],
    "select": lambda x: x[0],
    "view": lambda x: x.view(4),
    "reshape": lambda x: x.reshape(4),
    "transpose": lambda x: x.transpose(0, 1),
    "permute": lambda x: x.permute(1, 0),
    "narrow": lambda x: x.narrow(1, 0, 1),
    "unsqueeze": lambda x: x.unsqueeze(0),
    "squeeze": lambda x: x.unsqueeze(0).squeeze(0),
    "diagonal": lambda x: x.diagonal(),
    "flatten": lambda x: x.flatten(),
    "as_strided": lambda x: x.as_strided((2,), (1,)),
    "view_as": lambda x: x.view_as(x),
    "unfold": lambda x: x.unfold(1, 1, 1),
    "movedim": lambda x: x.movedim(0, 1),
}


@scenario("INP-02", needs=["INP-01"])
def views_share_the_version_counter_with_their_base(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0])
    view = x[1:]
    observe("version of a fresh view", view._version, documented=0)
    view.add_(1.0)
    observe("of the base after a change through the view", x._version, documented=1)
    observe("of the view", view._version, documented=1)
    x.add_(1.0)
    observe("of the view after a change of the base", view._version, documented=2)
    observe("the base", x, documented=[2.0, 4.0, 5.0])


@scenario("INP-02/late-view", needs=["INP-02"])
def a_view_made_late_has_the_version_of_its_base(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0])
    x.add_(1.0)
    observe("version of the view", x[0]._version, documented=1)
    observe("version of a clone", x.clone()._version, documented=0)


@scenario("INP-02/of", cases=VIEWS, needs=["INP-02"])
def each_kind_of_view_shares_the_version_counter(torch, observe, view_of):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    view = view_of(x)
    view.mul_(10.0)
    observe("the base", x)
    observe("version of the base", x._version, documented=1)
    x.mul_(10.0)
    observe("the view", view)
    observe("version of the view", view._version, documented=2)


@scenario("INP-02/saved", needs=["INP-02", "INP-08"])
def a_change_through_a_view_invalidates_the_saved_base(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 2
    z = (y * y).sum()
    y[0:1].add_(1.0)
    with observe.raises("backward", RuntimeError, saying=("version 1", "expected version 0")):
        z.backward()


@scenario("INP-02/disjoint", needs=["INP-02/saved"])
def a_change_through_a_view_invalidates_a_saved_view_of_other_elements(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 2
    first, last = y[0:1], y[2:3]
    z = (last * last).sum()
    first.add_(1.0)
    with observe.raises("backward", RuntimeError, saying="version"):
        z.backward()


@scenario("INP-07")
def a_view_of_a_leaf_that_requires_grad_may_not_be_changed_in_place(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    with observe.raises("add_ on a slice", RuntimeError, saying=("view", "leaf")):
        x[0:2].add_(1.0)
    with observe.raises("assignment to an element", RuntimeError, saying=("view", "leaf")):
        x[0] = 5.0
    observe("the leaf's value afterwards", x, documented=[1.0, 2.0, 3.0])
    observe("its version", x._version, documented=0)


@scenario("INP-07/of", cases=VIEWS, needs=["INP-07"])
def no_kind_of_view_of_a_leaf_may_be_changed_in_place(torch, observe, view_of):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    with observe.raises("mul_ on the view", RuntimeError, saying=("view", "leaf")):
        view_of(x).mul_(10.0)
    observe("the leaf's value afterwards", x, documented=[[1.0, 2.0], [3.0, 4.0]])


@scenario("INP-07/under-no-grad", needs=["INP-07", "INP-06"])
def a_view_of_a_leaf_may_be_changed_under_no_grad(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    with torch.no_grad():
        x[0:2].add_(1.0)
        x[2] = 7.0
    observe("the leaf's value", x, documented=[2.0, 3.0, 7.0])
    observe("its version", x._version, documented=2)
    observe("it is still a leaf", x.is_leaf, documented=True)


@scenario("INP-07/early-view", needs=["INP-07"])
def a_view_made_before_its_base_required_grad_is_refused_as_well(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0])
    view = x[0:2]
    x.requires_grad_()
    observe("the view requires grad now", view.requires_grad)
    with observe.raises("mul_ on the view", RuntimeError, saying=("view", "leaf")):
        view.mul_(10.0)
    observe("the leaf's value afterwards", x, documented=[1.0, 2.0, 3.0])


@scenario("INP-13", needs=["INP-02"])
def changing_a_view_rewrites_the_history_of_its_base(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 1
    y[0:2].mul_(10.0)
    observe("the base", y, documented=[10.0, 20.0, 3.0])
    y.sum().backward()
    observe("the gradient", x.grad, documented=[10.0, 10.0, 1.0])


@scenario("INP-13/of", cases=VIEWS, needs=["INP-13"])
def changing_any_kind_of_view_rewrites_the_history_of_its_base(torch, observe, view_of):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = x * 1
    view = view_of(y)
    view.mul_(10.0)
    observe("the base", y)
    (y * torch.tensor([[1.0, 2.0], [3.0, 4.0]])).sum().backward(retain_graph=True)
    observe("the gradient through the base", x.grad)
    x.grad = None
    (view * view).sum().backward()
    observe("the gradient through the view", x.grad)


@scenario("INP-13/other-view", needs=["INP-13"])
def changing_a_view_rewrites_the_history_of_every_other_view(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 1
    left, right = y[0:2], y[1:3]
    left.mul_(10.0)
    observe("the other view", right, documented=[20.0, 3.0])
    right.sum().backward()
    observe("the gradient through the other view", x.grad, documented=[0.0, 10.0, 1.0])


@scenario("INP-13/view-of-a-view", needs=["INP-13"])
def changing_a_view_of_a_view_rewrites_base_and_middle_view(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = x * 1
    middle = y[1]
    inner = middle[0:1]
    inner.mul_(10.0)
    observe("the base", y, documented=[[1.0, 2.0], [30.0, 4.0]])
    observe("the middle view", middle, documented=[30.0, 4.0])
    middle.sum().backward(retain_graph=True)
    observe("the gradient through the middle view", x.grad, documented=[[0.0, 0.0], [10.0, 1.0]])
    x.grad = None
    y.sum().backward()
    observe("the gradient through the base", x.grad, documented=[[1.0, 1.0], [10.0, 1.0]])


@scenario("INP-13/transposed-view", needs=["INP-13/view-of-a-view"])
def changing_a_slice_of_a_transposed_view_reaches_the_right_elements(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = x * 1
    y.t()[0].mul_(10.0)
    observe("the base", y, documented=[[10.0, 2.0], [30.0, 4.0]])
    y.sum().backward()
    observe("the gradient", x.grad, documented=[[10.0, 1.0], [10.0, 1.0]])


@scenario("INP-13/base-is-the-root", needs=["INP-13/view-of-a-view"])
def the_base_of_a_view_of_a_view_is_the_first_tensor(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = x * 1
    inner = y[1][0:1]
    observe("its base is the first tensor", inner._base is y, documented=True)
    inner.mul_(10.0)
    observe("and still is after the change", inner._base is y, documented=True)
    observe("the first tensor has no base", y._base, documented=None)


@scenario("INP-13/old-node", needs=["INP-13"])
def the_base_gets_a_new_node_when_a_view_is_changed(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 1
    view = y[0:2]
    old_base_node, old_view_node = y.grad_fn, view.grad_fn
    view.mul_(10.0)
    observe("the base's node is a new one", y.grad_fn is not old_base_node, documented=True)
    observe("the view's node is a new one", view.grad_fn is not old_view_node, documented=True)


@scenario("INP-13/plain-base", needs=["INP-13"])
def a_recorded_value_written_into_a_view_makes_the_plain_base_recorded(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    base = torch.zeros(3)
    view = base[0:2]
    view.add_(x * 5)
    observe("the base requires grad", base.requires_grad, documented=True)
    observe("the base is a leaf", base.is_leaf, documented=False)
    (base * base).sum().backward()
    observe("the gradient", x.grad, documented=[50.0, 100.0])


@scenario("INP-13/plain-sibling", needs=["INP-13/plain-base"])
def a_sibling_view_of_a_plain_base_becomes_recorded_too(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    base = torch.zeros(3)
    left, right = base[0:2], base[1:3]
    left.add_(x)
    observe("the sibling requires grad", right.requires_grad, documented=True)
    right.sum().backward()
    observe("the gradient through the sibling", x.grad, documented=[0.0, 1.0])


@scenario("INP-13/twice", needs=["INP-13"])
def two_changes_of_overlapping_views_multiply_where_they_overlap(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 1
    y[0:2].mul_(2.0)
    y[1:3].mul_(3.0)
    observe("the base", y, documented=[2.0, 12.0, 9.0])
    y.sum().backward()
    observe("the gradient", x.grad, documented=[2.0, 6.0, 3.0])


@scenario("INP-13/second-derivative", needs=["INP-13"])
def the_rewritten_history_is_differentiable_twice(torch, observe):
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    y = x * x
    y[0:1].mul_(x[1:2])
    (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    observe("first derivative", first, documented=[12.0, 10.0])
    (second,) = torch.autograd.grad(first.sum(), x)
    observe("derivative of its sum", second, documented=[10.0, 6.0])


@scenario("INP-14", needs=["INP-02"])
def changing_the_base_is_seen_by_gradients_through_existing_views(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 1
    view = y[1:]
    y.mul_(10.0)
    observe("the view", view, documented=[20.0, 30.0])
    view.sum().backward()
    observe("the gradient through the view", x.grad, documented=[0.0, 10.0, 10.0])


@scenario("INP-14/of", cases=VIEWS, needs=["INP-14"])
def changing_the_base_is_seen_through_every_kind_of_view(torch, observe, view_of):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = x * 1
    view = view_of(y)
    y.mul_(10.0)
    observe("the view", view)
    (view * view).sum().backward()
    observe("the gradient through the view", x.grad)


@scenario("INP-14/regenerated-node", needs=["INP-14"])
def a_view_finds_its_node_anew_after_its_base_changed(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 1
    view = y[1:]
    old = view.grad_fn
    y.mul_(10.0)
    new = view.grad_fn
    observe("the view's node is a new one", new is not old, documented=True)
    observe("and stays the same until the next change", view.grad_fn is new, documented=True)


@scenario("INP-14/under-no-grad", needs=["INP-14", "INP-06/not-recorded"])
def changing_the_base_under_no_grad_keeps_the_views_gradient(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 1
    view = y[1:]
    with torch.no_grad():
        y.mul_(10.0)
    observe("the view", view, documented=[20.0, 30.0])
    view.sum().backward()
    observe("the gradient through the view", x.grad, documented=[0.0, 1.0, 1.0])


@scenario("INP-15", needs=["INP-13"])
def an_in_place_operation_on_a_tensor_that_others_reference_does_not_raise(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1
    view, alias = y[0:1], y.detach()
    with observe.raises("add_ while a view and an alias exist", RuntimeError):
        y.add_(1.0)
    observe("the view", view)
    observe("the alias", alias)


@scenario("INP-16")
def a_view_made_under_no_grad_may_not_be_changed_in_grad_mode(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1
    with torch.no_grad():
        view = y[0:1]
    observe("the view requires grad", view.requires_grad)
    with observe.raises("mul_ on the view", RuntimeError, saying="no_grad"):
        view.mul_(10.0)
    observe("the base afterwards", y, documented=[1.0, 2.0])


@scenario("INP-16/still-under-no-grad", needs=["INP-16"])
def a_view_made_under_no_grad_may_be_changed_under_no_grad(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1
    with torch.no_grad():
        view = y[0:1]
        view.mul_(10.0)
    observe("the base", y, documented=[10.0, 2.0])


@scenario("INP-16/plain-base", needs=["INP-16"])
def a_view_of_a_plain_tensor_made_under_no_grad_may_be_changed_later(torch, observe):
    y = torch.tensor([1.0, 2.0])
    with torch.no_grad():
        view = y[0:1]
    view.mul_(10.0)
    observe("the base", y, documented=[10.0, 2.0])


@scenario("INP-17")
def an_expanded_tensor_may_not_be_changed_in_place(torch, observe):
    row = torch.tensor([[1.0, 2.0]]).expand(3, 2)
    with observe.raises("add_", RuntimeError, saying="memory location"):
        row.add_(1.0)
    observe("the tensor afterwards", row, documented=[[1.0, 2.0]] * 3)


@scenario("INP-17/clone", needs=["INP-17"])
def the_clone_of_an_expanded_tensor_may_be_changed_in_place(torch, observe):
    row = torch.tensor([[1.0, 2.0]], requires_grad=True)
    rows = row.expand(3, 2).clone()
    rows.mul_(10.0)
    observe("the clone", rows, documented=[[10.0, 20.0]] * 3)
    rows.sum().backward()
    observe("the gradient", row.grad, documented=[[30.0, 30.0]])


@scenario("INP-46", needs=["INP-16"])
def a_view_made_under_no_grad_requires_grad_and_no_gradient_reaches_it(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    with torch.no_grad():
        view = x[:2]
    observe("the view requires grad", view.requires_grad)
    observe("it is a leaf", view.is_leaf)
    y = view * 3
    observe("a result requires grad", y.requires_grad)
    y.sum().backward()
    observe("the gradient of the view", view.grad)
    observe("the gradient of the base", x.grad)
    view.requires_grad_()
    (view * 3).sum().backward()
    observe("the gradient of the view, of which it was asked", view.grad)


@scenario("INP-46/made-before-the-base-required-grad", needs=["INP-46"])
def a_view_requires_grad_as_soon_as_its_base_does(torch, observe):
    base = torch.tensor([1.0, 2.0, 3.0])
    view = base[:2]
    base.requires_grad_()
    observe("the view requires grad", view.requires_grad)
    observe("a result requires grad", (view * 3).requires_grad)


@scenario("INP-47", needs=["INP-13"])
def views_of_a_base_that_was_written_to_find_their_node_anew(torch, observe):
    base = torch.zeros(3)
    written, other = base[:2], base[1:]
    written.mul_(torch.tensor([2.0, 3.0], requires_grad=True))
    observe("the base's node", base.grad_fn.name())
    observe("the written view's", written.grad_fn.name())
    observe("the other view's", other.grad_fn.name())
    observe("they belong to the base's", other.grad_fn.next_functions[0][0] is base.grad_fn)


@scenario("INP-47/a-view-as-real", needs=["INP-47"])
def a_view_of_another_dtype_is_made_again_by_its_operation(torch, observe):
    base = torch.tensor([1.0 + 2.0j, 3.0 - 1.0j])
    view = torch.view_as_real(base)
    base.mul_(torch.tensor([2.0j, 1.0], requires_grad=True))
    observe("the view's node", view.grad_fn.name())
