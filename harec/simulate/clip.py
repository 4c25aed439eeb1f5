"""Simulated clips: people who act to a script, as frames with their truth, or as a video file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from harec.core.skeleton import MIRROR
from harec.simulate.figure.mesh import FloatArray
from harec.simulate.figure.shading import Image
from harec.simulate.spec import ClipSpec
from harec.simulate.stage import Acting, Stage, act, set_stage
from harec.simulate.truth import TruePerson, Truth

_SHAKE_SHARE = 0.006  # of the frame's height


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
    acting, times = act(spec), frame_times(spec)
    shifts = _shake_px(spec, len(times))
    keypoints = [_keypoints(spec, acting, t, s) for t, s in zip(times, shifts, strict=True)]
    return _truth(spec, acting, times, keypoints)


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


def _keypoints(spec: ClipSpec, acting: Acting, time_s: float, shift: FloatArray) -> FloatArray:
    """True joints in pixels (P, 17, 3) at a time."""
    width, height = spec.size_wh
    pixels, depth = acting.camera.project(acting.joints_at(time_s))
    pixels = pixels + shift
    if spec.mirrored:
        # what looks like a left hand in the mirror is labelled as one
        pixels = pixels[:, list(MIRROR)] * [-1, 1] + [width, 0]
        depth = depth[:, list(MIRROR)]
    inside = ((pixels >= 0) & (pixels < (width, height))).all(axis=-1) & (depth > 0)
    return np.concatenate([pixels, inside[..., None]], axis=-1).astype(np.float32)


def _shake_px(spec: ClipSpec, count: int) -> FloatArray:
    """How far a hand-held camera shifts the frame, (F, 2) pixels."""
    if not spec.shake:
        return np.zeros((count, 2), np.float32)
    rng = np.random.default_rng((spec.seed, 11))
    t = np.arange(count)[:, None] / float(spec.fps)
    phase, hz = rng.uniform(0, 6.3, (2, 3, 1, 2)), rng.uniform(0.3, 1.6, (3, 1, 2))
    waves = np.sin(6.28 * hz * t + phase[0]).mean(axis=0)
    return np.asarray(waves * _SHAKE_SHARE * spec.size_wh[1], np.float32)


def _truth(
    spec: ClipSpec, acting: Acting, times: FloatArray, keypoints: Sequence[FloatArray]
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
            for index, spans in enumerate(acting.spans)
        ),
    )
