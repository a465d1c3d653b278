""".data, and the update of a parameter by hand."""

import operator

from conformance.scenario import scenario


@scenario("LEG-07")
def data_is_a_detached_tensor_on_the_same_storage(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    d = w.data
    observe("requires_grad", d.requires_grad, documented=False)
    observe("is_leaf", d.is_leaf, documented=True)
    observe("grad_fn", d.grad_fn, documented=None)
    d[0] = 10.0
    observe("a write to .data shows in the tensor", w, documented=[10.0, 2.0])
    with torch.no_grad():
        w[1] = 20.0
    observe("a write to the tensor shows in .data", d, documented=[10.0, 20.0])


@scenario("LEG-07/not-recorded", needs=["LEG-07", "ACC-22"])
def what_is_computed_from_data_is_not_recorded(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    observe("requires_grad of w.data * 2", (w.data * 2).requires_grad, documented=False)
    torch.sum(w * w.data).backward()
    observe("the gradient of w * w.data: the data is a constant", w.grad, documented=[1.0, 2.0])


@scenario("LEG-07/of-a-non-leaf", needs=["LEG-07"])
def data_of_a_non_leaf_is_outside_the_graph_too(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    y = w * 2
    y.data.mul_(10)
    observe("the non-leaf after a write to its data", y, documented=[20.0, 40.0])
    torch.sum(y * 3).backward()
    observe("the gradient of the leaf, as though nothing was written", w.grad, documented=[6.0, 6.0])


@scenario("LEG-07/assigned", needs=["LEG-07", "ACC-02"])
def data_of_a_leaf_may_be_assigned(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.sum(w * 3).backward()
    w.data = torch.tensor([5.0, 6.0])
    observe("its value", w, documented=[5.0, 6.0])
    observe("requires_grad", w.requires_grad, documented=True)
    observe("is_leaf", w.is_leaf, documented=True)
    observe("its gradient stays", w.grad, documented=[3.0, 3.0])
    torch.sum(w * w).backward()
    observe("and the next backward adds to it", w.grad, documented=[13.0, 15.0])


@scenario("LEG-07/assigned-memory", needs=["LEG-07/assigned"])
def data_that_is_assigned_is_not_copied(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    new = torch.tensor([5.0, 6.0])
    w.data = new
    new[0] = 50.0
    observe("a write to what was assigned shows in the leaf", w)


@scenario("LEG-07/assigned-shape", needs=["LEG-07/assigned"])
def data_of_another_shape_may_be_assigned(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    w.data = torch.tensor([[5.0, 6.0, 7.0]])
    observe("the shape", list(w.shape))
    torch.sum(w * w).backward()
    observe("the gradient", w.grad)


@scenario("LEG-07/assigned-dtype", dtypes=["float32"], needs=["LEG-07/assigned"])
def data_of_another_dtype_has_gradients_of_that_dtype_from_then_on(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    before = w * 2.0
    w.data = torch.tensor([5.0, 6.0], dtype=torch.float64)
    torch.sum(w * 3.0).backward()
    observe("the gradient", w.grad)
    observe("what had been computed before", before)


@scenario("LEG-07/assigned-refused", needs=["LEG-07/assigned"])
def data_that_is_no_tensor_or_cannot_require_grad_is_refused(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    with observe.raises("a list", TypeError, saying="tensor"):
        w.data = [1.0, 2.0]
    with observe.raises("an integer tensor", RuntimeError, saying="floating"):
        w.data = torch.tensor([1, 2])
    observe("the leaf after that", w, documented=[1.0, 2.0])


@scenario("LEG-10", needs=["LEG-07"])
def a_parameter_is_updated_by_hand_through_its_data(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.sum(w * w).backward()
    lr = 0.25
    w.data.sub_(lr * w.grad.data)
    observe("the parameter", w, documented=[0.5, 1.0])
    observe("is_leaf", w.is_leaf, documented=True)
    observe("requires_grad", w.requires_grad, documented=True)
    observe("grad_fn", w.grad_fn, documented=None)
    observe("its gradient is left alone", w.grad, documented=[2.0, 4.0])
    w.grad.data.zero_()
    torch.sum(w * w).backward()
    observe("the gradient at the new value", w.grad, documented=[1.0, 2.0])


@scenario("LEG-10/descent", needs=["LEG-10", "ZER-09/through-data"])
def updates_by_hand_descend_to_the_minimum(torch, observe):
    w = torch.tensor(1.0, requires_grad=True)
    for step, expected in enumerate([2.0, 2.5, 2.75, 2.875], start=1):
        ((w - 3) ** 2).backward()
        w.data.sub_(0.25 * w.grad.data)
        w.grad.data.zero_()
        observe(f"the parameter after step {step}", w, documented=expected)


@scenario("LEG-10/without-zeroing", needs=["LEG-10", "ACC-02"])
def updates_by_hand_use_the_accumulated_gradient_when_nobody_zeroes(torch, observe):
    w = torch.tensor(1.0, requires_grad=True)
    for step, expected in enumerate([2.0, 3.5, 4.75], start=1):
        ((w - 3) ** 2).backward()
        w.data.sub_(0.25 * w.grad.data)
        observe(f"the parameter after step {step}", w, documented=expected)


@scenario("LEG-10/by-assignment", needs=["LEG-07/assigned"])
def a_parameter_may_be_updated_by_assigning_its_data(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.sum(w * w).backward()
    w.data = w.data - 0.25 * w.grad.data
    observe("the parameter", w, documented=[0.5, 1.0])
    observe("is_leaf", w.is_leaf, documented=True)


@scenario("LEG-10/as-sgd", needs=["LEG-10"])
def the_update_by_hand_is_what_plain_sgd_does(torch, observe):
    by_hand = torch.tensor([1.0, -2.0], requires_grad=True)
    by_sgd = torch.tensor([1.0, -2.0], requires_grad=True)
    optimizer = torch.optim.SGD([by_sgd], lr=0.25)
    for step, expected in enumerate([[0.5, -1.0], [0.25, -0.5]], start=1):
        torch.sum(by_hand * by_hand).backward()
        by_hand.data.sub_(0.25 * by_hand.grad.data)
        by_hand.grad = None
        optimizer.zero_grad()
        torch.sum(by_sgd * by_sgd).backward()
        optimizer.step()
        observe(f"by hand, step {step}", by_hand, documented=expected)
        observe(f"by SGD, step {step}", by_sgd, documented=expected)


@scenario("LEG-11", needs=["LEG-07"])
def a_saved_tensor_changed_through_data_gives_a_wrong_gradient_in_silence(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = torch.sum(x * x)
    x.data.mul_(10)
    loss.backward()
    observe("the gradient of x * x, made from the new values", x.grad, documented=[20.0, 40.0])


@scenario("LEG-11/detach", needs=["ACC-18/memory"])
def a_saved_tensor_changed_through_detach_is_detected(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = torch.sum(x * x)
    x.detach().mul_(10)
    with observe.raises("the backward", RuntimeError, saying=("modified", "version")):
        loss.backward()
    observe("the gradient after that", x.grad, documented=None)


@scenario("LEG-11/sigmoid", needs=["LEG-11", "LEG-11/detach"])
def the_example_of_the_migration_guide(torch, observe):
    a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    out = torch.sigmoid(a)
    out.data.zero_()
    observe("the output after a write to its data", out, documented=[0.0, 0.0, 0.0])
    torch.sum(out).backward()
    observe("the gradient, wrong in silence", a.grad, documented=[0.0, 0.0, 0.0])
    out = torch.sigmoid(a)
    out.detach().zero_()
    with observe.raises("the backward after the same through detach()", RuntimeError, saying="modified"):
        torch.sum(out).backward()


IN_PLACE_ON_THE_LEAF = {
    "sub_": lambda w: w.sub_(0.25 * w.grad),
    "sub_-of-data": lambda w: w.sub_(0.25 * w.grad.data),
    "minus-equals": lambda w: operator.isub(w, 0.25 * w.grad),
    "setitem": lambda w: operator.setitem(w, 0, 0.5),
    "copy_": lambda w: w.copy_(w.grad),
    "zero_": lambda w: w.zero_(),
}


@scenario("LEG-12", cases=IN_PLACE_ON_THE_LEAF, needs=["BWD-01"])
def the_update_of_a_leaf_itself_is_refused(torch, observe, update):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.sum(w * w).backward()
    with observe.raises("the update", RuntimeError, saying="leaf"):
        update(w)
    observe("the leaf after that", w, documented=[1.0, 2.0])
    observe("it is still a leaf", w.is_leaf, documented=True)


@scenario("LEG-12/out-of-place", needs=["ACC-06", "NLG-01"])
def an_out_of_place_update_makes_a_non_leaf_that_gets_no_gradient(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.sum(w * w).backward()
    w = w - 0.25 * w.grad
    observe("the new value", w, documented=[0.5, 1.0])
    observe("is_leaf", w.is_leaf, documented=False)
    torch.sum(w * w).backward()
    with observe.warns("reading its gradient", UserWarning, saying="leaf"):
        observe("its gradient", w.grad, documented=None)


@scenario("LEG-13", needs=["BWD-01"])
def the_update_works_under_no_grad(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    same = w
    torch.sum(w * w).backward()
    with torch.no_grad():
        w -= 0.25 * w.grad
    observe("the parameter", w, documented=[0.5, 1.0])
    observe("it is the same object", w is same, documented=True)
    observe("is_leaf", w.is_leaf, documented=True)
    observe("requires_grad", w.requires_grad, documented=True)
    observe("grad_fn", w.grad_fn, documented=None)
    w.grad = None
    torch.sum(w * w).backward()
    observe("the gradient at the new value", w.grad, documented=[1.0, 2.0])


@scenario("LEG-13/out-of-place", needs=["LEG-13"])
def an_out_of_place_update_under_no_grad_loses_requires_grad(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.sum(w * w).backward()
    with torch.no_grad():
        w = w - 0.25 * w.grad
    observe("the new value", w, documented=[0.5, 1.0])
    observe("requires_grad", w.requires_grad, documented=False)
    observe("its gradient", w.grad, documented=None)


@scenario("LEG-13/after-the-forward", needs=["LEG-13"])
def an_update_between_forward_and_backward_is_detected(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = torch.sum(w * w)
    with torch.no_grad():
        w -= 1.0
    with observe.raises("the backward", RuntimeError, saying=("modified", "version")):
        loss.backward()
