"""Teaching by videos and results, and naming the taught actions in a result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from harec.actions.gesture import MIN_SPAN_S, filled, motion_speed, moving_part
from harec.actions.labels import OTHER
from harec.actions.online_segments import find_segments
from harec.actions.segments import By, Segment, parts_outside
from harec.actions.windows import resample
from harec.analysis.analyze import analyze
from harec.analysis.corrections import apply, corrections_of, without_corrections
from harec.analysis.results import Analysis, AnalysisSettings, PersonResult
from harec.core.errors import InputError, VideoError
from harec.core.file_types import VIDEO_ENDINGS, ending
from harec.core.text import readable
from harec.taught.action_set import ActionSet
from harec.taught.examples import Example, checked_label, stretch
from harec.taught.periods import repetitions_within

#: Motion is looked at with so many steps a second.
_RATE_HZ: Final = 30.0


def examples_from_folder(
    folder: Path,
    settings: AnalysisSettings | None = None,
    *,
    frame_rate: float | None = None,
    echo: Callable[[str], None] = lambda _: None,
) -> list[Example]:
    """One example of each video ``folder/LABEL/PERSON_anything.mp4``: the part that moves.

    The person who is seen longest shows it. A folder OTHER holds what is none of the actions.

    Args:
        settings: None = the defaults, every frame looked at.
        frame_rate: frames a second of files whose frames have no times.
        echo: gets a line on each video.

    Raises:
        InputError: no folder, no videos there, a label that is too long, or nobody in any video.
    """
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}.")
    rooms = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
    videos = [
        (checked_label(room.name), video)
        for room in rooms
        for video in sorted(p for p in room.iterdir() if ending(p) in VIDEO_ENDINGS)
    ]
    if not videos:
        raise InputError(f"No videos in {folder}: put them into folders, as SQUAT/anna_1.mp4.")
    found = []
    for label, video in videos:
        try:
            seen = analyze(video, settings or AnalysisSettings(skip=0), frame_rate=frame_rate)
            found.append(example_of(seen, label))
        except (VideoError, InputError) as error:
            echo(f"left out: {error}")
            continue
        example = found[-1]
        echo(f"{label}: {video.name}, {example.start_s:.1f} - {example.end_s:.1f} s")
    if not found:
        raise InputError(f"Nobody is seen for long enough in the videos of {folder}.")
    return found


def example_of(analysis: Analysis, label: str) -> Example:
    """What the person who is seen longest in a video does, but for rests before and after.

    Raises:
        InputError: nobody is seen for long enough.
    """
    name = readable(analysis.video.name)
    person = seen_longest(analysis)
    if person is None:
        raise InputError(f"{name}: nobody is seen for {MIN_SPAN_S} seconds.")
    start_s, end_s = suggested_part(person)
    return stretch(
        label,
        name,
        person.track_times_s,
        person.keypoints_xyc,
        start_s,
        end_s,
        person=Path(name).stem.split("_")[0].split("-")[0],
    )


def seen_longest(analysis: Analysis) -> PersonResult | None:
    """The person who is seen longest, for 0.8 s at least."""
    seen = [p for p in analysis.people if p.last_s - p.first_s >= MIN_SPAN_S]
    return max(seen, key=lambda p: p.last_s - p.first_s, default=None)


def suggested_part(person: PersonResult) -> tuple[float, float]:
    """From when to when a person moves, seconds in the video."""
    steps_s = np.arange(person.first_s, person.last_s, 1 / _RATE_HZ)
    track = resample(person.track_times_s, person.keypoints_xyc, steps_s)
    start_s, end_s = moving_part(motion_speed(filled(track), _RATE_HZ), _RATE_HZ)
    return person.first_s + start_s, person.first_s + end_s


def examples_from_result(analysis: Analysis, by: By | None = None) -> list[Example]:
    """An example of each segment of a result, and OTHER's of where a human cleared it.

    Args:
        by: only what these said; None: of anybody's.

    Raises:
        InputError: it has no segments, or no keypoints.
    """
    pairs = [
        (person, segment)
        for person in analysis.people
        for segment in (
            *person.segments,
            *(Segment(OTHER, *s, 1.0, by="human") for s in person.cleared_s),
        )
        if by in (None, segment.by)
    ]
    if not pairs:
        raise InputError("This result has no segments to learn from.")
    if any(not len(person.track_times_s) for person, _ in pairs):
        raise InputError(
            "This result holds no keypoints: save it as a .harec-result, or with --json-keypoints."
        )
    name = readable(analysis.video.name)
    return [
        stretch(
            segment.action,
            name,
            person.track_times_s,
            person.keypoints_xyc,
            segment.start_s,
            segment.end_s,
            person=str(person.id),
            by=segment.by,
        )
        for person, segment in pairs
        if segment.duration_s >= MIN_SPAN_S
    ]


def with_actions(analysis: Analysis, actions: ActionSet, *, builtin: bool = False) -> Analysis:
    """A result with the taught actions named, from its kept keypoints, without the pose model.

    What humans said in it stays.

    Args:
        builtin: keep the built-in actions, where no taught one is named.

    Raises:
        InputError: the result holds no keypoints.
    """
    if any(p.segments and not len(p.track_times_s) for p in analysis.people):
        raise InputError("This result holds no keypoints: save it as a .harec-result.")
    model = without_corrections(analysis)
    people = tuple(_renamed(person, actions, builtin) for person in model.people)
    return apply(replace(analysis, people=people), corrections_of(analysis))


def _renamed(person: PersonResult, actions: ActionSet, builtin: bool) -> PersonResult:
    taught = taught_segments(person, actions)
    spans_s = [(each.start_s, each.end_s) for each in taught]
    kept = [p for own in person.segments for p in parts_outside(own, spans_s, MIN_SPAN_S)]
    segments = sorted([*taught, *(kept if builtin else [])], key=lambda segment: segment.start_s)
    return replace(person, segments=tuple(segments))


def taught_segments(person: PersonResult, actions: ActionSet) -> list[Segment]:
    """What a person does of the taught actions, with repetitions."""
    times_s, track = person.track_times_s, person.keypoints_xyc
    estimates = actions.estimate(times_s, track)
    segments = find_segments(*estimates, actions.settings())
    return [
        replace(s, repetitions=repetitions_within(times_s, track, s.start_s, s.end_s))
        for s in segments
    ]
