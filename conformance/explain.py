"""What a person is shown of a verdict: the clause, the first difference, and a script to see it with."""

from __future__ import annotations

from conformance.comparison import text
from conformance.runner import Result, Task, clause_of, script_of
from conformance.vectors.files import vectors
from conformance.vectors.harness import rerun


def explain(task: Task, result: Result) -> str:
    """A failing scenario in words."""
    clause, verdict = clause_of(task.scenario), result.verdict
    lines = [
        f"{task.scenario.id} on {task.subject.name} {task.subject.version} ({task.subject.device}, {task.dtype}): "
        f"{verdict.word}",
        f"  clause:   {clause.text}",
        f"  source:   {clause.source}",
        f"  scenario: {task.scenario.name}",
        f"  reason:   {verdict.reason}",
    ]
    difference = verdict.difference
    if difference is not None:
        lines.append(f"  first observation that differs: {difference['observation']!r}")
        for label, key in ((difference["witness"] or "expected", "expected"), (task.subject.name, "got")):
            if difference[key] is not None:
                lines.append(f"    {label}: {text(difference[key])}")
        if difference["documented"] is not None:
            lines.append(f"    documented: {text(difference['documented'])}")
        if difference["ulps"] is not None:
            lines.append(f"    largest error: {difference['ulps']:.4g} ULPs")
    if clause.differs:
        lines.append(f"  PyTorch differs from its documentation: {clause.differs}")
    if task.subject.engine.startswith("exec:"):
        vector = vectors().find(task.scenario.body.__module__, task.scenario.id, result.drawn)
        if vector is not None:
            again = rerun(task.subject.engine, vector, task.dtype, task.subject.device)
            lines += ["", "To ask the harness once more, run this:", "", again]
        lines += ["", "The same on PyTorch:", ""]
    else:
        lines += ["", "To see it without this suite, run this (change the import of torch for another engine):", ""]
    lines.append(result.script or script_of(task.scenario, task.dtype, task.subject.device))
    return printable("\n".join(lines))


def printable(text: str) -> str:
    """A text that a terminal can show and that does nothing to it: an engine's messages may hold anything."""
    if text.replace("\n", "").isprintable():
        return text
    return "".join(c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode() for c in text)
