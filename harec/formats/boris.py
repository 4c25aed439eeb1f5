"""BORIS, the event logger of behavioural research: a project of its own, and its tables of events.

Out goes either a project (.boris), which BORIS opens as it is, or the table of events that it
imports (time, subject, code, modifier, comment; a state event is two rows, its start and its stop;
BORIS wants it as a spreadsheet). In come projects, and the tables that it exports: aggregated
events (a row has start and stop) and tabular events (a row has one time).
"""

from __future__ import annotations

import csv
import io
import string
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from harec.analysis.export import json_text
from harec.analysis.tables import segment_rows
from harec.core.plain import fields, items, number, read_json, read_text, text
from harec.formats.annotations import Annotations, LaneBuilder, person_name
from harec.formats.choice import choose

if TYPE_CHECKING:
    from harec.actions.segments import By
    from harec.analysis.results import Analysis

#: Time, subject, code, kind (START, STOP or empty: they take turns), and who says so.
_Event = tuple[float, str, str, str, "By"]

_COLUMNS: Final = ("time", "subject", "code", "modifier", "comment")
#: BORIS's subject of events without one.
_NOBODY: Final = "No focal subject"
#: In the comment of an event: a human says so, not the model.
_BY_HUMAN: Final = "by human"
#: Older exports begin with lines about the observation.
_MOST_LINES_BEFORE: Final = 60


def write_boris(analysis: Analysis, path: Path) -> None:
    """A project where the file's name ends in .boris, else the table of events as CSV."""
    if path.suffix.lower() == ".boris":
        path.write_text(json_text(_project(analysis)), encoding="utf-8")
        return
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows(_events(analysis))
    path.write_text(table.getvalue(), encoding="utf-8")


def _events(analysis: Analysis) -> list[list[Any]]:
    """Two rows a segment, by time."""
    rows: list[list[Any]] = []
    for row in segment_rows(analysis):
        notes = [] if row.repetitions is None else [f"{row.repetitions} repetitions"]
        notes += [_BY_HUMAN] if row.by == "human" else []
        for time_s, comment in ((row.start_s, ", ".join(notes)), (row.end_s, "")):
            rows.append([round(time_s, 3), person_name(row.person), row.action, "", comment])
    return sorted(rows, key=lambda event: event[0])


def _project(analysis: Analysis) -> dict[str, Any]:
    video, now = analysis.video, datetime.now(UTC).replace(microsecond=0, tzinfo=None).isoformat()
    codes = sorted({s.action for person in analysis.people for s in person.segments})
    facts: dict[str, float | bool] = {
        "length": video.duration_s or 0.0,
        "fps": float(video.frame_rate or 0),
        "hasVideo": True,
        "hasAudio": video.has_audio,
    }
    observation = {
        "file": {str(player): [video.name] if player == 1 else [] for player in range(1, 9)},
        "type": "MEDIA",
        "date": now,
        "description": "Labels by harec",
        "time offset": 0.0,
        "observation time interval": [0, 0],
        "independent_variables": {},
        "events": _events(analysis),
        "media_info": {fact: {video.name: value} for fact, value in facts.items()},
    }
    return {
        "time_format": "hh:mm:ss",
        "project_date": now,
        "project_name": Path(video.name).stem,
        "project_description": "",
        "project_format_version": "7.0",
        "subjects_conf": {
            str(place): {
                "key": "",
                "name": person_name(person.id),
                "description": "",
                "independent variables": {},
            }
            for place, person in enumerate(analysis.people)
        },
        "behaviors_conf": {
            str(place): {
                "type": "State event",
                "key": string.ascii_lowercase[place] if place < 26 else "",
                "code": code,
                "description": "",
                "category": "",
                "modifiers": {},
                "excluded": "",
                "coding map": "",
            }
            for place, code in enumerate(codes)
        },
        "observations": {Path(video.name).stem: observation},
        "behavioral_categories": [],
        "independent_variables": {},
        "coding_map": {},
        "behaviors_coding_map": [],
        "converters": {},
    }


def read_boris_project(path: Path, video: str = "") -> Annotations:
    """The state events of one observation of a project, a lane a subject.

    Args:
        video: chooses among several observations, by their name or their media file's.

    Raises:
        InputError, ValueError, KeyError: see `harec.core.plain.refusing`.
    """
    data = fields(read_json(path))
    observations = fields(data["observations"])
    states = {
        text(fields(behaviour)["code"])
        for behaviour in fields(data["behaviors_conf"]).values()
        if "state" in text(behaviour["type"]).casefold()
    }
    media = {name: _media(fields(each)) or name for name, each in observations.items()}
    chosen = choose(observations, video, media.__getitem__)
    lanes = LaneBuilder()
    events = [items(event) for event in items(observations[chosen]["events"])]
    _add_pairs(
        lanes,
        (
            (number(event[0]), text(event[1]), text(event[2]), "", _by("".join(event[4:5])))
            for event in events
            if event[2] in states
        ),
    )
    return lanes.build(Path(media[chosen]).name)


def _media(observation: dict[str, Any]) -> str:
    files = [name for names in fields(observation.get("file", {})).values() for name in names]
    return text(files[0]) if files else ""


def read_boris_table(path: Path, video: str = "") -> Annotations:
    """A table of events that BORIS exports or imports (commas, semicolons or tabs).

    Args, Raises: as `read_boris_project`.
    """
    rows = _rows(read_text(path))
    observations = {row.get("observation id", "") for row in rows}
    if len(observations) > 1:
        media = {row.get("observation id", ""): row.get("media file name", "") for row in rows}
        chosen = choose(sorted(observations), video, lambda name: media[name] or name)
        rows = [row for row in rows if row.get("observation id", "") == chosen]
    lanes = LaneBuilder()
    if rows and "start (s)" in rows[0]:
        for row in rows:
            start, end = row["start (s)"], row["stop (s)"]
            if end not in ("", "NA"):  # a point event has no stop
                by = _by(row.get("comment start", ""))
                lanes.add(_subject(row), row["behavior"], float(start), float(end), by=by)
    else:
        _add_pairs(lanes, _single_events(rows))
    names = [row.get("media file name", "") for row in rows]
    return lanes.build(Path(names[0]).name if names else "")


def is_boris_header(columns: Iterable[str]) -> bool:
    """Whether these are columns of BORIS's tables."""
    found = {column.strip().casefold() for column in columns}
    return {"behavior", "subject"} <= found or set(_COLUMNS) <= found


def _rows(content: str) -> list[dict[str, str]]:
    lines = content.splitlines()
    for place, line in enumerate(islice(lines, _MOST_LINES_BEFORE)):
        for delimiter in (",", "\t", ";"):
            if is_boris_header(next(csv.reader([line], delimiter=delimiter), [])):
                columns = [
                    c.strip().casefold() for c in next(csv.reader([line], delimiter=delimiter))
                ]
                table = csv.reader(lines[place + 1 :], delimiter=delimiter)
                return [
                    dict(zip(columns, map(str.strip, row), strict=False)) for row in table if row
                ]
    raise ValueError("it has no columns Subject and Behavior")


def _subject(row: Mapping[str, str]) -> str:
    name = row.get("subject", "")
    return "" if name == _NOBODY else name


def _by(comment: str) -> By:
    return "human" if _BY_HUMAN in comment else "model"


def _single_events(rows: Iterable[Mapping[str, str]]) -> Iterator[_Event]:
    for row in rows:
        kind = (row.get("behavior type") or row.get("status") or "").upper()
        if kind != "POINT":
            code = row.get("behavior") or row.get("code") or ""
            yield float(row["time"]), _subject(row), code, kind, _by(row.get("comment", ""))


def _add_pairs(lanes: LaneBuilder, events: Iterable[_Event]) -> None:
    """Segments from starts and stops of each subject's behaviours, which take turns."""
    begun: dict[tuple[str, str], tuple[float, By]] = {}
    for time_s, subject, code, kind, by in sorted(events, key=lambda event: event[0]):
        key = subject, code
        if key in begun and kind != "START":
            start_s, said_by = begun.pop(key)
            lanes.add(subject, code, start_s, time_s, by=said_by)
        elif key in begun or kind == "STOP":
            raise ValueError(f"{code} at {time_s:.3f} s has no start or no stop")
        else:
            begun[key] = time_s, by
    if begun:
        (_, code), (time_s, _) = next(iter(begun.items()))
        raise ValueError(f"{code} at {time_s:.3f} s has no stop")
