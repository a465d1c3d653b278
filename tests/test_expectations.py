"""Expectations files: green while reality equals the file, red on what is new and on what has gone away."""

from __future__ import annotations

import pytest

from conformance import expectations, updating
from conformance.expectations import ExpectationsError
from conformance.subjects import Subject
from tests.suite import ONE, run

TOY = Subject("toy-cpu", "toy", "toy", "1.5", "cpu", ("float32", "float64"))
CUDA = Subject("toy-cuda", "toy", "toy", "1.5", "cuda", ("float32",))
WITHOUT_MEAN = ("--engine", "tests.engines.misbehaving:without_mean", "--oracle", "reference")


def parsed(tmp_path, text):
    path = tmp_path / "expectations.toml"
    path.write_text(text)
    return expectations.read(path)


FILE = """\
# What the toy engine does differently.
[scenarios]
"ACC-02" = { verdict = "diverges", reason = "overwrites", issue = "https://example.org/7" }
"IDX-*" = { verdict = ["missing", "blocked"], reason = "no indexing" }
"IDX-01" = { verdict = "agrees" }
"ZER-01" = [{ verdict = "diverges", reason = "a", dtype = "float32" }, { verdict = "hangs", reason = "b", device = "*a" }]
"OPT-01" = { verdict = "missing", reason = "c", version = "<1.5" }
"OPT-02" = { verdict = "missing", reason = "c", version = ">=1.5,<2" }
"""


@pytest.mark.parametrize(
    ("scenario", "subject", "dtype", "verdicts"),
    [
        ("ACC-02", TOY, "float32", ("diverges",)),
        ("ACC-02/case", TOY, "float32", None),
        ("IDX-02/a/b", TOY, "float32", ("missing", "blocked")),
        ("IDX-01", TOY, "float32", ("agrees",)),
        ("ZER-01", TOY, "float32", ("diverges",)),
        ("ZER-01", TOY, "float64", None),
        ("ZER-01", CUDA, "float64", ("hangs",)),
        ("OPT-01", TOY, "float32", None),
        ("OPT-02", TOY, "float32", ("missing",)),
    ],
)
def test_what_is_expected(tmp_path, scenario, subject, dtype, verdicts):
    expected = parsed(tmp_path, FILE).of(scenario, subject, dtype)
    assert (expected and expected.verdicts) == verdicts


def test_what_is_met():
    expected = expectations.Expectation("X", ("missing", "blocked"), "r")
    assert [word for word in ("agrees", "missing", "blocked", "diverges") if expectations.is_met(word, expected)] == [
        "missing",
        "blocked",
    ]
    assert expectations.is_met("not run", expected)
    assert expectations.is_met("agrees", None) and not expectations.is_met("missing", None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[scenarios", "expectations"),
        ("[tests]\n", "there are engine and"),
        ("scenarios = 7\n", "and a table"),
        ("engine = 7\n", "write engine = "),
        ('[scenarios]\n"A" = "missing"\n', "write it as"),
        ('[scenarios]\n"A" = { verdict = "bad", reason = "x" }\n', "is none of agrees"),
        ('[scenarios]\n"A" = { verdict = [], reason = "x" }\n', "is none of agrees"),
        ('[scenarios]\n"A" = { verdict = "missing" }\n', "say why"),
        ('[scenarios]\n"A" = { verdict = "missing", reason = "x", os = "y" }\n', "os is not known"),
        ('[scenarios]\n"A" = { verdict = "missing", reason = "x", version = "new" }\n', "is not like"),
    ],
)
def test_a_wrong_file_is_one_clear_line(tmp_path, text, said):
    with pytest.raises(ExpectationsError, match=said) as caught:
        parsed(tmp_path, text)
    assert "\n" not in str(caught.value)


def result(scenario, verdict, dtype="float32", subject=TOY, reason="because"):
    return subject, {"scenario": scenario, "verdict": verdict, "dtype": dtype, "reason": reason}


KNOWN = ["ACC-02", "IDX-01", "IDX-02", "IDX-03", "ZER-01", "OPT-01", "OPT-02", "NEW-01"]


def updated(tmp_path, text, *runs):
    return updating.update(parsed(tmp_path, text), runs, KNOWN)


def test_updating_writes_what_is_new_and_leaves_the_rest_alone(tmp_path):
    text = updated(tmp_path, FILE, result("ACC-02", "diverges"), result("NEW-01", "missing", reason="no\nsuch thing"))
    assert text == FILE + '"NEW-01" = { verdict = "missing", reason = "no" }\n'


def test_updating_drops_what_has_gone_away_and_what_is_no_more(tmp_path):
    text = updated(tmp_path, FILE + '"OLD-01" = { verdict = "missing", reason = "x" }\n', result("ACC-02", "agrees"))
    assert '"ACC-02"' not in text and '"OLD-01"' not in text and '"IDX-*"' in text and text.startswith("# What")


def test_updating_keeps_a_reason_and_splits_by_dtype(tmp_path):
    runs = (result("ACC-02", "diverges", "float32"), result("ACC-02", "crashes", "float64"))
    text = updated(tmp_path, FILE, *runs)
    old = '{ verdict = "diverges", reason = "overwrites", issue = "https://example.org/7", dtype = "float32" }'
    assert f'"ACC-02" = [{old}, {{ verdict = "crashes", reason = "because", dtype = "float64" }}]\n' in text


def test_updating_says_nothing_of_a_dtype_that_agrees(tmp_path):
    text = updated(tmp_path, "", result("NEW-01", "agrees", "float32"), result("NEW-01", "crashes", "float64"))
    assert text == '[scenarios]\n"NEW-01" = { verdict = "crashes", reason = "because", dtype = "float64" }\n'


def test_updating_leaves_what_is_expected_of_a_device_that_was_not_run(tmp_path):
    cuda = '{ verdict = "diverges", reason = "known", device = "cuda*" }'
    old = f'[scenarios]\n"ACC-02" = [{cuda}, {{ verdict = "missing", reason = "x", device = "cpu" }}]\n'
    crashes = '{ verdict = "crashes", reason = "because" }'
    assert updated(tmp_path, old, result("ACC-02", "crashes")) == f'[scenarios]\n"ACC-02" = [{cuda}, {crashes}]\n'
    assert updated(tmp_path, old, result("ACC-02", "agrees")) == f'[scenarios]\n"ACC-02" = {cuda}\n'


def test_updating_makes_an_exception_to_a_pattern_and_drops_one_that_is_never_true(tmp_path):
    text = updated(tmp_path, FILE, result("IDX-02", "agrees"), result("IDX-03", "missing"))
    assert '"IDX-*"' in text and '"IDX-02" = { verdict = "agrees" }' in text
    others = (result("IDX-01", "agrees"), result("IDX-03", "agrees"))
    text = updated(tmp_path, FILE, result("IDX-02", "agrees"), *others)
    assert '"IDX-*"' not in text and '"IDX-02"' not in text


def test_updating_keeps_a_pattern_of_which_only_a_part_was_run(tmp_path):
    text = updated(tmp_path, FILE, result("IDX-02", "agrees"))
    assert '"IDX-*"' in text and '"IDX-02" = { verdict = "agrees" }' in text


def test_an_updated_file_is_met_by_the_run_that_it_was_written_from(tmp_path):
    runs = [
        result("ACC-02", "agrees"),
        result("IDX-01", "diverges"),
        result("IDX-02", "diverges"),
        result("IDX-03", "blocked"),
        result("ZER-01", "agrees"),
        result("ZER-01", "hangs", "float64"),
        result("ZER-01", "crashes", "float32", CUDA),
        result("OPT-02", "not run"),
        result("NEW-01", "missing", reason='said "no" \\ ü'),
    ]
    again = parsed(tmp_path, updated(tmp_path, FILE, *runs))
    for subject, r in runs:
        assert expectations.is_met(r["verdict"], again.of(r["scenario"], subject, r["dtype"])), r
    assert updating.update(again, runs, KNOWN) == again.path.read_text()


def test_a_file_that_is_not_one_line_an_entry_is_not_broken(tmp_path):
    text = '[scenarios]\n"ACC-02" = [\n  { verdict = "diverges", reason = "x" },\n]\n'
    file = parsed(tmp_path, text)
    with pytest.raises(ExpectationsError, match="keep each entry on one line"):
        updating.write(file, updating.update(file, [result("ACC-02", "agrees")], KNOWN))
    assert file.path.read_text() == text


def test_a_run_goes_green_and_red_with_its_file(tmp_path):
    file = tmp_path / "mine.toml"
    arguments = (ONE, *WITHOUT_MEAN, "--expectations", str(file))
    assert run(*arguments, "--update-expectations").status == 0
    assert '"ACC-02" = { verdict = "missing", reason = "raised before' in file.read_text()

    green = run(*arguments, folder=tmp_path)
    assert green.status == 0 and "1 xfailed" in green.output
    (result,) = green.results.values()
    assert result["expected"]["verdict"] == "missing"

    file.write_text('[scenarios]\n"ACC-02" = { verdict = "diverges", reason = "overwrites" }\n')
    other = run(*arguments)
    assert other.status == 1 and "the expectation of 'ACC-02', diverges (overwrites), is not met" in other.output

    gone = run(ONE, "--engine", "tests.engines.toy", "--oracle", "reference", "--expectations", str(file))
    assert gone.status == 1 and "agrees" in gone.output and "--update-expectations" in gone.output

    file.write_text('[scenarios]\n"NO-1" = { verdict = "diverges", reason = "x" }\n')
    assert "'NO-1' matches no scenario that there is" in run(*arguments).output


def test_updating_without_a_place_to_write_to_is_told(tmp_path):
    done = run(ONE, *WITHOUT_MEAN, "--update-expectations")
    assert "--expectations FILE" in done.output and done.status == 4
    assert "missing" not in done.output, "it was run before"


def test_a_new_file_is_written_though_the_engine_has_one_that_comes_with_it(tmp_path):
    built_in = expectations.BUILT_IN / "reference.toml"
    before = built_in.read_text()
    file = tmp_path / "new.toml"
    known = "conformance/scenarios/embedding.py::IDX-59"
    arguments = (known, "--engine", "reference", "--oracle", "torch", "--expectations", str(file))
    done = run(*arguments, "--update-expectations")
    assert done.status == 0 and f"expectations: {file}" in done.output
    assert '"IDX-59"' in file.read_text() and built_in.read_text() == before


def test_a_file_about_another_engine_is_told(tmp_path):
    file = tmp_path / "other.toml"
    file.write_text('engine = "other"\n')
    done = run(ONE, "--engine", "reference", "--oracle", "reference", "--expectations", str(file))
    assert f"{file} is about the engine 'other', which is not judged; reference is" in done.output


def test_a_file_that_cannot_be_written_is_told():
    arguments = ("--expectations", "README.md/new.toml", "--update-expectations")
    done = run(ONE, "--engine", "tests.engines.misbehaving:lies_none", "--oracle", "reference", *arguments)
    assert "ERROR: expectations README.md/new.toml cannot be written: File exists" in done.output
    assert done.status == 4
