"""A result against the truth, in the field's figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from harec.actions.labels import ACTIONS, OTHER
from harec.formats.annotations import Annotations
from harec.scoring.detection import TIOUS, average_precision, mean_average_precision
from harec.scoring.lanes import LanePair, pair_lanes, without_unknown
from harec.scoring.segmental import OVERLAPS, edit_score, hits
from harec.scoring.timewise import Times, times_of


@dataclass(frozen=True)
class ActionScore:
    """One action, or OTHER; shares 0..1.

    Attributes:
        action: its label.
        truth_s, found_s: how long the truth has it, and the result, over all lanes.
        precision, recall, f1: of its time; None where there is nothing to divide by.
        true_segments, found_segments: how many; of OTHER there are none.
        segment_f1: at an IoU of 0.5; None for OTHER.
        ap: average precision at a tIoU of 0.5; None where the truth has no segment of it.
    """

    action: str
    truth_s: float
    found_s: float
    precision: float | None
    recall: float | None
    f1: float
    true_segments: int
    found_segments: int
    segment_f1: float | None
    ap: float | None


@dataclass(frozen=True)
class Score:
    """A result, or many, against the truth; shares 0..1.

    Attributes:
        videos, lanes: how many; a lane is a person, or everybody where nobody is named.
        total_s: the time of all lanes.
        accuracy: frame accuracy: share of that time in which both say the same, OTHER included.
        macro_f1: mean over all labels that occur, OTHER among them, of the F1 of their time.
        edit: edit score, see `harec.scoring.segmental.edit_score`.
        f1: overlap in percent (10, 25, 50) -> F1 of segments.
        map: tIoU in percent (30, 50, 70) -> mean average precision.
        actions: in the order of `ACTIONS`, then others by name, then OTHER.
        counted_as_other: label of the truth that the result can't say -> segments.
    """

    videos: int
    lanes: int
    total_s: float
    accuracy: float
    macro_f1: float
    edit: float
    f1: Mapping[int, float]
    map: Mapping[int, float]
    actions: tuple[ActionScore, ...]
    counted_as_other: Mapping[str, int]

    def to_dict(self) -> dict[str, Any]:
        """Plain types, as ``harec score --json`` writes them."""
        return asdict(self)


def score(results: Iterable[tuple[Annotations, Annotations]]) -> Score:
    """The figures over one or more videos.

    Segments and times of all lanes are put together before anything is divided; the edit score is
    the mean over lanes.

    Args:
        results: (found, truth) of each video.
    """
    pairs: list[LanePair] = []
    left_out: Counter[str] = Counter()
    videos = 0
    for found, truth in results:
        known, without = without_unknown(truth, found)
        pairs += pair_lanes(known, found, max(truth.end_s, found.end_s))
        left_out += without
        videos += 1
    times = times_of(pairs)
    return Score(
        videos=videos,
        lanes=len(pairs),
        total_s=times.total_s,
        accuracy=times.accuracy,
        macro_f1=times.macro_f1,
        edit=edit_score(pairs),
        f1={round(100 * overlap): hits(pairs, overlap).f1 for overlap in OVERLAPS},
        map={round(100 * tiou): mean_average_precision(pairs, tiou) for tiou in TIOUS},
        actions=tuple(_of_action(label, pairs, times) for label in in_order(times.labels)),
        counted_as_other=dict(left_out),
    )


def in_order(labels: Iterable[str]) -> list[str]:
    """`ACTIONS` first, then others by name, OTHER last."""
    place = {label: number for number, label in enumerate(ACTIONS)}
    return sorted(labels, key=lambda x: (x == OTHER, place.get(x, len(place)), x))


def _of_action(label: str, pairs: Sequence[LanePair], times: Times) -> ActionScore:
    truth_s, found_s, both_s = (side[label] for side in (times.truth, times.found, times.both))
    true = sum(s.action == label for pair in pairs for s in pair.truth)
    return ActionScore(
        label,
        truth_s,
        found_s,
        both_s / found_s if found_s else None,
        both_s / truth_s if truth_s else None,
        times.f1(label),
        true,
        sum(s.action == label for pair in pairs for s in pair.found),
        None if label == OTHER else hits(pairs, 0.5, label).f1,
        average_precision(pairs, label, 0.5) if true else None,
    )
