"""Which of several people are tracked."""

from __future__ import annotations

import numpy as np
import pytest

from harec.core.poses import Poses
from harec.tracking.selection import SelectionSettings, TrackSelector

SETTINGS = SelectionSettings(person_threshold=0.2, keypoint_threshold=0.2, max_people=1)
#: x and y of COCO's keypoints of a person who stands, in heights.
STANDING = np.array(
    [[0, -0.92], [0.02, -0.94], [-0.02, -0.94], [0.04, -0.93], [-0.04, -0.93], [0.11, -0.8],
     [-0.11, -0.8], [0.14, -0.62], [-0.14, -0.62], [0.15, -0.46], [-0.15, -0.46], [0.07, -0.5],
     [-0.07, -0.5], [0.08, -0.26], [-0.08, -0.26], [0.08, -0.03], [-0.08, -0.03]]
)  # fmt: skip


def person(x: float, height: float) -> np.ndarray:
    points = STANDING * height + [x, 240 + height / 2]
    return np.column_stack([points, np.full(17, 0.8)]).astype(np.float32)


def chosen_x(selector: TrackSelector, time_s: float, *people: np.ndarray) -> list[int]:
    """About where those stand who are tracked."""
    poses = Poses(np.stack(people), np.full(len(people), 0.8, np.float32))
    found = selector.update(time_s, poses)
    return [round(float(p.keypoints_xyc[0, 0]), -2) for p in found]


@pytest.mark.parametrize("rate", [5, 30])
def test_who_comes_close_to_the_camera_is_tracked(rate: int) -> None:
    """A 71 px person far away, then one of 204 px in front, even behind a desk."""
    selector = TrackSelector(SETTINGS)
    seen = []
    for time_s in np.arange(0, 6, 1 / rate):
        far, near = person(100, 75), person(400, 215)
        near[11:, 2] = 0
        there = [far] if time_s < 2 else [far, near]
        seen.append(chosen_x(selector, float(time_s), *there))
    assert seen[0] == [100]
    changed = seen.index([400])
    assert 3 <= changed / rate <= 3.5
    assert seen[:changed] == [[100]] * changed
    assert seen[changed:] == [[400]] * (len(seen) - changed), "no flicker"


def test_two_of_like_size_do_not_take_turns() -> None:
    rng = np.random.default_rng(0)
    selector = TrackSelector(SETTINGS)
    for step in range(150):
        left, right = person(100, 200 * rng.uniform(0.9, 1.1)), person(400, 200)
        hidden = rng.random() < 0.1  # the engine misses the left one now and then
        there = [right] if step and hidden else [left, right] if step else [left]
        assert chosen_x(selector, step / 30, *there) == ([] if step and hidden else [100])


@pytest.mark.parametrize(("hidden_s", "ids"), [(2.5, {1}), (4.0, {1, 2})])
def test_who_falls_below_the_threshold_for_a_while_keeps_the_id(
    hidden_s: float, ids: set[int]
) -> None:
    """Behind a desk that leaves only face and shoulders, which score too little for a person."""
    selector = TrackSelector(SETTINGS)
    shown: list[tuple[float, int]] = []
    for time_s in np.arange(0, 8, 1 / 15):
        whole, hidden = person(300, 200), 2 <= time_s < 2 + hidden_s
        if hidden:
            whole[7:, 2] = 0.05
        poses = Poses(whole[None], np.array([0.15 if hidden else 0.8], np.float32))
        shown += [(float(time_s), p.id) for p in selector.update(float(time_s), poses)]
    assert {number for _, number in shown} == ids
    assert not [time_s for time_s, _ in shown if 2 <= time_s < 2 + hidden_s], "not shown meanwhile"


def test_faint_detections_begin_no_track() -> None:
    selector = TrackSelector(SETTINGS)
    for step in range(30):
        poses = Poses(person(300, 200)[None], np.array([0.15], np.float32))
        assert selector.update(step / 15, poses) == []


def test_nobody_is_followed_by_the_faint_twin_of_another_person() -> None:
    """One leaves beside another, who is detected twice: once surely, once faintly."""
    selector = TrackSelector(SelectionSettings(0.2, 0.2, max_people=2))
    left, right = person(300, 200), person(345, 200)
    scores = np.array([0.8, 0.8], np.float32)
    for step in range(15):
        assert len(selector.update(step / 15, Poses(np.stack([left, right]), scores))) == 2
    twin = Poses(np.stack([left, left]), np.array([0.8, 0.15], np.float32))
    for step in range(15, 45):
        assert [p.id for p in selector.update(step / 15, twin)] == [1]
    both = Poses(np.stack([left, right]), scores)
    back = [[p.id for p in selector.update(step / 15, both)] for step in range(45, 60)]
    assert back[-1] == [1, 3]  # who comes back after that is somebody else


@pytest.mark.parametrize("bystanders", [False, True])
def test_who_stands_far_behind_has_no_lane(bystanders: bool) -> None:
    """A 40 px passer-by behind one of 300 px, whom the engine misses now and then."""
    selector = TrackSelector(SelectionSettings(0.2, 0.2, max_people=4, bystanders=bystanders))
    seen: set[int] = set()
    for step in range(90):
        near, far, friend = person(400, 300), person(100, 40), person(200, 110)
        there = [far, friend] if step % 10 == 9 else [near, far, friend]
        seen |= set(chosen_x(selector, step / 30, *there))
    assert seen == ({100, 200, 400} if bystanders else {200, 400})


def test_who_was_followed_before_somebody_came_close_stays() -> None:
    selector = TrackSelector(SelectionSettings(0.2, 0.2, max_people=4))
    for step in range(90):
        there = [person(100, 60)] if step < 30 else [person(100, 60), person(400, 300)]
        found = chosen_x(selector, step / 30, *there)
        assert 100 in found
    assert found == [100, 400]
