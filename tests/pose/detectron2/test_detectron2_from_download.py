"""From a download that breaks off to keypoints and actions, with a file of the real size."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from detectron2_reference import assert_same, frames, predict
from file_server import FileServer, serve
from zoo_files import write_zoo_pkl
from zoo_network import random_state

from harec.analysis.analyze import analyze, relabel
from harec.analysis.results import AnalysisSettings
from harec.cli import main as cli
from harec.core.errors import InputError, ModelError
from harec.pose import registry as estimators
from harec.pose.detectron2.estimator import Detectron2Settings, make_config
from harec.pose.registry import (
    ESTIMATORS,
    create_estimator,
    default_estimator,
)
from harec.pose.weights import locate
from harec.pose.weights import spec as weights_spec

pytestmark = pytest.mark.detectron2


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("published") / "model_final.pkl"
    return write_zoo_pkl(path, random_state(frames((640, 480))[0]))


@pytest.fixture(scope="module")
def fetched(published, tmp_path_factory):
    """The weights in a store of their own, by the command line; the server broke off half-way."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(weights_spec.WEIGHTS_DIR, str(tmp_path_factory.mktemp("store")))
        content = published.read_bytes()
        assert len(content) > 230e6
        server = FileServer(content, breaks=[len(content) // 2])
        with serve(server), pytest.raises(SystemExit) as end:
            cli.main(["weights", "download", "detectron2", "--url", server.url])
        assert end.value.code in (0, None)
        assert [asked is None for asked in server.asked] == [True, True, False]  # the rest only
        yield


@pytest.mark.long
def test_keypoints_are_those_of_the_published_file(fetched, published) -> None:
    rgb = frames((640, 480))[0]
    ours = create_estimator("detectron2", mode="lightweight").estimate(rgb)
    config = make_config(Detectron2Settings.of("lightweight", 4), 0.5, "cpu")
    assert_same(ours, predict(config, published, rgb), pixels=0.01, scores=1e-5)  # another layout


def network(**options) -> object:
    return create_estimator("detectron2", mode="lightweight", **options)._model


@pytest.mark.long
def test_the_network_is_loaded_once_for_what_is_asked(fetched) -> None:
    first = network()
    assert network() is first
    assert network(detection_threshold=0.2) is not first
    first = network()
    stored = locate(weights_spec.DETECTRON2)
    assert stored is not None
    os.utime(stored, ns=(1, 1))  # as when it was fetched anew
    assert network() is not first


@pytest.mark.long
def test_the_detection_threshold_reaches_the_network(fetched) -> None:
    rgb = frames((640, 480))[0]
    found = [
        len(create_estimator("detectron2", mode="lightweight", detection_threshold=t).estimate(rgb))
        for t in (0.02, 0.5)
    ]
    assert found[0] > found[1] > 0


def test_ready_but_without_a_gpu_movenet_stays_the_default(monkeypatch, tmp_path) -> None:
    import torch

    there = tmp_path / "weights.pkl"
    there.write_bytes(b"not read here")
    monkeypatch.setenv("HAREC_DETECTRON2_WEIGHTS", str(there))
    assert ESTIMATORS["detectron2"].unavailable() is None
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert default_estimator().name == "movenet"
    assert "no CUDA GPU" in default_estimator().reason
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(estimators, "_made_for_gpus", lambda: True)
    assert default_estimator().name == "detectron2"


@pytest.mark.long
def test_moved_thresholds_relabel_without_the_engine(fetched, make_clip) -> None:
    clip, _ = make_clip("JUMPING_JACKS:1", fps=10)
    settings = AnalysisSettings(
        "detectron2", "lightweight", skip=4, person_threshold=0, detection_threshold=0.3
    )
    base = analyze(clip, settings)
    assert len(base.poses) == 2  # of ten frames
    found = [poses.scores for poses in base.poses]
    assert np.concatenate(found).min() < 0.9  # some would not pass Detectron2's own default
    unsure = relabel(base, AnalysisSettings("detectron2", "lightweight", 4, 1.0, None, 0.3))
    assert unsure.people == ()
    with pytest.raises(InputError, match="detection threshold"):
        relabel(base, AnalysisSettings("detectron2", "lightweight", 4, 0))


def test_without_weights_it_says_how_to_get_them(monkeypatch, tmp_path, capsys) -> None:
    monkeypatch.setenv(weights_spec.WEIGHTS_DIR, str(tmp_path / "none"))
    assert "237 MB" in (ESTIMATORS["detectron2"].unavailable() or "")
    assert "not here yet" in default_estimator().reason
    with pytest.raises(ModelError, match=r"weights download detectron2.*--file.*--url.*WEIGHTS"):
        create_estimator("detectron2")
