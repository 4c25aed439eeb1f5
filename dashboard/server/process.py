"""What belongs to the process: the worker, visitors' files, what the server hands out."""

from __future__ import annotations

from functools import cache

from dashboard.server.jobs import JobQueue
from dashboard.server.published_files import PublicFiles
from dashboard.server.storage import ServerStorage
from dashboard.server.warmup import warm_up
from dashboard.server.weights_download import download


@cache
def queue() -> JobQueue:
    """This process's worker."""
    return JobQueue()


@cache
def teaching() -> JobQueue:
    """Trains visitors' own actions, each in a moment, whatever the worker is at."""
    return JobQueue("harec-teaching")


@cache
def storage() -> ServerStorage:
    """This process's folder for visitors' files."""
    return ServerStorage()


@cache
def files() -> PublicFiles:
    """What this process's server hands out."""
    return PublicFiles()


def shut_down() -> None:
    """Stop all that works in the background, and remove all files; the server ends."""
    warm_up().close()
    download().close()
    queue().close()
    teaching().close()
    storage().close()
