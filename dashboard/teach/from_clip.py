"""From the analysis of a clip to an example whose start and end can be moved."""

from __future__ import annotations

from typing import Final

from dashboard.kept import Kept, Track
from harec.actions.gesture import MIN_SPAN_S
from harec.analysis.results import Analysis
from harec.analysis.teaching import example_from_clip, seen_longest, suggested_part
from harec.core.errors import InputError
from harec.core.text import readable
from harec.taught.examples import LONGEST_S

#: What is kept of a long clip before and after the suggested part.
_AROUND_S: Final = 20.0


def kept_of(analysis: Analysis, label: str) -> Kept:
    """The part in which the person who is seen longest moves, and all people to choose from.

    Raises:
        InputError: nobody is seen for long enough.
    """
    name = readable(analysis.video.name)
    shows = seen_longest(analysis)
    if shows is None:
        raise InputError(
            f"Nobody is seen for {MIN_SPAN_S} s: film one person, from head to foot, in good light."
        )
    start_s, end_s = suggested_part(shows)
    end_s = min(end_s, start_s + LONGEST_S)
    people = [p for p in analysis.people if p.last_s - p.first_s >= MIN_SPAN_S]
    tracks = [
        _around(Track(p.id, p.track_times_s, p.keypoints_xyc), start_s, end_s) for p in people
    ]
    example = example_from_clip(shows, label, name, start_s, end_s)
    return Kept(0, example, tuple(tracks), people.index(shows))


def _around(track: Track, start_s: float, end_s: float) -> Track:
    near = (track.times_s >= start_s - _AROUND_S) & (track.times_s <= end_s + _AROUND_S)
    return Track(track.person, track.times_s[near], track.keypoints_xyc[near])
