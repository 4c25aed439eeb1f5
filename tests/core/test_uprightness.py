"""Bodies drawn by hand, in torsos: x to the right, y down, hips at the origin."""

from __future__ import annotations

import numpy as np
import pytest

from harec.core.correction import Correction
from harec.core.uprightness import CAREFUL, USUAL, UprightCheck, advise_turn, turns_needed


def body(head, shoulders, wrists, hips, knees, ankles) -> np.ndarray:
    """(17, 3): both sides at the same places."""
    places = [head] * 5 + [shoulders] * 2 + [shoulders] * 2 + [wrists] * 2
    places += [hips] * 2 + [knees] * 2 + [ankles] * 2
    return np.array([(*place, 1.0) for place in places], np.float32) * [100, 100, 1]


STANDS = body((0, -1.5), (0, -1), (0.1, 0.1), (0, 0), (0, 0.9), (0, 1.7))
WAVES = body((0, -1.5), (0, -1), (0.4, -2.0), (0, 0), (0, 0.9), (0, 1.7))
SITS = body((0, -1.5), (0, -1), (0.4, 0.0), (0, 0), (0.8, 0), (0.8, 0.8))
HANDSTAND = body((0, 1.5), (0, 1), (0, 2.1), (0, 0), (0, -0.9), (0, -1.7))
HEADSTAND = body((0, 1.5), (0, 1), (0.4, 1.6), (0, 0), (0, -0.9), (0, -1.7))
SHOULDER_STAND = body((-0.4, 0.9), (0, 1), (0.1, 0.2), (0, 0), (0, -0.9), (0, -1.7))
DOWN_DOG = body((-0.8, 1.0), (-0.7, 0.7), (-1.4, 1.5), (0, 0), (0.5, 0.8), (0.9, 1.5))
FORWARD_FOLD = body((0.1, 1.4), (0.1, 1), (0.1, 1.6), (0, 0), (0, 0.9), (0, 1.7))
PLANK = body((-1.5, -0.3), (-1, -0.2), (-1, 1.1), (0, 0), (0.9, 0.2), (1.7, 0.4))
LIES = body((-1.5, 0), (-1, 0), (0.1, 0.2), (0, 0), (0.9, 0), (1.7, 0))


def turned(person: np.ndarray, degrees: int) -> np.ndarray:
    """As a camera sees it whose picture must be turned back by so much."""
    out = person.copy()
    for _ in range(degrees // 90):  # a quarter clockwise: what was up is to the right
        out[:, :2] = np.stack([-out[:, 1], out[:, 0]], axis=1)
    return out


@pytest.mark.parametrize("camera", [0, 90, 180, 270])
def test_somebody_who_stands_tells_the_turn(camera):
    assert turns_needed(turned(STANDS, camera)[None]) == -camera % 360


@pytest.mark.parametrize(
    "pose", [HANDSTAND, HEADSTAND, SHOULDER_STAND, DOWN_DOG, FORWARD_FOLD, PLANK, SITS]
)
def test_poses_that_are_upside_down_or_lie_tell_nothing(pose):
    assert turns_needed(pose[None]) == -1


def test_who_is_half_hidden_tells_nothing():
    for hidden in (slice(0, 5), slice(13, 15), slice(15, 17), slice(9, 11)):
        person = turned(STANDS, 180)
        person[hidden, 2] = 0
        assert turns_needed(person[None]) == -1


def track(*parts: tuple[np.ndarray, float]) -> tuple[list[float], np.ndarray]:
    """Poses, each held for so many seconds, ten frames a second."""
    bodies = [pose for pose, seconds in parts for _ in range(round(10 * seconds))]
    return [i / 10 for i in range(len(bodies))], np.array(bodies)


def advice(*parts, correction=Correction(), proof=USUAL) -> str:  # noqa: B008
    return " ".join(advise_turn(correction, [track(*parts)], proof))


def test_most_of_the_time_decides():
    upside_down = turned(STANDS, 180)
    assert "upside down" in advice((upside_down, 9), (STANDS, 1))
    assert "--turn 180" in advice((upside_down, 9), (turned(WAVES, 180), 5))
    assert advice((upside_down, 5), (STANDS, 5)) == ""
    assert advice((upside_down, 0.5)) == ""
    assert advice((upside_down, 4), proof=CAREFUL) == ""
    assert "--turn 180" in advice((upside_down, 8), proof=CAREFUL)
    assert advice((HEADSTAND, 60), proof=CAREFUL) == ""
    assert advice((STANDS, 4), (HANDSTAND, 60), (upside_down, 1)) == ""


def test_on_the_side_and_the_turn_that_is_set_already():
    assert "on their side" in advice((turned(STANDS, 90), 5))
    assert "--turn 270)" in advice((turned(STANDS, 90), 5))
    assert "--turn 0)" in advice((turned(STANDS, 90), 5), correction=Correction(90))
    assert "--turn 180)" in advice((turned(STANDS, 90), 5), correction=Correction(90, True))


def test_a_camera_that_is_turned_back_is_believed_after_a_while():
    check = UprightCheck(forgets=True)
    for i in range(600):
        check.add(i / 10, turned(STANDS, 180)[None])
    assert check.turn_deg(CAREFUL) == 180
    for i in range(600, 1800):
        check.add(i / 10, STANDS[None])
    assert check.turn_deg(CAREFUL) == 0


def test_several_people_and_none():
    check = UprightCheck()
    for i in range(100):
        bodies = [turned(STANDS, 180), turned(STANDS, 180), SITS][: i % 4]
        check.add(i / 10, np.array(bodies).reshape(-1, 17, 3))
    assert check.turn_deg(USUAL) == 180
    assert UprightCheck().turn_deg(USUAL) == 0
