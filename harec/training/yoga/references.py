"""From photos to reference angles: median and spread of each joint angle, books where they say.

What *Light on Yoga* (B. K. S. Iyengar, 1966) says of a pose in words is taken as degrees: a thigh
level with the floor over an upright shin makes a right angle at the knee.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from harec.training.yoga.data import PosePool
from harec.yoga.coaching.cues import CUES
from harec.yoga.coaching.references import FORMAT, VERSION
from harec.yoga.coaching.viewpoint import body_breadth
from harec.yoga.recognition.angles import (
    ANGLE_NAMES,
    MIRROR_ANGLES,
    Angles,
    joint_angles,
)
from harec.yoga.recognition.asanas import ASANAS, PHOTO_ASANAS

#: The range is where this share of the photos lies, and no narrower than so many degrees each way.
_SHARE: Final = (0.1, 0.9)
_NARROWEST_DEG: Final = 8.0
_LIGHT_ON_YOGA: Final = "Iyengar, Light on Yoga (1966)"

#: (asana, angle of its left side) -> low, target, high, source.
BOOKS: Final[dict[tuple[str, str], tuple[float, float, float, str]]] = {
    ("virabhadrasana_ii", "left_knee"): (
        90,
        100,
        110,
        f"{_LIGHT_ON_YOGA}: thigh level, shin upright; 20 degrees of grace",
    ),
    ("virabhadrasana_i", "left_knee"): (
        90,
        100,
        110,
        f"{_LIGHT_ON_YOGA}: thigh and shin at a right angle; 20 degrees of grace",
    ),
    ("virabhadrasana_iii", "left_hip"): (
        75,
        90,
        105,
        f"{_LIGHT_ON_YOGA}: trunk and lifted leg level, the standing leg upright",
    ),
    ("virabhadrasana_i", "left_hip"): (80, 100, 115, "the knee's, with an upright trunk"),
}

#: Asanas without photos: all nine angles of a body as the book draws it, left side.
DRAWN: Final[dict[str, tuple[float, ...]]] = {
    "virabhadrasana_i": (175, 175, 170, 170, 100, 150, 100, 172, 105),
    "virabhadrasana_iii": (175, 175, 168, 168, 92, 174, 175, 175, 88),
    "tadasana": (172, 172, 10, 10, 175, 175, 177, 177, 9),
}
#: Breadth of shoulders and hips, in trunks, of those: of simulated bodies turned by 40 degrees.
_DRAWN_BREADTH: Final = {
    "virabhadrasana_i": (0.0, 0.6),
    "virabhadrasana_iii": (0.0, 0.7),
    "tadasana": (0.87, 1.6),
}
#: Half the width of a drawn angle's range.
_DRAWN_SPREAD_DEG: Final = 14.0
#: The tree's hands may be in prayer or overhead: a typical body is one of them, not their mean.
_ARMS_UP_DEG: Final = 120.0


def make_references(photos: PosePool) -> dict[str, Any]:
    """The references' file as plain values.

    Args:
        photos: good ones only: the right asana, seen whole.
    """
    return {
        "format": FORMAT,
        "version": VERSION,
        "asanas": {
            name: _from_photos(name, photos) if name in PHOTO_ASANAS else _drawn(name)
            for name in ASANAS
        },
    }


def _from_photos(name: str, photos: PosePool) -> dict[str, Any]:
    keypoints = photos.keypoints_xyc[photos.targets == PHOTO_ASANAS.index(name)]
    angles = left_side(name, joint_angles(keypoints))
    ranges = {}
    for angle, cue in CUES[name].items():
        low, target, high = _spread(angles, angle, paired=not ASANAS[name].sided)
        source = "photos"
        if cue.straight:
            low, target, high = min(low, 180 - 2 * _NARROWEST_DEG), 180.0, 180.0
        if (name, angle) in BOOKS:
            low, target, high, source = BOOKS[name, angle]
        ranges[angle] = _range(low, target, high, cue.weight, source)
    breadths = [b for b in map(body_breadth, keypoints) if b is not None]
    low, high = np.quantile(breadths, (0.05, 0.95))
    return {
        "photos": len(keypoints),
        "median": _median(name, angles),
        "ranges": ranges,
        "breadth": [round(max(float(low) - 0.1, 0.0), 2), round(float(high) + 0.12, 2)],
    }


def left_side(name: str, angles_deg: Angles) -> Angles:
    """Angles (N, 9) with those of bodies on the right side mirrored."""
    out = angles_deg.copy()
    for row in out:
        if ASANAS[name].side_of(row) == "right":
            row[:] = row[list(MIRROR_ANGLES)]
    return out


def _spread(angles: Angles, angle: str, *, paired: bool) -> tuple[float, float, float]:
    """Low, median, high; of both sides together where left and right are the same."""
    column = ANGLE_NAMES.index(angle)
    columns = [column, MIRROR_ANGLES[column]] if paired else [column]
    values = angles[:, columns]
    low, target, high = (float(np.nanquantile(values, q)) for q in (_SHARE[0], 0.5, _SHARE[1]))
    low, high = min(low, target - _NARROWEST_DEG), max(high, target + _NARROWEST_DEG)
    return max(low, 0.0), target, min(high, 180.0)


def _median(name: str, angles: Angles) -> dict[str, float]:
    if name == "vrikshasana":
        shoulders = angles[:, [ANGLE_NAMES.index(f"{s}_shoulder") for s in ("left", "right")]]
        angles = angles[(shoulders > _ARMS_UP_DEG).all(axis=1)]
    if not ASANAS[name].sided:
        angles = np.concatenate([angles, angles[:, list(MIRROR_ANGLES)]])
    median = np.nanmedian(angles, axis=0)
    return {angle: round(float(v), 1) for angle, v in zip(ANGLE_NAMES, median, strict=True)}


def _drawn(name: str) -> dict[str, Any]:
    ranges = {}
    for angle, cue in CUES[name].items():
        target = DRAWN[name][ANGLE_NAMES.index(angle)]
        source = f"{_LIGHT_ON_YOGA}, as it is described; no photos"
        low, high = max(target - _DRAWN_SPREAD_DEG, 0), min(target + _DRAWN_SPREAD_DEG, 180)
        if cue.straight:
            low, target, high = 180 - 1.2 * _DRAWN_SPREAD_DEG, 180, 180
        if not cue.small:
            low, target = 0, target
        if (name, angle) in BOOKS:
            low, target, high, source = BOOKS[name, angle]
        ranges[angle] = _range(low, target, high, cue.weight, source)
    return {
        "photos": 0,
        "median": dict(zip(ANGLE_NAMES, DRAWN[name], strict=True)),
        "ranges": ranges,
        "breadth": list(_DRAWN_BREADTH[name]),
    }


def _range(low: float, target: float, high: float, weight: float, source: str) -> dict[str, Any]:
    low, target, high = (round(float(v), 1) for v in (low, target, high))
    return {"low": low, "target": target, "high": high, "weight": weight, "source": source}
