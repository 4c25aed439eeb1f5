"""The TF.js to ONNX converter, on graphs small enough to compute by hand or with numpy."""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))

from tfjs2onnx import convert, main
from tfjs_graph import ConversionError


def text(value: str) -> dict[str, str]:
    return {"s": base64.b64encode(value.encode()).decode()}


def ints(*values: int) -> dict[str, Any]:
    return {"list": {"i": [str(v) for v in values]}}


def node(op: str, name: str, *inputs: str, **attributes: Any) -> dict[str, Any]:
    return {"op": op, "name": name, "input": list(inputs), "attr": attributes}


def placeholder(*shape: int, dtype: str = "DT_FLOAT") -> dict[str, Any]:
    dims = {"dim": [{"size": str(s)} for s in shape]}
    return node("Placeholder", "x", dtype={"type": dtype}, shape={"shape": dims})


class Builder:
    """Writes a TF.js model into a folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "model.json"
        self.nodes: list[dict[str, Any]] = []
        self.entries: list[dict[str, Any]] = []
        self.data = b""

    def weight(
        self, name: str, array: np.ndarray, quantization: dict[str, Any] | None = None
    ) -> None:
        stored = array.dtype.name
        entry = {"name": name, "shape": list(array.shape), "dtype": stored}
        if quantization:
            entry |= {"dtype": "float32", "quantization": {"dtype": stored} | quantization}
        self.entries.append(entry)
        self.data += array.tobytes()
        self.nodes.append(node("Const", name))

    def write(self, *nodes: dict[str, Any], output: str = "y", rank: int = 4) -> Path:
        shape = {"dim": [{"size": "-1"}] * rank}
        outputs = {"result": {"name": f"{output}:0", "dtype": "DT_FLOAT", "tensorShape": shape}}
        document = {
            "modelTopology": {"node": [*self.nodes, *nodes]},
            "signature": {"outputs": outputs},
            "weightsManifest": [{"paths": ["group1.bin"], "weights": self.entries}],
        }
        self.path.write_text(json.dumps(document))
        (self.path.parent / "group1.bin").write_bytes(self.data)
        return self.path


@pytest.fixture
def builder(tmp_path: Path) -> Builder:
    return Builder(tmp_path)


def run(model_json: Path, x: np.ndarray, **options: Any) -> np.ndarray:
    model = convert(model_json, **options)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return session.run(["result"], {"x": x})[0]


def reference_convolution(
    x: np.ndarray, kernel: np.ndarray, stride: int, padding: str, depthwise: bool
) -> np.ndarray:
    """TensorFlow's definition, loop by loop. x (1, H, W, C); kernel (h, w, in, out)."""
    kernel_hw = kernel.shape[:2]
    if padding == "SAME":  # the odd pixel of padding goes to the end
        total = [
            max((-(-n // stride) - 1) * stride + k - n, 0)
            for n, k in zip(x.shape[1:3], kernel_hw, strict=True)
        ]
        x = np.pad(x, [(0, 0), *[(t // 2, t - t // 2) for t in total], (0, 0)])
    size = [(n - k) // stride + 1 for n, k in zip(x.shape[1:3], kernel_hw, strict=True)]
    channels = kernel.shape[2] * kernel.shape[3] if depthwise else kernel.shape[3]
    y = np.zeros((1, *size, channels), np.float32)
    for i in range(size[0]):
        for j in range(size[1]):
            patch = x[
                0, i * stride : i * stride + kernel_hw[0], j * stride : j * stride + kernel_hw[1]
            ]
            spec = "hwc,hwcm->cm" if depthwise else "hwc,hwco->o"
            y[0, i, j] = np.einsum(spec, patch, kernel).ravel()
    return y


@pytest.mark.parametrize("depthwise", [False, True])
@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize("stride", [1, 2])
def test_convolution(builder: Builder, depthwise: bool, padding: str, stride: int) -> None:
    rng = np.random.default_rng(0)
    kernel = rng.normal(size=(3, 2, 4, 2)).astype(np.float32)
    bias = rng.normal(size=8 if depthwise else 2).astype(np.float32)
    builder.weight("kernel", kernel)
    builder.weight("bias", bias)
    op = "FusedDepthwiseConv2dNative" if depthwise else "_FusedConv2D"
    attributes = {
        "strides": ints(1, stride, stride, 1),
        "padding": text(padding),
        "fused_ops": {"list": {"s": [text(f)["s"] for f in ("BiasAdd", "Relu6")]}},
    }
    path = builder.write(
        placeholder(-1, 7, 6, 4), node(op, "y", "x", "kernel", "bias", **attributes)
    )
    x = rng.normal(scale=3, size=(1, 7, 6, 4)).astype(np.float32)
    expected = reference_convolution(x, kernel, stride, padding, depthwise) + bias
    np.testing.assert_allclose(run(path, x), np.clip(expected, 0, 6), atol=1e-4)


# (index as Python writes it, begin, end, strides, masks)
SLICES = [
    (np.s_[1:3, 0:4:2], (1, 0), (3, 4), (1, 2), {}),
    (np.s_[:, 2:], (5, 2), (5, 0), (1, 1), {"begin_mask": 1, "end_mask": 3}),
    (np.s_[:, :-1], (0, 0), (0, -1), (1, 1), {"begin_mask": 3, "end_mask": 1}),
    (np.s_[1, :], (1, 0), (2, 0), (1, 1), {"begin_mask": 2, "end_mask": 2, "shrink_axis_mask": 1}),
    (np.s_[:, -1], (0, -1), (0, 0), (1, 1),
     {"begin_mask": 1, "end_mask": 1, "shrink_axis_mask": 2}),
    (np.s_[None, 1:2], (0, 1), (0, 2), (1, 1), {"new_axis_mask": 1}),
    (np.s_[:, None, 3], (0, 0, 3), (0, 0, 4), (1, 1, 1),
     {"begin_mask": 1, "end_mask": 1, "new_axis_mask": 2, "shrink_axis_mask": 4}),
]  # fmt: skip


@pytest.mark.parametrize(("index", "begin", "end", "strides", "masks"), SLICES)
def test_strided_slice(
    builder: Builder,
    index: Any,
    begin: tuple[int, ...],
    end: tuple[int, ...],
    strides: tuple[int, ...],
    masks: dict[str, int],
) -> None:
    for name, values in (("b", begin), ("e", end), ("s", strides)):
        builder.weight(name, np.array(values, np.int32))
    attributes = {key: {"i": str(value)} for key, value in masks.items()}
    x = np.arange(20, dtype=np.float32).reshape(4, 5)
    expected = x[index]
    graph = (
        placeholder(-1, 5),
        # the converter fixes the first size to 1 (one image), so give it the rows through a tile
        node("Tile", "rows", "x", "times"),
        node("AddV2", "grid", "rows", "offsets"),
        node("StridedSlice", "y", "grid", "b", "e", "s", **attributes),
    )
    builder.weight("times", np.array([4, 1], np.int32))
    builder.weight("offsets", np.repeat(np.arange(4, dtype=np.float32)[:, None] * 5, 5, axis=1))
    path = builder.write(*graph, rank=expected.ndim)
    np.testing.assert_array_equal(run(path, x[:1]), expected)


def test_slice_with_computed_bounds(builder: Builder) -> None:
    """x[:, 1:width-1] where the width is read from the tensor itself."""
    for name, values in (("b", [0, 1]), ("s", [1, 1]), ("less", [0, 1])):
        builder.weight(name, np.array(values, np.int32))
    path = builder.write(
        placeholder(-1, -1),
        node("Shape", "shape", "x"),
        node("Sub", "end", "shape", "less", T={"type": "DT_INT32"}),
        node("StridedSlice", "y", "x", "b", "end", "s", begin_mask={"i": "1"}, end_mask={"i": "1"}),
        rank=2,
    )
    np.testing.assert_array_equal(run(path, np.float32([[1, 2, 3, 4, 5]])), [[2, 3, 4]])


def test_quantised_weights(builder: Builder) -> None:
    """uint8 with scale and minimum, and float16, both become float32."""
    levels = np.array([0, 1, 128, 255], np.uint8)
    halves = np.array([0.5, -2, 3, 1 / 3], np.float16)
    builder.weight("levels", levels, {"scale": 0.5, "min": -10.0})
    builder.weight("halves", halves, {"original_dtype": "float32"})
    path = builder.write(
        placeholder(-1, 4),
        node("Mul", "scaled", "x", "levels"),
        node("AddV2", "y", "scaled", "halves"),
        rank=2,
    )
    expected = np.float32([-10, -9.5, 54, 117.5]) * 2 + halves.astype(np.float32)
    np.testing.assert_allclose(run(path, np.full((1, 4), 2, np.float32))[0], expected, rtol=1e-6)


def test_float16_storage_changes_nothing_but_the_size(builder: Builder) -> None:
    exact = np.arange(1000, dtype=np.float32).reshape(1, 1000)
    inexact = exact + np.float32(1e-3)
    builder.weight("exact", exact)
    builder.weight("inexact", inexact)
    path = builder.write(
        placeholder(-1, 1000),
        node("Mul", "product", "x", "exact"),
        node("AddV2", "y", "product", "inexact"),
        rank=2,
    )
    x = np.ones((1, 1000), np.float32)
    full, half = run(path, x), run(path, x, float16_weights=True)
    np.testing.assert_array_equal(full, half)
    sizes = [len(convert(path, float16_weights=f).SerializeToString()) for f in (False, True)]
    assert 1900 < sizes[0] - sizes[1] < 2000, "only the exact constant is stored in half the bytes"


def test_nodes_may_come_in_any_order(builder: Builder) -> None:
    """y = (a + b) where b needs a: a is asked for twice."""
    a, b = node("Abs", "a", "x"), node("Sqrt", "b", "a")
    path = builder.write(node("AddV2", "y", "a", "b"), b, a, placeholder(-1, 2), rank=2)
    np.testing.assert_allclose(run(path, np.float32([[-4, 9]])), [[6, 12]])


def test_fixed_input_size(builder: Builder) -> None:
    path = builder.write(placeholder(-1, -1, -1, 3), node("Abs", "y", "x"))
    (graph_input,) = convert(path, size_hw=(192, 256)).graph.input
    assert [d.dim_value for d in graph_input.type.tensor_type.shape.dim] == [1, 192, 256, 3]


BAD = {
    "unsupported operation": (node("FFT", "y", "x"), "operation FFT (node y) is not supported"),
    "no such input": (node("Abs", "y", "z"), "refers to z, which does not exist"),
    "cycle": (node("Abs", "y", "y"), "cycle at y"),
    "float FloorDiv": (node("FloorDiv", "y", "x", "x"), "FloorDiv of floats"),
    "missing attribute": (node("Cast", "y", "x"), "element type None"),
    "padding": (
        node("MaxPool", "y", "x", ksize=ints(1, 2, 2, 1), strides=ints(1, 2, 2, 1),
             padding=text("EXPLICIT")),
        "padding EXPLICIT (node y) is not supported",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_can_not_be_converted_is_named(builder: Builder, case: str) -> None:
    bad_node, message = BAD[case]
    path = builder.write(placeholder(-1, 4, 4, 3), bad_node)
    with pytest.raises(ConversionError) as error:
        convert(path)
    assert message in str(error.value)


def test_truncated_weights_are_noticed(builder: Builder) -> None:
    builder.weight("w", np.zeros(4, np.float32))
    path = builder.write(placeholder(-1, 4), node("AddV2", "y", "x", "w"), rank=2)
    (path.parent / "group1.bin").write_bytes(b"\0" * 15)
    with pytest.raises(ConversionError, match="weights end before w"):
        convert(path)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"modelTopology": {}}'])
def test_command_line_errors_are_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str
) -> None:
    source, target = tmp_path / "model.json", tmp_path / "model.onnx"
    source.write_text(content)
    assert main([str(source), str(target)]) == 2
    assert capsys.readouterr().err == "error: model.json is not a TF.js graph model\n"
    assert not target.exists()


def test_command_line_writes_the_model(
    builder: Builder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = builder.write(placeholder(-1, 2), node("Abs", "y", "x"), rank=2)
    target = tmp_path / "model.onnx"
    assert main([str(path), str(target)]) == 0
    assert target.stat().st_size > 0
    assert str(target) in capsys.readouterr().out
