"""torch.autograd.grad: gradients as a result, with every .grad left alone."""

from conformance.scenario import scenario


@scenario("GRD-01", needs=["BWD-01"])
def grad_returns_a_tuple_in_the_order_of_the_inputs(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = torch.tensor([3.0, 4.0], requires_grad=True)
    grads = torch.autograd.grad(torch.sum(a * b * b), [b, a])
    observe("it is a tuple", isinstance(grads, tuple), documented=True)
    observe("the gradient of b, the first input", grads[0], documented=[6.0, 16.0])
    observe("the gradient of a, the second", grads[1], documented=[9.0, 16.0])


@scenario("GRD-01/leaves-grad-alone", needs=["GRD-01", "ACC-02"])
def grad_leaves_every_grad_attribute_alone(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = torch.tensor([3.0, 4.0], requires_grad=True)
    torch.sum(a * 3).backward()
    torch.autograd.grad(torch.sum(a * b), [a, b])
    observe("a leaf that had a gradient", a.grad, documented=[3.0, 3.0])
    observe("one that had none", b.grad, documented=None)


@scenario("GRD-02", needs=["GRD-01"])
def a_single_tensor_may_be_given_for_outputs_and_inputs(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    for how, outputs, inputs in (
        ("two tensors", torch.sum(a * a), a),
        ("a tuple of outputs", (torch.sum(a * a),), a),
        ("a list of inputs", torch.sum(a * a), [a]),
    ):
        grads = torch.autograd.grad(outputs, inputs)
        observe(f"given {how}: it is a tuple", isinstance(grads, tuple), documented=True)
        observe(f"given {how}: what it holds", list(grads), documented=[[2.0, 4.0]])


@scenario("GRD-03", needs=["GRD-01"])
def an_input_that_is_not_used_is_refused(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    unused = torch.tensor([3.0, 4.0], requires_grad=True)
    with observe.raises("an unused input alone", RuntimeError, saying="allow_unused"):
        torch.autograd.grad(torch.sum(a * a), unused)
    with observe.raises("beside one that is used", RuntimeError, saying="allow_unused"):
        torch.autograd.grad(torch.sum(a * a), [a, unused])


@scenario("GRD-04", needs=["GRD-01"])
def allow_unused_gives_none_for_an_unused_input(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    unused = torch.tensor([3.0, 4.0], requires_grad=True)
    grads = torch.autograd.grad(torch.sum(a * a), [unused, a], allow_unused=True)
    observe("the unused input", grads[0], documented=None)
    observe("the used one", grads[1], documented=[2.0, 4.0])


@scenario("GRD-05", needs=["GRD-04"])
def materialize_grads_gives_zeros_for_an_unused_input(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    unused = torch.tensor([[3.0, 4.0, 5.0]], requires_grad=True)
    grads = torch.autograd.grad(torch.sum(a * a), [unused, a], materialize_grads=True)
    observe("the unused input", grads[0], documented=[[0.0, 0.0, 0.0]])
    observe("the used one", grads[1], documented=[2.0, 4.0])
    grads = torch.autograd.grad(torch.sum(a * a), unused, materialize_grads=True, allow_unused=True)
    observe("with allow_unused=True", grads[0], documented=[[0.0, 0.0, 0.0]])


@scenario("GRD-06", needs=["GRD-05"])
def materialize_grads_without_allow_unused_is_refused(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    with observe.raises("the two together", ValueError, saying=("allow_unused", "materialize_grads")):
        torch.autograd.grad(torch.sum(a * a), a, materialize_grads=True, allow_unused=False)


@scenario("GRD-07", needs=["GRD-01"])
def an_input_that_does_not_require_grad_is_refused(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    frozen = torch.tensor([3.0, 4.0])
    with observe.raises("by default", RuntimeError, saying="require grad"):
        torch.autograd.grad(torch.sum(a * frozen), frozen)
    with observe.raises("even with allow_unused", RuntimeError, saying="require grad"):
        torch.autograd.grad(torch.sum(a * frozen), [a, frozen], allow_unused=True)


@scenario("GRD-08", needs=["GRD-01"])
def an_input_may_be_a_non_leaf(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    y = a * 3
    loss = torch.sum(y * y)
    observe("the non-leaf alone", torch.autograd.grad(loss, y, retain_graph=True)[0], documented=[6.0, 12.0])
    observe(
        "the non-leaf and its leaf",
        list(torch.autograd.grad(loss, [y, a])),
        documented=[[6.0, 12.0], [18.0, 36.0]],
    )


@scenario("GRD-08/with-two-uses", needs=["GRD-08"])
def the_gradient_of_a_non_leaf_is_the_sum_over_its_uses(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    y = a * 3
    loss = torch.sum(y * y) + torch.sum(y * 5)
    observe("the gradient", torch.autograd.grad(loss, y)[0], documented=[11.0, 17.0])


@scenario("GRD-09", needs=["GRD-08"])
def the_gradient_of_an_output_in_itself_is_one(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    y = torch.sum(a * a)
    observe("a scalar in itself", torch.autograd.grad(y, y)[0], documented=1.0)
    observe("a leaf in itself", torch.autograd.grad(a, a, torch.ones(2))[0], documented=[1.0, 1.0])


@scenario("GRD-09/and-below", needs=["GRD-09"])
def an_output_and_a_leaf_below_it_may_both_be_inputs(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    y = torch.sum(a * a)
    observe("both gradients", list(torch.autograd.grad(y, [y, a])), documented=[1.0, [2.0, 4.0]])


AFTER_THE_FACT = {
    "view": lambda y: y.view(2),
    "alias": lambda y: y[:],
    "clone": lambda y: y.clone(),
    "slice": lambda y: y[0],
}


@scenario("GRD-10", cases=AFTER_THE_FACT, needs=["GRD-03", "GRD-08"])
def what_is_made_of_an_intermediate_afterwards_is_no_part_of_the_graph(torch, observe, make):
    y = torch.tensor([1.0, 2.0], requires_grad=True) * 3
    loss = torch.sum(y * y)
    afterwards = make(y)
    with observe.raises("asking for its gradient", RuntimeError, saying="allow_unused"):
        torch.autograd.grad(loss, afterwards)


@scenario("GRD-11", needs=["GRD-01", "BWD-11"])
def a_second_grad_without_retain_graph_is_refused(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = torch.sum(a * a)
    torch.autograd.grad(loss, a)
    with observe.raises("a second call", RuntimeError, saying="retain_graph"):
        torch.autograd.grad(loss, a)


@scenario("GRD-11/retained", needs=["GRD-11"])
def a_retained_graph_can_be_asked_again(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = torch.sum(a * a)
    observe("the first", torch.autograd.grad(loss, a, retain_graph=True)[0], documented=[2.0, 4.0])
    observe("the second, which adds nothing up", torch.autograd.grad(loss, a)[0], documented=[2.0, 4.0])


@scenario("GRD-11/create-graph", needs=["GRD-11", "GRD-16"])
def retain_graph_of_grad_defaults_to_create_graph(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = torch.sum(a * a)
    torch.autograd.grad(loss, a, create_graph=True)
    observe("a second call", torch.autograd.grad(loss, a)[0], documented=[2.0, 4.0])


@scenario("GRD-12", needs=["GRD-01"])
def the_gradients_of_several_outputs_are_summed(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    grads = torch.autograd.grad([torch.sum(a * a), torch.sum(a * 3)], a)
    observe("the gradient", grads[0], documented=[5.0, 7.0])


@scenario("GRD-13", needs=["GRD-01"])
def outputs_of_several_elements_need_grad_outputs(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    with observe.raises("without grad_outputs", RuntimeError, saying="scalar"):
        torch.autograd.grad(a * a, a)
    grads = torch.autograd.grad(a * a, a, grad_outputs=torch.tensor([1.0, 10.0]))
    observe("with grad_outputs", grads[0], documented=[2.0, 40.0])


@scenario("GRD-13/mixed", needs=["GRD-12", "GRD-13"])
def grad_outputs_may_hold_none_for_a_scalar_output(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    grads = torch.autograd.grad([torch.sum(a * a), a * 3], a, [None, torch.tensor([1.0, 10.0])])
    observe("the gradient", grads[0], documented=[5.0, 34.0])


@scenario("GRD-13/lengths-and-shapes", needs=["GRD-13"])
def grad_outputs_have_to_match_the_outputs(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    with observe.raises("two outputs and one gradient", RuntimeError, saying="2"):
        torch.autograd.grad([a * 2, a * 3], a, [torch.ones(2)])
    with observe.raises("a gradient of another shape", RuntimeError, saying="shape"):
        torch.autograd.grad(a * 2, a, torch.ones(1))


@scenario("GRD-14", needs=["GRD-13"])
def batched_grad_outputs_give_a_batch_of_vector_jacobian_products(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    vectors = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 10.0]])
    grads = torch.autograd.grad(a * a, a, vectors, is_grads_batched=True)
    observe("one row a vector", grads[0], documented=[[2.0, 0.0], [0.0, 4.0], [2.0, 40.0]])


@scenario("GRD-14/freed", needs=["GRD-14"])
def a_batch_of_gradients_frees_the_graph_like_one(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    squares = a * a
    grads = torch.autograd.grad(squares, a, torch.tensor([[1.0, 10.0]]), is_grads_batched=True)
    observe("a batch of one", grads[0], documented=[[2.0, 40.0]])
    with observe.raises("once more", RuntimeError, saying="second time"):
        torch.autograd.grad(squares, a, torch.ones(2))


@scenario("GRD-14/jacobian", needs=["GRD-14"])
def a_batch_of_unit_vectors_gives_the_jacobian(torch, observe):
    x = torch.tensor([1.0, 1.0], requires_grad=True)
    y = torch.mv(torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), x)
    grads = torch.autograd.grad(y, x, torch.eye(3), is_grads_batched=True)
    observe("the Jacobian", grads[0], documented=[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])


@scenario("GRD-15", needs=["GRD-01"])
def only_inputs_is_deprecated_and_ignored(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = torch.tensor([3.0, 4.0], requires_grad=True)
    with observe.warns("only_inputs=False", FutureWarning, saying="only_inputs"):
        grads = torch.autograd.grad(torch.sum(a * b), a, only_inputs=False)
    observe("the gradient", grads[0], documented=[3.0, 4.0])
    observe("the other leaf's gradient", b.grad, documented=None)


@scenario("GRD-15/by-default", needs=["GRD-15"])
def grad_warns_of_nothing_by_default(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    with observe.warns("warnings"):
        torch.autograd.grad(torch.sum(a * a), a)


@scenario("GRD-16", needs=["GRD-01"])
def under_create_graph_the_result_can_be_differentiated(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    (first,) = torch.autograd.grad(torch.sum(a * a * a), a, create_graph=True)
    observe("the first derivative, 3a^2", first, documented=[3.0, 12.0])
    observe("requires_grad", first.requires_grad, documented=True)
    (second,) = torch.autograd.grad(torch.sum(first), a)
    observe("the second, 6a", second, documented=[6.0, 12.0])
    observe("requires_grad of the second, made without create_graph", second.requires_grad, documented=False)


@scenario("GRD-17", needs=["GRD-01"])
def an_input_listed_twice_gets_its_gradient_twice(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    grads = torch.autograd.grad(torch.sum(a * a), [a, a])
    observe("the gradients", list(grads), documented=[[2.0, 4.0], [2.0, 4.0]])


@scenario("GRD-18", needs=["GRD-01"])
def a_dict_of_inputs_gives_a_dict(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = torch.tensor([3.0, 4.0], requires_grad=True)
    grads = torch.autograd.grad(torch.sum(a * b), {"second": b, "first": a})
    observe("the gradients", grads, documented={"second": [1.0, 2.0], "first": [3.0, 4.0]})


@scenario("GRD-18/unused", needs=["GRD-18", "GRD-04"])
def an_unused_input_in_a_dict_gives_none(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    unused = torch.tensor([3.0, 4.0], requires_grad=True)
    grads = torch.autograd.grad(torch.sum(a * a), {"used": a, "unused": unused}, allow_unused=True)
    observe("the gradients", grads, documented={"used": [2.0, 4.0], "unused": None})


@scenario("GRD-19", cases={"list": [], "tuple": ()}, needs=["GRD-01"])
def no_inputs_at_all_are_refused(torch, observe, inputs):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    with observe.raises("grad", RuntimeError, saying="inputs"):
        torch.autograd.grad(torch.sum(a * a), inputs)


@scenario("GRD-20", needs=["GRD-01"])
def a_hook_on_an_input_runs_and_its_replacement_is_returned(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    seen = []

    def tenfold(gradient):
        seen.append(gradient.clone())
        return gradient * 10

    a.register_hook(tenfold)
    grads = torch.autograd.grad(torch.sum(a * a), a)
    observe("what the hook saw", seen, documented=[[2.0, 4.0]])
    observe("what grad returns", grads[0], documented=[20.0, 40.0])


@scenario("GRD-20/non-leaf", needs=["GRD-20", "GRD-08"])
def a_hook_on_a_non_leaf_input_runs_too(torch, observe):
    y = torch.tensor([1.0, 2.0], requires_grad=True) * 3
    y.register_hook(lambda gradient: gradient * 10)
    observe("what grad returns", torch.autograd.grad(torch.sum(y * y), y)[0], documented=[60.0, 120.0])


@scenario("GRD-21", needs=["GRD-01"])
def a_post_accumulate_hook_does_not_run(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    calls = []
    a.register_post_accumulate_grad_hook(lambda leaf: calls.append(1))
    torch.autograd.grad(torch.sum(a * a), a)
    observe("calls after grad", len(calls), documented=0)
    torch.sum(a * a).backward()
    observe("calls after a backward", len(calls), documented=1)


@scenario("GRD-22", needs=["GRD-01"])
def a_gradient_edge_is_taken_for_an_input(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    y = a * 3
    edges = [torch.autograd.graph.get_gradient_edge(a), torch.autograd.graph.get_gradient_edge(y)]
    grads = torch.autograd.grad(torch.sum(y * y), edges)
    observe("the gradients of the leaf and the non-leaf", list(grads), documented=[[18.0, 36.0], [6.0, 12.0]])


@scenario("GRD-22/of-a-piece", needs=["GRD-22"])
def the_edge_of_one_of_several_outputs_is_taken_for_an_input(torch, observe):
    a = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    first, second = torch.unbind(a * 1)
    edge = torch.autograd.graph.get_gradient_edge(second)
    grads = torch.autograd.grad(torch.sum(first * 2 + second * 5), edge)
    observe("the second's gradient", grads[0], documented=[5.0, 5.0])


@scenario("GRD-22/output", needs=["GRD-22"])
def a_gradient_edge_is_taken_for_an_output(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    edge = torch.autograd.graph.get_gradient_edge(a * a)
    grads = torch.autograd.grad(edge, a, torch.tensor([1.0, 10.0]))
    observe("the gradient", grads[0], documented=[2.0, 40.0])


@scenario("GRD-23")
def an_output_that_does_not_require_grad_is_refused(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    with observe.raises("grad", RuntimeError, saying="require grad"):
        torch.autograd.grad(torch.sum(torch.tensor([1.0, 2.0])), a)


@scenario("GRD-24", needs=["GRD-01"])
def grad_does_not_reach_leaves_that_were_not_asked_for(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = torch.tensor([3.0, 4.0], requires_grad=True)
    calls = []
    b.register_hook(lambda gradient: calls.append(1))
    torch.autograd.grad(torch.sum(a * b), a)
    observe("calls of the other leaf's hook", len(calls), documented=0)


@scenario("GRD-24/non-leaf", needs=["GRD-24", "GRD-08"])
def grad_does_not_go_below_a_non_leaf_that_was_asked_for(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    y = torch.exp(a * 0.0)
    z = y * 2
    calls = []
    y.register_hook(lambda gradient: calls.append(1))
    observe("the gradient", torch.autograd.grad(torch.sum(z * z), z)[0], documented=[4.0, 4.0])
    observe("calls of a hook below it", len(calls), documented=0)
    torch.sum(y).backward()
    observe("what lies below was not freed", a.grad, documented=[0.0, 0.0])


@scenario("GRD-25", needs=["GRD-20/non-leaf"])
def a_hook_on_a_non_leaf_input_runs_when_a_leaf_below_it_is_an_input_too(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    y = a * 3
    y.register_hook(lambda gradient: gradient * 10)
    of_y, of_a = torch.autograd.grad(torch.sum(y * y), [y, a])
    observe("the gradient of the leaf, from what the hook returned", of_a, documented=[180.0, 360.0])
    observe("the gradient of the non-leaf", of_y, documented=[60.0, 120.0])


@scenario("GRD-07/no-tensor", needs=["GRD-07"])
def what_is_no_tensor_is_refused_as_an_input(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with observe.raises("grad"):
        torch.autograd.grad(x.sum(), [1.0])


@scenario("GRD-14/no-first-dimension", needs=["GRD-01"])
def batched_gradients_without_a_first_dimension_are_refused(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with observe.raises("a gradient without dimensions", IndexError):
        torch.autograd.grad(x.sum(), x, torch.tensor(1.0), is_grads_batched=True)
