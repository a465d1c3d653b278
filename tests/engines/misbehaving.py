"""Engines that are the toy engine but for one thing that an engine must not do; each is an attribute of this module."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
import warnings
from types import SimpleNamespace

import numpy as np

from tests.engines import toy


class Odd(BaseException):
    """An exception that no one foresees."""


def _engine(mean=toy.mean, **facts):
    return SimpleNamespace(tensor=toy.tensor, sum=toy.sum, mean=mean, __conformance__={"name": "misbehaving", **facts})


def _segfault(x):
    print("about to read address 0")
    os.kill(os.getpid(), signal.SIGSEGV)


def _exit(x):
    print("leaving without a word")
    os._exit(3)


def _hang(x):
    print("once more round the loop")
    while True:
        time.sleep(0.01)


def _leak(x):
    return toy.mean(toy.Tensor(bytes(20 << 30)))


def _print(x):
    print("x" * 1000)
    print("y" * 1000, file=sys.stderr)
    os.write(1, b'{"looks": "like a reply"}\n')
    return toy.mean(x)


def _close_output(x):
    sys.stdout.close()
    for descriptor in (1, 2):
        with contextlib.suppress(OSError):
            os.close(descriptor)
    return toy.mean(x)


def _change_globals(x):
    os.environ["PATH"] = "nowhere"
    os.chdir("/")
    warnings.simplefilter("error")
    sys.setrecursionlimit(60)
    sys.stdout = None
    return toy.mean(x)


def _raising(error):
    def mean(x):
        raise error

    return mean


def _returning(value):
    def mean(x):
        def pull(gradient):
            x.grad = value

        return toy.Tensor(0.0, pull=pull)

    return mean


class _Unprintable(Exception):
    def __str__(self):
        raise ValueError("no message for you")


class _NoNumbers:
    shape = (3,)
    dtype = "float32"

    def tolist(self):
        raise SystemExit("nothing to see")


def _arrays(make):
    """An engine whose gradients are NumPy arrays: odd buffers, but the right numbers."""

    def mean(x):
        def pull(gradient):
            before = 0 if x.grad is None else x.grad.values
            x.grad = toy.Tensor([0.0] * 3)
            x.grad.values = make(np.full(3, gradient[0] / 3, dtype=np.float32) + before)
            x.grad.tolist = x.grad.values.tolist

        return toy.Tensor(0.0, pull=pull)

    return mean


def _read_only(array):
    array.flags.writeable = False
    return array


def _every_second(array):
    return np.repeat(array, 2)[::2]


class _NotEvenAMessage(Exception):
    def __str__(self):
        raise SystemExit("nothing to say")


def _of_a_shape(*shape):
    grad = toy.Tensor([1 / 3] * 3)
    grad.shape = shape
    return grad


def _endless_list():
    endless: list = []
    endless.append(endless)
    grad = toy.Tensor([0.0] * 3)
    grad.values = endless
    return grad


segfault = _engine(_segfault)
exit = _engine(_exit)
hang = _engine(_hang)
leak = _engine(_leak)
prints = _engine(_print)
closes_output = _engine(_close_output)
changes_globals = _engine(_change_globals)
raises_odd = _engine(_raising(Odd("odd")))
raises_exit = _engine(_raising(SystemExit(0)))
raises_interrupt = _engine(_raising(KeyboardInterrupt()))
raises_unprintable = _engine(_raising(_Unprintable()))
raises_controls = _engine(_raising(RuntimeError("\ud800 \x1b[2J")))
raises_mute = _engine(_raising(_NotEvenAMessage()))
lies_huge_shape = _engine(_returning(_of_a_shape(10**30)))
lies_huge_number = _engine(_returning(toy.Tensor([10**9000, 1, 1])))
lies_numbers_a_little = _engine(_returning(toy.Tensor([1 / 3 + 1e-5] * 3)))
lies_nan = _engine(_returning(toy.Tensor([float("nan")] * 3)))
lies_none = _engine(_returning(None))
lies_string = _engine(_returning("one third, three times"))
lies_shape = _engine(_returning(toy.Tensor([[1 / 3] * 3])))
lies_numbers = _engine(_returning(_NoNumbers()))
lies_endless = _engine(_returning(_endless_list()))
lies_objects = _engine(_returning(toy.Tensor([object(), object(), object()])))
returns_read_only = _engine(_arrays(_read_only))
returns_every_second = _engine(_arrays(_every_second))
without_mean = SimpleNamespace(tensor=toy.tensor, sum=toy.sum)
only_float64 = _engine(dtypes=["float64"])
without_claim = _engine(unclaimed=["accumulation"])
no_devices = _engine(devices=[])
one_string = _engine(devices="cpu")
odd_dtype = _engine(dtypes=["float33"])
odd_entry = _engine(device=["cpu"])
odd_name = SimpleNamespace(tensor=toy.tensor, __conformance__={"name": 3})
odd_reset = _engine(reset="yes")
odd_claim = _engine(unclaimed=["accumulations"])
bad_reset = _engine(reset=lambda: 1 / 0)
bad_facts = SimpleNamespace(tensor=toy.tensor, __conformance__="not a dict")
not_an_engine = SimpleNamespace(mean=toy.mean)
