"""WebVTT and SubRip (.srt) captions, by webvtt-py: one a segment, with who does it."""

from __future__ import annotations

import html
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from harec.analysis.tables import segment_rows
from harec.core.plain import read_text
from harec.formats.annotations import Annotations, LaneBuilder, person_name, shown_label

if TYPE_CHECKING:
    from harec.analysis.results import Analysis

_MOST_BYTES: Final = 16 << 20
#: "Person 1: Jumping jacks ×3"
_NAMED: Final = re.compile(r"(?P<name>[^:]{1,60}): (?P<text>.+)")
_COUNTED: Final = re.compile(r"(?P<text>.*\S)\s*×\s*(?P<times>\d{1,6})")


def write_vtt(analysis: Analysis, path: Path) -> None:
    """Cues with a voice each: ``<v Person 1>Jumping jacks ×3``; what a human says is of the class
    ``human``: ``<v.human Person 1>``."""
    _write(analysis, path, "vtt")


def write_srt(analysis: Analysis, path: Path) -> None:
    """Cues that begin with who: ``Person 1: Jumping jacks ×3``."""
    _write(analysis, path, "srt")


def _write(analysis: Analysis, path: Path, kind: Literal["vtt", "srt"]) -> None:
    from webvtt import Caption, WebVTT
    from webvtt.models import Timestamp

    captions = []
    for row in segment_rows(analysis):
        who, what = person_name(row.person), shown_label(row.action)
        if row.repetitions is not None:
            what += f" ×{row.repetitions}"
        voice = f"<v.human {who}>" if row.by == "human" else f"<v {who}>"
        text = f"{voice}{html.escape(what, quote=False)}" if kind == "vtt" else f"{who}: {what}"
        start, end = (str(Timestamp.from_seconds(t)) for t in (row.start_s, row.end_s))
        captions.append(Caption(start, end, text))
    with path.open("w", encoding="utf-8", newline="\n") as file:
        WebVTT(captions=captions).write(file, kind)


def read_vtt(path: Path) -> Annotations:
    """Cues as segments, a lane a voice (or a name before a colon). See `read_eaf` for errors."""
    return _read(path, "vtt")


def read_srt(path: Path) -> Annotations:
    """As `read_vtt`."""
    return _read(path, "srt")


def _read(path: Path, kind: Literal["vtt", "srt"]) -> Annotations:
    import webvtt
    from webvtt.errors import MalformedCaptionError, MalformedFileError

    try:
        captions = webvtt.WebVTT.from_buffer(io.StringIO(read_text(path, _MOST_BYTES)), kind)
    except (MalformedCaptionError, MalformedFileError) as error:
        raise ValueError(str(error)) from None
    lanes = LaneBuilder()
    for caption in captions.captions:
        name, text = _who_and_what(caption)
        counted = _COUNTED.fullmatch(text)
        lanes.add(
            name,
            text if counted is None else counted["text"],
            _seconds(caption.start),
            _seconds(caption.end),
            repetitions=None if counted is None else int(counted["times"]),
            by="human" if "<v.human " in caption.raw_text else "model",
        )
    return lanes.build()


def _who_and_what(caption: Any) -> tuple[str, str]:
    text = html.unescape(" ".join(caption.text.split()))
    if caption.voice:
        return html.unescape(caption.voice), text
    named = _NAMED.fullmatch(text)
    return ("", text) if named is None else (named["name"], named["text"])


def _seconds(stamp: str) -> float:
    from webvtt.models import Timestamp

    return Timestamp.from_string(stamp).in_milliseconds() / 1000
