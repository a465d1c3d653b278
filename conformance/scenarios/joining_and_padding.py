"""cat, stack, repeat, tile, pad, flip, roll, tril: copies whose gradient finds its way back to where each came from."""

from conformance.scenario import scenario

# Paddings of the vector [1, 2, 3]: what pad returns, and the gradient for the upstream values 1, 2, 3, ...
PADDINGS = {
    "constant": (lambda torch, x: torch.nn.functional.pad(x, (2, 1)), [0, 0, 1, 2, 3, 0], [3, 4, 5]),
    "constant-value": (lambda torch, x: torch.nn.functional.pad(x, (1, 0), value=9.0), [9, 1, 2, 3], [2, 3, 4]),
    "negative": (lambda torch, x: torch.nn.functional.pad(x, (-1, 0)), [2, 3], [0, 1, 2]),
    "grown-and-cropped": (lambda torch, x: torch.nn.functional.pad(x, (1, -1)), [0, 1, 2], [2, 3, 0]),
}

# Paddings of the vector [1, 2, 3] as a 1x3 matrix by (1, 1): the mode, the result, and the gradient for 1, 2, 3, 4, 5.
COPYING_PADDINGS = {
    "reflect": ("reflect", [2, 1, 2, 3, 2], [2, 1 + 3 + 5, 4]),
    "replicate": ("replicate", [1, 1, 2, 3, 3], [1 + 2, 3, 4 + 5]),
    "circular": ("circular", [3, 1, 2, 3, 1], [2 + 5, 3, 4 + 1]),
}

# Halves of the matrix [[1, 2, 3], [4, 5, 6], [7, 8, 9]]: the function, and the pattern of ones it keeps.
TRIANGLES = {
    "tril": (lambda torch, x: x.tril(), [[1, 0, 0], [1, 1, 0], [1, 1, 1]]),
    "triu": (lambda torch, x: x.triu(), [[1, 1, 1], [0, 1, 1], [0, 0, 1]]),
    "tril-below-the-diagonal": (lambda torch, x: x.tril(-1), [[0, 0, 0], [1, 0, 0], [1, 1, 0]]),
    "triu-from-above-the-diagonal": (lambda torch, x: torch.triu(x, diagonal=1), [[0, 1, 1], [0, 0, 1], [0, 0, 0]]),
}


@scenario("IDX-41", needs=["BWD-06"])
def flip_turns_the_gradient_back(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x.flip(0)
    observe("the result", y, documented=[3, 2, 1])
    y.backward(torch.tensor([10.0, 20.0, 30.0]))
    observe("the gradient", x.grad, documented=[30, 20, 10])


@scenario("IDX-41/of-both-dimensions", needs=["IDX-41"])
def flip_of_both_dimensions(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = torch.flip(x, (0, 1))
    observe("the result", y, documented=[[4, 3], [2, 1]])
    y.backward(torch.tensor([[10.0, 20.0], [30.0, 40.0]]))
    observe("the gradient", x.grad, documented=[[40, 30], [20, 10]])


@scenario("IDX-41/a-copy", needs=["IDX-41"])
def flip_makes_a_copy(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0])
    y = x.flip(0)
    x.zero_()
    observe("the flipped tensor after a write to its source", y, documented=[3, 2, 1])


@scenario("IDX-41/roll", needs=["BWD-06"])
def roll_shifts_the_gradient_back(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x.roll(1)
    observe("the result", y, documented=[3, 1, 2])
    y.backward(torch.tensor([10.0, 20.0, 30.0]))
    observe("the gradient", x.grad, documented=[20, 30, 10])


@scenario("IDX-41/roll-of-a-matrix", needs=["IDX-41/roll"])
def roll_without_a_dimension_rolls_the_flattened_tensor(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    observe("without a dimension", x.roll(1), documented=[[4, 1], [2, 3]])
    y = torch.roll(x, (1, 1), (0, 1))
    observe("in both dimensions", y, documented=[[4, 3], [2, 1]])
    y.backward(torch.tensor([[10.0, 20.0], [30.0, 40.0]]))
    observe("the gradient", x.grad, documented=[[40, 30], [20, 10]])


@scenario("IDX-41/rot90", needs=["BWD-06"])
def rot90_turns_the_gradient_back(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = torch.rot90(x)
    observe("the result", y, documented=[[2, 4], [1, 3]])
    y.backward(torch.tensor([[10.0, 20.0], [30.0, 40.0]]))
    observe("the gradient", x.grad, documented=[[30, 10], [40, 20]])


COPIES = {
    "rot90": lambda torch, x: torch.rot90(x, dims=(2, 3)),
    "flip": lambda torch, x: torch.flip(x, [2]),
    "pixel-shuffle": lambda torch, x: torch.nn.functional.pixel_shuffle(x, 1),
    "pixel-unshuffle": lambda torch, x: torch.nn.functional.pixel_unshuffle(x, 1),
    "channel-shuffle": lambda torch, x: torch.nn.functional.channel_shuffle(x, 1),
}


@scenario("IDX-41/of-sides-of-one", cases=COPIES)
def elements_that_stay_where_they_are_are_copied_nevertheless(torch, observe, function):
    x = torch.tensor([[[[1.0]], [[2.0]]]])
    function(torch, x).zero_()
    observe("the input after a write into the result", x)


@scenario("IDX-46", needs=["BWD-06"])
def repeat_sums_over_the_copies(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.repeat(2, 3)
    observe("the result", y, documented=[[1, 2, 1, 2, 1, 2], [1, 2, 1, 2, 1, 2]])
    y.backward(torch.tensor([[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [7.0, 8.0, 9.0, 10.0, 11.0, 12.0]]))
    observe("the gradient", x.grad, documented=[1 + 3 + 5 + 7 + 9 + 11, 2 + 4 + 6 + 8 + 10 + 12])


@scenario("IDX-46/of-a-matrix", needs=["IDX-46"])
def repeat_of_a_matrix_copies_it_as_a_block(torch, observe):
    x = torch.tensor([[1.0], [2.0]], requires_grad=True)
    y = x.repeat(2, 1)
    observe("the result", y, documented=[[1], [2], [1], [2]])
    y.backward(torch.tensor([[1.0], [2.0], [30.0], [40.0]]))
    observe("the gradient", x.grad, documented=[[31], [42]])


@scenario("IDX-46/tile", needs=["BWD-06"])
def tile_sums_over_the_copies(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = torch.tile(x, (2,))
    observe("the result", y, documented=[[1, 2, 1, 2], [3, 4, 3, 4]])
    y.backward(torch.tensor([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]))
    observe("the gradient", x.grad, documented=[[4, 6], [12, 14]])


@scenario("IDX-47", needs=["BWD-06"])
def repeat_interleave_sums_over_the_repeats_of_each_element(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x.repeat_interleave(torch.tensor([2, 0, 1]))
    observe("the result", y, documented=[1, 1, 3])
    y.backward(torch.tensor([10.0, 20.0, 30.0]))
    observe("the gradient", x.grad, documented=[30, 0, 30])


@scenario("IDX-47/a-number-along-a-dimension", needs=["IDX-47"])
def repeat_interleave_along_a_dimension(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = torch.repeat_interleave(x, 2, dim=1)
    observe("the result", y, documented=[[1, 1, 2, 2], [3, 3, 4, 4]])
    y.backward(torch.tensor([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]))
    observe("the gradient", x.grad, documented=[[3, 7], [11, 15]])


@scenario("IDX-48", needs=["BWD-06"])
def cat_hands_each_input_its_own_part_of_the_gradient(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = torch.tensor([3.0], requires_grad=True)
    y = torch.cat([a, b])
    observe("the result", y, documented=[1, 2, 3])
    y.backward(torch.tensor([10.0, 20.0, 30.0]))
    observe("the gradient of the first", a.grad, documented=[10, 20])
    observe("the gradient of the second", b.grad, documented=[30])


@scenario("IDX-48/along-the-columns", needs=["IDX-48"])
def cat_along_the_columns(torch, observe):
    a = torch.tensor([[1.0], [2.0]], requires_grad=True)
    b = torch.tensor([[3.0, 4.0], [5.0, 6.0]], requires_grad=True)
    y = torch.cat([a, b], dim=-1)
    observe("the result", y, documented=[[1, 3, 4], [2, 5, 6]])
    y.backward(torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
    observe("the gradient of the first", a.grad, documented=[[1], [4]])
    observe("the gradient of the second", b.grad, documented=[[2, 3], [5, 6]])


@scenario("IDX-48/one-tensor-twice", needs=["IDX-48", "ACC-03/x+x"])
def a_tensor_that_stands_twice_in_cat_gets_the_sum(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    constant = torch.tensor([9.0])
    torch.cat([x, constant, x]).backward(torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0]))
    observe("the gradient", x.grad, documented=[1 + 4, 2 + 5])
    observe("the gradient of the constant", constant.grad, documented=None)


@scenario("IDX-48/shapes-that-do-not-fit", needs=["IDX-48"])
def cat_of_shapes_that_do_not_fit_is_refused(torch, observe):
    with observe.raises("two and three columns", RuntimeError, saying=("size", "2", "3")):
        torch.cat([torch.ones(1, 2), torch.ones(1, 3)], dim=0)


@scenario("IDX-48/stack", needs=["BWD-06"])
def stack_hands_each_input_its_own_index_of_the_new_dimension(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = torch.tensor([3.0, 4.0], requires_grad=True)
    y = torch.stack([a, b], dim=1)
    observe("the result", y, documented=[[1, 3], [2, 4]])
    y.backward(torch.tensor([[10.0, 20.0], [30.0, 40.0]]))
    observe("the gradient of the first", a.grad, documented=[10, 30])
    observe("the gradient of the second", b.grad, documented=[20, 40])


@scenario("IDX-48/stack-of-scalars", needs=["IDX-48/stack"])
def stack_makes_a_vector_of_scalars(torch, observe):
    losses = [torch.tensor(value, requires_grad=True) for value in (1.0, 2.0, 3.0)]
    torch.stack(losses).backward(torch.tensor([10.0, 20.0, 30.0]))
    observe("the gradients", [loss.grad for loss in losses], documented=[10.0, 20.0, 30.0])


@scenario("IDX-49", cases=PADDINGS, needs=["BWD-06"])
def padding_passes_the_gradient_of_what_it_kept(torch, observe, case):
    function, result, gradient = case
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = function(torch, x)
    observe("the result", y, documented=result)
    y.backward(torch.arange(1.0, 1.0 + len(result)))
    observe("the gradient", x.grad, documented=gradient)


@scenario("IDX-49/of-a-matrix", needs=["IDX-49/constant"])
def padding_counts_from_the_last_dimension(torch, observe):
    x = torch.tensor([[1.0, 2.0]], requires_grad=True)
    y = torch.nn.functional.pad(x, (0, 1, 1, 0))
    observe("the result", y, documented=[[0, 0, 0], [1, 2, 0]])
    y.backward(torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
    observe("the gradient", x.grad, documented=[[4, 5]])


@scenario("IDX-50", cases=COPYING_PADDINGS, needs=["BWD-06"])
def padding_with_copies_sums_their_gradients(torch, observe, case):
    mode, result, gradient = case
    x = torch.tensor([[1.0, 2.0, 3.0]], requires_grad=True)
    y = torch.nn.functional.pad(x, (1, 1), mode=mode)
    observe("the result", y, documented=[result])
    y.backward(torch.tensor([[1.0, 2.0, 3.0, 4.0, 5.0]]))
    observe("the gradient", x.grad, documented=[gradient])


@scenario("IDX-51", cases=TRIANGLES, needs=["BWD-06"])
def the_dropped_triangle_gets_no_gradient(torch, observe, case):
    function, pattern = case
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]], requires_grad=True)
    y = function(torch, x)
    kept = [[(3 * i + j + 1) * keep for j, keep in enumerate(row)] for i, row in enumerate(pattern)]
    observe("the result", y, documented=kept)
    y.backward(x.detach())
    observe("the gradient", x.grad, documented=kept)
