"""What belongs to one visitor on the Yoga page: photo, practice video, live coach."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.server.jobs import JobQueue
from dashboard.server.published_files import PublicFiles
from dashboard.server.storage import ServerStorage
from dashboard.yoga.photo_job import PhotoJob
from dashboard.yoga.practice_job import PracticeJob

if TYPE_CHECKING:
    from dashboard.yoga.live_controller import CoachController


class Yoga:
    """Made when the visitor first opens the page; what is in it outlives a change of tabs."""

    def __init__(
        self, owner: str, spool: ServerStorage, files: PublicFiles, queue: JobQueue
    ) -> None:
        self.photo = PhotoJob(owner, spool.shelf(), queue)
        self.practice = PracticeJob(owner, spool.shelf(), files, queue)
        self._spool, self._files = spool, files
        self._studio: CoachController | None = None
        self._closed = False

    @property
    def studio(self) -> CoachController:
        """The live coach; made when its tab is first opened."""
        if self._studio is None:
            from dashboard.yoga.live_controller import CoachController

            self._shelf = self._spool.shelf()
            self._studio = CoachController(self._shelf, self._files)
            if self._closed:  # meanwhile
                self._close_studio()
        return self._studio

    def collect(self) -> None:
        """Take over what has ended since the last run of the page."""
        self.photo.collect()
        self.practice.collect()

    def close(self) -> None:
        """The visitor has left; the session cancels the jobs."""
        self._closed = True
        self._close_studio()
        self.photo.close()
        self.practice.close()

    def _close_studio(self) -> None:
        if self._studio is not None:
            self._studio.close()
            self._shelf.clear()
