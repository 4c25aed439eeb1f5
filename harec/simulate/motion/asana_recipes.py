"""How each asana is done, beside its joint angles; for the left side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from harec.core import skeleton as sk

Vector = tuple[float, float, float]
Pair = tuple[int, int]
#: Where the toes point, and how the foot is held (or the direction away from its sole).
Foot = tuple[Vector, Literal["floor", "flexed", "pointed"] | Vector]
#: Where the fingers point (None: as the forearm) and where the palm faces.
Hand = tuple[Vector | None, Vector]

_FEET = (sk.LEFT_ANKLE, sk.RIGHT_ANKLE)
_STRAIGHT_DOWN: Final[tuple[Hand, Hand]] = ((None, (-1, 0, 0.4)), (None, (1, 0, 0.4)))


@dataclass(frozen=True)
class Recipe:
    """One asana on the left.

    Attributes:
        view: "front": the plane is x (person's left), y; "side": z (forward), y.
        angles_deg: in the order of `ANGLE_NAMES`.
        bends: left and right of shoulders, elbows, hips, knees: +1 where the bone is turned from
            the one before it as from the plane's first axis to its second, else -1. Hips are
            turned from the line hip to shoulder, shoulders from the same line downwards.
        trunk_deg: direction of the trunk in the plane before it is set on the floor; 90 = upright.
        stands: what decides how the whole is turned in the plane: "trunk" as it is; "feet" on one
            level; "hands": hands and feet on the floor; "hand": the left hand and the left foot;
            "leg": the leg ``leg`` (0 left, 1 right) points to ``leg_deg``.
        hand_m: how high the left wrist is with "hand", for an adult.
        depth_deg: per side, of upper arm, forearm, thigh, shank: out of the plane (to +z in the
            front view, to +x in the side view). It leaves the angles in the image as they are.
        opened_deg: the chest is opened to the left; the pelvis a part of it.
        look: where the face points, in the world or, with ``look_of_chest``, in the chest's frame.
        head_with_spine: 1 = the head continues the spine, 0 = it is upright.
        support: the joints over which the body stands.
        palms_meet: the fingers lean so far that they meet in the middle.
        from_right: a side view is one from the right, where it shows the legs better.
    """

    view: Literal["front", "side"]
    angles_deg: tuple[float, ...]
    bends: tuple[Pair, Pair, Pair, Pair]
    feet: tuple[Foot, Foot]
    hands: tuple[Hand, Hand]
    stands: Literal["trunk", "feet", "hands", "hand", "leg"] = "trunk"
    trunk_deg: float = 90.0
    leg: int = 0
    leg_deg: float = 270.0
    hand_m: float = 0.16
    depth_deg: tuple[tuple[float, float, float, float], tuple[float, float, float, float]] = (
        (0, 0, 0, 0),
        (0, 0, 0, 0),
    )
    opened_deg: float = 0.0
    look: Vector = (0, 0, 1)
    look_of_chest: bool = False
    head_with_spine: float = 0.7
    support: tuple[int, ...] = _FEET
    palms_meet: bool = False
    from_right: bool = False


_OPEN = (1, -1)  # from the front: both limbs go outwards
_CLOSED = (-1, 1)

RECIPES: Final[dict[str, Recipe]] = {
    "standing": Recipe(
        "front",
        (166, 166, 16, 16, 172, 172, 178, 178, 3),
        (_OPEN, _CLOSED, _CLOSED, _OPEN),
        (((0.15, 0, 1), "floor"), ((-0.15, 0, 1), "floor")),
        _STRAIGHT_DOWN,
        depth_deg=((-2, 10, 1, -1), (-2, 10, 1, -1)),
    ),
    "tadasana": Recipe(
        "front",
        (174, 174, 14, 14, 174, 174, 179, 179, 6),
        (_OPEN, _OPEN, _CLOSED, _OPEN),
        (((0.06, 0, 1), "floor"), ((-0.06, 0, 1), "floor")),
        _STRAIGHT_DOWN,
        head_with_spine=1.0,
    ),
    "vrikshasana": Recipe(
        "front",
        (115, 115, 168, 168, 123, 176, 38, 177, 48),
        (_OPEN, _CLOSED, _CLOSED, _OPEN),
        (((0, -1, 0.1), (1, 0, 0)), ((-0.12, 0, 1), "floor")),
        (((-0.1, 1, 0), (-1, 0, 0)), ((0.1, 1, 0), (1, 0, 0))),
        depth_deg=((0, 0, 6, -4), (0, 0, 0, 0)),
        support=(sk.RIGHT_ANKLE,),
        palms_meet=True,
    ),
    "utkata_konasana": Recipe(
        "front",
        (92, 94, 85, 85, 104, 104, 110, 110, 138),
        (_OPEN, _CLOSED, _CLOSED, _OPEN),
        (((0.75, 0, 0.65), "floor"), ((-0.75, 0, 0.65), "floor")),
        ((None, (0, 0, 1)), (None, (0, 0, 1))),
        depth_deg=((0, 0, 18, -18), (0, 0, 18, -18)),
    ),
    "baddha_konasana": Recipe(
        "front",
        (169, 169, 7, 7, 78, 78, 18, 18, 169),
        (_CLOSED, _OPEN, _CLOSED, _OPEN),
        (((0, 0, 1), (1, 0.1, 0)), ((0, 0, 1), (-1, 0.1, 0))),
        (((-0.15, -0.75, 0.65), (-0.6, -0.5, -0.3)), ((0.15, -0.75, 0.65), (0.6, -0.5, -0.3))),
        depth_deg=((24, 24, 34, 4), (24, 24, 34, 4)),
    ),
    "virabhadrasana_ii": Recipe(
        "front",
        (177, 177, 98, 98, 101, 130, 112, 173, 116),
        (_OPEN, _CLOSED, _CLOSED, _OPEN),
        (((1, 0, 0.05), "floor"), ((0.1, 0, 1), "floor")),
        ((None, (0, -1, 0)), (None, (0, -1, 0))),
        stands="feet",
        look=(0.68, 0, 0.73),  # further and pose networks take the person for one in profile
        head_with_spine=0.3,
    ),
    "trikonasana": Recipe(
        "front",
        (170, 172, 87, 108, 55, 145, 174, 176, 66),
        (_OPEN, _CLOSED, (-1, -1), _OPEN),
        (((1, 0, 0.05), "floor"), ((0.15, 0, 1), "floor")),
        ((None, (0, 0, 1)), (None, (0, 0, 1))),
        stands="feet",
        trunk_deg=25.0,
        depth_deg=((6, 6, 0, 0), (0, 0, 0, 0)),
        look=(0, 0.45, 0.9),
        head_with_spine=1.0,
    ),
    "ardha_chandrasana": Recipe(
        "front",
        (172, 170, 108, 80, 74, 171, 176, 178, 96),
        (_OPEN, _CLOSED, _CLOSED, _OPEN),
        (((1, 0, 0.12), "floor"), ((0, 0, 1), "flexed")),
        (((0.25, -1, 0), (0, 0.2, 1)), (None, (0, 0, 1))),
        stands="hand",
        trunk_deg=-5.0,
        look=(0, 0.35, 0.94),
        head_with_spine=1.0,
        support=(sk.LEFT_ANKLE, sk.LEFT_WRIST),
    ),
    "adho_mukha_svanasana": Recipe(
        "side",
        (166, 166, 172, 172, 77, 77, 177, 177, 1),
        ((1, 1), (-1, -1), (-1, -1), (1, 1)),
        (((0.03, 0, 1), "floor"), ((-0.03, 0, 1), "floor")),
        (((0.05, 0, 1), (0, -1, 0)), ((-0.05, 0, 1), (0, -1, 0))),
        stands="hands",
        trunk_deg=-43.0,
        look=(0, 0.25, 1),
        look_of_chest=True,
        head_with_spine=1.0,
        support=(sk.LEFT_ANKLE, sk.RIGHT_ANKLE, sk.LEFT_WRIST, sk.RIGHT_WRIST),
    ),
    "natarajasana": Recipe(
        "side",
        (175, 168, 70, 153, 111, 134, 89, 175, 103),
        ((-1, 1), (-1, -1), (1, -1), (1, 1)),
        (((0, 1, 0), "pointed"), ((-0.05, 0, 1), "floor")),
        ((None, (-1, 0, 0)), (None, (0, -1, 0))),
        stands="leg",
        trunk_deg=50.0,
        leg=1,
        leg_deg=271.0,
        depth_deg=((0, -6, 6, 0), (0, 0, 0, 0)),
        opened_deg=40.0,
        look=(0.12, 0.02, 1),
        head_with_spine=0.25,
        support=(sk.RIGHT_ANKLE,),
    ),
    "virabhadrasana_i": Recipe(
        "side",
        (174, 174, 176, 176, 110, 134, 100, 175, 117),
        ((1, 1), (-1, -1), (-1, 1), (1, 1)),
        (((0.05, 0, 1), "floor"), ((-0.6, 0, 0.8), "floor")),
        ((None, (-1, 0, 0)), (None, (1, 0, 0))),
        stands="feet",
        depth_deg=((-5, -8, 0, 0), (5, 8, 0, 0)),
        look=(0, 0.2, 1),
        head_with_spine=0.5,
    ),
    "virabhadrasana_iii": Recipe(
        "side",
        (174, 174, 172, 172, 92, 178, 177, 177, 90),
        ((1, 1), (-1, -1), (-1, 1), (1, 1)),
        (((0.03, 0, 1), "floor"), ((0, -1, 0), "flexed")),
        ((None, (-1, 0, 0)), (None, (1, 0, 0))),
        stands="leg",
        trunk_deg=0.0,
        leg_deg=268.0,
        look=(0, 0.8, 0.6),
        look_of_chest=True,
        head_with_spine=1.0,
        support=(sk.LEFT_ANKLE,),
        from_right=True,  # the lifted leg is nearer: pose networks don't swap the two
    ),
}
