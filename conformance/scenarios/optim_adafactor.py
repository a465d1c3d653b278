"""Adafactor: second moments of a matrix kept as a row and a column."""

from conformance.scenario import scenario
from conformance.witnesses.adafactor import adafactor
from conformance.witnesses.problems import MATRIX, NETWORK, PROBLEMS, QUADRATIC
from conformance.witnesses.sums_of_squares import step
from conformance.witnesses.trajectory import trajectory

RATES = {"quadratic": 0.125, "rosenbrock": 0.03125, "network": 0.0625}

#: Every option alone, and the combinations that meet in one formula.
OPTIONS = {
    "beta2-decay": {"lr": 0.125, "beta2_decay": -0.5},
    "eps-of-the-update": {"lr": 0.125, "eps": (0.5, 0.001)},
    "eps-of-the-rate": {"lr": 0.03125, "eps": (0.0001, 4.0)},
    "clipping-threshold": {"lr": 0.125, "d": 1.125, "maximize": True},
    "weight-decay": {"lr": 0.125, "weight_decay": 0.25},
    "maximize": {"lr": 0.125, "maximize": True},
    "rate-above-the-schedule": {"lr": 0.5},
    "everything": {
        "lr": 0.125,
        "beta2_decay": -0.5,
        "eps": (0.5, 4.0),
        "d": 1.0625,
        "weight_decay": 0.25,
        "maximize": True,
    },
}


@scenario("ALG-24")
def the_step_of_adafactor_is_relative_to_the_size_of_the_parameter(torch, observe):
    x = torch.tensor([3.0, -4.0, 0.0, 0.0], requires_grad=True)  # its root mean square is 2.5
    x.grad = torch.tensor([8.0, -0.5, 2.0, 0.25])
    torch.optim.Adafactor([x], lr=0.5).step()
    observe("the parameter: each moves by 2.5 * 0.5", x, documented=[1.75, -2.75, -1.25, -1.25], terms=16)


@scenario("ALG-24/smallest-step", needs=["ALG-24"])
def a_parameter_near_zero_moves_by_eps2(torch, observe):
    x = torch.tensor([0.0, 0.0], requires_grad=True)
    x.grad = torch.tensor([8.0, -2.0])
    torch.optim.Adafactor([x], lr=0.5, eps=(None, 0.25)).step()
    observe("the parameter: each moves by 0.25 * 0.5", x, documented=[-0.125, 0.125], terms=16)


@scenario("ALG-24/rate", needs=["ALG-24"])
def the_rate_is_at_most_one_over_the_root_of_the_step(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    x.grad = torch.tensor([1.0])
    optimizer = torch.optim.Adafactor([x], lr=4.0, eps=(None, 8.0))
    optimizer.step()
    observe("the first step, 8 * min(4, 1)", x, documented=[-7.0], terms=16)
    for _ in range(3):
        optimizer.step()
    x_2 = -7 - 8 / 2**0.5
    x_3 = x_2 + x_2 / 3**0.5
    observe("after four steps of max(8, |x|) / sqrt(t)", x, documented=[x_3 + x_3 / 2], terms=64)


@scenario("ALG-24/clipping", cases={"at-one": 1.0, "at-one-and-a-quarter": 1.25}, needs=["ALG-24"])
def an_update_larger_than_the_threshold_is_scaled_down(torch, observe, d):
    x = torch.tensor([4.0], requires_grad=True)
    optimizer = torch.optim.Adafactor([x], lr=0.25, d=d)
    x.grad = torch.tensor([1.0])
    optimizer.step()
    observe("after the first step, whose update is one: 4 - 4 * 0.25", x, documented=[3.0], terms=16)
    x.grad = torch.tensor([8.0])
    optimizer.step()  # beta2 is 0.43, so that the update is 8 / sqrt(0.43 + 0.57 * 64) = 1.31
    observe("after one of 1.31, scaled down to d: 3 - 3 * 0.25 * d", x, documented=[3 - 0.75 * d], terms=32)


@scenario("ALG-24/weight-decay", needs=["ALG-24"])
def decay_of_adafactor_is_decoupled(torch, observe):
    x = torch.tensor([4.0, -4.0], requires_grad=True)
    x.grad = torch.tensor([1.0, 1.0])
    torch.optim.Adafactor([x], lr=0.25, weight_decay=0.5).step()
    observe("the parameter: 0.875 x - 4 * 0.25", x, documented=[2.5, -4.5], terms=16)


@scenario("ALG-25", needs=["ALG-24"])
def a_matrix_has_a_row_and_a_column_of_variances(torch, observe):
    w = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    b = torch.tensor([1.0, 2.0], requires_grad=True)
    w.grad = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    b.grad = torch.tensor([1.0, 2.0])
    optimizer = torch.optim.Adafactor([w, b])
    optimizer.step()
    state = optimizer.state[w]
    observe("the matrix's state", sorted(state), documented=["col_var", "row_var", "step"])
    observe("the vector's state", sorted(optimizer.state[b]), documented=["step", "variance"])
    observe("the row variances' shape", list(state["row_var"].shape), documented=[2, 1])
    observe("the column variances' shape", list(state["col_var"].shape), documented=[1, 3])
    observe("the vector's variance: beta2 is 0 at first", optimizer.state[b]["variance"], documented=[1.0, 4.0])


@scenario("ALG-25/rank-one", needs=["ALG-25"])
def squares_of_rank_one_are_factored_exactly(torch, observe):
    w = torch.tensor([[2.0, 2.0], [2.0, 2.0]], requires_grad=True)
    w.grad = torch.tensor([[1.0, -2.0], [-4.0, 8.0]])
    torch.optim.Adafactor([w], lr=0.5).step()
    observe("the parameter: each moves by 2 * 0.5 against the sign", w, documented=[[1.0, 3.0], [3.0, 1.0]], terms=32)


@scenario("ALG-42", needs=["ALG-25"])
def the_row_and_the_column_of_variances(torch, observe):
    w = torch.tensor([[1.0, 1.0], [1.0, 1.0]], requires_grad=True)
    w.grad = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    optimizer = torch.optim.Adafactor([w])
    optimizer.step()
    observe("the rows' sums of squares", optimizer.state[w]["row_var"], documented=[[5.0], [25.0]], terms=8)
    observe("the columns' sums of squares", optimizer.state[w]["col_var"], documented=[[10.0, 20.0]], terms=8)


@scenario("ALG-24/trajectory", cases=list(PROBLEMS), needs=["ALG-24", "ALG-25"])
def adafactor_for_twenty_steps(torch, observe, problem):
    parameters, loss = PROBLEMS[problem].build(torch)
    optimizer = torch.optim.Adafactor(parameters, lr=RATES[problem])
    for box in trajectory(PROBLEMS[problem], adafactor, lr=RATES[problem]):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        observe(f"the parameters after step {box.number}", parameters, documented=box.parameters, terms=box.terms)


@scenario("ALG-24/state", needs=["ALG-24/trajectory/quadratic"])
def the_state_of_adafactor_of_a_vector(torch, observe):
    parameters, loss = QUADRATIC.build(torch)
    optimizer = torch.optim.Adafactor(parameters, lr=0.125)
    for box in trajectory(QUADRATIC, adafactor, lr=0.125):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        state = [dict(optimizer.state[parameter]) for parameter in parameters]
        observe(f"the state after step {box.number}", state, documented=box.states, terms=box.terms)


@scenario("ALG-25/state", needs=["ALG-24/trajectory/network"])
def the_state_of_adafactor_of_a_network(torch, observe):
    parameters, loss = NETWORK.build(torch)
    optimizer = torch.optim.Adafactor(parameters, lr=0.0625)
    for box in trajectory(NETWORK, adafactor, lr=0.0625):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        state = [dict(optimizer.state[parameter]) for parameter in parameters]
        observe(f"the state after step {box.number}", state, terms=box.terms)


@scenario("ALG-24/with", cases=OPTIONS, needs=["ALG-24"])
def adafactor_of_a_vector_with_options_for_twenty_steps(torch, observe, options):
    parameters, loss = QUADRATIC.build(torch)
    optimizer = torch.optim.Adafactor(parameters, **options)
    for box in trajectory(QUADRATIC, adafactor, **options):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        observe(f"the parameters after step {box.number}", parameters, documented=box.parameters, terms=box.terms)


@scenario("ALG-25/with", cases=OPTIONS, needs=["ALG-25"])
def adafactor_of_a_matrix_with_options_for_twenty_steps(torch, observe, options):
    parameters, loss = MATRIX.build(torch)
    optimizer = torch.optim.Adafactor(parameters, **options)
    for box in trajectory(MATRIX, adafactor, **options):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        observe(f"the parameters after step {box.number}", parameters, documented=box.parameters, terms=box.terms)


@scenario("ALG-25/of-more-dimensions", needs=["ALG-25"])
def adafactor_factors_the_last_two_dimensions(torch, observe):
    param = (torch.arange(24) * 0.25 - 2.0).reshape(2, 3, 4).requires_grad_()
    optimizer = torch.optim.Adafactor([param], lr=0.1)
    for _ in range(2):
        step(optimizer, [param])
    observe("the shape of the row variances", list(optimizer.state[param]["row_var"].shape))
    observe("the shape of the column variances", list(optimizer.state[param]["col_var"].shape))
    observe("the row variances", optimizer.state[param]["row_var"], terms=40)
    observe("the column variances", optimizer.state[param]["col_var"], terms=40)
    observe("the parameter", param.detach(), terms=100)


@scenario("ALG-24/of-two-dtypes", needs=["ALG-24"])
def adafactor_takes_the_smallest_number_of_each_dtype(torch, observe):
    params = [
        torch.zeros(2, dtype=torch.float64, requires_grad=True),
        torch.zeros(2, requires_grad=True, dtype=torch.float32),
    ]
    optimizer = torch.optim.Adafactor(params, lr=0.1)
    for param in params:
        param.grad = torch.tensor([1e-9, 2e-9], dtype=param.dtype)
    optimizer.step()
    observe("the parameters", [param.detach() for param in params], terms=60)
