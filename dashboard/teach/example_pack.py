"""The pack of the first visit: simulated people who do squats, lunges and biceps curls.

Made when it is asked for, in a few tenths of a second; nobody was filmed for it.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from harec.actions.labels import OTHER
from harec.taught.examples import Example, stretch

NAME: Final = "example-pack"
_MOTIONS: Final = {"Squat": "SQUAT", "Lunge": "LUNGES", "Biceps curl": "BICEPS_CURLS"}
LABELS: Final = frozenset(_MOTIONS)
#: Who they are, and from where the camera sees them: degrees.
_PEOPLE: Final = {"Ada": -25.0, "Ben": 0.0, "Cleo": 30.0, "Dev": 60.0}
#: What is none of them.
_OTHERS: Final = ("STANDING", "WALKING")
_SECONDS: Final = 4.0


def examples() -> list[Example]:
    """Each person shows each action once, and two of them what is none."""
    shown = [
        _example(label, motion, person, yaw_deg, seed)
        for label, motion in _MOTIONS.items()
        for seed, (person, yaw_deg) in enumerate(_PEOPLE.items())
    ]
    others = zip(_OTHERS, _PEOPLE.items(), strict=False)
    return shown + [_example(OTHER, motion, *person, seed=9) for motion, person in others]


def _example(label: str, motion: str, person: str, yaw_deg: float, seed: int) -> Example:
    from harec.simulate import ClipSpec, simulate_truth  # the page does not wait for it

    spec = ClipSpec((((motion, _SECONDS),),), fps=20, seed=seed, yaw_deg=yaw_deg)
    truth = simulate_truth(spec).people[0]
    return stretch(
        label,
        f"{person} (simulated)",
        np.array(truth.times_s),
        truth.keypoints_xyc,
        0.0,
        _SECONDS,
        person=person,
    )
