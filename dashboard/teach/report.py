"""How well each action is known, and what to do about it."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final

import streamlit as st

from dashboard.polling import polled
from dashboard.teach.names import color, shown
from dashboard.teach_state import TeachState, Trained
from dashboard.text import plain
from harec.actions.labels import OTHER

if TYPE_CHECKING:
    from harec.taught.action_set import ActionReport

_CSS: Final = (Path(__file__).parent / "report.css").read_text(encoding="utf-8")
#: With fewer right than this the advice is more than a hint.
_GOOD: Final = 0.8


def show(state: TeachState) -> None:
    """The report of the newest training."""
    trained = state.trained
    if state.training:
        _learning(state)
    elif trained.problem:
        st.error(plain(trained.problem), icon=":material/error:")
        return
    if trained.actions is None:
        if not state.training:
            st.info(
                "These examples say only what is none of your actions: show an action, too.",
                icon=":material/info:",
            )
        return
    rows = "".join(_row(each, state.labels) for each in trained.report)
    st.html(f'<style>{_CSS}</style><div class="tr">{rows}</div>')
    _others(state, trained)


@polled
def _learning(state: TeachState) -> None:
    """Until the training has ended."""
    if not state.training:
        st.rerun()
    st.caption(":material/hourglass_top: Learning from your examples …")


def _row(each: ActionReport, labels: tuple[str, ...]) -> str:
    count = f"{each.examples} example{'s' * (each.examples != 1)}"
    if each.right is None:
        right, width = "not tested yet", 0.0
    else:
        right, width = f"{each.right:.0%} recognised", each.right
    facts = count
    if each.confused_with is not None:
        other = "nothing" if each.confused_with == OTHER else shown(each.confused_with)
        facts += f" · confused with {other}"
    mild = "" if each.right is not None and each.right < _GOOD else " tr-mild"
    words = each.advice
    for label in labels:
        words = words.replace(f'"{label}"', f'"{shown(label)}"')
    advice = f'<p class="tr-advice{mild}">{escape(words)}</p>' if words else ""
    return (
        f'<div class="tr-row" style="--dot:{color(each.label, labels)}">'
        f'<div class="tr-head"><span class="tr-name">{escape(shown(each.label))}</span>'
        f'<span class="tr-right">{right}</span></div>'
        f'<div class="tr-bar"><i style="width:{width:.0%}"></i></div>'
        f'<span class="tr-facts">{escape(facts)}</span>{advice}</div>'
    )


def _others(state: TeachState, trained: Trained) -> None:
    others = sum(each.label == OTHER for each in state.examples)
    lines = ["Recognised: named right by the other examples, when it is left out itself."]
    if others:
        lines.append(f"{others} example{'s' * (others != 1)} of what is none of these.")
    st.caption(" ".join(lines))
