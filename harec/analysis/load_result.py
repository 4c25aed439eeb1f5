"""Open a saved result: a ``.harec-result``, or the JSON document. Whatever is not one is refused.

See `harec.core.array_zip` for what is checked before anything is unpacked.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from harec.analysis.document import analysis_of
from harec.analysis.result_arrays import with_arrays
from harec.analysis.result_file import LAYOUT, MOST_BYTES
from harec.analysis.results import Analysis
from harec.core.array_zip import is_archive, read_array_zip
from harec.core.errors import InputError
from harec.core.files import file_sha256
from harec.core.plain import (
    MOST_TEXT_BYTES,
    check_readable,
    read_json,
    refusing,
    shown_name,
)
from harec.video.container import LIVE_CODEC

_WHAT: Final = "a result of harec"


def load_result(path: Path) -> Analysis:
    """A result that was saved with `harec.Analysis.save`, or written with ``--json``.

    From a JSON document the labels alone come, and keypoints and probabilities if it has them; only
    a ``.harec-result`` holds what people are followed anew from.

    Raises:
        InputError: no such file, or not a result, or damaged, too large, or of a newer harec.
    """
    check_readable(path, MOST_BYTES)
    name = shown_name(path)
    with refusing(name, _WHAT):
        if not is_archive(path):
            return analysis_of(read_json(path, MOST_TEXT_BYTES))
        document, arrays = read_array_zip(path, LAYOUT, name)
        return with_arrays(analysis_of(document), arrays)


def same_video(analysis: Analysis, sha256: str) -> bool:
    """Whether a file with these contents is the video that a result is of; True if unknown. A live
    session has none."""
    return analysis.video.codec != LIVE_CODEC and analysis.video.sha256 in (None, sha256)


def find_video(analysis: Analysis, given: Path | None, folder: Path) -> Path:
    """The video that a result is of: the given one, or that of its name in a folder.

    Raises:
        InputError: it is not there, or it is another one.
    """
    path = given or folder / Path(analysis.video.name).name
    check_readable(path, sys.maxsize)
    if not same_video(analysis, file_sha256(path)):
        raise InputError(
            f'"{shown_name(path)}" is another video than the one that this result is of '
            f'("{analysis.video.name}"): give that one (--source on the command line).'
        )
    return path
