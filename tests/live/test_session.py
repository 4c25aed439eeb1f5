"""A session with a model whose every look the test decides."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import replace
from itertools import count, groupby
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest
from live_stubs import StubPipeline, live, person, show_until_seen
from waiting import PATIENCE_S, until

from harec.analysis.results import AnalysisSettings
from harec.core.errors import ModelError
from harec.live import FairScheduler, LiveSession, LiveState
from harec.live.session_clock import BREAK_S
from harec.live.session_state import SILENT_S
from harec.live.stream import UNEXPECTED
from harec.render.skeleton import LEFT_RGB, RIGHT_RGB

ROOT = Path(__file__).parents[2]
GREY = np.full((120, 160, 3), 90, np.uint8)


OTHERS: list[threading.Thread] = []


@pytest.fixture(autouse=True)
def _others():
    OTHERS[:] = threading.enumerate()


def live_threads() -> list[threading.Thread]:
    """Those of sessions; another test's camera or command may still be on its way out."""
    names = ("harec-live", "harec-recorder")
    return [t for t in threading.enumerate() if t.name in names and t not in OTHERS]


@pytest.fixture
def pipeline():
    return StubPipeline()


@pytest.fixture
def session(pipeline):
    session = live(pipeline, scheduler=FairScheduler())
    yield session
    pipeline.go.set()
    session.close()
    until(lambda: not live_threads())


def near(picture: np.ndarray, x: int, y: int, color: tuple[int, int, int]) -> bool:
    """Whether a colour is drawn within 4 px of a place."""
    part = picture[y - 4 : y + 5, x - 4 : x + 5].astype(int)
    return bool((np.abs(part - color).sum(axis=-1) < 30).any())


def test_a_busy_model_never_holds_up_pictures_and_sees_the_newest(session, pipeline):
    stream = session.open()
    pipeline.go.clear()
    stream.show(0.0, GREY)
    assert pipeline.busy.wait(PATIENCE_S)
    for i in range(1, 31):  # comes back although the model is stuck
        stream.show(i / 30, GREY)
    pipeline.go.set()
    until(lambda: len(pipeline.times_s) == 2)
    assert pipeline.times_s == pytest.approx([0.0, 1.0])


def test_every_picture_shows_the_newest_result(session, pipeline):
    session.mirror = False
    pipeline.people = (person(80, 60),)
    stream = session.open()
    first, second = show_until_seen(stream, pipeline, GREY, [0.0, 0.1])
    assert np.array_equal(first, GREY)  # nothing is known yet
    assert near(second, 100, 60, LEFT_RGB)
    assert near(second, 60, 60, RIGHT_RGB)
    assert GREY.min() == GREY.max() == 90  # the camera's picture is not drawn on
    pipeline.people = (person(40, 90),)
    show_until_seen(stream, pipeline, GREY, [0.2])
    third = stream.show(0.3, GREY)
    assert near(third, 60, 90, LEFT_RGB)
    assert not near(third, 100, 60, LEFT_RGB)


def test_the_mirror_flips_the_picture_and_nothing_else(session, pipeline):
    picture = GREY.copy()
    picture[:, :80] = 200
    pipeline.people = (person(50, 60),)
    stream = session.open()
    show_until_seen(stream, pipeline, picture, [0.0])
    out = stream.show(0.1, picture)
    assert out[5, 5, 0] == 90
    assert out[5, 155, 0] == 200
    # The person's left is still the left: at x = 70 for the camera, 159 - 70 in the mirror.
    assert near(out, 89, 60, LEFT_RGB)
    assert near(out, 129, 60, RIGHT_RGB)
    assert np.array_equal(pipeline.frames[0], picture)  # the model sees what the camera sees
    assert session.view().people[0].keypoints_xyc[5, 0] == 70


def test_a_result_fits_a_picture_of_another_size(session, pipeline):
    session.mirror = False
    pipeline.people = (person(80, 60),)
    stream = session.open()
    show_until_seen(stream, pipeline, GREY, [0.0])
    large = np.full((480, 320, 3), 90, np.uint8)  # the browser has changed it, portrait now
    out = stream.show(0.1, large)
    assert out.shape == large.shape
    # 80 of the 160 columns that the model saw would be of this one, and its left is at 100.
    assert near(out, (100 - 40) * 4, 240, LEFT_RGB)
    assert session.view().size_wh == (320, 480)


def test_states_from_start_to_stop(session, pipeline):
    assert session.view().state is LiveState.IDLE
    stream = session.open()
    assert session.view().state is LiveState.WAITING
    assert session.view().waited_s >= 0
    pipeline.go.clear()
    stream.show(0.0, GREY)
    assert pipeline.busy.wait(PATIENCE_S)
    assert session.view().state is LiveState.LOADING
    pipeline.go.set()
    show_until_seen(stream, pipeline, GREY, [0.1])
    view = session.view()
    assert view.state is LiveState.RUNNING
    assert view.viewers == 1
    stream.close()
    view = session.view()
    assert (view.state, view.camera_fps, view.viewers) == (LiveState.IDLE, 0, 0)
    assert not live_threads()


def test_start_and_stop_while_models_load():
    pipeline, loaded, made = StubPipeline(), threading.Event(), []

    def make(settings):
        made.append(settings)
        assert loaded.wait(PATIENCE_S)
        return pipeline

    session = LiveSession(pipeline=make, scheduler=FairScheduler())
    first = session.open()
    first.show(0.0, GREY)
    until(lambda: made)
    assert session.view().state is LiveState.LOADING
    first.close(wait=False)
    assert session.view().state is LiveState.IDLE
    first.show(0.1, GREY)  # late
    assert session.view().state is LiveState.IDLE
    second = session.open()
    assert session.view().state is LiveState.WAITING
    second.show(5.0, GREY)
    assert session.view().state is LiveState.LOADING
    loaded.set()
    until(lambda: session.view().state is LiveState.RUNNING)  # with no other picture
    assert len(made) == 1
    session.close()
    assert session.view().state is LiveState.IDLE


def test_a_model_that_fails_is_told_and_pictures_go_on(session, pipeline):
    stream = session.open()
    pipeline.people = (person(80, 60),)
    show_until_seen(stream, pipeline, GREY, [0.0])
    pipeline.error = ModelError("The model file is damaged. Restore it.")
    stream.show(0.1, GREY)
    until(lambda: session.view().state is LiveState.FAILED)
    view = session.view()
    assert view.problem == "The model file is damaged. Restore it."
    assert view.people == ()
    looks = len(pipeline.times_s)
    for i in range(5):
        out = stream.show(0.2 + i / 10, GREY)
    assert np.array_equal(out, GREY)
    assert len(pipeline.times_s) == looks  # it is not tried again and again
    pipeline.error = None
    session.settings = AnalysisSettings(action_threshold=0.7)
    show_until_seen(stream, pipeline, GREY, [1.0])
    assert session.view().state is LiveState.RUNNING
    assert pipeline.changes == [AnalysisSettings(action_threshold=0.7)]


@pytest.mark.parametrize("error", [ZeroDivisionError, SystemExit])
@pytest.mark.parametrize("try_again", [LiveSession.retry, LiveSession.reset])
def test_an_unforeseen_error_is_told_in_plain_words_and_can_be_tried_again(
    session, pipeline, caplog, try_again, error
):
    stream = session.open()
    pipeline.error = error("division by zero in /tmp/x")
    with caplog.at_level(logging.ERROR):
        stream.show(0.0, GREY)
        until(lambda: session.view().state is LiveState.FAILED)
    assert session.view().problem == UNEXPECTED
    assert "division by zero" in caplog.text
    pipeline.error = None
    try_again(session)
    show_until_seen(stream, pipeline, GREY, [0.1])
    assert session.view().state is LiveState.RUNNING
    assert ("reset" in pipeline.calls) == (try_again is LiveSession.reset)


def test_a_model_that_can_not_be_loaded_is_told_and_loaded_after_a_change():
    made = []

    def make(settings):
        made.append(settings)
        if len(made) == 1:
            raise ModelError("Fetch the weights first.")
        return pipeline

    pipeline = StubPipeline()
    session = LiveSession(pipeline=make, scheduler=FairScheduler())
    stream = session.open()
    stream.show(0.0, GREY)
    until(lambda: session.view().problem == "Fetch the weights first.")
    session.settings = AnalysisSettings(mode="lightweight")
    show_until_seen(stream, pipeline, GREY, [0.1])
    assert made[1] == AnalysisSettings(mode="lightweight")
    session.close()


def test_pause_stops_looking_and_session_time(session, pipeline):
    pipeline.people = (person(80, 60),)
    stream = session.open()
    show_until_seen(stream, pipeline, GREY, [10.0, 10.5])
    session.pause()
    assert session.view().state is LiveState.PAUSED
    assert session.view().people == ()
    for i in range(10):
        assert np.array_equal(stream.show(11.0 + i, GREY), GREY)
    session.resume()
    show_until_seen(stream, pipeline, GREY, [30.0, 30.5])
    assert pipeline.times_s == pytest.approx([0, 0.5, 0.5 + BREAK_S, 1 + BREAK_S])
    assert pipeline.calls[2:4] == ["end_stream", "update"]  # nothing bridges the pause


def test_what_was_being_looked_at_is_not_shown_after_a_pause_or_reset(session, pipeline):
    pipeline.people = (person(80, 60),)
    stream = session.open()
    for stop in (session.pause, session.reset):
        session.resume()
        pipeline.go.clear()
        stream.show(pipeline.times_s[-1] + 5 if pipeline.times_s else 0.0, GREY)
        assert pipeline.busy.wait(PATIENCE_S)
        looks = len(pipeline.times_s)
        stop()
        pipeline.go.set()
        until(lambda looks=looks: len(pipeline.times_s) > looks)
        until(lambda: stream.idle)
        assert session.view().people == ()


def test_reset_starts_over(session, pipeline):
    stream = session.open()
    show_until_seen(stream, pipeline, GREY, [0.0, 7.0])
    old = pipeline.history
    session.reset()
    assert session.analysis().people == ()
    assert session.view().time_s == 0
    show_until_seen(stream, pipeline, GREY, [7.1])
    assert pipeline.calls[2] == "reset"
    assert pipeline.calls[-1] == "update"
    assert pipeline.history is not old
    assert pipeline.times_s[-1] == 0


def test_reset_between_two_streams_is_not_forgotten(session, pipeline):
    stream = session.open()
    show_until_seen(stream, pipeline, GREY, [0.0])
    stream.close()
    session.reset()
    show_until_seen(session.open(), pipeline, GREY, [0.0])
    assert "reset" in pipeline.calls


@pytest.mark.parametrize(
    ("source_s", "session_s"),
    [
        ([5.0, 5.1, 5.2], [0.0, 0.1, 0.2]),  # any origin
        ([5.0, 5.1, 5.1, 5.05, 5.2], [0.0, 0.1, 0.2]),  # twice, and out of order
        ([5.0, 5.1, 65.1, 65.2], [0.0, 0.1, 60.1, 60.2]),  # a minute without pictures
        ([95.0, 95.1, 0.0, 0.1], [0.0, 0.1, 0.1 + BREAK_S, 0.2 + BREAK_S]),  # source restarted
    ],
)
def test_times_of_the_source(session, pipeline, source_s, session_s):
    stream = session.open()
    for time_s in source_s:
        stream.show(time_s, GREY)
        until(lambda: stream.idle)
    assert pipeline.times_s == pytest.approx(session_s)


def test_skip_leaves_pictures_out_but_shows_them(session, pipeline):
    session.settings = AnalysisSettings(skip=2)
    stream = session.open()
    for i in range(9):
        assert stream.show(i / 10, GREY).shape == GREY.shape
        until(lambda: stream.idle)
    assert pipeline.times_s == pytest.approx([0.0, 0.3, 0.6])


def test_settings_reach_the_model_before_its_next_look(session, pipeline):
    stream = session.open()
    show_until_seen(stream, pipeline, GREY, [0.0])
    wanted = AnalysisSettings(mode="lightweight", max_people=2)
    session.settings = wanted
    show_until_seen(stream, pipeline, GREY, [0.1, 0.2])
    assert pipeline.changes == [wanted]  # once
    assert pipeline.calls == ["update", "change", "update", "update"]


def test_another_start_ends_the_first_camera_and_keeps_the_pipeline(session, pipeline):
    first = session.open()
    show_until_seen(first, pipeline, GREY, [3.0])
    second = session.open()
    until(lambda: len(live_threads()) == 1)
    show_until_seen(second, pipeline, GREY, [0.0])
    assert pipeline.calls == ["update", "end_stream", "update"]
    assert pipeline.times_s[1] == pytest.approx(BREAK_S)
    assert session.view().viewers == 1
    out = first.show(9.0, GREY)  # a picture that was still on its way
    assert np.array_equal(out, GREY)
    assert len(pipeline.times_s) == 2


def test_a_new_stream_waits_for_the_last_look_of_the_old_one(session, pipeline):
    pipeline.go.clear()
    first = session.open()
    first.show(0.0, GREY)
    assert pipeline.busy.wait(PATIENCE_S)
    second = session.open()
    second.show(0.0, GREY)  # does not wait
    assert pipeline.times_s == []
    pipeline.go.set()
    until(lambda: len(pipeline.times_s) == 2)
    assert pipeline.calls == ["update", "end_stream", "update"]


def test_three_starts_and_stops_leave_no_thread(session, pipeline):
    for _ in range(3):
        stream = session.open()
        show_until_seen(stream, pipeline, GREY, [0.0])
        assert len(live_threads()) == 1
        stream.close()
        assert not live_threads()


def test_close_ends_a_stream_that_waits_for_its_turn(pipeline):
    scheduler, other = FairScheduler(), StubPipeline()
    busy, waiting = live(other, scheduler=scheduler), live(pipeline, scheduler=scheduler)
    other.go.clear()
    busy.open().show(0.0, GREY)
    assert other.busy.wait(PATIENCE_S)
    waiting.open().show(0.0, GREY)
    until(lambda: scheduler.waiting == 2)
    waiting.close()  # although the other one still looks
    assert pipeline.times_s == []
    other.go.set()
    busy.close()
    until(lambda: not live_threads())
    assert scheduler.streams == 0


def test_two_viewers_get_the_same_time_of_the_model(monkeypatch):
    """One's looks take three times as long: the other gets three times as many."""
    now_s = [0.0]
    monkeypatch.setattr("harec.live.scheduler.time.monotonic", lambda: now_s[0])
    scheduler, order, cancel = FairScheduler(), [], threading.Event()

    def watch(name: str, look_s: float) -> None:
        while len(order) < 41:
            with scheduler.turn("movenet", name, cancel) as mine:
                assert mine
                until(lambda: scheduler.waiting == 2 or len(order) >= 39)  # the other one wants it
                order.append(name)
                now_s[0] += look_s

    viewers = [threading.Thread(target=watch, args=each) for each in (("quick", 1), ("slow", 3))]
    for viewer in viewers:
        viewer.start()
    for viewer in viewers:
        viewer.join(PATIENCE_S)
    assert order[:40].count("quick") in (29, 30, 31)
    assert max(len(list(g)) for name, g in groupby(order[:39]) if name == "slow") <= 2


def test_a_viewer_of_another_engine_does_not_wait():
    scheduler, slow, quick = FairScheduler(), StubPipeline(), StubPipeline()
    sessions = [
        live(slow, scheduler=scheduler, settings=AnalysisSettings(estimator="detectron2")),
        live(quick, scheduler=scheduler),
    ]
    slow.go.clear()
    sessions[0].open().show(0.0, GREY)
    assert slow.busy.wait(PATIENCE_S)
    stream = sessions[1].open()
    for i in range(5):
        stream.show(float(i), GREY)
        until(lambda i=i: len(quick.times_s) == i + 1)
    views = [session.view() for session in sessions]
    assert [view.viewers for view in views] == [2, 2]
    assert all("2 people use" in view.hints[0] for view in views)
    slow.go.set()
    for session in sessions:
        session.close()


def test_loading_an_engine_keeps_nobody_waiting():
    scheduler, quick, slow = FairScheduler(), StubPipeline(), StubPipeline()
    load = threading.Event()

    def loading(settings):
        assert load.wait(PATIENCE_S)
        return slow

    first = LiveSession(pipeline=loading, scheduler=scheduler)
    second = live(quick, scheduler=scheduler)
    first.open().show(0.0, GREY)
    second.open().show(0.0, GREY)
    until(lambda: quick.times_s)
    assert first.view().state is LiveState.LOADING
    load.set()
    until(lambda: slow.times_s)
    first.close()
    second.close()


def test_stop_and_start_within_a_look_never_have_two_threads_in_the_pipeline(session, pipeline):
    inside, worst = [], []

    def watched(name: str):
        call = getattr(pipeline, name)

        def watch(*args):
            inside.append(name)
            worst.append(len(inside))
            time.sleep(0.02)
            inside.remove(name)
            return call(*args)

        return watch

    pipeline.update, pipeline.end_stream = watched("update"), watched("end_stream")
    for _ in range(5):
        stream = session.open()
        stream.show(0.0, GREY)
        until(lambda: inside)
        stream.close(wait=False)  # as the page does
    until(lambda: pipeline.calls.count("end_stream") == 5)
    assert max(worst) == 1


def test_labels_follow_the_sliders_while_nobody_looks(session, pipeline):
    stream = session.open()
    show_until_seen(stream, pipeline, GREY, [0.0])
    stream.close()
    session.settings = AnalysisSettings(action_threshold=0.9)
    assert pipeline.relabeled == [AnalysisSettings(action_threshold=0.9)]


def test_a_camera_that_stops_leaves_no_label(session, pipeline, monkeypatch):
    ticks, late_s = count(), 0.0
    clock = SimpleNamespace(monotonic=lambda: 100 + next(ticks) / 1e4 + late_s)
    monkeypatch.setattr("harec.live.session_state.time", clock)
    pipeline.people = (person(80, 60, action="JUMPING"),)
    stream = session.open()
    show_until_seen(stream, pipeline, GREY, [0.0, 0.1])
    assert session.view().people
    assert session.view().silent_s < SILENT_S
    late_s = 1.5
    view = session.view()
    assert (view.people, view.age_s) == ((), None)
    assert view.silent_s == pytest.approx(1.5, abs=0.1)


def test_who_left_without_a_word_is_not_counted(monkeypatch):
    now_s = [100.0]
    monkeypatch.setattr("harec.live.scheduler.time.monotonic", lambda: now_s[0])
    scheduler = FairScheduler()
    scheduler.join("left")
    scheduler.join("stays")
    assert scheduler.streams == 2
    now_s[0] += 2
    scheduler.join("stays")
    now_s[0] += 2
    assert scheduler.streams == 1
    scheduler.leave("stays")
    assert scheduler.streams == 0


def test_recording_holds_the_pictures_as_they_were_shown(session, pipeline, tmp_path):
    pipeline.people = (person(80, 60),)
    stream = session.open()
    show_until_seen(stream, pipeline, GREY, [0.0])
    assert session.view().recording_s is None
    session.record(tmp_path / "session.mp4")
    show_until_seen(stream, pipeline, GREY, [1.0, 1.1, 1.25])
    assert session.view().recording_s == pytest.approx(0.25)
    session.pause()
    stream.show(1.4, GREY)  # not recorded
    session.resume()
    show_until_seen(stream, pipeline, GREY, [9.0])
    assert session.record(None) is None
    with av.open(str(tmp_path / "session.mp4")) as video:
        frames = list(video.decode(video=0))
    assert [f.time for f in frames] == pytest.approx([0, 0.1, 0.25, 0.25 + BREAK_S], abs=1e-4)
    picture = frames[1].to_ndarray(format="rgb24")
    assert picture.shape == GREY.shape
    left = picture[56:65, 55:64].astype(int)  # mirrored: x = 159 - 100
    assert (np.abs(left - LEFT_RGB).sum(axis=-1) < 90).any()


def test_recording_goes_on_in_its_size_when_the_camera_changes_its_own(session, pipeline, tmp_path):
    stream = session.open()
    session.record(tmp_path / "s.mp4")
    stream.show(0.0, GREY)
    stream.show(0.1, np.full((240, 100, 3), 250, np.uint8))  # portrait
    session.record(None)
    with av.open(str(tmp_path / "s.mp4")) as video:
        frames = [f.to_ndarray(format="rgb24") for f in video.decode(video=0)]
    assert [f.shape for f in frames] == [GREY.shape] * 2
    assert frames[1][60, 80].min() > 200
    assert frames[1][60, 10].max() < 60


def test_recording_that_can_not_be_written_is_told(session, pipeline, tmp_path):
    stream = session.open()
    session.record(tmp_path / "nowhere" / "s.mp4")
    stream.show(0.0, GREY)
    until(lambda: session.view().hints)
    hint = session.view().hints[-1]
    assert hint.startswith("Nothing is recorded any more.")
    assert str(tmp_path) not in hint
    for i in range(40):  # more than fit into the line before the encoder
        stream.show(0.1 + i / 10, GREY)
    assert "could not be written" in session.record(None)


def test_no_picture_no_recording(session, pipeline, tmp_path):
    session.open()
    session.record(tmp_path / "s.mp4")
    assert session.record(None) is None
    assert list(tmp_path.iterdir()) == []


def test_hints(session, pipeline):
    stream = session.open()
    show_until_seen(stream, pipeline, GREY, [0.0, 1.0])
    assert session.view().hints == ()
    show_until_seen(stream, pipeline, GREY, [4.0])
    assert session.view().hints == (
        "Nobody is in sight: step back until the camera sees most of you.",
    )
    pipeline.brightness = 0.02
    show_until_seen(stream, pipeline, GREY, [5.0])
    assert "almost black" in session.view().hints[0]
    pipeline.people = (person(80, 60),)
    show_until_seen(stream, pipeline, GREY, [6.0])
    assert session.view().hints == ()


@pytest.mark.parametrize(
    ("camera_fps", "looks", "settings", "word"),
    [
        (30.0, 3.0, AnalysisSettings(), "Lightweight"),
        (30.0, 3.0, AnalysisSettings(mode="lightweight"), "fewer people"),
        (15.0, 3.0, AnalysisSettings(skip=4), "skip fewer"),
        (3.0, 3.0, AnalysisSettings(), "the camera sends 3 a second"),
        (30.0, 0.5, AnalysisSettings(), "too few to name actions"),
        (30.0, 9.0, AnalysisSettings(), None),
    ],
)
def test_hints_on_a_slow_model(camera_fps, looks, settings, word):
    from harec.live import LiveResult, LiveView
    from harec.live.advice import hints

    view = LiveView(LiveState.RUNNING, camera_fps=camera_fps, inference_fps=looks, viewers=1)
    result = LiveResult(1.0, (160, 120), (person(80, 60),))
    told = hints(view, result, 0.0, settings, None)
    assert len(told) == (word is not None)
    assert word is None or word in told[0]
    idle = replace(view, state=LiveState.IDLE, viewers=0)
    assert hints(idle, None, 0.0, settings, None) == ()


def test_a_closed_session_is_closed(pipeline):
    session = live(pipeline, scheduler=FairScheduler())
    session.close()
    with pytest.raises(RuntimeError, match="closed"):
        session.open()


def test_a_reset_drops_the_picture_that_waits(session, pipeline):
    """Its time is that of before: the times after it would seem to fall back."""
    stream = session.open()
    pipeline.go.clear()
    stream.show(0.0, GREY)
    assert pipeline.busy.wait(PATIENCE_S)
    stream.show(7.0, GREY)  # waits for the model
    session.reset()
    pipeline.go.set()
    until(lambda: stream.idle)
    stream.show(8.0, GREY)
    until(lambda: len(pipeline.times_s) >= 2)
    until(lambda: stream.idle)
    assert pipeline.times_s == [0.0, 0.0]
