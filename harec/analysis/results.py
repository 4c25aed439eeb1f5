"""What an analysis is asked for and what it gives: settings, people, timings."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from harec.actions.labels import LABELS, OTHER, own_labels
from harec.actions.segments import Segment
from harec.analysis.provenance import Provenance
from harec.analysis.sampling import Skip
from harec.core.correction import Correction
from harec.core.errors import InputError
from harec.core.poses import FloatArray, Poses
from harec.core.progress import Timings
from harec.pose.base import (
    MODES,
    AnyPrecision,
    Mode,
)
from harec.pose.registry import ESTIMATORS, check_precision
from harec.taught.estimates import TaughtEstimates
from harec.tracking.selection import SelectionSettings
from harec.video import VideoInfo

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Thresholds:
    """What a pose engine's detections must reach, 0..1; see `AnalysisSettings`."""

    person_threshold: float
    keypoint_threshold: float
    detection_threshold: float | None


_ENGINE_THRESHOLDS: Final = tuple(field.name for field in fields(Thresholds))


@dataclass(frozen=True)
class AnalysisSettings:
    """What a user can set.

    Attributes:
        estimator: pose engine, a name of ``harec.pose.registry.ESTIMATORS``.
        mode: lightweight, balanced or performance.
        precision: float (the same answers on every processor); where the engine has it, int8, or
            mixed: int8 for large people; auto: mixed where the processor is fast with int8, else
            float.
        skip: frames skipped between two that the pose model sees; 0 = every frame; auto = each
            person is looked at as often as their labels need, see `harec.analysis.sampling`.
        person_threshold: people whose score is lower are left out; None = the engine's default.
        keypoint_threshold: keypoints whose score is lower count as not seen; None = the engine's
            default.
        detection_threshold: detections whose score is lower are dropped within the engine, before
            anything else sees them; None = the engine's default, if it has such a setting.
        action_threshold: what the mean probability of a segment's first seconds must reach; None =
            the model's default.
        smoothing_s: width of the smoothing of probabilities, in seconds.
        max_people: the most prominent people are kept (1..6).
        bystanders: people who are seen for less than a second, or are less than a quarter as large
            as the largest one when they come, get lanes, too.
        video_max_side: longer sides of the annotated video are scaled down to this, in pixels.
        turn_deg, mirrored: how the camera was held, where the file doesn't say; see
            `harec.core.correction.Correction`.
    """

    estimator: str = "movenet"
    mode: Mode = "balanced"
    skip: Skip = "auto"
    person_threshold: float | None = None
    keypoint_threshold: float | None = None
    detection_threshold: float | None = None
    action_threshold: float | None = None
    smoothing_s: float = 0.3
    max_people: int = 4
    video_max_side: int = 1280
    precision: AnyPrecision = "auto"
    turn_deg: int = 0
    mirrored: bool = False
    bystanders: bool = False

    def __post_init__(self) -> None:
        if self.estimator not in ESTIMATORS:
            known = ", ".join(ESTIMATORS)
            raise InputError(f"There is no pose engine {self.estimator!r}; choose one of: {known}.")
        if self.mode not in MODES:
            raise InputError(f"There is no mode {self.mode!r}; choose one of: {', '.join(MODES)}.")
        check_precision(self.estimator, self.precision)
        if self.skip != "auto" and not (isinstance(self.skip, int) and self.skip >= 0):
            raise InputError(f"skip must be auto, or 0 or more frames, not {self.skip}.")
        if not 1 <= self.max_people <= 6:
            raise InputError(f"max-people must be 1 to 6, not {self.max_people}.")
        for name in (*_ENGINE_THRESHOLDS, "action_threshold"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= 1:
                text = name.replace("_", "-")
                raise InputError(f"{text} must be between 0 and 1, not {value}.")
        if not 0 <= self.smoothing_s < math.inf:
            raise InputError(f"smoothing must be 0 or more seconds, not {self.smoothing_s}.")
        engine = ESTIMATORS[self.estimator]
        if self.detection_threshold is not None and engine.detection_threshold is None:
            raise InputError(f"{engine.title} has no detection threshold; leave it out.")
        if self.video_max_side < 64:
            raise InputError(f"The video's long side must be 64 px or more: {self.video_max_side}.")
        _ = self.correction  # checks the turn

    @property
    def correction(self) -> Correction:
        """What makes the frames upright and unmirrored."""
        return Correction(self.turn_deg, self.mirrored)

    @property
    def thresholds(self) -> Thresholds:
        """The engine's thresholds, its defaults in place of None."""
        engine = ESTIMATORS[self.estimator]
        chosen = {name: getattr(self, name) for name in _ENGINE_THRESHOLDS}
        return Thresholds(
            **{k: getattr(engine, k) if value is None else value for k, value in chosen.items()}
        )

    @property
    def selection(self) -> SelectionSettings:
        """What a detection needs to be tracked, the engine's defaults in place of None."""
        chosen = self.thresholds
        return SelectionSettings(
            chosen.person_threshold, chosen.keypoint_threshold, self.max_people, self.bystanders
        )

    def needs_pose(self, other: AnalysisSettings) -> bool:
        """Whether going from ``other`` to these settings takes the pose model again."""

        def seen_by(settings: AnalysisSettings) -> tuple[object, ...]:
            detection = settings.thresholds.detection_threshold
            engine = settings.estimator, settings.mode, settings.precision
            return *engine, settings.skip, detection, settings.correction

        return seen_by(self) != seen_by(other) or self.max_people > other.max_people


@dataclass(frozen=True, eq=False)
class PersonResult:
    """One person over the video; F frames seen, E estimates made.

    Attributes:
        id: 1, 2, ... in order of appearance.
        first_s, last_s: when the person is seen first and last.
        track_times_s: float64 (F,).
        keypoints_xyc: float32 (F, 17, 3): pixels of the full frame, score; 0 = not seen.
        estimate_times_s: float64 (E,): the moment that each estimate speaks of.
        estimate_spans_s: float64 (E, 2): what each estimate has seen.
        probabilities: float32 (E, 7) over ``LABELS``, before smoothing.
        segments: in order of time, not overlapping; with repetitions where they are counted.
        cleared_s: from when to when a human says that it is none of the actions; in order of time,
            no segment is in them.
        moments_s: when repetitions were, by action, whatever the person really did; see
            `harec.actions.repetitions`. Of taught actions those within their segments.
        taught: what it does of taught actions, where these are named.
    """

    id: int
    first_s: float
    last_s: float
    track_times_s: NDArray[np.float64] = field(repr=False)
    keypoints_xyc: FloatArray = field(repr=False)
    estimate_times_s: NDArray[np.float64] = field(repr=False)
    estimate_spans_s: NDArray[np.float64] = field(repr=False)
    probabilities: FloatArray = field(repr=False)
    segments: tuple[Segment, ...]
    cleared_s: tuple[tuple[float, float], ...] = ()
    moments_s: Mapping[str, Sequence[float]] = field(default_factory=dict, repr=False)
    taught: TaughtEstimates | None = field(default=None, repr=False)

    def shown_estimates(self) -> tuple[tuple[str, ...], NDArray[np.float64], FloatArray]:
        """Labels, times (E,) and probabilities (E, L) of what is named, OTHER the last of them."""
        taught = self.taught
        if taught is None or not len(taught.times_s):
            return LABELS, self.estimate_times_s, self.probabilities
        if not (taught.builtin and len(self.estimate_times_s)):
            return (*taught.settings.labels, OTHER), taught.times_s, taught.probabilities
        labels, probabilities = taught.with_builtin(self.estimate_times_s, self.probabilities)
        return labels, self.estimate_times_s, probabilities

    def segment_at(self, time_s: float) -> Segment | None:
        """What the person does at a moment, if it is one of the actions."""
        return next((s for s in self.segments if s.start_s <= time_s <= s.end_s), None)


@dataclass(frozen=True, eq=False)
class Analysis:
    """Everything that was found in a video.

    Attributes:
        video: the source, with the length and number of frames that were really read.
        settings: that ``people`` hold for.
        people: in order of appearance.
        timings: of the run of the pose model.
        advice: plain sentences for the user about this result; they change with the settings.
        file_warnings: plain sentences about the file itself.
        pose_times_s, poses: what the pose model found, before any threshold.
        provenance: what made it.
    """

    video: VideoInfo
    settings: AnalysisSettings
    people: tuple[PersonResult, ...]
    timings: Timings
    advice: tuple[str, ...] = ()
    file_warnings: tuple[str, ...] = ()
    pose_times_s: Sequence[float] = field(default=(), repr=False)
    poses: Sequence[Poses] = field(default=(), repr=False)
    provenance: Provenance = field(default_factory=Provenance, repr=False)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Everything that the user should be told."""
        return (*self.file_warnings, *self.advice)

    @property
    def taught(self) -> tuple[str, ...]:
        """The labels in it that are not built-in: those of the taught set that it was named with,
        in the order of the set, then others in its segments."""
        own = [label for p in self.people if p.taught for label in p.taught.settings.labels]
        others = sorted({s.action for p in self.people for s in p.segments})
        return own_labels([*own, *others])

    def to_json(self, *, keypoints: bool = False) -> str:
        """The document that ``harec analyze --json`` writes; its keys: `harec.analysis.export`.

        Args:
            keypoints: with everybody's keypoints and probabilities, which makes it long.
        """
        from harec.analysis.export import to_json

        return to_json(self, keypoints=keypoints)

    def save(self, path: str | PathLike[str]) -> None:
        """Write everything into one file (``.harec-result``) that `harec.load_result` opens again.

        It holds keypoints and probabilities, but no picture: the video is known by its name and
        the hash of its contents.

        Raises:
            InputError: it can't be written there.
        """
        from harec.analysis.result_file import save_result

        save_result(self, Path(path))

    def to_pandas(self) -> pd.DataFrame:
        """The segments, one a row, by person and time.

        Columns: person (int), action, start_s, end_s, duration_s, confidence (float), repetitions
        (nullable integers: missing where they are not counted), by (human or model); the same
        without any segment.
        """
        from harec.analysis.export import to_pandas

        return to_pandas(self)
