"""The models' way into memory, and what a visitor sees of it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from live_stub import StubCamera
from page_reading import alerts, analyze_job, button, finish, upload
from streamlit import config
from waiting import PATIENCE_S

from dashboard import weights_panel
from dashboard.live import camera
from dashboard.server import warmup
from dashboard.server.jobs import JobState
from dashboard.server.warmup import Wanted, WarmUp
from dashboard.yoga import figures
from harec.analysis.results import AnalysisSettings
from harec.core.errors import ModelError
from harec.pose import movenet_onnx
from harec.pose.registry import ESTIMATORS

ROOT = Path(__file__).parents[2]
MOVENET = Wanted("movenet", "balanced")
SETTINGS = AnalysisSettings()


class Loader:
    """Loads when the test lets it go."""

    def __init__(self) -> None:
        self.asked: list[Wanted] = []
        self.error: Exception | None = None
        self.started, self.go = threading.Event(), threading.Event()

    def __call__(self, wanted, settings) -> None:
        self.asked.append(wanted)
        self.started.set()
        assert self.go.wait(PATIENCE_S)
        if self.error is not None:
            raise self.error


@pytest.fixture
def loader(monkeypatch):
    """The process's warm-up, with this loader; nothing heavy follows it."""
    loader = Loader()
    shared = WarmUp(loader)
    monkeypatch.setattr(warmup, "warm_up", lambda: shared)
    monkeypatch.setattr(warmup, "_import_later", lambda: None)
    monkeypatch.setattr(warmup, "settle", lambda stage: None)
    yield loader
    loader.go.set()
    shared.wait(PATIENCE_S)


def pill(page) -> bool:
    """Whether the page says that models load."""
    return any("Loading the models" in element.value for element in page.markdown)


def warmed(page):
    """Once what loads has loaded: the page as its next look shows it."""
    warmup.warm_up().wait(PATIENCE_S)
    return page.run()


# ---- the page


def test_the_page_is_drawn_before_anything_loads(open_page, loader) -> None:
    page = open_page()
    assert pill(page)
    assert loader.asked == []
    page.run()  # the browser's next look
    assert loader.started.wait(PATIENCE_S)
    assert loader.asked == [MOVENET]
    assert pill(page)
    loader.go.set()
    page = warmed(page)
    assert not pill(page)
    assert not alerts(page)


def test_it_loads_once_for_all_visitors(open_page, loader) -> None:
    pages = [open_page().run() for _ in range(3)]
    loader.go.set()
    assert not any(pill(warmed(page)) for page in pages)
    assert loader.asked == [MOVENET]


@pytest.mark.parametrize("error", [None, ModelError("no such model")])
def test_no_run_of_a_page_collects_garbage_while_something_loads(loader, error) -> None:
    """Each would scan all that was imported so far, and let the import wait."""
    assert config.get_option("runner.postScriptGC")
    loader.error = error
    shared = warmup.warm_up()
    shared.begin(MOVENET, SETTINGS)
    assert loader.started.wait(PATIENCE_S)
    assert not config.get_option("runner.postScriptGC")
    loader.go.set()
    assert shared.wait(PATIENCE_S)
    assert config.get_option("runner.postScriptGC")


def test_another_mode_loads_its_own(open_page, loader) -> None:
    loader.go.set()
    page = warmed(open_page().run())
    page.select_slider(key="mode").set_value("lightweight").run()
    page = warmed(page)
    assert loader.asked == [MOVENET, Wanted("movenet", "lightweight")]
    page.select_slider(key="mode").set_value("balanced").run()
    warmed(page)
    assert len(loader.asked) == 2


def test_detectron2_loads_when_it_is_chosen_and_there(open_page, loader, monkeypatch) -> None:
    loader.go.set()
    page = warmed(open_page().run())
    page.selectbox(key="engine").set_value("detectron2").run()
    page = warmed(page)
    assert loader.asked == [MOVENET]  # it can't run: the page says so
    monkeypatch.setattr(weights_panel, "panel", lambda visitor, engine: None)
    monkeypatch.setitem(
        vars(ESTIMATORS["detectron2"]), "unavailable", lambda: None
    )  # a frozen dataclass
    page.run()
    warmed(page)
    assert loader.asked == [MOVENET, Wanted("detectron2", "balanced")]


def test_a_missing_model_is_said_and_tried_again(open_page, loader, clip, fake) -> None:
    loader.error = ModelError("The pose model x.onnx is missing: restore it.")
    loader.go.set()
    page = warmed(open_page().run())
    assert "x\\.onnx is missing" in alerts(page)
    assert not pill(page)
    upload(page, "clip.mp4", clip)  # the page stays usable
    button(page, "Analyze").click().run()
    finish(page)
    assert analyze_job(page).outcome is not None
    assert len(loader.asked) == 1  # and doesn't load at every run
    loader.error = None
    button(page, "Try again").click().run()
    page = warmed(page)
    assert len(loader.asked) == 2
    assert "missing" not in alerts(page)


# ---- without a page


def test_a_damaged_file_is_told_in_plain_words(monkeypatch, tmp_path) -> None:
    """Through the real loader, with a folder of models whose files are no networks."""
    create = ESTIMATORS["movenet"].create
    for name in ("movenet-multipose.onnx", "movenet-thunder.onnx"):
        (tmp_path / name).write_bytes(b"no network")

    def from_folder(name, *, mode, max_people, detection_threshold, precision):
        from harec.pose.movenet import MoveNetEstimator

        assert create is not None
        return MoveNetEstimator(mode, max_people, models_dir=tmp_path)

    monkeypatch.setattr(warmup, "create_estimator", from_folder)
    shared = WarmUp(warmup.load_models)
    shared.begin(MOVENET, SETTINGS)
    shared.wait(PATIENCE_S)
    assert shared.state(MOVENET) is JobState.FAILED
    assert "is damaged: restore it" in (shared.problem(MOVENET) or "")
    shutil.rmtree(tmp_path)
    shared.begin(MOVENET, SETTINGS)
    shared.wait(PATIENCE_S)
    assert "is missing: restore it" in (shared.problem(MOVENET) or "")


def test_nothing_begins_after_the_end(loader) -> None:
    loader.go.set()
    shared = warmup.warm_up()
    shared.close()
    shared.begin(MOVENET, SETTINGS)
    assert shared.state(MOVENET) is JobState.CANCELLED
    assert loader.asked == []


def count(monkeypatch, owner, name, calls) -> None:
    """Note each call of a method."""
    method = getattr(owner, name)

    def counted(*args, **kwargs):
        calls.append(name)
        return method(*args, **kwargs)

    monkeypatch.setattr(owner, name, counted)


def test_pages_run_again_without_the_models(open_page, monkeypatch, tmp_path) -> None:
    """A real result; then sliders, pages and plain runs: no network is made or asked."""
    from harec.actions.model import ActionModel
    from harec.simulate.clip import write_clip
    from harec.simulate.spec import ClipSpec

    monkeypatch.setattr(camera, "webrtc_streamer", StubCamera())
    drawn = threading.Thread(target=lambda: None)
    monkeypatch.setattr(figures, "begin", lambda: drawn)  # seconds, and no model's work
    calls: list[str] = []
    session = movenet_onnx.onnxruntime.InferenceSession
    for owner, name in ((session, "__init__"), (session, "run")):
        count(monkeypatch, owner, name, calls)
    for name in ("load", "logits"):
        count(monkeypatch, ActionModel, name, calls)
    path = tmp_path / "jacks.mp4"
    write_clip(path, ClipSpec(((("JUMPING_JACKS", 2.0),),), size_wh=(320, 240), fps=10, seed=1))
    page = open_page()
    upload(page, "jacks.mp4", path.read_bytes())
    button(page, "Analyze").click().run()
    job = analyze_job(page).job
    assert job.wait(PATIENCE_S)
    finish(page)
    outcome = analyze_job(page).outcome
    assert outcome is not None
    assert outcome.base.people

    assert {"run", "logits"} <= set(calls)
    calls.clear()
    page.run()
    page.slider(key="action_threshold").set_value(0.3).run()
    page.slider(key="smoothing").set_value(0.9).run()
    for name in ("live", "yoga", "analyze"):
        page.switch_page(f"pages/{name}.py").run()
        assert not page.exception
    assert calls == []
    assert analyze_job(page).outcome.shown.settings.smoothing_s == 0.9


# ---- what a module loads


HEAVY = ("torch", "onnxruntime", "pytorch_lightning", "torchvision", "detectron2", "scipy")


@pytest.mark.parametrize(
    ("modules", "besides"),
    [
        ("harec.cli.main", ("numpy", "cv2", "av", "PIL", "plotly", "streamlit", "pandas")),
        # Videos are probed, and plotly's script is served, by the first page.
        (
            "streamlit, dashboard.server.published_files, dashboard.visitor, "
            "dashboard.server.warmup",
            ("pandas",),
        ),
        (
            "dashboard.analyze.intro, dashboard.analyze.running, dashboard.analyze.source, "
            "dashboard.weights_panel, dashboard.warmup_badge",
            ("pandas",),
        ),
        ("dashboard.live.camera, dashboard.live.page, dashboard.live.check", ()),
    ],
)
def test_a_module_leaves_heavy_ones_for_later(modules, besides) -> None:
    code = f"import sys, {modules}\nprint(sorted({{*{(*HEAVY, *besides)!r}}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == "[]", done.stderr
