"""A person's proportions, in metres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from harec.core.errors import InputError


@dataclass(frozen=True)
class Body:
    """Segment lengths of one person in metres; "half" widths are from the middle of the body.

    The lengths are between keypoints as people label them (COCO), not between anatomical joint
    centres: hips sit a little high and wide, shoulders a little low.
    """

    height: float
    shoulder_half: float
    hip_half: float
    trunk: float  # mid-hip to mid-shoulder
    upper_arm: float
    forearm: float
    thigh: float
    shank: float
    ankle: float  # height of the ankle above the floor
    neck: float  # mid-shoulder to the base of the skull
    head: float  # base of the skull to the crown

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not (np.isfinite(value) and value > 0):
                raise InputError(f"A body's {name} must be a positive length, not {value!r}.")

    @property
    def leg(self) -> float:
        """Thigh and shank, stretched."""
        return self.thigh + self.shank

    @property
    def arm(self) -> float:
        """Upper arm and forearm, stretched."""
        return self.upper_arm + self.forearm

    @property
    def hip_height(self) -> float:
        """Height of the mid-hip when standing upright with soft knees."""
        return self.ankle + 0.985 * self.leg

    @property
    def scale(self) -> float:
        """Size relative to an adult of 1.7 m: lengths given for an adult are multiplied by it."""
        return self.height / 1.7

    @classmethod
    def average(cls, height: float = 1.70) -> Body:
        """Adult proportions (after Drillis & Contini 1966, adapted to COCO keypoints)."""
        return cls(
            height=height,
            shoulder_half=0.108 * height,
            hip_half=0.063 * height,
            trunk=0.290 * height,
            upper_arm=0.168 * height,
            forearm=0.148 * height,
            thigh=0.240 * height,
            shank=0.238 * height,
            ankle=0.042 * height,
            neck=0.058 * height,
            head=0.130 * height,
        )

    @classmethod
    def random(cls, rng: np.random.Generator, *, spread: float = 1.0) -> Body:
        """A person between a child of about five and a tall adult.

        ``spread`` scales how far proportions stray from the average of that height; 0 gives
        an average person of that height. Above 1, where the hips are taken to be strays too: some
        data sets put them a fifth of the trunk higher than others.
        """
        child = rng.random() < 0.2
        height = rng.uniform(1.05, 1.5) if child else float(np.clip(rng.normal(1.7, 0.1), 1.45, 2))
        base = cls.average(height)
        # Children have bigger heads and shorter limbs for their height.
        young = np.clip((1.55 - height) / 0.5, 0, 1)

        def vary(length: float, deviation: float, of_child: float = 0.0) -> float:
            factor = 1 + spread * deviation * np.clip(rng.normal(), -2, 2) + young * of_child
            return float(length * factor)

        higher = max(spread - 1, 0) * float(rng.uniform(-0.1, 0.4)) * base.trunk
        limb = float(
            1 + spread * 0.03 * np.clip(rng.normal(), -2, 2)
        )  # long or short limbs go together
        return cls(
            height=height,
            shoulder_half=vary(base.shoulder_half, 0.07),
            hip_half=vary(base.hip_half, 0.13),
            trunk=vary(base.trunk, 0.04, 0.03) - higher,
            upper_arm=vary(base.upper_arm, 0.04, -0.03) * limb,
            forearm=vary(base.forearm, 0.04, -0.03) * limb,
            thigh=vary(base.thigh, 0.04, -0.05) * limb + higher,
            shank=vary(base.shank, 0.04, -0.05) * limb,
            ankle=vary(base.ankle, 0.08),
            neck=vary(base.neck, 0.15),
            head=vary(base.head, 0.05, 0.25),
        )
