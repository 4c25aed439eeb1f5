"""A row of a table that is chosen, and the moment in the video that it stands for."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

import streamlit as st

from dashboard.player import Seek
from dashboard.widget_memory import at_first


class Moment(NamedTuple):
    """What a row stands for.

    Attributes:
        lane: such as the person; rows of other lanes are never the same.
        start_s, end_s: in the video.
        seek_s: where the video goes.
    """

    lane: Hashable
    start_s: float
    end_s: float
    seek_s: float


class ChosenRow:
    """Follows a table whose rows change: what was chosen stays chosen, and the video where it is.

    Attributes:
        seek: what the visitor asked for last; None before the first time.
    """

    def __init__(self) -> None:
        self.seek: Seek | None = None
        self._table = ""
        self._cell: Sequence[Any] | None = None  # row and column
        self._moment: Moment | None = None

    def follow(self, table: str, rows: Sequence[Moment]) -> str:
        """Call it before the table is drawn. Returns the table's key.

        Args:
            table: another name for other rows.
            rows: of the table, in order.
        """
        if table != self._table:
            self._table, self._cell = table, self._carried(rows)
        cells = [] if self._cell is None else [self._cell]
        key = at_first(table, {"selection": {"cells": cells}})
        chosen = st.session_state[key]["selection"]["cells"]
        cell = chosen[0] if chosen and chosen[0][0] < len(rows) else None
        if cell is not None and (self._cell is None or cell[0] != self._cell[0]):
            number = 1 if self.seek is None else self.seek.request + 1
            self.seek = Seek(rows[cell[0]].seek_s, number)
        self._cell = cell
        self._moment = None if cell is None else rows[cell[0]]
        return key

    def _carried(self, rows: Sequence[Moment]) -> Sequence[Any] | None:
        """The cell of the row that shares most time with what was chosen; None: none does."""
        before, cell = self._moment, self._cell
        if before is None or cell is None:
            return None

        def shared_s(row: Moment) -> float:
            if row.lane != before.lane:
                return -1.0
            return min(row.end_s, before.end_s) - max(row.start_s, before.start_s)

        best = max(range(len(rows)), key=lambda i: shared_s(rows[i]), default=None)
        return None if best is None or shared_s(rows[best]) <= 0 else [best, *cell[1:]]
