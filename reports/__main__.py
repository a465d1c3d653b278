"""The command `python -m reports`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from reports import badge, comparing, engines, merging, validation
from reports.page import html
from reports.rendering import write_atomically
from reports.run import ReportError, load
from reports.summary import markdown


def main(arguments: list[str] | None = None) -> int:
    """Run a command; the exit status is 0, 1 where `compare` finds something worse, 2 where the input is no good."""
    given = _parser().parse_args(arguments)
    try:
        return given.command(given)
    except ReportError as error:
        print(f"reports: {error}", file=sys.stderr)
    except OSError as error:
        print(f"reports: {error.filename}: {error.strerror}", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m reports", description="Turn a run's result file into pages.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, does: Callable[[argparse.Namespace], int], help: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=help, description=help)
        added.set_defaults(command=does)
        return added

    page = command("html", _html, "Write the HTML page of a run.")
    page.add_argument("run", metavar="RUN", help="a result file")
    page.add_argument("-o", "--output", metavar="FILE", help="where to (default: index.html beside RUN)")

    summary = command("markdown", _markdown, "Print the Markdown summary of a run.")
    summary.add_argument("run", metavar="RUN", help="a result file")
    summary.add_argument("-o", "--output", metavar="FILE", help="write it there instead")

    shield = command("badge", _badge, "Write badge.json (for shields.io's endpoint) and badge.svg of a run.")
    shield.add_argument("run", metavar="RUN", help="a result file")
    shield.add_argument("--subject", metavar="ID", help="of this subject (default: all but the oracle)")
    shield.add_argument("-o", "--output", metavar="FOLDER", help="where to (default: beside RUN)")

    compare = command("compare", _compare, "List what got better and worse; exit status 1 if anything got worse.")
    compare.add_argument("before", metavar="A", help="the earlier run's result file")
    compare.add_argument("after", metavar="B", help="the later run's")
    compare.add_argument("--markdown", action="store_true", help="as Markdown, for a CI's job page")

    merge = command("merge", _merge, "Join several runs' result files into one.")
    merge.add_argument("runs", metavar="RUN", nargs="+", help="result files")
    merge.add_argument("-o", "--output", metavar="FILE", required=True, help="where to")

    publish = command("publish", _publish, "Keep a slimmed result file, and make the page of all that are kept.")
    publish.add_argument("run", metavar="RUN", help="a result file")
    publish.add_argument("name", metavar="NAME", help="its name among the published ones")
    published = Path(__file__).parent / "published"
    publish.add_argument("--folder", type=Path, default=published, help="where to (default: reports/published)")

    table = command("table", _table, "Print a table of engines and levels.")
    table.add_argument("runs", metavar="RUN", nargs="*", help="result files (default: those of reports/published)")
    table.add_argument("--into", metavar="FILE", type=Path, help="put it between the marks of this document instead")

    validate = command("validate", _validate, "Check result files against the JSON Schema.")
    validate.add_argument("runs", metavar="RUN", nargs="+", help="result files")
    return parser


def _html(given: argparse.Namespace) -> int:
    return _write(Path(given.output or Path(given.run).with_name("index.html")), html(load(given.run)))


def _markdown(given: argparse.Namespace) -> int:
    text = markdown(load(given.run))
    if given.output:
        return _write(Path(given.output), text)
    sys.stdout.write(text)
    return 0


def _badge(given: argparse.Namespace) -> int:
    run = load(given.run)
    folder = Path(given.output or Path(given.run).parent)
    _write(folder / "badge.json", badge.endpoint(run, given.subject))
    return _write(folder / "badge.svg", badge.svg(run, given.subject))


def _compare(given: argparse.Namespace) -> int:
    comparison = comparing.compare(load(given.before), load(given.after))
    sys.stdout.write(comparing.in_markdown(comparison) if given.markdown else comparing.in_text(comparison))
    return comparison.exit_status


def _merge(given: argparse.Namespace) -> int:
    runs = {name: load(path) for name, path in zip(merging.names_of(given.runs), given.runs, strict=True)}
    return _write(Path(given.output), merging.dumps(merging.merge(runs)))


def _publish(given: argparse.Namespace) -> int:
    for path in merging.publish(load(given.run), given.name, given.folder):
        print(path)
    return 0


def _table(given: argparse.Namespace) -> int:
    paths = given.runs or sorted((Path(__file__).parent / "published").glob("*.json.gz"))
    text = engines.table(load(path) for path in paths)
    if given.into is None:
        sys.stdout.write(text)
        return 0
    try:
        return _write(given.into, engines.put_into(given.into, text))
    except ValueError as error:
        raise ReportError(str(error)) from None


def _validate(given: argparse.Namespace) -> int:
    wrong = [complaint for path in given.runs for complaint in validation.complaints(path)]
    for complaint in wrong:
        print(f"reports: {complaint}", file=sys.stderr)
    return 2 if wrong else 0


def _write(path: Path, text: str) -> int:
    write_atomically(path, text)
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
