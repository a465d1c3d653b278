"""bfloat16: eight significant bits, rounded at each operation, and gradients in the same dtype."""

import copy
import pickle

from conformance.scenario import scenario


@scenario("TYP-13", dtypes=["float32"])
def values_are_rounded_to_eight_bits(torch, observe):
    x = torch.tensor([257.0, 259.0, 0.1, 1.0 + 2.0**-8, 1.0 + 3 * 2.0**-8], dtype=torch.bfloat16)
    observe("ties go to the even number", x, documented=[256, 260, 0.10009765625, 1, 1.015625])
    observe("a cast rounds as well", torch.tensor([257.0, 259.0]).to(torch.bfloat16), documented=[256, 260])
    observe("the size of an element", x.element_size(), documented=2)
    observe("the distance of 1 to the next number", torch.finfo(torch.bfloat16).eps, documented=2.0**-7)


@scenario("TYP-13/an-operation", dtypes=["float32"], needs=["TYP-13"])
def each_operation_rounds_its_result(torch, observe):
    x = torch.tensor([256.0, 3.0, 1.0078125], dtype=torch.bfloat16)
    observe("x + 1", x + 1, documented=[256, 4, 2])
    observe("x * x", x * x, documented=[65536, 9, 1.015625])
    observe("(x + 1) + 1", (x + 1) + 1, documented=[256, 5, 3])
    observe("a power and a root of it", (x**2).sqrt(), documented=[256, 3, 1.0078125])
    observe("a quotient", x / 3, documented=[85.5, 1, 0.3359375])


@scenario("TYP-13/sums", dtypes=["float32"], needs=["TYP-13"])
def sums_accumulate_in_float32(torch, observe):
    x = torch.tensor([[256.0, 1.0, 1.0, 1.0, 1.0]], dtype=torch.bfloat16)
    ones = torch.ones(5, 1, dtype=torch.bfloat16)
    observe("a sum", x.sum(), documented=260)
    observe("a sum along a dimension", x.sum(1), documented=[260])
    observe("a product of matrices", x @ ones, documented=[[260]])
    observe("a mean", x.mean(), documented=52)
    observe("a running sum", x.cumsum(1))


@scenario("TYP-13/numbers", dtypes=["float32"], needs=["TYP-13"])
def numbers_beside_a_bfloat16_tensor(torch, observe):
    x = torch.tensor([1.0, 3.0, 7.0], dtype=torch.bfloat16)
    observe("x + 0.1", x + 0.1)
    observe("0.1 - x", 0.1 - x)
    observe("x * 0.1", x * 0.1)
    observe("x / 0.3", x / 0.3)
    observe("0.3 / x", 0.3 / x)
    observe("x ** 2.3", x**2.3)
    observe("x times a 0-dim float32 tensor", x * torch.tensor(0.1))
    observe("a 0-dim float32 tensor times x", torch.tensor(0.1) * x)
    observe("x < 0.1", torch.tensor(0.1, dtype=torch.bfloat16) < 0.1)


@scenario("TYP-13/in-place", dtypes=["float32"], needs=["TYP-13"])
def what_is_written_in_place_is_rounded(torch, observe):
    x = torch.tensor([256.0, 1.0, 2.0], dtype=torch.bfloat16)
    x += 1
    x += 1
    observe("after two additions of 1", x, documented=[256, 3, 4])
    x[1] = 257.0
    observe("an element written", x, documented=[256, 256, 4])
    view = x[1:]
    view.mul_(torch.tensor([1.5, 0.1]))
    observe("the base after a write to a view by a float32 tensor", x, documented=[256, 384, 0.400390625])
    x.copy_(torch.tensor([257.0, 259.0, 261.0]))
    observe("a copy of float32 numbers", x, documented=[256, 260, 260])
    observe("the dtype", x.dtype, documented="bfloat16")
    observe("the version", x._version, documented=5)


PROMOTED = {
    "an-integer-tensor": lambda torch: torch.tensor([257, 1]),
    "a-bool-tensor": lambda torch: torch.tensor([True, False]),
    "float16": lambda torch: torch.tensor([1.0, 2.0], dtype=torch.float16),
    "float32": lambda torch: torch.tensor([1.0, 2.0], dtype=torch.float32),
    "float64": lambda torch: torch.tensor([1.0, 2.0], dtype=torch.float64),
    "complex64": lambda torch: torch.tensor([1.0, 2.0], dtype=torch.complex64),
    "a-0-dim-float64": lambda torch: torch.tensor(3.0, dtype=torch.float64),
    "a-number": lambda torch: 3.0,
    "a-complex-number": lambda torch: 3.0j,
}


@scenario("TYP-13/with-other-dtypes", cases=PROMOTED, dtypes=["float32"], needs=["TYP-13", "TYP-06"])
def bfloat16_meets_other_dtypes(torch, observe, other):
    x = torch.tensor([1.0, 2.0], dtype=torch.bfloat16, requires_grad=True)
    y = x + other(torch)
    observe("the dtype of the sum", y.dtype)
    observe("the sum", y)
    y.sum().abs().backward()
    observe("the gradient", x.grad)


@scenario("TYP-14", dtypes=["float32"], needs=["TYP-13", "BWD-01"])
def the_gradient_of_a_bfloat16_leaf_is_bfloat16(torch, observe):
    w = torch.tensor([1.0, 2.0, 3.0], dtype=torch.bfloat16, requires_grad=True)
    y = (w * w * 0.1).sum()
    observe("the loss's dtype", y.dtype, documented="bfloat16")
    y.backward()
    observe("the gradient's dtype", w.grad.dtype, documented="bfloat16")
    observe("the gradient", w.grad)


@scenario("TYP-14/where-gradients-meet", dtypes=["float32"], needs=["TYP-14"])
def the_sum_of_two_gradients_is_rounded(torch, observe):
    w = torch.tensor([1.0], dtype=torch.bfloat16, requires_grad=True)
    (w * 256 + w).sum().backward()
    observe("of two uses in a graph", w.grad, documented=[256])
    w.grad = None
    v = w * 1
    (v * 256 + v).sum().backward()
    observe("of two uses of a non-leaf", w.grad, documented=[256])


@scenario("TYP-14/where-many-gradients-meet", dtypes=["float32"], needs=["TYP-14/where-gradients-meet"])
def a_sum_of_gradients_is_rounded_at_each_summand(torch, observe):
    w = torch.tensor([1.0], dtype=torch.bfloat16, requires_grad=True)
    v, u = w * 1, w * 1
    ones = [v.sum() + u.sum() for _ in range(64)]
    (sum(ones) + (v * 256).sum() + (u * 256).sum()).backward()
    observe("256 and 64 times 1, for each of two non-leaves", w.grad, documented=[512])


@scenario("TYP-14/of-a-stack", dtypes=["float32"], needs=["TYP-14/where-many-gradients-meet"])
def so_is_one_of_many_from_the_same_node(torch, observe):
    w = torch.tensor([1.0], dtype=torch.bfloat16, requires_grad=True)
    factors = torch.tensor([[256.0], *[[1.0]] * 64], dtype=torch.bfloat16)
    (torch.stack([w * 1] * 65) * factors).sum().backward()
    observe("256 and 64 times 1", w.grad, documented=[256])


@scenario("TYP-14/without-dimensions", dtypes=["float32"], needs=["TYP-14"])
def the_gradient_of_a_number_is_rounded_at_each_product(torch, observe):
    w = torch.tensor(1.0, dtype=torch.bfloat16, requires_grad=True)
    factor = torch.tensor(1.0078125, dtype=torch.bfloat16)
    (w * factor * factor * factor).backward()
    observe("the gradient", w.grad, documented=1.0234375)


@scenario("TYP-14/accumulated", dtypes=["float32"], needs=["TYP-14", "ACC-02"])
def accumulation_is_rounded_at_each_backward(torch, observe):
    w = torch.tensor([1.0], dtype=torch.bfloat16, requires_grad=True)
    (w * 256).sum().backward()
    for _ in range(3):
        w.sum().backward()
    observe("256 and three times 1", w.grad, documented=[256])
    observe("its dtype", w.grad.dtype, documented="bfloat16")


@scenario("TYP-14/accumulated-often", dtypes=["float32"], needs=["TYP-14/accumulated"])
def what_is_rounded_away_each_time_never_adds_up(torch, observe):
    w = torch.tensor([1.0], dtype=torch.bfloat16, requires_grad=True)
    (w * 256).sum().backward()
    for _ in range(64):
        w.sum().backward()
    observe("256 and 64 times 1", w.grad, documented=[256])


@scenario("TYP-14/broadcast", dtypes=["float32"], needs=["TYP-14", "BRC-02"])
def the_gradient_of_what_was_broadcast_is_summed_in_float32(torch, observe):
    bias = torch.zeros(1, dtype=torch.bfloat16, requires_grad=True)
    x = torch.ones(260, 1, dtype=torch.bfloat16)
    (x + bias).sum().backward()
    observe("260 times 1", bias.grad, documented=[260])


@scenario("TYP-14/through-a-cast", dtypes=["float32"], needs=["TYP-14", "TYP-07"])
def a_gradient_that_passes_bfloat16_is_rounded(torch, observe):
    x = torch.tensor([257.0, 3.0], requires_grad=True)
    y = x.bfloat16().float()
    observe("the value", y, documented=[256, 3])
    y.backward(torch.tensor([257.0, 259.0]))
    observe("the gradient", x.grad, documented=[256, 260])
    observe("its dtype", x.grad.dtype, documented="float32")


@scenario("TYP-14/hooks", dtypes=["float32"], needs=["TYP-14", "HKS-01"])
def hooks_see_rounded_gradients(torch, observe):
    w = torch.tensor([3.0], dtype=torch.bfloat16, requires_grad=True)
    y = w * 0.1
    seen = []
    y.register_hook(lambda g: seen.append(g.clone()))
    w.register_hook(lambda g: g * 3)
    (y * 257).sum().backward()
    observe("the gradient of the product", seen[0], documented=[256])
    observe("its dtype", seen[0].dtype, documented="bfloat16")
    observe("the gradient that a hook replaced", w.grad)


@scenario("TYP-14/assigned", dtypes=["float32"], needs=["TYP-14", "ZER-11"])
def a_float32_gradient_of_a_bfloat16_leaf_is_refused(torch, observe):
    w = torch.tensor([3.0], dtype=torch.bfloat16, requires_grad=True)
    with observe.raises("a float32 gradient", RuntimeError, saying="dtype"):
        w.grad = torch.tensor([1.0])
    w.grad = torch.tensor([1.0], dtype=torch.bfloat16)
    observe("a bfloat16 one", w.grad, documented=[1])


OPERATIONS = {
    "sigmoid": lambda torch, x: torch.sigmoid(x),
    "tanh": lambda torch, x: torch.tanh(x),
    "exp": lambda torch, x: torch.exp(x),
    "cos": lambda torch, x: torch.cos(x),
    "softmax": lambda torch, x: torch.softmax(x, 1),
    "relu": lambda torch, x: torch.relu(x),
    "gelu": lambda torch, x: torch.nn.functional.gelu(x),
    "silu": lambda torch, x: torch.nn.functional.silu(x),
    "max": lambda torch, x: torch.max(x, 1).values,
    "cat": lambda torch, x: torch.cat([x, x], 1),
    "index": lambda torch, x: x[:, [0, 0, 1]],
    "matmul": lambda torch, x: x @ x.t(),
    "linear": lambda torch, x: torch.nn.functional.linear(x, x, x[:, 0]),
    "reciprocal": lambda torch, x: 1 / x,
    "where": lambda torch, x: torch.where(x > 0, x, x * 0.1),
    "norm": lambda torch, x: torch.linalg.vector_norm(x),
}


@scenario("TYP-14/of", cases=OPERATIONS, dtypes=["float32"], needs=["TYP-14"])
def an_operation_on_bfloat16_and_its_gradient(torch, observe, apply):
    x = torch.tensor([[0.5, -1.25, 2.0], [3.0, 0.75, -0.375]], dtype=torch.bfloat16, requires_grad=True)
    y = apply(torch, x)
    observe("the result", y, terms=2)
    (y * torch.tensor(1.25, dtype=torch.bfloat16)).sum().backward()
    observe("the gradient", x.grad, terms=4)


@scenario("TYP-14/second-order", dtypes=["float32"], needs=["TYP-14", "HOD-01"])
def second_derivatives_are_bfloat16(torch, observe):
    x = torch.tensor([2.0, 3.0], dtype=torch.bfloat16, requires_grad=True)
    (g,) = torch.autograd.grad((x**3).sum(), x, create_graph=True)
    observe("the first", g, documented=[12, 27])
    (h,) = torch.autograd.grad(g.sum(), x)
    observe("the second", h, documented=[12, 18])
    observe("its dtype", h.dtype, documented="bfloat16")


@scenario("TYP-15", devices="cpu", dtypes=["float32"], needs=["TYP-13"])
def numpy_has_no_bfloat16(torch, observe):
    x = torch.tensor([1.5, 2.5], dtype=torch.bfloat16)
    with observe.raises("numpy()", TypeError):
        x.numpy()
    observe("the numbers as a list", x.tolist(), documented=[1.5, 2.5])
    observe("one of them", x[0].item(), documented=1.5)
    observe("by way of float32", x.float().numpy(), documented=[1.5, 2.5])


@scenario("TYP-15/printed", dtypes=["float32"], devices="cpu", needs=["TYP-13"])
def a_bfloat16_tensor_says_its_dtype(torch, observe):
    observe("printed", repr(torch.tensor([1.5, 0.1], dtype=torch.bfloat16)))
    observe("its legacy type", torch.tensor([1.5], dtype=torch.bfloat16).type(), documented="torch.BFloat16Tensor")


@scenario("TYP-15/copies", dtypes=["float32"], needs=["TYP-14", "ACC-38"])
def copies_and_pickles_stay_bfloat16(torch, observe):
    x = torch.tensor([1.5, 257.0], dtype=torch.bfloat16, requires_grad=True)
    (x * 0.1).sum().backward()
    twin = copy.deepcopy(x)
    observe("a deep copy", [twin.dtype, twin.requires_grad], documented=["bfloat16", True])
    observe("its gradient", twin.grad)
    loaded = pickle.loads(pickle.dumps(x))
    observe("from a pickle", loaded, documented=[1.5, 256])
    observe("its dtype", loaded.dtype, documented="bfloat16")
    observe("a clone's dtype", x.clone().dtype, documented="bfloat16")
    observe("zeros like it", torch.zeros_like(x), documented=[0, 0])


@scenario("TYP-15/modules", dtypes=["float32"], needs=["TYP-14"])
def a_module_in_bfloat16(torch, observe):
    module = torch.nn.Linear(2, 1)
    state = {"weight": torch.tensor([[1.0, 257.0]]), "bias": torch.tensor([0.1])}
    module.bfloat16()
    module.load_state_dict(state)
    observe("what was loaded is rounded", module.weight, documented=[[1, 256]])
    y = module(torch.tensor([[1.0, 0.5]], dtype=torch.bfloat16))
    observe("the output", y, documented=[[129]])
    y.sum().backward()
    observe("the gradient", module.weight.grad, documented=[[1, 0.5]])
    saved = module.state_dict()
    observe("the dtypes of the state", [saved["weight"].dtype, saved["bias"].dtype], documented=["bfloat16"] * 2)
    with observe.raises("a float32 input", RuntimeError, saying="dtype"):
        module(torch.tensor([[1.0, 0.5]]))


OPTIMIZERS = {
    "SGD": ("SGD", {"lr": 0.125}),
    "momentum": ("SGD", {"lr": 0.125, "momentum": 0.5}),
    "Adam": ("Adam", {"lr": 0.125}),
    "AdamW": ("AdamW", {"lr": 0.125}),
    "RMSprop": ("RMSprop", {"lr": 0.125}),
    "Adagrad": ("Adagrad", {"lr": 0.125}),
    "Adamax": ("Adamax", {"lr": 0.125}),
    "NAdam": ("NAdam", {"lr": 0.125}),
    "Adadelta": ("Adadelta", {}),
    "RAdam": ("RAdam", {"lr": 0.125}),
    "ASGD": ("ASGD", {"lr": 0.125}),
    "Rprop": ("Rprop", {"lr": 0.125}),
    "Adafactor": ("Adafactor", {"lr": 0.125}),
}


@scenario("TYP-16", cases=OPTIMIZERS, dtypes=["float32"], needs=["TYP-14", "ALG-01"])
def optimizers_keep_bfloat16(torch, observe, options):
    name, options = options
    w = torch.tensor([1.0, -2.0], dtype=torch.bfloat16, requires_grad=True)
    optimizer = getattr(torch.optim, name)([w], **options)
    for _ in range(2):
        w.grad = torch.tensor([0.5, 0.25], dtype=torch.bfloat16)
        optimizer.step()
    observe("the parameter", w, terms=8)
    state = optimizer.state_dict()["state"].get(0, {})
    observe("the dtypes of the state", {key: value.dtype for key, value in sorted(state.items()) if value is not None})


@scenario("TYP-16/lost", dtypes=["float32"], needs=["TYP-16/SGD"])
def a_small_update_is_lost(torch, observe):
    w = torch.tensor([1.0, 1.0], dtype=torch.bfloat16, requires_grad=True)
    w.grad = torch.tensor([0.00390625, 0.0078125], dtype=torch.bfloat16)
    torch.optim.SGD([w], lr=0.5).step()
    observe("less than half a unit is lost", w, documented=[1, 0.99609375])


@scenario("TYP-16/adafactor-of-a-small-gradient", dtypes=["float32"], needs=["TYP-16/Adafactor"])
def the_smallest_variance_of_adafactor_is_that_of_bfloat16(torch, observe):
    w = torch.tensor([[1.0, -2.0], [0.5, 4.0]], dtype=torch.bfloat16, requires_grad=True)
    optimizer = torch.optim.Adafactor([w], lr=0.125)
    for _ in range(2):
        w.grad = torch.full((2, 2), 0.00390625, dtype=torch.bfloat16)
        optimizer.step()
    observe("the parameter", w, terms=8)


@scenario("TYP-13/multiplied-and-added", dtypes=["float32"], needs=["TYP-13/numbers"])
def the_factor_of_a_summand_is_rounded_first(torch, observe):
    a = torch.tensor([0.0, 1.0], dtype=torch.bfloat16, requires_grad=True)
    b = torch.tensor([448.0, 256.0], dtype=torch.bfloat16, requires_grad=True)
    factor = 1.0078125 + 0.003662109375  # between 1.0078125 and 1.015625, nearer to the first
    observe("the sum", torch.add(a, b, alpha=factor), documented=[452, 260])
    observe("the difference", torch.sub(a, b, alpha=factor), documented=[-452, -256])
    observe("in place", a.detach().clone().add_(b.detach(), alpha=factor), documented=[452, 260])
    observe("added to float32", a.detach().float().add(b.detach(), alpha=factor))
    torch.add(a, b, alpha=factor).backward(torch.tensor([448.0, 1.0], dtype=torch.bfloat16))
    observe("the gradient is multiplied by the factor itself", b.grad, documented=[454, 1.0078125])
