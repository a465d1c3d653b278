"""Interfaces of early PyTorch: Variable, the constructors named after a dtype, and what has been removed since."""

from conformance.scenario import scenario


@scenario("LEG-01", devices="cpu", needs=["BWD-01"])
def a_variable_is_a_tensor(torch, observe):
    w = torch.autograd.Variable(torch.Tensor([1.0, 2.0, 3.0]), requires_grad=True)
    observe("it is a tensor", isinstance(w, torch.Tensor), documented=True)
    observe("its class is Tensor", type(w) is torch.Tensor, documented=True)
    observe("requires_grad", w.requires_grad, documented=True)
    observe("is_leaf", w.is_leaf, documented=True)
    observe("its gradient", w.grad, documented=None)
    torch.mean(w).backward()
    observe("its gradient after a backward", w.grad, documented=[1 / 3, 1 / 3, 1 / 3])


@scenario("LEG-01/by-default")
def a_variable_does_not_require_grad_by_default(torch, observe):
    v = torch.autograd.Variable(torch.tensor([1.0, 2.0]))
    observe("requires_grad", v.requires_grad, documented=False)
    observe("its value", v, documented=[1.0, 2.0])


@scenario("LEG-01/memory", needs=["LEG-01/by-default"])
def a_variable_shares_memory_with_the_tensor_that_it_was_made_of(torch, observe):
    t = torch.tensor([1.0, 2.0])
    v = torch.autograd.Variable(t, requires_grad=True)
    observe("another object", v is not t)
    t[0] = 10.0
    observe("a write to the tensor shows in the variable", v)
    observe("the tensor's own requires_grad", t.requires_grad, documented=False)


@scenario("LEG-01/of-a-non-leaf", needs=["LEG-01/by-default"])
def a_variable_made_of_a_non_leaf_is_outside_its_graph(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    v = torch.autograd.Variable(w * 2, requires_grad=True)
    observe("is_leaf", v.is_leaf)
    torch.sum(v * 5).backward()
    observe("the variable's gradient", v.grad)
    observe("the gradient of what it was computed from", w.grad, documented=None)


@scenario("LEG-01/of-a-leaf", needs=["LEG-01/by-default"])
def a_variable_takes_requires_grad_from_its_argument_alone(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    observe("made of a leaf that requires grad", torch.autograd.Variable(w).requires_grad)
    observe("asked to", torch.autograd.Variable(w, requires_grad=True).requires_grad, documented=True)


@scenario("LEG-01/isinstance")
def every_tensor_is_an_instance_of_variable(torch, observe):
    observe("a tensor", isinstance(torch.tensor([1.0]), torch.autograd.Variable), documented=True)
    observe("a number", isinstance(1.0, torch.autograd.Variable), documented=False)


@scenario("LEG-01/not-a-tensor")
def a_variable_of_something_else_than_a_tensor_is_refused(torch, observe):
    with observe.raises("a list", TypeError, saying="tensor"):
        torch.autograd.Variable([1.0, 2.0])
    with observe.raises("an integer tensor that is to require grad", RuntimeError, saying="floating"):
        torch.autograd.Variable(torch.tensor([1, 2]), requires_grad=True)


@scenario("LEG-02", needs=["LEG-01/by-default"])
def volatile_warns_and_has_no_effect(torch, observe):
    with observe.warns("Variable(t, volatile=True)", UserWarning, saying="volatile"):
        v = torch.autograd.Variable(torch.tensor([1.0, 2.0]), volatile=True)
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    torch.sum(v * w).backward()
    observe("what is computed from it is recorded all the same", w.grad, documented=[1.0, 2.0])


@scenario("LEG-03")
def volatile_reads_as_false_with_a_warning(torch, observe):
    t = torch.tensor([1.0])
    with observe.warns("reading it", UserWarning, saying="volatile"):
        value = t.volatile
    observe("its value", value, documented=False)


@scenario("LEG-04", needs=["BWD-16"])
def retain_variables_is_refused(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    with observe.raises("backward(retain_variables=True)", TypeError, saying="retain_variables"):
        torch.sum(w * w).backward(retain_variables=True)
    with observe.raises("autograd.backward(..., retain_variables=True)", TypeError, saying="retain_variables"):
        torch.autograd.backward(torch.sum(w * w), retain_variables=True)
    observe("the gradient after that", w.grad, documented=None)


@scenario("LEG-05", devices="cpu")
def tensor_of_sizes_is_uninitialised(torch, observe):
    observe("torch.Tensor(3)", list(torch.Tensor(3).shape), documented=[3])
    observe("torch.Tensor(2, 3)", list(torch.Tensor(2, 3).shape), documented=[2, 3])
    observe("torch.Tensor()", list(torch.Tensor().shape), documented=[0])
    observe("it has the default dtype", torch.Tensor(2, 3).dtype == torch.get_default_dtype(), documented=True)


@scenario("LEG-05/of-data", devices="cpu")
def tensor_of_a_list_holds_its_numbers_in_the_default_dtype(torch, observe):
    observe("of floats", torch.Tensor([1.0, 2.5]), documented=[1.0, 2.5])
    observe("of integers", torch.Tensor([[1, 2], [3, 4]]), documented=[[1.0, 2.0], [3.0, 4.0]])
    observe("of one number in a list", torch.Tensor([3]), documented=[3.0])
    observe("requires_grad", torch.Tensor([1.0]).requires_grad, documented=False)


@scenario("LEG-05/refused", devices="cpu", needs=["LEG-05/of-data"])
def tensor_takes_no_requires_grad_and_no_bare_float(torch, observe):
    with observe.raises("torch.Tensor([1.0], requires_grad=True)", TypeError):
        torch.Tensor([1.0], requires_grad=True)
    with observe.raises("torch.Tensor(3.5)", TypeError):
        torch.Tensor(3.5)


CONSTRUCTORS = {
    "FloatTensor": "float32",
    "DoubleTensor": "float64",
    "HalfTensor": "float16",
    "LongTensor": "int64",
    "IntTensor": "int32",
    "ByteTensor": "uint8",
    "BoolTensor": "bool",
}


@scenario("LEG-06", cases=list(CONSTRUCTORS), devices="cpu")
def a_constructor_named_after_a_dtype_makes_a_tensor_of_it(torch, observe, name):
    constructor, dtype = getattr(torch, name), CONSTRUCTORS[name]
    t = constructor([1, 0])
    observe("its dtype", t.dtype, documented=getattr(torch, dtype))
    observe("its device", t.device.type, documented="cpu")
    observe("its values", t, documented=[True, False] if dtype == "bool" else [1, 0])
    observe("of sizes: the shape", list(constructor(2, 3).shape), documented=[2, 3])


@scenario("LEG-06/in-a-graph", devices="cpu", needs=["LEG-06/FloatTensor", "BWD-01"])
def a_legacy_tensor_becomes_a_leaf_by_requires_grad(torch, observe):
    w = torch.FloatTensor([1.0, 2.0]).requires_grad_()
    torch.sum(w * w).backward()
    observe("the gradient", w.grad, documented=[2.0, 4.0])


@scenario("LEG-06/isinstance", devices="cpu", needs=["LEG-06/FloatTensor"])
def isinstance_of_a_legacy_type_asks_for_the_dtype(torch, observe):
    t = torch.zeros(2, dtype=torch.float32)
    observe("a float32 tensor is a FloatTensor", isinstance(t, torch.FloatTensor))
    observe("a float32 tensor is a DoubleTensor", isinstance(t, torch.DoubleTensor))
    observe("type() of it", t.type(), documented="torch.FloatTensor")
    observe("dtype of type('torch.DoubleTensor')", t.type("torch.DoubleTensor").dtype, documented=torch.float64)


@scenario("LEG-08")
def the_old_name_of_the_scheduler_class_remains(torch, observe):
    schedulers = torch.optim.lr_scheduler
    observe(
        "_LRScheduler is a kind of LRScheduler",
        issubclass(schedulers._LRScheduler, schedulers.LRScheduler),
        documented=True,
    )


@scenario("LEG-09/item-by-index", needs=["ACC-37"])
def a_loss_is_not_read_by_data_0_any_more(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = torch.sum(w * w)
    with observe.raises("loss.data[0]", IndexError):
        loss.data[0]
    observe("loss.item()", loss.item(), documented=5.0)


@scenario("LEG-09/old-name", cases=["creator", "previous_functions"])
def the_old_names_in_the_graph_are_gone(torch, observe, name):
    y = torch.tensor([1.0, 2.0], requires_grad=True) * 2
    observe(f"the tensor has {name}", hasattr(y, name), documented=False)
    observe(f"its grad_fn has {name}", hasattr(y.grad_fn, name), documented=False)


@scenario("LEG-09/function-object")
def a_function_whose_forward_is_no_static_method_is_refused(torch, observe):
    class Twice(torch.autograd.Function):
        def forward(self, x):
            return x * 2

        def backward(self, gradient):
            return gradient * 2

    with observe.raises("calling an instance", RuntimeError, saying="static"):
        Twice()(torch.tensor([1.0, 2.0], requires_grad=True))


@scenario("LEG-09/reinforce")
def reinforce_is_gone(torch, observe):
    y = torch.tensor([1.0, 2.0], requires_grad=True) * 2
    with observe.raises("y.reinforce(1)", RuntimeError, saying="removed"):
        y.reinforce(1)


@scenario("LEG-14")
def range_includes_its_end_and_warns(torch, observe):
    with observe.warns("the call", UserWarning, saying="arange"):
        numbers = torch.range(1, 3)
    observe("the numbers", numbers, documented=[1, 2, 3])
    observe("with a step", torch.range(0, 1, 0.5), documented=[0, 0.5, 1])
    with observe.raises("backwards", RuntimeError, saying="step"):
        torch.range(1, 0)
