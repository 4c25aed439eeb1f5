"""What the recogniser says live of simulated people, as their true joints come in one by one."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby, pairwise

import cv2
import numpy as np
import pytest

import harec
from harec.actions.online_segments import find_segments
from harec.actions.repetitions import COUNTED
from harec.actions.segments import SegmentSettings
from harec.analysis.load_result import same_video
from harec.analysis.results import AnalysisSettings
from harec.core.poses import Poses, TrackedPerson
from harec.core.progress import Timings
from harec.live.annotate import in_frame
from harec.live.history import LiveHistory
from harec.live.inference import HOLD_S
from harec.live.pipeline import LivePipeline
from harec.simulate.clip import simulate_truth
from harec.simulate.spec import ClipSpec, parse_script
from harec.video import VideoInfo
from harec.video.container import LIVE_CODEC

PICTURE = np.full((48, 64, 3), 128, np.uint8)


class Joints:
    """A pose engine that says what it is told."""

    name = "told"

    def __init__(self) -> None:
        self.poses = Poses.empty()
        self.resets = 0

    def estimate(self, rgb: np.ndarray) -> Poses:
        return self.poses

    def reset(self) -> None:
        self.resets += 1


def scene(scripts: str, **options):
    """Times (F,) and joints (F, P, 17, 3) of a clip that nobody draws."""
    spec = ClipSpec(tuple(parse_script(s) for s in scripts.split(";")), **{"fps": 15, **options})
    truth = simulate_truth(spec)
    joints = np.stack([person.keypoints_xyc for person in truth.people], axis=1)
    return np.array(truth.people[0].times_s), joints


def run(times_s, joints, *, keep=None, settings=None):
    """A pipeline after these frames, and its results; frames that ``keep`` leaves out are lost."""
    engine = Joints()
    pipeline = LivePipeline(settings or AnalysisSettings(), estimator=engine)
    results = []
    for i, (time_s, people) in enumerate(zip(times_s, joints, strict=True)):
        if keep is not None and not keep[i]:
            continue
        seen = people[people[:, :, 2].sum(axis=1) >= 6]
        engine.poses = Poses(seen, np.full(len(seen), 0.9, np.float32))
        results.append(pipeline.update(float(time_s), PICTURE))
    return pipeline, results


def labels(results, person_id=1):
    """(time, action) of a person wherever the label changes."""
    changes = []
    for result in results:
        for person in result.people:
            if person.id == person_id and (not changes or changes[-1][1] != person.action):
                changes.append((result.time_s, person.action))
    return changes


SCRIPT = "STANDING:3,JUMPING_JACKS:6,STANDING:4,CLAPPING_HANDS:6,STANDING:4,BOXING:6"
ORDER = ["JUMPING_JACKS", "CLAPPING_HANDS", "BOXING"]


def named(results, person_id=1):
    """The actions in order; on the way from one to another a third may show up for a moment."""
    changes = [*labels(results, person_id), (results[-1].time_s, None)]
    lasting = [a[1] for a, b in pairwise(changes) if a[1] and b[0] - a[0] >= 0.5]
    return [action for action, _ in groupby(lasting)]


def test_actions_appear_in_order_and_soon():
    times_s, joints = scene(SCRIPT)
    pipeline, results = run(times_s, joints)
    assert named(results) == ORDER
    for action, true_s in zip(ORDER, (3, 13, 23), strict=True):
        start_s = next(time_s for time_s, label in labels(results) if label == action)
        # A window lasts 1.55 s and half of it must show the action.
        assert true_s < start_s < true_s + 2
    pipeline.end_stream()
    (person,) = pipeline.history.results()
    assert [segment.action for segment in person.segments] == ORDER


@pytest.mark.parametrize(
    "lost",
    [pytest.param("every second", marks=pytest.mark.long), "at random", "bursts"],
)
def test_lost_pictures_do_not_change_the_actions(lost):
    times_s, joints = scene(SCRIPT, fps=30)
    keep = np.ones(len(times_s), bool)
    if lost == "every second":
        keep[::2] = False
    elif lost == "at random":
        keep = np.random.default_rng(5).random(len(times_s)) < 0.4
    else:  # a third of a second now and then
        for start in range(40, len(keep), 70):
            keep[start : start + 10] = False
    _, results = run(times_s, joints, keep=keep)
    assert named(results) == ORDER


def test_a_gap_parts_the_lane():
    times_s, joints = scene("JUMPING_JACKS:12")
    keep = (times_s < 5) | (times_s > 7)
    pipeline, _ = run(times_s, joints, keep=keep)
    pipeline.end_stream()
    segments = [s for person in pipeline.history.results() for s in person.segments]
    assert [s.action for s in segments] == ["JUMPING_JACKS"] * 2
    assert segments[0].end_s <= 5.01
    assert segments[1].start_s >= 6.99


def test_who_leaves_is_gone_within_a_second():
    times_s, joints = scene("JUMPING_JACKS:10")
    joints[times_s > 6] = 0
    pipeline, results = run(times_s, joints)
    assert named(results) == ["JUMPING_JACKS"]
    shown = [result.time_s for result in results if result.people]
    assert 6 <= max(shown) <= 6 + HOLD_S + 0.07
    (person,) = pipeline.history.results()
    assert person.last_s == pytest.approx(6, abs=0.07)


def test_an_engine_that_misses_somebody_for_a_look_does_not_make_them_flicker():
    times_s, joints = scene("JUMPING_JACKS:6")
    joints[30::20] = 0
    _, results = run(times_s, joints)
    assert all(len(result.people) == 1 for result in results)


def test_two_who_swap_sides_keep_their_ids_and_actions():
    script = "JUMPING_JACKS:6,WALKING:5,JUMPING_JACKS:6;BOXING:6,WALKING:5,BOXING:6"
    times_s, joints = scene(script, crossing=True, fps=20, seed=3)
    _, results = run(times_s, joints)
    first, last = results[20], results[-1]
    x = [[person.keypoints_xyc[11:13, 0].mean() for person in r.people] for r in (first, last)]
    assert (x[0][0] < x[0][1]) != (x[1][0] < x[1][1])  # they did swap
    assert [person.id for person in last.people] == [1, 2]
    for number, action in ((1, "JUMPING_JACKS"), (2, "BOXING")):
        in_jacks = [r for r in results if r.time_s < 5.5 or r.time_s > 13.5]
        assert set(named(in_jacks, number)) == {action}


def test_counts_grow_and_belong_to_the_person():
    times_s, joints = scene("JUMPING_JACKS:10,STANDING:3;STANDING:13")
    _, results = run(times_s, joints)
    counts = [[dict(p.repetitions) for p in result.people] for result in results]
    jacks = [count[0].get("JUMPING_JACKS", 0) for count in counts if count]
    assert jacks[-1] > 3
    assert all(a <= b for a, b in pairwise(jacks))
    assert all(sum(count[1].values()) == 0 for count in counts if len(count) > 1)


def test_thresholds_act_on_the_next_look():
    times_s, joints = scene("JUMPING_JACKS:8")
    engine = Joints()
    pipeline = LivePipeline(AnalysisSettings(), estimator=engine)
    for time_s, people in zip(times_s, joints, strict=True):
        engine.poses = Poses(people, np.array([0.5], np.float32))
        if time_s >= 4:
            pipeline.change(AnalysisSettings(person_threshold=0.7))
        result = pipeline.update(float(time_s), PICTURE)
        if time_s < 4:
            assert result.people
    assert not result.people
    assert engine.resets == 1  # at the start: another threshold is no reason to start over


def test_the_action_threshold_names_the_last_minute_anew():
    times_s, joints = scene("STANDING:2,JUMPING_JACKS:8,STANDING:2")
    pipeline, _ = run(times_s, joints)
    assert pipeline.history.results()[0].segments
    pipeline.change(AnalysisSettings(action_threshold=1.0))
    assert not pipeline.history.results()[0].segments
    pipeline.change(AnalysisSettings())
    assert pipeline.history.results()[0].segments


def test_reset_starts_ids_and_counts_anew():
    times_s, joints = scene("JUMPING_JACKS:6")
    pipeline, _ = run(times_s, joints)
    pipeline.reset()
    assert pipeline.history.results() == ()
    pipeline._inference.stream.engine.poses = Poses(joints[0], np.array([0.9], np.float32))
    result = pipeline.update(0.0, PICTURE)
    assert [(person.id, dict(person.repetitions)) for person in result.people] == [(1, {})]


def test_a_large_picture_is_scaled_down_for_the_engine_and_joints_back():
    class Corner(Joints):
        def estimate(self, rgb):
            self.shape = rgb.shape
            height, width = rgb.shape[:2]
            keypoints = np.tile(np.array([width, height, 1], np.float32), (1, 17, 1))
            return Poses(keypoints, np.array([0.9], np.float32))

    engine = Corner()
    pipeline = LivePipeline(AnalysisSettings(), estimator=engine)
    result = pipeline.update(0.0, np.zeros((2160, 1215, 3), np.uint8))  # portrait
    assert engine.shape == (1280, 720, 3)
    assert result.people[0].keypoints_xyc[0, :2] == pytest.approx([1215, 2160])
    assert result.brightness == 0


def test_another_mode_loads_another_engine(monkeypatch):
    made = []

    def create(name, **options):
        made.append((name, options["mode"], options["max_people"], options["precision"]))
        return Joints()

    monkeypatch.setattr("harec.analysis.engines.create_estimator", create)
    pipeline = LivePipeline(AnalysisSettings())
    pipeline.change(AnalysisSettings(action_threshold=0.3, skip=4, smoothing_s=0.1))
    assert len(made) == 1
    pipeline.change(AnalysisSettings(mode="lightweight"))
    pipeline.change(AnalysisSettings(mode="lightweight", max_people=2))
    pipeline.change(AnalysisSettings(mode="lightweight", max_people=2, precision="int8"))
    assert made == [
        ("movenet", "balanced", 4, "auto"),
        ("movenet", "lightweight", 4, "auto"),
        ("movenet", "lightweight", 2, "auto"),
        ("movenet", "lightweight", 2, "int8"),
    ]


def test_history_of_an_hour_is_the_same_as_named_at_once_and_small():
    from harec.actions.recognizer import PersonAction
    from harec.live.history import LiveHistory
    from harec.live.lane import RECENT_S

    settings = SegmentSettings()
    history = LiveHistory(settings)
    rng = np.random.default_rng(0)
    times_s = np.arange(0, 3600, 0.5)
    rows, row = [], rng.dirichlet(np.ones(7))
    for _ in times_s:  # an action goes on for half a minute or so, longer than what is kept
        if rng.random() < 0.015:
            row = np.full(7, 0.02) + 0.86 * np.eye(7)[rng.integers(7)]
        rows.append(row.astype(np.float32))
    someone = TrackedPerson(1, np.zeros((17, 3), np.float32), 0.9)
    most = 0
    for time_s, row in zip(times_s, rows, strict=True):
        answer = PersonAction(1, time_s - 0.8, time_s + 0.75, row)
        history.add(float(time_s), [someone], [answer])
        most = max(most, len(history._lanes[1].times_s))
    (person,) = history.results()
    spans_s = np.stack([times_s - 0.8, times_s + 0.75], axis=1)
    expected = find_segments(times_s - 0.025, spans_s, np.stack(rows), settings)
    assert len(expected) > 20
    assert [s.action for s in person.segments] == [s.action for s in expected]
    for found, true in zip(person.segments, expected, strict=True):
        assert found.start_s == pytest.approx(true.start_s, abs=1e-9)
        assert found.end_s == pytest.approx(true.end_s, abs=1e-9)
        assert found.confidence == pytest.approx(true.confidence, abs=1e-6)
    assert most <= 2 * (2 * RECENT_S + 10)
    assert len(person.estimate_times_s) >= 2 * (RECENT_S - 1)


def test_other_settings_name_the_recent_part_anew_and_leave_what_is_older():
    from harec.actions.recognizer import PersonAction
    from harec.live.history import LiveHistory
    from harec.live.lane import RECENT_S

    usual, strict = SegmentSettings(), SegmentSettings(enter=0.95)
    history = LiveHistory(usual)
    row = np.full(7, 0.05, np.float32)
    row[1] = 0.85
    person = TrackedPerson(1, np.zeros((17, 3), np.float32), 0.9)
    for time_s in np.arange(0, 400, 0.5):
        history.add(float(time_s), [person], [PersonAction(1, time_s - 0.8, time_s + 0.7, row)])
    (whole,) = history.results()[0].segments
    assert (whole.start_s, whole.end_s) == pytest.approx((-0.8, 400.2))
    history.settings = strict
    (older,) = history.results()[0].segments
    assert older.start_s == whole.start_s
    assert 400 - 2 * RECENT_S - 5 < older.end_s <= 400 - RECENT_S
    history.settings = usual
    (again,) = history.results()[0].segments
    assert (again.start_s, again.end_s) == (whole.start_s, whole.end_s)
    assert again.confidence == pytest.approx(whole.confidence, abs=1e-6)


def test_who_left_long_ago_is_kept_as_segments_only():
    times_s, joints = scene("JUMPING_JACKS:6")
    pipeline, _ = run(times_s, joints)
    before = pipeline.history.repetitions()[1]
    _run_on(pipeline, times_s + 300, joints)
    pipeline.end_stream()
    first, second = pipeline.history.results()
    assert [s.action for s in first.segments] == ["JUMPING_JACKS"]
    assert first.segments[0].repetitions == before["JUMPING_JACKS"]
    assert len(first.estimate_times_s) == 0
    assert len(second.estimate_times_s) > 0
    assert pipeline.history.repetitions() == {1: before, 2: before}
    assert pipeline.history.totals() == {"JUMPING_JACKS": 2 * before["JUMPING_JACKS"]}
    assert list(pipeline.history._open) == [2]


def _run_on(pipeline, times_s, joints):
    for time_s, people in zip(times_s, joints, strict=True):
        pipeline._inference.stream.engine.poses = Poses(
            people, np.full(len(people), 0.9, np.float32)
        )
        pipeline.update(float(time_s), PICTURE)


def test_people_who_left_long_ago_do_not_fill_the_memory(monkeypatch) -> None:
    """A camera on a street: somebody new every ten seconds."""
    from harec.actions.recognizer import PersonAction
    from harec.live import history as module

    monkeypatch.setattr(module, "MOST_GONE", 5)
    history = module.LiveHistory(SegmentSettings())
    row = np.full(7, 0.05, np.float32)
    row[1] = 0.85
    for i in range(1, 61):
        for time_s in np.arange(10 * i, 10 * i + 4, 0.5):
            person = TrackedPerson(i, np.zeros((17, 3), np.float32), 0.9)
            answer = PersonAction(i, time_s - 0.8, time_s + 0.7, row)
            history.add(float(time_s), [person], [answer])
        passer = TrackedPerson(1000 + i, np.zeros((17, 3), np.float32), 0.9)
        history.add(10.0 * i + 5, [passer], [])  # a glimpse, which is never shown
    ids = [person.id for person in history.results()]
    assert ids == list(range(ids[0], 61))  # the newest ones, each with what was done
    assert all(person.segments for person in history.results())
    assert history.forgotten == ids[0] - 1 > 30
    assert len(history.repetitions()) < len(ids) + 20  # glimpses of late may still come back


@pytest.mark.parametrize(("seen_s", "usual", "all_of_them"), [(0.3, 0, 0), (0.8, 0, 1), (2, 1, 1)])
@pytest.mark.parametrize("apart", [False, True])
def test_bystanders_get_a_lane_where_they_are_wanted(seen_s, usual, all_of_them, apart) -> None:
    """As in a video: gaps in which a person is not found don't count."""
    history = LiveHistory(SegmentSettings())
    person = TrackedPerson(1, np.zeros((17, 3), np.float32), 0.9)
    for time_s in np.arange(0, 5, 0.1):
        later_s = time_s - 2 if apart and time_s >= seen_s / 2 + 2 else time_s
        there = later_s <= seen_s and not (apart and seen_s / 2 <= time_s < seen_s / 2 + 2)
        history.add(float(time_s), [person] if there else [], [])
    for history.bystanders, count in ((False, usual), (True, all_of_them)):
        assert len(history.results()) == count


@pytest.mark.long
def test_repetitions_of_minutes_are_all_counted_in_one_segment():
    """What is final and what continues are one segment, and no cut counts twice."""
    spec = ClipSpec((parse_script("STANDING:2,JUMPING_JACKS:180"),), fps=10)
    (person,) = simulate_truth(spec).people
    true = len(person.segments[1].repetitions_s)
    pipeline, _ = run(np.array(person.times_s), person.keypoints_xyc[:, None])
    pipeline.end_stream()
    (result,) = pipeline.history.results()
    assert [s.action for s in result.segments] == ["JUMPING_JACKS"]
    assert result.segments[0].repetitions == pipeline.history.repetitions()[1]["JUMPING_JACKS"]
    assert true > 150
    assert abs(result.segments[0].repetitions - true) <= true / 20
    kept = pipeline.history._lanes[1].counter.builtin.moments("JUMPING_JACKS")
    assert kept[0] > 20  # memory is bounded


def world() -> np.ndarray:
    """uint8 (640, 640, 3): a place with things in it, of which a camera sees a part."""
    coarse = np.random.default_rng(3).integers(0, 255, (40, 40, 3), np.uint8)
    return cv2.resize(coarse, (640, 640), interpolation=cv2.INTER_CUBIC)


def seen_by(place, people, part: str):
    """A picture, and the joints in its pixels: what a camera of 640 x 480 sends now."""
    if part == "turned":  # the phone is held upright: the same lens, the other way round
        return place[:, 80:560], people + np.array([-80, 80, 0])
    if part == "small":  # the network is busy
        small = cv2.resize(place[80:560], (160, 120), interpolation=cv2.INTER_AREA)
        return small, people * [0.25, 0.25, 1]
    return place[80:560], people


class InTheMiddle(Joints):
    """Finds its people in the middle of what it is shown, between whatever bars."""

    frame = PICTURE

    def estimate(self, rgb: np.ndarray) -> Poses:
        (high, wide), (h, w) = rgb.shape[:2], self.frame.shape[:2]
        bars = np.array([(wide - w) // 2, (high - h) // 2, 0], np.float32)
        return replace(self.poses, keypoints_xyc=self.poses.keypoints_xyc + bars)


@pytest.mark.parametrize("part", ["small", "turned"])
def test_pictures_of_another_size_move_nobody(part):
    times_s, joints = scene("STANDING:9", size_wh=(640, 480), distance_m=5)
    engine, place = InTheMiddle(), world()
    pipeline = LivePipeline(AnalysisSettings(), estimator=engine)
    results = []
    for time_s, people in zip(times_s, joints, strict=True):
        rgb, people = seen_by(place, people, part if 3 < time_s < 6 else "first")
        engine.frame = rgb
        engine.poses = Poses(people.astype(np.float32), np.full(1, 0.9, np.float32))
        results.append(pipeline.update(float(time_s), rgb))
        (person,) = results[-1].people
        shown = in_frame(person.keypoints_xyc, results[-1].size_wh, rgb)
        assert np.abs(shown[:, :2] - people[0, :, :2]).max() < 3
    assert {result.size_wh for result in results} == {(640, 480)}
    pipeline.end_stream()
    assert not [segment for person in pipeline.history.results() for segment in person.segments]
    if part == "small":  # whoever turns the phone begins another shot
        assert {person.id for result in results for person in result.people} == {1}


def test_frames_in_which_nobody_is_due_cost_no_look_and_change_nothing():
    times_s, joints = scene(SCRIPT, fps=30)
    every, seen = run(times_s, joints, settings=AnalysisSettings(skip=0))
    auto, results = run(times_s, joints)
    assert named(results) == named(seen) == ORDER
    assert all(result.looked for result in seen)
    looked = sum(result.looked for result in results)
    assert looked / times_s[-1] == pytest.approx(15, rel=0.05)  # an engine that numbers nobody
    assert all(len(result.people) == 1 for result in results[2:])
    assert set(auto.history.totals()) == set(every.history.totals())


def test_a_session_is_saved_with_what_it_takes_to_correct_and_teach(tmp_path):
    from harec.actions.recognizer import PersonAction
    from harec.live.history import LiveHistory
    from harec.live.recent_tracks import KEPT_S

    history = LiveHistory(SegmentSettings())
    row = np.full(7, 0.02, np.float32)
    row[2] = 0.88

    def go_on(until_s: float, step_s: float = 0.5) -> None:
        for time_s in np.arange(history._newest_s + step_s, until_s, step_s):
            someone = TrackedPerson(1, np.full((17, 3), time_s, np.float32), 0.9)
            answer = PersonAction(1, max(time_s - 0.8, 0.0), time_s + 0.7, row)
            history.add(float(time_s), [someone], [answer])

    def saved() -> harec.PersonResult:
        info = VideoInfo("Webcam", 320, 240, history._newest_s, None, None, 0, LIVE_CODEC, False)
        timings = Timings({}, 0.0, 0, 0)
        analysis = harec.Analysis(info, harec.AnalysisSettings(), history.whole(), timings)
        analysis.save(tmp_path / "live.harec-result")
        opened = harec.load_result(tmp_path / "live.harec-result")
        assert not same_video(opened, "0" * 64)  # whatever video lies beside it
        return opened.people[0]

    go_on(60)
    short = saved()
    assert len(short.estimate_times_s) == len(short.track_times_s) > 100
    assert set(short.moments_s) == set(COUNTED)
    go_on(900)
    long = saved()  # of which the first estimates are forgotten
    assert (long.segments[0].action, long.segments[0].start_s) == ("BOXING", 0.0)
    assert (len(long.estimate_times_s), len(long.moments_s)) == (0, 0)
    assert long.track_times_s[0] == pytest.approx(900 - KEPT_S, abs=1)
    np.testing.assert_allclose(long.keypoints_xyc[:, 0, 0], long.track_times_s)
