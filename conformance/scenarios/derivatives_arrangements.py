"""Functions that arrange elements anew: diagonals, blocks, grids, stacks of rows and columns."""

from conformance.scenario import scenario

# Functions of the leaves [1, 2] and [3, 4]: the function, the result, and the gradients for the upstream gradient that
# counts 1, 2, 3, ... through the result.
OF_TWO = {
    "hstack": (lambda torch, a, b: torch.hstack([a, b]), [1, 2, 3, 4], [1, 2], [3, 4]),
    "vstack": (lambda torch, a, b: torch.vstack([a, b]), [[1, 2], [3, 4]], [1, 2], [3, 4]),
    "dstack": (lambda torch, a, b: torch.dstack([a, b]), [[[1, 3], [2, 4]]], [1, 3], [2, 4]),
    "column-stack": (lambda torch, a, b: torch.column_stack([a, b]), [[1, 3], [2, 4]], [1, 3], [2, 4]),
    "concatenate": (lambda torch, a, b: torch.concatenate([b, a]), [3, 4, 1, 2], [3, 4], [1, 2]),
    "meshgrid-of-rows": (
        lambda torch, a, b: torch.meshgrid(a, b, indexing="ij")[0],
        [[1, 1], [2, 2]],
        [1 + 2, 3 + 4],
        None,
    ),
    "meshgrid-of-columns": (
        lambda torch, a, b: torch.meshgrid(a, b, indexing="ij")[1],
        [[3, 4], [3, 4]],
        None,
        [1 + 3, 2 + 4],
    ),
    "cartesian-product": (
        lambda torch, a, b: torch.cartesian_prod(a, b),
        [[1, 3], [1, 4], [2, 3], [2, 4]],
        [1 + 3, 5 + 7],
        [2 + 6, 4 + 8],
    ),
    "block-diagonal": (
        lambda torch, a, b: torch.block_diag(a, b),
        [[1, 2, 0, 0], [0, 0, 3, 4]],
        [1, 2],
        [7, 8],
    ),
}
# Functions of the leaf [1, 2, 3].
OF_A_VECTOR = {
    "diag": (lambda torch, x: torch.diag(x), [[1, 0, 0], [0, 2, 0], [0, 0, 3]], [1, 5, 9]),
    "diag-above": (
        lambda torch, x: torch.diag(x[:2], 1),
        [[0, 1, 0], [0, 0, 2], [0, 0, 0]],
        [2, 6, 0],
    ),
    "diag-embed": (lambda torch, x: torch.diag_embed(x), [[1, 0, 0], [0, 2, 0], [0, 0, 3]], [1, 5, 9]),
    "combinations": (lambda torch, x: torch.combinations(x), [[1, 2], [1, 3], [2, 3]], [1 + 3, 2 + 5, 4 + 6]),
    "vander": (lambda torch, x: torch.linalg.vander(x), [[1, 1, 1], [1, 2, 4], [1, 3, 9]], [2 + 6, 5 + 24, 8 + 54]),
    "atleast-2d": (lambda torch, x: torch.atleast_2d(x), [[1, 2, 3]], [1, 2, 3]),
    "broadcast-to": (lambda torch, x: torch.broadcast_to(x, (2, 3)), [[1, 2, 3], [1, 2, 3]], [1 + 4, 2 + 5, 3 + 6]),
    "clone": (lambda torch, x: x.clone(), [1, 2, 3], [1, 2, 3]),
    "contiguous-of-a-transpose": (
        lambda torch, x: x.expand(2, 3).t().contiguous(),
        [[1, 1], [2, 2], [3, 3]],
        [3, 7, 11],
    ),
    "ravel": (lambda torch, x: x.reshape(3, 1).ravel(), [1, 2, 3], [1, 2, 3]),
}
# Functions of the leaf [[1, 2], [3, 4]].
OF_A_MATRIX = {
    "diag": (lambda torch, x: torch.diag(x), [1, 4], [[1, 0], [0, 2]]),
    "fliplr": (lambda torch, x: torch.fliplr(x), [[2, 1], [4, 3]], [[2, 1], [4, 3]]),
    "flipud": (lambda torch, x: torch.flipud(x), [[3, 4], [1, 2]], [[3, 4], [1, 2]]),
    "hsplit": (lambda torch, x: torch.hsplit(x, 2)[1], [[2], [4]], [[0, 1], [0, 2]]),
    "vsplit": (lambda torch, x: torch.vsplit(x, 2)[1], [[3, 4]], [[0, 0], [1, 2]]),
    "pixel-shuffle": (
        lambda torch, x: torch.nn.functional.pixel_shuffle(x.reshape(1, 4, 1, 1), 2).reshape(2, 2),
        [[1, 2], [3, 4]],
        [[1, 2], [3, 4]],
    ),
    "channel-shuffle": (
        lambda torch, x: torch.nn.functional.channel_shuffle(x.reshape(1, 4, 1, 1), 2).reshape(2, 2),
        [[1, 3], [2, 4]],
        [[1, 3], [2, 4]],
    ),
    "nn-unfold": (
        lambda torch, x: torch.nn.functional.unfold(x.reshape(1, 1, 2, 2), (1, 2))[0],
        [[1, 3], [2, 4]],
        [[1, 3], [2, 4]],
    ),
    "nn-fold": (
        lambda torch, x: torch.nn.functional.fold(x.reshape(1, 2, 2), (1, 3), (1, 2)).reshape(3),
        [1, 2 + 3, 4],
        [[1, 2], [2, 3]],
    ),
}


def observe_arrangement(torch, observe, leaves, result, y, gradients):
    observe("the result", y, documented=result)
    y.backward(torch.arange(1.0, 1.0 + y.numel()).reshape(y.shape))
    for position, (leaf, gradient) in enumerate(zip(leaves, gradients, strict=True), start=1):
        observe(f"the gradient of leaf {position}", leaf.grad, documented=gradient)


@scenario("DRV-17", cases=OF_TWO, needs=["BWD-06"])
def two_tensors_arranged_into_one(torch, observe, case):
    function, result, first, second = case
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = torch.tensor([3.0, 4.0], requires_grad=True)
    observe_arrangement(torch, observe, [a, b], result, function(torch, a, b), [first, second])


@scenario("DRV-17/of-a-vector", cases=OF_A_VECTOR, needs=["BWD-06"])
def a_vector_arranged_anew(torch, observe, case):
    function, result, gradient = case
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    observe_arrangement(torch, observe, [x], result, function(torch, x), [gradient])


@scenario("DRV-17/of-a-matrix", cases=OF_A_MATRIX, needs=["BWD-06"])
def a_matrix_arranged_anew(torch, observe, case):
    function, result, gradient = case
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    observe_arrangement(torch, observe, [x], result, function(torch, x), [gradient])


@scenario("DRV-22")
def vander_holds_the_powers_of_a_vector(torch, observe):
    x = torch.tensor([2.0, 3.0])
    observe("the highest first", torch.vander(x, 3), documented=[[4, 2, 1], [9, 3, 1]])
    observe("the lowest first", torch.vander(x, increasing=True), documented=[[1, 2], [1, 3]])
    with observe.raises("a matrix", RuntimeError, saying="one-dimensional"):
        torch.vander(torch.ones(2, 2))


WINDOWS = {
    "hann": (lambda torch: torch.hann_window(4), [0, 0.5, 1, 0.5]),
    "hann-symmetric": (lambda torch: torch.hann_window(3, periodic=False), [0, 1, 0]),
    "hamming": (lambda torch: torch.hamming_window(4, True, 0.75, 0.25), [0.5, 0.75, 1, 0.75]),
    "bartlett": (lambda torch: torch.bartlett_window(4), [0, 0.5, 1, 0.5]),
    "one-point": (lambda torch: torch.blackman_window(1), [1]),
    "no-points": (lambda torch: torch.hann_window(0), []),
}


@scenario("DRV-22", cases=WINDOWS)
def a_window_follows_its_formula(torch, observe, case):
    make, expected = case
    observe("the window", make(torch), documented=expected)


@scenario("DRV-22/kaiser", needs=["DRV-22/hann"])
def a_kaiser_window_is_made_of_bessel_functions(torch, observe):
    observe("of beta 3", torch.kaiser_window(5, True, 3.0), terms=30)
    with observe.raises("a negative length", RuntimeError, saying="-1"):
        torch.hann_window(-1)
    with observe.raises("integers", RuntimeError, saying="float"):
        torch.hann_window(4, dtype=torch.int64)
