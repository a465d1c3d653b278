"""Linear maps: Linear's first weights, Bilinear, convolutions and their transposes."""

import numpy as np

from conformance.scenario import scenario
from conformance.witnesses.layers import conv2d


def fill(torch, layer, weight, bias=None):
    """Give a layer this weight and bias."""
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(weight))
        if bias is not None:
            layer.bias.copy_(torch.tensor(bias))
    return layer


def counting(*shape):
    """Small exact numbers, all different, of both signs: -1.5, -1.375, ..."""
    return (np.arange(np.prod(shape)).reshape(shape) / 8 - 1.5).tolist()


@scenario("NNM-22", cases=["Linear", "Conv1d", "Conv2d"])
def the_first_weights_are_small(torch, observe, name):
    layer = {
        "Linear": lambda: torch.nn.Linear(64, 32),
        "Conv1d": lambda: torch.nn.Conv1d(16, 32, 4),
        "Conv2d": lambda: torch.nn.Conv2d(16, 32, 2),
    }[name]()
    bound = 1 / 64**0.5  # 64 inputs to each output
    for parameter in ("weight", "bias"):
        value = getattr(layer, parameter).detach()
        observe(f"no {parameter} is larger than 1 / sqrt(64)", value.abs().max().item() <= bound, documented=True)
        observe(f"they are not all alike: {parameter}", value.min().item() < value.max().item(), documented=True)
    spread = layer.weight.detach().pow(2).mean().item() ** 0.5
    observe(
        "their deviation is about that of the uniform distribution",
        abs(spread / (bound / 3**0.5) - 1) < 0.1,
        documented=True,
    )


@scenario("NNM-23")
def bilinear_computes_x_w_y_plus_b(torch, observe):
    layer = fill(torch, torch.nn.Bilinear(2, 2, 1), [[[1.0, 2.0], [3.0, 4.0]]], [0.5])
    x, y = torch.tensor([[1.0, -1.0]]), torch.tensor([[2.0, 1.0]])
    observe("the output: (1, -1) W (2, 1)' + 0.5", layer(x, y), documented=[[-5.5]])


@scenario("NNM-24")
def conv1d_slides_its_kernel(torch, observe):
    layer = fill(torch, torch.nn.Conv1d(1, 1, 2), [[[1.0, -2.0]]], [0.5])
    x = torch.tensor([[[1.0, 2.0, 4.0, 3.0]]], requires_grad=True)
    y = layer(x)
    observe("the output: x[i] - 2 x[i + 1] + 0.5", y, documented=[[[-2.5, -5.5, -1.5]]])
    y.backward(torch.tensor([[[1.0, 0.0, 2.0]]]))
    observe("the weight's gradient", layer.weight.grad, documented=[[[9.0, 8.0]]])
    observe("the bias's", layer.bias.grad, documented=[3.0])
    observe("the input's", x.grad, documented=[[[1.0, -2.0, 2.0, -4.0]]])


#: kernel, then the keyword arguments; each is applied to six numbers with the kernel (1, 10).
CONV1D = {
    "stride": ({"stride": 2}, [21.0, 43.0, 65.0]),
    "padding": ({"padding": 1}, [10.0, 21.0, 32.0, 43.0, 54.0, 65.0, 6.0]),
    "dilation": ({"dilation": 2}, [31.0, 42.0, 53.0, 64.0]),
    "stride-padding-dilation": ({"stride": 3, "padding": 2, "dilation": 3}, [20.0, 52.0, 5.0]),
    "same": ({"padding": "same", "dilation": 2}, [20.0, 31.0, 42.0, 53.0, 64.0, 5.0]),
    "valid": ({"padding": "valid"}, [21.0, 32.0, 43.0, 54.0, 65.0]),
    "circular": ({"padding": 1, "padding_mode": "circular"}, [16.0, 21.0, 32.0, 43.0, 54.0, 65.0, 16.0]),
    "reflect": ({"padding": 1, "padding_mode": "reflect"}, [12.0, 21.0, 32.0, 43.0, 54.0, 65.0, 56.0]),
    "replicate": ({"padding": 1, "padding_mode": "replicate"}, [11.0, 21.0, 32.0, 43.0, 54.0, 65.0, 66.0]),
}


@scenario("NNM-24/with", cases=CONV1D, needs=["NNM-24"])
def conv1d_with_options(torch, observe, case):
    options, documented = case
    layer = fill(torch, torch.nn.Conv1d(1, 1, 2, bias=False, **options), [[[1.0, 10.0]]])
    observe("the output", layer(torch.tensor([[[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]]])), documented=[[documented]])


@scenario("NNM-24/groups", needs=["NNM-24"])
def groups_keep_channels_apart(torch, observe):
    layer = fill(torch, torch.nn.Conv1d(2, 2, 1, groups=2, bias=False), [[[2.0]], [[3.0]]])
    observe("the weight's shape", list(layer.weight.shape), documented=[2, 1, 1])
    observe("the output", layer(torch.tensor([[[1.0, 2.0], [4.0, 5.0]]])), documented=[[[2.0, 4.0], [12.0, 15.0]]])
    with observe.raises("three channels in two groups", ValueError, saying="divisible by groups"):
        torch.nn.Conv1d(3, 2, 1, groups=2)


@scenario("NNM-24/no-batch", needs=["NNM-24"])
def a_convolution_of_one_example(torch, observe):
    layer = fill(torch, torch.nn.Conv1d(1, 1, 2, bias=False), [[[1.0, 10.0]]])
    observe("the output", layer(torch.tensor([[1.0, 2.0, 3.0]])), documented=[[21.0, 32.0]])
    with observe.raises("of a vector", RuntimeError, saying="2D"):
        layer(torch.tensor([1.0, 2.0]))
    with observe.raises("of two channels", RuntimeError, saying="channels"):
        layer(torch.tensor([[[1.0, 2.0], [3.0, 4.0]]]))


CONV2D = {
    "plain": {"stride": 1, "padding": 0, "dilation": 1, "groups": 1},
    "stride": {"stride": 2, "padding": 0, "dilation": 1, "groups": 1},
    "padding": {"stride": 1, "padding": 1, "dilation": 1, "groups": 1},
    "dilation": {"stride": 1, "padding": 0, "dilation": 2, "groups": 1},
    "groups": {"stride": 1, "padding": 0, "dilation": 1, "groups": 2},
    "everything": {"stride": 2, "padding": 2, "dilation": 2, "groups": 2},
}


@scenario("NNM-25", cases=CONV2D, needs=["NNM-24"])
def conv2d_is_the_documented_sum(torch, observe, options):
    x, bias = counting(2, 2, 4, 5), [0.5, -0.25, 1.0, 2.0]
    weight = counting(4, 2 // options["groups"], 2, 2)
    layer = fill(torch, torch.nn.Conv2d(2, 4, 2, **options), weight, bias)
    documented = conv2d(np.array(x), np.array(weight), np.array(bias), **options).tolist()
    observe("the output", layer(torch.tensor(x)), documented=documented, terms=16)


@scenario("NNM-25/gradients", needs=["NNM-25/plain"])
def the_gradients_of_conv2d(torch, observe):
    layer = fill(torch, torch.nn.Conv2d(1, 1, 2), [[[[1.0, 2.0], [3.0, 4.0]]]], [0.0])
    x = torch.tensor([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]], requires_grad=True)
    y = layer(x)
    observe("the output", y, documented=[[[[37.0, 47.0]]]])
    y.backward(torch.tensor([[[[1.0, 10.0]]]]))
    observe("the weight's gradient", layer.weight.grad, documented=[[[[21.0, 32.0], [54.0, 65.0]]]])
    observe("the bias's", layer.bias.grad, documented=[11.0])
    observe("the input's", x.grad, documented=[[[[1.0, 12.0, 20.0], [3.0, 34.0, 40.0]]]])


@scenario("NNM-25/oblong", needs=["NNM-25/plain"])
def rows_and_columns_may_differ(torch, observe):
    layer = torch.nn.Conv2d(1, 1, (1, 2), stride=(2, 1), padding=(0, 1), bias=False)
    fill(torch, layer, [[[[1.0, 10.0]]]])
    x = torch.tensor([[[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]]])
    observe("the output", layer(x), documented=[[[[10.0, 21.0, 2.0], [50.0, 65.0, 6.0]]]])


@scenario("NNM-26", needs=["NNM-24"])
def a_transposed_convolution_spreads_its_input(torch, observe):
    layer = fill(torch, torch.nn.ConvTranspose1d(1, 1, 2), [[[1.0, 10.0]]], [0.5])
    observe("the output", layer(torch.tensor([[[1.0, 2.0, 3.0]]])), documented=[[[1.5, 12.5, 23.5, 30.5]]])


@scenario("NNM-26/with", cases={
    "stride": ({"stride": 2}, [1.0, 10.0, 2.0, 20.0, 3.0, 30.0]),
    "padding": ({"padding": 1}, [12.0, 23.0]),
    "output-padding": ({"stride": 2, "output_padding": 1}, [1.0, 10.0, 2.0, 20.0, 3.0, 30.0, 0.0]),
    "dilation": ({"dilation": 2}, [1.0, 2.0, 13.0, 20.0, 30.0]),
}, needs=["NNM-26"])  # fmt: skip
def a_transposed_convolution_with_options(torch, observe, case):
    options, documented = case
    layer = fill(torch, torch.nn.ConvTranspose1d(1, 1, 2, bias=False, **options), [[[1.0, 10.0]]])
    observe("the output", layer(torch.tensor([[[1.0, 2.0, 3.0]]])), documented=[[documented]])
