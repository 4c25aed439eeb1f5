"""The timeline as a plotly figure: a lane per person, and the probabilities of one of them.

Colours of text and grid are neutral here; a page that knows its theme overrides them.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import plotly
import plotly.graph_objects as go
from plotly.offline import get_plotlyjs_version
from plotly.subplots import make_subplots

from harec.actions.labels import LABELS
from harec.analysis.tables import (
    SegmentRow,
    clock,
    end_of,
    repetition_words,
    segment_rows,
    stopwatch,
)
from harec.core.poses import FloatArray
from harec.render.curves import Array, curve_runs
from harec.render.palette import (
    color_of,
    rgb,
    text_on,
    title,
)

if TYPE_CHECKING:
    from harec.analysis.results import Analysis, PersonResult

LANE_PX: Final = 40
AREA_PX: Final = 150
#: Between two rows; above the first; below the last, for the axis.
GAP_PX, MARGIN_TOP_PX, MARGIN_BOTTOM_PX = 26, 8, 34
_NEUTRAL: Final = "#7f8794"

PLOTLY_JS_VERSION: str = get_plotlyjs_version()
#: The script that draws these figures in a browser, as the plotly package brings it.
PLOTLY_JS: Path = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"


def wait_for_pandas() -> None:
    """Call this before plotly is used: it takes a pandas that another thread is still importing
    for a whole one, and fails. Where nobody imports pandas it is not imported here either."""
    if "pandas" in sys.modules:
        importlib.import_module("pandas")  # waits for the other thread


def timeline_figure(
    analysis: Analysis,
    person_id: int | None = None,
    *,
    window_s: tuple[float, float] | None = None,
    names: Mapping[int, str] | None = None,
) -> go.Figure:
    """A lane per person with a bar per segment; below it the probabilities of one person.

    Both share the time axis (seconds). A bar's ``customdata`` is (person id, label, start_s,
    end_s, confidence); a bar's ``base`` is its start. Lane i (from the top) has y = i.

    Args:
        person_id: whose probabilities to add; None, an unknown id or labels alone: lanes only.
        window_s: a stretch of time to show, its end being "now": who was not there in it has no
            lane, bars end at its edges, and the axis counts back from now. None: all of it.
        names: what people are called, by id; None = Person 1, ...
    """
    wait_for_pandas()
    if window_s is not None:
        analysis = _within(analysis, window_s)
    taught = analysis.taught
    with_estimates = (p for p in analysis.people if len(p.shown_estimates()[1]))
    person = next((p for p in with_estimates if p.id == person_id), None)
    lanes_px = LANE_PX * max(len(analysis.people), 1)
    heights = [lanes_px, AREA_PX] if person else [lanes_px]
    inner = sum(heights) + (GAP_PX if person else 0)
    figure = make_subplots(
        rows=len(heights),
        cols=1,
        shared_xaxes=True,
        row_heights=heights,
        vertical_spacing=GAP_PX / inner if person else 0,
    )
    lane_of = {each.id: lane for lane, each in enumerate(analysis.people)}
    called = {each: f"Person {each}" for each in lane_of} if names is None else names
    bars = _bars(segment_rows(analysis), lane_of, called, window_s, taught)
    for trace in (_presence(analysis, window_s), *bars):
        figure.add_trace(trace, row=1, col=1)
    if person:
        for trace in _areas(person, taught):
            figure.add_trace(trace, row=2, col=1)
        figure.update_yaxes(
            range=[0, 1],
            tickvals=[0.5, 1],
            tickformat=".0%",
            fixedrange=True,
            ticklabelstandoff=6,
            row=2,
            col=1,
        )
    figure.update_yaxes(
        range=[len(lane_of) - 0.5, -0.5],
        tickvals=list(lane_of.values()),
        ticktext=[escape(called[each]) for each in lane_of],
        fixedrange=True,
        showgrid=False,
        ticklabelstandoff=6,
        row=1,
        col=1,
    )
    lay_out(figure, inner + MARGIN_TOP_PX + MARGIN_BOTTOM_PX, end_of(analysis))
    if window_s is not None:
        _count_back(figure, window_s)
    return figure


def probability_figure(person: PersonResult) -> go.Figure:
    """Stacked probabilities of all labels over time, of one person."""
    wait_for_pandas()
    taught = person.taught.settings.labels if person.taught else ()
    figure = go.Figure(_areas(person, taught))
    figure.update_yaxes(range=[0, 1], tickformat=".0%", fixedrange=True)
    times_s = person.shown_estimates()[1]
    end_s = float(times_s[-1]) if len(times_s) else person.last_s
    lay_out(figure, AREA_PX + MARGIN_TOP_PX + MARGIN_BOTTOM_PX, max(end_s, person.last_s))
    return figure


def _within(analysis: Analysis, window_s: tuple[float, float]) -> Analysis:
    """Only who and what can be seen in a stretch of time."""
    start_s, end_s = window_s
    people = tuple(
        replace(
            each,
            segments=tuple(s for s in each.segments if s.end_s > start_s and s.start_s < end_s),
        )
        for each in analysis.people
        if each.last_s > start_s and each.first_s < end_s
    )
    return replace(analysis, people=people)


def _clip(
    start_s: float, end_s: float, window_s: tuple[float, float] | None
) -> tuple[float, float]:
    if window_s is None:
        return start_s, end_s
    return max(start_s, window_s[0]), min(end_s, window_s[1])


def _count_back(figure: go.Figure, window_s: tuple[float, float]) -> None:
    """The axis of a window: seconds before now."""
    start_s, end_s = window_s
    length_s = end_s - start_s
    step_s = next((s for s in (1, 2, 5, 10, 15, 30, 60, 120, 300) if length_s / s <= 6), 600)
    back = np.arange(0, length_s + 1e-6, step_s)[::-1]
    figure.update_xaxes(
        range=[start_s, end_s],
        minallowed=start_s,
        maxallowed=end_s,
        tickvals=(end_s - back).tolist(),
        ticktext=[f"−{value:.0f} s" if value else "now" for value in back],
        ticksuffix="",
    )
    figure.update_layout(margin_r=22)  # plotly leaves out what has no room, and that is "now"


def _presence(analysis: Analysis, window_s: tuple[float, float] | None) -> go.Bar:
    """The time in which each person was seen, behind the segments."""
    people = analysis.people
    spans = [_clip(each.first_s, each.last_s, window_s) for each in people]
    return go.Bar(
        orientation="h",
        y=list(range(len(people))),
        base=[start_s for start_s, _ in spans],
        x=[end_s - start_s for start_s, end_s in spans],
        width=0.62,
        marker={"color": "rgba(127,135,148,0.16)", "cornerradius": 5},
        hoverinfo="skip",
        showlegend=False,
        name="seen",
    )


def _bars(
    rows: list[SegmentRow],
    lane_of: dict[int, int],
    names: Mapping[int, str],
    window_s: tuple[float, float] | None,
    taught: Sequence[str],
) -> list[go.Bar]:
    spans = {row: _clip(row.start_s, row.end_s, window_s) for row in rows}
    return [
        go.Bar(
            orientation="h",
            y=[lane_of[row.person] for row in chosen],
            base=[spans[row][0] for row in chosen],
            x=[spans[row][1] - spans[row][0] for row in chosen],
            width=0.62,
            marker={
                "color": color_of(label, taught),
                "cornerradius": 5,
                # What a human says has an outline, and a tick before its name.
                "line": {
                    "color": text_on(rgb(label, taught)),
                    "width": [2 if row.by == "human" else 0 for row in chosen],
                },
            },
            # "Waving" where "Waving, both hands" has no room: colour and hover say which.
            text=[
                f"{'✓ ' if row.by == 'human' else ''}{escape(title(label).partition(',')[0])}"
                for row in chosen
            ],
            textposition="inside",
            insidetextanchor="middle",
            textangle=0,
            textfont={"color": text_on(rgb(label, taught))},
            customdata=[
                [row.person, label, row.start_s, row.end_s, row.confidence] for row in chosen
            ],
            hovertext=[_hover(row, names[row.person]) for row in chosen],
            hovertemplate="%{hovertext}<extra></extra>",
            name=title(label),
        )
        for label in dict.fromkeys([*LABELS, *(row.action for row in rows)])
        if (chosen := [row for row in rows if row.action == label])
    ]


def _hover(row: SegmentRow, name: str) -> str:
    times = "" if row.repetitions is None else f"<br>{repetition_words(row.repetitions)}"
    return (
        f"<b>{escape(title(row.action))}</b> · {escape(name)}<br>"
        f"{clock(row.start_s, 2)} – {clock(row.end_s, 2)} ({row.duration_s:.2f} s)<br>"
        f"{'said by a human' if row.by == 'human' else f'confidence {row.confidence:.0%}'}{times}"
    )


def _areas(person: PersonResult, taught: Sequence[str]) -> list[go.Scatter]:
    labels, estimate_times_s, rows = person.shown_estimates()
    times_s, probabilities = _with_zeros(estimate_times_s, rows)
    return [
        go.Scatter(
            x=times_s.round(3).tolist(),
            y=probabilities[:, i].round(4).tolist(),
            stackgroup="probabilities",
            mode="lines",
            line={"width": 0, "color": color_of(label, taught)},
            fillcolor=_translucent(label, taught),
            meta=escape(title(label)),
            hovertemplate="%{meta} %{y:.0%} at %{x:.2f} s<extra></extra>",
            name=title(label),
            showlegend=False,
        )
        for i, label in enumerate(labels)
    ]


def _with_zeros(times_s: Array, probabilities: FloatArray) -> tuple[Array, Array]:
    """Times and probabilities with zeros around each gap: plotly would draw straight across it."""
    zeros = np.zeros((1, probabilities.shape[1]))
    times, rows = [np.zeros(0)], [zeros[:0]]
    for i, (part_s, part) in enumerate(curve_runs(times_s, probabilities)):
        if i > 0:
            times += [times[-1][-1:] + 1e-3, part_s[:1] - 1e-3]
            rows += [zeros, zeros]
        times.append(part_s)
        rows.append(part)
    return np.concatenate(times), np.concatenate(rows)


def _translucent(label: str, taught: Sequence[str]) -> str:
    red, green, blue = rgb(label, taught)
    return f"rgba({red},{green},{blue},{0.3 if label == 'OTHER' else 0.85})"


def lay_out(figure: go.Figure, height_px: int, end_s: float) -> None:
    """What all timelines share: time from 0 to ``end_s``, neutral colours, little around it."""
    figure.update_layout(
        height=height_px,
        margin={"l": 72, "r": 10, "t": MARGIN_TOP_PX, "b": MARGIN_BOTTOM_PX},
        barmode="overlay",
        showlegend=False,
        hovermode="closest",
        dragmode="zoom",
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": _NEUTRAL, "size": 13},
        uniformtext={"mode": "hide", "minsize": 10},
        template="none",
    )
    figure.update_xaxes(
        range=[0, max(end_s, 0.1)],
        minallowed=0,
        maxallowed=max(end_s, 0.1),
        zeroline=False,
        gridcolor="rgba(127,135,148,0.22)",
        **_ticks(end_s),
    )
    figure.update_yaxes(zeroline=False, gridcolor="rgba(127,135,148,0.22)")


def _ticks(end_s: float) -> dict[str, Any]:
    """Plain seconds for a short video; minutes and seconds for a long one."""
    if end_s <= 90:
        return {"ticksuffix": " s", "nticks": 9}
    step = next((s for s in (15, 30, 60, 120, 300, 600, 1200) if end_s / s <= 9), 3600)
    values = np.arange(0, end_s + 1e-6, step)
    texts = [stopwatch(value) for value in values]
    return {"tickvals": values.tolist(), "ticktext": texts}
