"""backward(inputs=...), and edges of the graph in place of tensors."""

from conformance.scenario import scenario


@scenario("BWD-22", needs=["BWD-01"])
def backward_accumulates_only_into_the_inputs_listed(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = torch.tensor([3.0, 4.0], requires_grad=True)
    torch.sum(a * b).backward(inputs=[a])
    observe("a leaf that is listed", a.grad, documented=[3.0, 4.0])
    observe("one that is not", b.grad, documented=None)


@scenario("BWD-22/accumulates", needs=["BWD-22", "ACC-02"])
def a_leaf_that_is_not_listed_keeps_the_gradient_that_it_had(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = torch.tensor([3.0, 4.0], requires_grad=True)
    torch.sum(a * b).backward()
    torch.sum(a * b).backward(inputs=[b])
    observe("the listed one, after two backwards", b.grad, documented=[2.0, 4.0])
    observe("the other one", a.grad, documented=[3.0, 4.0])


@scenario("BWD-22/several", needs=["BWD-22"])
def several_inputs_may_be_listed(torch, observe):
    leaves = [torch.tensor(float(i), requires_grad=True) for i in (1, 2, 3)]
    a, b, c = leaves
    (a * b * c).backward(inputs=(c, a))
    observe("the first leaf", a.grad, documented=6.0)
    observe("the second, not listed", b.grad, documented=None)
    observe("the third", c.grad, documented=2.0)


@scenario("BWD-22/frees", needs=["BWD-22", "BWD-11"])
def backward_into_some_inputs_frees_the_nodes_on_the_way_to_them(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = torch.sum(a * a)
    loss.backward(inputs=[a])
    with observe.raises("a second backward", RuntimeError, saying="retain_graph"):
        loss.backward(inputs=[a])


@scenario("BWD-22/autograd-backward", needs=["BWD-22"])
def autograd_backward_takes_inputs_too(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = torch.tensor([3.0, 4.0], requires_grad=True)
    torch.autograd.backward([torch.sum(a * b), torch.sum(b * 2)], inputs=[b])
    observe("a leaf that is listed", b.grad, documented=[3.0, 4.0])
    observe("one that is not", a.grad, documented=None)


@scenario("BWD-23", needs=["BWD-22"])
def a_single_tensor_may_be_given_as_inputs(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = torch.tensor([3.0, 4.0], requires_grad=True)
    torch.sum(a * b).backward(inputs=b)
    observe("the input", b.grad, documented=[1.0, 2.0])
    observe("another leaf", a.grad, documented=None)


@scenario("BWD-24", cases={"list": [], "tuple": ()}, needs=["BWD-22"])
def no_inputs_at_all_are_refused(torch, observe, inputs):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    with observe.raises("backward", RuntimeError, saying="inputs"):
        torch.sum(a * a).backward(inputs=inputs)
    observe("the gradient after that", a.grad, documented=None)


@scenario("BWD-25", needs=["BWD-22"])
def a_non_leaf_among_the_inputs_gets_a_gradient(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    y = a * 2
    torch.sum(y * y).backward(inputs=[y])
    observe("the non-leaf", y.grad, documented=[4.0, 8.0])
    observe("the leaf below it, which is not listed", a.grad, documented=None)


@scenario("BWD-25/and-its-leaf", needs=["BWD-25"])
def a_non_leaf_and_the_leaf_below_it_may_both_be_listed(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    y = a * 3
    torch.sum(y * y).backward(inputs=[a, y])
    observe("the leaf", a.grad, documented=[18.0, 36.0])
    observe("the non-leaf", y.grad, documented=[6.0, 12.0])


@scenario("BWD-26", needs=["BWD-22"])
def an_input_that_does_not_require_grad_is_refused(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    frozen = torch.tensor([3.0, 4.0])
    with observe.raises("backward", RuntimeError, saying="requires_grad"):
        torch.sum(a * frozen).backward(inputs=[frozen])
    observe("the gradient of the other leaf after that", a.grad, documented=None)


@scenario("BWD-27", needs=["BWD-22"])
def an_input_that_the_root_does_not_depend_on_keeps_none(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    unused = torch.tensor([3.0, 4.0], requires_grad=True)
    torch.sum(a * a).backward(inputs=[a, unused])
    observe("the input that it depends on", a.grad, documented=[2.0, 4.0])
    observe("the other one", unused.grad, documented=None)


@scenario("BWD-34", needs=["BWD-01"])
def a_gradient_edge_may_stand_for_the_root(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    edge = torch.autograd.graph.get_gradient_edge(torch.sum(w * w))
    torch.autograd.backward(edge, grad_tensors=torch.tensor(1.0))
    observe("the gradient", w.grad, documented=[2.0, 4.0])


@scenario("BWD-34/without-a-gradient", needs=["BWD-34"])
def a_gradient_edge_of_a_scalar_implies_a_gradient_of_one(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    edge = torch.autograd.graph.get_gradient_edge(torch.sum(w * w))
    torch.autograd.backward(edge)
    observe("the gradient", w.grad)


@scenario("BWD-35", needs=["BWD-22"])
def a_gradient_edge_may_be_named_in_inputs(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = torch.tensor([3.0, 4.0], requires_grad=True)
    edge = torch.autograd.graph.get_gradient_edge(a)
    torch.autograd.backward(torch.sum(a * b), inputs=[edge])
    observe("the leaf of the edge", a.grad, documented=[3.0, 4.0])
    observe("the other one", b.grad, documented=None)


@scenario("BWD-39", needs=["BWD-22"])
def a_dict_of_tensors_may_be_given_as_inputs(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = torch.tensor([3.0, 4.0], requires_grad=True)
    torch.sum(a * b).backward(inputs={"weight": a})
    observe("the input", a.grad, documented=[3.0, 4.0])
    observe("another leaf", b.grad, documented=None)


@scenario("BWD-35/of-a-non-leaf", needs=["BWD-35"])
def the_edge_of_a_non_leaf_takes_no_gradient(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    y.sum().backward(inputs=[torch.autograd.graph.get_gradient_edge(y)])
    observe("of the leaf", x.grad, documented=None)


@scenario("BWD-25/that-retains-its-gradient", needs=["BWD-25", "NLG-02"])
def a_non_leaf_that_retains_its_gradient_gets_it_once(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    y.retain_grad()
    (3 * y).sum().backward(inputs=[y])
    observe("the gradient", y.grad, documented=[3.0, 3.0])


@scenario("BWD-22/a-ladder-of-diamonds", needs=["BWD-22", "ACC-03/a-ladder-of-diamonds"])
def the_way_to_the_inputs_is_found_without_walking_every_path(torch, observe):
    x = torch.tensor([1.0, -1.0], requires_grad=True)
    y = x
    for _ in range(60):  # 2**60 paths
        y = (y + y) / 2
    torch.sum(y).backward(inputs=[x])
    observe("the gradient", x.grad, documented=[1.0, 1.0])


@scenario("BWD-22/hooks-of-a-lone-root", needs=["BWD-22", "HKS-01", "GRD-18"])
def the_hooks_of_a_root_that_does_not_lead_to_the_inputs(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    apart = torch.tensor([1.0], requires_grad=True)
    first, second = torch.sum(x * 2), torch.sum(x * 3)
    calls = []
    first.register_hook(lambda gradient: calls.append("first"))
    second.register_hook(lambda gradient: calls.append("second"))
    torch.autograd.grad(first, apart, allow_unused=True, retain_graph=True)
    observe("a lone root", list(calls))
    torch.autograd.grad([first, second], apart, allow_unused=True)
    observe("one of two roots", list(calls))


@scenario("BWD-22/without-a-derivative", needs=["BWD-22"])
def a_result_without_a_derivative_is_refused_for_an_input_too(torch, observe):
    x = torch.tensor([5.0, 7.0], requires_grad=True)
    y = x // 2
    with observe.raises("of itself", RuntimeError, saying="floor_divide"):
        torch.sum(y).backward(inputs=[y])
