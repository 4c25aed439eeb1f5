"""The player of an analysis: the video with people drawn on it, and the timeline of actions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dashboard import player
from dashboard.analyze import correcting, saved
from dashboard.analyze.compared import Compared
from dashboard.analyze.outcome import Outcome
from harec.actions.segments import Segment
from harec.analysis.results import Analysis
from harec.analysis.tables import end_of
from harec.render.annotations import annotated_people, segment_confidences, segment_moments
from harec.render.palette import color_of, title
from harec.render.timeline import timeline_figure

#: Keys of what all figures of an outcome share, in its cache.
_PEOPLE, _CORRECT = "people", "correct"


def show(
    outcome: Outcome,
    person_id: int | None,
    seek: player.Seek | None = None,
    compared: Compared | None = None,
    names: Sequence[str] = (),
) -> None:
    """The player of a result.

    Args:
        person_id: whose probabilities to draw.
        seek: a moment that the visitor asked for.
        compared: other labels of the video, as lanes beside those of the result.
        names: of the visitor's own actions.
    """
    shown, cache = outcome.shown, outcome.cache
    if person_id not in cache:
        cache[person_id] = timeline_figure(shown, person_id).to_json()
    figure, lanes = cache[person_id], None
    if compared is not None:
        figure, lanes = compared.figure(shown, person_id)
    if _PEOPLE not in cache:
        cache[_PEOPLE] = _people(shown)
    if (_CORRECT, names) not in cache:
        cache[_CORRECT, names] = correcting.for_player(outcome, names)
    rate = shown.video.frame_rate
    player.mount(
        correcting.PLAYER,
        {
            "correct": cache[_CORRECT, names] if shown.people else None,
            "durationS": end_of(shown),
            "people": cache[_PEOPLE],
            "figure": figure if shown.people or lanes else None,
            "lanes": lanes,
            "video": outcome.film and outcome.film.for_player(outcome.urls["film"], shown.video),
            "tracks": outcome.urls["tracks"],
            "keypointThreshold": shown.settings.thresholds.keypoint_threshold,
            "frameS": float(1 / rate) if rate else 1 / 30,
            "view": outcome.urls["json"],  # another analysis: forget the zoom
        },
        seek,
    )


def show_lanes(analysis: Analysis, key: str) -> None:
    """The timeline alone, while the analysis runs."""
    figure = timeline_figure(analysis).to_json()
    people = [
        {"id": person.id, "segments": [_segment(each, analysis.taught) for each in person.segments]}
        for person in analysis.people
    ]
    lanes = {"durationS": end_of(analysis), "people": people, "figure": figure}
    player.mount(key, {**lanes, "video": None, "view": key})


def _people(analysis: Analysis) -> list[dict[str, Any]]:
    """Each person's segments, with what stands on the labels in the video."""
    people = []
    for annotated in annotated_people(analysis):
        person = annotated.person
        segments = []
        for each in person.segments:
            confidences = segment_confidences(annotated, each)
            segments.append(
                {
                    **_segment(each, analysis.taught),
                    "percents": [round(100 * part) for part in confidences],
                    "moments": [round(m, 3) for m in segment_moments(person, each)],
                }
            )
        people.append({"id": person.id, "segments": segments})
    return people


def _segment(segment: Segment, taught: Sequence[str]) -> dict[str, Any]:
    return {
        "action": segment.action,
        "title": title(segment.action),
        "color": color_of(segment.action, taught),
        "start": segment.start_s,
        "end": segment.end_s,
    }


def formats(outcome: Outcome) -> None:
    """Links to files for other programs."""
    links = [
        (each.title, each.ending.removeprefix(".").upper(), outcome.urls[name] + "?save")
        for name, each in saved.formats(outcome.shown).items()
    ]
    player.links("formats", links, outcome.version)


def downloads(outcome: Outcome) -> None:
    """Links to the result itself, JSON and CSV, and to the annotated video where there is one;
    streamed from disk."""
    entries = [
        ("To open again", "RESULT", saved.SAVED),
        ("Everything", "JSON", "json"),
        ("Segments", "CSV", "csv"),
    ]
    if outcome.annotated_video is not None:
        entries.insert(0, ("Annotated video", "MP4", "annotated"))
    links = [(text, kind, outcome.urls[key] + "?save") for text, kind, key in entries]
    player.links("downloads", links, outcome.version)
