"""The mesh of a dressed body: trunk, neck, arms, hands, legs and shoes on the bones of the rig."""

from __future__ import annotations

import numpy as np

from harec.simulate.head import HeadBuilder
from harec.simulate.looks import RGB, Look, blend, shade
from harec.simulate.mesh import (
    FloatArray,
    Mesh,
    MeshBuilder,
    Surface,
    bent_tube,
    ring_angles,
    smooth_curve,
    tube,
)
from harec.simulate.rig import SIDES, Bone, Measures

ADULT_TORSO_M = 0.49  # middle of the hips to middle of the shoulders, at 1.7 m
CLOTH_M = 0.009  # how far clothes stand off the skin


def make_mesh(look: Look, measures: Measures, detail: int = 12) -> Mesh:
    """The mesh of one person.

    Args:
        detail: vertices around an arm; 8 is enough for a person 150 px tall, 24 for 1000 px.
    """
    builder = MeshBuilder()
    _Tailor(builder, look, measures, detail).add()
    HeadBuilder(builder, look, measures, detail + 2).add()
    return builder.build()


class _Tailor:
    def __init__(self, builder: MeshBuilder, look: Look, measures: Measures, detail: int) -> None:
        self.builder, self.look, self.m, self.detail = builder, look, measures, detail
        self.scale = measures.torso / ADULT_TORSO_M
        self.girth = self.scale * look.build
        self.rng = np.random.default_rng(look.seed + 1)
        self.sleeve = {"short": 0.62, "long": 2.0, "none": 0.0}[look.sleeves]
        self.bare_legs = look.legwear == "shorts"

    def add(self) -> None:
        self._trunk()
        self._hips()
        self._neck()
        for side in SIDES:
            self._arm(side)
            self._leg(side)
            self._shoe(side)
            for shape in ("open", "relaxed", "fist"):
                self._hand(side, shape)

    # ---- helpers

    def _cloth(self, rgb: RGB, open_sky: float = 1.0) -> Surface:
        return Surface(rgb, gloss=0.03, open_sky=open_sky)

    def _folds(self, grid: FloatArray, strength: float, where: FloatArray) -> FloatArray:
        """The grid of a limb with soft folds; ``where`` (R,) is their share along it."""
        rings, sides = grid.shape[:2]
        angle = ring_angles(sides)
        phase = self.rng.uniform(0, 6.28, 3)
        along = np.linspace(0, 1, rings)[:, None]
        wave = np.sin(2 * angle + 9 * along + phase[0]) + np.sin(3 * angle - 14 * along + phase[1])
        wave = wave + 0.7 * np.sin(angle + 26 * along + phase[2])
        centre = grid.mean(axis=1, keepdims=True)
        factor = 1 + strength * wave * np.asarray(where)[:, None]
        return (centre + (grid - centre) * factor[..., None]).astype(np.float32)

    def _limb(
        self,
        bone: int,
        knots: list[tuple[float, float, float]],
        surface: Surface,
        *,
        folds: float = 0.0,
        tint: FloatArray | None = None,
        caps: tuple[bool, bool] = (True, True),
        centre: list[tuple[float, float]] | None = None,
        rings: int | None = None,
    ) -> None:
        """A limb from (y, half width, half depth) knots, with optional (x, z) centres of rings."""
        middle = centre or [(0.0, 0.0)] * len(knots)
        rows = [(*knot, *c) for knot, c in zip(knots, middle, strict=True)]
        count = rings or max(6, int(self.detail * 0.9))
        # shoulders are flatter on top than a ball
        flat = 0.5 if bone - Bone.UPPER_ARM in SIDES else 1.0
        stations = smooth_curve(rows, count)
        grid = tube(stations, self.detail, cap_start=caps[0], cap_end=caps[1], flat_start=flat)
        if folds:
            grid = self._folds(grid, folds, np.ones(len(grid)))
        self.builder.add_grid(bone, grid, surface, tint=tint)

    # ---- trunk

    def _trunk_rings(self, knots: FloatArray, count: int, sides: int) -> tuple[FloatArray, ...]:
        """Rings from (share of the torso, half width, half depth, centre z) knots.

        Returns:
            The grid in the pelvis' frame, in the chest's frame, the share of the chest (R,).
        """
        rows = smooth_curve(knots, count)
        share, zero = rows[:, 0], np.zeros(count)
        stations = np.stack(
            [share * self.m.torso, rows[:, 1], rows[:, 2], zero, rows[:, 3]], axis=1
        )
        low = tube(stations, sides, squareness=0.16)
        high = low - np.array([0, self.m.torso, 0], np.float32)
        chest = np.clip(share, 0, 1)
        return low, high, chest * chest * (3 - 2 * chest)

    def _trunk(self) -> None:
        m, g, c, look = self.m, self.girth, self.look.curves, self.look
        shoulders, belly = m.half_shoulders, max(look.build - 1.0, 0) * 0.16
        hip = m.half_hips + (0.050 + 0.008 * c) * g
        waist = (0.131 - 0.015 * c) * g + 0.05 * (shoulders - 0.18)
        off = CLOTH_M * self.scale
        bust = 0.022 * c * g
        knots = np.array(
            [
                (-0.10, hip + 1.7 * off, 0.116 * g + belly * g, -0.006 * g),
                (0.02, hip + 1.1 * off, 0.114 * g + belly * g, 0.3 * belly * g),
                (0.20, waist + 0.018 * g, 0.100 * g + belly * g, 0.006 * g + 0.5 * belly * g),
                (0.38, waist + 0.011 * g, 0.096 * g + 0.7 * belly * g, 0.008 * g),
                (0.58, waist + 0.022 * g, 0.106 * g + 0.4 * bust, 0.008 * g + 0.6 * bust),
                (0.74, shoulders - 0.016 * g, 0.112 * g + 0.5 * bust, 0.004 * g + 0.7 * bust),
                (0.88, shoulders, 0.100 * g, -0.004 * g),
                (0.98, shoulders + 0.006 * g, 0.078 * g, -0.010 * g),
                (1.035, shoulders * 0.98, 0.064 * g, -0.014 * g),
                (1.075, shoulders * 0.76, 0.060 * g, -0.014 * g),
                (1.105, 0.085 * g, 0.058 * g, -0.012 * g),
                (1.12, 0.064 * g, 0.056 * g, -0.009 * g),
                (1.145, 0.057 * g, 0.054 * g, -0.008 * g),
            ],
            np.float32,
        )
        count, sides = int(self.detail * 2.6), 2 * self.detail
        low, high, chest = self._trunk_rings(knots, count, sides)
        share = np.linspace(0, 1, count)
        around_waist = np.exp(-(((share - 0.28) / 0.2) ** 2))
        fold = self._folds(low, 0.012, around_waist) - low
        self.builder.add_grid(
            Bone.PELVIS,
            low + fold,
            self._cloth(look.shirt),
            second=(Bone.CHEST, high + fold, chest),
            tint=self._shirt_tint(low),
            # the hem hangs over the trousers
            lift=0.045 * self.scale * np.clip((0.22 - low[:-1, 0, 1] / m.torso) / 0.15, 0, 1),
        )

    def _shirt_tint(self, grid: FloatArray) -> FloatArray:
        """Factors of the shirt's colour per quad: the pattern and the shade below the arms."""
        look = self.look
        centre = (grid[:-1] + np.roll(grid[:-1], -1, axis=1) + grid[1:]) / 3
        share = centre[..., 1] / self.m.torso
        front = centre[..., 2] > 0.02
        x = centre[..., 0] / self.scale
        marked = np.zeros(share.shape, bool)
        if look.pattern == "stripes":
            marked = (np.floor(share * 13) % 2 == 0) & (share < 0.95)
        elif look.pattern == "block":
            marked = share < 0.42
        elif look.pattern == "badge":
            row = int(np.argmin(np.abs(share[:, 0] - 0.68)))
            marked = front & (np.abs(x[row]) < 0.065) & (np.abs(share[:, :1] - 0.68) < 0.09)
        marked |= share > 1.125  # the collar
        ratio = np.asarray(look.accent, np.float32) / np.maximum(look.shirt, 8)
        if look.pattern in ("plain", "stripes"):
            collar = share > 1.125
            ratio = np.where(collar[..., None], 0.8, ratio) if look.pattern == "plain" else ratio
        tint = np.where(marked[..., None], ratio, 1.0).astype(np.float32)
        # less light between arm and trunk, and under the chest
        armpit = np.exp(-(((share - 0.70) / 0.18) ** 2)) * (np.abs(x) > 0.13)
        return tint * (1 - 0.16 * armpit)[..., None]

    def _hips(self) -> None:
        m, g, c = self.m, self.girth, self.look.curves
        hip = m.half_hips + (0.050 + 0.008 * c) * g
        knots = np.array(
            [
                (-0.235, 0.050 * g, 0.055 * g, -0.004 * g),
                (-0.19, 0.100 * g, 0.088 * g, -0.006 * g),
                (-0.12, hip - 0.012 * g, 0.110 * g, -0.010 * g),
                (-0.02, hip, 0.114 * g, -0.010 * g),
                (0.06, hip - 0.008 * g, 0.104 * g, -0.004 * g),
                (0.16, hip - 0.030 * g, 0.092 * g, 0.0),
            ],
            np.float32,
        )
        low, high, chest = self._trunk_rings(knots, self.detail, 2 * self.detail)
        self.builder.add_grid(
            Bone.PELVIS,
            low,
            self._cloth(self.look.legs, open_sky=0.94),
            second=(Bone.CHEST, high, 0.4 * chest),
        )

    def _neck(self) -> None:
        s, m = self.girth, self.m
        thick = 0.052 - 0.007 * self.look.curves
        # from inside the collar to inside the skull; the head carries its upper end
        rings = max(5, self.detail // 2)
        share = np.linspace(0, 1, rings)
        radius = np.interp(share, [0, 0.4, 1], [0.97, 0.97, 0.95]) * thick * s
        zero = np.zeros(rings)

        def stack(y: FloatArray, z: FloatArray) -> FloatArray:
            return tube(np.stack([y, radius, radius, zero, z], axis=1), self.detail + 4)

        base = stack(-0.02 * s + share * m.neck, -0.013 * s + 0.0 * share)
        head = stack((share - 1) * m.neck, -0.026 * s + 0.0 * share)
        tint = np.interp(share[:-1], [0, 0.5, 1], [0.9, 0.82, 0.72])[:, None]
        self.builder.add_grid(
            Bone.CHEST,
            base,
            Surface(self.look.skin, gloss=0.08, open_sky=0.85),
            second=(Bone.HEAD, head, share),
            tint=tint * np.ones((1, self.detail + 4)),
        )

    # ---- arms and hands

    def _arm(self, side: int) -> None:
        m, g, look = self.m, self.girth, self.look
        upper, fore = m.upper_arm, m.forearm
        skin = Surface(look.skin, gloss=0.10)
        muscle = 1.06 - 0.14 * look.curves
        if self.sleeve < 1:
            self._limb(
                Bone.UPPER_ARM + side,
                [
                    (0.0, 0.043 * g * muscle, 0.047 * g * muscle),
                    (0.25 * upper, 0.045 * g * muscle, 0.049 * g * muscle),
                    (0.65 * upper, 0.041 * g * muscle, 0.043 * g * muscle),
                    (upper, 0.036 * g, 0.037 * g),
                ],
                skin,
            )
        if self.sleeve < 2:
            self._limb(
                Bone.FOREARM + side,
                [
                    (0.0, 0.036 * g, 0.037 * g),
                    (0.25 * fore, 0.0385 * g * muscle, 0.0385 * g * muscle),
                    (0.6 * fore, 0.032 * g, 0.032 * g),
                    (fore, 0.0235 * g, 0.0275 * g),
                ],
                skin,
            )
        if self.sleeve:
            self._sleeve(side, muscle)

    def _sleeve(self, side: int, muscle: float) -> None:
        m, g, look = self.m, self.girth, self.look
        off = CLOTH_M * self.scale
        rgb = look.accent if look.pattern == "raglan" else look.shirt
        cloth = self._cloth(rgb)
        end = min(self.sleeve, 1.0) * m.upper_arm
        wide = 0.050 * g * muscle + off
        top = (0.0, 0.043 * g * muscle + 0.6 * off, 0.047 * g * muscle + 0.6 * off)
        if self.sleeve < 1:
            knots = [top, (0.45 * end, wide, wide), (end, wide + 0.003, wide + 0.004)]
            rings = max(6, self.detail // 2 + 2)
            tint = np.ones((rings + 3, self.detail), np.float32)
            tint[-1] = 0.82  # the hem
            self._limb(Bone.UPPER_ARM + side, knots, cloth, folds=0.012, tint=tint,
                       caps=(True, False), rings=rings)  # fmt: skip
            # the dark inside of the opening
            inside = tube([(end - 0.002, wide, wide, 0, 0), (end, 0.03 * g, 0.03 * g, 0, 0)],
                          self.detail)  # fmt: skip
            self.builder.add_grid(Bone.UPPER_ARM + side, inside, self._cloth(shade(rgb, 0.5)))
            return
        elbow = 0.043 * g + 0.5 * off
        self._limb(Bone.UPPER_ARM + side, [top, (0.45 * end, wide - 0.003, wide),
                   (end, elbow, elbow)], cloth, folds=0.018)  # fmt: skip
        fore, cuff = m.forearm, 0.034 * g
        rings = max(7, int(self.detail * 0.9))
        tint = np.ones((rings + 7, self.detail), np.float32)
        tint[-5:-3] = 0.85  # the cuff
        self._limb(Bone.FOREARM + side, [(0.0, elbow, elbow), (0.4 * fore, elbow, elbow - 0.002),
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
        spread, curl = (0.2, 0.12) if shape == "open" else (0.05, 0.55)
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

    # ---- legs

    def _leg(self, side: int) -> None:
        m, g, look = self.m, self.girth, self.look
        off = (
            CLOTH_M * self.scale * {"trousers": 1.0, "leggings": 0.15, "shorts": 0.0}[look.legwear]
        )
        thigh, shank, full = m.thigh, m.shank, 1 + 0.05 * look.curves
        leg = [
            (0.0, 0.075 * g * full + off, 0.090 * g * full + off),
            (0.35 * thigh, 0.074 * g * full + off, 0.083 * g * full + off),
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
        skin = Surface(look.skin, gloss=0.1)
        cloth = self._cloth(look.legs)
        folds = 0.014 if look.legwear == "trousers" else 0.0
        upper = skin if self.bare_legs else cloth
        inward = (0.024 if side == 0 else -0.024) * g  # hip keypoints sit wide
        slant = [(inward, 0.0), (0.8 * inward, 0.0), (0.3 * inward, 0.0), (0.0, 0.0)]
        self._limb(Bone.THIGH + side, leg, upper, folds=folds, centre=slant)
        self._limb(Bone.SHANK + side, calf, upper, folds=folds, centre=back)
        if self.bare_legs:
            end, wide = 0.72 * thigh, 0.082 * g * full
            knots = [(0.0, wide, wide + 0.014), (0.5 * end, wide, wide + 0.008),
                     (end, 0.081 * g, 0.087 * g)]  # fmt: skip
            self._limb(Bone.THIGH + side, knots, cloth, folds=0.012, centre=slant[:3],
                       caps=(True, False))  # fmt: skip
            inside = tube([(end - 0.002, 0.080 * g, 0.086 * g, 0.3 * inward, 0),
                           (end, 0.05 * g, 0.05 * g, 0.3 * inward, 0)],
                          self.detail)  # fmt: skip
            self.builder.add_grid(Bone.THIGH + side, inside, self._cloth(shade(look.legs, 0.5)))
            sock = [(0.84 * shank, 0.0385 * g, 0.0405 * g), (shank, 0.036 * g, 0.039 * g)]
            self._limb(Bone.SHANK + side, sock, self._cloth((236, 236, 232)),
                       centre=[(0, -0.005)] * 2, caps=(False, True), rings=4)  # fmt: skip
        ankle = [(0.93 * shank, 0.031 * g, 0.034 * g), (1.03 * shank, 0.031 * g, 0.034 * g)]
        sock_rgb = (236, 236, 232) if self.bare_legs else blend(look.skin, (230, 230, 228), 0.5)
        self._limb(Bone.SHANK + side, ankle, self._cloth(sock_rgb), caps=(False, False), rings=4)

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
        front = (upper[:-1, :, 2] > 0.02 * s) & (upper[:-1, :, 2] < 0.085 * s)
        laces = front & (np.abs(upper[:-1, :, 0]) < 0.018 * s) & (upper[:-1, :, 1] > -0.05 * s)
        tint = np.where(laces, 0.72, 1.0)
        bone = Bone.FOOT + side
        self.builder.add_grid(bone, upper, Surface(look.shoes, gloss=0.2), tint=tint)
        sole_rgb = (244, 244, 240) if sum(look.shoes) < 600 else shade(look.shoes, 0.78)
        top = np.full(len(rows), floor + 0.026 * s, np.float32)
        sole = loft(floor, top, rows[:, 1] + 0.005 * s)
        self.builder.add_grid(bone, sole, Surface(sole_rgb, gloss=0.1, open_sky=0.85, bias_m=0.004))
