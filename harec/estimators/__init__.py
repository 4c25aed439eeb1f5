"""Pose engines: people and their joints in a frame. `create_estimator` makes one by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from harec.errors import InputError
from harec.estimators.base import MODES, Mode, PoseEstimator

__all__ = [
    "ESTIMATORS",
    "MODES",
    "EstimatorInfo",
    "Mode",
    "PoseEstimator",
    "create_estimator",
    "default_person_threshold",
]


@dataclass(frozen=True)
class EstimatorInfo:
    """An engine as the page and the command line offer it.

    Attributes:
        description: one line for a person who chooses.
        person_threshold: default for the person score, 0..1: engines differ in what they call sure.
        create: makes an estimator from mode, max_people and threads.
    """

    description: str
    person_threshold: float
    create: Callable[[Mode, int, int | None], PoseEstimator]


def _movenet(mode: Mode, max_people: int, threads: int | None) -> PoseEstimator:
    from harec.estimators.movenet import MoveNetEstimator  # onnxruntime loads only when used

    return MoveNetEstimator(mode, max_people, threads)


ESTIMATORS: Final[dict[str, EstimatorInfo]] = {
    "movenet": EstimatorInfo(
        "MoveNet (built in: no download, real time on a CPU, up to 6 people)", 0.3, _movenet
    ),
}


def default_person_threshold(name: str) -> float:
    """The person threshold to start with for an engine. Raises InputError for unknown names."""
    return _info(name).person_threshold


def create_estimator(
    name: str = "movenet",
    *,
    mode: Mode = "balanced",
    max_people: int = 4,
    threads: int | None = None,
) -> PoseEstimator:
    """A new estimator for one stream of frames.

    Args:
        name: one of `ESTIMATORS`.
        mode: what to spend, see the engine's docstring.
        max_people: at most this many people, the most prominent ones.
        threads: CPU threads; None takes what there is.

    Raises:
        InputError: no such engine.
        ModelError: the engine's model files are missing or damaged.
        ValueError: an argument is out of range.
    """
    return _info(name).create(mode, max_people, threads)


def _info(name: str) -> EstimatorInfo:
    if name not in ESTIMATORS:
        raise InputError(f"There is no pose engine {name!r}; choose from {', '.join(ESTIMATORS)}.")
    return ESTIMATORS[name]
