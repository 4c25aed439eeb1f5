"""Both ends of the conversion: reading a TF.js graph model, collecting an ONNX graph."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import ArrayLike, NDArray
from onnx import TensorProto, helper, numpy_helper

#: Below this size a constant is not worth a Cast node.
SMALLEST_FLOAT16_CONSTANT: Final = 65

ONNX_TYPES: Final[dict[str, int]] = {
    "DT_FLOAT": TensorProto.FLOAT,
    "DT_INT32": TensorProto.INT32,
    "DT_INT64": TensorProto.INT64,
    "DT_BOOL": TensorProto.BOOL,
}


class ConversionError(Exception):
    """The model can't be converted; the message is one line that says why."""


@dataclass(frozen=True)
class TfNode:
    """One operation of the source graph; ``inputs`` without control edges and without ``:0``."""

    name: str
    op: str
    inputs: tuple[str, ...]
    attributes: dict[str, dict[str, Any]]

    @classmethod
    def from_json(cls, node: dict[str, Any]) -> TfNode:
        inputs = tuple(i.removesuffix(":0") for i in node.get("input", []) if i[0] != "^")
        return cls(node["name"], node["op"], inputs, node.get("attr", {}))

    def value(self, key: str, kind: str, default: Any = None) -> Any:
        """The attribute's value of that kind (``i``, ``s``, ``b``, ``type``, ``list``, ...)."""
        return self.attributes.get(key, {}).get(kind, default)

    def integer(self, key: str, default: int = 0) -> int:
        return int(self.value(key, "i", default))

    def integers(self, key: str) -> list[int]:
        return [int(i) for i in self.value(key, "list", {}).get("i", [])]

    def flag(self, key: str) -> bool:
        return bool(self.value(key, "b", False))

    def text(self, key: str) -> str:
        return base64.b64decode(self.value(key, "s", "")).decode()

    def texts(self, key: str) -> list[str]:
        return [base64.b64decode(s).decode() for s in self.value(key, "list", {}).get("s", [])]

    def onnx_type(self, key: str) -> int:
        return onnx_type(self.value(key, "type"))


def onnx_type(tf_type: str | None) -> int:
    """ONNX element type of a TensorFlow type name."""
    if tf_type not in ONNX_TYPES:
        raise ConversionError(f"element type {tf_type} is not supported")
    return ONNX_TYPES[tf_type]


def read_weights(folder: Path, manifest: Iterable[dict[str, Any]]) -> dict[str, NDArray[Any]]:
    """All constants of a model; quantised ones (float16, or integers with scale and minimum)
    come back in their original type."""
    weights: dict[str, NDArray[Any]] = {}
    for group in manifest:
        try:
            data = b"".join((folder / part).read_bytes() for part in group["paths"])
        except OSError as error:
            raise ConversionError(f"can't read the weights: {error}") from error
        offset = 0
        for entry in group["weights"]:
            quantisation = entry.get("quantization", {})
            stored = np.dtype(quantisation.get("dtype", entry["dtype"]))
            count = int(np.prod(entry["shape"], dtype=np.int64))
            if offset + count * stored.itemsize > len(data):
                raise ConversionError(f"the weights end before {entry['name']}")
            array = np.frombuffer(data, stored, count, offset)
            offset += count * stored.itemsize
            if "scale" in quantisation:
                array = array * np.float32(quantisation["scale"]) + np.float32(quantisation["min"])
            weights[entry["name"]] = array.astype(entry["dtype"]).reshape(entry["shape"])
    return weights


def in_order(nodes: dict[str, TfNode], known: Iterable[str]) -> list[TfNode]:
    """The nodes sorted so that each comes after its inputs (TF.js does not promise an order)."""
    done = set(known)
    opened: set[str] = set()
    ordered: list[TfNode] = []
    for name in nodes:
        stack = [name]
        while stack:
            current = stack[-1]
            inputs = nodes[current].inputs if current in nodes else ()
            missing = [source for i in inputs if (source := i.split(":")[0]) not in done]
            if missing:
                if current in opened:
                    raise ConversionError(f"the graph has a cycle at {current}")
                opened.add(current)
                stack += missing
                continue
            stack.pop()
            if current not in done:
                if current not in nodes:
                    raise ConversionError(f"the graph refers to {current}, which does not exist")
                done.add(current)
                ordered.append(nodes[current])
    return ordered


class OnnxGraph:
    """ONNX nodes and constants being collected, with names that count up."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self._constants: dict[tuple[str, tuple[int, ...], bytes], tuple[str, NDArray[Any]]] = {}
        self._names = 0

    def _name(self, stem: str) -> str:
        self._names += 1
        return f"{stem}_{self._names}"

    def op_outputs(
        self, op: str, inputs: Sequence[str], count: int, **attributes: Any
    ) -> list[str]:
        """Add a node with ``count`` outputs; returns their names."""
        outputs = [self._name(op.lower()) for _ in range(count)]
        self.nodes.append(helper.make_node(op, inputs, outputs, **attributes))
        return outputs

    def op(self, op: str, *inputs: str, **attributes: Any) -> str:
        """Add a node with one output; returns its name."""
        return self.op_outputs(op, inputs, 1, **attributes)[0]

    def constant(self, value: ArrayLike) -> str:
        """Name of a constant; equal constants are stored once."""
        array = np.asarray(value)
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self._constants:
            self._constants[key] = (self._name("c"), array)
        return self._constants[key][0]

    def int64s(self, values: int | Iterable[int]) -> str:
        """Name of an int64 constant: a scalar or a vector."""
        return self.constant(np.asarray(values if isinstance(values, int) else list(values), "i8"))

    def initializers(
        self, float16_weights: bool
    ) -> tuple[list[onnx.TensorProto], list[onnx.NodeProto]]:
        """The constants, and the casts that bring those stored as float16 back to float32."""
        tensors, casts = [], []
        for name, array in self._constants.values():
            stored, stored_name = np.array(array, order="C"), name
            if float16_weights and is_exact_in_float16(array):
                stored, stored_name = stored.astype(np.float16), f"{name}_h"
                casts.append(helper.make_node("Cast", [stored_name], [name], to=TensorProto.FLOAT))
            tensors.append(numpy_helper.from_array(stored, stored_name))
        return tensors, casts


def is_exact_in_float16(array: NDArray[Any]) -> bool:
    """Whether a constant is big enough to be worth it, and loses nothing, as float16."""
    if array.dtype != np.float32 or array.size < SMALLEST_FLOAT16_CONSTANT:
        return False
    with np.errstate(over="ignore"):
        return bool((array.astype(np.float16).astype(np.float32) == array).all())
