"""An example that a visitor has, with what was seen around it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from harec.core.poses import FloatArray
from harec.taught.examples import Example, stretch


@dataclass(frozen=True, eq=False)
class Track:
    """One person of a clip or of a recording.

    Attributes:
        person: the number that the person has there.
        times_s: float64 (F,) ascending.
        keypoints_xyc: float32 (F, 17, 3): pixels and score, 0 = keypoint missing.
    """

    person: int
    times_s: NDArray[np.float64]
    keypoints_xyc: FloatArray


@dataclass(frozen=True, eq=False)
class Kept:
    """An example that a visitor has.

    Attributes:
        number: no other example of the visitor has or had it; newer ones have higher ones.
        example: what is learnt from.
        tracks: the people that were seen where it is from, to move its start and end; maybe none.
        track: which of them shows it.
    """

    number: int
    example: Example
    tracks: tuple[Track, ...] = ()
    track: int = 0

    @property
    def bytes(self) -> int:
        """What it holds, roughly."""
        held: list[Example | Track] = [self.example, *self.tracks]
        return sum(each.times_s.nbytes + each.keypoints_xyc.nbytes for each in held)

    @property
    def place(self) -> tuple[object, ...]:
        """What is the same for the same stretch of the same source."""
        one = self.example
        return one.source, one.start_s, one.end_s, one.keypoints_xyc.tobytes()

    def relabelled(self, label: str) -> Kept:
        """The same by another name. Raises InputError if it can't be one."""
        return replace(self, example=replace(self.example, label=label, by="human"))

    def cut(self, track: int, start_s: float, end_s: float) -> Kept:
        """The same with another start and end.

        Args:
            track: who shows it, of its tracks.

        Raises:
            InputError: the stretch is too short or too long.
        """
        old = self.example
        tracks = self.tracks or (Track(1, old.times_s, old.keypoints_xyc),)
        seen = tracks[track]
        example = stretch(
            old.label,
            old.source,
            seen.times_s,
            seen.keypoints_xyc,
            start_s,
            end_s,
            person=old.person,
            by=old.by,
        )
        return replace(self, example=example, tracks=tracks, track=track)
