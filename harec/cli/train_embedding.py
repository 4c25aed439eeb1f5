"""``python -m harec train-embedding``: the motion embedding that actions are taught with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harec.cli.options import check_outputs, training_place
from harec.cli.terminal import words
from harec.core.extras import require
from harec.core.resources import MODELS_DIR


def train_embedding(
    recipe: Annotated[
        Path, typer.Option(help="Recipe (.toml) that says how.", show_default="the shipped one's")
    ] = MODELS_DIR / "action-embedding.toml",
    archives: Annotated[
        Path, typer.Option(help="Folder of the recipe's archives.", show_default="here")
    ] = Path(),
    out: Annotated[Path, typer.Option(help="Weights to write.")] = Path(
        "out/action-embedding.safetensors"
    ),
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the interrupted run of the same --out.")
    ] = False,
) -> None:
    """Train the motion embedding that teach builds on, and write its weights and curves."""
    require("train", "Training", "pytorch_lightning", "torchmetrics", "matplotlib")
    from harec.training.embedding.recipe import read_embedding_recipe, run_embedding_recipe

    training_place(out)
    check_outputs(None, out)
    chosen = read_embedding_recipe(recipe)
    words()(run_embedding_recipe(chosen, archives, out, resume=resume, echo=words()))
