"""Draw people on frames: skeletons, and a plate with id, action and confidence above each head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from harec.core.poses import FloatArray
from harec.core.skeleton import (
    EDGES,
    KEYPOINT_NAMES,
    LEFT_SHOULDER,
    NUM_KEYPOINTS,
    RIGHT_SHOULDER,
)
from harec.render.palette import rgb as action_rgb
from harec.render.palette import title

RGB = NDArray[np.uint8]
Color = tuple[int, int, int]
Box = tuple[float, float, float, float]

#: Okabe & Ito's orange and sky blue: told apart with any colour vision, on dark and bright frames.
LEFT_RGB: Final[Color] = (255, 159, 28)
RIGHT_RGB: Final[Color] = (64, 176, 255)
MIDDLE_RGB: Final[Color] = (240, 240, 240)
OUTLINE_RGB: Final[Color] = (18, 20, 24)
#: One colour a person, by id, when limbs are coloured by person.
PEOPLE_RGB: Final[tuple[Color, ...]] = (
    (64, 176, 255),
    (255, 159, 28),
    (46, 204, 113),
    (224, 120, 190),
    (250, 224, 76),
    (170, 140, 255),
    (255, 107, 92),
    (120, 230, 220),
)
PLATE_ALPHA: Final = 0.78
_SHIFT: Final = 4  # OpenCV draws at 1/16 pixel, so that slow limbs don't tremble
_FACE: Final = slice(0, 5)


@dataclass(frozen=True, eq=False)
class PersonOverlay:
    """What to draw of one person in one frame.

    Attributes:
        id: the number on the plate.
        keypoints_xyc: float32 (17, 3): x, y in pixels of the frame drawn on, score 0..1.
        action: label shown on the plate; None shows the id alone.
        confidence: 0..1, shown in percent beside the action; 0 is not shown.
    """

    id: int
    keypoints_xyc: FloatArray
    action: str | None = None
    confidence: float = 0.0


def draw_people(
    rgb: RGB,
    people: Sequence[PersonOverlay],
    *,
    keypoint_threshold: float = 0.2,
    color_by: Literal["side", "person"] = "side",
    plates: bool = True,
    in_place: bool = False,
) -> RGB:
    """Draw skeletons and plates.

    Args:
        rgb: uint8 (H, W, 3), any size.
        people: those in the frame; an empty list draws nothing.
        keypoint_threshold: joints that score less are not drawn, nor the limbs at them.
        color_by: limbs by the body's side (left orange, right blue) or one colour a person.
        plates: whether to draw the plates.
        in_place: draw into ``rgb`` (which must be contiguous) instead of a copy.

    Returns:
        uint8 (H, W, 3): ``rgb`` itself if ``in_place``, else a copy.
    """
    image = rgb if in_place else np.array(rgb, order="C")
    shown = [(person, seen_joints(person.keypoints_xyc, keypoint_threshold)) for person in people]
    shown = [(person, seen) for person, seen in shown if seen.any()]
    for person, seen in shown:
        draw_skeleton(image, person.keypoints_xyc, seen, _side_colors(person.id, color_by))
    if plates:
        # By id and not by place: plates must not jump when two people pass each other.
        _draw_plates(image, sorted(shown, key=lambda pair: pair[0].id))
    return image


def flipped(rgb: RGB) -> RGB:
    """A new picture, as in a mirror."""
    return np.asarray(cv2.flip(np.ascontiguousarray(rgb), 1), np.uint8)  # ten times NumPy's pace


# ------------------------------------------------------------------ skeleton


def seen_joints(keypoints_xyc: FloatArray, threshold: float) -> NDArray[np.bool_]:
    """Which joints of (17, 3) can be drawn: bool (17,)."""
    finite = np.isfinite(keypoints_xyc).all(axis=1)
    # Far outside the picture OpenCV's fixed-point coordinates would overflow.
    near = (np.abs(keypoints_xyc[:, :2]) < 2**15).all(axis=1)
    score = keypoints_xyc[:, 2]
    return finite & near & (score >= threshold) & (score > 0)


def line_width(keypoints_xyc: FloatArray, seen: NDArray[np.bool_], frame_side: int) -> int:
    """Pixels, from the person's size, within what looks right for the frame."""
    size = float(np.ptp(keypoints_xyc[seen, :2], axis=0).max())
    low, high = frame_side / 240, frame_side / 80
    return max(round(float(np.clip(size / 90, low, high))), 1)


def _side_colors(person_id: int, color_by: str) -> list[Color]:
    """Colour of each joint."""
    if color_by == "person":
        return [PEOPLE_RGB[(person_id - 1) % len(PEOPLE_RGB)]] * NUM_KEYPOINTS
    sides = {"left": LEFT_RGB, "right": RIGHT_RGB}
    return [sides.get(name.split("_")[0], MIDDLE_RGB) for name in KEYPOINT_NAMES]


def draw_skeleton(
    image: RGB, keypoints_xyc: FloatArray, seen: NDArray[np.bool_], colors: Sequence[Color]
) -> None:
    """Draw limbs and joints into a picture.

    Args:
        image: uint8 (H, W, 3), contiguous.
        keypoints_xyc: (17, 3) in its pixels.
        seen: as `seen_joints` says; at least one.
        colors: of each joint; a limb between two colours is drawn in `MIDDLE_RGB`.
    """
    width = line_width(keypoints_xyc, seen, min(image.shape[:2]))
    points = np.round(np.where(seen[:, None], keypoints_xyc[:, :2], 0) * 2**_SHIFT).astype(np.int32)
    border = max(round(width * 0.4), 1)
    limbs: dict[Color, list[NDArray[np.int32]]] = {}
    for a, b in EDGES:
        # The face is dots only: lines between eyes and ears look like a mask.
        if seen[a] and seen[b] and b > _FACE.stop - 1:
            color = colors[a] if colors[a] == colors[b] else MIDDLE_RGB
            limbs.setdefault(color, []).append(points[[a, b]])
    # The dark edge of all limbs first: it keeps them apart from any background.
    _lines(
        image, [line for lines in limbs.values() for line in lines], OUTLINE_RGB, width + 2 * border
    )
    for color, lines in limbs.items():
        _lines(image, lines, color, width)
    dots: dict[tuple[Color, bool], list[NDArray[np.int32]]] = {}
    for joint in (int(i) for i in np.flatnonzero(seen)):
        # A line without length is a dot, and a hundred of them are one call.
        dots.setdefault((colors[joint], bool(joint < 5)), []).append(points[[joint, joint]])
    for (_, face), lines in dots.items():
        _lines(image, lines, OUTLINE_RGB, (width + 1 if face else 2 * width) + 2 * border)
    for (color, face), lines in dots.items():
        _lines(image, lines, color, width + 1 if face else 2 * width)


def _lines(image: RGB, lines: list[NDArray[np.int32]], color: Color, width: int) -> None:
    if lines:
        cv2.polylines(image, lines, False, color, width, cv2.LINE_AA, _SHIFT)


# ------------------------------------------------------------------ plates


@dataclass(frozen=True, eq=False)
class Plate:
    """A rendered plate, ready to blend: ``image * keep + add``."""

    add: NDArray[np.uint16]  # (h, w, 3) colour times opacity, 0..255*255
    keep: NDArray[np.uint16]  # (h, w, 1) 255 minus opacity

    @property
    def size_wh(self) -> tuple[int, int]:
        return self.add.shape[1], self.add.shape[0]

    @classmethod
    def from_rgba(cls, rgba: Image.Image) -> Plate:
        """From a picture with opacity (not premultiplied)."""
        values = np.asarray(rgba.convert("RGBA"), np.uint16)
        alpha = values[..., 3:]
        return cls(add=values[..., :3] * alpha, keep=np.asarray(255 - alpha, np.uint16))

    def blend(self, image: RGB, x: int, y: int) -> None:
        """Draw into a picture, the top left corner at (x, y), 0 or more."""
        height, width = image.shape[:2]
        part = image[y : min(y + self.add.shape[0], height), x : min(x + self.add.shape[1], width)]
        h, w = part.shape[:2]
        part[:] = (part * self.keep[:h, :w] + self.add[:h, :w] + 127) // 255


def _draw_plates(image: RGB, shown: list[tuple[PersonOverlay, NDArray[np.bool_]]]) -> None:
    height, width = image.shape[:2]
    size_px = int(np.clip(round(min(height, width) * 0.034), 11, 44))
    heads = [_head_box(person.keypoints_xyc, seen) for person, seen in shown]
    bodies = [_body_box(person.keypoints_xyc, seen) for person, seen in shown]
    # Per square pixel covered: faces are what people look at, then the moving limbs.
    costly = [(box, 3.0) for box in heads] + [(box, 0.6) for box in bodies]
    taken: list[Box] = []
    for (person, _), head in zip(shown, heads, strict=True):
        plate = _fitting_plate(person, size_px, width)
        x, y = _place(plate.size_wh, (width, height), head, costly, taken)
        box = (x, y, x + plate.size_wh[0], y + plate.size_wh[1])
        _draw_leader(image, box, head)
        plate.blend(image, x, y)
        taken.append(box)


def _head_box(keypoints_xyc: FloatArray, seen: NDArray[np.bool_]) -> Box:
    """About where the head is: from the face, else the shoulders, else the highest joint."""
    points = keypoints_xyc[:, :2]
    both_shoulders = seen[LEFT_SHOULDER] and seen[RIGHT_SHOULDER]
    shoulders = float(abs(points[LEFT_SHOULDER, 0] - points[RIGHT_SHOULDER, 0]))
    body = float(np.ptp(points[seen], axis=0).max())
    half = max(shoulders * 0.35 if both_shoulders else 0.0, body * 0.06, 4.0)
    if seen[_FACE].any():
        x, y = points[_FACE][seen[_FACE]].mean(axis=0)
        half = max(half, float(np.ptp(points[_FACE][seen[_FACE], 0])) * 0.6)
        return float(x - half), float(y - 1.3 * half), float(x + half), float(y + 1.2 * half)
    top = float(points[seen, 1].min())
    if both_shoulders:
        x = float(points[[LEFT_SHOULDER, RIGHT_SHOULDER], 0].mean())
        y = float(points[[LEFT_SHOULDER, RIGHT_SHOULDER], 1].mean())
        return x - half, y - 3 * half, x + half, y
    x = float(points[seen, 0].mean())
    return x - half, top - half, x + half, top


def _body_box(keypoints_xyc: FloatArray, seen: NDArray[np.bool_]) -> Box:
    points = keypoints_xyc[seen, :2]
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def _place(
    plate_wh: tuple[int, int],
    frame_wh: tuple[int, int],
    head: Box,
    costly: Sequence[tuple[Box, float]],
    taken: Sequence[Box],
) -> tuple[int, int]:
    """Top left corner of a plate: above the head if it can be, inside the frame, on no other."""
    w, h = plate_wh
    gap = max(h // 5, 2)
    middle = (head[0] + head[2]) / 2 - w / 2
    above, row = head[1] - gap - h, h + 2
    wishes = [(middle, above), (head[2] + gap, head[1]), (head[0] - gap - w, head[1])]
    wishes += [(middle, above - row * k) for k in (1, 2)]
    # Beside what is in the way: such places slide as people move, so the plate does not jump.
    for box in (*taken, *(box for box, _ in costly)):
        wishes += [(box[2] + 2, above), (box[0] - w - 2, above)]
    wishes += [(middle, y) for y in range(2, max(frame_wh[1] - h, 3), row)]
    best, best_cost = (0, 0), float("inf")
    for wish_x, wish_y in wishes:
        x = round(min(max(wish_x, 2), max(frame_wh[0] - w - 2, 0)))
        y = round(min(max(wish_y, 2), max(frame_wh[1] - h - 2, 0)))
        box = (x, y, x + w, y + h)
        cost = 100.0 * sum(overlap(box, other) for other in taken)
        cost += sum(weight * overlap(box, other) for other, weight in costly)
        cost += h * (_distance(box, head) + 0.1 * (abs(x - middle) + abs(y - above)))
        if cost < best_cost:
            best, best_cost = (x, y), cost
    return best


def _draw_leader(image: RGB, plate: Box, head: Box) -> None:
    """A line from a plate that had to move away to its person's head."""
    if _distance(plate, head) < 1.2 * (plate[3] - plate[1]):
        return
    x = (head[0] + head[2]) / 2
    y = head[1] if plate[3] <= head[1] else head[3]
    start = (min(max(x, plate[0] + 4), plate[2] - 4), plate[3] if plate[3] <= y else plate[1])
    line = np.round(np.array([start, (x, y)]) * 2**_SHIFT).astype(np.int32)
    _lines(image, [line], OUTLINE_RGB, 3)
    _lines(image, [line], MIDDLE_RGB, 1)


def _distance(a: Box, b: Box) -> float:
    """Pixels between two boxes, along x plus along y; 0 if they touch."""
    return max(b[0] - a[2], a[0] - b[2], 0.0) + max(b[1] - a[3], a[1] - b[3], 0.0)


def overlap(a: Box, b: Box) -> float:
    """Area in square pixels that two boxes share."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    return max(width, 0.0) * max(height, 0.0)


def _fitting_plate(person: PersonOverlay, size_px: int, frame_width: int) -> Plate:
    """The person's plate; smaller letters, then fewer words, where the frame is too narrow."""
    percent = f"{round(100 * person.confidence)} %" if person.action and person.confidence else ""
    name = title(person.action) if person.action else ""
    color = action_rgb(person.action) if person.action else None
    plate = _render(f"#{person.id}", name, percent, color, size_px)
    smaller = [(0.8, name, percent), (0.65, name, percent), (0.65, name, ""), (0.65, "", "")]
    for size, words, number in smaller:
        if plate.size_wh[0] + 4 <= frame_width:
            break
        plate = _render(f"#{person.id}", words, number, color, max(round(size_px * size), 8))
    return plate


@lru_cache(maxsize=8)
def _font(size_px: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size=size_px)  # Aileron, inside Pillow: no system font needed


@lru_cache(maxsize=512)
def _render(number: str, name: str, percent: str, color: Color | None, size_px: int) -> Plate:
    """Letters are rendered once per text; a plate of 640 x 480 takes about half a millisecond."""
    font = _font(size_px)
    space, pad = size_px * 0.36, size_px * 0.45
    texts = [(number, (255, 255, 255, 185)), (name, (255, 255, 255, 255))]
    texts = [*texts, (percent, (255, 255, 255, 215))]
    widths = [float(font.getlength(text)) for text, _ in texts]
    stripe = size_px * 0.28 if color else 0.0
    used = [width for width in widths if width]
    total = int(np.ceil(stripe + 2 * pad + sum(used) + space * (len(used) - 1)))
    height = int(np.ceil(size_px * 1.5))
    scale = 4  # the rounded corners are drawn larger and averaged
    mask = Image.new("L", (total * scale, height * scale), 0)
    ImageDraw.Draw(mask).rounded_rectangle(
        (0, 0, total * scale - 1, height * scale - 1), radius=size_px * 0.32 * scale, fill=255
    )
    corners = np.asarray(mask.resize((total, height), Image.Resampling.BOX), np.float32) / 255
    back = np.full((height, total, 3), OUTLINE_RGB, np.float32)
    alpha = np.full((height, total, 1), PLATE_ALPHA, np.float32)
    if color:
        back[:, : round(stripe)] = color
        alpha[:, : round(stripe)] = 1.0
    letters = Image.new("RGBA", (total, height), (255, 255, 255, 0))
    draw = ImageDraw.Draw(letters)
    x = stripe + pad
    for (text, fill), width in zip(texts, widths, strict=True):
        if text:
            draw.text((x, height / 2), text, font=font, fill=fill, anchor="lm")
            x += width + space
    ink = np.asarray(letters, np.float32)[..., 3:] / 255
    opacity = (ink + (1 - ink) * alpha) * corners[..., None]
    colour = (ink * 255 + (1 - ink) * alpha * back) * corners[..., None]
    return Plate(
        add=np.round(colour * 255).astype(np.uint16),
        keep=np.round((1 - opacity) * 255).astype(np.uint16),
    )
