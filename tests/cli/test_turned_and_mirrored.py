"""A camera that was upside down and a mirrored selfie: told, and mended by the options."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from harec.cli.main import main
from harec.simulate.clip import write_clip
from harec.simulate.scene.asana_figure import draw_asana
from harec.simulate.spec import ClipSpec, parse_script
from harec.video import VideoReader, VideoWriter

QUICK = ("--mode", "lightweight")


def run(capsys, *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as exit_info:
        main([str(a) for a in arguments])
    captured = capsys.readouterr()
    return int(exit_info.value.code or 0), captured.out, captured.err


def write_turned(path: Path, source: Path, quarters: int, flip: bool = False) -> None:
    """The clip as a camera saw it that was turned ``quarters`` counter-clockwise."""
    with VideoReader(source) as reader:
        frames = [(f.rgb, f.time_s) for f in reader if f.rgb is not None]
    turned = [np.rot90(rgb[:, ::-1] if flip else rgb, quarters) for rgb, _ in frames]
    height, width = turned[0].shape[:2]
    with VideoWriter(path, (width, height), frame_rate_hint=15) as writer:
        for rgb, (_, time_s) in zip(turned, frames, strict=True):
            writer.write(np.ascontiguousarray(rgb), time_s)


@pytest.fixture(scope="module")
def upright(tmp_path_factory) -> Path:
    """4 s, 320 x 240: jumping jacks."""
    path = tmp_path_factory.mktemp("upright") / "jacks.mp4"
    script = parse_script("STANDING:1,JUMPING_JACKS:3")
    write_clip(path, ClipSpec((script,), size_wh=(320, 240), fps=15, seed=1))
    return path


@pytest.mark.parametrize(
    ("quarters", "turn"),
    [
        (1, 90),
        pytest.param(2, 180, marks=pytest.mark.long),
        pytest.param(3, 270, marks=pytest.mark.long),
    ],
)
def test_a_turned_video_is_told_and_read_upright(upright, tmp_path, capsys, quarters, turn):
    turned = tmp_path / "turned.mp4"
    write_turned(turned, upright, quarters)
    code, _, err = run(capsys, "analyze", turned)
    assert code == 0
    assert f"set Turn to {turn}° (command line: --turn {turn})" in err

    result, video = tmp_path / "r.json", tmp_path / "v.mp4"
    code, out, err = run(
        capsys, "analyze", turned, "--turn", turn, "--json", result, "--video", video, *QUICK
    )
    assert (code, err) == (0, "")
    assert "JUMPING" in out.upper()
    found = json.loads(result.read_text())
    assert (found["video"]["width"], found["video"]["height"]) == (320, 240)
    assert found["settings"]["turn_deg"] == turn
    with VideoReader(video) as drawn, VideoReader(upright) as meant:
        first, expected = next(iter(drawn)).rgb, next(iter(meant)).rgb
    assert first is not None
    assert expected is not None
    assert np.abs(first.astype(int) - expected).mean() < 8  # but for the skeleton


def test_an_upright_video_is_not_told(upright, capsys):
    _, _, err = run(capsys, "analyze", upright, *QUICK)
    assert "turn" not in err


@pytest.mark.parametrize("command", ["analyze", "yoga"])
def test_other_turns_are_refused(upright, capsys, command):
    code, _, err = run(capsys, command, upright, "--turn", 45)
    assert code == 2
    assert "turn must be 0, 90, 180 or 270 degrees, not 45" in err


def test_a_photo_of_somebody_who_stands_on_the_head_is_told(upright, tmp_path, capsys):
    photo = tmp_path / "standing.png"
    with VideoReader(upright) as reader:
        Image.fromarray(np.rot90(next(iter(reader)).rgb, 2)).save(photo)
    code, _, err = run(capsys, "yoga", photo)
    assert code == 0
    assert "--turn 180" in err
    assert "--turn" not in run(capsys, "yoga", photo, "--turn", 180)[2]


def test_a_photo_upside_down_and_mirrored(tmp_path, capsys):
    photo = tmp_path / "tree.png"
    Image.fromarray(np.rot90(draw_asana("vrikshasana", "right")[:, ::-1], 2)).save(photo)
    _, out, _ = run(capsys, "yoga", photo, "--turn", 180)
    assert "Vṛkṣāsana, left" in out
    _, out, _ = run(capsys, "yoga", photo, "--turn", 180, "--mirrored")
    assert "Vṛkṣāsana, right" in out
    _, out, _ = run(capsys, "yoga", tmp_path, "--turn", 180, "--mirrored")  # a folder
    assert "Vṛkṣāsana, right" in out
