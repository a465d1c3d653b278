"""The out= argument: where results are written, and what it refuses."""

from conformance.scenario import scenario

FUNCTIONS = {
    "add": lambda torch, x, out: torch.add(x, 2.0, out=out),
    "sub": lambda torch, x, out: torch.sub(x, 2.0, out=out),
    "mul": lambda torch, x, out: torch.mul(x, x, out=out),
    "div": lambda torch, x, out: torch.div(x, 2.0, out=out),
    "pow": lambda torch, x, out: torch.pow(x, 2, out=out),
    "exp": lambda torch, x, out: torch.exp(x, out=out),
    "sin": lambda torch, x, out: torch.sin(x, out=out),
    "sum": lambda torch, x, out: torch.sum(x, 0, out=out),
    "mean": lambda torch, x, out: torch.mean(x, 0, out=out),
    "cumsum": lambda torch, x, out: torch.cumsum(x, 0, out=out),
    "matmul": lambda torch, x, out: torch.matmul(x, x, out=out),
    "cat": lambda torch, x, out: torch.cat([x, x], out=out),
    "stack": lambda torch, x, out: torch.stack([x, x], out=out),
    "clamp": lambda torch, x, out: torch.clamp(x, 1.5, 3.5, out=out),
    "maximum": lambda torch, x, out: torch.maximum(x, x + 1, out=out),
    "index_select": lambda torch, x, out: torch.index_select(x, 0, torch.tensor([1, 1]), out=out),
    "gather": lambda torch, x, out: torch.gather(x, 0, torch.tensor([[1, 0]]), out=out),
    "tril": lambda torch, x, out: torch.tril(x, out=out),
    "where": lambda torch, x, out: torch.where(x > 2, x, -x, out=out),
}


@scenario("INP-23")
def out_refuses_arguments_that_require_grad(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    out = torch.tensor([7.0, 8.0])
    with observe.raises("an input that requires grad", RuntimeError, saying=("out=", "requires grad")):
        torch.add(x, 1.0, out=out)
    observe("out afterwards", out, documented=[7.0, 8.0])


@scenario("INP-23/out-requires-grad", needs=["INP-23"])
def out_refuses_a_destination_that_requires_grad(torch, observe):
    out = torch.tensor([7.0, 8.0], requires_grad=True)
    with observe.raises("a leaf as the destination", RuntimeError, saying=("out=", "requires grad")):
        torch.add(torch.tensor([1.0, 2.0]), 1.0, out=out)
    recorded = out * 1
    with observe.raises("a recorded tensor as the destination", RuntimeError, saying=("out=", "requires grad")):
        torch.add(torch.tensor([1.0, 2.0]), 1.0, out=recorded)
    observe("the destination afterwards", out, documented=[7.0, 8.0])


@scenario("INP-23/of", cases=FUNCTIONS, needs=["INP-23"])
def every_function_refuses_out_with_an_input_that_requires_grad(torch, observe, function):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    with observe.raises("the call", RuntimeError, saying=("out=", "requires grad")):
        function(torch, x, torch.empty(0))


@scenario("INP-23/under-no-grad", needs=["INP-23"])
def under_no_grad_out_takes_arguments_that_require_grad(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    out = torch.zeros(2)
    with torch.no_grad():
        torch.add(x, 1.0, out=out)
    observe("the result", out, documented=[2.0, 3.0])
    observe("it requires grad", out.requires_grad, documented=False)
    with torch.no_grad():
        torch.mul(x, 10.0, out=x)
    observe("a leaf as its own destination", x, documented=[10.0, 20.0])
    observe("is still a leaf that requires grad", [x.is_leaf, x.requires_grad], documented=[True, True])


@scenario("INP-41", needs=["INP-01"])
def out_is_written_and_returned_and_its_version_rises(torch, observe):
    out = torch.zeros(2)
    alias = out.detach()
    result = torch.add(torch.tensor([1.0, 2.0]), 1.0, out=out)
    observe("the result is out itself", result is out, documented=True)
    observe("an alias shows the result", alias, documented=[2.0, 3.0])
    observe("the version of out", out._version)


@scenario("INP-41/of", cases=FUNCTIONS, needs=["INP-41"])
def a_function_writes_into_an_empty_out_what_it_would_return(torch, observe, function):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    out = torch.empty(0)
    observe("the result is out itself", function(torch, x, out) is out, documented=True)
    observe("out", out, terms=2)


@scenario("INP-41/into-a-view", needs=["INP-41"])
def out_may_be_a_view(torch, observe):
    base = torch.zeros(4)
    torch.add(torch.tensor([1.0, 2.0]), 1.0, out=base[1:3])
    observe("the base", base, documented=[0.0, 2.0, 3.0, 0.0])
    grid = torch.zeros(2, 2)
    torch.add(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), 0.0, out=grid.t())
    observe("the base of a transposed view", grid, documented=[[1.0, 3.0], [2.0, 4.0]])


@scenario("INP-41/saved", needs=["INP-41", "INP-08"])
def writing_through_out_into_a_saved_tensor_is_caught(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    c = torch.tensor([3.0, 4.0])
    z = (x * c).sum()
    torch.add(torch.tensor([1.0, 2.0]), 1.0, out=c)
    with observe.raises("backward", RuntimeError, saying="version"):
        z.backward()


@scenario("INP-42", needs=["INP-41"])
def an_out_of_another_shape_is_resized_with_a_warning(torch, observe):
    out = torch.zeros(3)
    with observe.warns("writing two elements into three", UserWarning, saying="resized"):
        torch.add(torch.tensor([1.0, 2.0]), 1.0, out=out)
    observe("out", out, documented=[2.0, 3.0])
    empty = torch.empty(0)
    with observe.warns("writing into an empty out", saying="resized"):
        torch.add(torch.tensor([1.0, 2.0]), 1.0, out=empty)
    observe("the empty out", empty, documented=[2.0, 3.0])


@scenario("INP-43", needs=["INP-41"], dtypes=["float32"])
def out_receives_the_result_in_its_own_dtype_where_that_can_hold_it(torch, observe):
    wide = torch.zeros(2, dtype=torch.float64)
    torch.add(torch.tensor([1.0, 2.0]), 1.0, out=wide)
    observe("floats into a double out", wide, documented=[2.0, 3.0])
    floats = torch.zeros(2)
    torch.add(torch.tensor([1, 2]), 1, out=floats)
    observe("integers into a float out", floats, documented=[2.0, 3.0])
    integers = torch.zeros(2, dtype=torch.int64)
    with observe.raises("floats into an integer out", RuntimeError, saying="cast"):
        torch.add(torch.tensor([1.0, 2.0]), 1.0, out=integers)
    observe("the integer out afterwards", integers, documented=[0, 0])


@scenario("INP-44", needs=["INP-41"])
def a_function_of_several_results_takes_a_tuple_of_outs(torch, observe):
    values, indices = torch.empty(0), torch.empty(0, dtype=torch.int64)
    torch.max(torch.tensor([[1.0, 3.0], [4.0, 2.0]]), 1, out=(values, indices))
    observe("the values", values, documented=[3.0, 4.0])
    observe("the indices", indices, documented=[1, 0])
    x = torch.tensor([[1.0, 3.0]], requires_grad=True)
    with observe.raises("an input that requires grad", RuntimeError, saying=("out=", "requires grad")):
        torch.max(x, 1, out=(values, indices))
