"""Functions of two tensors that save their result for the derivative: backward sees a write into it."""

from conformance.scenario import scenario

FUNCTIONS_THAT_SAVE_THEIR_RESULT = {
    "pow": lambda torch, a, b: torch.pow(a, b),
    "hypot": lambda torch, a, b: torch.hypot(a, b),
    "float_power": lambda torch, a, b: torch.float_power(a, b),
    "pow-of-itself": lambda torch, a, b: torch.pow(a, a),
}


@scenario("INP-11/result-of-two-tensors", cases=FUNCTIONS_THAT_SAVE_THEIR_RESULT, needs=["INP-08"])
def writing_into_a_result_that_was_saved_is_seen_by_backward(torch, observe, function):
    a = torch.tensor([3.0, 4.0], requires_grad=True)
    b = torch.tensor([4.0, 3.0], requires_grad=True)
    c = function(torch, a, b)
    c.neg_()
    with observe.raises("backward after the write", RuntimeError, saying="modified"):
        c.sum().backward()


@scenario("INP-11/result-of-two-tensors-through-an-index", needs=["INP-08"])
def so_is_a_write_through_an_index(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = torch.tensor([2.0, 3.0], requires_grad=True)
    c = torch.pow(a, b)
    c[0] = 5.0
    with observe.raises("backward after the write", RuntimeError, saying="modified"):
        c.sum().backward()
