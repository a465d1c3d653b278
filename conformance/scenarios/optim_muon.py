"""Muon: momentum whose matrix is made orthogonal, approximately and in bfloat16.

The Newton-Schulz iteration runs in bfloat16, which has eight significant bits. Most of the matrices and coefficients
here are such that eight bits hold every intermediate number, so that the documented value is met by an engine that
computes in full precision too.
"""

from conformance.scenario import scenario
from conformance.witnesses.muon import muon
from conformance.witnesses.problems import MATRIX
from conformance.witnesses.trajectory import trajectory

#: Its rows are orthogonal and its norm is 2; a multiple of it stays one through every iteration.
PATTERN = [[1.0, 1.0], [1.0, -1.0]]


@scenario("ALG-26")
def muon_takes_matrices_only(torch, observe):
    with observe.raises("a vector", ValueError, saying="2D"):
        torch.optim.Muon([torch.tensor([1.0, 2.0], requires_grad=True)])
    with observe.raises("a tensor of three dimensions", ValueError, saying="2D"):
        torch.optim.Muon([torch.tensor([[[1.0]]], requires_grad=True)])


@scenario("ALG-43", needs=["ALG-26"])
def one_newton_schulz_step(torch, observe):
    w = torch.tensor([[4.0, 4.0], [4.0, 4.0]], requires_grad=True)
    w.grad = torch.tensor(PATTERN) * 8
    optimizer = torch.optim.Muon([w], lr=1.0, weight_decay=0.0, ns_coefficients=(2.0, -1.0, 1.0), ns_steps=1)
    optimizer.step()
    # X = pattern / 2, its Gram matrix is 1/2: (2 - 1/2 + 1/4) X
    observe("the parameter: 4 less 7/8 of the pattern", w, documented=[[3.125, 3.125], [3.125, 4.875]])


@scenario("ALG-43/singular-values", needs=["ALG-43"])
def each_singular_value_goes_through_the_polynomial(torch, observe):
    gradient = [[3.0, 0.0, 0.0, 0.0, 0.0], [0.0, 2.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0, 0.0]]
    gradient += [[0.0, 0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 0.0, 1.0]]  # the norm is 4
    for coefficients, moved in (
        ((2.0, -1.0, 0.0), [69 / 64, 7 / 8, 31 / 64, 31 / 64, 31 / 64]),  # 2 s - s^3 of 3/4, 1/2 and 1/4
        ((1.0, -9 / 16, 1.0), [3 / 4, 59 / 128, 31 / 128, 31 / 128, 31 / 128]),  # s - 9/16 s^3 + s^5
    ):
        w = torch.zeros(5, 5, requires_grad=True)
        w.grad = torch.tensor(gradient)
        torch.optim.Muon([w], lr=1.0, weight_decay=0.0, ns_coefficients=coefficients, ns_steps=1).step()
        observe(f"the diagonal with {coefficients}", -torch.diagonal(w), documented=moved)
        observe(f"its sum with {coefficients}, the rest being zero", -w.sum(), documented=sum(moved), terms=25)


@scenario("ALG-43/momentum", cases={"nesterov": True, "plain": False}, needs=["ALG-43"])
def the_momentum_of_muon(torch, observe, nesterov):
    w = torch.zeros(2, 2, requires_grad=True)
    options = {"lr": 1.0, "weight_decay": 0.0, "ns_coefficients": (2.0, -1.0, 0.0), "ns_steps": 1}
    optimizer = torch.optim.Muon([w], momentum=0.5, nesterov=nesterov, **options)
    w.grad = torch.tensor(PATTERN)
    optimizer.step()
    observe("after the pattern: 3/4 of it", w, documented=[[-0.75, -0.75], [-0.75, 0.75]])
    w.grad = torch.tensor([[-0.75, -0.75], [-0.75, 0.75]])
    optimizer.step()
    # B = 0.5 - 0.75 = -0.25; Nesterov's is -0.75 + 0.5 * -0.25: both are negative multiples of the pattern
    observe("after the opposite, which outweighs what is left", w, documented=[[0.0, 0.0], [0.0, 0.0]])
    w.grad = torch.tensor(PATTERN) * 0.1875
    optimizer.step()
    # B = -0.125 + 0.1875 > 0, and Nesterov's 0.1875 + 0.5 * 0.0625 > 0
    observe("after a weak one", w, documented=[[-0.75, -0.75], [-0.75, 0.75]])


@scenario("ALG-43/nesterov-looks-ahead", needs=["ALG-43/momentum/nesterov", "ALG-43/momentum/plain"])
def nesterov_turns_earlier(torch, observe):
    for nesterov, direction in ((True, 0.75), (False, -0.75)):
        w = torch.zeros(2, 2, requires_grad=True)
        options = {"lr": 1.0, "weight_decay": 0.0, "ns_coefficients": (2.0, -1.0, 0.0), "ns_steps": 1}
        optimizer = torch.optim.Muon([w], momentum=0.5, nesterov=nesterov, **options)
        w.grad = torch.tensor(PATTERN)
        optimizer.step()
        before = w.detach().clone()
        w.grad = torch.tensor(PATTERN) * -0.375
        optimizer.step()  # B = 0.5 - 0.375 = 0.125, but -0.375 + 0.5 * 0.125 is negative
        moved = [[direction, direction], [direction, -direction]]
        observe(f"the second move with nesterov={nesterov}", w - before, documented=moved)


@scenario("ALG-43/weight-decay", needs=["ALG-43"])
def decay_of_muon_is_decoupled_and_at_the_unadjusted_rate(torch, observe):
    w = torch.tensor([[4.0, 4.0], [4.0, 4.0]], requires_grad=True)
    w.grad = torch.tensor(PATTERN)
    options = {"ns_coefficients": (2.0, -1.0, 0.0), "ns_steps": 1}
    torch.optim.Muon([w], lr=0.5, weight_decay=0.25, **options).step()
    observe("the parameter: 0.875 w - 0.5 * 3/4 pattern", w, documented=[[3.125, 3.125], [3.125, 3.875]])


@scenario("ALG-43/steps", cases={"none": 0, "one": 1, "two": 2}, needs=["ALG-43"])
def as_many_newton_schulz_steps_as_asked_for(torch, observe, steps):
    w = torch.zeros(2, 2, requires_grad=True)
    w.grad = torch.tensor(PATTERN)
    torch.optim.Muon([w], lr=1.0, weight_decay=0.0, ns_coefficients=(1.0, -1.0, 0.0), ns_steps=steps).step()
    k = {0: 1 / 2, 1: 1 / 4, 2: 7 / 32}[steps]  # k times the pattern becomes k - 2 k^3 times it
    observe("the parameter", w, documented=[[-k, -k], [-k, k]])


@scenario("ALG-45", needs=["ALG-43"])
def the_rate_is_adjusted_to_the_shape(torch, observe):
    tall = [[1.0], [1.0], [1.0], [1.0]]
    for name, rows, options, moved in (
        ("a tall matrix: sqrt(4 / 1)", tall, {}, 0.75),
        ("a tall matrix, original", tall, {"adjust_lr_fn": "original"}, 0.75),
        ("a tall matrix, as AdamW: 0.2 sqrt(4)", tall, {"adjust_lr_fn": "match_rms_adamw"}, 0.15),
        ("a wide matrix: 1", [[1.0, 1.0, 1.0, 1.0]], {}, 0.375),
        ("a wide matrix, as AdamW: 0.2 sqrt(4)", [[1.0, 1.0, 1.0, 1.0]], {"adjust_lr_fn": "match_rms_adamw"}, 0.15),
    ):
        w = torch.zeros(len(rows), len(rows[0]), requires_grad=True)
        w.grad = torch.tensor(rows)
        # the normalised gradient is 1/2 everywhere and its Gram matrix 1: (1.75 - 1) / 2 = 0.375
        coefficients = (1.75, -1.0, 0.0)
        torch.optim.Muon([w], lr=1.0, weight_decay=0.0, ns_coefficients=coefficients, ns_steps=1, **options).step()
        observe(name, -w, documented=[[moved] * len(row) for row in rows])


@scenario("ALG-45/unknown")
def an_unknown_adjustment_is_refused(torch, observe):
    w = torch.zeros(2, 2, requires_grad=True)
    with observe.raises("adjust_lr_fn='none'", ValueError, saying="none"):
        torch.optim.Muon([w], adjust_lr_fn="none")


@scenario("ALG-44", needs=["ALG-43"])
def the_momentum_buffer_of_muon(torch, observe):
    w = torch.zeros(2, 2, requires_grad=True)
    w.grad = torch.tensor(PATTERN) * 4
    optimizer = torch.optim.Muon([w], momentum=0.75)
    optimizer.step()
    observe("the state's keys", list(optimizer.state[w]), documented=["momentum_buffer"])
    buffer = optimizer.state[w]["momentum_buffer"]
    observe("the buffer after one step: B = g", buffer, documented=[[4.0, 4.0], [4.0, -4.0]])


@scenario("ALG-46", needs=["ALG-43"])
def muon_stays_within_bfloat16_of_its_box(torch, observe):
    parameters, loss = MATRIX.build(torch)
    optimizer = torch.optim.Muon(parameters, lr=0.0625)
    for box in trajectory(MATRIX, muon, lr=0.0625):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        rows = zip(parameters[0].tolist(), box.parameters[0], strict=True)
        errors = [abs(x - y) for row, documented in rows for x, y in zip(row, documented, strict=True)]
        # five steps in bfloat16, whose unit roundoff is 2^-8, leave about 2^-5 in an update of size one
        observe(f"step {box.number} is within its share", max(errors) < box.number * 0.0625 * 2**-5, documented=True)


@scenario("ALG-46/values", dtypes=["float32"], needs=["ALG-46"])
def muon_with_its_default_coefficients(torch, observe):
    w = torch.tensor([[4.0, 4.0], [4.0, 4.0]], requires_grad=True)
    w.grad = torch.tensor([[1.0, 0.0], [0.0, 0.0]])
    torch.optim.Muon([w], lr=1.0, weight_decay=0.0).step()
    # one singular value, one: 3.4445 - 4.775 + 2.0315 = 0.701, and four times more through a s + b s^3 + c s^5
    s = 1.0
    for _ in range(5):
        s = 3.4445 * s - 4.775 * s**3 + 2.0315 * s**5
    observe("within a hundredth of the polynomial, five times", abs(w[0, 0].item() - (4 - s)) < 0.01, documented=True)
    observe("the other elements", [w[0, 1], w[1, 0], w[1, 1]], documented=[4.0, 4.0, 4.0])


MUON = {
    "wide": [[1.0, -2.0, 0.5], [0.25, 3.0, -1.0]],
    "tall": [[1.0, -2.0], [0.25, 3.0], [-1.5, 0.5]],
    "square": [[1.0, -2.0], [0.25, 3.0]],
    "thirds": [[1 / 3, -2 / 3, 1 / 7], [0.1, 0.3, -0.7], [1 / 9, 1 / 11, 0.9]],
}


@scenario(
    "ALG-46/each",
    cases=[f"{shape}/{how}" for shape in MUON for how in ("default", "original", "match_rms_adamw", "plain")],
)
def muon_on_matrices_of_each_shape(torch, observe, case):
    shape, how = case.split("/")
    param = torch.tensor(MUON[shape], requires_grad=True)
    options = {"default": {}, "plain": {"nesterov": False, "momentum": 0.5, "weight_decay": 0.0}}
    optimizer = torch.optim.Muon([param], lr=0.125, **options.get(how, {"adjust_lr_fn": how}))
    for i in range(2):
        param.grad = torch.tensor(MUON[shape]) * (1.0 if i == 0 else -0.3) + 0.1
        optimizer.step()
    observe("the parameter", param.detach(), terms=200)
    observe("the buffer", optimizer.state[param]["momentum_buffer"], terms=20)
    observe("the versions have risen", [param._version > 0, optimizer.state[param]["momentum_buffer"]._version > 0])


def told(function):
    """What a call gives, or the class of its refusal."""
    try:
        return function()
    except (RuntimeError, ValueError, TypeError, AttributeError, KeyError) as error:
        return type(error).__name__


@scenario("ALG-46/limits", cases={
          "steps-99": {"ns_steps": 99}, "steps-100": {"ns_steps": 100}, "steps-101": {"ns_steps": 101},
          "two-coefficients": {"ns_coefficients": (3.0, -4.0)}, "no-such-rate": {"adjust_lr_fn": "square"},
          "rate-of-two": {"lr": "tensor"}})  # fmt: skip
def limits_of_muon(torch, observe, options):
    if options.get("lr") == "tensor":
        options = {"lr": torch.tensor([0.1, 0.2])}

    def stepped():
        param = torch.tensor([[1.0, -2.0], [0.25, 3.0]], requires_grad=True)
        optimizer = torch.optim.Muon([param], **options)
        param.grad = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
        optimizer.step()
        return None

    observe("a step, or the refusal", told(stepped))


@scenario("ALG-26/sparse")
def muon_takes_no_sparse_gradient(torch, observe):
    param = torch.tensor([[1.0, -2.0], [0.25, 3.0]], requires_grad=True)
    torch.nn.functional.embedding(torch.tensor([1]), param, sparse=True).sum().backward()
    with observe.raises("the step", RuntimeError, saying="sparse"):
        torch.optim.Muon([param]).step()


@scenario("ALG-46/rounding", needs=["ALG-46"])
def what_lies_between_two_numbers_of_bfloat16_is_rounded_to_even(torch, observe):
    """Without a Newton-Schulz step the update is the matrix itself, in bfloat16, over its norm."""
    between = [[1.0, 0.0], [0.0, 1 + 2.0**-8], [0.0, 1 + 3 * 2.0**-8], [0.0, 1 + 2.0**-8 + 2.0**-20]]
    for i, row in enumerate(between):
        param = torch.zeros(1, 2, requires_grad=True)
        param.grad = torch.tensor([[0.0, 0.0]]) + torch.tensor([row])
        optimizer = torch.optim.Muon([param], lr=1.0, weight_decay=0.0, momentum=0.0, nesterov=False, ns_steps=0)
        optimizer.step()
        observe(f"the step along row {i}", param.detach())
    for i, row in enumerate(between[1:]):
        param = torch.zeros(2, 2, requires_grad=True)
        param.grad = torch.tensor([[64.0, 0.0], row])
        torch.optim.Muon([param], lr=1.0, weight_decay=0.0, momentum=0.0, nesterov=False, ns_steps=0).step()
        observe(f"the step along rows of which one is large {i}", param.detach())


@scenario("ALG-46/coefficients", needs=["ALG-46"])
def muon_takes_three_coefficients(torch, observe):
    for count in (2, 4):
        param = torch.tensor([[1.0, 2.0]], requires_grad=True)
        param.grad = torch.tensor([[1.0, 2.0]])
        optimizer = torch.optim.Muon([param], ns_coefficients=(1.0,) * count)
        with observe.raises(f"a step with {count}", ValueError, saying="oefficients"):
            optimizer.step()
