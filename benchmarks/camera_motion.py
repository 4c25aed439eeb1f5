"""False alarms and recall under a camera that moves, with and without motion compensation.

    python -m benchmarks.camera_motion [--seeds N] [--cameras NAME ...] [--clips FILE ...]

Simulated people (drawn for the camera's motion, true joints with an estimator's jitter for the
network) under a tripod, hand-held shake, a walking cameraman, a pan and a zoom. Rows are cameras;
the same frames go through the recogniser twice. ``--clips`` names real clips of people who do none
of the six actions: each is shown by a window that moves so, and analysed as a file is.
"""

from __future__ import annotations

import argparse
import math
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.hardware import hardware
from harec.actions.labels import ACTIONS
from harec.actions.model import load_action_model
from harec.analysis.analyze import analyze
from harec.analysis.labeler import Labeler
from harec.analysis.results import AnalysisSettings
from harec.core.camera_view import STILL
from harec.core.poses import Poses
from harec.simulate.camera import Camera
from harec.simulate.motion.noise import smooth_noise
from harec.simulate.scene import backdrop
from harec.simulate.scene.scene import Scene
from harec.simulate.spec import ClipSpec
from harec.simulate.stage import Stage, set_stage
from harec.video import VideoReader, VideoWriter
from harec.video.camera_follower import CameraFollower

SIZE_WH: Final = (640, 480)
DRAWN_WH: Final = (160, 120)
RATE_HZ: Final = 20.0
SECONDS: Final = 6.0
STILL_LABELS: Final = ("STANDING", "SQUAT", "YOGA")
#: Deviation of an estimator's keypoints, share of the person's height.
#: The drawing sees so much more than the camera.
WIDER: Final = 1.5
JITTER: Final = 0.004


@dataclass(frozen=True, eq=False)
class Filmed:
    """A clip as the bench needs it: times, small pictures, keypoints in pixels of ``size_wh``."""

    times_s: list[float]
    pictures: list[NDArray[np.uint8]]
    poses: list[Poses]
    size_wh: tuple[int, int]


def moved_cameras(
    camera: Camera, kind: str, times_s: NDArray[np.float64], rng: np.random.Generator
) -> list[Camera]:
    """The camera at each moment."""
    count, rate_hz = len(times_s), 1 / float(np.diff(times_s).mean())
    if kind == "tripod":
        return [camera] * count
    if kind.startswith("shake"):
        share = float(kind.split()[1].rstrip("%")) / 100
        angles = smooth_noise(rng, count, rate_hz, 2.0, 3) * share * camera.fov
        return [_turned(camera, *a) for a in angles * [1, 1, 0.5]]
    if kind == "walk":  # 1.8 steps a second, a quarter of a metre a second towards the people
        phase = 2 * math.pi * 1.8 * times_s
        angles = smooth_noise(rng, count, rate_hz, 2.0, 3) * 0.01 * camera.fov
        out = []
        for t, p, a in zip(times_s, phase, angles, strict=True):
            nearer = max(camera.distance - 0.25 * t, 0.6 * camera.distance)
            up, side = 0.025 * math.sin(p), 0.02 * math.sin(p / 2)
            x, y, z = camera.target
            walked = replace(camera, target=(x + side, y + up, z), distance=nearer)
            out.append(_turned(walked, *(a * [1, 1, 0.5])))
        return out
    if kind == "pan":  # to one side and back, the person never leaves
        swing = 0.12 * camera.fov * np.sin(2 * math.pi * times_s / 3)
        return [_turned(camera, angle, 0, 0) for angle in swing]
    assert kind == "zoom", kind
    zoom = 1 + 0.2 * (1 - np.cos(2 * math.pi * times_s / 4))
    return [replace(camera, fov=2 * math.atan(math.tan(camera.fov / 2) * z)) for z in zoom]


def _turned(camera: Camera, yaw: float, pitch: float, roll: float) -> Camera:
    """The camera turned where it stands."""
    position = camera.position
    turned = replace(
        camera, yaw=camera.yaw + yaw, pitch=camera.pitch + pitch, roll=camera.roll + roll
    )
    target = position - turned.distance * turned.axes[2]
    return replace(turned, target=(float(target[0]), float(target[1]), float(target[2])))


CAMERAS: Final = (
    "tripod",
    "shake 0.5%",
    "shake 1%",
    "shake 2%",
    "shake 4%",
    "walk",
    "pan",
    "zoom",
)


@dataclass(frozen=True, eq=False)
class Performance:
    """A person who does one thing, drawn once by a camera that stands still and sees more."""

    stage: Stage
    times_s: NDArray[np.float64]
    wide: Camera
    pictures: list[NDArray[np.uint8]]
    seed: int


def perform(label: str, seed: int) -> Performance:
    """Draws what every camera that does not leave its place is cut out of."""
    spec = ClipSpec(scripts=(((label, SECONDS),),), size_wh=DRAWN_WH, seed=seed, grain=0)
    stage = set_stage(spec)
    camera, scene = stage.scene.camera, stage.scene
    wide = replace(
        camera,
        size_wh=(round(DRAWN_WH[0] * WIDER), round(DRAWN_WH[1] * WIDER)),
        fov=2 * math.atan(WIDER * math.tan(camera.fov / 2)),
    )
    place, wall_z = place_of(seed, stage)
    drawn = Scene(wide, scene.figures, place, scene.light, world(seed), wall_z=wall_z, grain=0)
    times_s = np.arange(0, SECONDS, 1 / RATE_HZ)
    pictures = [drawn.render(stage.joints_at(float(t))) for t in times_s]
    return Performance(stage, times_s, wide, pictures, seed)


def place_of(seed: int, stage: Stage) -> tuple[str, float]:
    """Which backdrop, and where its wall stands, metres."""
    place = backdrop.BACKDROPS[seed % len(backdrop.BACKDROPS)]
    return place, float(stage.joints[..., 2].min()) - 1.1


def world(seed: int) -> np.random.Generator:
    """What the place is painted by: the same from every side."""
    return np.random.default_rng((seed, 5))


def filmed(acted: Performance, kind: str) -> Filmed:
    """The performance under one camera."""
    stage, times_s = acted.stage, acted.times_s
    camera = stage.scene.camera
    rng = np.random.default_rng((acted.seed, CAMERAS.index(kind)))
    pictures, poses = [], []
    scale = SIZE_WH[0] / DRAWN_WH[0]
    views = moved_cameras(camera, kind, times_s, rng)
    for index, (time_s, view) in enumerate(zip(times_s, views, strict=True)):
        joints = stage.joints_at(float(time_s))
        if kind == "walk":
            place, wall_z = place_of(acted.seed, stage)
            scene = stage.scene
            scene.camera = view
            scene.background = backdrop.make_backdrop(
                place, view, scene.light, world(acted.seed), wall_z
            )
            picture = scene.render(joints)
        else:
            turn = (
                _intrinsics(view)
                @ _to_image(view)
                @ np.linalg.inv(_intrinsics(acted.wide) @ _to_image(acted.wide))
            )
            moved = cv2.warpPerspective(acted.pictures[index], turn, DRAWN_WH)
            picture = np.asarray(moved, np.uint8)
        noise = rng.normal(0, 1.2, picture.shape)
        pictures.append((picture + noise).clip(0, 255).astype(np.uint8))
        pixels, _ = view.project(joints)
        pixels = pixels * scale
        tall = np.ptp(pixels[..., 1], axis=-1).max()
        pixels = pixels + rng.normal(0, JITTER * tall, pixels.shape)
        inside = np.asarray(((pixels >= 0) & (pixels < SIZE_WH)).all(axis=-1))
        keypoints = np.concatenate([pixels, 0.9 * inside[..., None]], axis=-1).astype(np.float32)
        poses.append(Poses(keypoints, np.full(len(keypoints), 0.9, np.float32)))
    stage.scene.camera = camera
    return Filmed(times_s.tolist(), pictures, poses, SIZE_WH)


def _intrinsics(camera: Camera) -> NDArray[np.float64]:
    width, height = camera.size_wh
    f = camera.focal_px
    return np.array([[f, 0, width / 2], [0, f, height / 2], [0, 0, 1]], np.float64)


def _to_image(camera: Camera) -> NDArray[np.float64]:
    """From world directions to x right, y down, depth forward."""
    return np.asarray(camera.axes * [[1], [-1], [-1]], np.float64)


def window_moves(kind: str, times_s: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """How a window into a real clip moves: (F, 4), right and down (shares of the height), roll
    (radians), zoom."""
    rng, count = np.random.default_rng((seed, CAMERAS.index(kind))), len(times_s)
    rate_hz = (count - 1) / float(times_s[-1] - times_s[0])
    moves = np.zeros((count, 4))
    moves[:, 3] = 1.0
    if kind.startswith("shake") or kind == "walk":
        share = 0.01 if kind == "walk" else float(kind.split()[1].rstrip("%")) / 100
        noise = smooth_noise(rng, count, rate_hz, 2.0, 3) * share
        moves[:, :3] += noise * [1, 1, 0.4]
    if kind == "walk":
        phase = 2 * math.pi * 1.8 * times_s
        moves[:, 0] += 0.02 * np.sin(phase / 2)
        moves[:, 1] += 0.025 * np.sin(phase)
        moves[:, 3] *= np.minimum(1 + 0.04 * times_s, 1.5)
    elif kind == "pan":
        moves[:, 0] += 0.12 * np.sin(2 * math.pi * times_s / 3)
    elif kind == "zoom":
        moves[:, 3] *= 1 + 0.2 * (1 - np.cos(2 * math.pi * times_s / 4))
    return moves


def film_again(clip: Path, kind: str, out: Path) -> None:
    """Writes a clip as a window sees it that moves as a camera would; a tenth is cut off."""
    with VideoReader(clip) as reader:
        frames = [(frame.time_s, frame.rgb) for frame in reader if frame.rgb is not None]
    moves = window_moves(kind, np.array([time_s for time_s, _ in frames]), seed=0)
    height, width = frames[0][1].shape[:2]
    with VideoWriter(out, (width, height)) as writer:
        for (time_s, rgb), (right, down, roll, zoom) in zip(frames, moves, strict=True):
            centre = (width / 2, height / 2)
            matrix = cv2.getRotationMatrix2D(centre, math.degrees(roll), 1.1 * zoom)
            matrix[:, 2] += np.array([right, down]) * height
            moved = cv2.warpAffine(rgb, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
            writer.write(np.asarray(moved, np.uint8), time_s)


def clip_shares(clip: Path, kind: str) -> dict[str, float]:
    """Share of a real clip's time that each action is named in, for anybody."""
    with TemporaryDirectory() as folder:
        film = Path(folder) / "moved.mp4"
        film_again(clip, kind, film)
        analysis = analyze(film, AnalysisSettings(skip=1))
    shares: dict[str, float] = defaultdict(float)
    for segment in (s for person in analysis.people for s in person.segments):
        shares[segment.action] += segment.duration_s / (analysis.video.duration_s or 1.0)
    return dict(shares)


def named_share(filmed: Filmed, action: str | None, follow: bool, cpu: list[float]) -> float:
    """Share of the time that is named: ``action``, or any where that is None."""
    labeler = Labeler(AnalysisSettings(max_people=4), MODEL)
    follower = CameraFollower()
    last = Poses.empty()
    for time_s, picture, poses in zip(filmed.times_s, filmed.pictures, filmed.poses, strict=True):
        camera = STILL
        if follow:
            start = time.thread_time()
            camera = follower.update(time_s, picture, last, filmed.size_wh)
            cpu.append(time.thread_time() - start)
        last = replace(poses, camera=camera)
        labeler.push(time_s, last)
    labeler.finish()
    duration_s = filmed.times_s[-1] - filmed.times_s[0]
    spans = [
        s
        for person in labeler.people(duration_s)
        for s in person.segments
        if action is None or s.action == action
    ]
    return min(sum(s.end_s - s.start_s for s in spans) / duration_s, 1.0)


@contextmanager
def painted_once() -> Iterator[None]:
    """Paints the noise of walls and floors once per place: it is most of a background's cost, and
    the same from every side."""
    tile = backdrop._tile
    kept: dict[str, tuple[NDArray[np.floating], Any]] = {}

    def cached(rng: np.random.Generator, first: int, last: int) -> NDArray[np.floating]:
        key = f"{rng.bit_generator.state} {first} {last}"
        if key not in kept:
            kept[key] = (tile(rng, first, last), rng.bit_generator.state)
        found, rng.bit_generator.state = kept[key]
        return found

    backdrop._tile = cached
    try:
        yield
    finally:
        backdrop._tile = tile


MODEL = load_action_model()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--cameras", nargs="*", default=list(CAMERAS))
    parser.add_argument("--clips", nargs="*", type=Path, default=[])
    chosen = parser.parse_args()
    cv2.setNumThreads(1)
    cpu: list[float] = []
    print(hardware())
    print(f"{'camera':<12}{'named, still people':>34}{'recall of actions':>30}")
    print(f"{'':<12}{'as before':>17}{'compensated':>17}{'as before':>15}{'compensated':>15}")
    named: dict[tuple[str, bool], list[float]] = defaultdict(list)
    recall: dict[tuple[str, bool], list[float]] = defaultdict(list)
    with painted_once():
        for seed in range(chosen.seeds):
            for label in (*STILL_LABELS, *ACTIONS):
                acted = perform(label, seed)
                for kind in chosen.cameras:
                    film = filmed(acted, kind)
                    for follow in (False, True):
                        still = label in STILL_LABELS
                        share = named_share(film, None if still else label, follow, cpu)
                        (named if still else recall)[kind, follow].append(share)
    for kind in chosen.cameras if chosen.seeds else ():
        print(
            f"{kind:<12}{np.mean(named[kind, False]):17.3f}{np.mean(named[kind, True]):17.3f}"
            f"{np.mean(recall[kind, False]):15.3f}{np.mean(recall[kind, True]):15.3f}"
        )
    if cpu:
        print(f"camera motion: {1e3 * np.mean(cpu):.2f} ms of processor time a frame")
    for clip in chosen.clips:
        for kind in chosen.cameras:
            shares = clip_shares(clip, kind)
            said = ", ".join(f"{action} {share:.3f}" for action, share in shares.items())
            print(f"{clip.name:<28}{kind:<12}{said or 'none named'}", flush=True)


if __name__ == "__main__":
    main()
