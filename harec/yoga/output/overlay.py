"""A coached body drawn on its picture: joints, judged angles, asana, score and hold.

Every judged joint has the arc of its angle and the degrees. An angle in its range is a thin green
arc; one that is off is a filled sector in amber (the worst in vermilion) whose number stands on a
plate with an arrow: up for an angle that should be larger, down for one that should be smaller. So
nothing is told by colour alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from harec.core.poses import FloatArray
from harec.core.skeleton import EDGES, NUM_KEYPOINTS
from harec.render.overlay import (
    MIDDLE_RGB,
    OUTLINE_RGB,
    RGB,
    Box,
    Color,
    Plate,
    draw_skeleton,
    flipped,
    line_width,
    overlap,
    seen_joints,
)
from harec.render.palette import hex_rgb
from harec.yoga.coaching.coach import Coaching
from harec.yoga.coaching.references import References, load_references
from harec.yoga.output import labels
from harec.yoga.output.labels import (
    GOOD_RGB,
    OFF_RGB,
    WORST_RGB,
)
from harec.yoga.practice.holds import HoldNow
from harec.yoga.recognition.angles import KEYPOINTS_OF
from harec.yoga.recognition.asanas import ASANAS

Vector = NDArray[np.float64]
State = Literal["good", "off", "worst"]

#: Sides in pixels below which there is no room for words.
_LEAST_PX: Final = 96
_COLORS: Final[dict[State, Color]] = {"good": GOOD_RGB, "off": OFF_RGB, "worst": WORST_RGB}
_SHIFT: Final = 4
#: Directions in which a number may stand, from the one it would like best, and how far away.
_TURNS: Final = np.radians([0, 30, -30, 60, -60, 90, -90, 135, -135, 180])
_PLACES: Final = (np.tile(_TURNS, 2), np.repeat([1.0, 1.7], len(_TURNS)))
_FIXED_PLACES: Final = (_TURNS[:5], np.ones(5))
_KIND_RGB: Final[dict[str, Color]] = {
    "correct": WORST_RGB,
    "praise": GOOD_RGB,
    "hold": GOOD_RGB,
}


@dataclass(frozen=True, eq=False)
class _Arc:
    """One judged angle in the picture; u and v point along its two lines, lengths in pixels."""

    joint: str  # without left and right
    centre: Vector
    u: Vector
    v: Vector
    value_deg: float
    state: State
    smaller: bool  # that is what it should become

    def points(self, radius: float) -> Vector:
        """Along the arc (n, 2), the shorter way round."""
        start = np.arctan2(self.u[1], self.u[0])
        turn = np.arctan2(self.u[0] * self.v[1] - self.u[1] * self.v[0], float(self.u @ self.v))
        along = start + turn * np.linspace(0, 1, max(int(abs(turn) * 12), 2))
        return np.asarray(
            self.centre + radius * np.stack([np.cos(along), np.sin(along)], axis=1), np.float64
        )

    @property
    def reach(self) -> float:
        """How long the shorter of the two lines is."""
        return float(min(np.hypot(*self.u), np.hypot(*self.v)))


def draw_coaching(
    rgb: RGB,
    keypoints_xyc: FloatArray,
    coaching: Coaching,
    *,
    mirrored: bool = False,
    keypoint_threshold: float = 0.2,
    ring: bool = True,
    hold: HoldNow | None = None,
    fixed: bool = False,
    references: References | None = None,
) -> RGB:
    """Draw a coached body.

    Args:
        rgb: uint8 (H, W, 3), any size; in a tiny one only the skeleton is drawn.
        keypoints_xyc: (17, 3) in pixels of ``rgb``.
        coaching: what the coach says of that body.
        mirrored: flip the picture first, as in a mirror; letters stay upright, and left and right
            are still the person's own.
        keypoint_threshold: joints that score less are not drawn, nor the angles at them.
        ring: whether to draw the score.
        hold: shown as a timer.
        fixed: name and score keep their corners, and degrees their places, whatever the body
            does: for pictures that move. Else they go where they cover little of it.
        references: those that ``coaching`` was judged by; None = those that ship with harec.

    Returns:
        uint8 (H, W, 3), a new picture.
    """
    image = flipped(rgb) if mirrored else np.array(rgb, order="C")
    keypoints = np.array(keypoints_xyc, np.float32)
    if mirrored:
        keypoints[:, 0] = image.shape[1] - 1 - keypoints[:, 0]
    seen = seen_joints(keypoints, keypoint_threshold)
    small = min(image.shape[:2]) < _LEAST_PX
    arcs: list[_Arc] = []
    if seen.any():
        draw_skeleton(image, keypoints, seen, [MIDDLE_RGB] * NUM_KEYPOINTS)
        arcs = _arcs(keypoints, seen, coaching, references)
        width = line_width(keypoints, seen, min(image.shape[:2]))
        for arc in arcs:
            _draw_arc(image, arc, width)
    if small:
        return image
    body = _body_points(keypoints, seen)
    size_px = text_size(image)
    corners = _draw_corners(image, coaching, size_px, hold, ring, None if fixed else body)
    height, width = image.shape[:2]
    if fixed:  # that is where `draw_cue` writes
        corners.append((0, height * 0.975 - 0.11 * min(height, width), width, height))
    _draw_degrees(image, arcs, body, size_px, corners, fixed)
    return image


def draw_cue(image: RGB, text: str, kind: str) -> None:
    """Draw a few words into a picture, at its lower edge, large enough to be read from afar.

    Args:
        image: uint8 (H, W, 3), contiguous.
        kind: as in `harec.yoga.coaching.spoken_cues.Spoken`.
    """
    height, width = image.shape[:2]
    if min(height, width) < _LEAST_PX:
        return
    size = round(float(np.clip(min(height, width) * 0.062, 11, 72)))
    while size > 9 and labels.font(size, True).getlength(text) + 1.4 * size > 0.96 * width:
        size -= 1
    plate = labels.panel(
        ((text, size, True, 255),), stripe=_KIND_RGB.get(kind, OFF_RGB), opacity=0.86
    )
    x = max((width - plate.size_wh[0]) // 2, 0)
    y = max(height - plate.size_wh[1] - round(0.025 * height), 0)
    plate.blend(image, x, y)


def text_size(image: RGB) -> int:
    """Height in pixels of the letters of a picture's plates."""
    return round(float(np.clip(min(image.shape[:2]) * 0.034, 10, 40)))


# ------------------------------------------------------------------ angles


def _arcs(
    keypoints_xyc: FloatArray,
    seen: NDArray[np.bool_],
    coaching: Coaching,
    references: References | None,
) -> list[_Arc]:
    """The judged angles that can be seen, those in their range first."""
    if coaching.asana is None:
        return []
    points = keypoints_xyc[:, :2].astype(np.float64)
    worst = coaching.feedback[0].angle if coaching.feedback else None
    ranges = (references or load_references()).judged(coaching.asana, coaching.side)
    arcs = []
    for name, wanted in ranges.items():
        value = coaching.angles_deg.get(name)
        lines = _lines_of(name, points, seen)
        if value is None or lines is None:
            continue
        off = value not in wanted
        state: State = "worst" if name == worst else "off" if off else "good"
        arcs.append(_Arc(name.split("_")[-1], *lines, value, state, value > wanted.high))
    arcs.sort(key=lambda arc: ("good", "off", "worst").index(arc.state))
    return [arc for i, arc in enumerate(arcs) if not any(_same(arc, b) for b in arcs[i + 1 :])]


def _same(arc: _Arc, worse: _Arc) -> bool:
    """Whether an arc lies on another one that says the same: two knees seen in profile."""
    if arc.joint != worse.joint:
        return False
    apart = float(np.hypot(*(arc.centre - worse.centre)))
    alike = abs(arc.value_deg - worse.value_deg) < 10 and arc.smaller == worse.smaller
    along = all(
        float(a @ b) > 0.94 * np.hypot(*a) * np.hypot(*b)
        for a, b in ((arc.u, worse.u), (arc.v, worse.v))
    )
    return alike and along and apart < 0.2 * min(arc.reach, worse.reach)


def _lines_of(
    name: str, points: Vector, seen: NDArray[np.bool_]
) -> tuple[Vector, Vector, Vector] | None:
    """Corner of an angle and the two lines that leave it; None where a joint is not seen."""
    joints = list(KEYPOINTS_OF[name])
    if name == "legs":
        hip, knee, other_hip, other_knee = (points[i] for i in joints)
        lines = (hip + other_hip) / 2, knee - hip, other_knee - other_hip
    else:
        a, corner, b = (points[i] for i in joints)
        lines = corner, a - corner, b - corner
    if not seen[joints].all() or min(np.hypot(*lines[1]), np.hypot(*lines[2])) < 1e-3:
        return None
    return lines


def _radius(arc: _Arc, width: int) -> float:
    """A third of the shorter line, but clear of the joint's dot and not a target."""
    return float(np.clip(arc.reach * 0.36, 3.0 * width, 9.0 * width))


def _draw_arc(image: RGB, arc: _Arc, width: int) -> None:
    radius = _radius(arc, width)
    points = arc.points(radius)
    color = _COLORS[arc.state]
    thick = max(round(width * (0.7 if arc.state == "good" else 1.0)), 1)
    if arc.state != "good":
        _tint(image, np.concatenate([arc.centre[None], points]), color, 0.45)
    line = [np.round(points * 2**_SHIFT).astype(np.int32)]
    edge = max(round(width * 0.4), 1)
    cv2.polylines(image, line, False, OUTLINE_RGB, thick + 2 * edge, cv2.LINE_AA, _SHIFT)
    cv2.polylines(image, line, False, color, thick, cv2.LINE_AA, _SHIFT)


def _tint(image: RGB, outline: Vector, color: Color, share: float) -> None:
    """Lay a colour over a polygon (n, 2)."""
    height, width = image.shape[:2]
    left, top = (max(int(v), 0) for v in np.floor(outline.min(axis=0)))
    right, bottom = np.ceil(outline.max(axis=0)).astype(int) + 1
    part = image[top : min(bottom, height), left : min(right, width)]
    if not part.size:
        return
    full = part.copy()
    inside = np.round((outline - (left, top)) * 2**_SHIFT).astype(np.int32)
    cv2.fillPoly(full, [inside], color, cv2.LINE_AA, _SHIFT)
    part[:] = cv2.addWeighted(full, share, part, 1 - share, 0)


# ------------------------------------------------------------------ degrees


def _draw_degrees(
    image: RGB, arcs: Sequence[_Arc], body: Vector, size_px: int, taken: list[Box], fixed: bool
) -> None:
    """The numbers, those that matter first: they get the better places."""
    if not len(body):
        return
    roomy = float(np.ptp(body, axis=0).max()) > 13 * size_px
    width = max(round(size_px / 5), 1)
    taken = [*taken]
    for arc in reversed(arcs):
        if arc.state == "good" and not roomy:
            continue
        plate = _number(arc, size_px)
        x, y = _beside(plate, arc, _radius(arc, width), image, body, taken, fixed)
        plate.blend(image, x, y)
        taken.append((x, y, x + plate.size_wh[0], y + plate.size_wh[1]))


def _number(arc: _Arc, size_px: int) -> Plate:
    text = f"{arc.value_deg:.0f}°"
    if arc.state == "good":
        size = max(round(size_px * 0.82), 9)
        return labels.panel(((text, size, False, 255),), opacity=0.6)
    text = f"{text} {'↓' if arc.smaller else '↑'}"
    size = max(round(size_px * 0.95), 9)
    return labels.panel(
        ((text, size, True, 255),), back=_COLORS[arc.state], ink=OUTLINE_RGB, opacity=0.95
    )


def _beside(
    plate: Plate,
    arc: _Arc,
    radius: float,
    image: RGB,
    body: Vector,
    taken: Sequence[Box],
    fixed: bool,
) -> tuple[int, int]:
    """Top left corner of a number near its joint: clear of limbs and of other numbers."""
    (height, width), size = image.shape[:2], np.array(plate.size_wh, np.float64)
    turns, far = _FIXED_PLACES if fixed else _PLACES
    wish = _outward(arc, body)
    cos, sin = np.cos(turns), np.sin(turns)
    ways = np.stack([cos * wish[0] - sin * wish[1], sin * wish[0] + cos * wish[1]], axis=1)
    # The plate's own extent in each direction comes on top.
    reach = far * (radius + 0.25 * size[1]) + np.abs(ways) @ size / 2
    wanted = arc.centre + ways * reach[:, None] - size / 2  # (n, 2), top left corners
    room = np.maximum(np.array([width, height]) - size - 2, 0)
    corners = np.round(np.clip(wanted, 2, np.maximum(room, 2)).clip(max=np.maximum(room, 0)))
    ends = corners + size
    inside = (body > corners[:, None]) & (body < ends[:, None])
    cost = 0.5 * inside.all(axis=2).sum(axis=1) + 0.5 * far
    cost += np.hypot(*(wanted - corners).T) / size[1] + (2.0 if fixed else 0.6) * np.abs(turns)
    if taken:
        boxes = np.array(taken, np.float64)
        shared = np.minimum(ends[:, None], boxes[:, 2:]) - np.maximum(
            corners[:, None], boxes[:, :2]
        )
        cost += 40 * shared.clip(min=0).prod(axis=2).sum(axis=1) / size.prod()
    x, y = corners[int(np.argmin(cost))]
    return int(x), int(y)


def _outward(arc: _Arc, body: Vector) -> Vector:
    """The direction in which a number is looked for: into a bent joint, or away from the body."""
    u, v = arc.u / np.hypot(*arc.u), arc.v / np.hypot(*arc.v)
    middle = u + v
    if np.hypot(*middle) > 0.5:  # bent by more than about 30 degrees
        return np.asarray(middle / np.hypot(*middle), np.float64)
    across = np.array([-u[1], u[0]])
    away = arc.centre - (body.min(axis=0) + body.max(axis=0)) / 2
    return across if float(across @ away) >= 0 else -across


def _body_points(keypoints_xyc: FloatArray, seen: NDArray[np.bool_]) -> Vector:
    """Points along the limbs (n, 2): what numbers should not cover."""
    points = keypoints_xyc[:, :2].astype(np.float64)
    parts = [points[seen]]
    for a, b in EDGES:
        if seen[a] and seen[b]:
            share = np.linspace(0, 1, 9)[1:-1, None]
            parts.append(points[a] * (1 - share) + points[b] * share)
    return np.concatenate(parts)


# ------------------------------------------------------------------ corners


def _draw_corners(
    image: RGB,
    coaching: Coaching,
    size_px: int,
    hold: HoldNow | None,
    ring: bool,
    body: Vector | None,
) -> list[Box]:
    """Name at the left, score and timer at the right; at the bottom where the top is taken.

    Args:
        body: points that should not be covered; None = always at the top.

    Returns:
        What is covered now.
    """
    height, width = image.shape[:2]
    gap = round(size_px * 0.6)
    right: list[Plate] = []
    if ring and coaching.score is not None:
        radius = min(size_px * 2.1, min(image.shape[:2]) * 0.11)
        right.append(labels.ring(int(coaching.score + 0.5), round(radius)))
    if hold is not None:
        right.append(_timer(hold, size_px, coaching.asana == hold.asana))
    widest = max((plate.size_wh[0] for plate in right), default=0)
    name = _name(coaching, size_px, width - 2 * gap - (widest + gap if widest else 0))
    boxes: list[Box] = []
    for plates, at_left in (([name], True), (right, False)):
        if not plates:
            continue
        w = max(plate.size_wh[0] for plate in plates)
        h = sum(plate.size_wh[1] for plate in plates) + (len(plates) - 1) * (gap // 2)
        x = gap if at_left else width - gap - w
        top, bottom = gap, height - gap - h
        places = [(x, y, x + w, y + h) for y in ((top,) if body is None else (top, bottom))]
        left, y, _, _ = min(places, key=lambda box: _covered(box, body) + _taken(box, boxes))
        for plate in plates:
            px = left if at_left else left + (w - plate.size_wh[0])
            plate.blend(image, max(px, 0), max(y, 0))
            boxes.append((px, y, px + plate.size_wh[0], y + plate.size_wh[1]))
            y += plate.size_wh[1] + gap // 2
    return boxes


def _covered(box: Box, body: Vector | None) -> int:
    if body is None or not len(body):
        return 0
    return int(((body > box[:2]) & (body < box[2:])).all(axis=1).sum())


def _taken(box: Box, boxes: Sequence[Box]) -> float:
    return 100.0 * any(overlap(box, other) for other in boxes)


def _name(coaching: Coaching, size_px: int, room_px: int) -> Plate:
    """The asana's name and side, in letters that fit into so many pixels."""
    if coaching.asana is None:
        return labels.panel((("No asana", size_px, False, 210),))
    asana = ASANAS[coaching.asana]
    side = f"{coaching.side} side" if coaching.side else ""
    second = f"{asana.english}, {side}" if side else asana.english
    if size_px <= 10:
        second = side  # there is no room for letters that can be read
    for share, below in ((1.2, second), (1.0, second), (0.85, second), (0.85, side)):
        size = max(round(size_px * share), 8)
        lines = [(asana.sanskrit, size, True, 255)]
        if below:
            lines.append((below, max(round(size * 0.78), 8), False, 205))
        plate = labels.panel(tuple(lines), stripe=hex_rgb(asana.colour))
        if plate.size_wh[0] <= room_px:
            break
    return plate


def _timer(hold: HoldNow, size_px: int, goes_on: bool) -> Plate:
    """Grey until the hold counts, and while it stands still."""
    counts = hold.counted and goes_on
    line = (f"Hold {labels.clock(hold.held_s)}", size_px, True, 255 if counts else 150)
    stripe = GOOD_RGB if counts else (120, 125, 132)
    return labels.panel((line,), stripe=stripe, least_width=round(size_px * 4.2))
