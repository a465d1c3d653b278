"""Complex autograd: the conjugate Wirtinger convention, crossing between real and complex, complex parameters."""

import cmath

from conformance.scenario import scenario

# Holomorphic functions: the function, and its derivative f', by hand.
HOLOMORPHIC = {
    "square": (lambda torch, z: z**2, lambda z: 2 * z),
    "product-with-a-constant": (lambda torch, z: (2.0 + 3.0j) * z, lambda z: 2 + 3j),
    "quotient-of-a-constant": (lambda torch, z: 1.0 / z, lambda z: -1 / z**2),
    "sum-with-a-constant": (lambda torch, z: z + (1.0 - 1.0j), lambda z: 1),
    "negative": (lambda torch, z: -z, lambda z: -1),
    "cube": (lambda torch, z: z * z * z, lambda z: 3 * z**2),
    "reciprocal": (lambda torch, z: torch.reciprocal(z), lambda z: -1 / z**2),
    "exp": (lambda torch, z: torch.exp(z), cmath.exp),
    "log": (lambda torch, z: torch.log(z), lambda z: 1 / z),
    "sqrt": (lambda torch, z: torch.sqrt(z), lambda z: 1 / (2 * cmath.sqrt(z))),
    "sin": (lambda torch, z: torch.sin(z), cmath.cos),
    "cos": (lambda torch, z: torch.cos(z), lambda z: -cmath.sin(z)),
    "tanh": (lambda torch, z: torch.tanh(z), lambda z: 1 / cmath.cosh(z) ** 2),
    "sigmoid": (lambda torch, z: torch.sigmoid(z), lambda z: 1 / (2 + 2 * cmath.cosh(z))),
    "complex-power": (lambda torch, z: z ** (1.0 + 1.0j), lambda z: (1 + 1j) * z**1j),
}


@scenario("CPX-01", needs=["BWD-01"])
def the_gradient_of_a_real_loss_is_the_pair_of_partial_derivatives(torch, observe):
    z = torch.tensor([3.0 + 4.0j, 1.0 - 2.0j], requires_grad=True)
    loss = (z * z.conj()).real.sum()
    observe("the loss", loss, documented=30.0)
    loss.backward()
    observe("the gradient", z.grad, documented=[6 + 8j, 2 - 4j])


@scenario("CPX-01/absolute-value", needs=["BWD-01"])
def the_gradient_of_the_absolute_value_points_outwards(torch, observe):
    z = torch.tensor(3.0 + 4.0j, requires_grad=True)
    y = z.abs()
    observe("the absolute value", y, documented=5.0)
    y.backward()
    observe("the gradient", z.grad, documented=0.6 + 0.8j)


@scenario("CPX-01/squared-absolute-value", needs=["CPX-01/absolute-value"])
def the_square_of_the_absolute_value_has_gradient_2z(torch, observe):
    z = torch.tensor(3.0 + 4.0j, requires_grad=True)
    (z.abs() ** 2).backward()
    observe("the gradient", z.grad, documented=6 + 8j)


@scenario("CPX-01/angle", needs=["BWD-01"])
def the_gradient_of_the_angle_points_around(torch, observe):
    z = torch.tensor(2.0j, requires_grad=True)
    y = z.angle()
    observe("the angle", y, documented=1.5707963267948966)
    y.backward()
    observe("the gradient", z.grad, documented=-0.5 + 0j)


@scenario("CPX-02", cases=HOLOMORPHIC, needs=["BWD-06"])
def a_holomorphic_function_multiplies_by_the_conjugate_of_its_derivative(torch, observe, case):
    function, derivative = case
    points, upstream = [1.0 + 2.0j, 2.0 - 1.0j], [1.0 + 0.0j, 3.0 + 4.0j]
    z = torch.tensor(points, requires_grad=True)
    function(torch, z).backward(torch.tensor(upstream))
    expected = [g * complex(derivative(p)).conjugate() for p, g in zip(points, upstream, strict=True)]
    observe("the gradient", z.grad, documented=expected)


@scenario("CPX-02/chain", needs=["CPX-02/square", "CPX-02/product-with-a-constant"])
def holomorphic_functions_chain(torch, observe):
    z = torch.tensor(1.0 + 1.0j, requires_grad=True)
    w = (z * z) * 1.0j  # -2
    (w * w).backward(torch.tensor(1.0 + 0.0j))
    # (i z^2)^2 = -z^4, whose derivative is -4 z^3 = 8 - 8i
    observe("the gradient", z.grad, documented=8 + 8j)


@scenario("CPX-02/two-arguments", needs=["CPX-02/square"])
def each_factor_gets_the_conjugate_of_the_other(torch, observe):
    a = torch.tensor(1.0 + 2.0j, requires_grad=True)
    b = torch.tensor(3.0 - 1.0j, requires_grad=True)
    (a * b).backward(torch.tensor(1.0 + 0.0j))
    observe("the gradient of the first", a.grad, documented=3 + 1j)
    observe("the gradient of the second", b.grad, documented=1 - 2j)


@scenario("CPX-03", needs=["BWD-06"])
def the_real_and_imaginary_parts_give_one_and_i(torch, observe):
    z = torch.tensor([1.0 + 2.0j, 3.0 - 4.0j], requires_grad=True)
    z.real.backward(torch.tensor([10.0, 20.0]))
    observe("the gradient of the real part", z.grad, documented=[10, 20])
    z.grad = None
    z.imag.backward(torch.tensor([10.0, 20.0]))
    observe("the gradient of the imaginary part", z.grad, documented=[10j, 20j])


@scenario("CPX-03/views", needs=["CPX-03"])
def the_real_and_imaginary_parts_are_views(torch, observe):
    z = torch.tensor([1.0 + 2.0j, 3.0 - 4.0j])
    z.real[0] = 10.0
    z.imag[1] = 20.0
    observe("the tensor", z, documented=[10 + 2j, 3 + 20j])


@scenario("CPX-03/of-a-real-tensor")
def a_real_tensor_has_no_imaginary_part_to_view(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    observe("its real part is itself", x.real is x, documented=True)
    with observe.raises("its imaginary part", RuntimeError, saying="imag"):
        x.imag


@scenario("CPX-04", needs=["CPX-01"])
def the_gradient_is_the_one_of_the_pair_of_real_numbers(torch, observe):
    pairs = torch.tensor([[3.0, 4.0], [1.0, -2.0]], requires_grad=True)
    z = torch.view_as_complex(pairs)
    observe("as complex numbers", z, documented=[3 + 4j, 1 - 2j])
    (z * z.conj()).real.sum().backward()
    observe("the gradient of the pairs", pairs.grad, documented=[[6, 8], [2, -4]])


@scenario("CPX-04/view-as-real", needs=["BWD-06"])
def view_as_real_gives_the_gradient_back_as_complex_numbers(torch, observe):
    z = torch.tensor([1.0 + 2.0j, 3.0 - 4.0j], requires_grad=True)
    pairs = torch.view_as_real(z)
    observe("the pairs", pairs, documented=[[1, 2], [3, -4]])
    pairs.backward(torch.tensor([[10.0, 20.0], [30.0, 40.0]]))
    observe("the gradient", z.grad, documented=[10 + 20j, 30 + 40j])


@scenario("CPX-05", needs=["CPX-01"])
def a_step_along_the_negative_gradient_lowers_the_loss(torch, observe):
    z = torch.tensor(3.0 + 4.0j, requires_grad=True)
    losses = []
    for _ in range(3):
        loss = (z - 1.0j).abs() ** 2
        losses.append(loss.item())
        z.grad = None
        loss.backward()
        with torch.no_grad():
            z -= 0.25 * z.grad
    observe("the losses are divided by four at each step", losses, documented=[18.0, 4.5, 1.125])


@scenario("CPX-05/optimizer", cases=["SGD", "Adam", "RMSprop", "Adagrad"], needs=["CPX-04"])
def an_optimizer_treats_a_complex_parameter_as_a_pair_of_real_ones(torch, observe, case):
    z = torch.tensor([3.0 + 4.0j], requires_grad=True)
    pair = torch.tensor([[3.0, 4.0]], requires_grad=True)
    of_z = getattr(torch.optim, case)([z], lr=0.125)
    of_pair = getattr(torch.optim, case)([pair], lr=0.125)
    for step in range(1, 4):
        for optimizer, parameter in ((of_z, torch.view_as_real(z)), (of_pair, pair)):
            optimizer.zero_grad()
            (parameter * parameter * torch.tensor([1.0, 2.0])).sum().backward()
            optimizer.step()
        observe(f"the complex parameter after step {step}", z.detach().clone(), terms=20)
    observe("it went where the pair went", bool(torch.allclose(torch.view_as_real(z), pair)), documented=True)


@scenario("CPX-06", needs=["CPX-01/absolute-value"])
def the_absolute_value_at_zero_has_gradient_zero(torch, observe):
    z = torch.tensor([0.0 + 0.0j, 3.0 - 4.0j], requires_grad=True)
    z.abs().sum().backward()
    observe("the gradient", z.grad, documented=[0, 0.6 - 0.8j])


@scenario("CPX-06/angle", needs=["CPX-01/angle"])
def the_angle_at_zero_has_gradient_zero(torch, observe):
    z = torch.tensor([0.0 + 0.0j], requires_grad=True)
    y = z.angle()
    observe("the angle", y, documented=[0])
    y.sum().backward()
    observe("the gradient", z.grad)


@scenario("CPX-06/sgn", needs=["BWD-06"])
def sgn_of_a_complex_number_is_its_direction(torch, observe):
    z = torch.tensor([3.0 + 4.0j, 0.0 + 0.0j], requires_grad=True)
    y = torch.sgn(z)
    observe("the direction", y, documented=[0.6 + 0.8j, 0])
    y.backward(torch.tensor([1.0 + 0.0j, 1.0 + 0.0j]))
    # of z / |z|: (upstream - Re(upstream * conj(sgn)) * sgn) / |z|
    observe("the gradient", z.grad, documented=[(1 - 0.6 * (0.6 + 0.8j)) / 5, 0])


@scenario("CPX-07", needs=["BWD-06"])
def conj_conjugates_the_gradient(torch, observe):
    z = torch.tensor([1.0 + 2.0j], requires_grad=True)
    y = z.conj()
    observe("the conjugate", y, documented=[1 - 2j])
    y.backward(torch.tensor([3.0 + 4.0j]))
    observe("the gradient", z.grad, documented=[3 - 4j])


@scenario("CPX-07/of-a-real-tensor")
def conj_of_a_real_tensor_is_the_tensor_itself(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    observe("the same object", x.conj() is x, documented=True)


@scenario("CPX-07/lazy", needs=["CPX-07"])
def conj_is_a_view_until_it_is_resolved(torch, observe):
    z = torch.tensor([1.0 + 2.0j])
    y = z.conj()
    observe("is marked as conjugate", y.is_conj(), documented=True)
    observe("is not marked once resolved", y.resolve_conj().is_conj(), documented=False)
    z[0] = 5.0 + 6.0j
    observe("the view after a write to its base", y, documented=[5 - 6j])


@scenario("CPX-08", needs=["BWD-06"])
def the_gradients_of_a_matrix_product_use_conjugate_transposes(torch, observe):
    a = torch.tensor([[1.0 + 1.0j, 2.0 + 0.0j], [0.0 + 1.0j, 1.0 - 1.0j]], requires_grad=True)
    b = torch.tensor([[1.0 - 1.0j], [2.0j]], requires_grad=True)
    y = a @ b
    observe("the product", y, documented=[[2 + 4j], [3 + 3j]])
    y.backward(torch.tensor([[1.0 + 0.0j], [0.0 + 1.0j]]))
    observe("the gradient of the first: upstream by b^H", a.grad, documented=[[1 + 1j, -2j], [-1 + 1j, 2]])
    observe("the gradient of the second: a^H by upstream", b.grad, documented=[[2 - 1j], [1 + 1j]])


@scenario("CPX-08/dot", needs=["CPX-08"])
def vdot_conjugates_its_first_argument_and_dot_does_not(torch, observe):
    a = torch.tensor([1.0 + 2.0j, 3.0j], requires_grad=True)
    b = torch.tensor([2.0 + 0.0j, 1.0 + 1.0j], requires_grad=True)
    observe("dot", torch.dot(a, b), documented=(1 + 2j) * 2 + 3j * (1 + 1j))
    y = torch.vdot(a, b)
    observe("vdot", y, documented=(1 - 2j) * 2 - 3j * (1 + 1j))
    y.backward(torch.tensor(1.0 + 0.0j))
    observe("the gradient of the first", a.grad, documented=[2, 1 + 1j])
    observe("the gradient of the second", b.grad, documented=[1 + 2j, 3j])


@scenario("CPX-08/adjoint", needs=["BWD-06"])
def the_adjoint_conjugates_and_transposes_the_gradient(torch, observe):
    z = torch.tensor([[1.0 + 2.0j, 3.0j]], requires_grad=True)
    y = z.mH
    observe("the adjoint", y, documented=[[1 - 2j], [-3j]])
    y.backward(torch.tensor([[1.0 + 1.0j], [2.0j]]))
    observe("the gradient", z.grad, documented=[[1 - 1j, -2j]])


@scenario("CPX-09", needs=["BWD-06"])
def complex_gives_its_real_arguments_real_gradients(torch, observe):
    re = torch.tensor([1.0, 2.0], requires_grad=True)
    im = torch.tensor([3.0, 4.0], requires_grad=True)
    z = torch.complex(re, im)
    observe("the complex numbers", z, documented=[1 + 3j, 2 + 4j])
    z.backward(torch.tensor([5.0 + 6.0j, 7.0 + 8.0j]))
    observe("the gradient of the real part", re.grad, documented=[5, 7])
    observe("the gradient of the imaginary part", im.grad, documented=[6, 8])


@scenario("CPX-09/polar", needs=["CPX-09"])
def polar_gives_its_arguments_real_gradients(torch, observe):
    radius = torch.tensor([2.0], requires_grad=True)
    angle = torch.tensor([0.0], requires_grad=True)
    z = torch.polar(radius, angle)
    observe("the complex number", z, documented=[2])
    z.backward(torch.tensor([5.0 + 6.0j]))
    observe("the gradient of the radius", radius.grad, documented=[5])
    observe("the gradient of the angle", angle.grad, documented=[12])


@scenario("CPX-09/two-dtypes", dtypes=["float32"], needs=["CPX-09"])
def complex_of_two_dtypes_is_refused(torch, observe):
    with observe.raises("float32 and float64", RuntimeError, saying="type"):
        torch.complex(torch.ones(1, dtype=torch.float32), torch.ones(1, dtype=torch.float64))


@scenario("CPX-10", needs=["BWD-06"])
def the_worked_example_of_the_notes(torch, observe):
    z = torch.tensor(1.0 + 1.0j, requires_grad=True)
    (2.0 * z).backward(torch.tensor(1.0 + 0.0j))
    observe("the gradient of s = c z for a real c", z.grad, documented=2 + 0j)


@scenario("CPX-10/a-complex-constant", needs=["CPX-10", "CPX-07"])
def a_complex_constant_is_conjugated_unless_its_argument_was(torch, observe):
    c = 2.0 + 3.0j
    z = torch.tensor(1.0 + 1.0j, requires_grad=True)
    (c * z).backward(torch.tensor(1.0 + 0.0j))
    observe("the gradient of s = c z", z.grad, documented=2 - 3j)
    w = torch.tensor(1.0 + 1.0j, requires_grad=True)
    (c * w.conj()).backward(torch.tensor(1.0 + 0.0j))
    observe("the gradient of s = c conj(z)", w.grad, documented=2 + 3j)


@scenario("CPX-11", needs=["CPX-03"])
def a_real_loss_of_a_real_leaf_through_complex_numbers_is_real(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    ((x * (1.0 + 1.0j)) ** 2).imag.sum().backward()
    # Im((1 + i)^2 x^2) = 2 x^2
    observe("the gradient", x.grad, documented=[4, 8])
    observe("is complex", x.grad.is_complex(), documented=False)


@scenario("CPX-11/flags", needs=["ACC-01"])
def complex_tensors_may_require_grad(torch, observe):
    z = torch.tensor([1.0 + 2.0j], requires_grad=True)
    observe("requires grad", z.requires_grad, documented=True)
    observe("is complex", z.is_complex(), documented=True)
    observe("the gradient of a fresh leaf", z.grad, documented=None)
    z.real.sum().backward()
    observe("the gradient is complex", z.grad.is_complex(), documented=True)


@scenario("CPX-11/order", needs=["CPX-11/flags"])
def complex_numbers_are_not_ordered(torch, observe):
    z = torch.tensor([1.0 + 2.0j, 2.0 + 1.0j], requires_grad=True)
    with observe.raises("the maximum", RuntimeError, saying="complex"):
        z.max()
    with observe.raises("a comparison", RuntimeError, saying="complex"):
        z > 1.0


@scenario("CPX-11/under-create-graph", needs=["CPX-11"])
def a_real_factor_of_a_complex_product_has_a_real_gradient_under_create_graph_too(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    z = torch.complex(torch.tensor([3.0, 1.0]), torch.tensor([4.0, -1.0]))
    product = x * z
    loss = (product.real**2 + product.imag**2).sum()
    (first,) = torch.autograd.grad(loss, x, create_graph=True)
    observe("the gradient", first.detach(), documented=[50.0, 8.0])
    (second,) = torch.autograd.grad(first.sum(), x)
    observe("the second derivative", second, documented=[50.0, 4.0])


@scenario("CPX-11/precisions", needs=["CPX-11"], cases={"plain": False, "under-create-graph": True}, dtypes=["float32"])
def gradients_of_inputs_of_other_dtypes_are_cast_to_those(torch, observe, create_graph):
    single = torch.tensor([1.0 + 2.0j, -0.5j], dtype=torch.complex64, requires_grad=True)
    double = torch.tensor([2.0 - 1.0j, 1.5 + 1.0j], dtype=torch.complex128, requires_grad=True)
    real = torch.tensor([3.0, 5.0], requires_grad=True)
    total = (single * double * real).sum()
    with observe.warns("the backward pass"):
        found = torch.autograd.grad(total, [single, double, real], torch.tensor(1.0 + 1.0j, dtype=total.dtype),
                                    create_graph=create_graph)  # fmt: skip
    for name, gradient in zip(("single", "double", "real"), found, strict=True):
        observe(f"of the {name} one", gradient.detach(), terms=8)
