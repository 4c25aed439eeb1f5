"""The fake camera of the browser tests: a simulated person, again and again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from benchmarks.loopback import write_number
from harec.core.skeleton import KEYPOINT_NAMES
from harec.render.skeleton import LEFT_RGB, RIGHT_RGB
from harec.simulate.clip import simulate_frames, simulate_truth
from harec.simulate.spec import ClipSpec, parse_script
from harec.simulate.truth import Truth

SCRIPT = "STANDING:2,JUMPING_JACKS:6,STANDING:2,CLAPPING_HANDS:5,STANDING:2"
SIZE_WH = (320, 240)
FPS = 15
#: Chromium plays a .mjpeg at this rate, whatever it holds.
CHROMIUM_FPS = 30
#: What the numbers of a practice's frames begin with; those of a `CameraFilm` begin with 0.
PRACTICE_FROM = 1000
_BODY = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")


def write_film(path: Path, frames: Iterable[np.ndarray], first_number: int) -> None:
    """Write RGB frames for ``--use-file-for-fake-video-capture``, with numbers in them."""
    with path.open("wb") as file:
        for number, rgb in enumerate(frames, first_number):
            write_number(rgb, number)
            ok, jpeg = cv2.imencode(".jpg", rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])
            assert ok
            file.write(jpeg.tobytes() * (CHROMIUM_FPS // FPS))


@dataclass(frozen=True)
class CameraFilm:
    """A film for a browser's camera, and what is in it."""

    path: Path
    truth: Truth
    duration_s: float
    cache: dict[bool, np.ndarray] = field(default_factory=dict)

    @classmethod
    def make(cls, path: Path) -> CameraFilm:
        # Plain clothes and a plain wall: no colours like the skeleton's.
        spec = ClipSpec((parse_script(SCRIPT),), SIZE_WH, FPS, seed=5)
        write_film(path, (frame.rgb for frame in simulate_frames(spec)), 0)
        seconds = sum(seconds for _, seconds in parse_script(SCRIPT))
        return cls(path, simulate_truth(spec), seconds)

    def repetitions_s(self, action: str) -> list[float]:
        """When the person does it, in one round of the film."""
        segments = self.truth.people[0].segments
        return [t for s in segments if s.action == action for t in s.repetitions_s]

    def span_s(self, action: str) -> tuple[float, float]:
        segment = next(s for s in self.truth.people[0].segments if s.action == action)
        return segment.start_s, segment.end_s


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
