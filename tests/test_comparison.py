"""The one comparer, and the tolerance that it derives."""

from __future__ import annotations

import numpy as np
import pytest

from conformance.comparison import Context, differences, documented_mismatch, mismatch_of, text
from conformance.observation import Observer, encode, encode_documented, encode_exception
from conformance.tolerance import FORMATS, allowed

FLOAT32 = Context("float32")
EPS32 = 2.0**-23


def observation(value, **extra):
    return {"name": "it", "value": encode(value), **extra}


def mismatch(got, want, context=FLOAT32, **extra):
    return mismatch_of(observation(got, **extra), encode(want), context)


def documented(got, want, context=FLOAT32, **extra):
    return documented_mismatch(observation(got, documented=encode_documented(want), **extra), context)


def f32(*values):
    return np.array(values, dtype=np.float32)


SAME = {
    "equal tensors": (f32(1, 2), f32(1, 2)),
    "NaN and NaN": (f32(float("nan"), 1), f32(float("nan"), 1)),
    "infinities": (f32(float("inf"), -float("inf")), f32(float("inf"), -float("inf"))),
    "a few ULPs": (f32(1 + 4 * EPS32), f32(1)),
    "a small element beside a large one": (f32(1e-8, 1), f32(0, 1)),
    "Python floats from float32": (1.0 + 4 * EPS32, 1.0),
    "complex numbers": (np.array([1 + 2j], np.complex64), np.array([1 + 2j], np.complex64)),
    "lists": ([1, "a", None], [1, "a", None]),
    "a tuple and a list": ((1, 2), [1, 2]),
    "dicts in another order": ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    "a NumPy scalar and a Python one": (np.float64(2.0), 2.0),
    "a NumPy bool and a Python one": (np.bool_(True), True),
    "a NumPy integer and a Python one": (np.int64(3), 3),
    "empty tensors": (np.zeros((0, 3), np.float32), np.zeros((0, 3), np.float32)),
}
DIFFERENT = {
    "a value": (f32(1, 2), f32(1, 3), "1 of 2 numbers differ"),
    "a dtype": (np.array([1.0]), f32(1), "its dtype is float64, not float32"),
    "a shape": (f32([1]), f32(1), "its shape is"),
    "more than a few ULPs": (f32(1 + 40 * EPS32), f32(1), "not 1.0"),
    "NaN and a number": (f32(float("nan")), f32(1), "nan, not 1.0"),
    "a number and NaN": (f32(1), f32(float("nan")), "1.0, not nan"),
    "infinity and the largest number": (f32(float("inf")), f32(3.4028235e38), "inf, not"),
    "infinities of other sign": (f32(float("inf")), f32(-float("inf")), "inf, not -inf"),
    "None and zeros": (None, f32(0, 0), "None in place of a tensor"),
    "an integer by one": (np.array([2**53 + 1]), np.array([2**53]), "not 9007199254740992"),
    "a flag": (True, False, "True, not False"),
    "an int and a bool": (1, True, "the int 1 in place of the bool True"),
    "an int and a float": (1, 1.0, "the int 1 in place of the float 1.0"),
    "a 0-dim tensor and a number": (f32(1)[0:1].reshape(()), 1.0, "a tensor of float32 and shape [] in place of the"),
    "a string": ("a", "b", "'a', not 'b'"),
    "a list's length": ([1, 2], [1], "2 items, not 1"),
    "within a list": ([1, f32(2)], [1, f32(3)], "at [1]"),
    "a dict's keys": ({"a": 1}, {"b": 1}, "its keys are"),
    "within a dict": ({"a": 1}, {"a": 2}, "at ['a']"),
    "a complex part": (np.array([1 + 2j], np.complex64), np.array([1 + 3j], np.complex64), "not"),
}


@pytest.mark.parametrize(("got", "want"), SAME.values(), ids=SAME)
def test_these_are_the_same(got, want):
    assert mismatch(got, want) is None


@pytest.mark.parametrize(("got", "want", "reason"), DIFFERENT.values(), ids=DIFFERENT)
def test_these_differ_and_the_reason_says_how(got, want, reason):
    assert reason in mismatch(got, want).reason


@pytest.mark.parametrize(
    ("got", "want"),
    [
        (f32(1 / 3, 1 / 3), [1 / 3, 1 / 3]),
        (f32([1, 2]), [[1, 2]]),
        (f32(3)[0:1].reshape(()), 3.0),
        (np.array([True, False]), [True, False]),
        (2.0, 2),
        (None, None),
        ("float32", "float32"),
        (np.dtype("float32"), "float32"),
        ([1, 2], [1, 2]),
        ((f32(1), None), [[1.0], None]),
        (np.zeros((0,), np.float32), []),
    ],
)
def test_documented_literals_that_hold(got, want):
    assert documented(got, want) is None


@pytest.mark.parametrize(
    ("got", "want"),
    [
        (f32(1), [2.0]),
        (f32(1), 1.0),
        (f32(1), [[1.0]]),
        (f32(1), [[1.0], [2.0, 3.0]]),
        (f32(1), None),
        (None, [1.0]),
        (True, 1),
        (True, False),
        (1.0, "1.0"),
        (f32(1), RuntimeError),
        ([1, 2], [1]),
    ],
)
def test_documented_literals_that_do_not_hold(got, want):
    assert documented(got, want) is not None


class OwnError(RuntimeError):
    pass


def exception(error, *words):
    return {"name": "it", "value": encode_exception(error, words)}


@pytest.mark.parametrize("error", [RuntimeError("Retain_Graph"), OwnError("say retain_graph=True")])
def test_an_exception_may_be_a_subclass_and_say_the_words_in_any_way(error):
    want = exception(RuntimeError("specify retain_graph=True"), "retain_graph")["value"]
    assert mismatch_of(exception(error, "retain_graph"), want, FLOAT32) is None


def test_an_oracles_own_class_asks_for_its_built_in_one():
    want = exception(OwnError("x"))["value"]
    assert mismatch_of(exception(RuntimeError("y")), want, FLOAT32) is None


def test_exceptions_that_differ():
    want = exception(RuntimeError("specify retain_graph=True"), "retain_graph")["value"]
    cases = {
        "a ValueError in place of a RuntimeError": exception(ValueError("retain_graph"), "retain_graph"),
        "does not convey 'retain_graph'": exception(RuntimeError("no"), "retain_graph"),
        "no exception in place of a RuntimeError": {"name": "it", "value": {"is": "no exception"}},
    }
    for reason, got in cases.items():
        assert reason in mismatch_of(got, want, FLOAT32).reason


def test_an_oracle_that_does_not_say_the_words_contradicts_the_scenario():
    assert "'shape'" in documented_mismatch(exception(RuntimeError("no"), "shape"), FLOAT32).reason


def test_a_documented_class():
    observed = exception(OwnError("x"))
    assert documented_mismatch({**observed, "documented": {"is": "class", "value": "RuntimeError"}}, FLOAT32) is None
    assert documented_mismatch({**observed, "documented": {"is": "class", "value": "ValueError"}}, FLOAT32) is not None
    assert documented_mismatch({**observed, "documented": {"is": "none"}}, FLOAT32) is not None


def warned(*categories):
    observe = Observer()
    with observe.warns("it"):
        import warnings

        for category in categories:
            warnings.warn("heard", category, stacklevel=1)
    return observe.observations[0]


class OwnWarning(UserWarning):
    pass


def test_warnings():
    assert mismatch_of(warned(OwnWarning), warned(UserWarning)["value"], FLOAT32) is None
    assert mismatch_of(warned(UserWarning, DeprecationWarning), warned(UserWarning)["value"], FLOAT32) is None
    assert mismatch_of(warned(), warned(UserWarning)["value"], FLOAT32) is not None
    assert mismatch_of(warned(UserWarning), warned()["value"], FLOAT32) is not None
    assert mismatch_of(warned(UserWarning), warned(DeprecationWarning)["value"], FLOAT32) is not None
    assert documented_mismatch({**warned(), "documented": {"is": "none"}}, FLOAT32) is None
    assert documented_mismatch({**warned(UserWarning), "documented": {"is": "none"}}, FLOAT32) is not None
    assert documented_mismatch({**warned(UserWarning), "documented": encode_documented(UserWarning)}, FLOAT32) is None


def test_each_sides_default_device_is_the_others():
    on_cuda = Context("float32", got_device="cuda")
    for got in ("cuda", "cuda:0"):
        assert mismatch(got, "cpu", on_cuda) is None
    assert mismatch("cuda:1", "cpu", on_cuda) is not None
    assert mismatch("cpu", "cpu", on_cuda) is None
    assert mismatch("cuda:0", "cpu") is not None


def test_the_largest_error_is_reported_in_ulps():
    assert mismatch(f32(1 + 64 * EPS32, 2), f32(1, 2)).ulps == 64
    assert mismatch(f32(0.5 + 64 * EPS32), f32(0.5)).ulps == 128
    assert mismatch(f32(float("nan")), f32(1)).ulps is None
    assert mismatch(f32(0.5), f32(0)).ulps == 2**23
    assert mismatch(np.array([1e308]), np.array([-1e308])).ulps < 2**55  # finite, or it could not be written down


def test_the_tolerance_grows_with_terms_and_with_scale():
    off = f32(1 + 40 * EPS32)
    assert mismatch(off, f32(1)) is not None
    assert mismatch(off, f32(1), terms=20) is None
    assert mismatch(off, f32(1), scale=10.0) is None


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_a_format_is_what_numpy_says(dtype):
    info, format = np.finfo(dtype), FORMATS[dtype]
    assert 2 * format.unit_roundoff == info.eps
    for x in (1.0, 1.5, 3.0, float(info.tiny), 0.0):
        assert format.spacing(x) == float(np.spacing(np.array(x, dtype)))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("terms", [1, 10, 100])
def test_sums_in_any_order_lie_within_the_tolerance(dtype, terms):
    """The bound is a bound: sums of positive numbers, forwards and backwards, against the exact sum."""
    from fractions import Fraction

    random = np.random.default_rng(terms)
    for _ in range(50):
        values = random.uniform(0, 1, terms + 1).astype(dtype)
        exact = float(sum(Fraction(float(v)) for v in values))
        for order in (values, values[::-1]):
            total = order[0]
            for value in order[1:]:
                total = total + value
            assert abs(float(total) - exact) <= allowed(FORMATS[dtype], terms, exact)


def test_the_first_difference_is_found_and_missing_observations_are_told():
    def run(*pairs):
        return [{"name": name, "value": encode(value)} for name, value in pairs]

    expected = run(("a", 1), ("b", 2), ("c", 3))
    found = differences(run(("a", 1), ("b", 5), ("c", 6)), expected, FLOAT32)
    assert [d.observation for d in found] == ["b", "c"]
    (only,) = differences(run(("a", 1)), expected, FLOAT32)
    assert (only.observation, only.got) == ("b", None)
    (other,) = differences(run(("a", 1), ("x", 2)), expected, FLOAT32)
    assert other.observation == "x" and other.expected is None
    (extra,) = differences([*expected, *run(("d", 4))], expected, FLOAT32)
    assert extra.observation == "d"


def test_values_are_shown_with_dtype_and_shape():
    assert text(encode(f32([1], [2]))) == "[[1.0], [2.0]] (float32, shape [2, 1])"
    assert text(encode(None)) == "None"
    assert text(encode({"a": [1, True]})) == "{a: [1, True]}"
