"""Which tensors are leaves, and which require grad."""

from conformance.scenario import scenario


@scenario("ACC-04")
def a_tensor_computed_from_tensors_without_requires_grad_is_a_leaf(torch, observe):
    b = torch.tensor([1.0, 2.0]) * 3 + 1
    observe("is_leaf", b.is_leaf, documented=True)
    observe("requires_grad", b.requires_grad, documented=False)
    observe("grad_fn", b.grad_fn, documented=None)


@scenario("ACC-04/under-no-grad", needs=["ACC-04"])
def what_is_computed_under_no_grad_is_a_leaf(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.no_grad():
        b = w * 3
    observe("is_leaf", b.is_leaf, documented=True)
    observe("requires_grad", b.requires_grad, documented=False)


FACTORIES = {
    "tensor": lambda torch, **flag: torch.tensor([1.0, 2.0], **flag),
    "zeros": lambda torch, **flag: torch.zeros(2, 3, **flag),
    "ones": lambda torch, **flag: torch.ones(2, 3, **flag),
    "full": lambda torch, **flag: torch.full((2, 3), 7.0, **flag),
    "empty": lambda torch, **flag: torch.empty(2, 3, **flag),
    "arange": lambda torch, **flag: torch.arange(0.0, 3.0, **flag),
    "linspace": lambda torch, **flag: torch.linspace(0.0, 1.0, 5, **flag),
    "eye": lambda torch, **flag: torch.eye(3, **flag),
    "rand": lambda torch, **flag: torch.rand(2, 3, **flag),
    "randn": lambda torch, **flag: torch.randn(2, 3, **flag),
}


@scenario("ACC-05", cases=FACTORIES)
def a_tensor_made_with_requires_grad_is_a_leaf_without_grad_fn(torch, observe, factory):
    w = factory(torch, requires_grad=True)
    observe("requires_grad", w.requires_grad, documented=True)
    observe("is_leaf", w.is_leaf, documented=True)
    observe("grad_fn", w.grad_fn, documented=None)
    observe("grad", w.grad, documented=None)


@scenario("ACC-06", needs=["ACC-05/tensor"])
def the_result_of_a_recorded_op_is_no_leaf(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    y = w * 2
    observe("is_leaf", y.is_leaf, documented=False)
    observe("requires_grad", y.requires_grad, documented=True)
    observe("it has a grad_fn", y.grad_fn is not None, documented=True)


@scenario("ACC-06/of-a-temporary", needs=["ACC-06"])
def a_tensor_computed_at_once_from_a_new_leaf_is_no_leaf(torch, observe):
    y = torch.tensor([1.0, 2.0], requires_grad=True) + 2
    observe("is_leaf", y.is_leaf, documented=False)
    observe("it has a grad_fn", y.grad_fn is not None, documented=True)
    torch.sum(y).backward()
    with observe.warns("reading its gradient", UserWarning, saying="leaf"):
        observe("its gradient", y.grad, documented=None)


CONVERSIONS = {
    "to": lambda torch, x: x.to(torch.float64),
    "double": lambda torch, x: x.double(),
    "type": lambda torch, x: x.type(torch.float64),
    "to-like-another": lambda torch, x: x.to(torch.zeros(1, dtype=torch.float64)),
}


@scenario("ACC-07", cases=CONVERSIONS, dtypes=["float32"], needs=["ACC-06"])
def a_conversion_that_converts_gives_a_non_leaf(torch, observe, convert):
    w = torch.tensor([1.0, 2.0], dtype=torch.float32, requires_grad=True)
    wide = convert(torch, w)
    observe("dtype of the result", wide.dtype, documented=torch.float64)
    observe("is_leaf", wide.is_leaf, documented=False)
    torch.sum(wide * 3).backward()
    observe("dtype of the leaf's gradient", w.grad.dtype, documented=torch.float32)
    observe("the leaf's gradient", w.grad, documented=[3.0, 3.0])


NOTHING_TO_CONVERT = {
    "to-its-dtype": lambda torch, x: x.to(x.dtype),
    "to-its-device": lambda torch, x: x.to(x.device),
    "to-like-itself": lambda torch, x: x.to(torch.ones(1)),
    "type": lambda torch, x: x.type(x.dtype),
    "contiguous": lambda torch, x: x.contiguous(),
}


@scenario("ACC-08", cases=NOTHING_TO_CONVERT)
def a_conversion_that_changes_nothing_returns_the_same_tensor(torch, observe, convert):
    w = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    same = convert(torch, w)
    observe("the same object", same is w, documented=True)
    observe("is_leaf", same.is_leaf, documented=True)


@scenario("ACC-08/contiguous-copy", needs=["ACC-08/contiguous", "ACC-06"])
def contiguous_of_a_transposed_leaf_copies_and_is_recorded(torch, observe):
    w = torch.tensor([[1.0, 2.0], [3.0, 4.0]]).t().requires_grad_()
    copy = w.contiguous()
    observe("another object", copy is not w, documented=True)
    observe("is_leaf", copy.is_leaf, documented=False)
    torch.sum(copy * torch.tensor([[1.0, 2.0], [3.0, 4.0]])).backward()
    observe("the leaf's gradient", w.grad, documented=[[1.0, 2.0], [3.0, 4.0]])


@scenario("ACC-08/to-with-copy", needs=["ACC-08/to-its-dtype", "ACC-06"])
def to_with_copy_is_recorded_even_when_nothing_changes(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    copy = w.to(w.dtype, copy=True)
    observe("another object", copy is not w, documented=True)
    observe("is_leaf", copy.is_leaf, documented=False)
    torch.sum(copy * 5).backward()
    observe("the leaf's gradient", w.grad, documented=[5.0, 5.0])


@scenario("ACC-09", needs=["ACC-04", "ACC-06"])
def a_result_requires_grad_exactly_when_an_input_does(torch, observe):
    plain = torch.tensor([1.0, 2.0])
    other = torch.tensor([3.0, 4.0])
    leaf = torch.tensor([5.0, 6.0], requires_grad=True)
    observe("neither does", (plain + other).requires_grad, documented=False)
    observe("the left one does", (leaf + plain).requires_grad, documented=True)
    observe("the right one does", (plain + leaf).requires_grad, documented=True)
    observe("both do", (leaf + leaf).requires_grad, documented=True)
    observe("a result of both kinds", ((plain + other) * leaf).requires_grad, documented=True)


MANY_INPUTS = {
    "cat": lambda torch, a, b, c: torch.cat([a, b, c]),
    "stack": lambda torch, a, b, c: torch.stack([a, b, c]),
    "addmm": lambda torch, a, b, c: torch.addmm(a, b, c),
    "addcmul": lambda torch, a, b, c: torch.addcmul(a, b, c),
    "lerp": lambda torch, a, b, c: torch.lerp(a, b, c),
}


@scenario("ACC-09/of-three", cases=MANY_INPUTS, needs=["ACC-09"])
def one_input_of_three_that_requires_grad_is_enough(torch, observe, op):
    plain = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    leaf = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    observe("none", op(torch, plain, plain, plain).requires_grad, documented=False)
    observe("the first", op(torch, leaf, plain, plain).requires_grad, documented=True)
    observe("the second", op(torch, plain, leaf, plain).requires_grad, documented=True)
    observe("the third", op(torch, plain, plain, leaf).requires_grad, documented=True)


@scenario("ACC-10", cases=FACTORIES)
def a_factory_makes_tensors_that_do_not_require_grad(torch, observe, factory):
    t = factory(torch)
    observe("requires_grad", t.requires_grad, documented=False)
    observe("is_leaf", t.is_leaf, documented=True)


@scenario("ACC-10/parameter")
def a_parameter_requires_grad_unless_told_otherwise(torch, observe):
    data = torch.tensor([1.0, 2.0])
    p = torch.nn.Parameter(data)
    observe("requires_grad", p.requires_grad, documented=True)
    observe("is_leaf", p.is_leaf, documented=True)
    observe("the tensor it was made of", data.requires_grad, documented=False)
    observe("a parameter is a tensor", isinstance(p, torch.Tensor), documented=True)
    frozen = torch.nn.Parameter(data, requires_grad=False)
    observe("with requires_grad=False", frozen.requires_grad, documented=False)


@scenario("ACC-11", needs=["ACC-10/parameter"])
def a_parameter_made_of_a_non_leaf_is_a_detached_leaf(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    p = torch.nn.Parameter(w * 2)
    observe("is_leaf", p.is_leaf, documented=True)
    observe("grad_fn", p.grad_fn, documented=None)
    torch.sum(p * 5).backward()
    observe("the parameter's gradient", p.grad, documented=[5.0, 5.0])
    observe("the gradient of what it was computed from", w.grad, documented=None)


@scenario("ACC-12")
def requires_grad_sets_the_flag_in_place(torch, observe):
    w = torch.tensor([1.0, 2.0])
    same = w.requires_grad_()
    observe("it returns the tensor itself", same is w, documented=True)
    observe("the flag by default", w.requires_grad, documented=True)
    w.requires_grad_(False)
    observe("after requires_grad_(False)", w.requires_grad, documented=False)
    w.requires_grad = True
    observe("after the assignment of True", w.requires_grad, documented=True)


@scenario("ACC-12/keeps-the-gradient", needs=["ACC-12", "ACC-01"])
def turning_requires_grad_off_keeps_the_gradient(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.sum(w * 3).backward()
    w.requires_grad_(False)
    observe("the gradient of the frozen leaf", w.grad, documented=[3.0, 3.0])


@scenario("ACC-13", needs=["ACC-12", "BWD-01"])
def preprocessing_before_requires_grad_is_no_part_of_the_graph(torch, observe):
    raw = torch.tensor([1.0, 3.0])
    w = ((raw - 1) * 4).requires_grad_()
    observe("is_leaf", w.is_leaf, documented=True)
    observe("grad_fn", w.grad_fn, documented=None)
    torch.sum(w * w).backward()
    observe("the gradient of the preprocessed tensor", w.grad, documented=[0.0, 16.0])
    observe("the gradient of the raw one", raw.grad, documented=None)


@scenario("ACC-14", needs=["ACC-06"])
def requires_grad_of_a_non_leaf_cannot_be_turned_off(torch, observe):
    y = torch.tensor([1.0, 2.0], requires_grad=True) * 2
    with observe.raises("by assignment", RuntimeError, saying="detach"):
        y.requires_grad = False
    with observe.raises("by requires_grad_(False)", RuntimeError, saying="detach"):
        y.requires_grad_(False)
    observe("it still requires grad", y.requires_grad, documented=True)


@scenario("ACC-15", needs=["ACC-06", "BWD-01"])
def requires_grad_on_a_non_leaf_that_has_it_changes_nothing(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    y = w * 2
    observe("requires_grad_() returns the tensor", y.requires_grad_() is y, documented=True)
    observe("is_leaf", y.is_leaf, documented=False)
    torch.sum(y).backward()
    observe("the gradient still flows to the leaf", w.grad, documented=[2.0, 2.0])


@scenario("ACC-15/by-assignment", needs=["ACC-06"])
def requires_grad_of_a_non_leaf_cannot_be_assigned_at_all(torch, observe):
    y = torch.tensor([1.0, 2.0], requires_grad=True) * 2
    with observe.raises("the assignment of True, which it is", RuntimeError, saying="leaf"):
        y.requires_grad = True


NOT_DIFFERENTIABLE = {
    "int64": lambda torch, **flag: torch.tensor([1, 2], **flag),
    "int32": lambda torch, **flag: torch.ones(2, dtype=torch.int32, **flag),
    "uint8": lambda torch, **flag: torch.zeros(2, dtype=torch.uint8, **flag),
    "bool": lambda torch, **flag: torch.tensor([True, False], **flag),
}


@scenario("ACC-16", cases=NOT_DIFFERENTIABLE, dtypes=["float32"])
def an_integer_or_boolean_tensor_cannot_require_grad(torch, observe, factory):
    with observe.raises("at its creation", RuntimeError, saying="floating"):
        factory(torch, requires_grad=True)
    t = factory(torch)
    with observe.raises("by requires_grad_()", RuntimeError, saying="floating"):
        t.requires_grad_()
    with observe.raises("by assignment", RuntimeError, saying="floating"):
        t.requires_grad = True
    observe("the flag after all that", t.requires_grad, documented=False)


@scenario("ACC-16/false-is-allowed", dtypes=["float32"])
def an_integer_tensor_may_be_told_not_to_require_grad(torch, observe):
    t = torch.tensor([1, 2], requires_grad=False)
    t.requires_grad_(False)
    observe("the flag", t.requires_grad, documented=False)


@scenario("ACC-16/floating-and-complex", cases=["float16", "float32", "float64", "complex64"], dtypes=["float32"])
def a_floating_or_complex_tensor_may_require_grad(torch, observe, dtype):
    w = torch.ones(2, dtype=getattr(torch, dtype), requires_grad=True)
    observe("requires_grad", w.requires_grad, documented=True)


@scenario("ACC-16/integer-parameter", dtypes=["float32"], needs=["ACC-10/parameter"])
def an_integer_parameter_has_to_be_made_without_requires_grad(torch, observe):
    with observe.raises("by default", RuntimeError, saying="floating"):
        torch.nn.Parameter(torch.tensor([1, 2]))
    p = torch.nn.Parameter(torch.tensor([1, 2]), requires_grad=False)
    observe("with requires_grad=False", p, documented=[1, 2])


NO_DERIVATIVE = {
    "gt": lambda torch, x: x > 0,
    "eq": lambda torch, x: x == 1.0,
    "argmax": lambda torch, x: torch.argmax(x),
    "argsort": lambda torch, x: torch.argsort(x),
    "long": lambda torch, x: x.long(),
    "bool": lambda torch, x: x.bool(),
    "isnan": lambda torch, x: torch.isnan(x),
    "nonzero": lambda torch, x: torch.nonzero(x),
    "indices-of-max": lambda torch, x: torch.max(x, 0)[1],
    "indices-of-sort": lambda torch, x: torch.sort(x)[1],
}


@scenario("ACC-17", cases=NO_DERIVATIVE, needs=["ACC-09"])
def an_integer_or_boolean_result_does_not_require_grad(torch, observe, op):
    x = torch.tensor([3.0, 1.0, 2.0], requires_grad=True)
    result = op(torch, x)
    observe("requires_grad", result.requires_grad, documented=False)
    observe("grad_fn", result.grad_fn, documented=None)
    observe("is_leaf", result.is_leaf, documented=True)


@scenario("ACC-31", needs=["ACC-12", "ACC-22"])
def requiring_grad_after_an_op_does_not_record_it(torch, observe):
    a = torch.tensor([1.0, 2.0])
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    before = a * w
    a.requires_grad_()
    after = a * w
    torch.sum(before).backward()
    observe("after the product from before", a.grad, documented=None)
    torch.sum(after).backward()
    observe("after the one from after", a.grad, documented=[3.0, 4.0])


LIKE = {
    "zeros_like": lambda torch, w: torch.zeros_like(w),
    "ones_like": lambda torch, w: torch.ones_like(w),
    "full_like": lambda torch, w: torch.full_like(w, 2.0),
    "empty_like": lambda torch, w: torch.empty_like(w),
    "rand_like": lambda torch, w: torch.rand_like(w),
    "new_zeros": lambda torch, w: w.new_zeros(2),
    "new_tensor": lambda torch, w: w.new_tensor([1.0, 2.0]),
}


@scenario("ACC-35", cases=LIKE)
def a_like_factory_does_not_inherit_requires_grad(torch, observe, like):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    observe("requires_grad", like(torch, w).requires_grad, documented=False)
    observe("dtype is the tensor's", like(torch, w).dtype == w.dtype, documented=True)


@scenario("ACC-35/on-request", needs=["ACC-35/ones_like"])
def a_like_factory_requires_grad_when_asked(torch, observe):
    w = torch.ones_like(torch.tensor([1.0, 2.0]), requires_grad=True)
    observe("requires_grad", w.requires_grad, documented=True)
    observe("is_leaf", w.is_leaf, documented=True)


@scenario("ACC-39", needs=["ACC-06"])
def is_leaf_cannot_be_set(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    y = w * 2
    with observe.raises("on a leaf", AttributeError):
        w.is_leaf = False
    with observe.raises("on a non-leaf", AttributeError):
        y.is_leaf = True
    observe("the leaf", w.is_leaf, documented=True)
    observe("the non-leaf", y.is_leaf, documented=False)


@scenario("ACC-12/then-written", needs=["ACC-12"])
def a_leaf_that_became_a_result_after_it_was_used_has_no_gradient(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    factor = torch.tensor([3.0, 4.0], requires_grad=True)
    y = x * 2
    x.requires_grad_(False)
    x.mul_(factor)
    with observe.raises("backward", RuntimeError, saying="leaf"):
        y.sum().backward()
    observe("the gradient", x.grad)
