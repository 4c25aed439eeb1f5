"""One file says how weights came to be, and makes them."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from harec.actions.model import ActionModel
from harec.cli import main as cli
from harec.core.errors import InputError
from harec.training import filming
from harec.training.filming import Filmed, filmed_clips
from harec.training.recipe import read_recipe, run_recipe
from harec.training.sampling import SamplingWeights

RECIPE = """
[data]
simulated = 0
folds = 2
[data.archives]
"people.npz" = "{digest}"
[sampling]
other = 0.5
[training]
epochs = 1
steps_per_epoch = 1
batch_size = 8
hidden_size = 8
"""


@pytest.fixture
def recipe(tmp_path, make_archive) -> Path:
    archive = make_archive(tmp_path / "people.npz", people=4)
    path = tmp_path / "recipe.toml"
    path.write_text(RECIPE.format(digest=sha256(archive.read_bytes()).hexdigest()))
    return path


def test_the_one_in_the_repository_is_understood() -> None:
    recipe = read_recipe(Path(__file__).parents[2] / "models" / "action-lstm.toml")
    assert recipe.training.pooling == "mean and last"
    assert all(len(digest) == 64 for digest in recipe.archives.values())


def test_one_command_makes_weights_that_go_with_it(recipe, tmp_path, capsys) -> None:
    out = tmp_path / "out" / "m.safetensors"
    cli.app(
        ["train", "--recipe", str(recipe), "--archives", str(tmp_path), "--out", str(out)],
        standalone_mode=False,
    )
    assert "clips 24," in capsys.readouterr().out  # 4 people x 6 actions, each judged once
    model = ActionModel.load(out)
    assert (model.config.hidden_size, model.config.held_out) == (8, "nobody")
    read = read_recipe(recipe)
    assert (read.sampling, read.filmed) == (SamplingWeights(other=0.5), None)


@pytest.mark.long
def test_filmed_people_are_learnt_from_and_filmed_once(recipe, tmp_path, monkeypatch) -> None:
    asked: list[Filmed] = []

    def film(plan, echo):
        asked.append(plan)
        return filmed_clips(plan, echo)

    monkeypatch.setattr(filming, "MOTIONS", ("JUMPING_JACKS", "SEATED_DESK"))
    monkeypatch.setattr("harec.training.recipe.filmed_clips", film)
    plan = replace(read_recipe(recipe), filmed=Filmed(1, 1))
    out, said = tmp_path / "m.safetensors", []
    first = run_recipe(plan, tmp_path, out, echo=said.append)
    assert asked == [Filmed(1, 1)]
    assert "everybody: 26 clips to learn from" in said
    assert run_recipe(plan, tmp_path, out, resume=True) == first
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("simulated = 0", ""), "simulated"),
        (("other = 0.5", "others = 0.5"), "others"),
        (("folds = 2", "folds = 2\nfold = 1"), "'fold', which means nothing"),
        (("[sampling]", "[sampling"), "no TOML"),
        (("epochs = 1", "epochs = 0"), "1 or more"),
    ],
)
def test_what_is_wrong_is_told(recipe, change, told) -> None:
    recipe.write_text(recipe.read_text().replace(*change))
    with pytest.raises(InputError, match=told):
        read_recipe(recipe)


def test_other_data_is_told(recipe, tmp_path, make_archive) -> None:
    plan = read_recipe(recipe)
    make_archive(tmp_path / "people.npz", people=3)
    with pytest.raises(InputError, match="another file than the recipe's"):
        run_recipe(plan, tmp_path, tmp_path / "m.safetensors")
    (tmp_path / "people.npz").unlink()
    with pytest.raises(InputError, match="does not have"):
        run_recipe(plan, tmp_path, tmp_path / "m.safetensors")
    with pytest.raises(InputError, match="can't be read"):
        read_recipe(tmp_path / "none.toml")


def test_a_recipe_says_all(recipe, tmp_path) -> None:
    with pytest.raises(InputError, match="leave out --epochs"):
        cli.app(["train", "--recipe", str(recipe), "--epochs", "3"], standalone_mode=False)
