"""register_post_accumulate_grad_hook and register_multi_grad_hook."""

import threading

from conformance.scenario import scenario


@scenario("HKS-14", needs=["HKS-01/on-a-leaf"])
def a_post_accumulate_hook_receives_the_leaf_with_its_new_gradient(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    seen = []

    def look(param):
        seen.append([param is x, param.grad.tolist()])

    x.register_post_accumulate_grad_hook(look)
    (x * 3).sum().backward()
    (x * 3).sum().backward()
    observe(
        "what the hook received: the leaf itself, with the accumulated gradient",
        seen,
        documented=[[True, [3.0, 3.0]], [True, [6.0, 6.0]]],
    )


@scenario("HKS-14/once", needs=["HKS-14"])
def a_post_accumulate_hook_runs_once_a_backward_however_often_the_leaf_is_used(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    calls = []
    x.register_post_accumulate_grad_hook(lambda param: calls.append(param.grad.tolist()))
    (x * x + x * 3).sum().backward()
    observe("the calls", calls, documented=[[5.0, 7.0]])


@scenario("HKS-14/removed", needs=["HKS-14"])
def a_post_accumulate_hook_can_be_removed(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    calls = []
    handle = x.register_post_accumulate_grad_hook(lambda param: calls.append("call"))
    (x * 3).sum().backward()
    handle.remove()
    (x * 3).sum().backward()
    observe("the calls", calls, documented=["call"])


@scenario("HKS-14/not-under-grad", needs=["HKS-14"])
def a_post_accumulate_hook_does_not_run_under_autograd_grad(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    calls = []
    x.register_post_accumulate_grad_hook(lambda param: calls.append("call"))
    torch.autograd.grad((x * 3).sum(), x)
    observe("the calls", calls, documented=[])


@scenario("HKS-14/several", needs=["HKS-14"])
def post_accumulate_hooks_run_in_order(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    log = []
    x.register_post_accumulate_grad_hook(lambda param: log.append("first"))
    x.register_post_accumulate_grad_hook(lambda param: log.append("second"))
    x.register_hook(lambda grad: log.append("tensor hook"))
    (x * 3).sum().backward()
    observe("the order", log, documented=["tensor hook", "first", "second"])


@scenario("HKS-15", needs=["HKS-14"])
def a_post_accumulate_hook_may_update_the_leaf_in_place(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    modes = []

    def step(param):
        modes.append(torch.is_grad_enabled())
        param.add_(param.grad, alpha=-0.5)
        param.grad = None

    x.register_post_accumulate_grad_hook(step)
    (x * 4).sum().backward()
    observe("grad mode inside the hook", modes, documented=[False])
    observe("the leaf", x, documented=[-1.0, 0.0])
    observe("its gradient, set to None by the hook", x.grad, documented=None)


@scenario("HKS-15/create-graph", needs=["HKS-15"])
def a_post_accumulate_hook_runs_in_grad_mode_under_create_graph(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    modes = []
    x.register_post_accumulate_grad_hook(lambda param: modes.append(torch.is_grad_enabled()))
    (x * x).sum().backward(create_graph=True)
    observe("grad mode inside the hook", modes, documented=[True])
    x.grad = None  # the gradient and its graph refer to each other


@scenario("HKS-15/optimizer", needs=["HKS-15"])
def an_optimizer_step_may_be_fused_into_the_backward(torch, observe):
    w = torch.tensor([2.0], requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.5)

    def step(param):
        optimizer.step()
        optimizer.zero_grad()

    w.register_post_accumulate_grad_hook(step)
    for _ in range(2):
        (w * 2).sum().backward()
    observe("the parameter after two backwards", w, documented=[0.0])
    observe("its gradient", w.grad, documented=None)


@scenario("HKS-16")
def a_post_accumulate_hook_needs_a_leaf(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with observe.raises("on a non-leaf", RuntimeError, saying="leaf"):
        (x * 2).register_post_accumulate_grad_hook(lambda param: None)
    with observe.raises("on a plain tensor", RuntimeError, saying="require"):
        torch.tensor([1.0]).register_post_accumulate_grad_hook(lambda param: None)


@scenario("HKS-16/returned-value", needs=["HKS-14"])
def a_post_accumulate_hook_may_return_only_none(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.register_post_accumulate_grad_hook(lambda param: param.grad * 10)
    with observe.raises("backward", RuntimeError, saying="None"):
        (x * 3).sum().backward()


@scenario("HKS-20", needs=["HKS-01"])
def a_multi_grad_hook_receives_all_gradients_at_once(torch, observe):
    a = torch.tensor([1.0], requires_grad=True)
    b = torch.tensor([2.0], requires_grad=True)
    c = torch.tensor([3.0], requires_grad=True)
    calls = []
    torch.autograd.graph.register_multi_grad_hook([a, b, c], lambda grads: calls.append(list(grads)))
    (a * b * 5).sum().backward()
    observe("the calls, with None for the unused tensor", calls, documented=[[[10.0], [5.0], None]])


@scenario("HKS-20/after-the-last", needs=["HKS-20"])
def a_multi_grad_hook_runs_when_the_last_gradient_is_there(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    y = x * 2
    z = y * 3
    log = []
    for name, tensor in (("x", x), ("y", y), ("z", z)):
        tensor.register_hook(lambda grad, name=name: log.append(name))
    torch.autograd.graph.register_multi_grad_hook([y, z], lambda grads: log.append("multi"))
    z.sum().backward()
    observe("the order", log, documented=["z", "y", "multi", "x"])


@scenario("HKS-20/each-backward", needs=["HKS-20"])
def a_multi_grad_hook_runs_at_every_backward_until_it_is_removed(torch, observe):
    a = torch.tensor([1.0], requires_grad=True)
    b = torch.tensor([2.0], requires_grad=True)
    calls = []
    handle = torch.autograd.graph.register_multi_grad_hook([a, b], lambda grads: calls.append(list(grads)))
    for factor in (1.0, 2.0):
        (a * b * factor).sum().backward()
    handle.remove()
    (a * b).sum().backward()
    observe("the calls", calls, documented=[[[2.0], [1.0]], [[4.0], [2.0]]])


@scenario("HKS-21", needs=["HKS-20"])
def a_multi_grad_hook_in_mode_any_runs_once_with_the_first_gradient(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    y = x * 2
    z = y * 3
    calls = []
    torch.autograd.graph.register_multi_grad_hook([x, y, z], lambda grad: calls.append(grad.clone()), mode="any")
    (z * 5).sum().backward()
    observe("the calls", calls, documented=[[5.0]])


@scenario("HKS-21/each-backward", needs=["HKS-21"])
def in_mode_any_it_runs_once_for_each_backward(torch, observe):
    a = torch.tensor([1.0], requires_grad=True)
    b = torch.tensor([2.0], requires_grad=True)
    calls = []
    torch.autograd.graph.register_multi_grad_hook([a, b], lambda grad: calls.append("call"), mode="any")
    for _ in range(3):
        (a * b).sum().backward()
    observe("the number of calls", len(calls), documented=3)


@scenario("HKS-20/bad-mode", needs=["HKS-20"])
def a_multi_grad_hook_knows_only_the_modes_all_and_any(torch, observe):
    a = torch.tensor([1.0], requires_grad=True)
    with observe.raises("mode='some'", ValueError, saying=("mode", "some")):
        torch.autograd.graph.register_multi_grad_hook([a], lambda grads: None, mode="some")


@scenario("HKS-29", needs=["HKS-01"], devices="cpu")
def hooks_of_a_cpu_backward_run_in_the_thread_that_called_it(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    loss = (x * 2).sum()
    names = []
    x.register_hook(lambda grad: names.append(threading.current_thread().name))

    thread = threading.Thread(target=loss.backward, name="the calling thread")
    thread.start()
    thread.join()
    observe("where the hook ran", names, documented=["the calling thread"])
    observe("the gradient", x.grad, documented=[2.0])


@scenario("HKS-14/what-it-returns", needs=["HKS-14"], cases=["a-tensor", "a-number"])
def a_post_accumulate_hook_returns_nothing(torch, observe, case):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.register_post_accumulate_grad_hook(lambda leaf: leaf.detach() if case == "a-tensor" else 1.0)
    with observe.raises("backward", RuntimeError if case == "a-tensor" else TypeError):
        x.sum().backward()
