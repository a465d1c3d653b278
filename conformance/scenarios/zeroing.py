"""Zeroing gradients: what each way leaves in .grad, and what happens when nobody zeroes."""

from conformance.scenario import scenario


def after_one_backward(torch):
    """A leaf with the gradient [3, 3], and an optimizer that holds it."""
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.sum(w * 3).backward()
    return w, torch.optim.SGD([w], lr=0.5)


@scenario("ZER-01", needs=["ACC-02"])
def the_optimizers_zero_grad_drops_the_gradient(torch, observe):
    w, optimizer = after_one_backward(torch)
    optimizer.zero_grad()
    observe("the gradient", w.grad, documented=None)
    torch.sum(w * 5).backward()
    observe("after another backward", w.grad, documented=[5.0, 5.0])


@scenario("ZER-01/explicitly", needs=["ZER-01"])
def zero_grad_with_set_to_none_true_drops_the_gradient(torch, observe):
    w, optimizer = after_one_backward(torch)
    optimizer.zero_grad(set_to_none=True)
    observe("the gradient", w.grad, documented=None)


@scenario("ZER-02", needs=["ZER-01"])
def zero_grad_to_none_leaves_a_kept_gradient_alone(torch, observe):
    w, optimizer = after_one_backward(torch)
    kept = w.grad
    optimizer.zero_grad()
    observe("the kept tensor", kept, documented=[3.0, 3.0])
    torch.sum(w * 5).backward()
    observe("the kept tensor after another backward", kept, documented=[3.0, 3.0])
    observe("the new gradient is another tensor", w.grad is not kept, documented=True)


@scenario("ZER-03", needs=["ACC-02"])
def zero_grad_with_set_to_none_false_fills_the_same_tensor_with_zeros(torch, observe):
    w, optimizer = after_one_backward(torch)
    kept = w.grad
    optimizer.zero_grad(set_to_none=False)
    observe("the same tensor", w.grad is kept, documented=True)
    observe("what it holds", kept, documented=[0.0, 0.0])
    torch.sum(w * 5).backward()
    observe("after another backward, in the same tensor", kept, documented=[5.0, 5.0])


@scenario("ZER-04", needs=["ZER-03"])
def zero_grad_with_set_to_none_false_makes_no_zeros_of_none(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.5)
    optimizer.zero_grad(set_to_none=False)
    observe("the gradient of a leaf that had none", w.grad, documented=None)


@scenario("ZER-05", needs=["ZER-03", "BWD-20"])
def zero_grad_with_set_to_none_false_detaches_a_gradient_with_history(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.sum(w * w).backward(create_graph=True)
    kept = w.grad
    observe("before: it has a grad_fn", kept.grad_fn is not None, documented=True)
    torch.optim.SGD([w], lr=0.5).zero_grad(set_to_none=False)
    observe("the same tensor", w.grad is kept, documented=True)
    observe("its grad_fn", w.grad.grad_fn, documented=None)
    observe("requires_grad", w.grad.requires_grad, documented=False)
    observe("what it holds", w.grad, documented=[0.0, 0.0])


@scenario("ZER-05/that-requires-grad", needs=["ZER-05"])
def zero_grad_with_set_to_none_false_leaves_a_gradient_that_requires_no_grad(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    w.grad = torch.tensor([3.0, 3.0], requires_grad=True)
    torch.optim.SGD([w], lr=0.5).zero_grad(set_to_none=False)
    observe("requires_grad", w.grad.requires_grad)
    observe("what it holds", w.grad, documented=[0.0, 0.0])


@scenario("ZER-06", needs=["ZER-01"])
def zero_grad_touches_only_the_optimizers_own_parameters(torch, observe):
    held, optimizer = after_one_backward(torch)
    other, _ = after_one_backward(torch)
    optimizer.zero_grad()
    observe("the parameter that it holds", held.grad, documented=None)
    observe("another leaf", other.grad, documented=[3.0, 3.0])


@scenario("ZER-06/groups", needs=["ZER-01"])
def zero_grad_reaches_every_parameter_group(torch, observe):
    a, _ = after_one_backward(torch)
    b, _ = after_one_backward(torch)
    torch.optim.SGD([{"params": [a]}, {"params": [b], "lr": 0.25}], lr=0.5).zero_grad()
    observe("in the first group", a.grad, documented=None)
    observe("in the second", b.grad, documented=None)


def linear_with_gradients(torch):
    """A linear module after one backward: its bias has the gradient [1]."""
    module = torch.nn.Linear(2, 1)
    torch.sum(module(torch.tensor([[1.0, 2.0]]))).backward()
    return module


@scenario("ZER-07", needs=["ACC-02"])
def the_modules_zero_grad_drops_the_gradients(torch, observe):
    module = linear_with_gradients(torch)
    kept = module.weight.grad
    observe("before: the weight's gradient", module.weight.grad, documented=[[1.0, 2.0]])
    module.zero_grad()
    observe("the weight's gradient", module.weight.grad, documented=None)
    observe("the bias's gradient", module.bias.grad, documented=None)
    observe("a kept reference", kept, documented=[[1.0, 2.0]])


@scenario("ZER-07/set_to_none-false", needs=["ZER-07"])
def the_modules_zero_grad_with_set_to_none_false_zeroes_in_place(torch, observe):
    module = linear_with_gradients(torch)
    kept = module.weight.grad
    module.zero_grad(set_to_none=False)
    observe("the same tensor", module.weight.grad is kept, documented=True)
    observe("the weight's gradient", module.weight.grad, documented=[[0.0, 0.0]])
    observe("the bias's gradient", module.bias.grad, documented=[0.0])


@scenario("ZER-07/submodules", needs=["ZER-07"])
def the_modules_zero_grad_reaches_its_submodules(torch, observe):
    inner = linear_with_gradients(torch)
    outer = torch.nn.Sequential(inner, torch.nn.ReLU())
    outer.zero_grad()
    observe("the inner weight's gradient", inner.weight.grad, documented=None)


@scenario("ZER-08", needs=["ACC-02"])
def assigning_none_makes_the_next_backward_start_afresh(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.sum(w * 3).backward()
    kept = w.grad
    w.grad = None
    observe("after the assignment", w.grad, documented=None)
    torch.sum(w * 5).backward()
    observe("after another backward", w.grad, documented=[5.0, 5.0])
    observe("the old tensor", kept, documented=[3.0, 3.0])


@scenario("ZER-09", needs=["ACC-27"])
def zeroing_in_place_keeps_the_tensor(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.sum(w * 3).backward()
    kept = w.grad
    observe("zero_() returns the gradient", w.grad.zero_() is kept, documented=True)
    observe("the same tensor", w.grad is kept, documented=True)
    observe("what it holds", w.grad, documented=[0.0, 0.0])
    torch.sum(w * 5).backward()
    observe("after another backward", w.grad, documented=[5.0, 5.0])
    observe("still the same tensor", w.grad is kept, documented=True)


@scenario("ZER-09/through-data", needs=["ZER-09", "LEG-07"])
def zeroing_the_data_of_the_gradient_keeps_the_tensor(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.sum(w * 3).backward()
    kept = w.grad
    w.grad.data.zero_()
    observe("the same tensor", w.grad is kept, documented=True)
    observe("what it holds", w.grad, documented=[0.0, 0.0])
    torch.sum(w * 5).backward()
    observe("after another backward", w.grad, documented=[5.0, 5.0])
    observe("still the same tensor", w.grad is kept, documented=True)


@scenario("ZER-09/a-gradient-with-history", needs=["ZER-09", "BWD-20"])
def zeroing_a_gradient_with_history_in_place_is_recorded(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.sum(w * w).backward(create_graph=True)
    w.grad.zero_()
    observe("what it holds", w.grad, documented=[0.0, 0.0])
    observe("it still has a grad_fn", w.grad.grad_fn is not None, documented=True)


@scenario("ZER-17", needs=["ZER-01", "ZER-03"])
def a_step_skips_a_gradient_of_none_but_not_one_of_zeros(torch, observe):
    for what, start in (("None", None), ("zeros", torch.tensor([0.0, 0.0]))):
        w = torch.tensor([1.0, 2.0], requires_grad=True)
        w.grad = start
        torch.optim.SGD([w], lr=0.5, weight_decay=0.5).step()
        moved = [1.0, 2.0] if start is None else [0.75, 1.5]
        observe(f"after a step with weight decay and a gradient of {what}", w, documented=moved)


@scenario("ZER-17/momentum", needs=["ZER-17"])
def momentum_moves_a_parameter_whose_gradient_is_zero(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.5, momentum=0.5)
    w.grad = torch.tensor([2.0, 4.0])
    optimizer.step()
    observe("after one step", w, documented=[0.0, 0.0])
    optimizer.zero_grad(set_to_none=False)
    optimizer.step()
    observe("after a step with zeros", w, documented=[-0.5, -1.0])
    optimizer.zero_grad()
    optimizer.step()
    observe("after a step with None", w, documented=[-0.5, -1.0])


@scenario("ZER-18", needs=["ZER-01", "ACC-22"])
def after_zero_grad_a_parameter_without_a_gradient_has_none(torch, observe):
    a, _ = after_one_backward(torch)
    b, _ = after_one_backward(torch)
    optimizer = torch.optim.SGD([a, b], lr=0.5)
    optimizer.zero_grad()
    torch.sum(a * 5).backward()
    observe("the parameter that the loss uses", a.grad, documented=[5.0, 5.0])
    observe("the one that it does not use", b.grad, documented=None)


@scenario("ZER-20", needs=["ACC-02"])
def a_gradient_that_nobody_zeroes_goes_stale(torch, observe):
    w = torch.tensor(1.0, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.25)
    (w * w).backward()
    optimizer.step()
    observe("the weight after one step", w, documented=0.5)
    observe("its gradient, which step() leaves alone", w.grad, documented=2.0)
    (w * w).backward()
    observe("the gradient after a backward at the new weight: 2 and 1", w.grad, documented=3.0)
    optimizer.step()
    observe("the weight after a step with the stale gradient", w, documented=-0.25)


@scenario("ZER-20/of-an-unused-parameter", needs=["ZER-20"])
def a_stale_gradient_moves_a_parameter_that_the_loss_no_longer_uses(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = torch.tensor([3.0, 4.0], requires_grad=True)
    optimizer = torch.optim.SGD([a, b], lr=0.5)
    torch.sum(a + b).backward()
    optimizer.step()
    torch.sum(a * 2).backward()
    optimizer.step()
    observe("the parameter in both losses", a, documented=[-1.0, 0.0])
    observe("the one in the first loss only, moved twice", b, documented=[2.0, 3.0])
