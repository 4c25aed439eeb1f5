"""How often the coach names the asana of a photo: ``python -m benchmarks.yoga_photos FOLDER...``.

Each FOLDER holds a folder of photos for each asana, and perhaps ``none`` and ``OTHER_<kind>`` with
photos of no asana. ``--labels models/yoga-labels.tsv`` puts wrong labels right; ``--data`` counts
false asanas on everyday poses of keypoint archives. For photos that the shipped model has not
learnt from; ``python -m harec train-yoga`` prints what held-out networks say of its own photos.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from harec.core.errors import InputError
from harec.pose.registry import create_estimator
from harec.training.yoga.data import load_everyday
from harec.training.yoga.photos import LEFT_OUT, read_corrections
from harec.yoga.coaching.coach import AsanaCoach
from harec.yoga.practice.photo import PHOTO_MODE, coach_folder
from harec.yoga.recognition.asanas import ASANAS
from harec.yoga.recognition.classifier import NO_ASANA

NONE = "none"
Answers = dict[str, list[tuple[str, str, float | None]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    parser.add_argument("--labels", type=Path, help="what photos show: yoga-labels.tsv")
    parser.add_argument("--data", type=Path, action="append", default=[], help="archive (.npz)")
    parser.add_argument("--each", action="store_true", help="a line for every photo")
    given = parser.parse_args()
    if missing := [folder for folder in given.folders if not folder.is_dir()]:
        print(f"skipped: there is no folder {missing[0]}")
        return
    labels = read_corrections(given.labels) if given.labels else {}
    coach = AsanaCoach()
    taken_s: list[float] = []
    for folder in given.folders:
        answers = judged(folder, labels, coach, taken_s)
        print(f"{folder.name:22} {'photos':>6} {'right':>6}  score  answers")
        for truth, each in answers.items():
            print(line_of(truth, each))
        print_shares(answers)
        for truth, each in answers.items():
            for photo, answer, _ in each:
                if given.each or answer != _wanted(truth):
                    how = "right" if answer == _wanted(truth) else "wrong"
                    how = "refused" if how == "wrong" and answer == NONE else how
                    print(f"  {how:7} {photo} ({truth}): {answer}")
    if given.data:
        print_everyday(given.data, coach)
    if taken_s:
        print(f"median {1000 * np.median(taken_s):.0f} ms a photo, reading included")


def judged(
    folder: Path, labels: Mapping[str, str], coach: AsanaCoach, taken_s: list[float]
) -> Answers:
    """What photos show -> (photo, answer, score if it is right) of each."""
    estimator = create_estimator("movenet", mode=PHOTO_MODE)
    answers: Answers = defaultdict(list)
    for inside in sorted(f for f in folder.iterdir() if f.is_dir()):
        if inside.name not in (*ASANAS, NONE) and not inside.name.startswith("OTHER_"):
            continue
        start_s = time.perf_counter()
        for name, result in coach_folder(inside, estimator=estimator, coach=coach):
            photo = f"{folder.name}/{inside.name}/{name}"
            coaching = None if isinstance(result, InputError) else result.coaching
            truth, answer = labels.get(photo, inside.name), (coaching and coaching.asana) or NONE
            score = coaching.score if coaching and answer == truth else None
            if truth != LEFT_OUT:
                answers[truth].append((photo, answer, score))
            taken_s.append(time.perf_counter() - start_s)
            start_s = time.perf_counter()
    return dict(sorted(answers.items()))


def _wanted(truth: str) -> str:
    return truth if truth in ASANAS else NONE


def line_of(truth: str, answers: list[tuple[str, str, float | None]]) -> str:
    """A row of the table."""
    right = [answer == _wanted(truth) for _, answer, _ in answers]
    wrong = Counter(answer for _, answer, _ in answers if answer != _wanted(truth))
    others = ", ".join(f"{name} {count}" for name, count in wrong.most_common())
    scores = [score for _, _, score in answers if score is not None]
    score = f"{np.median(scores):5.0f}" if scores else "    -"
    return f"{truth:22} {len(answers):6} {sum(right):6}  {score}  {others}"


def print_shares(answers: Answers) -> None:
    """Accuracy over photos of asanas, false asanas over the others."""
    for asana, words in ((True, "accuracy {:.3f} of {}"), (False, "false asanas {:.3f} of {}")):
        right = [
            answer == _wanted(truth)
            for truth, each in answers.items()
            if (truth in ASANAS) == asana
            for _, answer, _ in each
        ]
        if right:
            print(words.format(np.mean(right) if asana else 1 - np.mean(right), len(right)))


def print_everyday(archives: list[Path], coach: AsanaCoach) -> None:
    """False asanas on everyday poses, by source."""
    pool = load_everyday(archives, np.random.default_rng(0))
    shares = coach.model.probabilities(pool.keypoints_xyc)[:, :NO_ASANA]
    false = shares.max(axis=1) >= coach.threshold
    print(f"everyday poses {len(pool)}: false asanas {false.mean():.4f}")
    for source in sorted(set(pool.sources)):
        print(f"  {source:20} {false[pool.sources == source].mean():.4f}")


if __name__ == "__main__":
    main()
