"""Where a person's label stands: near the head, on no face and on no other label."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harec.core.poses import FloatArray
from harec.core.skeleton import LEFT_SHOULDER, RIGHT_SHOULDER
from harec.render.canvas import SHIFT, Canvas
from harec.render.drawing import DRAWING, OUTLINE_RGB
from harec.render.skeleton import FACE, MIDDLE_RGB

#: Left, top, right, bottom, in pixels.
Box = tuple[float, float, float, float]

_PLACEMENT: Final = DRAWING["placement"]


def head_box(keypoints_xyc: FloatArray, seen: NDArray[np.bool_]) -> Box:
    """About where the head is: from the face, else the shoulders, else the highest keypoint."""
    points = keypoints_xyc[:, :2]
    both_shoulders = seen[LEFT_SHOULDER] and seen[RIGHT_SHOULDER]
    shoulders = float(abs(points[LEFT_SHOULDER, 0] - points[RIGHT_SHOULDER, 0]))
    body = float(np.ptp(points[seen], axis=0).max())
    half = max(shoulders * 0.35 if both_shoulders else 0.0, body * 0.06, 4.0)
    if seen[FACE].any():
        x, y = points[FACE][seen[FACE]].mean(axis=0)
        half = max(half, float(np.ptp(points[FACE][seen[FACE], 0])) * 0.6)
        return float(x - half), float(y - 1.3 * half), float(x + half), float(y + 1.2 * half)
    top = float(points[seen, 1].min())
    if both_shoulders:
        x = float(points[[LEFT_SHOULDER, RIGHT_SHOULDER], 0].mean())
        y = float(points[[LEFT_SHOULDER, RIGHT_SHOULDER], 1].mean())
        return x - half, y - 3 * half, x + half, y
    x = float(points[seen, 0].mean())
    return x - half, top - half, x + half, top


def body_box(keypoints_xyc: FloatArray, seen: NDArray[np.bool_]) -> Box:
    """Around all keypoints that are seen."""
    points = keypoints_xyc[seen, :2]
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def place(
    label_wh: tuple[int, int],
    frame_wh: tuple[int, int],
    head: Box,
    costly: Sequence[tuple[Box, float]],
    taken: Sequence[Box],
) -> tuple[int, int]:
    """Top left corner of a label: above the head if it can be, inside the frame, on no other.

    Args:
        label_wh, frame_wh: pixels.
        head: of the label's person.
        costly: what should not be covered, and the cost of each square pixel.
        taken: by other labels.
    """
    w, h = label_wh
    gap, edge = max(int(h * _PLACEMENT["gap"]), 2), _PLACEMENT["edge_px"]
    middle = (head[0] + head[2]) / 2 - w / 2
    above, row = head[1] - gap - h, h + _PLACEMENT["row_px"]
    wishes = [(middle, above), (head[2] + gap, head[1]), (head[0] - gap - w, head[1])]
    wishes += [(middle, above - row * k) for k in (1, 2)]
    # Beside what is in the way: such places slide as people move, so the label does not jump.
    for box in (*taken, *(box for box, _ in costly)):
        wishes += [(box[2] + edge, above), (box[0] - w - edge, above)]
    wishes += [(middle, y) for y in range(edge, max(frame_wh[1] - h, edge + 1), row)]
    best, best_cost = (0, 0), float("inf")
    for wish_x, wish_y in wishes:
        x = round(min(max(wish_x, edge), max(frame_wh[0] - w - edge, 0)))
        y = round(min(max(wish_y, edge), max(frame_wh[1] - h - edge, 0)))
        box = (x, y, x + w, y + h)
        cost = _PLACEMENT["taken_cost"] * sum(shared_area(box, other) for other in taken)
        cost += sum(weight * shared_area(box, other) for other, weight in costly)
        shift = abs(x - middle) + abs(y - above)
        cost += h * (_distance(box, head) + _PLACEMENT["shift_cost"] * shift)
        if cost < best_cost:
            best, best_cost = (x, y), cost
    return best


def draw_leader(canvas: Canvas, label: Box, head: Box) -> None:
    """A line from a label that had to move away to its person's head."""
    if _distance(label, head) < _PLACEMENT["leader_from"] * (label[3] - label[1]):
        return
    x = (head[0] + head[2]) / 2
    y = head[1] if label[3] <= head[1] else head[3]
    inset = _PLACEMENT["leader_inset_px"]
    start_x = min(max(x, label[0] + inset), label[2] - inset)
    start = (start_x, label[3] if label[3] <= y else label[1])
    line = np.round(np.array([start, (x, y)]) * 2**SHIFT).astype(np.int32)
    canvas.lines([line], OUTLINE_RGB, _PLACEMENT["leader_edge_px"])
    canvas.lines([line], MIDDLE_RGB, _PLACEMENT["leader_px"])


def _distance(a: Box, b: Box) -> float:
    """Pixels between two boxes, along x plus along y; 0 if they touch."""
    return max(b[0] - a[2], a[0] - b[2], 0.0) + max(b[1] - a[3], a[1] - b[3], 0.0)


def shared_area(a: Box, b: Box) -> float:
    """Area in square pixels that two boxes share."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    return max(width, 0.0) * max(height, 0.0)
