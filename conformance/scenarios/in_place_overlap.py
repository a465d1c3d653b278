"""In-place writes to memory that overlaps."""

from conformance.scenario import scenario


@scenario("INP-17/of-two", needs=["INP-17"])
def two_elements_at_one_place_are_too_many(torch, observe):
    x = torch.tensor([1.0]).expand(2)
    with observe.raises("adding", RuntimeError, saying="single memory location"):
        x.add_(1)


@scenario("INP-17/of-one", needs=["INP-17"])
def a_stride_of_zero_over_one_element_does_no_harm(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0]).as_strided((1, 3), (0, 1))
    x.add_(1)
    observe("the sum", x, documented=[[2.0, 3.0, 4.0]])


@scenario("INP-17/overlapping-operand", needs=["INP-17"], cases=["ahead", "behind", "apart", "apart-behind", "strided"])
def an_operand_that_overlaps_partly_is_refused(torch, observe, case):
    x = torch.tensor([1.0, 2.0, 3.0, 4.0])
    written, operand = {
        "ahead": (x[1:], x[:-1]),
        "behind": (x[:-1], x[1:]),
        "apart": (x[:2], x[2:]),
        "apart-behind": (x[2:], x[:2]),
        "strided": (x[:2], x[::2]),
    }[case]
    with observe.raises("adding", saying="single memory location"):
        written.add_(operand)


@scenario("INP-17/expanded-parameter", cases=["SGD", "Adam", "Adagrad"])
def an_expanded_parameter_cannot_be_stepped(torch, observe, name):
    x = torch.tensor([1.0]).expand(3).requires_grad_()
    optimizer = getattr(torch.optim, name)([x], lr=0.1, foreach=False)
    x.grad = torch.ones(3)
    with observe.raises("the step", RuntimeError, saying="single memory location"):
        optimizer.step()


@scenario("INP-17/whole-and-part", needs=["INP-17"], cases=["made", "computed"])
def a_part_of_the_target_is_no_operand(torch, observe, case):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    if case == "computed":
        x = x * 2
    with observe.raises("a row", RuntimeError, saying="memory"):
        x.add_(x[0])
    with observe.raises("into a row", RuntimeError, saying="memory"):
        x[:1].add_(x.view(4)[1:3])
    observe("itself", x.add_(x))
