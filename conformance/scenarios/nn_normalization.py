"""Normalisation: by batches, layers and groups."""

import numpy as np

from conformance.scenario import scenario
from conformance.witnesses.layers import normalize

X = [[1.0, 2.0], [3.0, -1.0], [2.0, 5.0]]
IMAGES = (np.array([[3, 1, 4, 1, 5, 9, 2, 6], [5, 3, 5, 8, 9, 7, 9, 3]]).reshape(2, 4, 1, 2) / 4).tolist()


def fill(torch, layer, weight, bias):
    """Give a layer this weight and bias."""
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(weight))
        layer.bias.copy_(torch.tensor(bias))
    return layer


@scenario("NNM-27")
def batch_norm_normalizes_each_feature_over_the_batch(torch, observe):
    layer = fill(torch, torch.nn.BatchNorm1d(2), [2.0, 3.0], [0.5, -1.0])
    documented = normalize(np.array(X), (0,), 1e-5) * [2.0, 3.0] + [0.5, -1.0]
    observe("the output", layer(torch.tensor(X)), documented=documented.tolist(), terms=16)


@scenario("NNM-27/first-values", needs=["NNM-27"])
def a_new_batch_norm_scales_by_one_and_shifts_by_zero(torch, observe):
    layer = torch.nn.BatchNorm1d(2)
    observe("the weight", layer.weight, documented=[1.0, 1.0])
    observe("the bias", layer.bias, documented=[0.0, 0.0])
    observe("the running mean", layer.running_mean, documented=[0.0, 0.0])
    observe("the running variance", layer.running_var, documented=[1.0, 1.0])
    observe("the batches counted", layer.num_batches_tracked, documented=0)


@scenario("NNM-27/images", needs=["NNM-27"])
def batch_norm_2d_normalizes_over_batch_and_pixels(torch, observe):
    layer = torch.nn.BatchNorm2d(4)
    documented = normalize(np.array(IMAGES), (0, 2, 3), 1e-5).tolist()
    observe("the output", layer(torch.tensor(IMAGES)), documented=documented, terms=16)
    with observe.raises("of two dimensions", ValueError, saying="4D"):
        layer(torch.tensor(X))


@scenario("NNM-28", needs=["NNM-27"])
def the_running_statistics_move_by_the_momentum(torch, observe):
    layer = torch.nn.BatchNorm1d(1, momentum=0.5)
    layer(torch.tensor([[1.0], [3.0]]))  # mean 2, unbiased variance 2
    observe("the running mean: 0.5 * 0 + 0.5 * 2", layer.running_mean, documented=[1.0])
    observe("the running variance: 0.5 * 1 + 0.5 * 2", layer.running_var, documented=[1.5])
    layer(torch.tensor([[5.0], [9.0]]))  # mean 7, unbiased variance 8
    observe("the running mean after another batch", layer.running_mean, documented=[4.0])
    observe("the running variance", layer.running_var, documented=[4.75])
    observe("the batches counted", layer.num_batches_tracked, documented=2)


@scenario("NNM-28/cumulative", needs=["NNM-28"])
def without_momentum_the_statistics_are_means(torch, observe):
    layer = torch.nn.BatchNorm1d(1, momentum=None)
    layer(torch.tensor([[1.0], [3.0]]))
    observe("the running mean after one batch", layer.running_mean, documented=[2.0])
    layer(torch.tensor([[5.0], [9.0]]))
    observe("after two", layer.running_mean, documented=[4.5])
    observe("the running variance: the mean of 2 and 8", layer.running_var, documented=[5.0])


@scenario("NNM-28/eval", needs=["NNM-28"])
def in_eval_the_statistics_are_used_and_stay(torch, observe):
    layer = torch.nn.BatchNorm1d(1, eps=0.0)
    layer.running_mean.fill_(1.0)
    layer.running_var.fill_(4.0)
    layer.eval()
    observe("the output: (x - 1) / 2", layer(torch.tensor([[1.0], [5.0]])), documented=[[0.0], [2.0]])
    observe("the running mean", layer.running_mean, documented=[1.0])
    observe("the batches counted", layer.num_batches_tracked, documented=0)


@scenario("NNM-28/not-tracked", needs=["NNM-28"])
def without_tracking_eval_uses_the_batch_too(torch, observe):
    layer = torch.nn.BatchNorm1d(1, track_running_stats=False).eval()
    observe("the running mean", layer.running_mean, documented=None)
    documented = normalize(np.array([[1.0], [5.0]]), (0,), 1e-5).tolist()
    observe("the output", layer(torch.tensor([[1.0], [5.0]])), documented=documented, terms=16)
    observe("the state", list(layer.state_dict()), documented=["weight", "bias"])


@scenario("NNM-28/one-value")
def one_value_a_feature_is_too_few_to_train_on(torch, observe):
    with observe.raises("a batch of one", ValueError, saying="more than 1 value"):
        torch.nn.BatchNorm1d(2)(torch.tensor([[1.0, 2.0]]))


@scenario("NNM-28/reset", needs=["NNM-28"])
def reset_running_stats_starts_over(torch, observe):
    layer = torch.nn.BatchNorm1d(1)
    layer(torch.tensor([[1.0], [3.0]]))
    layer.reset_running_stats()
    statistics = [layer.running_mean, layer.running_var, layer.num_batches_tracked]
    observe("the statistics", statistics, documented=[[0.0], [1.0], 0])


@scenario("NNM-27/no-eps")
def batch_norm_in_training_needs_a_positive_eps(torch, observe):
    layer = torch.nn.BatchNorm1d(1, eps=0.0)
    with observe.raises("eps=0", ValueError, saying="eps"):
        layer(torch.tensor([[1.0], [3.0]]))


@scenario("NNM-27/not-affine", needs=["NNM-27"])
def batch_norm_without_parameters(torch, observe):
    layer = torch.nn.BatchNorm1d(2, affine=False)
    observe("the weight and the bias", [layer.weight, layer.bias], documented=[None, None])
    documented = normalize(np.array(X), (0,), 1e-5).tolist()
    observe("the output", layer(torch.tensor(X)), documented=documented, terms=16)


@scenario("NNM-29")
def layer_norm_normalizes_each_example(torch, observe):
    layer = fill(torch, torch.nn.LayerNorm(2), [2.0, 3.0], [0.5, -1.0])
    documented = normalize(np.array(X), (1,), 1e-5) * [2.0, 3.0] + [0.5, -1.0]
    observe("the output", layer(torch.tensor(X)), documented=documented.tolist(), terms=16)


@scenario("NNM-29/several-dimensions", needs=["NNM-29"])
def layer_norm_over_several_dimensions(torch, observe):
    layer = torch.nn.LayerNorm([1, 2])
    observe("the weight's shape", list(layer.weight.shape), documented=[1, 2])
    documented = normalize(np.array(IMAGES), (2, 3), 1e-5).tolist()
    observe("the output", layer(torch.tensor(IMAGES)), documented=documented, terms=16)
    with observe.raises("of another shape", RuntimeError, saying="normalized_shape"):
        layer(torch.tensor([[1.0, 2.0, 3.0]]))


@scenario("NNM-29/options", needs=["NNM-29"])
def layer_norm_without_bias_or_parameters(torch, observe):
    plain = torch.nn.LayerNorm(2, eps=0.5, elementwise_affine=False)
    observe("the parameters", len(list(plain.parameters())), documented=0)
    documented = normalize(np.array(X), (1,), 0.5).tolist()
    observe("the output", plain(torch.tensor(X)), documented=documented, terms=16)
    no_bias = torch.nn.LayerNorm(2, bias=False)
    observe("the parameters without a bias", [n for n, _ in no_bias.named_parameters()], documented=["weight"])


@scenario("NNM-30")
def group_norm_normalizes_groups_of_channels(torch, observe):
    layer = fill(torch, torch.nn.GroupNorm(2, 4), [1.0, 2.0, 3.0, 4.0], [0.5, 0.0, -0.5, 1.0])
    grouped = normalize(np.array(IMAGES).reshape(2, 2, 2, 1, 2), (2, 3, 4), 1e-5).reshape(2, 4, 1, 2)
    weight, bias = (np.array(v).reshape(1, 4, 1, 1) for v in ([1.0, 2.0, 3.0, 4.0], [0.5, 0.0, -0.5, 1.0]))
    observe("the output", layer(torch.tensor(IMAGES)), documented=(grouped * weight + bias).tolist(), terms=16)
    with observe.raises("four channels in three groups", ValueError, saying="divisible"):
        torch.nn.GroupNorm(3, 4)


@scenario("NNM-30/extremes", needs=["NNM-30"])
def group_norm_of_one_group_and_of_one_channel_each(torch, observe):
    images = torch.tensor(IMAGES)
    whole = normalize(np.array(IMAGES), (1, 2, 3), 1e-5).tolist()
    observe("one group is a layer norm", torch.nn.GroupNorm(1, 4)(images), documented=whole, terms=16)
    each = normalize(np.array(IMAGES), (2, 3), 1e-5).tolist()
    observe("as many groups as channels", torch.nn.GroupNorm(4, 4)(images), documented=each, terms=16)
    observe("which is an instance norm", torch.nn.InstanceNorm2d(4)(images), documented=each, terms=16)


@scenario("NNM-31")
def rms_norm_divides_by_the_root_mean_square(torch, observe):
    layer = torch.nn.RMSNorm(2, eps=1.0)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([2.0, 3.0]))
    x = torch.tensor([[1.0, 7.0], [-2.0, 0.0]])  # mean squares 25 and 2
    documented = [[2 / 26**0.5, 21 / 26**0.5], [-4 / 3**0.5, 0.0]]
    observe("the output", layer(x), documented=documented, terms=8)
