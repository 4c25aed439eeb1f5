"""The Live page as a visitor meets it: a simulated person is the camera."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from browser_page import slide_to_end
from live_film import skeleton_fit
from live_page import NEEDS_CAMERA, LivePage, Seen
from playwright.sync_api import expect

from harec.actions.labels import ACTIONS as NAMED
from harec.render.palette import title

pytestmark = [pytest.mark.e2e, pytest.mark.slow, NEEDS_CAMERA]
ACTIONS = ("JUMPING_JACKS", "CLAPPING_HANDS")
#: What lasts so long already is no segment that may still prove too short.
LASTING_S = 1.0
#: How many frames with a skeleton on them are kept.
PICTURES = 3


def set_up(live: LivePage) -> None:
    """Little work for a test machine: a small picture, the fast mode."""
    live.choose("Picture size", "320 × 240")
    live.page.get_by_text("Size and rate are asked").wait_for()
    slide_to_end(live.page, "Mode", "Home")
    loading = live.page.get_by_text("Loading the models")
    expect(loading).to_have_count(0)  # a busy machine drops calls


@dataclass
class Played:
    """What a visitor saw of the film, and took home.

    How many frames get through depends on the machine: no count of actions or repetitions does.
    """

    live: LivePage
    seen: list[Seen] = field(default_factory=list)
    pictures: list[np.ndarray] = field(default_factory=list)
    bars: list[list[Any]] = field(default_factory=list)
    folder: Path = Path()
    saved: Seen | None = None

    def json(self) -> dict[str, Any]:
        return json.loads((self.folder / "live.json").read_text())


@pytest.fixture(scope="module")
def played(visit_for_all, camera_browser, film, tmp_path_factory) -> Played:
    there = Played(
        LivePage(visit_for_all("live", of=camera_browser)), folder=tmp_path_factory.mktemp("saved")
    )
    page = there.live
    set_up(page)
    page.start()  # once, so that the models are loaded when it counts
    page.stop()
    page.press("Reset")
    page.wait_until(lambda: page.seen().time_s == 0, "reset")
    page.switch("Record")
    page.start()

    def round_is_over() -> bool:
        """Every action was shown, and for a while; however many rounds of the film that takes."""
        there.seen.append(seen := page.seen())
        if len(there.pictures) < PICTURES and seen.ids:
            rgb = page.picture()
            if skeleton_fit(film, rgb, mirrored=True)[0] >= 0.9:
                there.pictures.append(rgb)
        shown = {each.actions[0] for each in there.seen if len(each.actions) == 1}
        if not shown >= set(map(title, ACTIONS)) or len(there.pictures) < PICTURES:
            return False
        there.bars = page.bars()
        return {bar[1] for bar in there.bars if bar[3] - bar[2] >= LASTING_S} >= set(ACTIONS)

    page.wait_until(round_is_over, "every action and a skeleton")
    page.press("Save session")
    for name, file in (
        ("Everything", "live.json"),
        ("Segments", "live.csv"),
        ("Video", "live.mp4"),
    ):
        page.download(name, there.folder / file)
    page.wait_until(lambda: page.seen().recording is None, "the recording's end")
    there.saved = page.seen()
    return there


def segments_of(saved: dict[str, Any]) -> list[dict[str, Any]]:
    """In order; a person whom no frame showed for a while has another number after that."""
    segments = [segment for person in saved["people"] for segment in person["segments"]]
    return sorted(segments, key=lambda segment: segment["start_s"])


def test_the_skeleton_is_that_of_the_mirrored_person(played, film):
    """In the browser's own video; left and right stay the person's own."""
    others = [skeleton_fit(film, rgb, mirrored=False)[0] for rgb in played.pictures]
    assert np.median(others) <= 0.5


def test_the_timeline_shows_what_is_saved(played):
    saved = [(s["action"], s["end_s"]) for s in segments_of(played.json())]
    finished = sorted(played.bars, key=lambda bar: bar[3])[:-1]
    assert {bar[1] for bar in played.bars} & set(ACTIONS)
    for _, action, _, end_s, *_ in finished:
        assert any(a == action and abs(s - end_s) < 0.1 for a, s in saved), (action, end_s)


def test_repetitions_shown_are_those_saved(played):
    """That they are right is tested where they are counted; here some frames may be lost."""
    saved: dict[str, int] = defaultdict(int)
    for segment in segments_of(played.json()):
        saved[segment["action"]] += segment["repetitions"] or 0
    before = played.seen[-1].counts
    for action in NAMED:
        assert before.get(title(action), 0) <= saved[action], action
    assert sum(saved.values()) > 0

    def caught_up() -> bool:
        """The page draws its counts a while later."""
        shown = played.live.seen().counts
        return all(shown.get(title(action), 0) >= count for action, count in saved.items())

    played.live.wait_until(caught_up, "all that was saved")


def test_what_was_saved(played):
    names = [segment["action"] for segment in segments_of(played.json())]
    assert set(names) >= set(ACTIONS)
    with (played.folder / "live.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert sorted(row["action"] for row in rows) == sorted(names)


def test_save_ends_the_recording_which_plays_and_shows_the_skeleton(played, film):
    assert any(seen.recording for seen in played.seen)
    assert played.saved.recording is None
    assert not played.live.page.get_by_role("switch", name="Record").is_checked()
    with av.open(str(played.folder / "live.mp4")) as video:
        stream = video.streams.video[0]
        assert stream.codec_context.name == "h264"
        frames = [(frame.time, frame.to_ndarray(format="rgb24")) for frame in video.decode(stream)]
    times = [time_s for time_s, _ in frames]
    assert times == sorted(times)
    assert times[-1] > 0
    assert frames[0][1].shape == (240, 320, 3)
    fits = [skeleton_fit(film, rgb, mirrored=True)[0] for _, rgb in frames[:: len(frames) // 12]]
    assert np.median(fits[1:]) >= 0.9


EVERY_ELEVENTH = 0.12  # a share that a few frames more or less don't reach


def test_sliders_and_switches_act_without_a_new_start(played, film):
    live = played.live
    stream, before = live.stream(), live.seen()
    assert stream is not None
    slide_to_end(live.page, "Skip frames", "End")
    live.wait_until(lambda: 0 < live.seen().seen_share < EVERY_ELEVENTH, "every eleventh frame")
    slide_to_end(live.page, "Skip frames", "Home")
    live.wait_until(lambda: live.seen().seen_share > EVERY_ELEVENTH, "more than that")
    live.switch("Mirror")
    live.wait_until(
        lambda: skeleton_fit(film, live.picture(), mirrored=False)[0] >= 0.9, "not mirrored"
    )
    live.switch("Mirror")
    assert live.stream() == stream
    assert live.seen().time_s > before.time_s
    live.wait_until(lambda: len(live.seen().ids) == 1, "the person")


def test_pause_and_reset(played, film):
    live = played.live
    live.press("Pause")
    live.wait_until(lambda: live.seen().state == "paused", "paused")
    live.wait_until(
        lambda: skeleton_fit(film, live.picture(), mirrored=True)[0] < 0.5, "nobody looked for"
    )

    def at_rest() -> Seen | None:
        before = live.seen()
        live.page.wait_for_timeout(1500)
        return before if live.seen().time_s == before.time_s else None

    paused = live.wait_until(at_rest, "a time that stands")
    live.press("Resume")
    live.wait_until(lambda: live.seen().time_s > paused.time_s + 2, "continues")
    live.press("Reset")
    seen = live.wait_until(lambda: (now := live.seen()).time_s < paused.time_s and now, "reset")
    # Nothing of before is left: only what was done since, however late the page is looked at.
    assert sum(seen.counts.values()) <= 1 + 2.5 * seen.time_s
    live.wait_until(lambda: live.seen().ids == ["Person 1"], "the first person again")
    live.stop()


def threads(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def memory_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096 / 2**20


@pytest.mark.long  # tests/live counts the threads of a session
def test_starts_and_stops_leave_nothing(played, server):
    live = played.live
    if live.seen().state == "running":  # where this test runs without the one that stops it
        live.stop()
    for _ in range(2):  # libraries make threads for good when they are used first
        live.start()
        live.stop()
    before, memory = threads(server.pid), memory_mb(server.pid)
    for _ in range(3):
        live.start()
        live.stop()
    live.wait_until(lambda: threads(server.pid) < before + 3, "less than a thread a start")
    assert memory_mb(server.pid) < memory + 40


def test_two_viewers_share_and_are_told_and_a_closed_tab_ends_its_part(
    played, visit, camera_browser, server
):
    first, second = played.live, LivePage(visit("live", of=camera_browser))
    first.start()
    alone = threads(server.pid)
    set_up(second)
    second.start()
    for one in (first, second):
        one.wait_until(
            lambda one=one: any("2 people use" in hint for hint in one.seen().hints), "reported"
        )
        one.wait_until(lambda one=one: one.seen().ids, "people")
        one.wait_until(lambda one=one: one.seen().seen_share > 0, "inferences")
    both = threads(server.pid)
    second.page.close()

    def alone_again() -> bool:
        server.let_time_pass()
        return not any("2 people" in hint for hint in first.seen().hints)

    first.wait_until(alone_again, "alone again")
    first.wait_until(lambda: threads(server.pid) < both, "the end of a thread of its")
    first.wait_until(lambda: threads(server.pid) <= alone + 2, "its threads' end")
    assert first.seen().state == "running"
    first.stop()


def test_a_denied_camera_tells_what_to_do(visit, launch):
    denied = launch("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream=deny")
    visitor = LivePage(visit("live", of=denied))
    visitor.start_button.click()
    alert = visitor.page.get_by_test_id("stAlert").filter(has_text="was not allowed")
    expect(alert).to_contain_text("allow the camera")
    assert visitor.seen().state == "idle"


def test_without_a_camera(visit):
    alert = visit("live").get_by_test_id("stAlert")
    expect(alert).to_contain_text("No camera was found")
