"""The documents are true: no placeholder, no broken link, every model file has a card."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted(
    p
    for folder in (".", "models", "tools", "benchmarks", "docs")
    for p in (ROOT / folder).glob("*.md")
)


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


def test_every_option_of_analyze_is_in_the_readme_or_its_help() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for setting in ("skip", "mode", "action-threshold", "max-people", "json", "csv", "video"):
        assert f"--{setting}" in readme
