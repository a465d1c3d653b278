"""Which operations, pairs of operations and clauses of the catalogue a campaign's programs have reached."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from conformance.programs import grammar
from conformance.programs.clauses import CLAUSES
from conformance.programs.grammar import Program


class Coverage:
    """Counts, over programs, of what they reach.

    A pair is an operation and one that is applied to its result, in the same statement or through a variable.
    """

    def __init__(self) -> None:
        self.operations: Counter[str] = Counter()
        self.pairs: Counter[tuple[str, str]] = Counter()
        self.clauses: Counter[str] = Counter()

    def add(self, program: Program, raised: Mapping[int, str]) -> None:
        """Count a program; ``raised`` are the messages of the statements that raised, by line."""
        sources: dict[str, str] = {}
        for line, (text, statement) in enumerate(zip(program, grammar.parse(tuple(program)), strict=True), 1):
            message = raised.get(line)
            self.clauses.update(clause for clause, reaches in CLAUSES if reaches(text, message))
            if message is not None:
                continue
            visitor = _Flow(sources)
            visitor.visit(statement)
            self.operations.update(visitor.operations)
            self.pairs.update(visitor.pairs)

    def to_data(self) -> dict[str, Any]:
        """The counts as JSON data; pairs as ``{first: {second: count}}``."""
        pairs: dict[str, dict[str, int]] = {}
        for (first, second), count in sorted(self.pairs.items()):
            pairs.setdefault(first, {})[second] = count
        return {
            "operations": dict(self.operations.most_common()),
            "pairs": pairs,
            "clauses": dict(sorted(self.clauses.items())),
        }

    def update(self, data: Mapping[str, Any]) -> None:
        """Add the counts of another's `to_data`."""
        self.operations.update(data["operations"])
        self.clauses.update(data["clauses"])
        for first, seconds in data["pairs"].items():
            self.pairs.update({(first, second): count for second, count in seconds.items()})


class _Flow(ast.NodeVisitor):
    """Follows values through a statement; ``sources`` says which operation each variable's value is of."""

    def __init__(self, sources: dict[str, str]) -> None:
        self.sources = sources
        self.operations: list[str] = []
        self.pairs: set[tuple[str, str]] = set()

    def visit_Assign(self, node: ast.Assign) -> None:
        """The target's value is of the value's operation."""
        source = self._of(node.value)
        for target in node.targets:
            for part in target.elts if isinstance(target, ast.Tuple) else [target]:
                if isinstance(part, ast.Name) and source:
                    self.sources[part.id] = source
                elif isinstance(part, ast.Subscript):
                    self._apply("[]=", part.value, node.value)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        """A write in place, through an index or not."""
        name = grammar.SIGNS[type(node.op)] + "_"
        target = node.target.value if isinstance(node.target, ast.Subscript) else node.target
        self._apply(name, target, node.value)
        if isinstance(target, ast.Name):
            self.sources[target.id] = name

    def visit_Expr(self, node: ast.Expr) -> None:
        """A call for its effect; one in place changes what its tensor is of."""
        source = self._of(node.value)
        match node.value:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name))) if source and source.endswith("_"):
                self.sources[name] = source

    def visit_Return(self, node: ast.Return) -> None:
        """Nothing happens to what is returned."""

    def _of(self, node: ast.AST | None) -> str | None:
        """The operation that an expression's value is of, after noting what is in it."""
        match node:
            case ast.Name(id=name):
                return self.sources.get(name)
            case ast.Call(func=ast.Attribute(value=receiver, attr=name), args=arguments, keywords=keywords):
                return self._apply(name, receiver, *arguments, *(keyword.value for keyword in keywords))
            case ast.BinOp(left=left, op=op, right=right):
                return self._apply(grammar.SIGNS[type(op)], left, right)
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return self._apply(grammar.SIGNS[type(op)], left, right)
            case ast.UnaryOp(operand=operand):
                return self._of(operand)
            case ast.Subscript(value=value, slice=ast.Constant(value=str())):
                return self._of(value)
            case ast.Subscript(value=value, slice=index):
                return self._apply("[]", value, index)
            case ast.Attribute(value=value, attr="T" | "mT" | "data" | "grad" | "real" | "imag" as name):
                return self._apply(name, value)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                found = [source for part in parts if (source := self._of(part))]
                return found[0] if found else None
        return None

    def _apply(self, name: str, *operands: ast.AST) -> str:
        self.operations.append(name)
        for operand in operands:
            parts = operand.elts if isinstance(operand, (ast.Tuple, ast.List)) else [operand]
            self.pairs.update((source, name) for part in parts if (source := self._of(part)))
        return name


def raised_messages(observations: list[dict[str, Any]]) -> dict[int, str]:
    """The messages of the statements that raised, by line, from what was observed of a run."""
    found = {}
    for observation in observations:
        match = re.match(r"line (\d+): ", observation["name"])
        if match and observation["value"]["is"] == "exception":
            found[int(match[1])] = observation["value"]["message"]
    return found
