"""inference_mode and the tensors made in it."""

import threading

from conformance.scenario import scenario


@scenario("MOD-12", needs=["MOD-01"])
def results_made_in_inference_mode_are_inference_tensors(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.inference_mode():
        y = x * 2
        fresh = torch.ones(2)
        observe("the mode inside", torch.is_inference_mode_enabled(), documented=True)
        observe("grad mode inside", torch.is_grad_enabled(), documented=False)
    observe("the value", y, documented=[2.0, 4.0])
    observe("the result is an inference tensor", y.is_inference(), documented=True)
    observe("it requires grad", y.requires_grad, documented=False)
    observe("it has a grad_fn", y.grad_fn is not None, documented=False)
    observe("so is a fresh tensor", fresh.is_inference(), documented=True)
    observe("the operand is not", x.is_inference(), documented=False)
    observe("the mode afterwards", torch.is_inference_mode_enabled(), documented=False)


@scenario("MOD-12/of-a-view", needs=["MOD-12"])
def a_view_of_a_normal_tensor_made_in_inference_mode_is_normal(torch, observe):
    x = torch.tensor([1.0, 2.0])
    with torch.inference_mode():
        view = x[0:1]
        inner = (x * 2)[0:1]
    observe("a view of a normal tensor is an inference tensor", view.is_inference(), documented=False)
    observe("a view of an inference tensor is one", inner.is_inference(), documented=True)


@scenario("MOD-13", needs=["MOD-12"])
def an_inference_tensor_cannot_be_saved_for_backward(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.inference_mode():
        y = torch.tensor([3.0, 4.0])
    with observe.raises("multiplying it with a recorded tensor", RuntimeError, saying=("inference", "saved")):
        x * y


@scenario("MOD-13/clone", needs=["MOD-13", "MOD-17"])
def its_clone_can_be_saved_for_backward(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.inference_mode():
        y = torch.tensor([3.0, 4.0])
    (x * y.clone()).sum().backward()
    observe("the gradient", x.grad, documented=[3.0, 4.0])


@scenario("MOD-14", needs=["MOD-12"])
def an_inference_tensor_may_take_part_where_it_is_not_saved(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.inference_mode():
        y = torch.tensor([3.0, 4.0])
    with observe.raises("adding it to a recorded tensor", RuntimeError):
        z = x + y
        z.sum().backward()
    observe("the gradient", x.grad)


@scenario("MOD-14/unrecorded", needs=["MOD-12"])
def an_inference_tensor_takes_part_freely_where_nothing_is_recorded(torch, observe):
    with torch.inference_mode():
        y = torch.tensor([3.0, 4.0])
    z = y * torch.tensor([2.0, 2.0])
    observe("the product", z, documented=[6.0, 8.0])
    observe("the product is an inference tensor", z.is_inference(), documented=False)


@scenario("MOD-15", needs=["MOD-12"])
def an_inference_tensor_may_not_be_changed_outside_the_mode(torch, observe):
    with torch.inference_mode():
        y = torch.tensor([3.0, 4.0])
        y.add_(1.0)
    observe("a change inside the mode", y, documented=[4.0, 5.0])
    with observe.raises("a change outside it", RuntimeError, saying="inference"):
        y.add_(1.0)


@scenario("MOD-16", needs=["MOD-12"])
def an_inference_tensor_cannot_be_made_to_require_grad_outside_the_mode(torch, observe):
    with torch.inference_mode():
        y = torch.tensor([3.0, 4.0])
    with observe.raises("requires_grad_()", RuntimeError, saying="inference"):
        y.requires_grad_()
    observe("it requires grad", y.requires_grad, documented=False)


@scenario("MOD-17", needs=["MOD-12"])
def the_clone_of_an_inference_tensor_is_a_normal_tensor(torch, observe):
    with torch.inference_mode():
        y = torch.tensor([3.0, 4.0])
        inside = y.clone()
    outside = y.clone()
    observe("a clone made in the mode is an inference tensor", inside.is_inference(), documented=True)
    observe("one made outside is", outside.is_inference(), documented=False)
    outside.requires_grad_()
    outside.pow(2).sum().backward()
    observe("the clone's gradient", outside.grad, documented=[6.0, 8.0])


@scenario("MOD-18", needs=["MOD-12"])
def an_inference_tensor_has_no_version_counter(torch, observe):
    with torch.inference_mode():
        y = torch.tensor([3.0, 4.0])
        with observe.raises("reading _version inside the mode", RuntimeError, saying="version"):
            y._version
    with observe.raises("reading _version outside it", RuntimeError, saying="version"):
        y._version


@scenario("MOD-19", needs=["MOD-12"])
def inference_mode_false_inside_returns_to_the_normal_mode(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.inference_mode():
        with torch.inference_mode(False):
            y = x * 3
            observe("the mode is on", torch.is_inference_mode_enabled(), documented=False)
        observe("the mode is on again", torch.is_inference_mode_enabled(), documented=True)
    observe("the result is an inference tensor", y.is_inference(), documented=False)
    observe("it requires grad", y.requires_grad, documented=True)
    y.sum().backward()
    observe("the gradient", x.grad, documented=[3.0, 3.0])


@scenario("MOD-19/inside-no-grad", needs=["MOD-19"])
def inference_mode_false_records_even_inside_no_grad(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    with torch.no_grad(), torch.inference_mode(False):
        observe("grad mode", torch.is_grad_enabled())
        observe("the result requires grad", (x * 2).requires_grad)


@scenario("MOD-20", needs=["MOD-12"])
def enable_grad_inside_inference_mode_records_nothing(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.inference_mode(), torch.enable_grad():
        y = x * 2
    observe("the result requires grad", y.requires_grad, documented=False)
    observe("it is an inference tensor", y.is_inference(), documented=True)


@scenario("MOD-21", needs=["MOD-12"])
def a_factory_asked_for_requires_grad_in_inference_mode(torch, observe):
    with torch.inference_mode():
        x = torch.zeros(2, requires_grad=True)
        y = x * 2
    observe("the result of an operation requires grad", y.requires_grad, documented=False)
    observe("the factory's tensor requires grad", x.requires_grad, documented=False)
    observe("it is an inference tensor", x.is_inference())


@scenario("MOD-22", needs=["MOD-12", "INP-01"])
def a_normal_tensor_changed_in_inference_mode_stays_normal(torch, observe):
    x = torch.tensor([1.0, 2.0])
    with torch.inference_mode():
        x.add_(1.0)
    observe("the value", x, documented=[2.0, 3.0])
    observe("it is an inference tensor", x.is_inference(), documented=False)
    observe("its version", x._version, documented=1)


@scenario("MOD-22/leaf", needs=["MOD-22"])
def a_leaf_that_requires_grad_may_be_changed_in_inference_mode(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.inference_mode():
        x.add_(1.0)
    observe("the value", x, documented=[2.0, 3.0])
    observe("it still requires grad", x.requires_grad, documented=True)
    (x * x).sum().backward()
    observe("the gradient", x.grad, documented=[4.0, 6.0])


@scenario("MOD-22/saved", needs=["MOD-22", "INP-08"])
def a_change_in_inference_mode_of_a_saved_tensor_is_caught(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = (x * x).sum()
    with torch.inference_mode():
        x.add_(1.0)
    with observe.raises("backward", RuntimeError, saying="version"):
        loss.backward()


@scenario("MOD-28", needs=["MOD-12"])
def inference_mode_is_thread_local(torch, observe):
    seen = []
    with torch.inference_mode():
        thread = threading.Thread(target=lambda: seen.append(torch.is_inference_mode_enabled()))
        thread.start()
        thread.join()
    observe("in a thread started inside the mode", seen, documented=[False])


@scenario("MOD-29", needs=["MOD-12"])
def backward_inside_inference_mode(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = (x * x).sum()
    with torch.inference_mode():
        loss.backward()
    observe("the gradient", x.grad)
    observe("it is an inference tensor", x.grad.is_inference())


@scenario("MOD-15/optimizer", needs=["MOD-15"], cases=["SGD", "Adam", "RMSprop"])
def an_inference_tensor_is_not_stepped_outside_of_the_mode(torch, observe, name):
    with torch.inference_mode():
        param = torch.tensor([1.0, 2.0])
    param.grad = torch.tensor([1.0, 1.0])
    optimizer = getattr(torch.optim, name)([param], lr=0.5)
    with observe.raises("the step", RuntimeError, saying="inference"):
        optimizer.step()
