"""What a page shows of a library: totals, what there is to choose from, a video's moments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from harec.batch.query import Library, MomentFilter


@dataclass(frozen=True)
class Totals:
    """A library in figures.

    Attributes:
        videos, failed: how many.
        hours: of video.
        people: lanes of all videos: who is seen in two of them counts twice.
        moments: segments and holds.
    """

    videos: int
    failed: int
    hours: float
    people: int
    moments: int


@dataclass(frozen=True)
class ActionTime:
    """What was done for how long, all videos together, in seconds."""

    action: str
    moments: int
    total_s: float


@dataclass(frozen=True)
class Choices:
    """What filters can be set to.

    Attributes:
        actions: in order of time.
        longest_s: the longest moment.
        first, last: days on which files were changed; None where that is not known.
        counted: some repetitions were counted.
    """

    actions: list[str]
    longest_s: float
    first: date | None
    last: date | None
    counted: bool


def totals(library: Library) -> Totals:
    """Of all videos that are done."""
    answer = library.ask(
        "select count(*), coalesce(sum(duration_s), 0) / 3600, coalesce(sum(people), 0), "
        "(select count(*) from moments), "
        "(select count(*) from all_videos where status = 'failed') from videos"
    )
    videos, hours, people, moments, failed = answer.rows[0]
    return Totals(int(videos), int(failed), float(hours), int(people), int(moments))


def choices(library: Library) -> Choices:
    """Of all moments."""
    actions = [each.action for each in action_times(library, MomentFilter())]
    longest_s, first, last, often = library.ask(
        "select max(duration_s), min(modified)::date, max(modified)::date, max(repetitions) "
        "from moments"
    ).rows[0]
    return Choices(actions, float(longest_s or 0.0), first, last, often is not None)


def action_times(library: Library, wanted: MomentFilter) -> list[ActionTime]:
    """Time of each action in the moments that match, the longest first."""
    where, parameters = wanted.where()
    answer = library.ask(
        f"select action, count(*), sum(duration_s) from moments where {where} "
        "group by all order by 3 desc, 1",
        parameters,
    )
    return [ActionTime(action, int(n), float(total_s)) for action, n, total_s in answer.rows]


def count(library: Library, wanted: MomentFilter) -> tuple[int, int]:
    """How many moments match, and in how many videos."""
    where, parameters = wanted.where()
    found = library.ask(
        f"select count(*), count(distinct video) from moments where {where}", parameters
    )
    moments, videos = found.rows[0]
    return int(moments), int(videos)


def videos_with(
    library: Library, wanted: MomentFilter, limit: int, offset: int = 0
) -> list[dict[str, Any]]:
    """Rows of ``videos`` in which moments match, by name."""
    where, parameters = wanted.where()
    return library.ask(
        f"select * from videos semi join (select video from moments where {where}) "
        f"using (video) order by name, video limit {int(limit)} offset {int(offset)}",
        parameters,
    ).dicts()


def videos_by_name(library: Library, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Rows of ``videos``, by NAME; NAMEs that there are not are left out."""
    answer = library.ask(
        "select * from videos where list_contains($names, video)", {"names": [*names]}
    )
    return {row["video"]: row for row in answer.dicts()}
