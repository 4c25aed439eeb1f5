"""A real WebRTC connection to the Live page's processor: what a visitor's browser gets back.

What a session does with frames is tested in test_session.py, what the page does in
tests/pages/test_live.py: here is what only a connection shows.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest
from waiting import PATIENCE_S, until

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

RATE = 15


@dataclass
class Film:
    """A simulated person in frames that carry their number, and where the keypoints are."""

    pictures: list[np.ndarray]
    keypoints_xyc: list[np.ndarray]

    def __call__(self, index: int) -> np.ndarray:
        rgb = self.pictures[index % len(self.pictures)].copy()
        write_number(rgb, index % NUMBERS)
        return rgb

    def truth(self, rgb: np.ndarray) -> np.ndarray:
        number, _ = read_number(rgb) or (0, False)  # packets may be lost
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
    """Finds what the truth says, while ``go`` is set; ``busy``: it has been asked to."""

    truth: Callable[[np.ndarray], np.ndarray]
    inferences: int = 0
    ends: int = 0
    busy: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)
    history: LiveHistory = field(default_factory=lambda: LiveHistory(SegmentSettings(enter=0.6)))

    def __post_init__(self) -> None:
        self.go.set()

    def update(self, time_s: float, rgb: np.ndarray) -> LiveResult[None]:
        self.busy.set()
        assert self.go.wait(PATIENCE_S)
        self.inferences += 1
        person = LivePerson(1, self.truth(rgb), "BOXING", 0.9)
        return LiveResult(time_s, (rgb.shape[1], rgb.shape[0]), (person,))

    def change(self, settings: object) -> None: ...
    def relabel(self, settings: object) -> None: ...

    def reset(self) -> None: ...

    def end_stream(self) -> None:
        self.ends += 1


class Visit:
    """A visitor: browser and server, connected, on one event loop."""

    def __init__(self, loop: Loop, frame, pipeline) -> None:
        self.pictures: list[np.ndarray] = []
        self.scheduler = FairScheduler()
        self.session = LiveSession(
            mirror=False, pipeline=lambda _: pipeline, scheduler=self.scheduler
        )
        controller = LiveController(None, None, live=self.session)
        self.room = Room(loop, lambda: Processor(controller))
        self.viewer = Viewer(loop, frame, RATE, self.pictures.append)
        self.viewer.connect(self.room.answer(self.viewer.offer()))

    def wait_for_pictures(self, count: int) -> None:
        until(lambda: len(self.pictures) >= count, f"{count} frames")

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

    def visit(frame, pipeline) -> Visit:
        visits.append(Visit(loop, frame, pipeline))
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


def right_colours(rgb: np.ndarray, keypoints_xyc: np.ndarray) -> float:
    """Share of the body's keypoints with the overlay's colour of their side."""
    sides = {"left": LEFT_RGB, "right": RIGHT_RGB}
    hits = []
    for name, (x, y, seen) in zip(KEYPOINT_NAMES, keypoints_xyc, strict=True):
        if not seen or not name.endswith(("hip", "knee", "ankle", "shoulder", "elbow", "wrist")):
            continue
        red, _, blue = sides[name.split("_")[0]]
        # VP8 keeps half of the colours' resolution: thin limbs lose strength, not their hue.
        wanted = 0.25 * (red - blue)
        hits.append(warmth(rgb, x, y) * np.sign(wanted) > abs(wanted))
    assert len(hits) >= 10
    return float(np.mean(hits))


def overlay_fits(film: Film, pictures: list[np.ndarray]) -> bool:
    """Whether the overlay lies on the person in most of the last frames whose number is readable.

    Not in the first ones: the codec's picture sharpens with time, and sooner or later packets are
    lost on a busy machine.
    """
    shares = []
    for rgb in pictures[-20:]:
        if (known := read_number(rgb)) is not None:
            assert known[1] is False  # as the camera sees it
            shares.append(right_colours(rgb, film.truth(rgb)))
    return len(shares) >= 10 and float(np.median(shares)) > 0.9


def test_the_overlay_comes_back_on_the_keypoints(visit, film):
    bare = [
        right_colours(rgb, at) for rgb, at in zip(film.pictures, film.keypoints_xyc, strict=True)
    ]
    assert np.median(bare) < 0.5  # it is the overlay, not the clothes
    there = visit(film, Stub(film.truth))
    until(lambda: overlay_fits(film, there.pictures), "the overlay on the keypoints", 0.2)
    assert there.pictures[-1].shape == (360, 480, 3)


def test_a_slow_model_does_not_hold_up_the_frames(visit, film):
    """They come back while the model is in its first inference, however long that takes."""
    stub = Stub(film.truth)
    stub.go.clear()
    there = visit(film, stub)
    assert stub.busy.wait(PATIENCE_S)
    there.pictures.clear()
    until(lambda: len(set(there.numbers())) >= 20, "frames without a result", 0.1)
    # The codec's first pictures may be too blurred to read the right number.
    numbers = [number for number, _ in filter(None, there.numbers()[-12:])]
    assert numbers == sorted(numbers)
    assert stub.inferences == 0
    stub.go.set()
    until(lambda: overlay_fits(film, there.pictures), "the result's overlay", 0.2)


@pytest.mark.parametrize("end", ["the viewer hangs up", "the server stops", "the network is gone"])
def test_the_end_ends_all_threads(loop, film, monkeypatch, end):
    monkeypatch.setattr("aioice.ice.CONSENT_INTERVAL", 0.2)  # a lost network is noticed sooner
    before = live_threads()
    stub = Stub(film.truth)
    there = Visit(loop, film, stub)
    there.wait_for_pictures(15)
    assert live_threads() > before
    if end == "the viewer hangs up":
        there.viewer.hang_up()
    elif end == "the server stops":
        there.room.stop()
    else:
        there.viewer.vanish()
    until(there.ended, "the stream's end")
    until(lambda: stub.ends == 1, "the worker's end")
    assert there.session.view().time_s > 0  # what was seen stays
    there.viewer.hang_up()
    there.room.stop()
    until(lambda: live_threads() <= before, "the threads' end")
    there.session.close()


def test_a_phone_that_is_turned(visit):
    """The frame's size changes while it runs."""

    def frame(index: int) -> np.ndarray:
        height, width = (240, 320) if index < 30 else (320, 240)
        rgb = np.full((height, width, 3), 90, np.uint8)
        write_number(rgb, index)
        return rgb

    there = visit(frame, Stub(lambda rgb: np.ones((17, 3), np.float32)))
    until(lambda: there.pictures and there.pictures[-1].shape[:2] == (320, 240), "portrait")
    assert {rgb.shape[:2] for rgb in there.pictures} == {(240, 320), (320, 240)}
    until(lambda: there.session.view().size_wh == (240, 320), "the session's size")
    assert there.session.view().state is LiveState.RUNNING
