"""What a job's reports say of engines that take seconds a frame."""

from __future__ import annotations

import pytest

from harec.core import progress
from harec.core.progress import (
    JobContext,
    Progress,
)


def test_a_slow_engine_has_its_true_speed_and_an_early_estimate(monkeypatch) -> None:
    """4 s a frame after 20 s of loading, two hours of video: 1 % would come after 7200 frames."""
    now_s = 0.0
    monkeypatch.setattr(progress.time, "perf_counter", lambda: now_s)
    seen: list[Progress] = []
    job = JobContext(seen.append)
    with job.clock.stage("load"):
        now_s += 20
    job.begin(7200.0)
    for frame in range(1, 7):
        now_s += 4
        job.report("analyze", frame, float(frame))
    assert [p.frames_per_second for p in seen] == pytest.approx([0.25] * 6)
    assert seen[0].remaining_s is None  # the first frames are slower than the others
    assert seen[-1].remaining_s == pytest.approx(4 * 7200 - 24)
    now_s += 10
    job.report("render", 1, 1.0, (0.8, 1.0))
    assert seen[-1].frames_per_second == pytest.approx(0.1)
