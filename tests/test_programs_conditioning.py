"""The condition estimate of random programs: what rounding may do, and what it may not."""

from __future__ import annotations

import pytest

import reference
from conformance.observation import Observer
from conformance.programs.conditioning import ANYTHING, bounded, measure
from conformance.programs.interpreter import run
from conformance.tolerance import FORMATS


def bounds(program, dtype="float32"):
    """The bound of each observation of a tensor, by its name."""
    reference.set_default_dtype(getattr(reference, dtype))
    try:
        observer = Observer()
        run(program, reference, observer)
        measured = bounded(observer.observations, measure(reference, program))
        return {
            o["name"].partition(" ")[0]: (o["within"], o["value"]) for o in measured if o["value"]["is"] == "tensor"
        }
    finally:
        reference.set_default_dtype(reference.float32)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_well_conditioned_values_may_move_a_few_units(dtype):
    within, value = bounds(["t0 = torch.tensor([0.1, 3.0])", "t1 = t0.exp()"], dtype)["t1"]
    unit = FORMATS[dtype].unit_roundoff * max(value["data"])
    assert unit < within < 200 * unit


def test_a_cancellation_is_given_what_it_magnifies():
    within, _ = bounds(["t0 = torch.tensor([0.1])", "t1 = t0.exp()", "t2 = t1 - 1.1051709", "t3 = t2 * 1000000.0"])[
        "t3"
    ]
    assert within == ANYTHING or within > 0.01


def test_a_comparison_of_rounded_numbers_decides_nothing():
    found = bounds(["t0 = torch.tensor([0.1])", "t1 = t0 * 3", "t2 = t1 - 0.3", "t3 = t2 > 0.0"])
    assert found["t3"][0] == ANYTHING


def test_a_comparison_of_exact_numbers_is_compared():
    found = bounds(["t0 = torch.tensor([0.5, 2.0])", "t1 = t0 * 3", "t2 = t1 > 1.5"])
    assert found["t2"][0] == 0.0


@pytest.mark.parametrize("numbers", ["[0.5, 0.5]", "[0.1, 0.1]"])
def test_ties_of_numbers_that_are_written_stay_ties(numbers):
    found = bounds([f"t0 = torch.tensor({numbers}, requires_grad=True)", "t1 = t0.amax()", "t1.backward()"])
    within, value = found["t0.grad"]
    assert value["data"] == [0.5, 0.5]
    assert within != ANYTHING and within < 1e-5


def test_ties_that_rounding_made_are_none():
    program = ["t0 = torch.tensor([0.1, 0.2])", "t1 = t0.exp()", "t2 = torch.stack([t1[0], t1[0] * 1.00000001])"]
    found = bounds([*program, "t2.requires_grad_()", "t3 = t2.amax()", "t3.backward()"])
    assert found["t2.grad"][0] == ANYTHING


def test_the_sign_of_a_computed_zero_decides_nothing():
    found = bounds(["t0 = torch.tensor([0.0])", "t1 = t0 * -1.0", "t2 = 1.0 / t1"])
    assert found["t2"][0] == ANYTHING


def test_what_overflows_in_one_format_alone_is_not_compared():
    assert bounds(["t0 = torch.tensor([1e+30])", "t1 = t0 * t0"])["t1"][0] == ANYTHING
    assert bounds(["t0 = torch.tensor([1e+30])", "t1 = t0 * t0"], "float64")["t1"][0] == ANYTHING
    assert bounds(["t0 = torch.tensor([1e+10])", "t1 = t0 * t0"])["t1"][0] != ANYTHING


def test_a_value_that_came_through_a_coarser_format_has_its_tolerance():
    program = ["t0 = torch.tensor([0.1, 0.7], dtype=torch.float32)", "t1 = t0.exp()", "t2 = t1.to(torch.float64)"]
    within, _ = bounds(program, "float64")["t2"]
    assert within > FORMATS["float32"].unit_roundoff


def test_the_measurement_leaves_the_default_dtype_alone():
    bounds(["t0 = torch.tensor([0.1])"], "float64")
    assert reference.get_default_dtype() is reference.float32


def test_a_program_that_only_one_precision_refuses_is_measured_up_to_there():
    program = ["t0 = torch.tensor([1.0, 3.0], requires_grad=True)", "t1 = t0 * (1 + 1j)", "t2 = t0.float_power(2)"]
    program += ["t3 = t0 @ t2", "t1.abs().sum().backward()"]  # in float64, t3 goes before what follows
    found = bounds(program)
    assert found["t2"][0] != ANYTHING


def test_the_other_part_of_a_complex_infinity_is_nobodys():
    program = ['t0 = torch.tensor([float("inf"), 1.0])', "t1 = torch.tensor([1.0-1.0j, 2.0-2.0j])", "t2 = t0 + t1"]
    found = bounds([*program, "t3 = t2.abs()", "t4 = t2.imag"])
    assert found["t2"][0] == found["t4"][0] == ANYTHING
    assert found["t3"][0] != ANYTHING
    both = ["t0 = torch.tensor([1.0-1.0j], requires_grad=True)", "t1 = torch.view_as_real(t0)"]
    both += [
        't2 = torch.tensor([[float("inf"), float("inf")]])',
        "t1.backward(t2, retain_graph=True)",
        "t1.backward(t2)",
    ]
    assert bounds(both)["t0.grad"][0] == ANYTHING


def test_a_line_search_that_the_last_digit_of_the_loss_decides_is_not_compared():
    program = [
        "t0 = torch.tensor([0.7, 0.7], requires_grad=True)",
        "t1 = torch.tensor([1.0, -0.5, -3.0, -1.0, -2.0, 5.0, 0.0, 0.1, 1.0, -0.5, -3.0, -1.0], requires_grad=True)",
        'o0 = torch.optim.LBFGS([t1], lr=0.125, line_search_fn="strong_wolfe")',
        "def f0():\n    o0.zero_grad()\n    loss = (t0 * t0).sum() + (t1 * t1).sum()\n    loss.backward()\n    return loss",
        "o0.step(f0)",
        "t2 = t1 * 1.0",
    ]
    assert bounds(program)["t2"][0] == ANYTHING
    assert bounds(program, "float64")["t2"][0] < 1e-6


def test_a_zero_that_rounded_numbers_leave_over_is_not_exact():
    found = bounds(["t0 = torch.tensor([0.1, 0.1])", "t1 = torch.var(t0)", "t2 = t1.log()"], "float64")
    assert 0 < found["t1"][0] < 1e-15
    assert found["t2"][0] == ANYTHING
    exact = bounds(["t0 = torch.tensor([2.0, 2.0, 2.0])", "t1 = torch.var(t0)", "t2 = t1.log()"], "float64")
    assert exact["t1"][0] < 1e-300
    assert exact["t2"][0] < 1e-300


def test_a_line_search_whose_slopes_are_in_the_ratio_that_it_asks_for_is_not_compared():
    program = [
        "t0 = torch.tensor([1.0, 2.0, 5.0, 2.0], requires_grad=True)",
        'o0 = torch.optim.LBFGS([t0], max_iter=2, line_search_fn="strong_wolfe")',
        "def f0():\n    o0.zero_grad()\n    loss = (t0 * t0).sum()\n    loss.backward()\n    return loss",
        "o0.step(f0)",
    ]
    assert bounds([*program, "t1 = t0 * 1.0"])["t1"][0] == ANYTHING
    assert bounds([program[0].replace("1.0", "1.5"), *program[1:], "t1 = t0 * 1.0"])["t1"][0] < 1e-4


def test_what_one_format_calls_infinite_and_the_other_nan_is_not_compared():
    program = ["t0 = torch.tensor([1e30])", "t1 = t0 * t0", 't2 = torch.tensor([float("inf")])', "t3 = t2 - t1"]
    assert bounds(program)["t3"] == (ANYTHING, {**bounds(program)["t2"][1], "data": ["nan"]})
    assert bounds(program, "float64")["t3"][0] == ANYTHING


def test_a_step_with_a_gradient_whose_square_overflows_is_not_compared():
    program = [
        "t0 = torch.tensor([1e30, 1.0], requires_grad=True)",
        "t1 = torch.tensor([1e15, 1.0], requires_grad=True)",
        "o0 = torch.optim.RMSprop([t0, t1], centered=True, weight_decay=0.5)",
        "(t0.sum() + t1.sum()).backward()",
        "o0.step()",
    ]
    assert bounds(program)["t0"][0] == ANYTHING
    assert bounds(program)["t1"][0] != ANYTHING
    assert bounds([*program, "o0.zero_grad(set_to_none=False)"])["t0"][0] == ANYTHING


def test_a_cast_by_name_is_to_the_other_format_too():
    within, value = bounds(
        ["t0 = torch.tensor([1.0])", "t1 = t0.float()", "t2 = torch.cosh(t1)", "t3 = torch.cos(t2)"]
    )["t3"]
    assert within > 64 * FORMATS["float32"].spacing(value["data"][0])


def test_numbers_in_a_list_have_the_tolerance_of_a_coarser_format_that_they_came_through():
    program = [
        "t0 = torch.tensor(1.0, requires_grad=True)",
        "t1 = torch.tensor([0.7, 0.7, 0.7], dtype=torch.float32)",
        "l0 = []",
        "h0 = t0.register_hook(lambda g: l0.append(g.clone()))",
        "(t1 / t0).sum().backward()",
    ]
    reference.set_default_dtype(reference.float64)
    try:
        observer = Observer()
        run(program, reference, observer)
        measured = bounded(observer.observations, measure(reference, program))
    finally:
        reference.set_default_dtype(reference.float32)
    (within,) = {o["within"] for o in measured if o["name"].startswith("l0 ") and o["value"]["items"]}
    assert within > FORMATS["float32"].spacing(2.1)


@pytest.mark.parametrize(("dtype", "least"), [("float64", 1e-8), ("float32", 0.0)])
def test_a_gradient_that_cancelled_in_a_coarser_format_has_its_tolerance(dtype, least):
    program = [
        "t0 = torch.tensor(1.0, requires_grad=True)",
        "t1 = torch.tensor([1.0, 1.0, 1.0], dtype=torch.float32)",
        "t2 = (t1 * t0 - t1 * t0).atan()",
        "t2.backward(torch.ones_like(t2))",
    ]
    within, value = bounds(program, dtype)["t0.grad"]
    assert value["data"] == [0.0]
    assert least < within < 1e-4
