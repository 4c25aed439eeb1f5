"""Keypoint R-CNN with random weights: the adapter answers what Detectron2 itself answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from detectron2_reference import assert_same, by_score, frames, predict
from zoo_files import write_zoo_pkl
from zoo_network import random_state

from harec.cli import main as cli
from harec.core.errors import ModelError
from harec.pose.base import BatchPoseEngine
from harec.pose.detectron2.estimator import (
    Detectron2Estimator,
    Detectron2Settings,
    best_device,
    make_config,
    to_poses,
)

pytestmark = pytest.mark.detectron2

SMALL = Detectron2Settings(192, 320, 200, 5, autocast=False)


@pytest.fixture(scope="module")
def state() -> dict[str, np.ndarray]:
    return random_state(frames((640, 480))[0])


@pytest.fixture(scope="module")
def zoo_file(state, tmp_path_factory) -> Path:
    """The same weights as the model zoo publishes its own."""
    path = tmp_path_factory.mktemp("zoo") / "model_final.pkl"
    write_zoo_pkl(path, state)
    return path


@pytest.fixture(scope="module")
def small(state) -> Detectron2Estimator:
    """Quick, and finds something in anything."""
    return Detectron2Estimator(settings=SMALL, state=state, detection_threshold=0.05)


@pytest.mark.parametrize(
    ("mode", "size_wh"),
    [
        pytest.param("lightweight", (640, 480), marks=pytest.mark.long),
        pytest.param("lightweight", (480, 854), marks=pytest.mark.long),
        ("lightweight", (200, 150)),  # enlarged
        pytest.param("balanced", (640, 480), marks=pytest.mark.long),
    ],
)
def test_same_as_default_predictor(mode, size_wh, state, zoo_file) -> None:
    rgb = frames(size_wh)[0]
    # The layout in memory changes the last bits, see below.
    settings = replace(Detectron2Settings.of(mode, 4), channels_last=False)
    ours = Detectron2Estimator(settings=settings, state=state).estimate(rgb)
    assert_same(ours, predict(make_config(settings, 0.5, "cpu"), zoo_file, rgb))


@pytest.mark.long
def test_performance_is_the_articles_set_up(state, zoo_file) -> None:
    """The zoo's config as it is, SCORE_THRESH_TEST 0.5, nothing else."""
    from detectron2 import model_zoo

    config = model_zoo.get_config("COCO-Keypoints/keypoint_rcnn_R_50_FPN_3x.yaml")
    config.MODEL.DEVICE = "cpu"
    config.MODEL.ROI_HEADS.SCORE_THRESH_TEST = 0.5
    rgb = frames((640, 480))[0]
    ours = Detectron2Estimator("performance", 4, state=state).estimate(rgb)
    assert_same(ours, predict(config, zoo_file, rgb))


def test_analyze_end_to_end(zoo_file, make_clip, tmp_path, capsys, monkeypatch) -> None:
    """The job that the page runs, by the command line: frames skipped, video, JSON, CSV."""
    monkeypatch.setenv("HAREC_DETECTRON2_WEIGHTS", str(zoo_file))
    clip, _ = make_clip("JUMPING_JACKS:1", fps=10)
    outs = {name: tmp_path / f"out.{name}" for name in ("json", "csv", "mp4")}
    options = ["--estimator", "detectron2", "--mode", "lightweight", "--skip", "4"]
    options += ["--person-threshold", "0", "--keypoint-threshold", "0"]
    options += ["--detection-threshold", "0.3"]
    files = ["--json", outs["json"], "--csv", outs["csv"], "--video", outs["mp4"]]
    with pytest.raises(SystemExit) as end:
        cli.main(["analyze", str(clip), *options, *map(str, files)])
    assert end.value.code in (0, None)
    assert "by Detectron2" in capsys.readouterr().out
    settings = json.loads(outs["json"].read_text())["settings"]
    assert (settings["estimator"], settings["detection_threshold"]) == ("detectron2", 0.3)
    assert all(path.stat().st_size > 0 for path in outs.values())


@pytest.mark.long
def test_several_frames_at_once(state) -> None:
    """What pads or mixes frames of a batch would show here; only rounding differs."""
    estimator = Detectron2Estimator(settings=SMALL, state=state, detection_threshold=0.2)
    assert isinstance(estimator, BatchPoseEngine)
    assert estimator.batch_size == 1  # on a CPU more gain nothing
    estimator.batch_size = 3
    batch = frames((320, 240), 3)
    batch[1] = batch[1][:, ::-1]
    together = estimator.estimate_batch(batch)
    for poses, rgb in zip(together, batch, strict=True):
        alone = by_score(estimator.estimate(rgb))
        assert len(alone)
        assert_same(poses, alone, pixels=0.05)
    assert not np.allclose(together[0].keypoints_xyc[0], together[1].keypoints_xyc[0])


@pytest.mark.long
def test_a_gpu_with_little_memory_gets_fewer_frames_at_once(state, monkeypatch) -> None:
    """It holds two frames, later none."""
    settings = replace(SMALL, min_size=64, max_size=64, detections=3)
    estimator = Detectron2Estimator(settings=settings, state=state, detection_threshold=0.05)
    batch = frames((64, 64), 5)
    expected = estimator.estimate_batch(batch)
    network, sizes, room = estimator._model, [], 2

    def small(inputs):
        sizes.append(len(inputs))
        if len(inputs) > room:
            raise torch.OutOfMemoryError
        return network(inputs)

    monkeypatch.setattr(estimator, "_model", small)
    estimator.batch_size = 5
    answers = estimator.estimate_batch(batch)
    assert sizes == [5, 2, 2, 1]
    assert estimator.batch_size == 2
    for ours, theirs in zip(answers, expected, strict=True):
        np.testing.assert_allclose(ours.keypoints_xyc, theirs.keypoints_xyc, atol=0.05)
    room = 0
    with pytest.raises(ModelError, match="memory is too small"):
        estimator.estimate_batch(batch)


def test_the_detection_threshold_drops_finds(state) -> None:
    rgb = frames((640, 480))[0]
    settings = replace(SMALL, min_size=320, max_size=568, detections=8)
    found = [
        Detectron2Estimator(settings=settings, state=state, detection_threshold=t).estimate(rgb)
        for t in (0.05, 0.5, 1.0)
    ]
    assert len(found[0]) > len(found[1]) > len(found[2]) == 0
    assert found[0].scores.min() < 0.5 < found[1].scores.min()


def test_the_largest_sure_find_comes_first() -> None:
    from detectron2.structures import Boxes, Instances

    boxes = torch.tensor([[0.0, 0, 10, 10], [0, 0, 40, 40], [0, 0, 50, 50], [0, 0, 90, 90]])
    keypoints = torch.rand(4, 17, 3) * 10  # scores above 1, too
    keypoints[3, 5, 0] = torch.nan
    found = Instances((100, 100), pred_boxes=Boxes(boxes), pred_keypoints=keypoints)
    found.scores = torch.tensor([0.99, 0.9, 0.6, 0.9])
    poses = to_poses(found)
    assert poses.scores.tolist() == pytest.approx([0.9, 0.6, 0.99])  # the last is no pose at all
    np.testing.assert_array_equal(poses.keypoints_xyc[0, :, :2], keypoints[1, :, :2])
    assert poses.keypoints_xyc[..., 2].max() == 1


def test_threads_of_others_stay(state) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        Detectron2Estimator(settings=SMALL, state=state, threads=2).estimate(frames((64, 64))[0])
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize(
    "rgb",
    [
        np.zeros((48, 64), np.uint8),
        np.zeros((48, 64, 4), np.uint8),
        np.zeros((48, 64, 3), np.float32),
        np.zeros((0, 64, 3), np.uint8),
    ],
)
def test_what_is_no_frame_is_refused(rgb, small) -> None:
    with pytest.raises(ValueError, match="a frame must be"):
        small.estimate(rgb)


@pytest.mark.parametrize("size_wh", [(64, 64), (900, 30), (30, 900)])
def test_odd_shapes_of_frames(size_wh, small) -> None:
    width, height = size_wh
    rgb = np.random.default_rng(0).integers(0, 255, (height, width, 3), dtype=np.uint8)
    keypoints = small.estimate(rgb).keypoints_xyc[..., :2]
    assert (keypoints >= 0).all()
    assert (keypoints <= np.array(size_wh) + 1).all()


def test_weights_of_another_network_are_refused(state) -> None:
    fewer = {k: v for k, v in state.items() if "keypoint_head" not in k}
    with pytest.raises(ModelError, match=r"not those of keypoint_rcnn_R_50_FPN_3x"):
        Detectron2Estimator(settings=SMALL, state=fewer)
    name = "roi_heads.keypoint_head.score_lowres.weight"
    other = {**state, name: state[name][:, :5]}
    with pytest.raises(ModelError, match=f"such as {name}"):
        Detectron2Estimator(settings=SMALL, state=other)


def with_half_outputs(function: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
    """What an operator gives under autocast, computed in single precision: on a processor without
    instructions for bfloat16 the real one takes minutes."""

    def in_single(*arguments, **options) -> torch.Tensor:
        with torch.autocast("cpu", enabled=False):
            values = [a.float() if isinstance(a, torch.Tensor) else a for a in arguments]
            return function(*values, **options).bfloat16()

    return in_single


@pytest.mark.long
def test_coordinates_are_not_rounded_under_autocast(state, monkeypatch) -> None:
    """As on a GPU, but by bfloat16: 640 px would be known to 4 px only."""
    for name in ("conv2d", "conv_transpose2d", "linear"):
        function = getattr(torch.nn.functional, name)
        monkeypatch.setattr(torch.nn.functional, name, with_half_outputs(function))
    network = Detectron2Estimator(settings=SMALL, state=state, detection_threshold=0.05)._model
    rgb = frames((640, 480))[0]
    image = torch.from_numpy(rgb.transpose(2, 0, 1).copy())
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        (output,) = network([{"image": image, "height": 480, "width": 640}])
    found = output["instances"]
    assert len(found)
    for values in (found.pred_keypoints[..., :2], found.pred_boxes.tensor):
        assert values.dtype == torch.float32
        assert (values != values.bfloat16().float()).float().mean() > 0.5


def four_axes(module: torch.nn.Module) -> list[torch.Tensor]:
    """The weights of all convolutions whose layout in memory can be told."""
    return [
        p for p in module.parameters() if p.ndim == 4 and p.shape[1] > 1 and p[0, 0].numel() > 1
    ]


@pytest.mark.long
def test_channels_last_is_on_and_moves_no_keypoint(state) -> None:
    """Weights and what they make of a frame have the layout; sums are only rounded otherwise."""
    rgb = frames((640, 480))[0]
    plain = replace(Detectron2Settings.of("balanced", 4), autocast=False, channels_last=False)
    answers, layouts = [], []
    for settings in (plain, replace(plain, channels_last=True)):
        estimator = Detectron2Estimator(settings=settings, state=state, device="cpu")
        features: dict[str, torch.Tensor] = {}
        backbone = estimator._model.backbone
        backbone.register_forward_hook(
            lambda _module, _input, levels, into=features: into.update(levels)
        )
        answers.append(by_score(estimator.estimate(rgb)))
        tensors = four_axes(estimator._model) + list(features.values())
        assert len(tensors) > 30
        layouts.append({t.is_contiguous(memory_format=torch.channels_last) for t in tensors})
    assert layouts == [{False}, {True}]
    assert_same(answers[1], answers[0], pixels=0.01, scores=1e-4)


def test_channels_last_is_for_the_quicker_modes(state) -> None:
    assert not Detectron2Settings.of("performance", 4).channels_last  # the article's own
    for mode in ("balanced", "lightweight"):
        assert Detectron2Settings.of(mode, 4).channels_last
    weights = four_axes(Detectron2Estimator("lightweight", state=state, device="cpu")._model)
    assert all(w.is_contiguous(memory_format=torch.channels_last) for w in weights)


def test_the_best_device_comes_first(monkeypatch) -> None:
    has = {"cuda": False, "mps": False}
    monkeypatch.setattr(torch.cuda, "is_available", lambda: has["cuda"])
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: has["mps"])
    assert best_device() == "cpu"
    has["mps"] = True
    assert best_device() == "mps"
    has["cuda"] = True
    assert best_device() == "cuda"


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_half_precision_moves_keypoints_by_less_than_a_pixel(state) -> None:
    rgb = frames((1280, 720))[0]
    settings = Detectron2Settings.of("balanced", 4)
    exact = Detectron2Estimator(settings=replace(settings, autocast=False), state=state)
    assert exact.batch_size > 1
    full = by_score(exact.estimate(rgb))
    half = by_score(Detectron2Estimator(settings=settings, state=state).estimate(rgb))
    assert len(half) == len(full) > 0
    off = np.linalg.norm(half.keypoints_xyc[..., :2] - full.keypoints_xyc[..., :2], axis=-1)
    assert np.median(off) < 1
