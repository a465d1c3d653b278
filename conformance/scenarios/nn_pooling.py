"""Pooling: the maxima and means of windows."""

from conformance.scenario import scenario

X = [[[1.0, 4.0, 2.0, 3.0, 5.0, 0.0]]]
IMAGE = [[[[1.0, 5.0, 2.0, 0.0], [4.0, 3.0, 8.0, 6.0], [7.0, -1.0, 2.0, 4.0]]]]

MAX1D = {
    "two": ({"kernel_size": 2}, [4.0, 3.0, 5.0]),
    "stride": ({"kernel_size": 2, "stride": 1}, [4.0, 4.0, 3.0, 5.0, 5.0]),
    "padding": ({"kernel_size": 2, "padding": 1}, [1.0, 4.0, 5.0, 0.0]),
    "dilation": ({"kernel_size": 2, "stride": 1, "dilation": 2}, [2.0, 4.0, 5.0, 3.0]),
    "floor": ({"kernel_size": 4}, [4.0]),
    "ceil": ({"kernel_size": 4, "ceil_mode": True}, [4.0, 5.0]),
}

AVERAGE1D = {
    "two": ({"kernel_size": 2}, [2.5, 2.5, 2.5]),
    "stride": ({"kernel_size": 2, "stride": 1}, [2.5, 3.0, 2.5, 4.0, 2.5]),
    "padding": ({"kernel_size": 2, "padding": 1}, [0.5, 3.0, 4.0, 0.0]),
    "padding-not-counted": ({"kernel_size": 2, "padding": 1, "count_include_pad": False}, [1.0, 3.0, 4.0, 0.0]),
    "ceil": ({"kernel_size": 4, "ceil_mode": True}, [2.5, 2.5]),
}


@scenario("NNM-41", cases=MAX1D)
def max_pool_1d(torch, observe, case):
    options, documented = case
    observe("the output", torch.nn.MaxPool1d(**options)(torch.tensor(X)), documented=[[documented]])


@scenario("NNM-41/gradient", needs=["NNM-41/two"])
def the_gradient_of_max_pooling_goes_to_the_maxima(torch, observe):
    x = torch.tensor(X, requires_grad=True)
    torch.nn.MaxPool1d(2, stride=1)(x).backward(torch.tensor([[[1.0, 10.0, 100.0, 1000.0, 10000.0]]]))
    observe("the gradient", x.grad, documented=[[[0.0, 11.0, 0.0, 100.0, 11000.0, 0.0]]])


@scenario("NNM-41/two-dimensions")
def max_pool_2d(torch, observe):
    image = torch.tensor(IMAGE)
    observe("windows of two by two", torch.nn.MaxPool2d(2)(image), documented=[[[[5.0, 8.0]]]])
    overlapping = torch.nn.MaxPool2d(2, stride=1)(image)
    observe("overlapping", overlapping, documented=[[[[5.0, 8.0, 8.0], [7.0, 8.0, 8.0]]]])
    oblong = torch.nn.MaxPool2d((1, 2))(image)
    observe("one by two", oblong, documented=[[[[5.0, 2.0], [4.0, 8.0], [7.0, 4.0]]]])


@scenario("NNM-41/indices", needs=["NNM-41/two-dimensions"])
def max_pooling_says_where_the_maxima_were(torch, observe):
    output, indices = torch.nn.MaxPool2d(2, return_indices=True)(torch.tensor(IMAGE))
    observe("the maxima", output, documented=[[[[5.0, 8.0]]]])
    observe("their places in the flattened plane", indices, documented=[[[[1, 6]]]])
    back = torch.nn.MaxUnpool2d(2)(output, indices, output_size=[3, 4])
    observe("put back", back, documented=[[[[0.0, 5.0, 0.0, 0.0], [0.0, 0.0, 8.0, 0.0], [0.0] * 4]]])


@scenario("NNM-41/bad-padding")
def padding_is_at_most_half_the_window(torch, observe):
    with observe.raises("padding=2 of a window of two", RuntimeError, saying="pad"):
        torch.nn.MaxPool1d(2, padding=2)(torch.tensor(X))


@scenario("NNM-42", cases=AVERAGE1D)
def avg_pool_1d(torch, observe, case):
    options, documented = case
    observe("the output", torch.nn.AvgPool1d(**options)(torch.tensor(X)), documented=[[documented]])


@scenario("NNM-42/gradient", needs=["NNM-42/two"])
def the_gradient_of_average_pooling_is_spread(torch, observe):
    x = torch.tensor(X, requires_grad=True)
    torch.nn.AvgPool1d(2, stride=1)(x).backward(torch.tensor([[[2.0, 20.0, 200.0, 2000.0, 20000.0]]]))
    observe("the gradient", x.grad, documented=[[[1.0, 11.0, 110.0, 1100.0, 11000.0, 10000.0]]])


@scenario("NNM-42/two-dimensions")
def avg_pool_2d(torch, observe):
    image = torch.tensor(IMAGE)
    observe("windows of two by two", torch.nn.AvgPool2d(2)(image), documented=[[[[3.25, 4.0]]]])
    divided = torch.nn.AvgPool2d(2, divisor_override=2)(image)
    observe("with a divisor of two", divided, documented=[[[[6.5, 8.0]]]])


@scenario("NNM-43")
def adaptive_pooling_makes_the_size_asked_for(torch, observe):
    x = torch.tensor([[[1.0, 2.0, 3.0, 4.0, 5.0]]])
    average = torch.nn.AdaptiveAvgPool1d(2)(x)
    observe("five to two, by means of 0..2 and 2..4", average, documented=[[[2.0, 4.0]]])
    observe("five to two, by maxima", torch.nn.AdaptiveMaxPool1d(2)(x), documented=[[[3.0, 5.0]]])
    observe("to one", torch.nn.AdaptiveAvgPool1d(1)(x), documented=[[[3.0]]])
    image = torch.tensor(IMAGE)
    observe("an image to its mean", torch.nn.AdaptiveAvgPool2d(1)(image), documented=[[[[41 / 12]]]], terms=12)
    kept = torch.nn.AdaptiveMaxPool2d((None, 1))(image)
    observe("an image to the maxima of its rows", kept, documented=[[[[5.0], [8.0], [7.0]]]])


@scenario("NNM-44")
def lp_pooling_takes_the_norm_of_each_window(torch, observe):
    x = torch.tensor([[[3.0, 4.0, 6.0, 8.0]]])
    observe("of order two", torch.nn.LPPool1d(2, kernel_size=2)(x), documented=[[[5.0, 10.0]]], terms=8)
    observe("of order one", torch.nn.LPPool1d(1, kernel_size=2)(x), documented=[[[7.0, 14.0]]], terms=8)
