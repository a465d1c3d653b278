"""From what engines observed to one of a few words (docs/verdicts.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from conformance.catalogue import Clause
from conformance.comparison import Context, Difference, Mismatch, differences, documented_mismatch, text
from conformance.observation import Encoded

Word = Literal["agrees", "diverges", "missing", "blocked", "unsettled", "crashes", "hangs", "not run"]

#: What an engine must mend before the scenarios that rest on it can be judged.
FAILURES = ("diverges", "missing", "blocked", "crashes", "hangs")

#: What does not fail a test; every other verdict does, unless it is expected.
PASSES = ("agrees", "not run")


@dataclass(frozen=True)
class Verdict:
    """A word, the reason in words, and the first observation that differs, where one does."""

    word: Word
    reason: str = ""
    difference: dict[str, Any] | None = None


class Witness:
    """Who is believed: the oracle's name and what came of its run, None where it cannot run the scenario.

    ``disputed`` are the observations in which it contradicts the documentation, in order.
    """

    def __init__(self, name: str, outcome: dict[str, Any] | None, dtype: str, device: str) -> None:
        self.name = name
        self.outcome = outcome
        own = Context(dtype, device, device)
        self.disputed = _disputed(outcome.get("observations", []), own) if outcome else {}


def judge(outcome: dict[str, Any], witness: Witness, clause: Clause, context: Context, *, is_oracle: bool) -> Verdict:
    """Judge one run of a scenario on an engine.

    ``is_oracle`` says that the engine is the oracle itself, perhaps on another device: where it disagrees with what
    is documented that is its own divergence, while for any other engine it leaves the matter unsettled.
    """
    if "crashed" in outcome:
        return Verdict("crashes", _with_output(outcome["crashed"], outcome))
    if "hung" in outcome:
        return Verdict("hangs", _with_output(outcome["hung"], outcome))
    if is_oracle and (verdict := _against_documentation(outcome, clause, context)) is not None:
        return verdict
    expected = witness.outcome
    if expected is None:
        return _by_documentation_alone(outcome, witness, clause, context)
    if why := _why_unfit(expected):
        if is_oracle:
            return _unfinished(outcome) or Verdict("unsettled", f"{witness.name} {why}")
        return Verdict("unsettled", f"{witness.name} {why}")
    return _against_oracle(outcome, witness, clause, context)


def _against_oracle(outcome: dict[str, Any], witness: Witness, clause: Clause, context: Context) -> Verdict:
    expected = witness.outcome
    assert expected is not None
    disputed = {} if clause.differs else witness.disputed
    if outcome["observations"] == expected["observations"]:
        found = []
    else:
        found = differences(outcome["observations"], expected["observations"], context)
    for difference in found:
        if difference.observation in disputed:
            continue
        if difference.got is None and outcome["raised"]:
            return _unfinished(outcome, difference) or Verdict("diverges")
        word: Word = "missing" if _is_missing(difference.got, difference.expected) else "diverges"
        documented = _documented(expected["observations"], difference.observation)
        return Verdict(
            word,
            f"{difference.observation}: {difference.mismatch.reason}",
            _record(difference, witness.name, documented),
        )
    if outcome["raised"] and not found:
        return _unfinished(outcome) or Verdict("diverges")
    for name, mismatch in disputed.items():
        value = next(o for o in expected["observations"] if o["name"] == name)
        difference = Difference(name, _value(outcome["observations"], name), value["value"], mismatch)
        reason = f"{witness.name} contradicts the documentation: {name}: {mismatch.reason}"
        return Verdict("unsettled", reason, _record(difference, witness.name, value.get("documented")))
    return Verdict("agrees")


def _by_documentation_alone(outcome: dict[str, Any], witness: Witness, clause: Clause, context: Context) -> Verdict:
    """The verdict where the oracle has not run the scenario."""
    failed = _against_documentation(outcome, clause, context) or _unfinished(outcome)
    if failed is not None:
        return failed
    unwitnessed = [o["name"] for o in outcome["observations"] if "documented" not in o]
    if unwitnessed or clause.differs:
        return Verdict("unsettled", f"{witness.name} has not run it, and nothing else says what is right")
    return Verdict("agrees")


def _against_documentation(outcome: dict[str, Any], clause: Clause, context: Context) -> Verdict | None:
    if clause.differs:
        return None
    own = Context(context.dtype, context.got_device, context.got_device)
    for name, mismatch in _disputed(outcome["observations"], own).items():
        observation = next(o for o in outcome["observations"] if o["name"] == name)
        difference = Difference(name, observation["value"], None, mismatch)
        record = _record(difference, "the documentation", observation.get("documented"))
        return Verdict("diverges", f"{name}: {mismatch.reason}", record)
    return None


def _disputed(observations: list[Encoded], context: Context) -> dict[str, Mismatch]:
    """The observations in which an engine contradicts the documentation."""
    return {o["name"]: m for o in observations if (m := documented_mismatch(o, context)) is not None}


def _unfinished(outcome: dict[str, Any], difference: Difference | None = None) -> Verdict | None:
    """The verdict on a run that ended with an exception."""
    raised = outcome["raised"]
    if not raised:
        return None
    word: Word = "missing" if raised.get("missing") else "diverges"
    before = f" before {difference.observation!r}" if difference else ""
    record = None
    if difference:
        record = _record(Difference(difference.observation, raised, difference.expected, difference.mismatch), "", None)
    return Verdict(word, f"raised{before}: {text(raised)}", record)


def _is_missing(got: Encoded | None, expected: Encoded | None) -> bool:
    """Whether an exception that was observed means a missing API, where the oracle raised another or none."""
    if got is None or expected is None or not got.get("missing"):
        return False
    return got["class"] not in expected.get("bases", [])


def _why_unfit(expected: dict[str, Any]) -> str:
    """Why the oracle's run is no witness, or an empty string."""
    for word in ("crashed", "hung"):
        if word in expected:
            return f"itself {word}: {expected[word]}"
    return f"itself raised: {text(expected['raised'])}" if expected["raised"] else ""


def _record(difference: Difference, witness: str, documented: Encoded | None) -> dict[str, Any]:
    return {
        "observation": difference.observation,
        "expected": difference.expected,
        "got": difference.got,
        "documented": documented,
        "witness": witness,
        "ulps": difference.mismatch.ulps,
    }


def _documented(observations: list[Encoded], name: str) -> Encoded | None:
    return next((o.get("documented") for o in observations if o["name"] == name), None)


def _value(observations: list[Encoded], name: str) -> Encoded | None:
    return next((o["value"] for o in observations if o["name"] == name), None)


def _with_output(reason: str, outcome: dict[str, Any]) -> str:
    output = outcome.get("output", "")
    return f"{reason}; its last lines of output:\n{output}" if output else reason
