"""Clipping gradients, by their norm and by value, and turning parameters into one vector and back."""

from conformance.scenario import scenario


def with_gradients(torch, *gradients):
    """Parameters of zeros that have these gradients; a None stays None."""
    parameters = []
    for gradient in gradients:
        parameter = torch.zeros(len(gradient) if gradient is not None else 1, requires_grad=True)
        if gradient is not None:
            parameter.grad = torch.tensor(gradient)
        parameters.append(parameter)
    return parameters


@scenario("CLP-01")
def the_norm_is_that_of_all_gradients_as_one_vector(torch, observe):
    parameters = with_gradients(torch, [3.0, 0.0], [4.0])
    total = torch.nn.utils.clip_grad_norm_(parameters, max_norm=10.0)
    observe("the total norm", total, documented=5.0)
    observe("the gradients, which are short enough", [p.grad for p in parameters], documented=[[3.0, 0.0], [4.0]])


@scenario("CLP-01/before-clipping", needs=["CLP-01"])
def the_norm_that_is_returned_is_the_one_before(torch, observe):
    parameters = with_gradients(torch, [3.0, 0.0], [4.0])
    observe("the total norm", torch.nn.utils.clip_grad_norm_(parameters, max_norm=1.0), documented=5.0)


@scenario("CLP-02", needs=["CLP-01"])
def long_gradients_are_scaled_to_max_norm(torch, observe):
    parameters = with_gradients(torch, [3.0, 0.0], [4.0])
    gradients = [p.grad for p in parameters]
    torch.nn.utils.clip_grad_norm_(parameters, max_norm=2.5)
    factor = 2.5 / (5 + 1e-6)
    documented = [[3 * factor, 0.0], [4 * factor]]
    observe("the gradients", [p.grad for p in parameters], documented=documented, terms=8)
    observe(
        "they are the same objects",
        [p.grad is g for p, g in zip(parameters, gradients, strict=True)],
        documented=[True] * 2,
    )
    observe("the parameters", parameters, documented=[[0.0, 0.0], [0.0]])


@scenario("CLP-02/never-longer", needs=["CLP-02"])
def short_gradients_are_not_made_longer(torch, observe):
    parameters = with_gradients(torch, [0.375, -0.5])
    torch.nn.utils.clip_grad_norm_(parameters, max_norm=100.0)
    observe("the gradient", parameters[0].grad, documented=[0.375, -0.5])


@scenario("CLP-02/zero", needs=["CLP-02"])
def zero_gradients_stay_zero(torch, observe):
    parameters = with_gradients(torch, [0.0, 0.0])
    observe("the total norm", torch.nn.utils.clip_grad_norm_(parameters, max_norm=1.0), documented=0.0)
    observe("the gradient", parameters[0].grad, documented=[0.0, 0.0])


@scenario("CLP-02/max-norm-zero", needs=["CLP-02"])
def a_max_norm_of_zero_clips_everything_away(torch, observe):
    parameters = with_gradients(torch, [3.0, 4.0])
    torch.nn.utils.clip_grad_norm_(parameters, max_norm=0.0)
    observe("the gradient", parameters[0].grad, documented=[0.0, 0.0])


@scenario(
    "CLP-03",
    cases={"one": 1.0, "two": 2.0, "three": 3.0, "inf": float("inf"), "minus-inf": float("-inf"), "inf-string": "inf"},
    needs=["CLP-01"],
)
def the_norm_may_be_any_p(torch, observe, p):
    parameters = with_gradients(torch, [3.0, -4.0], [5.0])
    norms = {1.0: 12.0, 2.0: 50**0.5, 3.0: 216 ** (1 / 3), float("inf"): 5.0, float("-inf"): 3.0, "inf": 5.0}
    total = torch.nn.utils.clip_grad_norm_(parameters, max_norm=1.0, norm_type=p)
    observe("the total norm", total, documented=norms[p], terms=16)
    factor = 1 / (norms[p] + 1e-6)
    documented = [[3 * factor, -4 * factor], [5 * factor]]
    observe("the gradients", [q.grad for q in parameters], documented=documented, terms=16)


@scenario("CLP-03/zero", needs=["CLP-03/two"])
def the_norm_is_taken_over_the_norms_of_the_gradients(torch, observe):
    parameters = with_gradients(torch, [3.0, 0.0, -4.0], [1.0])
    total = torch.nn.utils.get_total_norm([p.grad for p in parameters], norm_type=0.0)
    observe("the norm of order zero, of two gradients", total, documented=2.0)


@scenario("CLP-04", needs=["CLP-01"])
def parameters_without_a_gradient_are_passed_over(torch, observe):
    parameters = with_gradients(torch, [3.0], None, [4.0])
    observe("the total norm", torch.nn.utils.clip_grad_norm_(parameters, max_norm=10.0), documented=5.0)
    observe("the missing gradient", parameters[1].grad, documented=None)


@scenario("CLP-04/none-at-all", needs=["CLP-01"])
def without_any_gradient_the_norm_is_zero(torch, observe):
    observe("of parameters without", torch.nn.utils.clip_grad_norm_(with_gradients(torch, None), 1.0), documented=0.0)
    observe("of no parameters", torch.nn.utils.clip_grad_norm_([], 1.0), documented=0.0)


@scenario("CLP-05", cases={"nan": float("nan"), "inf": float("inf")}, needs=["CLP-01"])
def a_norm_that_is_not_finite_raises_if_asked_to(torch, observe, bad):
    parameters = with_gradients(torch, [3.0], [bad])
    with observe.raises("clipping it", RuntimeError, saying="non-finite"):
        torch.nn.utils.clip_grad_norm_(parameters, max_norm=1.0, error_if_nonfinite=True)
    observe("the gradients", [p.grad for p in parameters], documented=[[3.0], [bad]])


@scenario("CLP-05/nan-silently", needs=["CLP-01"])
def a_nan_spreads_otherwise(torch, observe):
    parameters = with_gradients(torch, [3.0], [float("nan")])
    observe("the total norm", torch.nn.utils.clip_grad_norm_(parameters, max_norm=1.0), documented=float("nan"))
    observe("the gradients", [p.grad for p in parameters], documented=[[float("nan")], [float("nan")]])


@scenario("CLP-05/inf-silently", needs=["CLP-01"])
def an_infinity_scales_everything_to_zero_otherwise(torch, observe):
    parameters = with_gradients(torch, [3.0], [float("inf")])
    observe("the total norm", torch.nn.utils.clip_grad_norm_(parameters, max_norm=1.0), documented=float("inf"))
    observe("the gradients: inf * 0 is NaN", [p.grad for p in parameters], documented=[[0.0], [float("nan")]])


@scenario("CLP-06", needs=["CLP-02"])
def one_tensor_may_stand_for_a_list(torch, observe):
    (parameter,) = with_gradients(torch, [3.0, 4.0])
    observe("the total norm", torch.nn.utils.clip_grad_norm_(parameter, max_norm=1.0), documented=5.0)
    factor = 1 / (5 + 1e-6)
    observe("the gradient", parameter.grad, documented=[3 * factor, 4 * factor], terms=8)
    torch.nn.utils.clip_grad_value_(parameter, 0.7)
    observe("clipped by value", parameter.grad, documented=[3 * factor, 0.7], terms=8)


@scenario("CLP-06/generator", needs=["CLP-02"])
def a_generator_of_parameters_is_taken(torch, observe):
    model = torch.nn.Linear(2, 1)
    model(torch.tensor([3.0, 0.0])).backward()  # gradients (3, 0) and 1
    total = torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
    observe("the total norm", total, documented=10**0.5, terms=8)
    factor = 1 / (10**0.5 + 1e-6)
    observe("the weight's gradient", model.weight.grad, documented=[[3 * factor, 0.0]], terms=8)


@scenario("CLP-07")
def clip_grad_value_clamps_each_element(torch, observe):
    parameters = with_gradients(torch, [3.0, -4.0, 0.5], None, [-1.0])
    gradient = parameters[0].grad
    observe("what it returns", torch.nn.utils.clip_grad_value_(parameters, 1.0), documented=None)
    observe("the gradients", [p.grad for p in parameters], documented=[[1.0, -1.0, 0.5], None, [-1.0]])
    observe("it is in place", parameters[0].grad is gradient, documented=True)


@scenario("CLP-07/nan", needs=["CLP-07"])
def clip_grad_value_lets_nan_through(torch, observe):
    parameters = with_gradients(torch, [float("nan"), float("inf"), float("-inf")])
    torch.nn.utils.clip_grad_value_(parameters, 1.0)
    observe("the gradient", parameters[0].grad, documented=[float("nan"), 1.0, -1.0])


@scenario("CLP-08", needs=["CLP-02"])
def clipping_in_two_steps(torch, observe):
    parameters = with_gradients(torch, [3.0, 0.0], [4.0])
    total = torch.nn.utils.get_total_norm([p.grad for p in parameters])
    observe("get_total_norm", total, documented=5.0)
    observe(
        "what clip_grads_with_norm_ returns",
        torch.nn.utils.clip_grads_with_norm_(parameters, 1.0, total),
        documented=None,
    )
    factor = 1 / (5 + 1e-6)
    observe("the gradients", [p.grad for p in parameters], documented=[[3 * factor, 0.0], [4 * factor]], terms=8)


@scenario("CLP-08/total-norm", cases={"one": 1.0, "two": 2.0, "inf": float("inf")}, needs=["CLP-08"])
def the_total_norm_of_any_tensors(torch, observe, p):
    tensors = [torch.tensor([[3.0, 0.0], [0.0, 0.0]]), torch.tensor(-4.0)]
    norms = {1.0: 7.0, 2.0: 5.0, float("inf"): 4.0}
    observe("the norm", torch.nn.utils.get_total_norm(tensors, norm_type=p), documented=norms[p], terms=8)
    with observe.raises("of a NaN, when asked to raise", RuntimeError, saying="non-finite"):
        torch.nn.utils.get_total_norm([torch.tensor([float("nan")])], norm_type=p, error_if_nonfinite=True)


@scenario("CLP-09", needs=["CLP-02"])
def clipping_between_backward_and_step(torch, observe):
    w = torch.tensor([1.0, 1.0], requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=1.0)
    (w * torch.tensor([30.0, 40.0])).sum().backward()
    torch.nn.utils.clip_grad_norm_([w], max_norm=1.0)
    optimizer.step()
    factor = 1 / (50 + 1e-6)
    observe("the parameter", w, documented=[1 - 30 * factor, 1 - 40 * factor], terms=8)


@scenario("CLP-10", cases={"foreach": True, "for-loop": False}, needs=["CLP-02"])
def foreach_or_a_loop_clip_alike(torch, observe, foreach):
    parameters = with_gradients(torch, [3.0, 0.0], [4.0])
    total = torch.nn.utils.clip_grad_norm_(parameters, max_norm=1.0, foreach=foreach)
    observe("the total norm", total, documented=5.0)
    factor = 1 / (5 + 1e-6)
    observe("the gradients", [p.grad for p in parameters], documented=[[3 * factor, 0.0], [4 * factor]], terms=8)


@scenario("CLP-11")
def parameters_to_vector_concatenates_them(torch, observe):
    weight = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    bias = torch.tensor([5.0], requires_grad=True)
    vector = torch.nn.utils.parameters_to_vector([weight, bias])
    observe("the vector", vector, documented=[1.0, 2.0, 3.0, 4.0, 5.0])
    (vector * vector).sum().backward()
    observe("the weight's gradient through it", weight.grad, documented=[[2.0, 4.0], [6.0, 8.0]])
    observe("the bias's", bias.grad, documented=[10.0])


@scenario("CLP-11/back", needs=["CLP-11"])
def vector_to_parameters_puts_it_back(torch, observe):
    model = torch.nn.Linear(2, 1)
    weight = model.weight
    torch.nn.utils.vector_to_parameters(torch.tensor([1.0, 2.0, 3.0]), model.parameters())
    observe("the weight", model.weight, documented=[[1.0, 2.0]])
    observe("the bias", model.bias, documented=[3.0])
    observe("the weight is the same parameter", model.weight is weight, documented=True)
    observe("it is a leaf", model.weight.is_leaf, documented=True)


@scenario("CLP-11/not-a-tensor")
def a_vector_is_a_tensor(torch, observe):
    with observe.raises("a list for a vector", TypeError, saying="Tensor"):
        torch.nn.utils.vector_to_parameters([1.0], [torch.tensor([1.0], requires_grad=True)])
