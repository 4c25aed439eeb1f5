"""The asanas that harec can name, as cards with a drawn reference figure each."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Final

import streamlit as st

from dashboard.polling import polled
from dashboard.yoga import figures
from harec.yoga.recognition.asanas import ASANAS, Asana

_CSS: Final = (Path(__file__).parent / "gallery.css").read_text(encoding="utf-8")
_CARD: Final = (
    '<figure class="hg-card" style="--dot:{color}">{image}'
    '<figcaption><b class="hg-name">{sanskrit}</b><span class="hg-english">{english}</span>'
    "{lines}</figcaption></figure>"
)
VIEWS: Final = {
    "front": "Film from the front, the chest open to the camera",
    "side": "Film from the side, in profile",
}
LEARNT: Final = "Learnt from photos"
RULES: Final = "Defined by rules on joint angles: no photos to learn from"


def show(folded: bool = False) -> None:
    """All cards.

    Args:
        folded: in an expander, where there is something else to see.
    """
    if folded:
        with st.expander("The eleven asanas", icon=":material/self_improvement:"):
            _cards()
    else:
        st.subheader("Eleven asanas", anchor=False)
        _cards()


def _cards() -> None:
    if figures.begin().is_alive():
        _filling()
    else:
        _grid(drawn=True)


@polled
def _filling() -> None:
    """The cards wait for their figures; the rest of the page doesn't."""
    if not figures.begin().is_alive():
        st.rerun()
    _grid(drawn=False)


def _grid(drawn: bool) -> None:
    cards = "".join(_card(asana, drawn) for asana in ASANAS.values())
    st.html(f'<style>{_CSS}</style><div class="hg">{cards}</div>')


def _card(asana: Asana, drawn: bool) -> str:
    lines = "".join(f'<span class="hg-line">{escape(text)}</span>' for text in facts(asana))
    source = figures.as_url(asana.name) if drawn else None
    image = '<span class="hg-none"></span>'
    if source is not None:
        text = f"A figure in {asana.sanskrit}"
        image = f'<img src="{source}" alt="{escape(text)}" width="360" height="360">'
    return _CARD.format(
        color=asana.colour,
        image=image,
        sanskrit=escape(asana.sanskrit),
        english=escape(asana.english),
        lines=lines,
    )


def facts(asana: Asana) -> list[str]:
    """What a card says below the names."""
    sides = (
        f"Left: {asana.side_is.format(side='left')}" if asana.sided else "The same on both sides"
    )
    return [sides, VIEWS[asana.view], LEARNT if asana.photos else RULES]
