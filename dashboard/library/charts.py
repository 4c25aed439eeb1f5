"""The page's charts, as plain plotly figures: time per action, and a bar of moments per video."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from harec.analysis.tables import clock, short_number
from harec.batch.overview import ActionTime
from harec.render.palette import color_of, title

_ROW_PX: Final = 26
_AXIS_PX: Final = 40
#: Shortest bar, as a share of the longest video: what is shorter can't be seen.
_LEAST: Final = 0.004


def action_chart(times: Sequence[ActionTime]) -> dict[str, Any]:
    """A bar for each action, as long as it was done."""
    rows = [*reversed(times)]
    unit_s, unit = _unit(max((each.total_s for each in times), default=0.0))
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": [each.total_s / unit_s for each in rows],
        "y": [title(each.action) for each in rows],
        "marker": {"color": [color_of(each.action) for each in rows]},
        "text": [f"{short_number(each.total_s / unit_s)} {unit}" for each in rows],
        "customdata": [each.moments for each in rows],
        "textposition": "auto",
        "hovertemplate": "%{y}: %{text}, moments: %{customdata:,}<extra></extra>",
    }
    return {"data": [bars], "layout": _layout(len(rows), unit)}


def overview_chart(
    videos: Sequence[dict[str, Any]], moments: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """A bar for each video, with its moments where they are in it.

    Args:
        videos: rows of ``videos``, the first on top.
        moments: of them; the place of each in this list is its ``customdata``.
    """
    rows = {row["video"]: place for place, row in enumerate(reversed(videos))}
    longest_s = max((row["duration_s"] or 0.0 for row in videos), default=0.0)
    unit_s, unit = _unit(longest_s)
    whole = {
        "type": "bar",
        "orientation": "h",
        "x": [(row["duration_s"] or 0.0) / unit_s for row in videos],
        "y": [rows[row["video"]] for row in videos],
        "marker": {"color": "rgba(127, 135, 148, 0.18)"},
        "hoverinfo": "skip",
        "width": 0.7,
    }
    data = [whole]
    for action in sorted({each["action"] for each in moments}):
        places = [i for i, each in enumerate(moments) if each["action"] == action]
        chosen = [moments[i] for i in places]
        data.append(
            {
                "type": "bar",
                "orientation": "h",
                "base": [each["start_s"] / unit_s for each in chosen],
                "x": [max(each["duration_s"], _LEAST * longest_s) / unit_s for each in chosen],
                "y": [rows[each["video"]] for each in chosen],
                "marker": {"color": color_of(action)},
                "customdata": places,
                "text": [f"{clock(each['start_s'])} to {clock(each['end_s'])}" for each in chosen],
                "textposition": "none",
                "hovertemplate": f"{title(action)}, %{{text}}<extra></extra>",
                "width": 0.7,
            }
        )
    layout = _layout(len(videos), unit)
    layout["barmode"] = "overlay"
    layout["yaxis"] |= {
        "tickvals": [*rows.values()],
        "ticktext": [_short(row["name"]) for row in reversed(videos)],
        "range": [-0.6, len(videos) - 0.4],
    }
    return {"data": data, "layout": layout}


def _unit(longest_s: float) -> tuple[int, str]:
    """Seconds of the unit in which such times are read easily, and its name."""
    if longest_s >= 3 * 3600:
        return 3600, "hours"
    return (60, "minutes") if longest_s >= 180 else (1, "seconds")


def _layout(rows: int, unit: str) -> dict[str, Any]:
    return {
        "height": _AXIS_PX + _ROW_PX * max(rows, 1) + 12,
        "margin": {"l": 8, "r": 8, "t": 8, "b": _AXIS_PX},
        "xaxis": {"title": {"text": unit}, "rangemode": "tozero", "fixedrange": True},
        "yaxis": {"automargin": True, "fixedrange": True},
        "bargap": 0.25,
        "showlegend": False,
    }


def _short(name: str) -> str:
    """A file's name for an axis; what plotly would take for its markup is written out."""
    shown = name if len(name) <= 24 else f"{name[:14]}…{name[-9:]}"
    return shown.replace("&", "&amp;").replace("<", "&lt;")
