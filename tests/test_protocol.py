"""A harness that dies, hangs, grows, lies or babbles costs the scenario it was asked, and one clear line."""

from __future__ import annotations

import json
import sys

import pytest
from jsonschema import Draft202012Validator

from conformance.isolation import EngineProcess, Limits, Request
from conformance.vectors import files, messages
from conformance.vectors.expected import WITHHELD
from tests.test_vectors_export import SCHEMA

MODULE = "conformance.scenarios.accumulation"
PROGRAM = [
    {"call": "torch.tensor", "args": [{"float": [1.0]}], "as": 0},
    {"observe": "the number", "value": {"v": 0}, "documented": {"float": [1.0]}, "terms": 2},
    {
        "raises": "the refusal",
        "saying": ["leaf"],
        "documented": {"class": "RuntimeError"},
        "do": [{"get": "x", "on": 0}],
    },
    {"warns": "the warning", "saying": ["leaf"], "do": [{"get": "y", "on": 0}]},
]
NUMBER = {"is": "tensor", "dtype": "float32", "shape": [1], "data": [1.0]}
REFUSAL = {
    **{"is": "exception", "class": "RuntimeError", "bases": ["RuntimeError", "Exception", "BaseException"]},
    **{"message": "a leaf", "says": {"leaf": True}},
}
WARNING = {"is": "warnings", "classes": ["UserWarning"], "bases": [["UserWarning", "Warning"]]}
EXPECTED = {"float32": [NUMBER, REFUSAL, WARNING]}

#: What every harness here begins and ends with; `answer(request)` is what each does with a run.
HARNESS = """
import json, os, signal, sys, time

SEEN = open({seen!r}, "a")
ANNOUNCED = {{"name": "fake", "version": "1", "language": "none", "protocol": 1}}
CAPABLE = {{"dtypes": ["float32"]}}
GOOD = [
    {{"name": "the number", "value": {{"is": "tensor", "dtype": "float32", "shape": [1], "data": [1.0]}}}},
    {{"name": "the refusal", "value": {{"is": "exception", "class": "Oops", "message": "this LEAF is mine"}}}},
    {{"name": "the warning", "value": {{"is": "warnings", "given": [{{"message": "a leaf"}}, {{"message": "no"}}]}}}},
]

def good(request, **more):
    return {{"id": request["id"], "observations": GOOD, **more}}

def answer(request):
    return good(request)

{body}

def say(message):
    sys.stdout.write(message if isinstance(message, str) else json.dumps(message))
    sys.stdout.write(chr(10))
    sys.stdout.flush()

for line in sys.stdin:
    SEEN.write(line)
    SEEN.flush()
    request = json.loads(line)
    if request["do"] == "stop":
        sys.exit()
    ordinary = request.get("scenario") != "ACC-01"
    say({{"announce": ANNOUNCED, "capabilities": CAPABLE}}.get(request["do"]) or
        (good(request) if ordinary else answer(request)))
"""


@pytest.fixture
def harness(tmp_path, monkeypatch):
    """Starts a harness whose body is given, with vectors; what is asked of it in ACC-01 is what a test is about."""
    monkeypatch.setenv(files.FOLDER, str(tmp_path))
    vectors = [{"id": id, "program": PROGRAM, "expected": EXPECTED} for id in ("ACC-01", "ACC-02", "ACC-03")]
    files.write(tmp_path / "accumulation.jsonl", {"oracle": {"name": "PyTorch", "version": "2"}}, vectors)
    started = []

    def start(body="", seconds=60.0, memory=4096):
        (tmp_path / "harness.py").write_text(HARNESS.format(body=body, seen=str(tmp_path / "seen")))
        started.append(EngineProcess(f"exec:{sys.executable} {tmp_path / 'harness.py'}", Limits(seconds, memory)))
        return started[-1]

    yield start
    for process in started:
        process.close()


def opened(process):
    assert "error" not in process.open(), process.facts
    assert process.use("cpu") is None
    return process


def request(id):
    return Request(MODULE, id, "float32")


def outcome_among_ordinary_ones(process):
    """Three runs are on their way at once; the first and the last are answered as they should be."""
    opened(process)
    order = [request("ACC-02"), request("ACC-01"), request("ACC-03")]
    for each in order:
        process.ahead(each)
    for each in (order[0], order[2]):
        assert [o["name"] for o in process.run(each)["observations"]] == ["the number", "the refusal", "the warning"]
    return process.run(order[1])


def test_a_good_harness(harness, tmp_path):
    process = harness()
    outcome = outcome_among_ordinary_ones(process)
    number, refusal, warning = outcome["observations"]
    assert number == {"name": "the number", "value": NUMBER, "documented": {"is": "list", "items": [
        {"is": "float", "value": 1.0}]}, "terms": 2}  # fmt: skip
    assert refusal["value"]["says"] == {"leaf": True}
    assert refusal["value"]["bases"] == REFUSAL["bases"]  # it names no class of Python's, so none is compared
    assert warning["value"] == {"is": "warnings", "classes": ["Warning"], "bases": [["UserWarning", "Warning"]]}
    assert outcome["raised"] is None
    assert process.facts["name"] == "fake" and process.facts["devices"] == ["cpu"]
    process.close()
    requests = [json.loads(line) for line in (tmp_path / "seen").read_text().splitlines()]
    assert [r["do"] for r in requests] == ["announce", "capabilities", "run", "run", "run", "stop"]
    assert not any(f'"{word}"' in json.dumps(r) for r in requests for word in WITHHELD)
    for each in requests:
        valid("run" if each["do"] == "run" else each["do"]).validate(each)


def test_missing_error_and_classes(harness):
    raised = outcome_among_ordinary_ones(harness("answer = lambda r: good(r, missing='torch.cumsum')"))["raised"]
    assert raised["missing"] and raised["message"] == "torch.cumsum" and raised["bases"] == ["Missing"]
    error = "{'is': 'exception', 'class': 'TypeError', 'message': 'x', 'bases': ['TypeError']}"
    raised = outcome_among_ordinary_ones(harness(f"answer = lambda r: good(r, error={error})"))["raised"]
    assert raised == {"is": "exception", "class": "TypeError", "bases": ["TypeError"], "message": "x", "says": {}}


CRASHES = {
    "exits": ("os._exit(3)", "the process exited with status 3"),
    "killed": ("os.kill(os.getpid(), signal.SIGSEGV)", "killed by SIGSEGV"),
    "closes-its-output": ("os.close(1); time.sleep(60)", "it closed its connection"),
    "babbles": ("return 'hello'", "it wrote a line that is no message: 'hello'; print to standard error instead"),
    "no-object": ("return [1]", "it wrote a line that is no message: '[1]'"),
    "another-id": ("return {'id': 99, 'observations': []}", "it answered run 99 when run 2 was asked for"),
    "no-observations": ("return {'id': request['id']}", "its result has no list of observations"),
    "no-value": (
        "return {'id': request['id'], 'observations': [{'name': 'the number'}]}",
        "observation 'the number' has no proper value",
    ),
}


@pytest.mark.parametrize("case", CRASHES)
def test_a_crash(harness, case):
    body, reason = CRASHES[case]
    process = harness(f"def answer(request):\n    print('a last word', file=sys.stderr, flush=True)\n    {body}")
    outcome = outcome_among_ordinary_ones(process)
    assert outcome["crashed"].startswith(reason)
    assert outcome["output"] == "a last word"


def test_two_answers_to_one_request(harness):
    """The second is taken for that to the next request, which is asked again of a new harness."""
    process = opened(harness("def answer(request):\n    say(good(request))\n    return good(request)"))
    for id in ("ACC-01", "ACC-02", "ACC-03"):
        process.ahead(request(id))
    assert "observations" in process.run(request("ACC-01"))
    assert process.run(request("ACC-02"))["crashed"] == "it answered run 1 when run 2 was asked for"
    assert "observations" in process.run(request("ACC-03"))


def test_a_hang(harness):
    process = harness("def answer(request):\n    print('thinking', file=sys.stderr, flush=True)\n    time.sleep(60)", 3)
    outcome = outcome_among_ordinary_ones(process)
    assert outcome["hung"] == "no answer after 3 s" and outcome["output"] == "thinking"


def test_growing_without_bound(harness):
    grown = harness("hoard = []\ndef answer(request):\n    while True: hoard.append(bytearray(1 << 20))", memory=200)
    assert outcome_among_ordinary_ones(grown)["crashed"].startswith("out of memory: a scenario may use 200 MiB")


def test_an_answer_without_an_end(harness, monkeypatch):
    monkeypatch.setattr("conformance.vectors.harness.LONGEST", 1 << 20)
    endless = harness("def answer(request):\n    while True: os.write(1, b'x' * 65536)")
    assert outcome_among_ordinary_ones(endless)["crashed"].startswith("its answer is longer than")


def test_answers_larger_than_a_pipe_and_a_harness_that_does_not_read(harness):
    """Neither side waits for the other with both pipes full."""
    process = opened(harness("GOOD[1]['value']['message'] = 'leaf' * 100000\ntime.sleep(0.5)"))
    requests = [request("ACC-02"), request("ACC-01"), request("ACC-03")]
    for each in requests:
        process.ahead(each)
    assert all("observations" in process.run(each) for each in requests)


STARTS = {
    "no-command": ("exec:", "name a command"),
    "no-such-command": ("exec:/nowhere/node harness.mjs", "No such file or directory"),
    "unclosed": ("exec:node 'harness.mjs", "No closing quotation"),
    "ends-at-once": (f"exec:{sys.executable} -c pass", "the process exited with status 0"),
    "fails": (f"exec:{sys.executable} -c 'import nothing_of_that_name'", "No module named 'nothing_of_that_name'"),
    "an-echo": ("exec:cat", "its announcement has no string 'name'"),
}


@pytest.mark.parametrize("case", STARTS)
def test_a_harness_that_does_not_start(harness, case):
    harness()  # for its vectors
    spec, reason = STARTS[case]
    process = EngineProcess(spec, Limits())
    error = process.open()["error"]
    process.close()
    assert error.startswith(f"engine {spec!r} while it was started: ") and reason in error and "\n" not in error


def test_without_vectors_nothing_is_started(harness, monkeypatch, tmp_path):
    harness()
    (tmp_path / "none").mkdir()
    monkeypatch.setenv(files.FOLDER, str(tmp_path / "none"))
    process = EngineProcess("exec:cat", Limits())
    assert "there are no vectors in" in process.open()["error"]
    process.close()


def test_another_device_is_refused(harness):
    process = harness()
    process.open()
    assert process.use("cuda") == "the harness has cpu"


# What the schema refuses, the checks without it refuse too, and the other way round.


def valid(name):
    return Draft202012Validator({"$defs": SCHEMA["$defs"], "$ref": f"#/$defs/{name}"})


GOOD_VALUES = [
    *({"is": "none"}, {"is": "no exception"}, {"is": "bool", "value": True}, {"is": "int", "value": 2**70}),
    *({"is": "float", "value": 1}, {"is": "float", "value": "-inf"}, {"is": "complex", "value": [0, "nan"]}),
    *({"is": "str", "value": ""}, {"is": "list", "items": [{"is": "none"}]}, {"is": "other", "type": "A", "repr": "a"}),
    {"is": "dict", "items": [["a", {"is": "none"}]]},
    {"is": "tensor", "dtype": "bool", "shape": [2], "data": [True, False]},
    {"is": "tensor", "dtype": "complex64", "shape": [], "data": [[1, "inf"]]},
    {"is": "tensor", "dtype": "float32", "shape": [0, 3], "data": [], "strides": [3, 1]},
    *({"is": "exception"}, {"is": "exception", "message": "m", "class": "C", "bases": []}),
    {"is": "warnings", "given": [{"message": "m"}]},
]
BAD_VALUES = [
    *(None, [], "none", {}, {"is": "nothing"}, {"is": "bool", "value": 1}, {"is": "int", "value": 1.5}),
    *({"is": "float"}, {"is": "float", "value": "NaN"}, {"is": "float", "value": None}, {"is": "str", "value": 3}),
    *({"is": "complex", "value": [1]}, {"is": "list"}, {"is": "list", "items": [3]}, {"is": "dict", "items": [["a"]]}),
    *({"is": "dict", "items": [[1, {"is": "none"}]]}, {"is": "other", "type": "A"}),
    {"is": "tensor", "dtype": "float32", "shape": [1]},
    {"is": "tensor", "dtype": 32, "shape": [1], "data": [1]},
    {"is": "tensor", "dtype": "float32", "shape": [-1], "data": [1]},
    {"is": "tensor", "dtype": "float32", "shape": [1], "data": ["one"]},
    {"is": "tensor", "dtype": "float32", "shape": [1], "data": [[1, [2]]]},
    {"is": "tensor", "dtype": "float32", "shape": [1], "data": [1], "strides": ["1"]},
    *({"is": "exception", "message": 3}, {"is": "exception", "bases": "RuntimeError"}),
    *({"is": "warnings"}, {"is": "warnings", "given": ["m"]}, {"is": "warnings", "given": [{"class": 3}]}),
]


def result(value):
    return {"id": 1, "observations": [{"name": "a", "value": value}]}


@pytest.mark.parametrize("value", GOOD_VALUES, ids=repr)
def test_good_values(value):
    valid("result").validate(result(value))
    assert messages.outcome(result(value), 1, [], [])["observations"] == [{"name": "a", "value": value}]


@pytest.mark.parametrize("value", BAD_VALUES, ids=repr)
def test_bad_values(value):
    assert not valid("result").is_valid(result(value))
    with pytest.raises(messages.ProtocolError, match="observation 'a' has no proper value"):
        messages.outcome(result(value), 1, [], [])


def test_a_tensor_has_as_many_numbers_as_its_shape_says():
    wrong = {"is": "tensor", "dtype": "float32", "shape": [2, 2], "data": [1, 2, 3]}  # beyond what a schema can say
    with pytest.raises(messages.ProtocolError, match="no proper value"):
        messages.outcome(result(wrong), 1, [], [])


BAD_FACTS = [
    ("announced", {"version": "1", "language": "C", "protocol": 1}),
    ("announced", {"name": "", "version": "1", "language": "C", "protocol": 1}),
    ("announced", {"name": "a", "version": 1, "language": "C", "protocol": 1}),
    ("announced", {"name": "a", "version": "1", "language": "C", "protocol": 2}),
    ("capable", {}),
    ("capable", {"dtypes": []}),
    ("capable", {"dtypes": "float32"}),
    ("capable", {"dtypes": ["float32"], "devices": []}),
    ("capable", {"dtypes": ["float32"], "unclaimed": [1]}),
    ("capable", {"dtypes": ["float32"], "calls": None}),
]


@pytest.mark.parametrize(("kind", "message"), BAD_FACTS, ids=repr)
def test_bad_facts(kind, message):
    assert not valid(kind).is_valid(message)
    with pytest.raises(messages.ProtocolError):
        getattr(messages, kind)(message)


def test_good_facts():
    announced = {"name": "a", "version": "", "language": "C", "protocol": 1, "more": True}
    valid("announced").validate(announced)
    assert messages.announced(announced) == {"name": "a", "version": "", "language": "C"}
    valid("capable").validate({"dtypes": ["float32"]})
    assert messages.capable({"dtypes": ["float32"]})["devices"] == ["cpu"]


@pytest.mark.parametrize("more", [{"missing": 3}, {"error": "x"}, {"error": {"is": "none"}}], ids=repr)
def test_bad_ends(more):
    wrong = {"id": 1, "observations": [], **more}
    assert not valid("result").is_valid(wrong)
    with pytest.raises(messages.ProtocolError):
        messages.outcome(wrong, 1, [], [])
