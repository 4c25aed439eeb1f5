"""How far off MoveNet's keypoints are of people who are small in the picture.

    python -m tools.measure_far_noise [--clips 6] [--sizes 12 15 20 25 30 40 60 120] [--clean]

Simulated people are filmed from afar with a soft lens, sensor noise and JPEG (unless ``--clean``),
found again and compared with the truth. Prints a table by
size of the torso: errors in torso lengths of groups of joints, parted into white noise (from step
to step) and a slow part (0.5 s and longer, and constant), spikes, what is missing.
`harec/training/far.py` copies the figures.
"""

from __future__ import annotations

import argparse
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from harec.core.geometry import torso_length
from harec.pose.registry import create_estimator
from harec.simulate.clip import simulate_frames
from harec.simulate.spec import ClipSpec

RATE_HZ, SECONDS = 15.0, 2.5
FOCAL_PX, TORSO_M = 625.0, 0.5
LABELS: Final = (
    "STANDING", "WALKING", "WAVING_1HAND", "BOXING", "JUMPING_JACKS", "CLAPPING_HANDS", "TALKING",
    "RUNNING",
)  # fmt: skip
GROUPS: Final = {
    "face": [0, 1, 2, 3, 4],
    "trunk": [5, 6, 11, 12],
    "elbows, knees": [7, 8, 13, 14],
    "wrists, ankles": [9, 10, 15, 16],
}
SPIKE = 0.5  # torso lengths: this far off is no noise but another place


def worn(rgb: NDArray[np.uint8], rng: np.random.Generator, quality: int) -> NDArray[np.uint8]:
    """A frame as cheap cameras and video streams leave it."""
    soft = cv2.GaussianBlur(rgb, (0, 0), 0.9).astype(np.float32)
    noisy = np.clip(soft + rng.normal(0, 7, rgb.shape), 0, 255).astype(np.uint8)
    packed = cv2.imencode(".jpg", noisy[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.ascontiguousarray(cv2.imdecode(packed, cv2.IMREAD_COLOR)[..., ::-1])  # type: ignore


def errors_of(label: str, torso_px: float, seed: int, *, clean: bool) -> NDArray[np.float64]:
    """Found minus true in torso lengths, (F, 17, 2); NaN = not found or not in the frame."""
    rng = np.random.default_rng(seed)
    quality = int(rng.integers(20, 60))
    spec = ClipSpec(
        scripts=(((label, SECONDS),),),
        size_wh=(640, 480),
        fps=RATE_HZ,
        seed=seed,
        yaw_deg=float(rng.choice([-70, -35, 0, 35])),
        distance_m=FOCAL_PX * TORSO_M / torso_px,
    )
    estimator = create_estimator("movenet", max_people=1)
    rows = []
    for frame in simulate_frames(spec):
        poses = estimator.estimate(frame.rgb if clean else worn(frame.rgb, rng, quality))
        truth = frame.keypoints_xyc[0].astype(float)
        off = np.full((17, 2), np.nan)
        if len(poses):
            found = poses.keypoints_xyc[0].astype(float)
            seen = (found[:, 2] >= 0.2) & (truth[:, 2] > 0)
            torso = float(torso_length(truth[None, :, :2])[0])
            off[seen] = (found[seen, :2] - truth[seen, :2]) / torso
        rows.append(off)
    return np.stack(rows)


def table_row(errors: list[NDArray[np.float64]]) -> dict[str, tuple[float, float, float, float]]:
    """Per group of joints: white, slow (deviation a coordinate), spikes and missing (shares)."""
    row: dict[str, tuple[float, float, float, float]] = {}
    for name, joints in GROUPS.items():
        white, slow, spikes, missing = [], [], [], []
        for clip in errors:
            part = clip[:, joints]
            gone = np.isnan(part[..., 0])
            missing.append(gone.mean())
            if gone.all():
                continue
            far = np.linalg.norm(part, axis=-1) > SPIKE
            spikes.append(far[~gone].mean())
            good = np.where((far | gone)[..., None], np.nan, part)
            filled = np.where(np.isnan(good), np.nan_to_num(np.nanmedian(good, axis=0)), good)
            smooth = uniform_filter1d(filled, round(0.5 * RATE_HZ), axis=0, mode="nearest")
            kept = ~np.isnan(good)
            white.append(np.sqrt(((filled - smooth)[kept] ** 2).mean()))
            slow.append(np.sqrt((smooth[kept] ** 2).mean()))
        means = [float(np.mean(v or [np.nan])) for v in (white, slow, spikes, missing)]
        row[name] = (means[0], means[1], means[2], means[3])
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--clips", type=int, default=6)
    parser.add_argument("--sizes", type=float, nargs="+", default=[12, 15, 20, 25, 30, 40, 60, 120])
    parser.add_argument("--clean", action="store_true")
    chosen = parser.parse_args()
    print("torso px | " + " | ".join(f"{name}: white slow spikes missing" for name in GROUPS))
    for size in chosen.sizes:
        errors = [
            errors_of(LABELS[i % len(LABELS)], size, seed=i, clean=chosen.clean)
            for i in range(chosen.clips)
        ]
        row = table_row(errors)
        cells = (
            f"{w:.3f} {s:.3f} {p:.2f} {m:.2f}" for w, s, p, m in (row[name] for name in GROUPS)
        )
        print(f"{size:8.0f} | " + " | ".join(cells), flush=True)


if __name__ == "__main__":
    main()
