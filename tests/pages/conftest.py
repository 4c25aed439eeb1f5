"""The page without a browser, the engine replaced by one whose every step the test decides."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from page_reading import sent
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest
from waiting import PATIENCE_S

from dashboard import browser_tab, weights_panel
from dashboard import visitor as visitor_module
from dashboard.server import process, warmup
from dashboard.server.jobs import JobState
from dashboard.server.storage import ServerStorage
from dashboard.server.weights_download import WeightsDownload
from harec.actions.segments import Segment
from harec.analysis import analyze as analysis
from harec.analysis.results import Analysis, AnalysisSettings, PersonResult
from harec.core.errors import Cancelled
from harec.core.progress import Progress, Timings
from harec.pose.weights import DETECTRON2, Transfer
from harec.render import annotated_video
from harec.video import VideoInfo, VideoWriter

ROOT = Path(__file__).parents[2]


class Engine:
    """Stands for analysis and drawing: says what it was asked, holds still until it is let go."""

    def __init__(self) -> None:
        self.people = 2
        self.frames_per_second, self.remaining_s = 12.0, 40.0
        self.warnings: tuple[str, ...] = ()
        self.error: Exception | None = None
        self.asked: list[tuple[str, AnalysisSettings]] = []
        self.frame_rates: list[float | None] = []
        self.relabeled: list[AnalysisSettings] = []
        self.relabeled_from: list[AnalysisSettings] = []
        self.rendered: list[AnalysisSettings] = []
        self.started = threading.Event()
        self.go = threading.Event()
        self.go.set()

    def analysis(self, settings: AnalysisSettings, name: str = "clip.mp4") -> Analysis:
        info = VideoInfo(name, 160, 120, 4.0, 40, Fraction(10), 0, "h264", False)
        times = np.arange(0.5, 3.5, 0.1)
        # One weak segment, to see the threshold at work.
        segments = [Segment("BOXING", 0.5, 1.5, 0.9), Segment("JUMPING", 2.0, 3.0, 0.55)]
        kept = tuple(s for s in segments if s.confidence >= (settings.action_threshold or 0.6))
        people = tuple(
            PersonResult(
                number,
                0.1,
                3.9,
                times,
                np.zeros((len(times), 17, 3), np.float32),
                times,
                np.stack([times, times], axis=1),
                probabilities(number, len(times)),
                kept,
            )
            for number in range(1, min(self.people, settings.max_people) + 1)
        )
        timings = Timings({"decode": 0.4, "pose": 2.0}, 3.0, 40, 40)
        return Analysis(info, settings, people, timings, self.warnings)

    def analyze(self, path, settings=None, *, name, on_progress, cancel, frame_rate) -> Analysis:
        self.asked.append((name, settings))
        self.frame_rates.append(frame_rate)
        partial = self.analysis(settings)
        on_progress(Progress("analyze", 0.25, 12.0, 42.0, 1.0, partial))
        speed, left_s = self.frames_per_second, self.remaining_s
        on_progress(Progress("analyze", 0.3, speed, left_s, 1.2, None))
        self.started.set()
        while not self.go.wait(0.01):
            if cancel.is_set():
                raise Cancelled("stopped")
        if self.error:
            raise self.error
        return self.analysis(settings, name)

    def relabel(self, analysis, settings) -> Analysis:
        self.relabeled.append(settings)
        self.relabeled_from.append(analysis.settings)
        return replace(self.analysis(settings, analysis.video.name), timings=analysis.timings)

    def render_video(self, analysis, path, out, *, on_progress, cancel) -> None:
        self.rendered.append(analysis.settings)
        while not self.go.wait(0.01):
            if cancel.is_set():
                raise Cancelled("stopped")
        out.write_bytes(b"annotated")


class Network:
    """Stands for harec.pose.weights.fetch: the test decides what comes, and when."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.tries = 0
        self.total: int | None = 200_000_000
        self.started = threading.Event()
        self.go = threading.Event()

    def fetch(self, on_progress, cancel) -> None:
        self.tries += 1
        on_progress(Transfer("download", 50_000_000, self.total, 2_500_000, 60.0))
        self.started.set()
        while not self.go.wait(0.01):
            if cancel.is_set():
                raise Cancelled("stopped")
        if self.error:
            raise self.error
        self.place_weights()

    def place_weights(self) -> None:
        """Files where the store keeps Detectron2's weights; they are not read here."""
        for path in (DETECTRON2.stored_path, DETECTRON2.record_path):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()


def probabilities(number: int, estimates: int) -> np.ndarray:
    """(E, 7): person 1 mostly does the first action, person 2 the second, and so on."""
    rows = np.full((estimates, 7), 0.1, np.float32)
    rows[:, number - 1] = 0.4
    return rows


@pytest.fixture(autouse=True)
def no_weights(monkeypatch, tmp_path) -> None:
    """The store is empty, whatever the developer's own holds."""
    monkeypatch.setenv("HAREC_WEIGHTS_DIR", str(tmp_path / "weights"))
    monkeypatch.setenv("FVCORE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("HAREC_DETECTRON2_WEIGHTS", raising=False)


class WarmAlready(warmup.WarmUp):
    """Nothing is loaded that a test doesn't ask for."""

    def state(self, wanted) -> JobState:
        return JobState.DONE


@pytest.fixture(autouse=True)
def no_warm_up(monkeypatch) -> None:
    """The models are there, as far as the page knows."""
    already = WarmAlready(lambda wanted, settings: None)
    monkeypatch.setattr(warmup, "warm_up", lambda: already)


@pytest.fixture
def network(monkeypatch) -> Iterator[Network]:
    """What the server's download button reaches instead of the internet."""
    network = Network()
    shared = WeightsDownload(network.fetch)
    monkeypatch.setattr(weights_panel, "download", lambda: shared)
    yield network
    shared.close()
    assert shared.wait(PATIENCE_S)


@pytest.fixture
def fake(monkeypatch) -> Iterator[Engine]:
    fake = Engine()
    monkeypatch.setattr(analysis, "relabel", fake.relabel)
    monkeypatch.setattr(analysis, "analyze", fake.analyze)
    monkeypatch.setattr(annotated_video, "render_video", fake.render_video)
    yield fake
    fake.go.set()


@pytest.fixture(scope="session")
def clip(tmp_path_factory) -> bytes:
    """A real, tiny video."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    with VideoWriter(path, (160, 120), frame_rate_hint=Fraction(10), audio_from=None) as writer:
        for i in range(10):
            writer.write(np.full((120, 160, 3), 20 * i, np.uint8), i / 10)
    return path.read_bytes()


def _without_pages_directory(self, *args, _init=PagesManager.__init__, **options) -> None:
    """AppTest would run the files in pages/ alone; the server runs streamlit_app.py around them."""
    _init(self, *args, **options)
    PagesManager.uses_pages_directory = False


@pytest.fixture(scope="session", autouse=True)
def installed_components() -> Iterator[None]:
    """Streamlit looks for components in all that is installed, AppTest at each run of a page."""
    with pytest.MonkeyPatch.context() as patch:
        once = cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", once)
        yield


@pytest.fixture
def open_page(monkeypatch, tmp_path) -> Iterator[Callable[[], AppTest]]:
    """Opens the page as a new visitor; every visitor leaves at the end."""
    monkeypatch.setattr(process, "storage", lambda: storage)
    monkeypatch.setattr(PagesManager, "__init__", _without_pages_directory)
    storage = ServerStorage(tmp_path / "storage")
    visitors: list[AppTest] = []

    def open_page() -> AppTest:
        page = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=PATIENCE_S).run()
        assert not page.exception
        visitors.append(page)
        return page

    yield open_page
    for visitor in visitors:
        visitor.session_state["visitor"].close()
    storage.close()


@pytest.fixture
def reload(open_page, monkeypatch) -> Callable[..., AppTest]:
    """Opens a page as the browser does that loads it anew: the session is another one, and the
    tab sends what it was told."""
    name = visitor_module.get_script_run_ctx() or SimpleNamespace(session_id="test session id")
    monkeypatch.setattr(visitor_module, "get_script_run_ctx", lambda: name)

    def reload(page: AppTest, at: str | None = None) -> AppTest:
        token = sent(page, "harec_browser_tab")["token"]
        name.session_id += "'"
        fresh = open_page()
        if at is not None:
            fresh.switch_page(f"pages/{at}.py").run()
        with monkeypatch.context() as patch:
            patch.setattr(browser_tab, "st", SimpleNamespace(session_state=fresh.session_state))
            browser_tab.answer({"tokens": [token]})
        fresh.run()
        assert not fresh.exception
        return fresh

    return reload
