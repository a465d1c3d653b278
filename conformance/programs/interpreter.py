"""Runs a program on an engine, statement by statement, and observes what comes of each."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable
from functools import partial
from typing import Any

from conformance.programs import grammar
from conformance.programs.grammar import Program

#: What a caller may do after each statement: it gets the variables and the names that were assigned.
After = Callable[[dict[str, Any], list[str]], None]


def run(program: Program, torch: Any, observe: Any, after: After | None = None) -> int:
    """Run a program on an engine; returns how many of its statements were run.

    Of each statement it is observed whether it raises; of one that assigns tensors, what they are; of any other, every
    tensor and gradient there is. At the end come the flags and version counters. A statement that raises does not end
    the program: those after it are run, and raise too where they miss what it should have assigned. But a differentiation
    that raises does, as nobody says what has been accumulated by then.
    """
    statements = grammar.parse(tuple(program))
    watched = with_gradients(statements)
    variables: dict[str, Any] = {"torch": torch, "copy": copy}
    for number, (text, statement) in enumerate(zip(program, statements, strict=True), 1):
        where = f"after line {number}: {text}"
        raised = _execute(statement, variables)
        with observe.raises(f"line {number}: {text}"):
            if raised is not None:
                raise raised
        if raised is not None and _differentiates(statement):
            return number
        names = grammar.assigned(statement)
        if after is not None:
            after(variables, names)
        if isinstance(statement, ast.FunctionDef):
            continue
        if isinstance(statement, ast.Assign) and names:
            _observe(observe, variables, names, where)
        else:
            _observe(observe, variables, _tensors(variables), where)
            _observe_gradients(observe, variables, watched, where)
    # How often a step writes to a parameter, and a backward pass to a gradient, is their own affair.
    follows = not any(".step(" in text or "autograd.grad(" in text for text in program)
    _observe_flags(observe, variables, watched, versions=follows)
    return len(program)


def with_gradients(statements: tuple[ast.stmt, ...]) -> list[str]:
    """The tensors whose ``grad`` may come to hold something: leaves, and those that are asked to retain it."""
    found: dict[str, None] = {}
    for statement in statements:
        for node in ast.walk(statement):
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Attribute(attr=maker))) if (
                    maker in (*("tensor", "zeros", "ones", "full", "detach", "requires_grad_", "clone"),)
                ):
                    found[name] = None
                case ast.Attribute(value=ast.Name(id=name), attr="requires_grad_" | "retain_grad" | "grad" | "detach_"):
                    found[name] = None
    return list(found)


def _execute(statement: ast.stmt, variables: dict[str, Any]) -> Exception | None:
    """Execute a statement; what it raises, if it does."""
    try:
        exec(compile(ast.Module([statement], []), "program", "exec"), variables)
    except Exception as error:  # an engine may raise anything at all
        return error
    return None


def _differentiates(statement: ast.stmt) -> bool:
    calls = (node.func for node in ast.walk(statement) if isinstance(node, ast.Call))
    return any(isinstance(function, ast.Attribute) and function.attr in ("backward", "grad") for function in calls)


def _tensors(variables: dict[str, Any]) -> list[str]:
    return [name for name in variables if name[0] == "t" and name[1:].isdigit()]


def _observe(observe: Any, variables: dict[str, Any], names: list[str], where: str) -> None:
    for name in names:
        if name in variables:
            _look(observe, f"{name} {where}", partial(variables.get, name))


def _observe_gradients(observe: Any, variables: dict[str, Any], watched: list[str], where: str) -> None:
    for name in watched:
        if variables.get(name) is not None:
            _look(observe, f"{name}.grad {where}", partial(getattr, variables[name], "grad"))
    for name in variables:
        if name[0] == "l" and name[1:].isdigit():
            _look(observe, f"{name} {where}", partial(variables.get, name))


def _observe_flags(observe: Any, variables: dict[str, Any], watched: list[str], *, versions: bool) -> None:
    for name in _tensors(variables):
        value = variables[name]
        if value is None:
            continue
        _look(observe, f"{name}.requires_grad at the end", partial(getattr, value, "requires_grad"))
        _look(observe, f"{name}.is_leaf at the end", partial(getattr, value, "is_leaf"))
        if versions and name in watched:
            _look(observe, f"{name}._version at the end", partial(getattr, value, "_version"))
        if name in watched:
            _look(observe, f"{name}.grad.requires_grad at the end", partial(_gradient_requires_grad, value))


def _gradient_requires_grad(value: Any) -> bool | None:
    return None if value.grad is None else value.grad.requires_grad


def _look(observe: Any, name: str, at: Callable[[], Any]) -> None:
    """Observe a value, or the exception that looking at it raises (of a stale view, say)."""
    try:
        observe(name, at())
    except Exception as error:
        with observe.raises(name):
            raise error
