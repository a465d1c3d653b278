"""Functions that are there for single and double precision alone, on the CPU."""

from conformance.scenario import scenario

NOT_FOR_HALVES = {
    "inv": lambda torch, x: torch.linalg.inv(x),
    "solve": lambda torch, x: torch.linalg.solve(x, x),
    "det": lambda torch, x: torch.linalg.det(x),
    "slogdet": lambda torch, x: torch.linalg.slogdet(x),
    "cholesky": lambda torch, x: torch.linalg.cholesky(x),
    "qr": lambda torch, x: torch.linalg.qr(x),
    "svd": lambda torch, x: torch.linalg.svd(x),
    "svdvals": lambda torch, x: torch.linalg.svdvals(x),
    "eigh": lambda torch, x: torch.linalg.eigh(x),
    "eigvals": lambda torch, x: torch.linalg.eigvals(x),
    "lstsq": lambda torch, x: torch.linalg.lstsq(x, x),
    "pinv": lambda torch, x: torch.linalg.pinv(x),
    "solve-triangular": lambda torch, x: torch.linalg.solve_triangular(x, x, upper=False),
    "inverse": lambda torch, x: x.inverse(),
    "logdet": lambda torch, x: torch.logdet(x),
    "fft": lambda torch, x: torch.fft.fft(x),
    "rfft2": lambda torch, x: torch.fft.rfft2(x),
    "cdist": lambda torch, x: torch.cdist(x, x),
    "avg-pool3d": lambda torch, x: torch.nn.functional.avg_pool3d(x[None, None], 1),
    "multi-margin-loss": lambda torch, x: torch.nn.functional.multi_margin_loss(x, torch.tensor([0, 1])),
}


@scenario("TYP-31", cases=NOT_FOR_HALVES, devices="cpu", dtypes=["float32"])
def linear_algebra_and_transforms_are_not_there_in_half_precision(torch, observe, call):
    for dtype in ("float16", "bfloat16"):
        with observe.raises(f"in {dtype}", RuntimeError):
            call(torch, torch.tensor([[2.0, 0.0], [0.5, 4.0]], dtype=getattr(torch, dtype)))


FOR_HALVES = {
    "matrix-norm": lambda torch, x: torch.linalg.matrix_norm(x),
    "vector-norm": lambda torch, x: torch.linalg.vector_norm(x),
    "matrix-power": lambda torch, x: torch.linalg.matrix_power(x, 2),
    "multi-dot": lambda torch, x: torch.linalg.multi_dot([x, x, x]),
    "avg-pool2d": lambda torch, x: torch.nn.functional.avg_pool2d(x[None], 2),
    "pairwise-distance": lambda torch, x: torch.nn.functional.pairwise_distance(x, x * 2),
}


@scenario("TYP-31/others", cases=FOR_HALVES, devices="cpu", dtypes=["float32"], needs=["TYP-13"])
def norms_and_products_are_there_in_half_precision(torch, observe, call):
    for dtype in ("float16", "bfloat16"):
        y = call(torch, torch.tensor([[2.0, 0.0], [0.5, 4.0]], dtype=getattr(torch, dtype)))
        observe(f"in {dtype}", y, terms=8)
