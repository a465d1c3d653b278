"""``python -m tests.mutation``: mutate the reference's autograd and optim, judge every mutant, write the result."""

from __future__ import annotations

import argparse
import datetime
import platform
import random
import sys
import time
from importlib.metadata import version

import numpy

from tests.mutation.campaign import Campaign, Fate
from tests.mutation.coverage import Coverage, measure
from tests.mutation.equivalents import why_equivalent
from tests.mutation.judging import runs
from tests.mutation.mutants import Mutant, files, mutants
from tests.mutation.report import document, write

#: With how many mutants the scenarios that were nobody's first killer are tried.
TRIES = 400

#: For how many seconds scenarios are run on a mutant that is explained as equivalent.
BUDGET = 2.0


def main() -> int:
    """Run; 1 where a mutant survives that is not explained."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    some = "files to mutate, relative to the checkout (default: all; only then is a result written)"
    parser.add_argument("files", nargs="*", help=some)
    arguments = parser.parse_args()
    start = time.monotonic()
    everything = runs()
    say(f"{len(everything)} runs are recorded; finding out what they execute")
    coverage = measure(everything)
    say(f"{len(coverage.seconds)} of them agree on the engine as it is, and judge the mutants")
    campaign = Campaign(everything, coverage)
    fates: dict[Mutant, Fate] = {}
    for file in arguments.files or files():
        for mutant in mutants(file):
            # one that is explained is run for a while all the same: the explanation may be wrong
            why = why_equivalent(mutant)
            fates[mutant] = campaign.fate(mutant, budget=BUDGET if why else None)
            if fates[mutant].word == "survived" and not why:
                print(f"{mutant.diff}\n    survived: {fates[mutant].reason or 'every scenario agrees'}", flush=True)
        say(f"{time.monotonic() - start:6.0f} s  {file}")
    if arguments.files:
        return 0
    facts = {
        "date": datetime.date.today().isoformat(),
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "operators": f"cosmic-ray {version('cosmic-ray')}, RemoveStatement",
        "witness": everything[0].witness.name,
        "runs": len(coverage.seconds),
        "runs that do not agree, and judge nothing": len(everything) - len(coverage.seconds),
        "minutes": round((time.monotonic() - start) / 60),
    }
    found = document(fates, no_killers(campaign, coverage, fates), facts)
    say(f"{found['total']}; written to {write(found)}")
    return 1 if found["survivors"] else 0


def no_killers(campaign: Campaign, coverage: Coverage, fates: dict[Mutant, Fate]) -> list[str]:
    """The scenarios that kill no mutant: those that killed none first are tried with others that they execute."""
    first = {fate.killer for fate in fates.values()}
    ids = {campaign.runs[place].scenario.id for place in coverage.seconds}
    ids -= {run.scenario.id for run in campaign.runs if run.id in first}
    killed = [mutant for mutant, fate in fates.items() if fate.word == "killed"]
    random.Random(0).shuffle(killed)
    tries = 0
    for mutant in killed:
        places = [p for p in coverage.candidates(mutant) if campaign.runs[p].scenario.id in ids]
        primary = [p for p in places if campaign.runs[p].dtype == campaign.runs[p].scenario.dtypes[0]]
        if primary and tries < TRIES:
            tries += 1
            ids -= {campaign.runs[place].scenario.id for place in campaign.killing(mutant, primary)}
    return sorted(ids)


def say(text: str) -> None:
    """Say how far the run is."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
