"""After a fork the child has no thread of its parent's: what needs some makes its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: Only against a child that hangs.
HANGS_S = 600
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")

#: The parent uses all that has threads, forks in the middle of a lock that another of its threads
#: holds, and the child uses the same objects and new ones.
_FORKS = """
import os, sys, threading
import numpy as np
from harec.actions.model import load_action_model
from harec.core import loading
from harec.live.scheduler import process_scheduler
from harec.pose.crops import Crop
from harec.pose.movenet import MoveNetEstimator
from harec.pose.movenet_onnx import SinglePose, load_session

rng = np.random.default_rng(0)
rgb = rng.integers(0, 255, (120, 160, 3), np.uint8)
crops = [Crop(80.0, 60.0, 100.0), Crop(60.0, 50.0, 90.0)]
windows = np.ones((2, 32, 17, 3), np.float32)
refine, estimator = SinglePose("lightning", threads=2), MoveNetEstimator("lightweight", threads=2)

def answers():
    estimator.reset()
    estimator.estimate(rgb)
    new = SinglePose("lightning", threads=2)
    return np.stack([*refine(rgb, crops), *new(rgb, crops)]), load_action_model().predict(windows)

before, scheduler = answers(), process_scheduler()
held, go = threading.Event(), threading.Event()

@loading.once
def slow():
    held.set()
    go.wait()
    return os.getpid()

threading.Thread(target=slow, daemon=True).start()
held.wait()
child = os.fork()
if child == 0:
    go.set()
    assert slow() == os.getpid()
    assert all(np.allclose(a, b, atol=1e-5) for a, b in zip(before, answers()))
    assert process_scheduler() is not scheduler
    sys.exit(7)  # its end waits for nothing, either
_, status = os.waitpid(child, 0)
go.set()
assert slow() == os.getpid()
assert all(np.allclose(a, b, atol=1e-5) for a, b in zip(before, answers()))
sys.exit(os.waitstatus_to_exitcode(status))
"""


@pytest.mark.slow
@pytest.mark.parametrize("tune", ["1", pytest.param("0", marks=pytest.mark.long)])
def test_a_fork_works_as_its_parent_does(tune: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _FORKS],
        cwd=ROOT,
        env={**os.environ, "HAREC_TUNE": tune, "HAREC_THREADS": "2"},
        timeout=HANGS_S,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 7, done.stderr
