"""An image to people: a pose engine behind one call, with its thresholds applied."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from harec.core.errors import InputError
from harec.core.images import check_image
from harec.core.poses import Poses
from harec.pose.base import AnyPrecision, Mode, estimate_frame
from harec.pose.registry import create_estimator, engine_info


class PoseEstimator:
    """Finds the people of an image::

        estimator = PoseEstimator("movenet")
        people = estimator(image)

    One estimator follows one stream: MoveNet looks for each person near where it last saw them, so
    the frames of a video come in order, and unlike images each after a `reset`. Instances share the
    networks, which are loaded once a process. Calls from several threads at once need one each.

    What the tracker and the recogniser get is what `harec.analyze` gives them: people below the
    person threshold are left out, and keypoints below the keypoint threshold count as not seen.
    """

    def __init__(
        self,
        name: str = "movenet",
        *,
        mode: Mode = "balanced",
        max_people: int = 4,
        precision: AnyPrecision = "auto",
        threads: int | None = None,
        person_threshold: float | None = None,
        keypoint_threshold: float | None = None,
        detection_threshold: float | None = None,
    ) -> None:
        """Load the engine's networks.

        Args:
            name: ``movenet`` (ships with harec), or ``detectron2`` (the extra of that name, and
                weights: ``python -m harec weights download detectron2``).
            mode: lightweight, balanced or performance.
            max_people: 1..6, the most prominent ones.
            precision: float (the same answers on every processor); where the engine has it, int8,
                or mixed: int8 for large people; auto: mixed where the processor is fast with int8,
                else float.
            threads: CPU threads for the networks; None takes what `HAREC_THREADS` or the machine
                allows.
            person_threshold, keypoint_threshold: scores 0..1; None = the engine's defaults.
            detection_threshold: score 0..1 below which Detectron2 itself drops a detection; None =
                its default. MoveNet has none.

        Raises:
            InputError: there is no such engine, mode or precision, or a number is out of range.
            ModelError: the engine or its model files are missing or damaged.
        """
        info = engine_info(name)
        thresholds = {
            "person_threshold": person_threshold,
            "keypoint_threshold": keypoint_threshold,
            "detection_threshold": detection_threshold,
        }
        for what, value in thresholds.items():
            if value is not None and not 0 <= value <= 1:
                raise InputError(f"{what} must be between 0 and 1, not {value}.")
        if detection_threshold is not None and info.detection_threshold is None:
            raise InputError(f"{info.title} has no detection threshold; leave it out.")
        self.name = name
        self.person_threshold = (
            info.person_threshold if person_threshold is None else person_threshold
        )
        self.keypoint_threshold = (
            info.keypoint_threshold if keypoint_threshold is None else keypoint_threshold
        )
        try:
            self._engine = create_estimator(
                name,
                mode=mode,
                max_people=max_people,
                threads=threads,
                detection_threshold=detection_threshold,
                precision=precision,
            )
        except ValueError as error:
            raise InputError(f"{error}.") from error

    def __call__(self, image: NDArray[np.uint8], time_s: float | None = None) -> Poses:
        """The people of an image, most prominent first.

        Args:
            image: uint8 (H, W, 3), RGB. OpenCV reads BGR: give ``image[..., ::-1]``.
            time_s: of a frame of a stream, in seconds, later than at the call before. Where more
                than ``max_people`` are there, a much larger newcomer takes over after a second;
                without times, at the next call.

        Returns:
            Keypoints in pixels of the image; keypoints below the threshold have score 0.

        Raises:
            InputError: it isn't such an array; the message says how to make it one.
        """
        rgb = np.ascontiguousarray(check_image(image))
        poses = estimate_frame(self._engine, rgb, time_s)
        return poses.above(self.person_threshold, self.keypoint_threshold)

    def reset(self) -> None:
        """Forget the people that are being followed: another image, video or scene comes next."""
        self._engine.reset()
