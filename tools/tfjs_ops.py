"""How each TensorFlow operation is said in ONNX: one small function per operation or family.

TensorFlow computes convolutions channels-last (NHWC), ONNX channels-first (NCHW). Every tensor may
exist in both layouts; a transpose is added the first time that the other one is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper
from tfjs_graph import ConversionError, OnnxGraph, TfNode

TO_NCHW: Final = [0, 3, 1, 2]
TO_NHWC: Final = [0, 2, 3, 1]
SLICE_TO_END: Final = 2**31 - 1
UNARY_OPS: Final = ("Relu", "Sigmoid", "Sqrt", "Exp", "Abs", "Identity", "Reciprocal")
BINARY_OPS: Final[dict[str, str]] = {
    "Add": "Add",
    "AddV2": "Add",
    "Sub": "Sub",
    "Mul": "Mul",
    "RealDiv": "Div",
    "FloorDiv": "Div",
    "Maximum": "Max",
    "Minimum": "Min",
    "Less": "Less",
    "Greater": "Greater",
    "GreaterEqual": "GreaterOrEqual",
    "Equal": "Equal",
    "LogicalAnd": "And",
    "SquaredDifference": "Sub",
}


class Translation:
    """The ONNX graph so far, and where each TensorFlow tensor is in it.

    Attributes:
        weights: the constants of the source, by name.
        nhwc, nchw: TensorFlow tensor name -> ONNX tensor name, by layout.
    """

    def __init__(
        self, weights: dict[str, NDArray[Any]], size_hw: tuple[int, int] | None = None
    ) -> None:
        self.weights = weights
        self.size_hw = size_hw
        self.graph = OnnxGraph()
        self.inputs: list[onnx.ValueInfoProto] = []
        self.nhwc: dict[str, str] = {}
        self.nchw: dict[str, str] = {}

    def channels_last(self, tensor: str) -> str:
        """ONNX name of a tensor in TensorFlow's layout."""
        tensor = tensor.removesuffix(":0")
        if tensor not in self.nhwc:
            if tensor in self.weights:
                self.nhwc[tensor] = self.graph.constant(self.weights[tensor])
            else:
                self.nhwc[tensor] = self.graph.op("Transpose", self.nchw[tensor], perm=TO_NHWC)
        return self.nhwc[tensor]

    def channels_first(self, tensor: str) -> str:
        """ONNX name of a four-dimensional tensor in ONNX's layout."""
        if tensor not in self.nchw:
            self.nchw[tensor] = self.graph.op("Transpose", self.channels_last(tensor), perm=TO_NCHW)
        return self.nchw[tensor]

    def int64_tensor(self, tensor: str) -> str:
        """A shape or an index, which ONNX wants as int64."""
        if tensor in self.weights:
            return self.graph.constant(self.weights[tensor].astype(np.int64))
        return self.graph.op("Cast", self.channels_last(tensor), to=TensorProto.INT64)

    def known_ints(self, tensor: str) -> list[int]:
        """Values of an input that must be a constant (an axis, a stride)."""
        if tensor not in self.weights:
            raise ConversionError(f"{tensor} must be a constant")
        return [int(v) for v in np.atleast_1d(self.weights[tensor])]


Handler = Callable[[Translation, TfNode], None]
HANDLERS: Final[dict[str, Handler]] = {}


def translates(*ops: str) -> Callable[[Handler], Handler]:
    """Register a handler for TensorFlow operations."""

    def register(handler: Handler) -> Handler:
        HANDLERS.update(dict.fromkeys(ops, handler))
        return handler

    return register


def relu6(graph: OnnxGraph, tensor: str) -> str:
    return graph.op("Clip", tensor, graph.constant(np.float32(0)), graph.constant(np.float32(6)))


def auto_pad(node: TfNode) -> str:
    """TensorFlow's SAME puts the odd pixel at the end, as SAME_UPPER does."""
    padding = node.text("padding")
    if padding not in ("SAME", "VALID"):
        raise ConversionError(f"padding {padding} (node {node.name}) is not supported")
    return "SAME_UPPER" if padding == "SAME" else "VALID"


@translates("Placeholder")
def placeholder(to: Translation, node: TfNode) -> None:
    sizes = [int(d.get("size", -1)) for d in node.value("shape", "shape", {}).get("dim", [])]
    sizes[0] = 1  # one image at a time
    if to.size_hw is not None:
        sizes[1:3] = to.size_hw
    shape = [size if size > 0 else f"d{i}" for i, size in enumerate(sizes)]
    to.inputs.append(helper.make_tensor_value_info(node.name, node.onnx_type("dtype"), shape))
    to.nhwc[node.name] = node.name


@translates("Conv2D", "_FusedConv2D", "DepthwiseConv2dNative", "FusedDepthwiseConv2dNative")
def convolution(to: Translation, node: TfNode) -> None:
    image, kernel_name, *more = node.inputs
    kernel_hwio = to.weights[kernel_name]
    attributes: dict[str, Any] = {
        "strides": node.integers("strides")[1:3],
        "dilations": (node.integers("dilations") or [1, 1, 1, 1])[1:3],
        "kernel_shape": list(kernel_hwio.shape[:2]),
    }
    if "Depthwise" in node.op:  # (H, W, in, multiplier) -> (in * multiplier, 1, H, W)
        attributes["group"] = kernel_hwio.shape[2]
        kernel = kernel_hwio.reshape(*kernel_hwio.shape[:2], -1, 1).transpose(2, 3, 0, 1)
    else:
        kernel = kernel_hwio.transpose(3, 2, 0, 1)
    attributes["auto_pad"] = auto_pad(node)
    inputs = [to.channels_first(image), to.graph.constant(kernel)]
    fused = node.texts("fused_ops")
    if fused[:1] == ["BiasAdd"]:
        inputs.append(to.graph.constant(to.weights[more[0]]))
        fused = fused[1:]
    result = to.graph.op("Conv", *inputs, **attributes)
    for op in fused:
        if op == "Relu":
            result = to.graph.op("Relu", result)
        elif op == "Relu6":
            result = relu6(to.graph, result)
        else:
            raise ConversionError(f"{op} fused into a convolution ({node.name}) is not supported")
    to.nchw[node.name] = result


@translates("MaxPool")
def max_pool(to: Translation, node: TfNode) -> None:
    to.nchw[node.name] = to.graph.op(
        "MaxPool",
        to.channels_first(node.inputs[0]),
        kernel_shape=node.integers("ksize")[1:3],
        strides=node.integers("strides")[1:3],
        auto_pad=auto_pad(node),
    )


@translates("ResizeBilinear")
def resize_bilinear(to: Translation, node: TfNode) -> None:
    graph = to.graph
    image = to.channels_first(node.inputs[0])
    size_hw = to.int64_tensor(node.inputs[1])
    batch_and_channels = graph.op(
        "Slice", graph.op("Shape", image), graph.int64s([0]), graph.int64s([2])
    )
    mode = "asymmetric"
    if node.flag("half_pixel_centers"):
        mode = "half_pixel"
    elif node.flag("align_corners"):
        mode = "align_corners"
    to.nchw[node.name] = graph.op(
        "Resize",
        image,
        "",
        "",
        graph.op("Concat", batch_and_channels, size_hw, axis=0),
        mode="linear",
        coordinate_transformation_mode=mode,
    )


@translates("Relu6", *UNARY_OPS)
def unary(to: Translation, node: TfNode) -> None:
    source = node.inputs[0]

    def apply(tensor: str) -> str:
        return relu6(to.graph, tensor) if node.op == "Relu6" else to.graph.op(node.op, tensor)

    if source in to.nchw and source not in to.nhwc:
        to.nchw[node.name] = apply(to.nchw[source])
    else:
        to.nhwc[node.name] = apply(to.channels_last(source))


@translates(*BINARY_OPS)
def binary(to: Translation, node: TfNode) -> None:
    # FloorDiv: ONNX's integer division cuts towards zero, which is the same where MoveNet uses it
    # (indices, never negative).
    if node.op == "FloorDiv" and node.value("T", "type") not in ("DT_INT32", "DT_INT64"):
        raise ConversionError(f"FloorDiv of floats (node {node.name}) is not supported")
    channels_first = all(source in to.nchw for source in node.inputs)
    sources = [to.nchw[i] if channels_first else to.channels_last(i) for i in node.inputs]
    result = to.graph.op(BINARY_OPS[node.op], *sources)
    if node.op == "SquaredDifference":
        result = to.graph.op("Mul", result, result)
    (to.nchw if channels_first else to.nhwc)[node.name] = result


@translates("AddN", "Range", "Select", "SelectV2")
def same_arguments(to: Translation, node: TfNode) -> None:
    op = {"AddN": "Sum", "Range": "Range"}.get(node.op, "Where")
    to.nhwc[node.name] = to.graph.op(op, *[to.channels_last(i) for i in node.inputs])


@translates("Cast")
def cast(to: Translation, node: TfNode) -> None:
    source = to.channels_last(node.inputs[0])
    to.nhwc[node.name] = to.graph.op("Cast", source, to=node.onnx_type("DstT"))


def put_outputs(to: Translation, node: TfNode, results: Sequence[str]) -> None:
    """TensorFlow's names of several outputs: ``name``, ``name:1``, ``name:2``, ..."""
    for i, result in enumerate(results):
        to.nhwc[node.name if i == 0 else f"{node.name}:{i}"] = result


@translates("Unpack")
def unpack(to: Translation, node: TfNode) -> None:
    count, axis = node.integer("num"), node.integer("axis")
    source = to.channels_last(node.inputs[0])
    parts = to.graph.op_outputs("Split", [source], count, axis=axis) if count > 1 else [source]
    put_outputs(to, node, [to.graph.op("Squeeze", part, to.graph.int64s([axis])) for part in parts])


@translates("Split")
def split(to: Translation, node: TfNode) -> None:
    source = to.channels_last(node.inputs[1])
    axis = to.known_ints(node.inputs[0])[0]
    count = node.integer("num_split")
    put_outputs(to, node, to.graph.op_outputs("Split", [source], count, axis=axis))


@translates("ExpandDims")
def expand_dims(to: Translation, node: TfNode) -> None:
    source = to.channels_last(node.inputs[0])
    axis = to.graph.int64s(to.known_ints(node.inputs[1]))
    to.nhwc[node.name] = to.graph.op("Unsqueeze", source, axis)


@translates("Squeeze")
def squeeze(to: Translation, node: TfNode) -> None:
    inputs = [to.channels_last(node.inputs[0])]
    if axes := node.integers("squeeze_dims"):
        inputs.append(to.graph.int64s(axes))
    to.nhwc[node.name] = to.graph.op("Squeeze", *inputs)


@translates("Pack")
def pack(to: Translation, node: TfNode) -> None:
    axis = node.integer("axis")
    parts = [
        to.graph.op("Unsqueeze", to.channels_last(i), to.graph.int64s([axis])) for i in node.inputs
    ]
    to.nhwc[node.name] = to.graph.op("Concat", *parts, axis=axis)


@translates("ConcatV2")
def concat(to: Translation, node: TfNode) -> None:
    *sources, axis_name = node.inputs
    axis = to.known_ints(axis_name)[0]
    if all(source in to.nchw for source in sources):
        parts = [to.nchw[source] for source in sources]
        # where TensorFlow's axis of NHWC is in NCHW
        to.nchw[node.name] = to.graph.op("Concat", *parts, axis=TO_NCHW.index(axis % 4))
    else:
        parts = [to.channels_last(source) for source in sources]
        to.nhwc[node.name] = to.graph.op("Concat", *parts, axis=axis)


@translates("Reshape", "Tile", "GatherNd")
def with_int64_second(to: Translation, node: TfNode) -> None:
    op = {"GatherNd": "GatherND"}.get(node.op, node.op)
    source = to.channels_last(node.inputs[0])
    to.nhwc[node.name] = to.graph.op(op, source, to.int64_tensor(node.inputs[1]))


@translates("Fill")
def fill(to: Translation, node: TfNode) -> None:
    value = to.channels_last(node.inputs[1])
    to.nhwc[node.name] = to.graph.op("Expand", value, to.int64_tensor(node.inputs[0]))


@translates("Shape", "Size")
def shape_or_size(to: Translation, node: TfNode) -> None:
    result = to.graph.op(node.op, to.channels_last(node.inputs[0]))
    to.nhwc[node.name] = to.graph.op("Cast", result, to=TensorProto.INT32)


@translates("ArgMax")
def arg_max(to: Translation, node: TfNode) -> None:
    source = to.channels_last(node.inputs[0])
    axis = to.known_ints(node.inputs[1])[0]
    index = to.graph.op("ArgMax", source, axis=axis, keepdims=0)
    to.nhwc[node.name] = to.graph.op("Cast", index, to=TensorProto.INT32)


@translates("Max")
def reduce_max(to: Translation, node: TfNode) -> None:
    source = to.channels_last(node.inputs[0])
    axes, keep = to.known_ints(node.inputs[1]), int(node.flag("keep_dims"))
    to.nhwc[node.name] = to.graph.op("ReduceMax", source, axes=axes, keepdims=keep)


@translates("Sum")
def reduce_sum(to: Translation, node: TfNode) -> None:
    # opset 17 has the axes of ReduceSum as an input, those of ReduceMax still as an attribute
    source = to.channels_last(node.inputs[0])
    axes = to.graph.int64s(to.known_ints(node.inputs[1]))
    keep = int(node.flag("keep_dims"))
    to.nhwc[node.name] = to.graph.op("ReduceSum", source, axes, keepdims=keep)


@translates("TopKV2")
def top_k(to: Translation, node: TfNode) -> None:
    count = to.graph.op("Reshape", to.int64_tensor(node.inputs[1]), to.graph.int64s([1]))
    source = to.channels_last(node.inputs[0])
    values, indices = to.graph.op_outputs("TopK", [source, count], 2, axis=-1, largest=1, sorted=1)
    put_outputs(to, node, [values, to.graph.op("Cast", indices, to=TensorProto.INT32)])


@dataclass(frozen=True)
class SliceSpec:
    """TensorFlow's ``x[begin:end:stride, newaxis, i]``, one entry per written index.

    ``begin`` and ``end`` are None where they are computed at run time.
    """

    begin: list[int] | None
    end: list[int] | None
    strides: list[int]
    begin_mask: int
    end_mask: int
    shrink_mask: int
    new_mask: int

    @classmethod
    def read(cls, to: Translation, node: TfNode) -> SliceSpec:
        begin, end = (to.known_ints(i) if i in to.weights else None for i in node.inputs[1:3])
        names = ("begin_mask", "end_mask", "shrink_axis_mask", "new_axis_mask")
        spec = cls(begin, end, to.known_ints(node.inputs[3]), *map(node.integer, names))
        if node.integer("ellipsis_mask") or any(stride < 1 for stride in spec.strides):
            raise ConversionError(f"an ellipsis or backward slice ({node.name}) is not supported")
        if begin is None and end is not None and spec.end_mask:
            raise ConversionError(f"the slice {node.name} is not supported: computed begin only")
        return spec

    def on(self, mask: int, index: int) -> bool:
        return bool(mask >> index & 1)

    @property
    def real(self) -> list[int]:
        """The indices that stand for an axis of the input (not ``newaxis``)."""
        return [i for i in range(len(self.strides)) if not self.on(self.new_mask, i)]

    @property
    def takes_all(self) -> bool:
        """Whether each axis is a plain ``:``."""
        return all(
            self.on(self.begin_mask, i)
            and self.on(self.end_mask, i)
            and self.strides[i] == 1
            and not self.on(self.shrink_mask, i)
            for i in self.real
        )

    def known_begin(self, begin: list[int]) -> list[int]:
        return [0 if self.on(self.begin_mask, i) else begin[i] for i in self.real]

    def known_end(self, begin: list[int], end: list[int]) -> list[int]:
        ends = []
        for i in self.real:
            shrink = self.on(self.shrink_mask, i)
            if self.on(self.end_mask, i) or (shrink and begin[i] == -1):
                ends.append(SLICE_TO_END)
            else:
                ends.append(begin[i] + 1 if shrink else end[i])
        return ends


def slice_axes(to: Translation, node: TfNode, spec: SliceSpec, source: str) -> str:
    """The Slice of a strided slice, with known or computed bounds."""
    graph, real = to.graph, spec.real

    def pick(tensor: str) -> str:
        return graph.op("Gather", to.int64_tensor(tensor), graph.int64s(real), axis=0)

    if spec.begin is not None:
        begin = graph.int64s(spec.known_begin(spec.begin))
    else:
        begin = pick(node.inputs[1])
    if spec.begin is not None and spec.end is not None:
        end = graph.int64s(spec.known_end(spec.begin, spec.end))
    else:
        end = pick(node.inputs[2])
    if spec.begin is None:
        keep = graph.int64s(0 if spec.on(spec.begin_mask, i) else 1 for i in real)
        begin = graph.op("Mul", begin, keep)
    if spec.end is None:
        to_end = graph.constant(np.array([spec.on(spec.end_mask, i) for i in real]))
        end = graph.op("Where", to_end, graph.int64s(SLICE_TO_END), end)
    axes = graph.int64s(range(len(real)))
    strides = graph.int64s(spec.strides[i] for i in real)
    return graph.op("Slice", source, begin, end, axes, strides)


@translates("StridedSlice")
def strided_slice(to: Translation, node: TfNode) -> None:
    spec = SliceSpec.read(to, node)
    result = to.channels_last(node.inputs[0])
    if not spec.takes_all:
        result = slice_axes(to, node, spec, result)
    shrunk = [axis for axis, i in enumerate(spec.real) if spec.on(spec.shrink_mask, i)]
    if shrunk:
        result = to.graph.op("Squeeze", result, to.graph.int64s(shrunk))
    left = [
        i
        for i in range(len(spec.strides))
        if not spec.on(spec.shrink_mask, i) or spec.on(spec.new_mask, i)
    ]
    added = [axis for axis, i in enumerate(left) if spec.on(spec.new_mask, i)]
    if added:
        result = to.graph.op("Unsqueeze", result, to.graph.int64s(added))
    to.nhwc[node.name] = result
