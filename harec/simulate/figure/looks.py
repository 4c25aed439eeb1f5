"""How a simulated person looks: skin, hair, clothes, build."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

RGB = tuple[float, float, float]

#: Light to dark, roughly the Monk skin tone scale (skintone.google) as it photographs.
SKIN_TONES: Final[tuple[RGB, ...]] = (
    (246, 214, 194),
    (238, 196, 170),
    (226, 176, 146),
    (208, 155, 122),
    (184, 130, 97),
    (150, 101, 73),
    (116, 76, 55),
    (86, 56, 43),
)
HAIR_COLORS: Final[tuple[RGB, ...]] = (
    (38, 30, 28),
    (58, 42, 34),
    (92, 62, 42),
    (132, 90, 56),
    (186, 146, 92),
    (150, 74, 42),
    (150, 148, 146),
)
SHIRT_COLORS: Final[tuple[RGB, ...]] = (
    (38, 84, 124),
    (224, 122, 95),
    (61, 133, 112),
    (242, 204, 143),
    (129, 90, 150),
    (214, 69, 80),
    (235, 235, 230),
    (52, 58, 70),
    (94, 168, 204),
    (240, 150, 60),
    (120, 140, 90),
)
TROUSER_COLORS: Final[tuple[RGB, ...]] = (
    (45, 55, 80),
    (62, 66, 74),
    (98, 88, 76),
    (70, 92, 130),
    (160, 140, 112),
    (36, 38, 44),
    (74, 84, 66),
)
SHOE_COLORS: Final[tuple[RGB, ...]] = (
    (240, 240, 238),
    (60, 62, 70),
    (200, 60, 60),
    (50, 90, 160),
    (90, 200, 170),
)
HAIR_STYLES: Final[tuple[str, ...]] = (
    "short",
    "side",
    "buzz",
    "bob",
    "long",
    "ponytail",
    "bun",
    "curly",
    "bald",
)
SLEEVES: Final[tuple[str, ...]] = ("short", "long", "none")
LEGWEAR: Final[tuple[str, ...]] = ("trousers", "leggings", "shorts")
PATTERNS: Final[tuple[str, ...]] = ("plain", "stripes", "block", "raglan", "badge")


@dataclass(frozen=True)
class Look:
    """The appearance of one person.

    Attributes:
        build: girth, 1 = average; 0.85 slim, 1.2 stout.
        curves: 0 = straight waist and broad chest, 1 = narrow waist and round hips.
        sleeves, legwear, hair_style, pattern: one of the tuples of this module.
        beard: 0 none, up to 1 full.
        yoga: barefoot, in a tank top and high leggings; hands can be held "flat" too.
    """

    skin: RGB = SKIN_TONES[2]
    hair: RGB = HAIR_COLORS[1]
    iris: RGB = (86, 60, 44)
    shirt: RGB = SHIRT_COLORS[0]
    accent: RGB = SHIRT_COLORS[6]
    legs: RGB = TROUSER_COLORS[1]
    shoes: RGB = SHOE_COLORS[0]
    build: float = 1.0
    curves: float = 0.2
    hair_style: str = "short"
    beard: float = 0.0
    sleeves: str = "short"
    legwear: str = "trousers"
    pattern: str = "plain"
    seed: int = 0
    yoga: bool = False

    def __post_init__(self) -> None:
        for value, known in (
            (self.hair_style, HAIR_STYLES),
            (self.sleeves, SLEEVES),
            (self.legwear, LEGWEAR),
            (self.pattern, PATTERNS),
        ):
            if value not in known:
                raise ValueError(f"unknown look {value!r}: one of {', '.join(known)}")

    @classmethod
    def random(cls, rng: np.random.Generator) -> Look:
        """A person off the street."""

        def one(options: tuple[RGB, ...]) -> RGB:
            return options[int(rng.integers(len(options)))]

        def word(options: tuple[str, ...]) -> str:
            return options[int(rng.integers(len(options)))]

        curves = float(np.clip(rng.choice([0.1, 0.8]) + rng.normal(0, 0.12), 0, 1))
        tone = int(rng.integers(len(SKIN_TONES)))
        dark = tone >= 4
        hair = one(HAIR_COLORS[:2] if dark else HAIR_COLORS)
        shirt = one(SHIRT_COLORS)
        contrast = [c for c in SHIRT_COLORS if _distance(c, shirt) > 150]
        # a shirt and trousers of one colour look like an overall
        legs = [c for c in TROUSER_COLORS if _distance(c, shirt) > 60]
        styles = ("bob", "long", "ponytail", "bun", "curly", "short")
        if curves < 0.5:
            styles = ("short", "side", "buzz", "curly", "bald", "short")
        beard = float(rng.uniform(0.4, 1)) if curves < 0.5 and rng.random() < 0.35 else 0.0
        iris = (
            (86, 60, 44)
            if dark or rng.random() < 0.5
            else ((70, 110, 140), (84, 120, 80))[tone % 2]
        )
        return cls(
            skin=SKIN_TONES[tone],
            hair=hair,
            iris=iris,
            shirt=shirt,
            accent=contrast[int(rng.integers(len(contrast)))],
            legs=legs[int(rng.integers(len(legs)))],
            shoes=one(SHOE_COLORS),
            build=float(np.clip(rng.normal(1.0, 0.08), 0.85, 1.22)),
            curves=curves,
            hair_style=word(styles),
            beard=beard,
            sleeves=str(rng.choice(SLEEVES, p=[0.5, 0.38, 0.12])),
            legwear=str(rng.choice(LEGWEAR, p=[0.5, 0.25, 0.25])),
            pattern=word(PATTERNS),
            seed=int(rng.integers(2**31)),
        )


def _distance(a: RGB, b: RGB) -> float:
    return float(np.abs(np.subtract(a, b)).sum())


def shade(rgb: RGB, factor: float) -> RGB:
    """The colour, lighter or darker."""
    r, g, b = (float(np.clip(v * factor, 0, 255)) for v in rgb)
    return r, g, b


def blend(a: RGB, b: RGB, share: float) -> RGB:
    """``share`` of ``b`` in ``a``."""
    r, g, b_ = (float(x + (y - x) * share) for x, y in zip(a, b, strict=True))
    return r, g, b_
