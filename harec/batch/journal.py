"""What is done: one small file a video, put last, and the tables that are made of them.

A record is the one thing that makes a video done; `fold` gathers the records in ``videos.parquet``.
Any number of runs may do so at the same time: each looks again after it has written, so that the
last one has seen all.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, Final

from harec.batch import layout
from harec.batch.store import Store
from harec.batch.tables import FAILURE_SCHEMA, VIDEO_SCHEMA, parquet, rows_of

DONE: Final = "done"
FAILED: Final = "failed"
_TIMES: Final = ("modified", "started", "finished")
#: Small files that are read at the same time: in a bucket each takes a while to come.
_READERS: Final = 16


class Journal:
    """The records of a library.

    Args:
        store: where the library lies.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def has(self, key: str) -> bool:
        """Whether a video is done."""
        return self._store.exists(f"{layout.RECORDS}/{key}.json")

    def record(self, key: str) -> dict[str, Any]:
        """The record of a video that is done. Raises FileNotFoundError."""
        return _read(self._store, f"{layout.RECORDS}/{key}.json")

    def commit(self, row: dict[str, Any], *, again: bool) -> bool:
        """A video is done from now on.

        Args:
            row: of `VIDEO_SCHEMA`; its key names the record.
            again: take the place of an earlier record.

        Returns:
            False where another run was sooner; its record stays.
        """
        try:
            self._store.put(f"{layout.RECORDS}/{row['key']}.json", _text(row), new=not again)
        except FileExistsError:
            return False
        self.forget_failure(row["address"], row["settings_sha256"])
        return True

    def note_copy(self, address: str, stamp: str, settings_sha256: str, key: str) -> None:
        """The contents at this address are those of a video that is done."""
        name = f"{layout.COPIES}/{_place(address, settings_sha256)}.json"
        row = {"address": address, "stamp": stamp, "settings_sha256": settings_sha256, "key": key}
        self._store.put(name, _text(row))
        self.forget_failure(address, settings_sha256)

    def note_failure(self, row: dict[str, Any]) -> None:
        """A video failed; the row has a reason. Raises OSError."""
        place = _place(row["address"], row["settings_sha256"])
        self._store.put(f"{layout.FAILED}/{place}.json", _text(row))

    def forget_failure(self, address: str, settings_sha256: str) -> None:
        """What failed before is done now."""
        self._store.remove(f"{layout.FAILED}/{_place(address, settings_sha256)}.json")

    def failures(self) -> list[dict[str, Any]]:
        """What failed and was not done since."""
        return _read_all(self._store, layout.FAILED, self._store.names(layout.FAILED))

    def copies(self) -> list[dict[str, Any]]:
        """Addresses whose contents are those of another one."""
        return _read_all(self._store, layout.COPIES, self._store.names(layout.COPIES))

    def videos(self) -> list[dict[str, Any]]:
        """The rows of all videos that are done, from the table and the records that it lacks."""
        return self._gather(self._store.names(layout.RECORDS))

    def _gather(self, names: Iterable[str]) -> list[dict[str, Any]]:
        keys = {name.removesuffix(".json") for name in names}
        known = {row["key"]: row for row in self._folded() if row["status"] == DONE}
        lacking = [f"{key}.json" for key in sorted(keys) if key not in known]
        fresh = {row["key"]: row for row in _read_all(self._store, layout.RECORDS, lacking)}
        return [row for key, row in sorted((known | fresh).items()) if key in keys]

    def _folded(self) -> list[dict[str, Any]]:
        try:
            return rows_of(self._store.read(layout.VIDEOS))
        except (FileNotFoundError, ValueError):  # none yet; or damaged: the records make it anew
            return []

    def fold(self, redone: Iterable[dict[str, Any]] = ()) -> tuple[int, int]:
        """Write ``videos.parquet`` and ``failures.parquet``.

        Args:
            redone: rows of this run, which may have taken the place of earlier ones.

        Returns:
            How many videos are done, and how many failed.

        Raises:
            OSError: the system refuses.
        """
        mine = {row["key"]: row for row in redone}
        written: list[str] | None = None
        while written != (written := self._store.names(layout.RECORDS)):
            done = self._gather(written)
            done = [mine.get(row["key"], row) for row in done]
            failed = self.failures()
            rows = [_row(row) for row in (*done, *failed)]
            self._store.put(layout.VIDEOS, parquet(rows, VIDEO_SCHEMA))
            self._store.put(layout.FAILURES, parquet(rows[len(done) :], FAILURE_SCHEMA))
        return len(done), len(failed)


def _place(address: str, settings_sha256: str) -> str:
    return layout.key_of(layout.sha256_of(address), settings_sha256)


def _text(row: dict[str, Any]) -> bytes:
    return json.dumps(row, default=_plain, ensure_ascii=True).encode()


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def _read(store: Store, name: str) -> dict[str, Any]:
    return dict(json.loads(store.read(name)))


def _read_all(store: Store, folder: str, names: list[str]) -> list[dict[str, Any]]:
    def read(name: str) -> dict[str, Any] | None:
        try:
            return _row(_read(store, f"{folder}/{name}"))
        except FileNotFoundError:  # done meanwhile
            return None

    with ThreadPoolExecutor(_READERS) as readers:
        return [row for row in readers.map(read, names) if row is not None]


def _row(row: dict[str, Any]) -> dict[str, Any]:
    """A row of a record, whose times are text, as the table has it."""
    times = {
        name: datetime.fromisoformat(row[name]) for name in _TIMES if isinstance(row.get(name), str)
    }
    stages = row.get("stages_s")
    return row | times | ({"stages_s": [*stages.items()]} if isinstance(stages, dict) else {})
