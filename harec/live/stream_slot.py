"""Frames of one stream on their way from the camera's thread to the worker's."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Generic

from harec.live.protocols import RGB, ExtraT
from harec.live.recorder import Recorder
from harec.live.types import LiveResult


@dataclass(frozen=True, eq=False)
class WaitingFrame:
    """A frame for the model.

    Attributes:
        time_s: session time.
        rgb: uint8 (H, W, 3), not mirrored.
        arrival_s: when it came, on the monotonic clock.
    """

    time_s: float
    rgb: RGB
    arrival_s: float


@dataclass(frozen=True, eq=False)
class Arrival(Generic[ExtraT]):
    """What a frame that has just come should be shown with.

    Attributes:
        time_s: session time; None for a frame that is neither seen by the model nor recorded.
        result: to draw on it.
        mirror: whether to flip it.
        keypoint_threshold: 0..1; keypoints with a lower score are not drawn.
        recorder: that gets the frame as it is shown.
    """

    time_s: float | None
    result: LiveResult[ExtraT] | None
    mirror: bool
    keypoint_threshold: float
    recorder: Recorder | None


class StreamSlot:
    """One stream's place in a `SessionState`: its newest frame that the worker has not taken.

    Attributes:
        opened_s: on the monotonic clock.
        closing: set when the stream ends.
        changed: set when the worker has a reason to look at what is wanted.
        frame, follows_on, arrived: `SessionState`'s, under its lock: the newest frame, whether
            the next one follows on from the one before, and how many have come.
    """

    def __init__(self) -> None:
        self.opened_s = time.monotonic()
        self.closing = threading.Event()
        self.changed = threading.Event()
        self.frame: WaitingFrame | None = None
        self.follows_on = True
        self.arrived = 0
