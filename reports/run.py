"""A run's result file, read and checked.

`docs/result-files.md` describes the file and `run.schema.json` is its JSON Schema. What is read here are the parts
that pages need; keys that are not known are left alone, so that a file may carry more.
"""

from __future__ import annotations

import dataclasses
import functools
import gzip
import json
import types
import typing
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

#: The newest version of the file that is understood here.
SCHEMA = 1

#: Every verdict, from the best to the worst; the worst of several dtypes is the one shown.
VERDICTS = ("not run", "agrees", "unsettled", "blocked", "missing", "diverges", "hangs", "crashes")

#: The order in which verdicts are listed.
LISTED = ("agrees", "diverges", "missing", "blocked", "unsettled", "crashes", "hangs", "not run")

Json = dict[str, Any]


class ReportError(Exception):
    """Something that the person at the command line can mend; its message is one line."""


@dataclasses.dataclass(frozen=True, slots=True)
class Suite:
    """The release of the suite that made the run."""

    version: str


@dataclasses.dataclass(frozen=True, slots=True)
class Subject:
    """An engine on a device."""

    id: str
    engine: str
    name: str
    version: str | None
    device: str
    not_run: str | None
    unclaimed: list[str]
    run: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter of the catalogue; ``scenarios`` is how many the suite has for it, where the file says so."""

    prefix: str
    name: str
    title: str
    level: int
    scenarios: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario as the report shows it."""

    id: str
    clause: str
    chapter: str
    behaviour: str
    text: str
    source: str | None
    differs: str | None
    script: str | None
    needs: list[str]


@dataclasses.dataclass(frozen=True, slots=True)
class Difference:
    """The first observation that differs; the values are encoded as `conformance/observation.py` says."""

    observation: str
    expected: Json | None
    got: Json | None
    documented: Json | None = None
    witness: str | None = None
    ulps: int | float | str | None = None

    @property
    def wanted(self) -> Json | None:
        """What should have been observed; where the documentation is the witness, what it says."""
        return self.documented if self.expected is None else self.expected


@dataclasses.dataclass(frozen=True, slots=True)
class Expectation:
    """What the adopter's expectations file says of a result: one verdict, or several that may be."""

    verdict: str | list[str]
    reason: str | None = None
    issue: str | None = None

    @property
    def verdicts(self) -> list[str]:
        """The verdicts that are expected."""
        return [self.verdict] if isinstance(self.verdict, str) else self.verdict


@dataclasses.dataclass(frozen=True, slots=True)
class Result:
    """One scenario on one subject under one default dtype; a slimmed file leaves out what says nothing."""

    scenario: str
    subject: str
    dtype: str
    verdict: str
    reason: str | None = None
    difference: Difference | None = None
    observations: list[Json] = dataclasses.field(default_factory=list)
    seconds: int | float | None = None
    expected: Expectation | None = None
    script: str | None = None

    @property
    def is_expected(self) -> bool:
        """Whether an expectations file foresaw this verdict."""
        return self.expected is not None and self.verdict in self.expected.verdicts


@dataclasses.dataclass(frozen=True, slots=True)
class Oracle:
    """The witness that engines were compared with; ``how`` is live, recorded or mixed."""

    name: str
    version: str
    how: str

    def __str__(self) -> str:
        return f"{self.name} {self.version}, {self.how}"


@dataclasses.dataclass(frozen=True, slots=True)
class Origin:
    """Where and when results were made; a merged file has several."""

    name: str
    created: str
    platform: Json
    command: list[str]
    oracle: Oracle
    complete: bool


@dataclasses.dataclass(frozen=True, slots=True)
class CampaignDivergence:
    """A random program that a subject failed, as a literal and as a script; ``raising`` are the lines that raise."""

    program: str
    verdict: str
    reason: str
    script: str
    difference: Difference | None = None
    raising: list[int] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True, slots=True)
class CampaignPart:
    """What random programs of one scenario came to on one subject under one default dtype.

    ``undetermined`` programs were not decided, as rounding alone may decide otherwise; of ``unsettled`` ones the oracle
    itself said nothing; ``again`` counts those that fail like one of the ``divergences``. ``operations`` and ``clauses``
    count what the programs reached, ``pairs`` has the counts of second operations by the first.
    """

    scenario: str
    subject: str
    dtype: str
    programs: int
    seconds: int | float
    undetermined: int
    unsettled: int
    again: int
    missing: Json
    operations: Json
    pairs: Json
    clauses: Json
    divergences: list[CampaignDivergence]


@dataclasses.dataclass(frozen=True, slots=True)
class Campaign:
    """The random programs of a run; ``seed`` draws them again (a merged file has none)."""

    parts: list[CampaignPart]
    seed: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Run:
    """A whole result file. ``document`` is the JSON that it was read from."""

    schema: int
    created: str
    suite: Suite
    platform: Json
    command: list[str]
    oracle: Oracle
    complete: bool
    subjects: list[Subject]
    chapters: list[Chapter]
    scenarios: list[Scenario]
    results: list[Result]
    runs: list[Origin] = dataclasses.field(default_factory=list)
    campaign: Campaign | None = None
    document: Json = dataclasses.field(default_factory=dict)

    def is_oracle(self, subject: Subject) -> bool:
        """Whether a subject is the oracle itself, perhaps on another device."""
        return self.oracle.name in (subject.engine, subject.name)

    def is_complete(self, subject: Subject) -> bool:
        """Whether the run that a subject's results come from went to its end."""
        return self.runs[subject.run].complete if self.runs else self.complete


def load(path: str | Path) -> Run:
    """Read a result file, gzipped or not; a `ReportError` says in one line what is wrong with one that is not."""
    try:
        data = Path(path).read_bytes()
        text = (gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data).decode("utf-8")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise ReportError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ReportError(f"{path}: not a result file, it is not JSON: {error or 'nested too deeply'}") from error
    return parse(document, str(path))


def parse(document: Any, where: str = "the run") -> Run:
    """Make a `Run` of a result file's JSON; ``where`` names it in a `ReportError`."""
    if not isinstance(document, Mapping) or not isinstance(document.get("schema"), int):
        raise ReportError(f"{where}: not a result file, it has no 'schema' number")
    if document["schema"] > SCHEMA:
        raise ReportError(
            f"{where}: written by a newer release (schema {document['schema']}, not {SCHEMA}); upgrade to read it"
        )
    run = _build(Run, {**document, "document": document}, where)
    _check_names(run, where)
    return run


def _check_names(run: Run, where: str) -> None:
    """Every name that a part refers to must be there."""
    subjects = {s.id for s in run.subjects}
    scenarios = {s.id for s in run.scenarios}
    chapters = {c.prefix for c in run.chapters}
    for scenario in run.scenarios:
        if scenario.chapter not in chapters:
            raise ReportError(
                f"{where}: scenario {scenario.id!r} names a chapter that is not there: {scenario.chapter!r}"
            )
    for n, result in enumerate(run.results):
        if result.scenario not in scenarios or result.subject not in subjects:
            raise ReportError(f"{where}: results[{n}] names a scenario or subject that is not there")
        if result.verdict not in VERDICTS:
            raise ReportError(f"{where}: results[{n}] has a verdict that is not known: {result.verdict!r}")
    if any(not 0 <= s.run < max(len(run.runs), 1) for s in run.subjects):
        raise ReportError(f"{where}: a subject names a run that is not there")


def _refuse_constant(name: str) -> None:
    raise ValueError(f"it holds {name}, which JSON has no word for")


def _build(cls: type, data: Any, where: str) -> Any:
    """Make a dataclass of a JSON object, checking that its fields are there and of their types."""
    if not isinstance(data, Mapping):
        raise ReportError(f"{where} is {_name_kind(data)}, not an object")
    values = {}
    for name, (kind, required) in _fields_of(cls).items():
        if name in data:
            values[name] = _convert(kind, data[name], f"{where}: {name}" if cls is Run else f"{where}.{name}")
        elif required:
            raise ReportError(f"{where}: the key {name!r} is missing")
    return cls(**values)


@functools.cache
def _fields_of(cls: type) -> dict[str, tuple[Any, bool]]:
    kinds = typing.get_type_hints(cls)
    absent = dataclasses.MISSING
    return {
        f.name: (kinds[f.name], f.default is absent and f.default_factory is absent)
        for f in dataclasses.fields(cls)  # type: ignore[arg-type]
    }


def _convert(kind: Any, value: Any, where: str) -> Any:
    if typing.get_origin(kind) is list:
        if not isinstance(value, list):
            raise ReportError(f"{where} is {_name_kind(value)}, not a list")
        (item,) = typing.get_args(kind)
        plain = typing.get_origin(item) or item
        if plain in (str, dict) and all(isinstance(v, plain) for v in value):
            return value
        return [_convert(item, v, f"{where}[{n}]") for n, v in enumerate(value)]
    options = typing.get_args(kind) if isinstance(kind, types.UnionType) else (kind,)
    for option in options:
        if dataclasses.is_dataclass(option) and value is not None:
            return _build(typing.cast(type, option), value, where)
        plain = typing.get_origin(option) or option
        if isinstance(value, plain) and (plain is bool or not isinstance(value, bool)):
            return value
    wanted = " or ".join(_KIND_NAMES.get(typing.get_origin(o) or o, "an object") for o in options)
    raise ReportError(f"{where} is {_name_kind(value)}, not {wanted}")


_KIND_NAMES: dict[Any, str] = {
    str: "a string",
    int: "an integer",
    float: "a number",
    bool: "a boolean",
    list: "a list",
    dict: "an object",
    type(None): "null",
}


def _name_kind(value: Any) -> str:
    return _KIND_NAMES.get(type(value), type(value).__name__)
