"""How often the coach names the asana of a photo: ``python -m benchmarks.yoga_photos FOLDER``.

FOLDER holds a folder of photos for each asana, and perhaps one called ``none`` with photos of no
asana. For photos that the shipped model has not learnt from; those of its training say nothing.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from pathlib import Path

import numpy as np

from harec.core.errors import InputError
from harec.pose.registry import create_estimator
from harec.yoga.coaching.coach import AsanaCoach
from harec.yoga.practice.photo import PHOTO_MODE, coach_folder
from harec.yoga.recognition.asanas import ASANAS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    if not folder.is_dir():
        print(f"skipped: there is no folder {folder}")
        return
    estimator, coach = create_estimator("movenet", mode=PHOTO_MODE), AsanaCoach()
    taken_s: list[float] = []
    print(f"{'truth':22} {'photos':>6} {'right':>6}  score  answers")
    right_of: dict[str, list[bool]] = {}
    for truth in sorted(f for f in folder.iterdir() if f.name in (*ASANAS, "none")):
        answers, scores = [], []
        start_s = time.perf_counter()
        for _, result in coach_folder(truth, estimator=estimator, coach=coach):
            coaching = None if isinstance(result, InputError) else result.coaching
            answers.append((coaching.asana if coaching else None) or "none")
            if coaching and coaching.asana == truth.name and coaching.score is not None:
                scores.append(coaching.score)
            taken_s.append(time.perf_counter() - start_s)
            start_s = time.perf_counter()
        right_of[truth.name] = [answer == truth.name for answer in answers]
        wrong = Counter(answer for answer in answers if answer != truth.name)
        others = ", ".join(f"{name} {count}" for name, count in wrong.most_common())
        score = f"{np.median(scores):5.0f}" if scores else "    -"
        print(f"{truth.name:22} {len(answers):6} {sum(right_of[truth.name]):6}  {score}  {others}")
    named = [hit for name, hits in right_of.items() if name != "none" for hit in hits]
    if named:
        print(f"accuracy {np.mean(named):.3f} of {len(named)} photos of asanas")
    if "none" in right_of:
        print(f"false asanas {1 - np.mean(right_of['none']):.3f} of {len(right_of['none'])}")
    if taken_s:
        print(f"median {1000 * np.median(taken_s):.0f} ms a photo, reading included")


if __name__ == "__main__":
    main()
