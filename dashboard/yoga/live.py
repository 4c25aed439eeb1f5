"""The tab for the webcam: the video with its angles, and what the coach says beside it."""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from dashboard.live import camera, check, page, panel
from dashboard.polling import polled
from dashboard.server import warmup
from dashboard.visitor import Visitor
from dashboard.yoga import card, gallery
from dashboard.yoga.live_controller import CoachController, coach_controller
from dashboard.yoga.sidebar import sidebar
from harec.analysis.tables import clock
from harec.live import LiveState, LiveView
from harec.yoga.coaching.remarks import not_judged
from harec.yoga.practice.holds import Hold
from harec.yoga.practice.live_history import CoachState, LivePractice
from harec.yoga.recognition.asanas import ASANAS

#: The newest holds that the page lists; all are saved.
_LISTED: Final = 12
_QUIET: Final = "What to do next appears here."


def tab(visitor: Visitor) -> None:
    """Everything in the tab; the live coach is made when it is first opened."""
    controller = visitor.state(coach_controller)
    asked = camera.sidebar(controller)
    settings = sidebar(visitor, live=True)
    controller.live.settings = settings.pose
    controller.live.hold_settings = settings.holds
    controller.live.mirror = asked.mirror
    controller.follow_record(asked.record)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        camera.stream(controller, asked)
        page.controls(controller, counts=False)
    with right:
        _now(controller)
    gallery.show(folded=not controller.empty or controller.link.on)
    check.camera_check()  # last, where its empty line is in no one's way


@polled
def _now(controller: CoachController) -> None:
    """What the coach says; the rest of the page, and the camera with it, stands still."""
    page.follow_browser(controller)
    view = controller.live.view()
    if view.state is LiveState.RUNNING:
        warmup.settle(f"yoga {controller.live.settings.estimator}")
    state = view.state
    if controller.link.on and state is LiveState.IDLE:
        state = LiveState.WAITING
    card.show(
        "yoga-live-card",
        {
            **panel.status(state, controller.link.playing),
            "recording": panel.recording(view),
            **coach_data(view),
            **holds_data(controller.live.practice()),
        },
    )
    page.notices(controller, view)


def coach_data(view: LiveView[CoachState]) -> dict[str, Any]:
    """The card while the camera runs; quiet while no person is coached."""
    coach = view.extra
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
    # Whole seconds that are over, as in the video.
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
