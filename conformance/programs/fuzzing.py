"""What ``--fuzz`` and its like ask for: the budget of a campaign, its seed, its database, its progress and its findings."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hypothesis
from hypothesis.database import DirectoryBasedExampleDatabase, ExampleDatabase

from conformance.programs.campaign import Budget

#: Where hypothesis keeps examples, and where divergences go unless a report is asked for.
HOME = Path(".hypothesis")

#: The progress is shown no more often than that.
SHOWN_EVERY = 5.0


class FuzzingError(Exception):
    """What was asked for cannot be had; the message is one line."""


@dataclass
class Fuzzing:
    """A campaign, as the command line asks for it."""

    budget: Budget
    seed: int
    where: str | None = None
    _programs: int = 0
    _divergences: int = 0
    _started: float = field(default_factory=time.monotonic)
    _shown: float = 0.0

    @classmethod
    def of(cls, option: Any) -> Fuzzing | None:
        """The campaign that the options ask for; None where they ask for none. Raises `FuzzingError`."""
        if option.fuzz is None and option.fuzz_minutes is None:
            return None
        if option.fuzz is not None and option.fuzz_minutes is not None:
            raise FuzzingError("--fuzz N counts programs and --fuzz-minutes M minutes: give one of them")
        amount = option.fuzz if option.fuzz is not None else option.fuzz_minutes
        if amount <= 0:
            raise FuzzingError(f"a campaign of {amount:g} programs or minutes finds nothing: give more")
        budget = Budget(option.fuzz) if option.fuzz is not None else Budget(seconds=60.0 * option.fuzz_minutes)
        return cls(budget, option.fuzz_seed, option.fuzz_database)

    def database(self) -> ExampleDatabase:
        """Where examples that failed are kept, to be tried first the next time: a folder, or a Redis server's."""
        if self.where is None or "://" not in self.where:
            return DirectoryBasedExampleDatabase(self.where or HOME / "examples")
        try:
            from hypothesis.extra.redis import RedisExampleDatabase
            from redis import Redis
        except ImportError:
            raise FuzzingError(f"--fuzz-database {self.where}: needs the Redis client: pip install redis") from None
        return RedisExampleDatabase(Redis.from_url(self.where))

    def progress(self, result: Mapping[str, Any]) -> str | None:
        """Count a slice; a line to show, if it is time for one."""
        self._programs += result["slice"]["programs"]
        self._divergences += len(result["slice"]["divergences"])
        now = time.monotonic()
        if now - self._shown < SHOWN_EVERY:
            return None
        self._shown = now
        elapsed = now - self._started
        rate = self._programs / elapsed
        return f"{self._programs} programs in {elapsed:.0f} s, {rate:.0f} a second; {self._divergences} divergences"


class Prefixed(ExampleDatabase):
    """A part of a database, so that each scenario has its own examples."""

    def __init__(self, database: ExampleDatabase, prefix: str) -> None:
        super().__init__()
        self._database = database
        self._prefix = prefix.encode()

    def fetch(self, key: bytes) -> Iterable[bytes]:
        """The examples under a key."""
        return self._database.fetch(self._key(key))

    def save(self, key: bytes, value: bytes) -> None:
        """Add an example."""
        self._database.save(self._key(key), value)

    def delete(self, key: bytes, value: bytes) -> None:
        """Remove an example."""
        self._database.delete(self._key(key), value)

    def _key(self, key: bytes) -> bytes:
        # Hypothesis keys by the test function, which is the same for all scenarios here; what follows the dot of a
        # key (its secondary examples) must stay.
        _, dot, part = key.partition(b".")
        return hashlib.sha384(self._prefix).digest() + dot + part


def store(campaign: Mapping[str, Any], folder: Path) -> list[Path]:
    """Keep each divergence of a campaign: as data, to be promoted, and as a script, to be run. The scripts' paths."""
    written = []
    for part in campaign["parts"]:
        for divergence in part["divergences"]:
            folder.mkdir(parents=True, exist_ok=True)
            identity = {key: part[key] for key in ("scenario", "subject", "dtype")}
            digest = hashlib.sha256(f"{identity} {divergence['program']}".encode()).hexdigest()[:10]
            path = folder / f"{part['scenario'].replace('/', '-')}-{part['dtype']}-{digest}.py"
            path.write_text(divergence["script"], encoding="utf-8")
            path.with_suffix(".json").write_text(
                json.dumps({**identity, **divergence, "hypothesis": hypothesis.__version__}, indent=1) + "\n",
                encoding="utf-8",
            )
            written.append(path)
    return written
