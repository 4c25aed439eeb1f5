"""The player of a practice: the video with the coach's angles, and the timeline of holds."""

from __future__ import annotations

from typing import Any, Final

from dashboard import player
from dashboard.yoga.practice_job import PracticeOutcome
from harec.yoga.output.curves import practice_end_s
from harec.yoga.output.timeline import practice_figure
from harec.yoga.practice.video import Practice
from harec.yoga.recognition.asanas import ASANAS

_LANE: Final = "You"


def show(outcome: PracticeOutcome, seek: player.Seek | None = None) -> None:
    """The player of a result.

    Args:
        seek: a moment that the visitor asked for.
    """
    practice = outcome.shown
    if "figure" not in outcome.cache:
        outcome.cache["figure"] = practice_figure(practice).to_json()
    rate = practice.video.frame_rate
    player.mount(
        "yoga-player",
        {
            **_base(practice),
            "figure": outcome.cache["figure"] if len(practice.times_s) else None,
            "video": outcome.film.for_player(outcome.urls["film"], practice.video),
            "tracks": outcome.urls["tracks"],
            "coached": True,
            "keypointThreshold": practice.settings.thresholds.keypoint_threshold,
            "frameS": float(1 / rate) if rate else 1 / 30,
            "view": outcome.urls["json"],  # another analysis: forget the zoom
        },
        seek,
    )


def show_partial(practice: Practice) -> None:
    """The timeline alone, while the analysis runs."""
    if len(practice.times_s):
        figure = practice_figure(practice).to_json()
        player.mount(
            "yoga-partial",
            {**_base(practice), "figure": figure, "video": None, "view": "yoga-partial"},
        )


def _base(practice: Practice) -> dict[str, Any]:
    return {
        "durationS": practice_end_s(practice),
        "people": [
            {
                "id": 1,
                "name": _LANE,
                "segments": [
                    {
                        "title": ASANAS[hold.asana].title(hold.side),
                        "kind": ASANAS[hold.asana].sanskrit,
                        "sanskrit": ASANAS[hold.asana].sanskrit,
                        "english": ASANAS[hold.asana].english,
                        "color": ASANAS[hold.asana].colour,
                        "start": hold.start_s,
                        "end": hold.end_s,
                    }
                    for hold in practice.holds
                ],
            }
        ],
    }


def downloads(outcome: PracticeOutcome) -> None:
    """Links to the video and the report's files; streamed from disk."""
    entries = [
        ("Coached video", "MP4", "coached"),
        ("Report", "HTML", "html"),
        ("Everything", "JSON", "json"),
        ("Holds", "CSV", "csv"),
    ]
    player.links(
        "yoga-downloads",
        [
            (text, kind, outcome.urls[key] + "?save")
            for text, kind, key in entries
            if key in outcome.urls
        ],
        outcome.version,
    )
