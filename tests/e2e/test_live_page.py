"""The Live page as a visitor meets it: a simulated person is the camera."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from live_film import CameraFilm, skeleton_fit
from live_page import LivePage, Seen
from playwright.sync_api import expect

from benchmarks.loopback import own_address
from harec.actions.labels import ACTIONS as NAMED
from harec.render.palette import title

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.skipif(
        own_address() is None,
        reason="WebRTC uses no loopback address, and this machine has no other one",
    ),
]
ACTIONS = ("JUMPING_JACKS", "CLAPPING_HANDS")
#: A round of the film, and the end of the last action well behind.
PLAY_S = 24.0
#: A motion is counted when the model sees it at least so often in each of its cycles.
LOOKS_A_CYCLE = 4


@pytest.fixture(scope="module")
def live(server) -> Iterator[Callable[[Any], LivePage]]:
    """Opens the Live page as a new visitor of a browser; no page may throw an error."""
    errors: list[str] = []
    contexts = []

    def live(browser: Any) -> LivePage:
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{server.address}/live")
        page.get_by_role("heading", name="Live").wait_for()
        return LivePage(page)

    yield live
    for context in contexts:
        context.close()
    assert errors == []


def set_up(live: LivePage) -> None:
    """Little work for a test machine: a small picture, the fast mode."""
    live.choose("Picture size", "320 × 240")
    live.page.get_by_text("Size and rate are asked").wait_for()
    mode = live.page.get_by_role("slider", name="Mode")
    mode.focus()
    live.page.keyboard.press("Home")
    expect(mode).to_have_attribute("aria-valuetext", re.compile("Lightweight"))


@dataclass
class Played:
    """What a visitor saw of a round of the film, and took home."""

    live: LivePage
    seen: list[Seen] = field(default_factory=list)
    pictures: list[np.ndarray] = field(default_factory=list)
    bars: list[list[Any]] = field(default_factory=list)
    folder: Path = Path()
    saved: Seen | None = None

    def json(self) -> dict[str, Any]:
        return json.loads((self.folder / "live.json").read_text())


@pytest.fixture(scope="module")
def played(live, camera_browser, tmp_path_factory) -> Played:
    there = Played(live(camera_browser), folder=tmp_path_factory.mktemp("saved"))
    page = there.live
    set_up(page)
    page.start()  # once, so that the models are loaded when it counts
    page.stop()
    page.press("Reset")
    page.wait_until(lambda: page.seen().time_s == 0, "reset")
    page.switch("Record")
    page.start()
    next_s = 3.0
    while (seen := page.seen()).time_s < PLAY_S:
        there.seen.append(seen)
        if seen.time_s >= next_s:
            there.pictures.append(page.picture())
            next_s = seen.time_s + 1
        page.page.wait_for_timeout(150)
    there.bars = page.bars()
    page.press("Save session")
    for name, file in (
        ("Everything", "live.json"),
        ("Segments", "live.csv"),
        ("Video", "live.mp4"),
    ):
        page.download(name, there.folder / file)
    page.page.wait_for_timeout(2000)
    there.saved = page.seen()
    return there


def phase_s(film: CameraFilm, segments: list[dict[str, Any]]) -> float:
    """Where in the film the session began: where its segments fit best."""
    grid_s = np.arange(0, PLAY_S, 0.05)

    def overlap(begin_s: float) -> float:
        at_s = (begin_s + grid_s) % film.duration_s
        fit = 0
        for action in ACTIONS:
            low_s, high_s = film.span_s(action)
            named = np.zeros(len(grid_s), bool)
            for segment in segments:
                if segment["action"] == action:
                    named |= (grid_s >= segment["start_s"]) & (grid_s < segment["end_s"])
            fit += np.count_nonzero(named == ((at_s >= low_s) & (at_s < high_s)))
        return fit

    return max(np.arange(0, film.duration_s, 0.1), key=overlap)


def test_the_right_actions_appear_in_order(played):
    names = [seen.actions[0] if len(seen.actions) == 1 else None for seen in played.seen]
    spells = [(name, len(list(group))) for name, group in groupby(names)]
    titles = [title(action) for action in NAMED]
    long = [name for name, length in spells if name in titles and length >= 5]  # not in passing
    assert [name for name, _ in groupby(long)] == [title(action) for action in ACTIONS]
    assert {id_ for seen in played.seen for id_ in seen.ids} == {"Person 1"}


def test_the_skeleton_comes_back(played, film):
    """In the browser's own video, mirrored; left and right stay the person's own."""
    assert len(played.pictures) >= 10
    fits = [skeleton_fit(film, rgb, mirrored=True)[0] for rgb in played.pictures]
    others = [skeleton_fit(film, rgb, mirrored=False)[0] for rgb in played.pictures]
    assert np.median(fits) >= 0.9
    assert np.median(others) <= 0.5


def test_the_timeline_has_a_lane_with_these_actions(played):
    bars = sorted((bar for bar in played.bars if bar[1] in ACTIONS), key=lambda bar: bar[2])
    assert {bar[0] for bar in played.bars} == {1}
    assert [label for label, _ in groupby(bar[1] for bar in bars)] == list(ACTIONS)


def test_repetitions_are_those_of_the_film(played, film):
    person = played.json()["people"][0]
    begin_s = phase_s(film, person["segments"])
    counts = played.seen[-1].counts
    looks_hz = float(np.median([seen.looks_hz for seen in played.seen]))
    for action in ACTIONS:
        low_s, high_s = film.span_s(action)
        often_hz = len(film.repetitions_s(action)) / (high_s - low_s)
        if looks_hz < LOOKS_A_CYCLE * often_hz:
            continue  # this machine is too busy to see it; the page says so, too
        at_s = [(t - begin_s) % film.duration_s for t in film.repetitions_s(action)]
        truth = sum(t < PLAY_S for t in at_s)
        assert truth >= 5
        assert counts[title(action)] == pytest.approx(truth, abs=max(1, truth / 20)), action
    others = {name: n for name, n in counts.items() if name not in map(title, ACTIONS)}
    assert not any(others.values()), others


def test_what_was_saved(played, film):
    person = played.json()["people"][0]
    names = [segment["action"] for segment in person["segments"]]
    assert [name for name, _ in groupby(names)] == list(ACTIONS)
    begin_s = phase_s(film, person["segments"])
    for action in ACTIONS:
        mine = [segment for segment in person["segments"] if segment["action"] == action]
        low_s, high_s = ((t - begin_s) % film.duration_s for t in film.span_s(action))
        assert mine[0]["start_s"] == pytest.approx(low_s, abs=1.5)
        assert mine[-1]["end_s"] == pytest.approx(high_s, abs=1.5)
    with (played.folder / "live.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["action"] for row in rows] == names


def test_save_ends_the_recording(played):
    assert any(seen.recording for seen in played.seen)
    assert played.saved.recording is None
    assert not played.live.page.get_by_role("switch", name="Record").is_checked()


def test_the_recording_plays_and_shows_the_skeleton(played, film):
    with av.open(str(played.folder / "live.mp4")) as video:
        stream = video.streams.video[0]
        assert stream.codec_context.name == "h264"
        frames = [(frame.time, frame.to_ndarray(format="rgb24")) for frame in video.decode(stream)]
    times = [time_s for time_s, _ in frames]
    assert times == sorted(times)
    assert times[-1] >= PLAY_S - 3  # it begins with the first picture that is looked at
    assert frames[0][1].shape == (240, 320, 3)
    late = [rgb for time_s, rgb in frames if time_s > 3]
    fits = [skeleton_fit(film, rgb, mirrored=True)[0] for rgb in late[:: len(late) // 12]]
    assert np.median(fits) >= 0.9


def test_sliders_and_switches_act_without_a_new_start(played):
    live = played.live
    stream, before = live.stream(), live.seen()
    assert stream is not None
    live.slide("Skip frames", "End")
    live.wait_until(lambda: 0 < live.seen().looks_hz < 2, "every eleventh picture")
    live.slide("Skip frames", "Home")
    live.wait_until(lambda: live.seen().looks_hz > 2, "every picture")
    live.switch("Mirror")
    assert live.stream() == stream
    assert live.seen().time_s > before.time_s
    assert live.seen().ids == ["Person 1"]


def test_mirror_off_shows_what_the_camera_sees(played, film):
    live = played.live
    live.wait_until(
        lambda: skeleton_fit(film, live.picture(), mirrored=False)[0] >= 0.9, "not mirrored"
    )
    live.switch("Mirror")
    live.wait_until(
        lambda: skeleton_fit(film, live.picture(), mirrored=True)[0] >= 0.9, "mirrored again"
    )


def test_pause_and_reset(played, film):
    live = played.live
    live.press("Pause")
    live.wait_until(lambda: live.seen().state == "paused", "paused")
    paused = live.wait_until(lambda: live.seen(), "a look")
    live.page.wait_for_timeout(1500)
    assert live.seen().time_s == paused.time_s
    assert skeleton_fit(film, live.picture(), mirrored=True)[0] < 0.5  # no person is looked for
    live.press("Resume")
    live.wait_until(lambda: live.seen().time_s > paused.time_s + 2, "continues")
    live.press("Reset")
    seen = live.wait_until(lambda: (now := live.seen()).time_s < paused.time_s and now, "reset")
    assert not any(seen.counts.values())
    live.wait_until(lambda: live.seen().ids == ["Person 1"], "the first person again")
    live.stop()


def threads(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def memory_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096 / 2**20


def settled_threads(live: LivePage, pid: int) -> int:
    """The least number within a while: what was stopped takes a moment to end."""
    counts = []
    for _ in range(40):
        counts.append(threads(pid))
        live.page.wait_for_timeout(100)
    return min(counts)


def test_starts_and_stops_leave_nothing(played, server):
    live = played.live
    for _ in range(2):  # libraries make threads for good when they are used first
        live.start()
        live.stop()
    before, memory = settled_threads(live, server.pid), memory_mb(server.pid)
    for _ in range(3):
        live.start()
        assert threads(server.pid) > before
        live.stop()
    assert settled_threads(live, server.pid) < before + 3  # less than one a start
    assert memory_mb(server.pid) < memory + 40


def test_two_viewers_share_and_are_told_and_a_closed_tab_ends_its_part(
    played, live, camera_browser, server
):
    first, second = played.live, live(camera_browser)
    first.start()
    alone = threads(server.pid)
    set_up(second)
    second.start()
    for one in (first, second):
        one.wait_until(
            lambda one=one: any("2 people use" in hint for hint in one.seen().hints), "reported"
        )
        one.wait_until(lambda one=one: one.seen().ids, "people")
        one.wait_until(lambda one=one: one.seen().looks_hz > 0, "looks")
    assert threads(server.pid) > alone
    second.page.close()
    first.wait_until(lambda: not any("2 people" in h for h in first.seen().hints), "alone again")
    first.wait_until(lambda: threads(server.pid) <= alone + 2, "its threads' end")
    assert first.seen().state == "running"
    first.stop()


def test_a_denied_camera_tells_what_to_do(live, launch):
    visitor = live(
        launch("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream=deny")
    )
    visitor.start_button.click()
    alert = visitor.page.get_by_test_id("stAlert").filter(has_text="was not allowed")
    expect(alert).to_contain_text("allow the camera", timeout=60_000)
    assert visitor.seen().state == "idle"


def test_without_a_camera(live, browser):
    visitor = live(browser)
    alert = visitor.page.get_by_test_id("stAlert")
    expect(alert).to_contain_text("No camera was found", timeout=60_000)
