"""Initialisers: the deterministic ones, and bounds and gains of the others."""

import math

from conformance.scenario import scenario


@scenario("NNM-49")
def constant_initialisers_fill_in_place(torch, observe):
    init = torch.nn.init
    w = torch.nn.Parameter(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    observe("constant_ returns its tensor", init.constant_(w, 0.5) is w, documented=True)
    observe("constant_", w, documented=[[0.5, 0.5], [0.5, 0.5]])
    observe("ones_", init.ones_(w), documented=[[1.0, 1.0], [1.0, 1.0]])
    observe("zeros_", init.zeros_(w), documented=[[0.0, 0.0], [0.0, 0.0]])
    observe("eye_", init.eye_(w), documented=[[1.0, 0.0], [0.0, 1.0]])
    observe("it is a leaf that requires grad", [w.is_leaf, w.requires_grad], documented=[True, True])
    with observe.raises("eye_ of a vector", ValueError, saying="2 dimensions"):
        init.eye_(torch.zeros(2))


@scenario("NNM-49/dirac")
def dirac_makes_a_convolution_the_identity(torch, observe):
    weight = torch.nn.init.dirac_(torch.zeros(2, 2, 3))
    documented = [[[0.0, 1.0, 0.0], [0.0] * 3], [[0.0] * 3, [0.0, 1.0, 0.0]]]
    observe("the kernel", weight, documented=documented)
    with observe.raises("dirac_ of a matrix", ValueError, saying="3"):
        torch.nn.init.dirac_(torch.zeros(2, 2))


GAINS = {
    "linear": ("linear", None, 1.0),
    "conv2d": ("conv2d", None, 1.0),
    "sigmoid": ("sigmoid", None, 1.0),
    "tanh": ("tanh", None, 5 / 3),
    "relu": ("relu", None, math.sqrt(2.0)),
    "leaky_relu": ("leaky_relu", None, math.sqrt(2 / (1 + 0.01**2))),
    "leaky_relu-slope": ("leaky_relu", 0.5, math.sqrt(1.6)),
    "selu": ("selu", None, 0.75),
}


@scenario("NNM-50", cases=GAINS)
def the_gain_of_a_nonlinearity(torch, observe, case):
    nonlinearity, slope, documented = case
    observe("the gain", torch.nn.init.calculate_gain(nonlinearity, slope), documented=documented)


@scenario("NNM-50/unknown")
def an_unknown_nonlinearity_has_no_gain(torch, observe):
    with observe.raises("the gain of 'sine'", ValueError, saying="sine"):
        torch.nn.init.calculate_gain("sine")


#: An initialiser of a matrix of 64 rows (outputs) and 256 columns (inputs), the bound or deviation, and which it is.
RANDOM = {
    "uniform": (lambda init, w: init.uniform_(w, -0.5, 0.5), 0.5, "bound"),
    "normal": (lambda init, w: init.normal_(w, 0.0, 0.5), 0.5, "deviation"),
    "xavier-uniform": (lambda init, w: init.xavier_uniform_(w, gain=2.0), 2 * math.sqrt(6 / 320), "bound"),
    "xavier-normal": (lambda init, w: init.xavier_normal_(w), math.sqrt(2 / 320), "deviation"),
    "kaiming-uniform": (lambda init, w: init.kaiming_uniform_(w, nonlinearity="relu"), math.sqrt(6 / 256), "bound"),
    "kaiming-uniform-fan-out": (
        lambda init, w: init.kaiming_uniform_(w, mode="fan_out", nonlinearity="relu"),
        math.sqrt(6 / 64),
        "bound",
    ),
    "kaiming-normal": (
        lambda init, w: init.kaiming_normal_(w, nonlinearity="relu"),
        math.sqrt(2 / 256),
        "deviation",
    ),
    "trunc-normal": (lambda init, w: init.trunc_normal_(w, std=1.0, a=-0.25, b=0.25), 0.25, "bound"),
}


@scenario("NNM-51", cases=RANDOM)
def a_random_initialiser_has_its_documented_spread(torch, observe, case):
    initialise, documented, kind = case
    w = initialise(torch.nn.init, torch.zeros(64, 256))
    largest, deviation = w.abs().max().item(), w.pow(2).mean().item() ** 0.5
    if kind == "bound":
        observe("no element is beyond the bound", largest <= documented * (1 + 1e-6), documented=True)
        observe("the largest is near it", largest > 0.95 * documented, documented=True)
    else:
        observe("the deviation is within a twentieth", abs(deviation / documented - 1) < 0.05, documented=True)
    mean = abs(w.mean().item())
    observe("the mean is within five deviations of zero", mean < 5 * deviation / 128, documented=True)


@scenario("NNM-51/orthogonal")
def orthogonal_rows_are_orthonormal(torch, observe):
    w = torch.nn.init.orthogonal_(torch.zeros(3, 5), gain=2.0)
    gram = [[4.0, 0.0, 0.0], [0.0, 4.0, 0.0], [0.0, 0.0, 4.0]]
    observe("the rows' products: the gain squared", w @ w.T, documented=gram, terms=64)


@scenario("NNM-51/sparse")
def sparse_has_so_many_zeros_a_column(torch, observe):
    w = torch.nn.init.sparse_(torch.zeros(8, 4), sparsity=0.25)
    observe("the zeros of each column", (w == 0).sum(dim=0), documented=[2, 2, 2, 2])


@scenario("NNM-51/needs-two-dimensions", cases=["xavier_uniform_", "xavier_normal_", "kaiming_uniform_"])
def the_fans_of_a_vector_are_not_defined(torch, observe, name):
    with observe.raises("of a vector", ValueError, saying="fan"):
        getattr(torch.nn.init, name)(torch.zeros(4))
