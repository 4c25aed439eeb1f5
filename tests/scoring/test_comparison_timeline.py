"""The lanes of a result with other labels of its video."""

from __future__ import annotations

from dataclasses import replace

from saved_results import made_result, person

from harec.actions.segments import Segment
from harec.formats import Annotations, Lane, annotations_of
from harec.scoring import pair_lanes
from harec.scoring.timeline import MARK_COLORS, Mark, comparison_figure

ANALYSIS = replace(
    made_result(2, 9),
    people=(
        person(1, (Segment("BOXING", 0, 4, 0.9),)),
        person(3, (Segment("JUMPING", 1, 2, 0.8),)),
    ),
)


def bars(figure):
    return {trace.name: trace for trace in figure.data if trace.type == "bar"}


def test_two_lanes_a_pair_with_the_results_first() -> None:
    truth = Annotations(
        (
            Lane("<b>Anna Karenina", (Segment("JUMPING", 1, 3, 1.0),)),
            Lane("Person 9", (Segment("BOXING", 0, 4, 1.0), Segment("<i>nap", 5, 6, 1.0))),
        )
    )
    pairs = sorted(pair_lanes(truth, annotations_of(ANALYSIS)), key=lambda pair: pair.found_name)
    mark = Mark(1, "ends early", "Jumping: <ends> early", 2, 3)
    figure, lanes = comparison_figure(ANALYSIS, pairs, [mark], "Truth", person_id=3)
    assert lanes == [0, None, 1, None]
    names = figure.layout.yaxis.ticktext
    assert names == ("Person 1", "Truth", "Person 3", "&lt;b&gt;Anna K…")
    traces = bars(figure)
    assert sorted(traces["Boxing"].y) == [0, 1]
    nap = traces["<i>nap"]
    assert (list(nap.y), nap.text) == ([1], ("&lt;i&gt;nap",))  # plotly would read it as HTML
    early = traces["Ends early"]
    assert (list(early.y), list(early.base), list(early.x)) == ([2.5], [2], [1])
    assert early.marker.color == MARK_COLORS["ends early"]
    assert "&lt;ends&gt;" in early.hovertext[0]
    assert figure.layout.yaxis2.range == (0, 1)  # the third lane's probabilities


def test_nobody_beside_a_lane_and_lanes_taken_together() -> None:
    nobody = Annotations((Lane("Person 1", (Segment("BOXING", 0, 4, 1.0),)),))
    pairs = pair_lanes(nobody, annotations_of(ANALYSIS))
    _, lanes = comparison_figure(ANALYSIS, pairs, [], "Truth")
    assert sorted(lanes, key=str) == [0, 1, None, None]
    anybody = Annotations((Lane("", (Segment("BOXING", 0, 4, 1.0),)),))
    pairs = pair_lanes(anybody, annotations_of(ANALYSIS))
    figure, lanes = comparison_figure(ANALYSIS, pairs, [], "Truth")
    assert lanes == [None, None]
    assert figure.layout.yaxis.ticktext == ("Anybody", "Truth")
