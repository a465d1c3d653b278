"""What PyTorch observed, recorded: the oracle of a run without PyTorch.

``conformance/recorded/torch-VERSION/CHAPTER.json`` is data only: the oracle's name and version, and for each scenario
the outcome of its run under each default dtype, one line a scenario. `conformance.record` writes it. An outcome under
one dtype that is that under another but for the dtype's name is written ``{"as": name of the other}``; a drawn
scenario has, under each dtype, an outcome for each of a fixed list of literals, and that of a random program has, as
``bounds``, how far rounding may move each observation (`conformance.programs.conditioning`).
"""

from __future__ import annotations

import json
from functools import cache, cached_property
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).parent / "recorded"
SCHEMA = 1
AGAIN = "record it again with `python -m conformance.record`"


class RecordedError(Exception):
    """A recorded file cannot be used; the message is one line that says what to do."""


def folders() -> list[Path]:
    """The folders of recorded observations, the newest version last."""

    def version(folder: Path) -> list[int]:
        return [int(n) for n in folder.name.rpartition("-")[2].split(".") if n.isdigit()]

    return sorted(RECORDED.glob("torch-*"), key=version)


def renamed(outcome: str, dtype: str, other: str) -> str:
    """The JSON text of an outcome with one dtype's name in another's place."""
    return outcome.replace(f'"{dtype}"', f'"{other}"')


class Recorded:
    """The observations of one version of PyTorch; chapters are read when they are first asked for.

    Raises `RecordedError` when there are none, or when one is damaged or of a newer schema.
    """

    def __init__(self, folder: Path | None = None) -> None:
        found = folders()
        if folder is None and not found:
            raise RecordedError(f"nothing is recorded in {RECORDED}; {AGAIN}")
        self.folder = folder or found[-1]
        self._read = cache(self._read_file)

    @cached_property
    def identity(self) -> tuple[str, str]:
        """The name and version of what was recorded; every file must have the same."""
        identities = {tuple(self._read(path)["oracle"].values()) for path in sorted(self.folder.glob("*.json"))}
        if len(identities) != 1:
            raise RecordedError(f"{self.folder} holds {len(identities)} different oracles, not one; {AGAIN}")
        return identities.pop()  # type: ignore[return-value]

    def outcome(self, module: str, id: str, dtype: str, literal: str | None = None) -> dict[str, Any] | None:
        """The recorded outcome of a scenario that stands in ``module``; None where it was not recorded."""
        try:
            outcome = self._outcome(module, id, dtype, literal)
            if outcome is not None and "observations" in outcome:
                _ = outcome["raised"], [(o["name"], o["value"]["is"]) for o in outcome["observations"]]
        except (KeyError, TypeError, AttributeError) as error:
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            raise RecordedError(f"{id} under {dtype} is damaged in {self.folder} ({reason}); {AGAIN}") from None
        return outcome

    def _outcome(self, module: str, id: str, dtype: str, literal: str | None) -> dict[str, Any] | None:
        outcomes = self._scenarios(module).get(id, {})
        outcome = outcomes.get(dtype)
        if outcome is not None and "as" in outcome:
            outcome = json.loads(renamed(json.dumps(outcomes[outcome["as"]]), outcome["as"], dtype))
        return outcome if literal is None or outcome is None else outcome[literal]

    def literals(self, module: str, id: str, dtype: str) -> list[str]:
        """The literals that a drawn scenario was recorded with."""
        return list(self.outcome(module, id, dtype) or {})

    def _scenarios(self, module: str) -> dict[str, Any]:
        path = self.folder / f"{module.rpartition('.')[2]}.json"
        return self._read(path)["scenarios"] if path.exists() else {}

    def _read_file(self, path: Path) -> dict[str, Any]:
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            schema, _, _ = content["schema"], content["oracle"]["version"], content["scenarios"].items()
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            raise RecordedError(f"{path} is damaged ({reason}); {AGAIN}") from None
        if schema != SCHEMA:
            raise RecordedError(f"{path} is of schema {schema}, and this version reads {SCHEMA}; update it, or {AGAIN}")
        return content
