"""How fast the annotated video is written, beside x264 alone on the same frames.

    python -m benchmarks.rendering [--seconds 8] [--rounds 3]

Renders simulated people over their clip in three sizes (decoding, drawing, encoding; the video's
longer side is not capped here), and encodes the clip's own frames, decoded before, with the same
settings of x264; in turns. Prints frames a second (medians), their ratio, and the processor time of
a frame.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import harec
from benchmarks.hardware import hardware
from harec.analysis.results import AnalysisSettings
from harec.render.annotated_video import render_video
from harec.simulate.clip import write_clip
from harec.simulate.spec import ClipSpec
from harec.video import VideoReader, VideoWriter

SIZES_WH: Final = ((640, 480), (1280, 720), (1920, 1080))
RATE_HZ: Final = 30


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args(argv)
    print(f"{hardware()}\n")
    print("| size | rendered, frames/s | x264 alone | ratio | CPU ms a frame | x264 alone |")
    print("|---|--:|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as folder:
        for size_wh in SIZES_WH:
            print(_row(Path(folder), size_wh, asked.seconds, asked.rounds), flush=True)


def _row(folder: Path, size_wh: tuple[int, int], seconds: float, rounds: int) -> str:
    clip, out = folder / "clip.mp4", folder / "out.mp4"
    script = (("JUMPING_JACKS", seconds / 2), ("WAVING_1HAND", seconds / 2))
    write_clip(clip, ClipSpec((script,), size_wh=size_wh, fps=RATE_HZ, seed=3))
    analysis = harec.analyze(clip, AnalysisSettings(video_max_side=max(size_wh)))
    both = (lambda: render_video(analysis, clip, out), _encoder(clip, out))
    taken = [[_timed(work) for work in both] for _ in range(rounds)]
    wall_s, cpu_s = (
        [statistics.median(each[way][kind] for each in taken) for way in (0, 1)] for kind in (0, 1)
    )
    frames = seconds * RATE_HZ
    rendered, alone = (frames / each for each in wall_s)
    return (
        f"| {size_wh[0]}x{size_wh[1]} | {rendered:.0f} | {alone:.0f} | {rendered / alone:.2f} "
        f"| {1000 * cpu_s[0] / frames:.1f} | {1000 * cpu_s[1] / frames:.1f} |"
    )


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the wall and of the processor."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def _encoder(path: Path, out: Path) -> Callable[[], object]:
    """Writes the frames of a clip, which are decoded now."""
    with VideoReader(path) as reader:
        size_wh, rate = reader.size_wh, reader.info.frame_rate
        frames = [(frame.to_stored(), frame.time_s) for frame in reader.unseen_frames()]

    def work() -> None:
        with VideoWriter(out, size_wh, frame_rate_hint=rate) as writer:
            for image, time_s in frames:
                writer.write(image, time_s)

    return work


if __name__ == "__main__":
    main()
