"""torch.vmap: batching a function, its dimensions, and derivatives of batches."""

from conformance.scenario import scenario

ROWS = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]


@scenario("HOD-20")
def vmap_maps_a_function_over_the_first_dimension(torch, observe):
    x = torch.tensor(ROWS)
    observe("squares", torch.vmap(lambda row: row * row)(x), documented=[[1.0, 4.0], [9.0, 16.0], [25.0, 36.0]])
    observe("sums", torch.vmap(lambda row: row.sum())(x), documented=[3.0, 7.0, 11.0])
    shapes = []
    torch.vmap(lambda row: (shapes.append(list(row.shape)), row)[1])(x)
    observe("the shape that the function sees", shapes, documented=[[2]])


@scenario("HOD-20/several", needs=["HOD-20"])
def vmap_maps_over_several_arguments_together(torch, observe):
    x, y = torch.tensor(ROWS), torch.tensor([[10.0, 1.0], [10.0, 1.0], [1.0, 0.0]])
    observe("dot products", torch.vmap(torch.dot)(x, y), documented=[12.0, 34.0, 5.0])


@scenario("HOD-20/in-dims", needs=["HOD-20/several"])
def in_dims_names_the_dimension_or_none(torch, observe):
    x, v = torch.tensor(ROWS), torch.tensor([10.0, 1.0])
    observe("a vector given to all", torch.vmap(torch.dot, in_dims=(0, None))(x, v), documented=[12.0, 34.0, 56.0])
    observe("columns", torch.vmap(lambda column: column.sum(), in_dims=1)(x), documented=[9.0, 12.0])
    observe("the last dimension", torch.vmap(lambda column: column.sum(), in_dims=-1)(x), documented=[9.0, 12.0])


@scenario("HOD-20/out-dims", needs=["HOD-20"])
def out_dims_puts_the_batch_elsewhere(torch, observe):
    result = torch.vmap(lambda row: row * 2, out_dims=1)(torch.tensor(ROWS))
    observe("the result", result, documented=[[2.0, 6.0, 10.0], [4.0, 8.0, 12.0]])


@scenario("HOD-20/structures", needs=["HOD-20"])
def vmap_takes_and_returns_structures(torch, observe):
    batch = {"x": torch.tensor(ROWS), "scale": torch.tensor([1.0, 10.0, 100.0])}
    result = torch.vmap(lambda item: (item["x"] * item["scale"], item["x"].sum()))(batch)
    observe("the results", result, documented=[[[1.0, 2.0], [30.0, 40.0], [500.0, 600.0]], [3.0, 7.0, 11.0]])


@scenario("HOD-20/nested", needs=["HOD-20/in-dims"])
def vmap_of_vmap_makes_an_outer_product(torch, observe):
    x, y = torch.tensor([1.0, 2.0]), torch.tensor([10.0, 20.0, 30.0])
    product = torch.vmap(torch.vmap(lambda a, b: a * b, in_dims=(None, 0)), in_dims=(0, None))(x, y)
    observe("the product", product, documented=[[10.0, 20.0, 30.0], [20.0, 40.0, 60.0]])


@scenario("HOD-20/unbatched-result", needs=["HOD-20"])
def a_result_that_does_not_depend_on_the_batch_is_repeated(torch, observe):
    constant = torch.tensor([7.0])
    result = torch.vmap(lambda row: constant)(torch.tensor(ROWS))
    observe("the result", result, documented=[[7.0], [7.0], [7.0]])


@scenario("HOD-20/differing-sizes", needs=["HOD-20/several"])
def batches_of_different_sizes_are_refused(torch, observe):
    with observe.raises("three and two", ValueError, saying="size"):
        torch.vmap(torch.add)(torch.zeros(3, 2), torch.zeros(2, 2))
    with observe.raises("a dimension out of range", ValueError, saying="in_dim"):
        torch.vmap(torch.neg, in_dims=5)(torch.zeros(3, 2))
    with observe.raises("a function that returns a number", ValueError, saying="Tensor"):
        torch.vmap(lambda row: 1.0)(torch.zeros(3, 2))


@scenario("HOD-20/control-flow", needs=["HOD-20"])
def control_flow_on_batched_values_is_refused(torch, observe):
    def branch(row):
        return row if row.sum() > 5 else -row

    with observe.raises("an if on the data", RuntimeError, saying="data-dependent control flow"):
        torch.vmap(branch)(torch.tensor(ROWS))
    with observe.raises("item()", RuntimeError, saying="item"):
        torch.vmap(lambda row: row * row.sum().item())(torch.tensor(ROWS))


@scenario("HOD-20/in-place", needs=["HOD-20"])
def an_in_place_operation_on_a_batched_tensor(torch, observe):
    x = torch.tensor(ROWS)
    result = torch.vmap(lambda row: row.clone().add_(1.0))(x)
    observe("on a copy", result, documented=[[2.0, 3.0], [4.0, 5.0], [6.0, 7.0]])
    torch.vmap(lambda row: row.mul_(10.0))(x)
    observe("on the input itself", x, documented=[[10.0, 20.0], [30.0, 40.0], [50.0, 60.0]])
    with observe.raises("of an unbatched tensor with a batched value", RuntimeError):
        torch.vmap(lambda row: torch.zeros(2).add_(row))(x)


@scenario("HOD-20/randomness", needs=["HOD-20"])
def random_operations_need_a_choice(torch, observe):
    x = torch.zeros(3, 4)
    with observe.raises("without a choice", RuntimeError, saying="randomness"):
        torch.vmap(lambda row: torch.nn.functional.dropout(row + 1, 0.5))(x)
    same = torch.vmap(lambda row: torch.rand(4) + row, randomness="same")(x)
    observe("'same' draws once for all", bool((same[0] == same[1]).all()), documented=True)
    different = torch.vmap(lambda row: torch.rand(4) + row, randomness="different")(x)
    observe("'different' draws for each", bool((different[0] == different[1]).all()), documented=False)


@scenario("HOD-20/chunks", needs=["HOD-20"])
def chunks_give_the_same_result(torch, observe):
    shapes = []
    result = torch.vmap(lambda row: (shapes.append(1), row * 2)[1], chunk_size=2)(torch.tensor(ROWS))
    observe("the result", result, documented=[[2.0, 4.0], [6.0, 8.0], [10.0, 12.0]])
    observe("the function ran for each chunk", len(shapes), documented=2)


#: Functions of a row of three; batched over two rows they must give what a loop gives.
BATCHED = {
    "add": lambda torch, x: x + 1,
    "mul": lambda torch, x: x * x,
    "div": lambda torch, x: 1 / x,
    "pow": lambda torch, x: x**2,
    "exp": lambda torch, x: torch.exp(x),
    "sin": lambda torch, x: torch.sin(x),
    "relu": lambda torch, x: torch.relu(x - 2),
    "sum": lambda torch, x: x.sum(),
    "mean": lambda torch, x: x.mean(0),
    "max": lambda torch, x: torch.max(x),
    "softmax": lambda torch, x: torch.softmax(x, 0),
    "cumsum": lambda torch, x: torch.cumsum(x, 0),
    "sort": lambda torch, x: torch.sort(x, descending=True).values,
    "index": lambda torch, x: x[1],
    "slice": lambda torch, x: x[1:],
    "advanced-index": lambda torch, x: x[[0, 2, 2]],
    "reshape": lambda torch, x: x.reshape(3, 1),
    "transpose": lambda torch, x: x.reshape(1, 3).t(),
    "expand": lambda torch, x: x.expand(2, 3),
    "unsqueeze": lambda torch, x: x.unsqueeze(-1),
    "flip": lambda torch, x: x.flip(0),
    "cat": lambda torch, x: torch.cat([x, x * 10]),
    "stack": lambda torch, x: torch.stack([x, x * 10], 1),
    "where": lambda torch, x: torch.where(x > 2, x, -x),
    "matmul": lambda torch, x: torch.tensor([[1.0, 0.0, 2.0], [0.0, 1.0, 1.0]]) @ x,
    "outer": lambda torch, x: torch.outer(x, x),
    "dot": lambda torch, x: torch.dot(x, x),
    "linear": lambda torch, x: torch.nn.functional.linear(x, torch.tensor([[1.0, 0.0, 2.0]])),
    "norm": lambda torch, x: torch.linalg.vector_norm(x),
    "var": lambda torch, x: torch.var(x),
    "gather": lambda torch, x: torch.gather(x, 0, torch.tensor([2, 0])),
    "scatter": lambda torch, x: torch.zeros(3).scatter(0, torch.tensor([2, 0, 1]), x),
    "layer_norm": lambda torch, x: torch.nn.functional.layer_norm(x, (3,)),
    "mse_loss": lambda torch, x: torch.nn.functional.mse_loss(x, torch.zeros(3)),
    "conv1d": lambda torch, x: torch.nn.functional.conv1d(x.reshape(1, 1, 3), torch.tensor([[[1.0, 2.0]]])),
    "clone": lambda torch, x: x.clone(),
}


@scenario("HOD-21", cases=BATCHED, needs=["HOD-20"])
def an_operation_under_vmap_gives_what_a_loop_gives(torch, observe, function):
    x = torch.tensor([[1.0, 2.0, 4.0], [3.0, 1.0, 2.0]])
    batched = torch.vmap(lambda row: function(torch, row))(x)
    observe("under vmap", batched, terms=8)
    observe("in a loop", torch.stack([function(torch, row) for row in x]), terms=8)


@scenario("HOD-23", needs=["HOD-20", "HOD-17"])
def vmap_of_grad_gives_a_gradient_for_each_sample(torch, observe):
    w = torch.tensor([1.0, -1.0])
    x, y = torch.tensor(ROWS), torch.tensor([0.0, 0.0, 1.0])
    grads = torch.vmap(torch.func.grad(lambda w, x, y: (torch.dot(w, x) - y) ** 2), in_dims=(None, 0, 0))(w, x, y)
    observe("the gradients", grads, documented=[[-2.0, -4.0], [-6.0, -8.0], [-20.0, -24.0]])


@scenario("HOD-23/jacobian", needs=["HOD-23"])
def vmap_of_a_pull_back_gives_the_jacobian(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0])
    _, pull_back = torch.func.vjp(lambda x: x**2, x)
    (jacobian,) = torch.vmap(pull_back)(torch.eye(3))
    observe("the Jacobian", jacobian, documented=[[2.0, 0.0, 0.0], [0.0, 4.0, 0.0], [0.0, 0.0, 6.0]])


@scenario("HOD-23/grad-of-vmap", needs=["HOD-23"])
def grad_of_a_sum_over_vmap(torch, observe):
    x = torch.tensor(ROWS)
    grad = torch.func.grad(lambda x: torch.vmap(lambda row: row.prod())(x).sum())(x)
    observe("the gradient", grad, documented=[[2.0, 1.0], [4.0, 3.0], [6.0, 5.0]])


@scenario("HOD-23/backward-through", needs=["HOD-20"])
def backward_runs_through_vmap(torch, observe):
    x = torch.tensor(ROWS, requires_grad=True)
    torch.vmap(lambda row: row.prod())(x).sum().backward()
    observe("the gradient", x.grad, documented=[[2.0, 1.0], [4.0, 3.0], [6.0, 5.0]])


@scenario("HOD-23/hessians", needs=["HOD-23"])
def vmap_of_hessian_gives_a_hessian_for_each_row(torch, observe):
    hessians = torch.vmap(torch.func.hessian(lambda row: row[0] ** 2 * row[1]))(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    observe("the Hessians", hessians, documented=[[[4.0, 2.0], [2.0, 0.0]], [[8.0, 6.0], [6.0, 0.0]]])


@scenario("HOD-20/no-numbers", needs=["HOD-20"], cases=["tolist", "item", "bool"])
def a_batched_tensor_has_no_numbers_of_its_own(torch, observe, name):
    def function(x):
        if name == "bool":
            return x if x.sum() > 0 else -x
        getattr(x.sum(), name)()
        return x

    with observe.raises("the call", RuntimeError):
        torch.vmap(function)(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))


@scenario("HOD-20/no-numbers/numpy", devices="cpu", needs=["HOD-20"])
def a_batched_tensor_is_no_array(torch, observe):
    with observe.raises("the call", RuntimeError):
        torch.vmap(lambda x: x.sum().numpy())(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))


@scenario("HOD-20/hook", needs=["HOD-20"])
def a_hook_on_a_batched_tensor(torch, observe):
    def function(x):
        y = x * 2
        y.register_hook(lambda grad: grad * 10)
        return y

    with observe.raises("the call"):
        torch.vmap(function)(torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True))


@scenario(
    "HOD-20/unbatched-target", needs=["HOD-20"], cases=["add", "setitem", "index-add", "masked-fill", "batched-index"]
)
def a_batched_value_is_not_written_into_an_unbatched_tensor(torch, observe, name):
    def function(x):
        target = torch.zeros(2)
        if name == "add":
            target.add_(x)
        elif name == "setitem":
            target[:1] = x[:1]
        elif name == "index-add":
            target.index_add_(0, torch.tensor([0, 1]), x)
        elif name == "batched-index":
            target[x.long() - 1] = 5.0
        else:
            target.masked_fill_(torch.tensor([True, False]), x[0])
        return target

    with observe.raises("the call", RuntimeError):
        torch.vmap(function)(torch.tensor([[1.0, 2.0], [2.0, 2.0]]))


@scenario("HOD-20/batched-target", needs=["HOD-20"], cases=["add", "setitem", "index-add", "batched-index"])
def a_batched_tensor_is_written_to_sample_by_sample(torch, observe, name):
    def function(x):
        target = x * 1
        if name == "add":
            target.add_(x)
        elif name == "setitem":
            target[:1] = 7.0
        elif name == "batched-index":
            target[x.long() - 1] = 5.0
        else:
            target.index_add_(0, torch.tensor([0, 0]), x)
        return target

    observe("the result", torch.vmap(function)(torch.tensor([[1.0, 2.0], [2.0, 2.0]])))


@scenario("HOD-20/leaf", needs=["HOD-20"])
def a_batched_tensor_that_nothing_recorded_is_a_leaf(torch, observe):
    seen = []

    def function(x):
        seen.extend([x, x * 2])
        observe("leaves", [tensor.is_leaf for tensor in seen], documented=[True, True])
        observe("without a node", [tensor.grad_fn is None for tensor in seen], documented=[True, True])
        return x

    torch.vmap(function)(torch.tensor([[1.0, 2.0]]))


@scenario("HOD-20/randomness", needs=["HOD-20"], cases=["same", "different"])
def random_numbers_are_the_same_or_different_for_the_samples(torch, observe, randomness):
    x = torch.zeros(4, 8)
    batched = torch.vmap(lambda x: torch.rand_like(x), randomness=randomness)(x)
    plain = torch.vmap(lambda x: x + torch.rand(8), randomness=randomness)(x)
    dropped = torch.vmap(lambda x: torch.nn.functional.dropout(x + 1, 0.5), randomness=randomness)(torch.zeros(4, 64))
    for name, result in {"like a batched tensor": batched, "of their own": plain, "dropout": dropped}.items():
        alike = bool((result == result[:1]).all())
        observe(f"all alike, {name}", alike, documented=randomness == "same")


@scenario("HOD-20/random-in-place", needs=["HOD-20"], cases=["same", "different"])
def an_unbatched_tensor_filled_with_random_numbers(torch, observe, randomness):
    def function(x):
        target = torch.zeros(3)
        target.uniform_()
        return x + target

    with observe.raises("the call"):
        result = torch.vmap(function, randomness=randomness)(torch.zeros(2, 3))
        observe("all alike", bool((result == result[:1]).all()))


@scenario("HOD-20/two-levels", needs=["HOD-20"])
def values_of_an_outer_level_within_an_inner_one(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    y = torch.tensor([10.0, 20.0, 30.0])
    result = torch.vmap(lambda a: torch.vmap(lambda b: (a * b, a.sum() + b, torch.stack([a * b, a])))(y))(x)
    observe("the product", result[0])
    observe("the sum", result[1])
    observe("the stack", result[2])


@scenario("HOD-23/vectors", needs=["HOD-23"])
def a_graph_is_run_backward_for_each_of_a_batch_of_vectors(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    rows = torch.vmap(lambda v: torch.autograd.grad(y, x, v)[0])(torch.eye(2))
    observe("the Jacobian", rows, documented=[[2.0, 0.0], [0.0, 4.0]])
    with observe.raises("once more", RuntimeError, saying="retain_graph"):
        torch.autograd.grad(y.sum(), x)


@scenario("HOD-20/requires-grad", needs=["HOD-20"], cases={"on": True, "off": False})
def whether_a_batched_tensor_requires_grad_is_not_set(torch, observe, flag):
    with observe.raises("the call", RuntimeError, saying="transform"):
        torch.vmap(lambda x: (x * 2).requires_grad_(flag))(torch.tensor([1.0, 2.0]))


@scenario("HOD-24", needs=["HOD-20"])
def batch_normalization_without_running_statistics_can_be_mapped(torch, observe):
    model = torch.nn.Sequential(torch.nn.BatchNorm1d(2), torch.nn.Sequential(torch.nn.BatchNorm1d(2, affine=False)))
    returned = torch.func.replace_all_batch_norm_modules_(model)
    observe("it returns the module", returned is model, documented=True)
    observe("the running mean", model[0].running_mean, documented=None)
    observe("tracked", model[1][0].track_running_stats, documented=False)
    observe("the state", list(model.state_dict()))
    batches = torch.tensor([[[1.0, 2.0], [3.0, 6.0]], [[0.0, 1.0], [4.0, 1.0]]])
    observe("mapped", torch.vmap(model)(batches), terms=30)


@scenario("HOD-20/batched-index", needs=["HOD-20"], cases={"number": [2, 0], "list": [[2, 0], [1, 1]]})
def a_tensor_is_read_at_the_places_of_each_sample(torch, observe, places):
    table = torch.tensor([10.0, 20.0, 30.0])
    observe("what is there", torch.vmap(lambda i: table[i])(torch.tensor(places)))


@scenario("HOD-20/graph-within", needs=["HOD-20"])
def samples_require_no_grad_within_vmap_and_the_result_does_outside(torch, observe):
    w = torch.tensor([2.0, 3.0], requires_grad=True)
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    seen = []

    def function(sample):
        y = sample * w
        seen.extend([sample.requires_grad, y.requires_grad, y.is_leaf, y.grad_fn, w.requires_grad])
        with torch.no_grad():
            seen.append((sample * w).requires_grad)
        return y.sum()

    z = torch.func.vmap(function)(x)
    observe("a sample, a product, whether that is a leaf, its node, the factor, without grad mode", seen)
    observe("the result", [z.requires_grad, z.is_leaf])
    z.sum().backward()
    observe("the gradient of the batch", x.grad, documented=[[2.0, 3.0], [2.0, 3.0]])
    observe("the gradient of the factor", w.grad, documented=[4.0, 6.0])


@scenario("HOD-23/graph-within", needs=["HOD-23", "HOD-20/graph-within"])
def samples_require_grad_within_grad_within_vmap(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    seen = []

    def inner(sample):
        seen.append([sample.requires_grad, (sample * 2).is_leaf])
        return (sample * sample).sum()

    torch.func.vmap(torch.func.grad(inner))(x)
    torch.func.grad(lambda batch: torch.func.vmap(inner)(batch).sum())(x)
    observe("grad within vmap, vmap within grad", seen)


@scenario("HOD-23/autograd-grad-within", needs=["HOD-20/graph-within"])
def autograd_grad_within_vmap_finds_no_graph(torch, observe):
    w = torch.tensor([2.0, 3.0], requires_grad=True)
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    with observe.raises("torch.autograd.grad", RuntimeError, saying="does not require grad"):
        torch.func.vmap(lambda sample: torch.autograd.grad((sample * w).sum(), w)[0])(x)


@scenario("HOD-20/within-grad", needs=["HOD-20"])
def samples_that_grad_differentiates_have_nodes_as_alone(torch, observe):
    seen = []

    def total(x):
        y = x * 2
        seen.append([y.grad_fn.name(), y.is_leaf, y.requires_grad, x.is_leaf])
        return y.sum()

    gradients = torch.func.vmap(torch.func.grad(total))(torch.ones(1, 3))
    observe("gradients of a batch of one", gradients, documented=[[2.0, 2.0, 2.0]])
    observe("the node's name, is_leaf and requires_grad, and the argument's is_leaf", seen)


@scenario("HOD-20/conjugates", needs=["HOD-20", "CPX-12"])
def a_sample_of_a_batch_of_one_has_a_pending_conjugate(torch, observe):
    seen = []

    def conjugate(z):
        seen.append(z.conj().is_conj())
        return z.conj() * 1

    observe("the conjugates", torch.func.vmap(conjugate)(torch.tensor([[1.0 + 2.0j]])), documented=[[1.0 - 2.0j]])
    observe("is_conj", seen)
