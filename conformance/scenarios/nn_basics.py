"""Modules and losses where they meet gradients: shared parameters, buffers, freezing, Linear, reductions."""

import math

from conformance.scenario import scenario


def linear(torch, weight, bias=None):
    """A Linear with this weight and bias."""
    layer = torch.nn.Linear(len(weight[0]), len(weight), bias=bias is not None)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(weight))
        if bias is not None:
            layer.bias.copy_(torch.tensor(bias))
    return layer


@scenario("NNB-01")
def parameters_come_in_order_of_registration_children_included(torch, observe):
    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = torch.nn.Linear(2, 1)
            self.scale = torch.nn.Parameter(torch.tensor(1.0))

    model = Model()
    names = [name for name, _ in model.named_parameters()]
    observe("the names: a module's own come first", names, documented=["scale", "inner.weight", "inner.bias"])
    observe("as many parameters", len(list(model.parameters())), documented=3)
    own = [name for name, _ in model.named_parameters(recurse=False)]
    observe("without the children", own, documented=["scale"])


@scenario("NNB-01/shared", needs=["NNB-01"])
def a_shared_parameter_comes_once(torch, observe):
    first, second = torch.nn.Linear(2, 2, bias=False), torch.nn.Linear(2, 2, bias=False)
    second.weight = first.weight
    model = torch.nn.Sequential(first, second)
    observe("the names", [name for name, _ in model.named_parameters()], documented=["0.weight"])
    observe("the parameters", [p is first.weight for p in model.parameters()], documented=[True])
    every = [name for name, _ in model.named_parameters(remove_duplicate=False)]
    observe("the names with duplicates", every, documented=["0.weight", "1.weight"])


@scenario("NNB-01/shared-module", needs=["NNB-01"])
def a_module_used_twice_comes_once(torch, observe):
    layer = torch.nn.Linear(2, 2, bias=False)
    model = torch.nn.Sequential(layer, torch.nn.ReLU(), layer)
    observe("the parameters", len(list(model.parameters())), documented=1)
    observe("the modules: the container, the layer, the activation", len(list(model.modules())), documented=3)


@scenario("NNB-02")
def a_shared_parameter_gets_the_sum_of_the_gradients_of_its_uses(torch, observe):
    layer = linear(torch, [[2.0]])
    model = torch.nn.Sequential(layer, layer)
    model(torch.tensor([[3.0]])).backward()  # 3 w^2
    observe("the gradient: 2 * 3 * w", layer.weight.grad, documented=[[12.0]])


@scenario("NNB-02/tied", needs=["NNB-02"])
def tied_weights_move_together(torch, observe):
    first, second = linear(torch, [[2.0]]), linear(torch, [[1.0]])
    second.weight = first.weight
    model = torch.nn.Sequential(first, second)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.125)
    model(torch.tensor([[3.0]])).backward()
    optimizer.step()
    observe("the first weight: 2 - 0.125 * 12, once", first.weight, documented=[[0.5]])
    observe("the second", second.weight, documented=[[0.5]])


@scenario("NNB-03")
def buffers_and_plain_tensors_are_no_parameters(torch, observe):
    model = torch.nn.Module()
    model.weight = torch.nn.Parameter(torch.tensor([1.0]))
    model.register_buffer("mean", torch.tensor([2.0]))
    model.plain = torch.tensor([3.0])
    observe("the parameters", [name for name, _ in model.named_parameters()], documented=["weight"])
    observe("the buffers", [name for name, _ in model.named_buffers()], documented=["mean"])
    observe("the state", list(model.state_dict()), documented=["weight", "mean"])
    flags = [model.weight.requires_grad, model.mean.requires_grad, model.plain.requires_grad]
    observe("which require grad", flags, documented=[True, False, False])


@scenario("NNB-04")
def requires_grad_false_freezes_every_parameter(torch, observe):
    model = torch.nn.Sequential(linear(torch, [[2.0]], [1.0]), linear(torch, [[3.0]], [1.0]))
    observe("it returns the module", model.requires_grad_(False) is model, documented=True)
    observe("which require grad", [p.requires_grad for p in model.parameters()], documented=[False] * 4)
    x = torch.tensor([[1.0]], requires_grad=True)
    model(x).backward()
    observe("the input's gradient flows through", x.grad, documented=[[6.0]])
    observe("the parameters' gradients", [p.grad for p in model.parameters()], documented=[None] * 4)
    model.requires_grad_()
    observe("after requires_grad_()", [p.requires_grad for p in model.parameters()], documented=[True] * 4)


@scenario("NNB-04/partly", needs=["NNB-04"])
def a_frozen_layer_passes_gradients_on(torch, observe):
    first, second = linear(torch, [[2.0]]), linear(torch, [[3.0]])
    second.requires_grad_(False)
    second(first(torch.tensor([[1.0]]))).backward()
    observe("the first layer's gradient", first.weight.grad, documented=[[3.0]])
    observe("the frozen one's", second.weight.grad, documented=None)


@scenario("NNB-05")
def linear_computes_x_w_transposed_plus_b(torch, observe):
    layer = linear(torch, [[1.0, 2.0], [3.0, -1.0], [0.5, 0.0]], [0.5, 0.0, -1.0])
    observe("the weight's shape: out, in", list(layer.weight.shape), documented=[3, 2])
    x = torch.tensor([[1.0, 2.0], [-1.0, 0.5]], requires_grad=True)
    y = layer(x)
    observe("the output", y, documented=[[5.5, 1.0, -0.5], [0.5, -3.5, -1.5]])
    y.backward(torch.tensor([[1.0, 0.0, 2.0], [0.0, 1.0, -1.0]]))
    observe("the weight's gradient: g' x", layer.weight.grad, documented=[[1.0, 2.0], [-1.0, 0.5], [3.0, 3.5]])
    observe("the bias's: the sum of g", layer.bias.grad, documented=[1.0, 1.0, 1.0])
    observe("the input's: g W", x.grad, documented=[[2.0, 2.0], [2.5, -1.0]])


@scenario("NNB-05/dimensions", needs=["NNB-05"])
def linear_acts_on_the_last_dimension(torch, observe):
    layer = linear(torch, [[1.0, 2.0]], [0.5])
    observe("of a vector", layer(torch.tensor([1.0, 1.0])), documented=[3.5])
    x = torch.tensor([[[1.0, 0.0]], [[0.0, 1.0]]])
    observe("of three dimensions", layer(x), documented=[[[1.5]], [[2.5]]])
    with observe.raises("of a last dimension of three", RuntimeError, saying="shapes"):
        layer(torch.tensor([[1.0, 2.0, 3.0]]))


@scenario("NNB-05/no-bias", needs=["NNB-05"])
def linear_without_a_bias(torch, observe):
    layer = linear(torch, [[1.0, 2.0]])
    observe("its bias", layer.bias, documented=None)
    observe("its parameters", [name for name, _ in layer.named_parameters()], documented=["weight"])
    observe("the output", layer(torch.tensor([1.0, 1.0])), documented=[3.0])


@scenario("NNB-06")
def the_reductions_of_a_loss(torch, observe):
    x, y = torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([[0.0, 2.0], [1.0, 1.0]])
    for reduction, documented in (("mean", 14 / 4), ("sum", 14.0), ("none", [[1.0, 0.0], [4.0, 9.0]])):
        loss = torch.nn.MSELoss(reduction=reduction)(x, y)
        observe(f"the loss with reduction={reduction!r}", loss, documented=documented)
    observe("the loss by default", torch.nn.MSELoss()(x, y), documented=3.5)


@scenario("NNB-06/gradients", cases={"mean": 0.25, "sum": 1.0}, needs=["NNB-06"])
def the_gradient_of_the_mean_squared_error(torch, observe, factor):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = torch.tensor([[0.0, 2.0], [1.0, 1.0]])
    torch.nn.MSELoss(reduction={0.25: "mean", 1.0: "sum"}[factor])(x, y).backward()
    documented = [[2 * factor, 0.0], [4 * factor, 6 * factor]]
    observe("the gradient", x.grad, documented=documented)


@scenario("NNB-06/unknown")
def an_unknown_reduction_is_refused(torch, observe):
    with observe.raises("reduction='median'", ValueError, saying="median"):
        torch.nn.functional.mse_loss(torch.tensor([1.0]), torch.tensor([1.0]), reduction="median")


@scenario("NNB-06/broadcasting", needs=["NNB-06"])
def a_target_of_another_shape_is_warned_of(torch, observe):
    loss = torch.nn.MSELoss()
    with observe.warns("of shapes (2, 1) and (2,)", UserWarning, saying="size"):
        value = loss(torch.tensor([[1.0], [2.0]]), torch.tensor([1.0, 2.0]))
    observe("the loss over the broadcast: 0, 1, 1 and 0", value, documented=0.5)


@scenario("NNB-07", needs=["NNB-06"])
def weights_of_classes_weigh_the_mean_too(torch, observe):
    log_probabilities = torch.tensor([[-1.0, -2.0], [-3.0, -4.0], [-5.0, -6.0]], requires_grad=True)
    targets = torch.tensor([0, 1, 1])
    loss = torch.nn.NLLLoss(weight=torch.tensor([1.0, 3.0]))(log_probabilities, targets)
    observe("the loss: (1 * 1 + 3 * 4 + 3 * 6) / (1 + 3 + 3)", loss, documented=31 / 7)
    loss.backward()
    documented = [[-1 / 7, 0.0], [0.0, -3 / 7], [0.0, -3 / 7]]
    observe("the gradient", log_probabilities.grad, documented=documented)


@scenario("NNB-07/ignore-index", needs=["NNB-06"])
def an_ignored_target_counts_neither_above_nor_below(torch, observe):
    log_probabilities = torch.tensor([[-1.0, -2.0], [-3.0, -4.0], [-5.0, -6.0]], requires_grad=True)
    loss = torch.nn.NLLLoss()(log_probabilities, torch.tensor([0, -100, 1]))
    observe("the loss: (1 + 6) / 2", loss, documented=3.5)
    loss.backward()
    observe("the gradient", log_probabilities.grad, documented=[[-0.5, 0.0], [0.0, 0.0], [0.0, -0.5]])
    loss = torch.nn.NLLLoss(ignore_index=1)(log_probabilities, torch.tensor([0, 1, 0]))
    observe("the loss, another index ignored: (1 + 5) / 2", loss, documented=3.0)


@scenario("NNB-07/cross-entropy", needs=["NNB-07"])
def cross_entropy_is_nll_of_log_softmax(torch, observe):
    third = math.log(3.0)
    logits = torch.tensor([[0.0, third], [third, 0.0]], requires_grad=True)  # probabilities 1/4 and 3/4
    weight = torch.tensor([1.0, 3.0])
    loss = torch.nn.CrossEntropyLoss(weight=weight)(logits, torch.tensor([0, 1]))
    observe("the loss: both are right with 1/4", loss, documented=math.log(4.0), terms=8)
    loss.backward()
    documented = [[-3 / 16, 3 / 16], [9 / 16, -9 / 16]]
    observe("the gradient: weight / 4 * (softmax - one-hot)", logits.grad, documented=documented, terms=8)


@scenario("NNB-07/label-smoothing", needs=["NNB-07/cross-entropy"])
def label_smoothing_mixes_in_the_uniform_distribution(torch, observe):
    logits = torch.tensor([[0.0, math.log(3.0)]])  # probabilities 1/4 and 3/4
    loss = torch.nn.CrossEntropyLoss(label_smoothing=0.5)(logits, torch.tensor([0]))
    documented = 0.75 * math.log(4.0) + 0.25 * math.log(4 / 3)
    observe("the loss", loss, documented=documented, terms=8)


@scenario("NNB-07/probabilities", needs=["NNB-07/cross-entropy"])
def a_target_may_be_probabilities(torch, observe):
    logits = torch.tensor([[0.0, math.log(3.0)]])  # probabilities 1/4 and 3/4
    loss = torch.nn.CrossEntropyLoss()(logits, torch.tensor([[0.25, 0.75]]))
    documented = 0.25 * math.log(4.0) + 0.75 * math.log(4 / 3)
    observe("the loss", loss, documented=documented, terms=8)


@scenario("NNB-08", needs=["NNB-06"])
def the_mean_of_kl_div_is_over_elements_the_batchmean_over_the_batch(torch, observe):
    inputs = torch.tensor([[0.5, 0.5], [0.25, 0.75]]).log()
    targets = torch.tensor([[0.5, 0.5], [0.5, 0.5]])
    total = 0.5 * math.log(2.0) + 0.5 * math.log(2 / 3)
    for reduction, documented in (("sum", total), ("batchmean", total / 2)):
        loss = torch.nn.KLDivLoss(reduction=reduction)(inputs, targets)
        observe(f"the loss with reduction={reduction!r}", loss, documented=documented, terms=8, scale=1.0)
    with observe.warns("reduction='mean'", UserWarning, saying="batchmean"):
        mean = torch.nn.KLDivLoss(reduction="mean")(inputs, targets)
    observe("the loss with reduction='mean'", mean, documented=total / 4, terms=8, scale=1.0)


@scenario("NNB-08/log-target", needs=["NNB-08"])
def the_target_of_kl_div_may_be_logarithms(torch, observe):
    inputs, targets = torch.tensor([[0.25, 0.75]]).log(), torch.tensor([[0.5, 0.5]]).log()
    loss = torch.nn.KLDivLoss(reduction="sum", log_target=True)(inputs, targets)
    documented = 0.5 * math.log(2.0) + 0.5 * math.log(2 / 3)
    observe("the loss", loss, documented=documented, terms=8, scale=1.0)


@scenario("NNB-09")
def a_target_that_requires_grad_gets_a_gradient(torch, observe):
    x, y = torch.tensor([1.0, 4.0]), torch.tensor([0.0, 2.0], requires_grad=True)
    torch.nn.MSELoss()(x, y).backward()
    observe("the target's gradient: -2 (x - y) / 2", y.grad, documented=[-1.0, -2.0])


@scenario("NNB-10")
def batch_norm_in_training_differentiates_through_the_statistics(torch, observe):
    layer = torch.nn.BatchNorm1d(1, eps=3.0)
    x = torch.tensor([[1.0], [3.0]], requires_grad=True)  # mean 2, variance 1
    y = layer(x)
    observe("the output: (x - 2) / sqrt(1 + 3)", y, documented=[[-0.5], [0.5]], terms=8)
    y.backward(torch.tensor([[1.0], [0.0]]))
    # (g - mean(g) - y mean(g y)) / 2, where mean(g) is 1/2 and mean(g y) is -1/4
    observe("the gradient", x.grad, documented=[[3 / 16], [-3 / 16]], terms=8)


@scenario("NNB-10/three", needs=["NNB-10"])
def the_gradient_of_batch_norm_sums_to_zero(torch, observe):
    layer = torch.nn.BatchNorm1d(1, eps=2.0)
    x = torch.tensor([[0.0], [0.0], [3.0]], requires_grad=True)  # mean 1, variance 2
    y = layer(x)
    observe("the output: (x - 1) / sqrt(2 + 2)", y, documented=[[-0.5], [-0.5], [1.0]], terms=8)
    y.backward(torch.tensor([[1.0], [0.0], [0.0]]))
    observe("the gradient", x.grad, documented=[[7 / 24], [-5 / 24], [-2 / 24]], terms=16)
    observe("its sum", x.grad.sum(), documented=0.0, terms=16, scale=1.0)


@scenario("NNB-10/eval")
def batch_norm_in_eval_uses_constants(torch, observe):
    layer = torch.nn.BatchNorm1d(1, eps=0.0)
    layer.running_mean.fill_(1.0)
    layer.running_var.fill_(4.0)
    layer.eval()
    x = torch.tensor([[1.0], [3.0]], requires_grad=True)
    y = layer(x)
    observe("the output", y, documented=[[0.0], [1.0]])
    y.backward(torch.tensor([[1.0], [0.0]]))
    observe("the gradient", x.grad, documented=[[0.5], [0.0]])
    observe("the running mean is as it was", layer.running_mean, documented=[1.0])
