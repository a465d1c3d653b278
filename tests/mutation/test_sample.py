"""The suite bites: a fixed sample of planted faults is killed again by the scenarios that killed them."""

from __future__ import annotations

from collections import defaultdict

import pytest

from conformance.recorded import folders

pytest.importorskip("cosmic_ray", reason="tox -e mutation has it")

from tests.mutation.campaign import Campaign
from tests.mutation.coverage import agreeing
from tests.mutation.equivalents import explained, patterns
from tests.mutation.judging import runs
from tests.mutation.mutants import PACKAGES, files, mutants
from tests.mutation.report import REPORTS, latest


@pytest.fixture(scope="module")
def sample():
    """How many mutants were sampled, and those of lines that are still there, each with the run that killed it."""
    if not list(REPORTS.glob("*.json")):
        pytest.skip("no result of a mutation run is kept: tox -e mutation")
    entries = latest()["sample"]
    wanted = defaultdict(dict)
    for entry in entries:
        key = "\n".join(entry[part] for part in ("file", "within", "before", "after"))
        wanted[entry["file"]][key] = entry
    found = []
    for file in sorted(set(wanted) & set(files())):
        operators = {entry["operator"] for entry in wanted[file].values()}
        found += [(m, wanted[file][m.key]["by"]) for m in mutants(file, operators) if m.key in wanted[file]]
    return len(entries), found


def test_the_sample_is_of_the_code_as_it_is(sample):
    """A line that was edited takes its mutants out of the sample; after too many: `tox -e mutation`, once more."""
    count, found = sample
    assert count >= 100
    assert len(found) >= count / 2
    assert {package for package in PACKAGES for mutant, _ in found if mutant.file.startswith(package)} == set(PACKAGES)


@pytest.mark.skipif(not folders(), reason="nothing is recorded: python -m conformance.record")
def test_the_sample_is_killed(sample):
    """Each by the run that killed it before, which must agree on the engine as it is, or it would prove nothing."""
    _, found = sample
    campaign = Campaign(runs({killer for _, killer in found}), None)
    agree = {campaign.runs[place].id for place in agreeing(campaign.runs)}
    judged = [(mutant, killer) for mutant, killer in found if killer in agree]
    assert len(judged) >= len(found) / 2
    survived = {mutant.diff: killer for mutant, killer in judged if campaign.fate_by(mutant, killer).word == "survived"}
    assert not survived


def test_equivalents_are_mutants_of_the_code_as_it_is():
    """Most of them: what is out of date is named by `tox -e mutation`, which fails over each."""
    singles, everywhere = explained(), patterns()
    assert all(singles.values()) and all(why for _, _, why in everywhere)
    existing = [mutant for file in sorted({key.partition("\n")[0] for key in singles}) for mutant in mutants(file)]
    gone = set(singles) - {mutant.key for mutant in existing}
    assert len(gone) <= 0.2 * len(singles), gone
