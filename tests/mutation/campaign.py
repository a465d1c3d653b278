"""Judging mutants one by one, each in a fork, until a scenario kills it."""

from __future__ import annotations

import gc
import resource
import signal
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.mutation.coverage import Coverage
from tests.mutation.forking import in_a_fork, limit, streamed
from tests.mutation.judging import Judge, Run
from tests.mutation.mutants import Mutant
from tests.mutation.planting import Planter

MEMORY = 4 << 30


@dataclass(frozen=True)
class Fate:
    """What became of a mutant: "killed", "timed out", "survived" or "no mutant" (it compiles to the same, or not)."""

    word: str
    killer: str = ""
    reason: str = ""


class Campaign:
    """Plants mutants in forks of this process and judges them."""

    def __init__(self, runs: list[Run], coverage: Coverage | None) -> None:
        self.runs = runs
        self._coverage = coverage
        self._planter = Planter()
        self._place = {run.id: place for place, run in enumerate(runs)}
        self._killers: dict[str, list[int]] = defaultdict(list)
        self._alone: dict[int, bool] = {}
        gc.collect()
        gc.freeze()  # what a fork does not write to, it shares

    def fate(self, mutant: Mutant, *, budget: float | None = None, first: str = "") -> Fate:
        """Run what executes the mutant's lines, the likeliest killers (``first``) first, at most ``budget`` seconds."""
        assert self._coverage is not None
        group = f"{mutant.file}:{mutant.within}"
        likely = [*self._killers[group][-4:], *([self._place[first]] if first in self._place else [])]
        places = list(self._ordered(self._coverage.candidates(mutant), likely))
        fate = self._judged(mutant, places, budget)
        if fate.killer in self._place:
            place = self._place[fate.killer]
            killers = self._killers[group]
            if place in killers:
                killers.remove(place)
            killers.append(place)
        return fate

    def fate_by(self, mutant: Mutant, killer: str) -> Fate:
        """Judge a mutant by one run alone."""
        return self._judged(mutant, [self._place[killer]] if killer in self._place else [], None)

    def killing(self, mutant: Mutant, places: Iterable[int]) -> list[int]:
        """All of the runs that kill a mutant."""
        return [place for place, fate in self._fates(mutant, list(places)) if fate.word != "survived"]

    def _ordered(self, candidates: list[int], killers: list[int]) -> Iterator[int]:
        """First what killed its neighbours, then what executes least: one run of each body, then the others."""
        assert self._coverage is not None
        lines = self._coverage.lines
        candidates = sorted(candidates, key=lambda place: len(lines[place]))
        primary = [p for p in candidates if self.runs[p].dtype == self.runs[p].scenario.dtypes[0]]
        bodies: set[Any] = set()
        first = [p for p in primary if (body := self.runs[p].scenario.body) not in bodies and not bodies.add(body)]
        known = set(candidates)
        yield from dict.fromkeys([*(p for p in reversed(killers) if p in known), *first, *primary, *candidates])

    def _judged(self, mutant: Mutant, places: list[int], budget: float | None) -> Fate:
        fate = Fate("survived", reason="" if places else "no scenario executes it")
        for place, fate in self._fates(mutant, places, stop=True, budget=budget):
            if fate.word != "survived":
                if place >= 0 and not self._agrees_alone(place):
                    return self._judged(mutant, [p for p in places if p != place], budget)
                return fate
        return fate

    def _agrees_alone(self, place: int) -> bool:
        """Whether a run agrees on the engine as it is in a fresh fork too, without what ran before it."""
        if place not in self._alone:
            self._alone[place] = in_a_fork(lambda: Judge().verdict(self.runs[place])[0].word) == "agrees"
        return self._alone[place]

    def _fates(
        self, mutant: Mutant, places: list[int], *, stop: bool = False, budget: float | None = None
    ) -> list[tuple[int, Fate]]:
        seconds = self._coverage.seconds if self._coverage is not None else {}

        def work(send: Callable[[Any], None]) -> None:
            limit(60, 600)
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            try:
                changed = self._planter.plant(mutant)
            except SyntaxError:
                changed = False
            except BaseException as error:
                send((-1, Fate("killed", "its import", f"{type(error).__name__}: {error}"[:100])))
                return
            if not changed:
                send((-1, Fate("no mutant")))
                return
            judge, start = Judge(), time.process_time()
            for place in places:
                send(place)
                limit(2 + 30 * seconds.get(place, 1.0), 60)
                verdict, _ = judge.verdict(self.runs[place])
                if verdict.word != "agrees":
                    send((place, Fate("killed", self.runs[place].id, verdict.reason[:100])))
                    if stop:
                        return
                if budget is not None and time.process_time() - start > budget:
                    send((-1, Fate("survived", reason="not all was run")))
                    return

        status, received = streamed(work)
        fates = [answer for answer in received if isinstance(answer, tuple)]
        started = [answer for answer in received if isinstance(answer, int)]
        if status:
            killer = self.runs[started[-1]].id if started else "its import"
            timed_out = status in (-signal.SIGPROF, -signal.SIGALRM)
            word, reason = ("timed out", "") if timed_out else ("killed", f"ended with {status}: {received[-1:]}"[:200])
            fates.append((started[-1] if started else -1, Fate(word, killer, reason)))
        return fates
