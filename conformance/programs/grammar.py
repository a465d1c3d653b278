"""What a program is: a list of statements, each a string of ordinary PyTorch code.

    ["t0 = torch.tensor([1.0, 2.0], requires_grad=True)",
     "t1 = torch.exp(t0)",
     "with torch.no_grad():\n    t0.add_(1.0)",
     "t1.sum().backward()"]

A program is a Python literal, so it is drawn, shrunk, stored and sent to an engine as such; joined by line breaks it is
what a person runs. It is data nevertheless: `parse` lets through only the statements and the names of this grammar.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from functools import lru_cache

from conformance.programs.operations import ATTRIBUTES

Program = Sequence[str]

#: Tensors, optimizers, saved states, lists that hooks fill, handles of hooks, closures.
VARIABLE = re.compile(r"[toslhf]\d+")
_TENSOR = re.compile(r"t\d+")

#: The other names that a program may use; g and p are what a hook is given, loss what a closure returns.
NAMES = {"torch", "copy", "float", "g", "p", "loss"}

_ALLOWED = (
    *(ast.Module, ast.Assign, ast.AugAssign, ast.Delete, ast.Expr, ast.With, ast.withitem, ast.FunctionDef, ast.Return),
    *(ast.Call, ast.keyword, ast.Attribute, ast.Name, ast.Constant, ast.Subscript, ast.Slice, ast.Lambda),
    *(ast.arguments, ast.arg, ast.List, ast.Tuple, ast.Dict, ast.BinOp, ast.UnaryOp, ast.Compare),
    *(ast.operator, ast.unaryop, ast.cmpop, ast.expr_context),
)


SIGNS: dict[type[ast.AST], str] = {
    **{ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.Pow: "pow", ast.Mod: "remainder"},
    **{ast.FloorDiv: "floor_divide", ast.MatMult: "matmul"},
    **{ast.Eq: "eq", ast.NotEq: "ne", ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge"},
}


def source(program: Program) -> str:
    """The program as a person runs it."""
    return "\n".join(program) + "\n"


@lru_cache(maxsize=64)
def parse(statements: tuple[str, ...]) -> tuple[ast.stmt, ...]:
    """The statements, parsed and checked.

    Raises ValueError where one is no statement of the grammar, or uses a name that no program needs.
    """
    parsed = []
    for text in statements:
        try:
            body = ast.parse(text).body
        except SyntaxError as error:
            raise ValueError(f"no statement: {text!r}: {error}") from None
        if len(body) != 1:
            raise ValueError(f"{len(body)} statements where one is expected: {text!r}")
        _check(body[0], text)
        parsed.append(body[0])
    return tuple(parsed)


def _check(statement: ast.stmt, text: str) -> None:
    for node in ast.walk(statement):
        if not isinstance(node, _ALLOWED):
            raise ValueError(f"{type(node).__name__} is not in the grammar of programs: {text!r}")
        match node:
            case ast.Name(id=name) if name not in NAMES and not VARIABLE.fullmatch(name):
                raise ValueError(f"the name {name!r} is not in the grammar of programs: {text!r}")
            case ast.Attribute(attr=name) if name not in ATTRIBUTES:
                raise ValueError(f"the attribute {name!r} is not in the grammar of programs: {text!r}")


def assigned(statement: ast.stmt) -> list[str]:
    """The names of the tensors that a statement assigns, in a block of it too, in order."""
    found: dict[str, None] = {}
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and _TENSOR.fullmatch(node.id):
            found[node.id] = None
    return list(found)


@lru_cache(maxsize=1024)
def operations(text: str) -> tuple[str, ...]:
    """The operations that a statement calls, from the innermost to the outermost of each expression.

    A sign is named like its function ("+" is add); an index is ``[]``, an assignment through one ``[]=``.
    """
    found: list[str] = []

    def visit(node: ast.AST) -> None:
        for child in ast.iter_child_nodes(node):
            visit(child)
        match node:
            case ast.Call(func=ast.Attribute(attr=name)):
                found.append(name)
            case ast.BinOp(op=op):
                found.append(SIGNS.get(type(op), type(op).__name__.lower()))
            case ast.AugAssign(op=op):
                found.append(SIGNS.get(type(op), type(op).__name__.lower()) + "_")
            case ast.Compare(ops=[op]):
                found.append(SIGNS[type(op)])
            case ast.Subscript(ctx=ast.Load()):
                found.append("[]")
            case ast.Subscript(ctx=ast.Store()):
                found.append("[]=")
            case ast.Attribute(attr="T" | "mT" | "data" | "real" | "imag" as name):
                found.append(name)

    visit(ast.parse(text))
    return tuple(found)


@lru_cache(maxsize=1024)
def used(text: str) -> frozenset[str]:
    """The variables that a statement reads or writes."""
    names = (node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name))
    return frozenset(name for name in names if VARIABLE.fullmatch(name))
