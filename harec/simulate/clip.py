"""Simulated clips: people who act to a script, as frames with their truth, or as a video file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from harec.errors import InputError
from harec.simulate.backdrop import BACKDROPS
from harec.simulate.mesh import FloatArray
from harec.simulate.motion import MOTIONS, STYLES
from harec.simulate.shading import Image
from harec.simulate.stage import Stage, set_stage
from harec.simulate.truth import TruePerson, Truth
from harec.skeleton import MIRROR

Script = tuple[tuple[str, float], ...]
MAX_PEOPLE: Final = 4
_SHAKE_SHARE = 0.006  # of the picture's height


def parse_script(text: str) -> Script:
    """Reads "JUMPING:4,STANDING:2": labels and seconds; without seconds 4 are meant.

    Raises:
        InputError: nothing in it, an unknown label (the known ones are named), no positive number.
    """
    script = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        label, _, seconds = part.partition(":")
        label = label.strip().upper()
        if label not in MOTIONS:
            raise InputError(f"No action {label!r}; choose from {', '.join(MOTIONS)}.")
        try:
            duration = float(seconds) if seconds.strip() else 4.0
        except ValueError:
            duration = -1.0
        if not 0 < duration <= 3600:
            raise InputError(f"{part!r} needs a number of seconds, as in {label}:4.")
        script.append((label, duration))
    if not script:
        raise InputError("The script is empty; write for example JUMPING:4,STANDING:2.")
    return tuple(script)


@dataclass(frozen=True)
class ClipSpec:
    """What a clip shows. The same spec gives the same clip.

    Attributes:
        scripts: one per person: (label, seconds) one after the other. The clip is as long as the
            longest; the others stand still when they are done.
        size_wh: pixels.
        fps: frames a second.
        variable_rate: 0 = even; up to 0.8: how far a frame's time strays, in frame intervals.
        seed: decides bodies, clothes, place, light and how exactly people move.
        style: "plain": typical motion, people from the front; "rich": diverse motion, any view.
        mirrored: like a selfie camera.
        yaw_deg: the camera's angle; 0 = from the front, 90 = from the person's left. None = by
            style.
        distance_m: of the camera; None = so that everybody fits.
        backdrop: one of `BACKDROPS`; None = by chance.
        crossing: the first two people walk past each other (in the middle of the clip, or where
            both scripts say WALKING).
        enters, leaves: the last person walks into the frame at the start, out of it at the end.
        shake: the camera is held by hand.
        grain: deviation of the camera's noise, 0..255.
    """

    scripts: tuple[Script, ...]
    size_wh: tuple[int, int] = (640, 480)
    fps: Fraction | float = 30
    variable_rate: float = 0.0
    seed: int = 0
    style: str = "plain"
    mirrored: bool = False
    yaw_deg: float | None = None
    distance_m: float | None = None
    backdrop: str | None = None
    crossing: bool = False
    enters: bool = False
    leaves: bool = False
    shake: bool = False
    grain: float = 2.0

    def __post_init__(self) -> None:
        if not 1 <= len(self.scripts) <= MAX_PEOPLE:
            raise InputError(f"A clip shows 1 to {MAX_PEOPLE} people, not {len(self.scripts)}.")
        for script in self.scripts:
            for label, seconds in script:
                if label not in MOTIONS:
                    raise InputError(f"No action {label!r}; choose from {', '.join(MOTIONS)}.")
                if not 0 < seconds <= 3600:
                    raise InputError(f"{label} can't last {seconds} seconds.")
        if not all(self.scripts):
            raise InputError("Every person needs a script, like JUMPING:4.")
        if not all(64 <= side <= 7680 for side in self.size_wh):
            raise InputError("The sides of the picture must be between 64 and 7680 pixels.")
        if not 1 <= self.fps <= 240:
            raise InputError(f"The frame rate must be between 1 and 240, not {self.fps}.")
        if not 0 <= self.variable_rate <= 0.8:
            raise InputError("variable_rate must be between 0 and 0.8.")
        if self.style not in STYLES:
            raise InputError(f"No style {self.style!r}; the styles are {', '.join(STYLES)}.")
        if self.backdrop is not None and self.backdrop not in BACKDROPS:
            raise InputError(f"No backdrop {self.backdrop!r}; choose from {', '.join(BACKDROPS)}.")
        if self.crossing and len(self.scripts) < 2:
            raise InputError("Two people are needed to walk past each other.")

    @property
    def duration_s(self) -> float:
        """Length of the longest script."""
        return max(sum(seconds for _, seconds in script) for script in self.scripts)


@dataclass(frozen=True, eq=False)
class SimulatedFrame:
    """One frame of a clip.

    Attributes:
        time_s: seconds from the first frame.
        rgb: uint8 (H, W, 3).
        keypoints_xyc: float32 (P, 17, 3): the people's true joints in pixels; 1 = in the frame.
    """

    time_s: float
    rgb: Image
    keypoints_xyc: FloatArray


def frame_times(spec: ClipSpec) -> FloatArray:
    """Times of the frames in seconds: float64 (F,), increasing from 0."""
    count = max(1, round(spec.duration_s * float(spec.fps)))
    steps = np.arange(count, dtype=np.float64)
    if spec.variable_rate:
        rng = np.random.default_rng((spec.seed, 7))
        # each time strays by less than half an interval: the order stays
        steps[1:] += 0.5 * spec.variable_rate * rng.uniform(-1, 1, count - 1)
    return steps / float(spec.fps)


def simulate_frames(spec: ClipSpec) -> Iterator[SimulatedFrame]:
    """The clip, frame by frame."""
    yield from _frames(spec, set_stage(spec))


def write_clip(
    out: Path,
    spec: ClipSpec,
    *,
    truth_path: Path | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> Truth:
    """Writes the clip as H.264 and returns its truth.

    Args:
        truth_path: where the truth is written as JSON.
        on_progress: called with the share that is done, 0..1.

    Raises:
        VideoError, InputError: a file can't be written; nothing half-written is left.
    """
    from harec.video import VideoWriter

    stage = set_stage(spec)
    times = frame_times(spec)
    keypoints = []
    hint = Fraction(spec.fps).limit_denominator(100_000)
    with VideoWriter(out, spec.size_wh, frame_rate_hint=hint) as writer:
        for index, frame in enumerate(_frames(spec, stage)):
            writer.write(frame.rgb, frame.time_s)
            keypoints.append(frame.keypoints_xyc)
            if on_progress is not None:
                on_progress((index + 1) / len(times))
    truth = _truth(spec, stage, times, keypoints)
    if truth_path is not None:
        truth.to_json(truth_path)
    return truth


def simulate_truth(spec: ClipSpec) -> Truth:
    """The truth of a clip without drawing it."""
    stage, times = set_stage(spec), frame_times(spec)
    shifts = _shake_px(spec, len(times))
    keypoints = [_keypoints(spec, stage, t, s) for t, s in zip(times, shifts, strict=True)]
    return _truth(spec, stage, times, keypoints)


def _frames(spec: ClipSpec, stage: Stage) -> Iterator[SimulatedFrame]:
    times = frame_times(spec)
    shifts = _shake_px(spec, len(times))
    for index, (time_s, shift) in enumerate(zip(times, shifts, strict=True)):
        rgb = stage.scene.render(
            stage.joints_at(time_s), hands=stage.hands_at(time_s), time_s=time_s, frame=index
        )
        if shift.any():
            matrix = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float32)
            moved = cv2.warpAffine(rgb, matrix, spec.size_wh, borderMode=cv2.BORDER_REFLECT)
            rgb = np.asarray(moved, np.uint8)
        if spec.mirrored:
            rgb = np.ascontiguousarray(rgb[:, ::-1])
        yield SimulatedFrame(float(time_s), rgb, _keypoints(spec, stage, time_s, shift))


def _keypoints(spec: ClipSpec, stage: Stage, time_s: float, shift: FloatArray) -> FloatArray:
    """True joints in pixels (P, 17, 3) at a time."""
    width, height = spec.size_wh
    pixels, depth = stage.scene.camera.project(stage.joints_at(time_s))
    pixels = pixels + shift
    if spec.mirrored:
        # what looks like a left hand in the mirror is labelled as one
        pixels = pixels[:, list(MIRROR)] * [-1, 1] + [width, 0]
        depth = depth[:, list(MIRROR)]
    inside = ((pixels >= 0) & (pixels < (width, height))).all(axis=-1) & (depth > 0)
    return np.concatenate([pixels, inside[..., None]], axis=-1).astype(np.float32)


def _shake_px(spec: ClipSpec, count: int) -> FloatArray:
    """How far a hand-held camera shifts the picture, (F, 2) pixels."""
    if not spec.shake:
        return np.zeros((count, 2), np.float32)
    rng = np.random.default_rng((spec.seed, 11))
    t = np.arange(count)[:, None] / float(spec.fps)
    phase, hz = rng.uniform(0, 6.3, (2, 3, 1, 2)), rng.uniform(0.3, 1.6, (3, 1, 2))
    waves = np.sin(6.28 * hz * t + phase[0]).mean(axis=0)
    return np.asarray(waves * _SHAKE_SHARE * spec.size_wh[1], np.float32)


def _truth(
    spec: ClipSpec, stage: Stage, times: FloatArray, keypoints: Sequence[FloatArray]
) -> Truth:
    stacked = np.stack(keypoints)
    return Truth(
        size_wh=spec.size_wh,
        frame_rate=float(spec.fps),
        people=tuple(
            TruePerson(
                id=index + 1,
                segments=spans,
                times_s=tuple(float(t) for t in times),
                keypoints_xyc=stacked[:, index],
            )
            for index, spans in enumerate(stage.spans)
        ),
    )
