"""Packages that only a part of harec needs, and what to say where they are missing."""

from __future__ import annotations

import importlib.util

from harec.core.errors import InputError


def require(extra: str, what: str, *packages: str) -> None:
    """Raise InputError unless all these packages are installed; none is imported.

    Args:
        extra: the name in pyproject.toml that brings them.
        what: what needs them, as the sentence begins.
        packages: names to import.
    """
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        raise InputError(
            f"{what} needs {', '.join(missing)}, not installed here: in harec's folder, "
            f"pip install '.[{extra}]'"
        )
