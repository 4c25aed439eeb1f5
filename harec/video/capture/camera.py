"""Cameras without a browser: files at their own pace, network cameras, devices of this machine."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import av
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray

from harec.core.errors import InputError, VideoError
from harec.video import VideoReader
from harec.video.capture.latest_frame import (
    DecodedFrame,
    LatestFrame,
    Patience,
    Say,
)
from harec.video.capture.uri import (
    Source,
    SourceKind,
    parse_source,
)

__all__ = ["Camera", "CameraFrame", "Patience"]

#: libav's options for each kind of address; see `harec.video.capture.latest_frame` for those of
#: all.
_OPTIONS: Final = {
    # Over UDP, RTSP loses packets wherever a network is busy: frames fall to pieces.
    "rtsp": {"rtsp_transport": "tcp"},
    "rtsps": {"rtsp_transport": "tcp"},
    "udp": {"fifo_size": "50000", "overrun_nonfatal": "1"},
}


@dataclass(frozen=True, eq=False)
class CameraFrame:
    """A frame of a camera.

    Attributes:
        time_s: seconds since the first frame; strictly larger than the frame before.
        rgb: uint8 (H, W, 3), upright, square pixels, own memory. The size may change.
    """

    time_s: float
    rgb: NDArray[np.uint8]


class Camera:
    """The frames of a source, as they happen; a context manager, iterated once.

    A file comes at the pace of its own timestamps, every frame of it, from when the second one
    is asked for; a reader that is late gets the next ones at once. Of a network camera or device
    only the newest frame comes, whatever time the reader takes; a connection that breaks is made
    again. Where a source gives no timestamps, or wrong ones, time is that of arrival; a long stop
    stays a gap.

    Args:
        source: "clip.mp4", "rtsp://user:password@host/path" (also rtsps, http, https, udp, tcp),
            "/dev/video0" or "0".
        size_wh: width and height to ask a device for; it may give another size.
        fps: frames a second to ask a device for, likewise.
        max_side: longer sides are scaled down to this; None keeps the size.
        patience: how long to wait for a device or network camera.
        frame_rate: frames a second, of a file whose frames have no times.
        say: gets plain sentences on what happens (opened, lost, trying again), from any thread.

    Attributes:
        name: what messages and results call the source; never holds a password.
        warnings: what was wrong with a file, after its last frame.

    Raises:
        InputError: ``source`` can't be understood, or size or rate were given for no device.
        VideoError: on entering (file) or iterating: not there, not a video, no answer ...
    """

    def __init__(
        self,
        source: str,
        *,
        size_wh: tuple[int, int] | None = None,
        fps: float | None = None,
        max_side: int | None = None,
        patience: Patience | None = None,
        frame_rate: float | None = None,
        say: Say = lambda text: None,
    ) -> None:
        self._source: Source = parse_source(source)
        self.name = self._source.name
        self.warnings: list[str] = []
        self._max_side, self._say = max_side, say
        self._frame_rate = frame_rate
        if frame_rate is not None and self._source.kind is not SourceKind.FILE:
            raise InputError(
                "A frame rate can be given for files only: the pictures of a camera have the time "
                "at which they come."
            )
        self._patience = patience or Patience()
        self._options = _OPTIONS.get(source.partition("://")[0].lower(), {})
        if self._source.kind is SourceKind.DEVICE:
            _check_device_support()
            self._options = _device_options(size_wh, fps)
        elif size_wh is not None or fps is not None:
            raise InputError(
                "A size and a rate can be asked of a camera of this machine (/dev/video0) only; "
                "a network camera has them in its own settings."
            )
        self._stopped = False
        self._wake = threading.Condition()  # of an RLock: a signal handler may call `stop`
        self._reader: VideoReader | None = None
        self._latest: LatestFrame | None = None
        self._frames: Generator[CameraFrame, None, None] | None = None

    def __enter__(self) -> Camera:
        if self._source.kind is SourceKind.FILE:
            self._reader = VideoReader(
                self._source.target, max_side=self._max_side, frame_rate=self._frame_rate
            )
            info = self._reader.info
            rate = f", {float(info.frame_rate):.3g} frames/s" if info.frame_rate else ""
            self._say(f"{self.name}: {info.width}x{info.height}, {info.codec}{rate}")
            self._frames = self._of_file(self._reader)
        else:
            self._latest = LatestFrame(self._source, self._options, self._patience, self._say)
            if self._stopped:  # while it was made: `stop` had nothing to pass on to
                self._latest.stop()
            self._frames = self._of_camera(self._latest)
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()
        if self._frames is not None:
            self._frames.close()
        if self._reader is not None:
            self._reader.close()
        if self._latest is not None:
            self._latest.close()

    def __iter__(self) -> Iterator[CameraFrame]:
        if self._frames is None:
            raise ValueError("a Camera gives pictures inside its with block")
        return self._frames

    def stop(self) -> None:
        """No further frame comes; any thread, and a signal handler, may call it."""
        with self._wake:
            self._stopped = True
            self._wake.notify_all()
        if self._latest is not None:
            self._latest.stop()

    def _of_file(self, reader: VideoReader) -> Generator[CameraFrame, None, None]:
        start_s: float | None = None
        for frame in reader:
            with self._wake:
                wait_s = 0.0 if start_s is None else start_s + frame.time_s - time.monotonic()
                if self._wake.wait_for(lambda: self._stopped, max(wait_s, 0)):
                    return
            assert frame.rgb is not None  # every frame is wanted
            yield CameraFrame(frame.time_s, frame.rgb)
            if start_s is None:  # the first frame may take long: models load
                start_s = time.monotonic()
        self.warnings.extend(reader.warnings)

    def _of_camera(self, latest: LatestFrame) -> Generator[CameraFrame, None, None]:
        reformatter = VideoReformatter()
        while (taken := latest.take()) is not None:
            try:
                rgb = _upright_rgb(taken, reformatter, self._max_side)
            except (av.FFmpegError, ValueError):
                raise VideoError(
                    f"The pictures of {self.name} have a format that can't be shown: choose H.264 "
                    "or MJPEG in the camera's settings."
                ) from None
            yield CameraFrame(taken.time_s, rgb)


def _check_device_support() -> None:
    if not sys.platform.startswith("linux"):
        raise InputError(
            "Cameras of this machine are read on Linux only; use the dashboard's Live page here, "
            "or a network camera."
        )
    try:
        av.format.ContainerFormat("v4l2", "r")
    except ValueError:
        raise InputError(
            "This installation's video library has no v4l2, so it can't read cameras of this "
            "machine; install PyAV from PyPI (pip install --force-reinstall av)."
        ) from None


def _device_options(size_wh: tuple[int, int] | None, fps: float | None) -> dict[str, str]:
    options = {}
    if size_wh is not None:
        options["video_size"] = f"{size_wh[0]}x{size_wh[1]}"
    if fps is not None:
        options["framerate"] = str(Fraction(fps).limit_denominator(1001))
    return options


def _upright_rgb(
    decoded: DecodedFrame, reformatter: VideoReformatter, max_side: int | None
) -> NDArray[np.uint8]:
    """A frame as RGB with square pixels, at most ``max_side`` long, turned upright."""
    raw, aspect = decoded.frame, decoded.aspect
    wide = float(aspect) if aspect and 0.4 <= aspect <= 2.5 else 1.0
    width, height = max(round(raw.width * wide), 1), raw.height
    if max_side is not None and max(width, height) > max_side:
        scale = max_side / max(width, height)
        width, height = (max(round(side * scale / 2) * 2, 2) for side in (width, height))
    same = (width, height) == (raw.width, raw.height)
    converted = reformatter.reformat(
        raw,
        width=width,
        height=height,
        format="rgb24",
        interpolation=Interpolation.FAST_BILINEAR if same else Interpolation.AREA,
    )
    rgb = np.asarray(converted.to_ndarray(), dtype=np.uint8)
    # PyAV gives the turn to make, in degrees against the clock; np.rot90 turns the same way.
    turns = round(raw.rotation / 90) % 4
    return np.ascontiguousarray(np.rot90(rgb, turns)) if turns else rgb
