"""``analyze --save`` and what takes a saved result: relabel."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from commands import run
from saved_results import made_result

import harec
from harec.core.files import file_sha256
from harec.video import probe


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
    assert "none of the actions" in out
    again = harec.load_result(strict)
    assert again.settings.action_threshold == 1
    assert again.settings.mode == "lightweight"
    assert again.provenance == harec.load_result(saved).provenance
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "a.harec-result", "a.json", "strict.harec-result",
    ]  # fmt: skip


def test_the_annotated_video_of_a_saved_result(make_clip, tmp_path: Path, capsys) -> None:
    clip, _ = make_clip("STANDING:1", fps=5, drawn=False)
    other, _ = make_clip("STANDING:1", fps=6, drawn=False)
    analysis = made_result(1, 5)
    video = replace(analysis.video, name="film.mp4", sha256=file_sha256(clip))
    replace(analysis, video=video).save(tmp_path / "a.harec-result")
    command = ["relabel", tmp_path / "a.harec-result", "--video", tmp_path / "out.mp4"]
    code, _, err = run(capsys, *command)
    assert (code, "film.mp4" in err) == (2, True)  # it is not there
    code, _, err = run(capsys, *command, "--source", other)
    assert (code, "another video" in err) == (2, True)
    shutil.copy(clip, tmp_path / "film.mp4")  # known by its name and its contents
    code, _, err = run(capsys, *command)
    assert (code, err) == (0, "harec: The file is odd.\nharec: Careful.\n")
    assert probe(tmp_path / "out.mp4").frames == 5


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["relabel", "none.harec-result"], "no such file"),
        (["relabel", "text.harec-result"], "text.harec-result"),
        (["relabel", "good.harec-result", "--max-people", "6"], "need a new analysis"),
        (["relabel", "good.harec-result", "--save", "none/a"], "does not exist"),
        (["export", "good.harec-result", "--to", "xls", "--out", "a.xls"], "no format 'xls'"),
        (["export", "good.harec-result", "--to", "csv", "--out", "good.harec-result"], "itself"),
        (["import", "text.harec-result", "--video", "none.mp4", "--save", "a"], "none.mp4"),
        (["score", "good.harec-result", "none.eaf"], "no such file"),
        (["score", "good.harec-result", "."], "two folders, or two files"),
        (["compare", "good.harec-result", "text.harec-result"], "holds no labels"),
        (["analyze", "none.mp4", "--keypoints", "text.harec-result"], "none.mp4"),
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


def test_out_to_another_program_and_back(make_clip, tmp_path: Path, capsys) -> None:
    clip, _ = make_clip("STANDING:12", fps=5, drawn=False)
    made_result(2, 9).save(tmp_path / "a.harec-result")
    elan, back = tmp_path / "a.eaf", tmp_path / "b.harec-result"
    code, out, err = run(
        capsys, "export", tmp_path / "a.harec-result", "--to", "eaf", "--out", elan
    )
    assert (code, out, err) == (0, f"{elan}: ELAN\n", "")
    code, out, err = run(capsys, "import", elan, "--video", clip, "--save", back)
    assert (code, out, err) == (0, f"{back}: 6 segments of 2 people\n", "")
    assert harec.load_result(back).provenance.labels == "a.eaf"
    code, out, err = run(capsys, "import", elan, "--from", "csv", "--video", clip, "--save", back)
    assert (code, "not a table of segments" in err) == (2, True)


def test_keypoints_from_a_file(make_clip, tmp_path: Path, capsys) -> None:
    clip, _ = make_clip("STANDING:1", fps=5, drawn=False)
    made_result(1, 5).save(tmp_path / "a.harec-result")
    keypoints = tmp_path / "a.json"
    run(capsys, "export", tmp_path / "a.harec-result", "--to", "coco", "--out", keypoints)
    code, out, err = run(capsys, "analyze", clip, "--keypoints", keypoints, "--bystanders")
    assert code == 0, err
    assert "with keypoints of a.json" in out


TRUTH = "person,action,start_s,end_s\n1,BOXING,0,4\n1,walking,4,6\n"


def test_scores_of_files_and_folders(tmp_path: Path, capsys) -> None:
    found, truth = tmp_path / "found", tmp_path / "truth"
    found.mkdir()
    truth.mkdir()
    (found / "a.csv").write_text("action,start_s,end_s\nBOXING,0,2\n")
    (truth / "a.csv").write_text(TRUTH)
    data = tmp_path / "score.json"
    code, out, err = run(capsys, "score", found / "a.csv", truth / "a.csv", "--json", data)
    assert (code, out.splitlines()[0]) == (0, "frame accuracy  0.667   macro-F1 0.667")
    assert err == (
        "harec: walking (1 in the truth) is none of the result's actions: counted as OTHER\n"
    )
    figures = json.loads(data.read_text())
    assert figures["accuracy"] == pytest.approx(4 / 6)
    assert figures["f1"] == {"10": 1.0, "25": 1.0, "50": 1.0}
    (found / "b.csv").write_text("action,start_s,end_s\nBOXING,0,2\n")
    (truth / "b.eaf.csv").write_text(TRUTH)
    code, out, err = run(capsys, "score", found, truth)
    assert code == 0
    assert "1 video, 1 lane, 6.0 s" in out
    assert {"harec: b: no truth, left out", "harec: b.eaf: no result, left out"} <= {
        *err.splitlines()
    }
    (found / "a.json").write_text("{}")
    assert run(capsys, "score", found, truth)[0] == 2


def test_two_results_are_compared(tmp_path: Path, capsys) -> None:
    (tmp_path / "a.csv").write_text("action,start_s,end_s\nBOXING,0,2\n")
    (tmp_path / "b.csv").write_text("action,start_s,end_s\nBOXING,0,1\njump,1,2\n")
    data = tmp_path / "out.json"
    code, out, err = run(capsys, "compare", tmp_path / "a.csv", tmp_path / "b.csv", "--json", data)
    assert (code, err) == (0, "")
    assert out.startswith("Cohen's kappa 0.000   the same 50.0% of the time   F1@50 0.667\n")
    assert "     1.00 -    2.00 s  nobody / nobody: Boxing | Jump\n" in out
    assert json.loads(data.read_text())["same"] == 0.5


@pytest.mark.parametrize("command", [["analyze", "clip.mp4"], ["relabel", "clip.harec-result"]])
def test_keypoints_are_not_asked_for_in_vain(capsys, command: list[str]) -> None:
    code, out, err = run(capsys, *command, "--json-keypoints")
    assert (code, out) == (2, "")
    assert "belongs to --json FILE" in err
