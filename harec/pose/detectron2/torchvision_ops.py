"""Stand-in for the operators of torchvision that Keypoint R-CNN runs, in plain PyTorch.

torchvision's wheels are compiled for one build of PyTorch; beside another (the CPU build on Linux)
they don't load. Detectron2 needs three operators of it at inference, and imports two more names.
Same arguments and results as ``torchvision.ops``; slower on a GPU, where the real one loads.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from types import ModuleType
from typing import Any, Final, NoReturn

import numpy as np
import torch
from torch import Tensor

#: The interface that is stood in for; Detectron2 asks for 0.7 or later.
VERSION: Final = "0.28.0+harec"


def nms(boxes: Tensor, scores: Tensor, iou_threshold: float) -> Tensor:
    """Non-maximum suppression: indices int64 of the boxes that stay, best score first.

    A box goes when its intersection over union with a better one that stays is above the
    threshold. Equal scores keep their order.

    Args:
        boxes: (N, 4) x0, y0, x1, y1.
        scores: (N,).
        iou_threshold: 0..1.
    """
    order = scores.argsort(descending=True, stable=True)
    overlaps = (_iou(boxes[order]) > iou_threshold).cpu().numpy()
    gone = np.zeros(len(overlaps), np.bool_)
    stays = []
    for i in range(len(overlaps)):
        if not gone[i]:
            stays.append(i)
            gone |= overlaps[i]
    return order[torch.tensor(stays, dtype=torch.int64, device=order.device)]


def _iou(boxes: Tensor) -> Tensor:
    """Intersection over union of each of N boxes with each: (N, N)."""
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    low = torch.maximum(boxes[:, None, :2], boxes[None, :, :2])
    high = torch.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    shared = (high - low).clamp(min=0).prod(dim=2)
    return shared / (area[:, None] + area[None] - shared)


def batched_nms(boxes: Tensor, scores: Tensor, idxs: Tensor, iou_threshold: float) -> Tensor:
    """`nms` among the boxes of each group ``idxs`` (N,), all that stay sorted by score."""
    stays = torch.zeros_like(scores, dtype=torch.bool)
    for group in idxs.unique():
        members = (idxs == group).nonzero().flatten()
        stays[members[nms(boxes[members], scores[members], iou_threshold)]] = True
    kept = stays.nonzero().flatten()
    return kept[scores[kept].argsort(descending=True, stable=True)]


def roi_align(
    input: Tensor,
    boxes: Tensor | Sequence[Tensor],
    output_size: int | Sequence[int],
    spatial_scale: float = 1.0,
    sampling_ratio: int = -1,
    aligned: bool = False,
) -> Tensor:
    """RoIAlign (He et al., Mask R-CNN, 2017): bilinear samples averaged over the bins of each box.

    The bilinear weights of a sample are a product of one for its row and one for its column, so
    each box is two matrix products, with the channels last so that they are few and large.

    Args:
        input: features (N, C, H, W).
        boxes: (K, 5) index into N, x0, y0, x1, y1; or one (K_n, 4) for each of the N.
        output_size: bins down and across.
        spatial_scale: cells of ``input`` per unit of the boxes.
        sampling_ratio: samples per bin and axis; 0 or less: as many as a bin has cells.
        aligned: cells have their middle at 0.5 (right), not at 0 (as older models learnt).

    Returns:
        (K, C, bins down, bins across).
    """
    rois = boxes if isinstance(boxes, Tensor) else _with_index(boxes)
    down, across = (output_size, output_size) if isinstance(output_size, int) else output_size
    height, width = input.shape[2:]
    edges = rois[:, 1:].float() * spatial_scale - (0.5 if aligned else 0.0)  # K, 4
    smallest = 0.0 if aligned else 1.0
    rows = _axis_weights(edges[:, 1], edges[:, 3], down, height, sampling_ratio, smallest)
    columns = _axis_weights(edges[:, 0], edges[:, 2], across, width, sampling_ratio, smallest)
    spans = zip(_used(rows), _used(columns), rois[:, 0].long().tolist(), strict=True)
    rows, columns = rows.to(input.dtype), columns.to(input.dtype)
    channels = input.shape[1]
    cells = input.permute(0, 2, 3, 1).contiguous()  # N, H, W, C
    pooled = [input.new_zeros(0, down, across, channels)]
    for k, ((y0, y1), (x0, x1), n) in enumerate(spans):
        part = cells[n, y0:y1, x0:x1].flatten(1)  # h, w * C
        lines = (rows[k, :, y0:y1] @ part).view(down, x1 - x0, channels)
        pooled.append((columns[k, :, x0:x1] @ lines)[None])  # 1, down, across, C
    return torch.cat(pooled).permute(0, 3, 1, 2).contiguous()


def _with_index(boxes: Sequence[Tensor]) -> Tensor:
    return torch.cat([torch.nn.functional.pad(b, (1, 0), value=n) for n, b in enumerate(boxes)])


def _axis_weights(
    low: Tensor, high: Tensor, bins: int, cells: int, sampling_ratio: int, smallest: float
) -> Tensor:
    """How much each of the cells along one axis counts for each bin: float32 (K, bins, cells)."""
    bin_size = (high - low).clamp(min=smallest) / bins  # K
    fixed = torch.full_like(low, sampling_ratio)
    samples = fixed if sampling_ratio > 0 else bin_size.ceil()  # K
    most = max(1, int(samples.max())) if len(samples) else 1
    steps = torch.arange(most, device=low.device)  # S
    counts = steps < samples[:, None]  # K, S
    inside = (steps + 0.5) / samples.clamp(min=1)[:, None]  # K, S: place in the bin, 0..1
    starts = torch.arange(bins, device=low.device)[:, None]  # bins, 1
    at = low[:, None, None] + (starts + inside[:, None]) * bin_size[:, None, None]  # K, bins, S
    share = counts[:, None] & (at >= -1) & (at <= cells)
    share = share / samples.clamp(min=1)[:, None, None]
    at = at.clamp(0, cells - 1)  # beyond the last middle, the last cell alone
    before = at.floor()
    after = (before + 1).clamp(max=cells - 1)
    weights = low.new_zeros(len(low), bins, cells)
    weights.scatter_add_(2, before.long(), share * (1 - (at - before)))
    return weights.scatter_add_(2, after.long(), share * (at - before))


def _used(weights: Tensor) -> list[list[int]]:
    """First cell that counts and the one after the last, for each of K boxes: [[low, high], ...]"""
    counts = (weights > 0).any(dim=1).int()  # K, cells
    first = counts.argmax(dim=1)
    last = counts.shape[1] - counts.flip(1).argmax(dim=1)
    return torch.stack([first, last], dim=1).tolist()


def _not_here(name: str) -> Any:
    def missing(*args: object, **kwargs: object) -> NoReturn:
        raise NotImplementedError(f"torchvision.ops.{name} is not part of harec's stand-in")

    return missing


@cache
def stand_in_modules() -> dict[str, ModuleType]:
    """The modules by the names under which ``import torchvision`` looks for them."""
    names = ("torchvision", "torchvision.ops", "torchvision.ops.boxes")
    package, ops, boxes = (ModuleType(name) for name in names)
    vars(package).update(__version__=VERSION, __path__=[], ops=ops)
    vars(boxes).update(nms=nms, batched_nms=batched_nms)
    vars(ops).update(
        __path__=[],
        boxes=boxes,
        nms=nms,
        batched_nms=batched_nms,
        roi_align=roi_align,
        RoIPool=_not_here("RoIPool"),  # imported by Detectron2's poolers, for older models
        deform_conv2d=_not_here("deform_conv2d"),  # imported by its layers, for other backbones
    )
    return dict(zip(names, (package, ops, boxes), strict=True))
