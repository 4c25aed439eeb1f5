"""Which of the videos are still to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from harec.batch.journal import Journal
from harec.batch.sources import Source


@dataclass(frozen=True)
class Plan:
    """What a run has before it.

    Attributes:
        todo: to do.
        done: done already, under the same settings.
        failed: failed before, and not to be tried again: rows with reasons.
        left: to do, but beyond the limit.
    """

    todo: list[Source]
    done: list[Source]
    failed: list[dict[str, Any]]
    left: int = 0


def make_plan(
    sources: Iterable[Source],
    journal: Journal,
    settings_sha256: str,
    *,
    again: bool = False,
    retry_failed: bool = False,
    limit: int | None = None,
) -> Plan:
    """Compare sources with what is in the library.

    A source is done where its address had the same stamp when it was; it is not read for that.

    Args:
        again: also what is done.
        retry_failed: also what failed and has not changed since.
        limit: at most so many.
    """
    done_rows = [] if again else [*journal.videos(), *journal.copies()]
    done = {_known(row) for row in done_rows if row["settings_sha256"] == settings_sha256}
    failed = {} if retry_failed or again else {_known(row): row for row in journal.failures()}
    plan = Plan([], [], [])
    for source in sources:
        known = (source.address, source.stamp)
        row = failed.get(known)
        if known in done:
            plan.done.append(source)
        elif row is not None and row["settings_sha256"] == settings_sha256:
            plan.failed.append(row)
        else:
            plan.todo.append(source)
    if limit is None or len(plan.todo) <= limit:
        return plan
    return Plan(plan.todo[:limit], plan.done, plan.failed, len(plan.todo) - limit)


def _known(row: dict[str, Any]) -> tuple[str, str]:
    return row["address"], row["stamp"]
