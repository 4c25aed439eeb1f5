"""Memory over a video of minutes; of hours: see benchmarks/soak.py."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.long
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
def test_memory_stays_flat_over_a_long_video() -> None:
    # In a few minutes the allocator's own steps (30 to 50 MB) hide what is looked for.
    command = [sys.executable, "-m", "benchmarks.soak", "--minutes", "24", "--people", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].startswith("flat: "), done.stdout
