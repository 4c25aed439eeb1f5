"""Pose engines: people and their keypoints in a frame. `create_estimator` makes one by name."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from harec.core.errors import InputError
from harec.pose.base import (
    ANY_PRECISION,
    DETECTRON2_DETECTION_THRESHOLD,
    PRECISIONS,
    AnyPrecision,
    Mode,
    PoseEngine,
    Precision,
)
from harec.pose.int8_speed import int8_is_fast
from harec.pose.movenet_modes import model_files


@dataclass(frozen=True)
class EstimatorInfo:
    """An engine as the page and the command line offer it.

    Attributes:
        title: its name as people write it.
        description: one line for a person who chooses.
        modes: one line on what each mode costs and gives.
        person_threshold: default for the person score, 0..1: engines differ in what they call sure.
        keypoint_threshold: default for a keypoint's score, 0..1, likewise.
        detection_threshold: default for the score below which the engine itself drops a detection;
            None: the engine has no such setting.
        precisions: of the numbers that its networks compute with; the first is the default.
        frame_side: longest side in pixels of the frames that it makes use of; larger ones are
            scaled down while they are decoded.
        create: makes an estimator from mode, max_people, threads, detection threshold and
            precision.
        unavailable: None when the engine can run now, else one plain sentence why it can't.
        model_files: the files of its networks in a mode and precision.
    """

    title: str
    description: str
    modes: str
    person_threshold: float
    keypoint_threshold: float
    detection_threshold: float | None
    precisions: tuple[Precision, ...]
    frame_side: int
    create: Callable[[Mode, int, int | None, float | None, Precision], PoseEngine]
    unavailable: Callable[[], str | None]
    model_files: Callable[[Mode, Precision], list[Path]]


@dataclass(frozen=True)
class DefaultEstimator:
    """The engine to take when none was chosen, and one plain sentence why."""

    name: str
    reason: str


def _movenet(
    mode: Mode,
    max_people: int,
    threads: int | None,
    detection_threshold: float | None,
    precision: Precision,
) -> PoseEngine:
    from harec.pose.movenet import MoveNetEstimator  # onnxruntime loads only when used

    return MoveNetEstimator(mode, max_people, threads, precision=precision)


def _detectron2(
    mode: Mode,
    max_people: int,
    threads: int | None,
    detection_threshold: float | None,
    precision: Precision,
) -> PoseEngine:
    from harec.pose.detectron2.estimator import Detectron2Estimator  # PyTorch loads only when used

    return Detectron2Estimator(mode, max_people, threads, detection_threshold=detection_threshold)


def _detectron2_files(mode: Mode, precision: Precision) -> list[Path]:
    from harec.pose.weights import DETECTRON2, locate

    found = locate(DETECTRON2)
    return [] if found is None else [found]


def _detectron2_unavailable() -> str | None:
    from harec.pose.detectron2 import compat
    from harec.pose.weights import DETECTRON2, locate

    if not compat.installed():
        return compat.NOT_INSTALLED
    if locate(DETECTRON2) is None:
        return f"Detectron2's weights ({DETECTRON2.size_bytes / 1e6:.0f} MB) are not here yet."
    return None


ESTIMATORS: Final[dict[str, EstimatorInfo]] = {
    "movenet": EstimatorInfo(
        title="MoveNet",
        description="MoveNet (built in: no download, real time on a CPU, up to 6 people)",
        modes="Lightweight takes a third of Balanced's time and is less exact. Performance takes "
        "twice the time; joints shake a little less.",
        person_threshold=0.3,
        keypoint_threshold=0.2,
        detection_threshold=None,
        precisions=PRECISIONS,
        frame_side=1280,
        create=_movenet,
        unavailable=lambda: None,
        model_files=model_files,
    ),
    "detectron2": EstimatorInfo(
        title="Detectron2",
        description="Detectron2 (Keypoint R-CNN, the article's engine: for a GPU; seconds a frame "
        "on a CPU)",
        modes="Performance is the article's: frames at 800 px, 1000 proposals; on a CPU four times "
        "Balanced's time. Balanced (480 px) and Lightweight (320 px, half the time) look at fewer "
        "proposals and one person more than you want and, on a GPU, with half precision: small "
        "people are expected to be lost first.",
        person_threshold=0.9,
        keypoint_threshold=0.05,
        detection_threshold=DETECTRON2_DETECTION_THRESHOLD,
        precisions=("float",),
        frame_side=1920,
        create=_detectron2,
        unavailable=_detectron2_unavailable,
        model_files=_detectron2_files,
    ),
}


def default_estimator() -> DefaultEstimator:
    """Detectron2 where it is ready and has a GPU, else MoveNet.

    PyTorch is imported (to look for the GPU) only when Detectron2 is ready otherwise, and only a
    build of PyTorch that is made for GPUs: no page waits for it elsewhere.
    """
    problem = ESTIMATORS["detectron2"].unavailable()
    if problem is not None:
        return DefaultEstimator("movenet", f"MoveNet is the default here: {problem}")
    if _made_for_gpus() and _gpu_is_there():
        return DefaultEstimator(
            "detectron2", "Detectron2 is the default here: its weights are here and there is a GPU."
        )
    return DefaultEstimator(
        "movenet",
        "MoveNet is the default here: there is no CUDA GPU, and Detectron2 takes seconds a "
        "frame without one.",
    )


def _made_for_gpus() -> bool:
    """What the installed PyTorch says of itself in a file; it is not imported. True if unclear."""
    spec = importlib.util.find_spec("torch")
    if spec is None or spec.origin is None:
        return False
    try:
        text = Path(spec.origin).with_name("version.py").read_text()
    except OSError:
        return True
    none = re.findall(r"^(cuda|hip)\b[^=\n]*= None$", text, re.MULTILINE)
    return set(none) != {"cuda", "hip"}


def _gpu_is_there() -> bool:
    import torch

    return torch.cuda.is_available()


def default_person_threshold(name: str) -> float:
    """The person threshold to start with for an engine. Raises InputError for unknown names."""
    return engine_info(name).person_threshold


def create_estimator(
    name: str = "movenet",
    *,
    mode: Mode = "balanced",
    max_people: int = 4,
    threads: int | None = None,
    detection_threshold: float | None = None,
    precision: AnyPrecision = "float",
) -> PoseEngine:
    """A new estimator for one stream of frames.

    Args:
        name: one of `ESTIMATORS`.
        mode: what to spend, see the engine's docstring.
        max_people: at most this many people, the most prominent ones.
        threads: CPU threads; None takes what there is.
        detection_threshold: score 0..1 below which the engine drops a detection; None = the
            engine's default.
        precision: ``int8`` is faster on processors that have instructions for it, ``mixed`` takes
            it for people who are easy to see; ``auto`` is mixed there, and float elsewhere.

    Raises:
        InputError: no such engine, or it has no networks of this precision.
        ModelError: the engine or its model files are missing or damaged.
        ValueError: an argument is out of range.
    """
    check_precision(name, precision)
    chosen = precision_of(name, precision)
    return engine_info(name).create(mode, max_people, threads, detection_threshold, chosen)


def precision_of(name: str, precision: AnyPrecision) -> Precision:
    """What an engine computes with on this machine where a precision is asked for.

    The first time that ``auto`` is asked for on a system that does not list the processor's
    instructions, this takes a second.
    """
    if precision != "auto":
        return precision
    return "mixed" if "mixed" in engine_info(name).precisions and int8_is_fast() else "float"


def check_precision(name: str, precision: str) -> None:
    """Raise InputError when an engine has no networks of this precision."""
    info = engine_info(name)
    if precision not in ANY_PRECISION:
        *others, last = ANY_PRECISION
        known = f"{', '.join(others)} or {last}"
        raise InputError(f"There is no precision {precision!r}; choose {known}.")
    if precision != "auto" and precision not in info.precisions:
        raise InputError(f"{info.title} has no {precision} networks; choose {info.precisions[0]}.")


def engine_info(name: str) -> EstimatorInfo:
    """What is known of an engine. Raises InputError for unknown names."""
    if name not in ESTIMATORS:
        raise InputError(f"There is no pose engine {name!r}; choose from {', '.join(ESTIMATORS)}.")
    return ESTIMATORS[name]
