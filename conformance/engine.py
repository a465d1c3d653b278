"""Finding an engine by its name.

An engine is a namespace that looks like ``torch``. Beside it, or on it, an adapter may keep a dict ``__conformance__``
of what cannot be guessed (`conformance.facts`).
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import importlib.util
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from conformance.facts import checked
from conformance.observation import dtype_name

#: The engines that are judged where none is named; the other built-in ones are asked for by name.
DEFAULT = ("reference", "torch")

HELP = "see docs/validating-your-engine.md"


class EngineError(Exception):
    """An engine cannot be used; the message is one line that says why and what to do."""


@dataclass
class Engine:
    """An engine's namespace and what it says about itself."""

    torch: Any
    facts: dict[str, Any] = field(default_factory=dict)
    module: str = ""  #: The name of the module that it was found in.

    @property
    def name(self) -> str:
        """What reports call it."""
        return _one_line(self.facts.get("name") or getattr(self.torch, "__name__", self.module))

    @property
    def version(self) -> str:
        """Its version, or an empty string."""
        return _one_line(self.facts.get("version") or getattr(self.torch, "__version__", ""))

    def devices(self) -> list[str]:
        """The devices that it has on this machine."""
        if "devices" in self.facts:
            return [str(device) for device in self.facts["devices"]]
        cuda = getattr(self.torch, "cuda", None)
        available = getattr(cuda, "is_available", None)
        return ["cpu", "cuda"] if available is not None and available() else ["cpu"]

    def dtypes(self) -> list[str]:
        """The default dtypes that it can be run under."""
        if "dtypes" in self.facts:
            return [dtype_name(dtype) for dtype in self.facts["dtypes"]]
        if "set_default_dtype" in self.facts or hasattr(self.torch, "set_default_dtype"):
            return ["float32", "float64"]
        if "default_dtype" in self.facts:
            return [dtype_name(self.facts["default_dtype"])]
        try:
            return [dtype_name(self.torch.tensor([1.0]).dtype)]
        except Exception:  # an engine without dtypes
            return ["float32"]

    def set_default_dtype(self, dtype: str) -> None:
        """Make ``dtype`` the default; an engine that has only one keeps it."""
        if "set_default_dtype" in self.facts:
            self.facts["set_default_dtype"](dtype)
        elif hasattr(self.torch, "set_default_dtype"):
            self.torch.set_default_dtype(getattr(self.torch, dtype))

    def set_default_device(self, device: str) -> None:
        """Make ``device`` the default; an engine that has only one keeps it."""
        if "set_default_device" in self.facts:
            self.facts["set_default_device"](device)
        elif hasattr(self.torch, "set_default_device"):
            self.torch.set_default_device(device)


def built_in() -> list[str]:
    """The names of the engines that this package has adapters for."""
    return sorted(path.stem for path in (Path(__file__).parent / "engines").glob("[!_]*.py"))


def lacking(name: str) -> str:
    """The library that a built-in engine's adapter imports and that is not installed, or an empty string."""
    source = (Path(__file__).parent / "engines" / f"{name}.py").read_text(encoding="utf-8")
    for statement in ast.parse(source).body:
        names = [alias.name for alias in statement.names] if isinstance(statement, ast.Import) else []
        names += [statement.module or ""] if isinstance(statement, ast.ImportFrom) else []
        for package in (name.partition(".")[0] for name in names):
            with contextlib.suppress(ImportError):
                if importlib.util.find_spec(package) is not None:
                    continue
            return package
    return ""


def load(spec: str) -> Engine:
    """Load an engine named by a built-in name, ``module``, ``module:attribute`` or a path to a ``.py`` file.

    Raises `EngineError` with one line to show.
    """
    location, _, attribute = spec.partition(":")
    if location in built_in() and not attribute:
        location, attribute = f"conformance.engines.{location}", "engine"
    try:
        module = _import_path(Path(location)) if location.endswith(".py") else importlib.import_module(location)
    except BaseException as error:  # a module may raise anything at all, SystemExit too
        named = f"{type(error).__name__}: {_one_line(error)}"
        raise EngineError(f"engine {spec!r} cannot be imported ({named}); {_advice(spec, error)}") from error
    namespace: Any = module
    for part in attribute.split(".") if attribute else ():
        if not hasattr(namespace, part):
            raise EngineError(f"engine {spec!r}: {location} has no attribute {attribute!r}; name one that it has")
        namespace = getattr(namespace, part)
    if not callable(getattr(namespace, "tensor", None)):
        raise EngineError(
            f"engine {spec!r} has no tensor(): name a namespace that looks like torch, or write one; {HELP}"
        )
    facts = getattr(namespace, "__conformance__", None) or getattr(module, "__conformance__", {})
    try:
        return Engine(namespace, checked(facts), module.__name__)
    except ValueError as error:
        raise EngineError(f"engine {spec!r}: __conformance__ {error}; {HELP}") from None


def _import_path(path: Path) -> ModuleType:
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    folder = str(path.parent.resolve())
    sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != Path(folder)]
    # An adapter for the engine jax may well be called jax.py: what it imports by that name is not itself.
    name = path.stem if importlib.util.find_spec(path.stem) is None else f"{path.stem}_adapter"
    sys.path.append(folder)  # it may have files beside it
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _one_line(text: Any) -> str:
    return " ".join(str(text).split())[:300]


def _advice(spec: str, error: BaseException) -> str:
    if spec in built_in():
        return "install it, or leave it out"
    itself = isinstance(error, ImportError) and (error.name or "").split(".")[0] == spec.partition(":")[0].split(".")[0]
    if not itself and not isinstance(error, FileNotFoundError):
        return "it was found, and fails while it is imported: mend it, or install what it needs"
    names = ", ".join(built_in())
    return f"give a built-in name ({names}), module, module:attribute, the path of a .py file or exec:COMMAND"
