"""The timeline of a practice as a plotly figure: holds as bars, and the score curve below them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from harec.analysis.tables import clock
from harec.render.palette import hex_rgb, text_on
from harec.render.timeline import (
    AREA_PX,
    GAP_PX,
    LANE_PX,
    MARGIN_BOTTOM_PX,
    MARGIN_TOP_PX,
    lay_out,
    wait_for_pandas,
)
from harec.yoga.output.curves import practice_end_s, score_runs
from harec.yoga.practice.holds import Hold
from harec.yoga.practice.video import Practice
from harec.yoga.recognition.asanas import ASANAS


def practice_figure(practice: Practice) -> go.Figure:
    """`holds_figure` of a practice video."""
    return holds_figure(practice.holds, practice.times_s, practice.scores, practice_end_s(practice))


def holds_figure(
    holds: Sequence[Hold],
    times_s: NDArray[np.float64],
    scores: NDArray[np.float64],
    end_s: float,
) -> go.Figure:
    """A lane with a bar per hold, coloured by asana; below it the score within the holds, 0..100.

    Both share the time axis (seconds). A bar's ``customdata`` is (index of the hold, asana, side,
    start_s, end_s, best score); its ``base`` is its start. The lane has y = 0.

    Args:
        holds: in order of time.
        times_s, scores: (L,) of all sampled frames; nan where there is no score.
        end_s: where the axis ends.
    """
    wait_for_pandas()
    inner = LANE_PX + GAP_PX + AREA_PX
    figure = make_subplots(
        rows=2,
        cols=1,
        shared_xaxes=True,
        row_heights=[LANE_PX, AREA_PX],
        vertical_spacing=GAP_PX / inner,
    )
    for name in dict.fromkeys(hold.asana for hold in holds):
        figure.add_trace(_bars(name, holds), row=1, col=1)
    for hold in holds:
        figure.add_trace(_curve(hold, times_s, scores), row=2, col=1)
    figure.update_yaxes(
        range=[0.5, -0.5],
        tickvals=[0],
        ticktext=["Holds"],
        fixedrange=True,
        showgrid=False,
        ticklabelstandoff=6,
        row=1,
        col=1,
    )
    figure.update_yaxes(
        range=[0, 103],  # room for the line at 100
        tickvals=[0, 50, 100],
        fixedrange=True,
        ticklabelstandoff=6,
        title={"text": "Score", "standoff": 4},
        row=2,
        col=1,
    )
    lay_out(figure, inner + MARGIN_TOP_PX + MARGIN_BOTTOM_PX, end_s)
    return figure


def _bars(name: str, holds: Sequence[Hold]) -> go.Bar:
    chosen = [(i, hold) for i, hold in enumerate(holds) if hold.asana == name]
    color = ASANAS[name].colour
    return go.Bar(
        orientation="h",
        y=[0] * len(chosen),
        base=[hold.start_s for _, hold in chosen],
        x=[hold.duration_s for _, hold in chosen],
        width=0.62,
        marker={"color": color, "cornerradius": 5},
        text=[ASANAS[name].short(hold.side) for _, hold in chosen],
        textposition="inside",
        insidetextanchor="middle",
        textangle=0,
        textfont={"color": text_on(hex_rgb(color))},
        customdata=[
            [i, hold.asana, hold.side, hold.start_s, hold.end_s, hold.best_score]
            for i, hold in chosen
        ],
        hovertext=[_hover(hold) for _, hold in chosen],
        hovertemplate="%{hovertext}<extra></extra>",
        name=ASANAS[name].sanskrit,
    )


def _curve(hold: Hold, times_s: NDArray[np.float64], scores: NDArray[np.float64]) -> go.Scatter:
    runs = score_runs(hold, times_s, scores)
    color = ASANAS[hold.asana].colour
    red, green, blue = hex_rgb(color)
    return go.Scatter(
        # None between two runs: the line is not drawn across a gap
        x=[x for times, _ in runs for x in (*times.round(3).tolist(), None)][:-1],
        y=[y for _, values in runs for y in (*values.round(1).tolist(), None)][:-1],
        mode="lines",
        connectgaps=False,
        line={"color": color, "width": 2},
        fill="tozeroy",
        fillcolor=f"rgba({red},{green},{blue},0.18)",
        hovertemplate=f"{ASANAS[hold.asana].title(hold.side)}: %{{y:.0f}} at %{{x:.1f}} s"
        "<extra></extra>",
        name=ASANAS[hold.asana].title(hold.side),
        showlegend=False,
    )


def _hover(hold: Hold) -> str:
    asana = ASANAS[hold.asana]
    score = (
        "not judged: too little of the body was seen"
        if hold.best_score is None or hold.mean_score is None
        else f"score {hold.best_score:.0f} at best, {hold.mean_score:.0f} on average"
    )
    return (
        f"<b>{asana.title(hold.side)}</b> · {asana.english}<br>"
        f"{clock(hold.start_s)} – {clock(hold.end_s)} ({hold.duration_s:.1f} s)<br>{score}"
    )
