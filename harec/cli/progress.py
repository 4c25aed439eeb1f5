"""How far a command is, as a bar on the terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harec.core.progress import Progress

_STAGES = {
    "load": "Loading models",
    "analyze": "Finding people and actions",
    "render": "Writing the video",
    "done": "Done",
}


@contextmanager
def progress_bar(
    words: Mapping[str, str] | None = None,
) -> Iterator[Callable[[Progress], None] | None]:
    """A bar on a terminal; nothing when piped.

    Args:
        words: what to call a stage, where it isn't as usual.
    """
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    from harec.analysis.tables import short_number

    stages = {**_STAGES, **(words or {})}
    with Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[speed]}"),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task(stages["load"], total=None, speed="")

        def show(progress: Progress) -> None:
            left = "" if progress.remaining_s is None else f", {progress.remaining_s:.0f} s left"
            known = progress.fraction is not None
            bar.update(
                task,
                description=stages[progress.stage],
                total=1.0 if known else None,
                completed=progress.fraction or 0.0,
                speed=f"{short_number(progress.frames_per_second)} frames/s{left}",
            )

        yield show
