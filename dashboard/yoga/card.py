"""What the coach says, as the page shows it: names, side, score, what to do better."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import streamlit as st

from harec.yoga.coaching.coach import Coaching
from harec.yoga.coaching.remarks import not_judged, remark
from harec.yoga.recognition.asanas import ASANAS, Side

_HERE: Final = Path(__file__).parent
#: Scores from here on are shown in this colour.
_SCORE_COLORS: Final = ((80.0, "#1f9d55"), (55.0, "#d98e04"), (0.0, "#d64545"))


def _part(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


_component = st.components.v2.component(
    "harec_yoga_coach", html=_part("coach.html"), css=_part("coach.css"), js=_part("coach.js")
)


def show(key: str, data: dict[str, Any]) -> None:
    """Mount the card; ``data`` as of `coaching_data` and what `coach.js` takes beyond it."""
    _component(key=key, data=data)


def coaching_data(coaching: Coaching) -> dict[str, Any]:
    """Names, side, score, feedback and warnings of one coached body."""
    return {
        **asana_data(coaching.asana, coaching.side),
        **score_data(coaching.score, judged=not not_judged(coaching)),
        "feedback": feedback_lines(coaching),
        "warnings": _warnings(coaching),
    }


def asana_data(asana: str | None, side: Side | None) -> dict[str, Any]:
    """Sanskrit and English names, the side in words, and the colour."""
    if asana is None:
        return {"title": "No asana", "english": None, "side": None, "color": None}
    known = ASANAS[asana]
    return {
        "title": known.sanskrit,
        "english": known.english,
        "side": side_words(asana, side),
        "color": known.colour,
    }


def side_words(asana: str, side: Side | None) -> str | None:
    """``Left side: the left knee is bent``; None without a side."""
    if side is None:
        return None
    return f"{side.capitalize()} side: {ASANAS[asana].side_is.format(side=side)}"


def score_data(score: float | None, judged: bool = True) -> dict[str, Any]:
    """A score 0..100 as the ring shows it; ``judged`` False: the ring says that it was not."""
    return {
        "score": score,
        "scoreText": score_text(score),
        "scoreOf": "of 100" if judged else "not judged",
        "scoreColor": next(color for low, color in _SCORE_COLORS if (score or 0.0) >= low),
    }


def score_text(score: float | None) -> str:
    return "–" if score is None else f"{score:.0f}"


def feedback_lines(coaching: Coaching) -> list[dict[str, Any]]:
    """What to do better; a word of praise where a judged pose leaves nothing to say."""
    lines: Sequence[str] = [each.text for each in coaching.feedback]
    if lines or coaching.score is None:
        return [{"text": text, "good": False} for text in lines]
    return [{"text": remark(coaching), "good": True}]


def _warnings(coaching: Coaching) -> list[str]:
    """Why a pose was not judged is always among them."""
    reason = remark(coaching) if not_judged(coaching) else None
    return list(coaching.warnings) or ([reason] if reason else [])
