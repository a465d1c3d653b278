"""Broadcasting: which shapes go together, and how the gradient of a broadcast operand is summed back."""

import math

from conformance.scenario import scenario

# Pairs of shapes and the shape of their sum.
SHAPES = {
    "a-missing-dimension": ([2, 3], [3], [2, 3]),
    "a-size-of-one": ([2, 1], [2, 3], [2, 3]),
    "both-grow": ([3, 1], [2], [3, 2]),
    "both-grow-in-the-middle": ([2, 1, 3], [1, 4, 1], [2, 4, 3]),
    "a-0-dim-tensor": ([2, 3], [], [2, 3]),
    "one-element-of-three-dimensions": ([1, 1, 1], [2], [1, 1, 2]),
    "equal": ([2, 3], [2, 3], [2, 3]),
}

# Pairs of shapes that do not go together.
REFUSED = {
    "last-sizes": ([2, 3], [2]),
    "first-sizes": ([2, 3], [3, 3]),
    "sizes-in-the-middle": ([2, 3, 4], [2, 2, 4]),
    "zero-and-two": ([0], [2]),
}

# Two-operand functions of a [[2, 4]] leaf of shape (1, 2) and a [[1], [2]] leaf of shape (2, 1): the gradients of both
# for an upstream gradient of [[1, 10], [100, 1000]].
BINARY = {
    "add": (lambda a, b: a + b, [[101, 1010]], [[11], [1100]]),
    "sub": (lambda a, b: a - b, [[101, 1010]], [[-11], [-1100]]),
    "mul": (lambda a, b: a * b, [[1 + 200, 10 + 2000]], [[2 + 40], [200 + 4000]]),
    "div": (lambda a, b: a / b, [[1 + 50, 10 + 500]], [[-2 - 40], [-200 / 4 - 4000 / 4]]),
    "pow": (lambda a, b: b**a, [[400 * math.log(2), 16000 * math.log(2)]], [[2 + 40], [200 * 2 + 4000 * 8]]),
    "maximum": (lambda a, b: a.maximum(b * 1.5), [[1, 1010]], [[0], [150]]),
}


@scenario("BRC-01", cases=SHAPES)
def shapes_align_from_the_last_dimension(torch, observe, case):
    left, right, result = case
    observe("the shape of the sum", list((torch.ones(left) + torch.ones(right)).shape), documented=result)
    observe("the other way round", list((torch.ones(right) + torch.ones(left)).shape), documented=result)


@scenario("BRC-01/values", needs=["BRC-01/both-grow"])
def every_element_meets_every_other(torch, observe):
    rows = torch.tensor([[10.0], [20.0], [30.0]])
    columns = torch.tensor([1.0, 2.0])
    observe("the sum", rows + columns, documented=[[11, 12], [21, 22], [31, 32]])


@scenario("BRC-01/refused", cases=REFUSED)
def shapes_that_do_not_align_are_refused(torch, observe, case):
    left, right = case
    with observe.raises("adding them", RuntimeError, saying="size"):
        torch.ones(left) + torch.ones(right)


@scenario("BRC-01/broadcast-shapes")
def the_common_shape_can_be_asked_for(torch, observe):
    observe("of three shapes", list(torch.broadcast_shapes((2, 1), (3,), (1, 1, 1))), documented=[1, 2, 3])
    with observe.raises("of shapes that do not align", RuntimeError, saying=("2", "3")):
        torch.broadcast_shapes((2,), (3,))


@scenario("BRC-01/broadcast-tensors", needs=["BRC-02"])
def broadcast_tensors_expands_and_its_gradient_is_summed(torch, observe):
    a = torch.tensor([[1.0], [2.0]], requires_grad=True)
    b = torch.tensor([3.0, 4.0, 5.0], requires_grad=True)
    wide_a, wide_b = torch.broadcast_tensors(a, b)
    observe("the first", wide_a, documented=[[1, 1, 1], [2, 2, 2]])
    observe("the second", wide_b, documented=[[3, 4, 5], [3, 4, 5]])
    upstream = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    (wide_a * upstream + wide_b * upstream).sum().backward()
    observe("the gradient of the first", a.grad, documented=[[6], [15]])
    observe("the gradient of the second", b.grad, documented=[5, 7, 9])


@scenario("BRC-02", needs=["BWD-06"])
def the_gradient_of_a_broadcast_operand_has_its_own_shape(torch, observe):
    a = torch.tensor([[1.0], [2.0], [3.0]], requires_grad=True)
    b = torch.tensor([10.0, 20.0], requires_grad=True)
    (a + b).backward(torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))
    observe("the gradient of the column", a.grad, documented=[[3], [7], [11]])
    observe("the gradient of the row", b.grad, documented=[9, 12])


@scenario("BRC-02/by", cases=BINARY, needs=["BRC-02"])
def every_function_of_two_sums_back(torch, observe, case):
    function, left, right = case
    a = torch.tensor([[2.0, 4.0]], requires_grad=True)
    b = torch.tensor([[1.0], [2.0]], requires_grad=True)
    y = function(a, b)
    observe("the shape of the result", list(y.shape), documented=[2, 2])
    y.backward(torch.tensor([[1.0, 10.0], [100.0, 1000.0]]))
    observe("the gradient of the row", a.grad, documented=left)
    observe("the gradient of the column", b.grad, documented=right)


@scenario("BRC-02/leading-dimensions", needs=["BRC-02"])
def leading_dimensions_are_summed_away(torch, observe):
    bias = torch.tensor([1.0, 2.0], requires_grad=True)
    y = torch.zeros(2, 2, 2) + bias
    y.backward(torch.arange(1.0, 9.0).reshape(2, 2, 2))
    observe("the gradient", bias.grad, documented=[1 + 3 + 5 + 7, 2 + 4 + 6 + 8])


@scenario("BRC-02/a-dimension-of-one-is-kept", needs=["BRC-02"])
def a_dimension_of_size_one_stays_in_the_gradient(torch, observe):
    x = torch.tensor([[[1.0]]], requires_grad=True)
    (x * torch.tensor([[1.0, 2.0], [3.0, 4.0]])).sum().backward()
    observe("the gradient", x.grad, documented=[[[10]]])


@scenario("BRC-02/an-equal-size-is-not-summed", needs=["BRC-02"])
def an_operand_that_already_has_the_shape_keeps_its_gradient(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    (x * torch.tensor([10.0, 100.0])).backward(torch.ones(2, 2))
    observe("the gradient", x.grad, documented=[[10, 100], [10, 100]])


@scenario("BRC-02/of-one-leaf-with-itself", needs=["BRC-02", "ACC-03/x+x"])
def a_leaf_broadcast_against_its_own_transpose(torch, observe):
    x = torch.tensor([[1.0, 2.0, 3.0]], requires_grad=True)
    (x * x.t()).sum().backward()
    observe("the gradient", x.grad, documented=[[12, 12, 12]])


@scenario("BRC-02/in-place", needs=["BRC-02", "INP-10"])
def the_operand_of_an_in_place_operation_is_summed_back(torch, observe):
    x = torch.ones(2, 3, requires_grad=True)
    bias = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 1.0
    y += bias
    y.backward(torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
    observe("the gradient of the operand", bias.grad, documented=[5, 7, 9])
    observe("the gradient of the tensor", x.grad, documented=[[1, 2, 3], [4, 5, 6]])


@scenario("BRC-03", needs=["BWD-06"])
def the_gradient_of_a_0_dim_operand_is_the_sum_of_everything(torch, observe):
    scale = torch.tensor(2.0, requires_grad=True)
    (torch.tensor([[1.0, 2.0], [3.0, 4.0]]) * scale).backward(torch.tensor([[1.0, 10.0], [100.0, 1000.0]]))
    observe("the gradient", scale.grad, documented=4321.0)
    observe("its shape", list(scale.grad.shape), documented=[])


@scenario("BRC-03/in-a-0-dim-result", needs=["BRC-03"])
def a_one_element_vector_and_a_0_dim_tensor_keep_their_shapes(torch, observe):
    vector = torch.tensor([3.0], requires_grad=True)
    scalar = torch.tensor(4.0, requires_grad=True)
    y = vector * scalar
    observe("the shape of the product", list(y.shape), documented=[1])
    y.backward()
    observe("the gradient of the vector", vector.grad, documented=[4])
    observe("the gradient of the scalar", scalar.grad, documented=3.0)


@scenario("BRC-04", needs=["BWD-01"])
def one_against_none_is_empty_and_gives_a_gradient_of_zero(torch, observe):
    x = torch.tensor([[1.0], [2.0]], requires_grad=True)
    y = x + torch.ones(2, 0)
    observe("the shape of the sum", list(y.shape), documented=[2, 0])
    y.sum().backward()
    observe("the gradient", x.grad, documented=[[0], [0]])


@scenario("BRC-05", needs=["BWD-06"])
def sum_to_size_reduces_and_its_gradient_expands(torch, observe):
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    y = x.sum_to_size(2, 1)
    observe("the result", y, documented=[[6], [15]])
    y.backward(torch.tensor([[10.0], [20.0]]))
    observe("the gradient", x.grad, documented=[[10, 10, 10], [20, 20, 20]])


@scenario("BRC-05/leading-dimensions", needs=["BRC-05"])
def sum_to_size_of_fewer_dimensions(torch, observe):
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    y = x.sum_to_size(3)
    observe("the result", y, documented=[5, 7, 9])
    y.backward(torch.tensor([1.0, 2.0, 3.0]))
    observe("the gradient", x.grad, documented=[[1, 2, 3], [1, 2, 3]])


@scenario("BRC-05/a-size-that-does-not-fit", needs=["BRC-05"])
def sum_to_size_refuses_a_size_it_cannot_be_expanded_from(torch, observe):
    x = torch.ones(2, 3, requires_grad=True)
    with observe.raises("two rows to three", RuntimeError, saying=("2", "3")):
        x.sum_to_size(3, 3)


@scenario("BRC-06", needs=["BWD-06"])
def matmul_sums_over_the_batch_that_was_broadcast(torch, observe):
    a = torch.tensor([[[1.0, 2.0]], [[3.0, 4.0]]], requires_grad=True)  # 2 x 1 x 2
    b = torch.tensor([[10.0], [20.0]], requires_grad=True)  # 2 x 1
    y = torch.matmul(a, b)
    observe("the product", y, documented=[[[50]], [[110]]])
    y.backward(torch.tensor([[[1.0]], [[2.0]]]))
    observe("the gradient of the batch", a.grad, documented=[[[10, 20]], [[20, 40]]])
    observe("the gradient of the matrix", b.grad, documented=[[1 + 6], [2 + 8]])


@scenario("BRC-06/two-batches", needs=["BRC-06"])
def matmul_broadcasts_batches_against_each_other(torch, observe):
    a = torch.arange(1.0, 5.0).reshape(2, 1, 1, 2).requires_grad_()
    b = torch.arange(1.0, 7.0).reshape(3, 2, 1).requires_grad_()
    y = a @ b
    observe("the shape", list(y.shape), documented=[2, 3, 1, 1])
    y.sum().backward()
    observe("the gradient of the first", a.grad, documented=[[[[9, 12]]], [[[9, 12]]]])
    observe("the gradient of the second", b.grad, documented=[[[4], [6]], [[4], [6]], [[4], [6]]])


@scenario("BRC-06/vector-by-vector", needs=["BWD-06"])
def matmul_of_two_vectors_is_their_dot_product(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = torch.tensor([3.0, 4.0], requires_grad=True)
    y = torch.matmul(a, b)
    observe("the product", y, documented=11.0)
    y.backward()
    observe("the gradient of the first", a.grad, documented=[3, 4])
    observe("the gradient of the second", b.grad, documented=[1, 2])


@scenario("BRC-06/matrix-by-vector", needs=["BWD-06"])
def matmul_of_a_matrix_and_a_vector_is_a_vector(torch, observe):
    a = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], requires_grad=True)
    b = torch.tensor([10.0, 20.0], requires_grad=True)
    y = torch.matmul(a, b)
    observe("the product", y, documented=[50, 110, 170])
    y.backward(torch.tensor([1.0, 2.0, 3.0]))
    observe("the gradient of the matrix", a.grad, documented=[[10, 20], [20, 40], [30, 60]])
    observe("the gradient of the vector", b.grad, documented=[22, 28])


@scenario("BRC-06/vector-by-matrix", needs=["BWD-06"])
def matmul_of_a_vector_and_a_matrix_is_a_vector(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    y = torch.matmul(a, b)
    observe("the product", y, documented=[9, 12, 15])
    y.backward(torch.tensor([1.0, 10.0, 100.0]))
    observe("the gradient of the vector", a.grad, documented=[321, 654])
    observe("the gradient of the matrix", b.grad, documented=[[1, 10, 100], [2, 20, 200]])


@scenario("BRC-06/batch-by-vector", needs=["BRC-06/matrix-by-vector"])
def matmul_of_a_batch_and_a_vector_sums_over_the_batch(torch, observe):
    a = torch.tensor([[[1.0, 2.0]], [[3.0, 4.0]]], requires_grad=True)
    b = torch.tensor([10.0, 20.0], requires_grad=True)
    y = a @ b
    observe("the product", y, documented=[[50], [110]])
    y.backward(torch.tensor([[1.0], [2.0]]))
    observe("the gradient of the batch", a.grad, documented=[[[10, 20]], [[20, 40]]])
    observe("the gradient of the vector", b.grad, documented=[7, 10])


@scenario("BRC-06/sizes-that-do-not-fit", needs=["BRC-06"])
def matmul_of_sizes_that_do_not_fit_is_refused(torch, observe):
    with observe.raises("2x3 by 2x3", RuntimeError, saying=("2", "3")):
        torch.ones(2, 3) @ torch.ones(2, 3)
    with observe.raises("a 0-dim operand", RuntimeError):
        torch.matmul(torch.tensor(2.0), torch.ones(2, 3))


@scenario("BRC-07", needs=["IDX-54", "BRC-02"])
def where_sums_the_gradient_of_broadcast_branches(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = torch.tensor(5.0, requires_grad=True)
    y = torch.where(torch.tensor([[True, False], [True, True]]), a, b)
    observe("the result", y, documented=[[1, 5], [1, 2]])
    y.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    observe("the gradient of the row", a.grad, documented=[4, 4])
    observe("the gradient of the scalar", b.grad, documented=2.0)


@scenario("BRC-07/lerp", needs=["BRC-02"])
def lerp_sums_the_gradient_of_each_of_its_three_operands(torch, observe):
    start = torch.tensor([0.0, 2.0], requires_grad=True)
    end = torch.tensor([[4.0], [6.0]], requires_grad=True)
    weight = torch.tensor(0.25, requires_grad=True)
    y = torch.lerp(start, end, weight)
    observe("the result", y, documented=[[1, 2.5], [1.5, 3]])
    y.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    observe("the gradient of the start", start.grad, documented=[0.75 * 4, 0.75 * 6])
    observe("the gradient of the end", end.grad, documented=[[0.25 * 3], [0.25 * 7]])
    observe("the gradient of the weight", weight.grad, documented=1 * 4 + 2 * 2 + 3 * 6 + 4 * 4)


@scenario("BRC-07/addcmul", needs=["BRC-02"])
def addcmul_sums_the_gradient_of_each_operand(torch, observe):
    x = torch.tensor(1.0, requires_grad=True)
    a = torch.tensor([[2.0], [3.0]], requires_grad=True)
    b = torch.tensor([4.0, 5.0], requires_grad=True)
    y = torch.addcmul(x, a, b, value=10.0)
    observe("the result", y, documented=[[81, 101], [121, 151]])
    y.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    observe("the gradient of the first", x.grad, documented=10.0)
    observe("the gradient of the column", a.grad, documented=[[10 * (4 + 10)], [10 * (12 + 20)]])
    observe("the gradient of the row", b.grad, documented=[10 * (2 + 9), 10 * (4 + 12)])


@scenario("BRC-07/addcdiv", needs=["BRC-02"])
def addcdiv_sums_the_gradient_of_each_operand(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    a = torch.tensor(8.0, requires_grad=True)
    b = torch.tensor([[2.0], [4.0]], requires_grad=True)
    y = torch.addcdiv(x, a, b, value=0.5)
    observe("the result", y, documented=[[3, 4], [2, 3]])
    y.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    observe("the gradient of the row", x.grad, documented=[4, 6])
    observe("the gradient of the scalar", a.grad, documented=0.5 * (3 / 2 + 7 / 4))
    observe("the gradient of the column", b.grad, documented=[[-0.5 * 8 / 4 * 3], [-0.5 * 8 / 16 * 7]])


@scenario("BRC-07/clamp", needs=["BRC-02"])
def clamp_sums_the_gradient_of_tensor_bounds(torch, observe):
    x = torch.tensor([[0.0, 5.0], [2.0, 9.0]], requires_grad=True)
    lower = torch.tensor(1.0, requires_grad=True)
    upper = torch.tensor([3.0, 4.0], requires_grad=True)
    y = x.clamp(lower, upper)
    observe("the result", y, documented=[[1, 4], [2, 4]])
    y.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    observe("the gradient of the input", x.grad, documented=[[0, 0], [3, 0]])
    observe("the gradient of the lower bound", lower.grad, documented=1.0)
    observe("the gradient of the upper bound", upper.grad, documented=[0, 6])


@scenario("BRC-08")
def equal_numbers_of_elements_do_not_make_shapes_pointwise(torch, observe):
    y = torch.ones(4, 1) + torch.ones(4)
    observe("the shape of (4, 1) and (4)", list(y.shape), documented=[4, 4])
    with observe.raises("(2, 3) and (6)", RuntimeError, saying="size"):
        torch.ones(2, 3) + torch.ones(6)
