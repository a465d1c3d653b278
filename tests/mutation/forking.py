"""Doing something in a fork of this process, whose state stays as it was."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")

#: A fork must not have the writing end of another's pipe, which would never end then.
_FORKING = threading.Lock()


def in_a_fork(function: Callable[..., T], *arguments: Any) -> T:
    """What a function returns, called in a fork. Raises RuntimeError with the fork's traceback where it fails."""
    ended, received = streamed(lambda send: send(function(*arguments)))
    if len(received) != 1:
        raise RuntimeError(f"a fork ended with status {ended}: {received}")
    return received[0]


def in_forks(function: Callable[[str], T], arguments: Sequence[str], processes: int) -> Iterator[T]:
    """What a function returns for each of its arguments, in their order, from so many forks at a time."""
    if processes == 1:
        yield from map(function, arguments)
        return
    with ThreadPoolExecutor(processes) as pool:  # a thread waits for one fork at a time
        yield from pool.map(lambda argument: in_a_fork(function, argument), arguments)


def streamed(function: Callable[[Callable[[Any], None]], None]) -> tuple[int, list[Any]]:
    """Call ``function(send)`` in a fork: how the fork ended (`os.waitstatus_to_exitcode`), and all that it sent."""
    with _FORKING:
        reading, writing = os.pipe()
        sys.stdout.flush()
        child = os.fork()
        if child:
            os.close(writing)
    if child == 0:
        os.close(reading)
        status = 1
        try:
            quiet = os.open(os.devnull, os.O_RDWR)
            os.dup2(quiet, 1)
            os.dup2(quiet, 2)

            def send(value: Any) -> None:
                data = memoryview(pickle.dumps(value))
                while data:
                    data = data[os.write(writing, data) :]

            try:
                function(send)
                status = 0
            except BaseException:
                send(traceback.format_exc())
        finally:
            os._exit(status)
    received = []
    with os.fdopen(reading, "rb") as stream:
        while True:
            try:
                received.append(pickle.load(stream))
            except (EOFError, pickle.UnpicklingError):
                break
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), received


def limit(cpu: float, wall: float) -> None:
    """End this process, by SIGPROF or SIGALRM, when it has computed or waited for so many seconds; 0 for no limit."""
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, cpu)
    signal.setitimer(signal.ITIMER_REAL, wall)
