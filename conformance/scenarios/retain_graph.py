"""What a backward frees: saved tensors, and so which graphs can be run backward twice."""

from conformance.scenario import scenario


@scenario("BWD-11", needs=["BWD-01"])
def a_second_backward_through_saved_tensors_is_refused(torch, observe):
    w1 = torch.tensor([1.0, 2.0], requires_grad=True)
    w2 = torch.tensor([3.0, 4.0], requires_grad=True)
    loss = torch.mean(w1 * w2 + w1)
    loss.backward()
    observe("the gradient of w1", w1.grad, documented=[2.0, 2.5])
    observe("the gradient of w2", w2.grad, documented=[0.5, 1.0])
    with observe.raises("a second backward", RuntimeError, saying="retain_graph"):
        loss.backward()


@scenario("BWD-11/leaves-gradients-alone", needs=["BWD-11"])
def a_refused_backward_leaves_the_gradient_alone(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = torch.sum(torch.exp(w * 0.0))
    loss.backward()
    w.grad = torch.tensor([5.0, 6.0])
    with observe.raises("a second backward", RuntimeError, saying="retain_graph"):
        loss.backward()
    observe("the gradient after that", w.grad, documented=[5.0, 6.0])


@scenario("BWD-11/forward-again", needs=["BWD-11"])
def a_new_forward_builds_a_new_graph(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    for times in (1, 2, 3):
        torch.sum(w * w).backward()
        observe(f"after {times} forwards and backwards", w.grad, documented=[2.0 * times, 4.0 * times])


@scenario("BWD-11/by-autograd-grad", needs=["BWD-11"])
def autograd_grad_frees_the_graph_of_a_later_backward(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = torch.sum(w * w)
    torch.autograd.grad(loss, w)
    with observe.raises("a backward after it", RuntimeError, saying="retain_graph"):
        loss.backward()


@scenario("BWD-12/mean-of-a-leaf", needs=["ACC-02"])
def a_second_backward_through_the_mean_of_a_leaf_is_not_refused(torch, observe):
    w = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    loss = torch.mean(w)
    loss.backward()
    loss.backward()
    observe("the gradient", w.grad, documented=[2 / 3, 2 / 3, 2 / 3])


SAVES_NOTHING = {
    "add": lambda torch, x: torch.add(x, x),
    "add-a-number": lambda torch, x: x + 3,
    "add-a-tensor": lambda torch, x: x + torch.ones(2, 3),
    "sub": lambda torch, x: torch.sub(torch.ones(2, 3), x),
    "sub-from-a-number": lambda torch, x: 3 - x,
    "neg": lambda torch, x: torch.neg(x),
    "sum": lambda torch, x: torch.sum(x),
    "sum-of-a-dimension": lambda torch, x: torch.sum(x, 1),
    "mean": lambda torch, x: torch.mean(x),
    "mean-of-a-dimension": lambda torch, x: torch.mean(x, 0),
    "view": lambda torch, x: x.view(6),
    "reshape": lambda torch, x: x.reshape(3, 2),
    "flatten": lambda torch, x: torch.flatten(x),
    "t": lambda torch, x: x.t(),
    "transpose": lambda torch, x: x.transpose(0, 1),
    "permute": lambda torch, x: x.permute(1, 0),
    "expand": lambda torch, x: x.expand(4, 2, 3),
    "slice": lambda torch, x: x[:, 1:],
    "integer-index": lambda torch, x: x[0],
    "select": lambda torch, x: x.select(1, 2),
    "narrow": lambda torch, x: x.narrow(1, 0, 2),
    "unsqueeze": lambda torch, x: x.unsqueeze(0),
    "squeeze": lambda torch, x: x.squeeze(),
    "unbind": lambda torch, x: torch.unbind(x)[1],
    "split": lambda torch, x: torch.split(x, 2, 1)[0],
    "chunk": lambda torch, x: torch.chunk(x, 2, 1)[0],
    "diagonal": lambda torch, x: torch.diagonal(x),
    "cat": lambda torch, x: torch.cat([x, x]),
    "stack": lambda torch, x: torch.stack([x, x]),
    "clone": lambda torch, x: x.clone(),
    "repeat": lambda torch, x: x.repeat(2, 1),
    "flip": lambda torch, x: torch.flip(x, [1]),
    "roll": lambda torch, x: torch.roll(x, 1),
    "cumsum": lambda torch, x: torch.cumsum(x, 1),
    "dtype-cast": lambda torch, x: x.to(torch.float16),
    "pad": lambda torch, x: torch.nn.functional.pad(x, (1, 1)),
    "tril": lambda torch, x: torch.tril(x),
    "triu": lambda torch, x: torch.triu(x),
    "floor": lambda torch, x: torch.floor(x),
    "round": lambda torch, x: torch.round(x),
    "sign": lambda torch, x: torch.sign(x),
}


@scenario("BWD-12", cases=SAVES_NOTHING, needs=["ACC-02", "BWD-06"])
def an_op_that_saves_nothing_can_be_run_backward_twice(torch, observe, op):
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    y = op(torch, x)
    y.backward(torch.ones_like(y))
    once = x.grad.clone()
    y.backward(torch.ones_like(y))
    observe("the second backward adds the same again", torch.equal(x.grad, once + once), documented=True)
    observe("the gradient", x.grad)


@scenario("BWD-12/chain", needs=["BWD-12/add-a-number", "BWD-12/sum"])
def a_chain_of_ops_that_save_nothing_can_be_run_backward_twice(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = torch.sum((-(x + 1)).clone())
    loss.backward()
    loss.backward()
    observe("the gradient", x.grad, documented=[-2.0, -2.0])


@scenario("BWD-12/a-leaf", needs=["ACC-30"])
def backward_of_a_leaf_can_be_repeated(torch, observe):
    x = torch.tensor(2.0, requires_grad=True)
    for _ in range(3):
        x.backward()
    observe("the gradient", x.grad, documented=3.0)


WITH_A_NUMBER = {
    "mul": lambda x: x * 3,
    "rmul": lambda x: 3 * x,
    "div": lambda x: x / 2,
    "rdiv": lambda x: 2 / x,
    "pow": lambda x: x**2,
}


@scenario("BWD-13", cases=WITH_A_NUMBER, needs=["BWD-11"])
def an_op_that_saves_a_number_refuses_a_second_backward(torch, observe, op):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = torch.sum(op(x))
    loss.backward()
    observe("the gradient", x.grad)
    with observe.raises("a second backward", RuntimeError, saying="retain_graph"):
        loss.backward()


SAVES = {
    "mul": lambda torch, x: x * x,
    "div": lambda torch, x: x / torch.tensor([[2.0, 4.0], [8.0, 16.0]]),
    "pow": lambda torch, x: torch.pow(x, 3),
    "pow-tensor": lambda torch, x: torch.pow(x, x),
    "exp": lambda torch, x: torch.exp(x),
    "log": lambda torch, x: torch.log(x),
    "sin": lambda torch, x: torch.sin(x),
    "cos": lambda torch, x: torch.cos(x),
    "tanh": lambda torch, x: torch.tanh(x),
    "sigmoid": lambda torch, x: torch.sigmoid(x),
    "relu": lambda torch, x: torch.relu(x),
    "abs": lambda torch, x: torch.abs(x),
    "sqrt": lambda torch, x: torch.sqrt(x),
    "reciprocal": lambda torch, x: torch.reciprocal(x),
    "matmul": lambda torch, x: torch.matmul(x, x),
    "mv": lambda torch, x: torch.mv(x, torch.tensor([1.0, 2.0])),
    "softmax": lambda torch, x: torch.softmax(x, 0),
    "log_softmax": lambda torch, x: torch.log_softmax(x, 0),
    "max": lambda torch, x: torch.max(x),
    "max-of-a-dimension": lambda torch, x: torch.max(x, 0)[0],
    "maximum": lambda torch, x: torch.maximum(x, torch.tensor([[2.0, 2.0], [2.0, 2.0]])),
    "prod": lambda torch, x: torch.prod(x),
    "norm": lambda torch, x: torch.norm(x),
    "var": lambda torch, x: torch.var(x),
    "std": lambda torch, x: torch.std(x),
    "logsumexp": lambda torch, x: torch.logsumexp(x, 0),
    "sort": lambda torch, x: torch.sort(x)[0],
    "cumprod": lambda torch, x: torch.cumprod(x, 0),
    "gather": lambda torch, x: torch.gather(x, 0, torch.tensor([[0, 0], [1, 1]])),
    "integer-array-index": lambda torch, x: x[torch.tensor([0, 1, 0])],
    "mask-index": lambda torch, x: x[torch.tensor([True, False])],
    "index_select": lambda torch, x: torch.index_select(x, 0, torch.tensor([0, 0])),
    "where": lambda torch, x: torch.where(torch.tensor([True, False]), x, torch.zeros(2, 2)),
    "clamp": lambda torch, x: torch.clamp(x, 1.5, 3.5),
    "masked_fill": lambda torch, x: x.masked_fill(torch.tensor([True, False]), 0.0),
}


@scenario("BWD-14", cases=SAVES, needs=["BWD-11", "BWD-06"])
def an_op_that_saves_a_tensor_refuses_a_second_backward(torch, observe, op):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = op(torch, x)
    y.backward(torch.ones_like(y))
    once = x.grad.clone()
    with observe.raises("a second backward", RuntimeError, saying="retain_graph"):
        y.backward(torch.ones_like(y))
    observe("the gradient is that of the first", torch.equal(x.grad, once), documented=True)


@scenario("BWD-14/retained", cases=SAVES, needs=["BWD-16", "BWD-06"])
def with_retain_graph_such_an_op_can_be_run_backward_twice(torch, observe, op):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = op(torch, x)
    y.backward(torch.ones_like(y), retain_graph=True)
    once = x.grad.clone()
    y.backward(torch.ones_like(y))
    observe("the second backward adds the same again", torch.equal(x.grad, once + once), documented=True)


@scenario("BWD-15", needs=["BWD-11"])
def a_saved_constant_is_freed_too(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    constant = torch.tensor([3.0, 4.0])
    loss = torch.sum(x * constant)
    loss.backward()
    with observe.raises("a second backward through x * constant", RuntimeError, saying="retain_graph"):
        loss.backward()
    observe("the constant itself", constant, documented=[3.0, 4.0])


@scenario("BWD-16", needs=["BWD-11"])
def retain_graph_permits_a_second_backward(torch, observe):
    w1 = torch.tensor([1.0, 2.0], requires_grad=True)
    w2 = torch.tensor([3.0, 4.0], requires_grad=True)
    loss = torch.mean(w1 * w2 + w1)
    loss.backward(retain_graph=True)
    observe("the gradient of w1 after one backward", w1.grad, documented=[2.0, 2.5])
    loss.backward(retain_graph=True)
    observe("the gradient of w1 after two", w1.grad, documented=[4.0, 5.0])
    observe("the gradient of w2 after two", w2.grad, documented=[1.0, 2.0])


@scenario("BWD-16/then-without", needs=["BWD-16"])
def the_first_backward_without_retain_graph_frees_the_graph(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = torch.sum(w * w)
    loss.backward(retain_graph=True)
    loss.backward(retain_graph=False)
    observe("after two backwards", w.grad, documented=[4.0, 8.0])
    with observe.raises("a third one", RuntimeError, saying="retain_graph"):
        loss.backward()


@scenario("BWD-16/different-gradients", needs=["BWD-16", "BWD-06"])
def a_retained_graph_may_be_run_backward_with_another_gradient(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    y.backward(torch.tensor([1.0, 0.0]), retain_graph=True)
    observe("after the first unit vector", x.grad, documented=[2.0, 0.0])
    y.backward(torch.tensor([0.0, 1.0]))
    observe("after both", x.grad, documented=[2.0, 4.0])


@scenario("BWD-17", needs=["BWD-16", "BWD-20"])
def retain_graph_defaults_to_create_graph(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = torch.sum(w * w)
    loss.backward(create_graph=True)
    loss.backward()
    observe("after one backward with create_graph and one without", w.grad, documented=[4.0, 8.0])
    with observe.raises("a third one", RuntimeError, saying="retain_graph"):
        loss.backward()


@scenario("BWD-17/refused", needs=["BWD-17"])
def create_graph_may_go_without_retain_graph(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = torch.sum(w * w * w)
    loss.backward(create_graph=True, retain_graph=False)
    observe("the gradient", w.grad, documented=[3.0, 12.0])
    with observe.raises("a second backward", RuntimeError, saying="retain_graph"):
        loss.backward()


@scenario("BWD-18", needs=["BWD-11"])
def a_shared_part_freed_by_one_loss_is_gone_for_another(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    shared = w * w
    first, second = torch.sum(shared), torch.sum(shared * 3)
    first.backward()
    with observe.raises("the backward of the second loss", RuntimeError, saying="retain_graph"):
        second.backward()
    observe("the gradient after that", w.grad, documented=[2.0, 4.0])


@scenario("BWD-18/retained", needs=["BWD-16", "BWD-18"])
def a_shared_part_that_is_retained_serves_both_losses(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    shared = w * w
    first, second = torch.sum(shared), torch.sum(shared * 3)
    first.backward(retain_graph=True)
    second.backward()
    observe("the gradient", w.grad, documented=[8.0, 16.0])


@scenario("BWD-18/that-saves-nothing", needs=["BWD-18", "BWD-12/add-a-number"])
def a_shared_part_that_saves_nothing_serves_both_losses(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    shared = w + 1
    first, second = torch.sum(shared * 2), torch.sum(shared * shared)
    first.backward()
    second.backward()
    observe("the gradient", w.grad, documented=[6.0, 8.0])


@scenario("BWD-19", needs=["BWD-11"])
def graphs_of_one_leaf_are_freed_each_by_itself(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    first, second = torch.sum(w * w), torch.sum(w * w)
    first.backward()
    second.backward()
    observe("the gradient after one backward of each", w.grad, documented=[4.0, 8.0])
    with observe.raises("another of the first", RuntimeError, saying="retain_graph"):
        first.backward()


@scenario("BWD-37", needs=["BWD-11", "GPH-06"])
def a_saved_tensor_cannot_be_read_once_it_is_freed(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    y = w**2
    node = y.grad_fn
    observe("before the backward", node._saved_self, documented=[1.0, 2.0])
    torch.sum(y).backward()
    with observe.raises("reading it after the backward", RuntimeError, saying="freed"):
        node._saved_self


@scenario("BWD-37/retained", needs=["BWD-16", "GPH-06"])
def a_saved_tensor_of_a_retained_graph_can_be_read(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    y = w**2
    torch.sum(y).backward(retain_graph=True)
    observe("after the backward", y.grad_fn._saved_self, documented=[1.0, 2.0])
