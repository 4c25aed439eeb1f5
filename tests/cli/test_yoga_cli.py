"""The command yoga: results, exit codes, one plain line for anything a user can mend."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from harec.cli.main import main
from harec.simulate.scene.asana_figure import draw_asana
from harec.simulate.yoga_practice import write_practice
from harec.video import VideoWriter

PHOTO_KEYS = {"file", "asana", "side", "confidence", "score", "angles_deg", "feedback"}
PHOTO_KEYS |= {"turn_deg"}


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as exit_info:
        main(["yoga", *(str(a) for a in arguments)])
    captured = capsys.readouterr()
    code = exit_info.value.code
    return (code if isinstance(code, int) else 0), captured.out, captured.err


@pytest.fixture(scope="module")
def photos(tmp_path_factory) -> Path:
    """A tree on the right, an empty room, a broken file, and a file that is no photo."""
    folder = tmp_path_factory.mktemp("photos")
    Image.fromarray(draw_asana("vrikshasana", "right")).save(folder / "b tree.jpg", quality=92)
    Image.fromarray(np.full((240, 320, 3), 140, np.uint8)).save(folder / "c.png")
    (folder / "a.jpg").write_text("broken")
    (folder / "notes.txt").write_text("not looked at")
    return folder


@pytest.fixture(scope="module")
def empty_room(tmp_path_factory) -> Path:
    """A video of one second in which nobody is seen."""
    path = tmp_path_factory.mktemp("video") / "room.mp4"
    with VideoWriter(path, (320, 240), frame_rate_hint=10) as writer:
        for i in range(10):
            writer.write(np.full((240, 320, 3), 140, np.uint8), i / 10)
    return path


def test_a_photo(photos: Path, tmp_path: Path, capsys) -> None:
    code, out, err = run(capsys, photos / "b tree.jpg", "--json", tmp_path / "r.json")
    assert (code, err) == (0, "")
    assert "Vṛkṣāsana, right (Tree)" in out
    result = json.loads((tmp_path / "r.json").read_text())
    assert set(result) >= PHOTO_KEYS
    assert (result["file"], result["asana"], result["side"]) == (
        "b tree.jpg",
        "vrikshasana",
        "right",
    )
    assert 0.5 < result["confidence"] <= 1
    assert 60 <= result["score"] <= 100
    assert result["angles_deg"]["right_knee"] < 90 < result["angles_deg"]["left_knee"]
    assert all(isinstance(text, str) for text in result["feedback"])


def test_a_folder_of_photos(photos: Path, tmp_path: Path, capsys) -> None:
    code, out, err = run(capsys, photos, "--json", tmp_path / "r.json")
    assert code == 0
    rows = json.loads((tmp_path / "r.json").read_text())
    assert [(row["file"], row["asana"]) for row in rows] == [
        ("a.jpg", None),
        ("b tree.jpg", "vrikshasana"),
        ("c.png", None),
    ]
    assert all(set(row) >= PHOTO_KEYS for row in rows)
    assert "not a picture" in rows[0]["error"]
    assert "error" not in rows[1]
    assert '"a.jpg" is not a picture' in err
    assert "c.png: Nobody was found" in err
    assert out.splitlines()[0].startswith("b tree.jpg  Vṛkṣāsana, right")


def test_nobody_in_a_photo_is_a_result(photos: Path, tmp_path: Path, capsys) -> None:
    code, out, err = run(capsys, photos / "c.png", "--json", tmp_path / "r.json")
    assert (code, out) == (0, "c.png  no asana\n")
    assert "Nobody was found" in err
    assert json.loads((tmp_path / "r.json").read_text())["asana"] is None


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda p: None, "There is no file or folder"),
        (lambda p: p.touch(), "is empty"),
        (lambda p: p.write_text("x"), "not a picture"),
        (lambda p: p.mkdir(), "holds no photos"),
        (lambda p: p.write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"), "HEIC"),
        (lambda p: Image.new("RGB", (40, 40)).save(p), "only 40 x 40 pixels"),
    ],
)
def test_bad_input_gets_one_plain_line(make, words, tmp_path: Path, capsys) -> None:
    path, result = tmp_path / "my photo.jpg", tmp_path / "r.json"
    make(path)
    code, out, err = run(capsys, path, "--json", result)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert err.startswith("harec: ")
    assert words in err
    assert "my photo" in err
    assert not result.exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--html", "r.html"], "--html is for practice videos"),
        (["--expect", "tree"], "--expect is for practice videos"),
        (["--skip", "2"], "--skip is for practice videos"),
        (["--mode", "fast"], "no mode 'fast'"),
        (["--estimator", "best"], "no pose engine 'best'"),
        (["--threshold", "2"], "--threshold"),
        (["--json", "missing/r.json"], "does not exist"),
    ],
)
def test_options_that_do_not_fit(photos, options, words, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, photos / "b tree.jpg", *options)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert words in err
    assert list(tmp_path.iterdir()) == []


def test_no_photo_of_a_folder_is_written_over(photos: Path, tmp_path: Path, capsys) -> None:
    folder = tmp_path / "photos"
    shutil.copytree(photos, folder)
    (folder / "link.json").hardlink_to(folder / "b tree.jpg")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    for name in ("b tree.jpg", "a.jpg", "link.json"):
        code, out, err = run(capsys, folder, "--json", folder / name)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert "is one of the photos to read" in err
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert run(capsys, folder, "--json", folder / "r.json", "--mode", "lightweight")[0] == 0


def test_nobody_in_a_video(empty_room: Path, tmp_path: Path, capsys) -> None:
    outs = {name: tmp_path / f"r.{name}" for name in ("json", "csv", "html")}
    options = [part for name, path in outs.items() for part in (f"--{name}", path)]
    code, out, err = run(capsys, empty_room, *options, "--expect", "tree left")
    assert code == 0
    assert "Nobody was found in this video" in err
    assert "0 of 1 done in order" in out
    result = json.loads(outs["json"].read_text())
    assert result["holds"] == []
    assert result["sequence"]["steps"][0]["status"] == "missing"
    with outs["csv"].open() as file:
        assert list(csv.DictReader(file)) == []
    assert "room.mp4" in outs["html"].read_text()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--expect", "handstand"], "handstand"),
        (["--html", "room.mp4"], "is the input itself"),
        (["--min-hold", "-1"], "--min-hold"),
    ],
)
def test_videos_and_options_that_do_not_fit(
    empty_room, options, words, monkeypatch, capsys
) -> None:
    monkeypatch.chdir(empty_room.parent)
    code, out, err = run(capsys, empty_room, *options)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert words in err


@pytest.mark.slow
def test_a_practice_video(tmp_path: Path, capsys) -> None:
    script = [("standing", None, 0.5), ("vrikshasana", "left", 2.5), ("vrikshasana", "right", 2.5)]
    write_practice(tmp_path / "p.mp4", script, size_wh=(480, 360), fps=6, seed=2)
    code, out, err = run(
        capsys, tmp_path / "p.mp4", "--json", tmp_path / "r.json", "--html", tmp_path / "r.html",
        "--expect", "tree left, right, downdog", "--min-hold", "1.5", "--mode", "lightweight",
    )  # fmt: skip
    assert (code, err) == (0, "")
    result = json.loads((tmp_path / "r.json").read_text())
    assert [(h["asana"], h["side"]) for h in result["holds"]] == [
        ("vrikshasana", "left"),
        ("vrikshasana", "right"),
    ]
    assert [s["status"] for s in result["sequence"]["steps"]] == ["done", "done", "missing"]
    assert result["settings"]["min_hold_s"] == 1.5
    assert "2 of 3 done in order" in out
    assert (tmp_path / "r.html").read_text().count("data:image/jpeg") == 2


def test_yoga_needs_no_torch(photos: Path) -> None:
    code = (
        "import sys; from harec.yoga.practice.photo import coach_photo; from pathlib import Path; "
        "import harec.yoga.practice.video, harec.yoga.output.report; "
        "from harec.yoga.live import CoachPipeline; "
        "from harec.analysis.results import AnalysisSettings; "
        "coached = coach_photo(Path(sys.argv[1])); "
        "CoachPipeline(AnalysisSettings(mode='lightweight')).update(0.0, coached.rgb); "
        "print([m for m in ('torch', 'streamlit', 'matplotlib') if m in sys.modules])"
    )
    command = [sys.executable, "-c", code, str(photos / "b tree.jpg")]
    out = subprocess.run(command, capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
