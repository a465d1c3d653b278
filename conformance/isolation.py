"""Engines in processes of their own, so that a crash, a hang or a leak costs only the scenario it happened in."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from conformance.scenario import Scenario

#: How many requests may be on their way to a worker; they must fit into a pipe's buffer together.
AHEAD = 64

IMPORT_LIMIT = 300.0

#: How long an engine may take to be imported before it is said what is waited for, in seconds.
SILENCE = 15.0

#: How much a worker may have printed before that is thrown away, and how often it is looked at, in seconds.
PRINTED = 64 << 20
GLANCE = 1.0


@dataclass(frozen=True)
class Limits:
    """What one scenario may use: seconds, and MiB of memory on the CPU (0: no limit)."""

    seconds: float = 20.0
    memory: int = 4096


class Died(Exception):
    """A worker process ended on its own; the message says how."""


class TimedOut(Exception):
    """A worker process did not answer in time."""


@dataclass(frozen=True)
class Request:
    """One run of a scenario: the module that holds it, its default dtype, the drawn literal where it has one.

    ``measure`` asks, in place of what the scenario observes, how far rounding may move that
    (`conformance.programs.conditioning`).
    """

    module: str
    id: str
    dtype: str
    drawn: str | None = None
    measure: bool = False

    @classmethod
    def of(cls, scenario: Scenario, dtype: str, drawn: str | None = None) -> Request:
        """The request to run a scenario."""
        return cls(scenario.body.__module__, scenario.id, dtype, drawn)


class Process:
    """One worker process and the two pipes to it."""

    def __init__(self, spec: str, memory: int) -> None:
        requests, self._requests = os.pipe()
        self._replies, replies = os.pipe()
        if hasattr(fcntl, "F_SETPIPE_SZ"):  # whatever is on its way to a worker must fit, or both would wait
            fcntl.fcntl(self._requests, fcntl.F_SETPIPE_SZ, 1 << 20)
        self._output: IO[bytes] = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 (closed by close)
        os.set_blocking(self._replies, False)
        root = str(Path(__file__).parents[1])
        python_path = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
        self._child = subprocess.Popen(
            [sys.executable, "-m", "conformance.worker", str(requests), str(replies)],
            pass_fds=(requests, replies),
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=self._output,
            env={**os.environ, "PYTHONPATH": python_path},
            start_new_session=True,  # a ctrl-C is for the parent, which then ends the worker
        )
        os.close(requests)
        os.close(replies)
        self._buffer = bytearray()
        self._loaded: set[str] = set()
        self._awaited: deque[tuple[str, int]] = deque()
        self._sent = 0
        self.send({"do": "open", "spec": spec, "sys_path": sys.path, "memory": memory})

    def send(self, request: dict[str, Any]) -> None:
        """Send a request; a worker that is gone is noticed when its reply is wanted."""
        if request["do"] == "run" and request["module"] not in self._loaded:
            self._loaded.add(request["module"])
            self.send({"do": "load", "module": request["module"]})  # which is no part of a scenario's time
        self._sent += 1
        self._awaited.append((request["do"], self._sent))
        with contextlib.suppress(BrokenPipeError):
            os.write(self._requests, json.dumps({**request, "number": self._sent}).encode() + b"\n")

    def receive(self, limit: float) -> bytes:
        """The next reply. Raises `TimedOut` or `Died`."""
        while self._awaited[0][0] == "load":
            self._next(IMPORT_LIMIT)
        return self._next(limit)

    def _next(self, limit: float) -> bytes:
        reply = self._line(limit)
        _, number = self._awaited.popleft()
        if not reply.startswith(b'{"number":%d' % number):  # the engine wrote to a descriptor that is not its own
            raise Died(f"a line came that is no answer: {reply[:80].decode(errors='replace')!r}")
        return reply

    def _line(self, limit: float) -> bytes:
        deadline = time.monotonic() + limit
        poll = select.poll()
        poll.register(self._replies, select.POLLIN)
        while (end := self._buffer.find(b"\n")) < 0:
            left = deadline - time.monotonic()
            # an engine that never stops writing has no more time than one that is silent
            if left <= 0 or not poll.poll(min(left, GLANCE) * 1000):
                self._keep_output_small()
                if left <= 0:
                    raise TimedOut
                continue
            data = os.read(self._replies, 1 << 20)
            if not data:
                raise Died(self._how_it_ended())
            self._buffer += data
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line

    def last_lines(self, count: int = 20) -> str:
        """The end of what the worker has printed."""
        size = os.fstat(self._output.fileno()).st_size
        tail = os.pread(self._output.fileno(), 16384, max(0, size - 16384))
        return "\n".join(tail.decode(errors="replace").splitlines()[-count:])

    def _keep_output_small(self) -> None:
        """Throw away what a worker that prints without end has printed, before it fills the disk."""
        if os.fstat(self._output.fileno()).st_blocks * 512 > PRINTED:
            os.ftruncate(self._output.fileno(), 0)

    def say_where_it_is(self) -> None:
        """Have a hanging worker print where it is."""
        self._child.send_signal(signal.SIGUSR1)
        time.sleep(0.2)

    def close(self) -> None:
        """End the process and whatever it has started."""
        self._kill()
        for descriptor in (self._requests, self._replies):
            os.close(descriptor)
        self._output.close()

    def _kill(self) -> None:
        try:
            os.killpg(self._child.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            self._child.kill()
        self._child.wait()

    def _how_it_ended(self) -> str:
        try:
            status = self._child.wait(1)
        except subprocess.TimeoutExpired:
            return "it closed its connection"
        if status < 0:
            return f"killed by {signal.Signals(-status).name}"
        return f"the process exited with status {status}"


def start(spec: str, memory: int) -> Process:
    """The process of an engine: a worker that imports it, or a harness in another language."""
    if spec.startswith("exec:"):
        from conformance.vectors.harness import Harness  # which is made of what is here

        return Harness(spec, memory)
    return Process(spec, memory)


class EngineProcess:
    """An engine on a device, behind a worker process that is replaced when it dies.

    Requests are answered in order; asking for some `ahead` of their use lets the worker run while others are judged.
    """

    def __init__(self, spec: str, limits: Limits, notice: Callable[[str], None] | None = None) -> None:
        self.spec = spec
        self.device = ""
        self._notice = notice
        self.facts: dict[str, Any] = {}
        self._limits = limits
        self._queue: deque[Request] = deque()
        self._replies: dict[Request, bytes] = {}
        self._process: Process | None = start(spec, limits.memory)
        self._served = False

    def open(self) -> dict[str, Any]:
        """What the engine says it is; ``{"error": line}`` if it cannot be used."""
        doing = "started" if self.spec.startswith("exec:") else "imported"
        self.facts = self._ask(f"engine {self.spec!r} while it was {doing}")
        return self.facts

    def use(self, device: str) -> str | None:
        """Settle on a device; the reason why that cannot be, or None."""
        assert self._process is not None
        self.device = device
        self._process.send({"do": "use", "device": device})
        return self._ask(f"engine {self.spec!r} on device {device!r}").get("error")

    def ahead(self, request: Request) -> None:
        """Have a request run before its result is wanted, if there is room."""
        if request not in self._replies and request not in self._queue and len(self._queue) < AHEAD:
            self._queue.append(request)
            if self._process is not None:
                self._send(request)

    def run(self, request: Request) -> dict[str, Any]:
        """What came of a run: observations, raised, seconds; or ``crashed`` or ``hung`` with the reason."""
        while request not in self._replies:
            if request not in self._queue:
                self._make_room()
                self.ahead(request)
            self._receive_one()
        head, _, outcome = self._replies[request].partition(b"\t")
        header = json.loads(head)
        if "broken" in header:
            raise RuntimeError(header["broken"])
        return {**header, **(json.loads(outcome) if outcome else {})}

    def forget(self, request: Request) -> None:
        """Drop a reply that is not wanted again."""
        self._replies.pop(request, None)

    def close(self) -> None:
        """End the worker."""
        if self._process is not None:
            self._process.close()
            self._process = None

    def _make_room(self) -> None:
        while len(self._queue) >= AHEAD:
            self._receive_one()

    def _receive_one(self) -> None:
        try:
            if self._process is None:
                self._restart()
            assert self._process is not None
            reply = self._process.receive(self._limits.seconds)
            header = json.loads(reply.partition(b"\t")[0])
            if "broken" in header and self._served:  # by what ran before, perhaps: a new process will tell
                self.close()
                return
            self._served, replace = True, header.get("replace")
        except TimedOut:
            if self._process is not None:
                self._process.say_where_it_is()
            reply, replace = self._failed("hung", f"no answer after {self._limits.seconds:g} s"), True
        except Died as death:
            reply, replace = self._failed("crashed", str(death)), True
        self._replies[self._queue.popleft()] = reply
        if replace:
            self.close()

    def _failed(self, how: str, reason: str) -> bytes:
        output = "" if self._process is None else self._process.last_lines()
        return json.dumps({how: reason, "output": output, "seconds": 0.0}).encode()

    def _restart(self) -> None:
        self._process, self._served = start(self.spec, self._limits.memory), False
        error = self.open().get("error") or self.use(self.device)
        if error:
            raise Died(f"the engine could not be started again: {error}")
        for request in self._queue:
            self._send(request)

    def _send(self, request: Request) -> None:
        assert self._process is not None
        self._process.send({"do": "run", **asdict(request)})

    def _ask(self, what: str) -> dict[str, Any]:
        assert self._process is not None
        try:
            if self._notice is not None:
                with contextlib.suppress(TimedOut):
                    return json.loads(self._process.receive(SILENCE))
                self._notice(f"waiting for {what}, for {IMPORT_LIMIT:g} s at most")
            return json.loads(self._process.receive(IMPORT_LIMIT))
        except TimedOut:
            reason = f"no answer after {IMPORT_LIMIT:g} s"
        except Died as death:
            last = self._process.last_lines(1)
            reason = f"{death}{f' ({last})' if last else ''}"
        advice = "" if self.spec.startswith("exec:") else "; run `python -c` with its import to see more"
        return {"error": f"{what}: {reason}{advice}"}
