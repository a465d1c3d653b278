"""Ways out of the graph, and copies that stay in it: detach, clone, tensor, numpy, item, deepcopy."""

import copy

from conformance.scenario import scenario


@scenario("ACC-18", needs=["ACC-06"])
def detach_gives_a_tensor_that_does_not_require_grad(torch, observe):
    y = torch.tensor([1.0, 2.0], requires_grad=True) * 2
    d = y.detach()
    observe("requires_grad", d.requires_grad, documented=False)
    observe("is_leaf", d.is_leaf, documented=True)
    observe("grad_fn", d.grad_fn, documented=None)
    observe("the source still requires grad", y.requires_grad, documented=True)


@scenario("ACC-18/memory", needs=["ACC-18"])
def detach_shares_storage_with_its_source(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    d = w.detach()
    d[0] = 10.0
    observe("a write to the detached tensor shows in the source", w, documented=[10.0, 2.0])
    with torch.no_grad():
        w[1] = 20.0
    observe("a write to the source shows in the detached tensor", d, documented=[10.0, 20.0])


@scenario("ACC-18/of-what-requires-no-grad")
def detach_of_a_tensor_outside_any_graph_is_another_object_on_the_same_storage(torch, observe):
    t = torch.tensor([1.0, 2.0])
    d = t.detach()
    observe("another object", d is not t)
    d[0] = 10.0
    observe("the source after a write to the detached tensor", t, documented=[10.0, 2.0])


@scenario("ACC-18/stays-out", needs=["ACC-18"])
def what_is_computed_from_detached_tensors_alone_is_outside_the_graph(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    observe("requires_grad", (w.detach() * 3).requires_grad, documented=False)
    torch.sum(w * w.detach()).backward()
    observe("the gradient of w * w.detach(): the detached factor is a constant", w.grad, documented=[1.0, 2.0])


@scenario("ACC-19", needs=["ACC-06", "BWD-01"])
def detach_in_place_turns_a_non_leaf_into_a_leaf(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    y = w * 2
    observe("it returns the tensor itself", y.detach_() is y, documented=True)
    observe("is_leaf", y.is_leaf, documented=True)
    observe("requires_grad", y.requires_grad, documented=False)
    observe("grad_fn", y.grad_fn, documented=None)
    torch.sum(y.requires_grad_() * 3).backward()
    observe("its own gradient, once it requires grad", y.grad, documented=[3.0, 3.0])
    observe("the gradient of what it was computed from", w.grad, documented=None)


@scenario("ACC-20", needs=["ACC-19"])
def detach_in_place_of_a_view_is_refused(torch, observe):
    w = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = w * 2
    row = y[0]
    with observe.raises("on a view of a non-leaf", RuntimeError, saying="view"):
        row.detach_()
    with observe.raises("on a view of a leaf", RuntimeError, saying="view"):
        w.view(4).detach_()
    observe("the view still requires grad", row.requires_grad, documented=True)


@scenario("ACC-33", needs=["ACC-06"])
def a_clone_is_a_recorded_copy(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    c = w.clone()
    observe("is_leaf", c.is_leaf, documented=False)
    observe("it has a grad_fn", c.grad_fn is not None, documented=True)
    torch.sum(c * 3).backward()
    observe("the gradient of the source", w.grad, documented=[3.0, 3.0])


@scenario("ACC-33/memory", needs=["ACC-33", "ACC-18/memory"])
def a_clone_has_memory_of_its_own(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    c = w.clone()
    w.detach()[0] = 10.0
    observe("the clone after a write to the source", c, documented=[1.0, 2.0])
    c.detach()[1] = 20.0
    observe("the source after a write to the clone", w, documented=[10.0, 2.0])


@scenario("ACC-33/detached", needs=["ACC-33", "ACC-18"])
def a_detached_clone_is_a_copy_outside_the_graph(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    c = w.detach().clone()
    c.mul_(10)
    observe("is_leaf", c.is_leaf, documented=True)
    observe("requires_grad", c.requires_grad, documented=False)
    observe("the source after a write to it", w, documented=[1.0, 2.0])


@scenario("ACC-34", needs=["ACC-06"])
def tensor_of_a_tensor_copies_its_data_and_drops_the_graph(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    with observe.warns("the construction", UserWarning, saying="clone"):
        copied = torch.tensor(w)
    observe("requires_grad", copied.requires_grad, documented=False)
    observe("is_leaf", copied.is_leaf, documented=True)
    copied[0] = 10.0
    observe("the source after a write to the copy", w, documented=[1.0, 2.0])


@scenario("ACC-34/requires-grad", needs=["ACC-34"])
def tensor_of_a_tensor_with_requires_grad_is_a_new_leaf(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    new = torch.tensor(w * 2, requires_grad=True)
    observe("is_leaf", new.is_leaf, documented=True)
    torch.sum(new * 3).backward()
    observe("the new leaf's gradient", new.grad, documented=[3.0, 3.0])
    observe("the source's gradient", w.grad, documented=None)


@scenario("ACC-34/as_tensor", needs=["ACC-06"])
def as_tensor_of_a_tensor_keeps_the_graph(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    observe("of a leaf, the same object", torch.as_tensor(w) is w, documented=True)
    y = torch.as_tensor(w * 2)
    observe("of a non-leaf, is_leaf", y.is_leaf, documented=False)
    torch.sum(y).backward()
    observe("the leaf's gradient", w.grad, documented=[2.0, 2.0])


@scenario("ACC-36", devices="cpu", needs=["ACC-18"])
def numpy_of_a_tensor_that_requires_grad_is_refused(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    with observe.raises("numpy() of a leaf", RuntimeError, saying="detach"):
        w.numpy()
    with observe.raises("numpy() of a non-leaf", RuntimeError, saying="detach"):
        (w * 2).numpy()
    observe("detach().numpy()", w.detach().numpy(), documented=[1.0, 2.0])


@scenario("ACC-36/memory", devices="cpu", needs=["ACC-36"])
def a_numpy_array_shares_memory_with_its_tensor(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    array = w.detach().numpy()
    array[0] = 10.0
    observe("a write to the array shows in the tensor", w, documented=[10.0, 2.0])


@scenario("ACC-36/force", devices="cpu", needs=["ACC-36"])
def numpy_may_be_forced(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    observe("of a leaf", w.numpy(force=True), documented=[1.0, 2.0])
    observe("of a non-leaf", (w * 2).numpy(force=True), documented=[2.0, 4.0])


@scenario("ACC-37")
def item_gives_a_plain_number(torch, observe):
    w = torch.tensor([2.5], requires_grad=True)
    observe("of a leaf", w.item(), documented=2.5)
    observe("of a non-leaf", torch.sum(w * 2).item(), documented=5.0)
    observe("of an integer", torch.tensor(3).item(), documented=3)
    observe("of a boolean", torch.tensor(True).item(), documented=True)


@scenario("ACC-37/tolist")
def tolist_gives_nested_lists_of_plain_numbers(torch, observe):
    w = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    observe("of a leaf", w.tolist(), documented=[[1.0, 2.0], [3.0, 4.0]])
    observe("of a non-leaf", (w * 2).tolist(), documented=[[2.0, 4.0], [6.0, 8.0]])
    observe("of a zero-dim tensor", torch.sum(w).tolist(), documented=10.0)


@scenario("ACC-37/constant", needs=["ACC-37", "BWD-01"])
def an_item_is_a_constant_of_the_graph(torch, observe):
    w = torch.tensor(3.0, requires_grad=True)
    (w * w.item()).backward()
    observe("the gradient of w * w.item()", w.grad, documented=3.0)


@scenario("ACC-37/of-many-elements")
def item_of_more_than_one_element_is_refused(torch, observe):
    with observe.raises("item() of two elements", RuntimeError):
        torch.tensor([1.0, 2.0], requires_grad=True).item()


@scenario("ACC-38", needs=["ACC-02"])
def deepcopy_of_a_leaf_copies_its_value_flag_and_gradient(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.sum(w * 3).backward()
    twin = copy.deepcopy(w)
    observe("its value", twin, documented=[1.0, 2.0])
    observe("requires_grad", twin.requires_grad, documented=True)
    observe("is_leaf", twin.is_leaf, documented=True)
    observe("its gradient", twin.grad, documented=[3.0, 3.0])
    torch.sum(w * 3).backward()
    observe("its gradient after another backward of the source", twin.grad, documented=[3.0, 3.0])


@scenario("ACC-38/non-leaf", needs=["ACC-38"])
def deepcopy_of_a_non_leaf_is_refused(torch, observe):
    y = torch.tensor([1.0, 2.0], requires_grad=True) * 2
    with observe.raises("deepcopy", RuntimeError, saying="deepcopy"):
        copy.deepcopy(y)


@scenario("ACC-37/of-several", needs=["ACC-37"], cases={"float": float, "int": int, "complex": complex})
def python_numbers_of_several_elements_are_refused(torch, observe, number):
    with observe.raises("of two elements", ValueError, saying="one element"):
        number(torch.tensor([1.0, 2.0]))
    with observe.raises("of none", ValueError, saying="one element"):
        number(torch.tensor([]))


@scenario("ACC-37/of-a-complex-number", needs=["ACC-37"])
def a_complex_number_is_a_real_one_where_its_imaginary_part_is_zero(torch, observe):
    observe("float of 3 + 0j", float(torch.tensor(3 + 0j)))
    with observe.raises("float of 2j", RuntimeError):
        float(torch.tensor(2j))


@scenario("ACC-40", needs=["ACC-37"])
def making_a_python_number_of_a_tensor_that_requires_grad_warns(torch, observe):
    w = torch.tensor(1.5, requires_grad=True)
    before = torch.is_warn_always_enabled()
    torch.set_warn_always(True)
    try:
        with observe.warns("float()", UserWarning, saying="detach"):
            float(w)
        with observe.warns("complex()", UserWarning, saying="detach"):
            complex(w)
        with observe.warns("int()"):
            int(w)
        with observe.warns("item()"):
            w.item()
        with observe.warns("float() of what was detached"):
            float(w.detach())
        with torch.no_grad(), observe.warns("float() under no_grad"):
            float(w)
    finally:
        torch.set_warn_always(before)


@scenario("ACC-18/deleting", needs=["ACC-18"])
def requires_grad_and_data_cannot_be_deleted(torch, observe):
    w = torch.tensor(1.5, requires_grad=True)
    with observe.raises("del w.requires_grad", RuntimeError):
        del w.requires_grad
    with observe.raises("del w.data", RuntimeError):
        del w.data


@scenario("ACC-36/under-no-grad", devices="cpu", needs=["ACC-36"])
def numpy_is_refused_in_grad_mode_only(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.no_grad():
        observe("under no_grad", x.numpy().tolist())
        observe("of a result", (x * 2).numpy().tolist())
