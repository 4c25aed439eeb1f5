"""The camera: what is asked of it, and the way of its frames through this server."""

from __future__ import annotations

import logging
import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
import streamlit as st
from streamlit_webrtc import (
    VideoProcessorBase,
    WebRtcMode,
    WebRtcStreamerState,
    webrtc_streamer,
)
from streamlit_webrtc.component import (
    _reset_context,
    compile_state,
    generate_frontend_component_key,
)

from dashboard.live import ice
from dashboard.live.controller import LiveController
from dashboard.live.link import Link
from dashboard.widget_memory import at_first
from harec.core.errors import InputError
from harec.live import LiveStream

SIZES: Final = ((320, 240), (480, 360), (640, 480), (1280, 720))
RATES: Final = (10, 15, 20, 30)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CameraSettings:
    """What the browser is asked for; it gives what comes closest to it.

    Attributes:
        size_wh: in pixels; a phone held upright gives it turned.
        rate: frames a second.
        mirror: show the frames as a mirror does.
        record: write the shown frames to a file.
    """

    size_wh: tuple[int, int] = (480, 360)
    rate: int = 15
    mirror: bool = True
    record: bool = False

    def constraints(self) -> dict[str, Any]:
        """``MediaStreamConstraints`` of JavaScript."""
        width, height = self.size_wh
        return {
            "video": {
                "width": {"ideal": width},
                "height": {"ideal": height},
                "frameRate": {"ideal": self.rate},
            },
            "audio": False,
        }


class Processor(VideoProcessorBase):
    """Takes each frame of one stream to the live session and back. No thread of Streamlit's."""

    def __init__(self, controller: LiveController) -> None:
        self._controller = controller
        self._reported = False
        self._lock = threading.Lock()  # of the two below; held for moments only
        self._ended = False
        self._stream: LiveStream[object] | None = None

    def recv(self, frame: av.VideoFrame) -> av.VideoFrame:
        """The frame to show; the frame itself when something goes wrong."""
        if self._ended:
            return frame
        try:
            stream = self._stream or self._open()
            if stream is None:
                return frame
            time_s = frame.time if frame.time is not None else time.monotonic()
            rgb = np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
            shown = stream.show(time_s, rgb)
            # Converted here, in this stream's own thread, and not again for each time it is sent.
            return av.VideoFrame.from_ndarray(shown, format="rgb24").reformat(format="yuv420p")
        except Exception:
            self._log_once()
            return frame

    def on_ended(self) -> None:
        """STOP, a closed page, a lost connection: called on the loop of all connections."""
        with self._lock:
            self._ended = True
            stream = self._stream
        if stream is not None:
            self._controller.lose_stream(stream)

    def _open(self) -> LiveStream[object] | None:
        """With the first frame: a connection that never comes opens nothing. None: too late."""
        stream = self._controller.open_stream()
        with self._lock:
            self._stream, ended = stream, self._ended
        if ended:  # meanwhile; there was no stream to close
            self._controller.close_stream(stream)
            return None
        return stream

    def _log_once(self) -> None:
        if not self._reported:
            self._reported = True
            _log.exception("A live frame could not be processed; said once for this stream")


def sidebar(controller: LiveController, recordable: bool = True) -> CameraSettings:
    """The camera's part of the sidebar.

    Args:
        recordable: whether there is a switch for files of what is shown.
    """
    default = CameraSettings()
    record_key = f"{controller.name}_record"  # or one page's recording would begin on another
    if controller.switch_off:  # set by a fragment's button, it would not reach the switch
        controller.switch_off = False
        st.session_state[record_key] = False
    with st.sidebar:
        st.subheader("Camera")
        mirror = st.toggle(
            "Mirror",
            key=at_first("live_mirror", default.mirror),
            help="Shows you as a mirror does. Left and right stay your own.",
        )
        record = recordable and st.toggle(
            "Record",
            key=at_first(record_key, default.record),
            help="Writes the shown pictures, skeletons included, to a file for **Save session**. "
            "Off: no picture is kept.",
        )
        size_wh = st.selectbox(
            "Picture size",
            SIZES,
            key=at_first("live_size", default.size_wh),
            format_func=lambda wh: f"{wh[0]} × {wh[1]}",
            help="Asked of the camera. Larger pictures show people further away, and cost "
            "bandwidth and time.",
        )
        rate = st.select_slider(
            "Pictures per second",
            RATES,
            key=at_first("live_rate", default.rate),
            help="Asked of the camera. More: smoother, at more time for sending them.",
        )
        settings = CameraSettings(size_wh, rate, mirror, record)
        if controller.link.on and controller.link.asked not in (None, settings.constraints()):
            st.caption(":material/refresh: Size and rate take effect with the next **Start**.")
        else:
            st.caption("Size and rate are asked of the camera when it starts.")
    return settings


def stream(controller: LiveController, settings: CameraSettings) -> None:
    """streamlit-webrtc's part: the video, START and STOP. Call it in every run of the page."""
    link = controller.link
    servers = _servers(controller)
    key = f"{controller.name}-camera-{link.tries}"

    def changed() -> None:
        """Before the page runs, in which streamlit-webrtc waits for the connection's end."""
        _follow(controller, settings, st.session_state[key].state)

    _catch_up(key, link)
    try:
        context = webrtc_streamer(
            key=key,
            mode=WebRtcMode.SENDRECV,
            frontend_rtc_configuration=servers.for_browser(),
            server_rtc_configuration=servers.for_server(),
            media_stream_constraints=settings.constraints(),
            video_processor_factory=lambda: Processor(controller),
            async_processing=True,
            sendback_audio=False,
            media_toggle_controls=False,
            on_change=changed,
            video_html_attrs={
                "autoPlay": True,
                "controls": False,
                "muted": True,
                "playsInline": True,
                "style": {"width": "100%", "borderRadius": "0.6rem"},
            },
            translations={
                "start": "Start",
                "stop": "Stop",
                "select_device": "Choose camera",
                "select_camera": "Choose camera",
                "media_api_not_available": "This browser gives no camera to this page.",
                "device_ask_permission": "Allow the camera when your browser asks.",
                "device_not_available": "No camera was found.",
                "device_access_denied": "The camera is not allowed for this page.",
            },
        )
    except Exception as problem:  # its signalling ended: a TURN server that doesn't answer, ...
        _log.warning("A camera's connection could not be prepared: %s", type(problem).__name__)
        link.break_off()
        controller.close_stream()
        st.rerun()
    _follow(controller, settings, context.state)


def _catch_up(key: str, link: Link) -> None:
    """Give streamlit-webrtc what its frame says now.

    It takes that in a callback that looks into the session's state, which Streamlit drops while
    another run waits, for good. And who presses STOP and START while a run takes its time, is heard
    of with the START only: the new offer would be taken for the one that was answered already.
    """
    context = st.session_state.get(key)
    said = st.session_state.get(generate_frontend_component_key(key))
    if context is None or not said:
        return
    offer = said.get("sdpOffer")
    if offer and offer != link.offer:
        link.offer = offer
        _reset_context(context)
    context._set_state(compile_state(said))


def _follow(
    controller: LiveController, settings: CameraSettings, state: WebRtcStreamerState
) -> None:
    """Take what the browser says of the connection."""
    if controller.link.follow(state.playing, state.signalling):
        controller.link.asked = settings.constraints()
    if not controller.link.on:
        controller.close_stream()  # should its end have gone unheard


def _servers(controller: LiveController) -> ice.Ice:
    controller.ice_problem = None
    try:
        servers = ice.configured(_secrets(), os.environ, time.time())
    except InputError as problem:
        controller.ice_problem = str(problem)
        servers = ice.Ice()
    return servers


def _secrets() -> Any:
    """What secrets.toml says under ``webrtc``; None without it."""
    try:
        if st.secrets.load_if_toml_exists():
            return st.secrets.get("webrtc")
        # A file that is broken is passed over like one that isn't there.
        broken = any(Path(path).exists() for path in st.get_option("secrets.files"))
    except (OSError, ValueError):  # it may not be read, or is not UTF-8
        broken = True
    if broken:
        raise InputError(f"{ice.SECRETS} can't be read: it must be a TOML file in UTF-8.")
    return None
