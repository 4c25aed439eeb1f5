"""What files of videos and photos end in: for walks over folders, and for texts.

Whether a file really is one is decided by its contents: any ending, or none, may be opened.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import Final

#: A moving GIF is a video, any other one a photo: it is in both.
VIDEO_ENDINGS: Final = frozenset(
    (
        *(".mp4", ".m4v", ".mov", ".qt", ".3gp", ".3g2", ".f4v", ".mkv", ".webm", ".avi", ".gif"),
        *(".mts", ".m2ts", ".m2t", ".ts", ".mpg", ".mpeg", ".mpe", ".m1v", ".m2v", ".vob"),
        *(".wmv", ".asf", ".flv", ".ogv", ".ogg", ".mxf", ".dv", ".ivf", ".y4m"),
        *(".h264", ".264", ".avc", ".hevc", ".h265", ".265", ".mjpeg", ".mjpg"),
    )
)
PHOTO_ENDINGS: Final = frozenset(
    (
        *(".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".webp", ".bmp", ".gif"),
        *(".tif", ".tiff", ".heic", ".heif", ".avif"),
    )
)


def ending(name: str | PurePath) -> str:
    """A file's ending as the lists have it: ".mp4" of "Holiday.MP4"; "" if there is none."""
    return PurePath(name).suffix.lower()
