"""An analysis in words and totals: what tables, pages and reports show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harec.actions.labels import ACTIONS
from harec.actions.segments import Segment

if TYPE_CHECKING:
    from harec.analysis.results import Analysis


def clock(time_s: float, decimals: int = 1) -> str:
    """A time as people write it: ``7.4 s`` below a minute, ``2:07.4`` from there on."""
    time_s = round(max(time_s, 0.0), decimals)
    if time_s < 60:
        return f"{time_s:.{decimals}f} s"
    minutes, seconds = divmod(time_s, 60)
    width = decimals + 3 if decimals else 2
    whole, minutes = divmod(int(minutes), 60)
    front = f"{whole}:{minutes:02d}" if whole else f"{minutes}"
    return f"{front}:{seconds:0{width}.{decimals}f}"


def stopwatch(time_s: float) -> str:
    """Whole seconds as a timer shows them: ``0:12``, ``2:07``."""
    return clock(int(time_s), 0) if time_s >= 60 else f"0:{int(time_s):02d}"


def duration_words(seconds: float) -> str:
    """A rough time to wait: ``about 40 s``, ``about 3 min``, ``about 5 h``."""
    if seconds < 10:
        return "a few seconds"
    if seconds < 90:
        return f"about {round(seconds / 5) * 5} s"
    if seconds < 90 * 60:
        return f"about {round(seconds / 60)} min"
    return f"about {round(seconds / 3600)} h"


def short_number(value: float) -> str:
    """A speed in two digits, or whole from 10 on: ``0.3``, ``4.2``, ``120``."""
    return f"{value:.0f}" if value >= 9.95 else f"{value:.2g}"


def repetition_words(repetitions: int) -> str:
    """``1 repetition``, ``12 repetitions``."""
    return f"{repetitions} repetition{'s' if repetitions != 1 else ''}"


@dataclass(frozen=True, kw_only=True)
class SegmentRow(Segment):
    """One segment with the id of the person whose it is."""

    person: int


@dataclass(frozen=True)
class ActionTotal:
    """How often and how long (all people together, seconds) an action was done.

    Attributes:
        action: its name.
        count: segments.
        total_s: seconds.
        repetitions: in all segments; None where they are not counted.
    """

    action: str
    count: int
    total_s: float
    repetitions: int | None = None


def segment_rows(analysis: Analysis) -> list[SegmentRow]:
    """All segments of all people, by start."""
    rows = [
        SegmentRow(**vars(segment), person=person.id)
        for person in analysis.people
        for segment in person.segments
    ]
    return sorted(rows, key=lambda row: (row.start_s, row.person))


def action_totals(rows: Sequence[SegmentRow]) -> list[ActionTotal]:
    """Totals of each action that occurs, in the order of `ACTIONS`, then other labels by name."""
    order = {label: place for place, label in enumerate(ACTIONS)}
    labels = sorted({row.action for row in rows}, key=lambda x: (order.get(x, len(order)), x))
    return [_total(label, [row for row in rows if row.action == label]) for label in labels]


def _total(label: str, rows: Sequence[SegmentRow]) -> ActionTotal:
    counted = [row.repetitions for row in rows if row.repetitions is not None]
    seconds = sum(row.duration_s for row in rows)
    return ActionTotal(label, len(rows), seconds, sum(counted) if counted else None)


def end_of(analysis: Analysis) -> float:
    """Where the time axis ends, in seconds: the video's duration, or the last thing seen."""
    ends = [person.last_s for person in analysis.people]
    ends += [segment.end_s for person in analysis.people for segment in person.segments]
    return max([analysis.video.duration_s or 0.0, *ends])
