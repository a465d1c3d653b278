"""``python -m conformance.template [FILE]``: the beginnings of an adapter (docs/validating-your-engine.md)."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

TEMPLATE = '''\
"""Makes my_engine look like torch, as far as it truly does what PyTorch does.

Run it:  pytest --pyargs conformance --engine {module}

What the engine does not have, leave out: the scenarios that need it are then `missing`, which is the truth. An adapter
renames and rearranges; it does not accumulate gradients, free graphs or check versions in the engine's place.
"""

import my_engine

float32 = "float32"  # whatever the engine calls its dtypes


def tensor(data, dtype=None, requires_grad=False):
    """torch.tensor: the one name that there must be."""
    return my_engine.Tensor(data, requires_grad=requires_grad)


def mean(x):
    """torch.mean; and so on with sum, exp, matmul, ..."""
    return x.mean()


# Every entry is optional.
__conformance__ = {{
    "name": "my engine",
    "version": my_engine.__version__,
    "devices": ["cpu"],
    "dtypes": ["float32"],  # the default dtypes that it can be run under
    "unclaimed": ["forward_mode", "complex_numbers"],  # chapters that are not run
    "to_numpy": lambda x: x.data,  # a tensor's numbers, where it has neither tolist() nor numpy()
    "reset": lambda: None,  # puts global state back, between scenarios
}}
'''


def main() -> None:
    """Write the template to a file, or print it."""
    parser = argparse.ArgumentParser(prog="python -m conformance.template", description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, help="the adapter to begin (default: print it)")
    path = parser.parse_args().file
    text = TEMPLATE.format(module=path.stem if path else "my_shim")
    if path is None:
        sys.stdout.write(text)
    elif path.suffix != ".py":
        parser.error(f"{path} is no file of Python; name one that ends in .py")
    elif path.exists():
        parser.error(f"{path} is there already; name another file")
    else:
        try:
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            parser.error(f"{path} cannot be written ({error.strerror}); name another file")


if __name__ == "__main__":
    main()
