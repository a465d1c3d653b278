"""The meta device: shapes, dtypes and graphs without data."""

import copy

from conformance.scenario import scenario


@scenario("CUD-17", needs=["CUD-08/meta-alone"])
def a_meta_tensor_has_a_shape_and_no_data(torch, observe):
    x = torch.empty(2, 3, device="meta")
    observe("its device", x.device.type, documented="meta")
    observe("is_meta", x.is_meta, documented=True)
    observe("its shape", list(x.shape), documented=[2, 3])
    observe("its strides", list(x.stride()), documented=[3, 1])
    observe("its dtype is the default", x.dtype == torch.get_default_dtype(), documented=True)
    observe("its size in bytes", x.nbytes == 6 * x.element_size(), documented=True)
    observe("a tensor with data is not there", torch.ones(2, device="cpu").is_meta, documented=False)


NUMBERS = {
    "item": lambda torch, x: x.item(),
    "float": lambda torch, x: float(x),
    "bool": lambda torch, x: bool(x),
    "tolist": lambda torch, x: x.tolist(),
    "cpu": lambda torch, x: x.cpu(),
    "to": lambda torch, x: x.to("cpu"),
    "numpy": lambda torch, x: x.numpy(),
    "nonzero": lambda torch, x: x.nonzero(),
    "masked-select": lambda torch, x: x.masked_select(x > 0),
    "mask-as-index": lambda torch, x: x.reshape(1)[x.reshape(1) > 0],
    "copy-to-the-cpu": lambda torch, x: torch.zeros((), device="cpu").copy_(x),
}


@scenario("CUD-17/numbers", cases=NUMBERS, needs=["CUD-17"])
def what_needs_numbers_is_refused(torch, observe, ask):
    with observe.raises("asking for numbers", Exception):
        ask(torch, torch.ones((), device="meta"))


MAKERS = {
    "tensor": lambda torch, x: torch.tensor([[1.0, 2.0]], device="meta"),
    "zeros": lambda torch, x: torch.zeros(2, 3, device="meta"),
    "full": lambda torch, x: torch.full((2, 3), 1.0, device="meta"),
    "rand": lambda torch, x: torch.rand(2, 3, device="meta"),
    "arange": lambda torch, x: torch.arange(3, device="meta"),
    "zeros-like": lambda torch, x: torch.zeros_like(x),
    "rand-like": lambda torch, x: torch.rand_like(x),
    "new-zeros": lambda torch, x: x.new_zeros(4),
    "zeros-like-on-the-cpu": lambda torch, x: torch.zeros_like(x, device="cpu"),
    "empty-like-of-the-cpu": lambda torch, x: torch.empty_like(torch.ones(2, device="cpu"), device="meta"),
    "to": lambda torch, x: torch.ones(2, 3, device="cpu").to("meta"),
    "clone": lambda torch, x: x.clone(),
    "detach": lambda torch, x: x.detach(),
    "deepcopy": lambda torch, x: copy.deepcopy(x),
    "transposed": lambda torch, x: x.t(),
    "slice": lambda torch, x: x[1:, ::2],
    "parameter": lambda torch, x: torch.nn.Parameter(x),
}


@scenario("CUD-17/made", cases=MAKERS, needs=["CUD-17"])
def tensors_are_made_on_the_meta_device(torch, observe, make):
    y = make(torch, torch.empty(2, 3, device="meta"))
    observe("its device", y.device.type)
    observe("its shape", list(y.shape))
    observe("its strides", list(y.stride()))


OPERATIONS = {
    "broadcast": lambda torch, x, w: (x.unsqueeze(2) + w).sum(-1),
    "matmul": lambda torch, x, w: x @ w,
    "reduction": lambda torch, x, w: torch.max(x, 1).values + w.mean(),
    "reshape": lambda torch, x, w: x.reshape(3, 2).t() * 2,
    "cat": lambda torch, x, w: torch.cat([x, x * 2], 1),
    "softmax": lambda torch, x, w: torch.softmax(x, 1),
    "index": lambda torch, x, w: x[:, [0, 0, 2]],
    "linear": lambda torch, x, w: torch.nn.functional.linear(x, w.t()),
    "loss": lambda torch, x, w: torch.nn.functional.mse_loss(x, x.detach()),
    "cross-entropy": lambda torch, x, w: torch.nn.functional.cross_entropy(x, x.detach().argmax(1)),
    "layer-norm": lambda torch, x, w: torch.nn.functional.layer_norm(x, (3,)),
    "convolution": lambda torch, x, w: torch.nn.functional.conv1d(x[None], w[:2, :, None].transpose(0, 1)[:, :2]),
    "attention": lambda torch, x, w: torch.nn.functional.scaled_dot_product_attention(x[None], x[None], x[None]),
    "in-place": lambda torch, x, w: x.clone().mul_(2).add_(1),
    "dropout": lambda torch, x, w: torch.nn.functional.dropout(x, 0.5),
}


@scenario("CUD-17/operations", cases=OPERATIONS, needs=["CUD-17"])
def operations_compute_shapes_and_graphs(torch, observe, apply):
    x = torch.empty(2, 3, device="meta", requires_grad=True)
    w = torch.empty(3, 4, device="meta", requires_grad=True)
    y = apply(torch, x, w)
    observe("the result", [y.device.type, list(y.shape), y.requires_grad])
    y.sum().backward()
    observe("the gradient", [x.grad.device.type, list(x.grad.shape)], documented=["meta", [2, 3]])


@scenario("CUD-17/grad", needs=["CUD-17/operations/matmul"])
def gradients_of_gradients_on_the_meta_device(torch, observe):
    x = torch.empty(2, 3, device="meta", requires_grad=True)
    (g,) = torch.autograd.grad((x * x * x).sum(), x, create_graph=True)
    observe("the first", [g.device.type, list(g.shape), g.requires_grad], documented=["meta", [2, 3], True])
    (h,) = torch.autograd.grad(g.sum(), x)
    observe("the second", [h.device.type, list(h.shape)], documented=["meta", [2, 3]])


@scenario("CUD-17/hooks", needs=["CUD-17/operations/matmul", "HKS-01"])
def hooks_see_meta_gradients(torch, observe):
    x = torch.empty(2, 3, device="meta", requires_grad=True)
    seen = []
    y = x * 2
    y.register_hook(lambda g: seen.append([g.device.type, list(g.shape)]))
    x.register_hook(lambda g: g * 3)
    y.sum().backward()
    y = (x * 2).sum()
    y.backward()
    observe("what the hook saw", seen, documented=[["meta", [2, 3]]])
    observe("the gradient", [x.grad.device.type, list(x.grad.shape)], documented=["meta", [2, 3]])


@scenario("CUD-17/a-gradient-elsewhere", needs=["CUD-17"])
def a_gradient_on_another_device_is_refused(torch, observe):
    x = torch.empty(2, device="meta", requires_grad=True)
    with observe.raises("a gradient with data", RuntimeError, saying="device"):
        (x * 2).backward(torch.ones(2, device="cpu"))
    with observe.raises("one assigned", RuntimeError, saying="device"):
        x.grad = torch.ones(2, device="cpu")
    observe("the gradient after that", x.grad, documented=None)


@scenario("CUD-17/moved", needs=["CUD-17", "BWD-01"])
def a_move_to_the_meta_device_is_recorded(torch, observe):
    w = torch.tensor([1.0, 2.0], device="cpu", requires_grad=True)
    y = w.to("meta")
    observe("requires grad", y.requires_grad, documented=True)
    with observe.raises("the way back", NotImplementedError):
        y.sum().backward()
    observe("the gradient", w.grad, documented=None)


@scenario("CUD-17/modules", needs=["CUD-17/operations/linear"])
def a_module_on_the_meta_device(torch, observe):
    module = torch.nn.Linear(3, 2, device="meta")
    observe("its parameters", [p.device.type for p in module.parameters()], documented=["meta", "meta"])
    y = module(torch.empty(4, 3, device="meta"))
    observe("the output's shape", list(y.shape), documented=[4, 2])
    with observe.raises("a move to the CPU", NotImplementedError, saying="to_empty"):
        module.to("cpu")
    module.to_empty(device="cpu")
    observe("after to_empty", [p.device.type for p in module.parameters()], documented=["cpu", "cpu"])
    observe("the shape", list(module.weight.shape), documented=[2, 3])


@scenario("CUD-17/load-by-assignment", needs=["CUD-17/modules"])
def a_state_dict_is_assigned_to_a_meta_module(torch, observe):
    module = torch.nn.Linear(2, 1, device="meta")
    state = {"weight": torch.tensor([[1.0, 2.0]], device="cpu"), "bias": torch.tensor([3.0], device="cpu")}
    module.load_state_dict(state, assign=True)
    observe("the output", module(torch.tensor([[1.0, 1.0]], device="cpu")), documented=[[6.0]])


@scenario("CUD-17/optimizers", cases=["SGD", "Adam", "AdamW", "RMSprop"], needs=["CUD-17"])
def an_optimizer_steps_without_data(torch, observe, name):
    w = torch.empty(2, device="meta", requires_grad=True)
    optimizer = getattr(torch.optim, name)([w], lr=0.5)
    (w * w).sum().backward()
    optimizer.step()
    observe("the parameter", [w.device.type, list(w.shape)], documented=["meta", [2]])
    entries = optimizer.state_dict()["state"].get(0, {})
    observe(
        "where its state is", {key: value.device.type for key, value in sorted(entries.items()) if value is not None}
    )


@scenario("CUD-17/as-default", devices="cpu", needs=["CUD-17"])
def the_default_device_in_a_block(torch, observe):
    with torch.device("meta"):
        observe("a tensor made within", torch.ones(2).device.type, documented="meta")
        module = torch.nn.Linear(2, 1)
    observe("a parameter made within", module.weight.device.type, documented="meta")
    observe("a tensor made after it", torch.ones(2).device.type, documented="cpu")


@scenario("CUD-17/printed", devices="cpu", dtypes=["float32"], needs=["CUD-17"])
def a_meta_tensor_prints_its_shape(torch, observe):
    observe("printed", repr(torch.empty(2, 3, device="meta", requires_grad=True)))
    observe("of another dtype", repr(torch.empty(2, device="meta", dtype=torch.int64)))
