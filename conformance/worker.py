"""The process that an engine runs in: it imports the engine, runs scenarios and writes down what they observe.

It is started by `conformance.isolation` as ``python -m conformance.worker REQUESTS REPLIES`` with two file
descriptors of their own, so that an engine may print, or close its standard output, as it likes. Each request is one
line of JSON, each reply one line of JSON (a reply to ``run`` has a second JSON text behind a tab: the outcome).
"""

from __future__ import annotations

import ast
import contextlib
import ctypes
import faulthandler
import json
import os
import resource
import signal
import sys
from typing import Any, NamedTuple, NoReturn

from conformance import chapters, engine
from conformance.execution import execute
from conformance.observation import encode
from conformance.programs.conditioning import measure as bounds
from conformance.state import State

MiB = 1 << 20


class Worker:
    """Serves one engine on one device."""

    def __init__(self, requests: int, replies: int) -> None:
        self._requests = os.fdopen(requests, "rb")
        self._replies = replies
        self._engine: engine.Engine
        self._state: State
        self._memory = 0
        self._output = os.dup(2)
        self._process = os.getpid()

    def serve(self) -> None:
        """Answer requests until there are no more."""
        for line in self._requests:
            request = json.loads(line)
            number = request.pop("number")
            self._reply(number, getattr(self, "do_" + request.pop("do"))(**request))

    def do_open(self, spec: str, sys_path: list[str], memory: int) -> dict[str, Any]:
        """Import the engine; say what it is, or why it cannot be used."""
        sys.path.extend(entry for entry in sys_path if entry not in sys.path)
        self._memory = memory
        try:
            self._engine = engine.load(spec)
            return {
                "name": self._engine.name,
                "version": self._engine.version,
                "devices": self._engine.devices(),
                "dtypes": self._engine.dtypes(),
                "unclaimed": [str(chapter) for chapter in self._engine.facts.get("unclaimed", ())],
            }
        except engine.EngineError as error:
            return {"error": str(error)}
        except BaseException as error:  # what an engine says about itself may fail in any way
            return {"error": f"engine {spec!r} cannot be asked what it is: {_named(error)}; {engine.HELP}"}

    def do_use(self, device: str) -> dict[str, Any]:
        """Settle on a device; say why it cannot be used, if so."""
        try:
            if device not in self._engine.devices():
                held = self._engine.torch.tensor([1.0], device=device)
                encode(held, to_numpy=self._engine.facts.get("to_numpy"))  # on PyTorch's meta there are no numbers
            self._state = State(self._engine, device)
            self._state.restore(self._engine.dtypes()[0])
            self._sign_of_life = self._state.sign_of_life()
        except BaseException as error:  # an engine may raise anything at all
            return {"error": _named(error)}
        self._at_start = _memory()
        if device == "cpu" and self._memory and self._at_start.addresses:
            self._limit_memory()
        return {}

    def do_load(self, module: str) -> dict[str, Any]:
        """Import a module of scenarios; if that fails, running one of them says so."""
        with contextlib.suppress(Exception):
            chapters.load(module)
        return {}

    def do_run(
        self, module: str, id: str, dtype: str, drawn: str | None = None, measure: bool = False
    ) -> tuple[dict[str, Any], Any]:
        """Run a scenario: how it went, and its outcome, or the bounds of what a program observes."""
        try:
            scenario = chapters.load(module)[id]
            literal = None if drawn is None else ast.literal_eval(drawn)
        except Exception as error:  # no fault of the engine's
            return {"broken": f"{module} has no scenario {id} to run: {type(error).__name__}: {error}"}, None
        try:
            self._state.restore(dtype)
        except BaseException as error:
            reason = f"the state that a scenario starts from could not be put back: {_named(error)}"
            return {"crashed": reason, "replace": True}, {}
        if measure:
            measured = bounds(self._engine.torch, literal or [])
            outcome = {"bounds": measured, "observations": [], "raised": None, "seconds": 0.0}
        else:
            facts = self._engine.facts
            outcome = execute(scenario, self._engine.torch, literal, facts.get("to_numpy"), facts.get("transform"))
        header: dict[str, Any] = {"seconds": outcome.pop("seconds")}
        if _ran_out_of_memory(outcome):
            header["crashed"] = f"out of memory: a scenario may use {self._memory} MiB"
        header["replace"] = self._tidy(dtype) or "crashed" in header
        return header, outcome

    def _tidy(self, dtype: str) -> bool:
        """Clean up after a scenario; true if this process is not fit for another."""
        with contextlib.suppress(OSError):
            os.dup2(self._output, 1)
            os.dup2(self._output, 2)
            if os.fstat(self._output).st_size > MiB:
                os.ftruncate(self._output, 0)
        try:
            self._state.restore(dtype)
            if self._state.sign_of_life() != self._sign_of_life:
                return True
        except BaseException:
            return True
        leaked = max(now - before for now, before in zip(_memory(), self._at_start, strict=True))
        return bool(self._memory) and leaked > self._memory // 2  # the next one may need the other half

    def _limit_memory(self) -> None:
        limit = (self._at_start.addresses + self._memory) * MiB
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (limit if hard < 0 else min(limit, hard), hard))

    def _reply(self, number: int, answer: Any) -> None:
        if os.getpid() != self._process:
            os._exit(0)  # an engine that forks comes here twice
        header, *outcome = answer if isinstance(answer, tuple) else (answer,)
        parts = ({"number": number, **header}, *outcome)
        text = "\t".join(json.dumps(part, separators=(",", ":")) for part in parts)
        data = memoryview(text.encode() + b"\n")
        while data:
            data = data[os.write(self._replies, data) :]
        if header.get("replace"):
            os._exit(0)


def _named(error: BaseException) -> str:
    """An exception on one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]


def _ran_out_of_memory(outcome: dict[str, Any]) -> bool:
    raised = [outcome["raised"]] + [observation["value"] for observation in outcome["observations"]]
    return any(value and "MemoryError" in value.get("bases", ()) for value in raised)


class _Memory(NamedTuple):
    """What a process holds, in MiB."""

    peak: int  #: The largest resident size so far.
    addresses: int  #: The addresses that are taken, which is what the limit is on; 0 where that is not known.


def _memory() -> _Memory:
    """What this process holds; the peak of the process it was started from does not count."""
    with contextlib.suppress(OSError):  # Linux, where getrusage's figure is inherited
        with open("/proc/self/status", encoding="ascii") as status:
            kib = dict(line.split()[:2] for line in status if line.startswith(("VmHWM:", "VmSize:")))
        return _Memory(int(kib["VmHWM:"]) // 1024, int(kib["VmSize:"]) // 1024)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return _Memory(peak // (MiB if sys.platform == "darwin" else 1024), 0)


def _die_with_parent() -> None:
    with contextlib.suppress(OSError, AttributeError):  # Linux has this; elsewhere the closed pipe must do
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def main() -> NoReturn:
    """Serve the requests on the file descriptors named on the command line."""
    _die_with_parent()
    faulthandler.enable()
    faulthandler.register(signal.SIGUSR1, all_threads=True)  # asked for where a scenario hangs
    Worker(int(sys.argv[1]), int(sys.argv[2])).serve()
    os._exit(0)


if __name__ == "__main__":
    main()
