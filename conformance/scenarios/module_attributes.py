"""What a module registers: parameters, buffers, children; and how they are found."""

import copy
import pickle

from conformance.scenario import scenario


def a_family(torch):
    """A module with a parameter, a buffer, and a child that has one of each."""
    model, child = torch.nn.Module(), torch.nn.Module()
    for module in (model, child):
        module.weight = torch.nn.Parameter(torch.tensor([1.0, 2.0]))
        module.register_buffer("mean", torch.tensor([0.5]))
    model.child = child
    return model


@scenario("NNM-01")
def assigning_a_parameter_registers_it(torch, observe):
    model = torch.nn.Module()
    model.weight = torch.nn.Parameter(torch.tensor([1.0]))
    model.plain = torch.tensor([1.0])
    observe("the parameters", [name for name, _ in model.named_parameters()], documented=["weight"])
    observe("the attribute", model.weight, documented=[1.0])


@scenario("NNM-01/none", needs=["NNM-01"])
def a_parameter_may_be_none(torch, observe):
    model = torch.nn.Module()
    model.register_parameter("bias", None)
    observe("the attribute", model.bias, documented=None)
    observe("the parameters", len(list(model.parameters())), documented=0)
    observe("the state", list(model.state_dict()), documented=[])
    model.bias = torch.nn.Parameter(torch.tensor([1.0]))
    observe("the parameters once it is assigned", [name for name, _ in model.named_parameters()], documented=["bias"])


@scenario("NNM-01/plain-tensor", needs=["NNM-01"])
def a_plain_tensor_cannot_replace_a_parameter(torch, observe):
    model = torch.nn.Linear(1, 1)
    with observe.raises("assigning a tensor to weight", TypeError, saying=("weight", "Parameter")):
        model.weight = torch.tensor([[1.0]])


@scenario("NNM-01/deleting", needs=["NNM-01"])
def a_deleted_parameter_is_gone(torch, observe):
    model = torch.nn.Linear(1, 1)
    del model.bias
    observe("the parameters", [name for name, _ in model.named_parameters()], documented=["weight"])
    with observe.raises("reading it", AttributeError, saying="bias"):
        model.bias


@scenario("NNM-01/before-init")
def a_module_must_be_initialised_before_it_registers(torch, observe):
    class Hasty(torch.nn.Module):
        def __init__(self):
            self.weight = torch.nn.Parameter(torch.tensor([1.0]))

    with observe.raises("a parameter before super().__init__()", AttributeError, saying="__init__"):
        Hasty()


@scenario("NNM-02")
def register_parameter_and_register_buffer_check_their_names(torch, observe):
    model = torch.nn.Module()
    model.taken = 1
    parameter, buffer = torch.nn.Parameter(torch.tensor([1.0])), torch.tensor([1.0])
    for name, error, word in (("a.b", KeyError, "."), ("", KeyError, "empty"), ("taken", KeyError, "taken")):
        with observe.raises(f"a parameter named {name!r}", error, saying=word):
            model.register_parameter(name, parameter)
        with observe.raises(f"a buffer named {name!r}", error, saying=word):
            model.register_buffer(name, buffer)
    with observe.raises("a plain tensor as a parameter", TypeError, saying="Parameter"):
        model.register_parameter("weight", buffer)
    with observe.raises("a number as a buffer", TypeError, saying="Tensor"):
        model.register_buffer("mean", 1.0)
    with observe.raises("a non-leaf as a parameter", TypeError):
        model.register_parameter("weight", parameter * 2)


@scenario("NNM-02/persistent")
def a_buffer_that_is_not_persistent_is_not_saved(torch, observe):
    model = torch.nn.Module()
    model.register_buffer("kept", torch.tensor([1.0]))
    model.register_buffer("scratch", torch.tensor([2.0]), persistent=False)
    observe("the buffers", [name for name, _ in model.named_buffers()], documented=["kept", "scratch"])
    observe("the state", list(model.state_dict()), documented=["kept"])


@scenario("NNM-02/assigning")
def assigning_to_a_buffer_keeps_it_a_buffer(torch, observe):
    model = torch.nn.Module()
    model.register_buffer("mean", torch.tensor([1.0]))
    model.mean = torch.tensor([2.0])
    observe("the buffers", [name for name, _ in model.named_buffers()], documented=["mean"])
    observe("its value", model.mean, documented=[2.0])


@scenario("NNM-02/buffer-class", needs=["NNM-02/persistent"])
def assigning_a_buffer_registers_it(torch, observe):
    model = torch.nn.Module()
    model.mean = torch.nn.Buffer(torch.tensor([1.0]))
    model.scratch = torch.nn.Buffer(torch.tensor([2.0]), persistent=False)
    observe("the buffers", [name for name, _ in model.named_buffers()], documented=["mean", "scratch"])
    observe("the state", list(model.state_dict()), documented=["mean"])


@scenario("NNM-03")
def named_parameters_buffers_and_modules(torch, observe):
    model = a_family(torch)
    parameters = [name for name, _ in model.named_parameters()]
    observe("the parameters", parameters, documented=["weight", "child.weight"])
    observe(
        "with a prefix",
        [name for name, _ in model.named_parameters(prefix="net")],
        documented=["net.weight", "net.child.weight"],
    )
    observe("the buffers", [name for name, _ in model.named_buffers()], documented=["mean", "child.mean"])
    observe("the modules", [name for name, _ in model.named_modules()], documented=["", "child"])
    observe("the children", [name for name, _ in model.named_children()], documented=["child"])
    observe("the first module is itself", next(model.modules()) is model, documented=True)


@scenario("NNM-03/by-name", needs=["NNM-03"])
def parts_are_found_by_dotted_names(torch, observe):
    model = a_family(torch)
    observe("get_submodule", model.get_submodule("child") is model.child, documented=True)
    observe("get_submodule of nothing", model.get_submodule("") is model, documented=True)
    observe("get_parameter", model.get_parameter("child.weight") is model.child.weight, documented=True)
    observe("get_buffer", model.get_buffer("child.mean") is model.child.mean, documented=True)
    with observe.raises("a child that there is not", AttributeError, saying="cousin"):
        model.get_submodule("cousin")
    with observe.raises("a buffer for a parameter", AttributeError, saying="mean"):
        model.get_parameter("child.mean")


@scenario("NNM-03/add-module")
def add_module_registers_a_child(torch, observe):
    model = torch.nn.Module()
    model.add_module("layer", torch.nn.ReLU())
    observe("the children", [name for name, _ in model.named_children()], documented=["layer"])
    observe("its attribute", isinstance(model.layer, torch.nn.ReLU), documented=True)
    with observe.raises("a tensor for a child", TypeError, saying="Module"):
        model.add_module("other", torch.tensor([1.0]))
    with observe.raises("a name with a dot", KeyError, saying="."):
        model.add_module("a.b", torch.nn.ReLU())


@scenario("NNM-04")
def a_parameter_requires_grad_and_is_a_leaf(torch, observe):
    parameter = torch.nn.Parameter(torch.tensor([1.0, 2.0]))
    observe("it requires grad", parameter.requires_grad, documented=True)
    observe("it is a leaf", parameter.is_leaf, documented=True)
    observe("it is a tensor", isinstance(parameter, torch.Tensor), documented=True)
    frozen = torch.nn.Parameter(torch.tensor([1.0]), requires_grad=False)
    observe("one with requires_grad=False", frozen.requires_grad, documented=False)
    observe("what an operation on it gives is none", isinstance(parameter * 2, torch.nn.Parameter), documented=False)


@scenario("NNM-04/shares", needs=["NNM-04"])
def a_parameter_shares_the_storage_it_is_made_from(torch, observe):
    data = torch.tensor([1.0, 2.0])
    parameter = torch.nn.Parameter(data)
    data[0] = 5.0
    observe("the parameter after a write to the tensor", parameter, documented=[5.0, 2.0])


@scenario("NNM-04/of-a-result", needs=["NNM-04"])
def a_parameter_of_a_result_is_cut_off_from_its_graph(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    parameter = torch.nn.Parameter(x * 2)
    observe("it is a leaf", parameter.is_leaf, documented=True)
    (parameter * 3).sum().backward()
    observe("its gradient", parameter.grad, documented=[3.0])
    observe("the gradient of what it was made from", x.grad, documented=None)


@scenario("NNM-04/copies", needs=["NNM-04"])
def a_parameter_copies_deeply(torch, observe):
    parameter = torch.nn.Parameter(torch.tensor([1.0]))
    parameter.grad = torch.tensor([4.0])
    copied = copy.deepcopy(parameter)
    observe("the copy is a parameter", isinstance(copied, torch.nn.Parameter), documented=True)
    with torch.no_grad():
        copied.fill_(8.0)
    observe("the original", parameter, documented=[1.0])
    observe("the copy requires grad", copied.requires_grad, documented=True)


@scenario("NNM-05")
def zero_grad_sets_gradients_to_none(torch, observe):
    model = a_family(torch)
    (model.weight.sum() + model.child.weight.sum()).backward()
    model.zero_grad()
    observe("the gradients", [p.grad for p in model.parameters()], documented=[None, None])


@scenario("NNM-05/to-zero", needs=["NNM-05"])
def zero_grad_may_fill_gradients_with_zeros(torch, observe):
    model = a_family(torch)
    model.weight.sum().backward()
    gradient = model.weight.grad
    model.zero_grad(set_to_none=False)
    observe("the gradient", model.weight.grad, documented=[0.0, 0.0])
    observe("it is the same object", model.weight.grad is gradient, documented=True)
    observe("one that was None", model.child.weight.grad, documented=None)


@scenario("NNM-06")
def train_and_eval_reach_every_child(torch, observe):
    model = torch.nn.Sequential(torch.nn.ReLU(), torch.nn.Sequential(torch.nn.ReLU()))
    observe("a new module is training", model.training, documented=True)
    observe("eval returns the module", model.eval() is model, documented=True)
    observe("every module after eval", [m.training for m in model.modules()], documented=[False] * 4)
    observe("train returns the module", model.train() is model, documented=True)
    observe("every module after train", [m.training for m in model.modules()], documented=[True] * 4)
    model.train(False)
    observe("every module after train(False)", [m.training for m in model.modules()], documented=[False] * 4)
    with observe.raises("train('yes')", ValueError, saying="boolean"):
        model.train("yes")


@scenario("NNM-06/no-grad", needs=["NNM-06"])
def eval_does_not_stop_gradients(torch, observe):
    model = torch.nn.Linear(1, 1).eval()
    model(torch.tensor([[2.0]])).backward()
    observe("the weight's gradient", model.weight.grad, documented=[[2.0]])


@scenario("NNM-07")
def apply_visits_children_before_their_parent(torch, observe):
    model = torch.nn.Sequential(torch.nn.ReLU(), torch.nn.Sequential(torch.nn.Tanh()))
    seen = []
    returned = model.apply(lambda module: seen.append(type(module).__name__))
    observe("the order", seen, documented=["ReLU", "Tanh", "Sequential", "Sequential"])
    observe("it returns the module", returned is model, documented=True)


@scenario("NNM-08", dtypes=["float32"])
def to_a_dtype_casts_floating_parameters_and_buffers(torch, observe):
    model = a_family(torch)
    model.register_buffer("count", torch.tensor([3]))
    weight = model.weight
    observe("it returns the module", model.to(torch.float64) is model, documented=True)
    dtypes = [t.dtype for t in (model.weight, model.child.weight, model.mean, model.count)]
    observe("the dtypes", dtypes, documented=["float64", "float64", "float64", "int64"])
    observe("the parameter is the same object", model.weight is weight, documented=True)
    observe("its values", model.weight, documented=[1.0, 2.0])
    observe("float() puts it back", model.float().weight.dtype, documented="float32")


@scenario("NNM-08/gradients", dtypes=["float32"], needs=["NNM-08"])
def to_a_dtype_casts_gradients_too(torch, observe):
    model = a_family(torch)
    model.weight.sum().backward()
    model.double()
    observe("the gradient's dtype", model.weight.grad.dtype, documented="float64")
    observe("the gradient", model.weight.grad, documented=[1.0, 1.0])


@scenario("NNM-08/integers")
def to_an_integer_dtype_is_refused(torch, observe):
    with observe.raises("to an integer dtype", TypeError, saying="floating point"):
        a_family(torch).to(torch.int64)


@scenario("NNM-09")
def a_module_without_forward_cannot_be_called(torch, observe):
    with observe.raises("calling it", NotImplementedError, saying="forward"):
        torch.nn.Module()(torch.tensor([1.0]))


@scenario("NNM-10")
def a_module_copies_deeply(torch, observe):
    model = torch.nn.Linear(1, 1)
    shared = torch.nn.Sequential(model, model)
    copied = copy.deepcopy(shared)
    observe("the copy shares what the original shares", copied[0] is copied[1], documented=True)
    observe("its weight is another one", copied[0].weight is model.weight, documented=False)
    with torch.no_grad():
        before = model.weight.item()
        copied[0].weight.fill_(8.0)
    observe("the original keeps its weight", model.weight.item() == before, documented=True)


@scenario("NNM-10/pickle", devices="cpu", needs=["NNM-10"])
def a_module_can_be_pickled(torch, observe):
    model = torch.nn.Sequential(torch.nn.Linear(1, 1), torch.nn.ReLU()).eval()
    loaded = pickle.loads(pickle.dumps(model))
    same = torch.equal(loaded[0].weight, model[0].weight)
    observe("it has the same weight", same, documented=True)
    observe("it is in the same mode", loaded.training, documented=False)


@scenario("NNM-11")
def what_the_repr_of_a_module_shows(torch, observe):
    model = torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.ReLU())
    documented = "Sequential(\n  (0): Linear(in_features=2, out_features=1, bias=True)\n  (1): ReLU()\n)"
    observe("the repr", repr(model), documented=documented)


@scenario("NNM-56", needs=["NNM-01"])
def a_buffer_is_a_marked_plain_tensor(torch, observe):
    given = torch.tensor([1.0, 2.0])
    buffer = torch.nn.Buffer(given)
    observe("it is a Buffer", isinstance(buffer, torch.nn.Buffer), documented=True)
    observe("its class", type(buffer).__name__)
    observe("a plain tensor is a Buffer", isinstance(given, torch.nn.Buffer))
    observe("a result is a Buffer", isinstance(buffer * 1, torch.nn.Buffer))
    observe("it is what was given", buffer is given)
    given.add_(1)
    observe("it shares memory", buffer, documented=[2, 3])


@scenario("NNM-57", needs=["NNM-01"])
def a_module_may_hand_its_arguments_on_to_another_base_class(torch, observe):
    class Named:
        def __init__(self, name):
            self.name = name

    class Model(torch.nn.Module, Named):
        call_super_init = True

    class Strict(torch.nn.Module, Named):
        pass

    observe("the other class was initialised", Model("encoder").name)
    with observe.raises("without call_super_init", TypeError):
        Strict("encoder")


@scenario("NNM-58", needs=["NNM-01"])
def to_empty_gives_parameters_new_memory(torch, observe):
    model = torch.nn.Linear(2, 3)
    weight, memory = model.weight, model.weight.data_ptr()
    returned = model.to_empty(device=torch.get_default_device())
    observe("it returns the module", returned is model, documented=True)
    observe("the shape", list(model.weight.shape), documented=[3, 2])
    observe("the memory is another", model.weight.data_ptr() != memory)
    observe("the parameter is the same", model.weight is weight)


NO_SIZES = {
    "zeros-of-a-float": lambda torch: torch.zeros(2.0),
    "ones-with-a-float": lambda torch: torch.ones(2, 2.0),
    "zeros-of-a-list-with-a-float": lambda torch: torch.zeros([2.0]),
    "zeros-of-text": lambda torch: torch.zeros("2"),
    "zeros-of-a-range": lambda torch: torch.zeros(range(2)),
    "zeros-of-none": lambda torch: torch.zeros(None),
    "zeros-of-a-bool": lambda torch: torch.zeros(True),
    "zeros-of-nothing": lambda torch: torch.zeros(),
    "view": lambda torch: torch.ones(4).view(2.0, 2),
    "reshape": lambda torch: torch.ones(4).reshape(2.0, 2),
    "expand": lambda torch: torch.ones(4).expand(2.0, 4),
    "repeat": lambda torch: torch.ones(4).repeat(2.0),
    "new-zeros": lambda torch: torch.ones(4).new_zeros(2.0),
    "Linear": lambda torch: torch.nn.Linear(2.0, 2),
    "Linear-of-text": lambda torch: torch.nn.Linear("a", 2),
}


@scenario("NNM-59", cases=NO_SIZES)
def a_size_that_is_no_integer_is_refused(torch, observe, make):
    with observe.raises("making it", TypeError):
        make(torch)


@scenario("NNM-59/tensors", needs=["NNM-59/view"])
def an_integer_tensor_of_one_element_is_a_size(torch, observe):
    observe("zeros of one", torch.zeros(torch.tensor(2)))
    observe("in a list", torch.zeros([torch.tensor(1), 2]))
