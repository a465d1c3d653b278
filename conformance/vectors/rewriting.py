"""Loading files of scenarios so that what Python lets no object intercept is intercepted all the same.

A comparison of identity, ``not``, ``in`` and the built-in functions `FUNCTIONS` are rewritten into calls of
`Intercepts`, which act as ever unless a stand-in is among their operands; so are the functions of the module ``copy``.
Modules that concern only Python are replaced by one that refuses. The modules that are loaded in this way are nobody
else's: they are not in ``sys.modules``.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import importlib.util
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, NoReturn

from conformance.scenario import Scenario, scenarios_of
from conformance.vectors.neutral import NotExportable
from conformance.vectors.standins import StandIn
from conformance.vectors.trace import OPERATIONS

#: Built-in functions that a program may say.
FUNCTIONS = ("isinstance", "hasattr", "type", "len", "bool", "int", "float", "complex", "str", "list", "tuple", "dict")

#: Modules whose use concerns Python alone.
PYTHON_ONLY = ("ctypes", "gc", "inspect", "io", "os", "pickle", "subprocess", "sys", "tempfile", "threading",
               "warnings", "weakref")  # fmt: skip

#: What a program may say of the module ``copy``.
COPIES = ("copy", "deepcopy")

_REWRITTEN = "conformance.scenarios."
_INTERCEPTS = "__intercepts__"
_COMPARISONS = {ast.Is: "is", ast.IsNot: "is_not", ast.In: "contains", ast.NotIn: "not_contains"}


class Refusing:
    """Stands for a module of `PYTHON_ONLY` and all that is in it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Refusing:
        return Refusing(self._name)

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise NotExportable(f"uses Python's {self._name}")

    __call__ = __enter__ = __getitem__ = __setitem__ = __iter__ = __bool__ = __mro_entries__ = _refuse

    def __exit__(self, *_: Any) -> None:
        pass


class Intercepts:
    """What rewritten code calls."""

    def __getattr__(self, name: str) -> Any:
        def intercepted(*operands: Any, **named: Any) -> Any:
            swapped = operands[::-1] if name.endswith("contains") else operands
            for operand in operands if name not in COPIES else _parts(operands):
                if isinstance(operand, StandIn):
                    return operand._operation(name, *swapped)
            return getattr(builtins, name)(*operands, **named) if name in FUNCTIONS else OPERATIONS[name](*swapped)

        setattr(self, name, intercepted)
        return intercepted


def _parts(value: Any) -> Iterator[Any]:
    """A value and all that is in it, where it is one of Python's containers."""
    yield value
    for part in value if isinstance(value, (list, tuple)) else value.values() if type(value) is dict else ():
        yield from _parts(part)


class _Rewriter(ast.NodeTransformer):
    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        names = [_COMPARISONS.get(type(op)) for op in node.ops]
        if not any(names):
            return node
        if len(names) > 1:
            raise NotImplementedError(f"line {node.lineno}: a chained comparison of identity or membership")
        return _call(str(names[0]), [node.left, *node.comparators])

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        return _call("not", [node.operand]) if isinstance(node.op, ast.Not) else node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS:
            return _call(node.func.id, node.args, node.keywords)
        return node


def _call(name: str, arguments: list[ast.expr], keywords: list[ast.keyword] | None = None) -> ast.Call:
    function = ast.Attribute(ast.Name(_INTERCEPTS, ast.Load()), name, ast.Load())
    return ast.Call(function, arguments, keywords or [])


@cache
def rewritten(name: str) -> ModuleType:
    """A module of ours, by its name, with its code rewritten."""
    spec = importlib.util.find_spec(name)
    assert spec is not None and spec.origin is not None
    tree = _Rewriter().visit(ast.parse(Path(spec.origin).read_text(encoding="utf-8")))
    module = ModuleType(name)
    module.__file__ = spec.origin
    vars(module).update({"__builtins__": {**vars(builtins), "__import__": _import}, _INTERCEPTS: Intercepts()})
    exec(compile(ast.fix_missing_locations(tree), spec.origin, "exec"), vars(module))
    return module


def _import(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
    if name == "copy":
        return SimpleNamespace(**{function: getattr(Intercepts(), function) for function in COPIES})
    if name.partition(".")[0] in PYTHON_ONLY:
        return Refusing(name)
    if name.startswith(_REWRITTEN) and fromlist:
        return rewritten(name)
    return builtins.__import__(name, globals, locals, fromlist, level)


@cache
def scenarios(module: str) -> dict[str, Scenario]:
    """The scenarios of a module by their IDs, with their bodies rewritten."""
    return {scenario.id: scenario for scenario in scenarios_of(rewritten(module))}
