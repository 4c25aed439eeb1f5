"""What harec says of real clips whose names tell what is in them.

    python -m benchmarks.real_clips FOLDER [--skip N] [--mode MODE]

A file named after one of the six actions (``jumping_jacks_1.mp4``, ``two_people_boxing.mp4``,
``wave_...``) must have it as the longest one; any other must have none over 15 % of its length.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path

from harec.analysis.analyze import analyze
from harec.analysis.results import Analysis, AnalysisSettings

EXPECTED = {
    "jumping_jacks": ("JUMPING_JACKS",),
    "jumping": ("JUMPING",),
    "boxing": ("BOXING",),
    "wav": ("WAVING_1HAND", "WAVING_2HANDS"),
    "clap": ("CLAPPING_HANDS",),
}


def expected(name: str) -> tuple[str, ...]:
    """The actions that a file's name stands for; none for everything else."""
    return next((actions for word, actions in EXPECTED.items() if word in name.lower()), ())


def seconds_of_actions(analysis: Analysis) -> dict[str, float]:
    """Total seconds of each action over all people, the longest first."""
    seconds: dict[str, float] = defaultdict(float)
    for person in analysis.people:
        for segment in person.segments:
            seconds[segment.action] += segment.duration_s
    return dict(sorted(seconds.items(), key=lambda item: -item[1]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--skip", type=int, default=0)
    parser.add_argument("--mode", default="balanced")
    chosen = parser.parse_args()
    videos = sorted(chosen.folder.glob("*.mp4"))
    if not videos:
        raise SystemExit(f"skipped: no videos in {chosen.folder}")
    settings = AnalysisSettings(skip=chosen.skip, mode=chosen.mode)
    right = 0
    print(f"{'clip':<28}{'length':>8}  {'right':<6}{'of the time'}")
    for video in videos:
        analysis = analyze(video, settings)
        duration_s = analysis.video.duration_s or 1.0
        seconds = seconds_of_actions(analysis)
        actions = expected(video.stem)
        if actions:
            good = next(iter(seconds), None) in actions
        else:
            good = all(s <= 0.15 * duration_s for s in seconds.values())
        right += good
        shares = ", ".join(f"{a} {s / duration_s:.0%}" for a, s in seconds.items())
        print(f"{video.name:<28}{duration_s:7.1f}s  {'yes' if good else 'NO':<6}{shares or 'none'}")
    print(f"{right} of {len(videos)} right; skip {chosen.skip}, mode {chosen.mode}")


if __name__ == "__main__":
    main()
