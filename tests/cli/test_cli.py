"""The command line: results, exit codes, one plain line for anything a user can mend."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from commands import run

from harec.cli.main import parse_size
from harec.core.errors import InputError
from harec.training.datasets import save_archive, simulated_clips
from harec.video import VideoWriter


@pytest.mark.slow
def test_analyze_writes_what_it_is_asked_for(make_clip, tmp_path: Path, capsys) -> None:
    clip, _ = make_clip("JUMPING_JACKS:4", fps=12)
    video, table, data = (tmp_path / f"out.{s}" for s in ("mp4", "csv", "json"))
    code, out, err = run(
        capsys, "analyze", clip, "--json", data, "--csv", table, "--video", video, "--skip", "1"
    )
    assert (code, err) == (0, "")
    assert "Jumping jacks" in out
    result = json.loads(data.read_text())
    assert result["settings"]["skip"] == 1
    assert [s["action"] for s in result["people"][0]["segments"]] == ["JUMPING_JACKS"]
    with table.open() as file:
        (row,) = csv.DictReader(file)
    assert row["action"] == "JUMPING_JACKS"
    assert 3 <= int(row["repetitions"]) <= 5
    assert f"  x {row['repetitions']}\n" in out
    with av.open(str(video)) as container:
        assert sum(1 for _ in container.decode(video=0)) == result["video"]["frames"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out.csv", "out.json", "out.mp4"]


@pytest.fixture
def bad_file(tmp_path: Path, make_clip, request: pytest.FixtureRequest) -> Path:
    kind, path = request.param, tmp_path / f"{request.param}.mp4"
    if kind == "empty":
        path.touch()
    elif kind == "text":
        path.write_text("this is not a video")
    elif kind == "folder":
        path.mkdir()
    elif kind == "audio":
        with av.open(str(path), "w") as container:
            stream = container.add_stream("aac", rate=16000)
            frame = av.AudioFrame.from_ndarray(
                np.zeros((1, 16000), np.float32), format="fltp", layout="mono"
            )
            frame.sample_rate = 16000
            container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("bad_file", ["missing", "empty", "text", "folder", "audio"], indirect=True)
def test_bad_input_gets_one_plain_line(bad_file: Path, tmp_path: Path, capsys) -> None:
    out = tmp_path / "result.json"
    code, printed, err = run(capsys, "analyze", bad_file, "--json", out)
    assert code == 2
    assert printed == ""
    assert err.count("\n") == 1
    assert bad_file.name in err
    assert "Traceback" not in err
    assert not out.exists()


@pytest.mark.slow
def test_a_truncated_video_is_analysed_as_far_as_it_goes(make_clip, tmp_path: Path, capsys) -> None:
    clip, truth = make_clip("JUMPING_JACKS:4", fps=12)
    # VideoWriter puts the index in front (faststart), so that a cut file can still be read.
    path = tmp_path / "cut.mp4"
    data = clip.read_bytes()
    path.write_bytes(data[: int(len(data) * 0.6)])
    code, _, err = run(capsys, "analyze", path, "--json", tmp_path / "r.json")
    assert code == 0
    assert err.count("\n") == 1
    frames = json.loads((tmp_path / "r.json").read_text())["video"]["frames"]
    assert 0 < frames < len(truth.people[0].times_s)


def test_a_video_without_its_index_is_refused_in_words(make_clip, tmp_path: Path, capsys) -> None:
    clip, _ = make_clip("STANDING:0.07")
    path = tmp_path / "camera.mp4"
    with av.open(str(clip)) as source, av.open(str(path), "w") as target:  # index at the end
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    path.write_bytes(path.read_bytes()[:-300])
    code, _, err = run(capsys, "analyze", path)
    assert code == 2
    assert "cut short" in err


@pytest.mark.slow
def test_8k_is_analysed(tmp_path: Path, capsys) -> None:
    path = tmp_path / "8k.mp4"
    with VideoWriter(path, (7680, 4320), frame_rate_hint=None) as writer:
        for i in range(2):
            writer.write(np.full((4320, 7680, 3), 90, np.uint8), i / 10)
    code, _, err = run(capsys, "analyze", path, "--json", tmp_path / "r.json")
    assert code == 0
    assert "Nobody" in err
    video = json.loads((tmp_path / "r.json").read_text())["video"]
    assert (video["width"], video["height"], video["frames"]) == (7680, 4320, 2)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["analyze"], "video"),
        (["analyze", "x.mp4", "--skip", "-1"], "--skip"),
        (["analyze", "x.mp4", "--mode", "quick"], "lightweight"),
        (["analyze", "x.mp4", "--estimator", "magic"], "movenet"),
        (["analyze", "x.mp4", "--person-threshold", "2"], "person-threshold"),
        (["analyze", "x.mp4", "--json", "/nowhere/at/all.json"], "folder"),
        (["analyze", "x.mp4", "--video", "out.avi"], ".mp4"),
        (["analyze", "x.mp4", "--bogus"], "--bogus"),
        (["conquer"], "conquer"),
        (["analyze", "x.mp4", "--json", "same", "--csv", "same"], "two outputs"),
        (["simulate", "x.mp4", "--truth", "x.mp4"], "two outputs"),
        (["train", "--out", "/proc/x/m.safetensors"], "/proc/x"),
        (["simulate", "x.mp4", "--actions", "SOMERSAULT:3"], "JUMPING"),
        (["simulate", "x.mp4", "--size", "big"], "640x480"),
        (["train", "--simulated", "0"], "--data"),
        (["train", "--data", "none.npz"], "none.npz"),
        (["evaluate", "--model", "none.safetensors"], "none.safetensors"),
    ],
)
def test_bad_arguments_get_one_plain_line(
    arguments: list[str], text: str, tmp_path: Path, monkeypatch, capsys
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = run(capsys, *arguments)
    assert code == 2
    assert text in err
    assert err.count("\n") == 1, err
    assert not [p for p in tmp_path.rglob("*") if p.is_file()]


def test_the_video_itself_is_never_overwritten(make_clip, capsys) -> None:
    clip, _ = make_clip("STANDING:0.07")
    before = clip.read_bytes()
    code, _, err = run(capsys, "analyze", clip, "--video", clip)
    assert code == 2
    assert "itself" in err
    assert clip.read_bytes() == before


def test_simulate_with_truth(tmp_path: Path, capsys) -> None:
    out, truth = tmp_path / "s.mp4", tmp_path / "truth.json"
    code, _, err = run(
        capsys, "simulate", out, "--actions", "JUMPING:1,STANDING:0.5", "--people", "2",
        "--fps", "10", "--size", "160x120", "--seed", "3", "--truth", truth,
    )  # fmt: skip
    assert (code, err) == (0, "")
    data = json.loads(truth.read_text())
    assert len(data["people"]) == 2
    assert [s["action"] for s in data["people"][0]["segments"]] == ["JUMPING", "STANDING"]
    assert [s["action"] for s in data["people"][1]["segments"]] == ["STANDING", "JUMPING"]
    assert data["size_wh"] == [160, 120]
    with av.open(str(out)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 15


def test_evaluate_judges_by_everybody_or_a_fold(tmp_path: Path, capsys) -> None:
    clips = [
        replace(c, source="own", subject=f"p{i}") for i, c in enumerate(simulated_clips(1, 1, 0))
    ]
    save_archive(tmp_path / "own.npz", clips)
    counts = {}
    for option in ("--everybody", "--fold=0", "--fold=1"):
        code, out, _ = run(capsys, "evaluate", "--data", tmp_path / "own.npz", option, "--folds=2")
        assert code == 0
        counts[option] = int(re.search(r"clips (\d+)", out)[1])  # type: ignore[index]
    assert counts["--everybody"] == len(clips)
    assert counts["--fold=0"] + counts["--fold=1"] == len(clips)
    code, out, _ = run(
        capsys, "evaluate", "--data", tmp_path / "own.npz", "--everybody", "--threshold", "0"
    )
    assert "action threshold 0.00" in out


def test_evaluate_prints_the_figures(capsys) -> None:
    code, out, _ = run(capsys, "evaluate", "--simulated", "2")
    assert code == 0
    for text in (
        "accuracy per clip",
        "macro-F1",
        "confusion",
        "false alarms, gesture-like",
        "seated at a webcam",
    ):
        assert text in out
    assert "Held out when these weights were trained: nobody" in out


def test_sizes() -> None:
    assert parse_size("640x480") == (640, 480)
    for bad in ("640", "x", "0x0", "640x480x3", "99999x10", "-1x5", "²x²"):
        with pytest.raises(InputError, match="each from 64 to 8192"):
            parse_size(bad)
