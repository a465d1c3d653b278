"""Containers of modules and of parameters."""

from collections import OrderedDict

from conformance.scenario import scenario


def doubling(torch, factor=2.0):
    """A Linear(1, 1) without bias that multiplies by the factor."""
    layer = torch.nn.Linear(1, 1, bias=False)
    with torch.no_grad():
        layer.weight.fill_(factor)
    return layer


@scenario("NNM-17")
def sequential_calls_its_modules_one_after_the_other(torch, observe):
    model = torch.nn.Sequential(doubling(torch, 2.0), torch.nn.ReLU(), doubling(torch, -3.0))
    observe("the output", model(torch.tensor([[1.0], [-1.0]])), documented=[[-6.0], [0.0]])
    observe("its length", len(model), documented=3)
    observe("the names", [name for name, _ in model.named_children()], documented=["0", "1", "2"])
    observe("an empty one is the identity", torch.nn.Sequential()(torch.tensor([4.0])), documented=[4.0])


@scenario("NNM-17/names", needs=["NNM-17"])
def sequential_takes_names_from_an_ordered_dict(torch, observe):
    model = torch.nn.Sequential(OrderedDict(first=doubling(torch), second=torch.nn.ReLU()))
    observe("the names", [name for name, _ in model.named_children()], documented=["first", "second"])
    observe("by name", isinstance(model.second, torch.nn.ReLU), documented=True)
    observe("by index", model[1] is model.second, documented=True)


@scenario("NNM-17/indexing", needs=["NNM-17"])
def sequential_is_indexed_and_sliced(torch, observe):
    layers = [doubling(torch, factor) for factor in (1.0, 2.0, 3.0)]
    model = torch.nn.Sequential(*layers)
    observe("the last", model[-1] is layers[2], documented=True)
    observe("a slice is a Sequential", isinstance(model[1:], torch.nn.Sequential), documented=True)
    observe(
        "its modules", [m is layer for m, layer in zip(model[1:], layers[1:], strict=True)], documented=[True, True]
    )
    model[0] = doubling(torch, 5.0)
    del model[1]
    observe("the output after replacing and deleting: 5 * 3", model(torch.tensor([[1.0]])), documented=[[15.0]])
    with observe.raises("an index beyond the end", IndexError, saying="7"):
        model[7]


@scenario("NNM-17/growing", needs=["NNM-17"])
def sequential_grows(torch, observe):
    model = torch.nn.Sequential(doubling(torch, 2.0))
    observe("append returns it", model.append(doubling(torch, 3.0)) is model, documented=True)
    model.extend([doubling(torch, 5.0)])
    model.insert(0, torch.nn.ReLU())
    observe("the names", [name for name, _ in model.named_children()], documented=["0", "1", "2", "3"])
    observe("the output", model(torch.tensor([[1.0], [-1.0]])), documented=[[30.0], [0.0]])
    joined = torch.nn.Sequential(doubling(torch)) + torch.nn.Sequential(doubling(torch))
    observe("a sum of two has the modules of both", len(joined), documented=2)
    popped = model.pop(0)
    observe("pop takes one out", [isinstance(popped, torch.nn.ReLU), len(model)], documented=[True, 3])


@scenario("NNM-17/not-a-module")
def sequential_takes_modules_only(torch, observe):
    with observe.raises("a function", TypeError, saying="Module"):
        torch.nn.Sequential(lambda x: x)


@scenario("NNM-18")
def module_list_registers_its_modules(torch, observe):
    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = torch.nn.ModuleList([doubling(torch, factor) for factor in (2.0, 3.0)])

    model = Model()
    observe(
        "the parameters",
        [name for name, _ in model.named_parameters()],
        documented=["layers.0.weight", "layers.1.weight"],
    )
    model.layers.append(doubling(torch, 4.0))
    model.layers.extend([doubling(torch, 5.0)])
    model.layers.insert(0, doubling(torch, 1.0))
    observe("the factors", [layer.weight.item() for layer in model.layers], documented=[1.0, 2.0, 3.0, 4.0, 5.0])
    observe("the last", model.layers[-1].weight.item(), documented=5.0)
    observe("a slice is a ModuleList", isinstance(model.layers[1:3], torch.nn.ModuleList), documented=True)
    observe("its length", len(model.layers[1:3]), documented=2)
    with observe.raises("calling it", NotImplementedError, saying="forward"):
        model.layers(torch.tensor([[1.0]]))


@scenario("NNM-18/plain-list", needs=["NNM-18"])
def a_plain_list_registers_nothing(torch, observe):
    model = torch.nn.Module()
    model.layers = [doubling(torch)]
    observe("the parameters", len(list(model.parameters())), documented=0)


@scenario("NNM-19")
def module_dict_registers_its_modules(torch, observe):
    modules = torch.nn.ModuleDict({"twice": doubling(torch, 2.0), "relu": torch.nn.ReLU()})
    observe("the keys", list(modules.keys()), documented=["twice", "relu"])
    observe("the parameters", [name for name, _ in modules.named_parameters()], documented=["twice.weight"])
    observe("one of it", modules["twice"](torch.tensor([3.0])), documented=[6.0])
    modules["triple"] = doubling(torch, 3.0)
    modules.update({"slow": doubling(torch, 0.5)})
    del modules["relu"]
    observe("the keys after changes", list(modules), documented=["twice", "triple", "slow"])
    observe("whether one is in it", ["slow" in modules, "relu" in modules], documented=[True, False])
    popped = modules.pop("slow")
    observe("the popped one", popped.weight, documented=[[0.5]])
    modules.clear()
    observe("its length once it is cleared", len(modules), documented=0)


@scenario("NNM-20")
def parameter_list_registers_its_parameters(torch, observe):
    model = torch.nn.Module()
    model.weights = torch.nn.ParameterList([torch.nn.Parameter(torch.tensor([1.0])), torch.tensor([2.0])])
    observe("the names", [name for name, _ in model.named_parameters()], documented=["weights.0", "weights.1"])
    observe("a tensor becomes a parameter", model.weights[1].requires_grad, documented=True)
    model.weights.append(torch.nn.Parameter(torch.tensor([3.0])))
    observe("the values", [w.item() for w in model.weights], documented=[1.0, 2.0, 3.0])
    observe("its length", len(model.weights), documented=3)


@scenario("NNM-20/dict")
def parameter_dict_registers_its_parameters(torch, observe):
    model = torch.nn.Module()
    model.weights = torch.nn.ParameterDict({"left": torch.nn.Parameter(torch.tensor([1.0]))})
    model.weights["right"] = torch.nn.Parameter(torch.tensor([2.0]))
    observe("the names", [name for name, _ in model.named_parameters()], documented=["weights.left", "weights.right"])
    observe("the keys", list(model.weights.keys()), documented=["left", "right"])
    observe("one of it", model.weights["right"], documented=[2.0])
    del model.weights["left"]
    observe("whether the deleted one is in it", "left" in model.weights, documented=False)


@scenario("NNM-21")
def identity_flatten_and_unflatten(torch, observe):
    x = torch.tensor([[[1.0, 2.0], [3.0, 4.0]]])
    observe("the identity is its input", torch.nn.Identity(3, unused=True)(x) is x, documented=True)
    observe("flatten keeps the batch", torch.nn.Flatten()(x), documented=[[1.0, 2.0, 3.0, 4.0]])
    observe("flatten from the first dimension", torch.nn.Flatten(0)(x), documented=[1.0, 2.0, 3.0, 4.0])
    unflattened = torch.nn.Unflatten(1, (2, 2))(torch.tensor([[1.0, 2.0, 3.0, 4.0]]))
    observe("unflatten", unflattened, documented=[[[1.0, 2.0], [3.0, 4.0]]])


REPRESENTED = {
    "BatchNorm1d": lambda nn: nn.BatchNorm1d(2),
    "BatchNorm1d-without-affine": lambda nn: nn.BatchNorm1d(2, affine=False),
    "BatchNorm2d-without-bias": lambda nn: nn.BatchNorm2d(2, bias=False),
    "InstanceNorm1d": lambda nn: nn.InstanceNorm1d(2),
    "GroupNorm": lambda nn: nn.GroupNorm(2, 4),
    "GroupNorm-without-bias": lambda nn: nn.GroupNorm(2, 4, bias=False),
    "LayerNorm": lambda nn: nn.LayerNorm(3),
    "Hardshrink": lambda nn: nn.Hardshrink(),
    "Softshrink": lambda nn: nn.Softshrink(0.25),
    "Hardtanh": lambda nn: nn.Hardtanh(),
    "Dropout": lambda nn: nn.Dropout(0.25, inplace=True),
    "Conv2d": lambda nn: nn.Conv2d(1, 2, 3, padding=1, bias=False),
    "Embedding": lambda nn: nn.Embedding(3, 4, padding_idx=0),
    "LSTM": lambda nn: nn.LSTM(2, 3, num_layers=2, batch_first=True),
    "Flatten": lambda nn: nn.Flatten(),
    "MultiheadAttention": lambda nn: nn.MultiheadAttention(4, 2),
}


@scenario("NNM-11", cases=REPRESENTED, needs=["NNM-11"])
def a_layer_shows_the_options_it_was_made_with(torch, observe, make):
    observe("repr", repr(make(torch.nn)))


@scenario("NNM-11/parameters", needs=["NNM-11"], devices="cpu", dtypes=["float32"])
def lists_and_dictionaries_of_parameters_show_each(torch, observe):
    w = torch.ones(2, 3)
    observe("a list", repr(torch.nn.ParameterList([w, "text"])))
    observe("a dictionary", repr(torch.nn.ParameterDict({"w": w, "n": 3})))


@scenario("NNM-11/keys-after-loading", needs=["NNM-11"])
def what_load_state_dict_returns_names_the_keys(torch, observe):
    model = torch.nn.Linear(1, 1)
    observe("some missing", repr(model.load_state_dict({}, strict=False)))
    observe("none missing", repr(model.load_state_dict(model.state_dict())))


@scenario("NNM-11/old-names", needs=["NNM-11"])
def older_names_of_bounds_and_containers_warn(torch, observe):
    with observe.warns("Hardtanh(min_value=)", FutureWarning, saying="min_val"):
        layer = torch.nn.Hardtanh(min_value=-2.0)
    observe("its bound", layer.min_val)
    with observe.warns("Container", FutureWarning, saying="deprecated"):
        model = torch.nn.Container(first=torch.nn.ReLU())
    observe("what it holds", [name for name, _ in model.named_children()])
