"""What is drawn on a video's own planes is what is drawn on RGB images."""

from __future__ import annotations

from collections.abc import Callable

import av
import cv2
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace

from harec.render.canvas import Canvas, PlanesCanvas, RgbCanvas
from harec.render.labels import Text, render_label
from harec.render.overlay import PersonOverlay, draw_people_on
from harec.video.planes import Matrix, Planes
from harec.yoga.coaching.coach import Coaching
from harec.yoga.coaching.judge import judge
from harec.yoga.coaching.references import load_references
from harec.yoga.output.overlay import draw_coaching_on
from harec.yoga.recognition.angles import joint_angles, named

SIZES = ((640, 480), (480, 640), (1280, 720), (96, 128))


def backdrop(size_wh: tuple[int, int]) -> np.ndarray:
    small = np.random.default_rng(3).integers(40, 215, (5, 6, 3), np.uint8)
    return cv2.resize(small, size_wh, interpolation=cv2.INTER_CUBIC)


def stored(rgb: np.ndarray) -> Planes:
    """By FFmpeg."""
    matrix = Matrix.of_height(rgb.shape[0])
    hd = matrix is Matrix.BT709
    frame = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(
        format="yuv420p",
        dst_colorspace=Colorspace.ITU709 if hd else Colorspace.ITU601,
        dst_color_range=ColorRange.MPEG,
    )
    return Planes.of_frame(frame, matrix, lambda plane: plane)


def both_ways(draw: Callable[[Canvas], None], size_wh: tuple[int, int]) -> tuple[Planes, Planes]:
    """Drawn on planes; drawn on RGB, then stored."""
    image = backdrop(size_wh)
    planes = stored(image)
    draw(PlanesCanvas(planes))
    draw(RgbCanvas(image))
    return planes, stored(image)


def check_alike(draw: Callable[[Canvas], None], size_wh: tuple[int, int]) -> None:
    ours, theirs = both_ways(draw, size_wh)
    before = stored(backdrop(size_wh))
    drawn = np.abs(theirs.bright.astype(int) - before.bright) > 3
    assert drawn.sum() > 30
    apart = np.abs(ours.bright.astype(int) - theirs.bright)
    assert apart.max() <= 6  # rounding; what is transparent twice adds it up
    assert apart[~drawn].max() <= 4
    # Colours have half the size: lines' edges lie within half a pixel of it.
    colors = np.abs(ours.colors.astype(int) - theirs.colors)
    tinted = (np.abs(theirs.colors.astype(int) - before.colors) > 3).any(axis=2)
    tinted |= cv2.resize(drawn.astype(np.float32), tinted.shape[::-1]) > 0
    near = cv2.dilate(tinted.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    assert colors[~near].max(initial=0) <= 3
    assert colors[near].mean() < 8


def body(size_wh: tuple[int, int], x: float = 0.5) -> np.ndarray:
    """Standing, arms out."""
    w, h = size_wh
    places = [
        (0, -0.4), (0.02, -0.42), (-0.02, -0.42), (0.04, -0.4), (-0.04, -0.4), (0.09, -0.28),
        (-0.09, -0.28), (0.2, -0.25), (-0.2, -0.3), (0.28, -0.3), (-0.28, -0.4), (0.06, 0.02),
        (-0.06, 0.02), (0.08, 0.2), (-0.07, 0.2), (0.1, 0.38), (-0.08, 0.38),
    ]  # fmt: skip
    xy = np.array(places) * min(w, h) + [x * w, 0.55 * h]
    return np.concatenate([xy, np.full((17, 1), 0.9)], axis=1).astype(np.float32)


@pytest.mark.parametrize("size_wh", SIZES)
def test_people(size_wh) -> None:
    people = [
        PersonOverlay(1, body(size_wh, 0.35), "JUMPING_JACKS", 0.93, 12),
        PersonOverlay(2, body(size_wh, 0.71), "CLAPPING_HANDS", 0.5),
        PersonOverlay(3, body(size_wh, 1.02)),  # half of it outside
    ]
    check_alike(lambda canvas: draw_people_on(canvas, people), size_wh)


@pytest.mark.parametrize("size_wh", SIZES[:3])
def test_a_coached_body(size_wh) -> None:
    keypoints = body(size_wh)
    angles = joint_angles(keypoints)
    judged = judge("virabhadrasana_ii", "left", angles, load_references())
    assert judged.feedback
    coaching = Coaching(
        "virabhadrasana_ii", "left", 0.9, judged.score, named(angles), judged.feedback
    )

    def draw(canvas: Canvas) -> None:
        draw_coaching_on(canvas, keypoints, coaching, fixed=True)

    check_alike(draw, size_wh)


@pytest.mark.parametrize("place", [(10, 10), (11, 10), (10, 11), (11, 11), (629, 475)])
def test_a_label_anywhere(place) -> None:
    """Between the colours' pixels, and cut off by the frame's edge."""
    label = render_label(((Text("Boxing 93 %", 21),),), stripe=(213, 94, 0))
    check_alike(lambda canvas: canvas.blend(label, *place), (640, 480))
