"""Lazy modules: parameters without a size, until the first input."""

import copy

from conformance.scenario import scenario

LAYERS = {
    "LazyLinear": (lambda torch: torch.nn.LazyLinear(3), (2, 5)),
    "LazyConv1d": (lambda torch: torch.nn.LazyConv1d(3, 2), (1, 4, 6)),
    "LazyConv2d": (lambda torch: torch.nn.LazyConv2d(3, 2), (1, 4, 6, 6)),
    "LazyConvTranspose1d": (lambda torch: torch.nn.LazyConvTranspose1d(3, 2), (1, 4, 6)),
    "LazyBatchNorm1d": (lambda torch: torch.nn.LazyBatchNorm1d(), (2, 5)),
    "LazyInstanceNorm1d": (lambda torch: torch.nn.LazyInstanceNorm1d(), (2, 5, 3)),
}


@scenario("NNM-54", cases=LAYERS)
def the_first_input_gives_a_lazy_module_its_sizes(torch, observe, layer):
    make, shape = layer
    model = make(torch)
    observe("uninitialized before", model.has_uninitialized_params(), documented=True)
    observe("the state's names before", list(model.state_dict()))
    model(torch.ones(shape))
    observe("uninitialized after", model.has_uninitialized_params() if hasattr(model, "cls_to_become") else False)
    observe("what it has become", type(model).__name__, documented=type(make(torch)).__name__.removeprefix("Lazy"))
    observe("shapes", {name: list(p.shape) for name, p in model.named_parameters()})
    observe("repr", repr(model))


USES = {
    "arithmetic": lambda torch, p: p + 1,
    "a-function": lambda torch, p: torch.exp(p),
    "in-place": lambda torch, p: p.add_(1),
    "numel": lambda torch, p: p.numel(),
    "detach": lambda torch, p: p.detach(),
    "index": lambda torch, p: p[0],
    "a-layer": lambda torch, p: torch.nn.functional.linear(torch.ones(1, 2), p),
}


@scenario("NNM-55", cases=USES, needs=["NNM-54/LazyLinear"])
def a_parameter_without_a_size_cannot_be_computed_with(torch, observe, use):
    with observe.raises("the use", ValueError, saying="uninitialized"):
        use(torch, torch.nn.UninitializedParameter())


@scenario("NNM-55/what-it-tells", needs=["NNM-54/LazyLinear"])
def a_parameter_without_a_size_tells_dtype_and_flag(torch, observe):
    parameter = torch.nn.UninitializedParameter()
    observe("dtype", parameter.dtype)
    observe("requires_grad", parameter.requires_grad, documented=True)
    observe("is_leaf", parameter.is_leaf)
    observe("it is a parameter", isinstance(parameter, torch.nn.Parameter), documented=True)
    observe("repr", repr(parameter))
    with observe.raises("its shape", RuntimeError, saying="uninitialized"):
        _ = parameter.shape


@scenario("NNM-54/converted-and-copied", needs=["NNM-54/LazyLinear"], dtypes=["float32"])
def a_lazy_module_can_be_converted_and_copied_before_its_first_input(torch, observe):
    model = torch.nn.LazyLinear(3).double()
    twin = copy.deepcopy(model)
    model(torch.ones(2, 5, dtype=torch.float64))
    twin(torch.ones(2, 4, dtype=torch.float64))
    observe("dtype", model.weight.dtype, documented=torch.float64)
    observe("its shape", list(model.weight.shape), documented=[3, 5])
    observe("the copy's", list(twin.weight.shape), documented=[3, 4])


@scenario("NNM-54/training", needs=["NNM-54/LazyLinear", "OPT-01"])
def an_optimizer_may_be_made_before_the_first_input(torch, observe):
    model = torch.nn.Sequential(torch.nn.LazyLinear(2), torch.nn.LazyLinear(1, bias=False))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    model(torch.ones(1, 3))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(0.5)
    model(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    observe("the parameters after a step", list(model.parameters()))


@scenario("NNM-54/loading", needs=["NNM-54/LazyLinear"])
def a_saved_state_gives_the_sizes_too(torch, observe):
    saved = torch.nn.Linear(2, 3).state_dict()
    model = torch.nn.LazyLinear(3)
    model.load_state_dict(saved)
    observe("the shape", list(model.weight.shape))
    observe("the value is the saved one", bool((model.weight == saved["weight"]).all()))
