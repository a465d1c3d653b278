"""Random programs: their grammar, how they are run, made short and printed, and what they reach."""

from __future__ import annotations

import ast
import contextlib
import io

import pytest
from hypothesis import HealthCheck, given, settings

import reference
from conformance import drawing
from conformance.comparison import Context, differences
from conformance.observation import Observer
from conformance.programs import grammar, operations
from conformance.programs.coverage import Coverage
from conformance.programs.interpreter import run
from conformance.programs.minimal import reduce, renumbered
from conformance.programs.printing import looked_at, raising_lines, script
from conformance.strategies.programs import FOCUSES, TrainingLoop, programs

PROGRAM = [
    "t0 = torch.tensor([1.0, 2.0], requires_grad=True)",
    "t1 = torch.exp(t0)",
    "t1.sum().backward()",
    "t1.sum().backward()",
    "with torch.no_grad():\n    t0.add_(1.0)",
]


def observed(program, torch=reference):
    observer = Observer()
    run(program, torch, observer)
    return {o["name"]: o["value"] for o in observer.observations}


def drawn(focus, count):
    strategy = TrainingLoop if focus == "training loop" else programs(focus)
    return [ast.literal_eval(literal) for literal in drawing.literals(focus, strategy, count)]


@pytest.mark.parametrize(
    "statement",
    [
        "import os",
        "t0 = __import__('os')",
        "t0 = open('file')",
        "t0 = torch.load('file')",
        "t0 = torch.__dict__",
        "t0 = t1.numpy()",
        "t0 = [t for t in t1]",
        "t0 = 1; t1 = 2",
        "t0 = (",
        "eval('1')",
    ],
)
def test_what_no_program_needs_is_refused(statement):
    with pytest.raises(ValueError, match=r"grammar|statement"):
        grammar.parse((statement,))


@pytest.mark.parametrize("focus", [*FOCUSES, "training loop"])
def test_every_drawn_program_is_a_literal_of_the_grammar(focus):
    for program in drawn(focus, 150):
        assert ast.literal_eval(repr(program)) == program
        grammar.parse(tuple(program))


def test_most_statements_of_drawn_programs_run():
    ran = raised = 0
    for focus in FOCUSES:
        for program in drawn(focus, 60):
            values = [value for name, value in observed(program).items() if name.startswith("line ")]
            raised += sum(value["is"] == "exception" for value in values)
            ran += len(values)
    assert raised < ran / 5


def test_drawn_programs_reach_most_operations():
    coverage = Coverage()
    for focus in FOCUSES:
        for program in drawn(focus, 700):
            coverage.add(program, {})
    called = set(coverage.operations)
    missed = {name for name in operations.OPERATIONS if name not in called}
    assert len(missed) < len(operations.OPERATIONS) / 10, sorted(missed)


def test_the_table_names_operations_that_there_are():
    places = (reference.Tensor, reference, reference.nn.functional)
    assert [n for n in operations.OPERATIONS if not any(hasattr(place, n) for place in places)] == []
    assert [n for n in operations.IN_PLACE if not hasattr(reference.Tensor, n + "_")] == []


def test_a_run_observes_values_gradients_exceptions_and_flags():
    values = observed(PROGRAM)
    assert values["t1 after line 2: t1 = torch.exp(t0)"]["shape"] == [2]
    assert values["t0.grad after line 3: t1.sum().backward()"]["is"] == "tensor"
    assert values["line 4: t1.sum().backward()"]["class"] == "RuntimeError"
    assert not any("line 5" in name for name in values), "a differentiation that raises is the end"
    assert observed(PROGRAM[:3])["t1.is_leaf at the end"] == {"is": "bool", "value": False}


def test_a_statement_that_raises_is_not_the_end():
    values = observed(["t0 = torch.tensor([1.0])", "t1 = t0.view(3)", "t2 = t0 * 2.0"])
    assert values["line 2: t1 = t0.view(3)"]["is"] == "exception"
    assert values["t2 after line 3: t2 = t0 * 2.0"]["data"] == [2.0]


@settings(max_examples=40, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(programs("graphs"))
def test_a_script_does_what_the_interpreter_does(program):
    observations = Observer()
    ran = run(program, reference, observations)
    raising = raising_lines(observations.observations)
    text = script(program[:ran], title="title", dtype="float32", raising=raising)
    variables = {}
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(text.replace("import torch", "import reference as torch"), variables)
    raised = [
        value
        for o in observations.observations
        if (value := o["value"])["is"] == "exception" and "line" in o["name"][:5]
    ]
    assert [
        line.partition(" ")[0] for line in printed.getvalue().splitlines() if "Error" in line.partition(" ")[0]
    ] == [value["class"] for value in raised][: len(raised)]


def test_a_script_prints_what_differs_and_stops_there():
    difference = {
        "observation": "t0.grad after line 3: t1.sum().backward()",
        **{"expected": {"is": "float", "value": 1.0}, "got": {"is": "float", "value": 2.0}, "witness": "PyTorch"},
    }
    text = script(PROGRAM, title="RND-03: text", dtype="float64", difference=difference)
    assert text.splitlines()[-1] == 'print("t0.grad:", t0.grad)'
    assert "t0.add_" not in text
    assert "PyTorch: 1.0" in text


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("line 3: t1.backward()", (None, 3)),
        ("t0.grad after line 2: t1.backward()", ("t0.grad", 2)),
        ("t0._version at the end", ("t0._version", 7)),
    ],
)
def test_a_difference_says_where_to_look(name, where):
    assert looked_at({"observation": name}, 7) == where


def test_a_program_is_made_as_short_as_it_still_fails():
    program = [
        *PROGRAM[:2],
        "t5 = t1 * 2.0",
        "with torch.no_grad():\n    t0.add_(1.0)\n    t1.mul_(2.0, alpha=3)",
        "t5.sum()",
    ]
    assert reduce(program, lambda p: any("mul_" in text for text in p)) == ["t0.mul_(2.0)"]


def test_variables_are_numbered_as_they_appear():
    assert renumbered(["t7 = torch.tensor([1.0])", "t3 = t7.mul(t7)", "o2 = torch.optim.SGD([t7])"]) == [
        "t0 = torch.tensor([1.0])",
        "t1 = t0.mul(t0)",
        "o0 = torch.optim.SGD([t0])",
    ]


def test_pairs_are_followed_through_variables_and_expressions():
    coverage = Coverage()
    program = [
        "t0 = torch.tensor([1.0])",
        "t1 = t0.exp()",
        "t2 = (t1 + t0).sum()",
        "t1[0] = t2",
        "t1 *= 2.0",
        "t1.relu_()",
    ]
    coverage.add(program, {})
    wanted = {
        ("tensor", "exp"),
        ("exp", "add"),
        ("tensor", "add"),
        ("add", "sum"),
        ("sum", "[]="),
        ("exp", "mul_"),
        ("mul_", "relu_"),
    }
    assert wanted <= set(coverage.pairs)
    assert coverage.clauses["INP-38"] == 1


def test_a_statement_that_raised_reaches_the_clause_of_its_message():
    coverage = Coverage()
    coverage.add(["t0.backward()"], {1: "element 0 of tensors does not require grad and does not have a grad_fn"})
    assert set(coverage.clauses) == {"BWD-10"}


def test_two_runs_of_a_program_are_the_same():
    first, second = Observer(), Observer()
    run(PROGRAM, reference, first)
    run(PROGRAM, reference, second)
    assert differences(first.observations, second.observations, Context("float32")) == []


def test_losses_are_taken_where_all_is_of_the_default_dtype():
    taken = 0
    for program in drawn("operations", 200) + drawn("graphs", 200):
        before, loss, _ = "\n".join(program).partition("_loss(")
        taken += bool(loss)
        assert not loss or not any(word in before for word in ("dtype=torch.float", "double()", "float_power"))
    assert taken
