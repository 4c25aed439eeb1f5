"""The judged angles of a body drawn into its image: arcs at the joints, and the degrees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from harec.core.poses import FloatArray
from harec.core.skeleton import EDGES
from harec.render.canvas import SHIFT, Canvas
from harec.render.drawing import COACHING, DRAWING, OUTLINE_RGB, Color
from harec.render.label_placement import Box
from harec.render.labels import Label, Text, render_label
from harec.yoga.coaching.coach import Coaching
from harec.yoga.coaching.references import Range, References, load_references
from harec.yoga.output.score_ring import GOOD_RGB, OFF_RGB, WORST_RGB
from harec.yoga.recognition.angles import ANGLE_NAMES, KEYPOINTS_OF

Vector = NDArray[np.float64]
State = Literal["good", "off", "worst"]
#: In the order in which they are drawn.
STATES: Final[tuple[State, ...]] = ("good", "off", "worst")

_COLORS: Final[dict[State, Color]] = {"good": GOOD_RGB, "off": OFF_RGB, "worst": WORST_RGB}
_ARC: Final = COACHING["arc"]
_DEGREES: Final = COACHING["degrees"]
#: Directions in which a number may stand, from the one it would like best, and how far away.
_TURNS: Final = np.radians([0, 30, -30, 60, -60, 90, -90, 135, -135, 180])
_PLACES: Final = (np.tile(_TURNS, 2), np.repeat([1.0, 1.7], len(_TURNS)))
_FIXED_TURNS: Final = np.radians(_DEGREES["turns_deg"])
_FIXED_PLACES: Final = (_FIXED_TURNS, np.ones(len(_FIXED_TURNS)))


@dataclass(frozen=True, eq=False)
class AngleArc:
    """One judged angle in the image; u and v point along its two lines, lengths in pixels."""

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
        along = start + turn * np.linspace(0, 1, max(int(abs(turn) * _ARC["steps_per_rad"]), 2))
        return np.asarray(
            self.centre + radius * np.stack([np.cos(along), np.sin(along)], axis=1), np.float64
        )

    @property
    def reach(self) -> float:
        """How long the shorter of the two lines is."""
        return float(min(np.hypot(*self.u), np.hypot(*self.v)))


def angle_arcs(
    keypoints_xyc: FloatArray,
    seen: NDArray[np.bool_],
    coaching: Coaching,
    references: References | None,
) -> list[AngleArc]:
    """The judged angles that can be seen, those in their range first."""
    if coaching.asana is None:
        return []
    points = keypoints_xyc[:, :2].astype(np.float64)
    ranges = (references or load_references()).judged(coaching.asana, coaching.side)
    arcs = []
    for name in (name for name in ANGLE_NAMES if name in ranges):
        wanted = ranges[name]
        value = coaching.angles_deg.get(name)
        lines = _lines_of(name, points, seen)
        if value is None or lines is None:
            continue
        state = arc_state(coaching, name, wanted)
        arcs.append(AngleArc(name.split("_")[-1], *lines, value, state, value > wanted.high))
    arcs.sort(key=lambda arc: STATES.index(arc.state))
    return [arc for i, arc in enumerate(arcs) if not any(_same(arc, b) for b in arcs[i + 1 :])]


def arc_state(coaching: Coaching, name: str, wanted: Range) -> State:
    """How an angle is that is known and judged by this range."""
    if coaching.feedback and name == coaching.feedback[0].angle:
        return "worst"
    return "good" if coaching.angles_deg[name] in wanted else "off"


def _same(arc: AngleArc, worse: AngleArc) -> bool:
    """Whether an arc lies on another one that says the same: two knees seen in profile."""
    if arc.joint != worse.joint:
        return False
    apart = float(np.hypot(*(arc.centre - worse.centre)))
    alike = abs(arc.value_deg - worse.value_deg) < _ARC["same_deg"] and arc.smaller == worse.smaller
    along = all(
        float(a @ b) > _ARC["same_direction"] * np.hypot(*a) * np.hypot(*b)
        for a, b in ((arc.u, worse.u), (arc.v, worse.v))
    )
    return alike and along and apart < _ARC["same_place"] * min(arc.reach, worse.reach)


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


def _radius(arc: AngleArc, width: int) -> float:
    """A third of the shorter line, but clear of the joint's dot and not a target."""
    least, most = _ARC["least_widths"] * width, _ARC["most_widths"] * width
    return float(np.clip(arc.reach * _ARC["reach"], least, most))


def draw_arc(canvas: Canvas, arc: AngleArc, width: int) -> None:
    """Draw the arc; filled where the angle is off.

    Args:
        width: of the body's limbs, in pixels.
    """
    radius = _radius(arc, width)
    points = arc.points(radius)
    color = _COLORS[arc.state]
    thick = max(round(width * (_ARC["good_width"] if arc.state == "good" else 1.0)), 1)
    if arc.state != "good":
        canvas.tint(np.concatenate([arc.centre[None], points]), color, _ARC["tint"])
    line = [np.round(points * 2**SHIFT).astype(np.int32)]
    edge = max(round(width * DRAWING["line"]["edge"]), 1)
    canvas.lines(line, OUTLINE_RGB, thick + 2 * edge)
    canvas.lines(line, color, thick)


def draw_degrees(
    canvas: Canvas,
    arcs: Sequence[AngleArc],
    body: Vector,
    size_px: int,
    taken: list[Box],
    fixed: bool,
) -> None:
    """The numbers, those that matter first: they get the better places."""
    if not len(body):
        return
    roomy = float(np.ptp(body, axis=0).max()) > _DEGREES["roomy"] * size_px
    width = max(round(size_px * _DEGREES["width"]), 1)
    taken = [*taken]
    for arc in reversed(arcs):
        if arc.state == "good" and not roomy:
            continue
        label = _number(arc, size_px)
        x, y = _beside(label, arc, _radius(arc, width), canvas.size_wh, body, taken, fixed)
        canvas.blend(label, x, y)
        taken.append((x, y, x + label.size_wh[0], y + label.size_wh[1]))


def _number(arc: AngleArc, size_px: int) -> Label:
    text = f"{arc.value_deg:.0f}°"
    if arc.state == "good":
        size = max(round(size_px * _DEGREES["good_size"]), _DEGREES["least_px"])
        return render_label(((Text(text, size, "dejavu"),),), opacity=_DEGREES["good_opacity"])
    text = f"{text} {'↓' if arc.smaller else '↑'}"
    size = max(round(size_px * _DEGREES["off_size"]), _DEGREES["least_px"])
    line = (Text(text, size, "dejavu bold"),)
    opacity = _DEGREES["off_opacity"]
    return render_label((line,), ground=_COLORS[arc.state], ink=OUTLINE_RGB, opacity=opacity)


def _beside(
    label: Label,
    arc: AngleArc,
    radius: float,
    frame_wh: tuple[int, int],
    body: Vector,
    taken: Sequence[Box],
    fixed: bool,
) -> tuple[int, int]:
    """Top left corner of a number near its joint: clear of limbs and of other numbers."""
    size = np.array(label.size_wh, np.float64)
    turns, far = _FIXED_PLACES if fixed else _PLACES
    wish = _outward(arc, body)
    cos, sin = np.cos(turns), np.sin(turns)
    ways = np.stack([cos * wish[0] - sin * wish[1], sin * wish[0] + cos * wish[1]], axis=1)
    # The label's own extent in each direction comes on top.
    reach = far * (radius + _DEGREES["away"] * size[1]) + np.abs(ways) @ size / 2
    wanted = arc.centre + ways * reach[:, None] - size / 2  # (n, 2), top left corners
    room = np.maximum(np.array(frame_wh) - size - 2, 0)
    corners = np.round(np.clip(wanted, 2, np.maximum(room, 2)).clip(max=np.maximum(room, 0)))
    ends = corners + size
    inside = (body > corners[:, None]) & (body < ends[:, None])
    cost = _DEGREES["body_cost"] * inside.all(axis=2).sum(axis=1) + _DEGREES["far_cost"] * far
    cost += np.hypot(*(wanted - corners).T) / size[1] + (
        _DEGREES["turn_cost"] if fixed else 0.6
    ) * np.abs(turns)
    if taken:
        boxes = np.array(taken, np.float64)
        shared = np.minimum(ends[:, None], boxes[:, 2:]) - np.maximum(
            corners[:, None], boxes[:, :2]
        )
        cost += _DEGREES["taken_cost"] * shared.clip(min=0).prod(axis=2).sum(axis=1) / size.prod()
    x, y = corners[int(np.argmin(cost))]
    return int(x), int(y)


def _outward(arc: AngleArc, body: Vector) -> Vector:
    """The direction in which a number is looked for: into a bent joint, or away from the body."""
    u, v = arc.u / np.hypot(*arc.u), arc.v / np.hypot(*arc.v)
    middle = u + v
    if np.hypot(*middle) > _DEGREES["bent"]:  # bent by more than about 30 degrees
        return np.asarray(middle / np.hypot(*middle), np.float64)
    across = np.array([-u[1], u[0]])
    away = arc.centre - (body.min(axis=0) + body.max(axis=0)) / 2
    return across if float(across @ away) >= 0 else -across


def body_points(keypoints_xyc: FloatArray, seen: NDArray[np.bool_]) -> Vector:
    """Points along the limbs (n, 2): what numbers should not cover."""
    points = keypoints_xyc[:, :2].astype(np.float64)
    parts = [points[seen]]
    for a, b in EDGES:
        if seen[a] and seen[b]:
            share = np.linspace(0, 1, 9)[1:-1, None]
            parts.append(points[a] * (1 - share) + points[b] * share)
    return np.concatenate(parts)
