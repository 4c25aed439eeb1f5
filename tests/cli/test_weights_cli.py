"""``python -m harec weights ...``: words, exit codes, and a stop that can be continued."""

from __future__ import annotations

import hashlib
import os
import pty
import signal
import subprocess
import threading
from pathlib import Path

import pytest
from weights_store import unfinished
from zoo_files import small_state, write_zoo_pkl

from harec.cli.main import main
from harec.pose.weights import DETECTRON2, locate

pytestmark = pytest.mark.usefixtures("store_dir")


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as exit_info:
        main(["weights", *map(str, arguments)])
    captured = capsys.readouterr()
    code = exit_info.value.code
    return (code if isinstance(code, int) else 0), captured.out, captured.err


def status(capsys: pytest.CaptureFixture[str]) -> str:
    code, out, err = run(capsys, "status")
    assert (code, err) == (0, "")
    return out


def test_download_status_remove(serving, zoo_pkl: Path, store_dir: Path, capsys) -> None:
    server = serving(zoo_pkl.read_bytes())
    stored = store_dir / "detectron2.safetensors"
    assert "detectron2: not here" in (out := status(capsys))
    assert "--file" in out
    code, out, err = run(capsys, "download", "detectron2", "--url", server.url)
    assert (code, out, err) == (0, f"Detectron2's weights are in {stored}\n", "")
    assert str(stored) in (out := status(capsys))
    assert f"from {server.url}, 2" in out
    assert hashlib.sha256(zoo_pkl.read_bytes()).hexdigest() in out
    code, out, err = run(capsys, "remove", "detectron2")
    assert (code, err) == (0, "")
    assert locate(DETECTRON2) is None


def test_a_file_and_forget(zoo_pkl: Path, tmp_path: Path, capsys) -> None:
    other = write_zoo_pkl(tmp_path / "other.pkl", small_state(seed=1))
    assert run(capsys, "download", "detectron2", "--file", zoo_pkl)[0] == 0
    assert locate(DETECTRON2) is not None
    code, out, err = run(capsys, "download", "detectron2", "--file", other)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "`python -m harec weights remove detectron2 --forget`" in err
    assert run(capsys, "remove", "detectron2", "--forget")[0] == 0
    assert run(capsys, "download", "detectron2", "--file", other)[0] == 0


def test_the_environment_is_mentioned(zoo_pkl: Path, capsys, monkeypatch) -> None:
    monkeypatch.setenv(DETECTRON2.environment, str(zoo_pkl))
    _, out, _ = run(capsys, "download", "detectron2", "--file", zoo_pkl)
    assert "HAREC_DETECTRON2_WEIGHTS is set" in out
    DETECTRON2.record_path.write_text("{")  # it is not needed
    assert str(zoo_pkl) in (out := status(capsys))
    assert "detectron2.json" not in out
    monkeypatch.setenv(DETECTRON2.environment, "/nowhere/at-all.pkl")
    assert "HAREC_DETECTRON2_WEIGHTS names a file that is not there" in status(capsys)


def test_status_tells_damage_and_what_to_do(zoo_pkl: Path, capsys) -> None:
    run(capsys, "download", "detectron2", "--file", zoo_pkl)
    stored = DETECTRON2.stored_path
    stored.write_bytes(stored.read_bytes()[:-1] + b"\1")
    assert "damaged" in (out := status(capsys))
    assert "Get it again with `python -m harec weights download detectron2`" in out
    assert "SHA-256" not in out
    DETECTRON2.record_path.write_text("{")
    assert "detectron2.json, which says what weights were fetched, can't" in (out := status(capsys))
    assert "`python -m harec weights remove detectron2 --forget`" in out


def test_status_tells_of_a_copy_that_can_be_taken(zoo_pkl: Path, capsys, monkeypatch) -> None:
    cached = DETECTRON2.cached_path
    cached.parent.mkdir(parents=True)
    zoo_pkl.rename(cached)
    assert str(cached) in (out := status(capsys))
    assert "`python -m harec weights download detectron2` takes it without a network" in out
    monkeypatch.setenv(DETECTRON2.environment, "/nowhere/at-all.pkl")  # it would not be used
    assert str(cached) not in status(capsys)
    monkeypatch.delenv(DETECTRON2.environment)
    assert run(capsys, "download", "detectron2")[0] == 0
    assert str(cached) not in status(capsys)


@pytest.mark.parametrize(
    "arguments",
    [
        ["download", "movenet"],
        ["download"],
        ["remove", "openpose"],
        ["download", "detectron2", "--file", "none.pkl"],
        ["download", "detectron2", "--url", "weights.pkl"],
        ["download", "detectron2", "--url", "http://127.0.0.1:9/"],
        ["download", "detectron2", "--url", "http://127.0.0.1:9/", "--file", "x.pkl"],
    ],
)
def test_what_can_be_mended_is_one_plain_line(arguments: list[str], capsys) -> None:
    code, out, err = run(capsys, *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("harec: ")
    assert "Traceback" not in err


def test_ctrl_c_and_continue(
    serving, store_dir: Path, zoo_pkl: Path, harec_command: list[str]
) -> None:
    server = serving(zoo_pkl.read_bytes(), go=threading.Event())
    command = [*harec_command, "weights", "download", "detectron2", "--url", server.url]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # shells let what runs in the background ignore Ctrl-C, and so would its children
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    part = unfinished(store_dir)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert (process.returncode, out) == (130, "")
    assert err == "harec: stopped; run it again to go on from there\n"
    server.go.set()
    have = part.stat().st_size
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert server.asked == [None, None, f"bytes={have}-"]


def test_a_bar_on_a_terminal(serving, zoo_pkl: Path, harec_command: list[str]) -> None:
    """A real terminal, as wide as most."""
    server = serving(zoo_pkl.read_bytes())
    leader, follower = pty.openpty()
    command = [*harec_command, "weights", "download", "detectron2", "--url", server.url]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=follower, env=environment)
    assert process.wait(60) == 0
    os.close(follower)
    shown = b""
    try:
        while block := os.read(leader, 65536):
            shown += block
    except OSError:
        pass  # the end, on Linux
    finally:
        os.close(leader)
    assert b"Checking" in shown
    assert b"/s" in shown
