"""Memory of a long video: hours go through the whole Analyze job, with the annotated video.

    python -m benchmarks.soak [--minutes 120] [--people 1]

The clip is small (so that hours take minutes) and the pose engine is a stand-in that knows where
people are: measured is what harec keeps, not how fast a model is. Prints the memory of the
process over the video (what grows are the keypoints, which are the result), and how long after the
last look of the pose engine the result was there. Ends with 1 where the second half of a pass
leaves more behind than that.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.hardware import hardware
from harec.analysis.results import AnalysisSettings
from harec.core.poses import Poses
from harec.core.progress import Progress
from harec.render.pipeline import analyze_and_render
from harec.video import VideoWriter

SIZE_WH: Final = (160, 120)
RATE_HZ: Final = 30
_LINES: Final = 6  # a pass
#: What results and the allocator may add a minute, in MB: a person's keypoints are 0.4,
#: one frame in ten that is kept would be 10.
MOST_MB_PER_MINUTE: Final = 6.0


class Known:
    """A stand-in for an engine: people who walk to and fro, a head apart, waving."""

    name = "known"

    def __init__(self, people: int) -> None:
        self.people, self.calls = people, 0
        self.looked_s = 0.0

    def reset(self) -> None:
        self.calls = 0

    def estimate(self, rgb: NDArray[np.uint8]) -> Poses:
        self.calls += 1
        time_s = self.calls / RATE_HZ
        keypoints = np.zeros((self.people, 17, 3), np.float32)
        keypoints[..., 0] = 40 + 15 * np.sin(time_s / 3) + 25 * np.arange(self.people)[:, None]
        keypoints[..., 1] = 30 + 3.5 * np.arange(17)
        keypoints[:, 9:11, 1] -= 15 * (1 + np.sin(6 * time_s))  # wrists
        keypoints[..., 0] += 6 * np.array([0, *([1, -1] * 8)])
        keypoints[..., 2] = 0.9
        self.looked_s = time.perf_counter()
        return Poses(keypoints, np.full(self.people, 0.9, np.float32))


def write_clip(path: Path, minutes: float) -> None:
    """Noise that moves; what is in it does not matter."""
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 255, (SIZE_WH[1], 2 * SIZE_WH[0], 3), dtype=np.uint8)
    with VideoWriter(path, SIZE_WH, frame_rate_hint=Fraction(RATE_HZ)) as writer:
        for number in range(round(minutes * 60 * RATE_HZ)):
            left = number // 30 % SIZE_WH[0]
            writer.write(np.ascontiguousarray(noise[:, left : left + SIZE_WH[0]]), number / RATE_HZ)


def resident_mb() -> float:
    """Memory of this process that is in use, in MB; Linux only."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--people", type=int, default=1)
    chosen = parser.parse_args()
    if not Path("/proc/self/status").exists():
        raise SystemExit("skipped: the memory in use is read from Linux's /proc")
    with tempfile.TemporaryDirectory() as folder:
        clip, out = Path(folder) / "long.mp4", Path(folder) / "out.mp4"
        write_clip(clip, chosen.minutes)
        print(f"{hardware()}; {chosen.minutes:g} minutes, {chosen.people} at once", flush=True)
        print(f"{'minute':>8}{'stage':>9}{'MB':>8}{'x real time':>13}", flush=True)
        due_s = [*(chosen.minutes * 60 * n / _LINES - 1 for n in range(1, _LINES + 1)), np.inf]
        held: dict[str, list[float]] = {"analyze": [], "render": []}  # MB, in each pass
        begun_s: dict[str, float] = {}

        def on_progress(progress: Progress) -> None:
            stage, now_s = progress.stage, time.perf_counter()
            start_s = begun_s.setdefault(stage, now_s)
            if stage not in held or progress.time_s < due_s[len(held[stage])]:
                return
            pace, minute = progress.time_s / max(now_s - start_s, 1e-3), progress.time_s / 60
            held[stage].append(resident_mb())
            print(f"{minute:8.1f}{stage:>9}{held[stage][-1]:8.0f}{pace:13.1f}", flush=True)

        engine = Known(chosen.people)
        result = analyze_and_render(
            clip,
            AnalysisSettings(),
            estimator=engine,
            video_out=out,
            on_progress=on_progress,
        )
        keypoints = sum(p.keypoints_xyc.nbytes for p in result.people)
        after_s = begun_s["render"] - engine.looked_s  # its first frame is drawn then
        print(f"the result was there {after_s:.2f} s after the last look")
        print(
            f"at the end {resident_mb():.0f} MB; the keypoints alone are {keypoints / 2**20:.0f} MB"
        )
    grown = max(mb[-1] - mb[_LINES // 2 - 1] for mb in held.values()) / (chosen.minutes / 2)
    flat = grown <= MOST_MB_PER_MINUTE
    print(f"{'flat' if flat else 'NOT FLAT'}: {grown:.1f} MB a minute in the second half of a pass")
    sys.exit(0 if flat else 1)


if __name__ == "__main__":
    main()
