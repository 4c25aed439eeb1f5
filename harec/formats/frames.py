"""The people of a result frame by frame, as formats of keypoints and boxes want them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from harec.actions.segments import By
from harec.core.errors import InputError

if TYPE_CHECKING:
    from harec.analysis.results import Analysis


class PersonFrame(NamedTuple):
    """One person on one frame.

    Attributes:
        frame: index over the frames that the pose model saw, from 0.
        person: number.
        action: what the person does; None = none of the actions.
        by: who says so; None where there is no action.
        keypoints_xyc: float32 (17, 3): pixels, score; 0 = not seen.
    """

    frame: int
    person: int
    action: str | None
    by: By | None
    keypoints_xyc: NDArray[np.float32]


def person_frames(analysis: Analysis) -> tuple[NDArray[np.float64], list[PersonFrame]]:
    """The times of the frames (F,), and who is on them, by frame and person.

    Raises:
        InputError: the result holds no keypoints.
    """
    times_s = np.unique(
        np.concatenate([[*analysis.pose_times_s], *(p.track_times_s for p in analysis.people)])
    )
    if not len(times_s):
        raise InputError(
            "This result holds labels alone, no keypoints: write it with --save, or analyze the "
            "video again."
        )
    found = []
    for person in analysis.people:
        places = np.searchsorted(times_s, person.track_times_s).tolist()
        for place, time_s, keypoints in zip(
            places, person.track_times_s.tolist(), person.keypoints_xyc, strict=True
        ):
            segment = person.segment_at(time_s)
            action, by = (None, None) if segment is None else (segment.action, segment.by)
            found.append(PersonFrame(place, person.id, action, by, keypoints))
    return times_s, sorted(found, key=lambda each: each[:2])
