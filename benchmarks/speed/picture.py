"""The result of `harec bench` as a picture: a plotly figure, photographed in Chromium.

    python -m benchmarks.speed.picture [RESULT.json] [docs/bench.png]

A PNG needs Chromium and playwright, which the tests need, too; an .html needs neither.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path
from typing import Any, Final

import plotly.graph_objects as go

from benchmarks.speed.report import RESULT
from benchmarks.speed.result import TITLES, BenchResult, Row, letter, read_result
from harec.core.errors import InputError
from harec.core.files import atomic_write
from harec.render.palette import ACTION_COLORS

PICTURE: Final = Path(__file__).parents[2] / "docs" / "bench.png"
#: Colours of the bars; (a) is a line.
COLORS: Final[dict[str, str]] = {
    "b": ACTION_COLORS["JUMPING"],
    "c": ACTION_COLORS["WAVING_1HAND"],
    "d": ACTION_COLORS["JUMPING_JACKS"],
    "article": ACTION_COLORS["BOXING"],
    "e": ACTION_COLORS["WAVING_2HANDS"],
    "f": ACTION_COLORS["CLAPPING_HANDS"],
}
_INK, _QUIET, _FAINT = "#1b1f24", "#57606a", "#e6e8eb"
_WIDTH_PX, _HEIGHT_PX, _SCALE = 1200, 590, 2


def figure(result: BenchResult) -> Any:
    """Bars of frames a second as shares of (a), a group a setting; the numbers are frames/s."""
    labels = [label(row, result.rows[0]) for row in result.rows]
    chart = go.Figure()
    for case in result.cases:
        if case not in COLORS:
            continue
        shares = [_share(row, case) for row in result.rows]
        speeds = [_speed(row, case) for row in result.rows]
        chart.add_bar(
            name=f"{letter(case)} {TITLES[case]}",
            x=labels,
            y=shares,
            text=[
                "" if y is None else f"{speed:.0f}" for y, speed in zip(shares, speeds, strict=True)
            ],
            customdata=speeds,
            textposition="outside",
            textangle=0,
            textfont={"size": 13, "color": _INK},
            cliponaxis=False,
            marker={"color": COLORS[case], "cornerradius": 3},
            hovertemplate="%{customdata:.1f} frames/s, %{y:.0%} of (a)"
            "<extra>%{fullData.name}</extra>",
        )
    known = [y for trace in chart.data for y in trace.y if y is not None]
    _dress(chart, result, max([1.0, *known]))
    return chart


def _share(row: Row, case: str) -> float | None:
    """Frames a second over (a)'s; None for a case that saw too few people: it did less work."""
    missed = case in row.cases and row.cases[case].missed_people(row.setting)
    return None if missed else row.ratio(case, "a")


def label(row: Row, base: Row) -> str:
    """What a group of bars is called: the base setting in full, of others what differs."""
    name = "<br>".join(row.setting.differences(base.setting)).replace("x", "×")
    limit = _speed(row, "a")
    return name if limit is None else f"<b>{name}</b><br>(a) {limit:.0f}/s"


def _speed(row: Row, case: str) -> float | None:
    return row.cases[case].frames_per_second if case in row.cases else None


def _dress(chart: Any, result: BenchResult, highest: float) -> None:
    """Axes, legend, the line of (a), and what it was measured on."""
    line = {"color": _QUIET, "width": 2, "dash": "dash"}
    chart.add_hline(y=1, line=line, layer="between")
    chart.add_scatter(  # what the line is, in the legend
        name=f"(a) {TITLES['a']}", x=[None], y=[None], mode="lines", line=line, legendrank=1
    )
    chart.add_annotation(
        text=f"{result.hardware_line}. Numbers: frames of the video a second.",
        **{"x": 0, "y": 0, "xref": "paper", "yref": "paper", "yanchor": "top", "yshift": -132},
        showarrow=False,
        font={"color": _QUIET, "size": 14},
    )
    chart.update_layout(
        template="none",
        barmode="group",
        bargap=0.2,
        bargroupgap=0.06,
        width=_WIDTH_PX,
        height=_HEIGHT_PX,
        margin={"l": 76, "r": 24, "t": 76, "b": 162},
        paper_bgcolor="#ffffff",
        plot_bgcolor="#ffffff",
        font={"family": "Inter, Helvetica, Arial, sans-serif", "size": 15, "color": _INK},
        legend={"orientation": "h", "x": 0, "y": 1.04, "yanchor": "bottom", "font": {"size": 15}},
        yaxis={
            "title": {"text": "share of the pose model's speed"},
            "tickformat": ".0%",
            "range": [0, highest * 1.12],
            "gridcolor": _FAINT,
            "zeroline": False,
        },
        xaxis={"showgrid": False, "linecolor": _INK, "automargin": False},
    )


def check_picture(path: Path) -> None:
    """Raise InputError when the name is not that of a picture that can be made."""
    if path.suffix.lower() not in (".png", ".html"):
        raise InputError(f"The picture is a .png or an .html; name it so: {path}")


def write_picture(result: BenchResult, path: Path) -> str | None:
    """Write the figure; returns a plain sentence when there is nothing here to draw a PNG with.

    Raises:
        InputError: the file can't be written.
    """
    chart = figure(result)
    if path.suffix.lower() == ".html":
        with atomic_write(path) as temporary:
            chart.write_html(temporary, include_plotlyjs=True)
        return None
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        chromium = None
    if chromium is None:
        return (
            "A PNG needs Chromium and playwright, as the tests do; make it there with: "
            "python -m benchmarks.speed.picture"
        )
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        page_file = Path(folder) / "figure.html"
        chart.write_html(page_file, include_plotlyjs=True, config={"staticPlot": True})
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(
            viewport={"width": _WIDTH_PX + 40, "height": _HEIGHT_PX + 40},
            device_scale_factor=_SCALE,
        )
        page.goto(page_file.as_uri())
        page.wait_for_selector(".main-svg")
        with atomic_write(path) as temporary:
            page.locator(".svg-container").first.screenshot(path=temporary)
        browser.close()
    return None


def main() -> None:
    parser = argparse.ArgumentParser(description="A picture of a result of harec bench")
    parser.add_argument("result", type=Path, nargs="?", default=RESULT)
    parser.add_argument("picture", type=Path, nargs="?", default=PICTURE)
    chosen = parser.parse_args()
    try:
        check_picture(chosen.picture)
        print(write_picture(read_result(chosen.result), chosen.picture) or chosen.picture)
    except InputError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
