"""The wheel: built from the source archive, installed without the repository, put to work.

The packages that harec depends on come from this environment (a .pth file), so that nothing is
downloaded; harec itself comes from the wheel, which each test makes sure of.
"""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import subprocess
import sys
import sysconfig
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from waiting import PATIENCE_S, until

import harec

ROOT = Path(__file__).parents[2]
BIN = "Scripts" if os.name == "nt" else "bin"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built as `python -m build` does: the source archive, and the wheel from what is in it."""
    for package in ("build", "hatchling"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"no {package}: pip install -r requirements-dev.txt")
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)]
    _run(command, out)
    (found,) = out.glob("*.whl")
    assert [p.name for p in out.glob("*.tar.gz")] == [f"harec-{harec.__version__}.tar.gz"]
    return found


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new virtual environment with the wheel in it."""
    if importlib.util.find_spec("pip") is None:
        pytest.skip("no pip in this environment to install the wheel with")
    folder = tmp_path_factory.mktemp("clean") / "venv"
    _run([sys.executable, "-m", "venv", "--without-pip", str(folder)], folder.parent)
    pip = [sys.executable, "-m", "pip", "--python", str(folder), "--disable-pip-version-check"]
    _run([*pip, "install", "--quiet", "--no-deps", "--no-index", str(wheel)], folder.parent)
    (site,) = folder.rglob("site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"])
    return folder


def test_the_wheel_holds_what_there_is(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tracked = _run(["git", "ls-files"], ROOT).split("\n") if (ROOT / ".git").exists() else []
    places = {"harec/": "harec/", "models/": "harec/models/", "streamlit_app.py": "harec/_app/"}
    places |= dict.fromkeys(("pages/", "dashboard/", "assets/", ".streamlit/config"), "harec/_app/")
    for path in tracked:
        for prefix, place in places.items():
            if path.startswith(prefix):
                inside = path if place == "harec/_app/" else path.removeprefix(prefix)
                assert (place + inside) in names
    assert "harec/py.typed" in names
    assert not [n for n in names if n.endswith(".pyc") or n.startswith(("tests/", "benchmarks/"))]


def test_version(environment: Path, tmp_path: Path) -> None:
    out = _run([_program(environment), "--version"], tmp_path)
    assert out == f"harec {harec.__version__}\n"


@pytest.mark.long
def test_simulates_and_analyzes(environment: Path, tmp_path: Path) -> None:
    clip = ["clip.mp4", "--actions", "JUMPING_JACKS:3", "--size", "320x240", "--fps", "10"]
    _run([_program(environment), "simulate", *clip], tmp_path)
    _run([_program(environment), "analyze", "clip.mp4", "--json", "result.json"], tmp_path)
    (person,) = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))["people"]
    assert [segment["action"] for segment in person["segments"]] == ["JUMPING_JACKS"]


@pytest.mark.long
def test_analyzes_the_sample(environment: Path, tmp_path: Path) -> None:
    (sample,) = environment.rglob("assets/sample.mp4")
    _run([_program(environment), "analyze", str(sample), "--json", "result.json"], tmp_path)
    people = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))["people"]
    # the scripts of tools/make_sample.py
    assert [[s["action"] for s in person["segments"]] for person in people] == [
        ["WAVING_1HAND", "JUMPING_JACKS", "BOXING"],
        ["CLAPPING_HANDS", "JUMPING", "WAVING_2HANDS"],
    ]


#: Two lines for each of harec's tasks, and where everything came from.
_PROBE = """
import json, sys
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
import harec
from pathlib import Path
from harec.core.resources import MODELS_DIR
sample = Path(harec.__file__).with_name("_app") / "assets" / "yoga-sample.mp4"
from harec.video import VideoReader
with VideoReader(sample) as frames:
    frame = next(iter(frames))
estimator = harec.PoseEstimator("movenet")
people = harec.PersonTracker().update(0.0, estimator(frame.rgb))
harec.ActionRecognizer().update(0.0, people)
assert (harec.draw_skeletons(frame.rgb, people) != frame.rgb).any()
coached = harec.coach_photo(frame.rgb)
modules = [getattr(module, "__file__", None) or "" for module in list(sys.modules.values())]
print(json.dumps({
    "harec": harec.__file__, "models": str(MODELS_DIR), "people": len(people),
    "coached": coached.people, "opened": opened + modules,
}))
"""


def test_uses_no_file_of_the_repository(environment: Path, tmp_path: Path) -> None:
    told = json.loads(_run([_python(environment), "-c", _PROBE], tmp_path))
    package = Path(told["harec"]).parent
    assert package.is_relative_to(environment.resolve()) or package.is_relative_to(environment)
    assert Path(told["models"]) == package / "models"
    assert (told["people"], told["coached"]) == (1, 1)
    dependencies = Path(sysconfig.get_paths()["purelib"]).resolve()
    paths = {Path(p).resolve() for p in told["opened"] if Path(p).is_absolute()}
    assert any(path.name == "yoga-references.json" for path in paths)
    foreign = [p for p in paths if p.is_relative_to(ROOT) and not p.is_relative_to(dependencies)]
    # the environment's own folder may lie in the repository (.venv)
    assert [p for p in foreign if not p.is_relative_to(Path(sys.prefix).resolve())] == []


@pytest.fixture(scope="module")
def address(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The dashboard as ``harec app`` starts it."""
    for package in ("streamlit", "streamlit_webrtc", "plotly"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"no {package}: pip install -r requirements.txt")
    folder = tmp_path_factory.mktemp("elsewhere")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [_program(environment), "app", "--headless", "--address", "127.0.0.1"]
    with (folder / "log").open("w+", encoding="utf-8") as log:
        process = subprocess.Popen(
            [*command, "--port", str(port)],
            cwd=folder,
            env=_environment(folder),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_for(f"http://127.0.0.1:{port}/_stcore/health", process, folder / "log")
            yield f"127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


@pytest.mark.parametrize(
    ("page", "title"),
    [("", "Who does which action when"), ("live", "Live"), ("yoga", "Yoga")],
)
def test_harec_app_shows_the_pages(address: str, page: str, title: str) -> None:
    messages = _visit(address, page)
    sessions = [m.new_session for m in messages if m.WhichOneof("type") == "new_session"]
    assert sessions[0].HasField("config")
    assert not sessions[0].config.gather_usage_stats  # .streamlit/config.toml was found
    elements = [m.delta.new_element for m in messages if m.WhichOneof("type") == "delta"]
    assert [e.exception.message for e in elements if e.WhichOneof("type") == "exception"] == []
    headings = [e.heading.body for e in elements if e.WhichOneof("type") == "heading"]
    assert title in headings


def _visit(address: str, page: str) -> list[Any]:
    """What the server sends a new visitor of a page, until its script has run."""
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
    from websockets.sync.client import connect  # streamlit's own dependency

    messages: list[Any] = []
    asked = BackMsg()
    asked.rerun_script.page_name = page
    url = f"ws://{address}/_stcore/stream"
    with connect(url, subprotocols=["streamlit"], max_size=None) as socket_:  # type: ignore[list-item]
        socket_.send(asked.SerializeToString())
        while True:
            message = ForwardMsg()
            message.ParseFromString(socket_.recv(timeout=PATIENCE_S))
            messages.append(message)
            if message.WhichOneof("type") == "script_finished":
                return messages


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    def up() -> bool:
        assert process.poll() is None, log.read_text(encoding="utf-8")
        try:
            with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:
                return answer.status == 200
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    until(up, "the server's start", 0.2)


def _program(environment: Path) -> str:
    return str(environment / BIN / "harec")


def _python(environment: Path) -> str:
    return str(environment / BIN / "python")


def _environment(folder: Path) -> dict[str, str]:
    """As on another machine: no Python path, no weights, a home of its own."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "HAREC_", "STREAM"))}
    return {**kept, "HOME": str(folder), "HAREC_WEIGHTS_DIR": str(folder / "weights")}


def _run(command: list[str], folder: Path) -> str:
    done = subprocess.run(
        command, cwd=folder, env=_environment(folder), capture_output=True, text=True
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout
