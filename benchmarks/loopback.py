"""A camera's way to a live session and back within one machine: real WebRTC, without a browser.

`Viewer` plays the browser's part, `Room` holds what streamlit-webrtc runs on its server. Frames
carry their number, which is read when one comes back. The tests use this, too.
"""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Coroutine
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, TypeVar

import av
import numpy as np
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.contrib.media import MediaRelay
from aiortc.mediastreams import MediaStreamError
from numpy.typing import NDArray

if TYPE_CHECKING:
    from streamlit_webrtc import VideoProcessorBase

RGB = NDArray[np.uint8]
T = TypeVar("T")

#: Numbers go up to this, then start at 0 again.
NUMBERS: Final = 2**12
#: A number is a row of this many cells, black or white: start, 12 bits, parity, end.
_CELLS: Final = 15
_CLOCK_HZ: Final = 90_000
WAIT_S: Final = 60.0


def code_height(size_wh: tuple[int, int]) -> int:
    """Height in pixels of the strip at the bottom that holds the number."""
    return max(size_wh[1] // 18, 12)


def write_number(rgb: RGB, number: int) -> None:
    """Paint a frame's number over its lowest rows, in place."""
    height, width = rgb.shape[:2]
    bits = [number >> i & 1 for i in range(12)]
    strip = rgb[height - code_height((width, height)) :]
    for cell, bit in enumerate([1, *bits, sum(bits) & 1, 0]):
        strip[:, cell * width // _CELLS : (cell + 1) * width // _CELLS] = 235 * bit + 10


def read_number(rgb: RGB) -> tuple[int, bool] | None:
    """The number in a frame, and whether it is mirrored; None when it can't be read."""
    height, width = rgb.shape[:2]
    y = height - code_height((width, height)) // 2
    centres = [(2 * cell + 1) * width // (2 * _CELLS) for cell in range(_CELLS)]
    cells = [bool(rgb[y - 2 : y + 3, x - 2 : x + 3].mean() > 128) for x in centres]
    if cells[0] == cells[-1]:
        return None
    mirrored = cells[-1]
    if mirrored:
        cells.reverse()
    bits = cells[1:13]
    if sum(bits) & 1 != cells[13]:
        return None
    return sum(bit << i for i, bit in enumerate(bits)), mirrored


def own_address() -> str | None:
    """An address of this machine that others could use; WebRTC uses no loopback address."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # for documentation only; nothing is sent
        except OSError:
            return None
        address = str(probe.getsockname()[0])
    return None if address.startswith("127.") else address


class Loop:
    """An event loop in a thread of its own, as a web server has one. Close it at the end."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="loop", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine there and wait for its result."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(WAIT_S)

    def close(self) -> None:
        self.run(self._settle())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    async def _settle(self) -> None:
        """Nothing runs any more."""
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self.loop.shutdown_default_executor()


class CameraTrack(MediaStreamTrack):
    """Frames at an even rate; ``frame(i)`` makes the i-th one, with its number in it.

    Attributes:
        sent_s: number -> when it went off, on the monotonic clock.
    """

    kind = "video"

    def __init__(self, frame: Callable[[int], RGB], rate: float) -> None:
        super().__init__()
        self._frame, self._rate = frame, rate
        self._index = 0
        self._start_s = 0.0
        self.sent_s: dict[int, float] = {}

    async def recv(self) -> av.VideoFrame:
        index, self._index = self._index, self._index + 1
        now_s = time.monotonic()
        self._start_s = self._start_s or now_s
        await asyncio.sleep(max(self._start_s + index / self._rate - now_s, 0))
        frame = av.VideoFrame.from_ndarray(self._frame(index), format="rgb24")
        frame.pts = round(index * _CLOCK_HZ / self._rate)
        frame.time_base = Fraction(1, _CLOCK_HZ)
        self.sent_s[index % NUMBERS] = time.monotonic()
        return frame


class Viewer:
    """What a browser does: it sends its camera, and shows what comes back.

    Args:
        frame, rate: the camera, see `CameraTrack`.
        shown: called in the loop with each frame that comes back.
    """

    def __init__(
        self,
        loop: Loop,
        frame: Callable[[int], RGB],
        rate: float,
        shown: Callable[[RGB], None],
    ) -> None:
        self._loop, self._shown = loop, shown
        self.camera = CameraTrack(frame, rate)
        self._reading: asyncio.Task[None] | None = None

    def offer(self) -> str:
        return self._loop.run(self._offer())

    def connect(self, answer: str) -> None:
        """Frames start to flow."""
        description = RTCSessionDescription(answer, "answer")
        self._loop.run(self._pc.setRemoteDescription(description))

    def hang_up(self) -> None:
        """What the browser does on STOP, and when its page is closed."""
        self._loop.run(self._hang_up())

    def vanish(self) -> None:
        """The network is gone: nothing is said, nothing comes any more."""
        self._loop.run(self._vanish())

    async def _offer(self) -> str:
        self._pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._pc.on("track", self._take)
        self._pc.addTrack(self.camera)
        await self._pc.setLocalDescription(await self._pc.createOffer())
        return str(self._pc.localDescription.sdp)

    def _take(self, track: MediaStreamTrack) -> None:
        self._reading = asyncio.ensure_future(self._read(track))

    async def _read(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            assert isinstance(frame, av.VideoFrame)
            self._shown(np.asarray(frame.to_ndarray(format="rgb24"), np.uint8))

    async def _hang_up(self) -> None:
        self.camera.stop()
        await self._pc.close()
        if self._reading is not None:
            await self._reading

    async def _vanish(self) -> None:
        transport = self._pc.getSenders()[0].transport.transport
        for protocol in transport._connection._protocols:  # the sockets of aioice
            protocol.transport.close()


class Room:
    """The server's side of one viewer: streamlit-webrtc's own worker, set as the Live page does."""

    def __init__(self, loop: Loop, processor: Callable[[], VideoProcessorBase]) -> None:
        from streamlit_webrtc import WebRtcMode  # Streamlit loads, which no viewer needs
        from streamlit_webrtc.webrtc import WebRtcWorker

        nothing = dict.fromkeys(
            (
                *("source_video_track", "source_audio_track", "sink_video_track"),
                *("sink_audio_track", "player_factory", "in_recorder_factory"),
                *("out_recorder_factory", "video_frame_callback", "audio_frame_callback"),
                *("queued_video_frames_callback", "queued_audio_frames_callback"),
                *("on_video_ended", "on_audio_ended", "audio_processor_factory"),
            )
        )
        self.worker: WebRtcWorker[Any, Any] = WebRtcWorker(
            mode=WebRtcMode.SENDRECV,
            rtc_configuration=RTCConfiguration(iceServers=[]),
            video_processor_factory=processor,
            async_processing=True,
            video_receiver_size=4,
            audio_receiver_size=4,
            sendback_video=True,
            sendback_audio=False,
            loop=loop.loop,
            relay=MediaRelay(),
            **nothing,
        )

    def answer(self, offer: str) -> str:
        return str(self.worker.process_offer(offer, "offer", timeout=WAIT_S).sdp)

    def stop(self) -> None:
        """What streamlit-webrtc does when the page says STOP, or the visitor is gone."""
        self.worker.stop()
