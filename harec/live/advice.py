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

#: Mean brightness 0..1 below which no person can be seen.
DARK: Final = 0.08
#: A frame without people for so long gets a hint.
EMPTY_S: Final = 2.0
#: Fewer inferences a second lose quick motion.
QUICK_MOTION_FPS: Final = 7.0


def hints(
    view: LiveView[object],
    result: LiveResult[object] | None,
    empty_s: float,
    settings: AnalysisSettings,
    recorder: Recorder | None,
    least_fps: float = QUICK_MOTION_FPS,
) -> tuple[str, ...]:
    """Sentences for a moment of a session.

    Args:
        empty_s: seconds of session time since a person was in the frame.
        least_fps: inferences a second that are enough; 0 where poses are held.
    """
    found: list[str] = []
    if view.viewers > 1 and view.state is not LiveState.IDLE:
        found.append(
            f"{view.viewers} people use the camera page now and share the model: each gets fewer "
            "looks a second."
        )
    if view.state is LiveState.RUNNING and result is not None:
        if not result.people and result.brightness < DARK:
            found.append("The picture is almost black: switch on a light or uncover the camera.")
        elif not result.people and empty_s > EMPTY_S:
            found.append("Nobody is in sight: step back until the camera sees most of you.")
        found += _slow(view, settings, least_fps)
    if recorder is not None:
        found += _recording(recorder)
    return tuple(found)


def _slow(view: LiveView[object], settings: AnalysisSettings, least_fps: float) -> list[str]:
    if not 0 < view.inference_fps < least_fps:
        return []
    looks = f"The model sees {short_number(view.inference_fps)} pictures a second"
    lost = (
        "too few to name actions"
        if view.inference_fps < 1 / MAX_GAP_S
        else "quick motion may be lost"
    )
    if view.viewers > 1:
        return [f"{looks}, {lost}: it is shared."]
    skip = 0 if settings.skip == "auto" else settings.skip
    if skip and view.camera_fps / (skip + 1) < least_fps:
        return [f"{looks}, {lost}: skip fewer frames."]
    if view.camera_fps < least_fps:
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
