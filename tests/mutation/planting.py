"""Planting a mutant in a process that has the reference engine imported.

Where only the bodies of functions changed, and nothing called them while the engine was imported, it is enough to give
the functions that there are their new code. Otherwise the engine is imported once more, with the mutated source.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import importlib.abc
import importlib.util
import inspect
import pkgutil
import sys
from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

from tests.mutation.mutants import ROOT, Mutant

ADAPTER = "conformance.engines.reference"
Key = tuple[Any, ...]


class Planter:
    """Knows the functions of the engine as it is; made before any scenario has run."""

    def __init__(self) -> None:
        _import_everything()
        self._functions: dict[Key, list[FunctionType]] = {}
        for function in gc.get_objects():
            if type(function) is FunctionType and function.__code__.co_filename.startswith(str(ROOT / "reference")):
                self._functions.setdefault(_key(function.__code__), []).append(function)
        self._called_at_import = _called_at_import()

    def plant(self, mutant: Mutant) -> bool:
        """Make this process's engine the mutant; false if it compiles to the same. What its import raises is raised."""
        path = str(ROOT / mutant.file)
        original = compile((ROOT / mutant.file).read_text(encoding="utf-8"), path, "exec", dont_inherit=True)
        mutated = compile(mutant.source, path, "exec", dont_inherit=True)
        changed = list(_changed(original, mutated))
        if not changed:
            return False
        places = [_place(before) for before, _ in changed]
        if any(place[-1] == "<module>" or place in self._called_at_import for place in places):
            import_again(mutant)
            return True
        planted = False
        try:
            for before, after in changed:
                for function in self._functions.get(_key(before), ()):
                    function.__code__ = after
                    planted = True
        except ValueError:  # it closes over other variables than before
            planted = False
        if not planted:  # or pytest rewrote its assertions, so that it is not the code that the source compiles to
            import_again(mutant)
        return True


def import_again(mutant: Mutant) -> None:
    """Import the engine anew, one of its modules from the mutated source."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "reference" or name == ADAPTER]:
        del sys.modules[name]
    sys.meta_path.insert(0, _Finder(mutant))
    _import_everything()


def _import_everything() -> None:
    import reference

    for found in pkgutil.walk_packages(reference.__path__, "reference."):
        parent, _, last = found.name.rpartition(".")
        package = importlib.import_module(parent)
        unbound = last not in vars(package) and "__getattr__" in vars(package)
        module = importlib.import_module(found.name)
        if unbound:
            with contextlib.suppress(AttributeError):  # what has the module's name, and is made when it is asked for
                if package.__getattr__(last) is not module:
                    delattr(package, last)


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the mutated module."""

    def __init__(self, mutant: Mutant) -> None:
        parts = mutant.file.removesuffix(".py").removesuffix("/__init__").split("/")
        self._name, self._path, self._source = ".".join(parts), str(ROOT / mutant.file), mutant.source

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        if name != self._name:
            return None
        package = [self._path.removesuffix("/__init__.py")] if self._path.endswith("/__init__.py") else None
        return importlib.util.spec_from_file_location(name, self._path, loader=self, submodule_search_locations=package)

    def create_module(self, spec: Any) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self._source, self._path, "exec", dont_inherit=True), module.__dict__)


def _nested(code: CodeType) -> list[CodeType]:
    return [constant for constant in code.co_consts if isinstance(constant, CodeType)]


def _own(code: CodeType) -> Key:
    """What a code object does, without what is nested in it."""
    constants = [repr(constant) for constant in code.co_consts if not isinstance(constant, CodeType)]
    return (code.co_code, constants, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)


def _place(code: CodeType) -> Key:
    return (code.co_filename, code.co_firstlineno, code.co_name)


def _key(code: CodeType) -> Key:
    bytecode, constants, *names = _own(code)
    return (*_place(code), bytecode, tuple(constants), *names)


def _changed(original: CodeType, mutated: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """The pairs of code objects that differ, in themselves or in what is nested in them.

    A module's or a class's body is executed at import: it is among them only where it differs in itself.
    """
    if _own(original) != _own(mutated) or len(_nested(original)) != len(_nested(mutated)):
        yield original, mutated
        return
    inner = [pair for pairs in map(_changed, _nested(original), _nested(mutated)) for pair in pairs]
    is_function = bool(original.co_flags & inspect.CO_OPTIMIZED)
    if inner and is_function:
        yield original, mutated
    yield from inner


def _called_at_import() -> set[Key]:
    """The places of the code that runs while the engine is imported, found out in a fork."""
    from tests.mutation.forking import in_a_fork

    def trace() -> set[Key]:
        called: set[Key] = set()
        for name in [name for name in sys.modules if name.partition(".")[0] == "reference"]:
            del sys.modules[name]
        sys.setprofile(lambda frame, event, argument: called.add(_place(frame.f_code)) if event == "call" else None)
        _import_everything()
        sys.setprofile(None)
        return {place for place in called if place[0].startswith(str(ROOT))}

    return in_a_fork(trace)
