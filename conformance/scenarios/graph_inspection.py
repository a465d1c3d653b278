"""Looking at the graph: grad_fn, next_functions, saved tensors, gradient edges, and how long it lives."""

import gc
import weakref

from conformance.scenario import scenario


@scenario("GPH-01", needs=["ACC-06"])
def grad_fn_is_a_node_of_the_graph_or_none(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    node = (w * 2).grad_fn
    observe("of a leaf", w.grad_fn, documented=None)
    observe("of a tensor outside any graph", (w.detach() * 2).grad_fn, documented=None)
    observe("of the result of an op: a Node", isinstance(node, torch.autograd.graph.Node), documented=True)


@scenario("GPH-01/read-only", needs=["GPH-01"])
def grad_fn_cannot_be_set(torch, observe):
    y = torch.tensor([1.0, 2.0], requires_grad=True) * 2
    with observe.raises("the assignment", AttributeError):
        y.grad_fn = y.grad_fn


@scenario("GPH-01/the-same-node", needs=["GPH-01"])
def repeated_reads_of_grad_fn_give_the_same_node(torch, observe):
    y = torch.tensor([1.0, 2.0], requires_grad=True) * 2
    observe("y.grad_fn is y.grad_fn", y.grad_fn is y.grad_fn)


NAMES = {
    "CloneBackward0": lambda torch, x: x.clone(),
    "AddBackward0": lambda torch, x: x + x,
    "MulBackward0": lambda torch, x: x * x,
    "ExpBackward0": lambda torch, x: torch.exp(x),
    "SumBackward0": lambda torch, x: torch.sum(x),
    "SelectBackward0": lambda torch, x: x[0],
    "ViewBackward0": lambda torch, x: x.view(2, 1),
    "SumBackward1": lambda torch, x: torch.sum(x, 0),
    "MeanBackward1": lambda torch, x: torch.mean(x, 0, keepdim=True),
    "ProdBackward1": lambda torch, x: torch.prod(x, 0),
    "MedianBackward1": lambda torch, x: torch.median(x, 0).values,
    "SqueezeBackward1": lambda torch, x: x.reshape(1, 2).squeeze(0),
    "SqueezeBackward2": lambda torch, x: x.reshape(1, 2).squeeze((0, 1)),
    "RsubBackward1": lambda torch, x: 1 - x,
    "Log1PBackward0": lambda torch, x: torch.log1p(x),
    "AddmmBackward0": lambda torch, x: torch.nn.functional.linear(x.reshape(1, 2), torch.ones(1, 2), torch.ones(1)),
    "MmBackward0": lambda torch, x: torch.nn.functional.linear(x.reshape(1, 2), torch.ones(1, 2)),
    "NotImplemented": lambda torch, x: x // 2,
    "CopyBackwards": lambda torch, x: torch.zeros(2).copy_(x),
    "of-a-real-part": lambda torch, x: torch.complex(x, x).real,
}


@scenario("GPH-02", cases=NAMES, needs=["GPH-01"])
def a_node_is_named_after_its_op(torch, observe, op):
    y = op(torch, torch.tensor([1.0, 2.0], requires_grad=True))
    observe("name()", y.grad_fn.name())


@scenario("GPH-02/documented-example", needs=["GPH-02/CloneBackward0"])
def the_node_of_a_clone_is_named_as_documented(torch, observe):
    node = torch.tensor([1.0, 2.0], requires_grad=True).clone().grad_fn
    observe("name()", node.name(), documented="CloneBackward0")
    observe("the name of its class", type(node).__name__)


@scenario("GPH-03", needs=["GPH-01"])
def next_functions_are_the_nodes_of_the_inputs_in_order(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = torch.tensor([3.0, 4.0], requires_grad=True)
    left, right = torch.exp(a), torch.neg(b)
    following = (left - right).grad_fn.next_functions
    observe("it is a tuple", isinstance(following, tuple), documented=True)
    observe("the first node is that of the left operand", following[0][0] is left.grad_fn, documented=True)
    observe("the second that of the right one", following[1][0] is right.grad_fn, documented=True)
    observe("the input index of each", [index for _, index in following], documented=[0, 0])


@scenario("GPH-03/none", needs=["GPH-03"])
def an_input_that_does_not_require_grad_has_no_node(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    constant = torch.tensor([3.0, 4.0])
    following = (constant * a).grad_fn.next_functions
    observe("how many there are", len(following), documented=2)
    observe("the constant's", following[0][0], documented=None)
    observe("the leaf's is a node", following[1][0] is not None, documented=True)


@scenario("GPH-03/of-a-number", needs=["GPH-03/none"])
def a_number_has_no_node(torch, observe):
    following = (torch.tensor([1.0, 2.0], requires_grad=True) * 2).grad_fn.next_functions
    observe("which of the inputs have nodes", [node is not None for node, _ in following])


@scenario("GPH-03/of-many-inputs", needs=["GPH-03"])
def a_node_of_many_inputs_has_one_pair_for_each(torch, observe):
    leaves = [torch.tensor([float(i)], requires_grad=i != 2) for i in (1, 2, 3)]
    following = torch.cat(leaves).grad_fn.next_functions
    observe("which of three have nodes", [node is not None for node, _ in following], documented=[True, False, True])


@scenario("GPH-04", needs=["GPH-03"])
def a_leaf_appears_as_the_node_that_accumulates_into_it(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    node = (w * 2).grad_fn.next_functions[0][0]
    observe("its variable is the leaf", node.variable is w, documented=True)
    observe("the name of its class", type(node).__name__)
    observe("what comes after it", list(node.next_functions), documented=[])


@scenario("GPH-05", needs=["GPH-04"])
def a_leaf_has_one_accumulating_node_while_the_graph_lives(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    y, z = w * 2, torch.exp(w)
    first, second = y.grad_fn.next_functions[0][0], z.grad_fn.next_functions[0][0]
    observe("two ops see the same node", first is second, documented=True)


@scenario("GPH-06", needs=["GPH-01"])
def saved_values_can_be_read_from_the_node(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    y = w.pow(3)
    observe("the saved input", y.grad_fn._saved_self, documented=[1.0, 2.0])
    observe("it is the input itself", y.grad_fn._saved_self is w, documented=True)
    observe("the saved exponent", y.grad_fn._saved_exponent, documented=3)


@scenario("GPH-06/two-tensors", needs=["GPH-06"])
def a_product_saves_both_its_operands(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = torch.tensor([3.0, 4.0], requires_grad=True)
    node = (a * b).grad_fn
    observe("the saved left operand", node._saved_self, documented=[1.0, 2.0])
    observe("the saved right operand", node._saved_other, documented=[3.0, 4.0])


@scenario("GPH-06/only-what-is-needed", needs=["GPH-06/two-tensors"])
def a_product_with_a_constant_saves_only_the_constant(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    node = (a * torch.tensor([3.0, 4.0])).grad_fn
    observe("the saved left operand, which nobody needs", node._saved_self)
    observe("the saved constant", node._saved_other, documented=[3.0, 4.0])


@scenario("GPH-06/a-number", needs=["GPH-06/two-tensors"])
def a_number_that_a_tensor_is_multiplied_by_is_saved_as_a_tensor(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    product, quotient = (w * 3).grad_fn._saved_other, (w / 2.0).grad_fn._saved_other
    observe("the factor", [isinstance(product, torch.Tensor), product.item()])
    observe("the divisor", [isinstance(quotient, torch.Tensor), quotient.item()])


SAVED_SHAPES = {
    "sum": lambda torch, w: torch.sum(w),
    "mean": lambda torch, w: torch.mean(w),
    "select": lambda torch, w: w[0],
    "view": lambda torch, w: w.view(6),
    "index_select": lambda torch, w: torch.index_select(w, 0, torch.tensor([1])),
}


@scenario("GPH-06/a-shape", cases=SAVED_SHAPES, needs=["GPH-06"])
def an_operation_that_needs_no_more_saves_the_shape_of_its_input(torch, observe, case):
    node = case(torch, torch.ones(2, 3, requires_grad=True)).grad_fn
    observe("the saved shape", list(node._saved_self_sym_sizes), documented=[2, 3])
    observe("dir lists it", "_saved_self_sym_sizes" in dir(node), documented=True)
    observe("it has no packed form", hasattr(node, "_raw_saved_self_sym_sizes"))


@scenario("GPH-06/what-is-packed", needs=["GPH-06"])
def only_saved_tensors_have_a_packed_form(torch, observe):
    node = torch.softmax(torch.tensor([1.0, 2.0], requires_grad=True), 0).grad_fn
    observe("the saved dimension", node._saved_dim, documented=0)
    observe("packed: the result", hasattr(node, "_raw_saved_result"), documented=True)
    observe("packed: the dimension", hasattr(node, "_raw_saved_dim"))


@scenario("GPH-07", needs=["GPH-06"])
def a_saved_output_equals_the_output_and_is_another_object(torch, observe):
    y = torch.exp(torch.tensor([0.0, 0.0], requires_grad=True))
    saved = y.grad_fn._saved_result
    observe("what it holds", saved, documented=[1.0, 1.0])
    observe("it is the output itself", saved is y, documented=False)
    observe("it lies in the same memory", saved.data_ptr() == y.data_ptr(), documented=True)


@scenario("GPH-08", needs=["GPH-01"])
def output_nr_tells_which_output_of_its_node_a_tensor_is(torch, observe):
    w = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    observe("of a leaf", w.output_nr)
    observe("of a single output", (w * 2).output_nr, documented=0)
    observe("of what was written to", (w * 2).mul_(3).output_nr, documented=0)
    parts = torch.unbind(w)
    observe("of three", [part.output_nr for part in parts], documented=[0, 1, 2])
    observe("the three have one node", parts[0].grad_fn is parts[2].grad_fn, documented=True)


@scenario("GPH-08/in-next-functions", needs=["GPH-08", "GPH-03"])
def next_functions_names_the_output_that_was_used(torch, observe):
    parts = torch.unbind(torch.tensor([1.0, 2.0, 3.0], requires_grad=True))
    following = (parts[2] * parts[1]).grad_fn.next_functions
    observe("the outputs of the node that the product used", [index for _, index in following], documented=[2, 1])


@scenario("GPH-09", needs=["GPH-01"])
def metadata_is_a_dict_that_stays_with_the_node(torch, observe):
    y = torch.tensor([1.0, 2.0], requires_grad=True) * 2
    observe("at first", y.grad_fn.metadata, documented={})
    y.grad_fn.metadata["name"] = "twice"
    observe("once written", y.grad_fn.metadata, documented={"name": "twice"})
    z = y + 1
    observe("read by way of the graph", z.grad_fn.next_functions[0][0].metadata, documented={"name": "twice"})


@scenario("GPH-10", needs=["ACC-02"])
def the_graph_is_built_anew_by_every_forward(torch, observe):
    w = torch.tensor([1.0, -2.0], requires_grad=True)
    for doublings, expected in ((1, 2.0), (3, 8.0), (2, 4.0)):
        y = w
        for _ in range(doublings):
            y = y * 2
        w.grad = None
        torch.sum(y).backward()
        observe(f"the gradient through {doublings} doublings", w.grad, documented=[expected, expected])


@scenario("GPH-10/branch-on-a-value", needs=["GPH-10"])
def the_branch_that_was_taken_is_the_one_that_is_differentiated(torch, observe):
    for value, expected in ((2.0, 4.0), (-2.0, -3.0)):
        x = torch.tensor(value, requires_grad=True)
        y = x * x if x > 0 else x * -3
        y.backward()
        observe(f"the gradient at {value}", x.grad, documented=expected)


@scenario("GPH-11", needs=["GPH-03"])
def an_in_place_op_replaces_the_grad_fn(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    y = torch.exp(w)
    before = y.grad_fn
    y.add_(1)
    observe("another node", y.grad_fn is not before, documented=True)
    observe("which comes before the old one", y.grad_fn.next_functions[0][0] is before, documented=True)
    observe("its name", y.grad_fn.name())


@scenario("GPH-12", needs=["GPH-01"])
def a_gradient_edge_is_a_node_and_the_number_of_its_output(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    y = w * 2
    edge = torch.autograd.graph.get_gradient_edge(y)
    observe("the node is the grad_fn", edge.node is y.grad_fn, documented=True)
    observe("the output", edge.output_nr, documented=0)
    of_leaf = torch.autograd.graph.get_gradient_edge(w)
    observe("of a leaf: the node that accumulates into it", of_leaf.node.variable is w, documented=True)
    observe("the output of that", of_leaf.output_nr, documented=0)


@scenario("GPH-12/refused", needs=["GPH-12"])
def a_tensor_without_requires_grad_has_no_gradient_edge(torch, observe):
    with observe.raises("get_gradient_edge", RuntimeError, saying="require"):
        torch.autograd.graph.get_gradient_edge(torch.tensor([1.0, 2.0]))


class Token:
    """Something that a graph may hold and that says when it is gone."""


@scenario("GPH-13", needs=["BWD-01"])
def the_graph_lives_as_long_as_its_output(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    hidden = w * 2
    token = Token()
    alive = weakref.ref(token)
    hidden.register_hook(lambda gradient, held=token: None)
    loss = torch.sum(hidden)
    del hidden, token
    gc.collect()
    observe("while the output lives, so does what the graph holds", alive() is not None, documented=True)
    del loss
    gc.collect()
    observe("without the output it is gone, though the leaf lives", alive() is None, documented=True)
    observe("the leaf", w, documented=[1.0, 2.0])


@scenario("GPH-13/saved-tensors", needs=["GPH-13", "BWD-11"])
def a_backward_frees_the_tensors_that_the_graph_has_saved(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    constant = torch.tensor([3.0, 4.0])
    alive = weakref.ref(constant)
    loss = torch.sum(w * constant)
    loss.backward()
    del constant
    gc.collect()
    observe("the constant is gone, though the output lives", alive() is None, documented=True)
    observe("the output", loss, documented=11.0)


@scenario("GPH-03/of-a-constant", needs=["GPH-03"])
def a_constant_has_no_node_and_the_index_zero(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    node, index = (x * torch.tensor([3.0, 4.0])).grad_fn.next_functions[1]
    observe("the node", node, documented=None)
    observe("the index", index)


@scenario("GPH-06/no-such-name", needs=["GPH-06"])
def a_node_has_no_attribute_for_what_its_operation_never_saves(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with observe.raises("reading it", AttributeError):
        _ = x.exp().grad_fn._saved_nonsense
    observe("hasattr", hasattr(x.exp().grad_fn, "_saved_nonsense"), documented=False)


@scenario("GPH-01/no-such-name", needs=["GPH-01"])
def the_namespaces_have_no_names_of_anything(torch, observe):
    observe("torch.autograd.graph", hasattr(torch.autograd.graph, "nothing_of_the_kind"), documented=False)
    observe("torch.autograd", hasattr(torch.autograd, "nothing_of_the_kind"), documented=False)
    observe("torch.optim", hasattr(torch.optim, "nothing_of_the_kind"), documented=False)
    observe("torch.optim.swa_utils", hasattr(torch.optim.swa_utils, "AveragedModel"), documented=True)


@scenario("GPH-17", needs=["GPH-01"])
def a_node_can_be_called_with_a_gradient(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    node = (x * x).grad_fn
    node.register_hook(lambda grads, outputs: observe("a hook runs", True))
    found = node(torch.tensor([1.0, 10.0]))
    observe("the gradients of both inputs", list(found))
    observe("they are in the graph", found[0].requires_grad)
    observe("of one input: no tuple", torch.exp(x).grad_fn(torch.tensor([0.0, 0.0])))
    observe("nothing is accumulated", x.grad)
    observe("of None", list(node(None)))


@scenario("GPH-17/refused", needs=["GPH-17"])
def a_node_takes_as_many_tensors_as_it_has_outputs(torch, observe):
    node = (torch.tensor([1.0, 2.0], requires_grad=True) * 3).grad_fn
    with observe.raises("none", TypeError):
        node()
    with observe.raises("two", TypeError):
        node(torch.ones(2), torch.ones(2))
    with observe.raises("a number", TypeError, saying="argument 0"):
        node(3)


@scenario("GPH-17/accumulating", needs=["GPH-17"])
def calling_the_node_of_a_leaf_accumulates(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    node = (x * 3).grad_fn.next_functions[0][0]
    node(torch.tensor([5.0, 6.0]))
    observe("the gradient", x.grad)
