"""Assigning to .grad: what is accepted, what is refused, and what the next backward adds to."""

from conformance.scenario import scenario


@scenario("ZER-10")
def a_gradient_of_another_shape_is_refused(torch, observe):
    w = torch.tensor([[1.0, 2.0]], requires_grad=True)
    with observe.raises("more elements", RuntimeError, saying="grad"):
        w.grad = torch.tensor([1.0, 2.0, 3.0])
    with observe.raises("the same number of elements", RuntimeError, saying="grad"):
        w.grad = torch.tensor([[1.0], [2.0]])
    with observe.raises("what would broadcast to it", RuntimeError, saying="grad"):
        w.grad = torch.tensor([1.0, 2.0])
    observe("the gradient after all that", w.grad, documented=None)


@scenario("ZER-11", dtypes=["float32"])
def a_gradient_of_another_dtype_is_refused(torch, observe):
    w = torch.tensor([1.0, 2.0], dtype=torch.float32, requires_grad=True)
    with observe.raises("a float64 gradient of a float32 leaf", RuntimeError, saying="dtype"):
        w.grad = torch.tensor([1.0, 2.0], dtype=torch.float64)
    with observe.raises("an integer one", RuntimeError, saying="dtype"):
        w.grad = torch.tensor([1, 2])
    observe("the gradient after all that", w.grad, documented=None)


@scenario("ZER-12")
def a_gradient_on_another_device_is_refused(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    with observe.raises("a gradient on the meta device", RuntimeError, saying="device"):
        w.grad = torch.ones(2, device="meta")
    observe("the gradient after that", w.grad, documented=None)


@scenario("ZER-12/accelerator", devices="accelerator", needs=["CUD-01"])
def a_gradient_on_the_cpu_of_a_leaf_on_the_accelerator_is_refused(torch, observe):
    device = torch.get_default_device()
    w = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    with observe.raises("a gradient on the CPU", RuntimeError, saying="device"):
        w.grad = torch.ones(2, device="cpu")
    on_cpu = torch.tensor([1.0, 2.0], device="cpu", requires_grad=True)
    with observe.raises("the other way round", RuntimeError, saying="device"):
        on_cpu.grad = torch.ones(2, device=device)


@scenario("ZER-13", cases={"list": [1.0, 2.0], "number": 1.0, "string": "zeros", "false": False})
def a_gradient_that_is_neither_a_tensor_nor_none_is_refused(torch, observe, gradient):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    with observe.raises("the assignment", TypeError, saying="Tensor"):
        w.grad = gradient
    observe("the gradient after that", w.grad, documented=None)


@scenario("ZER-14")
def a_tensor_cannot_be_its_own_gradient(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    with observe.raises("w.grad = w", RuntimeError, saying="grad"):
        w.grad = w
    observe("the gradient after that", w.grad, documented=None)


@scenario("ZER-15", needs=["ACC-27"])
def an_assigned_gradient_is_what_backward_adds_to(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    start = torch.tensor([10.0, 20.0])
    w.grad = start
    observe("the same tensor", w.grad is start, documented=True)
    torch.sum(w * 3).backward()
    observe("the gradient", w.grad, documented=[13.0, 23.0])
    observe("it is still the tensor that was assigned", w.grad is start, documented=True)
    observe("which was written to", start, documented=[13.0, 23.0])


@scenario("ZER-15/layout", needs=["ZER-15"])
def an_assigned_gradient_keeps_its_strides(torch, observe):
    w = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], requires_grad=True)
    w.grad = torch.zeros(2, 3).t()
    observe("the leaf's strides", list(w.stride()), documented=[2, 1])
    observe("the assigned gradient's strides", list(w.grad.stride()), documented=[1, 3])
    torch.sum(w * 3).backward()
    observe("its strides after a backward", list(w.grad.stride()), documented=[1, 3])
    observe("the gradient", w.grad, documented=[[3.0, 3.0], [3.0, 3.0], [3.0, 3.0]], layout=True)


@scenario("ZER-15/under-create-graph", needs=["ZER-15", "ACC-28"])
def an_assigned_gradient_is_replaced_under_create_graph(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    start = torch.tensor([10.0, 20.0])
    w.grad = start
    torch.sum(w * w).backward(create_graph=True)
    observe("the gradient", w.grad, documented=[12.0, 24.0])
    observe("what was assigned is unchanged", start, documented=[10.0, 20.0])


@scenario("ZER-15/views-of-one-buffer", needs=["ZER-15"])
def gradients_may_be_views_of_one_flat_buffer(torch, observe):
    buffer = torch.zeros(5)
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = torch.tensor([3.0, 4.0, 5.0], requires_grad=True)
    a.grad = buffer[:2]
    b.grad = buffer[2:]
    (torch.sum(a * 3) + torch.sum(b * b)).backward()
    observe("the buffer", buffer, documented=[3.0, 3.0, 6.0, 8.0, 10.0])


@scenario("ZER-15/before-requires-grad")
def a_tensor_that_does_not_require_grad_may_be_given_a_gradient(torch, observe):
    t = torch.tensor([1.0, 2.0])
    t.grad = torch.tensor([3.0, 4.0])
    observe("the gradient", t.grad, documented=[3.0, 4.0])
    observe("requires_grad", t.requires_grad, documented=False)


@scenario("ZER-16", needs=["ZER-08"])
def deleting_the_gradient_makes_it_none(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.sum(w * 3).backward()
    del w.grad
    observe("after del", w.grad, documented=None)
    torch.sum(w * 5).backward()
    observe("after another backward", w.grad, documented=[5.0, 5.0])


@scenario("ZER-19", dtypes=["float32"])
def grad_dtype_is_the_dtype_that_a_gradient_has_to_have(torch, observe):
    w = torch.tensor([1.0, 2.0], dtype=torch.float32, requires_grad=True)
    observe("by default", w.grad_dtype, documented=torch.float32)
    w.grad_dtype = torch.float64
    observe("once set", w.grad_dtype, documented=torch.float64)
    w.grad = torch.tensor([1.0, 2.0], dtype=torch.float64)
    observe("the gradient", w.grad, documented=[1.0, 2.0])
    with observe.raises("a gradient of the leaf's own dtype", RuntimeError, saying="dtype"):
        w.grad = torch.tensor([1.0, 2.0], dtype=torch.float32)


@scenario("ZER-19/none", dtypes=["float32"], needs=["ZER-19"])
def grad_dtype_none_allows_any_dtype(torch, observe):
    w = torch.tensor([1.0, 2.0], dtype=torch.float32, requires_grad=True)
    w.grad_dtype = None
    observe("once set", w.grad_dtype, documented=None)
    w.grad = torch.tensor([1.0, 2.0], dtype=torch.float64)
    observe("dtype of a float64 gradient", w.grad.dtype, documented=torch.float64)
    w.grad = torch.tensor([1.0, 2.0], dtype=torch.float32)
    observe("dtype of a float32 gradient", w.grad.dtype, documented=torch.float32)


@scenario("ZER-19/backward", dtypes=["float32"], needs=["ZER-19"])
def backward_makes_the_gradient_in_grad_dtype(torch, observe):
    w = torch.tensor([1.0, 2.0], dtype=torch.float32, requires_grad=True)
    w.grad_dtype = torch.float64
    torch.sum(w * 3).backward()
    observe("dtype of the gradient", w.grad.dtype, documented=torch.float64)
    observe("the gradient", w.grad, documented=[3.0, 3.0])
