"""Sparse gradients: SparseAdam, which wants them, and what the other optimizers do with them."""

import numpy as np

from conformance.scenario import scenario
from conformance.witnesses.sparse_adam import sparse_adam

START = [[1.0, -2.0], [3.0, 0.5], [-1.0, 2.0]]


def with_a_sparse_gradient(torch, rows, values):
    """A parameter whose gradient holds values for some of its rows."""
    w = torch.tensor(START, requires_grad=True)
    w.grad = torch.sparse_coo_tensor(torch.tensor([rows]), torch.tensor(values), (3, 2))
    return w


@scenario("ALG-27")
def a_step_of_sparse_adam_moves_the_rows_that_the_gradient_holds(torch, observe):
    w = with_a_sparse_gradient(torch, [0, 2], [[4.0, -0.25], [1.0, 8.0]])
    optimizer = torch.optim.SparseAdam([w], lr=0.5, eps=1e-30)
    optimizer.step()
    observe("the parameter", w, documented=[[0.5, -1.5], [3.0, 0.5], [-1.5, 1.5]], terms=8)


@scenario("ALG-27/dense-gradient")
def sparse_adam_refuses_a_dense_gradient(torch, observe):
    w = torch.tensor(START, requires_grad=True)
    w.grad = torch.tensor(START)
    optimizer = torch.optim.SparseAdam([w])
    with observe.raises("a step", RuntimeError, saying="dense"):
        optimizer.step()
    observe("the parameter", w, documented=START)


@scenario("ALG-27/embedding", needs=["ALG-27"])
def the_rows_that_an_embedding_looked_up(torch, observe):
    embedding = torch.nn.Embedding(3, 2, sparse=True)
    embedding.weight.data.copy_(torch.tensor(START))
    optimizer = torch.optim.SparseAdam(embedding.parameters(), lr=0.5, eps=1e-30)
    embedding(torch.tensor([2, 2])).sum().backward()
    observe("the gradient is sparse", embedding.weight.grad.is_sparse, documented=True)
    observe("it adds up the two look-ups", embedding.weight.grad.to_dense(), documented=[[0, 0], [0, 0], [2.0, 2.0]])
    optimizer.step()
    observe("the weights", embedding.weight, documented=[[1.0, -2.0], [3.0, 0.5], [-1.5, 1.5]], terms=8)


@scenario("ALG-27/repeated-rows", needs=["ALG-27"])
def repeated_rows_are_added_up_before_they_are_squared(torch, observe):
    w = with_a_sparse_gradient(torch, [1, 1], [[1.0, 2.0], [3.0, 2.0]])
    optimizer = torch.optim.SparseAdam([w], lr=0.5, betas=(0.5, 0.5))
    optimizer.step()
    second = optimizer.state[w]["exp_avg_sq"]
    observe("the second moment: 0.5 * 4^2", second, documented=[[0.0, 0.0], [8.0, 8.0], [0.0, 0.0]])


@scenario("ALG-27/trajectory", cases={"minimize": False, "maximize": True}, needs=["ALG-27"])
def sparse_adam_for_twenty_steps(torch, observe, maximize):
    w = torch.tensor(START, requires_grad=True)
    x, state = np.array(START), {}
    options = {"lr": 0.125, "betas": (0.5, 0.75), "eps": 1e-30, "maximize": maximize}
    optimizer = torch.optim.SparseAdam([w], **options)
    for number in range(1, 21):
        rows = [number % 3] if number % 2 else [0, 1]
        gradient = [[number / 4.0, -1.0], [2.0, number / 8.0]][: len(rows)]
        w.grad = torch.sparse_coo_tensor(torch.tensor([rows]), torch.tensor(gradient), (3, 2))
        optimizer.step()
        x = sparse_adam(x, np.array(gradient), rows, state, **options)
        observe(f"the parameter after step {number}", w, documented=x.tolist(), terms=16 * number)
        documented = {key: value if key == "step" else value.tolist() for key, value in state.items()}
        observe(f"the state after step {number}", dict(optimizer.state[w]), documented=documented, terms=16 * number)


@scenario("ALG-47", needs=["ALG-27"])
def eps_of_sparse_adam(torch, observe):
    w = with_a_sparse_gradient(torch, [0], [[4.0, -4.0]])
    optimizer = torch.optim.SparseAdam([w], lr=0.5, betas=(0.5, 0.75), eps=1.0)
    optimizer.step()  # Adam: m = 4 and v = 16 once corrected, and a step of 0.5 * 4 / (4 + 1)
    observe("the row that moved", w[0], documented=[0.6, -1.6], terms=8)


@scenario("ALG-27/sparse-parameter")
def sparse_adam_wants_dense_parameters(torch, observe):
    w = torch.sparse_coo_tensor(torch.tensor([[0]]), torch.tensor([1.0]), (2,)).requires_grad_()
    with observe.raises("a sparse parameter", ValueError, saying="dense"):
        torch.optim.SparseAdam([w])


@scenario(
    "ALG-28/refused",
    cases=["Adadelta", "Adafactor", "Adam", "AdamW", "Adamax", "ASGD", "NAdam", "RAdam", "RMSprop", "Rprop"],
)
def a_sparse_gradient_is_refused(torch, observe, name):
    w = with_a_sparse_gradient(torch, [0], [[4.0, -4.0]])
    optimizer = getattr(torch.optim, name)([w])
    with observe.raises("a step", RuntimeError, saying="sparse"):
        optimizer.step()
    observe("the parameter", w, documented=START)


@scenario("ALG-28/sgd")
def sgd_takes_a_sparse_gradient(torch, observe):
    w = with_a_sparse_gradient(torch, [0, 2], [[4.0, -2.0], [1.0, 0.0]])
    torch.optim.SGD([w], lr=0.5).step()
    observe("the parameter", w, documented=[[-1.0, -1.0], [3.0, 0.5], [-1.5, 2.0]])


@scenario("ALG-28/adagrad")
def adagrad_takes_a_sparse_gradient(torch, observe):
    w = with_a_sparse_gradient(torch, [0], [[4.0, -2.0]])
    optimizer = torch.optim.Adagrad([w], lr=0.5, eps=0.0)
    optimizer.step()
    observe("the parameter: 0.5 against the signs", w, documented=[[0.5, -1.5], [3.0, 0.5], [-1.0, 2.0]], terms=8)
    observe("the sum of squares", optimizer.state[w]["sum"], documented=[[16.0, 4.0], [0.0, 0.0], [0.0, 0.0]])


@scenario("ALG-28/adagrad-weight-decay")
def adagrad_refuses_weight_decay_of_a_sparse_gradient(torch, observe):
    w = with_a_sparse_gradient(torch, [0], [[4.0, -2.0]])
    optimizer = torch.optim.Adagrad([w], weight_decay=0.5)
    with observe.raises("a step", RuntimeError, saying=("weight_decay", "sparse")):
        optimizer.step()


@scenario("ALG-28/adagrad-options", cases={"plain": {}, "lr-decay": {"lr_decay": 0.5}, "maximize": {"maximize": True},
          "eps": {"eps": 0.5}, "accumulated": {"initial_accumulator_value": 0.25}})  # fmt: skip
def adagrad_takes_sparse_gradients(torch, observe, options):
    param = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], requires_grad=True)
    optimizer = torch.optim.Adagrad([param], lr=0.5, **options)
    for rows in ([0, 0], [2, 0], [1, 2]):
        optimizer.zero_grad()
        torch.nn.functional.embedding(torch.tensor(rows), param, sparse=True).sum().backward()
        optimizer.step()
    observe("the parameter", param.detach(), terms=40)
    observe("the sum", optimizer.state[param]["sum"], terms=20)
    observe("its version has risen", param._version > 0, documented=True)


@scenario("ALG-28/sgd-options", cases={"plain": {}, "momentum": {"momentum": 0.5}, "momentum-of-one": {"momentum": 1.0},
          "dampening": {"momentum": 0.5, "dampening": 0.25}, "nesterov": {"momentum": 0.5, "nesterov": True},
          "maximize": {"maximize": True}, "weight-decay": {"weight_decay": 0.1}, "fused": {"fused": True}})  # fmt: skip
def sgd_takes_sparse_gradients(torch, observe, options):
    param = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], requires_grad=True)
    optimizer = torch.optim.SGD([param], lr=0.5, **options)
    with observe.raises("three steps"):
        for rows in ([0, 0], [2, 0], [1, 2]):
            optimizer.zero_grad()
            torch.nn.functional.embedding(torch.tensor(rows), param, sparse=True).sum().backward()
            optimizer.step()
    observe("the parameter", param.detach(), terms=20)
    observe("its version has risen", param._version > 0)


def told(function):
    """What a call gives, or the class of its refusal."""
    try:
        return function()
    except (RuntimeError, ValueError, TypeError, AssertionError, KeyError) as error:
        return type(error).__name__


@scenario("ALG-27/limits", cases=["complex", "rate-of-two", "version"])
def limits_of_sparse_adam(torch, observe, case):
    def made():
        if case == "complex":
            torch.optim.SparseAdam([torch.complex(torch.tensor([1.0]), torch.tensor([2.0])).requires_grad_()])
        param = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
        optimizer = torch.optim.SparseAdam([param], lr=torch.tensor([0.1, 0.2]) if case == "rate-of-two" else 0.1)
        torch.nn.functional.embedding(torch.tensor([1]), param, sparse=True).sum().backward()
        optimizer.step()
        return [param._version > 0, optimizer.state[param]["exp_avg"]._version > 0]

    observe("versions, or the refusal", told(made))


@scenario("ALG-28/beside-dense", needs=["ALG-28/sgd"], cases=["SGD", "Adagrad"])
def a_parameter_with_a_sparse_gradient_before_one_with_a_dense_one(torch, observe, name):
    table = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    weight = torch.tensor([1.0, 2.0], requires_grad=True)
    optimizer = getattr(torch.optim, name)([table, weight], lr=0.5)
    torch.nn.functional.embedding(torch.tensor([0]), table, sparse=True).sum().backward()
    (weight * weight).sum().backward()
    optimizer.step()
    observe("the table", table.detach())
    observe("the weight", weight.detach())


@scenario("ALG-28/without-momentum", needs=["ALG-28/sgd"])
def dampening_without_momentum_does_nothing_to_a_sparse_gradient(torch, observe):
    table = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    optimizer = torch.optim.SGD([table], lr=0.5, dampening=0.5)
    for _ in range(2):
        optimizer.zero_grad()
        torch.nn.functional.embedding(torch.tensor([0]), table, sparse=True).sum().backward()
        optimizer.step()
    observe("the table", table.detach(), documented=[[0.0, 1.0], [3.0, 4.0]])
    observe("entries of its state", [key for key, entry in optimizer.state[table].items() if entry is not None])
