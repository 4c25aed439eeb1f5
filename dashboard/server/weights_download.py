"""The download of an engine's weights: one for the whole server, whichever visitor started it.

It has a queue of its own: in the line of analyses it would keep all visitors waiting for a network
that may be slow.
"""

from __future__ import annotations

import threading
from functools import cache

from dashboard.server.jobs import Job, JobQueue, Work
from harec.pose.weights import DETECTRON2, fetch


class WeightsDownload:
    """Fetches in the background. Any thread may call the methods.

    Attributes:
        job: the newest try, None before the first. Its progress are reports of `fetch`.
    """

    def __init__(self, fetch: Work) -> None:
        self.job: Job | None = None
        self._fetch = fetch
        self._queue = JobQueue("harec-weights")
        self._starting = threading.Lock()

    def start(self) -> None:
        """Begin, or begin again, once a cancelled try has let go of the file.

        Nothing happens while it runs already, or when the process ends.
        """
        with self._starting:
            if self.job is None or self.job.ended:
                self.job = self._queue.submit(self._fetch)

    def cancel(self) -> None:
        """Stop; what has come is kept, and the next try continues from there."""
        if self.job is not None:
            self.job.cancel()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until nothing is fetched; False if that didn't come in time."""
        return self._queue.wait(timeout_s)

    def close(self) -> None:
        """The process ends: stop for good. Waits at most 5 s."""
        self._queue.close(wait_s=5)


@cache
def download() -> WeightsDownload:
    """This process's download of Detectron2's weights."""
    return WeightsDownload(
        lambda report, cancel: fetch(DETECTRON2, on_progress=report, cancel=cancel)
    )
