"""Who does what when, as files of any format say it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from harec.actions.labels import LABELS
from harec.actions.segments import By, Segment
from harec.analysis.provenance import provenance_of
from harec.analysis.results import Analysis, AnalysisSettings, PersonResult
from harec.core.errors import InputError
from harec.core.files import file_sha256
from harec.core.plain import seconds, short, shown_name
from harec.core.progress import Timings
from harec.render.palette import TITLES
from harec.video import probe

#: Longer names of labels and people are refused, and so are more segments in one file.
MOST_LABEL: Final = 200
MOST_SEGMENTS: Final = 20_000


@dataclass(frozen=True)
class Lane:
    """One row of a timeline.

    Attributes:
        name: of the person, or of whatever else the format has rows of; empty = nobody is named.
        segments: in order of time; of some formats they may overlap.
    """

    name: str
    segments: tuple[Segment, ...]


@dataclass(frozen=True)
class Annotations:
    """What one file says of one video.

    Attributes:
        lanes: in the file's order.
        video: name of the video; empty if the file doesn't say.
        duration_s: of the video in seconds; None if the file doesn't say.
        frame_rate: of the video, frames a second; None if the file doesn't say.
    """

    lanes: tuple[Lane, ...]
    video: str = ""
    duration_s: float | None = None
    frame_rate: float | None = None

    @property
    def named(self) -> bool:
        """Whether it says who does what: more than one row, or a row with a name."""
        return len(self.lanes) > 1 or any(lane.name for lane in self.lanes)

    @property
    def labels(self) -> set[str]:
        return {segment.action for lane in self.lanes for segment in lane.segments}

    @property
    def end_s(self) -> float:
        """Where the time axis ends: the video's duration, or the last segment's end."""
        ends = [segment.end_s for lane in self.lanes for segment in lane.segments]
        return max([self.duration_s or 0.0, *ends])


def annotations_of(analysis: Analysis) -> Annotations:
    """The segments of a result, a lane a person."""
    lanes = tuple(Lane(person_name(person.id), person.segments) for person in analysis.people)
    video = analysis.video
    rate = None if video.frame_rate is None else float(video.frame_rate)
    return Annotations(lanes, video.name, video.duration_s, rate)


def person_name(number: int) -> str:
    """What a person is called in files."""
    return f"Person {number}"


class LaneBuilder:
    """Collects segments row by row, each checked."""

    def __init__(self) -> None:
        self._lanes: dict[str, list[Segment]] = defaultdict(list)
        self._count = 0

    def lane(self, name: str) -> None:
        """There is such a row, maybe an empty one."""
        _ = self._lanes[name]

    def add(
        self,
        name: str,
        label: str,
        start_s: float,
        end_s: float,
        confidence: float = 1.0,
        repetitions: int | None = None,
        by: By = "model",
    ) -> None:
        """A segment; of no length it is left out. Raises ValueError."""
        self._count += 1
        if self._count > MOST_SEGMENTS:
            raise ValueError(f"it has more than {MOST_SEGMENTS} segments")
        if not label.strip() or len(label) > MOST_LABEL or len(name) > MOST_LABEL:
            raise ValueError(f"{short(label)} of {short(name)} is no label")
        if seconds(end_s) < seconds(start_s):
            raise ValueError(f"a segment ends before it begins, at {start_s:.3f} s")
        if end_s > start_s:
            segment = Segment(
                label_of(label), float(start_s), float(end_s), confidence, repetitions, by
            )
            self._lanes[" ".join(name.split())].append(segment)

    def build(self, video: str = "", duration_s: float | None = None) -> Annotations:
        """All that was added, each lane in order of time."""
        lanes = [Lane(name, _in_order(segments)) for name, segments in self._lanes.items()]
        return Annotations(tuple(lanes), video, duration_s)


def _in_order(segments: Iterable[Segment]) -> tuple[Segment, ...]:
    return tuple(sorted(segments, key=lambda s: (s.start_s, s.end_s, s.action)))


def _key(text: str) -> str:
    return re.sub(r"[\W_]+", "_", text.casefold()).strip("_")


_KNOWN: Final = {_key(name): label for label in LABELS for name in (label, TITLES[label])}


def label_of(text: str) -> str:
    """harec's own label for its name or title in any spelling (``jumping jacks``); else the text
    on one line."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return _KNOWN.get(_key(plain), plain)


def shown_label(label: str) -> str:
    """harec's own labels as people read them, others as they are: `label_of` brings both back."""
    return TITLES.get(label, label)


def labelled_result(annotations: Annotations, video: Path, source: str) -> Analysis:
    """Labels that somebody else gave a video, as a result: people without keypoints.

    Rows become persons 1, 2, ... in the file's order; rows called ``Person 3`` keep the number.

    Args:
        video: the file that the labels are of.
        source: name of the file that the labels come from.

    Raises:
        VideoError: the file is not a video that can be read.
        InputError: there is no label, or one begins after the video's end.
    """
    info = probe(video, video.name)
    starts = [segment.start_s for lane in annotations.lanes for segment in lane.segments]
    if not starts:
        raise InputError(f'"{source}" holds no segment with a label and two times.')
    if info.duration_s is not None and max(starts) > info.duration_s + 1:
        raise InputError(
            f'"{source}" has a segment at {max(starts):.1f} s, but "{shown_name(video)}" is '
            f"{info.duration_s:.1f} s long: choose the video that the labels are of."
        )
    people = sorted(
        map(_person, _numbers(annotations.lanes), annotations.lanes), key=lambda p: p.id
    )
    return Analysis(
        replace(info, sha256=file_sha256(video)),
        AnalysisSettings(),
        tuple(people),
        Timings({}, 0.0, 0, 0),
        provenance=provenance_of((), labels=source),
    )


def _numbers(lanes: Iterable[Lane]) -> list[int]:
    """Each lane's own number, if they all have one and another; else 1, 2, ..."""
    lanes = list(lanes)
    found = [re.fullmatch(r"(?:Person )?(\d{1,6})", lane.name) for lane in lanes]
    numbers = [int(match[1]) for match in found if match is not None and int(match[1])]
    own = len(set(numbers)) == len(lanes)
    return numbers if own else list(range(1, len(lanes) + 1))


def _person(number: int, lane: Lane) -> PersonResult:
    segments = lane.segments
    return PersonResult(
        id=number,
        first_s=min((s.start_s for s in segments), default=0.0),
        last_s=max((s.end_s for s in segments), default=0.0),
        track_times_s=np.zeros(0),
        keypoints_xyc=np.zeros((0, 17, 3), np.float32),
        estimate_times_s=np.zeros(0),
        estimate_spans_s=np.zeros((0, 2)),
        probabilities=np.zeros((0, len(LABELS)), np.float32),
        segments=segments,
    )
