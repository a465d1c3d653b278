"""Parametrizations: a parameter that is a function of another."""

from conformance.scenario import scenario


def doubled(torch):
    """A parametrization that doubles, and can be inverted."""

    class Double(torch.nn.Module):
        def forward(self, x):
            return 2 * x

        def right_inverse(self, x):
            return x / 2

    return Double()


def a_linear(torch):
    """Linear(2, 1) without bias, of weights 1 and 2."""
    layer = torch.nn.Linear(2, 1, bias=False)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[1.0, 2.0]]))
    return layer


@scenario("NNM-52")
def a_parametrized_weight_is_computed_from_the_original(torch, observe):
    class Square(torch.nn.Module):
        def forward(self, x):
            return x * x

    layer = a_linear(torch)
    torch.nn.utils.parametrize.register_parametrization(layer, "weight", Square())
    observe("the weight", layer.weight, documented=[[1.0, 4.0]])
    observe("the original", layer.parametrizations.weight.original, documented=[[1.0, 2.0]])
    names = [name for name, _ in layer.named_parameters()]
    observe("the parameters", names, documented=["parametrizations.weight.original"])
    layer(torch.tensor([[1.0, 10.0]])).backward()
    gradient = layer.parametrizations.weight.original.grad
    observe("the original's gradient: 2 w x", gradient, documented=[[2.0, 40.0]])


@scenario("NNM-52/right-inverse", needs=["NNM-52"])
def right_inverse_says_what_an_assigned_weight_comes_from(torch, observe):
    layer = a_linear(torch)
    torch.nn.utils.parametrize.register_parametrization(layer, "weight", doubled(torch))
    observe("registering keeps the weight", layer.weight, documented=[[1.0, 2.0]])
    observe("the original is its inverse", layer.parametrizations.weight.original, documented=[[0.5, 1.0]])
    layer.weight = torch.tensor([[8.0, 4.0]])
    observe("the original after an assignment", layer.parametrizations.weight.original, documented=[[4.0, 2.0]])


@scenario("NNM-52/chain", needs=["NNM-52"])
def parametrizations_are_chained(torch, observe):
    class AddOne(torch.nn.Module):
        def forward(self, x):
            return x + 1

    layer = a_linear(torch)
    register = torch.nn.utils.parametrize.register_parametrization
    register(layer, "weight", AddOne())
    register(layer, "weight", AddOne())
    observe("the weight, through both", layer.weight, documented=[[3.0, 4.0]])
    observe("how many there are", len(layer.parametrizations.weight), documented=2)


@scenario("NNM-52/removal", needs=["NNM-52"])
def removing_a_parametrization(torch, observe):
    parametrize = torch.nn.utils.parametrize
    for leave, documented in ((True, [[2.0, 4.0]]), (False, [[1.0, 2.0]])):

        class Double(torch.nn.Module):
            def forward(self, x):
                return 2 * x

        layer = a_linear(torch)
        parametrize.register_parametrization(layer, "weight", Double())
        observe(
            f"it is parametrized, before leave_parametrized={leave}",
            parametrize.is_parametrized(layer, "weight"),
            documented=True,
        )
        parametrize.remove_parametrizations(layer, "weight", leave_parametrized=leave)
        observe(f"the weight with leave_parametrized={leave}", layer.weight, documented=documented)
        observe(
            f"the parameters with leave_parametrized={leave}",
            [n for n, _ in layer.named_parameters()],
            documented=["weight"],
        )
        observe(
            f"it is parametrized, after leave_parametrized={leave}",
            parametrize.is_parametrized(layer),
            documented=False,
        )


@scenario("NNM-52/cached", needs=["NNM-52"])
def within_cached_the_weight_is_computed_once(torch, observe):
    calls = []

    class Count(torch.nn.Module):
        def forward(self, x):
            calls.append(1)
            return x * 1

    layer = a_linear(torch)
    torch.nn.utils.parametrize.register_parametrization(layer, "weight", Count())
    calls.clear()
    layer.weight, layer.weight
    observe("calls for two readings", len(calls), documented=2)
    calls.clear()
    with torch.nn.utils.parametrize.cached():
        layer.weight, layer.weight
    observe("within cached", len(calls), documented=1)


@scenario("NNM-52/bad-shape", needs=["NNM-52"])
def a_parametrization_keeps_the_shape(torch, observe):
    class Flatten(torch.nn.Module):
        def forward(self, x):
            return x.flatten()

    layer = a_linear(torch)
    with observe.raises("registering it", ValueError, saying="shape"):
        torch.nn.utils.parametrize.register_parametrization(layer, "weight", Flatten())
    with observe.raises("a parameter that there is not", ValueError, saying="gain"):
        torch.nn.utils.parametrize.register_parametrization(layer, "gain", Flatten())


@scenario("NNM-53", needs=["NNM-52"])
def weight_norm_splits_length_from_direction(torch, observe):
    layer = torch.nn.Linear(2, 1, bias=False)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[3.0, 4.0]]))
    torch.nn.utils.parametrizations.weight_norm(layer)
    observe("the weight is as it was", layer.weight, documented=[[3.0, 4.0]], terms=8)
    parts = [p.detach() for p in layer.parameters()]
    observe("the length and the direction", parts, documented=[[[5.0]], [[3.0, 4.0]]], terms=8)
    layer(torch.tensor([[1.0, 0.0]])).backward()
    gradients = [p.grad for p in layer.parameters()]
    # w = g v / |v|: dw/dg = v / |v|, and what is left of x across v for dw/dv
    observe("their gradients", gradients, documented=[[[0.6]], [[0.64, -0.48]]], terms=16)


def a_square_layer(torch):
    """Linear(2, 2) without bias, of weights ((1, 2), (3, 5))."""
    layer = torch.nn.Linear(2, 2, bias=False)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[1.0, 2.0], [3.0, 5.0]]))
    return layer


@scenario("NNM-62", cases=["matrix_exp", "cayley", "householder"])
def orthogonal_keeps_a_weight_orthogonal(torch, observe, kind):
    layer = torch.nn.utils.parametrizations.orthogonal(a_square_layer(torch), orthogonal_map=kind)
    weight = layer.weight
    observe("W W^T is the identity", bool(((weight @ weight.T) - torch.eye(2)).abs().max() < 1e-5), documented=True)
    observe("the state", list(layer.state_dict()))
    weight[0, 1].backward()
    observe("the gradient of the original", layer.parametrizations.weight.original.grad, terms=30)
    q = torch.tensor([[0.0, 1.0], [1.0, 0.0]])
    layer.weight = q
    observe("a weight that is assigned", layer.weight, documented=[[0, 1], [1, 0]])


@scenario("NNM-62/without-a-base", needs=["NNM-62/matrix_exp"], cases=["matrix_exp", "cayley", "householder"])
def orthogonal_without_trivialization_maps_the_parameter_itself(torch, observe, kind):
    layer = torch.nn.utils.parametrizations.orthogonal(
        a_square_layer(torch), orthogonal_map=kind, use_trivialization=False
    )
    observe("the weight", layer.weight, terms=30)
    observe("the state", list(layer.state_dict()))


BAD_MATRICES = {
    "an-unknown-map": lambda nn, orthogonal: orthogonal(nn.Linear(2, 2), orthogonal_map="qr"),
    "an-unknown-name": lambda nn, orthogonal: orthogonal(nn.Linear(2, 2), "kernel"),
    "a-vector": lambda nn, orthogonal: orthogonal(nn.Linear(2, 2), "bias"),
}


@scenario("NNM-62", cases=BAD_MATRICES, needs=["NNM-62/matrix_exp"])
def orthogonal_refuses_what_is_no_matrix(torch, observe, use):
    with observe.raises("the call", ValueError):
        use(torch.nn, torch.nn.utils.parametrizations.orthogonal)


@scenario("NNM-63")
def spectral_norm_by_a_hook_divides_by_the_largest_singular_value(torch, observe):
    layer = torch.nn.utils.spectral_norm(a_square_layer(torch), n_power_iterations=40)
    observe("the parameters", [name for name, _ in layer.named_parameters()], documented=["weight_orig"])
    observe("the state", sorted(layer.state_dict()))
    layer(torch.tensor([[1.0, 2.0]])).sum().backward()
    observe("the weight", layer.weight, terms=100)
    observe("the gradient of the original", layer.weight_orig.grad, terms=100)
    with observe.raises("a second one", RuntimeError, saying="weight"):
        torch.nn.utils.spectral_norm(layer)
    torch.nn.utils.remove_spectral_norm(layer)
    observe("the parameters, once it is removed", [name for name, _ in layer.named_parameters()])
    observe("the weight stays", layer.weight, terms=100)
    with observe.raises("removing it again", ValueError, saying="spectral_norm"):
        torch.nn.utils.remove_spectral_norm(layer)


@scenario("NNM-64")
def skip_init_makes_a_module_without_setting_its_parameters(torch, observe):
    layer = torch.nn.utils.skip_init(torch.nn.Linear, 2, 3)
    observe("the shape", list(layer.weight.shape), documented=[3, 2])
    observe("it is a parameter", isinstance(layer.weight, torch.nn.Parameter), documented=True)
    with observe.raises("a module that takes no device", RuntimeError, saying="device"):
        torch.nn.utils.skip_init(torch.nn.ReLU)
    with observe.raises("no module", RuntimeError, saying="Module"):
        torch.nn.utils.skip_init(torch.Tensor)
