"""Templates, and writing a page so that nobody ever reads half of one."""

from __future__ import annotations

import gzip
import os
import re
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reports.run import ReportError

if TYPE_CHECKING:
    import jinja2

TEMPLATES = Path(__file__).parent / "templates"

#: Characters that XML forbids and terminals obey; engines may print anything.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_MARKDOWN = re.compile(r"([\\`*_\[\]|~])")


def render(template: str, values: Mapping[str, Any]) -> str:
    """Render a template; what it puts in is escaped for HTML, XML or Markdown by the template's name."""
    environment = _markdown() if template.endswith(".md.j2") else _html()
    return environment.get_template(template).render(values)


def asset(name: str) -> str:
    """A style sheet or script that a page carries inside it."""
    return (TEMPLATES / name).read_text(encoding="utf-8")


def write_atomically(path: Path, text: str) -> None:
    """Write a file under its name only when all of it is there; makes the folder. A name in ``.gz`` is compressed."""
    data = text.encode("utf-8", errors="replace")
    if path.suffix == ".gz":
        data = gzip.compress(data, mtime=0)  # the same text makes the same file
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def escape_markdown(value: Any) -> str:
    """A value as one line of text that Markdown and the HTML in it leave alone."""
    text = " ".join(without_controls(str(value)).split())
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKDOWN.sub(r"\\\1", text)


def without_controls(text: str) -> str:
    """The text with control characters replaced."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


@cache
def _html() -> jinja2.Environment:
    return _environment(autoescape=True)


@cache
def _markdown() -> jinja2.Environment:
    return _environment(autoescape=False, finalize=escape_markdown)


def _environment(**settings: Any) -> jinja2.Environment:
    try:
        import jinja2  # here, so that a run without it still writes its result file
    except ImportError as error:
        raise ReportError("pages need Jinja: pip install jinja2") from error
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        **settings,
    )
    environment.filters["thousands"] = "{:,}".format
    environment.filters["slug"] = lambda words: words.replace(" ", "-")
    return environment


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
