"""Which engines are judged, on which devices, and who judges them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from conformance import catalogue, engine, recorded
from conformance.isolation import EngineProcess, Limits
from conformance.vectors.files import Vectors, VectorsError

ORACLES = ("torch", "recorded", "reference", "vectors")


class UsageError(Exception):
    """What was asked for cannot be had; the message is one line that says what to do."""


@dataclass(frozen=True)
class Subject:
    """An engine on a device.

    ``not_run`` is the reason why it is not judged, if so; ``pytorch`` is the version of PyTorch that it is compared
    with, where it is compared with PyTorch.
    """

    id: str
    engine: str
    name: str
    version: str
    device: str
    dtypes: tuple[str, ...] = ()
    unclaimed: tuple[str, ...] = ()
    not_run: str | None = None
    pytorch: str = ""


@dataclass(frozen=True)
class Plan:
    """What a run consists of; plain data, so that the processes of a parallel run can be given it."""

    subjects: tuple[Subject, ...]
    oracle: str
    oracle_name: str
    oracle_version: str

    def to_data(self) -> dict[str, Any]:
        """The plan as JSON data."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Plan:
        """The plan that `to_data` wrote."""
        subjects = tuple(
            Subject(**{**s, "dtypes": tuple(s["dtypes"]), "unclaimed": tuple(s["unclaimed"])}) for s in data["subjects"]
        )
        return cls(**{**data, "subjects": subjects})


@dataclass
class Processes:
    """The workers of a run, started when they are first wanted, one an engine and device."""

    limits: Limits
    notice: Callable[[str], None] | None = None
    _running: dict[tuple[str, str], EngineProcess] = field(default_factory=dict)

    def start(self, spec: str) -> EngineProcess:
        """A new worker; while it is slow to start, that is said by ``notice``."""
        return EngineProcess(spec, self.limits, self.notice)

    def of(self, spec: str, device: str) -> EngineProcess:
        """The worker of an engine on a device. Raises `UsageError` when it cannot be had."""
        key = (spec, device)
        if key not in self._running:
            process = self.start(spec)
            error = process.open().get("error") or process.use(device)
            if error:
                process.close()
                raise UsageError(error)
            self._running[key] = process
        return self._running[key]

    def adopt(self, process: EngineProcess) -> None:
        """Keep a worker that was started elsewhere."""
        self._running[process.spec, process.device] = process

    def close(self) -> None:
        """End them all."""
        for process in self._running.values():
            process.close()
        self._running.clear()


def plan(engines: list[str], devices: list[str], oracle: str | None, processes: Processes) -> Plan:
    """Find out what there is to judge: the engines named, or PyTorch and the reference, where they are installed.

    Raises `UsageError` when something that was asked for cannot be had.
    """
    subjects: list[Subject] = []
    wanted = []
    for spec in dict.fromkeys(engines or engine.DEFAULT):
        lacking = "" if engines else engine.lacking(spec)
        if lacking:
            subjects.append(Subject(spec, spec, spec, "", "", not_run=f"{lacking} is not installed"))
        else:
            wanted.append(processes.start(spec))
    for process in wanted:
        subjects += _subjects_of(process, devices, processes)
    _check_devices(subjects, devices)
    ids = [subject.id for subject in subjects]
    subjects = [replace(s, id=s.id if ids.count(s.id) == 1 else f"{s.engine}-{s.device}") for s in subjects]
    if all(subject.not_run for subject in subjects):
        raise UsageError("; ".join(dict.fromkeys(str(subject.not_run) for subject in subjects)))
    chosen = oracle or _default_oracle(subjects, processes)
    name, version = _identify(chosen, processes)
    pytorch = "" if chosen == "reference" else version
    return Plan(tuple(replace(subject, pytorch=pytorch) for subject in subjects), chosen, name, version)


def _subjects_of(process: EngineProcess, devices: list[str], processes: Processes) -> list[Subject]:
    spec = process.spec
    facts = process.open()
    short = short_name(spec, facts.get("name", spec))
    error = facts.get("error") or _unknown_chapters(spec, facts["unclaimed"])
    if error:
        process.close()
        return [Subject(short, spec, spec, "", "", not_run=error)]
    subjects = []
    spare: EngineProcess | None = process
    for device in devices or facts["devices"]:
        if spare is None:
            spare = processes.start(spec)
            spare.open()
        reason = spare.use(device)
        common = (f"{short}-{device}", spec, facts["name"], facts["version"], device)
        if reason:
            which = f"the device {device!r} here, only {', '.join(facts['devices'])}"
            if device in facts["devices"]:
                which = f"its own device {device!r}"
            reason = f"{facts['name']} cannot use {which}: {reason}"
            subjects.append(Subject(*common, not_run=reason))
        else:
            subjects.append(Subject(*common, tuple(facts["dtypes"]), tuple(facts["unclaimed"])))
            processes.adopt(spare)
            spare = None
    if spare is not None:
        spare.close()
    return subjects


def _unknown_chapters(spec: str, unclaimed: list[str]) -> str:
    """What is wrong with the chapters that an engine does not claim, or an empty string."""
    chapters = catalogue.chapters().values()
    known = {name for chapter in chapters for name in (chapter.name, chapter.prefix)}
    if unknown := [name for name in unclaimed if name not in known]:
        names = ", ".join(chapter.name for chapter in chapters)
        return f"engine {spec!r} does not claim {', '.join(unknown)}: no such chapter; there are {names}"
    return ""


def short_name(spec: str, name: str) -> str:
    """An engine's name in IDs: the last part of its module, and its attribute; a harness's is the name it gives."""
    if spec.startswith("exec:"):
        return re.sub(r"[^\w.]+", "-", name).strip("-")
    location, _, attribute = spec.partition(":")
    last = Path(location).stem if location.endswith(".py") else location.rpartition(".")[2]
    return f"{last}.{attribute}" if attribute else last


def _check_devices(subjects: list[Subject], devices: list[str]) -> None:
    for device in devices:
        reasons = [s.not_run for s in subjects if s.device == device]
        if reasons and all(reasons):
            raise UsageError(f"--device {device}: no engine has it: {'; '.join(map(str, reasons))}; leave it out")


def _default_oracle(subjects: list[Subject], processes: Processes) -> str:
    """PyTorch where it is installed, or what was recorded of it, or else the reference.

    Engines in other languages are judged by what their vectors carry; where there are no others, nothing else is asked.
    """
    if all(subject.engine.startswith("exec:") for subject in subjects):
        return "vectors"
    if not engine.lacking("torch"):
        try:
            processes.of("torch", "cpu")
            return "torch"
        except UsageError:  # installed, but broken
            pass
    return "recorded" if recorded.folders() else "reference"


def _identify(oracle: str, processes: Processes) -> tuple[str, str]:
    """The oracle's name and version."""
    try:
        if oracle == "recorded":
            return recorded.Recorded().identity
        if oracle == "vectors":
            return Vectors().identity
        facts = processes.of(oracle, "cpu").facts
        return facts["name"], facts["version"]
    except (UsageError, recorded.RecordedError, VectorsError) as error:
        raise UsageError(f"--oracle {oracle}: {error}") from None
