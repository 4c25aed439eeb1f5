"""Write H.264 that browsers play, at the frames' own times, with the sound of another file."""

from __future__ import annotations

import contextlib
import errno
import math
import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import av
import cv2
import numpy as np
from av.video.frame import PictureType
from av.video.reformatter import (
    ColorPrimaries,
    ColorRange,
    Colorspace,
    ColorTrc,
    Interpolation,
    VideoReformatter,
)
from numpy.typing import NDArray

from harec.core.errors import VideoError
from harec.core.files import Destination
from harec.core.threads import codec_threads, quiet_opencv
from harec.video.audio import AudioTrack
from harec.video.container import display_name
from harec.video.planes import Matrix, Planes
from harec.video.timestamps import UNKNOWN_STEP_S

#: MPEG's clock: any usual frame rate, and any source time, within 6 microseconds.
TIME_BASE: Final = Fraction(1, 90_000)
#: Seeking decodes from the key frame before: it may be so far away, in seconds and in frames.
KEY_FRAME_S: Final = 2
_MOST_BETWEEN_KEYS: Final = 600


class VideoWriter:
    """An MP4 file in the making; a context manager.

    H.264, yuv420p, index at the front (+faststart), a key frame at least every two seconds so
    that seeking is quick. Nothing is at ``path`` until the block ends without an exception;
    after an exception nothing is left behind and a file that was there before is untouched.

    Args:
        path: the file to write (or replace); a device or a pipe gets the complete file.
        size_wh: width and height of the frames given to ``write``. H.264 needs even sides: an odd
            one is made even by repeating the last column or row.
        frame_rate_hint: average frames a second of the source. Only used for the duration of a last
            frame that has none, and by the encoder as a guess; times come with the frames.
        audio_from: a file whose sound is carried over; times are those of its video track.
            AAC and MP3 are copied, the rest becomes AAC; sound that can't be read is left out
            with a warning.
        name: what messages call the file; default: the file's name.
        before_replace: called when the file is complete, right before it is put at ``path``; may
            raise to give it up.
        preset: of x264: how much time it takes for how small a file.

    Attributes:
        warnings: what could not be done, plain sentences; complete after the block.

    Raises:
        VideoError: the file can't be written (no such folder, disk full ...), or no frame came.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        size_wh: tuple[int, int],
        *,
        frame_rate_hint: Fraction | None = None,
        audio_from: str | os.PathLike[str] | None = None,
        name: str | None = None,
        before_replace: Callable[[], None] | None = None,
        preset: str = "veryfast",
    ) -> None:
        quiet_opencv()
        if min(size_wh) < 1:
            raise ValueError(f"size_wh must be positive, got {size_wh}")
        self.path = Path(path)
        self.name = display_name(self.path, name)
        self.size_wh = size_wh
        self._matrix = Matrix.of_height(size_wh[1])
        self._before_replace = before_replace
        self._preset = preset
        self.warnings: list[str] = []
        self._hint = frame_rate_hint if frame_rate_hint and frame_rate_hint > 0 else None
        self._reformatter = VideoReformatter()
        # Two frames are always known before one is encoded: only then is its duration known.
        self._waiting: tuple[Any, int] | None = None
        self._gap_ticks: int | None = None
        self._key_pts: int | None = None
        self._last_duration_ticks: int | None = None
        self._durations: dict[int, int] = {}
        self._last_time_s = -math.inf
        self._closed = False
        if self.path.is_dir():
            raise VideoError(f'"{self.name}" is a folder: give the name of a file to write.')
        self._audio: AudioTrack | None = None
        try:
            self._destination = Destination(self.path)
        except OSError as error:
            raise VideoError(self._plain_words(error)) from None
        try:
            self._container = self._open()
            self._stream = self._add_video()
            if audio_from is not None:
                self._audio = AudioTrack.open(Path(audio_from), self._container, self.warnings)
            self._container.start_encoding()
        except (OSError, av.FFmpegError) as error:
            self._drop()
            raise VideoError(self._plain_words(error)) from None
        except BaseException:
            self._drop()
            raise

    @property
    def folder(self) -> Path:
        """Where the file grows."""
        return self._destination.temporary.parent

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if exc_type is None:
            self.close()
        else:
            self.abort()

    def write(
        self, image: NDArray[np.uint8] | Planes, time_s: float, duration_s: float | None = None
    ) -> None:
        """Append one frame.

        Args:
            image: of the size given at the start: RGB, uint8 (H, W, 3), or as it is stored.
            time_s: when it is shown; later than the frame before.
            duration_s: how long it is shown; only the last frame's counts (a frame ends when the
                next one comes). Default: one over the rate hint, else the gap before it.

        Raises:
            ValueError: another size or type, or a time that is not later.
            VideoError: the file can't be written.
        """
        self._check(image)
        if self._closed:
            raise ValueError("the video is closed: no more frames")
        if not (math.isfinite(time_s) and time_s > self._last_time_s):
            raise ValueError(f"frame times must increase: {time_s} s is not after the last")
        self._last_time_s = time_s
        pts = round(time_s / TIME_BASE)
        if self._waiting is not None:
            pts = max(pts, self._waiting[1] + 1)
            self._gap_ticks = pts - self._waiting[1]
        try:
            if self._waiting is not None:
                self._encode(*self._waiting, duration=pts - self._waiting[1])
            self._waiting = (self._to_yuv(image), pts)
            self._last_duration_ticks = round(duration_s / TIME_BASE) if duration_s else None
            if self._audio is not None:
                self._audio.carry_until(time_s)
        except (OSError, av.FFmpegError) as error:
            raise VideoError(self._plain_words(error)) from None

    def close(self) -> None:
        """Finish the file and put it at ``path``; the same as leaving the block.

        Raises:
            VideoError: the file can't be written, or no frame was given; nothing is left behind.
        """
        if self._closed:
            return
        try:
            if self._waiting is None:
                raise VideoError(f'"{self.name}" was not written: there was no frame for it.')
            self._encode(*self._waiting, duration=self._final_duration())
            self._mux(self._stream.encode(None))
            if self._audio is not None:
                self._audio.carry_until(None)
                self._audio.close()
            self._container.close()
            if self._before_replace is not None:
                self._before_replace()
            self._destination.put()
            self._closed = True
        except (OSError, av.FFmpegError) as error:
            raise VideoError(self._plain_words(error)) from None
        finally:
            self._drop()

    def abort(self) -> None:
        """Give up: nothing is left behind."""
        self._drop()

    def _open(self) -> Any:
        options = {"movflags": "+faststart", "video_track_timescale": str(TIME_BASE.denominator)}
        temporary = self._destination.temporary.absolute()
        return av.open(f"file:{temporary}", "w", format="mp4", options=options)

    def _add_video(self) -> Any:
        width, height = (side + side % 2 for side in self.size_wh)
        rate = self._hint or Fraction(30)
        options = {"crf": "20", "preset": self._preset, "forced-idr": "1"}
        stream = self._container.add_stream("libx264", rate=min(rate, Fraction(1000)))
        stream.options = options
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = TIME_BASE
        context = stream.codec_context
        context.options = options
        context.time_base = TIME_BASE
        context.thread_count = codec_threads(width, height)
        context.gop_size = _MOST_BETWEEN_KEYS
        # No B-frames: then the order of coding is the order of showing, and the last packet's
        # duration is the last frame's, which MP4 needs to keep it.
        context.max_b_frames = 0
        # What players assume of untagged files differs, so tag: BT.709 for HD, else BT.601.
        hd = self._matrix is Matrix.BT709
        context.colorspace = self._matrix.number
        context.color_primaries = int(ColorPrimaries.BT709 if hd else ColorPrimaries.SMPTE170M)
        context.color_trc = int(ColorTrc.BT709 if hd else ColorTrc.SMPTE170M)
        context.color_range = int(ColorRange.MPEG)
        return stream

    def _check(self, image: NDArray[np.uint8] | Planes) -> None:
        width, height = self.size_wh
        if isinstance(image, Planes):
            if image.size_wh != self.size_wh or image.matrix is not self._matrix:
                raise ValueError(
                    f"a frame must be {width} x {height}, {self._matrix.name}, like the video, "
                    f"got {image.size_wh}, {image.matrix.name}"
                )
        elif image.shape != (height, width, 3) or image.dtype != np.uint8:
            raise ValueError(
                f"a frame must be uint8 ({height}, {width}, 3) like the video, "
                f"got {image.dtype} {image.shape}"
            )

    def _to_yuv(self, image: NDArray[np.uint8] | Planes) -> Any:
        if isinstance(image, Planes):
            return av.VideoFrame.from_numpy_buffer(image.i420(), format="yuv420p")
        rgb = image
        height, width = rgb.shape[:2]
        if height % 2 or width % 2:
            rgb = np.pad(rgb, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        if self._matrix is Matrix.BT601:  # OpenCV knows BT.601 alone, and is ten times as fast
            planes = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV_I420), np.uint8)
            return av.VideoFrame.from_ndarray(planes, format="yuv420p")
        return self._reformatter.reformat(
            av.VideoFrame.from_numpy_buffer(np.ascontiguousarray(rgb), format="rgb24"),  # no copy
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            interpolation=Interpolation.AREA | Interpolation.ACCURATE_RND,
            threads=codec_threads(width, height),
        )

    def _encode(self, frame: Any, pts: int, *, duration: int) -> None:
        frame.pts, frame.time_base = pts, TIME_BASE
        # By time, and not by the number of frames: nobody knows their rate for certain.
        is_key = self._key_pts is None or pts + duration - self._key_pts > KEY_FRAME_S / TIME_BASE
        frame.pict_type = PictureType.I if is_key else PictureType.NONE
        self._key_pts = pts if is_key else self._key_pts
        self._durations[pts] = duration
        self._mux(self._stream.encode(frame))

    def _mux(self, packets: list[Any]) -> None:
        for packet in packets:
            packet.duration = self._durations.pop(packet.pts, 0)
            self._container.mux(packet)

    def _final_duration(self) -> int:
        if self._last_duration_ticks:
            return self._last_duration_ticks
        if self._hint:
            return max(round(1 / self._hint / TIME_BASE), 1)
        return self._gap_ticks or round(UNKNOWN_STEP_S / TIME_BASE)

    def _drop(self) -> None:
        """Close what is open and delete the temporary file; harmless after a good end."""
        self._closed = True
        self._waiting = None
        if self._audio is not None:
            self._audio.close()
        container = getattr(self, "_container", None)
        if container is not None:
            # It failed before: the first error is the cause to report.
            with contextlib.suppress(OSError, av.FFmpegError):
                container.close()
        self._destination.drop()

    def _plain_words(self, error: Exception) -> str:
        name, number = self.name, getattr(error, "errno", None)
        if number == errno.ENOSPC:
            return f'"{name}" could not be written: the disk is full. Free some space.'
        if number == errno.ENOENT:
            return f'"{name}" could not be written: its folder does not exist. Create it first.'
        if number in (errno.EACCES, errno.EPERM, errno.EROFS):
            return f'"{name}" may not be written there: choose another folder.'
        if number == errno.ENOTDIR:
            return f'"{name}" could not be written: its folder is a file. Choose another folder.'
        reason = os.strerror(number) if number and 0 < number < 200 else "the encoder failed"
        return f'"{name}" could not be written ({reason}): try another folder or a smaller size.'
