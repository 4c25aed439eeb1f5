"""The sidebar's choice of engine, and the weights that one of them has to fetch first."""

from __future__ import annotations

import threading

from page_reading import analyze_job, button, finish, labels, text, upload, visitor
from waiting import PATIENCE_S

from dashboard import sidebar as sidebar_module
from dashboard import weights_panel
from dashboard.server.weights_download import WeightsDownload
from harec.core.errors import (
    Cancelled,
    ModelError,
    WeightsError,
)
from harec.pose.detectron2 import compat
from harec.pose.registry import (
    ESTIMATORS,
    DefaultEstimator,
    default_estimator,
)
from harec.pose.weights import DETECTRON2

DETECTION = "detection_threshold_detectron2"


def choose(page, engine):
    return page.selectbox(key="engine").set_value(engine).run()


def sliders(page):
    return {s.label: s.value for s in page.slider}


def sidebar(page):
    elements = [*page.sidebar.caption, *page.sidebar.markdown]
    return "\n".join(element.value for element in elements)


def bars(page):
    """Progress bars: how full, in percent, and what they say."""
    return [(bar.proto.value, bar.proto.text) for bar in page.sidebar.get("progress")]


def finished(network):
    """The download has ended, as the page's polling finds out."""
    network.go.set()
    assert weights_panel.download().wait(PATIENCE_S)


def test_both_engines_are_offered_by_their_titles_and_the_default_says_why(fake, open_page):
    page = open_page()
    field = page.selectbox(key="engine")
    assert field.options == ["MoveNet", "Detectron2"]
    default = default_estimator()
    assert field.value == default.name == "movenet"  # there are no weights
    assert default.reason in sidebar(page)
    assert "Download weights" not in labels(page)


def test_each_engine_brings_its_own_thresholds_and_words(fake, open_page):
    page = open_page()
    movenet, detectron2 = ESTIMATORS["movenet"], ESTIMATORS["detectron2"]
    assert sliders(page)["Person threshold"] == 0.3
    assert sliders(page)["Keypoint threshold"] == 0.2
    assert "Detection threshold" not in sliders(page)
    assert page.select_slider(key="mode").help == movenet.modes
    choose(page, "detectron2")
    assert sliders(page)["Person threshold"] == 0.9
    assert sliders(page)["Keypoint threshold"] == 0.05
    assert sliders(page)["Detection threshold"] == 0.5
    assert page.select_slider(key="mode").help == detectron2.modes
    assert detectron2.description in sidebar(page)
    assert default_estimator().reason not in sidebar(page)
    detection = page.slider(key=DETECTION)
    assert (detection.min, detection.max) == (0.05, 0.95)
    assert "SCORE_THRESH_TEST" in detection.help
    choose(page, "movenet")
    assert sliders(page)["Keypoint threshold"] == 0.2


def test_a_default_of_detectron2_starts_with_its_thresholds(fake, open_page, monkeypatch):
    default = DefaultEstimator("detectron2", "Because there is a GPU.")
    monkeypatch.setattr(sidebar_module, "default_engine", lambda: default)
    page = open_page()
    assert page.selectbox(key="engine").value == "detectron2"
    assert sliders(page)["Person threshold"] == 0.9
    assert sliders(page)["Detection threshold"] == 0.5
    assert default.reason in sidebar(page)


def test_what_is_set_is_what_is_analyzed(fake, open_page, clip):
    page = upload(open_page(), "clip.mp4", clip)
    button(page, "Analyze").click().run()
    finish(page)
    choose(page, "detectron2")
    assert "press **Analyze** again" in text(page)
    page.slider(key=DETECTION).set_value(0.25).run()
    button(page, "Analyze").click().run()
    page = finish(page)
    movenet, detectron2 = (asked for _, asked in fake.asked)
    assert (movenet.estimator, movenet.detection_threshold) == ("movenet", None)
    assert (movenet.person_threshold, movenet.keypoint_threshold) == (0.3, 0.2)
    assert (detectron2.estimator, detectron2.detection_threshold) == ("detectron2", 0.25)
    assert (detectron2.person_threshold, detectron2.keypoint_threshold) == (0.9, 0.05)
    assert "Detectron2" in [metric.value for metric in page.metric]
    page.slider(key=DETECTION).set_value(0.5).run()
    assert "detection threshold" in text(page)
    assert "press **Analyze** again" in text(page)
    assert fake.relabeled == []
    page.slider(key=DETECTION).set_value(0.25).run()
    page.slider(key="keypoint_threshold_detectron2").set_value(0.07).run()
    assert [s.keypoint_threshold for s in fake.relabeled] == [0.07]


def test_int8_networks_are_for_the_engine_that_has_them(fake, open_page, clip):
    page = upload(open_page(), "clip.mp4", clip)
    page.selectbox(key="precision").set_value("int8").run()
    button(page, "Analyze").click().run()
    page = finish(page)
    choose(page, "detectron2")
    assert not [box for box in page.selectbox if box.key == "precision"]
    assert "press **Analyze** again" in text(page)
    button(page, "Analyze").click().run()
    finish(page)
    assert [s.precision for _, s in fake.asked] == ["int8", "float"]


def test_the_page_says_before_analyze_that_weights_are_missing(fake, open_page, clip):
    page = upload(open_page(), "clip.mp4", clip)
    assert not page.info
    choose(page, "detectron2")
    assert ESTIMATORS["detectron2"].unavailable() in page.info[0].value
    fake.error = ModelError("Detectron2's weights are not here yet.")
    button(page, "Analyze").click().run()
    page = finish(page)
    assert [e.value for e in page.error] == [r"Detectron2's weights are not here yet\."]
    assert not page.info  # said once
    fake.error = None
    choose(page, "movenet")
    button(page, "Analyze").click().run()
    page = finish(page)
    assert not page.error
    assert analyze_job(page).outcome is not None


def test_missing_weights_come_by_a_button_with_size_and_licence(fake, network, open_page):
    page = choose(open_page(), "detectron2")
    assert "237 MB" in sidebar(page)
    assert "CC BY-SA 3.0" in sidebar(page)
    assert network.tries == 0
    button(page, "Download weights").click().run()
    assert network.started.wait(PATIENCE_S)
    page.run()
    assert bars(page) == [(25, "50 of 200 MB")]
    assert "2.5 MB/s · about 60 s left" in sidebar(page)
    assert "Download weights" not in labels(page)
    analyze_job(page).problem = "Detectron2's weights are not here yet."
    finished(network)
    page.run()
    assert [s.value for s in page.sidebar.success] == ["Detectron2's weights are ready."]
    assert not bars(page)
    assert not page.error
    assert not page.info
    assert page.selectbox(key="engine").value == "detectron2"
    new = open_page()
    default = default_estimator()  # another reason, if not another engine
    assert default.reason in sidebar(new)
    assert new.selectbox(key="engine").value == default.name
    choose(page, "movenet")
    choose(page, "detectron2")
    assert not page.sidebar.success  # it is no news any more
    assert not {"Download weights", "Continue", "Try again"} & set(labels(page))


def test_unknown_length_is_no_full_bar(fake, network, open_page):
    network.total = None
    page = choose(open_page(), "detectron2")
    button(page, "Download weights").click().run()
    assert network.started.wait(PATIENCE_S)
    page.run()
    assert bars(page) == [(21, "50 of about 237 MB")]


def test_all_visitors_see_one_download(fake, network, open_page):
    first, second = choose(open_page(), "detectron2"), choose(open_page(), "detectron2")
    button(first, "Download weights").click().run()
    assert network.started.wait(PATIENCE_S)
    second.run()
    assert bars(second) == [(25, "50 of 200 MB")]
    visitor(first).close()  # who started it may leave
    second.run()
    assert bars(second)
    assert network.tries == 1
    finished(network)
    assert second.run().sidebar.success


def test_download_keeps_nobodys_analysis_waiting(fake, network, open_page, clip):
    page = choose(open_page(), "detectron2")
    button(page, "Download weights").click().run()
    assert network.started.wait(PATIENCE_S)
    other = upload(open_page(), "clip.mp4", clip)
    button(other, "Analyze").click().run()
    assert analyze_job(finish(other)).outcome is not None
    assert bars(page.run())


def test_cancel_stops_it_and_continue_goes_on(fake, network, open_page):
    page = choose(open_page(), "detectron2")
    button(page, "Download weights").click().run()
    assert network.started.wait(PATIENCE_S)
    page.run()
    page.button(key="cancel-weights").click().run()
    assert not bars(page)
    assert not page.error
    button(page, "Continue").click().run()
    assert bars(page)
    finished(network)
    assert network.tries == 2
    assert page.run().sidebar.success


def test_error_is_one_line_with_the_ways_out_and_a_retry(fake, network, open_page):
    network.error = WeightsError(f"No connection to *host*. {DETECTRON2.other_ways}")
    page = choose(open_page(), "detectron2")
    button(page, "Download weights").click().run()
    finished(network)
    page.run()
    assert [e.value.strip() for e in page.error] == [r"No connection to \*host\*\."]
    assert DETECTRON2.how_to_get in sidebar(page)
    network.error = None
    button(page, "Try again").click().run()
    finished(network)
    page.run()
    assert not page.error
    assert page.sidebar.success


def test_weights_that_come_by_another_way_are_noticed(fake, network, open_page):
    page = choose(open_page(), "detectron2")
    assert "Download weights" in labels(page)
    network.place_weights()
    page.run()
    assert page.sidebar.success
    assert "Download weights" not in labels(page)


def test_no_button_where_detectron2_is_not_installed(fake, open_page, monkeypatch):
    monkeypatch.setattr(compat, "installed", lambda: False)
    page = choose(open_page(), "detectron2")
    assert [w.value for w in page.sidebar.warning] == [compat.NOT_INSTALLED]
    assert compat.NOT_INSTALLED in page.info[0].value
    assert "Download weights" not in labels(page)


def test_no_button_where_the_environment_names_another_file(fake, open_page, monkeypatch, tmp_path):
    path = tmp_path / "own.pkl"
    monkeypatch.setenv(DETECTRON2.environment, str(path))
    page = choose(open_page(), "detectron2")
    assert DETECTRON2.environment in page.sidebar.warning[0].value
    assert str(tmp_path) not in page.sidebar.warning[0].value
    assert "Download weights" not in labels(page)
    path.touch()
    page.run()
    assert not page.sidebar.warning
    assert not page.info


def test_the_default_is_asked_for_once_until_weights_come_or_go(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(sidebar_module, "default_estimator", lambda: asked.append(1) or len(asked))
    sidebar_module._default_engine.cache_clear()
    try:
        assert [sidebar_module.default_engine() for _ in range(3)] == [1, 1, 1]
        own = tmp_path / "own.pkl"
        own.touch()
        monkeypatch.setenv(DETECTRON2.environment, str(own))
        assert [sidebar_module.default_engine() for _ in range(2)] == [2, 2]
    finally:
        sidebar_module._default_engine.cache_clear()


def test_a_new_try_waits_for_the_cancelled_one_to_let_go():
    tries, inside, go = [], threading.Semaphore(0), threading.Event()

    def fetch(on_progress, cancel):
        tries.append(cancel)
        inside.release()
        assert go.wait(PATIENCE_S)  # slow to notice
        if cancel.is_set():
            raise Cancelled("stopped")

    download = WeightsDownload(fetch)
    download.start()
    first = download.job
    download.start()  # once is enough
    assert download.job is first
    assert inside.acquire(timeout=PATIENCE_S)
    download.cancel()
    assert first.state == "cancelled"
    download.start()
    assert not download.job.ended
    assert len(tries) == 1
    go.set()
    assert download.wait(PATIENCE_S)
    assert download.job.state == "done"
    assert [cancel.is_set() for cancel in tries] == [True, False]


def test_no_download_begins_after_the_end_of_the_process():
    started = []
    download = WeightsDownload(lambda on_progress, cancel: started.append(cancel))
    download.close()
    download.start()
    assert download.wait(PATIENCE_S)
    assert download.job.state == "cancelled"
    assert started == []
