"""The rules of following people, in a world whose networks answer as the test says, and the real
networks on frames of any shape."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from waiting import PATIENCE_S

from harec.analysis.results import AnalysisSettings
from harec.core.errors import InputError, ModelError
from harec.core.geometry import keypoints_box_xyxy
from harec.core.skeleton import MIRROR
from harec.pose.base import MODES, PoseEngine
from harec.pose.crops import Crop
from harec.pose.followed_person import (
    FollowedPerson,
    by_prominence,
    is_easy,
    person_score,
    torso_score,
)
from harec.pose.movenet import MoveNetEstimator
from harec.pose.movenet_onnx import (
    Detection,
    SinglePose,
    load_session,
)
from harec.pose.registry import (
    ESTIMATORS,
    create_estimator,
    default_person_threshold,
)
from harec.simulate.clip import simulate_frames
from harec.simulate.spec import ClipSpec

MODELS = Path(__file__).parents[2] / "models"
STANDING = np.array(
    [
        [0, -0.92], [0.02, -0.94], [-0.02, -0.94], [0.04, -0.93], [-0.04, -0.93],
        [0.11, -0.80], [-0.11, -0.80], [0.14, -0.62], [-0.14, -0.62], [0.15, -0.46], [-0.15, -0.46],
        [0.07, -0.50], [-0.07, -0.50], [0.08, -0.26], [-0.08, -0.26], [0.08, -0.03], [-0.08, -0.03],
    ],
    np.float32,
)  # fmt: skip


def person(x: float, y: float = 450, height: float = 300, score: float = 0.8) -> np.ndarray:
    points = STANDING * height + np.array([x, y], np.float32)
    return np.column_stack([points, np.full(17, score)]).astype(np.float32)


class World:
    """Stands in for both networks: knows who is where, and counts how often it is asked."""

    def __init__(self, *people: np.ndarray) -> None:
        self.people = list(people)
        self.detected_at: list[int] = []  # long side of each detection's input
        self.crops: list[Crop] = []
        self.detection_score: float | None = None
        self.smallest = 0.0  # people smaller than this share of the long side are not found

    def detect(self, rgb: np.ndarray, long_side: int, threshold: float) -> list[Detection]:
        self.detected_at.append(long_side)
        found = []
        for keypoints in self.people:
            box = keypoints_box_xyxy(keypoints, 0)
            assert box is not None
            visible = (box[3] - box[1]) * long_side / max(rgb.shape[:2]) >= self.smallest
            score = self.detection_score or float(keypoints[:, 2].mean())
            if visible and score > threshold:
                found.append(Detection(keypoints.copy(), box, score))
        return found

    def refine(
        self, rgb: np.ndarray, crops: Sequence[Crop], mirrored: bool = False
    ) -> list[np.ndarray]:
        return [self.nearest(crop) for crop in crops]

    def nearest(self, crop: Crop) -> np.ndarray:
        """The person nearest to the middle of the crop, as the real network picks."""
        self.crops.append(crop)
        away = [
            float(np.hypot(*(keypoints[:, :2].mean(axis=0) - [crop.x, crop.y])))
            for keypoints in self.people
        ]
        if away and min(away) < crop.side / 2:
            return self.people[int(np.argmin(away))].copy()
        return person(crop.x, crop.y, crop.side / 2, score=0.02)


FRAME = np.zeros((480, 640, 3), np.uint8)


def follower(world: World, **arguments: object) -> MoveNetEstimator:
    estimator = MoveNetEstimator(**arguments)
    estimator._detector = world.detect
    estimator._refiner = world.refine
    return estimator


def places(estimator: MoveNetEstimator, rgb: np.ndarray = FRAME) -> list[int]:
    """Where people were found, left to right."""
    return sorted(round(float(k[:, 0].mean())) for k in estimator.estimate(rgb).keypoints_xyc)


def test_one_person_costs_one_crop_and_few_detections() -> None:
    world = World(person(300))
    estimator = follower(world)
    for _ in range(50):
        assert places(estimator) == [300]
    assert len(world.detected_at) == 1 + 49 // 10
    assert len(world.crops) == 50


@pytest.mark.parametrize("rate", [8, 30])
def test_who_comes_much_closer_takes_over_after_a_second(rate: int) -> None:
    """71 px far away, and then 204 px in front; whose legs are hidden by a desk."""
    far, near = person(100, height=75), person(400, height=215)
    near[13:, 2] = 0
    world = World(far)
    estimator = follower(world, max_people=1)
    seen = []
    for index in range(6 * rate):
        time_s = index / rate
        world.people = [far, near] if time_s >= 2 else [far]
        poses = estimator.estimate_at(time_s, FRAME)
        seen.append([round(float(k[0, 0])) for k in poses.keypoints_xyc])
    changed = seen.index([400])
    assert seen == [[100]] * changed + [[400]] * (len(seen) - changed), "at once and for good"
    assert 3 <= changed / rate <= 3.1 + 10 / rate, "a second after they are found"
    assert len(world.crops) <= len(seen) + 1.2 * rate, "two are followed for that second only"


def test_people_of_like_size_never_take_turns() -> None:
    rng = np.random.default_rng(0)
    world = World(person(100))
    estimator = follower(world, max_people=1)
    for index in range(150):
        left, right = (300 * rng.uniform(0.9, 1.1) for _ in range(2))
        world.people = [person(400, height=right), person(100, height=left)][index == 0 :]
        assert places(estimator) == [100], "without times, too"
    assert len(world.crops) == 150


def test_a_newcomer_is_met_within_ten_calls() -> None:
    world = World(person(150))
    estimator = follower(world)
    estimator.estimate(FRAME)
    world.people.append(person(450))
    counts = [len(places(estimator)) for _ in range(10)]
    assert counts == [1] * 9 + [2]


def test_two_who_cross_are_both_found_in_every_frame() -> None:
    """Close together the single-person network answers the same person for both crops."""
    world = World(person(100), person(540, 440, 260))
    estimator = follower(world)
    for step in range(45):
        xs = 100 + 10 * step, 540 - 10 * step
        world.people = [person(xs[0]), person(xs[1], 440, 260)]
        assert places(estimator) == sorted(xs)


def test_a_fast_person_is_found_again_in_the_same_call() -> None:
    world = World(person(100))
    estimator = follower(world)
    estimator.estimate(FRAME)
    world.people = [person(550)]
    assert places(estimator) == [550]


def test_a_cut_forgets_the_people_and_looks_again() -> None:
    """The new scene has two people; one stands where a person stood before."""
    world = World(person(300))
    estimator = follower(world)
    estimator.estimate(FRAME)
    world.people = [person(300, 440, 150), person(500)]
    assert places(estimator, np.full_like(FRAME, 120)) == [300, 500]


def test_another_frame_size_is_a_cut() -> None:
    world = World(person(300))
    estimator = follower(world)
    estimator.estimate(FRAME)
    world.people.append(person(80, 200, 150))
    assert places(estimator, np.zeros((640, 480, 3), np.uint8)) == [80, 300]


def test_a_person_who_stays_weak_does_not_cause_detections_in_every_call() -> None:
    """Half out of the frame: the detector is sure of the person, the refiner is not."""
    world = World(person(300))
    estimator = follower(world)
    estimator.estimate(FRAME)
    world.people = [person(300, score=0.25)]
    world.detection_score = 0.5
    for _ in range(40):
        assert places(estimator) == [300]
    assert len(world.detected_at) <= 1 + 40 // 4


def test_low_scores_stay_low() -> None:
    keypoints = person(300)
    keypoints[[9, 10, 15], 2] = 0.03
    world = World(keypoints)
    estimator = follower(world)
    for _ in range(3):
        scores = estimator.estimate(FRAME).keypoints_xyc[0, :, 2]
        np.testing.assert_allclose(scores, keypoints[:, 2])


def test_gone_is_gone() -> None:
    world = World(person(300))
    estimator = follower(world)
    estimator.estimate(FRAME)
    world.people = []
    assert len(estimator.estimate(FRAME)) == 0


def test_small_people_are_found_by_a_second_look_and_then_followed() -> None:
    world = World(person(300, height=60))
    world.smallest = 30  # pixels of the network's input
    estimator = follower(world)
    assert places(estimator) == [300]
    assert world.detected_at == [256, 512]
    for _ in range(4):
        assert places(estimator) == [300]
    assert world.detected_at == [256, 512], "no more detections while the crop holds the person"


def test_an_empty_scene_gets_cheaper() -> None:
    world = World()
    estimator = follower(world)
    detections = []
    for _ in range(100):
        before = len(world.detected_at)
        assert len(estimator.estimate(FRAME)) == 0
        detections.append(len(world.detected_at) - before)
    assert sum(detections[:8]) == 9, "one detection a call, and one in higher resolution"
    assert sum(detections[-20:]) <= 13, "after a while every second call only"


@pytest.mark.parametrize("most", [1, 2, 4])
def test_the_most_prominent_people_come_first(most: int) -> None:
    world = World(person(80, height=150), person(300, height=400), person(520, height=250))
    estimator = follower(world, max_people=most)
    for _ in range(12):
        poses = estimator.estimate(FRAME)
        heights = [float(np.ptp(k[:, 1])) for k in poses.keypoints_xyc]
        assert len(poses) == min(most, 3)
        assert heights == sorted(heights, reverse=True)


def test_reset_forgets() -> None:
    world = World(person(300))
    estimator = follower(world)
    estimator.estimate(FRAME)
    estimator.reset()
    estimator.estimate(FRAME)
    assert len(world.detected_at) == 2


def test_person_score_by_hand() -> None:
    """Whole and half-seen people count the same; noise counts little."""
    whole = person(300, score=0.8)
    half = whole.copy()
    half[13:, 2] = 0.0  # no knees and ankles: eight body keypoints are left
    assert person_score(whole) == pytest.approx(0.8)
    assert person_score(half) == pytest.approx(0.8)
    half[9:13, 2] = 0.1
    assert person_score(half) == pytest.approx((4 * 0.8 + 4 * 0.1) / 8)
    hips = person(300, score=0.0)
    hips[[11, 12], 2] = 0.5
    assert torso_score(hips) == pytest.approx(0.5)


# --- the real networks ---------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size_wh", [(16, 16), (1, 1), (270, 480), (640, 360), (2000, 20)], ids=str)
def test_any_size_and_no_person_in_it(mode: str, size_wh: tuple[int, int]) -> None:
    estimator = create_estimator(mode=mode, threads=1)
    rgb = np.full((size_wh[1], size_wh[0], 3), 90, np.uint8)
    poses = estimator.estimate(rgb)
    assert not (poses.scores >= default_person_threshold("movenet")).any()


def test_8k() -> None:
    poses = create_estimator(mode="lightweight").estimate(np.zeros((4320, 7680, 3), np.uint8))
    assert len(poses) == 0


@pytest.mark.parametrize(
    "bad",
    [
        np.zeros((48, 64), np.uint8),
        np.zeros((48, 64, 1), np.uint8),
        np.zeros((48, 64, 4), np.uint8),
        np.zeros((48, 64, 3), np.float32),
        np.zeros((0, 64, 3), np.uint8),
    ],
    ids=["grey", "one channel", "alpha", "float", "no pixels"],
)
def test_frames_must_be_rgb_bytes(bad: np.ndarray) -> None:
    with pytest.raises(ValueError, match="a frame must be uint8"):
        create_estimator(threads=1).estimate(bad)


def test_sessions_are_shared_and_state_is_not() -> None:
    first, second = create_estimator(threads=1), create_estimator(threads=1)
    assert isinstance(first, PoseEngine)
    assert first._detector._sessions.get(1) is second._detector._sessions.get(1)
    assert first._people is not second._people


def test_threads_may_use_one_session_at_a_time() -> None:
    """Eight threads get the answers that one gets."""
    refine = SinglePose("lightning", threads=1)
    rng = np.random.default_rng(0)
    images = rng.integers(0, 255, (8, 192, 192, 3), dtype=np.uint8)
    crop = Crop(96, 96, 192)
    expected = [refine(image, [crop])[0] for image in images]
    answers: dict[int, np.ndarray] = {}
    workers = [
        threading.Thread(target=lambda i=i: answers.update({i: refine(images[i], [crop])[0]}))
        for i in range(8)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    for i in range(8):
        np.testing.assert_allclose(answers[i], expected[i], atol=1e-4)


@pytest.mark.parametrize("mirrored", [False, True])
def test_crops_side_by_side_are_what_they_are_alone(mirrored: bool) -> None:
    rng = np.random.default_rng(1)
    rgb = cv2.resize(rng.integers(0, 255, (6, 8, 3), dtype=np.uint8), (640, 480))
    crops = [Crop(200, 240, 300), Crop(400, 200, 260), Crop(320, 300, 200)]
    alone = [SinglePose("lightning", threads=1)(rgb, [crop], mirrored)[0] for crop in crops]
    together = SinglePose("lightning", threads=4)(rgb, crops, mirrored)
    np.testing.assert_allclose(together, alone, atol=0.01)
    assert np.ptp([keypoints[:, 0].mean() for keypoints in alone]) > 50  # each is of its own crop


def test_a_missing_model_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as error:
        MoveNetEstimator(models_dir=tmp_path)
    assert "movenet-multipose.onnx is missing" in str(error.value)
    assert "models/movenet.md" in str(error.value)
    assert str(tmp_path) not in str(error.value)


def test_a_damaged_model_file_says_what_to_do(tmp_path: Path) -> None:
    damaged = tmp_path / "movenet-lightning.onnx"
    damaged.write_bytes((MODELS / damaged.name).read_bytes()[:10_000])
    with pytest.raises(ModelError, match=r"movenet-lightning\.onnx is damaged"):
        load_session(damaged, 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"mode": "fast"}, "mode must be one of"),
        ({"max_people": 0}, "max_people must be 1..6"),
        ({"max_people": 7}, "max_people must be 1..6"),
        ({"threads": 0}, "threads must be at least 1"),
    ],
)
def test_arguments_out_of_range(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MoveNetEstimator(**arguments)


def test_unknown_engine() -> None:
    with pytest.raises(InputError, match="no pose engine 'openpose'; choose from movenet"):
        create_estimator("openpose")
    assert 0 < default_person_threshold("movenet") < 1
    assert all(info.description for info in ESTIMATORS.values())


def test_int8_networks_are_others_that_agree() -> None:
    precise, quick = create_estimator(threads=1), create_estimator(threads=1, precision="int8")
    found_by, quickly_by = (e._detector._sessions.get(1) for e in (precise, quick))
    assert found_by is quickly_by  # people are found in float
    people = []
    for estimator in (precise, quick):
        frames = simulate_frames(ClipSpec(((("BOXING", 1.0),),), fps=5, seed=11))
        people.append([estimator.estimate(frame.rgb) for frame in frames])
    for a, b in zip(*people, strict=True):
        assert len(a) == len(b) == 1
        torso = np.linalg.norm(a.keypoints_xyc[0, 5, :2] - a.keypoints_xyc[0, 11, :2])
        off = np.linalg.norm(a.keypoints_xyc[0, 5:, :2] - b.keypoints_xyc[0, 5:, :2], axis=1)
        assert 0 < np.median(off) < 0.05 * torso  # not the same numbers, nearly the same keypoints


@pytest.mark.parametrize(
    ("scripts", "size_wh", "like"),
    [
        ((("BOXING", 1.0),), (320, 240), "int8"),
        ((("BOXING", 1.0),), (96, 72), "float"),  # small
        ((("STANDING", 1.0),) * 2, (640, 360), "int8"),
        ((("STANDING", 1.0),) * 2, (144, 72), "float"),
    ],
)
def test_mixed_is_int8_for_who_is_large(
    scripts: tuple[tuple[str, float], ...], size_wh: tuple[int, int], like: str
) -> None:
    spec = ClipSpec(tuple((script,) for script in scripts), size_wh=size_wh, fps=5, seed=3)
    found = {}
    for precision in ("float", "mixed", "int8"):
        estimator = create_estimator(mode="lightweight", threads=1, precision=precision)
        found[precision] = [estimator.estimate(f.rgb) for f in simulate_frames(spec)]
        assert len(found[precision][0]) == len(scripts)

    def mixed_is(other: str) -> bool:
        pairs = list(zip(found["mixed"], found[other], strict=True))
        return all(np.array_equal(a.keypoints_xyc, b.keypoints_xyc) for a, b in pairs[:2])

    # The first look is in float: people are found so. What follows differs only by the network.
    assert np.array_equal(found["mixed"][0].keypoints_xyc, found["float"][0].keypoints_xyc)
    assert mixed_is("float") == (like == "float")


def test_who_is_easy_to_see() -> None:
    standing = person(0, 0, height=200)
    lying, small = standing.copy(), standing.copy()
    lying[:, :2] = standing[:, 1::-1]
    small[:, :2] /= 2
    for keypoints, score, alone, easy in (
        (standing, 0.6, True, True),
        (standing, 0.6, False, False),  # half hidden, perhaps
        (standing, 0.7, False, True),
        (standing, 0.4, True, False),
        (lying, 0.9, True, False),
        (small, 0.9, True, False),
    ):
        keypoints[:, 2] = score
        assert is_easy(FollowedPerson(keypoints), alone=alone) == easy


@pytest.mark.parametrize(
    ("engine", "precision", "message"),
    [
        ("detectron2", "int8", "Detectron2 has no int8 networks; choose float"),
        ("movenet", "int4", "no precision 'int4'; choose auto, float, mixed or int8"),
    ],
)
def test_a_precision_that_is_not_there(engine: str, precision: str, message: str) -> None:
    for ask in (
        lambda: create_estimator(engine, precision=precision),
        lambda: AnalysisSettings(engine, precision=precision),
    ):
        with pytest.raises(InputError, match=message):
            ask()


def test_two_looks_share_the_threads_and_a_mirrored_look_is_turned_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two inferences at once have half of the threads each; one alone has them all."""
    together = threading.Barrier(2, timeout=PATIENCE_S)
    asked: list[int] = []
    straight = np.concatenate([np.linspace([0.2, 0.3], [0.7, 0.9], 17), np.full((17, 1), 0.8)], 1)

    class Session:
        def get_inputs(self) -> list[object]:
            return [type("Input", (), {"name": "image"})]

        def run(self, _: None, feeds: dict[str, np.ndarray]) -> list[np.ndarray]:
            if asked[-1] == 2:  # neither continues unless both run at the same time
                together.wait()
            image = feeds["image"][0]
            keypoints = straight.copy()
            if image[:, 0].mean() > image[:, -1].mean():  # bright on the left: mirrored
                keypoints = keypoints[list(MIRROR)]
                keypoints[:, 0] = 1 - keypoints[:, 0]
            return [keypoints[:, [1, 0, 2]][None, None].astype(np.float32)]  # y, x, score

    def load(path: Path, threads: int) -> Session:
        asked.append(threads)
        return Session()

    monkeypatch.setattr("harec.pose.movenet_onnx.load_session", load)
    infer = SinglePose("lightning", threads=4)
    assert asked == [4]
    rgb = np.repeat(np.linspace(0, 255, 192, dtype=np.uint8)[None, :, None], 192, 0).repeat(3, 2)
    crop = Crop(96, 96, 192)
    (alone,) = infer(rgb, [crop])
    (averaged,) = infer(rgb, [crop], mirrored=True)
    assert asked == [4, 2]
    np.testing.assert_allclose(alone, averaged, atol=0.01)
    np.testing.assert_allclose(alone[:, :2], straight[:, :2] * 192, atol=0.01)


def test_of_several_detections_of_one_person_the_surest_counts() -> None:
    """A larger one of them does not push it aside; a larger person does."""

    def detection(x: float, height: float, score: float) -> Detection:
        y = np.linspace(0, height, 17)
        keypoints = np.column_stack([x + 0.1 * y, y, np.full(17, 0.8)]).astype(np.float32)
        return Detection(keypoints, np.zeros(4, np.float32), score)

    surest, same, larger = detection(0, 100, 0.8), detection(2, 108, 0.78), detection(400, 200, 0.5)
    assert by_prominence([surest, same, larger]) == [larger, surest, same]


def test_only_those_who_are_asked_for_are_looked_at_and_the_others_stay_followed() -> None:
    world = World(person(150), person(480))
    estimator = follower(world)
    everybody = estimator.estimate_at(0.0, FRAME)
    left, right = (everybody.followed[np.argsort(everybody.keypoints_xyc[:, 0, 0])]).tolist()
    world.crops.clear()
    world.people = [person(160), person(470)]
    some = estimator.estimate_some(0.1, FRAME, frozenset({left}))
    assert some.followed.tolist() == [left]
    assert round(float(some.keypoints_xyc[0, :, 0].mean())) == 160
    assert [round(crop.x) for crop in world.crops] == [150]
    world.people = [person(170), person(460)]
    both = estimator.estimate_some(0.2, FRAME, frozenset({left, right}))
    assert set(both.followed.tolist()) == {left, right}
    assert sorted(round(float(k[:, 0].mean())) for k in both.keypoints_xyc) == [170, 460]


def test_newcomers_come_while_only_some_are_looked_at() -> None:
    world = World(person(150))
    estimator = follower(world)
    (number,) = estimator.estimate_at(0.0, FRAME).followed.tolist()
    world.people.append(person(480))
    seen = [
        estimator.estimate_some(0.1 * i, FRAME, frozenset({number})).followed for i in range(1, 12)
    ]
    assert max(map(len, seen)) == 2


def test_who_is_not_looked_at_is_not_lost() -> None:
    world = World(person(150), person(480))
    estimator = follower(world)
    everybody = estimator.estimate_at(0.0, FRAME)
    number = int(everybody.followed[0])
    for i in range(1, 40):
        estimator.estimate_some(0.1 * i, FRAME, frozenset({number}))
    again = estimator.estimate_at(4.0, FRAME)
    assert set(again.followed.tolist()) == set(everybody.followed.tolist())
