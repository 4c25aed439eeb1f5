"""The taught head in the protocol: what it names, and what of everyday motion it refuses."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.few_shot.protocol import Episode, Gestures, Method, episodes
from harec.actions.embedding import MotionEmbedding
from harec.core.poses import FloatArray
from harec.taught.head import Head, fit_head

#: Share of the motions that is accepted where false alarms are counted.
RECALL = 0.8


def taught(model: MotionEmbedding, gestures: Gestures) -> Method:
    """Heads over the embedding, one an episode, trained on its examples."""
    vectors = model.embed(gestures.keypoints_xyc, gestures.spans_s)

    def method(task: Episode) -> NDArray[np.floating]:
        return _head(model, vectors, task).likeness(vectors[:, task.query])

    return method


def false_alarms(
    model: MotionEmbedding,
    gestures: Gestures,
    everyday: Gestures,
    ways: int,
    shots: int,
    count: int,
) -> float:
    """Share of everyday gestures whose best motion is as likely as the 80th percentile of the
    motions' queries, counted from the top, in its episode: the mean over episodes."""
    vectors = model.embed(gestures.keypoints_xyc, gestures.spans_s)
    others = model.embed(everyday.keypoints_xyc, everyday.spans_s)
    shares = []
    for task in episodes(gestures, ways, shots, count):
        head = _head(model, vectors, task)
        accepted, alarming = (
            1 - head.probabilities(part)[:, -1] for part in (vectors[:, task.query], others)
        )
        shares.append((alarming >= np.quantile(accepted, 1 - RECALL)).mean())
    return float(np.mean(shares))


def _head(model: MotionEmbedding, vectors: FloatArray, task: Episode) -> Head:
    labels = [str(i) for i in range(int(task.support_motions.max()) + 1)]
    numbers = np.arange(len(task.support))
    head, _ = fit_head(
        labels, vectors[:, task.support], task.support_motions, numbers, model.everyday
    )
    return head
