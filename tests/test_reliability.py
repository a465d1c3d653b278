"""The suite can be relied on: scenarios leave nothing behind, and a run is the same every time."""

from __future__ import annotations

import json
import sys
import threading
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import pytest

from conformance import chapters
from conformance.engine import load
from conformance.execution import execute
from conformance.state import State
from tests.suite import run

#: Global state of the engine's namespace, as paths to functions that say what it is.
QUERIES = (
    "get_default_dtype",
    "get_default_device",
    "is_grad_enabled",
    "is_inference_mode_enabled",
    "is_anomaly_enabled",
    "is_anomaly_check_nan_enabled",
    "is_warn_always_enabled",
    "is_autocast_enabled",
    "are_deterministic_algorithms_enabled",
    "get_num_threads",
    "initial_seed",
    "autograd.forward_ad._current_level",
    "_C._autograd._saved_tensors_hooks_is_enabled",
    "_C._is_multithreading_enabled",
    "_C._is_view_replay_enabled",
    "_C._len_torch_dispatch_stack",
    "_C._len_torch_function_stack",
    "_C._functorch.peek_interpreter_stack",
    "__future__.get_overwrite_module_params_on_conversion",
    "__future__.get_swap_module_params_on_conversion",
)
#: Dictionaries of hooks that are meant for every module and every optimizer.
HOOKS = (
    *(f"nn.modules.module._global_{kind}_hooks" for kind in ("forward", "forward_pre", "backward", "backward_pre")),
    *(f"nn.modules.module._global_{kind}_registration_hooks" for kind in ("buffer", "module", "parameter")),
    *(f"optim.optimizer._global_optimizer_{when}_hooks" for when in ("pre", "post")),
)


def state_of(torch: Any) -> Iterator[tuple[str, str]]:
    """What a scenario could leave behind, by name."""
    for path in (*QUERIES, *HOOKS):
        value = torch
        for part in path.split("."):
            value = getattr(value, part, None)
        yield path, repr(value() if callable(value) else value)
    default_hooks = getattr(
        getattr(getattr(torch, "_C", None), "_autograd", None), "_top_saved_tensors_default_hooks", None
    )
    yield "saved_tensors_hooks", repr(default_hooks(True) if default_hooks else None)
    yield "threads", str(threading.active_count())
    yield "warnings", repr(warnings.filters)


def left_behind(spec: str) -> tuple[int, dict[str, list[str]]]:
    """Run every scenario of every chapter in this process: how many, and which left what behind."""
    engine = load(spec)
    state = State(engine, "cpu")
    found: dict[str, list[str]] = {}
    ran = 0
    for scenario in chapters.every():
        if scenario.draws is not None or scenario.devices == "accelerator":
            continue
        state.restore(scenario.dtypes[0])
        before, imported = dict(state_of(engine.torch)), len(sys.modules)
        execute(scenario, engine.torch)
        ran += 1
        after = dict(state_of(engine.torch))
        if len(sys.modules) > imported:  # libraries that are imported late add filters of warnings
            before["warnings"] = after["warnings"]
        if changed := [f"{name}: {before[name]} -> {after[name]}" for name in before if before[name] != after[name]]:
            found[scenario.id] = changed
    return ran, found


@pytest.mark.parametrize("spec", ["torch", "reference"])
def test_scenarios_leave_nothing_behind(spec):
    if spec == "torch":
        pytest.importorskip("torch")
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
        ran, found = alone.submit(left_behind, spec).result()
    assert ran > 3000
    assert found == {}


CHAPTERS = tuple(f"conformance/scenarios/{name}.py" for name in ("accumulation", "numeric_random", "random_programs"))


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """The result file of three chapters, drawn scenarios among them, drawn from one seed: run in several ways."""
    pytest.importorskip("torch")

    def result(name: str, *arguments: str) -> dict[str, Any]:
        done = run(*CHAPTERS, "--engine", "reference", "--examples", "10", *arguments,
                   folder=tmp_path_factory.mktemp(name))  # fmt: skip
        assert done.document is not None, done.output
        return timeless(done.document)

    return result, result("first")


def timeless(document: dict[str, Any]) -> dict[str, Any]:
    """A result file without what says when it was written and how long it took."""
    document = json.loads(json.dumps(document))
    del document["created"], document["command"]
    for entry in document["results"]:
        entry.pop("seconds", None)
    return document


def test_the_same_seed_gives_the_same_result_file(results):
    again, first = results
    assert len(first["results"]) > 50
    assert again("again") == first


def test_in_parallel_the_result_file_is_the_same(results):
    again, first = results
    assert again("parallel", "-n", "2") == first
