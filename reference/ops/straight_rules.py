"""The rules of a node as one straight function of it and of the gradient's array.

Small tensors spend their time in what goes on around the arithmetic. So what is the same for all nodes of a plan (how
many values are saved, which of them are tensors, which rule takes which) is settled once, when the first of them runs:
the function for a product of two tensors that both need a gradient is

    def backward(node, g, needed):
        if node.saved is FREED:
            raise RuntimeError(FREED_MESSAGE)
        shape = node.shape
        (saved_0, saved_1), (version_0, version_1) = node.saved, node.versions
        if version_0 is None:
            saved_0 = unpacked(saved_0)
        elif saved_0._counter[0] != version_0:
            raise RuntimeError(version_message(node, saved_0, version_0))
        elif saved_0._left_graph > node.seq:
            raise RuntimeError(DETACHED_MESSAGE)
        else:
            saved_0 = saved_0._array if shape else saved_0._array[()]
        ...
        return (
            rule_0(g, saved_0) if needed is None or needed[0] else None,
            rule_1(g, saved_1) if needed is None or needed[1] else None,
        )
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def straight_function(plan: Any, names_in_use: dict[str, Any]) -> Callable[[Any, Any, Any], tuple[Any, ...]]:
    """The function ``(node, array, needed) -> gradients``; its text uses the names given and ``rule_N``."""
    lines = ["def backward(node, g, needed):"]
    saved = [f"saved_{i}" for i in range(len(plan.names))]
    if plan.saves_tensors:
        lines += ["    if node.saved is FREED:", "        raise RuntimeError(FREED_MESSAGE)"]
    if saved:
        versions = [f"version_{i}" for i in range(len(saved))]
        lines.append(f"    ({', '.join(saved)},), ({', '.join(versions)},) = node.saved, node.versions")
    if plan.elementwise and plan.saves_tensors:
        lines.append("    shape = node.shape")
    for i, value in enumerate(saved):
        if plan.are_tensors[i]:
            # NumPy computes faster with its scalars than with arrays of no dimensions
            array = f"{value}._array if shape else {value}._array[()]" if plan.elementwise else f"{value}._array"
            lines += [
                f"    if version_{i} is None:",
                f"        {value} = unpacked({value})",
                f"    elif {value}._counter[0] != version_{i}:",
                f"        raise RuntimeError(version_message(node, {value}, version_{i}))",
                f"    elif {value}._left_graph > node.seq:",
                "        raise RuntimeError(DETACHED_MESSAGE)",
                "    else:",
                f"        {value} = {array}",
            ]
    if plan.holomorphic and saved:
        lines.append("    if node.dtype is not float64 and node.dtype is not float32 and node.dtype.kind == 'c':")
        lines += [f"        {value} = conjugate({value})" for value in saved]
    lines.append("    return (")
    rules: dict[str, Any] = {}
    for i, entry in enumerate(plan.rules):
        if entry is None:
            lines.append("        None,")
        else:
            rules[f"rule_{i}"], picks = entry
            arguments = ", ".join(["g", *(saved[place] for place in picks)])
            lines.append(f"        rule_{i}({arguments}) if needed is None or needed[{i}] else None,")
    lines.append("    )")
    scope: dict[str, Any] = {**names_in_use, **rules}
    exec("\n".join(lines), scope)
    return scope["backward"]
