"""How good a set of taught actions is, on clips that it was not taught by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harec.actions.labels import OTHER
from harec.actions.online_segments import find_segments
from harec.core.errors import InputError
from harec.core.poses import FloatArray
from harec.taught.action_set import ActionSet
from harec.training.class_folders import words_of
from harec.training.datasets import Clip
from harec.training.sampling import project

#: 3-D clips are seen by a camera so far in front, looking down by so much.
_DISTANCE_M, _PITCH = 3.5, 0.1


@dataclass(frozen=True, eq=False)
class TaughtEvaluation:
    """Figures of a set of taught actions; NaN where there are no such clips.

    Attributes:
        labels: the taught actions.
        right: of each action, the share of its clips in which it is what is named longest.
        clips: of each action, how many there are.
        false_alarms: share of the other clips in which any action is named.
        other_clips: how many there are.
    """

    labels: tuple[str, ...]
    right: tuple[float, ...]
    clips: tuple[int, ...]
    false_alarms: float
    other_clips: int


def evaluate_taught(actions: ActionSet, clips: Sequence[Clip]) -> TaughtEvaluation:
    """Judge taught actions by labelled clips; those of other labels are none of them.

    Raises:
        InputError: no clips.
    """
    if not clips:
        raise InputError("There are no clips to judge by.")
    named = np.array([_named_longest(actions, clip) for clip in clips])
    # `harec extract` writes a folder's name in capitals.
    words = [words_of(clip.label) for clip in clips]
    own = [np.array([each == words_of(label) for each in words]) for label in actions.labels]
    others = ~np.any(own, axis=0)
    return TaughtEvaluation(
        actions.labels,
        tuple(_mean(named[mine] == label) for mine, label in zip(own, actions.labels, strict=True)),
        tuple(int(mine.sum()) for mine in own),
        _mean(named[others] != OTHER),
        int(others.sum()),
    )


def _named_longest(actions: ActionSet, clip: Clip) -> str:
    times_s = np.arange(len(clip.frames)) / clip.frame_rate
    lasting = dict.fromkeys(actions.labels, 0.0)
    for segment in find_segments(*actions.estimate(times_s, _seen(clip)), actions.settings()):
        lasting[segment.action] += segment.duration_s
    best = max(lasting, key=lambda label: lasting[label])
    return best if lasting[best] > 0 else OTHER


def _seen(clip: Clip) -> FloatArray:
    if not clip.is_3d:
        return clip.frames
    one = np.ones(1)
    view = project(clip.frames[None], one * 0, one * _PITCH, one * _DISTANCE_M, np.zeros((1, 2)))
    return np.asarray(view[0])


def _mean(values: NDArray[np.bool_]) -> float:
    return float(values.mean()) if len(values) else float("nan")


def report_taught(evaluation: TaughtEvaluation) -> str:
    """The figures as plain text."""
    e = evaluation
    lines = [
        f"{label}: {right:.3f} of {count} clips right"
        for label, right, count in zip(e.labels, e.right, e.clips, strict=True)
    ]
    lines.append(f"any of them named in {e.false_alarms:.3f} of {e.other_clips} other clips")
    return "\n".join(lines)
