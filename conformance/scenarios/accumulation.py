"""Gradients accumulate into the .grad of leaves: over backwards, losses, batches and paths of one graph."""

from conformance.scenario import scenario
from conformance.strategies.accumulation import sequences


@scenario("ACC-01", needs=["BWD-01"])
def the_gradient_of_a_fresh_leaf_is_none(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    observe("before any computation", w.grad, documented=None)
    loss = torch.sum(w * w)
    observe("after a forward", w.grad, documented=None)
    loss.backward()
    observe("after a backward", w.grad, documented=[2.0, 4.0])


@scenario("ACC-01/without-requires-grad")
def a_tensor_that_does_not_require_grad_has_the_gradient_none(torch, observe):
    observe("a float tensor", torch.tensor([1.0, 2.0]).grad, documented=None)
    observe("an integer tensor", torch.tensor([1, 2]).grad, documented=None)


@scenario("ACC-02", needs=["BWD-01"])
def a_second_backward_adds_to_the_gradient(torch, observe):
    w = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    torch.mean(w).backward()
    observe("after one backward", w.grad, documented=[1 / 3] * 3)
    torch.mean(w).backward()
    observe("after two", w.grad, documented=[2 / 3] * 3)


@scenario("ACC-02/of-a-zero-dim-leaf", needs=["BWD-01"])
def the_gradient_of_a_zero_dim_leaf_accumulates(torch, observe):
    w = torch.tensor(3.0, requires_grad=True)
    (w * w).backward()
    observe("after one backward", w.grad, documented=6.0)
    (w * 2).backward()
    observe("after two", w.grad, documented=8.0)


@scenario("ACC-02/of-an-empty-leaf", needs=["BWD-01"])
def the_gradient_of_an_empty_leaf_is_an_empty_tensor(torch, observe):
    w = torch.zeros(0, 3, requires_grad=True)
    torch.sum(w).backward()
    observe("its shape after one backward", list(w.grad.shape), documented=[0, 3])
    torch.sum(w).backward()
    observe("its shape after two", list(w.grad.shape), documented=[0, 3])


@scenario("ACC-02/over-different-losses", needs=["ACC-02"])
def gradients_of_different_losses_add_up(torch, observe):
    w = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    torch.sum(w * w).backward()
    observe("after sum(w * w)", w.grad, documented=[2.0, 4.0, 6.0])
    torch.sum(w * -3.0).backward()
    observe("and sum(w * -3)", w.grad, documented=[-1.0, 1.0, 3.0])
    torch.mean(w).backward()
    observe("and mean(w)", w.grad, documented=[-2 / 3, 4 / 3, 10 / 3])


@scenario("ACC-02/sum-of-losses", needs=["ACC-02"])
def a_backward_for_each_loss_equals_one_for_their_sum(torch, observe):
    apart = torch.tensor([1.0, -2.0], requires_grad=True)
    torch.sum(apart * apart).backward()
    torch.sum(apart * 5.0).backward()
    together = torch.tensor([1.0, -2.0], requires_grad=True)
    (torch.sum(together * together) + torch.sum(together * 5.0)).backward()
    observe("one backward for each loss", apart.grad, documented=[7.0, 1.0])
    observe("one backward for the sum", together.grad, documented=[7.0, 1.0])


@scenario("ACC-02/leaves-of-different-losses", needs=["ACC-02"])
def each_leaf_accumulates_only_from_the_losses_that_use_it(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = torch.tensor([3.0, 4.0], requires_grad=True)
    torch.sum(a * b).backward()
    torch.sum(a * 10.0).backward()
    observe("the leaf that both losses use", a.grad, documented=[13.0, 14.0])
    observe("the leaf that only the first uses", b.grad, documented=[1.0, 2.0])


@scenario("ACC-02/micro-batches", needs=["ACC-02"])
def micro_batches_accumulate_to_the_gradient_of_one_large_batch(torch, observe):
    large = torch.tensor(0.5, requires_grad=True)
    torch.mean((large * torch.tensor([1.0, 2.0, 3.0, 4.0])) ** 2).backward()
    observe("one batch of four", large.grad, documented=7.5)

    small = torch.tensor(0.5, requires_grad=True)
    for batch in ([1.0, 2.0], [3.0, 4.0]):
        loss = torch.mean((small * torch.tensor(batch)) ** 2)
        (loss / 2).backward()
    observe("two batches of two, each loss halved", small.grad, documented=7.5)


@scenario("ACC-02/micro-batches-undivided", needs=["ACC-02"])
def undivided_micro_batches_accumulate_the_sum_of_their_means(torch, observe):
    w = torch.tensor(0.5, requires_grad=True)
    for batch in ([1.0, 2.0], [3.0, 4.0]):
        torch.mean((w * torch.tensor(batch)) ** 2).backward()
    observe("the gradient", w.grad, documented=15.0)


@scenario("ACC-02/drawn-sequences", draws=sequences(), needs=["ACC-02", "ZER-08", "ZER-09", "LEG-10"])
def backwards_zeroings_and_steps_in_any_order(torch, observe, operations):
    w = torch.tensor([1.0, -2.0], requires_grad=True)
    weights, gradient = [1.0, -2.0], None  # the same, in plain numbers
    for place, (operation, argument) in enumerate(operations, start=1):
        if operation == "backward":
            torch.sum(w * w * argument).backward()
            gradient = [g + 2 * argument * x for g, x in zip(gradient or [0.0, 0.0], weights, strict=True)]
        elif operation == "zero":
            zero(w, argument)
            gradient = None if argument == "none" or gradient is None else [0.0, 0.0]
        elif w.grad is not None:
            w.data.sub_(argument * w.grad.data)
            weights = [x - argument * g for x, g in zip(weights, gradient, strict=True)]
        observe(f"{place}: the gradient after {operation} {argument}", w.grad, documented=gradient, terms=4 * place)
    observe("the weights in the end", w, documented=weights, terms=4 * len(operations))


def zero(w, how):
    """Zero a leaf's gradient in one of the ways that people write."""
    if how == "none":
        w.grad = None
    elif w.grad is not None and how == "zero_":
        w.grad.zero_()
    elif w.grad is not None and how == "data.zero_":
        w.grad.data.zero_()


DIAMONDS = {
    "x+x": (lambda torch, x: x + x, [2.0, 2.0, 2.0]),
    "x*x": (lambda torch, x: x * x, [2.0, 4.0, -6.0]),
    "x*x*x": (lambda torch, x: x * x * x, [3.0, 12.0, 27.0]),
    "x-x": (lambda torch, x: x - x, [0.0, 0.0, 0.0]),
    "beside-a-longer-path": (lambda torch, x: x + (x * 2) * 3, [7.0, 7.0, 7.0]),
    "two-branches": (lambda torch, x: (lambda y: y * 3 + y * 4)(x * 2), [14.0, 14.0, 14.0]),
    "branches-of-unequal-length": (lambda torch, x: (lambda y: y * (y + 1))(x * 2), [10.0, 18.0, -22.0]),
    "with-its-view": (lambda torch, x: x.view(3) * x, [2.0, 4.0, -6.0]),
    "cat": (lambda torch, x: torch.cat([x, x]), [2.0, 2.0, 2.0]),
    "stack": (lambda torch, x: torch.stack([x, x, x]), [3.0, 3.0, 3.0]),
}


@scenario("ACC-03", cases=DIAMONDS, needs=["BWD-01"])
def a_leaf_used_along_several_paths_gets_the_sum_over_them(torch, observe, diamond):
    paths, expected = diamond
    x = torch.tensor([1.0, 2.0, -3.0], requires_grad=True)
    torch.sum(paths(torch, x)).backward()
    observe("the gradient", x.grad, documented=expected)


@scenario("ACC-03/a-ladder-of-diamonds", needs=["ACC-03/x+x"])
def the_paths_of_a_ladder_of_diamonds_all_count(torch, observe):
    x = torch.tensor([1.0, -1.0], requires_grad=True)
    y = x
    for _ in range(20):  # 2**20 paths: each node has to run once, not once a path
        y = y + y
    torch.sum(y).backward()
    observe("the gradient", x.grad, documented=[2.0**20, 2.0**20])


@scenario("ACC-03/a-gradient-that-two-share", needs=["ACC-03/x+x"])
def a_sum_does_not_change_the_gradient_that_another_received(torch, observe):
    class Constant(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.clone()

        @staticmethod
        def backward(ctx, gradient):
            return None

    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = torch.tensor([3.0, 4.0], requires_grad=True)
    left, right = a * 1, b * 3
    # backwards: left receives no gradient, then the one that right receives too, then one of its own
    own, shared, none = left * 5, left + right, Constant.apply(left)
    torch.sum(own + shared + none).backward()
    observe("the left one's", a.grad, documented=[6.0, 6.0])
    observe("the right one's", b.grad, documented=[3.0, 3.0])


@scenario("ACC-03/of-a-matrix-product", needs=["ACC-03/x*x"])
def both_operands_of_a_matrix_product_may_be_one_leaf(torch, observe):
    a = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    torch.sum(torch.matmul(a, a)).backward()
    # the sum of row j of a, and the sum of column i of a
    observe("the gradient", a.grad, documented=[[3.0 + 4.0, 7.0 + 4.0], [3.0 + 6.0, 7.0 + 6.0]])


@scenario("ACC-03/over-two-backwards", needs=["ACC-02", "ACC-03/x*x"])
def the_sum_over_paths_is_what_each_backward_adds(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.sum(x * x + x).backward()
    observe("after one backward", x.grad, documented=[3.0, 5.0])
    torch.sum(x * x + x).backward()
    observe("after two", x.grad, documented=[6.0, 10.0])


@scenario("ACC-21", needs=["BWD-01"])
def backward_fills_only_leaves_that_require_grad(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    frozen = torch.tensor([3.0, 4.0])
    torch.sum(w * frozen).backward()
    observe("a leaf that requires grad", w.grad, documented=[3.0, 4.0])
    observe("a frozen one", frozen.grad, documented=None)


@scenario("ACC-21/frozen-before-the-forward", needs=["ACC-21", "ACC-12"])
def a_leaf_frozen_before_the_forward_keeps_the_gradient_that_it_had(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    v = torch.tensor([3.0, 4.0], requires_grad=True)
    torch.sum(w * v).backward()
    w.requires_grad_(False)
    torch.sum(w * v).backward()
    observe("the leaf frozen after one backward", w.grad, documented=[3.0, 4.0])
    observe("the other one", v.grad, documented=[2.0, 4.0])


@scenario("ACC-22", needs=["ACC-01"])
def a_leaf_that_the_loss_does_not_depend_on_keeps_none(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    unused = torch.tensor([3.0, 4.0], requires_grad=True)
    torch.sum(w * 2).backward()
    observe("the gradient of an unused leaf", unused.grad, documented=None)


@scenario("ACC-22/used-beside-the-loss", needs=["ACC-22"])
def a_leaf_used_in_the_forward_but_not_in_the_loss_keeps_none(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    bystander = torch.tensor([3.0, 4.0], requires_grad=True)
    hidden = w * 2
    beside = hidden * bystander  # computed from what the loss uses, yet no part of the loss
    torch.sum(hidden).backward()
    observe("the gradient of the leaf in the loss", w.grad, documented=[2.0, 2.0])
    observe("the gradient of the one beside it", bystander.grad, documented=None)
    observe("what is beside the loss still has a graph", beside.grad_fn is not None, documented=True)


@scenario("ACC-22/behind-detach", needs=["ACC-22", "ACC-18"])
def a_leaf_that_only_a_detached_value_depends_on_keeps_none(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    v = torch.tensor([3.0, 4.0], requires_grad=True)
    torch.sum((w * 2).detach() * v).backward()
    observe("the leaf behind detach", w.grad, documented=None)
    observe("the other one", v.grad, documented=[2.0, 4.0])


FLAT = {
    "times-zero": lambda torch, x: x * 0.0,
    "floor": lambda torch, x: torch.floor(x),
    "sign": lambda torch, x: torch.sign(x),
    "clamp-outside-its-range": lambda torch, x: torch.clamp(x, min=10.0),
    "relu-of-negative-numbers": lambda torch, x: torch.relu(x - 100.0),
}


@scenario("ACC-23", cases=FLAT, needs=["BWD-01"])
def a_leaf_reached_with_a_zero_derivative_gets_zeros(torch, observe, flat):
    x = torch.tensor([1.5, -2.5], requires_grad=True)
    torch.sum(flat(torch, x)).backward()
    observe("the gradient is a tensor", x.grad is not None, documented=True)
    observe("the gradient", x.grad, documented=[0.0, 0.0])


@scenario("ACC-29", needs=["ACC-01"])
def repeated_reads_of_the_gradient_give_one_object(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.sum(w * 2).backward()
    observe("w.grad is w.grad", w.grad is w.grad, documented=True)
    w.grad.add_(1.0)
    observe("a write through one read shows in the next", w.grad, documented=[3.0, 3.0])


@scenario("ACC-30", needs=["BWD-01"])
def backward_of_a_scalar_leaf_gives_it_one(torch, observe):
    v = torch.tensor(5.0, requires_grad=True)
    v.backward()
    observe("after one backward", v.grad, documented=1.0)
    v.backward()
    observe("after two", v.grad, documented=2.0)


@scenario("ACC-30/with-a-gradient", needs=["ACC-30"])
def backward_of_a_leaf_gives_it_the_gradient_that_is_passed(torch, observe):
    v = torch.tensor([0.0, 0.0, 0.0], requires_grad=True)
    v.backward(torch.tensor([1.0, 2.0, 3.0]))
    observe("the gradient", v.grad, documented=[1.0, 2.0, 3.0])


@scenario("ACC-32", needs=["ACC-12", "ACC-21"])
def a_leaf_frozen_between_forward_and_backward_gets_nothing(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    v = torch.tensor([3.0, 4.0], requires_grad=True)
    loss = torch.sum(w * v)
    w.requires_grad_(False)
    loss.backward()
    observe("the leaf frozen after the forward", w.grad, documented=None)
    observe("the other one", v.grad, documented=[1.0, 2.0])


@scenario("ACC-27/version", needs=["ACC-27"])
def accumulating_raises_the_version_of_the_gradient_by_one(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.sum().backward()
    before = x.grad._version
    (3 * x).sum().backward()
    observe("by how much", x.grad._version - before)
    observe("the gradient", x.grad, documented=[4.0, 4.0])


@scenario("ACC-28/handed-through", needs=["ACC-28"])
def a_recorded_gradient_that_is_only_handed_through(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    gradient = torch.tensor([3.0, 4.0], requires_grad=True)
    (x + 1).backward(gradient, create_graph=True)
    observe("it is the same object", x.grad is gradient)
    with torch.no_grad():
        gradient.mul_(10)
    observe("after writing to what was handed in", x.grad.detach())
    observe("it is recorded", x.grad.requires_grad)
