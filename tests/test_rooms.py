"""Each room says what it is for, and hands out the names that its ``__init__.pyi`` lists."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = sorted(p.parent for p in (ROOT / "harec").rglob("__init__.py"))
FACES = sorted(p.parent for p in (ROOT / "harec").rglob("__init__.pyi"))


def _name(room: Path) -> str:
    return ".".join(room.relative_to(ROOT).parts)


@pytest.mark.parametrize("room", ROOMS, ids=_name)
def test_says_what_it_is_for(room: Path) -> None:
    assert ast.get_docstring(ast.parse((room / "__init__.py").read_text(encoding="utf-8")))


@pytest.mark.parametrize("room", FACES, ids=_name)
def test_hands_out_what_it_lists(room: Path) -> None:
    package = importlib.import_module(_name(room))
    stub = ast.parse((room / "__init__.pyi").read_text(encoding="utf-8"))
    imported = {
        alias.name: f"{package.__name__}.{node.module}"
        for node in stub.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert set(package.__all__) - {"__version__"} == set(imported)
    for name, module in imported.items():
        assert getattr(package, name) is getattr(importlib.import_module(module), name)


def test_rooms_are_light_until_something_is_used() -> None:
    names = [_name(room) for room in ROOMS]
    code = (
        f"import importlib, sys\nfor name in {names}: importlib.import_module(name)\n"
        "print([m for m in ('torch', 'cv2', 'av', 'numpy', 'onnxruntime') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
