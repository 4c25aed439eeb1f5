"""Colours of actions are told apart, on light and dark pages and by all eyes."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from harec.render.drawing import hex_rgb
from harec.render.palette import ACTION_COLORS, TAUGHT_COLORS, color_of, rgb

#: What eyes with such a deficiency see of linear RGB, at its severest: Machado, Oliveira &
#: Fernandes (2009).
EYES = {
    "normal": np.eye(3),
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
}
#: Linear RGB -> OKLab: Ottosson (2020).
TO_LMS = [
    [0.4122214708, 0.5363325363, 0.0514459929],
    [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
]
TO_LAB = [
    [0.2104542553, 0.7936177850, -0.0040720468],
    [1.9779984951, -2.4285922050, 0.4505937099],
    [0.0259040371, 0.7827717662, -0.8086757660],
]
SIX = [color for label, color in ACTION_COLORS.items() if label != "OTHER"]


def linear(color: str) -> np.ndarray:
    share = np.array(hex_rgb(color)) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def distance(one: str, other: str, eyes: str) -> float:
    seen = np.clip([np.asarray(EYES[eyes]) @ linear(color) for color in (one, other)], 0, 1)
    lab = np.cbrt(seen @ np.transpose(TO_LMS)) @ np.transpose(TO_LAB)
    return float(np.linalg.norm(lab[0] - lab[1]))


@pytest.mark.parametrize("eyes", EYES)
def test_taught_colors_are_as_far_apart_as_the_six_are_among_themselves(eyes: str) -> None:
    usual = min(distance(one, other, each) for one, other in combinations(SIX, 2) for each in EYES)
    pairs = [*combinations(TAUGHT_COLORS, 2)]
    pairs += [(own, other) for own in TAUGHT_COLORS for other in ACTION_COLORS.values()]
    assert min(distance(*pair, eyes) for pair in pairs) >= usual > 0.07


@pytest.mark.parametrize("page", ["#FFFFFF", "#0E1117"])
def test_taught_colors_are_seen_on_both_pages(page: str) -> None:
    def luminance(color: str) -> float:
        return float(np.array([0.2126, 0.7152, 0.0722]) @ linear(color)) + 0.05

    for color in TAUGHT_COLORS:
        dark, light = sorted([luminance(color), luminance(page)])
        assert light / dark >= 1.9, color


def test_a_color_is_that_of_a_labels_place_in_its_set() -> None:
    taught = ("squat", "打拳", "BOXING", *(f"action {i}" for i in range(10)))
    assert color_of("打拳", taught) == TAUGHT_COLORS[1]
    assert color_of("打拳", (*taught, "more")) == TAUGHT_COLORS[1]
    assert color_of("BOXING", taught) == ACTION_COLORS["BOXING"]
    assert color_of("action 9", taught) == TAUGHT_COLORS[2]
    assert color_of("of another program", taught) == color_of("OTHER") == "#8A8F98"
    assert rgb("squat", taught) == (0x5A, 0x5A, 0xFF)
