"""Ids stay with people: synthetic skeletons that stand, walk, cross, hide and leave."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harec.core.camera_view import CameraView
from harec.core.geometry import body_centre, body_size
from harec.core.poses import Poses
from harec.simulate.camera import Camera
from harec.simulate.motion.motion import RATE_HZ, perform
from harec.tracking.tracker import (
    PersonTracker,
    pose_similarity,
)

#: Deterministic, and without limits on time: the machine may be busy.
some = settings(deadline=None, derandomize=True, max_examples=40)

# COCO-17 of a person who stands facing the camera, in person heights from the middle of the feet.
STANDING = np.array(
    [
        [0, -0.92], [0.02, -0.94], [-0.02, -0.94], [0.04, -0.93], [-0.04, -0.93],
        [0.11, -0.80], [-0.11, -0.80], [0.14, -0.62], [-0.14, -0.62], [0.15, -0.46], [-0.15, -0.46],
        [0.07, -0.50], [-0.07, -0.50], [0.08, -0.26], [-0.08, -0.26], [0.08, -0.03], [-0.08, -0.03],
    ],
    np.float32,
)  # fmt: skip
SIZE_WH = 640, 480


def person(x: float, y: float = 450, height: float = 350, arms: float = 0.0) -> np.ndarray:
    """A standing person (17, 3) with the feet at x, y; ``arms`` 0 = hanging .. 1 = overhead."""
    keypoints = STANDING.copy()
    for shoulder, elbow, wrist in ((5, 7, 9), (6, 8, 10)):
        side = np.sign(keypoints[shoulder, 0])
        angle = np.pi * arms
        direction = np.array([side * np.sin(angle), np.cos(angle)], np.float32)
        keypoints[elbow] = keypoints[shoulder] + 0.18 * direction
        keypoints[wrist] = keypoints[shoulder] + 0.34 * direction
    points = keypoints * height + np.array([x, y], np.float32)
    return np.column_stack([points, np.full(17, 0.8)]).astype(np.float32)


def poses(*people: np.ndarray) -> Poses:
    if not people:
        return Poses.empty()
    return Poses(np.stack(people), np.full(len(people), 0.8, np.float32))


def ids(tracker: PersonTracker, time_s: float, *people: np.ndarray) -> list[int]:
    return [p.id for p in tracker.update(time_s, poses(*people))]


def id_at(tracked: list, x: float) -> int:
    """The id of the person whose trunk is nearest to x."""
    return min(tracked, key=lambda p: abs(body_centre(p.keypoints_xyc)[0] - x)).id


rates = st.floats(5, 60)
skips = st.integers(0, 5)
seeds = st.integers(0, 2**31)


@some
@given(rates, skips, seeds)
def test_a_standing_person_keeps_the_id(rate: float, skip: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    tracker = PersonTracker()
    for time_s in np.arange(0, 6, (skip + 1) / rate):
        shaking = person(300 + rng.normal(0, 4), arms=rng.uniform(0, 0.2))
        shaking[:, :2] += rng.normal(0, 3, (17, 2))
        assert ids(tracker, float(time_s), shaking) == [1]


@some
@given(st.floats(10, 60), st.integers(0, 3), st.floats(1, 3), st.floats(0.3, 1))
def test_jumping_jacks_keep_the_id(rate: float, skip: int, hertz: float, reach: float) -> None:
    tracker = PersonTracker()
    for time_s in np.arange(0, 4, (skip + 1) / rate):
        phase = 0.5 - 0.5 * np.cos(2 * np.pi * hertz * time_s)
        jumper = person(300, 450 - 40 * phase, arms=reach * phase)
        assert ids(tracker, float(time_s), jumper) == [1]


@given(
    rate=st.floats(10, 60),
    speed=st.floats(0.3, 1.2),
    heights=st.tuples(st.floats(250, 350), st.floats(250, 350)),
    hidden=st.booleans(),
    seed=seeds,
)
@some
def test_two_people_who_cross_keep_their_ids(
    rate: float, speed: float, heights: tuple[float, float], hidden: bool, seed: int
) -> None:
    """They walk towards each other at ``speed`` heights/s; the far one may vanish behind the other
    for as long as they overlap, and the order of the list changes at random."""
    rng = np.random.default_rng(seed)
    tracker = PersonTracker()
    pace = speed * 300
    duration_s = 400 / pace
    first: dict[str, int] = {}
    tracked: list = []
    left = right = 0.0
    for time_s in np.arange(0, duration_s, 1 / rate):
        left, right = 120 + pace * time_s, 520 - pace * time_s
        people = [person(left, height=heights[0]), person(right, 440, height=heights[1])]
        for keypoints in people:
            keypoints[:, :2] += rng.normal(0, 2, (17, 2))
        if hidden and abs(left - right) < 40:
            people = people[:1]
        rng.shuffle(people)
        tracked = tracker.update(float(time_s), poses(*people))
        if not first:
            first = {"left": id_at(tracked, left), "right": id_at(tracked, right)}
            assert sorted(first.values()) == [1, 2]
        assert len({p.id for p in tracked}) == len(tracked) == len(people)
    assert id_at(tracked, left) == first["left"]
    assert id_at(tracked, right) == first["right"]


@some
@given(rates, st.floats(0.05, 0.9), st.floats(-0.3, 0.3))
def test_a_short_loss_keeps_the_id(rate: float, lost_s: float, drift: float) -> None:
    tracker = PersonTracker()
    times = np.arange(0, 2, 1 / rate)
    for time_s in times:
        assert ids(tracker, float(time_s), person(200)) == [1]
    back_s = float(times[-1]) + lost_s
    for time_s in np.arange(times[-1] + 1 / rate, back_s, 1 / rate):
        assert ids(tracker, float(time_s)) == []
    assert ids(tracker, back_s + 1e-3, person(200 + 350 * drift * lost_s)) == [1]


@pytest.mark.parametrize("updated", [True, False], ids=["empty updates", "no updates"])
def test_a_long_loss_gives_a_new_id(updated: bool) -> None:
    tracker = PersonTracker(lost_after_s=1.0)
    for time_s in np.arange(0, 2, 0.1):
        ids(tracker, float(time_s), person(200))
    if updated:
        for time_s in np.arange(2, 3.2, 0.1):
            assert ids(tracker, float(time_s)) == []
    assert ids(tracker, 3.3, person(200)) == []
    assert ids(tracker, 3.4, person(200)) == [2]


def test_a_newcomer_is_returned_from_the_second_sighting() -> None:
    tracker = PersonTracker()
    assert ids(tracker, 0.0, person(100)) == [1], "who is there from the start counts at once"
    assert ids(tracker, 0.1, person(100), person(500)) == [1]
    assert ids(tracker, 0.2, person(100), person(500)) == [1, 2]


def test_ghosts_of_one_frame_get_no_id() -> None:
    tracker = PersonTracker()
    ids(tracker, 0.0, person(100))
    for step in range(1, 40):
        ghost = [person(300 + 250 * (step % 2), height=150)] if step % 8 == 0 else []
        assert ids(tracker, step / 10, person(100), *ghost) == [1]
    ids(tracker, 4.1, person(100), person(400))
    assert ids(tracker, 4.2, person(100), person(400)) == [1, 2], "and leave no hole in the numbers"


def test_somebody_else_elsewhere_is_somebody_else() -> None:
    """At a cut the person after it stands elsewhere, or is seen much larger."""
    tracker = PersonTracker()
    for time_s in np.arange(0, 1, 0.1):
        ids(tracker, float(time_s), person(100))
    ids(tracker, 1.0, person(500))
    assert ids(tracker, 1.1, person(500)) == [2]
    tracker.reset()
    ids(tracker, 0.0, person(300, height=120))
    ids(tracker, 0.1, person(300, 460, height=430))
    assert 3 not in ids(tracker, 0.2, person(300, 460, height=430))


def test_reset_never_reuses_ids() -> None:
    tracker = PersonTracker()
    assert ids(tracker, 5.0, person(100), person(400)) == [1, 2]
    tracker.reset()
    assert ids(tracker, 0.0, person(100), person(400)) == [3, 4]


def test_nobody_gives_nobody() -> None:
    tracker = PersonTracker()
    assert [ids(tracker, t / 10) for t in range(20)] == [[]] * 20


def test_upper_body_only_is_tracked() -> None:
    """Someone at a desk: the legs are never seen, the arms move."""
    tracker = PersonTracker()
    for step in range(30):
        sitter = person(320, 700, height=600, arms=0.5 + 0.4 * np.sin(step))
        sitter[11:, 2] = 0
        assert ids(tracker, step / 10, sitter) == [1]


Hiding = Callable[[np.ndarray, float, np.random.Generator], np.ndarray]


def desk_and_back(keypoints: np.ndarray, time_s: float, rng: np.random.Generator) -> np.ndarray:
    """Hips and legs go every other second."""
    return (np.arange(17) >= 11) & (time_s % 2 >= 1)


def only_the_head_over_it(
    keypoints: np.ndarray, time_s: float, rng: np.random.Generator
) -> np.ndarray:
    return (np.arange(17) >= 7) & (time_s % 3 >= 1)


def blinds(keypoints: np.ndarray, time_s: float, rng: np.random.Generator) -> np.ndarray:
    """From above: head, shoulders and arms go, then they are back and the legs go."""
    upper = np.arange(17) < 11
    return upper if 1 <= time_s % 4 < 2 else ~upper if time_s % 4 >= 3 else np.zeros(17, bool)


def half_behind_a_wall(
    keypoints: np.ndarray, time_s: float, rng: np.random.Generator
) -> np.ndarray:
    """One side of the body, then the other."""
    left = keypoints[:, 0] < 302
    return (left, ~left, np.zeros(17, bool))[int(time_s * 2) % 3]


def flicker(keypoints: np.ndarray, time_s: float, rng: np.random.Generator) -> np.ndarray:
    """Scores about the threshold: each keypoint is there in every other frame or so."""
    return rng.random(17) < 0.5


def bursts(keypoints: np.ndarray, time_s: float, rng: np.random.Generator) -> np.ndarray:
    """Whole limbs come and go, a third of a second each."""
    limb = np.repeat(np.arange(6), [5, 2, 4, 2, 2, 2])
    return np.random.default_rng(int(time_s * 3)).random(6)[limb] < 0.5


@pytest.mark.parametrize("rate", [5, 15, 60])
@pytest.mark.parametrize(
    "hidden",
    [
        desk_and_back,
        only_the_head_over_it,
        blinds,
        half_behind_a_wall,
        flicker,
        bursts,
    ],
)
def test_who_is_partly_hidden_keeps_the_id(hidden: Hiding, rate: int) -> None:
    """At every update: no other id, and none left out."""
    rng = np.random.default_rng(rate)
    tracker = PersonTracker()
    for time_s in np.arange(0, 6, 1 / rate):
        stander = person(300 + rng.normal(0, 2), arms=0.1 + 0.1 * np.sin(time_s))
        stander[:, :2] += rng.normal(0, 3, (17, 2))
        if time_s > 0:
            stander[hidden(stander, float(time_s), rng), 2] = 0
        assert ids(tracker, float(time_s), stander) == [1], time_s


@pytest.mark.parametrize("rate", [8, 15, 60])
@pytest.mark.parametrize("speed", [0.3, 1.0])
def test_behind_a_post_in_and_out_of_the_frame(speed: float, rate: int) -> None:
    """Walks in over the edge, half or wholly hidden by a post, and out at the other side."""
    rng = np.random.default_rng(rate)
    tracker = PersonTracker()
    pace = speed * 350
    seen: list[list[int]] = []
    for time_s in np.arange(0, (SIZE_WH[0] + 160) / pace, 1 / rate):
        walker = person(-80 + pace * time_s)
        walker[:, :2] += rng.normal(0, 2, (17, 2))
        x = walker[:, 0]
        walker[(x < 0) | (x > SIZE_WH[0]) | ((x > 300) & (x < 340)), 2] = 0
        if (walker[:, 2] > 0).sum() >= 3:
            seen.append(ids(tracker, float(time_s), walker))
    assert {i for found in seen for i in found} == {1}
    assert all(seen[1:]), "the id is there at every update"


@pytest.mark.parametrize("rate", [8, 15, 60])
def test_one_who_stands_behind_another_keeps_the_id(rate: int) -> None:
    """A nearer, larger person walks slowly past somebody, who is seen in part all the time."""
    rng = np.random.default_rng(rate)
    tracker = PersonTracker()
    tracked: list = []
    for time_s in np.arange(0, 6, 1 / rate):
        x = 60 + 80 * time_s
        passer, stander = person(x, 470, 380), person(300, 440, 330)
        for keypoints in (passer, stander):
            keypoints[:, :2] += rng.normal(0, 2, (17, 2))
        stander[np.abs(stander[:, 0] - x) < 35, 2] = 0
        there = [passer] if (stander[:, 2] > 0).sum() < 4 else [passer, stander]
        tracked = tracker.update(float(time_s), poses(*there))
        assert [p.id for p in tracked] == [1, 2][: len(there)]
    assert tracked[0].keypoints_xyc[0, 0] > 450, "each is who they were"


@pytest.mark.parametrize("rate", [5, 15, 60])
@pytest.mark.parametrize("label", ["SITTING_DOWN", "TURNING", "BENDING", "SQUAT"])
def test_who_sits_down_or_turns_keeps_the_id(label: str, rate: int) -> None:
    """And whose legs are hidden while they do."""
    joints, _ = perform(((label, 6.0),), np.random.default_rng(3))
    view = Camera(SIZE_WH).framing(joints)
    tracker = PersonTracker()
    for time_s in np.arange(0, 5.9, 1 / rate):
        pixels, _ = view.project(joints[int(time_s * RATE_HZ)])
        keypoints = np.column_stack([pixels, np.full(17, 0.8)]).astype(np.float32)
        keypoints[13:, 2] *= time_s % 2 < 1
        assert ids(tracker, float(time_s), keypoints) == [1], time_s


@given(st.lists(st.lists(st.floats(0, 640), max_size=5), min_size=1, max_size=30), st.floats(5, 60))
@some
def test_no_id_twice_and_every_answer_is_a_given_pose(
    crowd: list[list[float]], rate: float
) -> None:
    """Any input: ids are positive, unique in a frame, new ones grow; same input, same ids."""
    trackers = PersonTracker(), PersonTracker()
    highest = 0
    for step, places in enumerate(crowd):
        given_people = poses(*[person(x) for x in places])
        answers = [t.update(step / rate, given_people) for t in trackers]
        tracked = [p.id for p in answers[0]]
        assert tracked == [p.id for p in answers[1]]
        assert len(set(tracked)) == len(tracked) <= len(places)
        assert all(i >= 1 for i in tracked)
        new = sorted(i for i in tracked if i > highest)
        assert new == list(range(highest + 1, highest + 1 + len(new)))
        highest = max([highest, *tracked])
        for p in answers[0]:
            assert any(np.array_equal(p.keypoints_xyc, k) for k in given_people.keypoints_xyc)


@pytest.mark.parametrize("later_s", [1.0, 0.5])
def test_time_must_move_forward(later_s: float) -> None:
    tracker = PersonTracker()
    tracker.update(1.0, Poses.empty())
    with pytest.raises(ValueError, match="time must move forward"):
        tracker.update(later_s, Poses.empty())


@pytest.mark.parametrize(
    "arguments", [{"lost_after_s": 0}, {"confirm_within_s": -1}, {"min_detections": 0}]
)
def test_rules_that_make_no_sense(arguments: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must be"):
        PersonTracker(**arguments)


def test_geometry_by_hand() -> None:
    standing = person(320, 450, 400)
    np.testing.assert_allclose(body_centre(standing), [320, 450 - 0.65 * 400], atol=1e-3)
    assert body_size(standing) == pytest.approx((0.94 - 0.03) * 400, rel=1e-4)
    assert pose_similarity(standing, standing, 400) == pytest.approx(1)
    blind = standing.copy()
    blind[3:, 2] = 0
    assert pose_similarity(standing, blind, 400) is None


def test_at_a_cut_everybody_is_somebody_new() -> None:
    tracker = PersonTracker()
    for index in range(5):
        assert ids(tracker, index / 20, person(300)) == [1]
    other = replace(poses(person(300)), camera=CameraView(1))
    assert [p.id for p in tracker.update(5 / 20, other)] == [2]
    assert [p.id for p in tracker.update(6 / 20, other)] == [2]


def test_people_are_looked_for_where_the_camera_turned() -> None:
    """A quick pan moves the picture by more than any person moves."""
    tracker = PersonTracker()
    for index in range(12):
        shift = 0 if index < 6 else 180
        view = CameraView(0, np.array([[1.0, 0, -shift], [0, 1, 0]]))
        people = replace(poses(person(100 + shift), person(280 + shift)), camera=view)
        tracked = tracker.update(index / 20, people)
        assert [p.id for p in tracked] == [1, 2]
        assert id_at(tracked, 100 + shift) == 1
