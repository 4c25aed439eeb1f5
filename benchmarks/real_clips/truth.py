"""What is in a clip: by a table of intervals, or by the file's name."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from harec.actions.labels import ACTIONS, OTHER
from harec.core.file_types import VIDEO_ENDINGS, ending

TABLE: Final = "truth.tsv"
_BY_NAME: Final = {
    "jumping_jacks": ("JUMPING_JACKS",),
    "jumping": ("JUMPING",),
    "boxing": ("BOXING",),
    "wav": ("WAVING_1HAND", "WAVING_2HANDS"),
    "clap": ("CLAPPING_HANDS",),
}
_INTERVAL: Final = re.compile(r"([\d.]+)-([\d.]+):(\w+)")


@dataclass(frozen=True)
class Interval:
    """Somebody does one of the six actions, from when to when in seconds."""

    action: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class ClipTruth:
    """A clip and what is in it.

    Attributes:
        file: its name.
        expected: the longest action is one of these; () = none of the six is in it.
        people: how many there are; None = not told.
        intervals: when the six actions are; everything else is OTHER. None = not told.
    """

    file: str
    expected: tuple[str, ...]
    people: int | None = None
    intervals: tuple[Interval, ...] | None = None


def truth_of(folder: Path) -> list[ClipTruth]:
    """The clips of a folder: those of its ``truth.tsv``, else all videos, judged by their names.

    The table has a head and tabs, and at least the columns file, label (one of the six actions, or
    OTHER), people and intervals ("0.0-5.0:BOXING; 5.4-7.7:BOXING", in seconds).

    Raises:
        ValueError: the table names something that is neither an action nor OTHER.
    """
    table = folder / TABLE
    if not table.exists():
        files = sorted(path.name for path in folder.iterdir() if ending(path) in VIDEO_ENDINGS)
        return [ClipTruth(name, expected(Path(name).stem)) for name in files]
    with table.open(encoding="utf-8", newline="") as file:
        return [_from_row(row) for row in csv.DictReader(file, delimiter="\t")]


def expected(name: str) -> tuple[str, ...]:
    """The actions that a file's name stands for; none for everything else."""
    return next((actions for word, actions in _BY_NAME.items() if word in name.lower()), ())


def _from_row(row: dict[str, str]) -> ClipTruth:
    found = [
        Interval(action, float(start), float(end))
        for start, end, action in _INTERVAL.findall(row["intervals"])
    ]
    unknown = {row["label"], *(i.action for i in found)} - {*ACTIONS, OTHER}
    if unknown:
        raise ValueError(f"{row['file']}: {', '.join(sorted(unknown))} is none of the labels")
    label = row["label"]
    return ClipTruth(
        row["file"],
        () if label == OTHER else (label,),
        int(row["people"]),
        tuple(i for i in found if i.action != OTHER),
    )
