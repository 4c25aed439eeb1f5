"""What is none of the six actions: names of the archives and of simulated motion, by kind.

Three kinds are told apart, because they are mistaken for actions in different ways: everyday motion
(walking, squats, kicks), gestures of people who stand, and people seated at a webcam.
"""

from __future__ import annotations

import re
from typing import Final, Literal

NegativeKind = Literal["everyday", "gesture", "seated"]
NEGATIVE_KINDS: Final[tuple[NegativeKind, ...]] = ("everyday", "gesture", "seated")

#: Labels of the archives that may or may not be one of the six: neither taught nor tested.
AMBIGUOUS: Final = frozenset(
    """
    UNLABELLED WAVE_MIXED WAVE_1OR2 BYE BYEBYE CALL RESPOND PUNCH_SINGLE JUMP_BALANCE JUMP_FORWARD
    HORIZONTAL_ARM_WAVE
    """.split()  # noqa: SIM905
)
#: Negatives that move hands or jump much like the six actions do: the hard ones.
GESTURE_LIKE: Final = frozenset(
    """
    DRAW_TICK DRAW_CIRCLE DRAW_X DRAW_CIRCLE_CCW DRAW_CIRCLE_CW DRAW_TRIANGLE HAMMER HAND_CATCH
    HIGH_THROW PICKUP_THROW THROW CATCH PUSH PULL KNOCK SWIPE_LEFT SWIPE_RIGHT ARM_CURL ARM_CROSS
    ARM_CIRCLE RAISE_UP_BOTH_HANDS RAISE_UP_LEFT_HAND RAISE_UP_RIGHT_HAND BASKETBALL_SHOOT
    TENNIS_SWING TENNIS_SERVE TENNIS_FOREHAND BASEBALL_SWING BASEBALL_PITCH BOWLING BOWL
    STRUM_GUITAR TWIST KNEE_RAISE TOE_TOUCH_1HAND BODY_SWING POINT PUSH_BUTTON CLIMB_LADDER SWIM
    HANDSHAKE FIST_BUMP GRAB_HIGH ELBOW_TO_KNEE RUN_IN_PLACE
    """.split()  # noqa: SIM905
)
#: Families of gestures: every label that begins like this is one.
_GESTURES: Final = re.compile(r"(SIGN|MIME|LETTER_POSE|SIGNAL|RAISE|FLY|DRAW|SWIPE)_")

#: Sources whose people sit (or stand close) before a webcam, whatever they do there.
SEATED_SOURCES: Final = frozenset({"captcha_mime", "mp_hello", "miai_mediapipe"})
_SEATED: Final = re.compile(r"SEATED_")

#: Simulated negatives that are an action in part (hips that go up and down, hands that meet, an arm
#: that goes to and fro): the network must see them often, or it takes them for that action.
LOOKALIKES: Final = frozenset(
    """
    SQUAT LUNGES SITTING_DOWN BENDING STRETCHING HIGH_KNEES RUNNING TWISTING RUBBING_HANDS KNOCKING
    ARM_RAISES ARM_CIRCLES PUSHING CATCHING TALKING SEATED_TALKING SEATED_HAND_UP SEATED_SIGNING
    SEATED_HANDS_AT_FACE SEATED_ONE_SWAY SEATED_SHOWING SEATED_STRETCHING SEATED_RUBBING ONE_ARC
    COME_HERE SEATED_COUNTING BECKONING FLYING CONDUCTING CLIMBING SWIMMING DANCING EXPLAINING
    SIGNING FIST_BUMP STAIRS STEP_UPS WALKING
    """.split()  # noqa: SIM905
)


def is_gesture(label: str) -> bool:
    """Whether a negative of that name moves the hands as gestures do."""
    return label in GESTURE_LIKE or bool(_GESTURES.match(label))


def is_seated(label: str, source: str) -> bool:
    """Whether somebody is seated at a webcam, by the data set or the name of the motion."""
    return source in SEATED_SOURCES or bool(_SEATED.match(label))
