"""The mesh of arms, hands, legs and shoes."""

from __future__ import annotations

import numpy as np

from harec.simulate.body.rig import SIDES, Bone
from harec.simulate.figure.cloth import CLOTH_M, ClothedPart
from harec.simulate.figure.feet import add_bare_foot
from harec.simulate.figure.looks import blend, shade
from harec.simulate.figure.mesh import (
    FloatArray,
    Surface,
    bent_tube,
    smooth_curve,
    tube,
)

HANDS = ("open", "relaxed", "fist")
FLAT_HAND = "flat"  # fingers together and straight: only people who do yoga can
_SLEEVE = {"none": 0.0, "short": 0.62, "long": 2.0}  # in upper arms; 2 = to the wrist


class Limbs(ClothedPart):
    """Adds arms, hands in every shape, legs and shoes."""

    def add(self) -> None:
        """All of it."""
        for side in SIDES:
            self._arm(side)
            self._leg(side)
            if self.look.yoga:
                add_bare_foot(self, side)
            else:
                self._shoe(side)
            for shape in (*HANDS, FLAT_HAND) if self.look.yoga else HANDS:
                self._hand(side, shape)

    def _arm(self, side: int) -> None:
        m, g, look = self.m, self.girth, self.look
        upper, fore = m.upper_arm, m.forearm
        skin = Surface(look.skin, gloss=0.10)
        muscle = 1.06 - 0.14 * look.curves
        sleeve = _SLEEVE[look.sleeves]
        if sleeve < 1:
            self.limb(
                Bone.UPPER_ARM + side,
                [
                    (0.0, 0.040 * g * muscle, 0.046 * g * muscle),
                    (0.25 * upper, 0.045 * g * muscle, 0.049 * g * muscle),
                    (0.65 * upper, 0.041 * g * muscle, 0.043 * g * muscle),
                    (upper, 0.036 * g, 0.037 * g),
                ],
                skin,
                centre=self._shoulder(side, (0.0, 0.25, 0.65, 1.0)),
            )
        if sleeve < 2:
            self.limb(
                Bone.FOREARM + side,
                [
                    (0.0, 0.036 * g, 0.037 * g),
                    (0.25 * fore, 0.0385 * g * muscle, 0.0385 * g * muscle),
                    (0.6 * fore, 0.032 * g, 0.032 * g),
                    (fore, 0.0235 * g, 0.0275 * g),
                ],
                skin,
            )
        if sleeve:
            self._sleeve(side, sleeve, muscle)

    def _shoulder(self, side: int, shares: tuple[float, ...]) -> list[tuple[float, float]]:
        """Centres of rings along the upper arm: a shoulder slopes into the trunk."""
        inward = (0.012 if side == 0 else -0.012) * self.girth
        return [(inward * max(1 - share / 0.5, 0.0), 0.0) for share in shares]

    def _sleeve(self, side: int, sleeve: float, muscle: float) -> None:
        m, g, look = self.m, self.girth, self.look
        off = CLOTH_M * self.scale
        rgb = look.accent if look.pattern == "raglan" else look.shirt
        cloth = self.cloth(rgb)
        end = min(sleeve, 1.0) * m.upper_arm
        wide = 0.047 * g * muscle + 0.8 * off
        top = (0.0, 0.040 * g * muscle + 0.5 * off, 0.046 * g * muscle + 0.5 * off)
        if sleeve < 1:
            knots = [top, (0.45 * end, wide, wide), (end, wide + 0.003, wide + 0.004)]
            rings = max(6, self.detail // 2 + 2)
            tint = np.ones((rings + 3, self.detail), np.float32)
            tint[-1] = 0.82  # the hem
            self.limb(Bone.UPPER_ARM + side, knots, cloth, folds=0.012, tint=tint,
                       centre=self._shoulder(side, (0.0, 0.28, 0.62)), caps=(True, False),
                       rings=rings)  # fmt: skip
            # the dark inside of the opening
            inside = tube([(end - 0.002, wide, wide, 0, 0), (end, 0.03 * g, 0.03 * g, 0, 0)],
                          self.detail)  # fmt: skip
            self.builder.add_grid(Bone.UPPER_ARM + side, inside, self.cloth(shade(rgb, 0.5)))
            return
        elbow = 0.043 * g + 0.5 * off
        self.limb(Bone.UPPER_ARM + side, [top, (0.45 * end, wide - 0.003, wide),
                   (end, elbow, elbow)], cloth, folds=0.018,
                   centre=self._shoulder(side, (0.0, 0.45, 1.0)))  # fmt: skip
        fore, cuff = m.forearm, 0.034 * g
        rings = max(7, int(self.detail * 0.9))
        tint = np.ones((rings + 7, self.detail), np.float32)
        tint[-5:-3] = 0.85  # the cuff
        self.limb(Bone.FOREARM + side, [(0.0, elbow, elbow), (0.4 * fore, elbow, elbow - 0.002),
                   (0.97 * fore, cuff, cuff + 0.002)], cloth, folds=0.018, tint=tint,
                   rings=rings)  # fmt: skip

    def _hand(self, side: int, shape: str) -> None:
        s, bone = self.scale, Bone.HAND + side
        skin = Surface(self.look.skin, gloss=0.10, variant=shape)
        thumb = -1.0 if side == 0 else 1.0
        sides = max(6, self.detail // 2 + 2)
        if shape == "fist":
            rows = np.array(
                [
                    (-0.005, 0.025, 0.022, 0, 0),
                    (0.02, 0.032, 0.026, 0, 0.004),
                    (0.055, 0.042, 0.031, 0, 0.012),
                    (0.082, 0.038, 0.027, 0, 0.014),
                ]
            )
            fist = tube(smooth_curve(rows * s, sides), sides + 4, cap_end=True, squareness=0.2)
            self.builder.add_grid(bone, fist, skin)
            path = np.array([(thumb * 0.034, 0.03, 0.02), (thumb * 0.036, 0.055, 0.038),
                             (thumb * 0.008, 0.07, 0.046)])  # fmt: skip
            self._finger(bone, path * s, (0.012, 0.012, 0.010), sides, skin)
            return
        rows = np.array(
            [
                (-0.008, 0.026, 0.021, 0, 0),
                (0.02, 0.033, 0.018, 0, 0),
                (0.055, 0.041, 0.0165, 0, 0.002),
                (0.085, 0.040, 0.013, 0, 0.003),
            ]
        )
        palm = tube(smooth_curve(rows * s, sides), sides + 4, cap_end=True, squareness=0.2)
        self.builder.add_grid(bone, palm, skin)
        spread, curl = {"open": (0.2, 0.12), FLAT_HAND: (0.03, 0.05)}.get(shape, (0.05, 0.55))
        for at, length in ((-0.0315, 0.064), (-0.0105, 0.077), (0.0105, 0.082), (0.031, 0.072)):
            start = np.array([at * thumb, 0.078, 0.003])
            bend = curl * np.array([0.6, 1.2, 1.9])
            lean = spread * at / 0.03 * thumb
            steps = np.stack([lean * np.cos(bend), np.cos(bend), np.sin(bend)], axis=1)
            path = np.concatenate([start[None], start + np.cumsum(steps * length / 3, axis=0)])
            self._finger(bone, path * s, (0.0105, 0.0105, 0.0095, 0.0085), sides, skin)
        out = 0.55 if shape == "open" else 0.25
        path = np.array([(thumb * 0.022, 0.012, 0.004), (thumb * 0.042, 0.042, 0.012),
                         (thumb * (0.042 + 0.03 * out), 0.068, 0.018),
                         (thumb * (0.042 + 0.05 * out), 0.092, 0.022)])  # fmt: skip
        self._finger(bone, path * s, (0.014, 0.0135, 0.0115, 0.009), sides, skin)

    def _finger(self, bone: int, path: FloatArray, radius: tuple[float, ...], sides: int,
                surface: Surface) -> None:  # fmt: skip
        radii = np.asarray(radius, np.float32) * self.scale
        self.builder.add_grid(bone, bent_tube(path, radii, sides - 1, (1.0, 0.1, 0.1)), surface)

    def _leg(self, side: int) -> None:
        m, g, look = self.m, self.girth, self.look
        thigh, shank, full = m.thigh, m.shank, 1 + 0.05 * look.curves
        bare = look.legwear == "shorts"
        off = {"trousers": CLOTH_M, "leggings": 0.15 * CLOTH_M, "shorts": 0.0}[look.legwear]
        off *= self.scale
        under = 0.012 * g if bare else 0.0  # skin stays well inside the shorts
        leg = [
            (0.0, 0.075 * g * full + off - under, 0.090 * g * full + off - under),
            (0.35 * thigh, 0.074 * g * full + off - under, 0.083 * g * full + off - under),
            (0.7 * thigh, 0.062 * g + off, 0.067 * g + off),
            (thigh, 0.052 * g + off, 0.055 * g + off),
        ]
        calf = [
            (0.0, 0.052 * g + off, 0.055 * g + off),
            (0.28 * shank, 0.053 * g + off, 0.058 * g + off),
            (0.62 * shank, 0.043 * g + off, 0.045 * g + off),
            (0.96 * shank, 0.034 * g + 1.5 * off, 0.037 * g + 1.5 * off),
        ]
        back = [(0.0, 0.0), (0.0, -0.012 * g), (0.0, -0.008 * g), (0.0, -0.004 * g)]
        surface = Surface(look.skin, gloss=0.1) if bare else self.cloth(look.legs)
        folds = 0.014 if look.legwear == "trousers" else 0.0
        inward = (0.024 if side == 0 else -0.024) * g  # hip keypoints sit wide
        slant = [(inward, 0.0), (0.8 * inward, 0.0), (0.3 * inward, 0.0), (0.0, 0.0)]
        self.limb(Bone.THIGH + side, leg, surface, folds=folds, centre=slant)
        ends = (True, not look.yoga)  # the rounded end would cover a bare ankle
        self.limb(Bone.SHANK + side, calf, surface, folds=folds, centre=back, caps=ends)
        if bare:
            self._shorts(side, slant[:3], full)
        sock = self.cloth((236, 236, 232) if bare else blend(look.skin, (230, 230, 228), 0.5))
        if look.yoga:
            sock = Surface(look.skin, gloss=0.1)
        start = 0.955 if look.yoga else 0.93
        ankle = [(start * shank, 0.031 * g, 0.034 * g), (1.03 * shank, 0.031 * g, 0.034 * g)]
        self.limb(Bone.SHANK + side, ankle, sock, caps=(False, False), rings=4)

    def _shorts(self, side: int, centre: list[tuple[float, float]], full: float) -> None:
        """One leg of the shorts, and the sock that is seen with them."""
        g, end, wide = self.girth, 0.72 * self.m.thigh, 0.082 * self.girth * full
        knots = [
            (0.0, wide, wide + 0.014),
            (0.5 * end, wide, wide + 0.008),
            (end, 0.081 * g, 0.087 * g),
        ]
        bone, cloth = Bone.THIGH + side, self.cloth(self.look.legs)
        self.limb(bone, knots, cloth, folds=0.012, centre=centre, caps=(True, False))
        low = centre[-1][0]
        opening = [(end - 0.002, 0.080 * g, 0.086 * g, low, 0), (end, 0.05 * g, 0.05 * g, low, 0)]
        dark = self.cloth(shade(self.look.legs, 0.5))
        self.builder.add_grid(bone, tube(opening, self.detail), dark)
        if self.look.yoga:
            return
        shank, white = self.m.shank, self.cloth((236, 236, 232))
        sock = [(0.84 * shank, 0.0385 * g, 0.0405 * g), (shank, 0.036 * g, 0.039 * g)]
        places = [(0.0, -0.005), (0.0, -0.005)]
        self.limb(Bone.SHANK + side, sock, white, centre=places, caps=(False, True), rings=4)

    def _shoe(self, side: int) -> None:
        s, look, floor = self.scale, self.look, -self.m.ankle_height
        # z, half width, top above the ankle
        outline = np.array(
            [
                (-0.072, 0.012, -0.035),
                (-0.068, 0.026, -0.012),
                (-0.052, 0.034, 0.008),
                (-0.015, 0.037, 0.016),
                (0.025, 0.0385, 0.006),
                (0.065, 0.043, -0.018),
                (0.110, 0.0465, -0.032),
                (0.150, 0.043, -0.040),
                (0.178, 0.030, -0.047),
                (0.188, 0.010, -0.056),
            ],
            np.float32,
        )
        rows = smooth_curve(outline, max(9, self.detail)) * s
        outward = 1.0 if side == 0 else -1.0
        bend = outward * 0.006 * s * np.clip(rows[:, 0] / (0.15 * s), 0, 1)

        def loft(low: float, high: FloatArray, wide: FloatArray) -> FloatArray:
            height = np.maximum((high - low) / 2, 0.004 * s)
            stations = np.stack([rows[:, 0], wide, height, bend, low + height], axis=1)
            grid = tube(stations, self.detail + 2, squareness=0.25)
            return grid[..., [0, 2, 1]]  # along z instead of y

        upper = loft(floor + 0.008 * s, rows[:, 2], rows[:, 1])
        upper[..., 2] *= 0.97  # the sole continues all around
        front = (upper[:-1, :, 2] > 0.02 * s) & (upper[:-1, :, 2] < 0.085 * s)
        laces = front & (np.abs(upper[:-1, :, 0]) < 0.018 * s) & (upper[:-1, :, 1] > -0.05 * s)
        tint = np.where(laces, 0.72, 1.0)
        bone = Bone.FOOT + side
        self.builder.add_grid(bone, upper, Surface(look.shoes, gloss=0.2), tint=tint)
        sole_rgb = (244, 244, 240) if sum(look.shoes) < 600 else shade(look.shoes, 0.78)
        top = np.full(len(rows), floor + 0.026 * s, np.float32)
        sole = loft(floor, top, rows[:, 1] + 0.005 * s)
        self.builder.add_grid(bone, sole, Surface(sole_rgb, gloss=0.1, open_sky=0.85, bias_m=0.004))
