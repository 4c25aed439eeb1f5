"""Files that travel with harec: the models, in a wheel and in a checkout of the repository."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_PACKAGE: Final = Path(__file__).parents[1]


def _models_dir() -> Path:
    """In a wheel the models lie inside the package, in the repository beside it."""
    inside = _PACKAGE / "models"
    return inside if inside.is_dir() else _PACKAGE.parent / "models"


#: The folder of the models that ship with harec.
MODELS_DIR: Final = _models_dir()
