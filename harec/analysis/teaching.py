"""Teaching by videos and results, and naming the taught actions in a result."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harec.actions.gesture import MIN_SPAN_S, filled, motion_speed, moving_part
from harec.actions.labels import OTHER
from harec.actions.online_segments import find_segments
from harec.actions.repetitions import with_repetitions
from harec.actions.segments import By, Segment, parts_outside
from harec.actions.windows import resample
from harec.analysis.analyze import analyze
from harec.analysis.corrections import apply, corrections_of, without_corrections
from harec.analysis.labeler import taught_settings
from harec.analysis.results import Analysis, AnalysisSettings, PersonResult
from harec.core.errors import InputError, VideoError
from harec.core.file_types import VIDEO_ENDINGS, ending
from harec.core.poses import FloatArray
from harec.core.text import readable
from harec.taught.action_set import ActionSet
from harec.taught.estimates import TaughtEstimates, at_times, yielding
from harec.taught.examples import Example, checked_label, stretch
from harec.taught.periods import repetitions_s

#: Motion is looked at with so many steps a second.
_RATE_HZ: Final = 30.0

#: Times, spans and probabilities, as of `ActionSet.estimate`.
Estimates = tuple[NDArray[np.float64], NDArray[np.float64], FloatArray]


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
    return example_from_clip(person, label, name, *suggested_part(person))


def example_from_clip(
    person: PersonResult, label: str, name: str, start_s: float, end_s: float
) -> Example:
    """What somebody does from when to when in a clip that shows one action.

    Args:
        name: of the clip; what stands before the first _ or - says who shows it.

    Raises:
        InputError: as `Example`.
    """
    who = Path(name).stem.split("_")[0].split("-")[0]
    times_s, keypoints_xyc = person.track_times_s, person.keypoints_xyc
    return stretch(label, name, times_s, keypoints_xyc, start_s, end_s, person=who)


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


def with_actions(
    analysis: Analysis,
    actions: ActionSet,
    *,
    builtin: bool = False,
    threshold: float | None = None,
    estimates: Sequence[Estimates] | None = None,
) -> Analysis:
    """A result with the taught actions named, from its kept keypoints, without the pose model.

    What humans said in it stays.

    Args:
        builtin: keep the built-in actions, where no taught one is named, or where they are clearly
            surer.
        threshold: of the taught actions, 0..1; None = that of the set.
        estimates: of each person, as `estimate` gives them; None: they are made.

    Raises:
        InputError: the result holds no keypoints.
    """
    estimates = estimate(analysis, actions) if estimates is None else estimates
    settings = taught_settings(analysis.settings, actions, threshold)
    people = tuple(
        _renamed(person, TaughtEstimates(*each, settings, builtin))
        for person, each in zip(without_corrections(analysis).people, estimates, strict=True)
    )
    return apply(replace(analysis, people=people), corrections_of(analysis))


def estimate(analysis: Analysis, actions: ActionSet) -> list[Estimates]:
    """What each person does of the taught actions; see `ActionSet.estimate`.

    Raises:
        InputError: the result holds no keypoints.
    """
    if any(p.segments and not len(p.track_times_s) for p in analysis.people):
        raise InputError("This result holds no keypoints: save it as a .harec-result.")
    return [actions.estimate(p.track_times_s, p.keypoints_xyc) for p in analysis.people]


def _renamed(person: PersonResult, taught: TaughtEstimates) -> PersonResult:
    if taught.builtin and len(person.estimate_times_s):
        six = at_times(taught.times_s, person.estimate_times_s, person.probabilities)
        rows = yielding(taught.probabilities, six, taught.settings)
        taught = replace(taught, probabilities=rows)
    found = find_segments(taught.times_s, taught.spans_s, taught.probabilities, taught.settings)
    moments_s: dict[str, list[float]] = {}
    own = []
    for segment in found:
        inside = (person.track_times_s >= segment.start_s) & (person.track_times_s <= segment.end_s)
        times_s = repetitions_s(person.track_times_s[inside], person.keypoints_xyc[inside])
        moments_s.setdefault(segment.action, []).extend(times_s)
        own.append(replace(segment, repetitions=len(times_s) or None))
    if taught.builtin:
        own += _beside(person, [(each.start_s, each.end_s) for each in own])
    return replace(
        person,
        segments=tuple(sorted(own, key=lambda segment: segment.start_s)),
        moments_s={**person.moments_s, **moments_s},
        taught=taught,
    )


def _beside(person: PersonResult, spans_s: list[tuple[float, float]]) -> Iterator[Segment]:
    """The person's segments where no span covers them."""
    for segment in person.segments:
        for part in parts_outside(segment, spans_s, MIN_SPAN_S):
            yield part if part is segment else with_repetitions([part], person.moments_s)[0]
