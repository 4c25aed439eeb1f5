"""Read a camera in a thread of its own, so that the newest frame is always the one at hand."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import av

from harec.core.errors import VideoError
from harec.video.capture.stream_clock import StreamClock
from harec.video.capture.uri import (
    PROTOCOLS,
    Source,
    SourceKind,
    no_video_track,
    problem_of,
    silence,
)
from harec.video.container import FORMATS, MAX_PIXELS
from harec.video.streams import choose_stream, moving_pictures

Say = Callable[[str], None]

#: What network cameras send. A list for the same reason as harec.video.container.FORMATS.
_STREAMS: Final = f"{FORMATS},mpjpeg,rtsp,sdp,rtp,hls,dash,mpegtsraw,mp3,aac"
#: Formats that come in pieces of seconds: shown as they come, a frame would stand for seconds.
_SEGMENTED: Final = frozenset({"hls", "dash"})
#: RTSP gives its first frame no time: that many are left out before none is expected any more.
_UNTIMED: Final = 3
#: How long a wait for a frame may hold up a signal.
_SIGNAL_CHECK_S: Final = 0.5


@dataclass(frozen=True)
class Patience:
    """How long to wait for a camera; all in seconds.

    Attributes:
        open_s: for an answer when connecting.
        read_s: for the next frame, before it is connected anew.
        waits_s: between one try and the next, the last one again and again.
        give_up_s: without a frame, in total.
    """

    open_s: float = 8.0
    read_s: float = 5.0
    waits_s: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0)
    give_up_s: float = 30.0


@dataclass(frozen=True, eq=False)
class DecodedFrame:
    """A frame as it was decoded.

    Attributes:
        time_s: seconds since the source's first frame.
        frame: the av.VideoFrame.
        aspect: width of a pixel by its height, None or 0 when the source does not say.
    """

    time_s: float
    frame: Any
    aspect: Fraction | None


class LatestFrame:
    """The newest frame of a camera; what came before and was not taken is dropped.

    A lost connection is made again, with longer and longer waits, until ``patience`` ends.

    Args:
        source: a device or a network address.
        options: for libav, besides those that every such source gets.
        patience: see there.
        say: gets plain sentences (connected, lost, trying again), from another thread.
    """

    def __init__(
        self, source: Source, options: dict[str, str], patience: Patience, say: Say
    ) -> None:
        self._source, self._options = source, options
        self._patience, self._say = patience, say
        self._clock = StreamClock()
        self._changed = threading.Condition()  # of an RLock: a signal handler may call `stop`
        self._stopped = False
        self._newest: DecodedFrame | None = None
        self._over = False
        self._error: BaseException | None = None
        self._seen = False
        self._frame_at_s = time.monotonic()
        # A daemon: a camera that is silent keeps libav waiting, and no end should wait for that.
        self._thread = threading.Thread(target=self._run, name="harec-camera", daemon=True)
        self._thread.start()

    def take(self) -> DecodedFrame | None:
        """The newest frame, if it was not taken before; waits for it.

        None: the source is at its end, or was stopped.

        Raises:
            VideoError: the camera does not answer, or gives nothing that can be used.
        """
        with self._changed:
            # Windows runs the handler of Ctrl-C only between waits.
            while not self._changed.wait_for(self._has_news, _SIGNAL_CHECK_S):
                pass
            newest, self._newest = self._newest, None
            if self._error is not None and newest is None and not self._stopped:
                raise self._error
            return newest

    def _has_news(self) -> bool:
        return self._newest is not None or self._over

    def stop(self) -> None:
        """`take` gives None from now on; the thread ends with the next frame."""
        with self._changed:
            self._newest, self._stopped, self._over = None, True, True
            self._changed.notify_all()

    def close(self) -> None:
        """Stop, and wait a moment for the thread; one that waits in libav ends on its own."""
        self.stop()
        self._thread.join(timeout=0.5)

    def _run(self) -> None:
        error: BaseException | None = None
        try:
            self._stay_connected()
        except BaseException as caught:  # reported where frames are waited for
            error = caught
        with self._changed:
            self._over, self._error = True, error
            self._changed.notify_all()

    def _stay_connected(self) -> None:
        patience, tries = self._patience, 0
        self._frame_at_s = time.monotonic()
        while not self._stopped:
            before_s = self._frame_at_s
            problem = silence(self._source)
            started_s = self._waiting_since_s = time.monotonic()
            try:
                if self._read_to_end():
                    return
            except (av.FFmpegError, OSError, ValueError) as error:
                allowed_s = patience.read_s if self._waiting_since_s > started_s else self._open_s()
                late = time.monotonic() - self._waiting_since_s > 0.9 * allowed_s
                problem = problem_of(error, self._source, timed_out=late, seen=self._seen)
            if self._stopped:
                return
            left_s = patience.give_up_s - (time.monotonic() - self._frame_at_s)
            if problem.final or left_s <= 0:
                raise VideoError(problem.text)
            tries = 0 if self._frame_at_s > before_s else tries
            wait_s = min(patience.waits_s[min(tries, len(patience.waits_s) - 1)], left_s)
            self._say(
                f"No picture from {self._source.name} ({problem.reason}); "
                f"trying again in {wait_s:.2g} s."
            )
            self._wait(wait_s)
            tries += 1

    def _wait(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._stopped, max(seconds, 0))

    def _open_s(self) -> float:
        left_s = self._patience.give_up_s - (time.monotonic() - self._frame_at_s)
        return max(min(self._patience.open_s, left_s), 0.1)

    def _read_to_end(self) -> bool:
        """Read one connection; True when what it gave is finite and was read to its end."""
        with self._open() as container:
            stream = self._video_stream(container)
            timed = not container.format.flags & av.format.Flags.no_timestamps.value
            finite = container.duration is not None and self._source.kind is SourceKind.NETWORK
            paced = finite or container.format.name in _SEGMENTED
            start_s, untimed = math.nan, 0
            self._clock.restarted()
            for frame in self._frames(container, stream):
                now_s = self._frame_at_s = self._waiting_since_s = time.monotonic()
                stamp = frame.pts if timed and frame.time_base is not None else None
                stamp_s = None if stamp is None else float(stamp * frame.time_base)
                if timed and stamp is None and untimed < _UNTIMED:
                    untimed += 1
                    continue
                untimed = _UNTIMED
                time_s = self._clock.time_s(stamp_s, now_s)
                if paced:
                    start_s = now_s - time_s if math.isnan(start_s) else start_s
                    self._wait(start_s + time_s - time.monotonic())
                if self._stopped:
                    return True
                self._offer(time_s, frame, stream)
            return finite

    def _open(self) -> Any:
        if self._source.kind is SourceKind.DEVICE:
            # v4l2 waits for its driver by itself; libav's own timeout can't cut that short.
            return av.open(self._source.target, format="v4l2", options=self._options)
        scheme = self._source.target.partition("://")[0].lower()
        options = {
            "protocol_whitelist": PROTOCOLS[scheme],
            "format_whitelist": _STREAMS,
            # Not fflags=nobuffer: it throws away what was read to find out the codec, and with that
            # the first key frame. What is old is dropped here anyway.
            "analyzeduration": "1000000",
            "fpsprobesize": "0",  # the rate is for information only: don't wait to measure it
            **self._options,
        }
        return av.open(
            self._source.target,
            options=options,
            timeout=(self._open_s(), self._patience.read_s),
            metadata_errors="replace",
        )

    def _video_stream(self, container: Any) -> Any:
        streams = [s for s in moving_pictures(container) if s.codec_context is not None]
        if not streams:
            raise VideoError(no_video_track(self._source).text)
        stream = choose_stream(streams)
        if stream.width * stream.height > MAX_PIXELS:
            raise VideoError(f"The pictures of {self._source.name} are too large: set 8K or less.")
        # Several threads, each with a frame, would hold frames back: only where one can't do it.
        large = stream.width * stream.height > 2_500_000
        stream.thread_type = "AUTO" if large else "SLICE"
        return stream

    def _frames(self, container: Any, stream: Any) -> Iterator[Any]:
        """Decoded frames; a packet that can't be decoded is skipped."""
        for packet in container.demux(stream):
            if self._stopped:
                return
            try:
                frames = packet.decode()
            except (av.FFmpegError, ValueError):
                continue
            yield from frames

    def _offer(self, time_s: float, frame: Any, stream: Any) -> None:
        with self._changed:
            if not self._stopped:
                self._newest = DecodedFrame(time_s, frame, stream.sample_aspect_ratio)
                self._changed.notify_all()
        if not self._seen:
            self._seen = True
            rate = stream.average_rate
            text = f", {float(rate):.3g} frames/s" if rate else ""
            codec = stream.codec_context.name
            self._say(f"{self._source.name}: {frame.width}x{frame.height}, {codec}{text}")
