"""The mutants of a file: cosmic-ray's operators, and one that leaves a statement out."""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import accumulate, takewhile
from pathlib import Path
from typing import Any

import parso
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.operators.operator import Example, Operator
from cosmic_ray.operators.provider import OperatorProvider

ROOT = Path(__file__).parents[2]
PACKAGES = ("reference/autograd", "reference/optim")


class RemoveStatement(Operator):
    """Leaves out a statement that is done for its effect: a call, an augmented or a stored assignment, a raise."""

    KINDS = ("raise_stmt", "del_stmt")

    def mutation_positions(self, node: Any) -> Iterator[Any]:
        """Where there is such a statement."""
        if node.type == "simple_stmt" and self._has_effect(node.children[0]):
            yield (node.start_pos, node.end_pos)

    def _has_effect(self, statement: Any) -> bool:
        if statement.type in self.KINDS:
            return True
        if statement.type == "atom_expr":
            return statement.children[-1].type == "trailer"
        if statement.type != "expr_stmt" or statement.children[1].type == "annassign":
            return False
        # without an assignment to a name of its own a function cannot run at all
        return statement.children[1] != "=" or statement.children[0].type in ("atom_expr", "power")

    def mutate(self, node: Any, index: int) -> Any:
        """Put ``pass`` in its place."""
        statement = node.children[0]
        node.children[0] = parso.parse(statement.get_first_leaf().prefix + "pass")
        return node

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """What it does."""
        return (Example("raise error\n", "pass\n"), Example("a.b = 1\n", "pass\n"), Example("f()\n", "pass\n"))


#: The replacements that are tried; the others of an operator (``+`` by ``<<``, say) are killed wherever these are.
_BINARY = {
    "Add": ["Sub"], "Sub": ["Add"], "Mul": ["Div"], "Div": ["Mul"], "FloorDiv": ["Mul"], "Mod": ["Mul"],
    "Pow": ["Mul"], "BitAnd": ["BitOr"], "BitOr": ["BitAnd"], "BitXor": ["BitOr"],
    "LShift": ["RShift"], "RShift": ["LShift"],
}  # fmt: skip
_COMPARISON = {
    "Eq": ["NotEq"], "NotEq": ["Eq"], "Lt": ["LtE", "GtE"], "LtE": ["Lt", "Gt"], "Gt": ["GtE", "LtE"],
    "GtE": ["Gt", "Lt"], "Is": ["IsNot"], "IsNot": ["Is"],
}  # fmt: skip
_OTHERS = (
    "AddNot ReplaceTrueWithFalse ReplaceFalseWithTrue ReplaceAndWithOr ReplaceOrWithAnd ReplaceBreakWithContinue "
    "ReplaceContinueWithBreak ExceptionReplacer NumberReplacer RemoveDecorator ZeroIterationForLoop "
    "ReplaceUnaryOperator_Delete_Not ReplaceUnaryOperator_Delete_Invert ReplaceUnaryOperator_Delete_USub"
).split()


def operators() -> dict[str, Operator]:
    """The mutation operators by name."""
    provider = OperatorProvider()
    names = [f"ReplaceBinaryOperator_{a}_{b}" for a, others in _BINARY.items() for b in others]
    names += [f"ReplaceComparisonOperator_{a}_{b}" for a, others in _COMPARISON.items() for b in others]
    return {name: provider[name]() for name in [*names, *_OTHERS]} | {"RemoveStatement": RemoveStatement()}


@dataclass(frozen=True)
class Mutant:
    """One change of one file: ``before`` and ``after`` are the lines that differ, ``within`` the function's name."""

    file: str
    line: int
    within: str
    operator: str
    before: str
    after: str
    source: str

    @property
    def key(self) -> str:
        """What names it as long as the lines themselves are not edited."""
        return "\n".join((self.file, self.within, self.before, self.after))

    @property
    def diff(self) -> str:
        """The change, as a person reads it."""
        return f"{self.file}:{self.line} in {self.within}\n  - {self.before}\n  + {self.after}"


def files() -> list[str]:
    """The files that are mutated, relative to the checkout."""
    found = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return sorted(str(path.relative_to(ROOT)) for path in found)


def mutants(file: str, only: Collection[str] | None = None) -> list[Mutant]:
    """The mutants of a file, of all operators or ``only`` of those named, in the order of its lines.

    Left out are changes of what is never executed: annotations, docstrings, and what only a type checker sees.
    """
    original = (ROOT / file).read_text(encoding="utf-8")
    lines = original.splitlines(keepends=True)
    starts = [0, *accumulate(len(line) for line in lines)]
    idle = _never_executed(original)
    nodes = list(ast_nodes(get_ast(original)))
    found: dict[str, Mutant] = {}
    for name, operator in operators().items():
        for node in nodes if only is None or name in only else ():
            for index, (at, _) in enumerate(operator.mutation_positions(node)):
                if any(first <= at < last for first, last in idle) or _is_double(name, node):
                    continue
                (first_line, first_column), (last_line, last_column) = node.get_start_pos_of_prefix(), node.end_pos
                first, last = starts[first_line - 1] + first_column, starts[last_line - 1] + last_column
                source = original[:first] + _mutated(operator, node, index) + original[last:]
                if source != original and source not in found:
                    found[source] = _described(file, name, original, source, at[0])
    return _told_apart(sorted(found.values(), key=lambda mutant: (mutant.line, mutant.after)))


def _told_apart(mutants: list[Mutant]) -> list[Mutant]:
    """The mutants, those of a second line of the same text under a name of their own."""
    seen: Counter[str] = Counter()
    apart = []
    for mutant in mutants:
        seen[mutant.key] += 1
        nth = seen[mutant.key]
        apart.append(mutant if nth == 1 else replace(mutant, within=f"{mutant.within} ({nth})"))
    return apart


def _is_double(operator: str, node: Any) -> bool:
    """Whether another operator makes the same of it: a comparison is negated by replacing its sign."""
    condition = node.children[2 if node.type == "test" else 1] if operator == "AddNot" else node
    return operator == "AddNot" and condition.type == "comparison" and "in" not in str(condition.children[1])


def _mutated(operator: Operator, node: Any, index: int) -> str:
    """The text of one node after its mutation; the tree itself stays as it is."""
    alone = copy.deepcopy(node, {id(node.parent): node.parent})
    mutated = operator.mutate(alone, index)
    if mutated is None:
        return ""
    code = mutated.get_code()
    # a replaced number comes with a blank before it
    return node.get_first_leaf().prefix + code.lstrip() if node.type == "number" else code


def _described(file: str, operator: str, original: str, source: str, line: int) -> Mutant:
    old, new = original.splitlines(), source.splitlines()
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))
    rest = zip(reversed(old[same:]), reversed(new[same:]), strict=False)
    end = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], rest))
    before = " ".join(text.strip() for text in old[same : len(old) - end])
    after = " ".join(text.strip() for text in new[same : len(new) - end])
    return Mutant(file, line, _within(original, line), operator, before, after or "(nothing)", source)


@cache
def _functions(source: str) -> list[tuple[int, int, str]]:
    """The first and last line and the qualified name of every function and class, the innermost last."""
    found: list[tuple[int, int, str]] = []

    def visit(node: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.FunctionDef, ast.ClassDef)):
                first = min([child.lineno, *(decorator.lineno for decorator in child.decorator_list)])
                found.append((first, child.end_lineno or first, prefix + child.name))
                visit(child, f"{prefix}{child.name}.")
            else:
                visit(child, prefix)

    visit(ast.parse(source), "")
    return found


def _within(source: str, line: int) -> str:
    around = [name for first, last, name in _functions(source) if first <= line <= last]
    return around[-1] if around else "the module"


def _never_executed(source: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """The first and last positions of annotations, docstrings and of what stands under ``if TYPE_CHECKING``."""
    idle: list[ast.AST] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.arg, ast.AnnAssign)) and node.annotation is not None:
            idle.append(node.annotation)
        elif isinstance(node, ast.FunctionDef) and node.returns is not None:
            idle.append(node.returns)
        elif (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)) or (
            isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        ):
            idle.append(node)
    return [((n.lineno, n.col_offset), (n.end_lineno, n.end_col_offset)) for n in idle]  # type: ignore[attr-defined]
