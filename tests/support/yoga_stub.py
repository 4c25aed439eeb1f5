"""A pose engine whose finds the test decides, and a live coach likewise."""

from __future__ import annotations

import io
import threading
from dataclasses import replace
from functools import cache

import numpy as np
from live_stub import StubLive
from PIL import Image
from waiting import PATIENCE_S

from harec.core.poses import Poses
from harec.live import LiveState, LiveView
from harec.simulate.scene.asana_figure import draw_asana_truth
from harec.yoga.coaching.coach import AsanaCoach
from harec.yoga.practice.holds import (
    Hold,
    HoldNow,
    HoldSettings,
)
from harec.yoga.practice.live_history import CoachState, LivePractice
from harec.yoga.practice.spoken_cues import Spoken

SIZE_WH = (160, 120)


def joints(asana, side=None, angles_deg=None):
    """float32 (17, 3): of a figure in a picture of `SIZE_WH`, every joint seen."""
    return _joints(asana, side, tuple((angles_deg or {}).items())).copy()


@cache
def _joints(asana, side, angles_deg):
    return draw_asana_truth(asana, side, size_wh=SIZE_WH, angles_deg=dict(angles_deg))[1]


def poses(*bodies):
    """All bodies are found for sure."""
    return Poses(np.array(bodies, np.float32).reshape(-1, 17, 3), np.full(len(bodies), 0.9))


def photo(color=(120, 90, 60), size_wh=SIZE_WH, form="JPEG"):
    """The bytes of a picture; who is in it is the engine's to say."""
    file = io.BytesIO()
    Image.new("RGB", size_wh, color).save(file, form)
    return file.getvalue()


class Engine:
    """Finds what the test has put there: the same in each frame, or a film of it.

    Attributes:
        finds: for photos.
        film: one `Poses` a frame, for videos.
    """

    name = "movenet"

    def __init__(self) -> None:
        self.finds = poses()
        self.film: list[Poses] = []
        self.frame = 0
        self.asked: list[str] = []
        self.started, self.go = threading.Event(), threading.Event()
        self.go.set()

    def create(self, name, **options):
        self.asked.append(name)
        self.frame = 0
        return self

    def reset(self) -> None:
        pass

    def estimate(self, rgb) -> Poses:
        self.started.set()
        assert self.go.wait(PATIENCE_S)
        if not self.film:
            return self.finds
        self.frame += 1
        return self.film[self.frame - 1]


class StubCoach(StubLive):
    """Stands for CoachSession."""

    def __init__(self) -> None:
        super().__init__()
        self.hold_settings: HoldSettings | None = None
        self.held = LivePractice()

    def practice(self, last_s=None) -> LivePractice:
        return self.held

    def reset(self) -> None:
        super().reset()
        self.held = LivePractice()


def coached(asana, side, held_s, cue, others=0, **angles_deg):
    """A view of a session that coaches a person."""
    coaching = AsanaCoach().look(joints(asana, side, angles_deg))
    assert coaching.asana == asana
    hold = HoldNow(asana, side, 10.0, held_s, held_s >= 2, coaching.score)
    state = CoachState(1, others, coaching, hold, Spoken(cue, "correct", 12.0))
    return LiveView(state=LiveState.RUNNING, time_s=20.0, size_wh=(480, 360), extra=state)


HELD = LivePractice(
    holds=(
        Hold("vrikshasana", "left", 3.0, 9.0, 88.4, 80.0, 5.0),
        Hold("trikonasana", "right", 10.0, 22.0, None, None, 16.0),
    ),
    time_s=25.0,
)


def no_person(view: LiveView) -> LiveView:
    """The same with an empty room."""
    return replace(view, extra=CoachState())
