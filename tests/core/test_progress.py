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


def test_parts_have_one_estimate_and_each_its_speed(monkeypatch) -> None:
    now_s = 0.0
    monkeypatch.setattr(progress.time, "perf_counter", lambda: now_s)
    seen: list[Progress] = []
    job = JobContext(seen.append)

    def part(stage: str, span: tuple[float, float], frame_s: float) -> None:
        nonlocal now_s
        job.span = span
        job.begin(100.0)
        for frame in range(1, 101):
            now_s += frame_s
            job.report(stage, frame, float(frame))
        job.done(job.clock.timings(100, 100, None))

    part("analyze", (0.0, 0.75), 3.0)
    assert seen[49].fraction == pytest.approx(0.375)
    assert seen[49].remaining_s == pytest.approx(150 + 100)  # a quarter of the whole is to come
    part("render", (0.75, 1.0), 0.25)
    assert [p.stage for p in seen] == [*["analyze"] * 100, *["render"] * 100, "done"]
    assert seen[100].remaining_s == seen[99].remaining_s == pytest.approx(100)
    assert seen[149].fraction == pytest.approx(0.875)
    assert seen[149].frames_per_second == pytest.approx(4)
    assert seen[149].remaining_s == pytest.approx(12.5)  # by the speed of this part
