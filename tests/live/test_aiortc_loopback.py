"""A real WebRTC connection to the Live page's processor: what a visitor's browser gets back."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest

from benchmarks.loopback import (
    NUMBERS,
    Loop,
    Room,
    Viewer,
    code_height,
    own_address,
    read_number,
    write_number,
)
from dashboard.live.camera import Processor
from dashboard.live.controller import LiveController
from harec.actions.segments import SegmentSettings
from harec.core.skeleton import KEYPOINT_NAMES
from harec.live import FairScheduler, LivePerson, LiveResult, LiveSession, LiveState
from harec.live.history import LiveHistory
from harec.render.skeleton import LEFT_RGB, RIGHT_RGB
from harec.simulate.clip import simulate_frames
from harec.simulate.spec import ClipSpec, parse_script

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        own_address() is None,
        reason="WebRTC uses no loopback address, and this machine has no other one",
    ),
]

RATE = 30
#: Long enough for a machine that is busy with something else.
PATIENCE_S = 60.0


def wait_for(true: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, f"{what}: not within {PATIENCE_S:.0f} s"
        time.sleep(0.02)


@dataclass
class Film:
    """A simulated person in pictures that carry their number, and where the joints are."""

    pictures: list[np.ndarray]
    keypoints_xyc: list[np.ndarray]

    def __call__(self, index: int) -> np.ndarray:
        rgb = self.pictures[index % len(self.pictures)].copy()
        write_number(rgb, index % NUMBERS)
        return rgb

    def truth(self, rgb: np.ndarray) -> np.ndarray:
        number, _ = read_number(rgb) or (0, False)  # on a busy machine packets may be lost
        return self.keypoints_xyc[number % len(self.pictures)]


@pytest.fixture(scope="module")
def film() -> Film:
    """One person, 480 x 360: somebody who stands, with arms hanging, and sways a little."""
    size_wh = (480, 360)
    spec = ClipSpec((parse_script("STANDING:2"),), (480, 360 - code_height(size_wh)), RATE, seed=3)
    frames = list(simulate_frames(spec))
    strip = np.zeros((code_height(size_wh), 480, 3), np.uint8)
    return Film(
        [np.concatenate([frame.rgb, strip]) for frame in frames],
        [frame.keypoints_xyc[0] for frame in frames],
    )


@dataclass
class Stub:
    """Sees what the truth says, after a while; one for all streams of a session."""

    truth: Callable[[np.ndarray], np.ndarray] | None = None
    takes_s: float = 0.0
    looks: int = 0
    ends: int = 0
    history: LiveHistory = field(default_factory=lambda: LiveHistory(SegmentSettings(enter=0.6)))

    def update(self, time_s: float, rgb: np.ndarray) -> LiveResult[None]:
        time.sleep(self.takes_s)
        self.looks += 1
        people = () if self.truth is None else (LivePerson(1, self.truth(rgb), "BOXING", 0.9),)
        return LiveResult(time_s, (rgb.shape[1], rgb.shape[0]), people)

    def change(self, settings: object) -> None: ...
    def relabel(self, settings: object) -> None: ...

    def reset(self) -> None: ...

    def end_stream(self) -> None:
        self.ends += 1


class Visit:
    """A visitor: browser and server, connected, on one event loop."""

    def __init__(self, loop: Loop, picture, pipeline, *, mirror=False) -> None:
        self.pictures: list[np.ndarray] = []
        self.scheduler = FairScheduler()
        self.session = LiveSession(
            mirror=mirror, pipeline=lambda _: pipeline, scheduler=self.scheduler
        )
        self.studio = LiveController(None, None, live=self.session)
        self._loop, self._picture = loop, picture
        self.start()

    def start(self) -> None:
        self.room = Room(self._loop, lambda: Processor(self.studio))
        self.viewer = Viewer(self._loop, self._picture, RATE, self.pictures.append)
        self.viewer.connect(self.room.answer(self.viewer.offer()))

    def wait_for_pictures(self, count: int) -> None:
        wait_for(lambda: len(self.pictures) >= count, f"{count} pictures")

    def numbers(self) -> list[tuple[int, bool] | None]:
        return [read_number(rgb) for rgb in self.pictures]

    def ended(self) -> bool:
        return self.session.view().state is LiveState.IDLE and self.scheduler.streams == 0


@pytest.fixture
def loop() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.close()


@pytest.fixture
def visit(loop: Loop) -> Iterator[Callable[..., Visit]]:
    visits: list[Visit] = []

    def visit(picture, pipeline, **options) -> Visit:
        visits.append(Visit(loop, picture, pipeline, **options))
        return visits[-1]

    yield visit
    for one in visits:
        one.viewer.hang_up()
        one.room.stop()
        one.session.close()


def live_threads() -> set[str]:
    """Names of what a visitor's stream runs; other threads belong to Python and its libraries."""
    names = ("harec-", "async_media_processor", "vpx", "decoder", "process_offer")
    return {t.name for t in threading.enumerate() if t.name.startswith(names)}


def warmth(rgb: np.ndarray, x: float, y: float) -> float:
    """How much more red than blue there is around a pixel."""
    part = rgb[max(round(y) - 1, 0) : round(y) + 2, max(round(x) - 1, 0) : round(x) + 2]
    return float(part[..., 0].astype(float).mean() - part[..., 2].astype(float).mean())


def right_colours(rgb: np.ndarray, keypoints_xyc: np.ndarray, mirrored: bool) -> float:
    """Share of the body's joints with the overlay's colour of their side."""
    sides = {"left": LEFT_RGB, "right": RIGHT_RGB}
    hits = []
    for name, (x, y, seen) in zip(KEYPOINT_NAMES, keypoints_xyc, strict=True):
        if not seen or not name.endswith(("hip", "knee", "ankle", "shoulder", "elbow", "wrist")):
            continue
        red, _, blue = sides[name.split("_")[0]]
        at = rgb.shape[1] - 1 - x if mirrored else x
        # VP8 keeps half of the colours' resolution: thin limbs lose strength, not their hue.
        wanted = 0.25 * (red - blue)
        hits.append(warmth(rgb, at, y) * np.sign(wanted) > abs(wanted))
    assert len(hits) >= 10
    return float(np.mean(hits))


@pytest.mark.parametrize("mirror", [False, True])
def test_the_skeleton_comes_back_on_the_joints(visit, film, mirror):
    """Mirrored, left and right stay the person's own."""
    there = visit(film, Stub(film.truth), mirror=mirror)
    there.wait_for_pictures(75)
    shares, bare = [], []
    for rgb in there.pictures[45:75]:  # by then the picture is sharp
        assert rgb.shape == (360, 480, 3)
        number, mirrored = read_number(rgb) or (None, None)
        if number is None:
            continue
        assert mirrored is mirror
        at = film.keypoints_xyc[number % len(film.pictures)]
        shares.append(right_colours(rgb, at, mirrored))
        raw = film.pictures[number % len(film.pictures)]
        bare.append(right_colours(raw[:, ::-1] if mirror else raw, at, mirrored))
    assert len(shares) >= 15
    assert np.median(shares) > 0.9
    assert np.median(bare) < 0.5  # it is the overlay, not the clothes


def test_a_slow_model_does_not_slow_the_pictures(visit, film):
    """30 pictures a second, a model that takes 300 ms."""
    stub = Stub(film.truth, takes_s=0.3)
    there = visit(film, stub)
    there.wait_for_pictures(100)
    looks = stub.looks
    numbers = [number for number, _ in filter(None, there.numbers()[:100])]
    assert len(set(numbers)) >= 0.8 * (numbers[-1] - numbers[0] + 1)
    assert numbers == sorted(numbers)
    assert 2 <= looks <= 0.2 * 100
    latest = there.pictures[-1]
    assert right_colours(latest, film.truth(latest), False) > 0.9


@pytest.mark.parametrize("end", ["the viewer hangs up", "the server stops", "the network is gone"])
def test_the_end_ends_all_threads(loop, film, monkeypatch, end):
    monkeypatch.setattr("aioice.ice.CONSENT_INTERVAL", 0.2)  # a lost network is noticed sooner
    before = live_threads()
    stub = Stub(film.truth, takes_s=0.05)
    there = Visit(loop, film, stub)
    there.wait_for_pictures(15)
    assert live_threads() > before
    if end == "the viewer hangs up":
        there.viewer.hang_up()
    elif end == "the server stops":
        there.room.stop()
    else:
        there.viewer.vanish()
    wait_for(there.ended, "the stream's end")
    wait_for(lambda: stub.ends == 1, "the worker's end")
    assert there.session.view().time_s > 0.2  # what was seen stays
    there.viewer.hang_up()
    there.room.stop()
    wait_for(lambda: live_threads() <= before, "the threads' end")
    there.session.close()


def test_three_starts_are_one_session(visit, film):
    stub = Stub(film.truth)
    there = visit(film, stub)
    ends_s = [0.0]
    for start in range(3):
        if start:
            there.start()
        there.pictures.clear()
        there.wait_for_pictures(15)
        wait_for(lambda: there.session.view().time_s > ends_s[-1], "session time")
        assert there.scheduler.streams == 1
        there.viewer.hang_up()
        wait_for(there.ended, "the stream's end")
        wait_for(lambda start=start: stub.ends == start + 1, "the worker's end")
        ends_s.append(there.session.view().time_s)
    assert ends_s == sorted(ends_s)
    assert not [name for name in live_threads() if name.startswith("harec-live")]


def test_pictures_go_on_when_the_processing_breaks(visit, film, caplog, monkeypatch):
    def broken(stream, time_s, rgb):
        raise OSError("nobody foresaw this")

    monkeypatch.setattr("harec.live.stream.LiveStream.show", broken)
    with caplog.at_level(logging.ERROR, "dashboard.live.camera"):
        there = visit(film, Stub())
        there.wait_for_pictures(20)
    assert len(set(there.numbers())) > 10
    assert len(caplog.records) == 1  # once a stream, not once a picture


def test_a_phone_that_is_turned(visit):
    """The picture's size changes while it runs."""

    def picture(index: int) -> np.ndarray:
        height, width = (240, 320) if index < 30 else (320, 240)
        rgb = np.full((height, width, 3), 90, np.uint8)
        write_number(rgb, index)
        return rgb

    there = visit(picture, Stub(lambda rgb: np.ones((17, 3), np.float32)))
    there.wait_for_pictures(60)
    shapes = {rgb.shape[:2] for rgb in there.pictures[-10:]}
    assert shapes == {(320, 240)}
    assert {rgb.shape[:2] for rgb in there.pictures} == {(240, 320), (320, 240)}
    wait_for(lambda: there.session.view().size_wh == (240, 320), "the session's size")
    assert there.session.view().state is LiveState.RUNNING
