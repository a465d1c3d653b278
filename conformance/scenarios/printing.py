"""How tensors print on the CPU (elsewhere the device is added): their numbers, and where they stand in the graph."""

from conformance.scenario import scenario

NUMBERS = {
    "whole": [1.0, -2.0, 10.0],
    "decimals": [0.5, -1.25, 10.0],
    "small": [0.00005, 1.0],
    "large": [1.5, 4e5],
    "beyond-1e8": [3e8],
    "nan-and-infinity": [float("nan"), float("inf"), 1.0],
    "nan-among-decimals": [float("nan"), -0.5],
    "integers": [3, -100],
    "bools": [True, False],
    "complex": [1 + 2j, -0.5j],
    "none": [],
    "one": 2.5,
    "a-matrix": [[1.0, 2.0], [3.0, 4.0]],
    "three-dimensions": [[[1.0, 2.5]], [[3.0, 4.0]]],
    "a-long-line": [float(i) for i in range(30)],
}


@scenario("GPH-14", devices="cpu", cases=NUMBERS)
def a_tensor_prints_its_numbers_in_one_width(torch, observe, numbers):
    observe("repr", repr(torch.tensor(numbers)))


@scenario("GPH-14/many", devices="cpu", needs=["GPH-14/whole"])
def of_many_numbers_the_first_and_last_print(torch, observe):
    observe("1001 of them", repr(torch.arange(1001.0)))
    observe("a matrix of 2000", repr(torch.arange(2000.0).reshape(8, 250)))


@scenario("GPH-14/no-elements-in-two-dimensions", devices="cpu", needs=["GPH-14/none"])
def the_shape_prints_where_the_brackets_do_not_tell_it(torch, observe):
    observe("repr", repr(torch.zeros(2, 0)))


@scenario("GPH-14/dtypes", devices="cpu", needs=["GPH-14/whole"], dtypes=["float32"])
def a_dtype_prints_where_it_is_not_the_default(torch, observe):
    observe("double", repr(torch.tensor([1.0], dtype=torch.float64)))
    observe("int32", repr(torch.tensor([1], dtype=torch.int32)))
    observe("complex128", repr(torch.tensor([1j], dtype=torch.complex128)))
    observe("int64, which integers have", repr(torch.tensor([1])))
    observe("no elements of int64", repr(torch.tensor([], dtype=torch.int64)))


@scenario("GPH-14/in-text", devices="cpu", needs=["GPH-14/one"])
def one_number_is_formatted_like_a_python_number(torch, observe):
    x = torch.tensor(2.5, requires_grad=True)
    observe("without a format", f"{x}", documented="2.5")
    observe("with one", f"{x:.2f}", documented="2.50")
    observe("of one in a vector", f"{x.reshape(1)}")
    with observe.raises("a format for a vector", TypeError):
        format(x.reshape(1), ".2f")


@scenario("GPH-15", devices="cpu", needs=["GPH-14/whole"], dtypes=["float32"])
def printing_tells_where_a_tensor_stands_in_the_graph(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    observe("a leaf", repr(w), documented="tensor([1., 2.], requires_grad=True)")
    observe("a result", repr(w * 2), documented="tensor([2., 4.], grad_fn=<MulBackward0>)")
    observe("a detached one", repr(w.detach()), documented="tensor([1., 2.])")
    observe("a parameter", repr(torch.nn.Parameter(torch.tensor([1.0, 2.0]))))


@scenario("GPH-15/a-full-line", devices="cpu", needs=["GPH-15"], dtypes=["float32"])
def a_note_that_does_not_fit_the_line_goes_to_the_next(torch, observe):
    observe("repr", repr(torch.arange(12.0, requires_grad=True)))
    observe("of two lines", repr(torch.arange(20.0, requires_grad=True) * 1))


@scenario("GPH-16", devices="cpu", needs=["GPH-14/whole"])
def set_printoptions_sets_precision_threshold_and_width(torch, observe):
    x = torch.tensor([1.23456, 20.5])
    try:
        torch.set_printoptions(precision=2)
        observe("two digits", repr(x))
        torch.set_printoptions(threshold=3, edgeitems=1)
        observe("one at each end", repr(torch.arange(10.0)))
        torch.set_printoptions(profile="full", linewidth=30)
        observe("short lines", repr(torch.arange(10.0)))
        torch.set_printoptions(profile="short", sci_mode=True)
        observe("powers of ten", repr(x))
        torch.set_printoptions(sci_mode=False)
        observe("no powers of ten", repr(torch.tensor([1e-9, 2.0])))
    finally:
        torch.set_printoptions(profile="default", linewidth=80)
    observe("the default again", repr(x))


@scenario("GPH-14/sparse", devices="cpu", dtypes=["float32"], needs=["GPH-14/a-matrix"])
def a_sparse_tensor_prints_its_indices_and_values(torch, observe):
    observe("repr", repr(torch.eye(2).to_sparse()))
