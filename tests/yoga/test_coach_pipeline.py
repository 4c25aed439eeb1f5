"""What the live coach says of simulated people, as their true joints come in one by one."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from waiting import until

from harec.analysis.results import AnalysisSettings
from harec.core.poses import Poses
from harec.live import FairScheduler
from harec.live.inference import HOLD_S
from harec.simulate.motion.asanas import typical_angles
from harec.simulate.yoga_practice import hold_motion
from harec.yoga.coaching.coach import AsanaCoach
from harec.yoga.live import (
    CoachPipeline,
    CoachSession,
    annotate_coached_frame,
)
from harec.yoga.practice.holds import HoldSettings
from harec.yoga.recognition.asanas import ASANAS
from harec.yoga.recognition.classifier import NO_ASANA, Recognition, load_asana_model
from harec.yoga.recognition.features import turned

ROOT = Path(__file__).parents[2]
PICTURE = np.full((480, 640, 3), 128, np.uint8)


class Joints:
    """A pose engine that says what it is told."""

    name = "told"

    def __init__(self) -> None:
        self.poses = Poses.empty()

    def estimate(self, rgb: np.ndarray) -> Poses:
        return self.poses

    def reset(self) -> None: ...

    def tell(self, *people: np.ndarray) -> None:
        stack = np.stack(people) if people else np.zeros((0, 17, 3), np.float32)
        self.poses = Poses(stack, np.full(len(stack), 0.9, np.float32))


@cache
def practice(*script, rate_hz=10.0):
    """Joints (T, 17, 3) in a picture of 640 x 480, and the true holds."""
    metres, holds = hold_motion(list(script), rate_hz=rate_hz, turning=True)
    return in_picture(metres), holds


def in_picture(metres, x=320.0, scale=200.0):
    keypoints = np.ones((*metres.shape[:-1], 3), np.float32)
    keypoints[..., 0] = x + scale * metres[..., 0]
    keypoints[..., 1] = 460 - scale * metres[..., 1]
    return keypoints


def still(name, side, **angles):
    """One body (17, 3) that holds an asana; angles that are not typical may be given."""
    wanted = {**typical_angles(name, side), **angles}
    metres, _ = hold_motion(
        [(name, side, 0.1)], rate_hz=10, turning=True, angles_of=lambda *_: wanted
    )
    return in_picture(metres[0])


def pipeline(**options):
    engine = Joints()
    return CoachPipeline(AnalysisSettings(), estimator=engine, **options), engine


def watch(coach, engine, frames, *, rate_hz=10.0, start_s=0.0):
    """States of a pipeline that sees frames: each a body (17, 3), several bodies, or None."""
    states = []
    for i, bodies in enumerate(frames):
        told = () if bodies is None else (bodies,) if bodies.ndim == 2 else tuple(bodies)
        engine.tell(*told)
        states.append(coach.update(start_s + i / rate_hz, PICTURE).extra)
    return states


STEPS = [
    ("virabhadrasana_ii", "left"),
    ("vrikshasana", "right"),
    ("tadasana", None),
    *(
        pytest.param(name, side, marks=pytest.mark.long)
        for name, side in [
            ("virabhadrasana_ii", "right"),
            ("natarajasana", "left"),
            ("baddha_konasana", None),
        ]
    ),
]


@pytest.mark.parametrize(("name", "side"), STEPS)
def test_an_asana_is_named_judged_and_timed(name, side):
    joints, (*_, true) = practice(
        ("standing", None, 1.5), (name, side, 5.0), ("standing", None, 2.0)
    )
    coach, engine = pipeline()
    states = watch(coach, engine, joints)
    middle = states[round(10 * (true.start_s + true.end_s) / 2)]
    assert (middle.coaching.asana, middle.coaching.side) == (name, side)
    assert middle.coaching.score > 75
    assert (middle.hold.asana, middle.hold.side, middle.hold.counted) == (name, side, True)
    late = states[round(10 * (true.end_s - 0.5))]
    assert late.hold.held_s == pytest.approx(true.end_s - 0.5 - true.start_s, abs=1.2)
    coach.end_stream()
    found = coach.history.practice()
    (hold,) = [hold for hold in found.holds if hold.asana == name]
    assert hold.side == side
    assert hold.start_s == pytest.approx(true.start_s, abs=1.2)
    assert hold.end_s == pytest.approx(true.end_s, abs=1.2)
    assert found.totals()[name].held_s == hold.duration_s
    assert coach.history.totals()[name] == 1
    assert found.now is None


def test_a_bent_arm_is_said_and_not_praised():
    body = still("virabhadrasana_ii", "left", left_elbow=120.0)
    coach, engine = pipeline()
    states = watch(coach, engine, [body] * 40)
    assert "left_elbow" in [f.angle for f in states[-1].coaching.feedback]
    assert {s.cue.kind for s in states if s.cue} == {"correct"}
    assert "left arm" in states[-1].cue.text
    straight = still("virabhadrasana_ii", "left")
    assert watch(*pipeline(), [straight] * 20)[-1].coaching.score > states[-1].coaching.score + 5


def test_numbers_do_not_tremble_with_the_joints():
    rng = np.random.default_rng(3)
    body = still("virabhadrasana_ii", "left")
    noisy = [body + np.array([1, 1, 0]) * rng.normal(0, 3, body.shape) for _ in range(60)]
    coach, engine = pipeline()
    steady = [s.coaching.score for s in watch(coach, engine, [n.astype(np.float32) for n in noisy])]
    alone = [coach._coach.look(n.astype(np.float32)).score for n in noisy]
    assert np.std(steady[5:]) < 0.75 * np.std(alone)


def test_an_engine_that_misses_a_look_does_not_make_it_flicker():
    body = still("vrikshasana", "left")
    frames = [None if i % 7 == 3 else body for i in range(60)]
    coach, engine = pipeline()
    states = watch(coach, engine, frames)
    assert all(s.coaching is not None and s.person_id == 1 for s in states[:3] + states[4:])
    assert states[-1].hold.held_s > 5
    coach.end_stream()
    assert len(coach.history.practice().holds) == 1


def test_nobody_ends_the_hold_and_is_said():
    body = still("vrikshasana", "left")
    coach, engine = pipeline()
    states = watch(coach, engine, [body] * 40 + [None] * 40 + [body] * 40)
    gone = states[40:80]
    assert gone[int(10 * HOLD_S) + 1].coaching is None
    assert gone[-1].hold is None
    assert gone[-1].cue.kind == "unseen"
    assert states[-1].hold.held_s < 4.1
    coach.end_stream()
    holds = coach.history.practice().holds
    assert [hold.asana for hold in holds] == ["vrikshasana"] * 2
    scores = coach.history.practice().scores
    assert np.isnan(scores).any()
    assert np.nanmax(scores) > 80


def test_nobody_from_the_start():
    coach, engine = pipeline()
    states = watch(coach, engine, [None] * 30)
    assert states[-1].coaching is None
    assert states[-1].person_id is None
    assert states[-1].cue.text == "I can't see you"


def test_feet_out_of_the_picture_are_said_first():
    body = still("vrikshasana", "left", right_knee=150.0)
    body[[15, 16]] = 0
    states = watch(*pipeline(), [body] * 20)
    assert states[-1].cue.text == "Step back: I can't see your feet"


class TestSeveralPeople:
    me = still("vrikshasana", "left")

    def other(self, scale, x=560.0):
        metres, _ = hold_motion([("standing", None, 0.1)], rate_hz=10)
        return in_picture(metres[0], x, scale)

    def test_the_largest_is_coached_and_one_of_like_size_does_not_take_turns(self):
        frames = [np.stack([self.me, self.other(200 + 15 * np.sin(i))]) for i in range(60)]
        frames[::2] = [frame[::-1] for frame in frames[::2]]
        coach, engine = pipeline()
        states = watch(coach, engine, frames)
        ids = {s.person_id for s in states}
        assert len(ids) == 1
        assert states[-1].others == 1

    def test_somebody_who_walks_past_in_front_is_not_coached(self):
        frames = [self.me] * 30
        frames += [np.stack([self.other(330, 30 * i), self.me]) for i in range(20)]
        frames += [self.me] * 20
        coach, engine = pipeline()
        states = watch(coach, engine, frames)
        assert {s.person_id for s in states} == {1}
        assert states[-1].hold.held_s > 6.5
        assert {s.coaching.asana for s in states[10:]} == {"vrikshasana"}

    def test_somebody_who_stays_in_front_is_coached_when_nothing_is_held(self):
        waiting = self.other(100, 500)
        front = still("virabhadrasana_ii", "right")
        coach, engine = pipeline()
        states = watch(coach, engine, [waiting] * 20 + [np.stack([waiting, front])] * 50)
        assert states[19].person_id == 1
        assert states[25].person_id == 1  # not at once
        assert states[-1].person_id == 2
        assert states[-1].coaching.asana == "virabhadrasana_ii"

    def test_a_new_id_for_the_same_body_goes_on_with_the_hold(self):
        coach, engine = pipeline()
        watch(coach, engine, [self.me] * 30)
        coach._inference.end_stream()  # the tracker has lost all people
        states = watch(coach, engine, [self.me] * 30, start_s=3.0)
        assert states[-1].person_id != 1
        assert states[-1].hold.held_s > 5

    def test_who_is_lost_is_waited_for_and_then_the_other_is_coached(self):
        both = np.stack([self.me, self.other(150)])
        coach, engine = pipeline()
        states = watch(coach, engine, [both] * 30 + [self.other(150)] * 40)
        assert states[29].person_id == 1
        assert states[36].person_id is None
        assert states[-1].person_id == 2
        coach.end_stream()
        (hold,) = coach.history.practice().holds
        assert hold.end_s < 3.5

    def test_who_holds_an_asana_is_not_left_for_somebody_in_front(self):
        frames = [self.me] * 30 + [np.stack([self.me, self.other(450)])] * 40
        states = watch(*pipeline(), frames)
        assert {s.person_id for s in states} == {1}
        assert states[-1].hold.held_s > 6.5

    def test_whose_legs_are_hidden_is_as_prominent_as_before(self):
        whole, other = self.other(200, 200), self.other(200, 480)
        hidden = whole.copy()
        hidden[11:, 2] = 0  # behind a desk
        frames = [whole] * 10 + [np.stack([whole, other])] * 10 + [np.stack([hidden, other])] * 40
        assert {s.person_id for s in watch(*pipeline(), frames)} == {1}

    def test_two_who_pass_one_after_the_other_are_not_one_who_stays(self):
        waiting = self.other(100, 320)
        first, second = self.other(230, 60), self.other(230, 580)
        coach, engine = pipeline()
        frames = [waiting] * 20
        frames += [np.stack([waiting, first])] * 8 + [np.stack([waiting, second])] * 8
        states = watch(coach, engine, frames)
        assert {s.person_id for s in states} == {1}
        more = watch(coach, engine, [np.stack([waiting, second])] * 10, start_s=len(frames) / 10)
        assert more[-1].person_id == 3  # who stays is coached


class Told:
    """A model that is as sure of the tree as it is told to be."""

    def __init__(self) -> None:
        self.config = load_asana_model().config
        self.sure = 0.0

    def probabilities(self, keypoints_xyc: np.ndarray) -> np.ndarray:
        out = np.zeros((len(keypoints_xyc), NO_ASANA + 1), np.float32)
        out[:, list(ASANAS).index("vrikshasana")] = self.sure
        out[:, NO_ASANA] = 1 - self.sure
        return out

    def recognise(self, keypoints_xyc: np.ndarray) -> Recognition:
        turns = np.zeros(len(keypoints_xyc), np.int64)
        return Recognition(self.probabilities(keypoints_xyc), turns)


def test_an_asana_that_is_held_keeps_its_name_until_it_falls_below_the_lower_threshold():
    model = Told()
    wanted = HoldSettings(enter=0.6, exit=0.4, smoothing_s=0.0)
    coach, engine = pipeline(coach=AsanaCoach(model=model), hold_settings=lambda: wanted)
    body = still("vrikshasana", "left")
    named = []
    for second, sure in enumerate((0.5, 0.7, 0.5, 0.3)):
        model.sure = sure
        state = watch(coach, engine, [body] * 10, start_s=float(second))[-1]
        named.append((state.coaching.asana, state.coaching.score is not None))
    tree = ("vrikshasana", True)
    assert named == [(None, False), tree, tree, (None, False)]


@pytest.mark.parametrize(("degrees", "turn_deg"), [(0.0, 0), (18.0, 0), (90.0, 270), (180.0, 180)])
def test_the_live_coach_knows_which_way_is_up(degrees, turn_deg):
    coach, engine = pipeline()
    body = turned(still("trikonasana", "left")[None], degrees)[0]
    body[:, :2] += 240 - body[:, :2].mean(axis=0)
    coaching = watch(coach, engine, [body] * 20)[-1].coaching
    assert (coaching.asana, coaching.side, coaching.turn_deg) == ("trikonasana", "left", turn_deg)
    assert any("turned" in text for text in coaching.warnings) == (turn_deg > 0)


def test_a_joint_that_is_not_seen_now_is_not_judged_from_before():
    body = still("vrikshasana", "left")
    hidden = body.copy()
    hidden[9] = 0  # the left wrist, and with it the elbow's angle
    coach, engine = pipeline()
    states = watch(coach, engine, [body] * 20 + [hidden])
    assert "left_elbow" in states[-2].coaching.angles_deg
    assert "left_elbow" not in states[-1].coaching.angles_deg
    assert "right_elbow" in states[-1].coaching.angles_deg


def test_nothing_is_held_any_more_once_the_camera_has_stopped():
    coach, engine = pipeline()
    watch(coach, engine, [still("vrikshasana", "left")] * 30)
    assert coach.history.practice().now.asana == "vrikshasana"
    coach.end_stream()
    assert coach.history.practice().now is None
    assert len(coach.history.practice().holds) == 1


def test_hold_settings_act_on_the_next_look():
    wanted = HoldSettings(min_hold_s=100.0)
    coach, engine = pipeline(hold_settings=lambda: wanted)
    body = still("vrikshasana", "left")
    assert not watch(coach, engine, [body] * 30)[-1].hold.counted
    wanted = HoldSettings(min_hold_s=1.0)
    assert watch(coach, engine, [body], start_s=3.0)[-1].hold.counted
    wanted = HoldSettings(enter=1.0, exit=1.0)  # out of reach
    states = watch(coach, engine, [body] * 30, start_s=3.1)
    assert states[-1].hold is None
    assert states[-1].coaching.asana is None


def test_reset_forgets_holds_and_ids():
    coach, engine = pipeline()
    watch(coach, engine, [still("vrikshasana", "left")] * 30 + [None] * 20)
    assert coach.history.practice().holds
    coach.reset()
    assert coach.history.practice().holds == ()
    assert len(coach.history.practice().times_s) == 0
    states = watch(coach, engine, [still("vrikshasana", "left")] * 10)
    assert states[-1].person_id == 1
    assert states[-1].hold.held_s < 1


def test_the_curve_is_thinned_and_bounded(monkeypatch):
    monkeypatch.setattr("harec.yoga.practice.live_history.CURVE_S", 4.0)
    coach, engine = pipeline()
    watch(coach, engine, [still("vrikshasana", "left")] * 300, rate_hz=30)
    found = coach.history.practice()
    assert 4.0 * 3 < len(found.times_s) <= 4.0 / 0.2 + 1
    assert (np.diff(found.times_s) > 0.19).all()
    assert found.times_s[0] >= 5.9
    assert set(found.asanas) == {"vrikshasana"}
    recent = coach.history.practice(last_s=1.0)
    assert 3 <= len(recent.times_s) <= 6


# ------------------------------------------------------------------ within a session


class Shown:
    """A session with stub engine, shown pictures one by one as a camera's thread does."""

    def __init__(self, **options) -> None:
        self.engine = Joints()
        self.made: list[CoachPipeline] = []

        def make(settings):
            get = lambda: self.session.hold_settings  # noqa: E731
            self.made.append(CoachPipeline(settings, hold_settings=get, estimator=self.engine))
            return self.made[-1]

        self.session = CoachSession(pipeline=make, scheduler=FairScheduler(), **options)
        self.stream = self.session.open()
        self.time_s = 0.0

    def show(self, bodies, rate_hz, looked=True):
        out = PICTURE
        for body in bodies:
            self.engine.tell(body) if body is not None else self.engine.tell()
            before = self.session.view().extra
            out = self.stream.show(self.time_s, PICTURE)
            self.time_s += 1 / rate_hz
            if looked:
                until(lambda before=before: self.session.view().extra is not before, "a result")
        return out


@pytest.fixture
def shown():
    made = []

    def make(**options):
        made.append(Shown(**options))
        return made[-1]

    yield make
    for one in made:
        one.session.close()


@pytest.mark.parametrize("rate_hz", [10.0, pytest.param(30.0, marks=pytest.mark.long)])
def test_a_session_gives_the_same_at_any_rate(shown, rate_hz):
    joints, (true,) = practice(
        ("standing", None, 1.0),
        ("virabhadrasana_ii", "right", 3.5),
        ("standing", None, 1.5),
        rate_hz=rate_hz,
    )
    live = shown()
    until = round(rate_hz * 5.0)
    live.show(joints[:until], rate_hz)
    view = live.session.view()
    assert (view.extra.coaching.asana, view.extra.coaching.side) == ("virabhadrasana_ii", "right")
    assert view.extra.hold.held_s == pytest.approx(5.0 - true.start_s, abs=1.2)
    assert view.extra.coaching.score > 75
    live.show(joints[until:], rate_hz)
    assert live.session.view().repetitions == {"virabhadrasana_ii": 1}
    (hold,) = live.session.practice().holds
    assert hold.duration_s == pytest.approx(true.end_s - true.start_s, abs=2.0)
    live.stream.close()
    assert live.session.practice().holds == (hold,)
    assert live.session.view().extra is None
    assert live.session.analysis().people == ()


def test_a_pause_ends_the_hold_and_its_time_is_not_held(shown):
    body = still("vrikshasana", "left")
    live = shown()
    live.show([body] * 30, 10)
    live.session.pause()
    plain = live.show([body] * 5, 10, looked=False)
    assert np.array_equal(plain, PICTURE)
    live.time_s += 60
    live.session.resume()
    live.show([body] * 30, 10)
    view = live.session.view()
    assert view.extra.hold.held_s < 3.2
    (hold,) = live.session.practice().holds
    assert hold.duration_s == pytest.approx(2.9, abs=0.15)


def test_a_reset_while_it_runs(shown):
    body = still("vrikshasana", "left")
    live = shown()
    live.show([body] * 30, 10)
    live.session.reset()
    assert live.session.practice().holds == ()
    live.show([body] * 10, 10)
    assert live.session.view().extra.hold.held_s < 1.1
    assert live.session.practice().holds == ()


def test_the_mirror_shows_the_same_words_and_swaps_nothing(shown):
    body = still("virabhadrasana_ii", "left", left_elbow=120.0)
    pictures, states = [], []
    for mirror in (True, False):
        live = shown(mirror=mirror)
        pictures.append(live.show([body] * 20, 10))
        states.append(live.session.view().extra)
    assert states[0].coaching.side == states[1].coaching.side == "left"
    assert states[0].cue == states[1].cue
    # Name plate and cue are the same letters in the same places; the body is on the other side.
    for letters in (np.s_[-40:-20, 150:490], np.s_[14:40, 20:120]):
        one, other = (picture[letters].min(axis=-1) > 170 for picture in pictures)
        assert one.sum() > 50
        assert np.array_equal(one, other)
    assert not np.array_equal(pictures[0], pictures[1])


def test_the_hold_settings_of_a_session_may_change_while_it_runs(shown):
    body = still("vrikshasana", "left")
    live = shown(hold_settings=HoldSettings(min_hold_s=100))
    live.show([body] * 20, 10)
    assert not live.session.view().extra.hold.counted
    live.session.hold_settings = HoldSettings(min_hold_s=0.5)
    live.show([body], 10)
    assert live.session.view().extra.hold.counted


def test_a_picture_of_another_size_than_the_model_saw():
    coach, engine = pipeline()
    engine.tell(still("vrikshasana", "left"))
    result = coach.update(0.0, PICTURE)
    large = np.full((960, 1280, 3), 128, np.uint8)
    out = annotate_coached_frame(large, result, False, 0.2)
    assert out.shape == large.shape
    x, y = (2 * result.people[0].keypoints_xyc[9, :2]).astype(int)  # a wrist
    assert (out[y - 3 : y + 4, x - 3 : x + 4] != 128).any()
    assert (large == 128).all()
    assert np.array_equal(annotate_coached_frame(PICTURE, None, True, 0.2), PICTURE)
