"""``python -m harec bench``: a door to the repository's ``benchmarks.speed``."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import typer

from harec.core.errors import InputError

_ROOT = Path(__file__).parents[2]


def bench(context: typer.Context) -> None:
    """Time harec on simulated clips beside its limit, the article's loop and MediaPipe.

    Raises:
        InputError: this harec is installed, and the benchmarks are not beside it.
    """
    if not (_ROOT / "benchmarks" / "speed").is_dir():
        raise InputError(
            f"The benchmarks are in harec's repository, and not beside {_ROOT / 'harec'}: run this "
            "from a checkout."
        )
    if str(_ROOT) not in sys.path:
        sys.path.insert(0, str(_ROOT))
    app = importlib.import_module("benchmarks.speed.command").app
    code = app(context.args, prog_name="python -m harec bench", standalone_mode=False)
    if code:
        raise typer.Exit(code)
