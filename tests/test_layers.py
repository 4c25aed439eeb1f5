"""What import-linter (`make check`) does not look at: the script, the pages, tools, benchmarks."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = [ROOT / "streamlit_app.py", *sorted((ROOT / "pages").glob("*.py"))]
#: These and the packages below may not know each other through a back door either.
OTHERS = sorted(
    path
    for folder in ("harec", "dashboard", "tools", "benchmarks")
    for path in (ROOT / folder).rglob("*.py")
)


def imports(path: Path) -> set[str]:
    """Full names of the modules that a file imports, at its head and within functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def tops(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imports(path)}


@pytest.mark.parametrize("path", SCRIPT, ids=lambda path: path.name)
def test_script_and_pages_are_wiring_of_the_dashboard(path: Path) -> None:
    known = imports(path)
    assert not {"pages", "streamlit_app", "tests", "plotly", "torch"} & tops(path)
    # What a page knows of harec it knows through the dashboard.
    assert {name for name in known if name.startswith("harec")} <= {"harec.core.threads"}


def test_nothing_imports_the_script_or_the_pages() -> None:
    assert [p for p in OTHERS if {"pages", "streamlit_app"} & tops(p)] == []


@pytest.mark.parametrize("path", SCRIPT, ids=lambda path: path.name)
def test_pages_do_not_know_each_other(path: Path) -> None:
    """Each uses its own room; only the first page's parts are used by others, through theirs."""
    own = {f"{room}.py": room for room in ("analyze", "live", "yoga", "teach", "library")}
    rooms = {name.split(".")[1] for name in imports(path) if name.startswith("dashboard.")}
    if path.name in own:
        assert not rooms & (set(own.values()) - {own[path.name]})
