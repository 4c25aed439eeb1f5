"""The download of an engine's weights: one for the whole server, whoever started it.

It has a thread of its own. In the line of analyses it would keep everybody waiting for a network
that may be slow.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from enum import StrEnum
from functools import cache
from typing import Any

from dashboard.server.jobs import UNEXPECTED
from harec.core.errors import Cancelled, HarecError
from harec.pose.weights import DETECTRON2, Transfer, fetch

#: ``fetch(on_progress, cancel)`` raises Cancelled soon after the event is set.
Fetch = Callable[[Callable[[Transfer], None], threading.Event], Any]

_log = logging.getLogger(__name__)


class DownloadState(StrEnum):
    """Where the download stands."""

    IDLE = "idle"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Download:
    """Fetches in a thread. Methods may be called, and attributes read, by any thread.

    Attributes:
        state: a `DownloadState`.
        transfer: the newest report of this try, None before the first.
        error: one plain line, None unless FAILED.
    """

    def __init__(self, fetch: Fetch) -> None:
        self.state = DownloadState.IDLE
        self.transfer: Transfer | None = None
        self.error: str | None = None
        self._fetch = fetch
        self._lock = threading.Lock()
        self._cancel = threading.Event()
        self._thread: threading.Thread | None = None
        self._closed = False

    def start(self) -> None:
        """Begin, or begin again; nothing happens while it runs already."""
        with self._lock:
            if self._closed or self.state is DownloadState.RUNNING:
                return
            before, self._cancel = self._thread, threading.Event()
            self.transfer, self.error = None, None
            self.state = DownloadState.RUNNING
            self._thread = threading.Thread(
                target=self._run, args=(self._cancel, before), name="harec-weights", daemon=True
            )
            self._thread.start()

    def cancel(self) -> None:
        """It is CANCELLED at once, also while its thread still finds its way out."""
        with self._lock:
            if self.state is DownloadState.RUNNING:
                self._cancel.set()
                self.state = DownloadState.CANCELLED

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait for the end of the thread; False if it didn't come in time."""
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join(timeout_s)
        return thread is None or not thread.is_alive()

    def close(self) -> None:
        """The process ends: stop for good. Waits at most 5 s for the thread."""
        with self._lock:
            self._closed = True
        self.cancel()
        self.wait(5)

    def _run(self, cancel: threading.Event, before: threading.Thread | None) -> None:
        if before is not None:
            before.join()  # a cancelled try still holds the file
        state, error = DownloadState.DONE, None
        try:
            self._fetch(lambda transfer: self._report(cancel, transfer), cancel)
        except Cancelled:
            state = DownloadState.CANCELLED
        except HarecError as problem:
            state, error = DownloadState.FAILED, str(problem)
        except Exception:
            _log.exception("A download of weights failed")
            state, error = DownloadState.FAILED, UNEXPECTED
        with self._lock:
            if not cancel.is_set():  # else somebody may have started the next try already
                self.state, self.error = state, error

    def _report(self, cancel: threading.Event, transfer: Transfer) -> None:
        with self._lock:
            if not cancel.is_set():
                self.transfer = transfer


@cache
def download() -> Download:
    """This process's download of Detectron2's weights."""
    return Download(
        lambda on_progress, cancel: fetch(DETECTRON2, on_progress=on_progress, cancel=cancel)
    )
