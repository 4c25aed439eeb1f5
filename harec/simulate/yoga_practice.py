"""Simulated yoga practice: a person who goes from asana to asana, as joints or as a video."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import numpy as np

from harec.core.errors import InputError
from harec.core.files import atomic_write
from harec.simulate.body.body import Body
from harec.simulate.body.kinematics import Array
from harec.simulate.camera import Camera
from harec.simulate.figure.looks import Look
from harec.simulate.figure.mesh import FloatArray
from harec.simulate.motion.asanas import asana_posture, camera_yaw
from harec.simulate.motion.posture import (
    Posture,
    mix,
    placed,
)
from harec.yoga.recognition.asanas import ASANAS, Side

#: (asana or "standing", side, seconds that it is held).
Step = tuple[str, Side | None, float]
#: (asana, side) -> degrees by the names of `harec.yoga.recognition.angles.ANGLE_NAMES`.
AnglesOf = Callable[[str, Side | None], Mapping[str, float]]
TRANSITION_S: Final = 1.5
_UPRIGHT: Final = ("standing", "tadasana")
#: Deviation of the sway while holding: the whole body in radians, and each limb's direction.
_SWAY_RAD, _LIMB_SWAY = 0.006, 0.010


@dataclass(frozen=True)
class TrueHold:
    """An asana that is held, from the end of the way into it to the start of the way out."""

    asana: str
    side: Side | None
    start_s: float
    end_s: float


@dataclass(frozen=True, eq=False)
class PracticeTruth:
    """What is really in a simulated practice video.

    Attributes:
        size_wh: pixels.
        times_s: float64 (F,) of the frames.
        keypoints_xyc: float32 (F, 17, 3): x, y in pixels; 1 = inside the frame, 0 = outside.
        holds: in order.
    """

    size_wh: tuple[int, int]
    times_s: Array
    keypoints_xyc: FloatArray
    holds: tuple[TrueHold, ...]

    def to_json(self, path: Path) -> None:
        """Writes size and holds; nothing is there before it is complete."""
        data: dict[str, Any] = {
            "size_wh": list(self.size_wh),
            "holds": [vars(hold) for hold in self.holds],
        }
        with atomic_write(path) as temporary:
            temporary.write_text(json.dumps(data, indent=1), encoding="utf-8")


def hold_motion(
    script: Sequence[Step],
    *,
    rate_hz: float = 30.0,
    body: Body | None = None,
    seed: int = 0,
    turning: bool = False,
    angles_of: AnglesOf | None = None,
) -> tuple[FloatArray, tuple[TrueHold, ...]]:
    """Joints of a practice, and what is held when.

    Between two steps `TRANSITION_S` pass, twice that (by way of standing) between two asanas that
    are not upright. Bones keep their lengths; nothing goes below the floor.

    Args:
        seed: decides the sway.
        turning: asanas that are seen from the side are done turned to a camera at yaw 0; else
            all people face +z.
        angles_of: the angles of an asana on a side; None for typical ones.

    Returns:
        float32 (T, 17, 3) metres, one row each 1 / rate_hz seconds from 0; the holds.

    Raises:
        InputError: an empty script, an unknown asana, or a step without a length.
    """
    body = body or Body.average()
    plan = _Plan(script, body, seed, turning, angles_of)
    count = max(1, round(plan.duration_s * rate_hz))
    joints = [placed(body, plan.posture_at(i / rate_hz)) for i in range(count)]
    return np.stack(joints).astype(np.float32), plan.holds


def write_practice(
    out: Path,
    script: Sequence[Step],
    *,
    size_wh: tuple[int, int] = (640, 480),
    fps: Fraction | float = 25,
    seed: int = 0,
    body: Body | None = None,
    look: Look | None = None,
    backdrop: str | None = None,
    yaw_deg: float = 0.0,
    angles_of: AnglesOf | None = None,
    truth_path: Path | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> PracticeTruth:
    """Writes a practice video as H.264 and returns its truth.

    The camera stands still; the person who practises turns to it, see `hold_motion`.

    Args:
        seed: decides sway, looks and the place.
        backdrop: one of `harec.simulate.BACKDROPS`; None for a plain wall and a mat.
        yaw_deg: the camera's angle, 0 = where the asanas are seen best.
        angles_of: the angles of an asana on a side; None for typical ones.
        truth_path: where size and holds are written as JSON.
        on_progress: called with the share that is done, 0..1.

    Raises:
        InputError: see `hold_motion`.
        VideoError, InputError: a file can't be written; nothing half-written is left.
    """
    from harec.simulate.scene.asana_figure import practice_scene
    from harec.video import VideoWriter

    body = body or Body.average()
    plan = _Plan(script, body, seed, True, angles_of)
    times = np.arange(max(1, round(plan.duration_s * float(fps)))) / float(fps)
    seen = np.stack([placed(body, plan.posture_at(t)) for t in times[:: max(1, len(times) // 200)]])
    camera = _camera(size_wh, seen, math.radians(yaw_deg))
    scene = practice_scene(camera, seen, body, look, backdrop, seed)
    keypoints = []
    hint = Fraction(fps).limit_denominator(100_000)
    with VideoWriter(out, size_wh, frame_rate_hint=hint) as writer:
        for index, time_s in enumerate(times):
            posture = plan.posture_at(float(time_s))
            joints = placed(body, posture).astype(np.float32)
            rgb = scene.render(
                joints[None],
                hands=["flat"],
                time_s=float(time_s),
                frame=index,
                known_axes=[posture.bone_axes()],
            )
            writer.write(rgb, float(time_s))
            keypoints.append(_keypoints(camera, joints))
            if on_progress is not None:
                on_progress((index + 1) / len(times))
    truth = PracticeTruth(size_wh, times, np.stack(keypoints), plan.holds)
    if truth_path is not None:
        truth.to_json(truth_path)
    return truth


class _Plan:
    """A script as postures over time."""

    def __init__(
        self,
        script: Sequence[Step],
        body: Body,
        seed: int,
        turning: bool,
        angles_of: AnglesOf | None,
    ) -> None:
        if not script:
            raise InputError("The practice is empty; give at least one asana.")
        self._stops: list[tuple[float, float, Posture, float]] = []  # from, to, posture, heading
        holds, at, before = [], 0.0, "standing"
        upright = asana_posture("standing", None, None, body)
        for name, side, seconds in script:
            if not (math.isfinite(seconds) and seconds > 0):
                raise InputError(f"{name} can't be held for {seconds} seconds.")
            if self._stops:
                if before not in _UPRIGHT and name not in _UPRIGHT:
                    at += TRANSITION_S
                    self._stops.append((at, at, upright, 0.0))
                at += TRANSITION_S
            heading = -camera_yaw(name, side) if turning and name in ASANAS else 0.0
            angles = angles_of(name, side) if angles_of and name in ASANAS else None
            posture = asana_posture(name, side, angles, body)
            self._stops.append((at, at + seconds, posture, heading))
            if name in ASANAS:
                known = side or "left"
                sided: Side | None = known if ASANAS[name].sided else None
                holds.append(TrueHold(name, sided, at, at + seconds))
            at, before = at + seconds, name
        self.duration_s, self.holds = at, tuple(holds)
        rng = np.random.default_rng(seed)
        self._hz = rng.uniform(0.12, 0.55, (4, 27))
        self._phase = rng.uniform(0, 2 * math.pi, (4, 27))

    def posture_at(self, time_s: float) -> Posture:
        """The posture at a time; after the end the last one is held."""
        index = max((i for i, stop in enumerate(self._stops) if stop[0] <= time_s), default=0)
        _, left_s, posture, heading = self._stops[index]
        if time_s > left_s and index + 1 < len(self._stops):
            arrived_s, _, target, target_heading = self._stops[index + 1]
            u = (time_s - left_s) / (arrived_s - left_s)
            share = u * u * u * (10 - 15 * u + 6 * u * u)  # starts and ends without a jerk
            posture = mix(posture, target, share)
            heading += share * (target_heading - heading)
        waves = np.sin(2 * math.pi * self._hz * time_s + self._phase).mean(axis=0)
        whole = 2 * _SWAY_RAD * waves[:3] * [1.0, 0.5, 1.0]
        limbs = 2 * _LIMB_SWAY * waves[3:].reshape(2, 4, 3)
        return posture.swayed(whole, limbs).turned(heading)


def _camera(size_wh: tuple[int, int], joints: Array, yaw: float) -> Camera:
    """A camera that sees the whole practice (T, 17, 3)."""
    camera = Camera(size_wh, yaw=yaw, pitch=math.radians(4), fov=math.radians(30))
    # joints are inside the body: hair, hands and feet need room too
    reach = np.array([[0.15, 0, 0], [-0.15, 0, 0], [0, 0.15, 0], [0, 0, 0.15]])
    points = joints.reshape(-1, 1, 3) + reach
    points[..., 1] = np.maximum(points[..., 1], 0)
    fitted = camera.framing(points, 0.04)
    return replace(fitted, distance=max(fitted.distance, 3.0))


def _keypoints(camera: Camera, joints: FloatArray) -> FloatArray:
    pixels, depth = camera.project(joints)
    inside = ((pixels >= 0) & (pixels < camera.size_wh)).all(axis=-1) & (depth > 0)
    return np.concatenate([pixels, inside[:, None]], axis=1).astype(np.float32)
