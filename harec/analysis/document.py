"""A result from the JSON document that `harec.analysis.export` writes, each value checked."""

from __future__ import annotations

from dataclasses import fields as dataclass_fields
from fractions import Fraction
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from harec.actions.labels import LABELS
from harec.actions.segments import By, Segment
from harec.analysis.export import FORMAT, FORMAT_VERSION
from harec.analysis.provenance import Provenance
from harec.analysis.results import Analysis, AnalysisSettings, PersonResult
from harec.core.errors import InputError
from harec.core.plain import MOST_S, fields, items, number, seconds, short, text, whole
from harec.core.progress import Timings
from harec.core.skeleton import NUM_KEYPOINTS
from harec.video import VideoInfo

#: So many people, actions and segments of a person are read.
_MOST: Final = 100_000
_MOST_LABEL: Final = 200
#: No time, pixel or probability is larger.
_MOST_NUMBER: Final = 1e9


def analysis_of(value: Any) -> Analysis:
    """The result in a document; poses and, without ``keypoints``, people's arrays are empty.

    Raises:
        InputError, ValueError, KeyError, TypeError: it is not one; see `harec.core.plain.refusing`.
    """
    data = fields(value)
    if data.get("format", FORMAT) != FORMAT:
        raise ValueError("it is of another format")
    version = whole(data.get("format_version", 0))
    if version > FORMAT_VERSION:
        raise InputError(
            f"This result was made by a newer harec (format version {version}): update harec."
        )
    people = tuple(_person(person) for person in items(data["people"]))
    if len({person.id for person in people}) < len(people):
        raise ValueError("two people have one id")
    return Analysis(
        video=_video(fields(data["video"])),
        settings=_settings(fields(data["settings"])),
        people=people,
        timings=_timings(fields(data.get("timings", {})), fields(data.get("pose", {}))),
        advice=_texts(data.get("advice", [])),
        file_warnings=_texts(data.get("file_warnings", data.get("warnings", []))),
        provenance=_provenance(fields(data.get("made_with", {}))),
    )


def _video(data: dict[str, Any]) -> VideoInfo:
    sha256 = data.get("sha256")
    return VideoInfo(
        name=text(data["name"]),
        width=whole(data["width"], 1, 1 << 20),
        height=whole(data["height"], 1, 1 << 20),
        duration_s=None if data["duration_s"] is None else seconds(data["duration_s"]),
        frames=None if data["frames"] is None else whole(data["frames"]),
        frame_rate=_rate(data["frame_rate"]),
        rotation_deg=whole(data.get("rotation_deg", 0), 0, 270),
        codec=text(data.get("codec", "")),
        has_audio=bool(data.get("has_audio", False)),
        untimed_rate=_rate(data.get("untimed_rate")),
        sha256=None if sha256 is None else text(sha256, 64),
    )


def _rate(value: Any) -> Fraction | None:
    """30000/1001 from 29.97002997."""
    if value is None:
        return None
    return Fraction(number(value, 1e-6, 1e6)).limit_denominator(100_000)


def _settings(data: dict[str, Any]) -> AnalysisSettings:
    """Settings that this harec doesn't know are left out."""
    defaults = {field.name: field.default for field in dataclass_fields(AnalysisSettings)}
    known = {name: data[name] for name in defaults if name in data}
    return AnalysisSettings(**{k: _setting(v, defaults[k]) for k, v in known.items()})


def _setting(value: Any, default: Any) -> Any:
    """A setting of the kind that its default is of; None stands for a number."""
    if isinstance(default, bool):
        if not isinstance(value, bool):
            raise ValueError(f"{value!r} is not true or false")
        return value
    if isinstance(default, int):
        return whole(value)
    if isinstance(default, str):  # one of them may be a number instead
        return text(value) if isinstance(value, str) else whole(value)
    return None if value is None and default is None else number(value, 0, 1000)


def _timings(data: dict[str, Any], pose: dict[str, Any]) -> Timings:
    stages = {
        name.removesuffix("_s"): number(value, 0)
        for name, value in data.items()
        if name.endswith("_s") and name != "total_s"
    }
    frames, seen = whole(data.get("frames", 0)), whole(pose.get("frames", 0))
    precision = pose.get("precision")
    return Timings(
        stages,
        number(data.get("total_s", 0.0), 0),
        frames,
        seen,
        None if precision is None else text(precision),
    )


def _provenance(data: dict[str, Any]) -> Provenance:
    return Provenance(
        {text(k): text(v) for k, v in fields(data.get("versions", {})).items()},
        {text(k): text(v) for k, v in fields(data.get("models", {})).items()},
        text(data.get("keypoints", "")),
        text(data.get("labels", "")),
    )


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(text(each) for each in items(value))


def _person(value: Any) -> PersonResult:
    data = fields(value)
    segments = items(data["segments"])
    cleared = items(data.get("cleared_s", []))
    if max(len(segments), len(cleared)) > _MOST:
        raise ValueError("there are too many segments")
    track, estimates = fields(data.get("track", {})), fields(data.get("estimates", {}))
    moments = fields(data.get("repetitions_s", {}))
    return checked_person(
        PersonResult(
            id=whole(data["id"], 1, 1 << 31),
            first_s=seconds(data["first_s"]),
            last_s=seconds(data["last_s"]),
            track_times_s=_rows(track, "times_s", np.float64),
            keypoints_xyc=_rows(track, "keypoints_xyc", np.float32, NUM_KEYPOINTS, 3),
            estimate_times_s=_rows(estimates, "times_s", np.float64),
            estimate_spans_s=_rows(estimates, "spans_s", np.float64, 2),
            probabilities=_rows(estimates, "probabilities", np.float32, len(LABELS)),
            segments=tuple(sorted(map(_segment, segments), key=lambda s: s.start_s)),
            cleared_s=tuple(sorted(map(_span, cleared))),
            # the first may have been at its middle before the video begins
            moments_s={
                text(k): [number(t, -MOST_S, MOST_S) for t in items(v)] for k, v in moments.items()
            },
        )
    )


def _rows(data: dict[str, Any], name: str, kind: type[Any], *row: int) -> NDArray[Any]:
    rows = np.array(data.get(name, []), np.float64)
    if not (abs(rows) < _MOST_NUMBER).all():  # nor is any of these NaN
        raise ValueError(f"{name} holds what is no number")
    return (rows.reshape(-1, *row) if rows.size == 0 else rows).astype(kind)


def _segment(value: Any) -> Segment:
    data = fields(value)
    times = data.get("repetitions")
    return Segment(
        text(data["action"], _MOST_LABEL),
        *_span((data["start_s"], data["end_s"])),
        number(data.get("confidence", 1.0), 0, 1),
        None if times is None else whole(times),
        checked_by(data.get("by", "model")),
    )


def _span(value: Any) -> tuple[float, float]:
    start_s, end_s = map(seconds, value)
    if end_s < start_s:
        raise ValueError(f"a segment ends before it begins, at {start_s} s")
    return start_s, end_s


def checked_by(value: Any) -> By:
    """Who says so, as a file has it. Raises ValueError."""
    if value not in ("human", "model"):
        raise ValueError(f"{short(value)} says so, and neither a human nor a model")
    return cast("By", value)


def checked_person(person: PersonResult) -> PersonResult:
    """The person, whose arrays fit each other. Raises ValueError."""
    frames, estimates = len(person.track_times_s), len(person.estimate_times_s)
    shapes = {
        "track_times_s": (frames,),
        "keypoints_xyc": (frames, NUM_KEYPOINTS, 3),
        "estimate_times_s": (estimates,),
        "estimate_spans_s": (estimates, 2),
        "probabilities": (estimates, len(LABELS)),
    }
    for name, shape in shapes.items():
        values = getattr(person, name)
        if values.shape != shape or not np.isfinite(values).all():
            raise ValueError(f"{name} of person {person.id} don't fit")
        if name.endswith("times_s") and (np.diff(values) < 0).any():
            raise ValueError(f"{name} of person {person.id} don't grow")
    return person
