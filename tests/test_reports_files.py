"""Reading, validating, joining and publishing result files, and the command line."""

import copy
import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

import reports
from reports import merging, rendering, validation
from reports.__main__ import main
from reports.run import ReportError, load, parse
from reports.tally import Tally
from tests.reports_sample import DTYPES, diverging, result, run_of, sample, scenario, subject

ROOT = Path(__file__).parent.parent
FOLDER = {"badge.json", "badge.svg", "index.html", "summary.md"}


def save(folder, document, name="run.json"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return str(path)


def without(document, path):
    """A copy that lacks one key; the path names keys and places in lists."""
    changed = copy.deepcopy(document)
    part = changed
    for step in path[:-1]:
        part = part[step]
    del part[path[-1]]
    return changed


def required(schema, part, path=()):
    """The path of every required key, once for each kind of object."""
    if "$ref" in part:
        part = schema["$defs"][part["$ref"].rpartition("/")[2]]
    for option in part.get("oneOf", []):
        yield from required(schema, option, path)
    for name in part.get("required", []):
        yield (*path, name)
    for name, inner in part.get("properties", {}).items():
        yield from required(schema, inner, (*path, name))
    if "items" in part:
        yield from required(schema, part["items"], (*path, 0))


def full():
    """A run with every part that the schema knows."""
    expected = {"verdict": "diverges", "reason": "known", "issue": "https://example.org/1"}
    observed = result("ACC-01", "mine-cpu")["observations"]
    found = diverging("ACC-01", "mine-cpu", expected=expected, observations=observed)
    document = run_of([subject("mine-cpu")], [scenario("ACC-01")], [found])
    whole = {key: document[key] for key in ("created", "platform", "command", "oracle", "complete")}
    return {**document, "runs": [{"name": "first", **whole}], "campaign": campaign(found["difference"])}


def campaign(difference):
    divergence = {"program": "['t0 = 1']", "verdict": "diverges", "reason": "t0", "script": "t0 = 1", "raising": [1]}
    part = {
        **{"scenario": "RND-01/graphs", "subject": "mine-cpu", "dtype": "float32", "programs": 4, "seconds": 0.5},
        **{"undetermined": 1, "unsettled": 0, "again": 2, "missing": {"sort": 1}, "operations": {"mul": 7}},
        **{"pairs": {"mul": {"sum": 3}}, "clauses": {"BWD-01": 2}},
        "divergences": [{**divergence, "difference": difference}],
    }
    return {"seed": 3, "parts": [part]}


def test_the_samples_keep_the_contract():
    jsonschema.Draft202012Validator.check_schema(validation.schema())
    for document in (sample(), full()):
        jsonschema.validate(document, validation.schema(), cls=jsonschema.Draft202012Validator)


# What pages quote as it stands, whatever its form, is the schema's business alone.
QUOTED = ("is", "name", "value")
REQUIRED = list(dict.fromkeys(required(validation.schema(), validation.schema())))


def test_every_part_of_the_schema_is_looked_at():
    assert len(REQUIRED) > 50
    assert ("results", 0, "difference", "observation") in REQUIRED


@pytest.mark.parametrize("path", REQUIRED, ids=lambda path: ".".join(map(str, path)))
def test_a_missing_key_is_named(path, tmp_path, capsys):
    document = without(full(), path)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, validation.schema(), cls=jsonschema.Draft202012Validator)
    assert main(["validate", save(tmp_path, document)]) == 2
    assert repr(path[-1]) in capsys.readouterr().err
    if path[-1] not in QUOTED or path[:2] == ("runs", 0):
        with pytest.raises(ReportError, match=f"'{path[-1]}'"):
            parse(document)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "is not JSON"),
        ('{"schema": 1', "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ('{"schema": NaN}', "holds NaN"),
        ("[]", "no 'schema' number"),
        ('{"schema": "1"}', "no 'schema' number"),
        ('{"schema": 2}', "newer release"),
        ('{"schema": 1}', "'created' is missing"),
        (json.dumps({**sample(), "results": [1]}), "results[0] is an integer, not an object"),
        (json.dumps({**sample(), "complete": "yes"}), "complete is a string, not a boolean"),
        (json.dumps({**sample(), "command": "pytest"}), "command is a string, not a list"),
        (json.dumps({**sample(), "scenarios": []}), "names a scenario or subject that is not there"),
        (json.dumps({**sample(), "chapters": []}), "names a chapter that is not there"),
    ],
)
def test_a_bad_file_gives_one_clear_line_and_status_2(text, complaint, tmp_path, capsys):
    path = save(tmp_path, text)
    other = save(tmp_path, sample(), "good.json")
    commands = [["html", path], ["markdown", path], ["badge", path], ["validate", path], ["publish", path, "x"]]
    commands += [
        ["compare", other, path],
        ["compare", path, other],
        ["merge", other, path, "-o", str(tmp_path / "m.json")],
    ]
    for command in commands:
        assert main(command) == 2, command
        out, err = capsys.readouterr()
        assert (out, err.count("\n")) == ("", 1), command
        assert complaint in err
        assert "run.json" in err
    assert {p.name for p in tmp_path.iterdir()} == {"run.json", "good.json"}, "nothing is left behind"


def test_a_verdict_that_is_not_one_is_refused(tmp_path):
    document = sample()
    document["results"][3]["verdict"] = "fine"
    with pytest.raises(ReportError, match=r"results\[3\] has a verdict that is not known: 'fine'"):
        parse(document)


def test_a_file_that_is_not_there(tmp_path, capsys):
    assert main(["html", str(tmp_path / "none.json")]) == 2
    assert "none.json: cannot be read: No such file" in capsys.readouterr().err


def test_an_unknown_command_has_status_2_too():
    done = subprocess.run([sys.executable, "-m", "reports", "paint"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert "invalid choice" in done.stderr


def test_a_folder_is_written_whole(tmp_path):
    written = reports.write(save(tmp_path, sample()), tmp_path / "out")
    assert {p.name for p in written} == {p.name for p in (tmp_path / "out").iterdir()} == FOLDER


def test_a_run_in_memory_gives_the_same_pages(tmp_path):
    reports.write(save(tmp_path, sample()), tmp_path / "a")
    reports.write(sample(), tmp_path / "b")
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in FOLDER)


def test_a_write_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "page.html"
    rendering.write_atomically(path, "old")

    def fail(*_):
        raise OSError("no space left")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="no space"):
        rendering.write_atomically(path, "new")
    assert [p.name for p in tmp_path.iterdir()] == ["page.html"]
    assert path.read_text() == "old"


def test_what_cannot_be_encoded_does_not_stop_the_page(tmp_path):
    document = sample()
    document["results"][-1]["reason"] = document["scenarios"][0]["behaviour"] = "half a pair: \ud83d and \x00"
    reports.write(document, tmp_path)
    assert "half a pair" in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_reports_needs_no_engine_and_not_the_suite():
    code = "import sys, reports.__main__; print({'torch', 'numpy', 'reference', 'conformance'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


# --- Joining and publishing ---


def run_on(engine, ids=("ACC-01",), **changed):
    who = f"{engine}-cpu"
    results = [result(id, who, dtype=d) for id in ids for d in DTYPES]
    return parse(run_of([subject(who)], [scenario(id) for id in ids], results, **changed))


def merged(**runs):
    run = parse(merging.merge(runs))
    jsonschema.validate(run.document, validation.schema(), cls=jsonschema.Draft202012Validator)
    return run


def test_runs_of_different_engines_are_joined():
    run = merged(a=run_on("one"), b=run_on("two", ["ACC-01", "ACC-02"]))
    assert [s.id for s in run.subjects] == ["one-cpu", "two-cpu"]
    assert [s.id for s in run.scenarios] == ["ACC-01", "ACC-02"]
    assert len(run.results) == 6
    assert [o.name for o in run.runs] == ["a", "b"]


def test_a_subject_that_two_runs_judged_is_kept_apart():
    run = merged(a=run_on("one"), b=run_on("one"))
    assert [s.id for s in run.subjects] == ["one-cpu@a", "one-cpu@b"]
    assert {r.subject for r in run.results} == {"one-cpu@a", "one-cpu@b"}


def test_the_parts_of_one_campaign_become_one_subject():
    run = merged(a=run_on("one", ["ACC-01"]), b=run_on("one", ["ACC-02"]))
    assert Tally(run).status(run.subjects[0]) == "2 of 2 agree"
    half = merged(a=run_on("one", ["ACC-01"]), b=run_on("one", ["ACC-02"], complete=False))
    assert Tally(half).status(half.subjects[0]).startswith("incomplete")


def test_one_run_that_broke_off_does_not_taint_the_others():
    run = merged(a=run_on("one"), b=run_on("two", complete=False))
    assert not run.complete
    assert [Tally(run).status(s) for s in run.subjects] == ["1 of 1 agree", "incomplete (1 of 1 agree so far)"]


def test_oracles_that_differ_are_both_named():
    other = {"name": "torch", "version": "2.11.0", "how": "recorded"}
    run = merged(a=run_on("one"), b=run_on("two", oracle=other))
    assert str(run.oracle) == "torch 2.11.0 and 2.13.0, mixed"


def test_a_joined_file_can_be_joined_again():
    run = merged(c=merged(a=run_on("one"), b=run_on("two", complete=False)), d=run_on("three"))
    assert [o.name for o in run.runs] == ["c/a", "c/b", "d"]
    assert [run.is_complete(s) for s in run.subjects] == [True, False, True]


def test_the_command_joins_files_by_their_folder(tmp_path, capsys):
    paths = [save(tmp_path, run_on(e).document, f"{e}/run.json") for e in ("one", "two")]
    assert main(["merge", *paths, "-o", str(tmp_path / "all.json")]) == 0
    assert [o.name for o in load(tmp_path / "all.json").runs] == ["one", "two"]
    assert main(["merge", paths[0], paths[0], "-o", str(tmp_path / "all.json")]) == 2
    assert "would both be called 'one'" in capsys.readouterr().err


def test_a_published_run_keeps_what_explains_and_drops_the_rest(tmp_path):
    document = sample()
    next(r for r in document["results"] if r["scenario"] == "VIEW-01" and r["verdict"] == "diverges")["script"] = (
        "drawn"
    )
    document["command"] = ["pytest", "--engine", "/home/me/engine.py", "--report=/tmp/x/y", "https://example.org/a/b/c"]
    published = tmp_path / "published"
    assert main(["publish", save(tmp_path, document), "mine-1.2", "--folder", str(published)]) == 0
    kept = load(published / "mine-1.2.json.gz")
    jsonschema.validate(kept.document, validation.schema(), cls=jsonschema.Draft202012Validator)
    assert kept.command == ["pytest", "--engine", "…/engine.py", "--report=…/y", "https://example.org/a/b/c"]
    assert [s.id for s in kept.scenarios] == [s["id"] for s in document["scenarios"]]
    assert not any(s.script for s in kept.scenarios)
    assert [r.script for r in kept.results if r.script] == ["drawn"]
    assert all(bool(r.observations) == (r.verdict == "diverges") for r in kept.results)
    assert [r.verdict for r in kept.results] == [r["verdict"] for r in document["results"]]
    assert main(["publish", save(tmp_path, run_on("two").document), "two", "--folder", str(published)]) == 0
    page = (published / "index.html").read_text(encoding="utf-8")
    assert "mine-cpu" in page
    assert "two-cpu" in page
    assert "Joined from 2 runs" in page


@pytest.mark.parametrize("name", ["../x", "", ".hidden", "a b", "x/y"])
def test_a_published_name_is_a_plain_one(name, tmp_path, capsys):
    assert main(["publish", save(tmp_path, sample()), name, "--folder", str(tmp_path / "p")]) == 2
    assert "cannot name a published result" in capsys.readouterr().err
    assert not (tmp_path / "p").exists()


def test_the_commands_write_where_they_are_told(tmp_path, capsys):
    path = save(tmp_path, sample())
    assert main(["html", path]) == main(["badge", path, "--subject", "torch-cpu"]) == main(["validate", path]) == 0
    assert main(["markdown", path, "-o", str(tmp_path / "summary.md")]) == 0
    assert {p.name for p in tmp_path.iterdir()} == {"run.json", *FOLDER}
    capsys.readouterr()
    assert main(["markdown", path]) == 0
    assert capsys.readouterr().out == (tmp_path / "summary.md").read_text(encoding="utf-8")


def test_compare_by_command(tmp_path, capsys):
    good, bad = save(tmp_path, sample(), "a.json"), sample()
    bad["results"][0]["verdict"] = "hangs"
    worse = save(tmp_path, bad, "b.json")
    assert main(["compare", good, good]) == 0
    assert main(["compare", worse, good]) == 0
    capsys.readouterr()
    assert main(["compare", good, worse]) == 1
    assert "Worse: 1\n  ACC-01[torch-cpu-float32]: agrees → hangs" in capsys.readouterr().out
    assert main(["compare", good, worse, "--markdown"]) == 1
    assert "**1 worse**" in capsys.readouterr().out


# --- The real thing ---


def test_a_run_of_the_suite_keeps_the_contract(tmp_path):
    pytest.importorskip("torch", reason="PyTorch is not installed, so nothing can be run with it as the oracle")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "conformance/scenarios/zeroing.py",
        "--engine",
        "torch",
        "--device",
        "cpu",
    ]
    subprocess.run([*command, "--report", str(tmp_path), "-q"], cwd=ROOT, capture_output=True, timeout=300)
    assert list(validation.complaints(tmp_path / "run.json")) == []
    assert {p.name for p in tmp_path.iterdir()} == {"run.json", *FOLDER}
    run = load(tmp_path / "run.json")
    assert [run.is_oracle(s) for s in run.subjects] == [True]
    assert Tally(run).count(run.subjects[0]).judged > 10
