"""One visitor: what they chose, what runs for them, what came out. Nothing is shared.

The queue, the spool and the published files belong to the process; each visitor's part of them
goes away when the visitor has been gone for `GRACE_S`.

The engine (torch, onnxruntime) is imported where it is used, which is first in the worker: the
first page doesn't wait for it.
"""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.analyze.job import Outcome, Source, keep_partial
from dashboard.server.jobs import (
    Job,
    Work,
)
from dashboard.server.process import files, queue, spool
from dashboard.server.published_files import file_url
from harec.analysis.results import AnalysisSettings

if TYPE_CHECKING:
    from dashboard.live.controller import LiveController
    from dashboard.yoga.state import Yoga
    from harec.live import LiveSession

#: A browser may lose its connection for this long (a phone in a lift) and find everything again.
GRACE_S = float(os.environ.get("HAREC_SESSION_GRACE_S", "60"))


class Session:
    """One visitor's part of the process. Used by the script's thread; jobs only read."""

    def __init__(self) -> None:
        self.owner = secrets.token_hex(8)
        self.shelf = spool().shelf()
        self.source: Source | None = None
        self.outcome: Outcome | None = None
        self.job: Job | None = None
        self.redraw: Job | None = None
        self.problem: str | None = None
        self.closed = False
        self._tokens: dict[str, str] = {}
        #: Streamlit's name for the browser's tab; it outlives a lost connection.
        self.browser: str | None = None
        self._studio: LiveController | None = None
        self._yoga: Yoga | None = None
        self._timing = threading.Lock()
        self._timer: threading.Timer | None = None
        self._seen_s = 0.0  # on the monotonic clock

    def arrive(self) -> None:
        """The visitor's browser has asked for the page (again)."""
        with self._timing:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

    def leave(self) -> None:
        """The connection is gone; so is everything else, unless it comes back in time."""
        self._seen_s = time.monotonic()
        self._look_later()

    def _look_later(self) -> None:
        with self._timing:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = threading.Timer(GRACE_S, self._look)
            self._timer.daemon = True
            self._timer.start()

    def _look(self) -> None:
        """A page at rest that connects again runs no script, so nobody has called `arrive`; and
        its next loss of connection will not be told either."""
        now_s = time.monotonic()
        if _connected(self.browser):
            self._seen_s = now_s
        elif now_s - self._seen_s >= GRACE_S:
            self.close()
            return
        self._look_later()

    @property
    def studio(self) -> LiveController:
        """The visitor's live session with all that belongs to it."""
        if self._studio is None:
            from dashboard.live.controller import LiveController

            self._studio = LiveController(self.shelf, files())
            if self.closed:  # meanwhile
                self._studio.close()
        return self._studio

    @property
    def live(self) -> LiveSession:
        """The visitor's live session."""
        return self.studio.live

    @property
    def yoga(self) -> Yoga:
        """What belongs to the visitor on the Yoga page."""
        if self._yoga is None:
            from dashboard.yoga.state import Yoga

            self._yoga = Yoga(self.owner, spool(), files(), queue())
            if self.closed:  # meanwhile
                self._yoga.close()
        return self._yoga

    def close(self) -> None:
        """Stop the visitor's jobs and camera, and remove the visitor's files."""
        self.closed = True
        for part in (self._studio, self._yoga):
            if part is not None:
                part.close()
        queue().forget(self.owner)
        for token in self._tokens.values():
            files().withdraw(token)
        self.shelf.clear()

    def analyze(self, settings: AnalysisSettings) -> None:
        """Put the chosen video in line, instead of what is there of this visitor's."""
        assert self.source is not None
        source, out = self.source, self.shelf.new_folder() / "annotated.mp4"

        def work(report: Callable[[Any], None], cancel: threading.Event) -> Outcome:
            from harec.render import pipeline

            result = pipeline.analyze_and_render(
                source.path,
                settings,
                name=source.name,
                video_out=out,
                on_progress=keep_partial(report),
                cancel=cancel,
            )
            return Outcome(source, result, result, out.parent, out, settings)

        self.problem = None
        self.job = self._submit(work)

    def redraw_video(self) -> None:
        """Draw the labels that the page shows now, in the worker; see `analyze`."""
        outcome = self.outcome
        assert outcome is not None
        shown, out = outcome.shown, self.shelf.new_folder() / "annotated.mp4"

        def work(report: Callable[[Any], None], cancel: threading.Event) -> Path:
            from harec.render import annotated_video

            annotated_video.render_video(
                shown, outcome.source.path, out, on_progress=report, cancel=cancel
            )
            return out

        self.redraw = self._submit(work)
        self.redraw_settings = shown.settings

    def _submit(self, work: Work) -> Job:
        """The page shows one job of a visitor; a second one would go on unseen."""
        for before in (self.job, self.redraw):
            if before is not None:
                before.cancel()
        return queue().submit(work, self.owner)

    def collect(self) -> None:
        """Take over what has ended since the last run of the page."""
        job, redraw = self.job, self.redraw
        if job is not None and job.ended:
            self.job = None
            self.problem = job.error
            if job.result is not None:
                self.redraw = redraw = None
                self.outcome = job.result
                self._publish_all()
        if redraw is not None and redraw.ended and self.redraw is redraw:
            self.redraw = None
            self.problem = self.problem or redraw.error
            if redraw.result is not None and self.outcome is not None:
                self.outcome.video = redraw.result
                self.outcome.drawn = self.redraw_settings
                self._publish_video()
        if job is None and redraw is None:
            self.tidy()

    def relabel(self, settings: AnalysisSettings) -> None:
        """Show the outcome under other thresholds; nothing happens if it shows them already."""
        outcome = self.outcome
        assert outcome is not None
        if settings == outcome.shown.settings:
            return
        from harec.analysis import analyze as engine

        if engine.same_people(settings, outcome.shown.settings):  # milliseconds
            outcome.shown = engine.relabel(outcome.shown, settings)
        else:
            with st.spinner("Following people anew …"):
                outcome.shown = engine.relabel(outcome.base, settings)
        outcome.version = secrets.token_hex(4)
        outcome.cache.clear()
        self._write_exports()

    def tidy(self) -> None:
        """Remove files that nothing needs any more; only while no job of ours is in line."""
        used = [self.source.path] if self.source else []
        used += self._studio.paths if self._studio else []
        if self.outcome:
            outcome = self.outcome
            used += [outcome.source.path, outcome.video, outcome.folder / "result.json"]
        self.shelf.keep_only(used)

    def _publish_all(self) -> None:
        self._publish_video()
        outcome = self.outcome
        assert outcome is not None
        self._write_exports()
        folder, stem = outcome.folder, Path(outcome.source.name).stem
        self._publish("json", folder / "result.json", f"{stem}.json", "application/json")
        self._publish("csv", folder / "result.csv", f"{stem}.csv", "text/csv")

    def _publish_video(self) -> None:
        assert self.outcome is not None
        name = f"{Path(self.outcome.source.name).stem}-annotated.mp4"
        self._publish("video", self.outcome.video, name, "video/mp4")

    def _write_exports(self) -> None:
        from harec.analysis import export

        assert self.outcome is not None
        outcome = self.outcome
        export.write_json(outcome.shown, outcome.folder / "result.json")
        export.write_csv(outcome.shown, outcome.folder / "result.csv")

    def _publish(self, kind: str, path: Path, name: str, media_type: str) -> None:
        assert self.outcome is not None
        files().withdraw(self._tokens.get(kind, ""))
        self._tokens[kind] = files().publish(path, name, media_type)
        self.outcome.urls[kind] = file_url(self._tokens[kind])


def _connected(browser: str | None) -> bool:
    """Whether a browser's tab has a connection to this server right now."""
    if browser is None or not st.runtime.exists():
        return False
    return st.runtime.get_instance().is_active_session(browser)


def current() -> Session:
    """The visitor whose script runs."""
    session = st.session_state.get("session")
    if session is None or session.closed:
        session = st.session_state["session"] = Session()
    context = get_script_run_ctx()
    session.browser = context.session_id if context is not None else None
    _presence(session.owner, session)
    return session


@st.cache_resource(scope="session", show_spinner=False, on_release=Session.leave)
def _presence(owner: str, _session: Session) -> Session:
    """Streamlit drops this entry when the browser's connection ends, and so tells us."""
    _session.arrive()
    return _session
