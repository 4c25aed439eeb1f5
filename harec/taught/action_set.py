"""A set of taught actions: its examples, and the head that is trained from them in a moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harec.actions.embedding import load_embedding
from harec.actions.gesture import MIN_SPAN_S, SPANS_S, gesture_steps
from harec.actions.labels import OTHER
from harec.actions.segments import SegmentSettings
from harec.actions.windows import MAX_GAP_S
from harec.core.errors import InputError
from harec.core.poses import FloatArray
from harec.taught.examples import Example, in_one_spelling
from harec.taught.head import Head, LeftOut, fit_head
from harec.taught.pack_file import read_pack, save_pack

Array = NDArray[np.float64]

#: Seconds between two estimates of a person.
STRIDE_S: Final = 0.2


@dataclass(frozen=True)
class ActionReport:
    """How well an action is known.

    Attributes:
        label: its name.
        examples: how many there are.
        right: share of its examples that are named right when they are left out, 0..1; None: there
            is but one.
        confused_with: what most of the others are taken for; OTHER: for nothing.
        advice: what to do about it; empty when all is well.
    """

    label: str
    examples: int
    right: float | None
    confused_with: str | None
    advice: str


@dataclass(frozen=True, eq=False)
class ActionSet:
    """Actions that somebody taught by examples; a value that doesn't change.

    Attributes:
        examples: all of them, OTHER included.
        vectors: float32 (2, M, D): of the examples' pieces and their mirror images.
        owners: (M,): which example each is of.
        head: what names gestures.
        left_out: what a head says of examples that it did not learn from.
    """

    examples: tuple[Example, ...]
    vectors: FloatArray
    owners: NDArray[np.int64]
    head: Head
    left_out: LeftOut

    @classmethod
    def teach(cls, examples: Iterable[Example]) -> ActionSet:
        """Train on examples.

        Raises:
            InputError: there is none of any action.
        """
        examples = tuple(examples)
        spans = [(i, *span) for i, each in enumerate(examples) for span in each.pieces()]
        gestures = [
            gesture_steps(examples[i].times_s, examples[i].keypoints_xyc, start_s, end_s)
            for i, start_s, end_s in spans
        ]
        if not gestures:
            raise InputError("There are no examples to learn from.")
        lasting = np.array([end_s - start_s for _, start_s, end_s in spans])
        vectors = load_embedding().embed(np.stack(gestures), lasting)
        owners = np.array([i for i, *_ in spans])
        return cls.of_vectors(examples, vectors, owners)

    @classmethod
    def of_vectors(
        cls, examples: tuple[Example, ...], vectors: FloatArray, owners: NDArray[np.int64]
    ) -> ActionSet:
        """Train on examples whose vectors are known. Raises InputError as `teach`."""
        examples = in_one_spelling(examples)
        labels = tuple(dict.fromkeys(each.label for each in examples if each.label != OTHER))
        if not labels:
            raise InputError("There is no example of an action, only of what is none.")
        number = {label: i for i, label in enumerate((*labels, OTHER))}
        actions = np.array([number[examples[owner].label] for owner in owners])
        head, left_out = fit_head(labels, vectors, actions, owners, load_embedding().everyday)
        return cls(examples, vectors, owners, head, left_out)

    @property
    def labels(self) -> tuple[str, ...]:
        """The actions, in the order in which they were taught."""
        return self.head.labels

    def with_examples(self, more: Iterable[Example]) -> ActionSet:
        """This set with further examples, of its actions or of new ones.

        An example that it has (the same stretch of the same source by the same name) comes once.
        """
        known = {_identity(each) for each in self.examples}
        new = [each for each in more if _identity(each) not in known]
        return ActionSet.teach([*self.examples, *new])

    def merged(self, other: ActionSet) -> ActionSet:
        """The actions of two sets; those of one name become one action."""
        return self.with_examples(other.examples)

    def without(self, *labels: str) -> ActionSet:
        """This set without some actions.

        Raises:
            InputError: it has no such action, or no other.
        """
        for label in labels:
            if label not in (*self.labels, OTHER):
                known = ", ".join(self.labels)
                raise InputError(f'There is no action "{label}" in this set; it has: {known}.')
        kept = [each for each in self.examples if each.label not in labels]
        if all(each.label == OTHER for each in kept):
            raise InputError("A set needs an action: this would be the last one.")
        return ActionSet.teach(kept)

    def settings(self, smoothing_s: float = 0.2, threshold: float | None = None) -> SegmentSettings:
        """How its probabilities become segments.

        Args:
            smoothing_s: width of the smoothing.
            threshold: 0..1; None = its own.
        """
        return SegmentSettings(
            enter=self.head.threshold if threshold is None else max(threshold, 1e-3),
            labels=self.labels,
            exit_ratios=(0.7,) * len(self.labels),
            trims_s=(0.0,) * len(self.labels),
            smoothing_s=smoothing_s,
            evidence_s=1.0,
        )

    @property
    def spans_s(self) -> tuple[float, ...]:
        """The spans, of `SPANS_S`, that its examples are nearest to: a stream is cut into these."""
        return tuple(sorted(set(self._spans_s())))

    @property
    def usual_span_s(self) -> float:
        """The one that most examples are nearest to."""
        return Counter(self._spans_s()).most_common(1)[0][0]

    def _spans_s(self) -> list[float]:
        pieces = (piece for each in self.examples for piece in each.pieces())
        return [nearest_span(end_s - start_s) for start_s, end_s in pieces]

    def estimate(
        self, times_s: Array, keypoints_xyc: FloatArray
    ) -> tuple[Array, Array, FloatArray]:
        """What a person does, every 0.2 s.

        Args:
            times_s: (F,) ascending.
            keypoints_xyc: (F, 17, 3): pixels and score, 0 = keypoint missing.

        Returns:
            Times (E,), what each has seen (E, 2), and probabilities float32 (E, K + 1) over
            ``labels`` and OTHER, as `harec.actions.online_segments.find_segments` takes them.
        """
        parts = np.split(np.arange(len(times_s)), np.flatnonzero(np.diff(times_s) > MAX_GAP_S) + 1)
        estimates = [self._estimate(times_s[part], keypoints_xyc[part]) for part in parts]
        times, spans, probabilities = zip(*estimates, strict=True)
        return np.concatenate(times), np.concatenate(spans), np.concatenate(probabilities)

    def _estimate(
        self, times_s: Array, keypoints_xyc: FloatArray
    ) -> tuple[Array, Array, FloatArray]:
        """The same of one tracklet."""
        half_s = MIN_SPAN_S / 2
        if len(times_s) < 2 or times_s[-1] - times_s[0] < MIN_SPAN_S:
            nothing = np.zeros((0, len(self.labels) + 1), np.float32)
            return np.zeros(0), np.zeros((0, 2)), nothing
        centres = np.arange(times_s[0] + half_s, times_s[-1] - half_s + 1e-6, STRIDE_S)
        seen = np.column_stack([centres - half_s, centres + half_s])
        return centres, seen, self.probabilities(times_s, keypoints_xyc, centres)

    def probabilities(
        self, times_s: Array, keypoints_xyc: FloatArray, centres_s: Array
    ) -> FloatArray:
        """What one does at some moments of a track without a gap: float32 (E, K + 1) over
        ``labels`` and OTHER, the best of what all spans around each moment say.

        Args:
            times_s: (F,) ascending.
            keypoints_xyc: (F, 17, 3): pixels and score, 0 = keypoint missing.
            centres_s: (E,), within ``times_s``, where spans end, too.
        """
        starts_s, ends_s = [], []
        for span_s in self.spans_s:
            starts_s.append(np.maximum(centres_s - span_s / 2, times_s[0]))
            ends_s.append(np.minimum(centres_s + span_s / 2, times_s[-1]))
        start_s, end_s = np.concatenate(starts_s), np.concatenate(ends_s)
        gestures = [
            gesture_steps(times_s, keypoints_xyc, a, b) for a, b in zip(start_s, end_s, strict=True)
        ]
        vectors = load_embedding().embed(np.stack(gestures), end_s - start_s)
        said = self.head.probabilities(vectors)[:, :-1]
        best = said.reshape(len(self.spans_s), len(centres_s), -1).max(axis=0)
        best /= np.maximum(best.sum(axis=1, keepdims=True), 1)
        rows: FloatArray = np.column_stack([best, 1 - best.sum(axis=1)])
        return rows

    def report(self) -> tuple[ActionReport, ...]:
        """How well each action is known, by examples left out in turn."""
        counts = [sum(each.label == label for each in self.examples) for label in self.labels]
        return tuple(
            self._report(action, label, count)
            for action, (label, count) in enumerate(zip(self.labels, counts, strict=True))
        )

    def _report(self, action: int, label: str, count: int) -> ActionReport:
        left = self.left_out
        own = [np.flatnonzero(left.examples == i) for i in np.unique(left.examples)]
        own = [rows for rows in own if left.actions[rows[0]] == action and left.known[rows[0]]]
        if not own:
            return ActionReport(label, count, None, None, f'Add another example of "{label}".')
        named = np.array([left.probabilities[rows].mean(axis=0).argmax() for rows in own])
        right = float((named == action).mean())
        wrong = named[named != action]
        if not len(wrong):
            more = f'Add {3 - count} more of "{label}", best of other people.'
            advice = "" if count >= 3 else more
            return ActionReport(label, count, right, None, advice)
        other = (*self.labels, OTHER)[int(np.bincount(wrong).argmax())]
        taken = "nothing" if other == OTHER else f'"{other}"'
        share = "Some" if right else "All"
        advice = f'{share} "{label}" are taken for {taken}: add three more, from another side.'
        return ActionReport(label, count, right, other, advice)

    def save(self, path: str | PathLike[str]) -> None:
        """Write a ``.harec`` pack: keypoints and vectors, no picture. Raises InputError."""
        save_pack(self, Path(path))

    @classmethod
    def load(cls, path: str | PathLike[str]) -> ActionSet:
        """Open a ``.harec`` pack.

        Raises:
            InputError: no such file, not a pack, damaged, too large, or of a newer harec.
        """
        examples, vectors = read_pack(Path(path))
        if vectors is None:
            return cls.teach(examples)
        owners = [i for i, each in enumerate(examples) for _ in each.pieces()]
        return cls.of_vectors(examples, vectors, np.array(owners))


def nearest_span(length_s: float) -> float:
    """The span of `SPANS_S` that is nearest to a length, seconds, by their ratio."""
    return min(SPANS_S, key=lambda span: abs(float(np.log(span / length_s))))


def _identity(example: Example) -> tuple[object, ...]:
    content = hash(example.keypoints_xyc.tobytes())
    return example.label, example.source, example.start_s, example.end_s, content
