"""A result and other labels of its video: what is the same, and where they differ."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harec.analysis.results import Analysis
    from harec.formats.annotations import Annotations
    from harec.scoring.agreement import Agreement
    from harec.scoring.lanes import LanePair
    from harec.scoring.score import Score
    from harec.scoring.timeline import Mark


@dataclass(frozen=True, eq=False)
class Beside:
    """Other labels of a video.

    Attributes:
        name: of the file that they came from.
        annotations: who does what when.
        video: the file of the video that they are shown with; with another one they are not.
    """

    name: str
    annotations: Annotations
    video: Path


@dataclass(frozen=True, eq=False)
class Compared:
    """A result and the labels beside it.

    Attributes:
        found: of the result, as it is shown.
        other: the labels beside it.
        is_truth: whether they say what is right.
    """

    found: Annotations
    other: Beside
    is_truth: bool
    _figures: dict[Any, Any] = field(default_factory=dict)

    @cached_property
    def pairs(self) -> list[LanePair]:
        from harec.scoring.lanes import pair_lanes, without_unknown

        other = self.other.annotations
        if self.is_truth:
            other, _ = without_unknown(other, self.found)
        order = {lane.name: place for place, lane in enumerate(self.found.lanes)}
        pairs = pair_lanes(other, self.found)
        return sorted(pairs, key=lambda pair: order.get(pair.found_name, len(order)))

    @cached_property
    def marks(self) -> list[Mark]:
        """Where they differ, by time."""
        from harec.scoring.timeline import Mark

        if self.is_truth:
            from harec.render.palette import title
            from harec.scoring.differences import differences

            found = [
                Mark(place, d.kind, f"{title(d.action)}: {d.kind}", d.start_s, d.end_s)
                for place, pair in enumerate(self.pairs)
                for d in differences(pair)
            ]
        else:
            found = [
                Mark(place, "different", text, start_s, end_s)
                for place, pair in enumerate(self.pairs)
                for text, start_s, end_s in _disagreements(pair)
            ]
        return sorted(found, key=lambda mark: (mark.start_s, mark.pair))

    @cached_property
    def score(self) -> Score:
        from harec.scoring.score import score

        return score([(self.found, self.other.annotations)])

    @cached_property
    def agreement(self) -> Agreement:
        from harec.scoring.agreement import compare

        return compare(self.found, self.other.annotations)

    def figure(self, shown: Analysis, person_id: int | None) -> tuple[str, list[int | None]]:
        """plotly's JSON, and which lane is which person; see `comparison_figure`."""
        from harec.scoring.timeline import comparison_figure

        if person_id not in self._figures:
            name = "Truth" if self.is_truth else "Other"
            figure, lanes = comparison_figure(shown, self.pairs, self.marks, name, person_id)
            self._figures[person_id] = figure.to_json(), lanes
        made: tuple[str, list[int | None]] = self._figures[person_id]
        return made


def _disagreements(pair: LanePair) -> list[tuple[str, float, float]]:
    from harec.render.palette import title
    from harec.scoring.agreement import SHORTEST_S
    from harec.scoring.timewise import spans

    return [
        (" / ".join(" + ".join(map(title, sorted(side))) for side in (span.found, span.truth)),
         span.start_s, span.end_s)
        for span in spans(pair)
        if span.truth != span.found and span.end_s - span.start_s >= SHORTEST_S
    ]  # fmt: skip
