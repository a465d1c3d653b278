"""Checking a result file against `run.schema.json`, the whole contract with whoever writes one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reports.run import ReportError, load

SCHEMA_FILE = Path(__file__).parent / "run.schema.json"
_MOST = 20


def schema() -> dict[str, Any]:
    """The JSON Schema of a result file."""
    return json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))


def complaints(path: str | Path) -> Iterator[str]:
    """What is wrong with a result file, a line each; raises `ReportError` where it cannot be read as one at all."""
    try:
        import jsonschema
    except ImportError as error:
        raise ReportError("validating needs jsonschema: pip install jsonschema") from error
    document = load(path).document
    for n, fault in enumerate(jsonschema.Draft202012Validator(schema()).iter_errors(document)):
        if n == _MOST:
            yield f"{path}: and more"
            return
        yield f"{path}: {fault.json_path}: {' '.join(fault.message.split())[:300]}"
