"""The tab for the webcam: the picture with its angles, and what the coach says beside it."""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from dashboard.live import camera, check, page, panel
from dashboard.live.notice import notice
from dashboard.server import warmup
from dashboard.visitor import Session
from dashboard.yoga import card, gallery
from dashboard.yoga.live_controller import CoachController
from dashboard.yoga.settings import sidebar
from harec.analysis.tables import clock
from harec.live import LiveState, LiveView
from harec.pose.registry import ESTIMATORS
from harec.yoga.coaching.remarks import not_judged
from harec.yoga.practice.holds import Hold
from harec.yoga.practice.live_history import CoachState, LivePractice
from harec.yoga.recognition.asanas import ASANAS

_POLL_S: Final = 0.5
#: The newest holds that the page lists; all are saved.
_LISTED: Final = 12
_QUIET: Final = "What to do next appears here."


def tab(session: Session, studio: CoachController) -> None:
    """Everything in the tab."""
    asked = camera.sidebar(studio)
    settings = sidebar(session, live=True)
    studio.live.settings = settings.pose
    studio.live.hold_settings = settings.holds
    studio.live.mirror = asked.mirror
    studio.follow_record(asked.record)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        camera.picture(studio, asked)
        page.controls(studio, counts=False)
    with right:
        _now(studio)
    gallery.show(folded=not studio.empty or studio.link.on)
    check.camera_check(studio)  # last, where its empty line is in nobody's way


@st.fragment(run_every=_POLL_S)
def _now(studio: CoachController) -> None:
    """What the coach says; the rest of the page, and the camera with it, stands still."""
    view = studio.live.view()
    if view.state is LiveState.RUNNING:
        warmup.settle(f"yoga {studio.live.settings.estimator}")
    state = view.state
    if studio.link.on and state is LiveState.IDLE:
        state = LiveState.WAITING
    card.show(
        "yoga-live-card",
        {
            **panel.status(state, studio.link.playing),
            "recording": panel.recording(view),
            **coach_data(view),
            **holds_data(studio.live.practice()),
        },
    )
    missing = None
    if view.state is LiveState.FAILED:
        missing = ESTIMATORS[studio.live.settings.estimator].unavailable()
    told = notice(view, studio.link, studio.check, missing)
    if told is not None:
        page.tell(studio, told)


def coach_data(view: LiveView) -> dict[str, Any]:
    """The card while the camera runs; quiet while nobody is coached."""
    coach: CoachState | None = view.coach
    coaching = coach.coaching if coach is not None else None
    warnings = list(view.hints)
    if coach is not None and coach.others:
        several = coach.others > 1
        warnings.append(
            f"{coach.others} other {'people are' if several else 'person is'} in the picture; the "
            "most prominent one is coached."
        )
    if coaching is None:
        looking = view.state is LiveState.RUNNING
        shown: dict[str, Any] = {
            **card.asana_data(None, None),
            **card.score_data(None),
            "title": "Looking for you …" if looking else "Your asana",
        }
    else:
        shown = {
            **card.asana_data(coaching.asana, coaching.side),
            **card.score_data(coaching.score, judged=not not_judged(coaching)),
        }
        warnings += [each for each in coaching.warnings if each not in warnings]
    cue = coach.cue if coach is not None else None
    return {
        **shown,
        "cue": cue.text if cue is not None else _QUIET if coaching is None else " ",
        "quiet": cue is None,
        "feedback": [],
        "warnings": warnings,
        "hold": _hold_now(coach),
    }


def _hold_now(coach: CoachState | None) -> dict[str, Any]:
    hold = coach.hold if coach is not None else None
    if hold is None:
        return {"time": "–", "text": "hold", "counted": False}
    best = "hold" if hold.best_score is None else f"best {hold.best_score:.0f}"
    # Whole seconds that are over, as in the picture.
    return {"time": clock(int(hold.held_s), 0), "text": best, "counted": hold.counted}


def holds_data(practice: LivePractice) -> dict[str, Any]:
    """The holds so far, the newest first."""
    count = len(practice.holds)
    listed = practice.holds[::-1][:_LISTED]
    return {
        "holds": [hold_row(hold) for hold in listed] if count else None,
        "holdsTitle": f"{count} hold{'' if count == 1 else 's'} so far",
    }


def hold_row(hold: Hold) -> dict[str, str]:
    """One line of the list."""
    known = ASANAS[hold.asana]
    return {
        "title": known.title(hold.side),
        "color": known.colour,
        "time": clock(hold.duration_s, 0),
        "score": card.score_text(hold.best_score),
    }
