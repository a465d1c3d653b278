"""Encoded observations as text, with what differs marked."""

import pytest

from reports.values import show, show_both, show_number
from tests.reports_sample import tensor


def marked(text):
    return [text.text[a:b] for a, b in text.marks]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"is": "none"}, "None"),
        ({"is": "bool", "value": True}, "True"),
        ({"is": "int", "value": 3}, "3"),
        ({"is": "float", "value": 0.1}, "0.1"),
        ({"is": "float", "value": "nan"}, "nan"),
        ({"is": "complex", "value": [1.0, -2.0]}, "1.0-2.0j"),
        ({"is": "str", "value": "a\nb"}, "'a\\nb'"),
        ({"is": "dtype", "value": "float32"}, "dtype float32"),
        ({"is": "list", "items": [{"is": "int", "value": 1}, {"is": "none"}]}, "[1, None]"),
        ({"is": "dict", "items": [["lr", {"is": "float", "value": 0.5}]]}, "{'lr': 0.5}"),
        (tensor([1 / 3, 2.0]), "float32 [2]  [0.33333334, 2.0]"),
        (tensor([1.0, 2.0, 3.0, 4.0], shape=[2, 2]), "float32 [2, 2]  [[1.0, 2.0], [3.0, 4.0]]"),
        (tensor([1.0], shape=[]), "float32 []  1.0"),
        (tensor([], shape=[0, 3]), "float32 [0, 3]  []"),
        (tensor([], shape=[10**30, 0]), f"float32 [{10**30}, 0]   … (0 elements, flat)"),
        ({**tensor([1.0]), "strides": [1]}, "float32 [1] strides [1]  [1.0]"),
        ({"is": "no exception"}, "no exception"),
        ({"is": "class", "value": "RuntimeError"}, "RuntimeError"),
        ({"is": "warnings", "classes": []}, "no warning"),
        ({"is": "warnings", "classes": ["UserWarning"]}, "warnings UserWarning"),
        (
            {"is": "exception", "class": "RuntimeError", "message": "a\n b", "says": {"twice": False}},
            "RuntimeError: a b [does not say “twice”]",
        ),
        ({"is": "other", "type": "T", "repr": "<T>"}, "T: <T>"),
        ({"is": "from the future", "x": 1}, '{"is": "from the future", "x": 1}'),
        ({"is": "tensor", "dtype": "float32"}, '{"is": "tensor", "dtype": "float32"}'),
        ({"is": ["unhashable"]}, '{"is": ["unhashable"]}'),
        (None, "nothing"),
    ],
)
def test_a_value_in_words(value, text):
    assert show(value) == text


def test_only_the_elements_that_differ_are_marked():
    expected, got = show_both(tensor([1.0, 2.0, 3.0]), tensor([1.0, 2.5, 3.0]))
    assert marked(expected) == ["2.0"]
    assert marked(got) == ["2.5"]


@pytest.mark.parametrize(
    ("expected", "got", "marks"),
    [
        (tensor([1.0]), tensor([1.0], "float64"), ["float64"]),
        (tensor([1.0, 2.0]), tensor([1.0, 2.0], shape=[1, 2]), ["[1, 2]"]),
        ({"is": "none"}, {"is": "bool", "value": False}, ["False"]),
        (
            {"is": "list", "items": [{"is": "none"}]},
            {"is": "list", "items": [{"is": "none"}, {"is": "none"}]},
            ["None"],
        ),
        ({"is": "none"}, {"is": "none"}, []),
    ],
)
def test_what_differs_is_marked(expected, got, marks):
    assert marked(show_both(expected, got)[1]) == marks


def test_an_exception_differs_by_class_and_by_what_it_says_but_not_by_its_wording():
    def error(name, message, says):
        return {"is": "exception", "class": name, "message": message, "says": {"retain_graph": says}}

    assert marked(show_both(error("RuntimeError", "a", True), error("RuntimeError", "b", True))[1]) == []
    assert marked(show_both(error("RuntimeError", "a", True), error("ValueError", "a", False))[1]) == [
        "ValueError",
        "[does not say “retain_graph”]",
    ]


def test_a_large_tensor_is_shown_around_its_first_difference():
    data = [float(n) for n in range(1000)]
    expected, got = show_both(tensor(data), tensor([*data[:700], -1.0, *data[701:]]))
    assert marked(got) == ["-1.0"]
    assert "from element 698: 698.0, 699.0, -1.0" in got.text
    assert "1,000 elements" in got.text
    assert len(expected.text) < 200


def test_an_endless_text_is_cut_and_its_marks_with_it():
    _, got = show_both({"is": "none"}, {"is": "str", "value": "x" * 100_000})
    assert len(got.text) < 2000
    assert "characters more" in got.text
    assert got.marks[0][1] <= len(got.text)


def test_a_number_is_as_short_as_its_dtype_allows():
    assert show_number(0.10000000149011612, "float32") == "0.1"
    assert show_number(0.10000000149011612, "float64") == "0.10000000149011612"
    assert show_number(0.0999755859375, "float16") == "0.1"
    assert show_number([0.10000000149011612, 0.0], "complex64") == "0.1+0.0j"
