"""When actions are said to begin and to end, and how soon they are named live.

    python -m benchmarks.edges [--clips 12] [--seed 0] [--model FILE]

Simulated people stand, do one action and stand again: their true keypoints with a pose model's
jitter, at 30 frames/s. Prints, by action, the median of how far off the begin and the end of the
segment are (seconds; and signed: positive is late), and the median time from the true begin to the
first moment at which Live names the action. A clip in which the action is not found counts as
missed, and in no median of begin and end.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from benchmarks.hardware import hardware
from harec.actions.labels import ACTIONS
from harec.actions.model import ActionModel, load_action_model
from harec.actions.online_segments import find_segments
from harec.actions.recognizer import ActionRecognizer, PersonAction
from harec.core.poses import FloatArray, TrackedPerson
from harec.simulate.clip import simulate_truth
from harec.simulate.spec import ClipSpec

STAND_S: Final = 3.0
ACTION_S: Final = 6.0
#: Of keypoints, as a share of the trunk's length.
JITTER: Final = 0.02


class Found(NamedTuple):
    """What was said of one clip, in seconds off the truth; None: the action was not named."""

    begin_s: float | None
    end_s: float | None
    live_s: float | None


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clips", type=int, default=12, help="of each action")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", type=Path, help="weights; default: those that ship")
    asked = parser.parse_args(argv)
    model = ActionModel.load(asked.model) if asked.model else load_action_model()
    print(f"{hardware()}; {asked.clips} clips of an action, seed {asked.seed}\n")
    print("| action | begin | end | begin, signed | end, signed | live | missed |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for action in ACTIONS:
        seeds = range(asked.seed * 1000, asked.seed * 1000 + asked.clips)
        found = [look(model, action, seed) for seed in seeds]
        print(row(action, found), flush=True)


def row(action: str, found: Sequence[Found]) -> str:
    begin, end, live = (
        np.array([value for value in values if value is not None], float)
        for values in zip(*found, strict=True)
    )
    cells = [np.median(np.abs(begin)), np.median(np.abs(end)), np.median(begin), np.median(end)]
    words = [f"{cells[0]:.2f}", f"{cells[1]:.2f}", f"{cells[2]:+.2f}", f"{cells[3]:+.2f}"]
    missed = len(found) - len(begin)
    return f"| {action} | {' | '.join(words)} | {np.median(live):.2f} | {missed} |"


def look(model: ActionModel, action: str, seed: int) -> Found:
    """One clip, live, and as a whole."""
    script = (("STANDING", STAND_S), (action, ACTION_S), ("STANDING", STAND_S))
    (person,) = simulate_truth(ClipSpec((script,), fps=30, seed=seed)).people
    recognizer = ActionRecognizer(model)
    estimates: list[PersonAction] = []
    live_s = None
    for time_s, keypoints in seen(person.times_s, person.keypoints_xyc, seed):
        for estimate in recognizer.update(time_s, [TrackedPerson(1, keypoints, 0.9)]):
            estimates.append(estimate)
            if live_s is None and time_s > STAND_S and estimate.action == action:
                live_s = time_s - STAND_S
    estimates += recognizer.finish()
    spans = np.array([(estimate.start_s, estimate.end_s) for estimate in estimates])
    segments = find_segments(
        spans.mean(axis=1),
        spans,
        np.stack([estimate.probabilities for estimate in estimates]),
        model.segments,
    )
    own = [segment for segment in segments if segment.action == action]
    if not own:
        return Found(None, None, live_s)
    return Found(own[0].start_s - STAND_S, own[-1].end_s - STAND_S - ACTION_S, live_s)


def seen(
    times_s: Sequence[float], keypoints_xyc: FloatArray, seed: int
) -> Iterator[tuple[float, FloatArray]]:
    """The true keypoints as a pose model would find them."""
    rng = np.random.default_rng(seed)
    trunk = np.linalg.norm(keypoints_xyc[:, 5, :2] - keypoints_xyc[:, 11, :2], axis=1).mean()
    for time_s, keypoints in zip(times_s, keypoints_xyc, strict=True):
        found = keypoints.copy()
        found[:, :2] += rng.normal(0, JITTER * trunk, (17, 2))
        found[:, 2] *= rng.uniform(0.5, 0.95, 17)
        yield float(time_s), found


if __name__ == "__main__":
    main()
