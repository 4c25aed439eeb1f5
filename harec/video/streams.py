"""Which of a container's picture tracks is the video."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import av
import av.stream

from harec.core.errors import VideoError
from harec.video.container import CONVERT, MAX_PIXELS

#: Tracks that are pictures about the film, and not the film.
_STILL: Final = (
    av.stream.Disposition.attached_pic
    | av.stream.Disposition.timed_thumbnails
    | av.stream.Disposition.still_image
)
#: A track with at least this share of the most frames is as good as the longest one.
_EQUAL: Final = 0.9
#: Packets of pictures that are counted at most where the header does not say how many there are.
_MOST_COUNTED: Final = 5000


def video_stream(
    container: Any, name: str, reopen: Callable[[], Any], warnings: list[str] | None = None
) -> Any:
    """The picture track that is the film: not a cover or preview, the one with the most frames.

    Args:
        container: a PyAV input container.
        name: what messages call it.
        reopen: opens it once more: to count the frames of several tracks where the header is
            silent.
        warnings: gets a sentence when there are several.

    Raises:
        VideoError: there is none, its codec is unknown, or the frame is too large.
    """
    streams = moving_pictures(container)
    if not streams:
        if container.streams.audio:
            raise VideoError(f'"{name}" has sound but no moving picture: choose a video file.')
        raise VideoError(f'"{name}" has no picture track: choose a video file.')
    stream = streams[0]
    if len(streams) > 1:
        frames = _count_frames(streams, reopen)
        stream = choose_stream(streams, frames)
        most = frames[stream.index] == max(frames.values())
        if warnings is not None:
            warnings.append(
                f'"{name}" holds {len(streams)} picture tracks: number '
                f"{streams.index(stream) + 1} ({stream.width} x {stream.height}) is used, "
                f"{'which has the most frames' if most else 'which is marked as the main one'}."
            )
    if stream.codec_context is None:
        raise VideoError(f'"{name}" uses a codec that can\'t be read here: {CONVERT}.')
    if stream.width * stream.height > MAX_PIXELS:
        size = f"{stream.width} x {stream.height}"
        raise VideoError(f'"{name}" is {size} pixels, which is too large: scale it to 8K or less.')
    return stream


def moving_pictures(container: Any) -> list[Any]:
    """The picture tracks of a container that are not marked as covers or thumbnails."""
    return [s for s in container.streams.video if not s.disposition & _STILL]


def choose_stream(streams: list[Any], frames: dict[int, int] | None = None) -> Any:
    """The one that can be decoded, has the most frames, and is marked as the main one.

    Previews that nobody marked as such have one frame.

    Args:
        streams: one or more picture tracks of a container.
        frames: how many frames each has, by the track's index; None: as the header says, where 0
            is "not known".
    """
    known = frames or {s.index: s.frames for s in streams}
    readable = [s for s in streams if s.codec_context is not None] or streams
    enough = _EQUAL * max(known[s.index] for s in readable)
    equal = [s for s in readable if known[s.index] >= enough or not (frames or s.frames)]
    return max(equal, key=lambda s: bool(s.disposition & av.stream.Disposition.default))


def _count_frames(streams: list[Any], reopen: Callable[[], Any]) -> dict[int, int]:
    """How many frames each track has, by its index; packets are counted if the header is silent."""
    if all(s.frames > 0 for s in streams):
        return {s.index: s.frames for s in streams}
    counts = {s.index: 0 for s in streams}
    try:
        with reopen() as again:
            tracks = [s for s in again.streams.video if s.index in counts]
            for number, packet in enumerate(again.demux(tracks)):
                if number >= _MOST_COUNTED:
                    break
                counts[packet.stream.index] += packet.size > 0
    except (av.FFmpegError, OSError, VideoError):
        pass  # damaged: what was counted until there decides
    return counts
