"""How well motions that nobody taught the embedding are named after one or five examples.

    python -m benchmarks.few_shot --archives FOLDER [--recipe models/action-embedding.toml]
        [--model models/action-embedding.safetensors] [--episodes 200]

Motions and people are those that the recipe holds out; examples and queries are of different
people; 3-D clips are seen by one camera each, of a clip the part that moves. Prints the mean share
named right with its 95 % interval, and how often everyday motion of other people is taken for one
of the motions where 80 % of the motions are accepted.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.few_shot.baselines import (
    hidden_state,
    mediapipe,
    nearest,
    normalised,
    prototypes,
    unwarped,
    warped,
)
from benchmarks.few_shot.protocol import Gestures, Method, accuracy, episodes, gestures_of
from benchmarks.few_shot.refusal import false_alarms, taught
from benchmarks.hardware import hardware
from harec.actions.embedding import DEFAULT_EMBEDDING, MotionEmbedding
from harec.actions.model import load_action_model
from harec.core.errors import InputError
from harec.core.poses import FloatArray
from harec.training.embedding.recipe import read_embedding_recipe

#: Ways and shots.
TASKS = ((5, 1), (5, 5), (10, 5))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--archives", type=Path, required=True)
    parser.add_argument("--recipe", type=Path, default=Path("models/action-embedding.toml"))
    parser.add_argument("--model", type=Path, default=DEFAULT_EMBEDDING)
    parser.add_argument("--episodes", type=int, default=200)
    chosen = parser.parse_args()
    try:
        split = read_embedding_recipe(chosen.recipe).split(chosen.archives)
    except InputError as problem:
        raise SystemExit(f"skipped: {problem}") from None
    model = MotionEmbedding.load(chosen.model)
    everyday = gestures_of(split.everyday, seed=1, pieces=3)
    print(f"{hardware()}; {chosen.episodes} episodes; 5-way 1-shot / 5-way 5-shot / 10-way 5-shot")
    for source, clips in split.held.items():
        # The same recordings in the plane, from a view of their own, are no other clips.
        gestures = gestures_of([clip for clip in clips if clip.is_3d])
        motions, people = np.unique(gestures.motions), np.unique(gestures.people)
        print(f"\n{source}: {len(gestures)} clips, {len(motions)} motions, {len(people)} people")
        for name, method in methods(model, gestures).items():
            shares = [_accuracy(gestures, method, *task, chosen.episodes) for task in TASKS]
            print(f"  {name:<34} {' / '.join(shares)}", flush=True)
        alarms = [
            "-" if len(motions) < ways
            else f"{false_alarms(model, gestures, everyday, ways, shots, chosen.episodes):.3f}"
            for ways, shots in TASKS
        ]  # fmt: skip
        print(f"  {'false alarms, everyday, at 80 %':<34} {' / '.join(alarms)}", flush=True)


def methods(model: MotionEmbedding, gestures: Gestures) -> dict[str, Method]:
    """The embedding and the baselines, each with all of the gestures."""
    plain, mirrored = normalised(gestures)

    def either(distance: Callable[[FloatArray, FloatArray], FloatArray]) -> Method:
        return nearest(np.minimum(distance(plain, plain), distance(mirrored, plain)))

    return {
        "motion embedding, taught head": taught(model, gestures),
        "dynamic time warping, 1-NN": either(warped),
        "1-NN without warping": either(unwarped),
        "six-action LSTM, hidden state": prototypes(hidden_state(load_action_model(), gestures)),
        "MediaPipe's k-NN on frames": mediapipe(gestures),
    }


def _accuracy(gestures: Gestures, method: Method, ways: int, shots: int, count: int) -> str:
    try:
        mean, half = accuracy(method, list(episodes(gestures, ways, shots, count)))
    except ValueError:
        return "-"
    return f"{mean:.3f} ± {half:.3f}"


if __name__ == "__main__":
    main()
