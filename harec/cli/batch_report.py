"""How a batch tells how far it is: lines and bars for people, JSON lines for machines."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from harec.cli.terminal import warn
from harec.core.text import readable

if TYPE_CHECKING:
    from harec.batch.planning import Plan
    from harec.batch.report import Standing, Summary
    from harec.batch.store import Store

#: Failures that the last lines name; the others are in failures.parquet.
_MOST_NAMED: Final = 20
_PHASES: Final = {"": "starting", "read": "reading", "analyze": "", "write": "writing"}


class BatchReport:
    """Lines on standard output; a listener of a run. Nothing between them when piped.

    Args:
        where: address of the library.
    """

    def __init__(self, where: str) -> None:
        self._stream = sys.stdout  # Ray's words take its place while it runs
        self._where = where

    def say(self, text: str) -> None:
        """A line."""
        if self._stream is not None:
            self._stream.write(f"{readable(text)}\n")
            self._stream.flush()

    def begin(self, plan: Plan) -> None:
        """What is to do."""
        words = [f"{len(plan.todo)} to do", f"{len(plan.done)} done already"]
        if plan.failed:
            words.append(f"{len(plan.failed)} failed before (--retry-failed does them again)")
        if plan.left:
            words.append(f"{plan.left} beyond --limit")
        self.say(f"{self._where}: {', '.join(words)}")

    def video_done(self, row: dict[str, Any]) -> None:
        from harec.analysis.tables import clock

        people, segments = row["people"], row["segments"]
        found = f"{people} {'person' if people == 1 else 'people'}, "
        found += f"{segments} {'segment' if segments == 1 else 'segments'}"
        length = clock(row["duration_s"] or 0.0)
        self.say(f"done    {row['name']}  ({length} in {clock(row['total_s'])}; {found})")

    def video_copy(self, name: str, address: str) -> None:
        self.say(f"same    {name}  (its contents are done already)")

    def video_failed(self, row: dict[str, Any]) -> None:
        self.say(f"failed  {row['name']}  {row['reason']}")

    def standing(self, standing: Standing) -> None:
        """How far it is."""

    def note(self, text: str) -> None:
        warn(text)

    def end(self, summary: Summary, plan: Plan) -> int:
        """The last lines. Returns the exit code."""
        failed = [*plan.failed, *summary.failed]
        done = len(summary.done) + summary.copies
        for row in failed[:_MOST_NAMED]:
            warn(f"failed: {row['address']}: {row['reason']}")
        if len(failed) > _MOST_NAMED:
            warn(f"{len(failed) - _MOST_NAMED} more failed: see failures.parquet")
        self.say(f"{self._where}: {done} done, {len(plan.done)} before, {len(failed)} failed")
        return 3 if failed else 0


class JsonReport(BatchReport):
    """An object a line: ``event`` is begin, done, same, failed, progress, note or end."""

    def _put(self, event: str, **values: Any) -> None:
        self.say(json.dumps({"event": event, **values}, default=_plain))

    def begin(self, plan: Plan) -> None:
        self._put(
            "begin",
            library=self._where,
            todo=len(plan.todo),
            done_before=len(plan.done),
            failed_before=len(plan.failed),
            left=plan.left,
        )

    def video_done(self, row: dict[str, Any]) -> None:
        self._put("done", **row)

    def video_copy(self, name: str, address: str) -> None:
        self._put("same", name=name, address=address)

    def video_failed(self, row: dict[str, Any]) -> None:
        names = ("name", "address", "reason", "attempts")
        self._put("failed", **{name: row[name] for name in names})

    def standing(self, standing: Standing) -> None:
        values = vars(standing) | {"running": [vars(each) for each in standing.running]}
        self._put("progress", **values)

    def note(self, text: str) -> None:
        self._put("note", text=text)

    def end(self, summary: Summary, plan: Plan) -> int:
        failed = len(plan.failed) + len(summary.failed)
        self._put(
            "end",
            done=len(summary.done),
            same=summary.copies,
            done_before=len(plan.done),
            failed=failed,
        )
        return 3 if failed else 0


class _BarReport(BatchReport):
    """Lines, and below them a bar for the run and one for each worker."""

    def __init__(self, where: str, bar: Any) -> None:
        super().__init__(where)
        self._bar = bar
        self._all = bar.add_task("Starting workers", total=None)
        self._tasks: dict[int, Any] = {}

    def say(self, text: str) -> None:
        self._bar.console.print(readable(text), markup=False, highlight=False, soft_wrap=True)

    def note(self, text: str) -> None:
        self.say(f"harec: {text}")

    def standing(self, standing: Standing) -> None:
        ended = standing.done + standing.failed
        self._bar.update(
            self._all, description=_words(standing), total=standing.total, completed=ended
        )
        running = {each.worker: each for each in standing.running}
        for worker in [*self._tasks]:
            if worker not in running:
                self._bar.remove_task(self._tasks.pop(worker))
        for worker, busy in running.items():
            if worker not in self._tasks:
                self._tasks[worker] = self._bar.add_task("", total=1.0)
            phase = _PHASES[busy.phase]
            self._bar.update(
                self._tasks[worker],
                description=f"  {worker}: {busy.name[:50]} {phase}".rstrip(),
                total=None if busy.fraction is None else 1.0,
                completed=busy.fraction or 0.0,
            )


def _words(standing: Standing) -> str:
    from harec.analysis.tables import duration_words, short_number

    words = [f"{standing.done} of {standing.total} done"]
    if standing.failed:
        words.append(f"{standing.failed} failed")
    if standing.hours_per_hour is not None:
        words.append(f"{short_number(standing.hours_per_hour)} h of video an hour")
    if standing.remaining_s is not None:
        words.append(f"{duration_words(standing.remaining_s)} left")
    return ", ".join(words)


@contextmanager
def report_for(json_lines: bool, store: Store) -> Iterator[BatchReport]:
    """JSON lines, bars on a terminal, or lines alone."""
    if json_lines:
        yield JsonReport(store.address)
    elif not sys.stderr.isatty():
        yield BatchReport(store.address)
    else:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        columns = (TextColumn("{task.description}", markup=False), BarColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            yield _BarReport(store.address, bar)


def print_plan(plan: Plan, json_lines: bool) -> None:
    """What would be done, a line a video."""
    lines = [
        *(("todo", each.name, each.address, None) for each in plan.todo),
        *(("done", each.name, each.address, None) for each in plan.done),
        *(("failed", row["name"], row["address"], row["reason"]) for row in plan.failed),
    ]
    report = BatchReport("")
    for status, name, address, reason in lines:
        if json_lines:
            values = {"status": status, "name": name, "address": address, "reason": reason}
            report.say(json.dumps(values))
        else:
            report.say(f"{status:<7} {address}{'' if reason is None else f'  {reason}'}")
    if not json_lines:
        report.say(
            f"{len(plan.todo)} to do, {len(plan.done)} done already, {len(plan.failed)} failed "
            f"before, {plan.left} beyond --limit; nothing was done (--dry-run)"
        )


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
