"""What the page keeps of a visitor, and the moment that the address bar names."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from dashboard.server.published_files import Publications
from dashboard.visitor import PageState, Visitor


@dataclass(frozen=True)
class Moment:
    """A place in a video of a library: what a link to it says.

    Attributes:
        library: its name on this server.
        video: NAME within it.
        time_s: in the video.
    """

    library: str
    video: str
    time_s: float

    @classmethod
    def from_address(cls) -> Moment | None:
        """What the address bar says; None where it names no moment, or nonsense."""
        given = st.query_params
        try:
            time_s = float(given.get("t", "0"))
        except ValueError:
            return None
        if "video" not in given or not math.isfinite(time_s) or time_s < 0:
            return None
        return cls(given.get("library", ""), given["video"], time_s)

    def to_address(self) -> None:
        """Let the address bar name it."""
        st.query_params.from_dict(
            {"library": self.library, "video": self.video, "t": f"{self.time_s:.3f}"}
        )


class LibraryState(PageState):
    """What the page keeps of a visitor.

    Attributes:
        published: files of the video in the player.
        storage: for what comes from a bucket.
        shown: what the player was made of, by what it is made of.
        seek_s: where the player was last sent.
    """

    def __init__(self, visitor: Visitor) -> None:
        self.published = Publications(visitor.files)
        self.storage = visitor.new_storage()
        self.shown: tuple[Hashable, dict[str, Any]] | None = None
        self._followed: dict[str, Hashable] = {}

    def is_new(self, widget: str, choice: Hashable) -> bool:
        """Whether a visitor has chosen something in a widget since the last run."""
        before = self._followed.get(widget)
        self._followed[widget] = choice
        return choice is not None and choice != before

    def close(self) -> None:
        self.published.withdraw()
