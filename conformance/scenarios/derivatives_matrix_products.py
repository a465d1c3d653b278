"""First derivatives of matrix products of every kind, worked out by hand on small integers."""

from conformance.scenario import scenario

A = [[1.0, 2.0], [3.0, 4.0]]
B = [[5.0, 6.0], [7.0, 8.0]]
G = [[1.0, 10.0], [100.0, 1000.0]]
# The product of A and B, and the gradients G B^T and A^T G for the upstream gradient G.
AB = [[19, 22], [43, 50]]
BY_A = [[5 + 60, 7 + 80], [500 + 6000, 700 + 8000]]
BY_B = [[1 + 300, 10 + 3000], [2 + 400, 20 + 4000]]

PRODUCTS_OF_MATRICES = {
    "mm": lambda torch, a, b: torch.mm(a, b),
    "matmul": lambda torch, a, b: torch.matmul(a, b),
    "operator": lambda torch, a, b: a @ b,
    "method": lambda torch, a, b: a.mm(b),
    "bmm": lambda torch, a, b: torch.bmm(a.unsqueeze(0), b.unsqueeze(0)).squeeze(0),
    "einsum": lambda torch, a, b: torch.einsum("ij,jk->ik", a, b),
    "tensordot": lambda torch, a, b: torch.tensordot(a, b, dims=1),
    "inner": lambda torch, a, b: torch.inner(a, b.t()),
    "multi-dot": lambda torch, a, b: torch.linalg.multi_dot([a, b]),
    "chain-matmul": lambda torch, a, b: torch.chain_matmul(a, b),
    "linear": lambda torch, a, b: torch.nn.functional.linear(a, b.t()),
    "sum-of-outer-products": lambda torch, a, b: (a.unsqueeze(2) * b.unsqueeze(0)).sum(1),
}
# Subscripts of einsum, the operands' shapes (filled with 1, 2, 3, ...), the value, and the gradients for an upstream
# gradient of ones.
SUBSCRIPTS = {
    "transpose": ("ij->ji", [[2, 3]], [[1, 4], [2, 5], [3, 6]], [[[1, 1, 1], [1, 1, 1]]]),
    "sum": ("ij->", [[2, 2]], 10.0, [[[1, 1], [1, 1]]]),
    "column-sums": ("ij->j", [[2, 2]], [4, 6], [[[1, 1], [1, 1]]]),
    "diagonal": ("ii->i", [[2, 2]], [1, 4], [[[1, 0], [0, 1]]]),
    "trace": ("ii", [[2, 2]], 5.0, [[[1, 0], [0, 1]]]),
    "dot": ("i,i->", [[2], [2]], 5.0, [[1, 2], [1, 2]]),
    "outer": ("i,j->ij", [[2], [2]], [[1, 2], [2, 4]], [[3, 3], [3, 3]]),
    "elementwise": ("ij,ij->ij", [[1, 2], [1, 2]], [[1, 4]], [[[1, 2]], [[1, 2]]]),
    "batch": ("bij,bjk->bik", [[2, 1, 1], [2, 1, 1]], [[[1]], [[4]]], [[[[1]], [[2]]], [[[1]], [[2]]]]),
    "implicit-output": ("ij,jk", [[1, 2], [2, 1]], [[5]], [[[1, 2]], [[1], [2]]]),
    "ellipsis": ("...i,i->...", [[2, 2], [2]], [5, 11], [[[1, 2], [1, 2]], [4, 6]]),
    "three-operands": ("i,i,i->", [[2], [2], [2]], 9.0, [[1, 4], [1, 4], [1, 4]]),
    "bilinear": ("i,ij,j->", [[2], [2, 2], [2]], 27.0, [[5, 11], [[1, 2], [2, 4]], [7, 10]]),
}


def counting(torch, shape):
    numel = 1
    for size in shape:
        numel *= size
    return torch.arange(1.0, 1.0 + numel).reshape(shape).requires_grad_()


@scenario("DRV-13", cases=PRODUCTS_OF_MATRICES, needs=["BWD-06"])
def a_product_of_two_matrices(torch, observe, case):
    a = torch.tensor(A, requires_grad=True)
    b = torch.tensor(B, requires_grad=True)
    y = case(torch, a, b)
    observe("the product", y, documented=AB)
    y.backward(torch.tensor(G))
    observe("the gradient of the first", a.grad, documented=BY_A)
    observe("the gradient of the second", b.grad, documented=BY_B)


@scenario("DRV-13/of-a-transpose", needs=["DRV-13/mm"])
def a_product_with_its_own_transpose(torch, observe):
    x = torch.tensor([[1.0, 2.0]], requires_grad=True)
    y = x.t() @ x
    observe("the product", y, documented=[[1, 2], [2, 4]])
    y.backward(torch.tensor([[1.0, 10.0], [100.0, 1000.0]]))
    observe("the gradient", x.grad, documented=[[2 + 220, 110 + 4000]])


@scenario("DRV-13/of-one-matrix-with-itself", needs=["DRV-13/mm"])
def the_square_of_a_matrix(torch, observe):
    x = torch.tensor(A, requires_grad=True)
    (x @ x).sum().backward()
    observe("the gradient", x.grad, documented=[[3 + 4, 7 + 4], [3 + 6, 7 + 6]])


@scenario("DRV-13/of-three", needs=["DRV-13/mm"])
def a_product_of_three_matrices(torch, observe):
    a = torch.tensor([[1.0, 2.0]], requires_grad=True)
    b = torch.tensor(A, requires_grad=True)
    c = torch.tensor([[5.0], [6.0]], requires_grad=True)
    y = a @ b @ c
    observe("the product", y, documented=[[95]])
    y.backward(torch.tensor([[1.0]]))
    observe("the gradient of the first", a.grad, documented=[[17, 39]])
    observe("the gradient of the second", b.grad, documented=[[5, 6], [10, 12]])
    observe("the gradient of the third", c.grad, documented=[[7], [10]])


@scenario("DRV-13/bmm-of-a-batch", needs=["DRV-13/bmm"])
def bmm_keeps_the_batches_apart(torch, observe):
    a = torch.tensor([[[1.0, 2.0]], [[3.0, 4.0]]], requires_grad=True)
    b = torch.tensor([[[5.0], [6.0]], [[7.0], [8.0]]], requires_grad=True)
    y = torch.bmm(a, b)
    observe("the products", y, documented=[[[17]], [[53]]])
    y.backward(torch.tensor([[[1.0]], [[10.0]]]))
    observe("the gradient of the first", a.grad, documented=[[[5, 6]], [[70, 80]]])
    observe("the gradient of the second", b.grad, documented=[[[1], [2]], [[30], [40]]])


@scenario("DRV-13/mv", needs=["BWD-06"])
def a_matrix_times_a_vector(torch, observe):
    a = torch.tensor(A, requires_grad=True)
    v = torch.tensor([5.0, 6.0], requires_grad=True)
    y = torch.mv(a, v)
    observe("the product", y, documented=[17, 39])
    y.backward(torch.tensor([1.0, 10.0]))
    observe("the gradient of the matrix", a.grad, documented=[[5, 6], [50, 60]])
    observe("the gradient of the vector", v.grad, documented=[31, 42])


@scenario("DRV-13/dot", needs=["BWD-06"])
def a_dot_product(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = torch.tensor([3.0, 4.0], requires_grad=True)
    y = torch.dot(a, b)
    observe("the product", y, documented=11.0)
    y.backward(torch.tensor(2.0))
    observe("the gradient of the first", a.grad, documented=[6, 8])
    observe("the gradient of the second", b.grad, documented=[2, 4])


@scenario("DRV-13/outer", needs=["BWD-06"])
def an_outer_product(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = torch.tensor([3.0, 4.0, 5.0], requires_grad=True)
    y = torch.outer(a, b)
    observe("the product", y, documented=[[3, 4, 5], [6, 8, 10]])
    y.backward(torch.tensor([[1.0, 10.0, 100.0], [2.0, 20.0, 200.0]]))
    observe("the gradient of the first", a.grad, documented=[543, 1086])
    observe("the gradient of the second", b.grad, documented=[5, 50, 500])


@scenario("DRV-13/kron", needs=["BWD-06"])
def a_kronecker_product(torch, observe):
    a = torch.tensor([[1.0, 2.0]], requires_grad=True)
    b = torch.tensor([[3.0], [4.0]], requires_grad=True)
    y = torch.kron(a, b)
    observe("the product", y, documented=[[3, 6], [4, 8]])
    y.backward(torch.tensor(G))
    observe("the gradient of the first", a.grad, documented=[[403, 4030]])
    observe("the gradient of the second", b.grad, documented=[[21], [2100]])


@scenario("DRV-13/cross", needs=["BWD-06"])
def a_cross_product(torch, observe):
    a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    b = torch.tensor([4.0, 5.0, 6.0], requires_grad=True)
    y = torch.linalg.cross(a, b)
    observe("the product", y, documented=[-3, 6, -3])
    y.backward(torch.tensor([1.0, 0.0, 0.0]))
    observe("the gradient of the first", a.grad, documented=[0, 6, -5])
    observe("the gradient of the second", b.grad, documented=[0, -3, 2])


@scenario("DRV-13/tensordot-over-two-dimensions", needs=["DRV-13/tensordot"])
def tensordot_over_two_dimensions_is_a_sum_of_products(torch, observe):
    a = torch.tensor(A, requires_grad=True)
    b = torch.tensor(B, requires_grad=True)
    y = torch.tensordot(a, b, dims=([0, 1], [1, 0]))
    observe("the value", y, documented=1.0 * 5 + 2 * 7 + 3 * 6 + 4 * 8)
    y.backward()
    observe("the gradient of the first", a.grad, documented=[[5, 7], [6, 8]])
    observe("the gradient of the second", b.grad, documented=[[1, 3], [2, 4]])


@scenario("DRV-13/einsum-of", cases=SUBSCRIPTS, needs=["BWD-06"])
def einsum_follows_its_subscripts(torch, observe, case):
    subscripts, shapes, value, gradients = case
    operands = [counting(torch, shape) for shape in shapes]
    y = torch.einsum(subscripts, *operands)
    observe("the value", y, documented=value)
    y.backward(torch.ones(y.shape))
    for position, (operand, gradient) in enumerate(zip(operands, gradients, strict=True), start=1):
        observe(f"the gradient of operand {position}", operand.grad, documented=gradient)


@scenario("DRV-13/only-one-requires-grad", needs=["DRV-13/mm"])
def the_factor_that_does_not_require_grad_gets_none(torch, observe):
    a = torch.tensor(A, requires_grad=True)
    b = torch.tensor(B)
    (a @ b).backward(torch.tensor(G))
    observe("the gradient of the first", a.grad, documented=BY_A)
    observe("the gradient of the second", b.grad, documented=None)


@scenario("DRV-14", needs=["DRV-13/mm"])
def addmm_scales_the_matrix_by_beta_and_the_product_by_alpha(torch, observe):
    m = torch.tensor([[1.0, 1.0], [1.0, 1.0]], requires_grad=True)
    a = torch.tensor(A, requires_grad=True)
    b = torch.tensor(B, requires_grad=True)
    y = torch.addmm(m, a, b, beta=3, alpha=2)
    observe("the value", y, documented=[[41, 47], [89, 103]])
    y.backward(torch.tensor(G))
    observe("the gradient of the matrix", m.grad, documented=[[3, 30], [300, 3000]])
    observe("the gradient of the first factor", a.grad, documented=[[2 * g for g in row] for row in BY_A])
    observe("the gradient of the second factor", b.grad, documented=[[2 * g for g in row] for row in BY_B])


@scenario("DRV-14/a-broadcast-bias", needs=["DRV-14"])
def addmm_sums_the_gradient_of_a_broadcast_bias(torch, observe):
    bias = torch.tensor([1.0, 2.0], requires_grad=True)
    y = torch.addmm(bias, torch.tensor(A), torch.tensor(B))
    observe("the value", y, documented=[[20, 24], [44, 52]])
    y.backward(torch.tensor(G))
    observe("the gradient of the bias", bias.grad, documented=[101, 1010])


@scenario("DRV-14/addmv", needs=["DRV-13/mv"])
def addmv_adds_a_matrix_times_a_vector(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    a = torch.tensor(A, requires_grad=True)
    v = torch.tensor([5.0, 6.0], requires_grad=True)
    y = torch.addmv(x, a, v, beta=3, alpha=2)
    observe("the value", y, documented=[37, 84])
    y.backward(torch.tensor([1.0, 10.0]))
    observe("the gradient of the summand", x.grad, documented=[3, 30])
    observe("the gradient of the matrix", a.grad, documented=[[10, 12], [100, 120]])
    observe("the gradient of the vector", v.grad, documented=[62, 84])


@scenario("DRV-14/addr", needs=["DRV-13/outer"])
def addr_adds_an_outer_product(torch, observe):
    m = torch.tensor(A, requires_grad=True)
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = torch.tensor([3.0, 4.0], requires_grad=True)
    y = torch.addr(m, a, b, beta=0.5, alpha=2)
    observe("the value", y, documented=[[6.5, 9], [13.5, 18]])
    y.backward(torch.tensor(G))
    observe("the gradient of the matrix", m.grad, documented=[[0.5, 5], [50, 500]])
    observe("the gradient of the first", a.grad, documented=[2 * 43, 2 * 4300])
    observe("the gradient of the second", b.grad, documented=[2 * 201, 2 * 2010])


@scenario("DRV-14/baddbmm", needs=["DRV-13/bmm"])
def baddbmm_adds_a_batch_of_products(torch, observe):
    m = torch.ones(2, 1, 1, requires_grad=True)
    a = torch.tensor([[[1.0, 2.0]], [[3.0, 4.0]]], requires_grad=True)
    b = torch.tensor([[[5.0], [6.0]], [[7.0], [8.0]]], requires_grad=True)
    y = torch.baddbmm(m, a, b, beta=3, alpha=2)
    observe("the value", y, documented=[[[37]], [[109]]])
    y.backward(torch.tensor([[[1.0]], [[10.0]]]))
    observe("the gradient of the matrices", m.grad, documented=[[[3]], [[30]]])
    observe("the gradient of the first factors", a.grad, documented=[[[10, 12]], [[140, 160]]])
    observe("the gradient of the second factors", b.grad, documented=[[[2], [4]], [[60], [80]]])


@scenario("DRV-14/addbmm", needs=["DRV-13/bmm"])
def addbmm_adds_the_sum_of_a_batch_of_products(torch, observe):
    m = torch.ones(1, 1, requires_grad=True)
    a = torch.tensor([[[1.0, 2.0]], [[3.0, 4.0]]], requires_grad=True)
    b = torch.tensor([[[5.0], [6.0]], [[7.0], [8.0]]], requires_grad=True)
    y = torch.addbmm(m, a, b, beta=3, alpha=2)
    observe("the value", y, documented=[[143]])
    y.backward(torch.tensor([[10.0]]))
    observe("the gradient of the matrix", m.grad, documented=[[30]])
    observe("the gradient of the first factors", a.grad, documented=[[[100, 120]], [[140, 160]]])
    observe("the gradient of the second factors", b.grad, documented=[[[20], [40]], [[60], [80]]])


@scenario("DRV-14/beta-of-zero", needs=["DRV-14"])
def with_a_beta_of_zero_the_matrix_is_ignored_nan_and_all(torch, observe):
    m = torch.tensor([[float("nan")]], requires_grad=True)
    a = torch.tensor([[2.0]], requires_grad=True)
    y = torch.addmm(m, a, torch.tensor([[3.0]]), beta=0)
    observe("the value", y, documented=[[6]])
    y.backward(torch.tensor([[1.0]]))
    observe("the gradient of the factor", a.grad, documented=[[3]])
    observe("the gradient of the matrix", m.grad)
