"""What a visitor's browser says about its camera.

streamlit-webrtc says it only within its own frame. An invisible component checks the
browser's permission and devices, listens to the frame asking for the camera, and reports to the
page; it also brings the page's own style into the frame. See ``check.js``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import streamlit as st

_HERE: Final = Path(__file__).parent

_KEY: Final = "camera-check"
_component = st.components.v2.component(
    "harec_camera_check",
    html='<span class="hc-check" hidden></span>',
    js=(_HERE / "check.js").read_text(encoding="utf-8"),
)
_FRAME_CSS: Final = (_HERE / "frame.css").read_text(encoding="utf-8")

PERMISSIONS: Final = ("granted", "denied", "prompt")


@dataclass(frozen=True)
class CameraCheck:
    """The browser's side.

    Attributes:
        reported: whether the browser has said anything yet; the rest holds only then.
        secure: browsers have a camera only on https pages and on localhost.
        permission: granted, denied, prompt, or None where the browser doesn't say.
        cameras: how many there are; None where the browser doesn't say.
        asking: the browser asks the visitor for the camera right now.
        error: name of the ``DOMException`` with which the last START ended, such as
            NotAllowedError; None when it went well.
        lost: the last connection was there and broke off; while it is still open it may come back.
        failed: the last connection never came about.
    """

    reported: bool = False
    secure: bool = True
    permission: str | None = None
    cameras: int | None = None
    asking: bool = False
    error: str | None = None
    lost: bool = False
    failed: bool = False

    @classmethod
    def read(cls, value: object) -> Self:
        """From what the component sent. Whatever is strange counts as not reported."""
        if not isinstance(value, Mapping):
            return cls()
        permission, cameras = value.get("permission"), value.get("cameras")
        error = value.get("error")
        return cls(
            reported=True,
            secure=value.get("secure") is not False,
            permission=permission if permission in PERMISSIONS else None,
            cameras=cameras if type(cameras) is int and 0 <= cameras < 1000 else None,
            asking=value.get("asking") is True,
            error=error[:40] if isinstance(error, str) and error.isidentifier() else None,
            lost=value.get("lost") is True,
            failed=value.get("failed") is True,
        )


def camera_check() -> None:
    """Mount the component; the page runs again with each new answer."""
    _component(
        key=_KEY,
        data={"css": _FRAME_CSS},
        default={"camera": None},
        on_camera_change=lambda: None,
    )


def newest() -> CameraCheck:
    """What the browser said last.

    Looked up, not handed over by a callback: Streamlit drops a callback that looks into the
    session's state while another run waits, and doesn't call it again for the same news.
    """
    return CameraCheck.read((st.session_state.get(_KEY) or {}).get("camera"))
