"""How good the action model is: accuracy, macro-F1, confusion, false alarms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harec.actions.labels import ACTIONS, LABELS, OTHER
from harec.actions.model import ActionModel
from harec.core.poses import FloatArray
from harec.training.datasets import Clip
from harec.training.negatives import NEGATIVE_KINDS
from harec.training.sampling import fixed_windows

_SIX = len(ACTIONS)


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Figures of one model on one set of clips; NaN where a set has no such clips.

    Attributes:
        clips, windows: how many were judged.
        threshold: the action threshold of the figures that use one.
        clip_accuracy: six-action clips whose mean probabilities name the right one of seven.
        clip_accuracy_forced: the same, choosing among the six only.
        window_accuracy: six-action windows named right, one of seven.
        macro_f1: over the labels present, per window.
        recall: six-action windows that are right and reach the threshold.
        false_alarms_everyday, false_alarms_gestures, false_alarms_seated: negative windows of each
            kind in which an action reaches the threshold; see ``negatives``.
        confusion: int (7, 7), windows: truth down, answer across.
        per_source: clip accuracy of each source that has any of the six, with the clips' number.
    """

    clips: int
    windows: int
    threshold: float
    clip_accuracy: float
    clip_accuracy_forced: float
    window_accuracy: float
    macro_f1: float
    recall: float
    false_alarms_everyday: float
    false_alarms_gestures: float
    false_alarms_seated: float
    confusion: NDArray[np.int64]
    per_source: dict[str, tuple[float, int]]
    recall_per_action: dict[str, float]


def evaluate(
    model: ActionModel, clips: Sequence[Clip], *, threshold: float | None = None
) -> Evaluation:
    """Judge a model on clips of people that it was not trained on.

    Raises:
        ValueError: no clips.
    """
    if not clips:
        raise ValueError("no clips to evaluate on")
    windows, owners = fixed_windows(list(clips))
    least = model.config.threshold if threshold is None else threshold
    return judge(model.predict(windows), owners, clips, least)


def judge(
    probabilities: FloatArray,
    owners: NDArray[np.intp],
    clips: Sequence[Clip],
    threshold: float,
) -> Evaluation:
    """Figures from window probabilities (W, 7) and the index of each window's clip (W,)."""
    clip_targets = np.array([clip.target for clip in clips])
    targets = clip_targets[owners]
    answers = probabilities.argmax(axis=1)
    positive = targets < _SIX
    best = probabilities[:, :_SIX].max(axis=1)
    named = probabilities[:, :_SIX].argmax(axis=1)
    kinds = np.array([clip.negative_kind for clip in clips])[owners]
    alarms = {
        kind: _mean((best >= threshold)[~positive & (kinds == kind)]) for kind in NEGATIVE_KINDS
    }
    hit = (named == targets) & (best >= threshold)

    sums = np.zeros((len(clips), len(LABELS)))
    np.add.at(sums, owners, probabilities)
    six = clip_targets < _SIX
    right = sums.argmax(axis=1) == clip_targets
    sources = np.array([clip.source for clip in clips])
    confusion = np.zeros((len(LABELS), len(LABELS)), np.int64)
    np.add.at(confusion, (targets, answers), 1)
    return Evaluation(
        clips=len(clips),
        windows=len(owners),
        threshold=threshold,
        clip_accuracy=_mean(right[six]),
        clip_accuracy_forced=_mean((sums[:, :_SIX].argmax(axis=1) == clip_targets)[six]),
        window_accuracy=_mean((answers == targets)[positive]),
        macro_f1=_macro_f1(confusion),
        recall=_mean(hit[positive]),
        false_alarms_everyday=alarms["everyday"],
        false_alarms_gestures=alarms["gesture"],
        false_alarms_seated=alarms["seated"],
        confusion=confusion,
        per_source={
            str(source): (
                _mean(right[six & (sources == source)]),
                int((six & (sources == source)).sum()),
            )
            for source in np.unique(sources[six])
        },
        recall_per_action={label: _mean(hit[targets == i]) for i, label in enumerate(ACTIONS)},
    )


def _mean(values: NDArray[np.bool_]) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _macro_f1(confusion: NDArray[np.int64]) -> float:
    truth, answer = confusion.sum(axis=1), confusion.sum(axis=0)
    present = truth > 0
    f1 = 2 * np.diag(confusion) / np.maximum(truth + answer, 1)
    return float(f1[present].mean()) if present.any() else float("nan")


def report(evaluation: Evaluation) -> str:
    """The figures as plain text."""
    e = evaluation
    lines = [
        f"clips {e.clips}, windows {e.windows}, action threshold {e.threshold:.2f}",
        f"accuracy per clip, six actions, OTHER counts as wrong  {e.clip_accuracy:.3f}",
        f"accuracy per clip, forced choice of six                {e.clip_accuracy_forced:.3f}",
        f"accuracy per window, six actions                       {e.window_accuracy:.3f}",
        f"macro-F1 per window, seven labels                      {e.macro_f1:.3f}",
        f"recall per window at the threshold                     {e.recall:.3f}",
        f"false alarms, everyday negatives                       {e.false_alarms_everyday:.3f}",
        f"false alarms, gesture-like negatives                   {e.false_alarms_gestures:.3f}",
        f"false alarms, seated at a webcam                       {e.false_alarms_seated:.3f}",
        "",
        "accuracy per clip by source: "
        + ", ".join(f"{s} {a:.3f} ({n})" for s, (a, n) in e.per_source.items()),
        "recall at the threshold: "
        + ", ".join(f"{s} {a:.2f}" for s, a in e.recall_per_action.items()),
        "",
        "confusion, windows (truth down, answer across)",
    ]
    names = [*(action[:13] for action in ACTIONS), OTHER]
    lines.append(" " * 14 + "".join(f"{name:>15}" for name in names))
    for name, row in zip(names, e.confusion, strict=True):
        lines.append(f"{name:<14}" + "".join(f"{count:>15}" for count in row))
    return "\n".join(lines)
