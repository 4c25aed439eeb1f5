"""harec's own tables and documents as labels: CSV and JSON (also of simulated truth)."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from harec.analysis.document import checked_by
from harec.analysis.export import CSV_COLUMNS
from harec.core.plain import fields, items, number, read_json, read_text, seconds, text, whole
from harec.formats.annotations import Annotations, LaneBuilder, person_name

_NEEDED: Final = ("action", "start_s", "end_s")


def is_own_header(columns: Iterable[str]) -> bool:
    """Whether a table with these columns is one of segments."""
    return set(_NEEDED) <= {column.strip() for column in columns}


def read_csv(path: Path) -> Annotations:
    """Columns action, start_s, end_s, and if there are any person, confidence, repetitions, by.

    Raises:
        InputError, ValueError, KeyError: see `harec.core.plain.refusing`.
    """
    lines = read_text(path).splitlines()
    delimiter = next((d for d in ",;\t" if is_own_header(lines[0].split(d))), ",")
    table = csv.DictReader(lines, delimiter=delimiter)
    if not is_own_header(table.fieldnames or ()):
        raise ValueError(f"it needs the columns {', '.join(_NEEDED)}")
    table.fieldnames = [name.strip() for name in table.fieldnames or ()]
    lanes = LaneBuilder()
    for row in table:
        add_row(lanes, {key: (row[key] or "").strip() for key in CSV_COLUMNS if key in row})
    return lanes.build()


def add_row(lanes: LaneBuilder, row: dict[str, Any]) -> None:
    """A row of a table; values may be text."""
    repetitions, confidence = row.get("repetitions"), row.get("confidence")
    lanes.add(
        _name(row.get("person")),
        str(row["action"]),
        float(row["start_s"]),
        float(row["end_s"]),
        1.0 if confidence in (None, "") else number(float(confidence), 0, 1),
        None if repetitions in (None, "") else whole(float(repetitions)),
        checked_by(row.get("by") or "model"),
    )


def _name(person: Any) -> str:
    """A number is a person's; anything else is a name."""
    shown = "" if person is None else str(person).strip()
    return person_name(int(shown)) if shown.isdecimal() else shown


def read_document(path: Path) -> Annotations:
    """``people`` with their ``segments``: what ``--json`` writes, and ``simulate --truth``.

    Raises:
        InputError, ValueError, KeyError: see `harec.core.plain.refusing`.
    """
    data = fields(read_json(path))
    lanes = LaneBuilder()
    for person in map(fields, items(data["people"])):
        name = person_name(whole(person["id"], 1))
        lanes.lane(name)
        for segment in map(fields, items(person["segments"])):
            times = segment.get("repetitions")
            lanes.add(
                name,
                text(segment["action"]),
                seconds(segment["start_s"]),
                seconds(segment["end_s"]),
                number(segment.get("confidence", 1.0), 0, 1),
                None if times is None else whole(times),
                checked_by(segment.get("by", "model")),
            )
    video = fields(data.get("video", {}))
    duration_s = video.get("duration_s")
    name = text(video.get("name", ""))
    return lanes.build(name, None if duration_s is None else seconds(duration_s))
