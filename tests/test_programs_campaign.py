"""Campaigns of random programs: what is drawn, what is counted, and how divergences are made short and kept."""

from __future__ import annotations

import ast
import json

from hypothesis.database import InMemoryExampleDatabase

from conformance.drawing import Search
from conformance.programs import independent
from conformance.programs.campaign import Budget, Slice
from conformance.programs.fuzzing import store
from conformance.runner import Trial
from conformance.strategies.programs import TrainingLoop, programs
from conformance.verdict import Verdict, Witness


def drawn(strategy, count, seed=0):
    """The literals of so many examples, as a campaign draws them."""
    literals = []

    def note(literal):
        literals.append(literal)
        return Verdict("agrees")

    Search(note).draw("RND-01", strategy, count, seed, backend=independent.BACKEND)
    return literals


def test_nearly_every_program_of_a_campaign_is_a_new_one():
    literals = drawn(programs("operations"), 100)
    assert len(set(literals)) >= 98
    assert drawn(programs("operations"), 100) == literals
    assert set(drawn(programs("operations"), 100, seed=1)) & set(literals) <= {literals[0]}, "but for the simplest"


def test_training_loops_of_a_campaign_are_new_ones():
    literals = drawn(TrainingLoop, 10)
    assert len(set(literals)) == len(literals)
    assert drawn(TrainingLoop, 10) == literals


def test_a_program_that_fails_is_made_simple_by_hypothesis():
    def attempt(literal):
        if ".sum()" not in literal:
            return Verdict("agrees")
        failing.append(literal)
        return Verdict("diverges")

    failing = []
    search = Search(attempt)
    search.draw("RND-01", programs("operations"), 300, backend=independent.BACKEND)
    assert search.literal == failing[-1]
    first, last = ast.literal_eval(failing[0]), ast.literal_eval(failing[-1])
    assert len(failing) > 2 and len(last) <= len(first)
    assert len(failing[-1]) < len(failing[0])


def fails_on_sums(literal):
    """A trial of an engine that diverges where a program takes a sum by the method, as one in a few programs does."""
    return Trial(
        Verdict("diverges" if ".sum()" in literal else "agrees"), {}, Witness("PyTorch", None, "float32", "cpu")
    )


def test_a_slice_goes_on_behind_a_divergence_and_counts_its_like():
    slice = Slice(fails_on_sums, Budget(programs=400))
    slice.run("RND-01", programs("operations"), "1", InMemoryExampleDatabase())
    assert slice.divergences
    assert all(len(ast.literal_eval(divergence.literal)) == 1 for divergence in slice.divergences)
    assert slice.tally.programs == 400
    assert slice.tally.again > 0


def test_a_program_that_failed_is_tried_first_the_next_time_until_it_passes():
    database = InMemoryExampleDatabase()

    def first_tried(attempt, *, replay):
        tried = []

        def noting(literal):
            tried.append(literal)
            return attempt(literal)

        slice = Slice(noting, Budget(programs=300))
        slice.run("RND-01", programs("operations"), "1", database, replay=replay)
        return tried[0]

    def passes(literal):
        return Trial(Verdict("agrees"), {}, Witness("PyTorch", None, "float32", "cpu"))

    first_tried(fails_on_sums, replay=False)
    kept = first_tried(fails_on_sums, replay=True)
    assert ".sum()" in kept
    assert first_tried(passes, replay=False) != kept
    assert first_tried(passes, replay=True) == kept
    assert first_tried(passes, replay=True) != kept


def test_one_program_that_diverges_in_two_dtypes_or_engines_is_stored_for_each(tmp_path):
    divergence = {"program": "['t0 = torch.tensor(1.0)']", "script": "import torch\n"}
    parts = [
        {"scenario": "RND-01/operations", "subject": subject, "dtype": dtype, "divergences": [divergence]}
        for subject in ("reference-cpu", "other-cpu")
        for dtype in ("float32", "float64")
    ]
    scripts = store({"parts": parts}, tmp_path)
    assert len(set(scripts)) == 4
    stored = [json.loads(script.with_suffix(".json").read_text()) for script in scripts]
    assert [(data["subject"], data["dtype"]) for data in stored] == [(p["subject"], p["dtype"]) for p in parts]
