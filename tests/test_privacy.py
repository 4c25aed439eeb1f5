"""Nothing leaves the user's machine, and nothing is kept about the user on it."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
#: Runs the command line; prints what was looked up or connected to outside this machine, as JSON.
_WATCHED = """
import json, socket, sys
asked = []
def watch(event, args):
    if event == "socket.getaddrinfo":
        host = args[0]
    elif event == "socket.connect" and args[0].family in (socket.AF_INET, socket.AF_INET6):
        host = args[1][0]
    else:
        return
    if host not in ("127.0.0.1", "::1", "localhost"):
        asked.append(str(host))
        raise OSError("not from here")
sys.addaudithook(watch)
from harec.cli.main import main
try:
    main(sys.argv[2:])
except SystemExit as end:
    open(sys.argv[1], "w").write(json.dumps({"asked": asked, "code": end.code}))
"""


@pytest.mark.slow
@pytest.mark.parametrize("setting", ["0", pytest.param(None, marks=pytest.mark.long)])
def test_an_analysis_asks_no_other_machine_and_keeps_nothing_about_the_user(
    setting: str | None, make_clip, tmp_path: Path
) -> None:
    """Not even where the user's environment would let onnxruntime: off is off."""
    clip, _ = make_clip("JUMPING_JACKS:2", fps=10)
    home, cache, told = tmp_path / "home", tmp_path / "cache", tmp_path / "told.json"
    home.mkdir()
    cache.mkdir()
    inherited = {k: v for k, v in os.environ.items() if k != "ORT_DISABLE_TELEMETRY"}
    own = {"HOME": str(home), "XDG_CACHE_HOME": str(cache)}
    if setting is not None:
        own["ORT_DISABLE_TELEMETRY"] = setting
    video = f"--video={tmp_path / 'out.mp4'}"
    command = [sys.executable, "-c", _WATCHED, str(told), "analyze", str(clip), video]
    trace = tmp_path / "calls"
    if strace := shutil.which("strace"):  # sees what libraries do beside Python
        command = [strace, "-f", "-qq", "-e", "trace=connect", "-o", str(trace), *command]
    subprocess.run(command, cwd=ROOT, env=inherited | own, check=True, capture_output=True)
    assert json.loads(told.read_text()) == {"asked": [], "code": 0}
    assert [p for p in (*home.rglob("*"), *cache.rglob("*")) if p.is_file()] == []
    if strace:
        assert [line for line in trace.read_text().splitlines() if "AF_INET" in line] == []


def _parsed(text: str) -> ast.Module:
    """CPython 3.11 counts how deep it is for all threads at once: another test's page that is still
    being parsed makes it fail."""
    while True:
        try:
            return ast.parse(text)
        except SystemError:
            time.sleep(0.01)


def test_onnxruntime_is_loaded_after_its_telemetry_is_off() -> None:
    """It sends from its import on: what imports it imports `harec.core.telemetry` before."""
    late, importers = [], []
    rooms = ("harec", "dashboard", "benchmarks", "tools", "pages")
    for path in (path for room in rooms for path in (ROOT / room).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        names = [name for node in ast.walk(_parsed(text)) for name in _imported(node)]
        first = [i for i, name in enumerate(names) if name.split(".")[0] == "onnxruntime"][:1]
        importers += [path.name] if first else []
        if first and "harec.core.telemetry" not in names[: first[0]]:
            late.append(path.relative_to(ROOT).as_posix())
    assert "movenet_onnx.py" in importers
    assert late == []


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []


def test_the_dashboard_sends_no_usage_statistics_whatever_the_settings_say(tmp_path: Path) -> None:
    """Started in another folder with settings of its own that want them, as any start may be."""
    settings = tmp_path / ".streamlit" / "config.toml"
    settings.parent.mkdir()
    settings.write_text("[browser]\ngatherUsageStats = true\n")
    code = (
        "import importlib.util, json, sys\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "from streamlit import config, net_util\n"
        "from streamlit.web import bootstrap\n"
        f"config._main_script_path = {str(ROOT / 'streamlit_app.py')!r}\n"
        "config.get_config_options(force_reparse=True, "
        "options_from_flags={'browser.gatherUsageStats': True, 'server.headless': True})\n"
        "assert config.get_option('browser.gatherUsageStats')\n"
        f"script = {str(ROOT / 'streamlit_app.py')!r}\n"
        "asked = []\n"
        "net_util._make_blocking_http_get = lambda url, **_: asked.append(url)\n"
        "bootstrap._print_url(is_running_hello=False)\n"  # before the script is loaded
        "spec = importlib.util.spec_from_file_location('app', script)\n"
        "spec.loader.exec_module(importlib.util.module_from_spec(spec))\n"
        "from streamlit.web.server.server_util import is_url_from_allowed_origins\n"
        "is_url_from_allowed_origins('https://elsewhere.example')\n"
        "print(json.dumps([config.get_option('browser.gatherUsageStats'), asked]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={k: v for k, v in os.environ.items() if not k.startswith("STREAMLIT_")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout.splitlines()[-1]) == [False, []]
