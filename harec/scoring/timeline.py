"""A result and other labels of its video as lanes of one plotly figure, with where they differ."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import plotly.graph_objects as go

from harec.actions.labels import LABELS
from harec.analysis.results import PersonResult
from harec.analysis.tables import clock
from harec.formats.annotations import person_name
from harec.render.palette import title
from harec.render.timeline import timeline_figure
from harec.scoring.lanes import LanePair, Segments

if TYPE_CHECKING:
    from harec.analysis.results import Analysis

#: Kind of a difference -> colour; told apart by people with colour-vision deficiency, and by where
#: they lie: below the lane that is wrong, or misses something.
MARK_COLORS: Final[dict[str, str]] = {
    "missed": "#E53935",
    "false": "#8E24AA",
    "starts early": "#F9A825",
    "starts late": "#F9A825",
    "ends early": "#F9A825",
    "ends late": "#F9A825",
    "different": "#E53935",
}
#: A lane's name is cut to this length: the axis has no more room.
_NAME_LIMIT: Final = 10


class Mark(NamedTuple):
    """A time in which the two lanes of a pair differ.

    Attributes:
        pair: which one.
        kind: a key of `MARK_COLORS`.
        text: what differs.
        start_s, end_s: seconds.
    """

    pair: int
    kind: str
    text: str
    start_s: float
    end_s: float


def comparison_figure(
    analysis: Analysis,
    pairs: Sequence[LanePair],
    marks: Sequence[Mark],
    other: str,
    person_id: int | None = None,
) -> tuple[go.Figure, list[int | None]]:
    """Two lanes a pair, the result's first, with a strip of marks between them.

    Args:
        other: what the other labels are called where a lane has no name of its own.
        person_id: whose probabilities to add, if it is a lane of its own.

    Returns:
        the figure, and of each lane the person's place in the result (None: it is no person's).
    """
    place_of = {person_name(each.id): place for place, each in enumerate(analysis.people)}
    people: list[PersonResult] = []
    names: dict[int, str] = {}
    lanes: list[int | None] = []
    chosen = None
    for pair in pairs:
        place = place_of.get(pair.found_name)
        own = None if place is None else analysis.people[place]
        if own is not None and own.id == person_id:
            chosen = len(people)
        lanes += [place, None]
        for person, name in (
            (own or _nobody(pair.found, pair.end_s), pair.found_name or "Anybody"),
            (_nobody(pair.truth, pair.end_s), _own_name(pair.truth_name) or other),
        ):
            names[len(people)] = _cut(name)
            people.append(replace(person, id=len(people)))
    shown = replace(analysis, people=tuple(people))
    figure = timeline_figure(shown, chosen, names=names)
    for trace in _marks(marks):
        figure.add_trace(trace, row=1, col=1)
    return figure, lanes


def _own_name(name: str) -> str:
    """``Person 2`` is no name: it may be another one than the result's."""
    return "" if re.fullmatch(r"Person \d+", name) else name


def _cut(name: str) -> str:
    return name if len(name) <= _NAME_LIMIT else f"{name[: _NAME_LIMIT - 1]}…"


def _nobody(segments: Segments, end_s: float) -> PersonResult:
    """A lane of which only the labels are known."""
    return PersonResult(
        id=0,
        first_s=0.0,
        last_s=end_s,
        track_times_s=np.zeros(0),
        keypoints_xyc=np.zeros((0, 17, 3), np.float32),
        estimate_times_s=np.zeros(0),
        estimate_spans_s=np.zeros((0, 2)),
        probabilities=np.zeros((0, len(LABELS)), np.float32),
        segments=segments,
    )


def _marks(marks: Sequence[Mark]) -> list[go.Bar]:
    """Thin bars between the two lanes of a pair."""
    return [
        go.Bar(
            orientation="h",
            y=[2 * mark.pair + 0.5 for mark in chosen],
            base=[mark.start_s for mark in chosen],
            x=[mark.end_s - mark.start_s for mark in chosen],
            width=0.26,
            marker={"color": color, "cornerradius": 3},
            hovertext=[
                f"<b>{escape(mark.text)}</b><br>{clock(mark.start_s, 2)} – {clock(mark.end_s, 2)}"
                for mark in chosen
            ],
            hovertemplate="%{hovertext}<extra></extra>",
            name=title(kind),
        )
        for kind, color in MARK_COLORS.items()
        if (chosen := [mark for mark in marks if mark.kind == kind])
    ]
