"""torch.autocast on the CPU: which operations compute in bfloat16, which in float32, and what becomes of gradients."""

import threading

from conformance.scenario import scenario

MATRICES = {
    "matmul": lambda torch, x: torch.matmul(x, x),
    "operator": lambda torch, x: x @ x,
    "matrix-and-vector": lambda torch, x: x @ x[0],
    "mm": lambda torch, x: torch.mm(x, x),
    "method": lambda torch, x: x.mm(x),
    "bmm": lambda torch, x: torch.bmm(x[None], x[None]),
    "addmm": lambda torch, x: torch.addmm(x, x, x),
    "addbmm": lambda torch, x: torch.addbmm(x, x[None], x[None]),
    "baddbmm": lambda torch, x: torch.baddbmm(x[None], x[None], x[None]),
    "linear": lambda torch, x: torch.nn.functional.linear(x, x, x[0]),
    "einsum": lambda torch, x: torch.einsum("ij,jk->ik", x, x),
    "tensordot": lambda torch, x: torch.tensordot(x, x, 1),
    "vecdot": lambda torch, x: torch.linalg.vecdot(x, x),
    "multi-dot": lambda torch, x: torch.linalg.multi_dot([x, x, x]),
    "conv1d": lambda torch, x: torch.nn.functional.conv1d(x[None], x[:, :, None]),
    "conv2d": lambda torch, x: torch.nn.functional.conv2d(x[None, None], x[None, None]),
    "conv-transpose2d": lambda torch, x: torch.nn.functional.conv_transpose2d(x[None, None], x[None, None]),
    "attention": lambda torch, x: torch.nn.functional.scaled_dot_product_attention(x[None], x[None], x[None]),
    "prelu": lambda torch, x: torch.nn.functional.prelu(x, x[0, :1]),
}


@scenario("CUD-13/in-bfloat16", cases=MATRICES, devices="cpu", dtypes=["float32"], needs=["CUD-10"])
def products_compute_in_bfloat16(torch, observe, apply):
    x = torch.tensor([[1.0, -2.0], [0.5, 3.0]], requires_grad=True)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = apply(torch, x)
    observe("the dtype", y.dtype, documented="bfloat16")
    observe("the result", y, terms=8)
    y.sum().backward()
    observe("the dtype of the gradient", x.grad.dtype, documented="float32")
    observe("the gradient, which was rounded on the way", x.grad.bfloat16(), terms=4)


LOSSES = {
    "mse": lambda F, x, y: F.mse_loss(x, y),
    "l1": lambda F, x, y: F.l1_loss(x, y),
    "smooth-l1": lambda F, x, y: F.smooth_l1_loss(x, y),
    "huber": lambda F, x, y: F.huber_loss(x, y),
    "bce-with-logits": lambda F, x, y: F.binary_cross_entropy_with_logits(x, y),
    "kl-div": lambda F, x, y: F.kl_div(x, y, reduction="sum"),
    "poisson": lambda F, x, y: F.poisson_nll_loss(x, y),
    "soft-margin": lambda F, x, y: F.soft_margin_loss(x, y),
    "hinge-embedding": lambda F, x, y: F.hinge_embedding_loss(x, y.sign()),
    "margin-ranking": lambda F, x, y: F.margin_ranking_loss(x, y, y.sign()),
    "cosine-embedding": lambda F, x, y: F.cosine_embedding_loss(x, y, y[:, 0].sign()),
    "triplet": lambda F, x, y: F.triplet_margin_loss(x, y, x * 2),
    "cross-entropy": lambda F, x, y: F.cross_entropy(x, y),
    "nll": lambda F, x, y: F.nll_loss(x, y[:, 0].long()),
}


@scenario("CUD-13/losses", cases=LOSSES, devices="cpu", dtypes=["float32"], needs=["CUD-10"])
def losses_compute_in_float32(torch, observe, loss):
    x = torch.tensor([[0.5, -1.25], [2.0, 0.75]], dtype=torch.bfloat16, requires_grad=True)
    y = torch.tensor([[1.0, 0.5], [0.25, 1.0]], dtype=torch.bfloat16)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        value = loss(torch.nn.functional, x, y)
    observe("the dtype", value.dtype, documented="float32")
    observe("the loss", value, terms=16)
    value.backward()
    observe("the dtype of the gradient", x.grad.dtype, documented="bfloat16")
    observe("the gradient", x.grad, terms=4)


IN_FLOAT32 = {
    "prod": lambda torch, x: torch.prod(x),
    "prod-method": lambda torch, x: x.prod(),
    "trace": lambda torch, x: torch.trace(x),
    "quantile": lambda torch, x: torch.quantile(x, 0.5),
    "cdist": lambda torch, x: torch.cdist(x, x),
}


@scenario("CUD-13/in-float32", cases=IN_FLOAT32, devices="cpu", dtypes=["float32"], needs=["CUD-10"])
def some_operations_compute_in_float32(torch, observe, apply):
    x = torch.tensor([[1.0, -2.0], [0.5, 3.0]], dtype=torch.bfloat16)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = apply(torch, x)
    observe("the dtype", y.dtype, documented="float32")
    observe("the result", y, terms=8)


OTHERS = {
    "add": lambda torch, x: x + x,
    "softmax": lambda torch, x: torch.softmax(x, 0),
    "sum": lambda torch, x: x.sum(),
    "mv": lambda torch, x: torch.mv(x, x[0]),
    "dot": lambda torch, x: torch.dot(x[0], x[0]),
    "addmv": lambda torch, x: torch.addmv(x[0], x, x[0]),
    "outer": lambda torch, x: torch.outer(x[0], x[0]),
    "layer-norm": lambda torch, x: torch.nn.functional.layer_norm(x, (2,)),
    "relu": lambda torch, x: torch.relu(x),
    "in-place": lambda torch, x: x.clone().addmm_(x, x),
}


@scenario("CUD-13/others", cases=OTHERS, devices="cpu", dtypes=["float32"], needs=["CUD-10"])
def other_operations_keep_the_dtype(torch, observe, apply):
    x = torch.tensor([[1.0, -2.0], [0.5, 3.0]])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        observe("of float32", apply(torch, x).dtype, documented="float32")
        observe("of bfloat16", apply(torch, x.bfloat16()).dtype, documented="bfloat16")


@scenario("CUD-13/mixed", devices="cpu", dtypes=["float32"], needs=["CUD-10"])
def mixed_dtypes_under_autocast(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        observe("a product of bfloat16 and float32", torch.mm(x.bfloat16(), x).dtype, documented="bfloat16")
        observe("a product of float16 matrices", torch.mm(x.half(), x.half()).dtype)
        observe("a sum of bfloat16 and float32", (x.bfloat16() + x).dtype, documented="float32")
        observe("a concatenation of both", torch.cat([x.bfloat16(), x]).dtype, documented="float32")
        observe("a loss of float64", torch.nn.functional.mse_loss(x.double(), x.double()).dtype)
    with observe.raises("without autocast, a product of bfloat16 and float32", RuntimeError, saying="dtype"):
        torch.mm(x.bfloat16(), x)


@scenario("CUD-13/a-training-step", devices="cpu", dtypes=["float32"], needs=["CUD-13/losses/mse"])
def a_training_step_under_autocast(torch, observe):
    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.ReLU(), torch.nn.Linear(2, 1))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(0.1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = model(torch.tensor([[1.0, 2.0]]))
        loss = torch.nn.functional.mse_loss(output, torch.tensor([[1.0]]))
    observe("the dtypes of output and loss", [output.dtype, loss.dtype], documented=["bfloat16", "float32"])
    loss.backward()
    gradients = [parameter.grad for parameter in model.parameters()]
    observe("the dtypes of the gradients", [g.dtype for g in gradients], documented=["float32"] * 4)
    observe("the gradients, which were rounded on the way", [g.bfloat16() for g in gradients], terms=4)
    optimizer.step()
    observe("the dtype of a parameter after the step", model[0].weight.dtype, documented="float32")


def uses_one_cast(torch, w, cache_enabled):
    x = torch.ones(2, 2)
    with torch.autocast("cpu", dtype=torch.bfloat16, cache_enabled=cache_enabled):
        first, second = torch.mm(x, w), torch.mm(x, w)
    return first.grad_fn.next_functions[1][0] is second.grad_fn.next_functions[1][0]


@scenario("CUD-14", devices="cpu", dtypes=["float32"], needs=["CUD-10", "GPH-03"])
def a_leaf_is_cast_once(torch, observe):
    w = torch.ones(2, 2, requires_grad=True)
    observe("one cast for two uses", uses_one_cast(torch, w, True), documented=True)
    observe("without the cache", uses_one_cast(torch, w, False), documented=False)
    observe("of a non-leaf", uses_one_cast(torch, w * 1, True), documented=False)


@scenario("CUD-14/changed", devices="cpu", dtypes=["float32"], needs=["CUD-14"])
def the_cast_is_forgotten_at_the_end(torch, observe):
    w = torch.ones(1, 1, requires_grad=True)
    x = torch.ones(1, 1)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        torch.mm(x, w)
    with torch.no_grad():
        w.fill_(3.0)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        observe("the product after a write", torch.mm(x, w), documented=[[3]])


@scenario("CUD-14/no-grad", devices="cpu", dtypes=["float32"], needs=["CUD-14", "MOD-01"])
def a_cast_under_no_grad_does_not_cut_later_gradients(torch, observe):
    w = torch.ones(1, 1, requires_grad=True)
    x = torch.ones(1, 1)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        with torch.no_grad():
            torch.mm(x, w)
        y = torch.mm(x, w)
    y.sum().backward()
    observe("the gradient", w.grad, documented=[[1]])


@scenario("CUD-15", devices="cpu", dtypes=["float32"], needs=["CUD-10"])
def autocast_tells_its_state(torch, observe):
    observe("enabled outside", torch.is_autocast_enabled("cpu"), documented=False)
    observe("the default dtype", torch.get_autocast_dtype("cpu"), documented="bfloat16")
    with torch.autocast("cpu", dtype=torch.float16, cache_enabled=False):
        observe("enabled inside", torch.is_autocast_enabled("cpu"), documented=True)
        observe("the dtype inside", torch.get_autocast_dtype("cpu"), documented="float16")
        observe("the cache inside", torch.is_autocast_cache_enabled(), documented=False)
    observe("enabled after it", torch.is_autocast_enabled("cpu"), documented=False)
    observe("the dtype after it", torch.get_autocast_dtype("cpu"), documented="bfloat16")
    observe("the cache after it", torch.is_autocast_cache_enabled(), documented=True)


@scenario("CUD-15/nested", devices="cpu", dtypes=["float32"], needs=["CUD-10/disabled"])
def autocast_nests(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        with torch.autocast("cpu", enabled=False):
            with torch.autocast("cpu", dtype=torch.float16):
                observe("in the innermost", torch.mm(x, x).dtype, documented="float16")
            observe("where it is disabled", torch.mm(x, x).dtype, documented="float32")
        observe("in the outermost", torch.mm(x, x).dtype, documented="bfloat16")
    observe("outside", torch.mm(x, x).dtype, documented="float32")


@scenario("CUD-15/after-an-exception", devices="cpu", dtypes=["float32"], needs=["CUD-15"])
def an_exception_ends_autocast(torch, observe):
    with observe.raises("an error within", ValueError):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            raise ValueError
    observe("enabled after it", torch.is_autocast_enabled("cpu"), documented=False)


@scenario("CUD-15/threads", devices="cpu", dtypes=["float32"], needs=["CUD-15"])
def autocast_is_a_threads_own(torch, observe):
    seen = []
    with torch.autocast("cpu", dtype=torch.bfloat16):
        thread = threading.Thread(target=lambda: seen.append(torch.is_autocast_enabled("cpu")))
        thread.start()
        thread.join()
    observe("enabled in another thread", seen, documented=[False])


@scenario("CUD-15/decorator", devices="cpu", dtypes=["float32"], needs=["CUD-15"])
def autocast_is_a_decorator(torch, observe):
    @torch.autocast("cpu", dtype=torch.bfloat16)
    def square(x):
        return torch.mm(x, x)

    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    observe("the dtype within", square(x).dtype, documented="bfloat16")
    observe("enabled after it", torch.is_autocast_enabled("cpu"), documented=False)


@scenario("CUD-15/unsupported", devices="cpu", dtypes=["float32"], needs=["CUD-15"])
def a_dtype_that_is_not_supported_disables_autocast(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    with observe.warns("float32 as its dtype", UserWarning, saying="Disabling autocast"):
        with torch.autocast("cpu", dtype=torch.float32):
            dtype = torch.mm(x.bfloat16(), x.bfloat16()).dtype
    observe("the dtype of a product of bfloat16", dtype, documented="bfloat16")
    with observe.raises("a device that is no string", ValueError, saying="device_type"):
        torch.autocast(3)
    with observe.raises("no device", TypeError, saying="device_type"):
        torch.autocast()


@scenario("CUD-15/in-backward", devices="cpu", dtypes=["float32"], needs=["CUD-15", "FUN-01"])
def autocast_in_backward_is_that_of_the_thread(torch, observe):
    seen = []

    class Identity(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.clone()

        @staticmethod
        def backward(ctx, g):
            seen.append(torch.is_autocast_enabled("cpu"))
            return g

    w = torch.ones(2, requires_grad=True)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = Identity.apply(w).sum()
        y.backward(retain_graph=True)
    y.backward()
    observe("enabled in backward, called within and outside", seen)


def product_under(torch, seen, cast_inputs):
    class Product(torch.autograd.Function):
        @staticmethod
        @torch.amp.custom_fwd(device_type="cpu", cast_inputs=cast_inputs)
        def forward(ctx, a, b):
            seen.append(["forward", torch.is_autocast_enabled("cpu"), a.dtype])
            ctx.save_for_backward(a, b)
            return torch.mm(a, b)

        @staticmethod
        @torch.amp.custom_bwd(device_type="cpu")
        def backward(ctx, g):
            a, b = ctx.saved_tensors
            seen.append(["backward", torch.is_autocast_enabled("cpu"), g.dtype, a.dtype])
            return torch.mm(g, b.t()), torch.mm(a.t(), g)

    return Product


INPUTS = {"as-they-are": None, "float32": "float32", "bfloat16": "bfloat16"}


@scenario("CUD-16", cases=INPUTS, devices="cpu", dtypes=["float32"], needs=["CUD-15", "FUN-01"])
def a_function_backward_runs_under_the_autocast_of_forward(torch, observe, inputs):
    seen = []
    product = product_under(torch, seen, inputs and getattr(torch, inputs))
    w = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = product.apply(w, w)
    observe("the dtype of the result", y.dtype)
    y.sum().backward()
    observe("what forward and backward found", seen)
    observe("the gradient", w.grad, documented=[[7, 11], [9, 13]])
    observe("its dtype", w.grad.dtype, documented="float32")


@scenario("CUD-16/without-autocast", devices="cpu", dtypes=["float32"], needs=["CUD-16/as-they-are"])
def custom_fwd_does_nothing_without_autocast(torch, observe):
    seen = []
    product = product_under(torch, seen, torch.bfloat16)
    w = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    product.apply(w, w).sum().backward()
    observe("what forward and backward found", seen)
    observe("the gradient", w.grad, documented=[[7, 11], [9, 13]])
