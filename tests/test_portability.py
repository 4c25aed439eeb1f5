"""Nothing that only Linux has is needed: what can be shown of other systems on this one."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from harec.core import threads
from harec.live import json_lines
from harec.video.capture.uri import SourceKind, parse_source

ROOT = Path(__file__).parents[1]

#: Modules and names that Windows does not have.
MODULES = ("fcntl", "grp", "pty", "pwd", "resource", "termios")
OS_NAMES = (
    "O_DIRECTORY",
    "O_NOFOLLOW",
    "fork",
    "geteuid",
    "getuid",
    "killpg",
    "mkfifo",
    "register_at_fork",
    "sched_getaffinity",
)
SIGNALS = ("SIGALRM", "SIGHUP", "SIGKILL", "SIGPIPE", "SIGUSR1")

#: Imports everything twice. The first time other packages load as they are built for this system;
#: the second time, without what Windows lacks, only our own modules run.
WALK = """
import importlib, os, pkgutil, signal, sys

roots, modules, os_names, signals = (arg.split(",") for arg in sys.argv[1:])

def walk():
    names = [*roots]
    for root in roots:
        for module in pkgutil.walk_packages(importlib.import_module(root).__path__, root + "."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
                names.append(module.name)
    return names

walk()
for name in [n for n in sys.modules if n.partition(".")[0] in ("harec", "dashboard")]:
    del sys.modules[name]
for name in modules:
    sys.modules[name] = None
for owner, names in ((os, os_names), (signal, signals)):
    for name in names:
        vars(owner).pop(name, None)
print(len(walk()))
"""


@pytest.mark.long  # seconds, and nothing that other tests change
def test_every_module_can_be_imported_without_what_windows_lacks():
    lists = [",".join(names) for names in (("harec", "dashboard"), MODULES, OS_NAMES, SIGNALS)]
    done = subprocess.run(
        [sys.executable, "-c", WALK, *lists], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 150


@pytest.mark.skipif(os.name == "nt", reason="they are missing")
def test_the_names_are_there_to_be_taken_away():
    """Else the test above would show nothing."""
    assert all(hasattr(os, name) for name in ("fork", "getuid", "register_at_fork"))
    assert all(hasattr(signal, name) for name in SIGNALS)


def test_processors_are_counted_where_no_process_is_pinned(monkeypatch):
    monkeypatch.delenv(threads.VARIABLE, raising=False)
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert threads.cpu_count() == 6


@pytest.mark.parametrize(
    "path", [r"C:\Videos\clip.mp4", "C:/Videos/clip.mp4", r"\\server\videos\clip.mp4", "D:clip.mp4"]
)
def test_a_path_of_windows_is_a_file(path):
    assert parse_source(path).kind is SourceKind.FILE


@pytest.mark.parametrize(
    ("platform", "error", "left"),
    [
        ("linux", BrokenPipeError(errno.EPIPE, "Broken pipe"), True),
        ("linux", OSError(errno.EINVAL, "Invalid argument"), False),
        ("win32", OSError(errno.EINVAL, "Invalid argument"), True),  # of a pipe without a reader
        ("win32", OSError(errno.ENOSPC, "No space left on device"), False),
    ],
)
def test_a_reader_that_has_left_is_no_problem(monkeypatch, platform, error, left):
    monkeypatch.setattr(sys, "platform", platform)
    assert json_lines.reader_left(error) is left
