"""HOTA, IDF1 and changes of id on simulated scenes, without a pose network.

python -m benchmarks.tracking [--rate R ...] [--seeds N] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from benchmarks.hardware import commit, hardware
from benchmarks.tracking.metrics import MatchedFrame, TrackingScores, tracking_scores
from benchmarks.tracking.scenes import SCENES, Scene, scene_frames
from harec.pose.registry import engine_info
from harec.tracking.selection import SelectionSettings, TrackSelector

RATES = (10.0, 15.0, 25.0, 30.0, 60.0)


def score_scene(scene: Scene, rate: float, seed: int) -> TrackingScores:
    """What harec's thresholds and ids make of a scene."""
    info = engine_info("movenet")
    selector = TrackSelector(
        SelectionSettings(info.person_threshold, info.keypoint_threshold, max_people=6)
    )
    frames = []
    for frame in scene_frames(scene, rate, seed):
        people = selector.update(frame.time_s, frame.poses)
        found = np.array([p.keypoints_xyc for p in people], np.float32).reshape(-1, 17, 3)
        ids = np.array([p.id for p in people], np.intp)
        frames.append(MatchedFrame(frame.true_ids, ids, frame.similarity(found)))
    return tracking_scores(frames)


def score_scenes(
    rates: Sequence[float], seeds: Sequence[int], scenes: Sequence[Scene] = SCENES
) -> dict[str, TrackingScores]:
    """Scene -> means over rates and seeds, and the sum of all changes of id."""
    table = {}
    for scene in scenes:
        scores = [score_scene(scene, rate, seed) for rate in rates for seed in seeds]
        table[scene.name] = TrackingScores(
            float(np.mean([s.hota for s in scores])),
            float(np.mean([s.idf1 for s in scores])),
            sum(s.id_changes for s in scores),
        )
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rate", type=float, nargs="+", default=RATES)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    machine = hardware()
    print(f"{machine}\nframes/s {[f'{r:g}' for r in chosen.rate]}, {chosen.seeds} seeds")
    table = score_scenes(chosen.rate, range(chosen.seeds))
    print(f"{'scene':<26}{'HOTA':>7}{'IDF1':>7}{'id changes':>12}")
    for name, s in table.items():
        print(f"{name:<26}{s.hota:7.3f}{s.idf1:7.3f}{s.id_changes:12d}")
    values = list(table.values())
    hota, idf1 = np.mean([s.hota for s in values]), np.mean([s.idf1 for s in values])
    print(f"{'all':<26}{hota:7.3f}{idf1:7.3f}{sum(s.id_changes for s in values):12d}")
    if chosen.json:
        report = {
            "commit": commit(Path.cwd()),
            "hardware": machine,
            "rates": list(chosen.rate),
            "seeds": chosen.seeds,
            "scenes": {name: asdict(s) for name, s in table.items()},
        }
        chosen.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
