"""Labels in, from any of the formats; which one a file is of is seen in it, not in its name."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from harec.analysis.load_result import load_result
from harec.core.array_zip import is_archive
from harec.core.errors import InputError
from harec.core.extras import require
from harec.core.plain import (
    MOST_TEXT_BYTES,
    check_readable,
    read_json,
    read_text,
    refusing,
    shown_name,
)
from harec.formats.activitynet import read_activitynet
from harec.formats.annotations import Annotations, annotations_of
from harec.formats.boris import is_boris_header, read_boris_project, read_boris_table
from harec.formats.captions import read_srt, read_vtt
from harec.formats.eaf import read_eaf
from harec.formats.label_studio import read_label_studio
from harec.formats.parquet import read_segments
from harec.formats.tables import is_own_header, read_csv, read_document

#: So much of a file says what it is.
_BEGIN: Final = 4096


@dataclass(frozen=True)
class Hint:
    """What is known of the video that labels are of.

    Attributes:
        video: its name; chooses among several videos in one file.
        frame_rate: frames a second, for formats that count frames and don't say how many.
    """

    video: str = ""
    frame_rate: float | None = None


@dataclass(frozen=True)
class InputFormat:
    """A format that labels are read from.

    Attributes:
        title: as people write it, with an article.
        packages: what it imports beyond what harec needs anyway.
    """

    title: str
    read: Callable[[Path, Hint], Annotations]
    packages: tuple[str, ...] = ()


#: By the name that the command line takes.
INPUTS: Final[dict[str, InputFormat]] = {
    "result": InputFormat("a result of harec", lambda p, _: annotations_of(load_result(p))),
    "eaf": InputFormat("an ELAN file", lambda p, _: read_eaf(p)),
    "vtt": InputFormat("a WebVTT file", lambda p, _: read_vtt(p), ("webvtt",)),
    "srt": InputFormat("a SubRip file", lambda p, _: read_srt(p), ("webvtt",)),
    "activitynet": InputFormat("an ActivityNet file", lambda p, h: read_activitynet(p, h.video)),
    "boris": InputFormat("a BORIS project", lambda p, h: read_boris_project(p, h.video)),
    "boris-table": InputFormat("a BORIS table", lambda p, h: read_boris_table(p, h.video)),
    "label-studio": InputFormat(
        "a Label Studio export", lambda p, h: read_label_studio(p, h.video, h.frame_rate)
    ),
    "parquet": InputFormat(
        "a Parquet table of segments", lambda p, _: read_segments(p), ("pyarrow",)
    ),
    "csv": InputFormat("a table of segments", lambda p, _: read_csv(p)),
    "json": InputFormat("a document of harec", lambda p, _: read_document(p)),
}


def read_annotations(
    path: Path, hint: Hint | None = None, format_name: str | None = None
) -> Annotations:
    """Who does what when, as a file says it.

    Args:
        hint: what is known of the video.
        format_name: a key of `INPUTS`; None = what the file looks like.

    Raises:
        InputError: no such file or format, not of a format that is read, damaged, too large, or
            a package is missing.
    """
    if format_name is not None and format_name not in INPUTS:
        known = ", ".join(INPUTS)
        raise InputError(f"There is no format {format_name!r} to read; choose one of: {known}.")
    chosen = INPUTS[format_name or format_of(path)]
    require("formats", f"Reading {chosen.title}", *chosen.packages)
    with refusing(shown_name(path), chosen.title):
        return chosen.read(path, hint or Hint())


def format_of(path: Path) -> str:
    """Which of `INPUTS` a file looks like.

    Raises:
        InputError: no such file, or it looks like none.
    """
    check_readable(path, 4 * MOST_TEXT_BYTES)
    with path.open("rb") as file:
        begin = file.read(_BEGIN)
    if is_archive(path):
        return "result"
    if begin.startswith(b"PAR1"):
        return "parquet"
    head = read_text(path)[:_BEGIN].lstrip()
    if head.startswith("WEBVTT"):
        return "vtt"
    if head.startswith("<"):
        return "eaf"
    if head.startswith(("{", "[")):
        return _kind_of_json(path)
    return _kind_of_text(head, shown_name(path))


def _kind_of_json(path: Path) -> str:
    data = read_json(path)
    if isinstance(data, list):
        data = data[0] if data else None
        if isinstance(data, dict) and ("annotations" in data or "completions" in data):
            return "label-studio"
    keys = {
        "people": "json",
        "observations": "boris",
        "results": "activitynet",
        "database": "activitynet",
        "annotations": "label-studio",
    }
    found = [kind for key, kind in keys.items() if isinstance(data, dict) and key in data]
    if not found:
        raise _unknown(shown_name(path))
    return found[0]


def _kind_of_text(head: str, name: str) -> str:
    lines = head.splitlines()
    if any(re.match(r"\s*[\d:.,]+\s*-->", line) for line in lines[:5]):
        return "srt"
    for line in lines:
        for delimiter in ",;\t":
            columns = [column.strip(' "') for column in line.split(delimiter)]
            if is_boris_header(columns):
                return "boris-table"
            if is_own_header(columns):
                return "csv"
    raise _unknown(name)


def _unknown(name: str) -> InputError:
    return InputError(
        f'"{name}" holds no labels that harec can read: ELAN, WebVTT, SubRip, BORIS, ActivityNet, '
        "Label Studio, Parquet, or harec's own JSON, CSV and .harec-result are read."
    )
