"""Draw people on frames: skeletons, and a label with id, action and confidence above each head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from harec.core.images import check_image
from harec.core.poses import FloatArray, Poses, TrackedPerson
from harec.render.canvas import Canvas, RgbCanvas
from harec.render.drawing import DRAWING, RGB
from harec.render.label_placement import Box, body_box, draw_leader, head_box, place
from harec.render.labels import Label, Text, render_label
from harec.render.palette import rgb as action_rgb
from harec.render.palette import title
from harec.render.skeleton import (
    ColorBy,
    draw_skeleton,
    keypoint_colors,
    seen_keypoints,
)

_LABEL: Final = DRAWING["label"]
_PLACEMENT: Final = DRAWING["placement"]


@dataclass(frozen=True, eq=False)
class PersonOverlay:
    """What to draw of one person in one frame.

    Attributes:
        id: the number on the label.
        keypoints_xyc: float32 (17, 3): x, y in pixels of the frame drawn on, score 0..1.
        action: shown on the label; None shows the id alone.
        confidence: 0..1, shown in percent beside the action; 0 is not shown.
        repetitions: how often so far, shown beside the action; 0 and None are not shown.
        taught: the actions, beside the built-in ones, that may be shown: in an order that gives
            them their colours.
    """

    id: int
    keypoints_xyc: FloatArray
    action: str | None = None
    confidence: float = 0.0
    repetitions: int | None = None
    taught: Sequence[str] = ()


def draw_skeletons(
    image: RGB, people: Poses | Sequence[TrackedPerson], *, keypoint_threshold: float = 0.2
) -> RGB:
    """Draw the skeletons of people on a copy of an image.

    Args:
        image: uint8 (H, W, 3), RGB, any size.
        people: limbs of tracked people have one colour a person, by id; those of untracked poses
            are coloured by the body's side (left orange, right blue).
        keypoint_threshold: keypoints that score less (0..1) are not drawn, nor the limbs at them.

    Returns:
        uint8 (H, W, 3), a new image.

    Raises:
        InputError: ``image`` is no such array.
    """
    check_image(image)
    color_by: ColorBy = "side" if isinstance(people, Poses) else "person"
    if isinstance(people, Poses):
        overlays = [PersonOverlay(i, each) for i, each in enumerate(people.keypoints_xyc, 1)]
    else:
        overlays = [PersonOverlay(person.id, person.keypoints_xyc) for person in people]
    return draw_people(
        image, overlays, keypoint_threshold=keypoint_threshold, color_by=color_by, labels=False
    )


def draw_people(
    rgb: RGB,
    people: Sequence[PersonOverlay],
    *,
    keypoint_threshold: float = 0.2,
    color_by: ColorBy = "side",
    labels: bool = True,
    in_place: bool = False,
) -> RGB:
    """Draw skeletons and labels.

    Args:
        rgb: uint8 (H, W, 3), any size.
        people: those in the frame; an empty list draws nothing.
        keypoint_threshold: keypoints that score less are not drawn, nor the limbs at them.
        color_by: limbs by the body's side (left orange, right blue) or one colour a person.
        labels: whether to draw the labels.
        in_place: draw into ``rgb`` (which must be contiguous) instead of a copy.

    Returns:
        uint8 (H, W, 3): ``rgb`` itself if ``in_place``, else a copy.
    """
    image = rgb if in_place else np.array(rgb, order="C")
    draw_people_on(
        RgbCanvas(image),
        people,
        keypoint_threshold=keypoint_threshold,
        color_by=color_by,
        labels=labels,
    )
    return image


def draw_people_on(
    canvas: Canvas,
    people: Sequence[PersonOverlay],
    *,
    keypoint_threshold: float = 0.2,
    color_by: ColorBy = "side",
    labels: bool = True,
) -> None:
    """Draw skeletons and labels, see `draw_people`; keypoints are in the canvas' pixels."""
    shown = [
        (person, seen_keypoints(person.keypoints_xyc, keypoint_threshold)) for person in people
    ]
    shown = [(person, seen) for person, seen in shown if seen.any()]
    for person, each in shown:
        draw_skeleton(canvas, person.keypoints_xyc, each, keypoint_colors(person.id, color_by))
    if labels:
        # By id and not by place: labels must not jump when two people pass each other.
        _draw_labels(canvas, sorted(shown, key=lambda pair: pair[0].id))


def flipped(rgb: RGB) -> RGB:
    """A new image, as in a mirror."""
    return np.asarray(cv2.flip(np.ascontiguousarray(rgb), 1), np.uint8)  # ten times NumPy's pace


def _draw_labels(canvas: Canvas, shown: list[tuple[PersonOverlay, NDArray[np.bool_]]]) -> None:
    wished = round(canvas.side * _LABEL["side_share"])
    size_px = int(np.clip(wished, _LABEL["least_px"], _LABEL["most_px"]))
    heads = [head_box(person.keypoints_xyc, seen) for person, seen in shown]
    bodies = [body_box(person.keypoints_xyc, seen) for person, seen in shown]
    # Per square pixel covered: faces are what people look at, then the moving limbs.
    costly = [(box, _PLACEMENT["face_cost"]) for box in heads]
    costly += [(box, _PLACEMENT["body_cost"]) for box in bodies]
    taken: list[Box] = []
    for (person, _), head in zip(shown, heads, strict=True):
        label = _fitting_label(person, size_px, canvas.size_wh[0])
        x, y = place(label.size_wh, canvas.size_wh, head, costly, taken)
        box = (x, y, x + label.size_wh[0], y + label.size_wh[1])
        draw_leader(canvas, box, head)
        canvas.blend(label, x, y)
        taken.append(box)


def _fitting_label(person: PersonOverlay, size_px: int, frame_width: int) -> Label:
    """The person's label; smaller letters, then fewer words, where the frame is too narrow."""
    percent = f"{round(100 * person.confidence)} %" if person.action and person.confidence else ""
    name = title(person.action) if person.action else ""
    stripe = action_rgb(person.action, person.taught) if person.action else None
    count = f"x{person.repetitions}" if person.action and person.repetitions else ""
    shares: list[float] = _LABEL["fits"]
    tries = [(share, name, count, percent) for share in shares]
    least = shares[-1]
    tries += [(least, name, count, ""), (least, name, "", ""), (least, "", "", "")]
    for share, words, times, number in tries:
        size = size_px if share == 1 else max(round(size_px * share), _LABEL["least_fit_px"])
        inks = (_LABEL["id_ink"], _LABEL["name_ink"], _LABEL["name_ink"], _LABEL["number_ink"])
        texts = zip((f"#{person.id}", words, times, number), inks, strict=True)
        line = tuple(Text(text, size, opacity=ink) for text, ink in texts if text)
        label = render_label((line,), stripe=stripe, margin=_LABEL["margin"])
        if label.size_wh[0] + 4 <= frame_width:
            break
    return label
