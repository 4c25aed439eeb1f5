"""``analyze --save`` and what takes a saved result: relabel."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commands import run
from saved_results import made_result

import harec


def test_what_was_saved_is_labelled_anew(make_clip, tmp_path: Path, capsys) -> None:
    clip, _ = make_clip("JUMPING_JACKS:3", fps=10)
    saved, data = tmp_path / "a.harec-result", tmp_path / "a.json"
    command = ["analyze", clip, "--mode", "lightweight", "--save", saved]
    code, out, err = run(capsys, *command, "--json", data, "--json-keypoints")
    assert (code, err) == (0, "")
    assert "Jumping jacks" in out
    (person,) = json.loads(data.read_text())["people"]
    assert len(person["track"]["keypoints_xyc"]) == 30
    strict = tmp_path / "strict.harec-result"
    code, out, err = run(capsys, "relabel", saved, "--action-threshold", "1", "--save", strict)
    assert (code, err) == (0, "")
    assert "none of the six actions" in out
    again = harec.load_result(strict)
    assert again.settings.action_threshold == 1
    assert again.settings.mode == "lightweight"
    assert again.provenance == harec.load_result(saved).provenance
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "a.harec-result", "a.json", "strict.harec-result",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["relabel", "none.harec-result"], "no such file"),
        (["relabel", "text.harec-result"], "text.harec-result"),
        (["relabel", "good.harec-result", "--max-people", "6"], "need a new analysis"),
        (["relabel", "good.harec-result", "--save", "none/a"], "does not exist"),
    ],
)
def test_bad_use_gets_one_plain_line(
    arguments: list[str], words: str, tmp_path: Path, monkeypatch, capsys
) -> None:
    monkeypatch.chdir(tmp_path)
    made_result(1, 5).save(tmp_path / "good.harec-result")
    (tmp_path / "text.harec-result").write_text("hello")
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1
    assert len([*tmp_path.iterdir()]) == 2
