"""A result as one file that can be opened again, ``.harec-result``: how it is laid out, written.

It is a zip: ``result.json``, the document of `harec.analysis.export` (unrounded), and the arrays
of `ARRAYS` as NumPy's .npy, so that ``numpy.load`` opens it, too. No picture of the video is in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from harec.actions.labels import LABELS
from harec.analysis.export import to_dict
from harec.core.array_zip import ZipLayout, write_array_zip
from harec.core.errors import InputError
from harec.core.poses import Poses
from harec.core.skeleton import NUM_KEYPOINTS

if TYPE_CHECKING:
    from harec.analysis.results import Analysis, PersonResult

RESULT_ENDING: Final = ".harec-result"
DOCUMENT: Final = "result.json"
#: More is neither written nor read: keypoints of a day of one person, of hours of several.
MOST_BYTES: Final = 1 << 30
MOST_DOCUMENT_BYTES: Final = 64 << 20
#: Name -> type and shape of a row. ``poses``: what the pose model found, F frames with N people one
#: after the other; ``people``: the tracks and estimates of all people one after the other.
ARRAYS: Final[dict[str, tuple[str, tuple[int, ...]]]] = {
    "poses/times_s": ("<f8", ()),
    "poses/counts": ("<i8", ()),
    "poses/shots": ("<i8", ()),
    "poses/to_shot": ("<f8", (2, 3)),
    "poses/camera_known": ("|b1", ()),
    "poses/numbered": ("|b1", ()),
    "poses/keypoints_xyc": ("<f4", (NUM_KEYPOINTS, 3)),
    "poses/scores": ("<f4", ()),
    "poses/followed": ("<i8", ()),
    "people/track_counts": ("<i8", ()),
    "people/track_times_s": ("<f8", ()),
    "people/keypoints_xyc": ("<f4", (NUM_KEYPOINTS, 3)),
    "people/estimate_counts": ("<i8", ()),
    "people/estimate_times_s": ("<f8", ()),
    "people/estimate_spans_s": ("<f8", (2,)),
    "people/probabilities": ("<f4", (len(LABELS),)),
}
LAYOUT: Final = ZipLayout(DOCUMENT, ARRAYS, MOST_BYTES, MOST_DOCUMENT_BYTES)


def save_result(analysis: Analysis, path: Path) -> None:
    """Write a result; see `harec.analysis.results.Analysis.save`.

    Raises:
        InputError: it can't be written there, or is longer than what is read again.
    """
    document = json.dumps(_document(analysis), ensure_ascii=False).encode()
    arrays = {**_pose_arrays(analysis), **_people_arrays(analysis.people)}
    size = sum(array.nbytes for array in arrays.values())
    if size > MOST_BYTES - MOST_DOCUMENT_BYTES or len(document) > MOST_DOCUMENT_BYTES:
        raise InputError(
            f"This result is too long for one file ({size / 1e6:.0f} MB of keypoints): cut the "
            "video into parts."
        )
    write_array_zip(path, LAYOUT, document, arrays)


def _document(analysis: Analysis) -> dict[str, Any]:
    """The public document with what it rounds or leaves out."""
    document = to_dict(analysis)
    video = analysis.video
    document["video"]["duration_s"] = video.duration_s
    document["video"]["frame_rate"] = None if video.frame_rate is None else float(video.frame_rate)
    rate = video.untimed_rate
    document["video"]["untimed_rate"] = None if rate is None else float(rate)
    for data, person in zip(document["people"], analysis.people, strict=True):
        data["first_s"], data["last_s"] = person.first_s, person.last_s
        data["segments"] = [asdict(segment) for segment in person.segments]
        data["cleared_s"] = list(person.cleared_s)
        data["repetitions_s"] = {action: list(times) for action, times in person.moments_s.items()}
    timings = analysis.timings
    document["timings"] |= {f"{stage}_s": value for stage, value in timings.stages_s.items()}
    document["timings"] |= {"total_s": timings.total_s, "frames": timings.frames}
    document["advice"] = list(analysis.advice)
    document["file_warnings"] = list(analysis.file_warnings)
    return document


def _pose_arrays(analysis: Analysis) -> dict[str, NDArray[Any]]:
    poses = [*analysis.poses]
    return {
        "poses/times_s": np.asarray(analysis.pose_times_s, np.float64),
        "poses/counts": np.array([len(p) for p in poses]),
        "poses/shots": np.array([p.camera.shot for p in poses]),
        "poses/to_shot": np.array([p.camera.to_shot for p in poses]),
        "poses/camera_known": np.array([p.camera.known for p in poses]),
        "poses/numbered": np.array([p.followed is not None for p in poses]),
        "poses/keypoints_xyc": _joined([p.keypoints_xyc for p in poses]),
        "poses/scores": _joined([p.scores for p in poses]),
        "poses/followed": _joined([_followed(p) for p in poses]),
    }


def _followed(poses: Poses) -> NDArray[np.int64]:
    return np.zeros(len(poses), np.int64) if poses.followed is None else poses.followed


def _people_arrays(people: Sequence[PersonResult]) -> dict[str, NDArray[Any]]:
    return {
        "people/track_counts": np.array([len(p.track_times_s) for p in people]),
        "people/track_times_s": _joined(p.track_times_s for p in people),
        "people/keypoints_xyc": _joined(p.keypoints_xyc for p in people),
        "people/estimate_counts": np.array([len(p.estimate_times_s) for p in people]),
        "people/estimate_times_s": _joined(p.estimate_times_s for p in people),
        "people/estimate_spans_s": _joined(p.estimate_spans_s for p in people),
        "people/probabilities": _joined(p.probabilities for p in people),
    }


def _joined(parts: Iterable[NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate([*parts] or [np.zeros(0)])
