"""The int8 networks that ship, beside float on simulated people; and the tool that makes them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import onnx
import pytest

from harec.core.errors import InputError
from harec.pose.movenet import MoveNetEstimator
from harec.pose.movenet_onnx import MODELS_DIR
from harec.simulate.clip import SimulatedFrame, simulate_frames
from harec.simulate.spec import ClipSpec
from tools.quantize_movenet import float_nodes, main, prepared, quantise, shown, spread

INT8 = MODELS_DIR / "int8"
BODY = slice(5, 17)
SHA256 = {
    "movenet-lightning.onnx": "6664bc98fbece7c1185456425d2d230801f7dff33acb3701e61bbdd9e43896d2",
    "movenet-multipose.onnx": "a8ac895abf047509a5c9bcf428404a296789e33ea0cfb4af8258749e54ba4db1",
    "movenet-thunder.onnx": "adda88ec0854ab9bbb72223bc4ce8867e6b7dad14dcf140d69d677c63117b6a7",
}


@pytest.mark.parametrize("name", SHA256)
def test_file_is_the_one_of_the_model_card(name: str) -> None:
    data = (INT8 / name).read_bytes()
    assert hashlib.sha256(data).hexdigest() == SHA256[name]
    assert len(data) < 0.66 * (MODELS_DIR / name).stat().st_size


@pytest.fixture(scope="module")
def frames() -> list[SimulatedFrame]:
    """Twelve frames of two people that nothing was calibrated on."""
    return [
        frame
        for seed, label in ((9100, "JUMPING_JACKS"), (9101, "BOXING"))
        for frame in simulate_frames(ClipSpec((((label, 1.0),),), fps=6, seed=seed))
    ]


def joints(frames: list[SimulatedFrame], estimator: MoveNetEstimator) -> np.ndarray:
    """(F, 12, 2) pixels of the first person of each frame."""
    found = []
    for frame in frames:
        poses = estimator.estimate(frame.rgb)
        assert len(poses) == 1
        found.append(poses.keypoints_xyc[0, BODY, :2])
    return np.stack(found)


@pytest.mark.parametrize(
    ("mode", "median", "most"), [("balanced", 0.012, 0.05), ("lightweight", 0.025, 0.12)]
)
def test_int8_joints_are_where_the_float_ones_are(
    mode: str, median: float, most: float, frames: list[SimulatedFrame]
) -> None:
    """In torso lengths: the median, and 95 % of the joints; and as near to the truth."""
    truth = np.stack([frame.keypoints_xyc[0, BODY, :2] for frame in frames])
    torso = np.linalg.norm(truth[:, :2].mean(axis=1) - truth[:, 6:8].mean(axis=1), axis=1)
    one = joints(frames, MoveNetEstimator(mode))  # type: ignore[arg-type]
    other = joints(frames, MoveNetEstimator(mode, models_dir=INT8))  # type: ignore[arg-type]
    apart = np.linalg.norm(one - other, axis=2) / torso[:, None]
    assert 0 < np.median(apart) <= median
    assert np.quantile(apart, 0.95) <= most
    pck = [
        float((np.linalg.norm(found - truth, axis=2) <= 0.2 * torso[:, None]).mean())
        for found in (one, other)
    ]
    assert pck[0] >= 0.97
    assert pck[1] >= pck[0] - 0.015


def test_convolutions_of_the_backbone_are_int8_and_the_rest_is_float() -> None:
    float_model = prepared(MODELS_DIR / "movenet-lightning.onnx")
    left = set(float_nodes(float_model))
    convolutions = {node.name for node in float_model.graph.node if node.op_type == "Conv"}
    assert 10 < len(convolutions & left) < 0.4 * len(convolutions)
    model = onnx.load(INT8 / "movenet-lightning.onnx")
    dequantised = {n.output[0] for n in model.graph.node if n.op_type == "DequantizeLinear"}
    int8 = {n.name for n in model.graph.node if n.op_type == "Conv" and n.input[1] in dequantised}
    assert int8 == convolutions - left


def test_quantises_and_the_answers_stay_near(tmp_path: Path, frames: list[SimulatedFrame]) -> None:
    images = spread(shown("lightning", [[frame.rgb for frame in frames]]), 8)
    assert {image.shape for image in images} == {(1, 192, 192, 3)}
    out = tmp_path / "movenet-lightning.onnx"
    quantise(MODELS_DIR / "movenet-lightning.onnx", out, images)
    (tmp_path / "movenet-multipose.onnx").symlink_to(MODELS_DIR / "movenet-multipose.onnx")
    one = joints(frames, MoveNetEstimator("lightweight"))
    other = joints(frames, MoveNetEstimator("lightweight", models_dir=tmp_path))
    assert 0 < np.median(np.linalg.norm(one - other, axis=2)) <= 3  # pixels, torsos of about 100


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "There is no file"),
        (b"not a network", "not an ONNX model"),
        ((INT8 / "movenet-lightning.onnx").read_bytes(), "quantised already"),
    ],
    ids=["missing", "damaged", "quantised"],
)
def test_bad_networks_are_refused(
    content: bytes | None, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (tmp_path / "movenet-lightning.onnx").write_bytes(content)
    arguments = [str(tmp_path / "out"), "--models", str(tmp_path), "--networks", "lightning"]
    assert main(arguments) == 1
    told = capsys.readouterr().err
    assert told.startswith("error: ")
    assert said in told
    assert not list(tmp_path.glob("out/*.onnx"))


def test_too_few_images_and_other_networks_are_refused(tmp_path: Path) -> None:
    few = [np.zeros((1, 192, 192, 3), np.uint8)] * 3
    with pytest.raises(InputError, match="at least 8"):
        quantise(MODELS_DIR / "movenet-lightning.onnx", tmp_path / "x.onnx", few)
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Relu", ["input"], ["y"])],
        "other",
        [onnx.helper.make_tensor_value_info("input", 1, [1])],
        [onnx.helper.make_tensor_value_info("y", 1, [1])],
    )
    with pytest.raises(InputError, match="not a MoveNet network"):
        float_nodes(onnx.helper.make_model(graph))
