"""Holds as a table, in images, and ticked off against a sequence."""

from __future__ import annotations

from html import escape
from typing import Any, Final

import pandas as pd
import streamlit as st

from dashboard.chosen_row import Moment
from dashboard.yoga.card import score_text
from dashboard.yoga.practice_job import PracticeOutcome
from harec.analysis.tables import clock
from harec.render.palette import hex_rgb
from harec.yoga.coaching.coach import Coaching
from harec.yoga.coaching.remarks import remark
from harec.yoga.practice.holds import Hold
from harec.yoga.practice.sequence import (
    SequenceResult,
    Status,
    StepResult,
)
from harec.yoga.recognition.asanas import ASANAS

_COLUMNS: Final = 3
#: More images make the page slow; the report has all.
_MAX_IMAGES: Final = 24
_MARKS: Final = {
    Status.DONE: ("✓", "#1f9d55", "done"),
    Status.MOVED: ("↕", "#d98e04", "done, but not in this place"),
    Status.OTHER_SIDE: ("⇄", "#d98e04", "done on the other side"),
    Status.MISSING: ("✗", "#d64545", "not seen"),
}
_STEP: Final = (
    '<li style="display:flex;align-items:baseline;gap:.7em;padding:.3rem 0">'
    '<b style="color:{color};width:1.2em;text-align:center">{mark}</b>'
    '<span>{title}<span style="opacity:.7"> · {words}</span></span></li>'
)


def table(outcome: PracticeOutcome, key: str) -> None:
    """A row for each hold; a selected one is where the video goes.

    Args:
        key: see `follow_choice`.
    """
    rows = outcome.shown.holds
    if not rows:
        return
    st.subheader("Holds", anchor=False)
    st.caption("A click on a row jumps to its best moment in the video.")
    frame = pd.DataFrame(
        {
            "Asana": [ASANAS[hold.asana].sanskrit for hold in rows],
            "Side": [hold.side or "" for hold in rows],
            "Start": [clock(hold.start_s) for hold in rows],
            "End": [clock(hold.end_s) for hold in rows],
            "Held": [f"{hold.duration_s:.1f} s" for hold in rows],
            "Best score": [hold.best_score for hold in rows],
            "Mean score": [hold.mean_score for hold in rows],
            "Best at": [clock(hold.best_s) for hold in rows],
        }
    )
    st.dataframe(
        frame.style.map(_colored, subset=["Asana"]).format(
            "{:.0f}", na_rep="–", subset=["Best score", "Mean score"]
        ),
        hide_index=True,
        key=key,
        on_select="rerun",
        selection_mode="single-cell",
        height=min(38 + 35 * len(rows), 420),
    )


def follow_choice(outcome: PracticeOutcome) -> str:
    """Call it before the player is drawn. Returns the key of the table of holds."""
    moments = [Moment(h.asana, h.start_s, h.end_s, h.best_s) for h in outcome.shown.holds]
    # Other rows are another table.
    return outcome.chosen.follow(f"holds-{outcome.version}", moments)


def _colored(text: object) -> str:
    color = next((a.colour for a in ASANAS.values() if a.sanskrit == text), "#8A8F98")
    red, green, blue = hex_rgb(color)
    return f"background-color: rgba({red}, {green}, {blue}, 0.3)"


def best_moments(outcome: PracticeOutcome) -> None:
    """The best frame of each hold with what to do better; none while they are drawn."""
    practice = outcome.shown
    if outcome.images is None or not practice.holds:
        return
    st.subheader("Best moments", anchor=False)
    shown = list(zip(practice.holds, practice.coachings, outcome.images, strict=True))
    for first in range(0, min(len(shown), _MAX_IMAGES), _COLUMNS):
        for column, (hold, coaching, image) in zip(
            st.columns(_COLUMNS), shown[first : first + _COLUMNS], strict=False
        ):
            with column:
                st.image(image, width="stretch")
                st.markdown(_words(hold, coaching))
    if len(shown) > _MAX_IMAGES:
        st.caption(f"The first {_MAX_IMAGES} of {len(shown)} holds; the report shows all.")


def _words(hold: Hold, coaching: Coaching) -> str:
    """Name, score, what to do better, and what stood in the way of seeing it."""
    head = (
        f"**{ASANAS[hold.asana].title(hold.side)}** · {score_text(hold.best_score)} "
        f":small[:gray[at {clock(hold.best_s)}]]"
    )
    lines = [each.text for each in coaching.feedback] or [remark(coaching) or ""]
    lines += [f":material/info: {text}" for text in coaching.warnings]
    return "\n".join([head, "", *(f"- :small[{text}]" for text in lines if text)])


def sequence(result: SequenceResult) -> None:
    """The steps that were meant, ticked off."""
    st.subheader("Sequence", anchor=False)
    if result.complete:
        st.success(f"All {len(result.steps)} steps, in order.", icon=":material/check_circle:")
    lines = [_step(each) for each in result.steps]
    for hold in result.extra:
        title = ASANAS[hold.asana].title(hold.side)
        lines.append(_line("+", "currentColor", title, f"not in the sequence, {_when(hold)}"))
    st.html(f'<ol style="list-style:none;margin:0;padding:0">{"".join(lines)}</ol>')


def _step(each: StepResult) -> str:
    mark, color, words = _MARKS[each.status]
    when = f", {_when(each.hold)}" if each.hold is not None else ""
    return _line(mark, color, each.step.title, words + when)


def _when(hold: Hold) -> str:
    return f"at {clock(hold.start_s)}"


def _line(mark: str, color: str, title: str, words: str) -> str:
    values: dict[str, Any] = {"title": escape(title), "words": escape(words)}
    return _STEP.format(mark=mark, color=color, **values)
