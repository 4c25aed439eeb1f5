"""A visitor's text within Markdown."""

from __future__ import annotations

from typing import Final

from harec.core.text import readable

#: Characters of a file's name that the page shows.
NAME_LIMIT: Final = 60


def file_name(name: str) -> str:
    """What a visitor's file is called, without the folders that some browsers send along."""
    return readable(name).replace("\\", "/").rsplit("/", 1)[-1]


def plain(text: str, limit: int | None = None) -> str:
    """A text with nothing in it that Markdown would take for its own.

    Names of files are a visitor's text, and so is every message that may hold one.

    Args:
        limit: of the characters shown; a longer text loses its middle.
    """
    text = " ".join(readable(text).split())
    if limit is not None and len(text) > limit:
        head = 2 * limit // 3
        text = f"{text[:head]}…{text[head + 1 - limit :]}"
    return "".join(f"\\{c}" if c in r"\`*_{}[]()<>#+-.!|~:$^&" else c for c in text)
