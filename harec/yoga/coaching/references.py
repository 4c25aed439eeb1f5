"""What a well done asana looks like: ranges of its joint angles, learnt from photos or from books.

They are kept in ``models/yoga-references.json``, written by ``python -m harec train-yoga``. Values
are of the asana's left side (`harec.yoga.recognition.asanas` says what that means), degrees in the
picture.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar

from harec.core.errors import ModelError
from harec.core.resources import MODELS_DIR
from harec.yoga.recognition.angles import ANGLE_NAMES, MIRROR_ANGLES
from harec.yoga.recognition.asanas import ASANAS, Side

REFERENCES_PATH: Final = MODELS_DIR / "yoga-references.json"
FORMAT: Final = "harec-yoga-references"
VERSION: Final = 2

_T = TypeVar("_T")


@dataclass(frozen=True)
class Range:
    """Where a joint angle should be, in degrees.

    Attributes:
        low, high: what a teacher accepts.
        target: what is aimed for, between the two.
        weight: how much it counts beside the other angles.
        source: "photos", or the book that gives it.
    """

    low: float
    target: float
    high: float
    weight: float
    source: str

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.target <= self.high <= 180 or self.low == self.high:
            raise ValueError(f"a range must rise within 0..180: {self}")
        if self.weight <= 0:
            raise ValueError(f"weight must be positive, not {self.weight}")

    def __contains__(self, angle_deg: float) -> bool:
        """Whether an angle is as it should be: in whole degrees, as it is shown to people."""
        return round(self.low) <= round(angle_deg) <= round(self.high)

    def deviation(self, angle_deg: float) -> float:
        """How far an angle is from the target: 0 on it, 1 at either end of the range, and so on."""
        above = angle_deg >= self.target
        room = self.high - self.target if above else self.target - self.low
        # a target at the end of its range has no room beyond
        return abs(angle_deg - self.target) / (room or self.high - self.low)


@dataclass(frozen=True)
class _Entry:
    ranges: dict[str, Range]
    median: dict[str, float]
    breadth: tuple[float, float]


class References:
    """The references of all asanas.

    Args:
        data: as in the file.

    Raises:
        ModelError: something is missing or out of its range.
    """

    def __init__(self, data: Mapping[str, Any]) -> None:
        if data.get("format") != FORMAT or data.get("version") != VERSION:
            raise ModelError("The yoga references were made for another version of harec.")
        try:
            self._entries = {name: _entry(data["asanas"][name]) for name in ASANAS}
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"The yoga references are damaged ({error}).") from error

    def of(self, asana: str, side: Side | None = None) -> dict[str, Range]:
        """The judged angles and their ranges, by name; for a right side, the right side's names."""
        ranges = self._entries[asana].ranges
        return _mirrored(ranges) if side == "right" else dict(ranges)

    def judged(self, asana: str, side: Side | None) -> dict[str, Range]:
        """`of`, for a body: nothing where the side of a sided asana is not known, for its right
        leg must not be judged as a left one."""
        return {} if ASANAS[asana].sided and side is None else self.of(asana, side)

    def median(self, asana: str, side: Side | None = None) -> dict[str, float]:
        """All nine angles of a typical body in the asana, by name."""
        median = self._entries[asana].median
        return _mirrored(median) if side == "right" else dict(median)

    def breadth(self, asana: str) -> tuple[float, float]:
        """Least and greatest `harec.yoga.coaching.viewpoint.body_breadth` when filmed the right
        way."""
        return self._entries[asana].breadth


@cache
def load_references(path: Path | None = None) -> References:
    """The references that ship with harec, or those of a file.

    Raises:
        ModelError: the file is missing or damaged.
    """
    path = path or REFERENCES_PATH
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(f"The yoga references {path.name} are missing from models/.") from error
    except ValueError as error:
        raise ModelError(f"The yoga references {path.name} are damaged.") from error
    if not isinstance(data, dict):
        raise ModelError(f"The yoga references {path.name} are damaged.")
    return References(data)


def _entry(data: Mapping[str, Any]) -> _Entry:
    ranges = {name: Range(**data["ranges"][name]) for name in data["ranges"]}
    unknown = set(ranges) - set(ANGLE_NAMES)
    if unknown:
        raise ValueError(f"unknown angles: {', '.join(sorted(unknown))}")
    low, high = (float(v) for v in data["breadth"])
    return _Entry(ranges, {name: float(data["median"][name]) for name in ANGLE_NAMES}, (low, high))


def _mirrored(values: Mapping[str, _T]) -> dict[str, _T]:
    names = {name: ANGLE_NAMES[MIRROR_ANGLES[i]] for i, name in enumerate(ANGLE_NAMES)}
    return {names[name]: value for name, value in values.items()}
