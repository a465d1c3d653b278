"""The standalone scripts: each is whole, and runs on plain PyTorch and on the reference."""

from __future__ import annotations

import ast
import builtins
import contextlib
import io
import os
import symtable
import warnings

import pytest

from conformance import catalogue, chapters
from conformance.runner import script_of
from conformance.script import standalone

#: Random programs are shown as the programs that they are (`conformance.programs`).
SCENARIOS = [s for s in chapters.every() if s.clause in catalogue.clauses() and not s.programs]


def script(scenario):
    drawn = None
    if scenario.draws is not None:
        from conformance.drawing import literals

        drawn = literals(scenario.id, scenario.draws, 1)[0]
    return script_of(scenario, scenario.dtypes[0], drawn=drawn)


def free_names(text):
    """The names that a script uses and nobody binds."""
    top = symtable.symtable(text, "script", "exec")
    bound = {s.get_name() for s in top.get_symbols() if s.is_assigned() or s.is_imported() or s.is_namespace()}
    used = set()

    def walk(table):
        used.update(s.get_name() for s in table.get_symbols() if s.is_global() and s.is_referenced())
        for child in table.get_children():
            walk(child)

    walk(top)
    used.update(s.get_name() for s in top.get_symbols() if s.is_referenced())
    return used - bound - set(dir(builtins))


def test_there_are_scenarios():
    assert len(SCENARIOS) > 1000


def test_every_script_is_whole_and_needs_nothing_of_ours():
    wrong = {}
    for scenario in SCENARIOS:
        text = script(scenario)
        imports = [n for n in ast.walk(ast.parse(text)) if isinstance(n, (ast.Import, ast.ImportFrom))]
        ours = [ast.unparse(n) for n in imports if "conformance" in ast.unparse(n)]
        if ours or free_names(text):
            wrong[scenario.id] = ours or free_names(text)
    assert not wrong


#: A sample that holds every chapter, and every file's first cases and drawn scenarios.
SAMPLE = {s.body: s for s in SCENARIOS if s.devices != "accelerator"}


@pytest.mark.skipif("TORCH_FREE" in os.environ, reason="it runs the scripts on PyTorch")
def test_scripts_run_on_plain_pytorch():
    pytest.importorskip("torch")
    failed = {}
    for scenario in list(SAMPLE.values())[::7]:
        output = io.StringIO()
        try:
            with contextlib.redirect_stdout(output), warnings.catch_warnings():
                exec(compile(script(scenario), scenario.id, "exec"), {"__name__": "__main__"})
        except Exception as error:
            failed[scenario.id] = repr(error)
        if not output.getvalue():
            failed.setdefault(scenario.id, "it prints nothing")
    assert not failed


def test_a_script_names_the_clause_the_dtype_and_the_drawn_literal():
    by_id = {s.id: s for s in SCENARIOS}
    text = standalone(by_id["ACC-02"], dtype="float64", text="It adds", device="cuda")
    assert text.startswith('"""ACC-02: It adds.\n')
    assert "torch.set_default_dtype(torch.float64)" in text and "torch.set_default_device('cuda')" in text
    assert "def raises" not in text  # what the scenario does not use is not there
    drawn = standalone(by_id["IDX-12/drawn"], dtype="float32", text="x", drawn="[1, 2]")
    assert "drawn = [1, 2]\n" in drawn
