"""Hooks on nodes of the graph, and the order in which hooks of all kinds run."""

from conformance.scenario import scenario


@scenario("HKS-18")
def a_node_hook_may_replace_the_gradients_of_the_nodes_inputs(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = a.clone()
    seen = []

    def halve(grad_inputs, grad_outputs):
        seen.append([[g.tolist() for g in grad_inputs], [g.tolist() for g in grad_outputs]])
        return (grad_outputs[0] / 2,)

    handle = b.grad_fn.register_hook(halve)
    b.sum().backward(retain_graph=True)
    observe("what it received", seen, documented=[[[[1.0, 1.0]], [[1.0, 1.0]]]])
    observe("the gradient with the hook", a.grad, documented=[0.5, 0.5])
    handle.remove()
    a.grad = None
    b.sum().backward()
    observe("the gradient without it", a.grad, documented=[1.0, 1.0])


@scenario("HKS-18/several-inputs", needs=["HKS-18"])
def a_node_hook_sees_one_gradient_for_each_input_and_none_where_none_is_needed(torch, observe):
    a = torch.tensor([2.0], requires_grad=True)
    b = torch.tensor([3.0])
    seen = []
    y = a * b
    y.grad_fn.register_hook(lambda grad_inputs, grad_outputs: seen.append([list(grad_inputs), list(grad_outputs)]))
    (y * 10).sum().backward()
    observe("the gradients of the inputs", seen[0][0], documented=[[30.0], None])
    observe("the gradients of the outputs", seen[0][1], documented=[[10.0]])


@scenario("HKS-18/several", needs=["HKS-18"])
def node_hooks_run_in_order_and_see_earlier_replacements(torch, observe):
    a = torch.tensor([1.0], requires_grad=True)
    y = a * 3
    seen = []

    def add_one(grad_inputs, grad_outputs):
        return (grad_inputs[0] + 1, *grad_inputs[1:])

    y.grad_fn.register_hook(add_one)
    y.grad_fn.register_hook(lambda grad_inputs, grad_outputs: seen.append(grad_inputs[0].item()))
    y.sum().backward()
    observe("the second hook received", seen, documented=[4.0])
    observe("the gradient", a.grad, documented=[4.0])


@scenario("HKS-18/wrong-number", needs=["HKS-18"])
def a_node_hook_must_return_as_many_gradients_as_it_got(torch, observe):
    a = torch.tensor([1.0], requires_grad=True)
    y = a.clone()
    y.grad_fn.register_hook(lambda grad_inputs, grad_outputs: (grad_inputs[0], grad_inputs[0]))
    with observe.raises("backward", RuntimeError, saying="number"):
        y.sum().backward()


@scenario("HKS-19")
def a_node_prehook_may_replace_the_gradients_of_the_nodes_outputs(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = a * 3
    seen = []

    def double(grad_outputs):
        seen.append([g.tolist() for g in grad_outputs])
        return (grad_outputs[0] * 2,)

    handle = b.grad_fn.register_prehook(double)
    b.sum().backward(retain_graph=True)
    observe("what it received", seen, documented=[[[1.0, 1.0]]])
    observe("the gradient with the hook", a.grad, documented=[6.0, 6.0])
    handle.remove()
    a.grad = None
    b.sum().backward()
    observe("the gradient without it", a.grad, documented=[3.0, 3.0])


@scenario("HKS-19/summed", needs=["HKS-19"])
def a_node_prehook_receives_the_summed_gradient_once(torch, observe):
    a = torch.tensor([1.0], requires_grad=True)
    b = a * 2
    seen = []
    b.grad_fn.register_prehook(lambda grad_outputs: seen.append(grad_outputs[0].item()))
    (b * 3 + b * 4).sum().backward()
    observe("what it received", seen, documented=[7.0])


@scenario("HKS-19/wrong-number", needs=["HKS-19"])
def a_node_prehook_must_return_as_many_gradients_as_it_got(torch, observe):
    a = torch.tensor([1.0], requires_grad=True)
    b = a * 2
    b.grad_fn.register_prehook(lambda grad_outputs: (grad_outputs[0], grad_outputs[0]))
    with observe.raises("backward", RuntimeError, saying="number"):
        b.sum().backward()


@scenario("HKS-19/accumulate-grad", needs=["HKS-19", "HKS-18"])
def hooks_may_be_registered_on_a_leafs_accumulating_node(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    node = y.grad_fn.next_functions[0][0]
    log = []

    def before(grad_outputs):
        log.append(["prehook", x.grad is None])
        return (grad_outputs[0] * 10,)

    node.register_prehook(before)
    node.register_hook(lambda grad_inputs, grad_outputs: log.append(["hook", len(grad_inputs), x.grad.tolist()]))
    y.sum().backward()
    observe("what ran", log, documented=[["prehook", True], ["hook", 0, [30.0, 30.0]]])
    observe("the gradient", x.grad, documented=[30.0, 30.0])


@scenario("HKS-17", needs=["HKS-18", "HKS-19", "HKS-01"])
def on_an_intermediate_tensor_hooks_come_before_node_prehooks_and_node_hooks_last(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    y = x * 2
    log = []
    y.grad_fn.register_hook(lambda grad_inputs, grad_outputs: log.append("node hook"))
    y.grad_fn.register_prehook(lambda grad_outputs: log.append("node prehook"))
    y.register_hook(lambda grad: log.append("tensor hook"))
    x.register_hook(lambda grad: log.append("the leaf's tensor hook"))
    y.sum().backward()
    observe(
        "the order, whatever the registration",
        log,
        documented=["tensor hook", "node prehook", "node hook", "the leaf's tensor hook"],
    )


@scenario("HKS-17/on-a-leaf", needs=["HKS-17", "HKS-14"])
def on_a_leaf_the_post_accumulate_hook_comes_before_the_nodes_hook(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    y = x * 2
    node = y.grad_fn.next_functions[0][0]
    log = []
    node.register_hook(lambda grad_inputs, grad_outputs: log.append("node hook"))
    x.register_post_accumulate_grad_hook(lambda param: log.append("post-accumulate hook"))
    node.register_prehook(lambda grad_outputs: log.append("node prehook"))
    x.register_hook(lambda grad: log.append("tensor hook"))
    y.sum().backward()
    observe(
        "the order, whatever the registration",
        log,
        documented=["tensor hook", "node prehook", "post-accumulate hook", "node hook"],
    )


@scenario("HKS-17/retained-gradient", needs=["HKS-17"])
def the_retained_gradient_is_that_after_all_hooks_before_the_node(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    y = x * 2
    y.retain_grad()
    y.register_hook(lambda grad: grad * 10)
    y.grad_fn.register_prehook(lambda grad_outputs: (grad_outputs[0] * 100,))
    y.sum().backward()
    observe("the leaf's gradient", x.grad, documented=[2000.0])
    observe("the retained gradient", y.grad, documented=[1000.0])


@scenario("HKS-17/tensor-hook-feeds-prehook", needs=["HKS-17"])
def a_tensor_hooks_replacement_is_what_the_node_prehook_receives(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    y = x * 2
    seen = []
    y.grad_fn.register_prehook(lambda grad_outputs: seen.append(grad_outputs[0].item()))
    y.register_hook(lambda grad: grad * 10)
    y.sum().backward()
    observe("the prehook received", seen, documented=[10.0])


@scenario("HKS-17/hooks-under-inputs", needs=["HKS-17"])
def with_inputs_only_the_tensor_hooks_of_the_requested_tensor_run(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    y = x * 2
    z = y * 3
    log = []
    y.grad_fn.register_prehook(lambda grad_outputs: log.append("node prehook"))
    y.grad_fn.register_hook(lambda grad_inputs, grad_outputs: log.append("node hook"))
    y.register_hook(lambda grad: log.append("tensor hook"))
    torch.autograd.grad(z.sum(), y)
    observe("what ran", log)


@scenario("HKS-30", needs=["HKS-18"])
def nodes_run_in_reverse_order_of_their_creation(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    log = []
    tensors = {}
    tensors["first"] = x * 1
    tensors["second"] = x * 2
    tensors["third"] = tensors["first"] * 3
    for name, tensor in tensors.items():
        tensor.grad_fn.register_hook(lambda grad_inputs, grad_outputs, name=name: log.append(name))
    (tensors["second"] + tensors["third"]).sum().backward()
    observe("the order", log)


@scenario("HKS-19/of-another-shape", needs=["HKS-19"])
def a_replacement_of_another_shape_is_refused_before_the_node_runs(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    three = torch.ones(3)
    y.grad_fn.register_prehook(lambda grad_outputs: (three,))
    with observe.raises("backward", RuntimeError, saying="size"):
        y.sum().backward()


@scenario("HKS-18/of-another-shape", needs=["HKS-18"])
def a_replacement_of_another_shape_is_refused_after_the_node_ran(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    three = torch.ones(3)
    y.grad_fn.register_hook(lambda grad_inputs, grad_outputs: (three, *grad_inputs[1:]))
    with observe.raises("backward", RuntimeError, saying="size"):
        y.sum().backward()


@scenario("HKS-18/of-another-dtype", needs=["HKS-18"])
def a_replacement_of_another_dtype_is_refused(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.grad_fn.register_hook(lambda grad_inputs, grad_outputs: (torch.ones(2, dtype=torch.int64), *grad_inputs[1:]))
    with observe.raises("backward", RuntimeError, saying="type"):
        y.sum().backward()


@scenario("HKS-18/too-few", needs=["HKS-18"])
def as_many_gradients_must_be_returned(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * torch.tensor([3.0, 4.0])
    y.grad_fn.register_hook(lambda grad_inputs, grad_outputs: (grad_inputs[0],))
    with observe.raises("backward", RuntimeError):
        y.sum().backward()


@scenario("HKS-18/no-tuple", needs=["HKS-18"])
def what_is_no_tuple_is_refused(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.grad_fn.register_hook(lambda grad_inputs, grad_outputs: [grad_inputs[0], None])
    with observe.raises("backward"):
        y.sum().backward()


@scenario("HKS-18/none", needs=["HKS-18"])
def a_gradient_may_be_replaced_by_none(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = torch.tensor([3.0, 4.0], requires_grad=True)
    y = a * b
    y.grad_fn.register_hook(lambda grad_inputs, grad_outputs: (None, grad_inputs[1] * 10))
    y.sum().backward()
    observe("of the one", a.grad)
    observe("of the other", b.grad, documented=[10.0, 20.0])


@scenario("HKS-18/constant", needs=["HKS-18"])
def a_constant_has_the_gradient_none(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    seen = []
    y = a * torch.tensor([3.0, 4.0])

    def keep(grad_inputs, grad_outputs):
        seen.append(list(grad_inputs))
        return (grad_inputs[0] * 2, None)

    y.grad_fn.register_hook(keep)
    y.sum().backward()
    observe("what the hook got", seen[0], documented=[[3.0, 4.0], None])
    observe("the gradient", a.grad, documented=[6.0, 8.0])


@scenario("HKS-18/under-create-graph", needs=["HKS-18", "BWD-20"])
def a_replacement_is_differentiated_through_under_create_graph(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x**3
    y.grad_fn.register_hook(lambda grad_inputs, grad_outputs: (grad_inputs[0] * 2,))
    (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    observe("twice the derivative", first.detach(), documented=[6.0, 24.0])
    (second,) = torch.autograd.grad(first.sum(), x)
    observe("its derivative", second, documented=[12.0, 24.0])


@scenario("HKS-18/several-outputs", needs=["HKS-18"], cases={"plain": False, "under-create-graph": True})
def a_node_of_several_outputs_gets_a_gradient_for_each(torch, observe, create_graph):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    first, second = y.unbind()
    seen = []

    def keep(grad_inputs, grad_outputs):
        seen.append([grad.detach() for grad in grad_outputs])
        return (grad_inputs[0] * 10,)

    first.grad_fn.register_hook(keep)
    (grad,) = torch.autograd.grad(3 * first + 5 * second, x, create_graph=create_graph)
    observe("what the hook got", seen[0], documented=[3.0, 5.0])
    observe("the gradient", grad.detach(), documented=[60.0, 200.0])
    observe("it is recorded", grad.requires_grad, documented=create_graph)


@scenario("HKS-19/several-outputs", needs=["HKS-19"], cases={"plain": False, "under-create-graph": True})
def a_pre_hook_of_several_outputs_replaces_each(torch, observe, create_graph):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    first, second = (x * x).unbind()
    first.grad_fn.register_prehook(lambda grad_outputs: (grad_outputs[0] * 10, grad_outputs[1] * 100))
    (grad,) = torch.autograd.grad(first + second, x, create_graph=create_graph)
    observe("the gradient", grad.detach(), documented=[20.0, 400.0])
    observe("it is recorded", grad.requires_grad, documented=create_graph)


REGISTER = {
    "tensor": lambda y, gradient: y.register_hook(lambda _: gradient),
    "prehook": lambda y, gradient: y.grad_fn.register_prehook(lambda _: (gradient,)),
    "hook": lambda y, gradient: y.grad_fn.register_hook(lambda *_: (gradient, None)),
}


@scenario("HKS-10/where-there-is-none", cases=REGISTER, needs=["HKS-10", "HKS-18", "HKS-19"])
def a_hook_may_not_put_a_gradient_where_there_is_none(torch, observe, register):
    class Constant(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.clone()

        @staticmethod
        def backward(ctx, gradient):
            return None

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x + 1
    register(y, torch.ones(2))
    with observe.raises("backward", RuntimeError, saying="None"):
        torch.sum(Constant.apply(y)).backward()
    observe("the gradient", x.grad)


@scenario("HKS-18/no-tensor", needs=["HKS-18"])
def a_node_hook_that_returns_a_number_for_a_gradient(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.grad_fn.register_hook(lambda inputs, outputs: (3, *inputs[1:]))
    with observe.raises("backward", TypeError, saying="int"):
        torch.sum(y).backward()
