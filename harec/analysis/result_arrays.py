"""The arrays of a saved result, put back to people and poses."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harec.analysis.document import checked_person
from harec.analysis.results import Analysis, PersonResult
from harec.core.camera_view import STILL, CameraView
from harec.core.keypoint_buffer import PoseBuffer
from harec.core.poses import Poses

Arrays = Mapping[str, NDArray[Any]]


def with_arrays(analysis: Analysis, arrays: Arrays) -> Analysis:
    """A result from its document and its arrays.

    Args:
        arrays: of the types and shapes in `harec.analysis.result_file.ARRAYS`.

    Raises:
        ValueError: they don't fit together.
    """
    times_s = arrays["poses/times_s"]
    if not np.isfinite(times_s).all() or (np.diff(times_s) < 0).any():
        raise ValueError("the times of the frames don't grow")
    return replace(
        analysis,
        people=_people(analysis.people, arrays),
        pose_times_s=array("d", times_s.tobytes()),
        poses=_poses(arrays),
    )


def _poses(arrays: Arrays) -> PoseBuffer:
    ends = _ends(arrays["poses/counts"], len(arrays["poses/scores"]))
    per_frame = ("times_s", "shots", "to_shot", "camera_known", "numbered")
    per_person = ("keypoints_xyc", "followed")
    if any(len(arrays[f"poses/{name}"]) != len(ends) - 1 for name in per_frame) or any(
        len(arrays[f"poses/{name}"]) != ends[-1] for name in per_person
    ):
        raise ValueError("the poses don't fit each other")
    cameras = _cameras(arrays)
    poses = PoseBuffer()
    for place, (first, end) in enumerate(pairwise(ends)):
        numbered = arrays["poses/numbered"][place]
        poses.append(
            Poses(
                arrays["poses/keypoints_xyc"][first:end],
                arrays["poses/scores"][first:end],
                cameras[place],
                arrays["poses/followed"][first:end] if numbered else None,
            )
        )
    return poses


def _cameras(arrays: Arrays) -> list[CameraView]:
    """One object for as long as the camera looks the same way."""
    to_shot = arrays["poses/to_shot"]
    if not np.isfinite(to_shot).all() or (abs(np.linalg.det(to_shot[..., :2])) < 1e-9).any():
        raise ValueError("a camera's motion is none")
    shots, known = arrays["poses/shots"].tolist(), arrays["poses/camera_known"].tolist()
    changed = (to_shot[1:] != to_shot[:-1]).any((1, 2)).tolist()
    views: list[CameraView] = []
    for place, (shot, is_known) in enumerate(zip(shots, known, strict=True)):
        before = views[-1] if views else STILL
        moved = not views or changed[place - 1]
        if moved or (before.shot, before.known) != (shot, is_known):
            view = CameraView(shot, to_shot[place], is_known)
            before = STILL if view.same(STILL) else view
        views.append(before)
    return views


def _people(people: tuple[PersonResult, ...], arrays: Arrays) -> tuple[PersonResult, ...]:
    tracks = _ends(arrays["people/track_counts"], len(arrays["people/track_times_s"]))
    estimates = _ends(arrays["people/estimate_counts"], len(arrays["people/estimate_times_s"]))
    if not len(tracks) - 1 == len(estimates) - 1 == len(people):
        raise ValueError("there are arrays of other people")
    return tuple(
        checked_person(
            replace(
                person,
                track_times_s=arrays["people/track_times_s"][slice(*track)],
                keypoints_xyc=arrays["people/keypoints_xyc"][slice(*track)],
                estimate_times_s=arrays["people/estimate_times_s"][slice(*estimate)],
                estimate_spans_s=arrays["people/estimate_spans_s"][slice(*estimate)],
                probabilities=arrays["people/probabilities"][slice(*estimate)],
            )
        )
        for person, track, estimate in zip(
            people, pairwise(tracks), pairwise(estimates), strict=True
        )
    )


def _ends(counts: NDArray[np.int64], total: int) -> list[int]:
    """Where each part begins, and the last one ends."""
    if (counts < 0).any() or (counts > total).any() or int(counts.sum(dtype=object)) != total:
        raise ValueError("the counts don't add up")
    return [0, *np.cumsum(counts).tolist()]
