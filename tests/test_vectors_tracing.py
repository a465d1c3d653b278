"""What a scenario turns into when it is traced, and what cannot be traced."""

from __future__ import annotations

import ast
import itertools
from pathlib import Path

import pytest
import torch

import conformance.witnesses
from conformance.vectors.neutral import NotExportable
from conformance.vectors.rewriting import FUNCTIONS, scenarios
from conformance.vectors.tracing import trace

HEAD = """
import copy
import gc
import math
import threading
import weakref

from conformance.scenario import scenario


@scenario("ACC-01")
def body(torch, observe):
"""
_names = itertools.count()


@pytest.fixture
def traced(tmp_path, monkeypatch):
    """Traces the body of a scenario, given as its source."""
    monkeypatch.syspath_prepend(tmp_path)

    def tracing(source):
        name = f"traced_{next(_names)}"
        lines = "".join(f"    {line}\n" for line in source.strip().splitlines())
        (tmp_path / f"{name}.py").write_text(HEAD + lines)
        return trace(scenarios(name)["ACC-01"], torch)

    return tracing


def test_a_program(traced):
    program, observations = traced("""
w = torch.tensor([1.0, 2.0], requires_grad=True)
loss = (w * 2 + 0.5).sum()
loss.backward(retain_graph=True)
observe("the gradient", w.grad, documented=[2.0, 2.0], terms=3)
""")
    assert program == [
        {"call": "torch.tensor", "args": [{"float": [1.0, 2.0]}], "kw": {"requires_grad": True}, "as": 0},
        {"op": "mul", "args": [{"v": 0}, 2], "as": 1},
        {"op": "add", "args": [{"v": 1}, 0.5], "as": 2},
        {"call": "sum", "on": 2, "as": 3},
        {"call": "backward", "on": 3, "kw": {"retain_graph": True}},
        {"get": "grad", "on": 0, "as": 4},
        {"observe": "the gradient", "value": {"v": 4}, "documented": {"float": [2.0, 2.0]}, "terms": 3},
    ]
    assert [o["value"]["data"] for o in observations] == [[2.0, 2.0]]


def test_blocks_nest_and_end_with_what_raises(traced):
    program, observations = traced("""
w = torch.tensor([1.0], requires_grad=True)
with torch.no_grad():
    with observe.raises("in place", RuntimeError, saying=("leaf", "view")):
        torch.tensor([1.0], requires_grad=True).unfold(0, 2, 1)
        w.add_(1)
    w.mul_(3)
observe("w", w)
""")
    block = program[2]
    assert block["with"] == 1
    inner = block["do"][0]
    assert inner["raises"] == "in place" and inner["saying"] == ["leaf", "view"]
    assert inner["documented"] == {"class": "RuntimeError"}
    assert [step["call"] for step in inner["do"]] == ["torch.tensor", "unfold"]
    assert block["do"][1] == {"call": "mul_", "on": 0, "args": [3]}
    assert [o["value"]["is"] for o in observations] == ["exception", "tensor"]


def test_helpers_and_loops_are_unrolled(traced):
    program, _ = traced("""
double = lambda x: x * 2
x = torch.tensor([1.0])
for _ in range(3):
    x = double(x)
observe("x", x)
""")
    assert [step.get("op") for step in program] == [None, "mul", "mul", "mul", None]


STEPS = {
    "identity": ("w is w.detach()", {"op": "is", "args": [{"v": 0}, {"v": 1}]}),
    "is-not-none": ("w.grad is not None", {"op": "is_not", "args": [{"v": 1}, None]}),
    "not": ("not w.requires_grad", {"op": "not", "args": [{"v": 1}]}),
    "in": ("3 in w.shape", {"op": "contains", "args": [{"v": 1}, 3]}),
    "not-in": ("3 not in w.shape", {"op": "not_contains", "args": [{"v": 1}, 3]}),
    "len": ("len(w.shape)", {"op": "len", "args": [{"v": 1}]}),
    "list": ("list(w.shape)", {"op": "list", "args": [{"v": 1}]}),
    "isinstance": ("isinstance(w, torch.Tensor)", {"op": "isinstance", "args": [{"v": 0}, {"name": "torch.Tensor"}]}),
    "a-python-class": ("isinstance(w.shape, tuple)", {"op": "isinstance", "args": [{"v": 1}, {"name": "tuple"}]}),
    "copy": ("copy.copy(w)", {"op": "copy", "args": [{"v": 0}]}),
    "deepcopy": ("copy.deepcopy([w, {'b': w}])", {"op": "deepcopy", "args": [[{"v": 0}, {"dict": [["b", {"v": 0}]]}]]}),
    "reflected": ("1 - w", {"op": "sub", "args": [1, {"v": 0}]}),
    "slice": ("w[1:, ...]", {"index": {"tuple": [{"slice": [1, None, None]}, {"ellipsis": True}]}, "on": 0}),
    "special-floats": ("w * float('inf')", {"op": "mul", "args": [{"v": 0}, {"float": "inf"}]}),
    "complex": ("w * 2j", {"op": "mul", "args": [{"v": 0}, {"complex": [0.0, 2.0]}]}),
    "large-integers": ("torch.tensor(2**60)", {"call": "torch.tensor", "args": [{"int": str(2**60)}]}),
    "dict": ("torch.optim.SGD([{'params': [w]}], lr=0.5).step()", None),
}  # fmt: skip


@pytest.mark.parametrize("case", STEPS)
def test_a_step(traced, case):
    source, expected = STEPS[case]
    program, observations = traced(f'w = torch.tensor([[1.0, 2.0], [3.0, 4.0]])\nobserve("it", {source})')
    if expected is None:
        assert program[1]["args"] == [[{"dict": [["params", [{"v": 0}]]]}]]
    else:
        assert {key: value for key, value in program[-2].items() if key != "as"} == expected
    assert len(observations) == 1


def test_a_deep_copy_is_of_the_engines_own_making_and_of_pythons_where_nothing_is_the_engines(traced):
    program, observations = traced("""
kept = {"a": [1.0, 2.0]}
mine = copy.deepcopy(kept)
kept["a"].append(3.0)
w = torch.tensor(mine["a"], requires_grad=True)
o = torch.optim.SGD([w], lr=0.5, momentum=0.9)
saved = copy.deepcopy(o.state_dict())
(w * w).sum().backward()
o.step()
observe("saved before the step", saved["state"])
""")
    assert program[0]["args"] == [{"float": [1.0, 2.0]}]
    assert [step["op"] for step in program if "op" in step] == ["deepcopy", "mul"]
    assert [o["value"] for o in observations] == [{"is": "dict", "items": []}]


def test_in_place_operators_and_unpacking(traced):
    program, _ = traced("""
x = torch.tensor([1.0, 2.0])
y = x
y += 1
y[0] = 5.0
first, _ = y
observe("all", {"x": x, "the same": y is x, "first": [first]})
""")
    assert [next(iter(step)) for step in program] == ["call", "op", "put", "unpack", "op", "observe"]
    assert program[3] == {"unpack": 1, "into": [2, None]}
    keys = [key for key, _ in program[-1]["value"]["dict"]]
    assert keys == ["x", "the same", "first"]


REFUSED = {
    "a-hook": ("w.register_hook(lambda g: g)", "hands a function to the engine"),
    "a-method": ("torch.func.vmap(w.add)", "hands a function to the engine"),
    "a-subclass": ("class Mine(torch.nn.Module): pass", "subclasses a class of the engine"),
    "a-branch": ("if w.sum() > 0: pass", "branches on a value of the engine"),
    "a-branch-on-none": ("if w.grad is None: pass", "branches on a value of the engine"),
    "and": ("w.grad is None and w.requires_grad", "branches on a value of the engine"),
    "arithmetic": ("math.sqrt(w.sum())", "computes in Python with a value of the engine"),
    "a-range": ("range(w.dim())", "computes in Python with a value of the engine"),
    "text": ('f"{w.dim()}"', "computes in Python with a value of the engine"),
    "a-weak-reference": ("weakref.ref(w)", "uses Python's weakref"),
    "gc": ("gc.collect()", "uses Python's gc"),
    "a-thread": ("threading.Thread(target=print)", "uses Python's threading"),
    "numpy": ("__import__('numpy').asarray(w)", "hands a tensor to NumPy"),
    "an-array": ("torch.tensor(__import__('numpy').ones(2))", "hands a NumPy array to the engine"),
    "a-generator": ("torch.optim.SGD((x for x in [w]), lr=1.0)", "hands a Python object to the engine: generator"),
    "a-caught-exception": ("try:\n    w.backward()\nexcept RuntimeError:\n    w.sum()", "catches an exception itself"),
    "a-caught-exception-at-the-end": (
        "try:\n    w.backward()\nexcept RuntimeError:\n    pass",
        "catches an exception itself",
    ),
    "an-exception-of-python": (
        'with observe.raises("it"):\n    raise KeyError("mine")',
        "raises in Python: KeyError",
    ),
    "an-exception": ("w.backward()", "PyTorch itself raises: RuntimeError"),
    "python-alone": ('"".join([w])', "raises in Python: TypeError"),
    "a-constant": ('observe("it", [1.0])', "observes what only Python saw"),
    "a-documented-value": ('observe("it", w, documented=w.sum())', "documents one value of the engine's by another"),
    "a-deleted-item": ("del w.__dict__['x']", "deletes an item"),
    "a-setting": ("torch.backends.mine = 1", "sets an attribute of the engine"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_only_python_can_do_is_refused(traced, case):
    source, reason = REFUSED[case]
    with pytest.raises(NotExportable) as refused:
        traced(f'w = torch.tensor([1.0, 2.0])\n{source}\nobserve("w", w)')
    assert str(refused.value).startswith(reason)


def test_a_refusal_is_not_swallowed_by_an_observation(traced):
    with pytest.raises(NotExportable, match="hands a function"):
        traced("""
w = torch.tensor([1.0], requires_grad=True)
with observe.raises("it"):
    w.register_hook(lambda g: g)
""")


def test_witnesses_ask_nothing_of_the_engine_that_is_not_intercepted():
    """Only the files of scenarios are rewritten, so what a witness does with the engine must need no rewriting."""
    for path in Path(conformance.witnesses.__file__).parent.glob("*.py"):
        for function in ast.walk(ast.parse(path.read_text())):
            if not isinstance(function, ast.FunctionDef) or "torch" not in [a.arg for a in function.args.args]:
                continue
            for node in ast.walk(function):
                assert not isinstance(node, ast.Compare | ast.Not), f"{path.name}: {function.name}"
                called = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
                assert called in ("", "list", "tuple") or called not in FUNCTIONS, f"{path.name}: {function.name}"
