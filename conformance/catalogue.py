"""The catalogue of clauses: what the documentation promises, chapter by chapter (`conformance/catalogue/*.toml`)."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from packaging.version import Version

if sys.version_info >= (3, 11):
    import tomllib
else:  # pytest brings it there
    import tomli as tomllib

CATALOGUE = Path(__file__).parent / "catalogue"


@dataclass(frozen=True)
class Chapter:
    """A chapter of clauses: ``prefix`` begins its clauses' IDs, ``level`` is the level that it belongs to."""

    prefix: str
    name: str
    title: str
    level: int


@dataclass(frozen=True)
class Clause:
    """One promise of the documentation.

    ``differs`` says how PyTorch departs from it, where it does; ``since`` and ``until`` are the first and the
    first-no-longer releases of PyTorch that it holds for.
    """

    id: str
    text: str
    source: str
    chapter: Chapter
    differs: str | None = None
    since: str | None = None
    until: str | None = None

    def holds_in(self, pytorch: str) -> bool:
        """Whether the clause speaks of a release of PyTorch."""
        release = Version(Version(pytorch).base_version)  # 2.13.0a0 is to behave as 2.13.0 will
        if self.since is not None and release < Version(self.since):
            return False
        return self.until is None or release < Version(self.until)


@cache
def chapters() -> dict[str, Chapter]:
    """Every chapter by its prefix, in order of name."""
    return {chapter.prefix: chapter for chapter, _ in _read()}


@cache
def clauses() -> dict[str, Clause]:
    """Every clause by its ID."""
    found: dict[str, Clause] = {}
    for chapter, entries in _read():
        for entry in entries:
            if entry["id"] in found:
                raise ValueError(f"{chapter.name}.toml: clause {entry['id']} is there twice")
            optional = {key: entry[key] for key in ("differs", "since", "until") if key in entry}
            found[entry["id"]] = Clause(entry["id"], entry["text"], entry.get("source", ""), chapter, **optional)
    return found


@cache
def _read() -> tuple[tuple[Chapter, list[dict[str, Any]]], ...]:
    read = []
    for path in sorted(CATALOGUE.glob("*.toml")):
        with path.open("rb") as file:
            try:
                content = tomllib.load(file)
            except tomllib.TOMLDecodeError as error:
                raise ValueError(f"{path.name}: {error}") from None
        chapter = Chapter(content["prefix"], path.stem, content["title"], content["level"])
        read.append((chapter, content.get("clause", [])))
    return tuple(read)
