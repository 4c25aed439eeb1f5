"""Files that a visitor's browser may fetch: an unguessable address each, with Range requests.

`st.video` and `st.download_button` hold a whole file in memory; these are streamed from disk,
and the browser can jump to any place of a long video.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from streamlit import config

from harec.core.errors import HarecError
from harec.render.labels import Face, font_path
from harec.render.timeline import PLOTLY_JS, PLOTLY_JS_VERSION

#: What never changes under its address.
_KEEP: Final = {"Cache-Control": "public, max-age=31536000, immutable"}
_FONTS: Final[dict[str, Face]] = {"dejavu": "dejavu", "dejavu-bold": "dejavu bold"}


@dataclass(frozen=True)
class _Published:
    path: Path
    name: str
    media_type: str
    make: Callable[[Path], None] | None = None


class PublicFiles:
    """Which file is behind which token. Methods may be called from any thread."""

    def __init__(self) -> None:
        self._files: dict[str, _Published] = {}

    def publish(
        self,
        path: Path,
        name: str,
        media_type: str,
        make: Callable[[Path], None] | None = None,
    ) -> str:
        """Make a file readable for all who have the token that is returned.

        Args:
            name: what the browser calls the file when it saves it.
            make: writes the file when it is first asked for, in another thread.
        """
        token = secrets.token_urlsafe(24)
        self._files[token] = _Published(path, name, media_type, make)
        return token

    def withdraw(self, token: str) -> None:
        """The token leads nowhere from now on."""
        self._files.pop(token, None)

    async def respond(self, request: Request) -> Response:
        """Answer ``/harec/files/{token}``; ``?save`` asks the browser to save the file."""
        file = self._files.get(request.path_params["token"])
        if file is not None and file.make is not None and not file.path.is_file():
            try:
                await run_in_threadpool(file.make, file.path)
            except HarecError as problem:
                return PlainTextResponse(str(problem), status_code=422)
        if file is None or not file.path.is_file():
            return PlainTextResponse("There is no such file (any more).", status_code=404)
        return FileResponse(
            file.path,
            media_type=file.media_type,
            filename=file.name,
            content_disposition_type="attachment" if "save" in request.query_params else "inline",
            headers={"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"},
        )


@dataclass(frozen=True)
class Download:
    """A file that a visitor can take home.

    Attributes:
        kind: differs from that of the other files of one result.
        name: what the browser calls the file when it saves it.
        make: writes the file when it is first asked for; None = it is there.
    """

    kind: str
    path: Path
    name: str
    media_type: str
    make: Callable[[Path], None] | None = field(default=None, compare=False)


class Publications:
    """One result's published files; a new file of a kind takes the earlier one's place."""

    def __init__(self, files: PublicFiles) -> None:
        self._files = files
        self._published: dict[str, tuple[Download, str]] = {}

    def publish(self, download: Download) -> str:
        """Returns the file's address; what is published already keeps it."""
        before, token = self._published.get(download.kind, (None, ""))
        if before != download:
            self._files.withdraw(token)
            token = self._files.publish(
                download.path, download.name, download.media_type, download.make
            )
            self._published[download.kind] = download, token
        return file_url(token)

    def withdraw(self) -> None:
        """All addresses lead nowhere from now on."""
        for _, token in self._published.values():
            self._files.withdraw(token)
        self._published.clear()


async def _plotly_js(request: Request) -> Response:
    return FileResponse(PLOTLY_JS, media_type="text/javascript", headers=_KEEP)


async def _font(request: Request) -> Response:
    face = _FONTS.get(request.path_params["name"])
    path = font_path(face) if face else None
    if path is None:
        return PlainTextResponse("There is no such font.", status_code=404)
    return FileResponse(path, media_type="font/ttf", headers=_KEEP)


def font_url(name: str) -> str:
    """Address of a font in which videos are labelled, as `file_url`: dejavu or dejavu-bold."""
    return f"harec/font-{name}.ttf"


def file_url(token: str) -> str:
    """Address of a published file, relative to the pages.

    Nothing here knows where the browser sees this server: a proxy may have put it below a path that
    it takes away again. All pages lie side by side, so all of them find this address, and Streamlit
    brings those with a slash at their end back to the others.
    """
    return f"harec/files/{token}"


def plotly_url() -> str:
    """Address of plotly's script, as `file_url`; it changes with the version, so browsers may
    keep it."""
    return f"harec/plotly-{PLOTLY_JS_VERSION}.min.js"


def routes(files: PublicFiles) -> list[BaseRoute]:
    """The server's own addresses, besides Streamlit's: below the same path."""
    path = config.get_option("server.baseUrlPath").strip("/")
    base = f"/{path}/" if path else "/"
    return [
        Route(base + plotly_url(), _plotly_js),
        Route(base + font_url("{name}"), _font),
        Route(base + file_url("{token}"), files.respond),
    ]
