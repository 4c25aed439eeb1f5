"""What works on one video after the other: an actor's body, which knows nothing of Ray."""

from __future__ import annotations

import gc
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal
from uuid import uuid4

from harec.batch.layout import BatchSettings
from harec.batch.sources import Source
from harec.core.threads import VARIABLE, tune_process

#: Of a worker that is at work: then this machine's name, so that no other one takes it away.
_FOLDER: Final = f"harec-batch-{socket.gethostname()}-"


@dataclass(frozen=True)
class Job:
    """A video to do.

    Attributes:
        number: of the job within its run.
        run: a name that no other run has.
        again: also where it is done already (`--overwrite`).
    """

    number: int
    source: Source
    settings: BatchSettings
    run: str
    again: bool = False


@dataclass(frozen=True)
class Outcome:
    """How a job ended.

    Attributes:
        kind: ``done``; ``copy``: its contents were done already; ``busy``: another run or worker
            is at it; ``failed``.
        row: of ``videos.parquet``, as far as it is known; with a reason where it failed.
    """

    kind: Literal["done", "copy", "busy", "failed"]
    row: dict[str, Any] = field(default_factory=dict)


@dataclass
class State:
    """What a worker does now.

    Attributes:
        job: its number; None = it waits.
        phase: ``read`` (bytes of the source), ``analyze`` or ``write``.
        position: bytes or seconds so far, which grow while it is alive.
        duration_s: of the video, once it is known.
        fraction: of the video, 0..1, once it is known.
    """

    job: int | None = None
    phase: str = ""
    position: float = 0.0
    duration_s: float | None = None
    fraction: float | None = None


class Worker:
    """Does jobs; models stay loaded in between.

    Args:
        out: address of the library.
        threads: that the work may use; 0 = as the process would without being told.
        analyzer: see `harec.batch.making.Analyzer`; None = harec's own.
    """

    def __init__(self, out: str, threads: int = 0, analyzer: Any = None) -> None:
        if threads:
            os.environ[VARIABLE] = str(threads)
        tune_process()
        from harec.batch.journal import Journal
        from harec.batch.store import Store

        self._store = Store(out)
        self._journal = Journal(self._store)
        self._analyzer = analyzer
        self._state = State()

    def state(self) -> State:
        """What it does now; may be asked from another thread."""
        return self._state

    def process(self) -> int:
        """The process's number, for tests that end it."""
        return os.getpid()

    def run(self, job: Job) -> Outcome:
        """Do a job. What is wrong with the video or the disk is told in the outcome."""
        from harec.batch.store import plain_reason
        from harec.core.errors import HarecError

        self._state = State(job.number, "read")
        try:
            with self._folder() as folder:
                return self._do(job, folder)
        except HarecError as error:
            return Outcome("failed", failed_row(job, str(error)))
        except OSError as error:
            return Outcome("failed", failed_row(job, f"{plain_reason(error)} ({_place(error)})"))
        except Exception as error:  # the rest goes on
            reason = f"unexpected {type(error).__name__}: {plain_reason(error)}"
            return Outcome("failed", failed_row(job, reason))
        finally:
            self._state = State()
            gc.collect()  # frames in circles of references: a hundred megabytes a video

    @contextmanager
    def _folder(self) -> Iterator[Path]:
        """For what is not finished: on the library's disk, where it is moved without a copy."""
        local = self._store.folder is not None
        parent = self._store.temporary_folder() if local else Path(tempfile.gettempdir())
        _sweep(parent)
        folder = parent / f"{_FOLDER}{os.getpid()}-{uuid4().hex[:8]}"
        folder.mkdir()
        try:
            yield folder
        finally:
            with suppress(OSError):
                shutil.rmtree(folder)

    def _do(self, job: Job, folder: Path) -> Outcome:
        from harec.batch import layout
        from harec.batch.claims import Owner, claimed
        from harec.batch.spool import fetched

        with fetched(job.source, folder, self._read) as source:
            settings_sha256 = job.settings.sha256()
            key = layout.key_of(source.sha256, settings_sha256)
            with claimed(self._store, key, Owner.here(job.run, str(job.number))) as mine:
                if not mine:
                    return Outcome("busy")
                if self._is_done(job, key):
                    address = job.source.address
                    if self._journal.record(key)["address"] != address:
                        self._journal.note_copy(address, source.stamp, settings_sha256, key)
                    return Outcome("copy")
                row = start_row(job) | {
                    "video": layout.name_of(job.source.name, key),
                    "key": key,
                    "sha256": source.sha256,
                    "stamp": source.stamp,
                    "size_bytes": source.size_bytes,
                    "modified": source.modified,
                }
                return self._make(job, row, source.path, folder)

    def _is_done(self, job: Job, key: str) -> bool:
        if not self._journal.has(key):
            return False
        return not job.again or self._journal.record(key).get("run") == job.run

    def _make(self, job: Job, row: dict[str, Any], path: Path, folder: Path) -> Outcome:
        from harec.batch.making import make

        self._state = State(job.number, "analyze")
        started_s = time.perf_counter()
        made = make(
            path,
            row["video"],
            job.source.name,
            job.settings,
            folder,
            self._progress,
            self._analyzer,
        )
        self._state = State(job.number, "write", duration_s=made.row["duration_s"], fraction=1.0)
        for name, contents in made.files.items():
            if isinstance(contents, bytes):
                self._store.put(name, contents)
            else:
                self._store.put_file(name, contents)
        row |= made.row | {"status": "done", "finished": datetime.now(UTC), "run": job.run}
        row["total_s"] = time.perf_counter() - started_s
        if not self._journal.commit(row, again=job.again):
            return Outcome("copy")
        return Outcome("done", row)

    def _read(self, count: int) -> None:
        self._state.position = count

    def _progress(self, progress: Any) -> None:
        state = self._state
        state.position, state.fraction = progress.time_s, progress.fraction
        if progress.fraction and state.duration_s is None:
            state.duration_s = progress.time_s / progress.fraction


def start_row(job: Job) -> dict[str, Any]:
    """The columns of ``videos.parquet`` that are known before the video is read."""
    import json

    import harec

    settings = job.settings
    return {
        "name": job.source.name,
        "address": job.source.address,
        "stamp": job.source.stamp,
        "settings": json.dumps(settings.plain(), sort_keys=True),
        "settings_sha256": settings.sha256(),
        "has_video": settings.video and not settings.yoga,
        "has_keypoints": settings.keypoints,
        "has_thumbnails": settings.thumbnails and not settings.yoga,
        "harec": harec.__version__,
        "started": datetime.now(UTC),
        "attempts": 1,
    }


def failed_row(job: Job, reason: str, attempts: int = 1) -> dict[str, Any]:
    """The row of a video that failed."""
    return start_row(job) | {
        "status": "failed",
        "kind": "yoga" if job.settings.yoga else "actions",
        "reason": reason,
        "attempts": attempts,
        "finished": datetime.now(UTC),
    }


def _sweep(parent: Path) -> None:
    """Remove what processes of this machine left that were ended."""
    from harec.batch.claims import is_running

    for folder in parent.glob(f"{_FOLDER}*"):
        number = folder.name.removeprefix(_FOLDER).partition("-")[0]
        if number.isdecimal() and not is_running(int(number)):
            shutil.rmtree(folder, ignore_errors=True)


def _place(error: OSError) -> str:
    return "in the library" if error.filename is None else Path(str(error.filename)).name
