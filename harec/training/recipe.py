"""A recipe: the one file that says how weights come to be, and makes them."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from harec.core.errors import InputError
from harec.core.files import atomic_write
from harec.training.datasets import save_archive
from harec.training.filming import Filmed, filmed_clips
from harec.training.run import TrainPlan, run_training
from harec.training.sampling import SamplingWeights
from harec.training.train import TrainSettings

Tables = dict[str, Any]
RecipeT = TypeVar("RecipeT")


@dataclass(frozen=True)
class Recipe:
    """What a training learns from, and how.

    Attributes:
        archives: file name of each keypoint archive -> its SHA-256.
        simulated: simulated clips per action; a third of that per negative.
        folds: hands that each source's people are dealt into, for the figures.
        filmed: simulated people filmed and found again; None = none.
        sampling: what share of the windows comes from where.
        training: all else.
    """

    archives: Mapping[str, str]
    simulated: int
    folds: int
    filmed: Filmed | None
    sampling: SamplingWeights
    training: TrainSettings


def find_archives(archives: Mapping[str, str], folder: Path) -> list[Path]:
    """A recipe's archives.

    Args:
        archives: file name -> its SHA-256.

    Raises:
        InputError: one is missing, or another one than the recipe's.
    """
    paths = [folder / name for name in archives]
    for path, digest in zip(paths, archives.values(), strict=True):
        if not path.is_file():
            raise InputError(f"The recipe learns from {path.name}, which {folder} does not have.")
        if sha256(path.read_bytes()).hexdigest() != digest:
            raise InputError(
                f"{path} is another file than the recipe's {path.name} (its SHA-256 differs): "
                "write a recipe of your own with its SHA-256."
            )
    return paths


def parse_recipe(path: Path, example: str, make: Callable[[Tables, Tables], RecipeT]) -> RecipeT:
    """Read a recipe of any kind.

    Args:
        example: the recipe to compare with, for who wrote a wrong one.
        make: takes what it knows out of the table ``data`` and of the others.

    Raises:
        InputError: it is missing, no TOML, or names something that there is not.
    """
    table = _read_toml(path)
    try:
        data = dict(table.pop("data"))
        recipe = make(data, table)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"The recipe {path.name} is not understood ({error}); compare {example}."
        ) from error
    for rest in (*table, *data):
        raise InputError(f"The recipe {path.name} says {rest!r}, which means nothing.")
    return recipe


def _read_toml(path: Path) -> Tables:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"The recipe {path} can't be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"The recipe {path.name} is no TOML: {error}.") from error


def read_recipe(path: Path) -> Recipe:
    """Read a recipe, a TOML file; models/action-lstm.toml is one.

    Raises:
        InputError: it is missing, no TOML, or names something that there is not.
    """

    def make(data: Tables, table: Tables) -> Recipe:
        filmed = table.pop("filmed", None)
        return Recipe(
            archives=dict(data.pop("archives")),
            simulated=int(data.pop("simulated")),
            folds=int(data.pop("folds")),
            filmed=None if filmed is None else Filmed(**filmed),
            sampling=SamplingWeights(**table.pop("sampling", {})),
            training=TrainSettings(**table.pop("training", {})),
        )

    return parse_recipe(path, "models/action-lstm.toml", make)


def run_recipe(
    recipe: Recipe,
    folder: Path,
    out: Path,
    *,
    resume: bool = False,
    echo: Callable[[str], None] = lambda _: None,
) -> str:
    """Film, hold out each fold in turn, train on everybody, calibrate, save.

    Args:
        recipe: what to do.
        folder: where the archives are.
        out: the weights; all else is kept in a folder beside them, from which ``resume`` goes on.
        resume: continue an interrupted run of the same recipe.
        echo: gets lines on what happens.

    Returns:
        The report on people that were held out.

    Raises:
        InputError: an archive is missing, or another one than the recipe's.
    """
    paths = find_archives(recipe.archives, folder)
    if recipe.filmed is not None:
        kept = out.with_name(f"{out.stem}-filmed.npz")
        if not (resume and kept.is_file()):
            clips = filmed_clips(recipe.filmed, echo)
            with atomic_write(kept) as temporary:
                save_archive(temporary, clips)
        paths.append(kept)
    plan = TrainPlan(
        tuple(paths),
        simulated=recipe.simulated,
        folds=recipe.folds,
        cross_validate=True,
        weights=recipe.sampling,
    )
    return run_training(plan, recipe.training, out, resume=resume, echo=echo)
