"""LBFGS step by step: where it looks, how often, and when it stops."""

from conformance.scenario import scenario


def rosenbrock(x):
    return (1 - x[0]) ** 2 + 10 * (x[1] - x[0] ** 2) ** 2


def bowl(x):
    return x[0] ** 2 + 25 * x[1] ** 2 + x[0] * x[1]


def quartic(x):
    return ((x - 1) ** 4).sum() + 0.5 * (x**2).sum()


def wavy(x):
    return (x**2).sum() + 3 * (5 * x).sin().sum()


def steep(x):
    return (3 * x).exp().sum() - 5 * x.sum()


LOSSES = {"rosenbrock": rosenbrock, "bowl": bowl, "quartic": quartic, "wavy": wavy, "steep": steep}


OPTIONS = {
    "plain": {"lr": 0.05, "max_iter": 4},
    "wolfe": {"line_search_fn": "strong_wolfe", "max_iter": 4},
    "wolfe-far": {"line_search_fn": "strong_wolfe", "max_iter": 3, "lr": 50.0},
    "wolfe-near": {"line_search_fn": "strong_wolfe", "max_iter": 3, "lr": 1e-3},
    "wolfe-few-evaluations": {"line_search_fn": "strong_wolfe", "max_iter": 6, "max_eval": 5},
    "short-history": {"lr": 0.05, "max_iter": 5, "history_size": 2},
}


@scenario("ALG-41/each", dtypes=["float64"], cases=[f"{loss}/{options}" for loss in LOSSES for options in OPTIONS])
def evaluations_and_points_of_two_steps(torch, observe, case):
    loss, options = case.split("/")
    x = torch.tensor([-0.5, 1.25], requires_grad=True)
    optimizer = torch.optim.LBFGS([x], **OPTIONS[options])
    points = []

    def closure():
        optimizer.zero_grad()
        value = LOSSES[loss](x)
        value.backward()
        points.append(x.detach().clone())
        return value

    for i in range(2):
        first = optimizer.step(closure)
        observe(f"evaluations until step {i}", len(points))
        observe(f"the value that step {i} returned", first.detach(), terms=10_000, scale=10.0)
    observe("the points", points, terms=100_000, scale=10.0)
    state = optimizer.state[x]
    observe("counted evaluations", state["func_evals"])
    observe("counted iterations", state["n_iter"])
    observe("the step size", float(state["t"]), terms=100_000, scale=10.0)
    observe("the last loss", float(state["prev_loss"]), terms=100_000, scale=10.0)


@scenario("ALG-40/limits", dtypes=["float64"], cases={
    "one-iteration": {"max_iter": 1},
    "one-evaluation": {"max_eval": 1},
    "two-evaluations": {"max_eval": 2},
    "large-gradient-tolerance": {"tolerance_grad": 1.5},
    "gradient-tolerance-met": {"tolerance_grad": 2.0},
    "large-change-tolerance": {"tolerance_change": 0.4},
    "huge-change-tolerance": {"tolerance_change": 10.0},
    "zero-tolerances": {"tolerance_change": 0.0, "tolerance_grad": 0.0, "max_iter": 7},
})  # fmt: skip
def when_a_step_stops(torch, observe, options):
    x = torch.tensor([1.0, -0.5], requires_grad=True)
    optimizer = torch.optim.LBFGS([x], lr=0.25, **options)
    evaluations = []

    def closure():
        optimizer.zero_grad()
        value = (x * x).sum()
        value.backward()
        evaluations.append(None)
        return value

    for i in range(2):
        optimizer.step(closure)
        observe(f"evaluations until step {i}", len(evaluations))
        observe(f"the point after step {i}", x.detach(), terms=10_000)
        observe(f"iterations until step {i}", optimizer.state[x].get("n_iter"))
        observe(f"counted evaluations until step {i}", optimizer.state[x].get("func_evals"))


@scenario("ALG-39/several-parameters", dtypes=["float64"])
def lbfgs_moves_parameters_of_several_shapes_and_kinds(torch, observe):
    x = torch.tensor([1.0, -0.5], requires_grad=True)
    z = torch.complex(torch.tensor([0.5, 1.0, -1.0]), torch.tensor([2.0, -1.0, 0.25])).requires_grad_()
    m = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    unused = torch.tensor([7.0], requires_grad=True)
    optimizer = torch.optim.LBFGS([x, z, m, unused], lr=0.1, max_iter=3)

    def closure():
        optimizer.zero_grad()
        value = (
            (x * x).sum() + (z.real**2 + 3 * z.imag**2).sum() + (m * m * torch.tensor([[1.0, 2.0], [3.0, 4.0]])).sum()
        )
        value.backward()
        return value

    for _ in range(2):
        optimizer.step(closure)
    for name, param in {"the vector": x, "the complex one": z, "the matrix": m, "the unused one": unused}.items():
        observe(name, param.detach(), terms=10_000, scale=10.0)
    observe("versions have risen", [param._version > 0 for param in (x, z, m)])


@scenario("ALG-39/first-step", dtypes=["float64"], cases={"small-gradient": 0.01, "large-gradient": 100.0})
def the_first_step_is_at_most_as_long_as_the_rate(torch, observe, factor):
    x = torch.tensor([1.0, -2.0], requires_grad=True)
    optimizer = torch.optim.LBFGS([x], lr=0.5, max_iter=1)

    def closure():
        optimizer.zero_grad()
        value = factor * (x * x).sum()
        value.backward()
        return value

    optimizer.step(closure)
    gradient = [2 * factor * 1.0, 2 * factor * -2.0]
    rate = 0.5 * min(1.0, 1.0 / sum(abs(g) for g in gradient))
    observe("the point", x.detach(), documented=[1.0 - rate * gradient[0], -2.0 - rate * gradient[1]], terms=20)


WAVES = [
    (height, frequency, rate)
    for height in (0.5, 2.0, 6.0)
    for frequency in (1.5, 3.0, 7.0)
    for rate in (0.125, 1.0, 6.0)
]


SHAPES = {
    "sine": lambda x, height, frequency: (x * x + height * (frequency * x).sin()).sum(),
    "kink": lambda x, height, frequency: (0.1 * x * x + height * (x - 1 / frequency).abs()).sum(),
    "wall": lambda x, height, frequency: (height / (1 + (-frequency * (x - 1)).exp()) + 0.05 * x * x).sum(),
    "trough": lambda x, height, frequency: (1 - height * (-frequency * (x + 0.5) ** 2).exp()).sum(),
    "power": lambda x, height, frequency: (height * (x * x) ** (frequency / 2) / 10).sum(),
}


@scenario("ALG-41/shapes", dtypes=["float64"], cases=[f"{shape}/{i}" for shape in SHAPES for i in range(len(WAVES))])
def how_the_search_closes_in_on_a_point(torch, observe, case):
    shape, i = case.split("/")
    height, frequency, rate = WAVES[int(i)]
    x = torch.tensor([2.0], requires_grad=True)
    optimizer = torch.optim.LBFGS([x], lr=rate, max_iter=3, line_search_fn="strong_wolfe")
    points = []

    def closure():
        optimizer.zero_grad()
        value = SHAPES[shape](x, height, frequency)
        value.backward()
        points.append(x.detach().clone())
        return value

    optimizer.step(closure)
    observe("evaluations", len(points))
    observe("the points", points[:12], terms=1_000_000, scale=10.0)


#: Rate, gradient at the start, losses and gradients at the points that are looked at, and how many may be.
LANDSCAPES = [
    (1, -1, [(1, 1)], 5),
    (1, -1, [(-4, 0.9), (0.25, 8), (-4, 1), (-0.25, -0.9)], 3),
    (0.5, -1, [(-4, 2)], 9),
    (1, -1, [(-0.25, -1), (0, 2), (0.25, 2), (-0.5, 0), (-0.25, 8), (1, 2)], 5),
    (1, -0.5, [(0.25, 0.9), (-1, 0.5)], 3),
    (0.5, -0.5, [(-4, -0.9), (-1, 2), (-1, -1), (3, 0), (-4, -1)], 9),
    (0.5, 0.5, [(0.25, 2), (-0.5, 2), (1, -0.9), (3, -4), (0.25, 8)], 9),
    (1, -0.5, [(-1, 0.5), (-2, 8)], 3),
    (2, -0.5, [(-2, -0.9), (0, -4), (-4, -4)], 9),
    (0.5, -0.5, [(-1, -1), (3, 0.5), (-2, 2), (-1, -0.5)], 9),
    (0.5, -1, [(-0.5, -1), (-1, 8), (1, 8)], 2),
    (4e-09, -1, [(-4, 1), (3, 8)], 5),
    (2e-09, -0.5, [(3, 8), (3, 2), (-4, 0), (-1, -0.9), (0, 0.9)], 3),
    (0.5, -0.5, [(-4, 2), (0.25, 2)], 5),
    (1e-09, -0.5, [(-4, -1)], 9),
    (0.5, -0.5, [(-1, 8), (-1, 2), (3, -1), (-0.5, 0.9), (-1, 0), (-0.5, 0.9)], 9),
    (1, -1, [(-0.0001, 0.5)], 9),
    (10, -1, [(40.0, 9.0), (50, -1), (-0.25, -1)], 9),
]


@scenario("ALG-41/asked", dtypes=["float64"], cases={str(i): case for i, case in enumerate(LANDSCAPES)})
def where_the_search_looks_when_it_meets_given_losses_and_slopes(torch, observe, landscape):
    rate, first, script, evaluations = landscape
    x = torch.tensor([0.0], requires_grad=True)
    optimizer = torch.optim.LBFGS([x], lr=rate, max_iter=1, max_eval=evaluations, line_search_fn="strong_wolfe")
    points = []

    def closure():
        points.append(x.item())
        if len(points) > 30:
            raise RuntimeError("it does not end")
        loss, slope = [(0.0, first), *script][min(len(points) - 1, len(script))]
        x.grad = torch.tensor([float(slope)])
        return torch.tensor(float(loss))

    optimizer.step(closure)
    observe("the points", points, terms=60)
    observe("where it stays", x.detach(), terms=60)


def scripted(torch, x, script):
    """A closure that gives the losses and gradients of a script, the last one again and again; and its calls."""
    calls = []

    def closure():
        calls.append(x.item())
        loss, slope = script[min(len(calls), len(script)) - 1]
        x.grad = torch.tensor([float(slope)])
        return torch.tensor(float(loss))

    return closure, calls


#: Options, and the losses and gradients that are met.
LIMITS_MET = {
    "slope": ({"tolerance_change": 0.25}, [(1, -0.5), (0.5, -2)]),
    "gradient": ({"tolerance_grad": 0.5}, [(4, -1), (2, 0.5), (1, -1)]),
    "move": ({"tolerance_change": 0.25, "lr": 0.25}, [(4, -1), (2, -2)]),
    "loss": ({"tolerance_change": 0.25}, [(4, -1), (3.75, -2), (3, -1)]),
    "opposite-losses": ({}, [(1, -1), (-1, -2), (-3, -1)]),
    "curvature": ({"tolerance_change": 0.0, "lr": 2e-10}, [(4, -0.5), (3, 0.5), (2, -0.25), (1, 2)]),
}


@scenario("ALG-40/limits-met", dtypes=["float64"], cases=LIMITS_MET)
def what_is_just_as_large_as_a_limit(torch, observe, case):
    options, script = case
    x = torch.tensor([0.0], requires_grad=True)
    closure, calls = scripted(torch, x, script)
    torch.optim.LBFGS([x], **{"lr": 1.0, "max_iter": 3, "max_eval": 20, **options}).step(closure)
    observe("the points", calls, terms=40)
    observe("where it stays", x.detach(), terms=40)


@scenario("ALG-40/no-iteration", cases={"plain": None, "wolfe": "strong_wolfe"})
def no_iteration_moves_nothing(torch, observe, search):
    x = torch.tensor([2.0], requires_grad=True)
    closure, calls = scripted(torch, x, [(4, -1)])
    loss = torch.optim.LBFGS([x], max_iter=0, line_search_fn=search).step(closure)
    observe("the loss", loss, documented=4.0)
    observe("the points", calls, documented=[2.0])
    observe("where it stays", x.detach(), documented=[2.0])


@scenario("ALG-39/kept", needs=["ALG-39"], cases={"plain": None, "wolfe": "strong_wolfe"})
def what_lbfgs_keeps_between_steps(torch, observe, search):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    optimizer = torch.optim.LBFGS([x], lr=0.125, max_iter=4, history_size=3, line_search_fn=search)

    def closure():
        optimizer.zero_grad()
        loss = (x**4).sum() + x[0] * x[1]
        loss.backward()
        return loss

    with observe.warns("a step"):
        optimizer.step(closure)
    state = optimizer.state[x]
    entries = ["d", "old_dirs", "old_stps", "ro", "H_diag", "prev_flat_grad", "al"]
    observe("tensors", {name: state[name] for name in entries}, terms=200)
    observe("counts", [state["n_iter"], state["func_evals"]])
    observe("the version of the parameter", x._version)
