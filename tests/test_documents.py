"""What the documents show is run: the adapter from beginning to end, the template, and the options of the README."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from conformance import catalogue
from conformance.verdict import Word
from tests.suite import ROOT, run


def blocks(document):
    """The files that a document shows, by name."""
    text = (ROOT / "docs" / document).read_text(encoding="utf-8")
    return dict(re.findall(r"^```\w+ (\S+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))


def test_the_adapter_of_the_documents_runs_as_it_says(tmp_path):
    files = blocks("validating-your-engine.md")
    for name in ("tiny.py", "tiny_shim.py"):
        (tmp_path / name).write_text(files[name])
    file = tmp_path / "conformance.toml"
    suite = ("-p", "conformance.plugin", "--pyargs", "conformance", "--oracle", "reference", "--chapter", "ACC")
    arguments = (*suite, "--engine", "tiny_shim", "--expectations", str(file))
    found = run(*arguments, "--update-expectations", cwd=tmp_path, folder=tmp_path / "report")
    assert found.status == 0, found.output
    assert found.verdicts["ACC-01[tiny_shim-cpu-float64]"] == "agrees"
    assert set(found.verdicts.values()) >= {"agrees", "missing"}
    assert '"ACC-01"' not in file.read_text()
    kept = run(*arguments, cwd=tmp_path)
    assert kept.status == 0, kept.output

    overwriting = re.sub(r"d \+ \(0 if .*", "d", files["tiny.py"])
    (tmp_path / "tiny.py").write_text(overwriting)
    changed = run(*arguments, "-k", "ACC-03", cwd=tmp_path)
    assert changed.status == 1 and "diverges" in changed.output, changed.output


def test_the_functional_engine_of_the_documents_is_lent_nothing(tmp_path):
    (tmp_path / "steps_shim.py").write_text(blocks("validating-your-engine.md")["steps_shim.py"])
    suite = ("-p", "conformance.plugin", "--pyargs", "conformance", "--oracle", "reference", "-k", "ACC-02 or BRC-01")
    found = run(*suite, "--engine", "steps_shim:torch", cwd=tmp_path, folder=tmp_path / "report")
    assert found.verdicts["ACC-02[steps_shim.torch-cpu-float64]"] in ("missing", "blocked")
    assert "agrees" in found.verdicts.values()


def test_the_template_is_python_and_is_not_written_over_a_file(tmp_path):
    path = tmp_path / "my_shim.py"
    command = [sys.executable, "-m", "conformance.template", str(path)]
    subprocess.run(command, cwd=ROOT, check=True)
    compile(path.read_text(), path, "exec")
    assert "--engine my_shim" in path.read_text()
    again = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert again.returncode == 2 and "is there already" in again.stderr
    for other, said in (("no_folder/shim.py", "cannot be written"), ("shim", "name one that ends in .py")):
        refused = subprocess.run([*command[:-1], str(tmp_path / other)], cwd=ROOT, capture_output=True, text=True)
        assert refused.returncode == 2 and said in refused.stderr and "Traceback" not in refused.stderr


@pytest.mark.parametrize("document", ["README.md", "docs/verdicts.md", "docs/validating-your-engine.md"])
def test_every_option_that_a_document_names_is_there(document):
    help = run("--help").output
    text = (ROOT / document).read_text(encoding="utf-8")
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text))
    assert [option for option in named if option not in help] == []


def test_the_table_of_verdicts_has_every_word():
    text = (ROOT / "docs/verdicts.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([a-z ]+)` \|", text, re.MULTILINE)) == set(Word.__args__)


def test_the_readme_names_every_chapter_level():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    levels = {chapter.level for chapter in catalogue.chapters().values()}
    assert {int(n) for n in re.findall(r"^\| (\d) \|", text, re.MULTILINE)} == levels


DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document):
    text = re.sub(r"^```.*?^```|`[^`\n]*`", "", document.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    targets = [link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]
    assert [target for target in targets if target and not (document.parent / target).exists()] == []


def test_the_readme_leads_to_every_document():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in DOCUMENTS[1:] if f"(docs/{path.name})" not in text] == []


def test_the_architecture_names_every_file_of_the_suite():
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    files = {path.stem for path in (ROOT / "conformance").glob("*.py") if path.stem != "__init__"}
    folders = {f"{path.parent.name}/" for path in (ROOT / "conformance").glob("*/__init__.py")}
    assert [name for name in sorted(files | folders) if f"`{name}`" not in text] == []


def test_float32_is_float32_on_cuda_as_the_readme_says():
    allowed = "print(engine.backends.cudnn.allow_tf32, engine.backends.cuda.matmul.allow_tf32)"
    asked = f"from conformance.engines.torch import engine; {allowed}"
    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
