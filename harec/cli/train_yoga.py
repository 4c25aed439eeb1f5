"""``python -m harec train-yoga``: the yoga classifier and its reference angles, from photos."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harec.cli.terminal import words
from harec.core.errors import InputError


def train_yoga(
    photos: Annotated[
        list[Path],
        typer.Argument(
            help="Folders with one folder of photos per asana (OTHER_plank and so on: other yoga).",
            show_default=False,
        ),
    ],
    labels: Annotated[
        Path | None,
        typer.Option(help="What photos show whose folder says something else, as yoga-labels.tsv."),
    ] = None,
    data: Annotated[
        list[Path] | None,
        typer.Option(
            help="Keypoint archive (.npz) of everyday motion; may be given several times."
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option(help="Folder for yoga-asanas.safetensors and yoga-references.json.")
    ] = Path("out/yoga"),
    folds: Annotated[
        int, typer.Option(min=2, help="Photos are dealt into this many folds for the figures.")
    ] = 5,
    networks: Annotated[int, typer.Option(min=1, help="Networks that are averaged.")] = 3,
    steps: Annotated[int, typer.Option(min=1, help="Batches for each network.")] = 1800,
    simulated: Annotated[
        int, typer.Option(min=1, help="Simulated people per kind of everyday motion.")
    ] = 30,
    seed: Annotated[int, typer.Option(help="Of everything random.")] = 0,
) -> None:
    """Train the yoga classifier on photos and print its figures on held-out ones."""
    from harec.training.yoga.train import YogaPlan, train_yoga

    if not data:
        raise InputError("Everyday poses are needed as well: give --data with a keypoint archive.")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"The folder {out} can't be made; choose another place.") from error
    plan = YogaPlan(folds=folds, networks=networks, steps=steps, simulated=simulated, seed=seed)
    say = words()
    say(train_yoga(photos, data, out, plan, say, labels))
