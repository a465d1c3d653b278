"""The suite bites: a fixed sample of planted faults is killed again by the scenarios that killed them."""

from __future__ import annotations

from collections import defaultdict

import pytest

from conformance.recorded import folders

pytest.importorskip("cosmic_ray", reason="tox -e mutation has it")

from tests.mutation.campaign import Campaign
from tests.mutation.equivalents import explained, patterns
from tests.mutation.judging import runs
from tests.mutation.mutants import PACKAGES, files, mutants
from tests.mutation.report import REPORTS, latest


@pytest.fixture(scope="module")
def sample():
    """The sampled mutants that still exist, with the run that killed each."""
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
    """Otherwise: run `tox -e mutation` once more, and commit its result."""
    count, found = sample
    assert count >= 100
    assert len(found) >= 0.8 * count
    assert {package for package in PACKAGES for mutant, _ in found if mutant.file.startswith(package)} == set(PACKAGES)


@pytest.mark.skipif(not folders(), reason="nothing is recorded: python -m conformance.record")
def test_the_sample_is_killed(sample):
    _, found = sample
    campaign = Campaign(runs({killer for _, killer in found}), None)
    survived = {mutant.diff: killer for mutant, killer in found if campaign.fate_by(mutant, killer).word == "survived"}
    assert not survived


def test_equivalents_are_mutants_of_the_code_as_it_is():
    singles, everywhere = explained(), patterns()
    assert all(singles.values()) and all(why for _, _, why in everywhere)
    existing = [mutant for file in sorted({key.partition("\n")[0] for key in singles}) for mutant in mutants(file)]
    assert set(singles) <= {mutant.key for mutant in existing}
