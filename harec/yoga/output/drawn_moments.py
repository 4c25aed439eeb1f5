"""What a coach says of each sampled frame of a practice, as it is drawn over moving images."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from harec.yoga.coaching.coach import AsanaCoach, Coaching
from harec.yoga.coaching.references import References
from harec.yoga.output.angle_overlay import STATES, arc_state
from harec.yoga.practice.holds import HoldNow
from harec.yoga.practice.moments import steady_keypoints
from harec.yoga.practice.video import Practice
from harec.yoga.recognition.angles import ANGLE_NAMES, NUM_ANGLES
from harec.yoga.recognition.classifier import COLUMN, NO_ASANA

#: No score, or an angle that is not judged.
NONE: Final = 255
_SIDES: Final = (None, "left", "right")
#: Added to an angle's state where the angle should become smaller.
SMALLER: Final = 4


def drawn_moments(practice: Practice, coach: AsanaCoach) -> list[Coaching]:
    """What is said of each of a practice's frames (L), without warnings: nobody could read them
    while a video runs. The asana is that of the hold at that moment; keypoints are averaged before
    they are judged, as in the practice."""
    certain = np.zeros((len(practice.times_s), NO_ASANA + 1), np.float32)
    for row, time_s in zip(certain, practice.times_s.tolist(), strict=True):
        hold = practice.hold_at(time_s)
        row[NO_ASANA if hold is None else COLUMN[hold.asana]] = 1
    steady = steady_keypoints(practice.times_s, practice.keypoints_xyc)
    return coach.judge_all(steady, certain, warn=False)


def hold_now(practice: Practice, time_s: float) -> HoldNow | None:
    """The hold at a moment, for its timer."""
    hold = practice.hold_at(time_s)
    if hold is None:
        return None
    return HoldNow(hold.asana, hold.side, hold.start_s, time_s - hold.start_s, True, None)


def moment_bytes(moments: list[Coaching], references: References) -> NDArray[np.uint8]:
    """The moments for `harec.render.track_file`: uint8 (L, 20).

    Score (`NONE` without one), side (0 none, 1 left, 2 right), the degrees of the nine angles of
    `ANGLE_NAMES`, and how they are: 0 not judged, else 1 + the index of its state in
    `harec.yoga.output.angle_overlay.STATES`, and `SMALLER`.
    """
    out = np.zeros((len(moments), 2 + 2 * NUM_ANGLES), np.uint8)
    out[:, 0] = NONE
    for row, coaching in zip(out, moments, strict=True):
        if coaching.score is not None:
            row[0] = int(coaching.score + 0.5)
        row[1] = _SIDES.index(coaching.side)
        if coaching.asana is None:
            continue
        ranges = references.judged(coaching.asana, coaching.side)
        for i, name in enumerate(ANGLE_NAMES):
            value, wanted = coaching.angles_deg.get(name), ranges.get(name)
            if value is None or wanted is None:
                continue
            state = arc_state(coaching, name, wanted)
            row[2 + i] = round(value)
            row[2 + NUM_ANGLES + i] = 1 + STATES.index(state) + SMALLER * (value > wanted.high)
    return out
