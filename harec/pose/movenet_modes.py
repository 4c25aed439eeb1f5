"""What MoveNet's modes spend, and which networks they take."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from harec.core.resources import MODELS_DIR
from harec.pose.base import Mode, Precision

INT8_DIR: Final = MODELS_DIR / "int8"
#: Where the single-person networks lie that are taken: the usual one, then the quick one, if any.
REFINER_DIRS: Final[dict[Precision, tuple[Path, ...]]] = {
    "float": (MODELS_DIR,),
    "mixed": (MODELS_DIR, INT8_DIR),
    "int8": (INT8_DIR,),
}


@dataclass(frozen=True)
class ModeSettings:
    """What a mode spends.

    Attributes:
        detector_side: long side of MultiPose's input in pixels.
        large_side: the same for the second detection when no person is found.
        refiner: the single-person network.
        mirrored: run it a second time on the mirrored crop.
        detect_every: calls between two detections for newcomers.
        tiles: look for small people in parts of the frame, too.
    """

    detector_side: int
    large_side: int
    refiner: Literal["lightning", "thunder"]
    mirrored: bool
    detect_every: int
    tiles: bool = True


MODE_SETTINGS: Final[dict[Mode, ModeSettings]] = {
    "lightweight": ModeSettings(256, 384, "lightning", False, 15),
    "balanced": ModeSettings(256, 512, "thunder", False, 10),
    "performance": ModeSettings(384, 640, "thunder", True, 6),
}


def model_files(mode: Mode, precision: Precision) -> list[Path]:
    """The files of the networks that ship, as `MoveNetEstimator` chooses them."""
    refiner = f"movenet-{MODE_SETTINGS[mode].refiner}.onnx"
    refiners = (folder / refiner for folder in REFINER_DIRS[precision])
    return [MODELS_DIR / "movenet-multipose.onnx", *refiners]
