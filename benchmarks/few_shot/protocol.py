"""Episodes: a few examples of some motions, and other people's gestures to be named by them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harec.actions.gesture import MAX_SPAN_S, SPANS_S
from harec.core.poses import FloatArray
from harec.training.datasets import Clip
from harec.training.embedding.classes import motion_of
from harec.training.embedding.sampler import moving_part_of, seen_by_one_camera

#: Gestures of each motion that are to be named in an episode, at most.
QUERIES = 5


@dataclass(frozen=True, eq=False)
class Gestures:
    """The moving parts of clips.

    Attributes:
        keypoints_xyc: float32 (N, 32, 17, 3), evenly over each span.
        spans_s: (N,).
        motions, people: (N,) names.
    """

    keypoints_xyc: FloatArray
    spans_s: NDArray[np.float64]
    motions: NDArray[np.str_]
    people: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.spans_s)


@dataclass(frozen=True, eq=False)
class Episode:
    """Indices into gestures, and the index 0..ways-1 of each one's motion."""

    support: NDArray[np.intp]
    support_motions: NDArray[np.intp]
    query: NDArray[np.intp]
    query_motions: NDArray[np.intp]


#: Answers (Q, ways): how much each query of an episode is like each motion.
Method = Callable[[Episode], NDArray[np.floating]]


def gestures_of(clips: Sequence[Clip], seed: int = 0, pieces: int = 0) -> Gestures:
    """The moving part of each clip, a 3-D one seen by one camera.

    Args:
        seed: of the cameras: turned by -45 to 45 degrees, looking down by 0 to 12.
        pieces: instead of the moving part so many pieces of each clip, as a stream is cut.
    """
    rng = np.random.default_rng(seed)
    keypoints, spans, motions, people = [], [], [], []
    for clip in clips:
        yaw = float(np.deg2rad(rng.choice([-45, -20, 0, 20, 45])))
        pitch = float(np.deg2rad(rng.uniform(0, 12)))
        for start_s, end_s in _pieces(clip, rng, pieces) if pieces else [_whole(clip)]:
            keypoints.append(seen_by_one_camera(clip, start_s, end_s, yaw, pitch))
            spans.append(end_s - start_s)
            motions.append(motion_of(clip.label))
            people.append(f"{clip.source}/{clip.subject}")
    return Gestures(np.stack(keypoints), np.array(spans), np.array(motions), np.array(people))


def _whole(clip: Clip) -> tuple[float, float]:
    start_s, end_s = moving_part_of(clip)
    beyond_s = max(end_s - start_s - MAX_SPAN_S, 0) / 2
    return start_s + beyond_s, end_s - beyond_s


def _pieces(clip: Clip, rng: np.random.Generator, count: int) -> Iterator[tuple[float, float]]:
    for span_s in rng.choice(SPANS_S, count):
        span_s = min(float(span_s), clip.duration_s)
        start_s = rng.uniform(0, clip.duration_s - span_s) if span_s < clip.duration_s else 0.0
        yield start_s, start_s + span_s


def episodes(
    gestures: Gestures, ways: int, shots: int, count: int, seed: int = 0
) -> Iterator[Episode]:
    """Episodes whose examples and queries are of different people, the fewest that suffice.

    Raises:
        ValueError: there are too few motions or people.
    """
    rng = np.random.default_rng(seed)
    motions, people = np.unique(gestures.motions), np.unique(gestures.people)
    if len(motions) < ways:
        raise ValueError(f"{len(motions)} motions are too few for {ways} ways")
    made = tries = 0
    while made < count:
        tries += 1
        if tries > 100 * count:
            raise ValueError("there are too few people")
        chosen = rng.choice(motions, ways, replace=False)
        episode = _episode(gestures, chosen, rng.permutation(people), shots, rng)
        if episode is not None:
            made += 1
            yield episode


def _episode(
    gestures: Gestures,
    motions: NDArray[np.str_],
    people: NDArray[np.str_],
    shots: int,
    rng: np.random.Generator,
) -> Episode | None:
    of_motion = [np.flatnonzero(gestures.motions == motion) for motion in motions]
    for showing in range(1, len(people)):
        shows = np.isin(gestures.people, people[:showing])
        examples = [own[shows[own]] for own in of_motion]
        queries = [own[~shows[own]] for own in of_motion]
        if any(len(own) < shots for own in examples):
            continue
        if any(not len(own) for own in queries):
            return None
        support = [rng.choice(own, shots, replace=False) for own in examples]
        query = [rng.permutation(own)[:QUERIES] for own in queries]
        numbers = np.arange(len(motions))
        return Episode(
            np.concatenate(support),
            np.repeat(numbers, shots),
            np.concatenate(query),
            np.repeat(numbers, [len(own) for own in query]),
        )
    return None


def accuracy(method: Method, tasks: Sequence[Episode]) -> tuple[float, float]:
    """Mean over episodes of the share named right, and half of its 95 % interval."""
    shares = np.array(
        [(method(task).argmax(axis=1) == task.query_motions).mean() for task in tasks]
    )
    return float(shares.mean()), float(1.96 * shares.std(ddof=1) / np.sqrt(len(shares)))
