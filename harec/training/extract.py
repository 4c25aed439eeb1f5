"""Own videos as training data: a folder of clips becomes a keypoint archive."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from harec.actions.gesture import MIN_SPAN_S
from harec.actions.windows import resample
from harec.analysis.analyze import analyze
from harec.analysis.results import AnalysisSettings, PersonResult
from harec.analysis.teaching import seen_longest
from harec.core.errors import InputError, VideoError
from harec.core.files import atomic_write
from harec.core.text import readable
from harec.training.class_folders import LabelledVideo, People, labelled_videos
from harec.training.datasets import Clip, save_archive

#: Keypoints are kept at this rate, whatever the video's own.
RATE_HZ = 30.0
_EVERYTHING = AnalysisSettings(skip=0, precision="float")


def extract(
    folder: Path,
    out: Path,
    settings: AnalysisSettings | None = None,
    *,
    frame_rate: float | None = None,
    labels: Mapping[str, str] | None = None,
    people: People = "names",
    echo: Callable[[str], None] = lambda _: None,
) -> int:
    """Find the people in ``folder/LABEL/PERSON_anything.mp4`` and write their keypoints to ``out``.

    ``LABEL`` is one of the six actions, or any other name for something that is none of them.
    ``PERSON``, what stands before the first ``_`` or ``-``, keeps a person's clips on one side of
    the split. The person that is seen longest in a clip is taken; each clip should show one action.
    What each folder is taken for, and who is seen, is said first.

    Args:
        frame_rate: frames a second of files whose frames have no times.
        labels: what folders with other names are: an action or OTHER, by the folder's name.
        people: whether names begin with a person's (``names``), all videos are of ``one`` person,
            or ``each`` is of another.

    Returns:
        How many clips were written.

    Raises:
        InputError: no videos there, no person in any of them, or doubt about a name (see
            `labelled_videos`).
    """
    found = labelled_videos(folder, labels or {}, people, echo)
    clips = []
    for each in found:
        video = each.path
        try:
            analysis = analyze(video, settings or _EVERYTHING, frame_rate=frame_rate)
        except VideoError as error:
            echo(f"left out: {error}")
            continue
        for warning in analysis.file_warnings:
            echo(warning)
        longest = seen_longest(analysis)
        if longest is None:
            echo(f"left out: {video.name}: nobody is seen for {MIN_SPAN_S} seconds")
            continue
        clips.append(_clip(longest, each))
        echo(f"{video.parent.name}/{video.name}: {clips[-1].duration_s:.1f} s")
    if not clips:
        raise InputError(f"Nobody was found in the videos of {folder}.")
    with atomic_write(out) as temporary:
        save_archive(temporary, clips)
    return len(clips)


def _clip(person: PersonResult, video: LabelledVideo) -> Clip:
    steps_s = np.arange(person.first_s, person.last_s, 1 / RATE_HZ)
    frames = resample(person.track_times_s, person.keypoints_xyc, steps_s)
    name = readable(video.path.stem)
    return Clip(frames, False, video.label, "own", video.person, name, RATE_HZ)
