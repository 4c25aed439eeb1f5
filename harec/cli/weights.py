"""``python -m harec weights download | status | remove``: weights that don't ship with harec."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer

from harec.cli.terminal import Ended, words
from harec.core.errors import InputError, WeightsError
from harec.pose.weights import (
    DETECTRON2,
    OnProgress,
    Transfer,
    WeightsSpec,
    check,
    fetch,
    locate,
    remove,
)
from harec.pose.weights.spec import is_there

app = typer.Typer(help="Fetch, show or remove weights that don't ship with harec.")

WEIGHTS: Final = {DETECTRON2.name: DETECTRON2}

_Name = Annotated[str, typer.Argument(help="Whose weights: detectron2.", show_default=False)]


@app.command()
def download(
    name: _Name,
    url: Annotated[str | None, typer.Option(help="A mirror to download from.")] = None,
    file: Annotated[
        Path | None, typer.Option(help="A file that you have (.pkl or .safetensors).")
    ] = None,
) -> None:
    """Bring the weights here; an interrupted download goes on where it stopped."""
    spec = _spec(name)
    try:
        with _progress_bar() as on_progress:
            stored = fetch(spec, url=url, file=file, on_progress=on_progress)
    except Ended as end:
        end.advice = "; run it again to go on from there"
        raise
    words()(f"{spec.title}'s weights are in {stored}")
    if os.environ.get(spec.environment):
        words()(f"{spec.environment} is set: the file that it names is used instead of them.")


@app.command()
def status() -> None:
    """Say which weights are here, and how to get those that are not."""
    for spec in WEIGHTS.values():
        words()(f"{spec.name}: {_state(spec)}")


@app.command(name="remove")
def remove_weights(
    name: _Name,
    forget: Annotated[
        bool,
        typer.Option("--forget", help="Also forget the SHA-256: others may come in their place."),
    ] = False,
) -> None:
    """Remove the weights and unfinished downloads."""
    spec = _spec(name)
    remove(spec, forget=forget)
    words()(f"{spec.title}'s weights are removed{' and forgotten' if forget else ''}")


def _state(spec: WeightsSpec) -> str:
    """Where the weights are and whether they are sound, in a few lines."""
    used, cached = locate(spec), spec.cached_path
    if used is None and spec.own_file is None and is_there(cached):
        return (
            f"not here yet, but Detectron2's own downloader has left a copy, {cached}; "
            f"`{spec.command()}` takes it without a network."
        )
    if used is None:
        return f"not here. {spec.how_to_get}"
    where = f"{used} ({used.stat().st_size / 1e6:.0f} MB)"
    if used == spec.own_file:
        return f"{where}\n  named by {spec.environment}; it is read and checked when it is needed"
    try:
        record = check(spec)
    except WeightsError as problem:
        return f"{where}\n  {problem}"
    return f"{where}\n  from {record.source}, {record.fetched}\n  SHA-256 {record.file_sha256}"


def _spec(name: str) -> WeightsSpec:
    if name not in WEIGHTS:
        raise InputError(f"There are no weights {name!r}; choose from {', '.join(WEIGHTS)}.")
    return WEIGHTS[name]


@contextmanager
def _progress_bar() -> Iterator[OnProgress | None]:
    """A bar on a terminal; nothing when piped."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn
    from rich.progress import Progress as Bar

    stages = {"download": "Downloading", "check": "Checking"}
    with Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TextColumn("{task.fields[speed]}"),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task("Connecting", total=None, speed="")

        def show(transfer: Transfer) -> None:
            left = "" if transfer.remaining_s is None else f", {transfer.remaining_s:.0f} s left"
            bar.update(
                task,
                description=stages[transfer.stage],
                total=transfer.total_bytes,
                completed=transfer.done_bytes,
                speed=f"{transfer.bytes_per_second / 1e6:.1f} MB/s{left}",
            )

        yield show
