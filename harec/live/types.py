"""What a live session gives: people, results, and a snapshot for the caller that shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

from harec.actions.labels import LABELS
from harec.core.poses import FloatArray

#: What a pipeline says beyond who does what; None (the type) for the one that names actions.
ExtraT_co = TypeVar("ExtraT_co", covariant=True)


class LiveState(StrEnum):
    """Where a live session stands."""

    IDLE = "idle"  # no camera
    WAITING = "waiting"  # a camera was started, no frame yet
    LOADING = "loading"  # frames come, the models load
    RUNNING = "running"
    PAUSED = "paused"
    FAILED = "failed"  # frames are still shown; see `LiveView.problem`


@dataclass(frozen=True, eq=False)
class LivePerson:
    """One person in the frame.

    Attributes:
        id: 1, 2, ... in order of appearance since the start or the last reset.
        keypoints_xyc: float32 (17, 3): pixels of the frame that the model saw, not mirrored; score.
        action: a name of ``harec.actions.labels.ACTIONS`` or of a taught action, or None.
        confidence: of the action, 0..1; 0 when there is none.
        probabilities: float32 (K + 1,) over the result's labels, the newest; None before the
            first prediction.
        repetitions: action -> how often since the start or the last reset.
    """

    id: int
    keypoints_xyc: FloatArray
    action: str | None = None
    confidence: float = 0.0
    probabilities: FloatArray | None = None
    repetitions: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class LiveResult(Generic[ExtraT_co]):
    """Result of one inference.

    Attributes:
        time_s: session time of the frame: it starts at 0 and leaves out pauses and the time
            between two streams.
        size_wh: of the stream's first frame: people are in its pixels, and frames of another size
            were fitted into it.
        people: in order of id.
        brightness: mean of the frame, 0..1.
        model_s: how long the inference took.
        looked: whether the model saw the frame; else the people are where they were.
        labels: of probabilities: what is named, and OTHER.
        extra: what the pipeline adds (yoga: the coach's state); None where actions are named.
    """

    time_s: float
    size_wh: tuple[int, int]
    people: tuple[LivePerson, ...]
    brightness: float = 1.0
    model_s: float = 0.0
    looked: bool = True
    labels: tuple[str, ...] = LABELS
    extra: ExtraT_co | None = None


@dataclass(frozen=True, eq=False)
class LiveView(Generic[ExtraT_co]):
    """A live session at one moment.

    Attributes:
        state: a `LiveState`.
        time_s: newest session time.
        people: who is in the frame; a person who left is gone within a second.
        repetitions: action -> how often, all people together; actions that occurred. Of yoga:
            asana -> holds.
        labels: of probabilities: what is named, and OTHER.
        extra: that of the newest result; None where actions are named, and without a result.
        camera_fps: frames that arrive, a second, over the last two seconds.
        inference_fps: inferences a second.
        age_s: how old results were when they were first shown: from the arrival of their frame to
            the frame that shows them; the median of the last two seconds. None without results.
        viewers: sessions of this process with an open stream.
        waited_s: in state WAITING: seconds since the camera was started.
        silent_s: seconds since the newest frame; 0 without a camera or a frame.
        problem: in state FAILED: one plain sentence.
        hints: plain sentences on what could be better.
        recording_s: length of the running recording; None when there is none.
        size_wh: of the newest frame.
    """

    state: LiveState = LiveState.IDLE
    time_s: float = 0.0
    people: tuple[LivePerson, ...] = ()
    repetitions: Mapping[str, int] = field(default_factory=dict)
    camera_fps: float = 0.0
    inference_fps: float = 0.0
    age_s: float | None = None
    viewers: int = 0
    waited_s: float = 0.0
    silent_s: float = 0.0
    problem: str | None = None
    hints: tuple[str, ...] = ()
    recording_s: float | None = None
    size_wh: tuple[int, int] | None = None
    labels: tuple[str, ...] = LABELS
    extra: ExtraT_co | None = None
