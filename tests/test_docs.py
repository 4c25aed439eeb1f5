"""The documents are true: no placeholder, no broken link, every model file has a card."""

from __future__ import annotations

import ast
import importlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from harec.cli.main import app

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted(
    p
    for folder in (".", "models", "tools", "benchmarks", "docs", "docs/api")
    for p in (ROOT / folder).glob("*.md")
)
README = (ROOT / "README.md").read_text(encoding="utf-8")
#: What a user reads: the README and the pages of the site.
GUIDE = README + "".join(p.read_text(encoding="utf-8") for p in (ROOT / "docs").glob("*.md"))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_placeholder_and_no_broken_link(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"@[A-Z]+@", text)
    for target in re.findall(r"\]\(([^)#\s]+)", text):
        if "://" not in target:
            assert (path.parent / target).exists(), target


def test_every_model_has_a_card() -> None:
    cards = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "models").glob("*.md"))
    for suffix in ("onnx", "safetensors"):
        for model in (ROOT / "models").glob(f"*.{suffix}"):
            assert model.name in cards


def test_the_readme_is_two_screens_long_and_begins_with_the_article() -> None:
    assert len(README.splitlines()) <= 120
    assert "[Human Action Recognition using Detectron2 and LSTM](https://" in README[:400]


def test_every_command_and_every_setting_of_analyze_is_documented() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    for name in commands:
        assert f"python -m harec {name}" in GUIDE, name
    for parameter in commands["analyze"].params:
        for option in parameter.opts:
            if option.startswith("--") and option != "--help":
                assert option in GUIDE, option


def test_every_environment_variable_is_documented() -> None:
    code = "".join(
        p.read_text(encoding="utf-8")
        for folder in ("harec", "dashboard", "pages")
        for p in (ROOT / folder).rglob("*.py")
    )
    guide = GUIDE + (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    for variable in sorted(set(re.findall(r"\bHAREC_[A-Z0-9_]*[A-Z0-9]", code))):
        assert variable in guide, variable


BLOCKS = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
BLOCKS += [
    "".join(cell["source"])
    for cell in json.loads((ROOT / "notebooks" / "quickstart.ipynb").read_text("utf-8"))["cells"]
    if cell["cell_type"] == "code"
]


@pytest.mark.parametrize("block", BLOCKS)
def test_python_in_the_documents_imports_what_there_is(block: str) -> None:
    for node in ast.walk(ast.parse(block)):
        if isinstance(node, ast.ImportFrom) and node.module != "google.colab":
            module = importlib.import_module(str(node.module))
            assert all(hasattr(module, alias.name) for alias in node.names)
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) == "harec":
            assert hasattr(importlib.import_module("harec"), node.attr), node.attr


@pytest.mark.long
def test_the_site_builds_without_warnings_and_fetches_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet"]
    built = subprocess.run(
        [*command, "--site-dir", str(tmp_path)], cwd=ROOT, capture_output=True, text=True
    )
    assert built.returncode == 0, built.stderr
    pages = list(tmp_path.rglob("*.html"))
    assert len(pages) > 20
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert not re.search(r'<(?:script|img|iframe)[^>]+src="(?:https?:)?//', text), page
        assert not re.search(r'<link[^>]+rel="stylesheet"[^>]+href="(?:https?:)?//', text), page
    text = (tmp_path / "api" / "analysis.html").read_text(encoding="utf-8")
    assert "AnalysisSettings" in text
