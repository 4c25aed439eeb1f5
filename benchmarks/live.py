"""Live frames: how many come back, how old their results are, and what a viewer costs.

    python -m benchmarks.live [--seconds 3] [--quick]

A model that sleeps, and MoveNet, behind a `LiveSession`; the camera brings simulated people who
carry their number, and a mark beside each result says which frame it was made from. First the
session alone, then over a real WebRTC connection, set up as the Live page does: frames are
encoded and decoded on both sides; the viewer's side is another process of the same machine.
"""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import resource
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise
from multiprocessing.connection import Connection
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from benchmarks.hardware import hardware
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
from harec.actions.segments import SegmentSettings
from harec.analysis.results import AnalysisSettings
from harec.live import FairScheduler, LivePerson, LiveResult, LiveSession, LiveStream
from harec.live.history import LiveHistory
from harec.live.protocols import Pipeline
from harec.simulate.clip import simulate_frames
from harec.simulate.spec import ClipSpec, parse_script

RGB = NDArray[np.uint8]
Mode = Literal["lightweight", "balanced", "performance"]
SLEEPS_MS: Final = (0, 50, 100, 300)
MODES: Final[tuple[Mode, ...]] = ("lightweight", "balanced")
#: Frames that differ; then they come again.
FRAMES: Final = 60
#: What the first moments give is left out: connecting, codecs that find their rate.
WARM_UP_S: Final = 1.0
#: The mark beside a result: a limb in one of so many places, so far apart.
PLACES: Final = 40
_STEP_PX: Final = 10
_HIP, _KNEE = 11, 13  # of the left side: orange


@dataclass(frozen=True)
class Case:
    """What is measured. ``model``: milliseconds to sleep, or a mode of MoveNet."""

    model: int | Mode
    size_wh: tuple[int, int] = (480, 360)
    rate: int = 30
    webrtc: bool = False
    viewers: int = 1


@dataclass
class Seen:
    """What one viewer's side of the server saw; times are on the monotonic clock.

    Attributes:
        arrived_s, ready_s: number of a frame -> when it came, when its result was ready.
        shown_s: number of a frame whose result was shown -> when for the first time.
        out: numbers of the frames that went back, in order, with the time.
        show_cpu_s: processor time within `LiveStream.show`, all together.
    """

    arrived_s: dict[int, float] = field(default_factory=dict)
    ready_s: dict[int, float] = field(default_factory=dict)
    shown_s: dict[int, float] = field(default_factory=dict)
    out: list[tuple[float, int]] = field(default_factory=list)
    show_cpu_s: float = 0.0


class Film:
    """A simulated person above a plain band for the mark and the number."""

    def __init__(self, size_wh: tuple[int, int]) -> None:
        width, height = size_wh
        self.band = code_height(size_wh)
        spec = ClipSpec(
            (parse_script("JUMPING_JACKS:4"),), (width, height - 2 * self.band), 15, seed=5
        )
        below = np.full((2 * self.band, width, 3), 90, np.uint8)
        self.frames, self.keypoints_xyc = [], []
        for frame, _ in zip(simulate_frames(spec), range(FRAMES), strict=False):
            self.frames.append(np.concatenate([frame.rgb, below]))
            self.keypoints_xyc.append(frame.keypoints_xyc[0])

    def __call__(self, index: int) -> RGB:
        rgb = self.frames[index % FRAMES].copy()
        write_number(rgb, index % NUMBERS)
        return rgb

    def marked(self, number: int, size_wh: tuple[int, int]) -> tuple[LivePerson, LivePerson]:
        """The person of a frame, and a limb that says which frame it was."""
        keypoints = np.zeros((17, 3), np.float32)
        x = _STEP_PX * (number % PLACES) + _STEP_PX
        top = size_wh[1] - 2 * self.band + 3
        keypoints[_HIP], keypoints[_KNEE] = (x, top, 1), (x, top + self.band - 6, 1)
        person = LivePerson(1, self.keypoints_xyc[number % FRAMES], "JUMPING_JACKS", 0.9)
        return person, LivePerson(2, keypoints)

    def read_mark(self, rgb: RGB, number: int) -> int | None:
        """Which result the mirrored frame ``number`` shows: its frame's number, or None."""
        height = rgb.shape[0]
        rows = rgb[:, ::-1][height - 2 * self.band + 4 : height - self.band - 4].astype(np.int16)
        warm = np.clip(rows[..., 0] - rows[..., 2], 0, None).sum(axis=0).astype(float)
        if warm.max() < 30 * len(rows):
            return None
        near = slice(max(int(warm.argmax()) - 6, 0), int(warm.argmax()) + 7)
        x = float(np.average(np.arange(len(warm))[near], weights=warm[near]))
        place = round(x / _STEP_PX) - 1
        return number - (number - place) % PLACES


class Sleeper:
    """A model that takes a while."""

    def __init__(self, takes_s: float) -> None:
        self._takes_s = takes_s
        self.history = LiveHistory(SegmentSettings(enter=0.6))

    def update(self, time_s: float, rgb: RGB) -> LiveResult[None]:
        time.sleep(self._takes_s)
        return LiveResult(time_s, (rgb.shape[1], rgb.shape[0]), (), model_s=self._takes_s)

    def change(self, settings: AnalysisSettings) -> None: ...
    def relabel(self, settings: AnalysisSettings) -> None: ...

    def reset(self) -> None: ...

    def end_stream(self) -> None: ...


class MarkingPipeline:
    """A pipeline whose results name their frame; what it really found is not shown."""

    def __init__(
        self, inner: Pipeline[None], film: Film, seen: Seen, inferences_s: list[float]
    ) -> None:
        self._inner, self._film, self._seen, self._inferences_s = inner, film, seen, inferences_s
        self.history = inner.history

    def update(self, time_s: float, rgb: RGB) -> LiveResult[None]:
        start_s = time.monotonic()
        result = self._inner.update(time_s, rgb)
        self._inferences_s.append(time.monotonic() - start_s)
        read = read_number(rgb)
        if read is None:
            return replace(result, people=())
        self._seen.ready_s[read[0]] = time.monotonic()
        return replace(result, people=self._film.marked(read[0], result.size_wh))

    def relabel(self, settings: AnalysisSettings) -> None:
        self._inner.relabel(settings)

    def change(self, settings: AnalysisSettings) -> None:
        self._inner.change(settings)

    def reset(self) -> None:
        self._inner.reset()

    def end_stream(self) -> None:
        self._inner.end_stream()


class RecordingStream:
    """A stream that notes what it is given and what it gives back."""

    def __init__(self, stream: LiveStream[None], film: Film, seen: Seen) -> None:
        self._stream, self._film, self._seen = stream, film, seen

    def show(self, time_s: float, rgb: RGB) -> RGB:
        read, now_s = read_number(rgb), time.monotonic()
        if read is not None:
            self._seen.arrived_s.setdefault(read[0], now_s)
        cpu_s = time.thread_time()
        out = self._stream.show(time_s, rgb)
        self._seen.show_cpu_s += time.thread_time() - cpu_s
        if read is not None:
            self._seen.out.append((now_s, read[0]))
            shown = self._film.read_mark(out, read[0])
            if shown is not None:
                self._seen.shown_s.setdefault(shown, time.monotonic())
        return out

    def close(self, wait: bool = True) -> None:
        self._stream.close(wait)


class RecordingController:
    """Where the Live page's processor gets its stream from, as
    `dashboard.live.controller.LiveController`."""

    def __init__(self, live: LiveSession[None], film: Film, seen: Seen) -> None:
        self.seen = seen
        self._live, self._film = live, film

    def open_stream(self) -> RecordingStream:
        return RecordingStream(self._live.open(), self._film, self.seen)

    def close_stream(self, stream: RecordingStream) -> None:
        stream.close(wait=False)


def browsers(pipe: Connection, rate: int, count: int) -> None:
    """The viewers' side, a process of its own: sends offers, gets answers, and reports."""
    film, loop = pipe.recv(), Loop()
    came: list[list[tuple[float, int]]] = [[] for _ in range(count)]

    def note(viewer: int, rgb: RGB) -> None:
        read = read_number(rgb)
        if read is not None:
            came[viewer].append((time.monotonic(), read[0]))

    viewers = [
        Viewer(loop, film, rate, lambda rgb, number=number: note(number, rgb))  # type: ignore[misc]
        for number in range(count)
    ]
    for viewer in viewers:
        pipe.send(viewer.offer())
    for viewer in viewers:
        viewer.connect(pipe.recv())
    pipe.recv()
    for viewer in viewers:
        viewer.hang_up()
    pipe.send([(viewer.camera.sent_s, rows) for viewer, rows in zip(viewers, came, strict=True)])
    loop.close()


@dataclass
class Figures:
    """What came of a case; per viewer where it says so. Times in seconds."""

    fps: float = 0.0
    inferences: list[float] = field(default_factory=list)
    model_s: float = 0.0
    ready: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    first: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    delay: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    show_cpu: float = 0.0
    rest_cpu: float = 0.0


class Bench:
    """Keeps what takes long to make: films and engines."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._films: dict[tuple[int, int], Film] = {}
        self._engines: dict[tuple[Mode, int], Pipeline[None]] = {}

    def film(self, size_wh: tuple[int, int]) -> Film:
        if size_wh not in self._films:
            self._films[size_wh] = Film(size_wh)
        return self._films[size_wh]

    def _model(self, model: int | Mode, viewer: int) -> Pipeline[None]:
        if isinstance(model, int):
            return Sleeper(model / 1000)
        if (model, viewer) not in self._engines:
            from harec.live.pipeline import LivePipeline

            engine = LivePipeline(AnalysisSettings(mode=model))
            for i in range(5):
                engine.update(i / 10, self.film((480, 360))(i))
            self._engines[model, viewer] = engine
        self._engines[model, viewer].reset()
        return self._engines[model, viewer]

    def run(self, case: Case) -> Figures:
        film, scheduler = self.film(case.size_wh), FairScheduler()
        seen = [Seen() for _ in range(case.viewers)]
        inferences: list[list[float]] = [[] for _ in range(case.viewers)]
        sessions = []
        for viewer in range(case.viewers):
            inner = self._model(case.model, viewer)
            marking = MarkingPipeline(inner, film, seen[viewer], inferences[viewer])
            sessions.append(
                LiveSession(pipeline=lambda _, p=marking: p, scheduler=scheduler)  # type: ignore[misc]
            )
        controllers = [
            RecordingController(session, film, one)
            for session, one in zip(sessions, seen, strict=True)
        ]
        way = (
            _over_webrtc(case, controllers, film)
            if case.webrtc
            else _directly(case, controllers, film)
        )
        with way as camera:
            time.sleep(WARM_UP_S)
            before = (
                _spent(),
                [len(rows) for rows in inferences],
                sum(one.show_cpu_s for one in seen),
            )
            start_s = time.monotonic()
            time.sleep(self._seconds)
            end_s = time.monotonic()
            spent, shows = _spent() - before[0], sum(one.show_cpu_s for one in seen) - before[2]
            counts = [len(rows) - n for rows, n in zip(inferences, before[1], strict=True)]
            took = [s for rows, n in zip(inferences, before[1], strict=True) for s in rows[n:]]
        for session in sessions:
            session.close()
        passed_s, each = end_s - start_s, case.viewers * (end_s - start_s)
        figures = Figures(
            inferences=[count / passed_s for count in counts],
            model_s=float(np.median(took)) if took else 0.0,
            show_cpu=shows / each,
            rest_cpu=(spent - shows - camera.cpu_s(start_s, end_s)) / each,
        )
        figures.ready, figures.first = _ages(seen, start_s, end_s)
        rows = camera.back or [one.out for one in seen]
        figures.fps = _distinct(rows, start_s, end_s) / each
        delays = [
            at - sent[number]
            for sent, back in zip(camera.sent, camera.back, strict=True)
            for at, number in back
            if start_s <= at < end_s and number in sent
        ]
        figures.delay = np.array(delays)
        return figures


@dataclass
class CameraSide:
    """What the camera's side knows at the end: see `browsers`; empty without WebRTC."""

    sent: list[dict[int, float]] = field(default_factory=list)
    back: list[list[tuple[float, int]]] = field(default_factory=list)
    own_cpu: list[tuple[float, float]] = field(default_factory=list)

    def cpu_s(self, start_s: float, end_s: float) -> float:
        """What making and reading the frames cost within this process."""
        return sum(cost for at, cost in self.own_cpu if start_s <= at < end_s)


@contextmanager
def _directly(
    case: Case, controllers: list[RecordingController], film: Film
) -> Iterator[CameraSide]:
    """Cameras in threads of this process."""
    side, stop = CameraSide(), threading.Event()

    def camera(controller: RecordingController) -> None:
        stream, start_s, index = controller.open_stream(), time.monotonic(), 0
        while not stop.wait(max(start_s + index / case.rate - time.monotonic(), 0)):
            cpu_s, shown_s = time.thread_time(), controller.seen.show_cpu_s
            stream.show(index / case.rate, film(index))
            cost = time.thread_time() - cpu_s - (controller.seen.show_cpu_s - shown_s)
            side.own_cpu.append((time.monotonic(), cost))
            index += 1
        stream.close()

    threads = [threading.Thread(target=camera, args=(controller,)) for controller in controllers]
    for thread in threads:
        thread.start()
    yield side
    stop.set()
    for thread in threads:
        thread.join()


@contextmanager
def _over_webrtc(
    case: Case, controllers: list[RecordingController], film: Film
) -> Iterator[CameraSide]:
    """Cameras in another process, and the page's own processor."""
    from dashboard.live.camera import Processor  # Streamlit loads, which the cameras don't need

    side, loop = CameraSide(), Loop()
    here, there = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=browsers, args=(there, case.rate, len(controllers))
    )
    process.start()
    here.send(film)
    rooms = [Room(loop, lambda s=controller: Processor(s)) for controller in controllers]  # type: ignore[misc]
    offers = [here.recv() for _ in rooms]
    for room, offer in zip(rooms, offers, strict=True):
        here.send(room.answer(offer))
    deadline = time.monotonic() + 30
    while (
        not all(controller.seen.out for controller in controllers) and time.monotonic() < deadline
    ):
        time.sleep(0.01)
    yield side
    here.send("stop")
    for sent, back in here.recv():
        side.sent.append(sent)
        side.back.append(back)
    process.join()
    for room in rooms:
        room.stop()
    loop.close()


def _spent() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _distinct(rows: list[list[tuple[float, int]]], start_s: float, end_s: float) -> int:
    """Frames within a time that differ from the one before."""
    return sum(a[1] != b[1] and start_s <= b[0] < end_s for back in rows for a, b in pairwise(back))


def _ages(
    seen: list[Seen], start_s: float, end_s: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """From a frame's arrival until its result was ready, and until it was first shown."""
    ready, first = [], []
    for one in seen:
        for number, ready_s in list(one.ready_s.items()):
            if start_s <= ready_s < end_s and number in one.arrived_s:
                ready.append(ready_s - one.arrived_s[number])
                if number in one.shown_s:
                    first.append(one.shown_s[number] - one.arrived_s[number])
    return np.array(ready), np.array(first)


def cases(quick: bool) -> list[Case]:
    models: tuple[int | Mode, ...] = (*SLEEPS_MS, *MODES)
    if quick:
        return [Case(0), Case(100), Case(100, webrtc=True), Case(100, viewers=2)]
    ways = (False, True) if own_address() else (False,)
    found = [Case(model, webrtc=way) for way in ways for model in models]
    for way in ways:
        found += [Case(model, (640, 480), webrtc=way) for model in (0, 100, 300, *MODES)]
        found += [Case(model, rate=15, webrtc=way) for model in (0, 100, *MODES)]
    found += [Case(model, viewers=2) for model in (100, *MODES)]
    if own_address():
        found.append(Case(100, viewers=2, webrtc=True))
    return found


HEAD: Final = (
    f"{'way':<9}{'size':<9}{'fps':>4} {'model':<12}{'took':>6}{'fps back':>9}{'inferences/s':>14}"
    f"{'ready':>12}{'first shown':>13}{'over':>6}{'delay':>11}{'show':>6}{'rest':>6}"
)


def row(case: Case, figures: Figures) -> str:
    name = f"{case.model} ms" if isinstance(case.model, int) else case.model
    width, height = case.size_wh
    over = np.median(figures.first) - figures.model_s if len(figures.first) else np.nan
    inferences = " + ".join(f"{rate:.1f}" for rate in figures.inferences)
    way = "WebRTC" if case.webrtc else "alone"
    return (
        f"{way:<9}{f'{width}x{height}':<9}{case.rate:>4} {name:<12}"
        f"{1000 * figures.model_s:6.0f}{figures.fps:9.1f}{inferences:>14}{_ms(figures.ready):>12}"
        f"{_ms(figures.first):>13}{1000 * over:6.0f}{_ms(figures.delay):>11}"
        f"{figures.show_cpu:6.2f}{figures.rest_cpu:6.2f}"
    )


def _ms(values: Any) -> str:
    """Median and 95th percentile in milliseconds."""
    if not len(values):
        return "-"
    return f"{1000 * np.median(values):.0f} / {1000 * np.percentile(values, 95):.0f}"


NOTES: Final = """\
took: median time of an inference, ms. fps back: distinct frames a second, at the viewer.
ready, first shown: age of a result since its frame arrived, ms, median / 95th percentile: when
the model is done, and on the first frame that shows it; over: the latter less the model's time.
delay: from the camera to the viewer's screen, ms. show, rest: CPU seconds a viewer and second:
drawing, and everything else in the server's process (model, and with WebRTC both codecs).
A result waits for the next frame: up to 33 ms at 30 frames a second, 67 ms at 15."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, default=3.0, help="measured of each case")
    parser.add_argument("--quick", action="store_true", help="a few cases only")
    chosen = parser.parse_args()
    logging.disable(logging.WARNING)  # Streamlit misses its server
    print(hardware())
    if own_address() is None:
        print("no WebRTC: this machine has nothing but the loopback address")
    print(HEAD)
    bench = Bench(chosen.seconds)
    worst: dict[tuple[str, str], float] = defaultdict(float)
    for case in cases(chosen.quick):
        figures = bench.run(case)
        print(row(case, figures), flush=True)
        if case.rate == 30 and len(figures.first):
            over = float(np.median(figures.first)) - figures.model_s
            way = "over WebRTC" if case.webrtc else "alone"
            what = "sleeping models" if isinstance(case.model, int) else "MoveNet"
            worst[way, what] = max(worst[way, what], over)
    print(NOTES)
    for (way, what), over in worst.items():
        print(
            f"{way}, {what}, 30/s: age at most the model's time and {1000 * over:.0f} ms (goal: 50)"
        )


if __name__ == "__main__":
    main()
