"""A skinned mesh of quads: surfaces swept along paths and fastened to the bones of the rig."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.floating]
IntArray = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Mesh:
    """N vertices and F quads of one figure, ready to be posed.

    A vertex follows one bone, or two of them mixed: ``(1 - mix) * first + mix * second``.

    Attributes:
        bones: int32 (2, N): the first and the second bone of each vertex.
        local: float32 (2, N, 3): the vertex in metres in the frame of either bone.
        mix: float32 (N,): share of the second bone, 0..1.
        faces: int32 (F, 4): vertices of each quad, counter-clockwise seen from outside.
        albedo: float32 (F, 3): RGB 0..255 under white light.
        gloss: float32 (F,): strength of the highlight, 0..1.
        open_sky: float32 (F,): how much ambient light gets there, 0..1.
        bias_m: float32 (F,): metres by which the quad is moved towards the viewer for sorting;
            details that lie on a surface (eyes, mouth) have more than the surface itself.
        variant: tuple of F names: "" is always drawn, others only when asked for ("fist", "blink").
    """

    bones: IntArray
    local: FloatArray
    mix: FloatArray
    faces: IntArray
    albedo: FloatArray
    gloss: FloatArray
    open_sky: FloatArray
    bias_m: FloatArray
    variant: tuple[str, ...]

    def posed(self, origins: FloatArray, axes: FloatArray) -> FloatArray:
        """Vertices (N, 3) in the world, for bones at origins (B, 3) with axes (B, 3, 3) in rows."""
        first, second = self.bones
        points = origins[first] + np.einsum("ni,nij->nj", self.local[0], axes[first])
        mixed = np.flatnonzero(self.mix)
        other = second[mixed]
        moved = origins[other] + np.einsum("ni,nij->nj", self.local[1, mixed], axes[other])
        points[mixed] += (moved - points[mixed]) * self.mix[mixed, None]
        return points.astype(np.float32)

    def subset(self, names: Sequence[str]) -> NDArray[np.intp]:
        """Indices of the faces that are drawn when the variants ``names`` are on."""
        wanted = {"", *names}
        return np.flatnonzero(np.array([name in wanted for name in self.variant]))


@dataclass(frozen=True)
class Surface:
    """What a part is made of; see the attributes of `Mesh`."""

    rgb: tuple[float, float, float]
    gloss: float = 0.05
    open_sky: float = 1.0
    bias_m: float = 0.0
    variant: str = ""


@dataclass
class MeshBuilder:
    """Collects parts; `build` joins them."""

    _bones: list[IntArray] = field(default_factory=list)
    _local: list[FloatArray] = field(default_factory=list)
    _mix: list[FloatArray] = field(default_factory=list)
    _faces: list[IntArray] = field(default_factory=list)
    _surface: list[tuple[Surface, FloatArray]] = field(default_factory=list)
    _lift: list[FloatArray] = field(default_factory=list)
    _vertices: int = 0

    def add_grid(
        self,
        bone: int,
        grid: ArrayLike,
        surface: Surface,
        *,
        closed: bool = True,
        second: tuple[int, ArrayLike, ArrayLike] | None = None,
        tint: ArrayLike | None = None,
        lift: ArrayLike | None = None,
    ) -> None:
        """A surface of rings: ``grid`` (R, S, 3) metres in the bone's frame.

        Args:
            closed: the last vertex of a ring is joined to its first.
            second: another bone, the same grid in its frame, and its share per ring (R,).
            tint: factor of the colour per quad, (R - 1, S or S - 1) or that with RGB (..., 3).
            lift: metres added to the bias of the quads of each ring, (R - 1,).
        """
        points = np.asarray(grid, dtype=np.float32)
        rings, sides = points.shape[:2]
        index = np.arange(rings * sides, dtype=np.int32).reshape(rings, sides)
        if closed:
            index = np.concatenate([index, index[:, :1]], axis=1)
        quads = np.stack([index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]], axis=-1)
        flat = points.reshape(-1, 3)
        faces = quads.reshape(-1, 4)
        if closed and _signed_volume(flat, faces) < 0:
            faces = faces[:, ::-1]
        shape = quads.shape[:2]
        tints = np.ones((*shape, 3), np.float32)
        if tint is not None:
            factor = np.asarray(tint, dtype=np.float32)
            tints *= factor if factor.ndim == 3 else factor[..., None]
        rows = np.zeros(shape[0]) if lift is None else np.asarray(lift, dtype=np.float32)
        self._lift.append(np.repeat(rows, shape[1]).astype(np.float32))

        count = rings * sides
        other_bone, other_points, share = bone, flat, np.zeros(count, np.float32)
        if second is not None:
            other_bone = second[0]
            other_points = np.asarray(second[1], dtype=np.float32).reshape(-1, 3)
            share = np.repeat(np.asarray(second[2], dtype=np.float32), sides)
        self._bones.append(np.repeat(np.array([[bone], [other_bone]], np.int32), count, axis=1))
        self._local.append(np.stack([flat, other_points]))
        self._mix.append(share)
        self._faces.append((faces + self._vertices).astype(np.int32))
        self._surface.append((surface, tints.reshape(-1, 3)))
        self._vertices += count

    def add_patch(self, bone: int, top: ArrayLike, bottom: ArrayLike, surface: Surface) -> None:
        """A flat detail between two edges (K, 3) that run to the viewer's right on the front."""
        self.add_grid(bone, np.stack([np.asarray(top), np.asarray(bottom)]), surface, closed=False)

    def build(self) -> Mesh:
        """The mesh of all parts."""
        counts = [len(tints) for _, tints in self._surface]

        def per_face(name: str) -> FloatArray:
            values = [getattr(surface, name) for surface, _ in self._surface]
            return np.repeat(np.array(values, np.float32), counts)

        albedo = [np.asarray(s.rgb, np.float32) * tints for s, tints in self._surface]
        return Mesh(
            bones=np.concatenate(self._bones, axis=1),
            local=np.concatenate(self._local, axis=1),
            mix=np.concatenate(self._mix),
            faces=np.concatenate(self._faces),
            albedo=np.concatenate(albedo),
            gloss=per_face("gloss"),
            open_sky=per_face("open_sky"),
            bias_m=per_face("bias_m") + np.concatenate(self._lift),
            variant=tuple(
                surface.variant
                for (surface, _), count in zip(self._surface, counts, strict=True)
                for _ in range(count)
            ),
        )


def _signed_volume(points: FloatArray, faces: IntArray) -> float:
    """Volume inside the quads; negative when they are seen clockwise from outside."""
    corners = points[faces] - points.mean(axis=0)
    halves = ((0, 1, 2), (0, 2, 3))
    return float(
        sum(
            np.einsum("fi,fi->", corners[:, a], np.cross(corners[:, b], corners[:, c]))
            for a, b, c in halves
        )
    )


def smooth_curve(knots: ArrayLike, count: int) -> FloatArray:
    """``count`` points along a curve (Catmull-Rom) through ``knots`` (K, D), by equal shares."""
    points = np.asarray(knots, dtype=np.float32)
    padded = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    at = np.linspace(0, len(points) - 1, count)
    segment = np.minimum(at.astype(int), len(points) - 2)
    u = (at - segment)[:, None]
    p0, p1, p2, p3 = (padded[segment + k] for k in range(4))
    curve = p1 + 0.5 * u * (
        p2 - p0 + u * (2 * p0 - 5 * p1 + 4 * p2 - p3 + u * (3 * (p1 - p2) + p3 - p0))
    )
    return np.asarray(curve, dtype=np.float32)


def ring_angles(sides: int) -> FloatArray:
    """Angles of the vertices of a ring, from the +x axis towards +z."""
    return (np.arange(sides) * (2 * np.pi / sides)).astype(np.float32)


def tube(
    stations: ArrayLike,
    sides: int,
    *,
    cap_start: bool = False,
    cap_end: bool = False,
    flat_start: float = 1.0,
    squareness: float = 0.0,
) -> FloatArray:
    """Rings (R, sides, 3) around the y axis.

    Args:
        stations: (K, 5) rows of y, half width (x), half depth (z), centre x, centre z; metres.
        cap_start, cap_end: round the end off with half an ellipsoid.
        flat_start: height of the first cap, as a share of the radius.
        squareness: 0 = ellipses; 0.3 = rounded boxes.
    """
    rows = np.asarray(stations, dtype=np.float32)
    quarter = np.linspace(0, np.pi / 2, 5)[:-1]
    for at_end, wanted in ((False, cap_start), (True, cap_end)):
        if not wanted:
            continue
        edge = rows[-1 if at_end else 0]
        radius = 0.5 * (edge[1] + edge[2]) * (1.0 if at_end else flat_start)
        cap = np.repeat(edge[None], len(quarter), axis=0)
        # the last station is the rim itself, the pole stays a tiny ring to keep quads regular
        cap[:, 0] += (1 if at_end else -1) * radius * np.cos(quarter)
        cap[:, 1:3] *= np.maximum(np.sin(quarter), 0.02)[:, None]
        rows = np.concatenate([rows, cap[::-1]] if at_end else [cap, rows])
    angle = ring_angles(sides)
    cos, sin = np.cos(angle), np.sin(angle)
    if squareness:
        cos = np.sign(cos) * np.abs(cos) ** (1 - squareness)
        sin = np.sign(sin) * np.abs(sin) ** (1 - squareness)
    x = rows[:, 3:4] + rows[:, 1:2] * cos
    z = rows[:, 4:5] + rows[:, 2:3] * sin
    return np.stack([x, np.broadcast_to(rows[:, :1], x.shape), z], axis=-1).astype(np.float32)


def round_stations(y: ArrayLike, radius: ArrayLike) -> FloatArray:
    """Stations for `tube` with circles of ``radius`` at heights ``y``."""
    heights, radii = np.broadcast_arrays(
        np.asarray(y, dtype=np.float32), np.asarray(radius, dtype=np.float32)
    )
    zero = np.zeros_like(heights)
    return np.stack([heights, radii, radii, zero, zero], axis=1)


def bent_tube(path: ArrayLike, radius: ArrayLike, sides: int, across: ArrayLike) -> FloatArray:
    """Rings (K + 1, sides, 3) along a path (K, 3) with one radius per point; closed at the tip.

    Args:
        across: (3,) a direction that is never along the path.
    """
    points = np.asarray(path, dtype=np.float32)
    tangent = np.gradient(points, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    side = np.asarray(across, dtype=np.float32) - tangent * (tangent @ np.asarray(across))[:, None]
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    other = np.cross(tangent, side)
    angle = ring_angles(sides)
    rings = points[:, None] + np.asarray(radius, dtype=np.float32)[:, None, None] * (
        np.cos(angle)[None, :, None] * side[:, None] + np.sin(angle)[None, :, None] * other[:, None]
    )
    tip = points[-1] + tangent[-1] * 0.6 * np.asarray(radius)[-1]
    return np.concatenate([rings, (0.15 * (rings[-1:] - points[-1]) + tip)]).astype(np.float32)
