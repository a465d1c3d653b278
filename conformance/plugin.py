"""The pytest plug-in: `pytest conformance/` collects scenarios and fails on every verdict that is not agreement."""

from __future__ import annotations

import argparse
import json
import math
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conformance.session import Conformance

# Every pytest run of an environment with this package installed loads this file, so what costs is imported later.

_SCENARIOS = Path(__file__).parent / "scenarios"
_KEY: pytest.StashKey[Conformance] = pytest.StashKey()
_PLAN = "conformance_plan"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of a conformance run."""
    group = parser.getgroup("conformance", "judging engines against PyTorch")
    add = group.addoption
    add("--engine", action="append", default=[], metavar="SPEC", help="engine to judge: a built-in name, module, "
        "module:attribute, a .py file, or exec:COMMAND for another language (docs/protocol.md); repeatable "
        "(default: the reference, and PyTorch where it is installed)")  # fmt: skip
    add("--device", action="append", default=[], help="device to run on; repeatable (default: every one available)")
    add("--oracle", choices=("torch", "recorded", "reference"), default=None,
        help="who is believed (default: PyTorch, or what was recorded of it)")  # fmt: skip
    add("--report", metavar="DIR", default=None, help="write the result file and the reports into this folder")
    add("--expectations", action="append", default=[], metavar="FILE",
        help="what an engine is known to do differently; repeatable (default: a built-in engine's own)")  # fmt: skip
    add("--update-expectations", action="store_true", help="make the expectations file say what this run finds")
    add("--level", type=_at_least(1, int), default=None, help="only the chapters up to this level")
    add("--chapter", action="append", default=[], help="only this chapter, by name or prefix; repeatable")
    add("--examples", type=_at_least(1, int), default=40, metavar="N",
        help="how many literals a drawn scenario gets (default 40)")  # fmt: skip
    add("--fuzz", type=int, default=None, metavar="N", help="run N random programs (docs/random-programs.md)")
    add("--fuzz-minutes", type=_at_least(0, float), default=None, metavar="M",
        help="run random programs for M minutes")  # fmt: skip
    add("--fuzz-seed", type=int, default=None, metavar="S", help="draw the programs of an earlier campaign again")
    add("--fuzz-database", default=None, metavar="WHERE",
        help="where examples that failed are kept: a folder, redis://HOST:PORT (default: .hypothesis/examples)")  # fmt: skip
    add("--time-limit", type=_at_least(0.1, float), default=20.0, metavar="SECONDS",
        help="what one scenario may take (default 20)")  # fmt: skip
    add("--memory-limit", type=_at_least(0, int), default=4096, metavar="MIB",
        help="what one scenario may use on the CPU (default 4096; 0: no limit)")  # fmt: skip


def _at_least(least: float, sort: type[int] | type[float]) -> Callable[[str], float]:
    """What reads an option's number."""

    def read(text: str) -> float:
        try:
            number = sort(text)
        except ValueError:
            number = sort(-1)
        if not (number >= least and math.isfinite(number)):
            kind = "whole number" if sort is int else "number"
            raise argparse.ArgumentTypeError(f"{text!r} is no {kind} of {least} or more")
        return number

    return read


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers of chapters and levels."""
    if _concerns_us(config):
        from conformance import catalogue

        chapters = catalogue.chapters().values()
        for chapter in chapters:
            config.addinivalue_line("markers", f"{chapter.name}: the scenarios of the chapter {chapter.title!r}")
        for level in sorted({chapter.level for chapter in chapters}):
            config.addinivalue_line("markers", f"level{level}: the scenarios of level {level}")
    if config.option.fuzz_seed is None and not hasattr(config, "workerinput"):
        # Chosen before the processes of a parallel run are given the options.
        config.option.fuzz_seed = random.SystemRandom().randrange(1 << 32)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Find out what there is to judge, once, before the processes of a parallel run are started."""
    if _concerns_us(session.config):
        _conformance(session.config)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a process of a parallel run (pytest-xdist) what there is to judge."""
    if _KEY in node.config.stash:
        conformance = node.config.stash[_KEY]
        node.workerinput[_PLAN] = json.dumps(conformance.plan.to_data())
        conformance.close()  # this process judges nothing, so its engines need not wait beside the others'


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect the files of scenarios."""
    if file_path.suffix == ".py" and file_path.parent == _SCENARIOS and not file_path.name.startswith("_"):
        from conformance.items import ChapterFile

        conformance = _conformance(parent.config)
        return ChapterFile.from_parent(parent, path=file_path, conformance=conformance)
    if file_path.parts[-3:-1] == _SCENARIOS.parts[-2:] and file_path.parent != _SCENARIOS:
        raise pytest.UsageError(
            f"{file_path.parent} is another copy than the one that is installed, {_SCENARIOS}; "
            "give --pyargs conformance, or install the copy at hand with pip install -e"
        )
    return None


def pytest_collection_finish(session: pytest.Session) -> None:
    """Learn the order in which scenarios will run."""
    if _KEY in session.config.stash:
        session.config.stash[_KEY].collected(session.items)


def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Let the engines run ahead of the scenario that is about to be judged."""
    if _KEY in item.config.stash:
        item.config.stash[_KEY].ahead(item, nextitem)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Attach a scenario's result to its report, which is how it comes back from the processes of a parallel run."""
    report = yield
    result = getattr(item, "result", None)
    if call.when == "call" and result is not None and _KEY in item.config.stash:
        report.conformance = result  # type: ignore[attr-defined]
    return report


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Sum up the verdicts."""
    if _KEY in config.stash:
        config.stash[_KEY].summarise(terminalreporter)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write the result file, whatever ended the run."""
    if _KEY in session.config.stash:
        session.config.stash[_KEY].finish(session, exitstatus)


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the engines' processes."""
    if _KEY in config.stash:
        config.stash[_KEY].close()


def _conformance(config: pytest.Config) -> Conformance:
    if _KEY not in config.stash:
        from conformance.session import Conformance

        plan = getattr(config, "workerinput", {}).get(_PLAN)
        config.stash[_KEY] = Conformance(config, json.loads(plan) if plan else None)
        config.pluginmanager.register(config.stash[_KEY])  # it listens for reports
    return config.stash[_KEY]


def _concerns_us(config: pytest.Config) -> bool:
    """Whether the arguments of this run of pytest include the scenarios."""
    if config.option.engine or hasattr(config, "workerinput"):
        return not hasattr(config, "workerinput") or _PLAN in config.workerinput
    arguments = [argument.partition("::")[0] for argument in config.args]
    if getattr(config.option, "pyargs", False) and any(a.partition(".")[0] == "conformance" for a in arguments):
        return True
    paths = [(config.invocation_params.dir / argument).resolve() for argument in arguments]
    return any(path == _SCENARIOS or path in _SCENARIOS.parents or _SCENARIOS in path.parents for path in paths)
