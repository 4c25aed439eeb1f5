"""A result out, in any of the formats."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from harec.analysis.export import write_csv, write_json
from harec.core.errors import InputError
from harec.core.extras import require
from harec.core.files import atomic_write
from harec.formats.activitynet import write_activitynet
from harec.formats.boris import write_boris
from harec.formats.captions import write_srt, write_vtt
from harec.formats.coco import write_coco
from harec.formats.eaf import write_eaf
from harec.formats.mot import write_mot
from harec.formats.parquet import write_keypoints, write_segments

if TYPE_CHECKING:
    from harec.analysis.results import Analysis


@dataclass(frozen=True)
class OutputFormat:
    """A format that results are written in.

    Attributes:
        title: as people write it.
        ending: of its files, with a dot.
        media_type: for browsers.
        write: writes a result into a file that is not there yet.
        packages: what it imports beyond what harec needs anyway.
        needs_keypoints: labels alone are not enough.
    """

    title: str
    ending: str
    media_type: str
    write: Callable[[Analysis, Path], None]
    packages: tuple[str, ...] = ()
    needs_keypoints: bool = False


#: By the name that the command line takes.
OUTPUTS: Final[dict[str, OutputFormat]] = {
    "eaf": OutputFormat("ELAN", ".eaf", "application/xml", write_eaf, ("pympi",)),
    "vtt": OutputFormat("WebVTT", ".vtt", "text/vtt", write_vtt, ("webvtt",)),
    "srt": OutputFormat("SubRip", ".srt", "application/x-subrip", write_srt, ("webvtt",)),
    "activitynet": OutputFormat("ActivityNet", ".json", "application/json", write_activitynet),
    "boris": OutputFormat("BORIS", ".boris", "application/json", write_boris),
    "coco": OutputFormat(
        "COCO keypoints", ".json", "application/json", write_coco, needs_keypoints=True
    ),
    "mot": OutputFormat("MOTChallenge", ".txt", "text/plain", write_mot, needs_keypoints=True),
    "parquet": OutputFormat(
        "Parquet, segments", ".parquet", "application/vnd.apache.parquet", write_segments,
        ("pyarrow",),
    ),
    "keypoints": OutputFormat(
        "Parquet, keypoints", ".parquet", "application/vnd.apache.parquet", write_keypoints,
        ("pyarrow",), needs_keypoints=True,
    ),
    "csv": OutputFormat("Segments", ".csv", "text/csv", write_csv),
    "json": OutputFormat("Everything", ".json", "application/json", write_json),
}  # fmt: skip


def export_result(analysis: Analysis, format_name: str, path: Path) -> None:
    """Write a result in another program's format; all of the file or nothing.

    Args:
        format_name: a key of `OUTPUTS`.

    Raises:
        InputError: no such format, a package is missing, the result lacks what the format is for,
            or it can't be written there.
    """
    if format_name not in OUTPUTS:
        known = ", ".join(OUTPUTS)
        raise InputError(f"There is no format {format_name!r}; choose one of: {known}.")
    chosen = OUTPUTS[format_name]
    require("formats", chosen.title, *chosen.packages)
    if chosen.needs_keypoints and not len(analysis.poses):
        raise InputError(
            f"{chosen.title} is made of keypoints, and this result holds labels alone: export it "
            "from a .harec-result (analyze --save)."
        )
    with atomic_write(path) as temporary:
        chosen.write(analysis, temporary)
