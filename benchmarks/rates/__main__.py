"""How few looks of the pose engine the labels need.

    python -m benchmarks.rates [REAL_CLIPS ...] [--seed N] [--films FOLDER] [--keep FOLDER]
                               [--only NAME]

The real pose engine sees simulated people (every action at three tempos, and other motion) and the
clips of the given folders: every frame in float, which is what all else is held against; 20, 15,
12 and 10 frames a second; and as often as `harec.analysis.sampling` says, in float, mixed and int8.
For each: F1@50 of the segments against the truth, where it is told, and against those of every
frame in float; how many repetitions differ in segments that both have; looks a second.

The sampling was chosen on simulated people of seed 0 and the clips of ../shared/data. With
``--keep`` the poses stay in a folder: an empty one is needed after a change of the engine or
the sampling.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.hardware import hardware, load_average
from benchmarks.rates.clips import RatesClip, real_clips, simulated_clips
from benchmarks.rates.scores import RateScore
from benchmarks.real_clips.kept_poses import poses_of
from harec.actions.model import load_action_model
from harec.actions.segments import Segment
from harec.analysis.results import AnalysisSettings


@dataclass(frozen=True)
class Way:
    """A row of the table: settings, or so many frames a second."""

    name: str
    settings: AnalysisSettings
    rate_hz: float | None = None


_FLOAT: Final = AnalysisSettings(skip=0, precision="float")
REFERENCE: Final = Way("every frame, float", _FLOAT)
WAYS: Final = (
    REFERENCE,
    *(Way(f"{rate:g} Hz, float", _FLOAT, rate) for rate in (20.0, 15.0, 12.0, 10.0)),
    Way("auto, float", AnalysisSettings(precision="float")),
    Way("every frame, int8", AnalysisSettings(skip=0, precision="int8")),
    Way("auto, mixed", AnalysisSettings(precision="mixed")),
    Way("auto, int8", AnalysisSettings(precision="int8")),
)
HEAD: Final = (
    "| looks | F1@50, truth | F1@50, every frame | repetitions that differ | looks a second "
    "| people looked at a second |"
)


def score(way: Way, clips: Sequence[RatesClip], keep: Path) -> RateScore:
    """One way over all clips."""
    scored = RateScore()
    for clip in clips:
        wanted, _, _, _ = _seen(REFERENCE, clip, keep)
        found, seconds, looks, people = _seen(way, clip, keep)
        scored.add_segments(clip.truth.intervals, wanted, found)
        scored.seconds += seconds
        scored.looks += looks
        scored.people += people
    return scored


def _seen(way: Way, clip: RatesClip, keep: Path) -> tuple[list[Segment], float, int, int]:
    """Segments of all people, the clip's seconds, looks, and people in them."""
    poses = poses_of(clip.path, way.settings, keep, way.rate_hz)
    people = poses.people(way.settings, load_action_model())
    segments = [segment for person in people for segment in person.segments]
    return segments, poses.duration_s, len(poses.times_s), sum(map(len, poses.poses))


def row(name: str, scored: RateScore) -> str:
    """A line of the table."""
    return (
        f"| {name} | {scored.truth.f1:.1f} | {scored.reference.f1:.1f} "
        f"| {scored.missed} of {scored.repetitions} | {scored.looks / scored.seconds:.1f} "
        f"| {scored.people / scored.seconds:.1f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folders", type=Path, nargs="*", metavar="REAL_CLIPS")
    parser.add_argument("--films", type=Path, help="folder in which the simulated clips stay")
    parser.add_argument("--keep", type=Path, help="folder in which poses stay")
    parser.add_argument("--seed", type=int, default=0, help="of the simulated people")
    parser.add_argument("--only", default="", help="rows whose names begin so, and the first")
    chosen = parser.parse_args()
    ways = [way for way in WAYS if way is REFERENCE or way.name.startswith(chosen.only)]
    print(f"{hardware()}; load {load_average()}")
    with tempfile.TemporaryDirectory(prefix="harec-rates-") as scratch:
        films = list(simulated_clips(chosen.films or Path(scratch) / "films", chosen.seed))
        filmed = [clip for folder in chosen.folders for clip in real_clips(folder)]
        keep = chosen.keep or Path(scratch) / "poses"
        for title, clips in (("simulated", films), ("real", filmed)):
            if clips:
                print(f"\n{len(clips)} {title} clips\n\n{HEAD}\n|---|" + "--:|" * 5)
            for way in ways if clips else ():
                print(row(way.name, score(way, clips, keep)), flush=True)


if __name__ == "__main__":
    main()
