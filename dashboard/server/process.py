"""What belongs to the process: the worker, visitors' files, what the server hands out."""

from __future__ import annotations

from functools import cache

from dashboard.server.jobs import JobQueue
from dashboard.server.published_files import PublicFiles
from dashboard.server.storage import ServerStorage
from dashboard.server.weights_download import download


@cache
def queue() -> JobQueue:
    """This process's worker."""
    return JobQueue()


@cache
def spool() -> ServerStorage:
    """This process's folder for visitors' files."""
    return ServerStorage()


@cache
def files() -> PublicFiles:
    """What this process's server hands out."""
    return PublicFiles()


def shut_down() -> None:
    """Stop the worker and the download, and remove all files; the server ends."""
    download().close()
    queue().close()
    spool().close()
