"""One visitor's live session with what belongs to it: connection, recordings, saved files."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import threading
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from dashboard.live.check import CameraCheck
from dashboard.live.link import Link
from dashboard.server.published_files import PublicFiles, file_url
from dashboard.server.storage import VisitorStorage
from dashboard.visitor import PageState, Visitor
from harec.analysis import export
from harec.analysis.result_file import RESULT_ENDING
from harec.analysis.results import AnalysisSettings
from harec.core.errors import Cancelled, HarecError
from harec.core.files import RESERVE_BYTES
from harec.live import LiveSession, LiveState, LiveStream
from harec.live.protocols import Pipeline
from harec.taught.named import Named

DISK_FULL = "The server's disk is full"


@dataclass(frozen=True)
class SavedFile:
    """A file that the visitor can take home."""

    path: Path
    token: str
    text: str
    kind: str

    @property
    def url(self) -> str:
        return file_url(self.token) + "?save"


class LiveController(PageState):
    """Made when a visitor first opens the Live page. Methods are for the script's thread, except
    `open_stream`, `close_stream` and `lose_stream`.

    Attributes:
        live: the session; it outlives the page, the camera and the connection.
        link: the connection of now, or of last time.
        check: what the browser says about its camera.
        saved: what **Save session** wrote last.
        problem: what went wrong with recording or saving: one plain sentence.
        ice_problem: what is wrong with the setting of ICE servers.
        switch_off: the page is to move the switch Record.
        named: which actions are named, from the next frame on.
    """

    #: What files are called, and what keeps the widgets of two pages' controllers apart.
    name: ClassVar = "live"

    def __init__(
        self, storage: VisitorStorage, files: PublicFiles, live: LiveSession[object] | None = None
    ) -> None:
        self.named = Named()
        self.live: LiveSession[object] = (
            LiveSession(pipeline=self._pipeline) if live is None else live
        )
        self.link = Link()
        self.check = CameraCheck()
        self.saved: tuple[SavedFile, ...] = ()
        self.problem: str | None = None
        self.ice_problem: str | None = None
        self.switch_off = False
        self._storage, self._files = storage, files
        self._recordings: list[Path] = []
        self._recording: Path | None = None
        self._record_wanted = False
        self._lock = threading.Lock()
        self._stream: LiveStream[object] | None = None
        self._saved_as, self._saved_to_s = "", 0.0

    def _pipeline(self, settings: AnalysisSettings) -> Pipeline[None]:
        from harec.live.pipeline import LivePipeline  # torch and onnxruntime load in the worker

        return LivePipeline(settings, named=lambda: self.named)

    # The camera

    def open_stream(self) -> LiveStream[object]:
        """A camera starts; an earlier one of this visitor has ended, and so has its pause."""
        self.live.resume()
        with self._lock:
            self._stream = self.live.open()
            return self._stream

    def close_stream(self, stream: LiveStream[object] | None = None) -> None:
        """The camera has ended: the given one, or whichever is open."""
        with self._lock:
            if stream is None:
                stream = self._stream
            if stream is self._stream:
                self._stream = None
        if stream is not None:
            stream.close(wait=False)  # the caller may be the loop of all connections

    def lose_stream(self, stream: LiveStream[object]) -> None:
        """The connection that brought the frames has ended."""
        with self._lock:
            current = stream is self._stream
        if current:  # after STOP, or another START, it is not
            self.link.end()
        self.close_stream(stream)

    # Recording

    def follow_record(self, wanted: bool) -> None:
        """The switch stands like this; a recording that failed begins anew when it is moved."""
        if wanted and not self._record_wanted:
            self._begin()
        elif not wanted and self._recording is not None:
            self._finish()
        self._record_wanted = wanted

    def _begin(self) -> None:
        self.problem = None
        try:
            path = self._storage.new_folder() / "live.mp4"
            if shutil.disk_usage(path.parent).free < RESERVE_BYTES:
                self.problem = f"{DISK_FULL}: nothing is recorded."
                return
            self.live.record(path)
        except Cancelled:
            return
        except HarecError as problem:
            self.problem = str(problem)
            return
        except OSError:
            self.problem = "The recording could not be started on the server."
            return
        self._recording = path

    def _finish(self) -> None:
        path, self._recording = self._recording, None
        length_s = self.live.view().recording_s or 0.0
        self.live.record(None)
        if path is not None and path.is_file():
            self._recordings.append(path)
        elif length_s > 0:
            self.problem = "There is no recording: it could not be written on the server."

    # Saving

    def save(self) -> None:
        """Write everything since the start or the last reset, and end a recording that runs."""
        self.problem = None
        if self._recording is not None:
            self._finish()
        self._withdraw()
        try:
            written = self.write(self._storage.new_folder())
        except Cancelled:
            return
        except HarecError as problem:
            self.problem = str(problem)
            return
        except OSError:
            self.problem = f"The session could not be saved. {DISK_FULL}, or may not be written."
            return
        stem = f"{self.name}-{datetime.now():%Y-%m-%d-%H%M%S}"
        several = len(self._recordings) > 1
        files = [
            self._publish(
                path,
                f"{stem}-{number}.mp4" if several else f"{stem}.mp4",
                "video/mp4",
                f"Recording {number}" if several else "Video",
            )
            for number, path in enumerate(self._recordings, start=1)
        ]
        files += [
            self._publish(path, f"{stem}{path.suffix}", media_type, text)
            for path, media_type, text in written
        ]
        self.saved = tuple(files)
        self._saved_as, self._saved_to_s = secrets.token_hex(4), self.live.view().time_s

    def write(self, folder: Path) -> list[tuple[Path, str, str]]:
        """Write what was seen; returns path, media type and name of each file."""
        analysis = self.live.analysis()
        analysis.save(folder / f"live{RESULT_ENDING}")
        export.write_json(analysis, folder / "live.json")
        export.write_csv(analysis, folder / "live.csv")
        return [
            (folder / f"live{RESULT_ENDING}", "application/zip", "To open in Analyze"),
            (folder / "live.json", "application/json", "Everything"),
            (folder / "live.csv", "text/csv", "Segments"),
        ]

    def reset(self) -> None:
        """Forget people, counts, timeline and what was saved or recorded before.

        A recording that runs is forgotten, too, and a new one begins.
        """
        path, self._recording = self._recording, None
        if path is not None:
            self.live.record(None)  # while one runs, the session's clock would continue
            self._recordings.append(path)
        self.live.reset()
        self._withdraw()
        gone = {recording.parent for recording in self._recordings}
        self._recordings.clear()
        self.problem = None
        for folder in gone:
            shutil.rmtree(folder, ignore_errors=True)
        if path is not None:
            self._begin()

    def close(self) -> None:
        self._withdraw()
        with contextlib.suppress(HarecError):
            self.live.close()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to save or forget yet."""
        view = self.live.view()
        return view.time_s <= 0 and view.state in (LiveState.IDLE, LiveState.WAITING)

    @property
    def saved_as(self) -> str | None:
        """A name of what was saved, as long as it is all there is."""
        on = self.link.on or self.live.view().time_s > self._saved_to_s
        return self._saved_as if self.saved and not on else None

    @property
    def unsaved(self) -> list[str]:
        if self.empty and not self.link.on:
            return []
        return [self.saved_as or self.name]

    def _publish(self, path: Path, name: str, media_type: str, text: str) -> SavedFile:
        token = self._files.publish(path, name, media_type)
        kind = path.suffix.removeprefix(".").removeprefix("harec-").upper()
        return SavedFile(path, token, text, kind)

    def _withdraw(self) -> None:
        for file in self.saved:
            self._files.withdraw(file.token)
            if file.path not in self._recordings:
                shutil.rmtree(file.path.parent, ignore_errors=True)
        self.saved = ()


def live_controller(visitor: Visitor) -> LiveController:
    """A visitor's; see `Visitor.state`."""
    return LiveController(visitor.new_storage(), visitor.files)
