"""A harness: the process of an engine in another language, which is asked over its standard input and output.

It stands in the place of a worker process (`conformance.isolation.Process`) and answers the same requests, so that a
harness that crashes, hangs or grows without bound costs what an engine in Python costs.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shlex
import subprocess
import tempfile
import threading
import time
from collections import deque
from pathlib import Path
from typing import IO, Any

from conformance.isolation import Died, Process, TimedOut
from conformance.vectors import messages
from conformance.vectors.expected import withheld
from conformance.vectors.files import Vectors, VectorsError, line

PREFIX = "exec:"

#: How often a harness that is thinking is looked at, in seconds, and the longest answer it may give, in bytes.
GLANCE = 0.25
LONGEST = 64 << 20

#: How long a harness may take to stop when it is asked to, in seconds.
PATIENCE = 1.0


def run(vector: dict[str, Any], dtype: str, device: str, number: int) -> dict[str, Any]:
    """The request to run a vector's program."""
    about = {"do": "run", "id": number, "scenario": vector["id"], "dtype": dtype, "device": device}
    return {**about, "program": withheld(vector["program"])}


def rerun(spec: str, vector: dict[str, Any], dtype: str, device: str) -> str:
    """A line for a shell that runs one program on a harness and shows its answer."""
    return f"echo {shlex.quote(line(run(vector, dtype, device, 1)))} | {spec.removeprefix(PREFIX)}"


class Harness(Process):
    """One harness process, and the requests that it has yet to answer."""

    def __init__(self, spec: str, memory: int) -> None:
        self._memory = memory
        self._facts: dict[str, Any] = {}
        self._device = ""
        self._runs = 0
        self._pending: deque[dict[str, Any]] = deque([{"do": "open"}])
        self._outgoing: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._output: IO[bytes] = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 (closed by close)
        self._buffer = bytearray()
        self._refused = ""
        self._child = None  # type: ignore[assignment]  # it may be that it cannot be started
        try:
            self._vectors = Vectors()
            self._start(shlex.split(spec.removeprefix(PREFIX)))
        except (VectorsError, OSError, ValueError) as error:
            self._refused = " ".join(str(error).split())
        self._ask({"do": "announce", "protocol": messages.PROTOCOL})
        self._ask({"do": "capabilities"})

    def _start(self, command: list[str]) -> None:
        if not command:
            raise ValueError("name a command: exec:node harness.mjs")
        requests, own_requests = os.pipe()
        self._replies, replies = os.pipe()
        try:
            self._child = subprocess.Popen(
                command, stdin=requests, stdout=replies, stderr=self._output, start_new_session=True
            )
        finally:
            os.close(requests)
            os.close(replies)
        os.set_blocking(self._replies, False)
        self._writer = threading.Thread(target=self._write, args=(own_requests,), daemon=True)
        self._writer.start()

    def send(self, request: dict[str, Any]) -> None:
        """Send a request of the runner's, in the harness's own words."""
        request = dict(request)
        if request["do"] == "run":
            self._runs += 1
            vector = self._vectors.find(request["module"], request["id"], request["drawn"])
            request.update(number=self._runs, vector=vector)
            if vector is not None:
                self._ask(run(vector, request["dtype"], self._device, self._runs))
        elif request["do"] == "use":
            self._device = request["device"]
        self._pending.append(request)

    def receive(self, limit: float) -> bytes:
        """The next reply, as a worker would have given it. Raises `TimedOut` or `Died`."""
        if self._refused:
            raise Died(self._refused)
        try:
            answer = getattr(self, "_answer_to_" + self._pending[0]["do"])(self._pending[0], limit)
        except messages.ProtocolError as error:
            raise Died(str(error)) from None
        self._pending.popleft()
        return answer

    def last_lines(self, count: int = 20) -> str:
        """The end of what the harness has printed; the one line to show is the last that speaks of an error."""
        lines = super().last_lines(20 if count == 1 else count)
        errors = [text for text in lines.splitlines() if "error" in text.lower()]
        return errors[-1].strip() if count == 1 and errors else "\n".join(lines.splitlines()[-count:])

    def say_where_it_is(self) -> None:
        """A harness cannot be asked that."""

    def close(self) -> None:
        """End the harness and whatever it has started; one that has nothing to do is asked to stop."""
        if not self._pending:
            self._ask({"do": "stop"})
        self._outgoing.put(None)
        if self._child is not None:
            if not self._pending:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._child.wait(PATIENCE)
            self._kill()
            os.close(self._replies)
        self._output.close()

    def _answer_to_open(self, request: dict[str, Any], limit: float) -> bytes:
        if not self._facts:  # or the wait for its capabilities goes on
            self._facts = {**messages.announced(messages.parsed(self._line(limit)))}
        self._facts |= messages.capable(messages.parsed(self._line(limit)))
        return json.dumps(self._facts).encode()

    def _answer_to_use(self, request: dict[str, Any], limit: float) -> bytes:
        if request["device"] in self._facts["devices"]:
            return b"{}"
        return json.dumps({"error": f"the harness has {', '.join(self._facts['devices'])}"}).encode()

    def _answer_to_run(self, request: dict[str, Any], limit: float) -> bytes:
        if request["vector"] is None:
            return json.dumps({"broken": f"there is no vector of {request['id']} to run"}).encode()
        start = time.perf_counter()
        message = messages.parsed(self._line(limit))
        seconds = round(time.perf_counter() - start, 6)
        expected = self._vectors.outcome(request["module"], request["id"], request["dtype"], request["drawn"])
        observations = expected["observations"] if expected else []
        outcome = messages.outcome(message, request["number"], request["vector"]["program"], observations)
        return json.dumps({"seconds": seconds}).encode() + b"\t" + json.dumps(outcome).encode()

    def _line(self, limit: float) -> bytes:
        deadline = time.monotonic() + limit
        while True:
            left = deadline - time.monotonic()
            try:
                return super()._line(min(GLANCE, max(left, 0)))
            except TimedOut:
                if left <= 0:
                    raise
            if self._memory and (used := self._resident()) > self._memory:
                raise Died(f"out of memory: a scenario may use {self._memory} MiB, and it has {used}")
            if len(self._buffer) > LONGEST:
                raise Died(f"its answer is longer than {LONGEST >> 20} MiB")

    def _resident(self) -> int:
        """The harness's resident size in MiB; 0 where that cannot be found out."""
        try:
            pages = int(Path(f"/proc/{self._child.pid}/statm").read_text().split()[1])
        except (OSError, ValueError, IndexError):
            return 0
        return pages * os.sysconf("SC_PAGE_SIZE") >> 20

    def _ask(self, message: dict[str, Any]) -> None:
        self._outgoing.put(line(message).encode() + b"\n")

    def _write(self, requests: int) -> None:
        """Write requests as the harness takes them; it may be writing an answer meanwhile."""
        # A harness that is gone is noticed when its answer is wanted.
        with contextlib.suppress(OSError), os.fdopen(requests, "wb", buffering=0) as pipe:
            while (data := self._outgoing.get()) is not None:
                view = memoryview(data)
                while view:
                    view = view[pipe.write(view) :]
