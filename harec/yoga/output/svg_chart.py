"""The timeline of a practice as plain SVG, for reports: plotly's script would be 5 MB in each."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Final

import numpy as np

from harec.analysis.tables import clock
from harec.render.palette import hex_rgb, text_on
from harec.yoga.output.curves import practice_end_s, score_runs
from harec.yoga.practice.holds import Hold
from harec.yoga.practice.video import Practice
from harec.yoga.recognition.asanas import ASANAS

WIDTH: Final = 960
HEIGHT: Final = 196
_LEFT, _RIGHT = 44, 12
_BAR_Y, _BAR_HEIGHT = 6, 30
_CURVE_Y, _CURVE_HEIGHT = 54, 110
#: Width of a letter at the size of the bars' text, about.
_LETTER: Final = 7.0


def timeline_svg(practice: Practice) -> str:
    """Bars coloured by asana, the score within the holds below, and the time axis.

    Times in seconds, scores 0..100. Texts and grid take ``currentColor``.
    """
    end_s = max(practice_end_s(practice), 0.1)
    parts = [*_grid(end_s)]
    for hold in practice.holds:
        parts += [*_curve(hold, practice, end_s), *_bar(hold, end_s)]
    title = f"Timeline of {practice.video.name}"
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title, quote=True)}" '
        'font-family="inherit" font-size="13">' + "".join(parts) + "</svg>"
    )


def _x(time_s: float, end_s: float) -> float:
    return _LEFT + (WIDTH - _LEFT - _RIGHT) * time_s / end_s


def _y(score: float) -> float:
    return _CURVE_Y + _CURVE_HEIGHT * (1 - score / 100)


def _grid(end_s: float) -> Iterator[str]:
    for score in (0, 50, 100):
        y = _y(score)
        yield (
            f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y}" y2="{y}" stroke="currentColor" '
            'stroke-opacity=".18"/>'
            f'<text x="{_LEFT - 8}" y="{y + 4}" text-anchor="end" fill="currentColor" '
            f'fill-opacity=".7">{score}</text>'
        )
    for time_s in ticks(end_s):
        x = _x(time_s, end_s)
        yield (
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_BAR_Y}" y2="{_y(0)}" stroke="currentColor" '
            'stroke-opacity=".12"/>'
            f'<text x="{x:.1f}" y="{HEIGHT - 12}" text-anchor="middle" fill="currentColor" '
            f'fill-opacity=".7">{clock(time_s, 0)}</text>'
        )


def ticks(end_s: float) -> list[float]:
    """At most nine round moments from 0 on."""
    steps = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200)
    step_s = next((s for s in steps if end_s / s <= 8), 3600)
    return np.arange(0, end_s + 1e-6, step_s).tolist()


def _bar(hold: Hold, end_s: float) -> Iterator[str]:
    asana = ASANAS[hold.asana]
    x, width = _x(hold.start_s, end_s), _x(hold.end_s, end_s) - _x(hold.start_s, end_s)
    yield (
        f'<rect x="{x:.1f}" y="{_BAR_Y}" width="{max(width, 2):.1f}" height="{_BAR_HEIGHT}" '
        f'rx="4" fill="{asana.colour}"><title>{escape(asana.title(hold.side))}, '
        f"{clock(hold.start_s)} – {clock(hold.end_s)}</title></rect>"
    )
    short = asana.short(hold.side)
    if len(short) * _LETTER + 8 <= width:
        yield (
            f'<text x="{x + width / 2:.1f}" y="{_BAR_Y + 20}" text-anchor="middle" '
            f'fill="{text_on(hex_rgb(asana.colour))}">{escape(short)}</text>'
        )


def _curve(hold: Hold, practice: Practice, end_s: float) -> Iterator[str]:
    color = ASANAS[hold.asana].colour
    for times, scores in score_runs(hold, practice.times_s, practice.scores):
        points = [(_x(t, end_s), _y(s)) for t, s in zip(times, scores, strict=True)]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        floor = f"{points[-1][0]:.1f},{_y(0):.1f} {points[0][0]:.1f},{_y(0):.1f}"
        yield (
            f'<polygon points="{line} {floor}" fill="{color}" fill-opacity=".18"/>'
            f'<polyline points="{line}" fill="none" stroke="{color}" stroke-width="2" '
            'stroke-linejoin="round"/>'
        )
