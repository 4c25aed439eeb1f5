"""The embedding's recipe: the one file that says how its weights come to be, and makes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from harec.training.crossval import describe
from harec.training.datasets import Clip, load_archive, simulated_clips
from harec.training.embedding.classes import HeldOutPlan, Split, split_motions
from harec.training.embedding.train import EmbeddingSettings, train_embedding
from harec.training.recipe import Tables, find_archives, parse_recipe


@dataclass(frozen=True)
class EmbeddingRecipe:
    """What the embedding learns from, and how.

    Attributes:
        archives: file name of each keypoint archive -> its SHA-256.
        simulated: simulated clips per action; a third of that per other motion.
        held_out: the motions and people it never sees.
        training: all else.
    """

    archives: Mapping[str, str]
    simulated: int
    held_out: HeldOutPlan
    training: EmbeddingSettings

    def split(self, folder: Path) -> Split:
        """The clips, by what they are for. Raises InputError as `find_archives`."""
        clips: list[Clip] = []
        for path in find_archives(self.archives, folder):
            clips += load_archive(path)
        if self.simulated:
            clips += simulated_clips(self.simulated, seed=self.training.seed)
        return split_motions(clips, self.held_out)


def read_embedding_recipe(path: Path) -> EmbeddingRecipe:
    """Read a recipe, a TOML file; models/action-embedding.toml is one.

    Raises:
        InputError: it is missing, no TOML, or names something that there is not.
    """

    def make(data: Tables, table: Tables) -> EmbeddingRecipe:
        return EmbeddingRecipe(
            archives=dict(data.pop("archives")),
            simulated=int(data.pop("simulated")),
            held_out=HeldOutPlan(**table.pop("held_out", {})),
            training=EmbeddingSettings(**table.pop("training", {})),
        )

    return parse_recipe(path, "models/action-embedding.toml", make)


def run_embedding_recipe(
    recipe: EmbeddingRecipe,
    folder: Path,
    out: Path,
    *,
    resume: bool = False,
    echo: Callable[[str], None] = lambda _: None,
) -> str:
    """Train by a recipe and save.

    Args:
        recipe: what to do.
        folder: where the archives are.
        out: the weights; what ``resume`` goes on from is kept in a folder beside them.
        resume: continue an interrupted run of the same recipe.
        echo: gets lines on what happens.

    Returns:
        What was learnt from, in a line.

    Raises:
        InputError: an archive is missing or another one, or there is nothing to resume.
    """
    split = recipe.split(folder)
    settings = recipe.training
    echo(f"{len(split.learn)} clips to learn from, {len(split.judge)} of other people to judge by")
    train_embedding(
        split,
        out,
        settings,
        resume=resume,
        on_epoch=lambda row: echo(describe(row, settings)),
    )
    return f"{out.name}: held out {len(split.motions)} motions; measure it: benchmarks.few_shot"
