"""Integers, and dtypes that do not match, as inputs of losses, normalizations and other functions behind layers."""

from conformance.scenario import scenario

OF_INTEGERS = {
    "mse": (lambda F, i, x: F.mse_loss(i, i), NotImplementedError),
    "smooth-l1": (lambda F, i, x: F.smooth_l1_loss(i, i), NotImplementedError),
    "huber": (lambda F, i, x: F.huber_loss(i, i), NotImplementedError),
    "bce": (lambda F, i, x: F.binary_cross_entropy(i, i), NotImplementedError),
    "bce-with-logits": (lambda F, i, x: F.binary_cross_entropy_with_logits(i, x), NotImplementedError),
    "kl-div": (lambda F, i, x: F.kl_div(x, i, reduction="sum"), RuntimeError),
    "soft-margin": (lambda F, i, x: F.soft_margin_loss(i, x), RuntimeError),
    "nll": (lambda F, i, x: F.nll_loss(i, i[0]), NotImplementedError),
    "layer-norm": (lambda F, i, x: F.layer_norm(i, (2,)), NotImplementedError),
    "batch-norm": (lambda F, i, x: F.batch_norm(i, None, None, training=True), NotImplementedError),
    "group-norm": (lambda F, i, x: F.group_norm(i, 1), NotImplementedError),
    "nearest": (lambda F, i, x: F.interpolate(i[None], size=4), NotImplementedError),
    "bilinear": (lambda F, i, x: F.interpolate(i[None, None], size=4, mode="bilinear"), NotImplementedError),
    "adaptive-avg-pool2d": (lambda F, i, x: F.adaptive_avg_pool2d(i[None], (1, 2)), NotImplementedError),
    "adaptive-max-pool2d": (lambda F, i, x: F.adaptive_max_pool2d(i[None], 1), NotImplementedError),
}


@scenario("TYP-32", cases=OF_INTEGERS, devices="cpu", dtypes=["float32"])
def functions_behind_layers_refuse_integers(torch, observe, case):
    call, error = case
    with observe.raises("the call", error):
        call(torch.nn.functional, torch.tensor([[1, 0], [0, 1]]), torch.tensor([[0.5, 0.25], [0.75, 0.5]]))


WITHOUT_INTEGERS = {
    "cdist": (lambda torch, i: torch.cdist(i, i), RuntimeError),
    "multinomial": (lambda torch, i: torch.multinomial(i, 1), RuntimeError),
    "dropout": (lambda torch, i: torch.nn.functional.dropout(i, 0.5), RuntimeError),
    "argmax-of-bools": (lambda torch, i: torch.argmax(i > 0), RuntimeError),
    "logcumsumexp": (lambda torch, i: torch.logcumsumexp(i, 0), NotImplementedError),
}


@scenario("TYP-32/operations", cases=WITHOUT_INTEGERS, devices="cpu", dtypes=["float32"])
def some_operations_refuse_integers(torch, observe, case):
    call, error = case
    with observe.raises("the call", error):
        call(torch, torch.tensor([[1, 0], [0, 1]]))


MIXED = {
    "bce-and-integer-labels": lambda F, x, i, d: F.binary_cross_entropy(x, i),
    "bce-and-doubles": lambda F, x, i, d: F.binary_cross_entropy(x, d),
    "bce-with-logits-and-integer-labels": lambda F, x, i, d: F.binary_cross_entropy_with_logits(x, i),
    "layer-norm-and-doubles": lambda F, x, i, d: F.layer_norm(x, (2,), d[0]),
    "batch-norm-and-doubles": lambda F, x, i, d: F.batch_norm(x, None, None, d[0], d[1], training=True),
    "group-norm-and-doubles": lambda F, x, i, d: F.group_norm(x, 1, d[0]),
}


@scenario("TYP-32/mixed", cases=MIXED, devices="cpu", dtypes=["float32"])
def labels_and_weights_have_the_dtype_of_the_input(torch, observe, call):
    x = torch.tensor([[0.5, 0.25], [0.75, 0.5]], requires_grad=True)
    with observe.raises("the call", RuntimeError):
        call(torch.nn.functional, x, torch.tensor([[1, 0], [0, 1]]), torch.ones(2, 2, dtype=torch.float64))
    observe("the gradient", x.grad)


TAKEN = {
    "mse": lambda torch, i, x: torch.nn.functional.mse_loss(x, i),
    "smooth-l1": lambda torch, i, x: torch.nn.functional.smooth_l1_loss(x, i),
    "soft-margin": lambda torch, i, x: torch.nn.functional.soft_margin_loss(x, i),
    "margin-ranking": lambda torch, i, x: torch.nn.functional.margin_ranking_loss(i, i + 1, i * 2 - 1),
    "cov": lambda torch, i, x: torch.cov(i),
    "corrcoef": lambda torch, i, x: torch.corrcoef(i),
    "matrix-power": lambda torch, i, x: torch.linalg.matrix_power(i, 3),
    "gradient": lambda torch, i, x: torch.gradient(i)[0],
    "round": lambda torch, i, x: torch.round(i),
}


@scenario("TYP-32/taken", cases=TAKEN, devices="cpu", dtypes=["float32"])
def others_take_integers(torch, observe, call):
    y = call(torch, torch.tensor([[1, 2], [3, 1]]), torch.tensor([[0.5, 0.25], [0.75, 0.5]]))
    observe("the result", y, terms=8)
    observe("its dtype", y.dtype)


@scenario("TYP-32/bytes", cases=["bilinear", "bicubic"], devices="cpu", dtypes=["float32"], needs=["TYP-32/bilinear"])
def images_of_bytes_are_resized_with_rounding(torch, observe, mode):
    image = torch.tensor([[[[10, 200], [30, 40]]]], dtype=torch.uint8)
    observe("resized", torch.nn.functional.interpolate(image, size=3, mode=mode))
    observe("nearest", torch.nn.functional.interpolate(image, size=3))
