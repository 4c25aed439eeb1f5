"""Detectron2's Keypoint R-CNN (R50-FPN, 3x): the pose engine of the article, the reference here.

The only module that knows Detectron2. The network is the model zoo's; nothing of it is changed but
the settings that its config offers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from harec.core.errors import ModelError
from harec.core.poses import Poses
from harec.core.threads import cpu_count, torch_threads
from harec.pose.base import DETECTRON2_DETECTION_THRESHOLD, Mode, Precision
from harec.pose.detectron2 import compat
from harec.pose.weights import DETECTRON2, load, locate

if TYPE_CHECKING:
    from detectron2.config import CfgNode
    from detectron2.structures import Instances

CONFIG: Final = "COCO-Keypoints/keypoint_rcnn_R_50_FPN_3x.yaml"
#: Frames in one forward on a GPU.
GPU_BATCH: Final = 8

_NO_MEMORY: Final = (
    "The GPU's memory is too small. Choose the lightweight mode, or close other programs that use "
    "the GPU."
)


@dataclass(frozen=True)
class Detectron2Settings:
    """What a frame may cost.

    Attributes:
        min_size, max_size: the frame is resized so that its shorter side is ``min_size`` px, unless
            the longer one would exceed ``max_size``.
        proposals: regions that the box head looks at; so many go into non-maximum suppression on
            each level of the pyramid, too.
        detections: people whose keypoints are inferred; 7 GFLOP each.
        autocast: convolutions in half precision where there is a GPU.
        channels_last: on a CPU, weights and features lie in memory with the channels of a cell side
            by side. Sums are rounded in another order, nothing else; on a GPU it is not measured.
    """

    min_size: int
    max_size: int
    proposals: int
    detections: int
    autocast: bool
    channels_last: bool = False

    @classmethod
    def of(cls, mode: Mode, max_people: int) -> Detectron2Settings:
        """``performance`` is the model zoo's own, in full precision, as in the article."""
        if mode == "performance":
            return cls(800, 1333, 1000, 100, autocast=False)
        # One detection more than people wanted leaves room for a phantom that a threshold drops.
        if mode == "balanced":
            return cls(480, 800, 100, max_people + 1, autocast=True, channels_last=True)
        return cls(320, 568, 50, max_people + 1, autocast=True, channels_last=True)


class Detectron2Estimator:
    """Finds the people of each frame anew; see `harec.pose.base.BatchPoseEngine`."""

    name = "detectron2"
    precision: Precision = "float"

    def __init__(
        self,
        mode: Mode = "balanced",
        max_people: int = 4,
        threads: int | None = None,
        *,
        detection_threshold: float | None = None,
        device: str | None = None,
        settings: Detectron2Settings | None = None,
        state: Mapping[str, NDArray[Any]] | None = None,
    ) -> None:
        """Load the network, once per process for the same arguments.

        Args:
            mode: see `Detectron2Settings.of`.
            max_people: how many are wanted, at least 1; all that were found are answered.
            threads: of PyTorch on a CPU; None takes all CPUs.
            detection_threshold: Detectron2's SCORE_THRESH_TEST, 0..1; None = the article's 0.5.
            device: ``cuda``, ``cuda:1``, ``mps`` or ``cpu``; None = the best one that is there.
            settings: instead of those of ``mode``.
            state: weights by name, instead of those in the store.

        Raises:
            ModelError: Detectron2 or its weights are missing, or the weights don't fit.
            ValueError: an argument is out of range.
        """
        threshold = detection_threshold
        if threshold is None:
            threshold = DETECTRON2_DETECTION_THRESHOLD
        if max_people < 1 or not 0 <= threshold <= 1:
            raise ValueError(f"max_people {max_people} or detection threshold {threshold}")
        self.settings = settings or Detectron2Settings.of(mode, max_people)
        self.device = device or best_device()
        self.threads = threads or cpu_count()
        self._kind = torch.device(self.device).type  # "cuda" of "cuda:1"
        self.batch_size = GPU_BATCH if self._kind == "cuda" else 1
        self.half = half_type(self.settings, self._kind)
        self._model = self._load(threshold, state)

    def _load(self, threshold: float, state: Mapping[str, NDArray[Any]] | None) -> nn.Module:
        """The network; that of the store is shared by all estimators of the same settings."""
        try:
            with compat.ready():
                if state is not None:
                    return _network(self.settings, threshold, self.device, state)
                return _stored_model(self.settings, threshold, self.device, _stored())
        except torch.OutOfMemoryError as error:
            raise ModelError(_NO_MEMORY) from error

    def reset(self) -> None:
        """Nothing is remembered from frame to frame."""

    def estimate(self, rgb: NDArray[np.uint8]) -> Poses:
        """People in an RGB frame uint8 (H, W, 3) of any size, most prominent first.

        Raises:
            ValueError: the frame is not uint8 RGB, or has no pixels.
            ModelError: the GPU's memory is too small.
        """
        return self.estimate_batch([rgb])[0]

    def estimate_batch(self, frames: Sequence[NDArray[np.uint8]]) -> list[Poses]:
        """`estimate` of each frame, ``batch_size`` of them in one forward.

        Where the GPU's memory is too small for so many, ``batch_size`` shrinks for good.
        """
        found: list[Poses] = []
        while len(found) < len(frames):
            part = frames[len(found) : len(found) + self.batch_size]
            answers = self._forward(part)
            if answers is None:
                torch.cuda.empty_cache()  # not earlier: the error would hold what it could free
                if len(part) == 1:
                    raise ModelError(_NO_MEMORY)
                self.batch_size = len(part) // 2
            else:
                found += answers
        return found

    def _forward(self, frames: Sequence[NDArray[np.uint8]]) -> list[Poses] | None:
        """All frames at once; None when the GPU's memory is too small for so many."""
        inputs = [self._input(rgb) for rgb in frames]
        try:
            with (
                torch.inference_mode(),
                torch_threads(self.threads if self._kind == "cpu" else 1),
                torch.autocast(self._kind, self.half, enabled=self.half is not None),
            ):
                outputs = self._model(inputs)
        except torch.OutOfMemoryError:
            return None
        return [to_poses(output["instances"]) for output in outputs]

    def _input(self, rgb: NDArray[np.uint8]) -> dict[str, Any]:
        """A frame as Detectron2's models take it: resized, BGR, channels first."""
        from detectron2.data.transforms import ResizeShortestEdge

        if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8 or rgb.size == 0:
            raise ValueError(f"a frame must be uint8 (H, W, 3), got {rgb.dtype} {rgb.shape}")
        height, width = rgb.shape[:2]
        size = self.settings.min_size
        resize = ResizeShortestEdge([size, size], self.settings.max_size).get_transform(rgb)
        bgr = resize.apply_image(rgb)[..., ::-1]
        image = torch.from_numpy(np.ascontiguousarray(bgr.transpose(2, 0, 1)))  # 3, h, w
        return {"image": image, "height": height, "width": width}


def to_poses(instances: Instances) -> Poses:
    """Detectron2's detections as `Poses`: the largest sure ones first.

    A keypoint's score is Detectron2's: the peak of the softmax over the heat map's 56 x 56 cells.
    It may exceed 1 between cells and is cut there; Detectron2's own drawings leave out what is
    below 0.05.
    """
    found = instances.to("cpu")
    keypoints = found.pred_keypoints.float().numpy().reshape(-1, 17, 3).copy()
    keypoints[..., 2] = keypoints[..., 2].clip(0, 1)
    scores = found.scores.float().numpy()
    prominence = scores * np.sqrt(found.pred_boxes.area().float().numpy())
    finite = np.isfinite(keypoints).all(axis=(1, 2)) & np.isfinite(scores)
    order = [i for i in np.argsort(-prominence, kind="stable") if finite[i]]
    return Poses(keypoints[order], scores[order])


def half_type(settings: Detectron2Settings, kind: str) -> torch.dtype | None:
    """The type that convolutions are calculated in on a kind of device; None = float32."""
    return torch.float16 if settings.autocast and kind == "cuda" else None


def best_device() -> str:
    """``cuda``, ``mps`` or ``cpu``: the first that PyTorch has here."""
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def make_config(settings: Detectron2Settings, detection_threshold: float, device: str) -> CfgNode:
    """The model zoo's config with ``settings`` in it; inside `compat.ready`."""
    from detectron2 import model_zoo

    config = model_zoo.get_config(CONFIG)
    config.MODEL.DEVICE = device
    config.MODEL.WEIGHTS = ""
    config.MODEL.ROI_HEADS.SCORE_THRESH_TEST = detection_threshold
    config.INPUT.MIN_SIZE_TEST = settings.min_size
    config.INPUT.MAX_SIZE_TEST = settings.max_size
    config.MODEL.RPN.PRE_NMS_TOPK_TEST = settings.proposals
    config.MODEL.RPN.POST_NMS_TOPK_TEST = settings.proposals
    config.TEST.DETECTIONS_PER_IMAGE = settings.detections
    return config


def build_model(config: CfgNode, state: Mapping[str, NDArray[Any]]) -> nn.Module:
    """The network of a config with the given weights, ready for `torch.inference_mode`.

    Raises:
        ModelError: the weights are of another network.
    """
    from detectron2.modeling import build_model as build

    model: Any = build(config)
    own = model.state_dict()
    wrong = [k for k, v in own.items() if k not in state or state[k].shape != tuple(v.shape)]
    if wrong:
        raise ModelError(
            f"These weights are not those of {Path(CONFIG).stem} ({len(wrong)} of {len(own)} "
            f"arrays are missing or of another shape, such as {wrong[0]}). Remove them with "
            "`python -m harec weights remove detectron2 --forget`, then get the right ones with "
            "`python -m harec weights download detectron2`."
        )
    model.load_state_dict({k: torch.from_numpy(np.asarray(state[k])) for k in own})
    # Under autocast, boxes and heat maps must not be rounded to half precision: coordinates would.
    model.backbone.register_forward_hook(_features_to_float)
    model.roi_heads.keypoint_head.score_lowres.register_forward_hook(_to_float)
    return cast("nn.Module", model.eval())


def _features_to_float(module: nn.Module, inputs: Any, features: dict[str, Tensor]) -> Any:
    return {name: level.float() for name, level in features.items()}


def _to_float(module: nn.Module, inputs: Any, output: Tensor) -> Tensor:
    return output.float()


def _stored() -> tuple[str, int]:
    """Which file the store would read, and its age: another one is another model."""
    path = locate(DETECTRON2)
    return ("", 0) if path is None else (str(path), path.stat().st_mtime_ns)


_models: dict[tuple[object, ...], nn.Module] = {}


def _stored_model(
    settings: Detectron2Settings, threshold: float, device: str, stored: tuple[str, int]
) -> nn.Module:
    """The last one is kept; inside `compat.ready`, so never made twice at once."""
    key = (settings, threshold, device, stored)
    if key not in _models:
        _models.clear()  # before the next one is made: a quarter of a GB each
        _models[key] = _network(settings, threshold, device, load(DETECTRON2))
    return _models[key]


def _network(
    settings: Detectron2Settings,
    threshold: float,
    device: str,
    state: Mapping[str, NDArray[Any]],
) -> nn.Module:
    """As the settings say, its layout in memory too; inside `compat.ready`."""
    network = build_model(make_config(settings, threshold, device), state)
    if settings.channels_last and torch.device(device).type == "cpu":
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network
