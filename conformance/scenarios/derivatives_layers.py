"""First derivatives of the functions behind layers: linear, convolution, pooling, normalisation, attention."""

import math

from conformance.scenario import scenario

# Poolings of the sequence [1, 3, 2, 6]: the function, the result, the gradient for the upstream values 1, 2, ...
POOLINGS = {
    "max-pool1d": (lambda F, x: F.max_pool1d(x, 2), [3, 6], [0, 1, 0, 2]),
    "max-pool1d-with-a-stride": (lambda F, x: F.max_pool1d(x, 3, stride=1), [3, 6], [0, 1, 0, 2]),
    "avg-pool1d": (lambda F, x: F.avg_pool1d(x, 2), [2, 4], [0.5, 0.5, 1, 1]),
    "avg-pool1d-overlapping": (lambda F, x: F.avg_pool1d(x, 2, stride=1), [2, 2.5, 4], [0.5, 1.5, 2.5, 1.5]),
    "adaptive-avg-pool1d": (lambda F, x: F.adaptive_avg_pool1d(x, 1), [3], [0.25, 0.25, 0.25, 0.25]),
    "adaptive-max-pool1d": (lambda F, x: F.adaptive_max_pool1d(x, 1), [6], [0, 0, 0, 1]),
    "lp-pool1d": (lambda F, x: F.lp_pool1d(x, 1.0, 2), [4, 8], [1, 1, 2, 2]),
    "interpolate": (lambda F, x: F.interpolate(x, scale_factor=0.5), [1, 2], [1, 0, 2, 0]),
    "interpolate-up": (lambda F, x: F.interpolate(x, size=8), [1, 1, 3, 3, 2, 2, 6, 6], [3, 7, 11, 15]),
}


@scenario("DRV-20", needs=["BWD-06"])
def linear_multiplies_by_the_transposed_weight_and_adds_the_bias(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    weight = torch.tensor([[5.0, 6.0], [7.0, 8.0], [9.0, 10.0]], requires_grad=True)
    bias = torch.tensor([0.5, 1.5, 2.5], requires_grad=True)
    y = torch.nn.functional.linear(x, weight, bias)
    observe("the result", y, documented=[[17.5, 24.5, 31.5], [39.5, 54.5, 69.5]])
    y.backward(torch.tensor([[1.0, 0.0, 2.0], [0.0, 3.0, 0.0]]))
    observe("the gradient of the input", x.grad, documented=[[23, 26], [21, 24]])
    observe("the gradient of the weight", weight.grad, documented=[[1, 2], [9, 12], [2, 4]])
    observe("the gradient of the bias", bias.grad, documented=[1, 3, 2])


@scenario("DRV-20/linear-of-a-batch", needs=["DRV-20"])
def linear_sums_its_weights_gradient_over_all_leading_dimensions(torch, observe):
    x = torch.ones(2, 2, 2)
    weight = torch.tensor([[1.0, 2.0]], requires_grad=True)
    bias = torch.tensor([0.5], requires_grad=True)
    torch.nn.functional.linear(x, weight, bias).backward(torch.tensor([[[1.0], [2.0]], [[3.0], [4.0]]]))
    observe("the gradient of the weight", weight.grad, documented=[[10, 10]])
    observe("the gradient of the bias", bias.grad, documented=[10])


@scenario("DRV-20/bilinear", needs=["DRV-20"])
def bilinear_multiplies_from_both_sides(torch, observe):
    a = torch.tensor([[1.0, 2.0]], requires_grad=True)
    b = torch.tensor([[3.0, 4.0]], requires_grad=True)
    weight = torch.tensor([[[1.0, 2.0], [3.0, 4.0]]], requires_grad=True)
    y = torch.nn.functional.bilinear(a, b, weight)
    observe("the result", y, documented=[[61]])
    y.backward(torch.tensor([[1.0]]))
    observe("the gradient of the first", a.grad, documented=[[11, 25]])
    observe("the gradient of the second", b.grad, documented=[[7, 10]])
    observe("the gradient of the weight", weight.grad, documented=[[[3, 4], [6, 8]]])


@scenario("DRV-20/conv1d", needs=["BWD-06"])
def conv1d_correlates(torch, observe):
    x = torch.tensor([[[1.0, 2.0, 3.0, 4.0]]], requires_grad=True)
    weight = torch.tensor([[[10.0, 1.0]]], requires_grad=True)
    bias = torch.tensor([0.5], requires_grad=True)
    y = torch.nn.functional.conv1d(x, weight, bias)
    observe("the result", y, documented=[[[12.5, 23.5, 34.5]]])
    y.backward(torch.tensor([[[1.0, 2.0, 3.0]]]))
    observe("the gradient of the input", x.grad, documented=[[[10, 21, 32, 3]]])
    observe("the gradient of the weight", weight.grad, documented=[[[1 + 4 + 9, 2 + 6 + 12]]])
    observe("the gradient of the bias", bias.grad, documented=[6])


@scenario("DRV-20/conv1d-with-stride-and-padding", needs=["DRV-20/conv1d"])
def conv1d_with_a_stride_and_padding(torch, observe):
    x = torch.tensor([[[1.0, 2.0, 3.0]]], requires_grad=True)
    weight = torch.tensor([[[10.0, 1.0]]], requires_grad=True)
    y = torch.nn.functional.conv1d(x, weight, stride=2, padding=1)
    observe("the result", y, documented=[[[1, 23]]])
    y.backward(torch.tensor([[[1.0, 2.0]]]))
    observe("the gradient of the input", x.grad, documented=[[[1, 20, 2]]])
    observe("the gradient of the weight", weight.grad, documented=[[[4, 7]]])


@scenario("DRV-20/conv2d", needs=["BWD-06"])
def conv2d_sums_over_its_input_channels(torch, observe):
    x = torch.arange(1.0, 9.0).reshape(1, 2, 2, 2).requires_grad_()
    weight = torch.tensor([[[[1.0, 2.0]], [[3.0, 4.0]]]], requires_grad=True)  # one output, two inputs, 1x2
    y = torch.nn.functional.conv2d(x, weight)
    observe("the result", y, documented=[[[[1 + 4 + 15 + 24], [3 + 8 + 21 + 32]]]])
    y.backward(torch.tensor([[[[1.0], [10.0]]]]))
    observe("the gradient of the input", x.grad, documented=[[[[1, 2], [10, 20]], [[3, 4], [30, 40]]]])
    observe("the gradient of the weight", weight.grad, documented=[[[[31, 42]], [[75, 86]]]])


@scenario("DRV-20/conv-transpose1d", needs=["DRV-20/conv1d"])
def the_transposed_convolution_spreads_its_input(torch, observe):
    x = torch.tensor([[[1.0, 2.0]]], requires_grad=True)
    weight = torch.tensor([[[10.0, 1.0]]], requires_grad=True)
    y = torch.nn.functional.conv_transpose1d(x, weight)
    observe("the result", y, documented=[[[10, 21, 2]]])
    y.backward(torch.tensor([[[1.0, 2.0, 3.0]]]))
    observe("the gradient of the input", x.grad, documented=[[[12, 23]]])
    observe("the gradient of the weight", weight.grad, documented=[[[5, 8]]])


@scenario("DRV-20/pooling", cases=POOLINGS, needs=["BWD-06"])
def a_pooling_gives_its_gradient_to_what_it_pooled(torch, observe, case):
    function, result, gradient = case
    x = torch.tensor([[[1.0, 3.0, 2.0, 6.0]]], requires_grad=True)
    y = function(torch.nn.functional, x)
    observe("the result", y, documented=[[result]])
    y.backward(torch.arange(1.0, 1.0 + len(result)).reshape(1, 1, -1))
    observe("the gradient", x.grad, documented=[[gradient]])


@scenario("DRV-20/antialiased", cases=["bilinear", "bicubic", "lanczos"], needs=["DRV-20/pooling/interpolate"])
def an_antialiased_interpolation_is_made_of_all_that_an_element_covers(torch, observe, mode):
    interpolate = torch.nn.functional.interpolate
    x = torch.tensor([[[[1.0, 3.0, 2.0, 6.0], [0.0, 4.0, 8.0, 2.0], [5.0, 1.0, 7.0, 3.0]]]], requires_grad=True)
    y = interpolate(x, size=(1, 3), mode=mode, antialias=True)
    observe("the result", y)
    y.backward(torch.tensor([[[[1.0, 2.0, 3.0]]]]))
    observe("the gradient", x.grad)
    observe("by a factor", interpolate(x.detach(), scale_factor=(0.5, 1.5), mode=mode, antialias=True))
    with observe.raises("of a sequence", ValueError, saying="4-D"):
        interpolate(x[0], size=2, mode=mode, antialias=True)


@scenario(
    "DRV-20/antialiased-otherwise", cases=["nearest", "area", "nearest-exact"], needs=["DRV-20/antialiased/bilinear"]
)
def other_interpolations_have_no_antialiasing(torch, observe, mode):
    with observe.raises("the call", ValueError, saying="bilinear"):
        torch.nn.functional.interpolate(torch.ones(1, 1, 4, 4), size=2, mode=mode, antialias=True)


@scenario("DRV-20/layer-norm", needs=["DRV-09/var"])
def layer_norm_has_no_gradient_along_the_mean_or_itself(torch, observe):
    x = torch.tensor([[1.0, 3.0]], requires_grad=True)
    weight = torch.tensor([2.0, 4.0], requires_grad=True)
    bias = torch.tensor([10.0, 20.0], requires_grad=True)
    y = torch.nn.functional.layer_norm(x, [2], weight, bias, eps=3.0)
    # The mean is 2, the variance 1, and with eps the deviation 2: the normalised input is -1/2, 1/2.
    observe("the result", y, documented=[[9, 22]])
    y.backward(torch.tensor([[1.0, 1.0]]))
    # (h - mean(h) - n mean(h n)) / 2 for h = [2, 4]: mean(h) = 3, mean(h n) = 1/2.
    observe("the gradient of the input", x.grad, documented=[[(2 - 3 + 0.25) / 2, (4 - 3 - 0.25) / 2]])
    observe("the gradient of the weight", weight.grad, documented=[-0.5, 0.5])
    observe("the gradient of the bias", bias.grad, documented=[1, 1])


@scenario("DRV-20/batch-norm", needs=["DRV-09/var"])
def batch_norm_in_training_normalises_each_column(torch, observe):
    x = torch.tensor([[1.0], [3.0]], requires_grad=True)
    mean, variance = torch.tensor([0.0]), torch.tensor([1.0])
    y = torch.nn.functional.batch_norm(x, mean, variance, training=True, momentum=0.5, eps=3.0)
    observe("the result", y, documented=[[-0.5], [0.5]])
    observe("the running mean", mean, documented=[1])
    observe("the running variance, unbiased", variance, documented=[1.5])
    y.backward(torch.tensor([[2.0], [4.0]]))
    observe("the gradient", x.grad, documented=[[(2 - 3 + 0.25) / 2], [(4 - 3 - 0.25) / 2]])


@scenario("DRV-20/batch-norm-in-eval", needs=["BWD-06"])
def batch_norm_in_eval_uses_the_running_statistics_as_constants(torch, observe):
    x = torch.tensor([[1.0], [3.0]], requires_grad=True)
    mean, variance = torch.tensor([1.0]), torch.tensor([1.0])
    y = torch.nn.functional.batch_norm(x, mean, variance, eps=3.0)
    observe("the result", y, documented=[[0], [1]])
    y.backward(torch.tensor([[2.0], [4.0]]))
    observe("the gradient", x.grad, documented=[[1], [2]])


@scenario("DRV-20/group-norm", needs=["DRV-20/layer-norm"])
def group_norm_normalises_each_group_of_channels(torch, observe):
    x = torch.tensor([[1.0, 3.0, 10.0, 30.0]], requires_grad=True)
    y = torch.nn.functional.group_norm(x, 2, eps=3.0)
    observe("the first group", y[:, :2], documented=[[-0.5, 0.5]])
    y[:, :2].backward(torch.tensor([[2.0, 4.0]]))
    observe("the gradient", x.grad, documented=[[(2 - 3 + 0.25) / 2, (4 - 3 - 0.25) / 2, 0, 0]])


@scenario("DRV-20/rms-norm", needs=["DRV-10/vector-norm"])
def rms_norm_has_no_gradient_along_its_input(torch, observe):
    x = torch.tensor([[1.0, 7.0]], requires_grad=True)  # the mean of the squares is 25
    y = torch.nn.functional.rms_norm(x, [2], eps=0.0)
    observe("the result", y, documented=[[0.2, 1.4]])
    y.backward(torch.tensor([[1.0, 0.0]]))
    observe("the gradient", x.grad, documented=[[(1 - 0.2 * 0.1) / 5, -1.4 * 0.1 / 5]])


@scenario("DRV-20/cosine-similarity", needs=["DRV-10/vector-norm"])
def cosine_similarity_has_no_gradient_along_its_argument(torch, observe):
    x = torch.tensor([3.0, 4.0], requires_grad=True)
    y = torch.nn.functional.cosine_similarity(x, torch.tensor([4.0, 3.0]), dim=0)
    observe("the similarity", y, documented=0.96)
    y.backward()
    observe("the gradient", x.grad, documented=[(0.8 - 0.96 * 0.6) / 5, (0.6 - 0.96 * 0.8) / 5])


@scenario("DRV-20/attention", needs=["DRV-11/softmax"])
def attention_weighs_the_values(torch, observe):
    # One query against two keys with the scores 0 and log 3 after the division by sqrt(1): weights 1/4 and 3/4.
    query = torch.tensor([[[1.0]]], requires_grad=True)
    key = torch.tensor([[[0.0], [math.log(3)]]], requires_grad=True)
    value = torch.tensor([[[4.0], [8.0]]], requires_grad=True)
    y = torch.nn.functional.scaled_dot_product_attention(query, key, value)
    observe("the result", y, documented=[[[7]]])
    y.backward(torch.tensor([[[1.0]]]))
    observe("the gradient of the values", value.grad, documented=[[[1 / 4], [3 / 4]]])
    # The scores get weight * (value - result).
    observe("the gradient of the keys", key.grad, documented=[[[-3 / 4], [3 / 4]]])
    observe("the gradient of the query", query.grad, documented=[[[3 / 4 * math.log(3)]]])


@scenario("DRV-20/one-hot", needs=["ACC-09"])
def one_hot_makes_integers_outside_the_graph(torch, observe):
    y = torch.nn.functional.one_hot(torch.tensor([2, 0]), 3)
    observe("the result", y, documented=[[0, 0, 1], [1, 0, 0]])
    observe("its dtype", y.dtype, documented="int64")
    observe("requires grad", y.requires_grad, documented=False)
