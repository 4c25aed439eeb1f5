"""Model-zoo files for tests: as numpy 1 and 2, Python 2 and 3 and every protocol write them."""

from __future__ import annotations

import io
import pickle
import time
from collections.abc import Mapping
from pathlib import Path
from types import BuiltinFunctionType, FunctionType
from typing import Any

import numpy as np
from numpy.typing import NDArray

State = Mapping[str, NDArray[Any]]


class _NumPy1Pickler(pickle._Pickler):  # type: ignore[name-defined]  # the one in Python
    """Writes `numpy.core`, as numpy 1 did, where numpy 2 would write `numpy._core`."""

    def save_global(self, obj: Any, name: str | None = None) -> None:
        module = getattr(obj, "__module__", None) or ""
        if not module.startswith("numpy._core"):
            super().save_global(obj, name)
            return
        name = name or obj.__name__
        module = module.replace("numpy._core", "numpy.core")
        if self.proto >= 4:
            self.save(module)
            self.save(name)
            self.write(pickle.STACK_GLOBAL)
        else:
            self.write(pickle.GLOBAL + f"{module}\n{name}\n".encode())
        self.memoize(obj)

    dispatch = pickle._Pickler.dispatch | {  # type: ignore[attr-defined]
        FunctionType: save_global,
        BuiltinFunctionType: save_global,
    }


def dump(content: Any, protocol: int = 2, *, numpy1_names: bool = True) -> bytes:
    """``content`` pickled; by the names of numpy 1 or of the numpy that is installed."""
    if not numpy1_names:
        return pickle.dumps(content, protocol)
    file = io.BytesIO()
    _NumPy1Pickler(file, protocol).dump(content)
    return file.getvalue()


def write_zoo_pkl(
    path: Path, state: State, protocol: int = 2, *, numpy1_names: bool = True
) -> Path:
    """Write ``state`` as Detectron2's model zoo publishes it; returns ``path``.

    Args:
        path: to write.
        state: weights by name, as ``{k: v.numpy() for k, v in model.state_dict().items()}``.
        protocol: of pickle, 0 to 5.
        numpy1_names: as numpy 1 wrote it, else as the numpy that is installed does.
    """
    content = {"model": dict(state), "__author__": "Detectron2 Model Zoo"}
    path.write_bytes(dump(content, protocol, numpy1_names=numpy1_names))
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


def wait_until_some_has_come(part: Path) -> None:
    """Wait until a download has written something; the test's own timeout ends it."""
    while not (part.exists() and part.stat().st_size):
        time.sleep(0.01)
