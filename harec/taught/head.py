"""The head over the embedding: which of the taught actions a gesture is, or none of them.

Each action has a prototype, the mean of its examples' vectors; a gesture is as like an action as it
is like the prototype and like the nearest example, on average. "None of them" is as likely as the
gesture is like everyday motion. Two numbers make probabilities of it; they are fitted to examples
that were left out in turn. (Logistic regression on the same vectors was worse: see the card.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import softmax

from harec.core.errors import InputError
from harec.core.poses import FloatArray

Array = NDArray[np.float64]

#: Of everyday vectors the nearest so many count, on average.
_NEAREST: Final = 3
#: Where no two examples of an action tell better; measured on motions held out.
_SHARPNESS: Final = 20.0
_OTHER_BIAS: Final = 0.0
#: Share of everyday motion that may reach the threshold, and the thresholds that there are.
_ALARMS: Final = 0.02
_LOWEST, _HIGHEST, _STEP = 0.5, 0.9, 0.05


@dataclass(frozen=True, eq=False)
class Head:
    """A trained head.

    Attributes:
        labels: of the K actions.
        vectors: float32 (N, D): the examples' vectors, unit length, turned to the same side.
        actions: (N,): which action each is of, an index into ``labels``.
        other: float32 (E, D): vectors of what is none of the actions.
        sharpness: the likeness is multiplied by it.
        other_bias: added to what speaks for none.
        threshold: a gesture is named from this probability on.
    """

    labels: tuple[str, ...]
    vectors: FloatArray
    actions: NDArray[np.int64]
    other: FloatArray
    sharpness: float = _SHARPNESS
    other_bias: float = _OTHER_BIAS
    threshold: float = 0.5

    def probabilities(self, vectors: FloatArray) -> FloatArray:
        """Probabilities of gestures: float32 (B, K + 1), the last of them of none.

        Args:
            vectors: (2, B, D), as `harec.actions.embedding.MotionEmbedding.embed` answers.
        """
        likeness = np.column_stack([self.likeness(vectors), like_nearest(vectors, self.other)])
        return _probabilities(likeness, self.sharpness, self.other_bias).astype(np.float32)

    def likeness(self, vectors: FloatArray) -> Array:
        """How much gestures (2, B, D) are like each action, -1..1: (B, K)."""
        return _likeness(_cosines(vectors, self.vectors), self.vectors, self.actions, vectors)


def _cosines(vectors: FloatArray, others: FloatArray) -> Array:
    """The better of the two sides of gestures (2, B, D) against vectors (N, D): (B, N)."""
    return np.asarray(np.maximum(vectors[0] @ others.T, vectors[1] @ others.T), np.float64)


def _likeness(
    cosines: Array, examples: FloatArray, actions: NDArray[np.int64], vectors: FloatArray
) -> Array:
    columns = []
    for action in range(int(actions.max()) + 1):
        own = actions == action
        if not own.any():
            columns.append(np.full(len(cosines), -1.0))
            continue
        mean = examples[own].mean(axis=0)
        prototype = (mean / max(float(np.linalg.norm(mean)), 1e-6)).astype(np.float32)
        to_mean = _cosines(vectors, prototype[None])[:, 0]
        columns.append((to_mean + cosines[:, own].max(axis=1)) / 2)
    return np.stack(columns, axis=1)


def like_nearest(vectors: FloatArray, others: FloatArray) -> Array:
    """How much gestures (2, B, D) are like the nearest of others (E, D), -1..1: (B,)."""
    if not len(others):
        return np.full(vectors.shape[1], -1.0)
    count = min(_NEAREST, len(others))
    cosines = _cosines(vectors, others)
    return np.partition(cosines, len(others) - count, axis=1)[:, -count:].mean(axis=1)


def _probabilities(likeness: Array, sharpness: float, other_bias: float) -> Array:
    logits = sharpness * likeness
    logits[:, -1] += other_bias
    return np.asarray(softmax(logits, axis=1))


@dataclass(frozen=True, eq=False)
class LeftOut:
    """What a head says of each vector when all of that example's are left out.

    Attributes:
        probabilities: (N, K + 1).
        actions: (N,): what they are.
        examples: (N,): of which example.
        known: (N,): whether the action has another example.
    """

    probabilities: Array
    actions: NDArray[np.int64]
    examples: NDArray[np.int64]
    known: NDArray[np.bool_]


def fit_head(
    labels: Sequence[str],
    vectors: FloatArray,
    actions: NDArray[np.int64],
    examples: NDArray[np.int64],
    everyday: FloatArray,
) -> tuple[Head, LeftOut]:
    """Train a head in a moment, and say how it does on examples that are left out in turn.

    Args:
        labels: of the K actions.
        vectors: (2, N, D): of the examples and of their mirror images.
        actions: (N,): which action each is of; K for what is none of them.
        examples: (N,): of which example each is; one may have several.
        everyday: (E, D).

    Raises:
        InputError: an action has no example.
    """
    missing = [label for i, label in enumerate(labels) if not (actions == i).any()]
    if missing or not labels:
        raise InputError(f'There is no example of "{missing[0]}".' if missing else "No examples.")
    named = actions < len(labels)
    sided = _to_one_side(vectors, actions)
    nothing = sided[~named]
    sided, actions, examples = sided[named], actions[named], examples[named]
    both = vectors[:, named]
    left_out = _left_out_likeness(sided, both, actions, examples)
    other = np.concatenate([_unlike(everyday, sided, actions, left_out), nothing])
    head = Head(tuple(labels), sided, actions, other)
    known = left_out[np.arange(len(actions)), actions] > -1
    likeness = np.column_stack([left_out, like_nearest(both, other)])
    beside = _beside(head)
    sharpness, bias = _calibrated(likeness[known], actions[known], beside)
    alarms = _probabilities(beside, sharpness, bias)[:, :-1].max(axis=1, initial=0.0)
    threshold = _threshold(alarms)
    head = Head(tuple(labels), sided, actions, other, sharpness, bias, threshold)
    return head, LeftOut(_probabilities(likeness, sharpness, bias), actions, examples, known)


def _to_one_side(vectors: FloatArray, actions: NDArray[np.int64]) -> FloatArray:
    """Of each example the side, as it is or mirrored, that is nearer to its action's others."""
    sided = vectors[0].copy()
    for action in np.unique(actions):
        own = np.flatnonzero(actions == action)
        mean = vectors[0, own[0]]
        for _ in range(3):
            turned = vectors[1, own] @ mean > vectors[0, own] @ mean
            sided[own] = np.where(turned[:, None], vectors[1, own], vectors[0, own])
            mean = sided[own].mean(axis=0)
    return sided


def _left_out_likeness(
    sided: FloatArray,
    both: FloatArray,
    actions: NDArray[np.int64],
    examples: NDArray[np.int64],
) -> Array:
    """Likeness (N, K) of each vector to the actions without its own example; -1: there is none."""
    cosines = _cosines(both, sided)
    answers = np.empty((len(actions), int(actions.max()) + 1))
    for example in np.unique(examples):
        own = examples == example
        kept = ~own
        if not kept.any():
            answers[own] = -1.0
            continue
        rest = _likeness(cosines[own][:, kept], sided[kept], actions[kept], both[:, own])
        answers[own] = np.pad(
            rest, ((0, 0), (0, answers.shape[1] - rest.shape[1])), constant_values=-1.0
        )
    return answers


def _unlike(
    everyday: FloatArray, sided: FloatArray, actions: NDArray[np.int64], left_out: Array
) -> FloatArray:
    """Everyday motion but for what is as like a taught action as its own examples are.

    Who teaches how one sits down doesn't want it refused as everyday.
    """
    if not len(everyday):
        return everyday
    once = np.stack([everyday, everyday])
    likeness = _likeness(_cosines(once, sided), sided, actions, once)
    kept = np.ones(len(everyday), bool)
    for action in range(likeness.shape[1]):
        own = left_out[actions == action, action]
        own = own[own > -1]
        usual = float(np.median(own)) if len(own) else 0.9
        kept &= likeness[:, action] < usual
    return everyday[kept]


def _beside(head: Head) -> Array:
    """Likeness (M, K + 1) of some of what is none, each to the others of it."""
    some = np.arange(0, len(head.other), 2)
    rest = np.setdiff1d(np.arange(len(head.other)), some)
    vectors = np.stack([head.other[some]] * 2)
    return np.column_stack([head.likeness(vectors), like_nearest(vectors, head.other[rest])])


def _calibrated(likeness: Array, actions: NDArray[np.int64], beside: Array) -> tuple[float, float]:
    """Sharpness and bias that make the truth most likely, actions and none counting alike."""
    none = likeness.shape[1] - 1
    rows = np.concatenate([likeness, beside])
    truth = np.concatenate([actions, np.full(len(beside), none)])
    counts = np.bincount(truth, minlength=none + 1)
    if not len(likeness) or not len(beside):
        return _SHARPNESS, _OTHER_BIAS
    weights = 1 / counts[truth]
    weights[truth == none] *= none  # as many as all actions together
    weights /= weights.sum()

    def loss(parameters: Array) -> float:
        sharpness, bias = float(np.exp(parameters[0])), float(parameters[1])
        chosen = _probabilities(rows.copy(), sharpness, bias)[np.arange(len(rows)), truth]
        # Few examples say little: the usual values are as good as ten of them.
        doubt = 10 / (10 + len(likeness))
        doubt *= (parameters[0] - np.log(_SHARPNESS)) ** 2 + 0.1 * (bias - _OTHER_BIAS) ** 2
        return float(-(weights * np.log(np.clip(chosen, 1e-7, 1))).sum() + doubt)

    bounds = [(np.log(5.0), np.log(80.0)), (-6.0, 6.0)]
    start = np.array([np.log(_SHARPNESS), _OTHER_BIAS])
    found = minimize(loss, start, method="Nelder-Mead", bounds=bounds).x
    return float(np.exp(found[0])), float(found[1])


def _threshold(alarms: Array) -> float:
    """The lowest threshold that everyday motion hardly reaches."""
    for value in np.arange(_LOWEST, _HIGHEST, _STEP):
        if not len(alarms) or (alarms >= value).mean() <= _ALARMS:
            return round(float(value), 2)
    return _HIGHEST
