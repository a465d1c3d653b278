"""Under autocast: linear algebra, Fourier transforms, pools and padding that compute in float32; recurrent modules."""

from conformance.scenario import scenario

IN_FLOAT32 = {
    "linalg-cond": lambda torch, x: torch.linalg.cond(x),
    "linalg-matrix-rank": lambda torch, x: torch.linalg.matrix_rank(x),
    "linalg-solve": lambda torch, x: torch.linalg.solve(x, x),
    "linalg-cholesky": lambda torch, x: torch.linalg.cholesky(x),
    "linalg-svdvals": lambda torch, x: torch.linalg.svdvals(x),
    "linalg-eigvalsh": lambda torch, x: torch.linalg.eigvalsh(x),
    "linalg-inv": lambda torch, x: torch.linalg.inv(x),
    "linalg-tensorinv": lambda torch, x: torch.linalg.tensorinv(x, ind=1),
    "linalg-tensorsolve": lambda torch, x: torch.linalg.tensorsolve(x, x[0]),
    "linalg-lstsq": lambda torch, x: torch.linalg.lstsq(x, x).solution,
    "linalg-qr": lambda torch, x: torch.linalg.qr(x).R.abs(),
    "linalg-eigh": lambda torch, x: torch.linalg.eigh(x).eigenvalues,
    "inverse": lambda torch, x: torch.inverse(x),
    "fft": lambda torch, x: torch.view_as_real(torch.fft.fft(x)),
    "rfft2": lambda torch, x: torch.view_as_real(torch.fft.rfft2(x)),
    "irfft": lambda torch, x: torch.fft.irfft(x),
    "avg-pool3d": lambda torch, x: torch.nn.functional.avg_pool3d(x[None, None], (1, 2, 2)),
    "adaptive-avg-pool3d": lambda torch, x: torch.nn.functional.adaptive_avg_pool3d(x[None, None], 1),
    "max-pool3d": lambda torch, x: torch.nn.functional.max_pool3d(x[None, None], (1, 2, 2)),
    "reflection-pad": lambda torch, x: torch.nn.functional.pad(x[None], (1, 1), mode="reflect"),
    "replication-pad": lambda torch, x: torch.nn.functional.pad(x[None], (1, 1), mode="replicate"),
}


@scenario("CUD-13/solved-in-float32", cases=IN_FLOAT32, devices="cpu", dtypes=["float32"], needs=["CUD-10"])
def linear_algebra_transforms_and_some_pools_compute_in_float32(torch, observe, apply):
    x = torch.tensor([[2.0, 0.5], [0.5, 1.0]], dtype=torch.bfloat16)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = apply(torch, x)
    observe("the result", y.float() if y.is_floating_point() else y, terms=16)
    observe("the dtype", y.dtype)


@scenario("CUD-13/as-they-are", devices="cpu", dtypes=["float32"], needs=["CUD-10"])
def pools_and_padding_in_other_numbers_of_dimensions_keep_the_dtype(torch, observe):
    functional = torch.nn.functional
    x = torch.tensor([[[2.0, 0.5], [0.5, 1.0]]], dtype=torch.bfloat16)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        observe("avg_pool2d", functional.avg_pool2d(x, 2).dtype)
        observe("adaptive_avg_pool2d", functional.adaptive_avg_pool2d(x, 1).dtype)
        observe("max_pool2d", functional.max_pool2d(x, 2).dtype)
        observe("constant padding", functional.pad(x, (1, 1)).dtype)
        observe("circular padding", functional.pad(x, (1, 1), mode="circular").dtype)


RECURRENT = {
    "LSTM": lambda nn, x: nn.LSTM(2, 3)(x)[0],
    "LSTM-without-biases": lambda nn, x: nn.LSTM(2, 3, bias=False)(x)[0],
    "LSTM-of-two-directions": lambda nn, x: nn.LSTM(2, 3, 2, bidirectional=True)(x)[0],
    "GRU": lambda nn, x: nn.GRU(2, 3)(x)[0],
    "RNN": lambda nn, x: nn.RNN(2, 3)(x)[0],
    "LSTMCell": lambda nn, x: nn.LSTMCell(2, 3)(x[0])[0],
    "GRUCell": lambda nn, x: nn.GRUCell(2, 3)(x[0]),
    "RNNCell": lambda nn, x: nn.RNNCell(2, 3)(x[0]),
}


@scenario("CUD-13/recurrent", cases=RECURRENT, devices="cpu", dtypes=["float32"], needs=["CUD-10", "NNM-36/LSTM"])
def recurrent_modules_take_bfloat16_and_float32_inputs(torch, observe, run):
    for dtype in ("float32", "bfloat16"):
        x = torch.ones(2, 1, 2, dtype=getattr(torch, dtype), requires_grad=True)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            y = run(torch.nn, x)
        observe(f"the dtype for {dtype}", y.dtype)
        y.float().sum().backward()
        observe(f"the dtype of the gradient for {dtype}", x.grad.dtype, documented=dtype)


@scenario("CUD-13/lstm", devices="cpu", dtypes=["float32"], needs=["CUD-13/recurrent/LSTM"])
def an_lstm_computes_in_bfloat16(torch, observe):
    lstm = torch.nn.LSTM(2, 2)
    with torch.no_grad():
        for i, parameter in enumerate(lstm.parameters()):
            parameter.copy_(torch.linspace(-1.0, 1.0 - 0.25 * i, parameter.numel()).reshape(parameter.shape))
    x = torch.tensor([[[1.0, 0.5]], [[0.25, -0.75]]], requires_grad=True)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y, (h, c) = lstm(x, (torch.zeros(1, 1, 2), torch.ones(1, 1, 2)))
    observe("the outputs", y, terms=8)
    observe("the last state", [h, c], terms=8)
    y.float().sum().backward()
    observe("the dtype of a weight's gradient", lstm.weight_ih_l0.grad.dtype, documented="float32")


@scenario("CUD-13/packed-lstm", devices="cpu", dtypes=["float32"], needs=["CUD-13/recurrent/LSTM"])
def an_lstm_over_packed_sequences_keeps_float32_between_its_products(torch, observe):
    packed = torch.nn.utils.rnn.pack_sequence([torch.ones(3, 2), torch.ones(1, 2)])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y, (h, c) = torch.nn.LSTM(2, 3)(packed)
        projected, (h_of_projected, c_of_projected) = torch.nn.LSTM(2, 3, proj_size=1)(torch.ones(2, 1, 2))
    observe("packed", [y.data.dtype, h.dtype, c.dtype])
    observe("with projections", [projected.dtype, h_of_projected.dtype, c_of_projected.dtype])
