"""Training a small network with SGD: the loop that everyone writes, and what an optimizer does not do in it."""

from conformance.scenario import scenario
from conformance.witnesses.problems import CLASSIFIER, NETWORK
from conformance.witnesses.sgd import sgd
from conformance.witnesses.trajectory import trajectory


def a_network(torch):
    """Linear(2, 2), ReLU, Linear(2, 1), with weights that are exact in every float dtype."""
    first, second = torch.nn.Linear(2, 2), torch.nn.Linear(2, 1)
    with torch.no_grad():
        first.weight.copy_(torch.tensor([[1.0, -0.5], [0.5, 2.0]]))
        first.bias.copy_(torch.tensor([0.5, -1.0]))
        second.weight.copy_(torch.tensor([[2.0, -1.0]]))
        second.bias.copy_(torch.tensor([0.25]))
    return torch.nn.Sequential(first, torch.nn.ReLU(), second)


@scenario("ALG-37", needs=["ALG-01"])
def one_round_of_the_training_loop_by_hand(torch, observe):
    model = a_network(torch)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    optimizer.zero_grad()
    output = model(torch.tensor([[1.0, 1.0]]))
    observe("the output: hidden (1, 1.5), 2 * 1 - 1 * 1.5 + 0.25", output, documented=[[0.75]])
    loss = torch.nn.MSELoss()(output, torch.tensor([[0.25]]))
    observe("the loss", loss, documented=0.25)
    loss.backward()
    gradients = [p.grad for p in model.parameters()]  # the loss's gradient in the output is 2 * 0.5 = 1
    observe("the gradients", gradients, documented=[[[2.0, 2.0], [-1.0, -1.0]], [2.0, -1.0], [[1.0, 1.5]], [1.0]])
    optimizer.step()
    observe(
        "the parameters after the step",
        list(model.parameters()),
        documented=[[[0.0, -1.5], [1.0, 2.5]], [-0.5, -0.5], [[1.5, -1.75]], [-0.25]],
    )


@scenario("ALG-37/mean-squared-error", needs=["ALG-37"])
def a_network_trained_with_the_mean_squared_error(torch, observe):
    parameters, loss = NETWORK.build(torch)
    optimizer = torch.optim.SGD(parameters, lr=0.125, momentum=0.5, weight_decay=0.0625)
    for box in trajectory(NETWORK, sgd, steps=30, lr=0.125, momentum=0.5, weight_decay=0.0625):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        observe(f"the parameters after step {box.number}", parameters, documented=box.parameters, terms=box.terms)


@scenario("ALG-37/cross-entropy", needs=["ALG-37"])
def a_network_trained_with_the_cross_entropy(torch, observe):
    parameters, loss = CLASSIFIER.build(torch)
    optimizer = torch.optim.SGD(parameters, lr=0.25, momentum=0.5, nesterov=True)
    for box in trajectory(CLASSIFIER, sgd, steps=30, lr=0.25, momentum=0.5, nesterov=True):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        observe(f"the parameters after step {box.number}", parameters, documented=box.parameters, terms=box.terms)


@scenario("ALG-37/loss-falls", needs=["ALG-37"])
def training_lowers_the_loss(torch, observe):
    model = a_network(torch)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0625)
    inputs, targets = torch.tensor([[1.0, 1.0], [-1.0, 0.5]]), torch.tensor([[0.25], [1.0]])
    losses = []
    for _ in range(50):
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    observe("the first loss: (0.5^2 + 0.75^2) / 2", losses[0], documented=0.40625)
    observe("every loss is below the one before", losses == sorted(losses, reverse=True), documented=True)
    observe("the last is below a tenth of the first", losses[-1] < losses[0] / 10, documented=True)


@scenario("ALG-37/stale-gradients", needs=["ALG-37"])
def without_zero_grad_the_gradients_of_earlier_rounds_stay_in(torch, observe):
    w = torch.tensor([1.0], requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.25)
    positions = []
    for _ in range(3):
        (w * 2).sum().backward()
        optimizer.step()
        positions.append(w.item())
    observe("the parameter: steps of 0.5, 1 and 1.5", positions, documented=[0.5, -0.5, -2.0])


@scenario("ALG-38", needs=["ALG-01"])
def the_optimizer_computes_no_gradient(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.5)
    loss = (w * w).sum()
    optimizer.step()
    observe("the parameter after a step without backward", w, documented=[1.0, 2.0])
    observe("its gradient", w.grad, documented=None)
    loss.backward()
    optimizer.step()
    observe("the parameter after backward and a step", w, documented=[0.0, 0.0])


@scenario("ALG-38/same-gradient-again", needs=["ALG-38"])
def a_second_step_uses_the_same_gradient_again(torch, observe):
    w = torch.tensor([1.0], requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.25)
    (w * w).sum().backward()
    optimizer.step()
    optimizer.step()
    observe("the parameter: 1 - 0.25 * 2, twice", w, documented=[0.0])
    observe("the gradient is that of the point where backward was called", w.grad, documented=[2.0])


@scenario("OPT-35", needs=["ALG-03"])
def a_none_gradient_leaves_a_parameter_alone(torch, observe):
    moved = torch.tensor([1.0], requires_grad=True)
    left = torch.tensor([1.0], requires_grad=True)
    moved.grad = torch.tensor([1.0])
    optimizer = torch.optim.SGD([moved, left], lr=0.5, momentum=0.5, weight_decay=0.5)
    optimizer.step()
    observe("the one with a gradient: 1 - 0.5 * (1 + 0.5 * 1)", moved, documented=[0.25])
    observe("the one whose gradient is None", left, documented=[1.0])
    observe("it has a momentum buffer", "momentum_buffer" in optimizer.state[left], documented=False)


@scenario("OPT-36", needs=["ALG-02", "ALG-03"])
def a_zero_gradient_does_not_leave_a_parameter_alone(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    x.grad = torch.tensor([1.0])
    optimizer = torch.optim.SGD([x], lr=0.5, momentum=0.5, weight_decay=0.5)
    optimizer.step()
    observe("after a step with gradient one", x, documented=[0.25])  # b = 1.5
    optimizer.zero_grad(set_to_none=False)
    optimizer.step()
    observe("after one with gradient zero: momentum and decay go on", x, documented=[-0.1875])  # b = 0.75 + 0.125
    optimizer.zero_grad(set_to_none=True)
    optimizer.step()
    observe("after one without a gradient", x, documented=[-0.1875])


@scenario("OPT-36/zeroed-against-none", needs=["OPT-35", "OPT-36"])
def a_parameter_that_the_loss_does_not_reach(torch, observe):
    used = torch.tensor([1.0], requires_grad=True)
    unused = torch.tensor([1.0], requires_grad=True)
    unused.grad = torch.tensor([8.0])
    optimizer = torch.optim.SGD([used, unused], lr=0.5, weight_decay=0.5)
    optimizer.zero_grad(set_to_none=False)
    used.sum().backward()
    optimizer.step()
    observe("after zeroing in place it decays", unused, documented=[0.75])
    optimizer.zero_grad()
    used.sum().backward()
    optimizer.step()
    observe("after setting to None it rests", unused, documented=[0.75])
    observe("its gradient", unused.grad, documented=None)


@scenario("ALG-37/groups", needs=["ALG-37"])
def layers_trained_at_rates_of_their_own(torch, observe):
    model = a_network(torch)
    optimizer = torch.optim.SGD(
        [{"params": model[0].parameters(), "lr": 0.25}, {"params": model[2].parameters()}], lr=0.5, weight_decay=0.0
    )
    torch.nn.functional.mse_loss(model(torch.tensor([[1.0, 1.0]])), torch.tensor([[0.25]])).backward()
    optimizer.step()
    observe("the first layer", list(model[0].parameters()), documented=[[[0.5, -1.0], [0.75, 2.25]], [0.0, -0.75]])
    observe("the last layer", list(model[2].parameters()), documented=[[[1.5, -1.75]], [-0.25]])
