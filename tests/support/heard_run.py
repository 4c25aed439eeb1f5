"""Who follows a run of a batch in tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harec.batch.report import Standing


class Heard:
    """Notes what a run tells, and does something at a moment of it.

    Args:
        at: called with each standing.
    """

    def __init__(self, at: Callable[[Standing], Any] | None = None) -> None:
        self.at = at
        self.done: list[dict[str, Any]] = []
        self.copies: list[str] = []
        self.failed: dict[str, str] = {}
        self.notes: list[str] = []

    def video_done(self, row: dict[str, Any]) -> None:
        self.done.append(row)

    def video_copy(self, name: str, address: str) -> None:
        self.copies.append(name)

    def video_failed(self, row: dict[str, Any]) -> None:
        self.failed[row["name"]] = row["reason"]

    def standing(self, standing: Standing) -> None:
        if self.at is not None:
            self.at(standing)

    def note(self, text: str) -> None:
        self.notes.append(text)
