"""What a viewer could do for a better result, in plain sentences."""

from __future__ import annotations

from typing import Final

from harec.actions.windows import MAX_GAP_S
from harec.analysis.results import AnalysisSettings
from harec.analysis.tables import short_number
from harec.live.recorder import LONGEST_S, Recorder
from harec.live.types import (
    LiveResult,
    LiveState,
    LiveView,
)

#: Mean brightness 0..1 below which nobody can be seen.
DARK: Final = 0.08
#: Nobody in sight for so long is worth a word.
ALONE_S: Final = 2.0
#: Fewer looks a second lose quick motion.
FEW_LOOKS: Final = 7.0


def hints(
    view: LiveView,
    result: LiveResult | None,
    unseen_s: float,
    settings: AnalysisSettings,
    recorder: Recorder | None,
) -> tuple[str, ...]:
    """Sentences for a moment of a session.

    Args:
        unseen_s: seconds of session time since somebody was in sight.
    """
    told: list[str] = []
    if view.viewers > 1 and view.state is not LiveState.IDLE:
        told.append(
            f"{view.viewers} people use the camera page now and share the model: each gets fewer "
            "looks a second."
        )
    if view.state is LiveState.RUNNING and result is not None:
        if not result.people and result.brightness < DARK:
            told.append("The picture is almost black: switch on a light or uncover the camera.")
        elif not result.people and unseen_s > ALONE_S:
            told.append("Nobody is in sight: step back until the camera sees most of you.")
        if result.coach is None:  # held poses can be judged in few pictures
            told += _slow(view, settings)
    if recorder is not None:
        told += _recording(recorder)
    return tuple(told)


def _slow(view: LiveView, settings: AnalysisSettings) -> list[str]:
    if not view.inference_fps or view.inference_fps >= FEW_LOOKS:
        return []
    looks = f"The model sees {short_number(view.inference_fps)} pictures a second"
    lost = (
        "too few to name actions"
        if view.inference_fps < 1 / MAX_GAP_S
        else "quick motion may be lost"
    )
    if view.viewers > 1:
        return [f"{looks}, {lost}: it is shared."]
    if settings.skip and view.camera_fps / (settings.skip + 1) < FEW_LOOKS:
        return [f"{looks}, {lost}: skip fewer frames."]
    if view.camera_fps < FEW_LOOKS:
        return [f"{looks}, {lost}: the camera sends {short_number(view.camera_fps)} a second."]
    if settings.mode != "lightweight":
        return [f"{looks}, {lost}: choose the mode Lightweight, or follow fewer people."]
    return [f"{looks}, {lost}: follow fewer people, or use a faster machine."]


def _recording(recorder: Recorder) -> list[str]:
    if recorder.problem is not None:
        return [f"Nothing is recorded any more. {recorder.problem}"]
    if recorder.disk_full:
        return ["The recording has ended: the server's disk is almost full."]
    if recorder.full:
        return [f"The recording has ended: {LONGEST_S / 60:.0f} minutes are the most."]
    if recorder.lost:
        return ["The machine is too busy to record every picture: some are left out."]
    return []
