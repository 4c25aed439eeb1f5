"""A body drawn: limbs and keypoints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from harec.core.poses import FloatArray
from harec.core.skeleton import EDGES, KEYPOINT_NAMES, NUM_KEYPOINTS
from harec.render.canvas import SHIFT, Canvas
from harec.render.drawing import DRAWING, OUTLINE_RGB, Color, hex_rgb

ColorBy = Literal["side", "person"]

#: Okabe & Ito's orange and sky blue: told apart with any colour vision, on dark and bright frames.
LEFT_RGB, RIGHT_RGB, MIDDLE_RGB = (
    hex_rgb(DRAWING["colors"][name]) for name in ("left", "right", "middle")
)
#: One colour a person, by id, when limbs are coloured by person.
PEOPLE_RGB: Final = tuple(hex_rgb(color) for color in DRAWING["people"])
_LINE: Final = DRAWING["line"]
FACE: Final = slice(0, 5)


def seen_keypoints(keypoints_xyc: FloatArray, threshold: float) -> NDArray[np.bool_]:
    """Which keypoints of (17, 3) can be drawn: bool (17,)."""
    finite = np.isfinite(keypoints_xyc).all(axis=1)
    # Far outside the image OpenCV's fixed-point coordinates would overflow.
    near = (np.abs(keypoints_xyc[:, :2]) < 2**15).all(axis=1)
    score = keypoints_xyc[:, 2]
    return finite & near & (score >= threshold) & (score > 0)


def line_width(keypoints_xyc: FloatArray, seen: NDArray[np.bool_], frame_side: int) -> int:
    """Pixels, from the person's size, within what looks right for the frame."""
    size = float(np.ptp(keypoints_xyc[seen, :2], axis=0).max())
    low, high = frame_side / _LINE["least_per_side"], frame_side / _LINE["most_per_side"]
    return max(round(float(np.clip(size / _LINE["body_per_px"], low, high))), 1)


def keypoint_colors(person_id: int, color_by: ColorBy) -> list[Color]:
    """Colour of each keypoint: by the body's side, or one colour a person."""
    if color_by == "person":
        return [PEOPLE_RGB[(person_id - 1) % len(PEOPLE_RGB)]] * NUM_KEYPOINTS
    sides = {"left": LEFT_RGB, "right": RIGHT_RGB}
    return [sides.get(name.split("_")[0], MIDDLE_RGB) for name in KEYPOINT_NAMES]


def draw_skeleton(
    canvas: Canvas, keypoints_xyc: FloatArray, seen: NDArray[np.bool_], colors: Sequence[Color]
) -> None:
    """Draw limbs and keypoints.

    Args:
        keypoints_xyc: (17, 3) in the canvas' pixels.
        seen: as `seen_keypoints` says; at least one.
        colors: of each keypoint; a limb between two colours is drawn in `MIDDLE_RGB`.
    """
    width = line_width(keypoints_xyc, seen, canvas.side)
    points = np.round(np.where(seen[:, None], keypoints_xyc[:, :2], 0) * 2**SHIFT).astype(np.int32)
    border = max(round(width * _LINE["edge"]), 1)
    limbs: dict[Color, list[NDArray[np.int32]]] = {}
    for a, b in EDGES:
        # The face is dots only: lines between eyes and ears look like a mask.
        if seen[a] and seen[b] and b > FACE.stop - 1:
            color = colors[a] if colors[a] == colors[b] else MIDDLE_RGB
            limbs.setdefault(color, []).append(points[[a, b]])
    # The dark edge of all limbs first: it keeps them apart from any background.
    canvas.lines(
        [line for lines in limbs.values() for line in lines], OUTLINE_RGB, width + 2 * border
    )
    for color, lines in limbs.items():
        canvas.lines(lines, color, width)
    dots: dict[tuple[Color, bool], list[NDArray[np.int32]]] = {}
    for keypoint in (int(i) for i in np.flatnonzero(seen)):
        # A line without length is a dot, and a hundred of them are one call.
        face = keypoint < FACE.stop
        dots.setdefault((colors[keypoint], face), []).append(points[[keypoint, keypoint]])
    for (_, face), lines in dots.items():
        canvas.lines(lines, OUTLINE_RGB, _dot_width(width, face) + 2 * border)
    for (color, face), lines in dots.items():
        canvas.lines(lines, color, _dot_width(width, face))


def _dot_width(line_width: int, face: bool) -> int:
    return line_width + _LINE["face_dot_px"] if face else _LINE["dot"] * line_width
