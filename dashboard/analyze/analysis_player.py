"""The player of an analysis: annotated video and timeline of actions that follow each other."""

from __future__ import annotations

from typing import Any

from dashboard import player
from dashboard.analyze.job import Outcome
from harec.analysis.results import Analysis
from harec.analysis.tables import end_of
from harec.render.palette import ACTION_COLORS, title
from harec.render.timeline import timeline_figure


def show(outcome: Outcome, person_id: int | None, seek: float | None = None) -> None:
    """The player of a result.

    Args:
        person_id: whose probabilities to draw.
        seek: a moment that the visitor asked for, in seconds; followed once whenever it changes.
    """
    shown = outcome.shown
    if person_id not in outcome.cache:
        outcome.cache[person_id] = timeline_figure(shown, person_id).to_json()
    rate = shown.video.frame_rate
    player.mount(
        "player",
        {
            **_base(shown),
            "figure": outcome.cache[person_id] if shown.people else None,
            "video": outcome.urls["video"],
            "frameS": float(1 / rate) if rate else 1 / 30,
            "seek": seek,
            "view": outcome.urls["json"],  # another analysis: forget the zoom
        },
    )


def show_lanes(analysis: Analysis, key: str) -> None:
    """The timeline alone, while there is no video yet."""
    figure = timeline_figure(analysis).to_json()
    player.mount(key, {**_base(analysis), "figure": figure, "video": None, "view": key})


def _base(analysis: Analysis) -> dict[str, Any]:
    return {
        "durationS": end_of(analysis),
        "people": [
            {
                "id": person.id,
                "segments": [
                    {
                        "title": title(segment.action),
                        "color": ACTION_COLORS.get(segment.action, ACTION_COLORS["OTHER"]),
                        "start": segment.start_s,
                        "end": segment.end_s,
                    }
                    for segment in person.segments
                ],
            }
            for person in analysis.people
        ],
    }


def downloads(outcome: Outcome) -> None:
    """Links to the annotated video, JSON and CSV; streamed from disk."""
    player.links(
        "downloads",
        [
            ("Annotated video", "MP4", outcome.urls["video"] + "?save"),
            ("Everything", "JSON", outcome.urls["json"] + "?save"),
            ("Segments", "CSV", outcome.urls["csv"] + "?save"),
        ],
        outcome.version,
    )
