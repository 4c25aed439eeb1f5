"""Model-zoo files for tests: as numpy 1 and 2 and every protocol write them."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

State = Mapping[str, NDArray[Any]]


def dump(content: Any, protocol: int = 2, *, numpy1_names: bool | None = None) -> bytes:
    """``content`` pickled; by numpy 1's names, which are for protocols below 4 only, or numpy 2's.

    ``None`` chooses numpy 1's where there are any.
    """
    data = pickle.dumps(content, protocol)
    wanted = protocol < 4 if numpy1_names is None else numpy1_names
    return data.replace(b"cnumpy._core.", b"cnumpy.core.") if wanted else data


def write_zoo_pkl(path: Path, state: State, protocol: int = 2) -> Path:
    """Write ``state`` as Detectron2's model zoo publishes it; returns ``path``.

    Args:
        path: to write.
        state: weights by name, as ``{k: v.numpy() for k, v in model.state_dict().items()}``.
        protocol: of pickle, 0 to 5.
    """
    path.write_bytes(dump({"model": dict(state), "__author__": "Detectron2 Model Zoo"}, protocol))
    return path


def small_state(seed: int = 0) -> dict[str, NDArray[np.float32]]:
    """Some of the real names, with few numbers."""
    rng = np.random.default_rng(seed)
    shapes = {
        "backbone.bottom_up.stem.conv1.weight": (16, 3, 7, 7),
        "backbone.bottom_up.stem.conv1.norm.running_var": (16,),
        "roi_heads.box_predictor.cls_score.weight": (2, 1024),
        "roi_heads.keypoint_head.conv_fcn1.weight": (32, 64, 3, 3),
        "roi_heads.keypoint_head.score_lowres.weight": (64, 17, 4, 4),
    }
    return {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
