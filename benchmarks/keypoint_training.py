"""Detectron2's own training of the model zoo's Keypoint R-CNN, from random weights.

Frames go as files through Detectron2's reader, mapper, loader, losses and trainer, so what comes
out took colours, sizes and the order of keypoints as Detectron2 means them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from harec.core.threads import cpu_count, torch_threads
from harec.pose.base import DETECTRON2_DETECTION_THRESHOLD
from harec.pose.detectron2 import compat
from harec.pose.detectron2.estimator import (
    Detectron2Settings,
    make_config,
)
from harec.simulate.clip import SimulatedFrame

State = dict[str, NDArray[Any]]
#: Called after each step with its number from 1 and the losses by name.
OnStep = Callable[[int, Mapping[str, float]], None]
_WARM_UP: Final = 20  # steps; RPN and heads start from noise
_CALM_DOWN: Final = 0.05  # the last step's learning rate to the highest
_MARGIN: Final = 0.1  # from the outermost keypoints to the edge of the box, to its longer side


@dataclass(frozen=True)
class Recipe:
    """How to train.

    Attributes:
        settings: of the estimator that the weights are for; training sees frames as it does.
        steps, batch: batches, and frames in each.
        learning_rate: AdamW's at its highest.
        regions: samples of the box head a frame; one in four is a person, if so many overlap with
            one, and goes to the keypoint head too, where it costs 22 GFLOP.
        frozen_stages: of the backbone's five, from the image on; 5: only pyramid and heads learn.
        batch_norm: normalise by batch while training (wants a dozen frames or more in one).
        flip: half of the frames are mirrored.
        device: ``cuda`` or ``cpu``.
        workers: processes that read images; 0 = none.
    """

    settings: Detectron2Settings
    steps: int
    batch: int
    learning_rate: float = 3e-4
    regions: int = 16
    frozen_stages: int = 0
    batch_norm: bool = False
    flip: bool = False
    device: str = "cpu"
    workers: int = 0


def write_dataset(frames: Iterable[SimulatedFrame], folder: Path) -> list[dict[str, Any]]:
    """Frames as image files in ``folder`` and Detectron2's "standard dataset dicts" of them."""
    dataset = []
    for index, frame in enumerate(frames):
        path = folder / f"{index:06d}.png"
        Image.fromarray(frame.rgb).save(path, compress_level=1)
        height, width = frame.rgb.shape[:2]
        people = [_annotation(keypoints, width, height) for keypoints in frame.keypoints_xyc]
        entry = {"file_name": str(path), "width": width, "height": height, "image_id": index}
        dataset.append({**entry, "annotations": people})
    return dataset


def _annotation(keypoints_xyc: NDArray[np.float32], width: int, height: int) -> dict[str, Any]:
    """One person (17, 3): keypoints in the frame are labelled, and those behind something too."""
    low, high = keypoints_xyc[:, :2].min(axis=0), keypoints_xyc[:, :2].max(axis=0)
    margin = _MARGIN * float((high - low).max())
    box = np.concatenate([low - margin, high + margin]).clip(0, [width, height] * 2)
    visible = np.where(keypoints_xyc[:, 2] > 0, 2, 0)  # COCO: 0 not labelled, 2 visible
    return {
        "bbox": box.tolist(),
        "bbox_mode": 0,  # BoxMode.XYXY_ABS
        "category_id": 0,
        "keypoints": np.column_stack([keypoints_xyc[:, :2], visible]).ravel().tolist(),
    }


def train(
    dataset: list[dict[str, Any]],
    recipe: Recipe,
    *,
    start: Mapping[str, NDArray[Any]] | None = None,
    on_step: OnStep | None = None,
) -> State:
    """Train on frames of `write_dataset`; the same arguments give nearly the same weights.

    Args:
        start: weights to continue from; None = random ones.

    Returns:
        Weights by name, float32, as the model zoo's own, for the estimator's ``state``.
    """
    threads = cpu_count() if recipe.device == "cpu" else 1
    with torch.random.fork_rng(), torch_threads(threads):
        torch.manual_seed(0)
        with compat.ready():
            trainer = _trainer(dataset, recipe, start)
        trainer.register_hooks([_reporter(on_step)])
        trainer.train(0, recipe.steps)
    return {
        name: value.detach().cpu().float().numpy().copy()
        for name, value in trainer.model.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }


def _trainer(
    dataset: list[dict[str, Any]], recipe: Recipe, start: Mapping[str, NDArray[Any]] | None
) -> Any:
    """Detectron2's trainer with network, data, optimizer and schedule."""
    from detectron2.engine import SimpleTrainer
    from detectron2.engine.hooks import LRScheduler
    from detectron2.modeling import build_model

    config = _training_config(recipe)
    model = build_model(config)
    if start is not None:
        tensors = {name: torch.from_numpy(np.asarray(array)) for name, array in start.items()}
        model.load_state_dict(tensors, strict=False)  # batch counters are not in there
    elif not recipe.batch_norm:
        _calibrate(model, next(iter(_loader(config, dataset))))
    learning = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(learning, lr=recipe.learning_rate, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, _rate(recipe.steps))
    trainer = SimpleTrainer(model, _loader(config, dataset), optimizer)
    trainer.register_hooks([LRScheduler(optimizer, schedule)])
    return trainer


def _training_config(recipe: Recipe) -> Any:
    """The estimator's config with what training needs."""
    settings = recipe.settings
    config = make_config(settings, DETECTRON2_DETECTION_THRESHOLD, recipe.device)
    config.INPUT.MIN_SIZE_TRAIN = (settings.min_size,)
    config.INPUT.MAX_SIZE_TRAIN = settings.max_size
    config.INPUT.RANDOM_FLIP = "horizontal" if recipe.flip else "none"
    config.MODEL.BACKBONE.FREEZE_AT = recipe.frozen_stages
    config.MODEL.RESNETS.NORM = "BN" if recipe.batch_norm else "FrozenBN"
    config.MODEL.RPN.BATCH_SIZE_PER_IMAGE = 64
    config.MODEL.RPN.PRE_NMS_TOPK_TRAIN = 4 * settings.proposals
    config.MODEL.RPN.POST_NMS_TOPK_TRAIN = settings.proposals
    config.MODEL.ROI_HEADS.BATCH_SIZE_PER_IMAGE = recipe.regions
    config.SOLVER.IMS_PER_BATCH = recipe.batch
    config.DATALOADER.NUM_WORKERS = recipe.workers
    return config


def _loader(config: Any, dataset: list[dict[str, Any]]) -> Any:
    """Batches without end, in an order that is always the same; to be iterated over once.

    (Detectron2's grouping by aspect ratio keeps the batch that it gave last: a second iterator
    would never fill one.)
    """
    from detectron2.data import DatasetMapper, build_detection_train_loader
    from detectron2.data.samplers import TrainingSampler

    return build_detection_train_loader(
        dataset,
        mapper=DatasetMapper(config, is_train=True),
        sampler=TrainingSampler(len(dataset), seed=0),
        total_batch_size=config.SOLVER.IMS_PER_BATCH,
        num_workers=config.DATALOADER.NUM_WORKERS,
    )


def _calibrate(model: Any, batch: list[dict[str, Any]]) -> None:
    """Set the frozen batch norms to what they see of a batch.

    They are made for weights that come with statistics. Random weights have none: activations grow
    from block to block until heat maps overflow.
    """
    from detectron2.layers import FrozenBatchNorm2d

    def take_statistics(norm: Any, inputs: tuple[Tensor]) -> None:
        norm.running_mean.copy_(inputs[0].mean(dim=(0, 2, 3)))
        norm.running_var.copy_(inputs[0].var(dim=(0, 2, 3)))

    with torch.no_grad(), _before_each(model, FrozenBatchNorm2d, take_statistics):
        model.backbone(model.preprocess_image(batch).tensor)


@contextmanager
def _before_each(
    model: nn.Module, kind: type[nn.Module], call: Callable[[Any, tuple[Tensor]], None]
) -> Iterator[None]:
    hooks = [m.register_forward_pre_hook(call) for m in model.modules() if isinstance(m, kind)]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _rate(steps: int) -> Callable[[int], float]:
    """Share of the highest learning rate at a step: a short rise, then half a cosine down."""

    def rate(step: int) -> float:
        fall = 0.5 + 0.5 * math.cos(math.pi * min(1.0, step / steps))
        return min(1.0, (step + 1) / _WARM_UP) * (_CALM_DOWN + (1 - _CALM_DOWN) * fall)

    return rate


def _reporter(on_step: OnStep | None) -> Any:
    """A hook of Detectron2's trainer that reports the losses."""
    from detectron2.engine.hooks import CallbackHook

    def report(trainer: Any) -> None:
        if on_step is not None:
            latest = trainer.storage.latest()
            losses = {k: float(v) for k, (v, _) in latest.items() if k.startswith("loss")}
            on_step(trainer.iter + 1, losses)

    return CallbackHook(after_step=report)
