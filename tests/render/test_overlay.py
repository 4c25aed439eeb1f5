"""Drawing: what is drawn where, what is left out, and that labels stay readable and apart."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harec.analysis.analyze import analyze
from harec.analysis.results import AnalysisSettings
from harec.core.errors import InputError
from harec.core.poses import Poses, TrackedPerson
from harec.render import overlay
from harec.render.annotations import annotated_people, people_at
from harec.render.label_placement import shared_area
from harec.render.labels import Label
from harec.render.overlay import PersonOverlay, draw_people, draw_skeletons
from harec.render.palette import (
    ACTION_COLORS,
    rgb,
    title,
)
from harec.render.skeleton import LEFT_RGB, PEOPLE_RGB, RIGHT_RGB

NOSE, LEFT_WRIST, RIGHT_WRIST, LEFT_ELBOW = 0, 9, 10, 7


def standing(x: float = 320, top: float = 80, height: float = 360, score: float = 0.9):
    """A person facing the camera (their left is at larger x), float32 (17, 3)."""
    unit = height / 8
    rows = {0: (0, 0.5), 1: (0.15, 0.4), 2: (-0.15, 0.4), 3: (0.3, 0.45), 4: (-0.3, 0.45)}
    rows |= {5: (0.8, 1.5), 6: (-0.8, 1.5), 7: (1.3, 2.7), 8: (-1.3, 2.7), 9: (1.4, 3.8)}
    rows |= {10: (-1.4, 3.8), 11: (0.5, 4.0), 12: (-0.5, 4.0), 13: (0.5, 6), 14: (-0.5, 6)}
    rows |= {15: (0.5, 7.8), 16: (-0.5, 7.8)}
    points = [(x + rows[i][0] * unit, top + rows[i][1] * unit, score) for i in range(17)]
    return np.array(points, np.float32)


def blank(width: int = 640, height: int = 480, value: int = 90) -> np.ndarray:
    return np.full((height, width, 3), value, np.uint8)


def changed(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    return (before != after).any(axis=2)


def pixel(image: np.ndarray, keypoint: np.ndarray) -> tuple[int, ...]:
    return tuple(int(v) for v in image[round(float(keypoint[1])), round(float(keypoint[0]))])


def label_boxes(monkeypatch, image, people) -> list[tuple[int, int, int, int]]:
    """Boxes of the labels that ``draw_people`` blends, in order."""
    boxes: list[tuple[int, int, int, int]] = []

    def blend(self, image, x, y):
        boxes.append((x, y, x + self.size_wh[0], y + self.size_wh[1]))

    with monkeypatch.context() as patch:
        patch.setattr(Label, "blend", blend)
        draw_people(image, people)
    return boxes


def test_nobody_changes_nothing():
    assert (draw_people(blank(), []) == blank()).all()


def test_the_source_is_kept_unless_in_place():
    source = blank()
    drawn = draw_people(source, [PersonOverlay(1, standing())])
    assert (source == 90).all()
    assert changed(source, drawn).sum() > 1000
    assert draw_people(source, [PersonOverlay(1, standing())], in_place=True) is source
    assert (source == drawn).all()


def test_read_only_frames_can_be_drawn_on():
    source = blank()
    source.flags.writeable = False
    assert changed(source, draw_people(source, [PersonOverlay(1, standing())])).any()


def test_sides_have_their_colours():
    keypoints = standing()
    drawn = draw_people(blank(), [PersonOverlay(1, keypoints)])
    assert pixel(drawn, keypoints[LEFT_WRIST]) == LEFT_RGB
    assert pixel(drawn, keypoints[RIGHT_WRIST]) == RIGHT_RGB
    forearm = (keypoints[LEFT_WRIST] + keypoints[LEFT_ELBOW]) / 2
    assert pixel(drawn, forearm) == LEFT_RGB


def test_colours_by_person_differ():
    one, two = standing(200), standing(440)
    drawn = draw_people(blank(), [PersonOverlay(1, one), PersonOverlay(2, two)], color_by="person")
    assert pixel(drawn, one[LEFT_WRIST]) == pixel(drawn, one[RIGHT_WRIST])
    assert pixel(drawn, one[LEFT_WRIST]) != pixel(drawn, two[LEFT_WRIST])


@pytest.mark.parametrize("value", [0, 60, 160, 255])
def test_limbs_stand_out_from_any_background(value):
    """Beside the coloured line there is a dark edge, so one of the two always contrasts."""
    keypoints = standing()
    drawn = draw_people(blank(value=value), [PersonOverlay(1, keypoints)], labels=False)
    across = drawn[round(float(keypoints[13, 1])) - 40, 320:380].astype(int)  # the left thigh
    luma = across @ [0.299, 0.587, 0.114]
    assert max(abs(luma - value)) > 90


def test_joints_below_the_threshold_are_not_drawn():
    keypoints = standing()
    keypoints[LEFT_WRIST, 2] = 0.19
    drawn = draw_people(blank(), [PersonOverlay(1, keypoints)], labels=False)
    assert pixel(drawn, keypoints[LEFT_WRIST]) == (90, 90, 90)
    assert pixel(drawn, (keypoints[LEFT_WRIST] + keypoints[LEFT_ELBOW]) / 2) == (90, 90, 90)
    lower = draw_people(blank(), [PersonOverlay(1, keypoints)], keypoint_threshold=0.1)
    assert pixel(lower, keypoints[LEFT_WRIST]) == LEFT_RGB


@pytest.mark.parametrize("threshold", [0.0, 0.2])
def test_missing_joints_are_never_drawn(threshold):
    """Score 0 means missing, whatever the threshold; their (0, 0) must not show."""
    keypoints = standing()
    keypoints[LEFT_WRIST] = 0
    drawn = draw_people(blank(), [PersonOverlay(1, keypoints)], keypoint_threshold=threshold)
    assert not changed(blank(), drawn)[:40, :40].any()


def test_a_person_without_a_seen_joint_gets_no_label():
    person = PersonOverlay(1, standing(score=0.1), "BOXING", 0.9)
    assert (draw_people(blank(), [person]) == blank()).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e30, -1e30])
def test_wild_coordinates_are_left_out(bad):
    keypoints = standing()
    keypoints[LEFT_WRIST, :2] = bad
    drawn = draw_people(blank(), [PersonOverlay(1, keypoints, "BOXING", 0.9)])
    assert pixel(drawn, keypoints[RIGHT_WRIST]) == RIGHT_RGB


def test_lines_grow_with_the_person_and_the_frame():
    def ink(size: tuple[int, int], height: float) -> int:
        image = blank(*size)
        person = PersonOverlay(1, standing(size[0] / 2, 20, height))
        drawn = draw_people(image, [person], labels=False)
        row = changed(image, drawn)[round(20 + height * 6.9 / 8)]  # both shins
        return int(row.sum())

    assert ink((640, 480), 100) < ink((640, 480), 440)
    assert ink((640, 480), 440) < ink((1920, 1080), 1000)
    assert ink((1920, 1080), 1000) < 80


class TestDrawSkeletons:
    def test_tracked_people_have_a_colour_each(self):
        first, second = standing(160), standing(480)
        people = [TrackedPerson(1, first, 0.9), TrackedPerson(2, second, 0.9)]
        drawn = draw_skeletons(blank(), people)
        assert pixel(drawn, first[LEFT_ELBOW]) == PEOPLE_RGB[0]
        assert pixel(drawn, second[LEFT_ELBOW]) == PEOPLE_RGB[1]
        assert (drawn[:60] == 90).all()  # no label

    def test_poses_are_coloured_by_side(self):
        keypoints = standing()
        drawn = draw_skeletons(blank(), Poses(keypoints[None], np.array([0.9])))
        assert pixel(drawn, keypoints[LEFT_WRIST]) == LEFT_RGB
        assert pixel(drawn, keypoints[RIGHT_WRIST]) == RIGHT_RGB

    def test_the_image_is_kept(self):
        image = blank()
        drawn = draw_skeletons(image, [TrackedPerson(1, standing(), 0.9)])
        assert (image == 90).all()
        assert changed(image, drawn).sum() > 1000
        assert (draw_skeletons(image, Poses.empty()) == image).all()
        assert draw_skeletons(image, []) is not image

    def test_keypoints_below_the_threshold_are_left_out(self):
        people = [TrackedPerson(1, standing(score=0.4), 0.9)]
        assert (draw_skeletons(blank(), people, keypoint_threshold=0.5) == blank()).all()
        assert (draw_skeletons(blank(), people, keypoint_threshold=0.3) != blank()).any()

    @pytest.mark.parametrize(
        "image", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 4), np.uint8), np.zeros((4, 4, 3))]
    )
    def test_other_arrays_are_refused(self, image):
        with pytest.raises(InputError, match=r"uint8 \(height, width, 3\)"):
            draw_skeletons(image, [])


# ------------------------------------------------------------------ labels


def test_the_label_has_the_colour_of_the_action():
    keypoints = standing()
    for action in ("BOXING", "CLAPPING_HANDS"):
        drawn = draw_people(blank(), [PersonOverlay(2, keypoints, action, 0.93)])
        ring = (np.abs(drawn.astype(int) - rgb(action)).max(axis=2) <= 2).sum()
        assert ring > 20


def test_text_says_id_action_and_percent(monkeypatch):
    texts: list[list[str]] = []
    real = overlay.render_label

    def spy(lines, **options):
        texts.append([text.text for line in lines for text in line])
        return real(lines, **options)

    monkeypatch.setattr(overlay, "render_label", spy)
    draw_people(blank(), [PersonOverlay(2, standing(), "JUMPING_JACKS", 0.934)])
    draw_people(blank(), [PersonOverlay(3, standing())])
    assert texts == [["#2", "Jumping jacks", "93 %"], ["#3"]]


def test_label_is_above_the_head_and_not_on_the_face(monkeypatch):
    keypoints = standing(top=120)
    person = PersonOverlay(1, keypoints, "BOXING", 0.9)
    ((left, _, right, bottom),) = label_boxes(monkeypatch, blank(), [person])
    assert bottom < keypoints[:5, 1].min()
    assert bottom > keypoints[:5, 1].min() - 60
    assert abs((left + right) / 2 - keypoints[NOSE, 0]) < 2


def test_a_head_at_the_top_edge_keeps_its_face_free(monkeypatch):
    keypoints = standing(top=-10, height=440)
    person = PersonOverlay(1, keypoints, "BOXING", 0.9)
    ((left, top, right, bottom),) = label_boxes(monkeypatch, blank(), [person])
    inside = [left <= x <= right and top <= y <= bottom for x, y, _ in keypoints[:5]]
    assert not any(inside)


@pytest.mark.parametrize("size", [(320, 240), (640, 480), (1920, 1080), (480, 854)])
@pytest.mark.parametrize("apart", [0.0, 0.05, 0.15])
@pytest.mark.parametrize("top", [-0.05, 0.02, 0.4])
def test_labels_stay_in_the_frame_and_apart(monkeypatch, size, apart, top):
    width, height = size
    people = [
        PersonOverlay(
            k + 1,
            standing(width * (0.5 + apart * (k - 1)), height * top, height * 0.8),
            "WAVING_2HANDS",
            0.93,
        )
        for k in range(3)
    ]
    boxes = label_boxes(monkeypatch, blank(width, height), people)
    assert len(boxes) == 3
    for k, (left, upper, right, lower) in enumerate(boxes):
        assert 0 <= left < right <= width
        assert 0 <= upper < lower <= height
        for other in boxes[:k]:
            assert shared_area((left, upper, right, lower), other) == 0


def test_labels_slide_when_people_pass_each_other(monkeypatch):
    """They change sides in one frame of the crossing, and never jump otherwise."""
    before, jumps = None, 0
    for part in np.linspace(0, 1, 61):
        people = [
            PersonOverlay(1, standing(128 + 384 * part, 58, 384), "BOXING", 0.9),
            PersonOverlay(2, standing(512 - 384 * part, 48, 384), "WAVING_2HANDS", 0.8),
        ]
        now = np.array(label_boxes(monkeypatch, blank(), people))
        if before is not None:
            jumps += int(np.abs(now - before).max() > 20)
        before = now
    assert jumps <= 1


@pytest.mark.parametrize("size", [(1, 1), (7, 5), (40, 30), (100, 8), (8, 100), (120, 90)])
def test_tiny_frames(size):
    person = PersonOverlay(12, standing(size[0] / 2, 0, size[1]), "WAVING_2HANDS", 0.93)
    assert draw_people(blank(*size), [person]).shape == (size[1], size[0], 3)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-500, 900), st.floats(-500, 900), st.floats(1, 2000)), max_size=6),
    st.integers(2, 300),
    st.integers(2, 300),
)
def test_people_anywhere_never_fail(places, width, height):
    people = [
        PersonOverlay(k + 1, standing(*place), "CLAPPING_HANDS", 0.5)
        for k, place in enumerate(places)
    ]
    assert draw_people(blank(width, height), people).shape == (height, width, 3)


@pytest.mark.parametrize("value", [0, 128, 255])
def test_text_is_readable_over_any_background(value):
    image = blank(value=value)
    drawn = draw_people(image, [PersonOverlay(1, standing(top=200, height=240), "BOXING", 1.0)])
    rows, columns = np.nonzero(changed(image, drawn)[:195])
    luma = drawn[rows, columns].astype(float) @ [0.299, 0.587, 0.114]
    assert luma.max() > 240  # the letters
    assert np.median(luma) < 80  # the label behind them


# ------------------------------------------------------------------ names


def test_titles():
    assert title("JUMPING_JACKS") == "Jumping jacks"
    assert title("MY_OWN_ACTION") == "My own action"
    assert len({title(label) for label in ACTION_COLORS}) == len(ACTION_COLORS)


def test_a_label_says_how_often_so_far(make_clip, truth_estimator):
    path, truth = make_clip("STANDING:1,JUMPING_JACKS:5,STANDING:1", drawn=False)
    settings = AnalysisSettings(skip=0)
    analysis = analyze(path, settings, estimator=truth_estimator(truth))
    (segment,) = analysis.people[0].segments
    assert segment.repetitions is not None
    people = annotated_people(analysis)
    times = np.arange(segment.start_s, segment.end_s, 0.1)
    counts = [people_at(people, time_s)[0].repetitions for time_s in times]
    assert counts[0] == 0
    assert counts == sorted(counts)
    assert people_at(people, segment.end_s)[0].repetitions == segment.repetitions > 2
