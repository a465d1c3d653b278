"""The standalone script of a scenario: what a person pastes into a file to see a divergence without this suite."""

from __future__ import annotations

import ast
import builtins
import importlib
import inspect
import sys
import textwrap
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from conformance.scenario import Scenario

_OBSERVE = """
class Observe:
    def __call__(self, name, value, *, documented="(nothing)", **_):
        print(f"{name}: {value!r}   documented: {documented!r}")
"""

_RAISES = """
    @contextlib.contextmanager
    def raises(self, name, documented="(nothing)", *, saying=()):
        try:
            yield
            print(f"{name}: no exception   documented: {documented!r}")
        except BaseException as error:
            print(f"{name}: {type(error).__name__}: {error}   documented: {documented!r}, saying {saying!r}")
"""

_WARNS = """
    @contextlib.contextmanager
    def warns(self, name, documented="(nothing)", *, saying=()):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield
        heard = [f"{w.category.__name__}: {w.message}" for w in caught]
        print(f"{name}: warnings {heard}   documented: {documented!r}, saying {saying!r}")
"""


def standalone(scenario: Scenario, *, dtype: str, text: str, device: str = "cpu", drawn: str | None = None) -> str:
    """A script that runs a scenario on plain PyTorch, or on an engine when its first import is changed.

    ``text`` is the clause in words; ``drawn`` is the literal that a drawn scenario is given.
    """
    module = _Module.of(scenario.body.__module__)
    function = module.defined[scenario.body.__name__]
    parts = _Parts()
    arguments = ["torch", "Observe()"]
    tail = []
    if scenario.case is not None:
        tail.append(f"case = {_case_source(scenario, module, function, parts)}")
        arguments.append("case")
    if drawn is not None:
        tail.append(f"drawn = {drawn}")
        arguments.append("drawn")
    body = module.source_of(function, decorated=False)
    parts.need(module, function)
    observe = _OBSERVE
    code = "\n".join([*parts.definitions, body])
    for method, text_of_method, needed in ((".raises(", _RAISES, ()), (".warns(", _WARNS, ("import warnings",))):
        if method in code:
            observe += text_of_method
            parts.imports += ["import contextlib", *needed]
    imports = sorted(set(parts.imports))
    settings = [f"torch.set_default_dtype(torch.{dtype})  # leave out what an engine lacks"]
    if device != "cpu":
        settings.append(f"torch.set_default_device({device!r})")
    header = f'"""{scenario.id}: {text}.\n\nFor another engine than PyTorch, change the import of torch.\n"""'
    call = f"{scenario.body.__name__}({', '.join(arguments)})"
    blocks = [
        "\n".join([header, *imports, *([""] if imports else []), "import torch", "", *settings]),
        observe.strip(),
        *parts.definitions,
        body,
        "\n".join([*tail, call]),
    ]
    return "\n\n\n".join(blocks) + "\n"


class _Module:
    """A module's source, and where each of its global names is bound."""

    def __init__(self, name: str) -> None:
        self.path = Path(inspect.getsourcefile(importlib.import_module(name)) or "")
        self.text = self.path.read_text(encoding="utf-8")
        self.lines = self.text.splitlines(keepends=True)
        self.name = name
        self.defined: dict[str, ast.stmt] = {}
        for statement in ast.parse(self.text).body:
            for bound in _bound(statement):
                self.defined[bound] = statement

    @staticmethod
    @cache
    def of(name: str) -> _Module:
        return _Module(name)

    def source_of(self, node: ast.stmt, *, decorated: bool = True) -> str:
        first = node.lineno
        if decorated and getattr(node, "decorator_list", None):
            first = node.decorator_list[0].lineno  # type: ignore[attr-defined]
        return "".join(self.lines[first - 1 : node.end_lineno]).rstrip()


class _Parts:
    """The imports, helpers and constants that a script must carry along, each once, in an order that works."""

    def __init__(self) -> None:
        self.imports: list[str] = []
        self.definitions: list[str] = []
        self._seen: set[tuple[str, int]] = set()

    def need(self, module: _Module, node: ast.AST) -> None:
        """Carry along whatever a piece of a module's code refers to."""
        for name in _names(node):
            statement = module.defined.get(name)
            if statement is not None and statement is not node and not hasattr(builtins, name):
                self._carry(module, statement, name)

    def _carry(self, module: _Module, statement: ast.stmt, name: str) -> None:
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            self._carry_import(module, statement, name)
        elif (module.name, statement.lineno) not in self._seen:
            self._seen.add((module.name, statement.lineno))
            self.need(module, statement)
            self.definitions.append(module.source_of(statement))

    def _carry_import(self, module: _Module, statement: ast.Import | ast.ImportFrom, name: str) -> None:
        alias = next(a for a in statement.names if (a.asname or a.name.split(".")[0]) == name)
        renamed = f" as {alias.asname}" if alias.asname else ""
        if isinstance(statement, ast.Import):
            self.imports.append(f"import {alias.name}{renamed}")
            return
        source = statement.module or ""
        if source.split(".")[0] != "conformance":
            self.imports.append(f"from {source} import {alias.name}{renamed}")
            return
        # One of ours: its definition comes along instead of the import.
        if f"{source}.{alias.name}" in sys.modules:
            raise ValueError(f"{module.path.name}: import names from {source}.{alias.name}, not the module")
        other = _Module.of(source)
        self._carry(other, other.defined[alias.name], alias.name)
        if alias.asname:
            self.definitions.append(f"{alias.asname} = {alias.name}")


def _case_source(scenario: Scenario, module: _Module, function: ast.stmt, parts: _Parts) -> str:
    """An expression for the case's value: its literal, or its piece of the source."""
    literal = repr(scenario.case_value)
    try:
        if ast.literal_eval(literal) == scenario.case_value:
            return literal
    except (ValueError, SyntaxError):
        pass
    assert isinstance(function, ast.FunctionDef)
    keywords = [k for d in function.decorator_list if isinstance(d, ast.Call) for k in d.keywords]
    expression: ast.expr = next(k.value for k in keywords if k.arg == "cases")
    if isinstance(expression, ast.Name) and isinstance(module.defined.get(expression.id), (ast.Assign, ast.AnnAssign)):
        assigned = module.defined[expression.id]
        expression = getattr(assigned, "value", expression)
    piece = expression
    if isinstance(expression, ast.Dict):
        for key, value in zip(expression.keys, expression.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == scenario.case:
                parts.need(module, value)
                return _segment(module, value)
    parts.need(module, piece)
    return f"{_segment(module, piece)}[{scenario.case!r}]"


def _segment(module: _Module, node: ast.expr) -> str:
    """The source of an expression (`ast.get_source_segment` splits the whole file each time)."""
    assert node.end_lineno is not None and node.end_col_offset is not None
    lines = [line.encode() for line in module.lines[node.lineno - 1 : node.end_lineno]]  # columns count bytes
    lines[-1] = lines[-1][: node.end_col_offset]
    lines[0] = lines[0][node.col_offset :]
    segment = textwrap.dedent(b"".join(lines).decode())
    return f"({segment})" if len(lines) > 1 else segment


def _bound(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        yield statement.name
    elif isinstance(statement, (ast.Import, ast.ImportFrom)):
        for alias in statement.names:
            yield alias.asname or alias.name.split(".")[0]
    elif isinstance(statement, (ast.Assign, ast.AnnAssign)):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        for target in targets:
            for node in ast.walk(target):
                if isinstance(node, ast.Name):
                    yield node.id


@cache
def _names(node: ast.AST) -> list[str]:
    """The names that a piece of code refers to; of a scenario's own function, not those of its decorator."""
    nodes: list[ast.AST] = [node]
    if isinstance(node, ast.FunctionDef):
        own = [d for d in node.decorator_list if "scenario" not in ast.dump(d)]
        nodes = [node.args, *node.body, *own, *([node.returns] if node.returns else [])]
    found = [n.id for part in nodes for n in ast.walk(part) if isinstance(n, ast.Name)]
    return list(dict.fromkeys(found))
