"""Other yoga, drawn by angles: what the coach is not to take for one of its asanas.

Each variant says in which direction of the picture the trunk and the bones of arms and legs point.
`draw_other_yoga` bends bodies of all proportions like that, some degrees off, and seen a little
from the side. Variants of one kind of pose share a name, one of `OTHERS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from harec.core.poses import FloatArray
from harec.core.skeleton import LEFT_HIP, LEFT_SHOULDER, NUM_KEYPOINTS

Rng = np.random.Generator
#: Directions of the nearer and the farther bone of a limb.
Limb = tuple[float, float]
Pair = tuple[Limb, Limb]
View = Literal["side", "front"]

#: Lengths in trunks (Drillis & Contini 1966, as in `harec.yoga.recognition.features`).
_ARM: Final = (0.58, 0.51)
_LEG: Final = (0.83, 0.82)
#: Deviations: of the whole body, of the trunk and of each bone, degrees; of lengths, as a share.
_TILT_DEG, _TRUNK_DEG, _BONE_DEG, _LENGTH = 4.0, 7.0, 9.0, 0.07


@dataclass(frozen=True)
class Drawn:
    """One variant; directions in degrees, 0 = to the picture's right, 90 = up.

    Attributes:
        view: "side": both shoulders are about at one place; "front": the chest is open to the
            camera, and the body's left is 90 degrees clockwise of its trunk.
        trunk: from the hips to the shoulders.
        arms, legs: left, right.
    """

    view: View
    trunk: float
    arms: Pair
    legs: Pair


def _both(near: float, far: float | None = None) -> Pair:
    """Left and right alike; straight without ``far``."""
    limb = (near, near if far is None else far)
    return limb, limb


_UP: Final = _both(90)
_DOWN: Final = _both(270)
_STANDING: Final = _both(270)
_PRAYER_SIDE: Final = _both(290, 40)
#: From the front: the left hand meets the right one before the chest.
_PRAYER: Final = ((285, 125), (255, 55))
#: Legs of the second warrior, left and right knee bent.
_WARRIOR: Final = ((-15.0, 268.0), (218.0, 216.0))

_SIDE: Final[View] = "side"
_FRONT: Final[View] = "front"
DRAWN: Final[dict[str, tuple[Drawn, ...]]] = {
    "plank": (
        Drawn(_SIDE, 15, _DOWN, _both(195)),
        Drawn(_SIDE, 24, _both(265), _both(203)),
        Drawn(_SIDE, 8, _both(275), _both(188)),
        Drawn(_SIDE, 5, _both(268, 0), _both(184)),  # on the forearms
        Drawn(_SIDE, 2, _both(190, 275), _both(185)),  # near the floor, elbows at the ribs
        Drawn(_SIDE, 28, _both(265), _both(208, 180)),  # on the knees
        Drawn(_SIDE, 32, _both(262), _both(207)),  # chest up, too
        Drawn(_SIDE, 12, _DOWN, ((192, 192), (172, 172))),  # one leg up
        Drawn(_SIDE, 0, _DOWN, _both(270, 180)),  # all fours
        Drawn(_SIDE, 0, ((270, 270), (0, 0)), ((270, 180), (182, 182))),  # bird dog
    ),
    "side_plank": (
        Drawn(_FRONT, 28, ((268, 268), (90, 90)), _both(208)),
        Drawn(_FRONT, 18, ((272, 272), (88, 88)), _both(198)),
        Drawn(_FRONT, 40, ((262, 262), (95, 95)), _both(214)),
        Drawn(_FRONT, 25, ((268, 268), (20, 20)), _both(205)),  # the arm over the ear
        Drawn(_FRONT, 25, ((268, 268), (205, 205)), _both(206)),  # the arm on the body
        Drawn(_FRONT, 15, ((268, 0), (90, 90)), _both(195)),  # on the forearm
        Drawn(_FRONT, 28, ((268, 268), (80, 80)), ((208, 208), (120, 120))),  # the upper leg up
        Drawn(_FRONT, 30, ((268, 268), (110, 110)), ((210, 210), (95, 95))),  # toes in the hand
        Drawn(_FRONT, 12, ((268, 268), (92, 92)), ((204, 205), (86, 90))),
        Drawn(_FRONT, 22, ((270, 270), (98, 102)), ((208, 206), (80, 78))),
        Drawn(_FRONT, 48, ((262, 262), (112, 118)), ((216, 212), (102, 96))),
        Drawn(_FRONT, 28, ((268, 268), (90, 90)), ((208, 208), (165, 260))),  # foot on the thigh
        Drawn(_FRONT, 35, ((268, 268), (95, 95)), ((255, 180), (205, 205))),  # on one knee
    ),
    "reverse_warrior": (
        Drawn(_FRONT, 112, ((95, 105), (236, 230)), _WARRIOR),
        Drawn(_FRONT, 122, ((112, 118), (232, 228)), _WARRIOR),
        Drawn(_FRONT, 105, ((80, 95), (245, 236)), ((-25, 272), (222, 220))),
        Drawn(_FRONT, 130, ((120, 130), (225, 225)), ((-8, 266), (214, 212))),
    ),
    "side_angle": (
        Drawn(_FRONT, 38, ((275, 350), (50, 42)), _WARRIOR),  # the elbow on the thigh
        Drawn(_FRONT, 30, ((272, 272), (35, 32)), _WARRIOR),
        Drawn(_FRONT, 28, ((275, 275), (92, 92)), _WARRIOR),
        Drawn(_FRONT, 42, ((285, 350), (88, 90)), ((-20, 270), (220, 218))),
    ),
    "three_legged_dog": (
        Drawn(_SIDE, 318, _both(322), ((245, 245), (140, 140))),
        Drawn(_SIDE, 312, _both(318), ((248, 246), (125, 128))),
        Drawn(_SIDE, 322, _both(318), ((242, 242), (150, 150))),
        Drawn(_SIDE, 318, _both(320), ((245, 245), (130, 60))),  # its knee bent
        Drawn(_SIDE, 318, _both(308, 0), _both(243)),  # on the forearms
        Drawn(_SIDE, 280, _both(275), ((268, 268), (88, 88))),  # standing splits
    ),
    "chair": (
        Drawn(_SIDE, 65, _both(68), _both(-25, 255)),
        Drawn(_SIDE, 58, _both(60), _both(-12, 248)),
        Drawn(_SIDE, 72, _both(85), _both(-40, 258)),
        Drawn(_SIDE, 60, _both(5), _both(-20, 252)),
        Drawn(_SIDE, 55, _PRAYER_SIDE, _both(-18, 250)),
        Drawn(_FRONT, 88, _UP, ((280, 266), (260, 274))),
        Drawn(_FRONT, 88, _PRAYER, ((282, 266), (258, 274))),
    ),
    "backbend": (
        Drawn(_SIDE, 55, _both(262), _both(182)),  # cobra
        Drawn(_SIDE, 45, _both(235, 290), _both(181)),
        Drawn(_SIDE, 72, _both(268), _both(186)),  # upward-facing dog
        Drawn(_SIDE, 35, _both(268, 0), _both(180)),  # sphinx
        Drawn(_SIDE, 18, _both(180), _both(165)),  # locust
        Drawn(_SIDE, 48, _both(170), _both(158, 70)),  # bow
        Drawn(_SIDE, 115, _both(248), _both(272, 180)),  # camel
        Drawn(_SIDE, 95, _UP, _both(272, 180)),
        Drawn(_SIDE, 318, _both(290), _both(212, 268)),  # wheel
        Drawn(_SIDE, 330, _both(178), _both(165, 270)),  # bridge
        Drawn(_SIDE, 322, _both(182), _both(172, 264)),
        Drawn(_SIDE, 340, _both(290), _both(180, 270)),  # table on the hands
    ),
    "child": (
        Drawn(_SIDE, 350, _both(0), _both(-10, 180)),
        Drawn(_SIDE, 345, _both(180), _both(-5, 180)),
        Drawn(_SIDE, 325, _both(345), _both(272, 180)),  # puppy
        Drawn(_SIDE, 90, _both(280, 300), _both(-8, 180)),  # hero
        Drawn(_SIDE, 88, _PRAYER_SIDE, _both(-8, 180)),
        Drawn(_SIDE, 88, _UP, _both(-8, 180)),
        Drawn(_FRONT, 90, ((280, 255), (260, 285)), ((285, 200), (255, 340))),
    ),
    "splits": (
        Drawn(_SIDE, 90, _UP, ((-4, 0), (184, 180))),
        Drawn(_SIDE, 88, _DOWN, ((-8, -2), (190, 182))),
        Drawn(_SIDE, 88, _PRAYER_SIDE, ((-4, 0), (184, 180))),
        Drawn(_FRONT, 90, _PRAYER, ((-5, -2), (185, 182))),
        Drawn(_FRONT, 90, ((0, 0), (180, 180)), ((-8, -4), (188, 184))),
        Drawn(_FRONT, 90, ((300, 300), (240, 240)), ((-20, -20), (200, 200))),  # seated, wide
        Drawn(_SIDE, 88, _both(265), ((-12, 180), (186, 182))),  # pigeon
        Drawn(_SIDE, 86, _UP, ((-18, 268), (228, 182))),  # low lunges
        Drawn(_SIDE, 80, _both(285), ((-18, 268), (228, 182))),
        Drawn(_SIDE, 25, _DOWN, ((-15, 265), (205, 203))),
        Drawn(_SIDE, 35, _both(280), ((-10, 266), (215, 182))),
    ),
    "forward_bend": (
        Drawn(_SIDE, 280, _both(272), _STANDING),
        Drawn(_SIDE, 260, _both(255), _STANDING),
        Drawn(_SIDE, 290, _both(240, 300), _STANDING),
        Drawn(_SIDE, 0, _both(275), _STANDING),
        Drawn(_SIDE, 355, _both(0), _both(268)),
        Drawn(_SIDE, 320, _both(300), ((294, 294), (246, 246))),  # over one leg
        Drawn(_SIDE, 355, _both(180), ((294, 294), (246, 246))),
        Drawn(_FRONT, 268, _both(270), ((302, 302), (238, 238))),  # legs wide
        Drawn(_FRONT, 272, ((240, 240), (300, 300)), ((305, 305), (235, 235))),
        Drawn(_SIDE, 30, _both(-10), _both(0)),  # seated
        Drawn(_SIDE, 5, _both(-5), _both(0)),
        Drawn(_SIDE, 60, _both(-20), _both(0)),
        Drawn(_SIDE, 90, _DOWN, _both(0)),  # staff
        Drawn(_SIDE, 92, _UP, _both(0)),
        Drawn(_SIDE, 120, _both(0), _both(48)),  # boat
        Drawn(_SIDE, 122, _both(0), _both(50, 0)),
    ),
    "standing": (
        Drawn(_FRONT, 90, _UP, _STANDING),
        Drawn(_SIDE, 90, _UP, _STANDING),
        Drawn(_SIDE, 100, _both(105), _both(268)),
        Drawn(_FRONT, 90, ((60, 120), (120, 60)), _STANDING),
        Drawn(_FRONT, 90, _PRAYER, _STANDING),
        Drawn(_FRONT, 68, ((62, 60), (66, 64)), _STANDING),  # bent to a side
        Drawn(_FRONT, 66, ((285, 280), (60, 55)), _STANDING),
        Drawn(_FRONT, 90, ((0, 0), (180, 180)), ((298, 298), (242, 242))),  # star
        Drawn(_FRONT, 90, ((45, 45), (135, 135)), ((295, 295), (245, 245))),
        Drawn(_FRONT, 90, ((300, 220), (240, 320)), ((300, 300), (240, 240))),
        Drawn(_SIDE, 90, _UP, ((-5, 270), (270, 270))),  # a knee lifted
        Drawn(_SIDE, 90, ((0, 0), (300, 220)), ((5, 5), (270, 270))),  # a straight leg lifted
        Drawn(_FRONT, 90, ((5, 5), (240, 320)), ((10, 10), (268, 268))),
        Drawn(_FRONT, 88, ((290, 60), (265, 80)), ((262, 258), (275, 272))),  # eagle
    ),
    "inversion": (
        Drawn(_SIDE, 270, _both(190, 80), _both(90)),  # shoulder stand
        Drawn(_SIDE, 275, _both(190, 80), _both(80)),
        Drawn(_SIDE, 265, _both(180), _both(350, 340)),  # plough
        Drawn(_SIDE, 270, _both(300, 220), _both(90)),  # headstand
        Drawn(_SIDE, 270, _both(270), _both(90)),  # handstand
        Drawn(_SIDE, 268, _both(272), ((60, 60), (140, 140))),
        Drawn(_SIDE, 0, _both(260, 280), _both(330, 170)),  # crow
        Drawn(_SIDE, 0, _both(182), _both(180)),  # on the back
        Drawn(_SIDE, 0, _both(182), _both(90)),  # legs up the wall
        Drawn(_SIDE, 0, _both(182), _both(140, 230)),
        Drawn(_SIDE, 0, ((100, 90), (95, 90)), ((70, 100), (75, 95))),
    ),
    "squat": (
        Drawn(_FRONT, 90, _PRAYER, ((28, 245), (152, 295))),  # garland
        Drawn(_FRONT, 90, _PRAYER, ((40, 250), (140, 290))),
        Drawn(_SIDE, 70, _PRAYER_SIDE, _both(25, 235)),
        Drawn(_SIDE, 60, _both(0), _both(30, 232)),
        Drawn(_FRONT, 85, ((275, 275), (95, 95)), ((-35, 265), (212, 212))),  # to one side
        Drawn(_FRONT, 90, _PRAYER, ((15, 245), (200, 200))),
    ),
}


def draw_other_yoga(name: str, count: int, rng: Rng) -> FloatArray:
    """Bodies that do one kind of other yoga.

    Args:
        name: one of `OTHERS`.
        count: of bodies; its variants come in turn.

    Returns:
        float32 (count, 17, 3): pixels (y down) with a trunk of about 100, score 1.
    """
    variants = DRAWN[name]
    drawn = [_draw(v, -(-count // len(variants)), rng) for v in variants]
    return np.concatenate(drawn)[:count] if len(drawn) == 1 else _dealt(drawn)[:count]


def _dealt(drawn: list[FloatArray]) -> FloatArray:
    """Of each variant one, then the next of each."""
    return np.stack(drawn, axis=1).reshape(-1, NUM_KEYPOINTS, 3)


def _draw(variant: Drawn, n: int, rng: Rng) -> FloatArray:
    out = np.zeros((n, NUM_KEYPOINTS, 3), np.float32)
    out[..., 2] = 1
    tilt = rng.normal(0, _TILT_DEG, n)
    trunk = variant.trunk + tilt + rng.normal(0, _TRUNK_DEG, n)
    spine = 100 * rng.choice([1.0, 0.85], n, p=[0.7, 0.3])[:, None] * _direction(trunk)
    left = _direction(trunk - 90)
    side = variant.view == "side"
    breadth = rng.uniform(-14, 14, n) if side else rng.uniform(30, 75, n)
    hips = breadth * rng.uniform(0.4, 0.65, n)
    for which, sign in ((0, 0.5), (1, -0.5)):
        out[:, LEFT_SHOULDER + which, :2] = spine + sign * breadth[:, None] * left
        out[:, LEFT_HIP + which, :2] = sign * hips[:, None] * left
    nod = np.where(rng.random(n) < 0.6, rng.normal(0, 12, n), rng.uniform(-60, 60, n))
    head = rng.uniform(26, 42, n)[:, None] * _direction(trunk + nod)
    out[:, :5, :2] = (spine + head)[:, None] + rng.normal(0, 6, (n, 5, 2))
    for first, limbs, lengths in (
        (LEFT_SHOULDER, variant.arms, _ARM),
        (LEFT_HIP, variant.legs, _LEG),
    ):
        alike = rng.normal(0, _BONE_DEG, (2, n))  # in profile both do nearly the same
        for which, bones in enumerate(limbs):
            joint = first + which
            for i, (degrees, length) in enumerate(zip(bones, lengths, strict=True)):
                own = rng.normal(0, _BONE_DEG, n)
                off = 0.8 * alike[i] + 0.4 * own if side else own
                shown = 100 * length * _lengths(rng, n)[:, None]
                at = _direction(degrees + tilt + off)
                out[:, joint + 2, :2] = out[:, joint, :2] + shown * at
                joint += 2
    out[..., 1] *= -1
    return out


def _lengths(rng: Rng, n: int) -> NDArray[np.float64]:
    """How long bones look, as a share: some point a little to the camera."""
    return rng.normal(1, _LENGTH, n) * rng.choice([1.0, 0.8], n, p=[0.75, 0.25])


def _direction(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    """Unit vectors (N, 2), y up."""
    radians = np.radians(degrees)
    return np.stack([np.cos(radians), np.sin(radians)], axis=-1)
