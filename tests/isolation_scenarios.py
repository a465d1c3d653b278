"""Scenarios that misbehave, for `test_isolation`: each is run between ordinary ones."""

from __future__ import annotations

import contextlib
import mmap
import os
import random
import signal
import sys
import time
import warnings

from conformance.scenario import scenario

_kept = []


@scenario("ordinary")
def an_ordinary_scenario(torch, observe):
    observe("the mean", torch.mean(torch.tensor([1.0, 3.0])).tolist())


@scenario("globals")
def what_a_scenario_finds(torch, observe):
    observe("variable", os.environ.get("LEFT_BEHIND"))
    observe("path", "PATH" in os.environ)
    observe("directory", os.getcwd() == "/")
    observe("random", random.random())
    observe("filters", any(f[0] == "error" and f[2] is Warning for f in warnings.filters))
    observe("recursion limit", sys.getrecursionlimit() < 100)
    observe("standard output", sys.stdout is not None and not sys.stdout.closed)


@scenario("changes-globals")
def a_scenario_leaves_everything_changed(torch, observe):
    os.environ["LEFT_BEHIND"] = "yes"
    del os.environ["PATH"]
    os.chdir("/")
    random.random()
    warnings.simplefilter("error")
    sys.setrecursionlimit(90)
    sys.stdout.close()


@scenario("removes-its-directory")
def a_scenario_makes_the_restoring_fail(torch, observe):
    def refuse(name):
        raise OSError("the directory is gone")

    os.chdir("/")
    os.chdir = refuse


@scenario("stays-in-inference-mode")
def a_scenario_leaves_a_mode_on(torch, observe):
    mode = torch.inference_mode()
    mode.__enter__()
    _kept.append(mode)


@scenario("segfault")
def a_scenario_reads_address_0(torch, observe):
    print("before the fall", flush=True)
    os.kill(os.getpid(), signal.SIGSEGV)


@scenario("exit")
def a_scenario_leaves(torch, observe):
    print("leaving", flush=True)
    os._exit(3)


@scenario("hang")
def a_scenario_never_ends(torch, observe):
    while True:
        time.sleep(0.01)


@scenario("deaf-hang")
def a_scenario_never_ends_and_hears_no_signal(torch, observe):
    for number in (signal.SIGTERM, signal.SIGUSR1, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    while True:
        pass


@scenario("allocates")
def a_scenario_asks_for_20_GiB(torch, observe):
    observe("how much it got", len(bytearray(20 << 30)))


@scenario("allocates-and-says-nothing")
def a_scenario_expects_an_exception_and_gets_one_for_memory(torch, observe):
    with observe.raises("of whatever class"):
        bytearray(20 << 30)


@scenario("leaks")
def a_scenario_keeps_100_MiB(torch, observe):
    _kept.append(b"x" * (100 << 20))
    observe("kept", len(_kept))


@scenario("leaks-addresses")
def a_scenario_keeps_100_MiB_that_it_never_touches(torch, observe):
    _kept.append(mmap.mmap(-1, 100 << 20))
    observe("kept", len(_kept))


@scenario("prints")
def a_scenario_prints_4_MiB(torch, observe):
    for _ in range(1024):
        os.write(1, b'{"seconds": 0}\t{"observations": []}\n' * 100)
    print("and on", file=sys.stderr)
    observe("done", True)


@scenario("closes-everything")
def a_scenario_closes_every_descriptor(torch, observe):
    os.closerange(0, 256)


@scenario("forks")
def a_scenario_leaves_a_process_behind(torch, observe):
    child = os.fork()
    if child == 0:
        time.sleep(60)
        os._exit(0)
    observe("child", child)


@scenario("forks-and-both-go-on")
def a_scenario_goes_on_in_two_processes(torch, observe):
    observe("child", os.fork() >= 0)


@scenario("answers-itself")
def a_scenario_writes_to_descriptors_that_are_not_its_own(torch, observe):
    for descriptor in range(3, 64):
        with contextlib.suppress(OSError):
            os.write(descriptor, b"{}\t{}\n")


@scenario("empties-modules")
def a_scenario_makes_loading_another_fail(torch, observe):
    import builtins

    builtins.__import__ = None


@scenario("floods")
def a_scenario_prints_without_end(torch, observe):
    while True:
        os.write(1, b"once more round the loop\n" * 1000)
