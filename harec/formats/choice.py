"""Which of several videos in one file is meant."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import PurePath

from harec.core.plain import short


def choose(names: Iterable[str], video: str, shown: Callable[[str], str] = str) -> str:
    """The name that is the video's, without folder and ending; or the only one.

    Args:
        shown: what a name of the file says of the video.

    Raises:
        ValueError: there is none, or several and none that fits.
    """
    names = list(names)
    stem = PurePath(video).stem.casefold()
    fitting = [
        name
        for name in names
        if (stem and PurePath(shown(name)).stem.casefold() == stem)
        or shown(name).casefold() == video.casefold()
    ]
    if len(fitting) == 1 or len(names) == 1:
        return (fitting or names)[0]
    if not names:
        raise ValueError("it holds no video")
    known = ", ".join(short(name) for name in names[:3])
    raise ValueError(f"it holds {len(names)} videos ({known}…), none of which is {short(video)}")
