"""Tensor.register_hook: what a hook receives, may return, and when it runs."""

import gc
import weakref

from conformance.scenario import scenario


@scenario("HKS-01")
def a_tensor_hook_receives_the_gradient_and_none_leaves_it_unchanged(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    seen = []
    y.register_hook(lambda grad: seen.append(grad.clone()))
    (y * y).sum().backward()
    observe("the hook received", seen, documented=[[6.0, 12.0]])
    observe("the leaf's gradient", x.grad, documented=[18.0, 36.0])


@scenario("HKS-01/on-a-leaf", needs=["HKS-01"])
def a_hook_on_a_leaf_receives_its_gradient(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    seen = []
    x.register_hook(lambda grad: seen.append(grad.clone()))
    (x * x).sum().backward()
    observe("the hook received", seen, documented=[[2.0, 4.0]])
    observe("the leaf's gradient", x.grad, documented=[2.0, 4.0])


@scenario("HKS-01/before-grad-is-set", needs=["HKS-01/on-a-leaf"])
def a_leaf_hook_runs_before_the_gradient_is_stored(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.register_hook(lambda grad: observe("the leaf's .grad inside the hook", x.grad, documented=None))
    (x * x).sum().backward()
    observe("afterwards", x.grad, documented=[2.0, 4.0])


@scenario("HKS-02", needs=["HKS-01"])
def a_returned_tensor_replaces_the_gradient_downstream(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    y.register_hook(lambda grad: grad * 10)
    (y * y).sum().backward()
    observe("the leaf's gradient", x.grad, documented=[180.0, 360.0])


@scenario("HKS-02/on-a-leaf", needs=["HKS-02"])
def a_returned_tensor_replaces_the_leafs_own_gradient(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.register_hook(lambda grad: grad * 10)
    (x * x).sum().backward()
    observe("after one backward", x.grad, documented=[20.0, 40.0])
    (x * x).sum().backward()
    observe("after two", x.grad, documented=[40.0, 80.0])


@scenario("HKS-02/only-one-branch", needs=["HKS-02"])
def a_replacement_does_not_touch_other_branches(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    left, right = x * 2, x * 5
    left.register_hook(lambda grad: grad * 100)
    (left + right).sum().backward()
    observe("the leaf's gradient", x.grad, documented=[205.0, 205.0])


@scenario("HKS-02/in-autograd-grad", needs=["HKS-02"])
def a_replacement_is_what_autograd_grad_returns(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.register_hook(lambda grad: grad * 10)
    (grad,) = torch.autograd.grad((x * x).sum(), x)
    observe("the returned gradient", grad, documented=[20.0, 40.0])
    observe("the leaf's .grad", x.grad, documented=None)


@scenario("HKS-03", needs=["HKS-02"])
def hooks_run_in_order_of_registration_and_see_earlier_replacements(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    seen = []

    def add_one(grad):
        seen.append(["add one", grad.item()])
        return grad + 1

    def double(grad):
        seen.append(["double", grad.item()])
        return grad * 2

    x.register_hook(add_one)
    x.register_hook(double)
    (x * 3).sum().backward()
    observe("the calls", seen, documented=[["add one", 3.0], ["double", 4.0]])
    observe("the gradient", x.grad, documented=[8.0])


@scenario("HKS-03/none-between", needs=["HKS-03"])
def a_hook_that_returns_none_passes_the_last_replacement_on(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    seen = []
    x.register_hook(lambda grad: grad + 1)
    x.register_hook(lambda grad: seen.append(grad.item()))
    x.register_hook(lambda grad: grad * 2)
    (x * 3).sum().backward()
    observe("the middle hook received", seen, documented=[4.0])
    observe("the gradient", x.grad, documented=[8.0])


@scenario("HKS-04", needs=["HKS-01"])
def remove_unregisters_a_hook(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    first = x.register_hook(lambda grad: grad * 10)
    x.register_hook(lambda grad: grad + 1)
    first.remove()
    (x * 2).sum().backward()
    observe("the gradient", x.grad, documented=[3.0, 3.0])
    with observe.raises("removing it again"):
        first.remove()


@scenario("HKS-04/inside-a-hook", needs=["HKS-04"])
def a_hook_may_remove_itself(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    calls = []

    def once(grad):
        calls.append(grad.tolist())
        handle.remove()
        return grad * 10

    handle = x.register_hook(once)
    (x * 2).sum().backward()
    observe("the gradient after one backward", x.grad, documented=[20.0, 20.0])
    (x * 2).sum().backward()
    observe("after two", x.grad, documented=[22.0, 22.0])
    observe("the calls", calls, documented=[[2.0, 2.0]])


@scenario("HKS-05", needs=["HKS-04"])
def the_handle_is_a_context_manager(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with x.register_hook(lambda grad: grad * 10):
        (x * 2).sum().backward()
    observe("a backward inside", x.grad, documented=[20.0, 20.0])
    (x * 2).sum().backward()
    observe("and one outside", x.grad, documented=[22.0, 22.0])


@scenario("HKS-06")
def a_hook_needs_a_tensor_that_requires_grad(torch, observe):
    with observe.raises("register_hook on a plain tensor", RuntimeError, saying=("hook", "require")):
        torch.tensor([1.0]).register_hook(lambda grad: None)


@scenario("HKS-07", needs=["HKS-01"])
def a_hook_on_an_intermediate_with_several_consumers_sees_the_sum_once(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    h = x * 2
    seen = []
    h.register_hook(lambda grad: seen.append(grad.clone()))
    (h * 3 + h * 4 + h.exp() * 0).sum().backward()
    observe("the hook received", seen, documented=[[7.0, 7.0]])
    observe("the leaf's gradient", x.grad, documented=[14.0, 14.0])


@scenario("HKS-08", needs=["HKS-01/on-a-leaf"])
def a_hook_on_a_leaf_used_several_times_sees_the_total_once(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    seen = []
    x.register_hook(lambda grad: seen.append(grad.clone()))
    (x * x + x * 3 + x).sum().backward()
    observe("the hook received", seen, documented=[[6.0, 8.0]])


@scenario("HKS-08/each-backward", needs=["HKS-08"])
def it_fires_once_for_each_backward(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    seen = []
    x.register_hook(lambda grad: seen.append(grad.clone()))
    loss = (x * x).sum()
    loss.backward(retain_graph=True)
    loss.backward()
    observe("the hook received", seen, documented=[[2.0, 4.0], [2.0, 4.0]])


@scenario("HKS-09", needs=["HKS-08/each-backward", "ACC-02"])
def a_leaf_hook_sees_this_backwards_gradient_not_the_accumulated_one(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * 100).sum().backward()
    seen = []
    x.register_hook(lambda grad: seen.append(grad.clone()))
    (x * 3).sum().backward()
    observe("the hook received", seen, documented=[[3.0, 3.0]])
    observe("the accumulated gradient", x.grad, documented=[103.0, 103.0])


@scenario("HKS-10", needs=["HKS-02"])
def a_hook_may_not_return_a_tensor_of_another_size(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    three = torch.ones(3)
    y.register_hook(lambda grad: three)
    with observe.raises("backward", RuntimeError, saying=("hook", "size")):
        (y * y).sum().backward()
    observe("the leaf's gradient", x.grad, documented=None)


@scenario("HKS-10/no-tensor", cases={"a-number": 5.0, "a-list": [1.0, 2.0]}, needs=["HKS-02"])
def a_hook_may_return_only_a_tensor_or_none(torch, observe, wrong):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.register_hook(lambda grad: wrong)
    with observe.raises("backward", TypeError, saying=("hook", type(wrong).__name__)):
        (y * y).sum().backward()
    observe("the leaf's gradient", x.grad, documented=None)


@scenario("HKS-10/another-dtype", needs=["HKS-02"], dtypes=["float32"])
def a_hook_may_not_return_a_gradient_of_another_dtype(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.register_hook(lambda grad: grad.to(torch.float64))
    with observe.raises("backward", RuntimeError, saying=("hook", "type")):
        (y * y).sum().backward()


@scenario("HKS-11", needs=["HKS-01"])
def an_exception_in_a_hook_leaves_backward(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2

    def fail(grad):
        raise KeyError("in the hook")

    y.register_hook(fail)
    with observe.raises("backward", KeyError, saying="in the hook"):
        (y * y).sum().backward()
    observe("the leaf's gradient", x.grad, documented=None)


@scenario("HKS-11/usable-afterwards", needs=["HKS-11"])
def after_a_failing_hook_the_engine_is_usable_and_nothing_counted_twice(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    fail = [True]

    def maybe(grad):
        if fail[0]:
            raise KeyError("in the hook")

    y = x * 2
    y.register_hook(maybe)
    loss = (y * y).sum()
    with observe.raises("the failing backward", KeyError):
        loss.backward(retain_graph=True)
    fail[0] = False
    loss.backward()
    observe("the gradient after the second attempt", x.grad, documented=[8.0, 16.0])


@scenario("HKS-11/half-done", needs=["HKS-11"])
def leaves_reached_before_the_failure_keep_their_gradient(torch, observe):
    early = torch.tensor([1.0], requires_grad=True)
    late = torch.tensor([1.0], requires_grad=True)
    h = late * 2

    def fail(grad):
        raise KeyError("in the hook")

    h.register_hook(fail)
    with observe.raises("backward", KeyError):
        (h * 3 * early).sum().backward()
    observe("the leaf behind the failure", late.grad, documented=None)
    observe("the leaf before it", early.grad)


@scenario("HKS-12", needs=["HKS-01"])
def a_hook_on_an_input_of_autograd_grad_runs_though_its_node_does_not(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    h = x * 2
    log = []
    h.register_hook(lambda grad: log.append("tensor hook"))
    h.grad_fn.register_hook(lambda grad_inputs, grad_outputs: log.append("node hook"))
    (grad,) = torch.autograd.grad((h * h).sum(), h)
    observe("what ran", log, documented=["tensor hook"])
    observe("the gradient", grad, documented=[4.0, 8.0])


@scenario("HKS-13", needs=["HKS-01"])
def hooks_run_without_grad_mode_unless_create_graph(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    modes = []
    x.register_hook(lambda grad: modes.append(torch.is_grad_enabled()))
    (x * x).sum().backward()
    torch.autograd.grad((x * x).sum(), x, create_graph=True)
    observe("grad mode inside: plain, then under create_graph", modes, documented=[False, True])


@scenario("HKS-13/differentiable", needs=["HKS-13", "HKS-02"])
def under_create_graph_a_replacement_is_differentiated(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.register_hook(lambda grad: grad * grad)
    (first,) = torch.autograd.grad((x * x).sum(), x, create_graph=True)
    observe("the replaced gradient", first, documented=[4.0, 16.0])
    first.sum().backward()
    # d/dx (2x)^2 = 8x, which passes through the hook as well: squared.
    observe("its derivative, seen through the hook again", x.grad, documented=[64.0, 256.0])


@scenario("HKS-22", needs=["HKS-01", "INP-12"])
def a_hook_belongs_to_the_value_at_its_registration(torch, observe):
    x = torch.tensor([0.5], requires_grad=True)
    y = x * 2
    seen = {}
    y.register_hook(lambda grad: seen.update(before=grad.clone()))
    y.mul_(10.0)
    y.register_hook(lambda grad: seen.update(after=grad.clone()))
    (y * 3).sum().backward()
    observe("registered after the change", seen["after"], documented=[3.0])
    observe("registered before it", seen["before"], documented=[30.0])


@scenario("HKS-22/retain-grad", needs=["HKS-22"])
def retain_grad_moves_to_the_newest_value_while_hooks_stay(torch, observe):
    x = torch.tensor([0.5], requires_grad=True)
    y = x * 2
    seen = []
    y.register_hook(lambda grad: seen.append(grad.clone()))
    y.retain_grad()
    y.mul_(10.0)
    (y * 3).sum().backward()
    observe("the hook, registered before the change", seen, documented=[[30.0]])
    observe("the retained gradient", y.grad, documented=[3.0])


@scenario("HKS-22/after-a-view-changed", needs=["HKS-22", "INP-13"])
def a_hook_on_a_base_stays_with_the_old_value_when_a_view_changes(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1
    seen = []
    y.register_hook(lambda grad: seen.append(grad.clone()))
    y[0:1].mul_(10.0)
    (y * 3).sum().backward()
    observe("the hook received", seen, documented=[[30.0, 3.0]])


@scenario("HKS-27", needs=["HKS-01/on-a-leaf"])
def hooks_on_tensors_that_backward_does_not_reach_stay_silent(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    unused = torch.tensor([1.0], requires_grad=True)
    log = []
    x.register_hook(lambda grad: log.append("x"))
    unused.register_hook(lambda grad: log.append("unused leaf"))
    side = x * 5
    side.register_hook(lambda grad: log.append("side branch"))
    (x * 2).sum().backward()
    observe("what fired", log, documented=["x"])


@scenario("HKS-27/not-requested", needs=["HKS-27"])
def hooks_off_the_way_to_the_requested_inputs_stay_silent(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    w = torch.tensor([2.0], requires_grad=True)
    log = []
    w.register_hook(lambda grad: log.append("w"))
    x.register_hook(lambda grad: log.append("x"))
    torch.autograd.grad((x * w).sum(), x)
    observe("what fired", log, documented=["x"])


@scenario("HKS-28", needs=["HKS-01"])
def a_hook_does_not_outlive_its_tensors_graph(torch, observe):
    class Marker:
        pass

    marker = Marker()
    gone = weakref.ref(marker)
    x = torch.tensor([1.0], requires_grad=True)
    y = x * 2
    y.register_hook(lambda grad, kept=marker: None)
    del marker
    observe("the hook keeps what it refers to", gone() is not None, documented=True)
    del y
    gc.collect(1)
    observe("until the graph is dropped", gone() is None, documented=True)
