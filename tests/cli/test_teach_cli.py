"""``harec teach`` and ``--actions`` on simulated people."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from taught_examples import example, result_of

from harec.batch import layout
from harec.batch.layout import BatchSettings, Pack
from harec.batch.making import make
from harec.cli.main import _run
from harec.simulate.clip import write_clip
from harec.simulate.spec import ClipSpec, parse_script
from harec.taught.action_set import ActionSet


def film(path: Path, script: str, seed: int) -> None:
    path.parent.mkdir(exist_ok=True, parents=True)
    spec = ClipSpec(scripts=(parse_script(script),), size_wh=(320, 240), fps=15, seed=seed)
    write_clip(path, spec)


@pytest.mark.slow
def test_clips_become_a_pack_that_names_another_clip(tmp_path, capsys) -> None:
    for seed in (1, 2):
        film(tmp_path / f"clips/Kniebeuge/p{seed}_1.mp4", "SQUAT:3", seed)
        film(tmp_path / f"clips/Gehen/p{seed}_1.mp4", "WALKING:3", seed)
    film(tmp_path / "new.mp4", "SQUAT:5", 7)
    pack, out = tmp_path / "gym.harec", tmp_path / "r.json"
    assert _run(["teach", str(tmp_path / "clips"), "--out", str(pack)]) == 0
    said = capsys.readouterr().out
    assert "Kniebeuge: 2 examples" in said
    assert ActionSet.load(pack).labels == ("Gehen", "Kniebeuge")
    analyze = ["analyze", str(tmp_path / "new.mp4"), "--actions", str(pack), "--json", str(out)]
    assert _run(analyze) == 0
    (person,) = json.loads(out.read_text())["people"]
    assert "Kniebeuge" in {segment["action"] for segment in person["segments"]}
    many = BatchSettings(actions=Pack(pack.read_bytes()), video=True)
    made = make(tmp_path / "new.mp4", "new", "new.mp4", many, tmp_path, lambda progress: None)
    (person,) = json.loads(made.files[layout.json_path("new")])["people"]
    assert "Kniebeuge" in {segment["action"] for segment in person["segments"]}
    assert made.files[layout.annotated_path("new")].is_file()
    others = (BatchSettings(video=True), replace(many, actions=Pack(pack.read_bytes(), True)))
    assert len({each.sha256() for each in (many, *others)}) == 3


@pytest.fixture
def packs(tmp_path: Path) -> tuple[Path, Path]:
    for name, motion in (("a.harec", "SQUAT"), ("b.harec", "KNOCKING")):
        ActionSet.teach([example(motion, person) for person in range(2)]).save(tmp_path / name)
    return tmp_path / "a.harec", tmp_path / "b.harec"


def test_packs_are_merged_shown_and_made_smaller(packs, tmp_path, capsys) -> None:
    a, b = packs
    both = tmp_path / "both.harec"
    assert _run(["teach", "--add", str(a), "--add", str(b), "--out", str(both)]) == 0
    capsys.readouterr()
    assert _run(["teach", "--show", str(both)]) == 0
    said = capsys.readouterr().out
    assert "SQUAT: 2 examples" in said
    assert "KNOCKING: 2 examples" in said
    fewer = ["teach", "--add", str(both), "--remove", "SQUAT", "--out", str(both)]
    assert _run(fewer) == 0
    assert ActionSet.load(both).labels == ("KNOCKING",)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["teach", "--out", "x.harec"], "Nothing to learn from"),
        (["teach", "clips"], "Say where the pack goes"),
        (["teach", "no-such-folder", "--out", "x.harec"], "There is no folder"),
        (["teach", "--show", "no.harec"], "no such file"),
        (["analyze", "x.mp4", "--builtin"], "give a pack"),
        (["analyze", "x.mp4", "--actions", "no.harec"], "no such file"),
        (["batch", "x.mp4", "out", "--actions", "no.harec"], "no such file"),
        (["batch", "x.mp4", "out", "--builtin"], "give a pack"),
    ],
)
def test_what_is_missing_is_told(tmp_path, monkeypatch, capsys, arguments, said: str) -> None:
    monkeypatch.chdir(tmp_path)
    assert _run(arguments) == 2
    assert said in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_threshold_that_is_given_is_that_of_taught_actions_too(packs, tmp_path) -> None:
    saved, out = tmp_path / "a.harec-result", tmp_path / "a.json"
    result_of(("WALKING", 3), ("SQUAT", 6), person=70).save(saved)
    relabel = ["relabel", str(saved), "--actions", str(packs[0]), "--json", str(out)]

    def named() -> list[str]:
        (person,) = json.loads(out.read_text())["people"]
        return [segment["action"] for segment in person["segments"]]

    assert _run(relabel) == 0
    assert named() == ["SQUAT"]
    assert _run([*relabel, "--action-threshold", "1"]) == 0
    assert named() == []


def test_taught_actions_of_a_result_are_not_lost_by_another_setting(
    packs, tmp_path, capsys
) -> None:
    names = ("a.harec-result", "b.harec-result", "c.json")
    saved, named, out = (tmp_path / name for name in names)
    result_of(("WALKING", 3), ("SQUAT", 6), person=70).save(saved)
    assert _run(["relabel", str(saved), "--actions", str(packs[0]), "--save", str(named)]) == 0
    again = ["relabel", str(named), "--json", str(out)]
    assert _run([*again, "--smoothing", "0.4"]) == 2
    assert "a pack (SQUAT): with other settings give the pack (--actions" in capsys.readouterr().err
    assert not out.exists()
    assert _run(again) == 0  # no other setting: as it was
    (person,) = json.loads(out.read_text())["people"]
    assert [segment["action"] for segment in person["segments"]] == ["SQUAT"]
