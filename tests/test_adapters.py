"""Adapters of engines that others wrote: what they give PyTorch's names to, and that they lend nothing."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from conformance import adapting, chapters, engine, expectations
from conformance.engine import built_in, lacking
from conformance.isolation import EngineProcess, Limits
from conformance.subjects import Subject
from tests.suite import ROOT

OTHERS = [name for name in built_in() if name not in ("torch", "reference")]
BY_TAPE = ["micrograd", "mygrad", "pydynet", "tinygrad", "paddle"]
BY_FUNCTION = ["autograd", "jax", "mlx"]


def installed(name):
    """Skips the test, with the reason, where an engine's library is not installed."""
    if missing := lacking(name):
        pytest.skip(f"{missing} is not installed")


def said_by(name, expression):
    """What an expression of ``torch`` is on an engine, in a process of its own: some put themselves in torch's place."""
    code = f"from conformance.engine import load\ntorch = load({name!r}).torch\n{expression}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()[-1]


def grad(f):
    """A functional engine's ``grad``, by central differences: what it is makes no difference to its adapter."""

    def of(x):
        x = np.asarray(x, dtype=float)
        steps = np.eye(x.size).reshape(x.size, *x.shape) * 1e-6
        return np.array([(f(x + h) - f(x - h)) / 2e-6 for h in steps]).reshape(x.shape)

    return of


FUNCTIONAL = SimpleNamespace(**adapting.functional(grad=lambda f, argnums=0: grad(f)))


def test_functional_gives_grad_as_it_is():
    found = FUNCTIONAL.func.grad(lambda x: np.sum(x * x))([1.0, 2.0])
    np.testing.assert_allclose(found, [2.0, 4.0], rtol=1e-6)


def test_functional_lends_no_accumulation_and_no_graph():
    """Twice asked, the same answer: nothing adds up behind the engine's back, and nothing is there to ask for it."""
    ask = FUNCTIONAL.func.grad(lambda x: np.sum(x * x))
    np.testing.assert_array_equal(ask([1.0, 2.0]), ask([1.0, 2.0]))
    for name in ("grad", "backward"):
        assert not hasattr(FUNCTIONAL.autograd, name)
    assert not hasattr(FUNCTIONAL, "tensor")


def test_functional_leaves_out_what_it_was_not_given():
    assert set(vars(FUNCTIONAL.func)) == {"grad"}
    assert set(vars(FUNCTIONAL.autograd.functional)) == set()
    assert not hasattr(FUNCTIONAL, "vmap")


def test_functional_takes_one_input_or_a_tuple_of_them():
    seen = []

    def jacobian(f, argnums):
        seen.append(argnums)
        return f

    given = SimpleNamespace(**adapting.functional(grad=grad, jacobian=jacobian))
    assert given.autograd.functional.jacobian(lambda x: x, 1) == 1
    assert given.autograd.functional.jacobian(lambda x, y: (x, y), (1, 2)) == (1, 2)
    assert seen == [0, (0, 1)]


def test_functional_makes_up_no_vector_where_none_is_given():
    """An engine that takes any vector does not thereby refuse, or fill in, one that is left out."""
    given = SimpleNamespace(**adapting.functional(grad=grad, vjp=lambda f, *inputs: (f(*inputs), lambda v: (v,))))
    assert given.autograd.functional.vjp(lambda x: x, 2.0, 3.0) == (2.0, 3.0)
    with pytest.raises(NotImplementedError):  # which is missing, and neither agreement nor divergence
        given.autograd.functional.vjp(lambda x: x, 2.0)


def test_functional_gives_the_gradient_before_the_value():
    given = adapting.functional(grad=grad, value_and_grad=lambda f, argnums=0: lambda x: (f(x), "its gradient"))
    assert given["func"].grad_and_value(lambda x: 2 * x)(3.0) == ("its gradient", 6.0)


def test_a_keyword_that_the_engine_has_not_is_still_refused():
    def divide(a, b):
        return a / b

    with pytest.raises(TypeError, match="unexpected keyword argument 'rounding_mode'"):
        adapting.with_keywords(divide)(1.0, 2.0, rounding_mode="floor")
    assert adapting.with_keywords(np.sum)(np.ones((2, 3)), dim=[0, 1], keepdim=True).shape == (1, 1)


def test_numpy_like_rearranges_what_goes_by_other_conventions():
    torch = SimpleNamespace(**adapting.numpy_like(np))
    x = np.array([[1.0, 5.0], [4.0, 2.0]])
    values, indices = torch.max(x, dim=1)
    assert (values.tolist(), indices.tolist()) == ([5.0, 4.0], [1, 0])
    assert torch.max(x) == 5.0
    assert torch.max(x, x + 1).tolist() == (x + 1).tolist()
    assert torch.var(np.array([1.0, 3.0])) == 2.0  # PyTorch divides by n - 1
    assert torch.var(np.array([1.0, 3.0]), correction=0) == 1.0
    assert torch.transpose(np.ones((2, 3, 4)), 0, 1).shape == (3, 2, 4)
    assert torch.permute(np.ones((2, 3, 4)), (2, 0, 1)).shape == (4, 2, 3)
    assert torch.cat([x, x], dim=1).shape == (2, 4)


def test_numpy_like_invents_nothing():
    assert adapting.numpy_like(SimpleNamespace(exp=np.exp)).keys() == {"exp"}


def test_a_namespace_takes_the_first_source_that_has_a_name():
    found = adapting.namespace(SimpleNamespace(a=1), SimpleNamespace(a=2, b=3), names=["a", "b", "c"], d=4)
    assert vars(found) == {"a": 1, "b": 3, "d": 4}


@pytest.mark.parametrize("name", OTHERS)
def test_an_adapter_says_who_the_engine_is(name):
    installed(name)
    process = EngineProcess(name, Limits(seconds=60))
    facts = process.open()
    process.close()
    assert "error" not in facts, facts
    assert facts["name"]
    assert facts["version"][:1].isdigit()
    assert facts["devices"]
    assert set(facts["dtypes"]) <= {"float32", "float64"}


@pytest.mark.parametrize("name", BY_TAPE)
def test_a_gradient_is_the_engines_own(name):
    """One backward; how a second one adds up is the engine's affair, and for the suite to find out."""
    installed(name)
    ask = "x = torch.tensor(3.0, requires_grad=True); (x * x).backward(); print(float(x.grad.tolist()))"
    assert said_by(name, ask) == "6.0"


@pytest.mark.parametrize("name", BY_FUNCTION)
def test_a_functional_engine_has_no_leaves(name):
    installed(name)
    refused = (
        "try: torch.tensor([1.0], requires_grad=True)\nexcept TypeError as error: print('requires_grad' in str(error))"
    )
    assert said_by(name, refused) == "True"
    assert said_by(name, "print(hasattr(torch.tensor([1.0]), 'backward'))") == "False"
    grad = "torch.func.grad(lambda x: torch.sum(x * x))(torch.tensor([1.0, 2.0]))"
    assert said_by(name, f"print(sum({grad}.tolist()))") == "6.0"


@pytest.mark.parametrize("path", sorted(expectations.BUILT_IN.glob("*.toml")), ids=lambda path: path.stem)
def test_expectations_are_of_an_engine_and_of_scenarios_that_there_are(path):
    read = expectations.read(path)
    assert read.engine == path.stem
    assert read.engine in engine.built_in()
    scenarios = [scenario.id for scenario in chapters.every()]
    assert expectations.unmatched(read, scenarios) == []
    assert path.stat().st_size < 30 * len(scenarios), "a line for one scenario in five, at most: use patterns"


def test_an_id_that_looks_like_a_pattern_is_asked_before_patterns(tmp_path):
    file = tmp_path / "x.toml"
    file.write_text(
        '[scenarios]\n"ACC-*" = { verdict = "missing", reason = "small" }\n"ACC-03/x*x" = { verdict = "agrees" }\n'
    )
    read, subject = expectations.read(file), Subject("x-cpu", "x", "x", "1", "cpu")
    found = [read.of(id, subject, "float32") for id in ("ACC-03/x*x", "ACC-03/x-x")]
    assert [e.verdicts for e in found if e is not None] == [("agrees",), ("missing",)]
