"""What is really in a simulated clip: who does what when, and where every joint is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from harec.core.errors import InputError
from harec.core.files import atomic_write
from harec.core.poses import FloatArray
from harec.core.skeleton import NUM_KEYPOINTS

VERSION = 1


@dataclass(frozen=True)
class TrueSegment:
    """One action of one person.

    Attributes:
        action: a name from `harec.simulate.motion.motion.MOTIONS`.
        start_s, end_s: seconds from the start of the clip.
        repetitions_s: when its repetitions are at their middle, ascending; only of actions in
            `harec.actions.repetitions.COUNTED`. A jump counts where it is highest, a jack where it
            is widest, a clap where the hands meet, a wave (to and fro) where the hand turns back
            on one of the two sides.
    """

    action: str
    start_s: float
    end_s: float
    repetitions_s: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False)
class TruePerson:
    """One person of a clip.

    Attributes:
        id: from 1, from left to right at the start.
        segments: in order, without gaps.
        times_s: (F,) time of each frame, the same for all people.
        keypoints_xyc: float32 (F, 17, 3): x, y in pixels; 1 = inside the frame, 0 = outside.
    """

    id: int
    segments: tuple[TrueSegment, ...]
    times_s: tuple[float, ...]
    keypoints_xyc: FloatArray

    def __post_init__(self) -> None:
        wanted = (len(self.times_s), NUM_KEYPOINTS, 3)
        if self.keypoints_xyc.shape != wanted:
            raise ValueError(f"keypoints_xyc must be {wanted}, got {self.keypoints_xyc.shape}")


@dataclass(frozen=True, eq=False)
class Truth:
    """All people of a clip.

    Attributes:
        size_wh: pixels.
        frame_rate: frames a second, on average.
    """

    size_wh: tuple[int, int]
    frame_rate: float
    people: tuple[TruePerson, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as in the JSON file; pixels to 1/100."""
        return {
            "version": VERSION,
            "size_wh": list(self.size_wh),
            "frame_rate": self.frame_rate,
            "people": [
                {
                    "id": person.id,
                    "segments": [vars(segment) for segment in person.segments],
                    "times_s": [round(t, 6) for t in person.times_s],
                    "keypoints_xyc": np.round(person.keypoints_xyc.astype(float), 2).tolist(),
                }
                for person in self.people
            ],
        }

    def to_json(self, path: Path) -> None:
        """Writes the file; nothing is there before it is complete.

        Raises:
            InputError: it can't be written there.
        """
        with atomic_write(path) as temporary:
            temporary.write_text(json.dumps(self.to_dict()), encoding="utf-8")

    @classmethod
    def from_json(cls, path: Path) -> Truth:
        """Reads what `to_json` wrote.

        Raises:
            InputError: no such file, or not one of these.
        """
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            if data["version"] != VERSION:
                raise InputError(f"{path.name} has version {data['version']}, not {VERSION}.")
            people = tuple(
                TruePerson(
                    id=int(person["id"]),
                    segments=tuple(_segment(**segment) for segment in person["segments"]),
                    times_s=tuple(float(t) for t in person["times_s"]),
                    keypoints_xyc=np.asarray(person["keypoints_xyc"], np.float32).reshape(
                        -1, NUM_KEYPOINTS, 3
                    ),
                )
                for person in data["people"]
            )
            width, height = data["size_wh"]
            return cls((int(width), int(height)), float(data["frame_rate"]), people)
        except FileNotFoundError as error:
            raise InputError(f"There is no file {path}.") from error
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"{path.name} is not a truth file of a simulated clip.") from error


def _segment(
    action: str, start_s: float, end_s: float, repetitions_s: Sequence[float] = ()
) -> TrueSegment:
    """From the file's values; those of earlier files have no repetitions."""
    return TrueSegment(action, start_s, end_s, tuple(float(t) for t in repetitions_s))
