"""From observations to one of a few words."""

from __future__ import annotations

import pytest

from conformance.catalogue import Chapter, Clause
from conformance.comparison import Context
from conformance.observation import encode, encode_documented, encode_exception
from conformance.verdict import Witness, judge

CLAUSE = Clause("X-01", "it is one", "a docstring", Chapter("X", "x", "X", 1))
DIFFERS = Clause("X-01", "it is one", "a docstring", Chapter("X", "x", "X", 1), differs="it is two")
CONTEXT = Context("float32")


def ran(*observations, raised=None):
    return {"observations": list(observations), "raised": encode_exception(raised) if raised else None}


def saw(name, value, documented=...):
    observed = {"name": name, "value": value if isinstance(value, dict) else encode(value)}
    if documented is not ...:
        observed["documented"] = encode_documented(documented)
    return observed


def raised(error, *words):
    return encode_exception(error, words)


def verdict(got, expected, clause=CLAUSE, is_oracle=False):
    witness = Witness("PyTorch", expected, "float32", "cpu")
    return judge(got, witness, clause, CONTEXT, is_oracle=is_oracle)


def test_agreement():
    run = ran(saw("one", 1, documented=1))
    assert verdict(run, run).word == "agrees"
    assert verdict(run, run, is_oracle=True).word == "agrees"


def test_the_first_difference_is_recorded_with_its_witness():
    judged = verdict(ran(saw("a", 1), saw("b", 3), saw("c", 4)), ran(saw("a", 1), saw("b", 2, 2), saw("c", 5)))
    assert judged.word == "diverges"
    assert judged.reason == "b: 3, not 2"
    assert judged.difference == {
        "observation": "b",
        "expected": encode(2),
        "got": encode(3),
        "documented": encode(2),
        "witness": "PyTorch",
        "ulps": None,
    }


@pytest.mark.parametrize(
    "error",
    [
        AttributeError("module 'x' has no attribute 'cat'"),
        NotImplementedError("later"),
        ImportError("no module"),
        TypeError("mean() got an unexpected keyword argument 'dim'"),
        TypeError("'Tensor' object is not subscriptable"),
        TypeError("f() takes 1 positional argument but 2 were given"),
    ],
)
def test_an_engine_without_the_api_is_missing_it(error):
    expected = ran(saw("a", 1), saw("b", 2))
    assert verdict(ran(saw("a", 1), raised=error), expected).word == "missing"
    inside = ran(saw("a", 1), saw("b", raised(error)))
    assert verdict(inside, ran(saw("a", 1), saw("b", raised(RuntimeError("no"))))).word == "missing"
    assert verdict(inside, ran(saw("a", 1), saw("b", {"is": "no exception"}))).word == "missing"


def attribute_error_of(value):
    try:
        value.zero_()
    except AttributeError as error:
        return error


@pytest.mark.parametrize(
    "error",
    [
        attribute_error_of(None),
        attribute_error_of(1.0),
        RuntimeError("no"),
        TypeError("must be a Tensor, not a list"),
        TypeError("unsupported operand type(s) for -: 'NoneType' and 'float'"),
    ],
)
def test_a_refusal_or_a_wrong_type_is_no_missing_api(error):
    assert verdict(ran(raised=error), ran(saw("a", 1))).word == "diverges"


def test_the_exception_that_the_oracle_raises_is_not_missing():
    error = TypeError("backward() got an unexpected keyword argument 'retain_variables'")
    run = ran(saw("the old keyword", raised(error)))
    assert verdict(run, run).word == "agrees"


def test_a_difference_comes_before_the_exception_after_it():
    expected = ran(saw("a", 1), saw("b", 2))
    assert verdict(ran(saw("a", 9), raised=AttributeError("x")), expected).word == "diverges"


def test_an_exception_after_the_last_observation():
    assert verdict(ran(saw("a", 1), raised=RuntimeError("late")), ran(saw("a", 1))).word == "diverges"


def test_witnesses_that_disagree_settle_nothing_for_others_and_convict_the_oracle():
    contradicting = ran(saw("a", 1), saw("b", 2, documented=3))
    for got in (2, 3):
        judged = verdict(ran(saw("a", 1), saw("b", got, documented=3)), contradicting)
        assert judged.word == "unsettled" and "PyTorch contradicts the documentation" in judged.reason
    assert verdict(contradicting, contradicting, is_oracle=True).word == "diverges"


def test_a_difference_where_nothing_is_disputed_is_still_a_difference():
    contradicting = ran(saw("a", 2, documented=3), saw("b", 1))
    assert verdict(ran(saw("a", 3, documented=3), saw("b", 7)), contradicting).word == "diverges"


def test_where_the_clause_says_that_pytorch_differs_it_counts():
    expected = ran(saw("a", 2, documented=3))
    assert verdict(ran(saw("a", 2, documented=3)), expected, DIFFERS).word == "agrees"
    assert verdict(ran(saw("a", 3, documented=3)), expected, DIFFERS).word == "diverges"
    assert verdict(expected, expected, DIFFERS, is_oracle=True).word == "agrees"


@pytest.mark.parametrize(
    "expected", [ran(saw("a", 1), raised=ValueError("x")), {"crashed": "SIGSEGV"}, {"hung": "no answer"}]
)
def test_an_oracle_that_fails_itself_settles_nothing(expected):
    judged = verdict(ran(saw("a", 1)), expected)
    assert judged.word == "unsettled" and "itself" in judged.reason


def test_an_oracle_that_fails_is_told_so():
    run = ran(saw("a", 1), raised=ValueError("x"))
    assert verdict(run, run, is_oracle=True).word == "diverges"


def test_a_crash_and_a_hang_keep_their_last_lines():
    expected = ran(saw("a", 1))
    crash = verdict({"crashed": "killed by SIGSEGV", "output": "here"}, expected)
    assert (crash.word, crash.reason) == ("crashes", "killed by SIGSEGV; its last lines of output:\nhere")
    assert verdict({"hung": "no answer after 2 s"}, expected).word == "hangs"


def test_without_an_oracle_the_documentation_is_the_witness():
    assert verdict(ran(saw("a", 1, documented=1)), None).word == "agrees"
    assert verdict(ran(saw("a", 2, documented=1)), None).word == "diverges"
    assert verdict(ran(raised=RuntimeError("x")), None).word == "diverges"
    assert verdict(ran(saw("a", 1, documented=1), saw("b", 2)), None).word == "unsettled"
    assert verdict(ran(saw("a", 1, documented=1)), None, DIFFERS).word == "unsettled"
