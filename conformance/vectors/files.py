"""The files of vectors: one a file of scenarios, one line a program, with what PyTorch observed in it.

The first line says what the file is: ``{"vectors": 1, "chapter": ..., "oracle": {"name": ..., "version": ...}}``. Each
other line is a scenario (``id``, ``clause``, ``behaviour``, ``needs``; ``drawn`` where it is one literal of many) with
its ``program`` (`conformance.vectors.trace`) and what is ``expected`` under each default dtype
(`conformance.vectors.expected`), or with the reason why it is ``"not exported"``. The schema is schema.json.
"""

from __future__ import annotations

import json
import os
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from conformance.vectors.expected import unfolded

SCHEMA = 1
AGAIN = "export them with `python -m conformance.vectors` where PyTorch is installed"

#: The environment variable that names another folder of vectors.
FOLDER = "CONFORMANCE_VECTORS"


class VectorsError(Exception):
    """Vectors cannot be used; the message is one line that says what to do."""


def folder() -> Path:
    """Where vectors are kept."""
    return Path(os.environ.get(FOLDER) or Path(__file__).parent / "exported")


def line(content: Any) -> str:
    """JSON on one line, as short as it can be."""
    return json.dumps(content, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def write(path: Path, head: dict[str, Any], vectors: list[dict[str, Any]]) -> None:
    """Write a file, under another name first."""
    unfinished = path.with_suffix(".unfinished")
    lines = [line({"vectors": SCHEMA, **head}), *map(line, vectors)]
    unfinished.write_text("\n".join(lines) + "\n", encoding="ascii")
    os.replace(unfinished, path)


def read(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A file's first line, and its vectors. Raises `VectorsError`."""
    try:
        head, *vectors = [json.loads(text) for text in path.read_text(encoding="utf-8").splitlines()]
        schema, _ = head["vectors"], head["oracle"]["version"]
        if not all("program" in vector or "not exported" in vector for vector in vectors):
            raise ValueError("a line without a program")
    except (ValueError, KeyError, TypeError) as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise VectorsError(f"{path} is damaged ({reason}); {AGAIN}") from None
    if schema != SCHEMA:
        raise VectorsError(f"{path} is of schema {schema}, and this version reads {SCHEMA}; update it, or {AGAIN}")
    return head, vectors


class Vectors:
    """All vectors there are; a file is read when it is first asked for.

    It answers what `conformance.recorded.Recorded` answers, and stands in its place. Raises `VectorsError`.
    """

    def __init__(self) -> None:
        self.folder = folder()
        if not any(self.folder.glob("*.jsonl")):
            raise VectorsError(f"there are no vectors in {self.folder}; {AGAIN}")
        self._of_module = cache(self._read_module)

    @cached_property
    def identity(self) -> tuple[str, str]:
        """The name and version of what was observed; every file must have the same."""
        heads = {json.dumps(_head(path)["oracle"]) for path in sorted(self.folder.glob("*.jsonl"))}
        if len(heads) != 1:
            raise VectorsError(f"{self.folder} holds {len(heads)} different oracles, not one; {AGAIN}")
        oracle = json.loads(heads.pop())
        return oracle["name"], oracle["version"]

    def find(self, module: str, id: str, literal: str | None = None) -> dict[str, Any] | None:
        """The vector of a scenario, with its program; None where it has none."""
        vector = self._of_module(module).get((id, literal), {})
        return vector if "program" in vector else None

    def why_not(self, module: str, id: str) -> str:
        """Why a scenario has no vector, or an empty string."""
        found = [vector for (of, _), vector in self._of_module(module).items() if of == id]
        if any("program" in vector for vector in found):
            return ""
        return f"it is not exported: it {found[0]['not exported']}" if found else f"it has no vector; {AGAIN}"

    def outcome(self, module: str, id: str, dtype: str, literal: str | None = None) -> dict[str, Any] | None:
        """What came of a scenario's run on PyTorch."""
        vector = self.find(module, id, literal)
        observations = None if vector is None else unfolded(vector, dtype)
        return None if observations is None else {"observations": observations, "raised": None}

    def literals(self, module: str, id: str, dtype: str) -> list[str]:
        """The literals that a drawn scenario was exported with."""
        return [literal for (of, literal) in self._of_module(module) if of == id and literal is not None]

    def _read_module(self, module: str) -> dict[tuple[str, str | None], dict[str, Any]]:
        path = self.folder / f"{module.rpartition('.')[2]}.jsonl"
        vectors = read(path)[1] if path.exists() else []
        return {(vector["id"], vector.get("drawn")): vector for vector in vectors}


def _head(path: Path) -> dict[str, Any]:
    """A file's first line. Raises `VectorsError`."""
    try:
        with path.open(encoding="utf-8") as opened:
            content = json.loads(opened.readline())
        content["oracle"]["name"], content["oracle"]["version"]
        return content
    except (ValueError, KeyError, TypeError) as error:
        raise VectorsError(f"{path} is damaged ({type(error).__name__}: {error}); {AGAIN}") from None


@cache
def vectors() -> Vectors:
    """All vectors there are, read once. Raises `VectorsError`."""
    return Vectors()
