"""Random numbers: generators, seeds and their states, and the functions that make random tensors.

The numbers are the engine's own, not PyTorch's: what is documented is their distribution, and that a seed repeats them.
Sources: https://docs.pytorch.org/docs/stable/random.html, https://docs.pytorch.org/docs/stable/generated/torch.Generator.html.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from reference import dtypes, state
from reference.devices import CPU, require_cpu
from reference.factories import _new, _numpy_dtype, _shape
from reference.ops.out import accepting_out
from reference.ops.special_modes import drawing
from reference.ops.writing import long_name
from reference.tensor import Tensor, wrap

_STATE_BYTES = 16 + 16 + 1 + 4 + 8  # PCG64's state and increment, its half-used draw, and the seed


class Generator:
    """A stream of random numbers with a seed of its own."""

    _numpy: Any

    def __init__(self, device: Any = "cpu") -> None:
        require_cpu(device)
        self.device = CPU
        self.manual_seed(67280421310721)  # the seed that PyTorch gives to a new generator

    def manual_seed(self, seed: int) -> Generator:
        """Start anew from a seed (negative ones count from 2**64); returns the generator."""
        seed = int(seed)
        if not -(2**63) <= seed < 2**64:
            raise RuntimeError(f"Overflow when unpacking long long: the seed {seed} does not fit into 64 bits")
        self._seed = seed % 2**64
        self._numpy = None
        return self

    @property
    def numbers(self) -> Any:
        """NumPy's generator, made when the first number is asked for: importing ``numpy.random`` takes its time."""
        if state.special and state.modes.batch_level is not None and state.modes.batch_level.randomness == "error":
            raise RuntimeError(
                "vmap: called random operation while in randomness error mode. Please either use the 'same' or "
                "'different' randomness flags on vmap or perform the randomness operation out of vmap"
            )
        if self._numpy is None:
            self._numpy = np.random.Generator(np.random.PCG64(self._seed))
        return self._numpy

    def seed(self) -> int:
        """Start anew from a seed that cannot be foreseen, which is returned."""
        return self.manual_seed(int.from_bytes(os.urandom(8), "little")).initial_seed()

    def initial_seed(self) -> int:
        """The seed that it started from."""
        return self._seed

    def get_state(self) -> Tensor:
        """The state, as a tensor of bytes."""
        state: Any = self.numbers.bit_generator.state
        packed = state["state"]["state"].to_bytes(16, "little") + state["state"]["inc"].to_bytes(16, "little")
        packed += state["has_uint32"].to_bytes(1, "little") + state["uinteger"].to_bytes(4, "little")
        packed += self._seed.to_bytes(8, "little")
        return wrap(np.frombuffer(packed, np.uint8).copy())

    def set_state(self, new_state: Any) -> None:
        """Continue from a state that `get_state` gave; RuntimeError for a tensor of any other size."""
        if not isinstance(new_state, Tensor) or new_state.dtype is not dtypes.uint8:
            raise TypeError("expected a torch.ByteTensor, but got " + str(getattr(new_state, "dtype", type(new_state))))
        packed = new_state._array.tobytes()
        if len(packed) != _STATE_BYTES:
            raise RuntimeError(
                f"Expected a generator state of size {_STATE_BYTES} but found the size to be {len(packed)}"
            )
        parts = [int.from_bytes(packed[a:b], "little") for a, b in ((0, 16), (16, 32), (32, 33), (33, 37), (37, 45))]
        self.manual_seed(parts[4])
        self.numbers.bit_generator.state = {
            "bit_generator": "PCG64",
            "state": {"state": parts[0], "inc": parts[1]},
            "has_uint32": parts[2],
            "uinteger": parts[3],
        }

    def clone_state(self) -> Generator:
        """A generator of its own that continues from this one's state."""
        made = Generator()
        made.set_state(self.get_state())
        return made

    def __reduce__(self) -> Any:
        return _with_state, (self.get_state(),)


def _with_state(state: Tensor) -> Generator:
    made = Generator()
    made.set_state(state)
    return made


default_generator = Generator()
default_generator.seed()


def numbers_of(generator: Generator | None) -> Any:
    """NumPy's generator behind a generator; behind the default one for None."""
    if generator is None:
        return default_generator.numbers
    if not isinstance(generator, Generator):
        raise TypeError(f"argument 'generator' must be torch.Generator, not {type(generator).__name__}")
    return generator.numbers


def manual_seed(seed: int) -> Generator:
    """Start the default generator anew from a seed; it is returned."""
    return default_generator.manual_seed(seed)


def seed() -> int:
    """Start the default generator anew from a seed that cannot be foreseen, which is returned."""
    return default_generator.seed()


def initial_seed() -> int:
    """The default generator's seed."""
    return default_generator.initial_seed()


def get_rng_state() -> Tensor:
    """The default generator's state, as a tensor of bytes."""
    return default_generator.get_state()


def set_rng_state(new_state: Tensor) -> None:
    """Let the default generator continue from a state."""
    default_generator.set_state(new_state)


@contextlib.contextmanager
def fork_rng(devices: Any = None, enabled: bool = True, **ignored: Any) -> Iterator[None]:
    """Give the default generator its state back on exit."""
    before = get_rng_state()
    try:
        yield
    finally:
        if enabled:
            set_rng_state(before)


# --- random tensors -------------------------------------------------------------------------------------------------


def uniform_array(shape: Any, dtype: Any, generator: Generator | None = None) -> Any:
    """An array uniform in [0, 1), of a NumPy dtype."""
    numbers = numbers_of(generator)
    if dtype.kind == "c":
        part = np.empty(0, dtype).real.dtype
        return np.asarray(numbers.random(shape, part) + 1j * numbers.random(shape, part)).astype(dtype)
    if dtype.kind != "f":
        raise NotImplementedError(f"\"check_uniform_bounds\" not implemented for '{long_name(dtype)}'")
    return np.asarray(numbers.random(shape, _drawn_as(dtype))).astype(dtype, copy=False)


def normal_array(shape: Any, dtype: Any, generator: Generator | None = None) -> Any:
    """A standard normal array of a NumPy dtype; a complex one has variance 1, half of it in each part."""
    numbers = numbers_of(generator)
    if dtype.kind == "c":
        part = np.empty(0, dtype).real.dtype
        drawn = numbers.standard_normal(shape, part) + 1j * numbers.standard_normal(shape, part)
        return np.asarray(drawn / 2**0.5).astype(dtype)
    if dtype.kind != "f":
        raise NotImplementedError(f"\"normal_kernel_cpu\" not implemented for '{long_name(dtype)}'")
    return np.asarray(numbers.standard_normal(shape, _drawn_as(dtype))).astype(dtype, copy=False)


def _drawn_as(dtype: Any) -> Any:
    """The dtype that NumPy draws in: it has no half-precision numbers."""
    return np.float64 if dtype.itemsize == 8 else np.float32


@accepting_out
@drawing
def rand(
    *size: Any,
    generator: Any = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    **ignored: Any,
) -> Tensor:
    """Numbers uniform in [0, 1)."""
    return _new(uniform_array(_shape(size), _numpy_dtype(dtype), generator), requires_grad, device)


@accepting_out
@drawing
def randn(
    *size: Any,
    generator: Any = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    **ignored: Any,
) -> Tensor:
    """Standard normal numbers."""
    return _new(normal_array(_shape(size), _numpy_dtype(dtype), generator), requires_grad, device)


@accepting_out
@drawing
def randint(
    *bounds_and_size: Any,
    low: int = 0,
    high: Any = None,
    size: Any = None,
    generator: Any = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    **ignored: Any,
) -> Tensor:
    """Integers uniform in [low, high), called ``randint(high, size)`` or ``randint(low, high, size)``."""
    given = list(bounds_and_size)
    if size is None:
        size = given.pop()
    if given and high is None:
        high = given.pop()
    if given:
        low = given.pop()
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    drawn = np.asarray(numbers_of(generator).integers(low, high, _shape((size,))))
    return _new(drawn.astype((dtype or dtypes.int64).numpy), requires_grad, device)


@accepting_out
@drawing
def randperm(
    n: int, *, generator: Any = None, dtype: Any = None, device: Any = None, requires_grad: bool = False, **ignored: Any
) -> Tensor:
    """The integers below ``n`` in random order."""
    _shape((n,))
    return _new(numbers_of(generator).permutation(n).astype((dtype or dtypes.int64).numpy), requires_grad, device)


def rand_like(input: Any, *, dtype: Any = None, **options: Any) -> Tensor:
    """Numbers uniform in [0, 1), with another tensor's shape and dtype."""
    return rand(input._array.shape, dtype=dtype or input.dtype, **{"device": input.device, **options})


def randn_like(input: Any, *, dtype: Any = None, **options: Any) -> Tensor:
    """Standard normal numbers, with another tensor's shape and dtype."""
    return randn(input._array.shape, dtype=dtype or input.dtype, **{"device": input.device, **options})


def randint_like(input: Any, *bounds: Any, dtype: Any = None, **options: Any) -> Tensor:
    """Integers uniform in [low, high), with another tensor's shape and dtype."""
    return randint(*bounds, input._array.shape, dtype=dtype or input.dtype, **{"device": input.device, **options})
