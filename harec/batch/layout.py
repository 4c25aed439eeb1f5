"""How a library is laid out: where each file of a video lies, and what it is called.

======================================  ===========================================================
``videos.parquet``                      one row a video, those that failed included
``failures.parquet``                    the failed ones alone, with reasons
``segments.parquet/video=NAME/``        one row a segment of a person
``holds.parquet/video=NAME/``           with ``--yoga`` instead: one row a held asana
``keypoints/NAME.parquet``              with ``--keypoints``: one row a person and frame
``results/NAME.json``                   the document of ``harec analyze --json``, or of ``yoga``
``results/NAME.harec-result``           with ``--keypoints``: opens in harec again
``annotated/NAME.mp4``                  with ``--video``
``thumbnails/NAME/START_MS-PERSON.jpg`` with ``--thumbnails``: the middle of each segment
``records/KEY.json``                    a video is done once it is there: `harec.batch.journal`
``failures/…``, ``copies/…``            what failed, and where the same contents lie again
``claims/…``                            who is at work on what; see `harec.batch.claims`
======================================  ===========================================================

A video is known by its key, made of the hash of its contents and that of the settings; its NAME is
the file's own name, as far as it is plain letters, with the key's beginning.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from dataclasses import asdict, dataclass, field
from pathlib import PurePosixPath
from typing import Any, Final

from harec.analysis.results import AnalysisSettings

VIDEOS: Final = "videos.parquet"
FAILURES: Final = "failures.parquet"
SEGMENTS: Final = "segments.parquet"
HOLDS: Final = "holds.parquet"
RECORDS: Final = "records"
FAILED: Final = "failures"
COPIES: Final = "copies"
CLAIMS: Final = "claims"
#: Of the layout; part of what the settings' hash is made of.
LAYOUT_VERSION: Final = 1
_MOST_STEM: Final = 60
_KEY_DIGITS: Final = 12


@dataclass(frozen=True)
class Pack:
    """Taught actions to name.

    Attributes:
        content: of a .harec file.
        builtin: the built-in actions, too, where no taught one is named.
    """

    content: bytes = field(repr=False)
    builtin: bool = False

    def plain(self) -> dict[str, Any]:
        """What it is known by, in plain types."""
        return {"sha256": hashlib.sha256(self.content).hexdigest(), "builtin": self.builtin}


@dataclass(frozen=True)
class BatchSettings:
    """What is made of each video.

    Attributes:
        analysis: as `harec.analyze` takes them.
        yoga: the asanas that are held, in place of actions.
        video: the annotated video, too.
        keypoints: everyone's keypoints, and a result that opens in harec again, too.
        thumbnails: a small picture of each segment, too.
        frame_rate: of files whose frames have no times; see `harec.analyze`.
        actions: to name in place of the built-in ones.
    """

    analysis: AnalysisSettings = field(default_factory=AnalysisSettings)
    yoga: bool = False
    video: bool = False
    keypoints: bool = False
    thumbnails: bool = False
    frame_rate: float | None = None
    actions: Pack | None = None

    def plain(self) -> dict[str, Any]:
        """In plain types, with the engine's thresholds in place of None."""
        return asdict(self) | {
            "analysis": asdict(self.analysis) | asdict(self.analysis.thresholds),
            "layout": LAYOUT_VERSION,
            "actions": None if self.actions is None else self.actions.plain(),
        }

    def sha256(self) -> str:
        """What the settings are known by, 64 hexadecimal digits."""
        return sha256_of(json.dumps(self.plain(), sort_keys=True))


def sha256_of(text: str) -> str:
    """The hash of a text, 64 hexadecimal digits."""
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()


def key_of(contents_sha256: str, settings_sha256: str) -> str:
    """What a video under these settings is known by, 64 hexadecimal digits."""
    return sha256_of(f"{contents_sha256} {settings_sha256}")


def name_of(file_name: str, key: str) -> str:
    """NAME of a video: letters, digits, ``-`` and ``_``, whatever its file is called."""
    stem = PurePosixPath(file_name.replace("\\", "/")).stem
    letters = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^A-Za-z0-9_]+", "-", letters).strip("-")[:_MOST_STEM].strip("-")
    return f"{plain or 'video'}-{key[:_KEY_DIGITS]}"


def is_name(text: str) -> bool:
    """Whether this may be a NAME: it leads out of no folder."""
    return re.fullmatch(r"[A-Za-z0-9_-]{1,100}", text) is not None


def rows_path(table: str, name: str) -> str:
    """Where the segments or holds of a video lie; ``table`` is `SEGMENTS` or `HOLDS`."""
    return f"{table}/video={name}/part.parquet"


def keypoints_path(name: str) -> str:
    """Where a video's keypoints lie."""
    return f"keypoints/{name}.parquet"


def json_path(name: str) -> str:
    """Where a video's document lies."""
    return f"results/{name}.json"


def result_path(name: str) -> str:
    """Where a video's ``.harec-result`` lies."""
    return f"results/{name}.harec-result"


def annotated_path(name: str) -> str:
    """Where a video with people and labels drawn lies."""
    return f"annotated/{name}.mp4"


def thumbnail_path(name: str, start_s: float, person: int) -> str:
    """Where the picture of a segment lies."""
    return f"thumbnails/{name}/{round(start_s * 1000)}-{person}.jpg"
