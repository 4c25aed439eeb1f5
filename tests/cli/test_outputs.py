"""Where results go, names of any bytes, readers that leave, and signals: for all commands."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from harec.cli.main import main
from harec.core.text import readable
from harec.video import probe

ROOT = Path(__file__).parents[2]
posix = pytest.mark.skipif(os.name != "posix", reason="pipes, signals and names of any bytes")
#: Only against a program that hangs; on a busy machine loading alone may take a minute.
HANGS_S = 600
QUICK = ("--mode", "lightweight")
SMALL = ("--size", "64x64", "--fps", "4", "--actions", "STANDING:1")


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as end:
        main([str(a) for a in arguments])
    assert isinstance(end.value.code, int)
    return end.value.code


def harec(*arguments: object, **options: Any) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "harec", *map(os.fspath, map(_text, arguments))]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, **options)


def _text(argument: object) -> str | bytes:
    return os.fsencode(argument) if isinstance(argument, Path) else str(argument)


@posix
def test_a_video_and_its_truth_go_through_links_devices_and_standard_output(
    tmp_path: Path, capfdbinary
) -> None:
    real, link = tmp_path / "real.mp4", tmp_path / "link.mp4"
    link.symlink_to(real)
    assert run("simulate", link, "--truth", "-", *SMALL) == 0
    assert link.is_symlink()
    assert probe(real).frames == 4
    out, err = capfdbinary.readouterr()
    assert json.loads(out)["size_wh"] == [64, 64]  # nothing else there: the words went beside
    assert b"1 simulated person" in err
    assert run("simulate", "-", "--truth", "/dev/null", *SMALL) == 0
    out, _ = capfdbinary.readouterr()
    (tmp_path / "piped.mp4").write_bytes(out)
    assert probe(tmp_path / "piped.mp4").frames == 4
    assert sorted(p.name for p in tmp_path.iterdir()) == ["link.mp4", "piped.mp4", "real.mp4"]


@posix
def test_one_device_takes_all_results_and_one_pipe_takes_one(make_clip, tmp_path, capfd) -> None:
    clip, _ = make_clip("STANDING:1", fps=4)
    null = ("--json", "/dev/null", "--csv", "/dev/null", "--video", "/dev/null")
    assert run("analyze", clip, *null, *QUICK) == 0
    assert not Path("/dev/null").is_file()
    capfd.readouterr()
    assert run("analyze", clip, "--json", "-", "--csv", "/dev/stdout") == 2
    assert "given for two outputs" in capfd.readouterr().err
    assert run("analyze", clip, "--json", tmp_path) == 2
    assert "is a folder" in capfd.readouterr().err
    assert run("live", "--source", clip, "--json", "-") == 2
    assert "The lines go to standard output" in capfd.readouterr().err
    assert run("train", "--out", "/dev/null") == 2
    assert "is no file" in capfd.readouterr().err


@posix
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_names_of_any_bytes_are_read_and_told(encoding: str, tmp_path: Path, monkeypatch) -> None:
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    folder.mkdir()
    photo = folder / os.fsdecode("\u00e9t\u00e9 ".encode() + b"\xff.png")
    Image.fromarray(np.zeros((64, 64, 3), np.uint8)).save(str(photo))
    (folder / os.fsdecode(b"\xfe.png")).write_text("broken")
    printed = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", printed)
    data = folder / "out.json"
    assert run("yoga", folder, "--json", data, *QUICK) == 0
    rows = json.loads(data.read_text(encoding="utf-8"))
    assert sorted(row["file"] for row in rows) == ["\\xfe.png", "\u00e9t\u00e9 \\xff.png"]
    assert "xff.png" in printed.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined]
    assert run("simulate", folder / os.fsdecode(b"\xff.mp4"), *SMALL) == 0
    assert run("analyze", folder / os.fsdecode(b"\xff.mp4"), "--json", data, *QUICK) == 0
    assert json.loads(data.read_text(encoding="utf-8"))["video"]["name"] == "\\xff.mp4"
    assert run("analyze", folder / os.fsdecode(b"none\xff.mp4")) == 2


def test_written_out_names_can_be_encoded() -> None:
    assert readable("gr\u00fcn \U0001f3c3") == "gr\u00fcn \U0001f3c3"
    assert readable("a\udcffb\ud800") == "a\\xffb\\ud800"


@posix
@pytest.mark.parametrize("arguments", [["--help"], ["yoga", "PHOTOS", "--json", "JSON", *QUICK]])
def test_a_reader_that_leaves_is_no_failure(arguments: list[str], tmp_path: Path) -> None:
    photos, data = tmp_path / "photos", tmp_path / "out.json"
    photos.mkdir()
    for i in range(3):
        Image.fromarray(np.zeros((64, 64, 3), np.uint8)).save(photos / f"{i}.png")
    places = {"PHOTOS": photos, "JSON": data}
    read, write = os.pipe()
    os.close(read)
    done = harec(*(places.get(a, a) for a in arguments), stdout=write)
    os.close(write)
    _, err = done.communicate(timeout=HANGS_S)
    told = [line for line in err.splitlines() if b".png: Nobody was found" not in line]
    assert (done.returncode, told) == (0, [])
    if "JSON" in arguments:
        assert len(json.loads(data.read_text())) == 3


@posix
@pytest.mark.parametrize(
    "number",
    [
        pytest.param(signal.SIGINT, marks=pytest.mark.long),
        pytest.param(signal.SIGTERM, marks=pytest.mark.long),
        signal.SIGHUP,
    ],
)
def test_a_signal_leaves_nothing_behind(number: signal.Signals, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    program = harec("simulate", out, "--actions", "STANDING:900", start_new_session=True)
    while not list(tmp_path.iterdir()):  # it has begun to write
        assert program.poll() is None
        threading.Event().wait(0.05)
    program.send_signal(number)
    _, err = program.communicate(timeout=HANGS_S)
    assert (program.returncode, err) == (128 + number, b"harec: stopped\n")
    assert list(tmp_path.iterdir()) == []


@posix
def test_a_program_under_nohup_goes_on(tmp_path: Path) -> None:
    code = (
        "import os, signal\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "from harec.cli.terminal import ending_signals\n"
        "with ending_signals():\n    os.kill(os.getpid(), signal.SIGHUP)\n    print('on')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "on\n")
