"""One run of the suite under pytest: what is judged, the results so far, and what is written at the end."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from conformance import catalogue, chapters, expectations, levels, results, updating
from conformance.engine import built_in as built_in_engines
from conformance.expectations import Expectation
from conformance.isolation import AHEAD, Limits
from conformance.programs.campaign import Budget, merged, summary
from conformance.programs.fuzzing import HOME, Fuzzing, FuzzingError, store
from conformance.runner import Runner, Task, dtypes_of
from conformance.scenario import Scenario
from conformance.subjects import Plan, Processes, Subject, UsageError, plan


class Conformance:
    """The state of a run; in a parallel run the controlling process and each worker has one."""

    def __init__(self, config: pytest.Config, given: dict[str, Any] | None) -> None:
        option = config.option
        self._config = config
        self._chapters = self._check_chapters(option.chapter)
        self._check_level(option.level)
        if option.report is not None and given is None and not option.collectonly:
            try:
                results.prepare(Path(option.report))
            except OSError as error:
                raise pytest.UsageError(
                    f"--report {option.report}: {error.strerror}; name a folder that can be written to"
                ) from None
        self._processes = Processes(Limits(option.time_limit, option.memory_limit), self._say)
        try:
            if given is not None:
                self.plan = Plan.from_data(given)
            else:
                self.plan = plan(option.engine, option.device, option.oracle, self._processes)
        except UsageError as error:
            self._processes.close()
            raise pytest.UsageError(str(error)) from None
        try:
            self.fuzzing = Fuzzing.of(option)
        except FuzzingError as error:
            raise pytest.UsageError(str(error)) from None
        self._lines: list[str] = []
        self._expectations = self._read_expectations(option.expectations)
        if option.update_expectations:
            for engine in {subject.engine for subject in self.subjects}:
                self._to_update(engine)  # or there is no file, which is better said before the run
        self.runner = Runner(self.plan, self._processes, examples=option.examples)
        self._order: list[Any] = []
        self._place: dict[str, int] = {}
        self._sent = 0
        self._results: dict[str, dict[str, Any]] = {}
        self._scenarios: dict[str, Scenario] = {}
        self._lost = False
        self._campaign: dict[str, Any] | None = None

    @property
    def subjects(self) -> list[Subject]:
        """The subjects that are judged."""
        return [subject for subject in self.plan.subjects if not subject.not_run]

    def wants(self, scenario: Scenario) -> bool:
        """Whether the options ask for a scenario's chapter."""
        chapter = catalogue.chapters().get(scenario.clause.partition("-")[0])
        if chapter is None:
            return True  # collecting it says what is wrong
        if self._chapters and not {chapter.name, chapter.prefix} & set(self._chapters):
            return False
        level = self._config.option.level
        return level is None or chapter.level <= level

    def expectation(self, task: Task) -> Expectation | None:
        """What is expected of a task, if anything but agreement is."""
        of_engine = self._expectations.get(task.subject.engine)
        return of_engine.of(task.scenario.id, task.subject, task.dtype) if of_engine else None

    def slices(self, task: Task) -> list[Budget]:
        """The slices of a campaign on a task; none where there is no campaign, or the oracle is the subject."""
        if self.fuzzing is None or not task.scenario.programs or self.runner.is_oracle(task.subject):
            return []
        if self.plan.oracle == "recorded":
            raise pytest.UsageError(
                "--fuzz: new programs need PyTorch itself (or --oracle reference), no recorded runs"
            )
        programs = [s for s in chapters.load(task.scenario.body.__module__).values() if s.programs and self.wants(s)]
        judged = [s for s in self.subjects if not self.runner.is_oracle(s)]
        tasks = sum(len(dtypes_of(s, subject)) for s in programs for subject in judged)
        return self.fuzzing.budget.slices(tasks, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))

    def collected(self, items: list[pytest.Item]) -> None:
        """Learn the order of the items."""
        self._order = [item for item in items if hasattr(item, "task")]
        self._place = {item.nodeid: i for i, item in enumerate(self._order)}

    def ahead(self, item: pytest.Item, nextitem: pytest.Item | None) -> None:
        """Have the engines run what comes after an item: all that fits, or what this process is known to be given."""
        place = self._place.get(item.nodeid)
        if place is None:
            return
        if hasattr(self._config, "workerinput"):
            end = place + 2 if nextitem is not None and self._place.get(nextitem.nodeid) == place + 1 else place + 1
        else:
            end = place + AHEAD
        for other in self._order[max(place, self._sent) : end]:
            self.runner.ahead(other.task)
        self._sent = end

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep a result; in a parallel run this is called in the controlling process too."""
        result = getattr(report, "conformance", None)
        if result is None:
            self._lost = self._lost or report.failed  # by a fault of ours, or the end of a process of a parallel run
        else:
            self._results[report.nodeid] = result
            if self.fuzzing is not None and "slice" in result and not hasattr(self._config, "workerinput"):
                self._say(self.fuzzing.progress(result))

    def _say(self, line: str | None) -> None:
        """Show a line while the run goes on."""
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if line is not None and reporter is not None:
            reporter.ensure_newline()
            reporter.write_line(line)

    def finish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write the result file, unless this is a worker of a parallel run."""
        if hasattr(self._config, "workerinput") or self._config.option.collectonly:
            return
        asked = self._config.option.engine
        if exitstatus == 0 and any(s.not_run and s.engine in asked and not s.device for s in self.plan.subjects):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED  # an engine asked for by name could not be judged
        try:
            if self._config.option.update_expectations and exitstatus in (0, 1):
                self._update_expectations()
        except expectations.ExpectationsError as error:
            self._lines.append(f"ERROR: {error}")
            session.exitstatus = pytest.ExitCode.USAGE_ERROR
        results, campaign = merged(self._results.values())
        if campaign is not None and self.fuzzing is not None:
            self._results = {f"{r['scenario']}[{r['subject']}-{r['dtype']}]": r for r in results}
            self._campaign = {"seed": self.fuzzing.seed, **campaign}
            folder = Path(self._config.option.report or HOME) / "divergences"
            self._lines += summary(self._campaign, store(campaign, folder))
        folder = self._config.option.report
        if folder is None:
            return
        stopped = session.shouldstop or session.shouldfail  # -x and --maxfail end with an ordinary status
        complete = exitstatus in (0, 1) and not stopped and not self._lost
        try:
            self._write(Path(folder), complete=complete)
        except OSError as error:  # the disk is full, perhaps
            self._lines.append(f"ERROR: --report {folder}: {error.strerror}; the results are written elsewhere")
            session.exitstatus = pytest.ExitCode.USAGE_ERROR
            with contextlib.suppress(OSError):
                self._write(Path(tempfile.mkdtemp(prefix="conformance-")), complete=complete)

    def summarise(self, reporter: Any) -> None:
        """Say for each subject how many scenarios agree, and what was written."""
        if hasattr(self._config, "workerinput") or self._config.option.collectonly:
            return
        reporter.section("conformance")
        reporter.write_line(f"oracle: {self.plan.oracle_name} {self.plan.oracle_version} ({self.plan.oracle})")
        for subject in self.plan.subjects:
            reporter.write_line(f"{subject.id}: {self._tally(subject)}")
        for of_engine in self._expectations.values():
            for pattern in expectations.unmatched(of_engine, [scenario.id for scenario in chapters.every()]):
                reporter.write_line(f"{of_engine.path}: {pattern!r} matches no scenario that there is")
        for line in self._lines:
            reporter.write_line(line)

    def close(self) -> None:
        """End the engines."""
        self._processes.close()

    def _tally(self, subject: Subject) -> str:
        if subject.not_run:
            return f"not run: {subject.not_run}"
        words = Counter(r["verdict"] for r in self._results.values() if r["subject"] == subject.id)
        run = sum(words.values()) - words["not run"]
        others = ", ".join(f"{words[word]} {word}" for word in sorted(words) if word != "agrees")
        level = levels.summary(levels.levels_of(subject, self._results.values()))
        return f"{words['agrees']} of {run} agree{f' ({others})' if others else ''}; {level}"

    def _read_expectations(self, paths: list[str]) -> dict[str, expectations.Expectations]:
        """The expectations of each engine that has some."""
        try:
            given = [expectations.read(Path(path)) for path in paths if self._exists_or_is_wanted(Path(path))]
            engines = {subject.engine for subject in self.plan.subjects}
            # A file that is yet to be written is no reason to use, and to change, the one that comes with an engine.
            found = {e: expectations.for_engine(e, given) for e in engines} if given or not paths else {}
            strangers = [e for e in given if not any(map(e.speaks_of, engines))]
        except expectations.ExpectationsError as error:
            self._processes.close()
            raise pytest.UsageError(str(error)) from None
        for stranger in strangers:
            self._lines.append(
                f"{stranger.path} is about the engine {stranger.engine!r}, which is not judged; "
                f"{', '.join(sorted(engines))} {'is' if len(engines) == 1 else 'are'}"
            )
        return {engine: of_engine for engine, of_engine in found.items() if of_engine is not None}

    def _exists_or_is_wanted(self, path: Path) -> bool:
        """Whether to read a file: one that is to be written need not be there yet."""
        return path.exists() or not self._config.option.update_expectations

    def _to_update(self, engine: str) -> expectations.Expectations:
        """The expectations of an engine, or the file that is to hold them."""
        if engine in self._expectations:
            return self._expectations[engine]
        new = [path for path in map(Path, self._config.option.expectations) if not path.exists()]
        if not new and engine in built_in_engines():
            new = [expectations.BUILT_IN / f"{engine}.toml"]
        if not new:
            self._processes.close()
            raise pytest.UsageError(f"say where the expectations of engine {engine!r} are: --expectations FILE")
        return expectations.Expectations(new[0], engine)

    def _update_expectations(self) -> None:
        ids = [scenario.id for scenario in chapters.every()]
        for engine in {subject.engine for subject in self.subjects}:
            of_engine = self._to_update(engine)
            by_id = {subject.id: subject for subject in self.subjects if subject.engine == engine}
            runs = [(by_id[r["subject"]], r) for r in self._results.values() if r["subject"] in by_id]
            text = updating.update(of_engine, runs, ids)
            if text or of_engine.path.exists():
                updating.write(of_engine, text)
                self._lines.append(f"expectations: {of_engine.path}")

    def _write(self, folder: Path, *, complete: bool) -> None:
        ids = {result["scenario"] for result in self._results.values()}
        scenarios = [s for s in map(chapters.find, ids) if s is not None]
        content = results.document(self.plan, scenarios, self._results.values(), complete=complete)
        if self._campaign is not None:
            content["campaign"] = self._campaign
        path = results.write(content, folder)
        self._lines.append(f"results: {path}")
        try:
            from reports import ReportError, write
        except ImportError as error:  # the pages are an extra; the result file is what they are made of
            self._lines.append(f"no pages are written: {error}")
            return
        try:
            written = write(path, folder)
        except (ReportError, OSError) as error:
            self._lines.append(f"no pages are written: {error}")
        else:
            self._lines.append(f"pages: {', '.join(str(page) for page in written)}")

    @staticmethod
    def _check_level(asked: int | None) -> None:
        highest = max(chapter.level for chapter in catalogue.chapters().values())
        if asked is not None and asked > highest:
            raise pytest.UsageError(f"--level {asked}: there are levels 1 to {highest}")

    @staticmethod
    def _check_chapters(asked: list[str]) -> list[str]:
        known = {name for chapter in catalogue.chapters().values() for name in (chapter.name, chapter.prefix)}
        for name in asked:
            if name not in known:
                names = ", ".join(chapter.name for chapter in catalogue.chapters().values())
                raise pytest.UsageError(f"--chapter {name}: no such chapter; there are {names}")
        return asked
