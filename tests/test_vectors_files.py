"""Files of vectors: short, and back again; damaged, foreign and missing ones say so in one line."""

from __future__ import annotations

import math

import pytest

from conformance.observation import Observer, encode_documented
from conformance.vectors import files
from conformance.vectors.expected import folded, lengthened, shortened, unfolded
from conformance.vectors.files import Vectors, VectorsError

MODULE = "conformance.scenarios.accumulation"
HEAD = {"chapter": "accumulation", "oracle": {"name": "PyTorch", "version": "2.13.0"}}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(files.FOLDER, str(tmp_path))
    return tmp_path


def vector(**more):
    program = [{"observe": "a", "value": {"v": 0}, "documented": {"float": [1.0]}, "terms": 3}]
    value = {"is": "tensor", "dtype": "float32", "shape": [1], "data": [1.0]}
    return {"id": "ACC-01", "program": program, "expected": {"float32": [value]}, **more}


def test_write_and_read_again(folder):
    refused = {"id": "ACC-09", "not exported": "uses Python's gc"}
    drawn = vector(id="ACC-02/drawn", drawn="[1]")
    files.write(folder / "accumulation.jsonl", HEAD, [vector(), refused, drawn])
    assert [path.name for path in folder.iterdir()] == ["accumulation.jsonl"]
    vectors = Vectors()
    assert vectors.identity == ("PyTorch", "2.13.0")
    assert vectors.find(MODULE, "ACC-01") == vector()
    assert vectors.find(MODULE, "ACC-09") is vectors.find(MODULE, "ACC-02/drawn") is None
    assert vectors.literals(MODULE, "ACC-02/drawn", "float32") == ["[1]"]
    assert vectors.find(MODULE, "ACC-02/drawn", "[1]") == drawn
    assert vectors.why_not(MODULE, "ACC-01") == vectors.why_not(MODULE, "ACC-02/drawn") == ""
    assert vectors.why_not(MODULE, "ACC-09") == "it is not exported: it uses Python's gc"
    assert vectors.why_not(MODULE, "ACC-77").startswith("it has no vector; export them")
    assert vectors.outcome(MODULE, "ACC-01", "float64") is None
    value, documented = vector()["expected"]["float32"][0], lengthened({"float": [1.0]})
    assert vectors.outcome(MODULE, "ACC-01", "float32") == {
        "observations": [{"name": "a", "value": value, "documented": documented, "terms": 3}],
        "raised": None,
    }


DAMAGED = {
    "cut": '{"vectors": 1, "oracle": {"name": "PyTorch", "version": "2"}}\n{"id": "ACC-01", "pro',
    "empty": "",
    "no-oracle": '{"vectors": 1}\n',
    "no-program": '{"vectors": 1, "oracle": {"name": "PyTorch", "version": "2"}}\n{"id": "ACC-01"}\n',
}


@pytest.mark.parametrize("case", DAMAGED)
def test_a_damaged_file(folder, case):
    (folder / "accumulation.jsonl").write_text(DAMAGED[case])
    with pytest.raises(VectorsError, match=r"accumulation\.jsonl is damaged .*; export them with `python -m") as error:
        Vectors().find(MODULE, "ACC-01")
    assert "\n" not in str(error.value)


def test_a_newer_schema(folder):
    (folder / "accumulation.jsonl").write_text('{"vectors": 2, "oracle": {"name": "PyTorch", "version": "2"}}\n')
    with pytest.raises(VectorsError, match="is of schema 2, and this version reads 1"):
        Vectors().find(MODULE, "ACC-01")


def test_no_vectors_and_two_oracles(folder):
    with pytest.raises(VectorsError, match=r"there are no vectors in .*; export them"):
        Vectors()
    files.write(folder / "a.jsonl", HEAD, [])
    files.write(folder / "b.jsonl", {**HEAD, "oracle": {"name": "PyTorch", "version": "2.12"}}, [])
    with pytest.raises(VectorsError, match="holds 2 different oracles, not one"):
        Vectors().identity  # noqa: B018


DOCUMENTED = [
    *(None, True, 3, 2.0, 0.5, math.nan, -math.inf, "text", RuntimeError, 1 + 2j, []),
    *([1.0, 0.5], [[1.0], [2.0]], [1, 2], [1.0, 2], [None, [1.0]], {"a": 1.0, "b": [1.0, None]}),
]


@pytest.mark.parametrize("value", DOCUMENTED, ids=repr)
def test_what_is_documented_is_shortened_without_loss(value):
    encoded = encode_documented(value)
    assert repr(lengthened(shortened(encoded))) == repr(encoded)


def test_observations_are_folded_without_loss():
    import numpy as np

    def observations(dtype):
        observe = Observer()
        observe("exact", np.array([0.5, -0.0, np.inf, np.nan], dtype))
        observe("rounded", {"a": [np.array([1 / 3, 1e-45 if dtype == "float32" else 1e-320], dtype)]})
        observe("a dtype", np.dtype(dtype))
        return observe.observations

    found = {dtype: observations(dtype) for dtype in ("float32", "float64")}
    short = folded(found)
    assert short["float64"][0] is short["float64"][2] is None
    assert short["float32"][1]["items"][0][1]["items"][0]["data"] == [0.33333334, 1e-45]
    program = [{"observe": name, "value": {"v": 0}} for name in ("exact", "rounded", "a dtype")]
    for dtype, values in found.items():
        assert repr(unfolded({"program": program, "expected": short}, dtype)) == repr(values)
