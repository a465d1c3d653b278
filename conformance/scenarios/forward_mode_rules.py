"""The tangents of many functions."""

import math

from conformance.scenario import scenario

#: Elementwise functions: two points, and the derivative there.
ELEMENTWISE = {
    "neg": (lambda torch, x: -x, [-0.5, 2.0], lambda v: -1.0),
    "abs": (lambda torch, x: torch.abs(x), [-0.5, 2.0], lambda v: math.copysign(1.0, v)),
    "add-number": (lambda torch, x: 3 + x, [-0.5, 2.0], lambda v: 1.0),
    "sub-from-number": (lambda torch, x: 3 - x, [-0.5, 2.0], lambda v: -1.0),
    "mul-number": (lambda torch, x: 3 * x, [-0.5, 2.0], lambda v: 3.0),
    "div-number": (lambda torch, x: x / 4, [-0.5, 2.0], lambda v: 0.25),
    "number-div": (lambda torch, x: 3 / x, [-0.5, 2.0], lambda v: -3 / v**2),
    "pow-number": (lambda torch, x: x**3, [-0.5, 2.0], lambda v: 3 * v**2),
    "number-pow": (lambda torch, x: 2.0**x, [-1.0, 2.0], lambda v: 2.0**v * math.log(2)),
    "mul-itself": (lambda torch, x: x * x, [-0.5, 2.0], lambda v: 2 * v),
    "exp": (lambda torch, x: torch.exp(x), [-0.5, 2.0], math.exp),
    "expm1": (lambda torch, x: torch.expm1(x), [-0.5, 2.0], math.exp),
    "log": (lambda torch, x: torch.log(x), [0.5, 2.0], lambda v: 1 / v),
    "log1p": (lambda torch, x: torch.log1p(x), [-0.5, 2.0], lambda v: 1 / (1 + v)),
    "sqrt": (lambda torch, x: torch.sqrt(x), [0.25, 4.0], lambda v: 0.5 / math.sqrt(v)),
    "rsqrt": (lambda torch, x: torch.rsqrt(x), [0.25, 4.0], lambda v: -0.5 * v**-1.5),
    "reciprocal": (lambda torch, x: torch.reciprocal(x), [-0.5, 2.0], lambda v: -1 / v**2),
    "square": (lambda torch, x: torch.square(x), [-0.5, 2.0], lambda v: 2 * v),
    "sin": (lambda torch, x: torch.sin(x), [-0.5, 2.0], math.cos),
    "cos": (lambda torch, x: torch.cos(x), [-0.5, 2.0], lambda v: -math.sin(v)),
    "tan": (lambda torch, x: torch.tan(x), [-0.5, 1.0], lambda v: 1 + math.tan(v) ** 2),
    "asin": (lambda torch, x: torch.asin(x), [-0.5, 0.25], lambda v: 1 / math.sqrt(1 - v * v)),
    "acos": (lambda torch, x: torch.acos(x), [-0.5, 0.25], lambda v: -1 / math.sqrt(1 - v * v)),
    "atan": (lambda torch, x: torch.atan(x), [-0.5, 2.0], lambda v: 1 / (1 + v * v)),
    "sinh": (lambda torch, x: torch.sinh(x), [-0.5, 2.0], math.cosh),
    "cosh": (lambda torch, x: torch.cosh(x), [-0.5, 2.0], math.sinh),
    "tanh": (lambda torch, x: torch.tanh(x), [-0.5, 1.0], lambda v: 1 - math.tanh(v) ** 2),
    "sigmoid": (lambda torch, x: torch.sigmoid(x), [0.0, math.log(3)], lambda v: 0.25 if v == 0 else 3 / 16),
    "softplus": (
        lambda torch, x: torch.nn.functional.softplus(x), [0.0, math.log(3)], lambda v: 0.5 if v == 0 else 0.75,
    ),
    "relu": (lambda torch, x: torch.relu(x), [-0.5, 2.0], lambda v: float(v > 0)),
    "leaky_relu": (
        lambda torch, x: torch.nn.functional.leaky_relu(x, 0.25), [-0.5, 2.0], lambda v: 1.0 if v > 0 else 0.25,
    ),
    "elu": (lambda torch, x: torch.nn.functional.elu(x), [-0.5, 2.0], lambda v: 1.0 if v > 0 else math.exp(v)),
    "erf": (lambda torch, x: torch.erf(x), [-0.5, 1.0], lambda v: 2 / math.sqrt(math.pi) * math.exp(-v * v)),
    "clamp": (lambda torch, x: torch.clamp(x, -1.0, 1.0), [-0.5, 2.0], lambda v: float(abs(v) < 1)),
    "where": (lambda torch, x: torch.where(x > 0, x * 3, -x), [-0.5, 2.0], lambda v: 3.0 if v > 0 else -1.0),
    "maximum": (lambda torch, x: torch.maximum(x, x * 0 + 1), [-0.5, 2.0], lambda v: float(v > 1)),
    "floor": (lambda torch, x: torch.floor(x) + x, [-0.5, 2.25], lambda v: 1.0),
    "remainder": (lambda torch, x: torch.remainder(x, 1.5), [-0.5, 2.0], lambda v: 1.0),
    "atan2": (lambda torch, x: torch.atan2(x, torch.tensor([1.0, 2.0])), [-0.5, 2.0],
              lambda v: 0.8 if v == -0.5 else 0.25),
    "lerp": (lambda torch, x: torch.lerp(x, x * x, 0.5), [-0.5, 2.0], lambda v: 0.5 + v),
    "addcmul": (lambda torch, x: torch.addcmul(x, x, x, value=2), [-0.5, 2.0], lambda v: 1 + 4 * v),
}  # fmt: skip


@scenario("FWD-12", cases=ELEMENTWISE, needs=["FWD-03"])
def an_elementwise_function_multiplies_the_tangent_by_its_derivative(torch, observe, case):
    function, points, derivative = case
    forward_ad = torch.autograd.forward_ad
    with forward_ad.dual_level():
        x = forward_ad.make_dual(torch.tensor(points), torch.tensor([10.0, 3.0]))
        tangent = forward_ad.unpack_dual(function(torch, x)).tangent
    first, second = points
    observe("the tangent", tangent, documented=[10 * derivative(first), 3 * derivative(second)], terms=8)


#: Linear functions of a tensor of two by three: the tangent is the function of the tangent.
LINEAR = {
    "sum": lambda torch, x: x.sum(),
    "sum-of-rows": lambda torch, x: x.sum(1),
    "mean": lambda torch, x: x.mean(0),
    "view": lambda torch, x: x.view(3, 2),
    "reshape": lambda torch, x: x.reshape(6),
    "transpose": lambda torch, x: x.t(),
    "permute": lambda torch, x: x.permute(1, 0),
    "unsqueeze": lambda torch, x: x.unsqueeze(1),
    "squeeze": lambda torch, x: x.unsqueeze(1).squeeze(1),
    "expand": lambda torch, x: x.unsqueeze(0).expand(2, 2, 3),
    "select": lambda torch, x: x[1],
    "slice": lambda torch, x: x[:, ::2],
    "advanced-index": lambda torch, x: x[[1, 0, 1], [0, 0, 2]],
    "mask": lambda torch, x: x[torch.tensor([[True, False, True], [False, True, False]])],
    "index_select": lambda torch, x: torch.index_select(x, 1, torch.tensor([2, 2, 0])),
    "gather": lambda torch, x: torch.gather(x, 1, torch.tensor([[0, 0], [2, 1]])),
    "narrow": lambda torch, x: x.narrow(1, 1, 2),
    "diagonal": lambda torch, x: x.diagonal(),
    "unfold": lambda torch, x: x.unfold(1, 2, 1),
    "flip": lambda torch, x: x.flip(1),
    "roll": lambda torch, x: x.roll(1, 1),
    "cat": lambda torch, x: torch.cat([x, x * 2], 1),
    "stack": lambda torch, x: torch.stack([x, x * 2]),
    "repeat": lambda torch, x: x.repeat(2, 1),
    "cumsum": lambda torch, x: x.cumsum(1),
    "tril": lambda torch, x: x.tril(),
    "pad": lambda torch, x: torch.nn.functional.pad(x, (1, 1)),
    "matmul-constant": lambda torch, x: x @ torch.tensor([[1.0], [2.0], [3.0]]),
    "linear": lambda torch, x: torch.nn.functional.linear(x, torch.tensor([[1.0, 2.0, 3.0]])),
    "clone": lambda torch, x: x.clone(),
    "contiguous": lambda torch, x: x.t().contiguous(),
    "scatter": lambda torch, x: torch.zeros(2, 3).scatter(1, torch.tensor([[2, 1, 0], [0, 2, 1]]), x),
    "index_add": lambda torch, x: torch.zeros(2, 3).index_add(0, torch.tensor([1, 1]), x),
    "masked_fill": lambda torch, x: x.masked_fill(torch.tensor([[True, False, True], [False, True, False]]), 0.0),
}


@scenario("FWD-13", cases=LINEAR, needs=["FWD-03"])
def a_linear_function_maps_the_tangent_as_it_maps_the_primal(torch, observe, function):
    forward_ad = torch.autograd.forward_ad
    v = torch.tensor([[1.0, -2.0, 4.0], [0.5, 8.0, -1.0]])
    with forward_ad.dual_level():
        x = forward_ad.make_dual(torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), v)
        tangent = forward_ad.unpack_dual(function(torch, x)).tangent
    observe("the tangent", tangent, terms=4)
    observe("the function of the tangent put in", function(torch, v), terms=4)


#: Functions of a vector of three and a matrix of two by three, both dual.
MANY = {
    "mul": lambda torch, x, w: w * x,
    "div": lambda torch, x, w: w / x,
    "pow": lambda torch, x, w: x**w,
    "matmul": lambda torch, x, w: w @ x,
    "mm": lambda torch, x, w: torch.mm(w, w.t()),
    "bmm": lambda torch, x, w: torch.bmm(w.unsqueeze(0), w.t().unsqueeze(0)),
    "addmm": lambda torch, x, w: torch.addmm(x, w.t(), w, beta=2, alpha=0.5),
    "dot": lambda torch, x, w: torch.dot(x, w[0]),
    "outer": lambda torch, x, w: torch.outer(x, w[0]),
    "einsum": lambda torch, x, w: torch.einsum("ij,j->i", w, x),
    "linear": lambda torch, x, w: torch.nn.functional.linear(x, w),
    "prod": lambda torch, x, w: torch.prod(x),
    "cumprod": lambda torch, x, w: torch.cumprod(w, 1),
    "max": lambda torch, x, w: torch.max(w * x, 1).values,
    "amax": lambda torch, x, w: torch.amax(w * x, 1),
    "sort": lambda torch, x, w: torch.sort(w * x, 1).values,
    "var": lambda torch, x, w: torch.var(w, 1),
    "std": lambda torch, x, w: torch.std(w, 1),
    "norm": lambda torch, x, w: torch.linalg.vector_norm(w),
    "softmax": lambda torch, x, w: torch.softmax(w, 1),
    "log_softmax": lambda torch, x, w: torch.log_softmax(w, 1),
    "logsumexp": lambda torch, x, w: torch.logsumexp(w, 1),
    "layer_norm": lambda torch, x, w: torch.nn.functional.layer_norm(w, (3,), x, x),
    "mse_loss": lambda torch, x, w: torch.nn.functional.mse_loss(w, x.expand(2, 3)),
    "cross_entropy": lambda torch, x, w: torch.nn.functional.cross_entropy(w, torch.tensor([0, 2])),
    "conv1d": lambda torch, x, w: torch.nn.functional.conv1d(w.unsqueeze(0), w[:, :2].reshape(1, 2, 2)),
    "index_put": lambda torch, x, w: torch.index_put(x, (torch.tensor([0, 2]),), w[:, 0]),
    "where": lambda torch, x, w: torch.where(w > 0, w, x),
    "det": lambda torch, x, w: torch.linalg.det(w[:, :2]),
    "inv": lambda torch, x, w: torch.linalg.inv(w[:, :2]),
    "solve": lambda torch, x, w: torch.linalg.solve(w[:, :2], x[:2]),
    "avg_pool1d": lambda torch, x, w: torch.nn.functional.avg_pool1d((w * x).unsqueeze(0), 2, 1),
}


@scenario("FWD-14", cases=MANY, needs=["FWD-03/two-duals"])
def a_function_of_two_dual_tensors_has_the_jacobian_vector_product(torch, observe, function):
    forward_ad = torch.autograd.forward_ad
    with forward_ad.dual_level():
        x = forward_ad.make_dual(torch.tensor([0.5, 1.5, 1.0]), torch.tensor([1.0, -2.0, 0.5]))
        w = forward_ad.make_dual(
            torch.tensor([[1.0, -0.5, 0.25], [0.75, 2.0, -1.5]]), torch.tensor([[0.5, 1.0, -1.0], [2.0, 0.25, 1.0]])
        )
        tangent = forward_ad.unpack_dual(function(torch, x, w)).tangent
    observe("the tangent", tangent, terms=64)


COMPLEX = {
    "sgn": lambda torch, z, w: torch.sgn(z),
    "abs": lambda torch, z, w: torch.abs(z),
    "product": lambda torch, z, w: z * w,
    "product-with-the-conjugate": lambda torch, z, w: z * w.conj(),
    "matmul": lambda torch, z, w: torch.outer(z, w) @ w,
    "constant-matmul": lambda torch, z, w: torch.tensor([[1.0 + 1.0j, 2.0], [0.5j, 1.0 - 1.0j]]) @ z,
    "vdot": lambda torch, z, w: torch.vdot(z, w),
    "power": lambda torch, z, w: z**w,
    "square": lambda torch, z, w: z**2,
    "power-of-a-number": lambda torch, z, w: 2**w,
}


@scenario("FWD-14/complex", cases=COMPLEX, needs=["FWD-14/mul"], dtypes=["float32"])
def functions_of_complex_dual_tensors(torch, observe, function):
    forward_ad = torch.autograd.forward_ad
    with forward_ad.dual_level():
        z = forward_ad.make_dual(torch.tensor([1.0 + 2.0j, -0.5 + 0.25j]), torch.tensor([0.5 - 1.0j, 2.0 + 1.0j]))
        w = forward_ad.make_dual(torch.tensor([2.0 - 1.0j, 1.5 + 1.0j]), torch.tensor([-1.0 + 0.5j, 1.0 - 2.0j]))
        tangent = forward_ad.unpack_dual(function(torch, z, w)).tangent
    observe("the tangent", tangent, terms=16)


PROMOTED = {
    "sum": lambda torch, x, y: x + y,
    "sum-with-it": lambda torch, x, y: y + x,
    "difference": lambda torch, x, y: y - x,
    "product": lambda torch, x, y: x * y,
    "squares": lambda torch, x, y: torch.nn.functional.mse_loss(x, y),
    "joined": lambda torch, x, y: torch.cat([x, y]),
    "power": lambda torch, x, y: x**y,
}


@scenario("FWD-14/promoted", cases=PROMOTED, needs=["FWD-14/mul"], dtypes=["float32"])
def a_tangent_has_the_dtype_of_the_result(torch, observe, function):
    forward_ad = torch.autograd.forward_ad
    y = torch.tensor([3.0, 5.0], dtype=torch.float64)
    with forward_ad.dual_level():
        x = forward_ad.make_dual(torch.tensor([1.0, 2.0]), torch.tensor([0.5, -1.0]))
        observe("the tangent", forward_ad.unpack_dual(function(torch, x, y)).tangent)


@scenario("FWD-14/broadcast", cases={"rows": [0.5, -1.0], "one-element": [2.0]}, needs=["FWD-14/mul"])
def a_tangent_is_broadcast_as_its_primal(torch, observe, tangent):
    forward_ad = torch.autograd.forward_ad
    columns, rows = len(tangent), 3 if len(tangent) > 1 else 1
    with forward_ad.dual_level():
        x = forward_ad.make_dual(torch.zeros(columns), torch.tensor(tangent))
        total, difference = x + torch.ones(rows, columns), torch.ones(rows, columns) - x
        observe("of a sum", forward_ad.unpack_dual(total).tangent, documented=[tangent] * rows)
        observe(
            "of a difference", forward_ad.unpack_dual(difference).tangent, documented=[[-t for t in tangent]] * rows
        )


@scenario("FWD-06/dtype-of-a-product", needs=["FWD-06/dtype", "FWD-14/mul"], dtypes=["float32"])
def an_operation_keeps_the_dtype_of_a_tangent_that_has_another(torch, observe):
    forward_ad = torch.autograd.forward_ad
    tangent = torch.tensor([0.5, -1.0], dtype=torch.float64)
    with forward_ad.dual_level():
        x = forward_ad.make_dual(torch.tensor([1.0, 2.0]), tangent)
        observe("the tangent", forward_ad.unpack_dual(x * 2).tangent)


DECOMPOSED = {
    "slogdet": lambda torch, m: torch.linalg.slogdet(m),
    "eigh": lambda torch, m: [result**2 for result in torch.linalg.eigh(m + m.t())],
    "singular-values": lambda torch, m: [torch.linalg.svd(m)[1]],
    "qr": lambda torch, m: torch.linalg.qr(m),
    "lu": lambda torch, m: [torch.linalg.lu_factor(m)[0]],
    "largest": lambda torch, m: [torch.max(m, 0)[0]],
}


@scenario("FWD-14/several-results", cases=DECOMPOSED, needs=["FWD-14/mul"])
def functions_of_several_results_give_each_its_tangent(torch, observe, function):
    forward_ad = torch.autograd.forward_ad
    with forward_ad.dual_level():
        m = forward_ad.make_dual(torch.tensor([[2.0, 1.0], [0.5, 3.0]]), torch.tensor([[1.0, -0.5], [2.0, 0.25]]))
        for i, result in enumerate(function(torch, m)):
            tangent = forward_ad.unpack_dual(result).tangent
            observe(f"tangent {i}", tangent + 0, terms=64)  # zeros may have no memory of their own


@scenario("FWD-13/without-recording", needs=["FWD-13/cumsum"])
def computing_a_tangent_leaves_the_grad_mode_as_it_is(torch, observe):
    forward_ad = torch.autograd.forward_ad
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with forward_ad.dual_level(), torch.no_grad():
        result = forward_ad.make_dual(x, torch.tensor([0.5, -1.0])).cumsum(0)
        observe("the tangent", forward_ad.unpack_dual(result).tangent, documented=[0.5, -0.5])
        observe("grad mode", torch.is_grad_enabled(), documented=False)
        observe("what follows is recorded", (x * 2).requires_grad, documented=False)
