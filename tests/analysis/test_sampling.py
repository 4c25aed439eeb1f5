"""Which frames, and which people in them, are looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pytest

from harec.analysis.sampling import (
    EVERYBODY,
    QUICK_HZ,
    STILL_HZ,
    USUAL_HZ,
    AutoSampler,
    EvenSampler,
    EveryNth,
    Look,
    Sampler,
)
from harec.core.camera_view import CameraView
from harec.core.poses import Poses
from harec.simulate.clip import simulate_truth
from harec.simulate.spec import ClipSpec

SIZE_WH = (640, 480)
SEED = np.random.default_rng(5)
#: What moves in a frame at a time; None = the frame tells no brightness.
Motion = Callable[[float], bool] | None


def keypoints_of(label: str, seconds: float = 4.0, rate_hz: float = 60, seed: int = 1):
    """True keypoints (F, 17, 3) of somebody who does something all the time."""
    spec = ClipSpec((((label, seconds),),), SIZE_WH, fps=rate_hz, seed=seed)
    return simulate_truth(spec).people[0].keypoints_xyc


def frame_of(moves: bool) -> np.ndarray:
    """A small grey frame; when something moves, it is in another place each time."""
    gray = np.full((72, 96), 90, np.uint8)
    if moves:
        gray[40:50, int(SEED.integers(80)) :][:, :8] = 200
    return gray


def looks(
    sampler: Sampler,
    people: dict[int, np.ndarray],
    rate_hz: float,
    moves: Motion = lambda time_s: False,
    numbered: bool = True,
) -> dict[int, list[float]]:
    """Times at which each person is looked at, given their keypoints at this rate."""
    seen: dict[int, list[float]] = {number: [] for number in people}
    for index in range(len(next(iter(people.values())))):
        time_s = index / rate_hz

        def gray(time_s: float = time_s) -> np.ndarray | None:
            return None if moves is None else frame_of(moves(time_s))

        look = sampler.look(index, time_s, gray)
        if look is None:
            continue
        chosen = [i for i in people if look.only is None or i in look.only]
        for i in chosen:
            seen[i].append(time_s)
        poses = Poses(
            np.stack([people[i][index] for i in chosen]),
            np.full(len(chosen), 0.9),
            followed=np.array(chosen) if numbered else None,
        )
        sampler.saw(time_s, poses, gray)
    return seen


def rate(times_s: Iterable[float], from_s: float = 1.0) -> float:
    """Looks a second after a while."""
    times = [t for t in times_s if t >= from_s]
    return (len(times) - 1) / (times[-1] - times[0])


@pytest.mark.parametrize("rate_hz", [24, 25, 30, 50, 60, 120])
def test_an_even_rate_whatever_the_videos_own(rate_hz: int) -> None:
    still = {1: np.ones((4 * rate_hz, 17, 3), np.float32)}
    times = looks(EvenSampler(10), still, rate_hz)[1]
    assert times[0] == 0
    assert rate(times, 0) == pytest.approx(10, rel=0.03)
    assert max(np.diff(times)) <= 0.1 + 1 / rate_hz


def test_every_nth_frame_by_its_index() -> None:
    people = {1: np.ones((10, 17, 3), np.float32)}
    assert looks(EveryNth(0), people, 10)[1] == [i / 10 for i in range(10)]
    assert looks(EveryNth(3), people, 10)[1] == [0, 0.4, 0.8]


@pytest.mark.parametrize("rate_hz", [30, 60])
@pytest.mark.parametrize(
    ("label", "low", "high"),
    [
        ("CLAPPING_HANDS", 0.8 * QUICK_HZ, QUICK_HZ + 0.5),  # three a second
        ("JUMPING_JACKS", USUAL_HZ - 0.5, 1.3 * USUAL_HZ),  # wider, and slower
        ("WALKING", USUAL_HZ - 0.5, 1.2 * USUAL_HZ),
        ("STANDING", STILL_HZ - 0.5, 0.8 * USUAL_HZ),
    ],
)
def test_as_often_as_the_motion_is_fast(label: str, low: float, high: float, rate_hz: int) -> None:
    people = {1: keypoints_of(label, rate_hz=rate_hz)}
    assert low <= rate(looks(AutoSampler(SIZE_WH), people, rate_hz)[1]) <= high


def test_each_person_has_a_rate_of_their_own() -> None:
    people = {7: keypoints_of("CLAPPING_HANDS"), 9: keypoints_of("STANDING", seed=4)}
    seen = looks(AutoSampler(SIZE_WH), people, 60)
    assert rate(seen[7]) > 2 * rate(seen[9])


def test_who_stands_is_seen_at_once_when_something_moves() -> None:
    people = {1: keypoints_of("STANDING")}
    from_s, until_s = 2.0, 3.0
    times = looks(AutoSampler(SIZE_WH), people, 60, lambda t: from_s <= t < until_s)[1]
    assert next(t for t in times if t >= from_s) - from_s <= 1 / USUAL_HZ
    assert rate([t for t in times if from_s <= t < until_s], 0) == pytest.approx(USUAL_HZ, rel=0.15)


def test_what_moves_about_a_moving_person_wakes_nobody() -> None:
    def moved(keypoints: np.ndarray, by_px: float) -> np.ndarray:
        return keypoints + np.array([by_px, 0, 0], np.float32)

    people = {1: moved(keypoints_of("STANDING"), -150), 2: moved(keypoints_of("WALKING"), 150)}
    sampler = AutoSampler(SIZE_WH)
    x0, x1 = (int(f(people[2][:, 5:, 0]) / 640 * 96) for f in (np.min, np.max))
    seen: list[float] = []
    for index in range(240):
        time_s, gray = index / 60, np.full((72, 96), 90, np.uint8)
        gray[20:60, x0 : x1 + 1] = SEED.integers(0, 255, (40, x1 + 1 - x0))
        look = sampler.look(index, time_s, lambda gray=gray: gray)
        if look is not None:
            chosen = [i for i in people if look.only is None or i in look.only]
            seen += [time_s] if 1 in chosen else []
            keypoints = np.stack([people[i][index] for i in chosen])
            poses = Poses(keypoints, np.full(len(chosen), 0.9), followed=np.array(chosen))
            sampler.saw(time_s, poses, lambda gray=gray: gray)
    assert rate(seen) < 0.8 * USUAL_HZ


def test_where_brightness_is_not_told_who_stands_is_seen_as_usual() -> None:
    times = looks(AutoSampler(SIZE_WH), {1: keypoints_of("STANDING")}, 60, None)[1]
    assert rate(times) == pytest.approx(USUAL_HZ, rel=0.05)


def test_an_engine_without_numbers_looks_as_usual() -> None:
    people = {1: keypoints_of("CLAPPING_HANDS")}
    times = looks(AutoSampler(SIZE_WH), people, 60, numbered=False)[1]
    assert rate(times, 0) == pytest.approx(USUAL_HZ, rel=0.03)


def test_without_anybody_the_whole_frame_as_usual_and_who_is_lost_is_forgotten() -> None:
    sampler, asked = AutoSampler(SIZE_WH), list[Look]()
    people = Poses(keypoints_of("WALKING")[:1], np.array([0.9]), followed=np.array([4]))
    for index in range(120):
        look = sampler.look(index, index / 60, lambda: None)
        if look is not None:
            asked.append(look)
            sampler.saw(index / 60, Poses.empty() if index else people, lambda: None)
    assert asked[1] == EVERYBODY  # the only one there was is due
    assert set(asked[2:]) == {EVERYBODY}
    assert len(asked) == pytest.approx(2 * USUAL_HZ, abs=2)


def test_a_camera_that_pans_makes_nobody_quick() -> None:
    still, sampler, count = keypoints_of("STANDING"), AutoSampler(SIZE_WH), 0
    for index in range(240):
        time_s = index / 60
        shift = 60 * np.sin(12 * time_s)
        look = sampler.look(index, time_s, lambda: frame_of(True))
        if look is not None:
            count += 1
            seen = still[index : index + 1] + np.array([shift, 0, 0], np.float32)
            view = CameraView(0, np.array([[1.0, 0, -shift], [0, 1, 0]]))
            poses = Poses(seen, np.array([0.9]), view, np.array([1]))
            sampler.saw(time_s, poses, lambda: frame_of(True))
    assert count / 4 < 1.1 * USUAL_HZ
