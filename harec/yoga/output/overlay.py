"""A coached body drawn on its image: keypoints, judged angles, asana, score and hold.

Every judged joint has the arc of its angle and the degrees. An angle in its range is a thin green
arc; one that is off is a filled sector in amber (the worst in vermilion) whose number stands on a
label with an arrow: up for an angle that should be larger, down for one that should be smaller. So
nothing is shown by colour alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from harec.analysis.tables import stopwatch
from harec.core.poses import FloatArray
from harec.core.skeleton import NUM_KEYPOINTS
from harec.render.canvas import Canvas, RgbCanvas
from harec.render.drawing import COACHING, RGB, Color, hex_rgb
from harec.render.label_placement import Box, shared_area
from harec.render.labels import Label, Text, load_font, render_label
from harec.render.overlay import flipped
from harec.render.skeleton import (
    MIDDLE_RGB,
    draw_skeleton,
    line_width,
    seen_keypoints,
)
from harec.yoga.coaching.coach import Coaching
from harec.yoga.coaching.references import References
from harec.yoga.output.angle_overlay import (
    AngleArc,
    Vector,
    angle_arcs,
    body_points,
    draw_arc,
    draw_degrees,
)
from harec.yoga.output.score_ring import GOOD_RGB, OFF_RGB, WORST_RGB, render_ring
from harec.yoga.practice.holds import HoldNow
from harec.yoga.recognition.asanas import ASANAS

#: Sides in pixels below which there is no room for words.
_LEAST_PX: Final = COACHING["least_frame_px"]
_NAME: Final = COACHING["name"]
_TIMER: Final = COACHING["timer"]
#: Of a timer that does not count.
_STILL_RGB: Final = hex_rgb(COACHING["still"])
_KIND_RGB: Final[dict[str, Color]] = {
    "correct": WORST_RGB,
    "praise": GOOD_RGB,
    "hold": GOOD_RGB,
}


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
        mirrored: flip the image first, as in a mirror; letters stay upright, and left and right
            are still the person's own.
        keypoint_threshold: keypoints that score less are not drawn, nor the angles at them.
        ring: whether to draw the score.
        hold: shown as a timer.
        fixed: name and score keep their corners, and degrees their places, whatever the body
            does: for moving images. Else they go where they cover little of it.
        references: those that ``coaching`` was judged by; None = those that ship with harec.

    Returns:
        uint8 (H, W, 3), a new image.
    """
    image = flipped(rgb) if mirrored else np.array(rgb, order="C")
    keypoints = np.array(keypoints_xyc, np.float32)
    if mirrored:
        keypoints[:, 0] = image.shape[1] - 1 - keypoints[:, 0]
    draw_coaching_on(
        RgbCanvas(image),
        keypoints,
        coaching,
        keypoint_threshold=keypoint_threshold,
        ring=ring,
        hold=hold,
        fixed=fixed,
        references=references,
    )
    return image


def draw_coaching_on(
    canvas: Canvas,
    keypoints: FloatArray,
    coaching: Coaching,
    *,
    keypoint_threshold: float = 0.2,
    ring: bool = True,
    hold: HoldNow | None = None,
    fixed: bool = False,
    references: References | None = None,
) -> None:
    """Draw a coached body, see `draw_coaching`; keypoints (17, 3) are in the canvas' pixels."""
    seen = seen_keypoints(keypoints, keypoint_threshold)
    arcs: list[AngleArc] = []
    if seen.any():
        draw_skeleton(canvas, keypoints, seen, [MIDDLE_RGB] * NUM_KEYPOINTS)
        arcs = angle_arcs(keypoints, seen, coaching, references)
        width = line_width(keypoints, seen, canvas.side)
        for arc in arcs:
            draw_arc(canvas, arc, width)
    if canvas.side < _LEAST_PX:
        return
    body = body_points(keypoints, seen)
    size_px = text_size(canvas)
    corners = _draw_corners(canvas, coaching, size_px, hold, ring, None if fixed else body)
    width, height = canvas.size_wh
    if fixed:  # that is where `draw_cue` writes
        top = height * COACHING["cue_from"] - COACHING["cue_height"] * canvas.side
        corners.append((0, top, width, height))
    draw_degrees(canvas, arcs, body, size_px, corners, fixed)


def draw_cue(image: RGB, text: str, kind: str) -> None:
    """Draw a few words into an image, at its lower edge, large enough to be read from afar.

    Args:
        image: uint8 (H, W, 3), contiguous.
        kind: as in `harec.yoga.practice.spoken_cues.Spoken`.
    """
    height, width = image.shape[:2]
    if min(height, width) < _LEAST_PX:
        return
    size = round(float(np.clip(min(height, width) * 0.062, 11, 72)))
    face: Final = "dejavu bold"
    while size > 9 and load_font(face, size).getlength(text) + 1.4 * size > 0.96 * width:
        size -= 1
    line = (Text(text, size, face),)
    label = render_label((line,), stripe=_KIND_RGB.get(kind, OFF_RGB), opacity=0.86)
    x = max((width - label.size_wh[0]) // 2, 0)
    y = max(height - label.size_wh[1] - round(0.025 * height), 0)
    label.blend(image, x, y)


def text_size(canvas: Canvas) -> int:
    """Height in pixels of the letters of labels."""
    size = canvas.side * COACHING["text_share"]
    return round(float(np.clip(size, COACHING["least_text_px"], COACHING["most_text_px"])))


def _draw_corners(
    canvas: Canvas,
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
    width, height = canvas.size_wh
    gap = round(size_px * COACHING["gap"])
    right: list[Label] = []
    if ring and coaching.score is not None:
        rules = COACHING["score"]
        radius = min(size_px * rules["radius"], canvas.side * rules["most_share"])
        right.append(render_ring(int(coaching.score + 0.5), round(radius)))
    if hold is not None:
        right.append(_timer(hold, size_px, coaching.asana == hold.asana))
    widest = max((label.size_wh[0] for label in right), default=0)
    name = _name(coaching, size_px, width - 2 * gap - (widest + gap if widest else 0))
    boxes: list[Box] = []
    for labels, at_left in (([name], True), (right, False)):
        if not labels:
            continue
        w = max(label.size_wh[0] for label in labels)
        h = sum(label.size_wh[1] for label in labels) + (len(labels) - 1) * (gap // 2)
        x = gap if at_left else width - gap - w
        top, bottom = gap, height - gap - h
        places = [(x, y, x + w, y + h) for y in ((top,) if body is None else (top, bottom))]
        left, y, _, _ = min(places, key=lambda box: _covered(box, body) + _taken(box, boxes))
        for label in labels:
            px = left if at_left else left + (w - label.size_wh[0])
            canvas.blend(label, max(px, 0), max(y, 0))
            boxes.append((px, y, px + label.size_wh[0], y + label.size_wh[1]))
            y += label.size_wh[1] + gap // 2
    return boxes


def _covered(box: Box, body: Vector | None) -> int:
    if body is None or not len(body):
        return 0
    return int(((body > box[:2]) & (body < box[2:])).all(axis=1).sum())


def _taken(box: Box, boxes: Sequence[Box]) -> float:
    return 100.0 * any(shared_area(box, other) for other in boxes)


def _name(coaching: Coaching, size_px: int, room_px: int) -> Label:
    """The asana's name and side, in letters that fit into so many pixels."""
    if coaching.asana is None:
        return render_label(((Text("No asana", size_px, "dejavu", _NAME["none_ink"]),),))
    asana = ASANAS[coaching.asana]
    side = f"{coaching.side} side" if coaching.side else ""
    second = f"{asana.english}, {side}" if side else asana.english
    if size_px <= COACHING["least_text_px"]:
        second = side  # there is no room for letters that can be read
    seconds = [second] * (len(_NAME["sizes"]) - 1) + [side]
    for share, below in zip(_NAME["sizes"], seconds, strict=True):
        size = max(round(size_px * share), _NAME["least_px"])
        lines = [(Text(asana.sanskrit, size, "dejavu bold"),)]
        if below:
            small = max(round(size * _NAME["second"]), _NAME["least_px"])
            lines.append((Text(below, small, "dejavu", _NAME["second_ink"]),))
        label = render_label(tuple(lines), stripe=hex_rgb(asana.colour))
        if label.size_wh[0] <= room_px:
            break
    return label


def _timer(hold: HoldNow, size_px: int, continues: bool) -> Label:
    """Grey until the hold counts, and while it stands still."""
    counts = hold.counted and continues
    words = f"Hold {stopwatch(hold.held_s)}"
    line = (Text(words, size_px, "dejavu bold", 255 if counts else _TIMER["still_ink"]),)
    stripe = GOOD_RGB if counts else _STILL_RGB
    return render_label((line,), stripe=stripe, least_width=round(size_px * _TIMER["least_width"]))
