"""How far two results of one video agree; neither is the truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from harec.formats.annotations import Annotations
from harec.scoring.lanes import pair_lanes
from harec.scoring.score import in_order
from harec.scoring.segmental import hits
from harec.scoring.timewise import spans, times_of

#: Shorter times in which two results differ are not listed, in seconds.
SHORTEST_S: Final = 0.2


@dataclass(frozen=True)
class Disagreement:
    """A time in which two results say different things of one person.

    Attributes:
        first, second: what they say; OTHER = none of the actions.
        start_s, end_s: seconds.
        first_name, second_name: of the lanes; empty = the other one has no such lane.
    """

    first: tuple[str, ...]
    second: tuple[str, ...]
    start_s: float
    end_s: float
    first_name: str
    second_name: str


@dataclass(frozen=True)
class Agreement:
    """Two results of one video.

    Attributes:
        kappa: Cohen's kappa over time, -1..1.
        same: share of the time in which both say the same, 0..1.
        f1_50: F1 of segments at an IoU of 0.5, 0..1.
        actions: label -> F1 of its time, 0..1.
        disagreements: by time.
    """

    kappa: float
    same: float
    f1_50: float
    actions: Mapping[str, float]
    disagreements: tuple[Disagreement, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain types, as ``harec compare --json`` writes them."""
        return asdict(self)


def compare(first: Annotations, second: Annotations) -> Agreement:
    """How far they agree; lanes are paired as `harec.scoring.lanes.pair_lanes` does."""
    pairs = pair_lanes(first, second)
    times = times_of(pairs)
    found = [
        Disagreement(
            tuple(sorted(span.truth)),
            tuple(sorted(span.found)),
            span.start_s,
            span.end_s,
            pair.truth_name,
            pair.found_name,
        )
        for pair in pairs
        for span in spans(pair)
        if span.truth != span.found and span.end_s - span.start_s >= SHORTEST_S
    ]
    return Agreement(
        times.kappa,
        times.accuracy,
        hits(pairs, 0.5).f1,
        {label: times.f1(label) for label in in_order(times.labels)},
        tuple(sorted(found, key=lambda each: (each.start_s, each.first_name, each.second_name))),
    )
