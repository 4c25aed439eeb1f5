"""What is drawn on a coached body, and where."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from harec.core.skeleton import (
    KEYPOINT_NAMES,
    LEFT_ELBOW,
    LEFT_KNEE,
    RIGHT_ELBOW,
    RIGHT_KNEE,
)
from harec.render import labels
from harec.render.drawing import OUTLINE_RGB
from harec.yoga.coaching.coach import Coaching
from harec.yoga.coaching.judge import judge
from harec.yoga.coaching.references import Range, load_references
from harec.yoga.output.overlay import draw_coaching, draw_cue
from harec.yoga.output.score_ring import (
    GOOD_RGB,
    OFF_RGB,
    WORST_RGB,
    score_rgb,
)
from harec.yoga.practice.holds import HoldNow
from harec.yoga.recognition.angles import joint_angles, named
from harec.yoga.recognition.asanas import ASANAS

GREY = np.full((480, 640, 3), 110, np.uint8)
#: Warrior II on the left side, facing the camera: the left is at the right of the image.
_POINTS = {
    "nose": (320, 110),
    "left_eye": (326, 104),
    "right_eye": (314, 104),
    "left_ear": (334, 108),
    "right_ear": (306, 108),
    "left_shoulder": (350, 150),
    "right_shoulder": (290, 150),
    "left_elbow": (420, 150),
    "right_elbow": (220, 150),
    "left_wrist": (485, 150),
    "right_wrist": (155, 150),
    "left_hip": (338, 260),
    "right_hip": (302, 260),
    "left_knee": (430, 280),
    "right_knee": (235, 325),
    "left_ankle": (430, 380),
    "right_ankle": (165, 393),
}


def warrior(**moved) -> np.ndarray:
    places = {**_POINTS, **moved}
    return np.array([(*places[name], 1.0) for name in KEYPOINT_NAMES], np.float32)


def coached(keypoints, asana="virabhadrasana_ii", side="left") -> Coaching:
    angles = joint_angles(keypoints)
    judged = judge(asana, side, angles, load_references())
    return Coaching(asana, side, 0.9, judged.score, named(angles), judged.feedback)


def colored(image, color, keypoints, joint, radius=45) -> int:
    """How many pixels of a colour are near a joint."""
    x, y = keypoints[joint, :2].astype(int)
    part = image[max(y - radius, 0) : y + radius, max(x - radius, 0) : x + radius].astype(int)
    return int((np.abs(part - color).max(axis=-1) <= 3).sum())


def test_a_good_joint_is_green_and_one_that_is_off_is_not():
    bent = warrior(left_wrist=(455, 95))  # the left elbow at about 120 degrees
    coaching = coached(bent)
    assert coaching.feedback[0].angle == "left_elbow"
    out = draw_coaching(GREY, bent, coaching)
    assert colored(out, WORST_RGB, bent, LEFT_ELBOW) > 60
    assert colored(out, GOOD_RGB, bent, LEFT_ELBOW, 20) == 0
    assert colored(out, GOOD_RGB, bent, RIGHT_ELBOW) > 30
    assert colored(out, WORST_RGB, bent, RIGHT_ELBOW) == 0


def test_the_second_worst_has_another_colour():
    wrong = warrior(left_wrist=(455, 95), right_wrist=(172, 115))
    coaching = coached(wrong)
    angles = [feedback.angle for feedback in coaching.feedback]
    assert angles[:2] == ["left_elbow", "right_elbow"]
    out = draw_coaching(GREY, wrong, coaching)
    assert colored(out, WORST_RGB, wrong, LEFT_ELBOW) > 60
    assert colored(out, OFF_RGB, wrong, RIGHT_ELBOW) > 60


class Lenient:
    """References that are content with any angle."""

    def judged(self, asana, side):
        return {name: Range(0, 90, 180, 1, "none") for name in load_references().of(asana, side)}


def test_what_is_off_has_a_filled_sector_as_well():
    bent = warrior(left_wrist=(455, 95))
    coaching = coached(bent)
    content = replace(coaching, feedback=())
    off = draw_coaching(GREY, bent, coaching)
    good = draw_coaching(GREY, bent, content, references=Lenient())
    inside = (139, 414)  # between elbow and arc
    assert (good[inside] == 110).all()
    assert off[inside][0] > 140
    # The number stands on a label of its own, larger than that of an angle that is right.
    labels = [(p[95:150, 380:440] != 110).any(axis=-1).sum() for p in (off, good)]
    assert labels[0] > 1.1 * labels[1]


def test_pixels_change_near_the_body_and_in_the_corners_only():
    keypoints = warrior()
    out = draw_coaching(GREY, keypoints, coached(keypoints))
    assert (GREY == 110).all()
    changed = (out != GREY).any(axis=-1)
    ys, xs = np.nonzero(changed)
    body = np.hypot(xs[:, None] - keypoints[None, :, 0], ys[:, None] - keypoints[None, :, 1]).min(
        axis=1
    )
    name = (xs < 260) & (ys < 70)
    ring = (xs > 560) & (ys < 90)
    assert (body[~name & ~ring] < 85).all()
    assert name.any()
    assert ring.any()


def test_without_an_asana_there_are_no_angles_and_no_score():
    keypoints = warrior()
    out = draw_coaching(
        GREY, keypoints, Coaching(None, None, 0.9, None, named(joint_angles(keypoints)))
    )
    for color in (GOOD_RGB, OFF_RGB, WORST_RGB):
        assert colored(out, color, keypoints, LEFT_KNEE, 500) == 0
    assert (out[5:90, 560:] == 110).all()
    assert (out[5:60, 5:120] != 110).any()  # that there is none is said


def test_without_a_side_no_angle_is_called_right_or_wrong():
    keypoints = warrior()
    coaching = coached(keypoints)
    unknown = replace(coaching, side=None, score=None, feedback=())
    drawn, left = (draw_coaching(GREY, keypoints, c, ring=False) for c in (unknown, coaching))
    for color in (GOOD_RGB, OFF_RGB, WORST_RGB):
        assert colored(drawn, color, keypoints, LEFT_KNEE, 500) == 0
    assert colored(left, GOOD_RGB, keypoints, LEFT_KNEE, 500) > 0


def test_the_ring_can_be_left_out_and_the_timer_appears_with_a_hold():
    keypoints, corner = warrior(), np.s_[5:95, 545:]
    coaching = coached(keypoints)
    assert (draw_coaching(GREY, keypoints, coaching)[corner] != 110).any()
    bare = draw_coaching(GREY, keypoints, coaching, ring=False)
    assert (bare[corner] == 110).all()
    hold = HoldNow("virabhadrasana_ii", "left", 0.0, 12.0, True, 90.0)
    timed = draw_coaching(GREY, keypoints, coaching, ring=False, hold=hold)
    assert (timed[corner] != 110).any()
    later = HoldNow("virabhadrasana_ii", "left", 0.0, 13.0, True, 90.0)
    assert not np.array_equal(
        timed, draw_coaching(GREY, keypoints, coaching, ring=False, hold=later)
    )


def test_the_mirror_moves_the_body_and_leaves_the_letters():
    bent = warrior(left_wrist=(455, 95))
    coaching = coached(bent)
    image = GREY.copy()
    image[100:, :320] = 60
    plain = draw_coaching(image, bent, coaching, fixed=True)
    out = draw_coaching(image, bent, coaching, mirrored=True, fixed=True)
    assert out[470, 5, 0] == 110  # the image is flipped
    assert out[470, 635, 0] == 60
    flipped = bent.copy()
    flipped[:, 0] = 639 - flipped[:, 0]
    assert colored(out, WORST_RGB, flipped, LEFT_ELBOW) > 60
    assert colored(out, WORST_RGB, bent, LEFT_ELBOW) == 0
    white = [(p[14:40, 20:200].min(axis=-1) > 200) for p in (plain, out)]
    assert white[0].sum() > 100
    assert np.array_equal(*white)  # "Vīrabhadrāsana II" is where it was


def test_a_right_side_judges_the_right_joints():
    bent = warrior(left_wrist=(455, 95))
    mirrored = bent[[0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15]].copy()
    mirrored[:, 0] = 639 - mirrored[:, 0]
    coaching = coached(mirrored, side="right")
    out = draw_coaching(GREY, mirrored, coaching)
    assert colored(out, WORST_RGB, mirrored, RIGHT_ELBOW) > 60
    assert colored(out, WORST_RGB, mirrored, LEFT_ELBOW) == 0


def test_joints_that_are_not_seen_have_no_angle():
    keypoints = warrior()
    coaching = coached(keypoints)
    hidden = keypoints.copy()
    hidden[LEFT_KNEE, 2] = 0.05
    out = draw_coaching(GREY, hidden, coaching)
    assert colored(out, GOOD_RGB, keypoints, LEFT_KNEE, 35) == 0
    assert colored(out, GOOD_RGB, keypoints, RIGHT_KNEE) > 30


@pytest.mark.parametrize(
    "size_wh",
    [(1, 1), (2, 40), (20, 20), (95, 400), (97, 97), (200, 150), (150, 400), (1920, 1080)],
)
def test_every_size_of_picture(size_wh):
    width, height = size_wh
    image = np.full((height, width, 3), 110, np.uint8)
    keypoints = warrior(left_wrist=(455, 95))
    keypoints[:, :2] *= [width / 640, height / 480]
    hold = HoldNow("virabhadrasana_ii", "left", 0.0, 125.0, True, 90.0)
    for mirrored in (False, True):
        out = draw_coaching(
            image, keypoints, coached(warrior()), mirrored=mirrored, hold=hold, fixed=mirrored
        )
        assert out.shape == image.shape
        assert out.dtype == np.uint8
    draw_cue(out, "Straighten your standing leg", "correct")


@pytest.mark.parametrize("shift", [-5000, -300, 300, 40000, np.nan])
def test_a_body_outside_the_picture_does_no_harm(shift):
    keypoints = warrior()
    coaching = coached(keypoints)
    keypoints[:, 0] += shift
    out = draw_coaching(GREY, keypoints, coaching)
    assert out.shape == GREY.shape


def test_nobody_is_seen():
    keypoints = np.zeros((17, 3), np.float32)
    out = draw_coaching(GREY, keypoints, Coaching(None, None, 0.9, None, {}))
    assert (out[80:] == 110).all()


def test_a_picture_that_is_a_view_of_another():
    wide = np.full((480, 1280, 3), 110, np.uint8)
    keypoints = warrior()
    out = draw_coaching(wide[:, ::2], keypoints, coached(keypoints), mirrored=True)
    assert out.shape == GREY.shape
    assert (wide == 110).all()


@pytest.mark.parametrize("asana", ASANAS)
def test_every_name_can_be_written(asana):
    """Each letter with its diacritics is in the font, not a box that stands for it."""
    face = labels.load_font("dejavu", 40)
    missing = face.getmask("\uffff").getbbox(), bytes(face.getmask("\uffff"))
    for letter in ASANAS[asana].sanskrit + "°↑↓…–":
        mask = face.getmask(letter)
        assert letter == " " or (mask.getbbox(), bytes(mask)) != missing, letter
    assert labels.writable("Vṛkṣāsana") == "Vṛkṣāsana"


def test_without_the_font_names_lose_their_diacritics(monkeypatch):
    monkeypatch.setattr(labels, "font_path", lambda face: None)
    assert labels.writable("Vṛkṣāsana, Tāḍāsana") == "Vrksasana, Tadasana"


def test_a_long_cue_fits_into_a_narrow_picture():
    image = np.full((400, 160, 3), 110, np.uint8)
    draw_cue(image, "Step back: I see only a part of you", "missing")
    dark = (np.abs(image.astype(int) - OUTLINE_RGB).max(axis=-1) < 40).any(axis=0)
    assert dark[20:140].mean() > 0.9
    assert (image[:340] == 110).all()


def test_colours_of_scores():
    assert [score_rgb(score) for score in (95, 80, 79.9, 60, 59.9, 0)] == [
        GOOD_RGB,
        GOOD_RGB,
        OFF_RGB,
        OFF_RGB,
        WORST_RGB,
        WORST_RGB,
    ]


def _luminance(color) -> float:
    linear = [(c / 255 / 12.92) if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in color]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))


def test_dark_letters_can_be_read_on_the_labels():
    for color in (OFF_RGB, WORST_RGB):
        assert (_luminance(color) + 0.05) / (_luminance(OUTLINE_RGB) + 0.05) > 4.5  # WCAG AA
