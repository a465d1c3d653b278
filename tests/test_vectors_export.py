"""Every vector there is: it holds what its scenario observes, and observes it again when it is replayed."""

from __future__ import annotations

import ast
import json
from collections import Counter
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from conformance import chapters, engine
from conformance.execution import execute
from conformance.observation import Observer
from conformance.state import State
from conformance.vectors import files
from conformance.vectors.expected import WITHHELD, name_of, observing, unfolded, withheld
from conformance.vectors.export import Exporter
from conformance.vectors.replay import replay
from conformance.vectors.summary import summary

pytestmark = pytest.mark.filterwarnings("ignore")

SCHEMA = json.loads((Path(files.__file__).parent / "schema.json").read_text())


@pytest.fixture(scope="module")
def exported():
    """Every scenario's vectors, by the module that holds it, as they come back from a file; and the tallies."""
    exporter = Exporter()
    found = {module: exporter.module(module) for module in chapters.modules()}
    vectors = {module: json.loads(files.line(lines)) for module, (lines, _) in found.items()}
    return vectors, {module.rpartition(".")[2]: tally for module, (_, tally) in found.items()}


def programs(exported):
    """Each scenario that has a program, its vector, and the drawn value that it was traced with."""
    for module, vectors in exported[0].items():
        for vector in vectors:
            if "program" in vector:
                drawn = ast.literal_eval(vector["drawn"]) if "drawn" in vector else None
                yield chapters.load(module)[vector["id"]], vector, drawn


def quiet(observations):
    """Observations, but for what exceptions say in full: a trace sees ``None < t`` as ``t > None``."""
    return [{**o, "value": {key: part for key, part in o["value"].items() if key != "message"}} for o in observations]


def bare(observations):
    """Names and values; repr tells 1 from 1.0 and -0.0 from 0.0."""
    return [(o["name"], repr(o["value"])) for o in quiet(observations)]


def test_most_scenarios_are_exported_and_the_rest_have_a_reason(exported):
    vectors, tallies = exported
    every, done = sum(t.scenarios for t in tallies.values()), sum(t.exported for t in tallies.values())
    assert every == sum(1 for _ in chapters.every())
    assert done / every > 2 / 3
    reasons = Counter(v["not exported"] for lines in vectors.values() for v in lines if "program" not in v)
    assert sum(reasons.values()) == every - done
    page = summary(tallies, {"name": "PyTorch", "version": "2"})
    assert f"**{done} of {every} scenarios**" in page
    assert all(f"| {reason} | {count} |" in page for reason, count in reasons.items())


def test_a_vector_holds_what_its_scenario_observes_and_replays_it_on_pytorch(exported):
    torch = engine.load("torch")
    state = State(torch, "cpu")
    for place, (scenario, vector, drawn) in enumerate(programs(exported)):
        dtype = scenario.dtypes[place % len(scenario.dtypes)]
        state.restore(dtype)
        own = execute(scenario, torch.torch, drawn)
        state.restore(dtype)
        again = replay(vector["program"], torch.torch, Observer())
        assert repr(quiet(unfolded(vector, dtype))) == repr(quiet(own["observations"])), (scenario.id, dtype)
        assert bare(again["observations"]) == bare(own["observations"]), (scenario.id, dtype)
        assert again["raised"] is own["raised"] is None


def test_a_vector_replays_its_scenario_on_the_reference(exported):
    """Whatever the reference makes of a scenario, right, wrong or missing, it makes of the program."""
    reference = engine.load("reference")
    state = State(reference, "cpu")
    for place, (scenario, vector, drawn) in enumerate(programs(exported)):
        dtype = scenario.dtypes[place % len(scenario.dtypes)]
        state.restore(dtype)
        own = execute(scenario, reference.torch, drawn)
        state.restore(dtype)
        again = replay(vector["program"], reference.torch, Observer())
        assert bare(again["observations"]) == bare(own["observations"]), (scenario.id, dtype)
        assert (again["raised"] or {}).get("class") == (own["raised"] or {}).get("class"), (scenario.id, dtype)


def test_vectors_are_as_the_schema_says(exported):
    names = ("vector", "not exported")
    vector, other = (Draft202012Validator({"$defs": SCHEMA["$defs"], "$ref": f"#/$defs/{name}"}) for name in names)
    lines = [line for vectors in exported[0].values() for line in vectors]
    without = [line for line in lines if "program" not in line]
    for line in [line for line in lines if "program" in line][::40]:
        vector.validate(line)
    for line in without[::10]:
        other.validate(line)
    with pytest.raises(Exception, match="valid"):
        vector.validate(without[0])


def test_what_is_expected_is_withheld(exported):
    for _, vector, _ in programs(exported):
        sent = withheld(vector["program"])
        steps = list(observing(sent))
        assert [name_of(step) for step in steps] == [name_of(step) for step in observing(vector["program"])]
        assert all(step.keys().isdisjoint(WITHHELD) for step in steps)


def test_every_scenario_of_a_clause_is_reached_by_its_id(exported):
    for module, lines in exported[0].items():
        assert {line["id"] for line in lines} == set(chapters.load(module))
