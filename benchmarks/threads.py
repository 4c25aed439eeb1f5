"""Thread counts, and what each library's own pool would cost: the whole Analyze job with a video.

    python -m benchmarks.threads [--seconds 8] [--rounds 3]

Each way runs in a process of its own, in turns. "As it ships" has HAREC_THREADS threads for the
pose model, which sleep while they wait, none of OpenCV's own, one of PyTorch's, and as few of
FFmpeg's as keep up; the others change one of these.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from benchmarks.hardware import hardware
from harec.core.threads import VARIABLE, cpu_count


def spinning() -> None:
    """onnxruntime's threads spin while they wait: its default."""
    import onnxruntime

    class Options(onnxruntime.SessionOptions):
        def add_session_config_entry(self, key: str, value: str) -> None:
            if key != "session.intra_op.allow_spinning":
                super().add_session_config_entry(key, value)

    onnxruntime.SessionOptions = Options


def opencv_pool() -> None:
    """OpenCV keeps the pool of threads that it makes by default."""
    from harec.pose import movenet
    from harec.video import reader, writer

    for module in (movenet, reader, writer):
        module.quiet_opencv = lambda: None  # type: ignore[attr-defined]


def codec_pool() -> None:
    """FFmpeg and x264 choose their threads themselves."""
    from harec.video import reader, writer

    for module in (reader, writer):
        module.codec_threads = lambda width, height: 0  # type: ignore[attr-defined]


def torch_pool() -> None:
    """PyTorch keeps a thread for each core, which spin while they wait."""
    import torch

    torch.set_num_threads(cpu_count())
    torch.set_num_threads = lambda nthreads: None


WAYS: Final[dict[str, tuple[Callable[[], None] | None, dict[str, str]]]] = {
    "as it ships": (None, {}),
    "one thread for the pose model": (None, {VARIABLE: "1"}),
    "twice as many as there are cores": (None, {VARIABLE: str(2 * cpu_count())}),
    "onnxruntime's threads spin": (spinning, {}),
    "OpenCV's own pool": (opencv_pool, {}),
    "FFmpeg's own choice": (codec_pool, {}),
    "PyTorch's own pool": (torch_pool, {"OMP_WAIT_POLICY": "active"}),
}


def run(way: str, clip: Path, out: Path) -> dict[str, float]:
    """The job once to warm up and once timed; in a process of its own."""
    change, _ = WAYS[way]
    if change is not None:
        change()
    from harec.analysis.results import AnalysisSettings
    from harec.render.pipeline import analyze_and_render

    seconds, cpu_s, frames = 0.0, 0.0, 0
    for settings in (AnalysisSettings(skip=9), AnalysisSettings()):
        before, start_s = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
        frames = analyze_and_render(clip, settings, video_out=out).timings.frames
        seconds, after = time.perf_counter() - start_s, resource.getrusage(resource.RUSAGE_SELF)
        cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"ms": 1000 * seconds / frames, "cpu_ms": 1000 * cpu_s / frames}


def in_child(way: str, clip: Path) -> dict[str, float]:
    """`run` in another process."""
    command = [sys.executable, "-m", "benchmarks.threads", "--child", way, "--clip", str(clip)]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OMP_")} | WAYS[way][1]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--child", choices=list(WAYS), help=argparse.SUPPRESS)
    parser.add_argument("--clip", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        print(json.dumps(run(chosen.child, chosen.clip, chosen.clip.with_name("out.mp4"))))
        return
    from harec.simulate.clip import write_clip
    from harec.simulate.spec import ClipSpec

    found: dict[str, list[dict[str, Any]]] = {way: [] for way in WAYS}
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "clip.mp4"
        part_s = chosen.seconds / 2
        write_clip(clip, ClipSpec(((("JUMPING_JACKS", part_s), ("BOXING", part_s)),), fps=30))
        for _ in range(chosen.rounds):
            for way in WAYS:
                found[way].append(in_child(way, clip))
    print(f"{hardware()}; 640x480, one person, balanced, median of {chosen.rounds} rounds")
    print(f"{'':<34}{'ms a frame':>11}{'CPU ms':>8}{'times':>7}")
    medians = {
        way: {key: statistics.median(r[key] for r in rounds) for key in ("ms", "cpu_ms")}
        for way, rounds in found.items()
    }
    for way, median in medians.items():
        ratio = median["ms"] / medians["as it ships"]["ms"]
        print(f"{way:<34}{median['ms']:11.1f}{median['cpu_ms']:8.1f}{ratio:7.2f}")


if __name__ == "__main__":
    main()
