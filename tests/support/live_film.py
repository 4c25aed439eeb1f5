"""The fake camera of the browser tests: a simulated person, again and again.

Nobody is drawn: the frames carry numbers, by which the server knows the person's true keypoints
(see dashboard_server.py).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.loopback import write_number
from harec.core.skeleton import KEYPOINT_NAMES
from harec.render.skeleton import LEFT_RGB, RIGHT_RGB
from harec.simulate.camera import Camera
from harec.simulate.clip import simulate_truth
from harec.simulate.spec import ClipSpec, parse_script
from harec.simulate.truth import Truth
from harec.simulate.yoga_practice import hold_motion
from harec.yoga.coaching.references import load_references

SCRIPT = "STANDING:1,JUMPING_JACKS:4,STANDING:1,CLAPPING_HANDS:4,STANDING:1"
PRACTICE = (
    ("standing", None, 0.5),
    ("virabhadrasana_ii", "left", 3.5),
    ("vrikshasana", "right", 3.5),
    ("standing", None, 0.5),
)
SIZE_WH = (320, 240)
FPS = 15
#: Chromium plays a .mjpeg at this rate, whatever it holds.
CHROMIUM_FPS = 30
#: What the numbers of a practice's frames begin with; those of a `CameraFilm` begin with 0.
PRACTICE_FROM = 1000
_BODY = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")


def write_film(path: Path, count: int, first_number: int) -> None:
    """Write frames for ``--use-file-for-fake-video-capture``: numbers on a plain wall."""
    with path.open("wb") as file:
        for number in range(first_number, first_number + count):
            rgb = np.full((SIZE_WH[1], SIZE_WH[0], 3), 150, np.uint8)
            write_number(rgb, number)
            ok, jpeg = cv2.imencode(".jpg", rgb, [cv2.IMWRITE_JPEG_QUALITY, 85])
            assert ok
            file.write(jpeg.tobytes() * (CHROMIUM_FPS // FPS))


def faulty_angles(asana: str, side: str | None) -> dict[str, float]:
    """Typical ones, but for a warrior whose front knee is not bent enough."""
    fault = {"left_knee": 135.0} if asana == "virabhadrasana_ii" else {}
    return {**load_references().median(asana, side), **fault}


def practice_keypoints() -> np.ndarray:
    """float32 (F, 17, 3): x, y in pixels, 1; of `PRACTICE`, at `FPS`."""
    joints, _ = hold_motion(PRACTICE, rate_hz=FPS, seed=2, turning=True, angles_of=faulty_angles)
    camera = Camera(SIZE_WH, yaw=0.0, pitch=math.radians(4), fov=math.radians(30))
    pixels, _ = camera.framing(joints.reshape(-1, 1, 3), 0.1).project(joints)
    return np.concatenate([pixels, np.ones_like(pixels[..., :1])], axis=-1).astype(np.float32)


@dataclass(frozen=True)
class CameraFilm:
    """A film for a browser's camera, and what is in it."""

    path: Path
    truth: Truth

    @classmethod
    def make(cls, path: Path) -> CameraFilm:
        truth = cls.truth_of_it()
        write_film(path, len(truth.people[0].times_s), 0)
        return cls(path, truth)

    @staticmethod
    def truth_of_it() -> Truth:
        return simulate_truth(ClipSpec((parse_script(SCRIPT),), SIZE_WH, FPS, seed=5))


def skeleton_fit(film: CameraFilm, rgb: np.ndarray, *, mirrored: bool) -> tuple[float, float]:
    """How well the skeleton in a frame fits the film: at the moment where it does so best.

    Returns:
        Share of the body's keypoints with the colour of their side, and that moment in seconds.
    """
    keypoints = film.truth.people[0].keypoints_xyc  # F, 17, 3
    height, width = rgb.shape[:2]
    soft = cv2.blur(rgb.astype(np.float32), (3, 3))
    warmth = soft[..., 0] - soft[..., 2]
    x = keypoints[..., 0] * width / SIZE_WH[0]
    y = keypoints[..., 1] * height / SIZE_WH[1]
    x = width - 1 - x if mirrored else x
    at = warmth[
        np.clip(np.round(y), 0, height - 1).astype(int),
        np.clip(np.round(x), 0, width - 1).astype(int),
    ]
    hits = []
    for joint, name in enumerate(KEYPOINT_NAMES):
        if name.endswith(_BODY):
            red, _, blue = LEFT_RGB if name.startswith("left") else RIGHT_RGB
            # VP8 keeps half of the colours' resolution: thin limbs lose strength, not their hue.
            wanted = 0.2 * (red - blue)
            hits.append(at[:, joint] * np.sign(wanted) > abs(wanted))
    shares = np.mean(hits, axis=0)  # F
    best = int(shares.argmax())
    return float(shares[best]), best / FPS
