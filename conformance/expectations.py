"""What an engine is known to do differently: a TOML file, one line a scenario or a pattern (docs/verdicts.md).

    engine = "tinygrad"                      # optional: the engine that the file is about

    [scenarios]
    "ACC-02" = { verdict = "diverges", reason = "overwrites .grad", issue = "https://example.org/issues/7" }
    "IDX-*" = { verdict = ["missing", "blocked"], reason = "no indexing yet", dtype = "float32", version = "<2" }

Where a scenario's own ID is there, its patterns are not asked; among patterns the first that matches counts.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any, get_args

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from conformance.subjects import Subject
from conformance.verdict import PASSES, Word

if sys.version_info >= (3, 11):
    import tomllib
else:  # pytest brings it there
    import tomli as tomllib

BUILT_IN = Path(__file__).parent / "expectations"
_WORDS = get_args(Word)
_CONDITIONS = ("device", "dtype", "version")


class ExpectationsError(Exception):
    """An expectations file cannot be used; the message is one line that says what to do."""


@dataclass(frozen=True)
class Expectation:
    """What is expected of the scenarios that ``pattern`` matches, under conditions."""

    pattern: str
    verdicts: tuple[Word, ...]
    reason: str = ""
    issue: str | None = None
    device: str | None = None
    dtype: str | None = None
    version: str | None = None

    @property
    def exact(self) -> bool:
        """Whether it names one scenario."""
        return not any(c in self.pattern for c in "*?[")

    def matches(self, scenario: str) -> bool:
        """Whether it names the scenario, or is a pattern of it."""
        return self.pattern == scenario or (not self.exact and fnmatchcase(scenario, self.pattern))

    def applies(self, scenario: str, subject: Subject, dtype: str) -> bool:
        """Whether it speaks of this scenario, on this subject, under this dtype."""
        if not self.matches(scenario):
            return False
        if self.device is not None and not fnmatchcase(subject.device, self.device):
            return False
        if self.dtype is not None and dtype != self.dtype:
            return False
        return self.version is None or _is_version(subject.version, self.version)

    def to_data(self) -> dict[str, Any]:
        """As the result file has it."""
        verdict = self.verdicts[0] if len(self.verdicts) == 1 else list(self.verdicts)
        return {"verdict": verdict, "reason": self.reason, "issue": self.issue}


@dataclass
class Expectations:
    """One file's expectations."""

    path: Path
    engine: str | None = None
    entries: tuple[Expectation, ...] = ()

    def speaks_of(self, engine: str) -> bool:
        """Whether the file is about an engine."""
        return self.engine in (None, engine)

    def of(self, scenario: str, subject: Subject, dtype: str) -> Expectation | None:
        """The expectation that counts, or None: agreement is expected."""
        return self.own(scenario, subject, dtype) or self.by_pattern(scenario, subject, dtype)

    def own(self, scenario: str, subject: Subject, dtype: str) -> Expectation | None:
        """The expectation that names the scenario, though its ID may look like a pattern, as ``ACC-03/x*x`` does."""
        return next((e for e in self.naming(scenario) if e.applies(scenario, subject, dtype)), None)

    def naming(self, scenario: str) -> Sequence[Expectation]:
        """The entries that name the scenario, under whatever conditions."""
        return self._named.get(scenario, ())

    def by_pattern(self, scenario: str, subject: Subject, dtype: str) -> Expectation | None:
        """The expectation of the first pattern that matches."""
        return next((e for e in self._patterns if e.applies(scenario, subject, dtype)), None)

    @cached_property
    def _named(self) -> dict[str, list[Expectation]]:
        """The entries by what they name: a file has a line for each of thousands of scenarios, all asked for one."""
        named: dict[str, list[Expectation]] = {}
        for entry in self.entries:
            named.setdefault(entry.pattern, []).append(entry)
        return named

    @cached_property
    def _patterns(self) -> list[Expectation]:
        return [entry for entry in self.entries if not entry.exact]


def is_met(verdict: Word, expectation: Expectation | None) -> bool:
    """Whether a verdict is as expected; where nothing is run, nothing is known to be otherwise."""
    if expectation is None or verdict == "not run":
        return verdict in PASSES
    return verdict in expectation.verdicts


def read(path: Path) -> Expectations:
    """Read a file. Raises `ExpectationsError`."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ExpectationsError(f"expectations {path}: {error.strerror}; give the path of a TOML file") from None
    except ValueError as error:
        raise ExpectationsError(f"expectations {path}: {error}") from None
    unknown = set(content) - {"engine", "scenarios"}
    if unknown:
        raise ExpectationsError(f"expectations {path}: {', '.join(sorted(unknown))}: there are engine and [scenarios]")
    if not isinstance(content.get("engine", ""), str) or not isinstance(content.get("scenarios", {}), dict):
        raise ExpectationsError(f'expectations {path}: write engine = "NAME", and a table [scenarios]')
    entries = [
        _entry(path, pattern, entry)
        for pattern, value in content.get("scenarios", {}).items()
        for entry in (value if isinstance(value, list) else [value])
    ]
    return Expectations(path, content.get("engine"), tuple(entries))


def for_engine(engine: str, given: list[Expectations]) -> Expectations | None:
    """The expectations of an engine: of the files given, or else the file that comes with a built-in engine."""
    if given:
        return next((e for e in given if e.speaks_of(engine)), None)
    path = BUILT_IN / f"{engine}.toml"
    return read(path) if path.is_file() else None


def unmatched(expectations: Expectations, scenarios: Iterator[str] | list[str]) -> list[str]:
    """The patterns that match no scenario there is."""
    ids = set(scenarios)
    return [
        entry.pattern for entry in expectations.entries if entry.pattern not in ids and not any(map(entry.matches, ids))
    ]


def _entry(path: Path, pattern: str, entry: Any) -> Expectation:
    where = f"expectations {path}: {pattern!r}"
    if not isinstance(entry, dict) or "verdict" not in entry:
        raise ExpectationsError(f'{where}: write it as {{ verdict = "diverges", reason = "..." }}')
    unknown = set(entry) - {"verdict", "reason", "issue", *_CONDITIONS}
    if unknown:
        known = f"verdict, reason, issue, {', '.join(_CONDITIONS)}"
        raise ExpectationsError(f"{where}: {', '.join(sorted(unknown))} is not known; there are {known}")
    verdicts = entry["verdict"] if isinstance(entry["verdict"], list) else [entry["verdict"]]
    if wrong := [str(verdict) for verdict in verdicts if verdict not in _WORDS] or not verdicts:
        raise ExpectationsError(f"{where}: the verdict {wrong} is none of {', '.join(_WORDS)}")
    if any(verdict not in PASSES for verdict in verdicts) and not str(entry.get("reason", "")).strip():
        raise ExpectationsError(f'{where}: say why with reason = "..."')
    optional = {key: str(entry[key]) for key in ("reason", "issue", *_CONDITIONS) if key in entry}
    if "version" in optional:
        try:
            SpecifierSet(optional["version"])
        except InvalidSpecifier:
            raise ExpectationsError(f"{where}: version {optional['version']!r} is not like '>=1.2,<2'") from None
    return Expectation(pattern, tuple(verdicts), **optional)


def _is_version(version: str, specifier: str) -> bool:
    try:
        return SpecifierSet(specifier).contains(Version(version), prereleases=True)
    except InvalidVersion:
        return False
