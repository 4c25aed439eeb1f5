"""What to say to a visitor at a moment of the Live page: one thing, with what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dashboard.live.check import CameraCheck
from dashboard.live.link import SLOW_S, Link
from dashboard.text import plain
from harec.live import LiveState, LiveView

PRIVACY: Final = "Pictures go to this server only, and nothing is kept unless **Record** is on."
#: So long without a frame, and the camera has gone.
SILENT_S: Final = 2.0
_ALLOW: Final = (
    "Click the camera or settings symbol beside the page's address, allow the camera, then press "
    "**Start** again. On a phone, also look at the browser's own permissions."
)


@dataclass(frozen=True)
class Notice:
    """What to say.

    Attributes:
        kind: info, warning or error.
        icon: name of a Material symbol.
        text: Markdown.
        turn: whether to offer the instructions for a TURN server.
        retry: whether to offer to try again.
    """

    kind: str
    icon: str
    text: str
    turn: bool = False
    retry: bool = False


def notice(
    view: LiveView[object],
    link: Link,
    check: CameraCheck,
    missing: str | None = None,
    privacy: str = PRIVACY,
) -> Notice | None:
    """The most important thing to say now; None when everything runs.

    Args:
        missing: why the chosen pose engine can't run, where that is known.
        privacy: what becomes of the camera's pictures.
    """
    if not link.on:
        return _camera(check) or _before(link, check, privacy)
    if not link.playing:
        return _connecting(link)
    if view.state is LiveState.FAILED:
        problem = plain(view.problem or "Something went wrong.")
        if missing is not None:
            problem = (
                f"{missing} See **Pose model** in the sidebar, or choose another engine there."
            )
        return Notice("error", "error", problem, retry=True)
    if view.state in (LiveState.IDLE, LiveState.WAITING):
        if link.connected_s > SLOW_S:
            return Notice(
                "warning",
                "no_photography",
                "The camera is connected, but no picture arrives. Is it covered by a switch, or "
                "used by another program? Press **Stop**, then **Start**.",
            )
        return Notice("info", "videocam", "Connected. The first picture is on its way …")
    if view.silent_s > SILENT_S and check.lost:
        return Notice(
            "warning",
            "wifi_off",
            "The connection between this browser and the server is interrupted. What was seen is "
            "kept, and it goes on by itself as soon as they reach each other again.",
        )
    if view.silent_s > SILENT_S:
        return Notice(
            "warning",
            "no_photography",
            "No pictures arrive any more. Is the camera still plugged in? Press **Stop**, then "
            "**Start**.",
        )
    if view.state is LiveState.LOADING:
        return Notice("info", "hourglass_top", "Loading the models: the first time takes a moment.")
    if view.state is LiveState.PAUSED:
        return Notice(
            "info", "pause_circle", "Paused: nobody is looked for, and the clock stands still."
        )
    return None


def _camera(check: CameraCheck) -> Notice | None:
    """What keeps the browser from giving its camera."""
    if not check.reported:
        return None
    if not check.secure:
        return Notice(
            "error",
            "lock_open",
            "Browsers give no camera to a page that comes over plain http from another machine. "
            "Open this page over **https**, or on the server itself as **http://localhost**.",
        )
    if check.asking:
        return Notice(
            "info",
            "touch_app",
            "Your browser asks whether it may use the camera: choose **Allow**.",
        )
    if check.error in ("NotAllowedError", "SecurityError", "PermissionDeniedError"):
        return Notice("error", "videocam_off", f"The camera was not allowed. {_ALLOW}")
    if check.error in ("NotReadableError", "TrackStartError", "AbortError"):
        return Notice(
            "error",
            "videocam_off",
            "The camera could not be started: another program may be using it. Close that program "
            "(a video call, perhaps), then press **Start** again.",
        )
    if check.error is None and check.permission == "denied":
        return Notice(
            "warning", "videocam_off", f"The camera is not allowed for this page. {_ALLOW}"
        )
    if check.cameras == 0 or check.error in ("NotFoundError", "DevicesNotFoundError"):
        return Notice(
            "warning",
            "videocam_off",
            "No camera was found. Plug one in, or switch it on; this page notices by itself.",
        )
    if check.error is not None:
        return Notice(
            "error",
            "videocam_off",
            f"The browser could not start the camera ({check.error}). Choose another camera or "
            "picture size, then press **Start** again.",
        )
    return None


def _before(link: Link, check: CameraCheck, privacy: str) -> Notice:
    if link.failed or check.failed:
        return Notice(
            "error",
            "wifi_off",
            "The connection to this server did not come about. A firewall between you and the "
            "server may be in the way; a TURN server leads around it. Press **Start** to try "
            "again.",
            turn=True,
        )
    if link.lost or check.lost:
        return Notice(
            "warning",
            "wifi_off",
            "The connection between this browser and the server was lost. What was seen is kept. "
            "Press **Start** again; if it happens often, choose a smaller picture or fewer "
            "pictures a second.",
        )
    return Notice(
        "info",
        "videocam",
        f"Press **Start**, allow the camera, and step back until it sees most of you. {privacy}",
    )


def _connecting(link: Link) -> Notice:
    if (link.connecting_s or 0.0) > SLOW_S:
        return Notice(
            "warning",
            "network_check",
            "Connecting takes long. Networks with a firewall between you and the server need a "
            "**TURN server**, which whoever runs this server can set.",
            turn=True,
        )
    return Notice("info", "network_check", "Connecting …")
