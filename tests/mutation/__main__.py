"""``python -m tests.mutation``: mutate the reference's autograd and optim, judge every mutant, write the result."""

from __future__ import annotations

import argparse
import datetime
import json
import platform
import random
import sys
import time
from importlib.metadata import version
from pathlib import Path

import numpy

from tests.mutation.campaign import Campaign, Fate
from tests.mutation.coverage import Coverage, measure
from tests.mutation.equivalents import explained, why_equivalent
from tests.mutation.forking import in_forks
from tests.mutation.judging import runs
from tests.mutation.mutants import Mutant, files, mutants
from tests.mutation.report import document, write

#: With how many mutants the scenarios that were nobody's first killer are tried.
TRIES = 200

#: For how many seconds of processor time scenarios are run on one mutant, and on one that is explained as equivalent.
LONGEST, BRIEFLY = 60.0, 1.0


class Journal:
    """What was found so far, for a run that was interrupted, or that follows on new scenarios."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._killed: dict[str, Fate] = {}
        if path is not None and path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                key, *fate = json.loads(line)
                if fate[0] != "survived":
                    self._killed[key] = Fate(*fate)

    def known(self, mutant: Mutant) -> Fate | None:
        """What became of a mutant that did not survive."""
        return self._killed.get(mutant.key)

    def note(self, mutant: Mutant, fate: Fate) -> None:
        """Keep what became of one."""
        if self._path is not None and mutant.key not in self._killed:
            with self._path.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps([mutant.key, fate.word, fate.killer, fate.reason]) + "\n")


def main() -> int:
    """Run; 1 where a mutant survives that is not explained."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    some = "files to mutate, relative to the checkout (default: all; only then is a result written)"
    parser.add_argument("files", nargs="*", help=some)
    parser.add_argument("--journal", type=Path, help="keep what is found in this file, and go on from what is there: "
                        "a mutant that was killed stays so; the others are judged again")  # fmt: skip
    parser.add_argument("--killers", type=Path, help="the journal of an earlier run: what killed a mutant then is tried "
                        "first, which takes a fraction of the time")  # fmt: skip
    parser.add_argument("--processes", type=int, default=1, help="how many files are mutated at a time (default: 1)")
    arguments = parser.parse_args()
    start = time.monotonic()
    everything = runs()
    say(f"{len(everything)} runs are recorded; finding out what they execute")
    coverage = measure(everything)
    say(f"{len(coverage.seconds)} of them agree on the engine as it is, and judge the mutants")
    campaign = Campaign(everything, coverage)
    journal, earlier = Journal(arguments.journal), Journal(arguments.killers)
    fates: dict[Mutant, Fate] = {}
    chosen = arguments.files or files()

    def judged(file: str) -> list[Fate]:
        return [journal.known(mutant) or _fate(campaign, mutant, earlier.known(mutant)) for mutant in mutants(file)]

    for file, found in zip(chosen, in_forks(judged, chosen, arguments.processes), strict=True):
        for mutant, fate in zip(mutants(file), found, strict=True):
            fates[mutant] = fate
            journal.note(mutant, fate)
            if fate.word == "survived" and not why_equivalent(mutant):
                print(f"{mutant.diff}\n    survived: {fate.reason or 'every scenario agrees'}", flush=True)
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
    result = document(fates, no_killers(campaign, coverage, fates, arguments.processes), facts)
    say(f"{result['total']}; written to {write(result)}")
    refuted = refuted_explanations(fates)
    for text in refuted:
        print(text, flush=True)
    return 1 if result["survivors"] or refuted else 0


def _fate(campaign: Campaign, mutant: Mutant, before: Fate | None) -> Fate:
    """What becomes of a mutant. One that is explained is run for a while all the same: the explanation may be wrong."""
    budget = BRIEFLY if why_equivalent(mutant) else LONGEST
    return campaign.fate(mutant, budget=budget, first=before.killer if before else "")


def refuted_explanations(fates: dict[Mutant, Fate]) -> list[str]:
    """What the list of equivalents is wrong about: mutants that are killed, and such as there are none."""
    singles = explained()
    killed = [m.diff for m, fate in fates.items() if m.key in singles and fate.word in ("killed", "timed out")]
    gone = sorted(set(singles) - {mutant.key for mutant in fates})
    return [f"{diff}\n    explained as equivalent, and killed" for diff in killed] + [
        f"{key}\n    explained as equivalent, and no mutant of the code as it is" for key in gone
    ]


def no_killers(campaign: Campaign, coverage: Coverage, fates: dict[Mutant, Fate], processes: int) -> list[str]:
    """The scenarios that kill no mutant: those that killed none first are tried with others that they execute."""
    first = {fate.killer for fate in fates.values()}
    ids = {campaign.runs[place].scenario.id for place in coverage.seconds}
    ids -= {run.scenario.id for run in campaign.runs if run.id in first}
    killed = [mutant for mutant, fate in fates.items() if fate.word == "killed"]
    random.Random(0).shuffle(killed)

    def left(part: str) -> set[str]:
        remaining, tries = set(ids), 0
        for mutant in killed[int(part) :: processes]:
            places = [p for p in coverage.candidates(mutant) if campaign.runs[p].scenario.id in remaining]
            primary = [p for p in places if campaign.runs[p].dtype == campaign.runs[p].scenario.dtypes[0]]
            if primary and tries < TRIES / processes:
                tries += 1
                remaining -= {campaign.runs[place].scenario.id for place in campaign.killing(mutant, primary)}
        return remaining

    return sorted(set.intersection(*in_forks(left, [str(part) for part in range(processes)], processes)))


def say(text: str) -> None:
    """Say how far the run is."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
