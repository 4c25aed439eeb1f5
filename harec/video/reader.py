"""Read a video: upright RGB frames with times from the stream's own timestamps."""

from __future__ import annotations

import math
import os
from collections import deque
from collections.abc import Callable, Generator, Iterator
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any, Final

import av

from harec.core.correction import UNCORRECTED, Correction
from harec.core.errors import VideoError
from harec.core.threads import codec_threads, quiet_opencv
from harec.video.container import (
    CONVERT,
    VideoInfo,
    display_name,
    duration_s,
    frame_start_s,
    full_name,
    open_source,
    plain_words,
)
from harec.video.damage import is_damaged, lost_pages
from harec.video.frame import DecodedFrame, Frame, UnseenFrame
from harec.video.frame_rate import LOOK_AHEAD, LOOK_AHEAD_BYTES, frame_rate
from harec.video.rgb import Geometry, RgbConverter
from harec.video.streams import video_stream
from harec.video.timestamps import FrameClock, TimedFrame
from harec.video.untimed import untimed_rate

#: How often a frame comes again that is still shown: no window, hold or track ends meanwhile.
REPEAT_S: Final = 0.2
#: No picture is shown for longer than ten minutes.
LONGEST_SHOWN_S: Final = 600.0
#: Containers of what was sent, as FFmpeg calls them: there a frame that is missing was lost.
_SENT: Final = ("mpegts", "mpeg")
#: A file with more damage than this is not looked through for where it is.
_MOST_LOST: Final = 1000


def probe(
    path: str | os.PathLike[str],
    name: str | None = None,
    *,
    frame_rate: Fraction | float | None = None,
) -> VideoInfo:
    """What the file is, from its header and its first frame.

    Args:
        path: the file.
        name: what messages call it (an upload's own name); default: the file's name.
        frame_rate: of a file whose frames have no times; see `VideoReader`.

    Raises:
        VideoError: no such file, a folder, empty, not a video, audio only, no readable frame.
    """
    with VideoReader(path, name, frame_rate=frame_rate) as reader:
        return reader.info


class VideoReader:
    """The frames of a video, in order, once; a context manager.

    The sound is ignored, and of several picture tracks all but the one with the most frames
    (``warnings`` says so). Damaged packets are skipped, and a file that was cut short gives the
    frames that are there: ``warnings`` then holds a sentence about it, after the last frame.

    Args:
        path: the file.
        name: what messages call it; default: the file's name.
        max_side: longest side of the frames delivered; larger ones are scaled down while they
            are converted to RGB (area averaging; even sides). None keeps the displayed size.
        frame_rate: frames a second of a file whose frames have no times (a bare .h264 or .mjpeg of
            a camera); None: what its codec says, else 25, and ``warnings`` says so. Times of a
            file that has them stay as they are, with a warning.
        exact: colours to the nearest level and smooth between pixels. Without it they are coarser
            at edges and may be a level or two darker, in a tenth of the time: a pose model sees no
            difference, and a video written again keeps its pixels better, for colours are
            stored coarsely.
        scale_first: frames that are to become smaller do so before they become RGB: in less than
            half of the time; colours are averaged as they are stored.
        correction: what the file doesn't say of its camera; times, sizes and frames are those of
            the corrected video.

    Attributes:
        info: VideoInfo; its width and height are those of the file, whatever ``max_side``.
        size_wh: width and height of the frames delivered. Constant, also when the video
            changes its size, turn or pixels midway: later frames are fitted into it, with black
            bars where their shape is another.
        warnings: what went wrong while reading, plain sentences.

    Raises:
        VideoError: see ``probe``.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        name: str | None = None,
        max_side: int | None = None,
        *,
        exact: bool = True,
        scale_first: bool = False,
        frame_rate: Fraction | float | None = None,
        correction: Correction = UNCORRECTED,
    ) -> None:
        quiet_opencv()
        if max_side is not None and max_side < 2:
            raise ValueError(f"max_side must be at least 2, got {max_side}")
        self.path, self._given_name = Path(path), name
        self.name = display_name(self.path, name)
        self._correction = correction
        self.warnings: list[str] = []
        self._first_aspect: Fraction | None = None
        self._changed_s: float | None = None  # when the picture took another shape
        self._failed = self._failed_at_end = self._incomplete = self._bytes = 0
        self._cut_frame = False  # whether the last frame is incomplete
        self._lost_pts: list[int] = []
        self._end_s = 0.0
        self._started = False
        self._container = self._open()
        try:
            self._stream = video_stream(self._container, self.name, self._open, self.warnings)
            threads = codec_threads(self._stream.width or 0, self._stream.height or 0)
            self._stream.thread_type = "AUTO"
            self._stream.codec_context.thread_count = threads
            packets = self._packets()
            ahead, self._stamps_s = _look_ahead(packets)
            self._decoded = self._decode(ahead, packets)
            first = self._first_frame()
            self._first: DecodedFrame | None = first
            self._untimed_rate = untimed_rate(
                self._container, self._stream, frame_rate, self.name, self.warnings
            )
            self.info = self._make_info(first)
            self._converter = RgbConverter(
                first.geometry,
                max_side=max_side,
                exact=exact,
                threads=threads,
                scale_first=scale_first,
            )
            self.size_wh = self._converter.size_wh
            time_base = None if self._untimed_rate else self._stream.time_base
            self._clock = FrameClock(time_base, self.info.frame_rate)
        except BaseException:
            self._container.close()
            raise

    def _open(self) -> Any:
        return open_source(self.path, self.name)

    def __enter__(self) -> VideoReader:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file; reading on is an error."""
        self._decoded.close()
        self._container.close()

    @property
    def origin_s(self) -> float:
        """Stream time of time 0; known from the first frame on, 0 without timestamps."""
        return self._clock.origin_s or 0.0

    def __iter__(self) -> Iterator[Frame]:
        return self.frames()

    def frames(self, wanted: Callable[[int], bool] | None = None) -> Iterator[Frame]:
        """All frames; ``rgb`` is None where ``wanted(index)`` is false.

        Recorders leave out pictures that repeat the one before. In a gap that is much longer than
        the frames before (`harec.video.timestamps.GAP_STEPS`), and after a last frame that lasts as
        long, a file goes on to show what it showed last: that frame comes again every `REPEAT_S`,
        with the same index, always with its image. Not so, and the gap stays one:

        - where pieces in between could not be decoded;
        - in a transport stream (MPEG-TS, MPEG-PS), unless the frame's own duration reaches into the
          gap: what was sent in between was lost;
        - in a gap of more than `LONGEST_SHOWN_S`.

        Every frame is decoded (that is how timestamps are known), but only wanted ones are scaled
        and converted to RGB, which saves a third to a half of the time with a skip setting.

        Raises:
            ValueError: the reader was iterated before: open a new one to read again.
        """
        for frame in self.unseen_frames():
            yield frame.seen(wanted is None or frame.repeated or wanted(frame.index))

    def unseen_frames(self) -> Iterator[UnseenFrame]:
        """The same frames, for who decides later which of them become images.

        Raises:
            ValueError: as `frames`.
        """
        if self._started:
            raise ValueError("a VideoReader reads its file once; open a new one")
        self._started = True
        index, held = -1, None
        for index, timed in enumerate(self._clock.timed(self._with_first())):
            decoded, time_s, step_s, gap = timed
            if held is not None and gap and self._is_shown(held, timed):
                yield from self._repeated(index - 1, held, time_s)
            self._end_s = time_s + step_s
            if self._changed_s is None and self._converter.has_bars(decoded.geometry):
                self._changed_s = time_s
            yield self._unseen(index, time_s, step_s, decoded)
            held = timed
        if held is not None and self._clock.gap_s < held.step_s <= LONGEST_SHOWN_S:
            yield from self._repeated(index, held, self._end_s)
        self._note_end(index + 1)

    def _unseen(
        self,
        index: int,
        time_s: float,
        step_s: float,
        decoded: DecodedFrame,
        *,
        again: bool = False,
    ) -> UnseenFrame:
        convert = self._converter
        return UnseenFrame(
            index,
            time_s,
            step_s,
            partial(convert.convert, *decoded),
            partial(convert.stored, *decoded),
            partial(convert.gray, *decoded),
            again,
        )

    def _is_shown(self, frame: TimedFrame, after: TimedFrame) -> bool:
        """Whether a frame is shown until the next one comes; see `frames`."""
        gap_s = after.time_s - frame.time_s
        first, last = frame.frame.pts, after.frame.pts
        lost = None in (first, last) or any(first < pts < last for pts in self._lost_pts)
        sent = self._container.format.name in _SENT and frame.step_s < gap_s / 2
        return gap_s <= LONGEST_SHOWN_S and not lost and not sent

    def _repeated(self, index: int, frame: TimedFrame, until_s: float) -> Iterator[UnseenFrame]:
        count = math.ceil((until_s - frame.time_s) / REPEAT_S)
        step_s = (until_s - frame.time_s) / count
        for i in range(1, count):
            time_s = frame.time_s + i * step_s
            yield self._unseen(index, time_s, step_s, frame.frame, again=True)

    def _with_first(self) -> Iterator[DecodedFrame]:
        first, self._first = self._first, None  # a decoded 8K frame is 50 MB: don't keep it
        assert first is not None
        yield first
        del first
        yield from self._decoded

    def _first_frame(self) -> DecodedFrame:
        for frame in self._decoded:
            return frame
        raise VideoError(
            f'"{self.name}" holds no picture that can be read (damaged, cut short or an unknown '
            f"codec): copy it again, or {CONVERT}."
        )

    def _packets(self) -> Iterator[Any]:
        """The packets of the stream; where they can't be read on, the video ends."""
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except (av.FFmpegError, OSError):
                self._failed += 1
                self._failed_at_end += 1
                return
            yield packet

    def _decode(
        self, ahead: deque[Any], packets: Iterator[Any]
    ) -> Generator[DecodedFrame, None, None]:
        """Decoded frames; a packet that can't be decoded is counted and skipped."""
        codec = self._stream.codec_context.name
        while (packet := ahead.popleft() if ahead else next(packets, None)) is not None:
            damaged = is_damaged(packet, codec)
            self._bytes += packet.size
            try:
                frames = packet.decode()
            except MemoryError as error:
                raise VideoError(plain_words(error, self.name)) from None
            except (av.FFmpegError, ValueError):
                self._failed += 1
                self._failed_at_end += 1
                if packet.pts is not None and len(self._lost_pts) < _MOST_LOST:
                    self._lost_pts.append(packet.pts)
                continue
            # Frames that come with the empty packet at the end were put in before what failed.
            if frames and packet.size:
                self._failed_at_end = 0
            # A frame may come with a later packet, so either sign counts by itself.
            incomplete = max(damaged, sum(frame.is_corrupt for frame in frames))
            self._incomplete += incomplete
            if packet.size:
                self._cut_frame = bool(incomplete)
            for frame in frames:
                yield DecodedFrame(
                    frame, Geometry.of_frame(frame, self._aspect(), self._correction)
                )

    def _aspect(self) -> Fraction | None:
        """The shape of the newest frame's pixels: the container's word, until the codec's changes.

        PyAV does not say it of a frame; its decoder has that of the frame that it gave last.
        """
        aspect = self._stream.codec_context.sample_aspect_ratio
        if self._first_aspect is None:
            self._first_aspect = aspect or Fraction(0)
        changed = (aspect or Fraction(0)) != self._first_aspect
        return aspect if changed else self._stream.sample_aspect_ratio

    def _make_info(self, first: DecodedFrame) -> VideoInfo:
        stream, frame = self._stream, first.raw
        rate = frame_rate(stream, self._stamps_s, interlaced=frame.interlaced_frame)
        length_s = duration_s(self._container, stream, frame_start_s(frame))
        if self._untimed_rate:  # what FFmpeg says is made up, too
            rate, length_s = self._untimed_rate, None
        frames = stream.frames or (round(length_s * rate) if length_s and rate else 0)
        width, height = first.geometry.shown_wh
        return VideoInfo(
            name=full_name(self.path, self._given_name),
            width=width,
            height=height,
            duration_s=length_s,
            frames=max(frames, 1) if frames else None,
            frame_rate=rate,
            rotation_deg=first.geometry.orientation.rotation_deg,
            codec=stream.codec_context.name,
            has_audio=bool(self._container.streams.audio),
            untimed_rate=self._untimed_rate,
        )

    def _note_end(self, count: int) -> None:
        """After the last frame: say if packets were skipped or if the file stops too early."""
        skipped = self._failed - self._failed_at_end
        if skipped:
            noun = "piece was" if skipped == 1 else "pieces were"
            self.warnings.append(f'"{self.name}" is damaged: {skipped} {noun} skipped.')
        wrong = self._clock.wrong
        # One that is far ahead makes the file's own length wrong, too.
        expected_s = None if wrong else self._expected_end_s()
        missing_s = (expected_s or 0.0) - self._end_s
        short = missing_s > self._least_missing_s(expected_s or 0.0) and count > 0
        incomplete = self._incomplete - (short and self._cut_frame)
        if incomplete > 0:
            noun = "frame is" if incomplete == 1 else "frames are"
            self.warnings.append(
                f'"{self.name}" is damaged: {incomplete} {noun} incomplete, others may be missing.'
            )
        if wrong:
            noun = "frame has a wrong time stamp" if wrong == 1 else "frames have wrong time stamps"
            self.warnings.append(
                f'"{self.name}": {wrong} {noun}; {"it is" if wrong == 1 else "they are"} shown '
                "between the frames before and after."
            )
        if self._changed_s is not None:
            self.warnings.append(
                f'"{self.name}" changes the shape of its picture (first at {self._changed_s:.1f} '
                "s): what does not fit the first picture's frame is shown in it with black bars."
            )
        if short:
            self.warnings.append(
                f'"{self.name}" ends early: it should last {expected_s:.1f} s, but only the first '
                f"{self._end_s:.1f} s could be read."
            )
        elif lost_pages(self._container, self._stream, self._bytes):
            self.warnings.append(
                f'"{self.name}" is damaged: parts of it can\'t be read, and frames are missing.'
            )
        elif self._failed_at_end:
            self.warnings.append(
                f'"{self.name}" is damaged at its end: its first {self._end_s:.1f} s were read.'
            )

    def _least_missing_s(self, expected_s: float) -> float:
        """How much must be missing to be told: containers round, and guess the last frame's length.

        An AVI promises a number of frames, and has no times but by counting them: what is lost
        anywhere is missing at the end.
        """
        share = 0.0 if self._container.format.name == "avi" else 0.02
        step_s = float(1 / self.info.frame_rate) if self.info.frame_rate else 0.0
        return max(0.1, 2.5 * step_s, share * expected_s)

    def _expected_end_s(self) -> float | None:
        """Seconds the frames should last, if the file says so for certain."""
        container, stream = self._container, self._stream
        own = bool(stream.duration)
        # Without a duration of its own the container's is right only if nothing else is in it.
        return self.info.duration_s if own or len(container.streams) == 1 else None


def _look_ahead(packets: Iterator[Any]) -> tuple[deque[Any], list[float]]:
    """The first packets, some dozens of them, and their time stamps in seconds."""
    ahead: deque[Any] = deque()
    stamps_s = []
    size = 0
    while len(ahead) < LOOK_AHEAD and size < LOOK_AHEAD_BYTES:
        packet = next(packets, None)
        if packet is None:
            break
        ahead.append(packet)
        size += packet.size
        if packet.pts is not None and packet.time_base:
            stamps_s.append(float(packet.pts * packet.time_base))
    return ahead, stamps_s
