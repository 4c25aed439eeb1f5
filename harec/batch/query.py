"""Ask a library: its tables in memory, and moments that match, by DuckDB. Nothing is written.

Tables, also for SQL of one's own:

- ``videos``: a row a video that is done, the newest result of each; ``all_videos`` has those under
  other settings, too, and those that failed;
- ``segments``, ``holds``: of ``videos``, with the column ``video``, its NAME;
- ``moments``: both as one table (a hold's asana is its ``action``, its mean score / 100 its
  ``confidence``), with ``name``, ``address`` and ``modified`` of the video.
"""

from __future__ import annotations

import glob
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from harec.batch import layout
from harec.batch.sources import stamp_of
from harec.batch.store import Store
from harec.batch.tables import HOLD_SCHEMA, SEGMENT_SCHEMA, VIDEO_SCHEMA, rows_of
from harec.core.errors import InputError

if TYPE_CHECKING:
    import duckdb

#: Columns of a moment, in the order in which commands print them.
MOMENT_COLUMNS: Final = (
    *("name", "person", "action", "start_s", "end_s", "duration_s", "confidence"),
    *("repetitions", "by", "video", "address"),
)
_READERS: Final = 16
#: No variables of this process in SQL; and nothing is fetched, whatever a statement names.
_CONFIG: Final[dict[str, Any]] = {
    "python_enable_replacements": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
_VIEWS: Final = """
create view videos as select * from all_videos where status = 'done'
  qualify row_number() over (partition by sha256, kind order by finished desc) = 1;
create view segments as select * from all_segments semi join videos using (video);
create view holds as select * from all_holds semi join videos using (video);
create view moments as
  with rows as (
    select video, person, action, start_s, end_s, duration_s, confidence, repetitions, "by"
      from all_segments
    union all
    select video, null, asana || coalesce(' ' || side, ''), start_s, end_s, duration_s,
      mean_score / 100, null, "by" from all_holds)
  select rows.*, name, address, modified from rows join videos using (video);
"""


@dataclass(frozen=True)
class MomentFilter:
    """Which moments are wanted; what is not given matches all.

    Attributes:
        actions: any of these, in whatever case.
        min_duration_s, max_duration_s: of the segment, in seconds.
        min_confidence: 0..1.
        min_repetitions: where they are counted.
        name: part of the video's name, or a pattern with ``*`` and ``?``.
        since, until: days on which the video's file was changed last, both included (UTC).
        videos: NAMEs.
    """

    actions: Sequence[str] = ()
    min_duration_s: float | None = None
    max_duration_s: float | None = None
    min_confidence: float | None = None
    min_repetitions: int | None = None
    name: str = ""
    since: date | None = None
    until: date | None = None
    videos: Sequence[str] = ()

    def where(self) -> tuple[str, dict[str, Any]]:
        """The condition in SQL, and its parameters."""
        pattern = self.name if any(c in self.name for c in "*?") else f"*{self.name}*"
        tests = [
            (
                "list_contains($actions, lower(action))",
                "actions",
                [a.lower() for a in self.actions],
            ),
            ("duration_s >= $shortest", "shortest", self.min_duration_s),
            ("duration_s <= $longest", "longest", self.max_duration_s),
            ("confidence >= $sure", "sure", self.min_confidence),
            ("repetitions >= $often", "often", self.min_repetitions),
            ("lower(name) glob $name", "name", self.name and pattern.lower()),
            ("modified::date >= $since", "since", self.since),
            ("modified::date <= $until", "until", self.until),
            ("list_contains($videos, video)", "videos", [*self.videos]),
        ]
        used = [test for test in tests if test[2] not in (None, "", [])]
        return " and ".join(sql for sql, _, _ in used) or "true", {k: v for _, k, v in used}


@dataclass(frozen=True)
class Answer:
    """Rows of an answer.

    Attributes:
        columns: their names.
        rows: a value for each column.
    """

    columns: list[str]
    rows: list[tuple[Any, ...]]

    def dicts(self) -> list[dict[str, Any]]:
        """The rows by names of columns."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


class Library:
    """A library that was read, to be asked any number of times from any thread.

    Args:
        address: its folder, or ``s3://bucket/prefix``.

    Attributes:
        store: its files.

    Raises:
        InputError: there is no library.
    """

    def __init__(self, address: str) -> None:
        self.store = Store(address)
        self._lock = threading.Lock()
        self._connection, self._stamp = self._load(), self.stamp()

    def stamp(self) -> str:
        """Differs once the library has changed. Raises InputError: it is gone."""
        try:
            self.store.filesystem.invalidate_cache()
            return stamp_of(self.store.filesystem.info(self.store.path(layout.VIDEOS)))
        except OSError:
            raise self._missing() from None

    def refresh(self) -> bool:
        """Read it again if it has changed. Returns whether it had."""
        with self._lock:
            stamp = self.stamp()
            if stamp == self._stamp:
                return False
            self._connection, self._stamp = self._load(), stamp
            return True

    def _missing(self) -> InputError:
        return InputError(
            f"There is no library at {self.store.address}: make one with `harec batch`."
        )

    def _load(self) -> duckdb.DuckDBPyConnection:
        import duckdb

        try:
            videos = rows_of(self.store.read(layout.VIDEOS))
        except (OSError, pa.ArrowInvalid):
            raise self._missing() from None
        connection = duckdb.connect(":memory:", config=_CONFIG)
        table = pa.Table.from_pylist(videos, schema=VIDEO_SCHEMA)
        connection.register("given", table)
        connection.execute("create table all_videos as select * from given")
        connection.unregister("given")
        done = [row for row in videos if row["status"] == "done"]
        for name, folder, kind, schema in (
            ("all_segments", layout.SEGMENTS, "actions", SEGMENT_SCHEMA),
            ("all_holds", layout.HOLDS, "yoga", HOLD_SCHEMA),
        ):
            names = [row["video"] for row in done if row["kind"] == kind]
            self._load_rows(connection, name, folder, names, schema)
        connection.execute(_VIEWS)
        connection.execute("set enable_external_access = false; set lock_configuration = true")
        return connection

    def _load_rows(
        self,
        connection: duckdb.DuckDBPyConnection,
        table: str,
        folder: str,
        names: list[str],
        schema: pa.Schema,
    ) -> None:
        there = {text.removeprefix("video=") for text in self.store.names(folder)} & {*names}
        paths = [layout.rows_path(folder, name) for name in sorted(there)]
        if self.store.folder is not None and paths:
            files = [glob.escape(self.store.path(path)) for path in paths]
            connection.execute(
                f"create table {table} as from read_parquet($files, hive_partitioning = true, "
                "hive_types = {'video': varchar})",
                {"files": files},
            )
            return
        with ThreadPoolExecutor(_READERS) as readers:
            found = [*readers.map(self.store.read, paths)]
        columns = schema.append(pa.field("video", pa.string()))
        rows = [
            {**row, "video": name}
            for name, data in zip(sorted(there), found, strict=True)
            for row in rows_of(data)
        ]
        connection.register("given", pa.Table.from_pylist(rows, schema=columns))
        connection.execute(f"create table {table} as select * from given")
        connection.unregister("given")

    def ask(self, sql: str, parameters: dict[str, Any] | None = None) -> Answer:
        """The answer to a statement of harec's own."""
        cursor = self._connection.cursor().execute(sql, parameters or {})
        return Answer([column[0] for column in cursor.description or ()], cursor.fetchall())

    def sql(self, text: str) -> Answer:
        """The answer to a statement of a user's: one that reads.

        Raises:
            InputError: it is none, or there are several.
        """
        import duckdb

        try:
            statements = duckdb.extract_statements(text)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise InputError("Only one statement that reads is run, such as a SELECT.")
            return self.ask(text)
        except duckdb.Error as error:
            raise InputError(f"DuckDB says: {' '.join(str(error).split())[:500]}") from None

    def moments(
        self, wanted: MomentFilter | None = None, limit: int | None = None, offset: int = 0
    ) -> Answer:
        """Moments that match, by video's name and time; columns: `MOMENT_COLUMNS`."""
        where, parameters = (wanted or MomentFilter()).where()
        columns = ", ".join(f'"{column}"' for column in MOMENT_COLUMNS)
        most = "" if limit is None else f"limit {int(limit)}"
        return self.ask(
            f"select {columns} from moments where {where} "
            f"order by name, video, start_s, person {most} offset {int(offset)}",
            parameters,
        )
