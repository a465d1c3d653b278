"""First derivatives of linear algebra, on matrices whose inverse or decomposition can be written down."""

import math

from conformance.scenario import scenario

DETERMINANTS = {
    "linalg-det": lambda torch, x: torch.linalg.det(x),
    "det": lambda torch, x: torch.det(x),
    "method": lambda torch, x: x.det(),
}


@scenario("DRV-15", needs=["BWD-06"])
def the_inverse_of_a_matrix(torch, observe):
    x = torch.tensor([[2.0, 1.0], [1.0, 1.0]], requires_grad=True)  # its inverse is [[1, -1], [-1, 2]]
    y = torch.linalg.inv(x)
    observe("the inverse", y, documented=[[1, -1], [-1, 2]])
    y.backward(torch.tensor([[1.0, 0.0], [0.0, 10.0]]))
    # - inverse^T upstream inverse^T
    observe("the gradient", x.grad, documented=[[-11, 21], [21, -41]])


@scenario("DRV-15/det", cases=DETERMINANTS, needs=["BWD-01"])
def the_determinant_of_a_matrix(torch, observe, case):
    x = torch.tensor([[3.0, 1.0], [2.0, 4.0]], requires_grad=True)
    y = case(torch, x)
    observe("the determinant", y, documented=10.0)
    y.backward()
    observe("the gradient: the cofactors", x.grad, documented=[[4, -2], [-1, 3]])


@scenario("DRV-21", needs=["DRV-15/det/linalg-det"])
def the_determinant_of_a_singular_matrix_has_the_cofactors_too(torch, observe):
    x = torch.tensor([[1.0, 2.0], [2.0, 4.0]], requires_grad=True)
    y = torch.linalg.det(x)
    observe("the determinant", y, documented=0.0)
    y.backward()
    observe("the gradient", x.grad, documented=[[4, -2], [-2, 1]])


@scenario("DRV-21/under-create-graph", needs=["DRV-15/det/linalg-det"])
def the_determinant_of_a_singular_matrix_under_create_graph(torch, observe):
    x = torch.tensor([[1.0, 2.0], [2.0, 4.0]], requires_grad=True)
    (gradient,) = torch.autograd.grad(torch.linalg.det(x), x, create_graph=True)
    observe("the gradient", gradient, documented=[[4, -2], [-2, 1]], terms=10)


@scenario("DRV-15/slogdet", needs=["BWD-01"])
def the_logarithm_of_the_determinant(torch, observe):
    x = torch.tensor([[3.0, 1.0], [2.0, 4.0]], requires_grad=True)
    sign, logarithm = torch.linalg.slogdet(x)
    observe("the sign", sign, documented=1.0)
    observe("the logarithm", logarithm, documented=math.log(10))
    logarithm.backward()
    observe("the gradient: the transposed inverse", x.grad, documented=[[0.4, -0.2], [-0.1, 0.3]])


@scenario("DRV-15/slogdet-of-a-negative-determinant", needs=["DRV-15/slogdet"])
def a_negative_determinant_has_the_sign_minus_one(torch, observe):
    x = torch.tensor([[1.0, 3.0], [4.0, 2.0]], requires_grad=True)
    sign, logarithm = torch.linalg.slogdet(x)
    observe("the sign", sign, documented=-1.0)
    observe("the logarithm", logarithm, documented=math.log(10))
    logarithm.backward()
    observe("the gradient", x.grad, documented=[[-0.2, 0.4], [0.3, -0.1]])


@scenario("DRV-15/solve", needs=["BWD-06"])
def the_solution_of_a_linear_system(torch, observe):
    a = torch.tensor([[2.0, 1.0], [1.0, 1.0]], requires_grad=True)
    b = torch.tensor([3.0, 2.0], requires_grad=True)
    x = torch.linalg.solve(a, b)
    observe("the solution", x, documented=[1, 1])
    x.backward(torch.tensor([1.0, 10.0]))
    # For the right-hand side the system of the transpose, for the matrix its negative outer product with the solution.
    observe("the gradient of the right-hand side", b.grad, documented=[-9, 19])
    observe("the gradient of the matrix", a.grad, documented=[[9, 9], [-19, -19]])


@scenario("DRV-15/solve-for-several", needs=["DRV-15/solve"])
def the_solution_for_several_right_hand_sides(torch, observe):
    a = torch.tensor([[2.0, 0.0], [0.0, 4.0]], requires_grad=True)
    b = torch.tensor([[2.0, 4.0], [4.0, 8.0]], requires_grad=True)
    x = torch.linalg.solve(a, b)
    observe("the solutions", x, documented=[[1, 2], [1, 2]])
    x.backward(torch.tensor([[2.0, 4.0], [4.0, 8.0]]))
    observe("the gradient of the right-hand sides", b.grad, documented=[[1, 2], [1, 2]])
    observe("the gradient of the matrix", a.grad, documented=[[-5, -5], [-5, -5]])


@scenario("DRV-15/solve-triangular", needs=["DRV-15/solve"])
def the_solution_of_a_triangular_system(torch, observe):
    a = torch.tensor([[2.0, 0.0], [1.0, 1.0]], requires_grad=True)
    b = torch.tensor([[2.0], [3.0]], requires_grad=True)
    x = torch.linalg.solve_triangular(a, b, upper=False)
    observe("the solution", x, documented=[[1], [2]])
    x.backward(torch.tensor([[1.0], [10.0]]))
    observe("the gradient of the right-hand side", b.grad, documented=[[-4.5], [10]])
    observe("the gradient of the matrix", a.grad, documented=[[4.5, 0], [-10, -20]])


@scenario("DRV-15/matrix-power", needs=["DRV-13/of-one-matrix-with-itself"])
def the_power_of_a_matrix(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = torch.linalg.matrix_power(x, 2)
    observe("the square", y, documented=[[7, 10], [15, 22]])
    y.sum().backward()
    observe("the gradient", x.grad, documented=[[3 + 4, 7 + 4], [3 + 6, 7 + 6]])


@scenario("DRV-15/matrix-exp", needs=["BWD-06"])
def the_exponential_of_a_nilpotent_matrix(torch, observe):
    x = torch.tensor([[0.0, 2.0], [0.0, 0.0]], requires_grad=True)
    y = torch.linalg.matrix_exp(x)
    observe("the exponential", y, documented=[[1, 2], [0, 1]])
    y.backward(torch.tensor([[0.0, 1.0], [0.0, 0.0]]))
    # The derivative of exp at N is exp(x t) E exp(x (1 - t)) integrated over t; the series ends with N E N / 6.
    observe("the gradient", x.grad, documented=[[1, 1], [2 / 3, 1]])


@scenario("DRV-15/pinv", needs=["DRV-15"])
def the_pseudoinverse_of_an_invertible_matrix_is_its_inverse(torch, observe):
    x = torch.tensor([[2.0, 0.0], [0.0, 4.0]], requires_grad=True)
    y = torch.linalg.pinv(x)
    observe("the pseudoinverse", y, documented=[[0.5, 0], [0, 0.25]])
    y.backward(torch.tensor([[4.0, 0.0], [0.0, 16.0]]))
    observe("the gradient", x.grad, documented=[[-1, 0], [0, -1]])


@scenario("DRV-15/a-singular-matrix", needs=["DRV-15"])
def a_singular_matrix_has_no_inverse(torch, observe):
    x = torch.tensor([[1.0, 2.0], [2.0, 4.0]], requires_grad=True)
    with observe.raises("its inverse", RuntimeError, saying="singular"):
        torch.linalg.inv(x)


@scenario("DRV-15/a-matrix-that-is-not-square", needs=["DRV-15"])
def a_matrix_that_is_not_square_has_no_inverse(torch, observe):
    with observe.raises("the inverse of a 2x3 matrix", RuntimeError, saying=("square", "2", "3")):
        torch.linalg.inv(torch.ones(2, 3))


@scenario("DRV-16", needs=["BWD-06"])
def the_cholesky_factor(torch, observe):
    x = torch.tensor([[4.0, 2.0], [2.0, 5.0]], requires_grad=True)
    y = torch.linalg.cholesky(x)
    observe("the factor", y, documented=[[2, 0], [1, 2]])
    y.backward(torch.tensor([[0.0, 0.0], [0.0, 1.0]]))
    # The last entry is sqrt(c - b^2 / a), with the derivatives b^2 / a^2, -2 b / a and 1 over twice itself; the one
    # for b is shared by the two entries of the symmetric matrix.
    observe("the gradient", x.grad, documented=[[1 / 16, -1 / 8], [-1 / 8, 1 / 4]])


@scenario("DRV-16/not-positive-definite", needs=["DRV-16"])
def a_matrix_that_is_not_positive_definite_has_no_cholesky_factor(torch, observe):
    with observe.raises("of a negative number", RuntimeError, saying="positive"):
        torch.linalg.cholesky(torch.tensor([[-1.0]]))


@scenario("DRV-16/eigenvalues", needs=["BWD-06"])
def an_eigenvalue_of_a_symmetric_matrix_has_its_projector_as_gradient(torch, observe):
    x = torch.tensor([[2.0, 1.0], [1.0, 2.0]], requires_grad=True)  # 1 for (1, -1) and 3 for (1, 1)
    values = torch.linalg.eigvalsh(x)
    observe("the eigenvalues", values, documented=[1, 3])
    values.backward(torch.tensor([2.0, 4.0]))
    observe("the gradient", x.grad, documented=[[3, 1], [1, 3]])


@scenario("DRV-16/eigenvectors", needs=["DRV-16/eigenvalues"])
def a_function_of_eigenvectors_that_ignores_their_sign(torch, observe):
    x = torch.tensor([[2.0, 1.0], [1.0, 2.0]], requires_grad=True)
    values, vectors = torch.linalg.eigh(x)
    rebuilt = vectors @ torch.diag(values * values) @ vectors.t()
    observe("the square of the matrix, rebuilt", rebuilt, documented=[[5, 4], [4, 5]], terms=20)
    rebuilt.backward(torch.tensor([[1.0, 0.0], [0.0, 0.0]]))
    observe("the gradient", x.grad, documented=[[4, 1], [1, 0]], terms=20)


@scenario("DRV-16/singular-values", needs=["BWD-06"])
def a_singular_value_has_the_product_of_its_vectors_as_gradient(torch, observe):
    x = torch.tensor([[3.0, 0.0], [0.0, -2.0]], requires_grad=True)
    values = torch.linalg.svdvals(x)
    observe("the singular values", values, documented=[3, 2])
    values.backward(torch.tensor([5.0, 7.0]))
    observe("the gradient", x.grad, documented=[[5, 0], [0, -7]])


@scenario("DRV-16/svd", needs=["DRV-16/singular-values"])
def a_matrix_rebuilt_from_its_singular_values_hands_its_gradient_through(torch, observe):
    x = torch.tensor([[3.0, 1.0], [0.0, 2.0]], requires_grad=True)
    u, s, vh = torch.linalg.svd(x)
    rebuilt = u @ torch.diag(s) @ vh
    observe("the matrix, rebuilt", rebuilt, documented=[[3, 1], [0, 2]], terms=20)
    rebuilt.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    observe("the gradient", x.grad, documented=[[1, 2], [3, 4]], terms=40)


@scenario("DRV-16/qr", needs=["BWD-06"])
def a_matrix_rebuilt_from_its_qr_factors_hands_its_gradient_through(torch, observe):
    x = torch.tensor([[3.0, 1.0], [4.0, 2.0]], requires_grad=True)
    q, r = torch.linalg.qr(x)
    rebuilt = q @ r
    observe("the matrix, rebuilt", rebuilt, documented=[[3, 1], [4, 2]], terms=20)
    rebuilt.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    observe("the gradient", x.grad, documented=[[1, 2], [3, 4]], terms=40)


@scenario("DRV-16/qr-of-a-column", needs=["DRV-16/qr"])
def the_triangular_factor_of_a_column_is_its_norm(torch, observe):
    x = torch.tensor([[3.0], [4.0]], requires_grad=True)
    _, r = torch.linalg.qr(x)
    observe("the factor, whatever its sign", r.abs(), documented=[[5]])
    r.abs().sum().backward()
    observe("the gradient", x.grad, documented=[[0.6], [0.8]])
