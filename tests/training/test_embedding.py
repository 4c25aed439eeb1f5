"""What the embedding learns from, what it never sees, and its training in small."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import torch

from harec.actions.embedding import MotionEmbedding
from harec.cli.main import _run
from harec.simulate.motion.motion import RATE_HZ, make_motion
from harec.training.datasets import Clip, save_archive
from harec.training.embedding.classes import HeldOutPlan, motion_of, split_motions
from harec.training.embedding.paths import path_axes
from harec.training.embedding.recipe import read_embedding_recipe
from harec.training.embedding.sampler import GestureSampler

MOTIONS = ("SQUAT", "LUNGES", "KNOCKING", "THROWING", "BOXING", "WALKING")
RECIPE = """
[data]
simulated = 0
[data.archives]
"people.npz" = "{digest}"
[held_out]
motions = {{ lab = 2 }}
people = {{ lab = 1 }}
[training]
epochs = {epochs}
steps_per_epoch = 2
batch_size = 16
hidden_size = 8
path_gestures = 64
everyday = 20
"""


@pytest.fixture(scope="module")
def clips() -> list[Clip]:
    """Three people who do six motions, in space; and one of another source."""
    found = []
    for person in range(3):
        for motion in MOTIONS:
            joints = make_motion(motion, 3.0, np.random.default_rng([3, person]))
            name = f"{motion}-{person}"
            found.append(Clip(joints, True, motion, "lab", str(person), name, RATE_HZ))
    away = make_motion("SQUAT", 3.0, np.random.default_rng(9))
    return [*found, Clip(away, True, "SQUAT", "gym", "x", "gym", RATE_HZ)]


def test_motions_and_people_are_held_out_wherever_they_occur(clips) -> None:
    split = split_motions(clips, HeldOutPlan({"lab": 3}, {"lab": 1}, folds=2))
    assert len(split.motions) == 3
    assert not split.motions & {"BOXING", "WALKING"}  # neither one of the six nor everyday
    assert not {motion_of(c.label) for c in split.learn} & split.motions
    (held_person,) = {c.subject for c in split.held["lab"]}
    assert held_person not in {c.subject for c in split.learn if c.source == "lab"}
    assert {motion_of(c.label) for c in split.held["lab"]} == split.motions
    assert {c.label for c in split.everyday} == {"WALKING"}
    assert {c.subject for c in split.judge if c.source == "lab"} == {held_person}


def test_a_batch_holds_several_gestures_of_each_motion(clips) -> None:
    sampler = GestureSampler(clips, per_motion=3)
    gestures, spans_s, motions = sampler.sample(np.random.default_rng(0), 24)
    assert gestures.shape == (24, 32, 17, 3)
    assert np.isfinite(gestures).all()
    assert ((spans_s > 0.1) & (spans_s < 9)).all()
    assert (motions.reshape(8, 3) == motions.reshape(8, 3)[:, :1]).all()


def test_axes_make_small_what_people_of_one_motion_differ_in(clips) -> None:
    sampler = GestureSampler(clips)
    mean, axes = path_axes(*sampler.sample(np.random.default_rng(0), 96), 8)
    assert mean.shape == (32 * 34,)
    assert axes.shape == (32 * 34, 8)
    assert torch.isfinite(axes).all()
    _, few = path_axes(*sampler.sample(np.random.default_rng(0), 4), 8)
    assert (few[:, 4:] == 0).all()  # there are no more


def test_the_recipe_in_the_repository_is_understood() -> None:
    recipe = read_embedding_recipe(Path(__file__).parents[2] / "models" / "action-embedding.toml")
    assert min(recipe.held_out.motions["utd_mhad"] - 8, 0) == 0
    assert recipe.held_out.motions["kinder_gator"] >= 12
    assert all(len(digest) == 64 for digest in recipe.archives.values())


def test_one_command_trains_and_an_interrupted_run_continues(clips, tmp_path, capsys) -> None:
    archive, recipe, out = (tmp_path / n for n in ("people.npz", "r.toml", "out/e.safetensors"))
    save_archive(archive, clips)

    def run(epochs: int, *more: str) -> int:
        digest = sha256(archive.read_bytes()).hexdigest()
        recipe.write_text(RECIPE.format(digest=digest, epochs=epochs))
        chosen = ["--recipe", str(recipe), "--archives", str(tmp_path), "--out", str(out), *more]
        return _run(["train-embedding", *chosen])

    assert run(2) == 0
    assert "held out 2 motions" in capsys.readouterr().out
    whole = MotionEmbedding.load(out)
    assert len(whole.config.held_out.split()) == 2
    assert len(whole.everyday) == 20
    assert run(2, "--resume") == 0  # nothing is left to do
    again = MotionEmbedding.load(out)
    shown = np.random.default_rng(0).uniform(1, 99, (2, 32, 17, 3)).astype(np.float32)
    spans_s = np.ones(2)
    assert (again.embed(shown, spans_s) == whole.embed(shown, spans_s)).all()
    assert run(3, "--resume") == 2
    assert "train without --resume" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[data]", "is not understood"),
        ("[data]\nsimulated=1\narchives={}\n[trainig]\nepochs=1", "trainig"),
        ("[data]\nsimulated=1\narchives={}\n[training]\nepochs=0", "must be 1 or more"),
    ],
)
def test_a_recipe_that_means_nothing_is_told(tmp_path, capsys, text: str, said: str) -> None:
    (tmp_path / "r.toml").write_text(text)
    out = tmp_path / "e.safetensors"
    assert _run(["train-embedding", "--recipe", str(tmp_path / "r.toml"), "--out", str(out)]) == 2
    assert said in capsys.readouterr().err
    assert not out.exists()
