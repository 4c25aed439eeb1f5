"""A sample of ``python -m benchmarks.robustness``, and that its judge is one."""

from __future__ import annotations

import os
import random
from dataclasses import replace
from fractions import Fraction

import pytest

from benchmarks.robustness.defects import DEFECTS, plan
from benchmarks.robustness.kinds import KINDS, write
from benchmarks.robustness.run import cases
from benchmarks.robustness.trial import Outcome, judge, judge_command

H264_MP4 = next(kind for kind in KINDS if (kind.suffix, kind.codec) == (".mp4", "libx264"))


@pytest.mark.parametrize(
    "case", cases(len(DEFECTS), seed=1), ids=lambda case: DEFECTS[case[0]].name
)
def test_each_defect_is_right_or_told(case, tmp_path):
    defect, kind, seed, _ = case
    trial = plan(KINDS[kind], DEFECTS[defect], random.Random(seed), tmp_path)
    verdict = judge(trial)
    assert verdict.outcome in (Outcome.RIGHT, Outcome.TOLD), f"{KINDS[kind]}: {verdict.words}"


def test_the_command_line_is_judged_too(tmp_path):
    trial = plan(H264_MP4, DEFECTS[0], random.Random(0), tmp_path)
    out = tmp_path / "out"
    out.mkdir()
    assert judge_command(trial, out).outcome is Outcome.RIGHT


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"size_wh": (96, 128)}, "size"),
        ({"tolerance_s": -1.0}, "off"),
        ({"frame_rate": 5.0}, "all is right, but"),
    ],
)
def test_the_judge_sees_what_is_not_as_written(change, words, tmp_path):
    trial = plan(H264_MP4, DEFECTS[0], random.Random(0), tmp_path)
    assert judge(trial).outcome is Outcome.RIGHT
    verdict = judge(replace(trial, **change))
    assert verdict.outcome is Outcome.WRONG
    assert words in verdict.words
    shifted = replace(trial, times_s=tuple(2 * t for t in trial.times_s))
    assert judge(shifted).outcome is Outcome.WRONG
    fewer = replace(trial, times_s=trial.times_s[:-1])
    assert "24 frames of 23" in judge(fewer).words


@pytest.mark.skipif(not hasattr(os, "sched_getscheduler"), reason="only Linux has it")
def test_making_films_leaves_the_priority_as_it_was(tmp_path):
    kind = next(kind for kind in KINDS if kind.codec == "libsvtav1")
    before = os.sched_getscheduler(0)
    write(tmp_path / "film.mkv", kind, [i / 25 for i in range(8)], rate=Fraction(25))
    assert os.sched_getscheduler(0) == before
