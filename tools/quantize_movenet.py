"""Quantise the MoveNet networks to int8 with onnxruntime, calibrated on crops of followed people.

    python -m tools.quantize_movenet OUT_FOLDER [--networks thunder] [--clips FOLDER] [--check]

This is how ``models/int8`` was made (with the defaults: simulated people only). ``--clips`` adds
frames of videos. ``--check`` writes nothing: it makes the files again and says whether those of
OUT_FOLDER are the same, byte for byte, or how far their keypoints lie from the new ones': another
processor can round the calibration's ranges differently in the last digit. Needs ``onnx`` (see
requirements-dev.txt); the files need onnxruntime only.

Weights are int8 with a scale for each channel, activations uint8 with a zero point of their own,
which is what processors with VNNI multiply fastest. The backbone is quantised: nearly all of the
time goes there. What turns its features into places stays in float: there a step of 1/256 of a
range is a visible part of a limb, and it costs next to no time.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from harec.core import telemetry  # noqa: F401  # off before onnxruntime is there

# isort: split
import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import numpy_helper
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)

from harec.core.errors import HarecError, InputError
from harec.core.files import atomic_write
from harec.pose import movenet_onnx
from harec.pose.base import Mode
from harec.pose.movenet import MoveNetEstimator
from harec.simulate.clip import simulate_frames
from harec.simulate.spec import ClipSpec
from harec.video import VideoReader

Images = list[NDArray[np.uint8]]

NETWORKS: Final = ("thunder", "lightning", "multipose")
#: The mode that runs each network.
MODES: Final[dict[str, Mode]] = {
    "thunder": "balanced",
    "lightning": "lightweight",
    "multipose": "balanced",
}
#: Simulated calibration: what people do, one clip after the other, and how the clips differ.
ACTIONS: Final = (
    "JUMPING_JACKS", "BOXING", "WAVING_2HANDS", "CLAPPING_HANDS", "JUMPING", "WAVING_1HAND",
    "WALKING", "SQUAT", "STRETCHING", "BENDING", "LUNGES", "DANCING",
)  # fmt: skip
SIZES: Final = ((640, 480), (480, 640), (640, 360))
CLIPS: Final = 24
FIRST_SEED: Final = 300
SECONDS, RATE_HZ = 1.5, 6
#: Of real clips every so manyth frame is used.
EVERY_FRAME: Final = 6
#: Of all images that a network was shown, so many calibrate it, evenly spread.
MOST_IMAGES: Final = 72
FEWEST_IMAGES: Final = 8
#: Additions, clipping and ReLU go along, so that features stay int8 from layer to layer.
QUANTISED_OPS: Final = ("Conv", "Add", "Clip", "Relu")


def prepared(path: Path) -> onnx.ModelProto:
    """A network of ``models/`` as the quantiser wants it: float32 weights, names, shapes.

    Raises:
        InputError: no such file, no ONNX model, or quantised already.
    """
    if not path.is_file():
        raise InputError(f"There is no file {path}; give the folder of the movenet-*.onnx files.")
    try:
        model = onnx.load(path)
        onnx.checker.check_model(model)
    except Exception as error:  # protobuf's and onnx's errors have no common base
        raise InputError(f"{path.name} is not an ONNX model, or it is damaged.") from error
    if any(node.op_type in ("QuantizeLinear", "QLinearConv") for node in model.graph.node):
        raise InputError(f"{path.name} is quantised already; start from the float network.")
    graph = model.graph
    constants = {tensor.name: tensor for tensor in graph.initializer}
    kept = []
    for node in graph.node:
        node.name = node.output[0]  # the converter names values only
        if node.op_type == "Cast" and node.input[0] in constants:  # a weight stored as float16
            kind = onnx.helper.tensor_dtype_to_np_dtype(node.attribute[0].i)
            value = numpy_helper.to_array(constants[node.input[0]]).astype(kind)
            graph.initializer.append(numpy_helper.from_array(value, node.output[0]))
        else:
            kept.append(node)
    used = {name for node in kept for name in node.input}
    tensors = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(kept)
    graph.initializer.extend(tensors)
    return onnx.shape_inference.infer_shapes(model)


def float_nodes(model: onnx.ModelProto) -> list[str]:
    """Names of the nodes that stay in float: the feature pyramid, all after it, the first layer.

    The pyramid begins at the first ``Resize``: what it enlarges and what is added to that come
    from the backbone by one 1x1 convolution each, which stay in float, too. The first layer sees
    bytes of the image already; what it loses, nothing after it can bring back.

    Raises:
        InputError: the network has no such pyramid.
    """
    nodes = list(model.graph.node)
    made_by = {name: node for node in nodes for name in node.output}
    resizes = [node for node in nodes if node.op_type == "Resize"]
    convolutions = [node for node in nodes if node.op_type == "Conv"]
    if not resizes or not convolutions:
        raise InputError("This is not a MoveNet network: it has no feature pyramid.")
    after = _downstream(nodes, {resizes[0].output[0]})
    first = convolutions[0]
    chosen = after | {resizes[0].name, made_by[resizes[0].input[0]].name, first.name}
    chosen |= {n.name for n in nodes if n.op_type == "Clip" and n.input[0] == first.output[0]}
    enlarged = {resize.output[0] for resize in resizes}
    for node in nodes:
        if node.op_type == "Add" and enlarged & set(node.input):
            chosen |= {made_by[name].name for name in node.input}
    return [node.name for node in nodes if node.name in chosen]


def _downstream(nodes: Sequence[Any], values: set[str]) -> set[str]:
    """Names of the nodes that depend on any of these values; nodes are in order."""
    names = set()
    reached = set(values)
    for node in nodes:
        if reached & set(node.input):
            names.add(node.name)
            reached |= set(node.output)
    return names


class _Images(CalibrationDataReader):
    """Hands images to the calibration, one by one."""

    def __init__(self, images: Iterable[NDArray[np.uint8]]) -> None:
        self._rest = iter(images)

    def get_next(self) -> dict[str, NDArray[np.int32]] | None:
        image = next(self._rest, None)
        return None if image is None else {"input": image.astype(np.int32)}


def quantise(source: Path, target: Path, images: Images) -> None:
    """Write the int8 network.

    Args:
        source: a float network of ``models/``.
        images: uint8 (1, H, W, 3) that it was shown, see :func:`spread`; at least eight.

    Raises:
        InputError: no MoveNet network in float, or too few images.
    """
    if len(images) < FEWEST_IMAGES:
        raise InputError(
            f"{len(images)} images are too few to calibrate with: show at least {FEWEST_IMAGES}."
        )
    model = prepared(source)
    logging.getLogger().setLevel(logging.ERROR)  # onnxruntime's advice to prepare the model
    with tempfile.TemporaryDirectory() as folder, atomic_write(target) as temporary:
        ready = Path(folder) / source.name
        onnx.save(model, ready)
        quantize_static(
            ready,
            temporary,
            _Images(images),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=list(QUANTISED_OPS),
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=float_nodes(model),
            calibrate_method=CalibrationMethod.MinMax,
            # Ranges as they are on average: one odd image must not coarsen the steps for all.
            extra_options={"CalibMovingAverage": True},
        )


def spread(images: Images, most: int = MOST_IMAGES) -> Images:
    """At most so many of the images, evenly over all."""
    picks = np.linspace(0, len(images) - 1, min(most, len(images))).round().astype(int)
    return [images[i] for i in picks]


def shown(network: str, clips: Iterable[Iterable[NDArray[np.uint8]]]) -> Images:
    """What the estimator shows a network while it follows people.

    Args:
        network: one of ``NETWORKS``.
        clips: frames uint8 (H, W, 3) of each clip.

    Returns:
        uint8 (1, H, W, 3) each, in order.
    """
    seen: Images = []
    run = movenet_onnx._run
    side = movenet_onnx.SINGLE_SIDES.get(network)

    def recorded(session: Any, image: NDArray[np.int32]) -> Any:
        height = session.get_inputs()[0].shape[1]  # a name where any height will do
        if height == side or (side is None and not isinstance(height, int)):
            seen.append(image.astype(np.uint8))
        return run(session, image)

    with patch.object(movenet_onnx, "_run", recorded):
        for frames in clips:
            estimator = MoveNetEstimator(MODES[network], threads=1)
            for rgb in frames:
                estimator.estimate(rgb)
    return seen


def simulated_clips() -> Iterator[Iterator[NDArray[np.uint8]]]:
    """The frames of each simulated clip: half of them typical, half diverse and seen anywhere."""
    for number in range(CLIPS):
        spec = ClipSpec(
            scripts=(((ACTIONS[number % len(ACTIONS)], SECONDS),),),
            size_wh=SIZES[number % len(SIZES)],
            fps=RATE_HZ,
            seed=FIRST_SEED + number,
            style="rich" if number % 2 else "plain",
            shake=number % 4 == 0,
        )
        yield (frame.rgb for frame in simulate_frames(spec))


def filmed_clips(folder: Path) -> Iterator[Iterator[NDArray[np.uint8]]]:
    """Every sixth frame of each video of a folder.

    Raises:
        InputError: no videos are there.
    """
    paths = sorted(folder.glob("*.mp4"))
    if not paths:
        raise InputError(f"There are no .mp4 files in {folder}.")
    return (_frames(path) for path in paths)


def _frames(path: Path) -> Iterator[NDArray[np.uint8]]:
    with VideoReader(path) as reader:
        for frame in reader.frames(wanted=lambda index: index % EVERY_FRAME == 0):
            if frame.rgb is not None:
                yield frame.rgb


def difference(a: Path, b: Path, images: Images) -> float:
    """How far the answers of two networks about the same images lie apart: 95 % quantile, 0..1."""
    answers = []
    for path in (a, b):
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        answers.append([session.run(None, {"input": i.astype(np.int32)})[0] for i in images])
    return float(np.quantile(np.abs(np.concatenate(answers[0]) - np.concatenate(answers[1])), 0.95))


def run(chosen: argparse.Namespace, echo: Callable[[str], None]) -> bool:
    """Make or check the files; False where a check failed."""
    good = True
    chosen.out.mkdir(parents=True, exist_ok=True)
    for network in chosen.networks:
        name = f"movenet-{network}.onnx"
        source, target = chosen.models / name, chosen.out / name
        prepared(source)  # say at once what is wrong
        images = spread(shown(network, simulated_clips()))
        if chosen.clips is not None:
            images += spread(shown(network, filmed_clips(chosen.clips)))
        if not chosen.check:
            quantise(source, target, images)
            digest = hashlib.sha256(target.read_bytes()).hexdigest()
            echo(f"{target} {target.stat().st_size / 1e6:.2f} MB, {len(images)} images, {digest}")
            continue
        if not target.is_file():
            raise InputError(f"There is no {target} to check.")
        with tempfile.TemporaryDirectory() as folder:
            again = Path(folder) / name
            quantise(source, again, images)
            same = again.read_bytes() == target.read_bytes()
            apart = 0.0 if same else difference(target, again, images[:FEWEST_IMAGES])
        good &= apart < 0.01
        echo(f"{target}: " + ("the same bytes" if same else f"other bytes, {apart:.4f} apart"))
    return good


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("out", type=Path, help="folder to write to")
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    parser.add_argument("--models", type=Path, default=movenet_onnx.MODELS_DIR)
    parser.add_argument("--clips", type=Path, help="folder of videos to calibrate with as well")
    parser.add_argument("--check", action="store_true", help="compare with the files in OUT")
    chosen = parser.parse_args(arguments)
    try:
        return 0 if run(chosen, print) else 1
    except (HarecError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
