"""The asanas that harec knows: names, sides, and how they are to be filmed.

"Left" and "right" follow the order in which B. K. S. Iyengar, *Light on Yoga* (1966), teaches the
sides; `Asana.side_is` says it in words. Mirrored poses swap the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from harec.yoga.recognition.angles import ANGLE_NAMES, Angles

Side = Literal["left", "right"]
View = Literal["front", "side"]


@dataclass(frozen=True)
class Asana:
    """One asana.

    Attributes:
        name: as in files and folders.
        sanskrit: transliterated, with its diacritics.
        english: the usual English name.
        view: "front" (or back): the body opens to the camera; "side": it is seen in profile.
        side_by: the angle that is smaller on the asana's own side ("knee" or "hip"); None for an
            asana without sides.
        side_is: which leg "left" speaks of, in words with {side}.
        colour: hex, in timelines.
        photos: whether the classifier and the reference learnt from photos; else the asana is
            defined by rules on angles.
    """

    name: str
    sanskrit: str
    english: str
    view: View
    side_by: Literal["knee", "hip"] | None
    side_is: str
    colour: str
    photos: bool = True

    @property
    def sided(self) -> bool:
        """Whether it is done on the left and on the right."""
        return self.side_by is not None

    def title(self, side: Side | None = None) -> str:
        """What people read."""
        return f"{self.sanskrit}, {side}" if side else self.sanskrit

    def short(self, side: Side | None = None) -> str:
        """The same with a single letter for the side, for narrow places."""
        return f"{self.sanskrit} {side[0].upper()}" if side else self.sanskrit

    def side_of(self, angles_deg: Angles) -> Side | None:
        """The side on which a body with these angles (9,) does the asana; None without sides.

        Where one of the two angles that decide is not seen, the seen one does.
        """
        if self.side_by is None:
            return None
        left, right = (
            float(angles_deg[ANGLE_NAMES.index(f"{side}_{self.side_by}")])
            for side in ("left", "right")
        )
        if np.isnan(left) or np.isnan(right):
            bent = 135.0  # every sided asana has its two angles on either side of it
            known = right if np.isnan(left) else left
            if np.isnan(known):
                return None
            on_left = (known < bent) == np.isnan(right)
            return "left" if on_left else "right"
        return "left" if left <= right else "right"


_ALL: Final = (
    Asana(
        "natarajasana",
        "Naṭarājāsana",
        "Lord of the Dance",
        "side",
        "knee",
        "the {side} leg is lifted",
        "#0072B2",
    ),
    Asana(
        "trikonasana",
        "Trikoṇāsana",
        "Triangle",
        "front",
        "hip",
        "the trunk leans over the {side} leg",
        "#E69F00",
    ),
    Asana(
        "virabhadrasana_i",
        "Vīrabhadrāsana I",
        "Warrior I",
        "side",
        "knee",
        "the {side} knee is bent",
        "#882255",
        photos=False,
    ),
    Asana(
        "virabhadrasana_ii",
        "Vīrabhadrāsana II",
        "Warrior II",
        "front",
        "knee",
        "the {side} knee is bent",
        "#D55E00",
    ),
    Asana(
        "virabhadrasana_iii",
        "Vīrabhadrāsana III",
        "Warrior III",
        "side",
        "hip",
        "standing on the {side} leg",
        "#AA4499",
        photos=False,
    ),
    Asana(
        "ardha_chandrasana",
        "Ardha Candrāsana",
        "Half Moon",
        "front",
        "hip",
        "standing on the {side} leg",
        "#56B4E9",
    ),
    Asana(
        "vrikshasana",
        "Vṛkṣāsana",
        "Tree",
        "front",
        "knee",
        "the {side} leg is bent",
        "#009E73",
    ),
    Asana(
        "baddha_konasana",
        "Baddha Koṇāsana",
        "Bound Angle",
        "front",
        None,
        "",
        "#CC79A7",
    ),
    Asana(
        "utkata_konasana",
        "Utkaṭa Koṇāsana",
        "Goddess",
        "front",
        None,
        "",
        "#999933",
    ),
    Asana(
        "adho_mukha_svanasana",
        "Adho Mukha Śvānāsana",
        "Downward-facing Dog",
        "side",
        None,
        "",
        "#44AA99",
    ),
    Asana(
        "tadasana",
        "Tāḍāsana",
        "Mountain",
        "front",
        None,
        "",
        "#6C7A89",
        photos=False,
    ),
)

#: Name -> asana, in the order of pages and tables.
ASANAS: Final[dict[str, Asana]] = {asana.name: asana for asana in _ALL}
#: Those that the network names, in the order of its outputs (then: no asana).
PHOTO_ASANAS: Final[tuple[str, ...]] = tuple(sorted(asana.name for asana in _ALL if asana.photos))
#: Other yoga that the network tells from them, kinds of pose, in the order of its outputs. The
#: coach teaches none of it: it counts as no asana.
OTHERS: Final[tuple[str, ...]] = (
    "plank",
    "side_plank",
    "reverse_warrior",
    "side_angle",
    "three_legged_dog",
    "chair",
    "backbend",
    "child",
    "splits",
    "forward_bend",
    "standing",
    "inversion",
    "squat",
)


def title(name: str | None, side: Side | None = None) -> str:
    """What people read for a name, or for None."""
    return "No asana" if name is None else ASANAS[name].title(side)
