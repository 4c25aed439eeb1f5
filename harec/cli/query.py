"""The command ``python -m harec query``: one question of all videos of a library."""

from __future__ import annotations

import csv
import json
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from harec.core.errors import InputError

if TYPE_CHECKING:
    from harec.batch.query import Answer

_FORMATS: Final = ("table", "csv", "json")
#: Rows that a table on a terminal shows, where no limit was asked for.
_MOST_ROWS: Final = 200


def query(
    library: Annotated[
        str,
        typer.Argument(help="The library of `harec batch`, or its address.", show_default=False),
    ],
    action: Annotated[
        list[str] | None, typer.Option(help="Only this action; may be given several times.")
    ] = None,
    min_duration: Annotated[
        float | None, typer.Option(min=0, help="Not shorter than this, in seconds.")
    ] = None,
    max_duration: Annotated[
        float | None, typer.Option(min=0, help="Not longer than this, in seconds.")
    ] = None,
    min_confidence: Annotated[
        float | None, typer.Option(min=0, max=1, help="At least so sure.")
    ] = None,
    min_repetitions: Annotated[
        int | None, typer.Option(min=1, help="At least so many repetitions.")
    ] = None,
    name: Annotated[
        str, typer.Option(help="Part of the video's name, or a pattern: 'cam2*'.")
    ] = "",
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Files of this day or later.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Files of this day or earlier.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many rows.")] = None,
    sql: Annotated[
        str | None,
        typer.Option(
            help="A SELECT of your own over videos, segments, holds and moments, in place of the "
            "other options."
        ),
    ] = None,
    output: Annotated[str, typer.Option("--format", help="table, csv or json.")] = "table",
) -> None:
    """Print the moments of LIBRARY that match."""
    from harec.batch.store import require_library

    if output not in _FORMATS:
        raise InputError(f"There is no format {output!r}; choose one of: {', '.join(_FORMATS)}.")
    require_library()
    from harec.batch.query import Answer, Library, MomentFilter

    wanted = MomentFilter(
        actions=[each.strip() for each in action or []],
        min_duration_s=min_duration,
        max_duration_s=max_duration,
        min_confidence=min_confidence,
        min_repetitions=min_repetitions,
        name=name,
        since=None if since is None else since.date(),
        until=None if until is None else until.date(),
    )
    if sql is not None and wanted != MomentFilter(actions=[]):
        raise InputError("--sql takes the place of the other options; leave them out.")
    found = Library(library)
    answer = found.sql(sql) if sql is not None else found.moments(wanted)
    answer = Answer(answer.columns, answer.rows[:limit])
    {"table": _print_table, "csv": _print_csv, "json": _print_json}[output](answer)


def _print_csv(answer: Answer) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(answer.columns)
    writer.writerows(answer.rows)


def _print_json(answer: Answer) -> None:
    """A list with a row a line."""
    lines = (json.dumps(row, default=str, ensure_ascii=False) for row in answer.dicts())
    text = ",\n ".join(lines)
    sys.stdout.write(f"[{text}]\n")


def _print_table(answer: Answer) -> None:
    from rich.console import Console
    from rich.table import Table

    shown = Table(box=None, pad_edge=False)
    for column in answer.columns:
        shown.add_column(column, overflow="fold")
    for row in answer.rows[:_MOST_ROWS]:
        shown.add_row(*map(_cell, row))
    terminal = sys.stdout.isatty()
    console = Console(markup=False, highlight=False, width=None if terminal else 1000)
    console.print(shown)
    rest = max(len(answer.rows) - _MOST_ROWS, 0)
    more = f"; {rest} more: --format csv prints all" if rest else ""
    count = len(answer.rows)
    console.print(f"{count} {'row' if count == 1 else 'rows'}{more}")


def _cell(value: Any) -> str:
    from harec.core.text import readable

    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.2f}"
    return readable(str(value))
