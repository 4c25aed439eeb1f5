"""The stand-in against hand-made cases, brute force, and the real torchvision where it loads."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
import torch

from harec.pose.detectron2.torchvision_ops import (
    batched_nms,
    nms,
    roi_align,
)


def random_boxes(rng: np.random.Generator, count: int, extent: float = 100) -> torch.Tensor:
    low = rng.uniform(-10, extent, (count, 2))
    return torch.tensor(np.hstack([low, low + rng.uniform(0, 0.6 * extent, (count, 2))])).float()


def iou(a, b) -> float:
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    shared = max(width, 0) * max(height, 0)
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared
    return shared / union if union else 0.0


def brute_force_nms(boxes, scores, threshold) -> list[int]:
    kept: list[int] = []
    for i in sorted(range(len(boxes)), key=lambda i: -scores[i]):
        if all(iou(boxes[i], boxes[k]) <= threshold for k in kept):
            kept.append(i)
    return kept


@pytest.mark.parametrize(
    ("boxes", "scores", "threshold", "kept"),
    [
        ([], [], 0.5, []),
        ([[0, 0, 2, 2]], [0.1], 0.5, [0]),
        # the better one of two alike stays, wherever it stands
        ([[0, 0, 10, 10], [0, 0, 10, 9]], [0.4, 0.6], 0.5, [1]),
        # IoU exactly at the threshold: both stay (5 x 10 shared of 10 x 10)
        ([[0, 0, 10, 10], [0, 0, 5, 10]], [0.9, 0.8], 0.5, [0, 1]),
        ([[0, 0, 10, 10], [0, 0, 5, 10]], [0.9, 0.8], 0.49, [0]),
        # the middle one goes, so it doesn't take the last one with it
        ([[0, 0, 10, 10], [4, 0, 14, 10], [8, 0, 18, 10]], [0.9, 0.8, 0.7], 0.4, [0, 2]),
        # equal scores: the first one
        ([[0, 0, 4, 4], [0, 0, 4, 4]], [0.5, 0.5], 0.5, [0]),
        # no area: overlaps with nothing, itself included
        ([[3, 3, 3, 3], [3, 3, 3, 3]], [0.9, 0.8], 0.5, [0, 1]),
    ],
)
def test_nms_by_hand(boxes, scores, threshold, kept) -> None:
    boxes = torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4)
    assert nms(boxes, torch.tensor(scores), threshold).tolist() == kept


@pytest.mark.parametrize("threshold", [0.1, 0.5, 0.9])
def test_nms_by_brute_force(threshold) -> None:
    rng = np.random.default_rng(0)
    for count in (2, 17, 150):
        boxes, scores = random_boxes(rng, count), torch.tensor(rng.random(count)).float()
        expected = brute_force_nms(boxes.tolist(), scores.tolist(), threshold)
        assert nms(boxes, scores, threshold).tolist() == expected


def test_batched_nms_leaves_other_groups_alone() -> None:
    rng = np.random.default_rng(1)
    boxes, scores = random_boxes(rng, 90), torch.tensor(rng.random(90)).float()
    groups = torch.tensor(rng.integers(0, 4, 90))
    expected = []
    for group in range(4):
        members = [i for i in range(90) if groups[i] == group]
        kept = brute_force_nms(boxes[members].tolist(), scores[members].tolist(), 0.5)
        expected += [members[k] for k in kept]
    expected.sort(key=lambda i: -scores[i])
    assert batched_nms(boxes, scores, groups, 0.5).tolist() == expected
    assert len(expected) > len(nms(boxes, scores, 0.5))


def sample(feature: np.ndarray, y: float, x: float) -> np.ndarray:
    """(C,) between the cells of (C, H, W); nothing further than a cell outside, edges held."""
    height, width = feature.shape[1:]
    if y < -1 or y > height or x < -1 or x > width:
        return np.zeros(len(feature))
    y, x = min(max(y, 0), height - 1), min(max(x, 0), width - 1)
    y0, x0 = math.floor(y), math.floor(x)
    y1, x1 = min(y0 + 1, height - 1), min(x0 + 1, width - 1)
    top = feature[:, y0, x0] * (1 - (x - x0)) + feature[:, y0, x1] * (x - x0)
    bottom = feature[:, y1, x0] * (1 - (x - x0)) + feature[:, y1, x1] * (x - x0)
    return top * (1 - (y - y0)) + bottom * (y - y0)


def slow_roi_align(features, rois, size, scale, ratio, aligned) -> np.ndarray:
    """The definition, sample by sample."""
    down, across = size
    result = np.zeros((len(rois), features.shape[1], down, across))
    for k, (n, *box) in enumerate(rois):
        x0, y0, x1, y1 = (v * scale - (0.5 if aligned else 0) for v in box)
        width, height = x1 - x0, y1 - y0
        if not aligned:
            width, height = max(width, 1.0), max(height, 1.0)
        bin_h, bin_w = height / down, width / across
        rows = ratio if ratio > 0 else math.ceil(bin_h)
        columns = ratio if ratio > 0 else math.ceil(bin_w)
        for i in range(down):
            for j in range(across):
                samples = [
                    sample(
                        features[int(n)],
                        y0 + (i + (r + 0.5) / rows) * bin_h,
                        x0 + (j + (c + 0.5) / columns) * bin_w,
                    )
                    for r in range(rows)
                    for c in range(columns)
                ]
                if samples:
                    result[k, :, i, j] = np.mean(samples, axis=0)
    return result


@pytest.mark.parametrize("aligned", [True, False])
@pytest.mark.parametrize("ratio", [0, 1, 2])
@pytest.mark.parametrize(("size", "scale"), [((7, 7), 0.25), ((3, 5), 1.0), ((14, 14), 1 / 16)])
def test_roi_align_by_definition(aligned, ratio, size, scale) -> None:
    rng = np.random.default_rng(2)
    features = rng.normal(size=(2, 3, 19, 26))
    boxes = random_boxes(rng, 12, extent=26 / scale).numpy()  # some reach far outside
    boxes[0] = [5, 5, 5, 5]  # no area
    boxes[1] = [-900, -900, -800, -800]  # nothing of it inside
    rois = np.hstack([rng.integers(0, 2, (12, 1)), boxes]).astype(np.float32)
    expected = slow_roi_align(features, rois.astype(float), size, scale, ratio, aligned)
    answer = roi_align(torch.tensor(features), torch.tensor(rois), size, scale, ratio, aligned)
    np.testing.assert_allclose(answer.numpy(), expected, atol=2e-4)
    assert np.abs(expected).max() > 0.5


def test_roi_align_reads_a_ramp_where_it_says() -> None:
    """Aligned: a cell's value is at its middle, so a ramp is read exactly at the bins' middles."""
    ramp = torch.arange(40.0).repeat(40, 1)[None, None] + 0.5  # the value is x
    box = torch.tensor([[0, 8.0, 4.0, 20.0, 28.0]])
    answer = roi_align(ramp, box, (2, 3), aligned=True)
    np.testing.assert_allclose(answer[0, 0], [[10, 14, 18]] * 2, rtol=1e-5)


def test_roi_align_takes_a_list_and_no_boxes() -> None:
    features = torch.rand(2, 3, 9, 9)
    boxes = [torch.tensor([[1.0, 1, 5, 5]]), torch.tensor([[2.0, 2, 8, 8], [0, 0, 3, 3]])]
    rois = torch.tensor([[0, 1.0, 1, 5, 5], [1, 2, 2, 8, 8], [1, 0, 0, 3, 3]])
    assert torch.equal(roi_align(features, boxes, 4), roi_align(features, rois, 4))
    assert roi_align(features, rois[:0], 4).shape == (0, 3, 4, 4)


def test_roi_align_can_be_trained_through() -> None:
    features = torch.rand(1, 2, 6, 6, dtype=torch.float64, requires_grad=True)
    rois = torch.tensor([[0, 0.5, 0.7, 4.2, 5.9], [0, 2.0, 2.0, 3.0, 3.0]])
    assert torch.autograd.gradcheck(lambda f: roi_align(f, rois, 2, aligned=True), features)


def test_same_as_torchvision() -> None:
    try:
        from torchvision import ops
    except (ImportError, OSError, RuntimeError):
        pytest.skip("torchvision doesn't load beside this build of PyTorch")
    if ops.nms is nms:
        pytest.skip("the stand-in is in torchvision's place")
    rng = np.random.default_rng(3)
    boxes, scores = random_boxes(rng, 300), torch.tensor(rng.random(300)).float()
    assert torch.equal(nms(boxes, scores, 0.5), ops.nms(boxes, scores, 0.5))
    rois = torch.hstack([torch.zeros(300, 1), boxes])
    features = torch.rand(1, 4, 30, 30)
    for aligned in (True, False):
        ours = roi_align(features, rois, 7, 0.25, 0, aligned)
        torch.testing.assert_close(ours, ops.roi_align(features, rois, 7, 0.25, 0, aligned))


def run(code: str, *path: object) -> str:
    """What a fresh interpreter prints; packages in ``path`` come first."""
    start = f"import sys; sys.path[:0] = {[str(p) for p in path]!r}\n"
    done = subprocess.run([sys.executable, "-c", start + code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


#: Says which torchvision Detectron2 gets, and who finds it afterwards.
WHICH = """
from harec.pose.detectron2.compat import ready
with ready(), ready():
    import torchvision
    from torchvision.ops import nms, boxes
    print(torchvision.__version__)
print("torchvision" in sys.modules)
"""


def package(folder, name: str, init: str, **modules: str):
    (folder / name).mkdir(parents=True)
    (folder / name / "__init__.py").write_text(init)
    for module, text in modules.items():
        (folder / name / f"{module}.py").write_text(text)
    return folder


@pytest.mark.long
@pytest.mark.detectron2
def test_torchvision_that_loads_is_used(tmp_path) -> None:
    ops = "from harec.pose.detectron2.torchvision_ops import *\nfrom . import boxes\n"
    ops += "RoIPool = deform_conv2d = None"
    boxes = "from harec.pose.detectron2.torchvision_ops import *"
    real = package(tmp_path, "torchvision", "__version__ = '0.99'", ops=ops, boxes=boxes)
    assert run(WHICH, real) == "0.99\nTrue"


@pytest.mark.detectron2
def test_torchvision_that_breaks_half_way_is_replaced(tmp_path) -> None:
    """As PyPI's wheel does beside the CPU build of PyTorch, with parts of it imported already."""
    init = "__version__ = '0.28.0'\nfrom . import extension, ops"
    ops = "raise RuntimeError('operator torchvision::nms does not exist')"
    broken = package(tmp_path, "torchvision", init, ops=ops, extension="x = 1")
    code = WHICH + "\nprint([m for m in sys.modules if m == 'torchvision.extension'])"
    assert run(code, broken) == "0.28.0+harec\nFalse\n[]"
