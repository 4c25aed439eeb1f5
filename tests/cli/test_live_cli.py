"""``python -m harec live``: lines, files, ways to end, plain words for what goes wrong."""

from __future__ import annotations

import csv
import inspect
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from mjpeg_server import MjpegServer, jpegs, serve_mjpeg
from rtsp_server import RtspServer, h264_units, serve_rtsp
from waiting import PATIENCE_S, until

from harec.actions.labels import LABELS
from harec.cli.live import live
from harec.cli.main import analyze, main
from harec.core.poses import Poses
from harec.live.session_state import SessionState
from harec.video import VideoReader, VideoWriter
from harec.video.capture.camera import Patience

ROOT = Path(__file__).parents[2]
KEYS = ["time_s", "size_wh", "people", "repetitions", "camera_fps", "inference_fps", "age_s"]
PERSON_KEYS = ["id", "action", "confidence", "probabilities", "box_xyxy", "repetitions"]
#: What is said where the machine is slow, or where it takes long.
SLOW = "harec: (The model sees .* pictures a second|The machine is too busy|Nobody is in sight)"
#: More than a line has without a person in it.
LINE_BYTES = 400
#: Gives up soon; but what is there may take its time.
QUICK = Patience(open_s=60, read_s=60, waits_s=(0.05, 0.1), give_up_s=1.0)


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, list[Any], str]:
    """Exit code, the JSON lines, stderr."""
    with pytest.raises(SystemExit) as exit_info:
        main(["live", *(str(a) for a in arguments)])
    captured = capsys.readouterr()
    code = exit_info.value.code
    lines = [json.loads(line) for line in captured.out.splitlines()]
    return (code if isinstance(code, int) else 0), lines, captured.err


def actions_in_order(lines: list[Any]) -> list[str]:
    """What the first person was said to do, without repeats and pauses."""
    named = [p["action"] for line in lines for p in line["people"] if p["id"] == 1 and p["action"]]
    return [action for action, _ in groupby(named)]


class OnePerson:
    """A pose engine that finds a person who stands in the middle; how often it was asked, and
    whether it may answer."""

    inferences = 0
    go: threading.Event

    def reset(self) -> None:
        pass

    def estimate(self, rgb: np.ndarray) -> Poses:
        type(self).inferences += 1
        assert self.go.wait(PATIENCE_S)
        height, width = rgb.shape[:2]
        x = np.linspace(0.4, 0.6, 17) * width
        y = np.linspace(0.2, 0.8, 17) * height
        return Poses(
            np.stack([x, y, np.full(17, 0.9)], axis=1)[None].astype(np.float32),
            np.array([0.9], np.float32),
        )


@pytest.fixture
def stub(monkeypatch) -> type[OnePerson]:
    """No model is loaded: a stub stands in for it."""

    class Stub(OnePerson):
        go = threading.Event()

    Stub.go.set()
    monkeypatch.setattr("harec.analysis.engines.create_estimator", lambda *_, **__: Stub())
    return Stub


@pytest.mark.slow
def test_actions_come_in_order_with_their_repetitions(
    make_clip, tmp_path: Path, capsys, in_step
) -> None:
    script = "STANDING:1,JUMPING_JACKS:3,STANDING:1,WAVING_2HANDS:3"
    clip, truth = make_clip(script, fps=12)
    data, table, video = (tmp_path / f"out.{s}" for s in ("json", "csv", "mp4"))
    code, lines, err = run(
        capsys, "--source", clip, "--mode", "lightweight",
        "--json", data, "--csv", table, "--video", video,
    )  # fmt: skip
    assert code == 0, err
    assert actions_in_order(lines) == ["JUMPING_JACKS", "WAVING_2HANDS"]
    jacks = truth.people[0].segments[1]
    assert jacks.action == "JUMPING_JACKS"
    assert abs(lines[-1]["repetitions"]["JUMPING_JACKS"] - len(jacks.repetitions_s)) <= 1
    assert lines[-1]["people"][0]["repetitions"] == lines[-1]["repetitions"]

    times = [line["time_s"] for line in lines]
    assert times[0] == 0
    assert times == pytest.approx(np.arange(96) / 12, abs=2e-3)
    for line in lines:
        assert list(line) == KEYS
        for person in line["people"]:
            assert list(person) == PERSON_KEYS
            left, top, right, bottom = person["box_xyxy"]
            assert 0 <= left < right <= 320
            assert 0 <= top < bottom <= 240
            if person["probabilities"] is not None:
                assert list(person["probabilities"]) == list(LABELS)
                assert sum(person["probabilities"].values()) == pytest.approx(1, abs=0.01)

    result = json.loads(data.read_text())
    assert result["video"]["name"] == clip.name
    assert result["video"]["frames"] == 96
    segments = [s["action"] for s in result["people"][0]["segments"]]
    assert segments == ["JUMPING_JACKS", "WAVING_2HANDS"]
    with table.open() as file:
        assert [row["action"] for row in csv.DictReader(file)] == segments
    with av.open(str(video)) as container:
        shown = [frame.time for frame in container.decode(video=0)]
        assert container.streams.video[0].width == 320
    assert shown[-1] == pytest.approx(8, abs=0.1)
    assert err.splitlines()[0] == f"harec: {clip.name}: 320x240, h264, 12 frames/s"
    assert "JUMPING_JACKS" in err.splitlines()[-1]


def test_every_skip_size_and_mirror(make_clip, tmp_path, capsys, stub, in_step) -> None:
    clip, _ = make_clip("STANDING:2", fps=20)
    video = tmp_path / "v.mp4"
    code, lines, _ = run(capsys, "--source", clip, "--every", "0.5", "--skip", "3",
                         "--video-max-side", "160", "--mirror", "--video", video)  # fmt: skip
    assert code == 0
    times = [line["time_s"] for line in lines]
    assert times == pytest.approx([0, 0.6, 1.2, 1.8], abs=1e-3)  # of 0, 0.2, 0.4, ...
    assert stub.inferences == 10
    assert lines[0]["size_wh"] == [160, 120]
    wall = slice(0, 20)  # above everybody
    with VideoReader(clip, max_side=160) as plain, VideoReader(video) as mirrored:
        before, after = (next(iter(reader)).rgb[wall].astype(int) for reader in (plain, mirrored))
    assert np.abs(before[:, ::-1] - after).mean() < 3


def test_the_last_result_is_printed_though_it_comes_too_soon(make_clip, capsys, stub) -> None:
    clip, _ = make_clip("STANDING:1", fps=10)
    code, lines, _ = run(capsys, "--source", clip, "--every", "1000")
    assert code == 0
    assert [line["time_s"] for line in lines] == pytest.approx([0, 9 / 10], abs=1e-3)


def test_the_duration_ends_it(make_clip, tmp_path: Path, capsys, stub) -> None:
    clip, _ = make_clip("STANDING:0.07", fps=15)
    long = tmp_path / "long.mp4"
    _hold(clip, long, 3600.0)
    data = tmp_path / "r.json"
    code, lines, err = run(capsys, "--source", long, "--duration", "0.3", "--json", data)
    assert code == 0, err
    assert lines[0]["time_s"] == 0
    # the picture is shown on, five times a second, for what is left of an hour
    assert json.loads(data.read_text())["video"]["frames"] < 1000


def _hold(clip: Path, out: Path, seconds: float) -> None:
    """A clip whose second picture comes after so many seconds."""
    with VideoReader(clip) as reader:
        rgb = next(iter(reader)).rgb
    assert rgb is not None
    with VideoWriter(out, (rgb.shape[1], rgb.shape[0])) as writer:
        writer.write(rgb, 0.0)
        writer.write(rgb, seconds)


# ---------------------------------------------------------------- what goes wrong


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ([], "--source"),
        (["--source", ""], "empty"),
        (["--source", "none.mp4"], "none.mp4"),
        (["--source", "ftp://me:geheim@cam/x"], "rtsp://"),
        (["--source", "/dev/video99"], "/dev/video99"),
        (["--source", "none.mp4", "--size", "640x480"], "/dev/video0"),
        (["--source", "0", "--size", "big"], "640x480"),
        (["--source", "none.mp4", "--mode", "quick"], "lightweight"),
        (["--source", "none.mp4", "--every", "-1"], "--every"),
        (["--source", "none.mp4", "--video", "out.avi"], ".mp4"),
        (["--source", "none.mp4", "--json", "nowhere/r.json"], "folder"),
        (["--source", "none.mp4", "--json", "same", "--csv", "same"], "two outputs"),
    ],
)
def test_bad_arguments_get_one_plain_line(
    arguments: list[str], text: str, tmp_path: Path, monkeypatch, capsys
) -> None:
    monkeypatch.chdir(tmp_path)
    code, lines, err = run(capsys, *arguments)
    assert code == 2
    assert lines == []
    assert text in err
    assert "geheim" not in err
    assert err.count("\n") == 1, err
    assert not list(tmp_path.iterdir())


def test_the_file_itself_is_never_overwritten(make_clip, capsys) -> None:
    clip, _ = make_clip("STANDING:0.07")
    before = clip.read_bytes()
    code, _, err = run(capsys, "--source", clip, "--video", clip)
    assert code == 2
    assert "itself" in err
    assert clip.read_bytes() == before


def test_an_engine_that_can_not_be_had_ends_it_in_words(make_clip, capsys) -> None:
    clip, _ = make_clip("STANDING:0.2", fps=15)
    code, lines, err = run(capsys, "--source", clip, "--estimator", "detectron2")
    assert code == 2
    assert lines == []
    assert "Detectron2" in err.splitlines()[-1]
    assert len(err.splitlines()) == 2, err  # what was opened, and why not


def test_a_camera_lost_for_good_leaves_what_was_seen(
    tmp_path: Path, capsys, monkeypatch, stub
) -> None:
    monkeypatch.setattr("harec.video.capture.camera.Patience", lambda: QUICK)
    pictures = jpegs([np.full((120, 160, 3), grey, np.uint8) for grey in range(0, 250, 10)])
    data, video = tmp_path / "r.json", tmp_path / "r.mp4"
    with serve_mjpeg(MjpegServer(pictures, 0.03)) as camera:
        ending = threading.Thread(
            target=lambda: (until(lambda: stub.inferences), camera.down.set())
        )
        ending.start()
        code, lines, err = run(
            capsys, "--source", f"http://me:geheim@{camera.address}/v?pw=geheim",
            "--json", data, "--video", video,
        )  # fmt: skip
        ending.join()
    assert code == 2
    assert lines
    assert f"The camera at {camera.address} " in err.splitlines()[-1]
    assert "trying again" in err
    result = json.loads(data.read_text())
    assert result["video"]["name"] == f"http://{camera.address}"
    assert result["video"]["frames"] >= 1
    assert video.exists()
    assert "geheim" not in err + data.read_text() + json.dumps(lines)


def test_a_camera_that_gives_nothing_leaves_nothing(tmp_path: Path, capsys, monkeypatch) -> None:
    monkeypatch.setattr("harec.video.capture.camera.Patience", lambda: QUICK)
    outs = [tmp_path / name for name in ("r.json", "r.csv", "r.mp4")]
    with serve_mjpeg(MjpegServer([])) as camera:
        code, lines, err = run(
            capsys, "--source", f"http://{camera.address}/none",
            "--json", outs[0], "--csv", outs[1], "--video", outs[2],
        )  # fmt: skip
    assert (code, lines) == (2, [])
    assert "nothing at this path" in err
    assert not list(tmp_path.iterdir())


def test_an_rtsp_camera_from_end_to_end(tmp_path: Path, capsys, stub) -> None:
    frames = [np.full((240, 320, 3), grey, np.uint8) for grey in range(50, 110)]
    units = h264_units(frames, [i / 15 for i in range(60)])
    with serve_rtsp(RtspServer(units, 4.0, password="me:geheim")) as camera:
        code, lines, err = run(
            capsys, "--source", f"rtsp://me:geheim@{camera.address}/live",
            "--duration", "0.5", "--json", tmp_path / "r.json",
        )  # fmt: skip
    assert code == 0, err
    assert [person["id"] for person in lines[-1]["people"]] == [1]
    assert err.startswith(f"harec: rtsp://{camera.address}: 320x240, h264\n")
    assert "geheim" not in err + (tmp_path / "r.json").read_text()


def test_the_document_tells_the_truth(capsys) -> None:
    text = (ROOT / "docs" / "live.md").read_text(encoding="utf-8")
    parameters = inspect.signature(live).parameters
    renamed = {"json_file": "json", "csv_file": "csv", "video_file": "video"}
    options = {f"--{renamed.get(name, name).replace('_', '-')}" for name in parameters}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)) <= options
    shared = set(inspect.signature(analyze).parameters) - set(renamed)
    own = options - {f"--{name.replace('_', '-')}" for name in shared}
    assert all(option in text for option in own)  # the others are analyze's
    example = json.loads(text.partition("```json")[2].partition("```")[0])
    assert list(example) == KEYS
    assert list(example["people"][0]) == PERSON_KEYS
    assert list(example["people"][0]["probabilities"]) == list(LABELS)
    for key in (*KEYS, *PERSON_KEYS[1:]):
        assert f"`{key}`" in text


# ---------------------------------------------------------------- ways to end, in a process

Start = Callable[..., subprocess.Popen[str]]


def wall(path: Path, seconds: float, rate: int) -> str:
    """A film of a grey wall."""
    path.parent.mkdir(exist_ok=True)
    with VideoWriter(path, (64, 48), frame_rate_hint=rate) as writer:
        for i in range(round(seconds * rate)):
            writer.write(np.full((48, 64, 3), 120, np.uint8), i / rate)
    return str(path)


@pytest.fixture
def start(make_clip, tmp_path: Path) -> Iterator[Start]:
    """Starts the command on a file that lasts an hour, with two frames."""
    clip, _ = make_clip("STANDING:0.07", fps=15)
    long = tmp_path / "in" / "long.mp4"
    long.parent.mkdir()
    _hold(clip, long, 3600.0)
    processes = []

    def run_it(
        *arguments: str, source: str = str(long), stdout: Any = subprocess.PIPE
    ) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "harec", "live", "--mode", "lightweight", *arguments]
        processes.append(
            subprocess.Popen(
                [*command, "--source", source],
                cwd=ROOT,
                text=True,
                stdout=stdout,
                stderr=subprocess.PIPE,
                env={**os.environ, "OMP_NUM_THREADS": "1"},
            )
        )
        return processes[-1]

    yield run_it
    for process in processes:
        process.kill()
        process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


def test_a_second_ctrl_c_does_not_wait(make_clip, capsys, stub, monkeypatch) -> None:
    clip, _ = make_clip("STANDING:0.07", fps=15)
    stub.go.clear()  # an inference that takes long
    close, closing, ended = SessionState.close_stream, threading.Event(), threading.Event()
    monkeypatch.setattr(
        SessionState, "close_stream", lambda self, slot: (close(self, slot), closing.set())
    )

    def press() -> None:
        until(lambda: stub.inferences)
        os.kill(os.getpid(), signal.SIGINT)
        assert closing.wait(PATIENCE_S)  # it waits for the inference now
        while not ended.wait(1.0):  # one that comes just before a wait does not interrupt it
            os.kill(os.getpid(), signal.SIGINT)

    def ignore(*_: object) -> None: ...  # what comes after the end

    before = signal.signal(signal.SIGINT, ignore)
    try:
        presses = threading.Thread(target=press)
        presses.start()
        code, lines, _ = run(capsys, "--source", clip)
        ended.set()
        presses.join()
        assert signal.getsignal(signal.SIGINT) is ignore
    finally:
        signal.signal(signal.SIGINT, before)
    stub.go.set()
    assert (code, lines) == (130, [])
    for thread in threading.enumerate():
        if thread.name == "harec-live":
            thread.join()


def test_a_stop_before_the_first_picture(tmp_path: Path, capsys) -> None:
    out = tmp_path / "r.json"
    server = MjpegServer([])
    server.frozen.set()
    with serve_mjpeg(server) as camera:
        press = threading.Thread(
            target=lambda: (
                until(lambda: server.connections),
                os.kill(os.getpid(), signal.SIGINT),
            )
        )
        press.start()
        code, lines, err = run(capsys, "--source", f"http://{camera.address}/v", "--json", out)
        press.join()
    assert (code, lines) == (0, [])
    assert "before the first picture" in err
    assert not out.exists()


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk_behind_stdout_is_told(start: Start) -> None:
    with Path("/dev/full").open("w") as full:
        process = start(stdout=full)
        assert process.stderr is not None
        err = process.stderr.read()
    assert process.wait(timeout=PATIENCE_S) == 2
    assert "no space left on device" in err.splitlines()[-1]
    assert "Traceback" not in err


@pytest.mark.slow
def test_a_reader_that_leaves_ends_it_quietly(start: Start, tmp_path: Path) -> None:
    clip = wall(tmp_path / "in" / "wall.mp4", 60, 5)
    process = start("--json", str(tmp_path / "r.json"), source=clip)
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()  # as head -1 does
    assert process.stderr is not None
    err = process.stderr.read()
    assert process.wait(timeout=PATIENCE_S) == 0
    assert "Traceback" not in err
    assert "Broken" not in err
    frames = json.loads((tmp_path / "r.json").read_text())["video"]["frames"]
    assert 0 < frames < 300  # it did not continue for no reader


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """A pipe with room for a line or two: where to read and where to write."""
    fcntl = pytest.importorskip("fcntl")
    if not hasattr(fcntl, "F_SETPIPE_SZ"):
        pytest.skip("the size of a pipe can't be set here")
    ends = os.pipe()
    fcntl.fcntl(ends[1], fcntl.F_SETPIPE_SZ, 4096)
    os.write(ends[1], b" " * (4096 - LINE_BYTES))  # JSON may begin with it
    yield ends
    for end in ends:
        with suppress(OSError):
            os.close(end)


def _is_full(reader: int) -> bool:
    """Whether a pipe has no room for another line."""
    import fcntl
    import termios

    held = int.from_bytes(fcntl.ioctl(reader, termios.FIONREAD, bytes(4)), sys.byteorder)
    return held > 4096 - LINE_BYTES


@pytest.mark.slow
@pytest.mark.parametrize(
    "number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.long)]
)
def test_a_signal_ends_it_though_the_lines_are_not_read(
    number: signal.Signals, start: Start, tmp_path: Path, pipe: tuple[int, int]
) -> None:
    clip = wall(tmp_path / "in" / "wall.mp4", 60, 10)
    outs = {suffix: tmp_path / f"r.{suffix}" for suffix in ("json", "csv", "mp4")}
    process = start("--json", str(outs["json"]), "--csv", str(outs["csv"]),
                    "--video", str(outs["mp4"]), source=clip, stdout=pipe[1])  # fmt: skip
    until(lambda: _is_full(pipe[0]), "a full pipe", 0.05)
    process.send_signal(number)
    assert process.stderr is not None
    _, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, err
    opened, *hints, summary = err.splitlines()  # no error at the exit
    assert opened.startswith("harec: wall.mp4: "), err
    assert all(re.match(SLOW, hint) for hint in hints), err
    assert "seen by the model" in summary
    assert json.loads(outs["json"].read_text())["video"]["frames"] > 0
    assert outs["csv"].read_text().startswith("person,action")
    assert outs["mp4"].stat().st_size > 0
    os.close(pipe[1])
    with os.fdopen(os.dup(pipe[0])) as text:
        times = [json.loads(line)["time_s"] for line in text]  # nothing is cut
    assert times[0] == 0
    assert times == sorted(set(times))


@pytest.mark.slow
def test_a_reader_that_comes_late_gets_the_last_result(
    start: Start, tmp_path: Path, pipe: tuple[int, int]
) -> None:
    clip = wall(tmp_path / "in" / "wall.mp4", 3, 10)
    data = tmp_path / "r.json"
    process = start("--json", str(data), source=clip, stdout=pipe[1])
    os.close(pipe[1])
    assert process.stderr is not None
    # It neither waits for the reader to look,
    assert any("seen by the model" in line for line in iter(process.stderr.readline, ""))
    assert json.loads(data.read_text())["video"]["frames"] == 30  # nor to write the file
    with pytest.raises(subprocess.TimeoutExpired):  # but to end
        process.wait(timeout=1)
    with os.fdopen(os.dup(pipe[0])) as text:
        times = [json.loads(line)["time_s"] for line in text]
    assert process.wait(timeout=PATIENCE_S) == 0
    assert times == sorted(set(times))
    assert len(times) < 30  # those between were replaced
    assert times[-1] == pytest.approx(29 / 10, abs=0.01)
