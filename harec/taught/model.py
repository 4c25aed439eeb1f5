"""Taught actions in the place of the action network: for streams, whose windows come one by one."""

from __future__ import annotations

from collections import Counter

import numpy as np

from harec.actions.embedding import load_embedding
from harec.actions.segments import SegmentSettings
from harec.core.poses import FloatArray
from harec.taught.action_set import ActionSet, nearest_span


class TaughtModel:
    """Says of windows which taught action they show; see `harec.actions.recognizer.WindowModel`.

    A stream has windows of one length: the one that most examples are nearest to.
    """

    def __init__(self, actions: ActionSet) -> None:
        self._head = actions.head
        self.segments: SegmentSettings = actions.settings()
        lasting = [end_s - start_s for each in actions.examples for start_s, end_s in each.pieces()]
        self.span_s: float = Counter(map(nearest_span, lasting)).most_common(1)[0][0]

    def predict(self, keypoints_xyc: FloatArray) -> FloatArray:
        """Probabilities float32 (B, K + 1) of windows (B, 32, 17, 3)."""
        spans_s = np.full(len(keypoints_xyc), self.span_s)
        return self._head.probabilities(load_embedding().embed(keypoints_xyc, spans_s))
