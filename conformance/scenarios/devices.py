"""Devices: where gradients live, what a move records, and what may be mixed."""

from conformance.scenario import scenario


@scenario("CUD-01", devices="accelerator", needs=["BWD-01"])
def the_gradient_is_on_the_device_of_the_leaf(torch, observe):
    device = torch.get_default_device()
    w = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    observe("is_leaf", w.is_leaf, documented=True)
    torch.sum(w * w).backward()
    observe("the gradient is where the leaf is", w.grad.device == w.device, documented=True)
    observe("and that is no CPU", w.grad.device.type != "cpu", documented=True)
    observe("the gradient", w.grad, documented=[2.0, 4.0])


@scenario("CUD-01/default-device", devices="accelerator", needs=["CUD-01"])
def without_a_device_a_factory_uses_the_default_one(torch, observe):
    device = torch.get_default_device()
    observe("of torch.tensor", torch.tensor([1.0]).device.type == device.type, documented=True)
    observe("of torch.zeros", torch.zeros(2).device.type == device.type, documented=True)
    observe("of a module's parameter", torch.nn.Linear(2, 1).weight.device.type == device.type, documented=True)
    observe("a device that is named goes first", torch.zeros(2, device="cpu").device.type, documented="cpu")


@scenario("CUD-02", devices="accelerator", needs=["CUD-01"])
def a_move_to_the_accelerator_is_recorded(torch, observe):
    device = torch.get_default_device()
    w = torch.tensor([1.0, 2.0], device="cpu", requires_grad=True)
    moved = w.to(device)
    observe("is_leaf of what was moved", moved.is_leaf, documented=False)
    observe("it has a grad_fn", moved.grad_fn is not None, documented=True)
    torch.sum(moved * moved).backward()
    observe("the device of the leaf's gradient", w.grad.device.type, documented="cpu")
    observe("the leaf's gradient", w.grad, documented=[2.0, 4.0])


@scenario("CUD-02/to-the-cpu", devices="accelerator", needs=["CUD-01"])
def a_move_to_the_cpu_is_recorded(torch, observe):
    device = torch.get_default_device()
    w = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    moved = w.cpu()
    observe("the device of what was moved", moved.device.type, documented="cpu")
    observe("is_leaf", moved.is_leaf, documented=False)
    torch.sum(moved * moved).backward()
    observe("the leaf's gradient is where the leaf is", w.grad.device == w.device, documented=True)
    observe("the leaf's gradient", w.grad, documented=[2.0, 4.0])


@scenario("CUD-02/there-and-back", devices="accelerator", needs=["CUD-02"])
def a_gradient_passes_through_several_moves(torch, observe):
    device = torch.get_default_device()
    w = torch.tensor([1.0, 2.0], device="cpu", requires_grad=True)
    y = (w * 3).to(device)
    z = (y * 5).cpu() + w
    torch.sum(z).backward()
    observe("the gradient over both paths", w.grad, documented=[16.0, 16.0])


@scenario("CUD-02/nothing-to-move", needs=["ACC-08/to-its-device"])
def a_move_to_where_the_tensor_is_returns_it(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    observe("named by its device", w.to(w.device) is w, documented=True)
    observe("named by another tensor", w.to(torch.ones(1)) is w, documented=True)


@scenario("CUD-02/cpu-to-cpu", devices="cpu")
def cpu_of_a_tensor_on_the_cpu_returns_it(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    observe("w.cpu() is w", w.cpu() is w, documented=True)
    observe("w.to('cpu') is w", w.to("cpu") is w, documented=True)


@scenario("CUD-03", devices="accelerator", needs=["CUD-02", "NLG-01"])
def a_leaf_that_is_moved_at_once_is_lost(torch, observe):
    device = torch.get_default_device()
    moved = torch.tensor([1.0, 2.0], device="cpu", requires_grad=True).to(device)
    observe("moved after requires_grad: is_leaf", moved.is_leaf, documented=False)
    torch.sum(moved).backward()
    with observe.warns("reading its gradient", UserWarning, saying="leaf"):
        observe("its gradient", moved.grad, documented=None)


@scenario("CUD-03/the-right-way", devices="accelerator", needs=["CUD-01"])
def a_leaf_on_the_accelerator_is_made_there_or_requires_grad_after_the_move(torch, observe):
    device = torch.get_default_device()
    made = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    moved = torch.tensor([1.0, 2.0], device="cpu").to(device).requires_grad_()
    for how, w in (("made there", made), ("moved first", moved)):
        observe(f"{how}: is_leaf", w.is_leaf, documented=True)
        torch.sum(w * 3).backward()
        observe(f"{how}: its gradient", w.grad, documented=[3.0, 3.0])


MIXED = {
    "add": lambda torch, a, b: a + b,
    "mul": lambda torch, a, b: a * b,
    "matmul": lambda torch, a, b: torch.matmul(a, b),
    "cat": lambda torch, a, b: torch.cat([a, b]),
    "dot": lambda torch, a, b: torch.dot(a, b),
}


@scenario("CUD-04", cases=MIXED, devices="accelerator")
def tensors_of_different_devices_are_not_mixed(torch, observe, op):
    there = torch.tensor([1.0, 2.0], device=torch.get_default_device())
    here = torch.tensor([3.0, 4.0], device="cpu")
    with observe.raises("the accelerator's first", RuntimeError, saying="device"):
        op(torch, there, here)
    with observe.raises("the CPU's first", RuntimeError, saying="device"):
        op(torch, here, there)


@scenario("CUD-04/zero-dim", devices="accelerator", needs=["CUD-01"])
def a_zero_dim_cpu_tensor_goes_with_any_device(torch, observe):
    there = torch.tensor([1.0, 2.0], device=torch.get_default_device())
    here = torch.tensor(3.0, device="cpu")
    for name, result in (("first", there * here), ("last", here * there)):
        observe(f"the accelerator's tensor {name}: its device", result.device == there.device, documented=True)
        observe(f"the accelerator's tensor {name}", result, documented=[3.0, 6.0])


@scenario("CUD-04/zero-dim-elsewhere", devices="accelerator", needs=["CUD-04/zero-dim"])
def a_zero_dim_tensor_of_the_accelerator_does_not_go_with_the_cpu(torch, observe):
    there = torch.tensor(3.0, device=torch.get_default_device())
    here = torch.tensor([1.0, 2.0], device="cpu")
    with observe.raises("the product", RuntimeError, saying="device"):
        here * there


@scenario("CUD-04/gradient", devices="accelerator", needs=["CUD-01", "BWD-06"])
def the_gradient_passed_to_backward_is_on_the_outputs_device(torch, observe):
    w = torch.tensor([1.0, 2.0], device=torch.get_default_device(), requires_grad=True)
    with observe.raises("a gradient on the CPU", RuntimeError, saying="device"):
        (w * w).backward(torch.ones(2, device="cpu"))
    observe("the leaf's gradient after that", w.grad, documented=None)


@scenario("CUD-05", devices="accelerator", needs=["CUD-04/zero-dim"])
def the_gradient_of_a_zero_dim_cpu_leaf_is_a_zero_dim_cpu_tensor(torch, observe):
    there = torch.tensor([1.0, 2.0], device=torch.get_default_device(), requires_grad=True)
    scale = torch.tensor(3.0, device="cpu", requires_grad=True)
    torch.sum(there * scale).backward()
    observe("the device of the CPU leaf's gradient", scale.grad.device.type, documented="cpu")
    observe("the CPU leaf's gradient", scale.grad, documented=3.0)
    observe("the other leaf's gradient is where it is", there.grad.device == there.device, documented=True)
    observe("the other leaf's gradient", there.grad, documented=[3.0, 3.0])


def on_a_side_stream(torch):
    """A new stream of the default accelerator, what makes it the current one, and its module."""
    module = getattr(torch, torch.get_default_device().type)
    stream = module.Stream()
    stream.wait_stream(module.current_stream())
    return stream, module.stream, module


@scenario("CUD-06", devices="accelerator", needs=["CUD-01"])
def a_backward_after_a_forward_on_another_stream_is_right(torch, observe):
    w = torch.ones(1 << 16, device=torch.get_default_device(), requires_grad=True)
    stream, current, module = on_a_side_stream(torch)
    with current(stream):
        y = w
        for _ in range(10):
            y = y * 2
        loss = torch.sum(y)
    module.current_stream().wait_stream(stream)
    loss.backward()
    # the backward ran on the side stream, and the current one waits for it
    observe("the least of the gradient", torch.min(w.grad), documented=1024.0)
    observe("the greatest of the gradient", torch.max(w.grad), documented=1024.0)


@scenario("CUD-06/accumulated", devices="accelerator", needs=["CUD-06", "ACC-02"])
def gradients_of_two_streams_accumulate(torch, observe):
    w = torch.ones(1 << 16, device=torch.get_default_device(), requires_grad=True)
    stream, current, module = on_a_side_stream(torch)
    with current(stream):
        elsewhere = torch.sum(w * 2)
    here = torch.sum(w * 3)
    module.current_stream().wait_stream(stream)
    (elsewhere + here).backward()
    observe("the least of the gradient", torch.min(w.grad), documented=5.0)
    observe("the greatest of the gradient", torch.max(w.grad), documented=5.0)


@scenario("CUD-11", devices="accelerator", needs=["LEG-05"])
def the_accelerators_legacy_constructors_make_tensors_on_it(torch, observe):
    device = torch.get_default_device()
    module = getattr(torch, device.type)  # torch.cuda.FloatTensor, and so on
    observe("the shape of FloatTensor(2, 3)", list(module.FloatTensor(2, 3).shape), documented=[2, 3])
    t = module.FloatTensor([1.0, 2.0])
    observe("its device", t.device.type == device.type, documented=True)
    observe("its dtype", t.dtype, documented=torch.float32)
    observe("its values", t, documented=[1.0, 2.0])
    observe("the dtype of DoubleTensor", module.DoubleTensor([1.0]).dtype, documented=torch.float64)
    observe("the dtype of LongTensor", module.LongTensor([1]).dtype, documented=torch.int64)


@scenario("CUD-11/variable", devices="accelerator", needs=["CUD-11", "LEG-01"])
def a_variable_of_an_accelerators_tensor_is_a_leaf_there(torch, observe):
    module = getattr(torch, torch.get_default_device().type)
    w = torch.autograd.Variable(module.FloatTensor([1.0, 2.0, 3.0]), requires_grad=True)
    torch.mean(w).backward()
    observe("its gradient is where it is", w.grad.device == w.device, documented=True)
    observe("its gradient", w.grad, documented=[1 / 3, 1 / 3, 1 / 3])


@scenario("CUD-12", devices="accelerator", needs=["ACC-36"])
def numpy_of_a_tensor_on_the_accelerator_is_refused(torch, observe):
    t = torch.tensor([1.0, 2.0], device=torch.get_default_device())
    with observe.raises("numpy()", TypeError, saying="cpu"):
        t.numpy()
    observe("cpu().numpy()", t.cpu().numpy(), documented=[1.0, 2.0])
    observe("numpy(force=True)", t.requires_grad_().numpy(force=True), documented=[1.0, 2.0])


MIXED_WITH_META = {
    "add": lambda torch, a, b: a + b,
    "mul": lambda torch, a, b: a * b,
    "matmul": lambda torch, a, b: torch.matmul(a, b),
}


@scenario("CUD-08", cases=MIXED_WITH_META)
def mixing_devices_is_refused_even_without_data(torch, observe, op):
    t = torch.tensor([1.0, 2.0])
    meta = torch.empty(2, device="meta")
    with observe.raises("a tensor with data and one on the meta device", RuntimeError, saying="device"):
        op(torch, t, meta)


@scenario("CUD-08/meta-alone", needs=["BWD-06"])
def on_the_meta_device_shapes_alone_are_computed(torch, observe):
    w = torch.empty(2, 3, device="meta", requires_grad=True)
    y = torch.sum(w * 2, 1)
    observe("the shape of the result", list(y.shape), documented=[2])
    observe("its device", y.device.type, documented="meta")
    y.backward(torch.empty(2, device="meta"))
    observe("the shape of the gradient", list(w.grad.shape), documented=[2, 3])
    observe("the device of the gradient", w.grad.device.type, documented="meta")


@scenario("CUD-08/zero-dim", needs=["CUD-08/mul"])
def a_zero_dim_cpu_tensor_goes_with_the_meta_device(torch, observe):
    result = torch.empty(2, device="meta") * torch.tensor(3.0, device="cpu")
    observe("the device of the product", result.device.type, documented="meta")
    observe("its shape", list(result.shape), documented=[2])
