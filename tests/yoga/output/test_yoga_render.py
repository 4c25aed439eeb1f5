"""The coached video: every frame of the source, with what the sampled frames around it show."""

from __future__ import annotations

import threading
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from harec.core.errors import Cancelled
from harec.core.poses import Poses
from harec.simulate.scene.asana_figure import draw_asana_truth
from harec.video import VideoReader, VideoWriter
from harec.yoga.coaching.coach import AsanaCoach
from harec.yoga.output.annotated_video import render_practice
from harec.yoga.output.drawn_moments import NONE, drawn_moments, moment_bytes
from harec.yoga.practice.video import practise
from harec.yoga.recognition.angles import ANGLE_NAMES

SIZE_WH = (320, 240)
FPS, FRAMES = 10, 40
GREY = 90


class Engine:
    """Finds the same body in every frame it sees, but for some."""

    name = "movenet"

    def __init__(self, body, unseen=()):
        self.body, self.unseen, self.frame = body, unseen, -1

    def reset(self):
        pass

    def estimate(self, rgb):
        self.frame += 1
        bodies = np.zeros((0, 17, 3)) if self.frame in self.unseen else self.body[None]
        return Poses(bodies.astype(np.float32), np.full(len(bodies), 0.9, np.float32))


@pytest.fixture(scope="module")
def body():
    return draw_asana_truth("vrikshasana", "left", size_wh=SIZE_WH)[1]


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = tmp_path_factory.mktemp("render") / "grey.mp4"
    image = np.full((SIZE_WH[1], SIZE_WH[0], 3), GREY, np.uint8)
    with VideoWriter(path, SIZE_WH, frame_rate_hint=Fraction(FPS)) as writer:
        for i in range(FRAMES):
            writer.write(image, i / FPS)
    return path


def frames(path):
    with VideoReader(path) as reader:
        return [(frame.time_s, frame.rgb) for frame in reader]


def drawn(rgb):
    """Share of the image that is not the wall."""
    return float((np.abs(rgb.astype(int) - GREY).max(axis=2) > 40).mean())


def test_every_frame_is_there_at_its_time_with_the_body_drawn(source, body, tmp_path):
    practice = practise(source, estimator=Engine(body))
    assert [hold.asana for hold in practice.holds] == ["vrikshasana"]
    warnings = render_practice(practice, source, tmp_path / "out.mp4")
    assert warnings == ()
    times, images = zip(*frames(tmp_path / "out.mp4"), strict=True)
    assert times == pytest.approx(np.arange(FRAMES) / FPS, abs=1e-3)
    assert all(drawn(rgb) > 0.02 for rgb in images)
    ankle = body[16, :2].round().astype(int)
    assert images[20][ankle[1], ankle[0]].max() > 150  # a white keypoint


def test_nothing_is_drawn_where_nobody_was_seen(source, body, tmp_path):
    practice = practise(source, estimator=Engine(body, unseen=range(20, FRAMES)))
    render_practice(practice, source, tmp_path / "out.mp4")
    images = [rgb for _, rgb in frames(tmp_path / "out.mp4")]
    assert drawn(images[10]) > 0.02
    assert drawn(images[30]) < 0.001


def test_the_name_in_the_video_is_that_of_the_hold(source, body):
    practice = practise(source, estimator=Engine(body))
    coach = AsanaCoach()
    hold = practice.holds[0]
    middle_s = (hold.start_s + hold.end_s) / 2
    middle = practice.nearest_index(middle_s)
    said = drawn_moments(practice, coach)[middle]
    assert (said.asana, said.side) == ("vrikshasana", "left")
    none = replace(practice, holds=())
    assert drawn_moments(none, coach)[middle].asana is None


def test_what_the_browser_is_told_of_a_moment(source, body):
    practice = practise(source, estimator=Engine(body))
    coach = AsanaCoach()
    moments = drawn_moments(practice, coach)
    middle = len(moments) // 2
    told = moment_bytes(moments, coach.references)
    assert told.shape == (len(practice.times_s), 20)
    score, side, *rest = told[middle].tolist()
    assert score == int(moments[middle].score + 0.5)
    assert side == 1
    judged = coach.references.of("vrikshasana", "left")
    assert {name for name, how in zip(ANGLE_NAMES, rest[9:], strict=True) if how} == set(judged)
    knee = ANGLE_NAMES.index("left_knee")
    assert rest[knee] == pytest.approx(moments[middle].angles_deg["left_knee"], abs=0.51)
    nothing = moment_bytes(drawn_moments(replace(practice, holds=()), coach), coach.references)
    assert (nothing[:, 0] == NONE).all()
    assert not nothing[:, 1:].any()


def test_a_cancelled_drawing_leaves_no_file(source, body, tmp_path):
    practice = practise(source, estimator=Engine(body))
    cancel = threading.Event()
    shares = []

    def on_progress(progress):
        assert progress.stage == "render"
        shares.append(progress.fraction)
        if len(shares) == 5:
            cancel.set()

    with pytest.raises(Cancelled):
        render_practice(
            practice, source, tmp_path / "out.mp4", on_progress=on_progress, cancel=cancel
        )
    assert list(tmp_path.iterdir()) == []
    assert shares == sorted(shares)


class TremblingEngine(Engine):
    """The body's keypoints are off by some pixels, differently in every frame."""

    def estimate(self, rgb):
        poses = super().estimate(rgb)
        noise = np.random.default_rng(self.frame).normal(0, 4, (len(poses), 17, 2))
        keypoints = poses.keypoints_xyc.copy()
        keypoints[..., :2] += noise.astype(np.float32)
        return Poses(keypoints, poses.scores)


def test_the_score_in_the_video_is_that_of_the_practice(source, body, tmp_path, monkeypatch):
    practice = practise(source, estimator=TremblingEngine(body))
    shown = []

    def record(canvas, keypoints, coaching, **options):
        shown.append(coaching.score)

    monkeypatch.setattr("harec.yoga.output.annotated_video.draw_coaching_on", record)
    render_practice(practice, source, tmp_path / "out.mp4")
    hold = practice.holds[0]
    frame_of = np.rint(practice.times_s * FPS).astype(int)
    within = [
        (shown[frame_of[i]], practice.scores[i])
        for i, time_s in enumerate(practice.times_s)
        if hold.start_s <= time_s <= hold.end_s and practice.names[i] == hold.asana
    ]
    assert len(within) > 5
    drawn_scores, scores = np.array(within, float).T
    np.testing.assert_allclose(drawn_scores, scores, atol=0.01)
    assert np.ptp(scores) > 0.1  # they do differ from moment to moment
