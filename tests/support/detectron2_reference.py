"""What Detectron2's own predictor answers, to compare with."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from harec.core.poses import Poses
from harec.core.threads import cpu_count, torch_threads
from harec.pose.detectron2 import compat
from harec.simulate.clip import simulate_frames
from harec.simulate.spec import ClipSpec


def frames(size_wh: tuple[int, int], count: int = 1) -> list[np.ndarray]:
    spec = ClipSpec(((("JUMPING_JACKS", 1.0),),), size_wh=size_wh, fps=5, seed=1)
    return [frame.rgb for frame in simulate_frames(spec)][:count]


def by_score(poses: Poses) -> Poses:
    return poses.select(np.argsort(-poses.scores, kind="stable"))


def predict(config, zoo_file: Path, rgb: np.ndarray) -> Poses:
    """What Detectron2's own predictor detects, best score first."""
    config.MODEL.WEIGHTS = str(zoo_file)
    with compat.ready(), torch_threads(cpu_count()):  # threads change the last bits
        from detectron2.engine import DefaultPredictor

        found = DefaultPredictor(config)(rgb[..., ::-1])["instances"]
    return Poses(found.pred_keypoints.numpy(), found.scores.numpy())


def assert_same(ours: Poses, theirs: Poses, pixels: float = 1e-4, scores: float = 1e-6) -> None:
    assert len(ours) == len(theirs) > 0
    ours = by_score(ours)
    np.testing.assert_allclose(ours.scores, theirs.scores, atol=scores)
    np.testing.assert_allclose(
        ours.keypoints_xyc[..., :2], theirs.keypoints_xyc[..., :2], atol=pixels, rtol=0
    )
    np.testing.assert_allclose(
        ours.keypoints_xyc[..., 2], theirs.keypoints_xyc[..., 2].clip(0, 1), atol=scores
    )
