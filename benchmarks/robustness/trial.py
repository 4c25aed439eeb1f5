"""What harec makes of a file: right, told, wrong without a word, or a crash."""

from __future__ import annotations

import contextlib
import io
import json
import os
import traceback
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.robustness.defects import Trial
from benchmarks.robustness.kinds import index_of, is_upright
from harec.core.errors import HarecError
from harec.video import Frame, VideoReader

#: Less than this without a frame changes no result, and is not told.
_MISSED_S: Final = 0.25


class Outcome(StrEnum):
    """RIGHT: all that was written is there. TOLD: it is not, and a warning or an error says so."""

    RIGHT = "right"
    TOLD = "told"
    WRONG = "wrong without a word"
    CRASH = "crash"


@dataclass(frozen=True)
class Verdict:
    """An outcome, and what was seen or said."""

    outcome: Outcome
    words: str = ""


def judge(trial: Trial) -> Verdict:
    """Read the file and compare it with what was written."""
    before = sorted(trial.path.parent.iterdir())
    frames: list[Frame] = []
    try:
        with VideoReader(trial.path, frame_rate=trial.frame_rate) as reader:
            frames.extend(frame for frame in reader if not frame.repeated)
            size_wh, warnings = reader.size_wh, reader.warnings
    except HarecError as error:
        return Verdict(Outcome.WRONG if not _fit(str(error)) else Outcome.TOLD, str(error))
    except Exception:
        return Verdict(Outcome.CRASH, traceback.format_exc())
    if sorted(trial.path.parent.iterdir()) != before:
        return Verdict(Outcome.CRASH, "a file was left behind")
    problem = _compare(trial, frames, size_wh)
    if problem is None:
        if warnings and not trial.suspicious:
            return Verdict(Outcome.WRONG, f"all is right, but: {warnings}")
        return Verdict(Outcome.RIGHT)
    if warnings and all(_fit(each) for each in warnings):
        return Verdict(Outcome.TOLD, f"{problem}; said: {' '.join(warnings)}")
    return Verdict(Outcome.WRONG, problem)


def judge_command(trial: Trial, out: Path) -> Verdict:
    """The same by ``harec analyze``, with JSON, CSV and video."""
    from harec.cli.main import main

    data, table, video = (out / f"result.{each}" for each in ("json", "csv", "mp4"))
    given = ["--json", str(data), "--csv", str(table), "--video", str(video)]
    rate = [] if trial.frame_rate is None else ["--rate", str(trial.frame_rate)]
    said, printed = io.StringIO(), io.StringIO()
    code: object = 0
    back = Path.cwd()
    try:
        os.chdir(trial.path.parent)
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(printed):
            main(["analyze", "--mode", "lightweight", *rate, *given, "--", trial.path.name])
    except SystemExit as ended:
        code = ended.code or 0
    except Exception:
        return Verdict(Outcome.CRASH, traceback.format_exc())
    finally:
        os.chdir(back)
    words, left = said.getvalue(), sorted(path.name for path in out.iterdir())
    if "Traceback" in words or code not in (0, 2):
        return Verdict(Outcome.CRASH, f"exit code {code}: {words}")
    if left != ([] if code else ["result.csv", "result.json", "result.mp4"]):
        return Verdict(Outcome.CRASH, f"exit code {code} leaves {left}")
    if code:
        return Verdict(Outcome.TOLD if words.startswith("harec: ") else Outcome.CRASH, words)
    result = json.loads(data.read_text("utf-8"))
    with VideoReader(video) as reader:
        written = sum(1 for _ in reader)
    found = result["video"]
    if written < found["frames"]:  # more: a picture that is shown on is written several times
        return Verdict(Outcome.WRONG, f"{found['frames']} frames, {written} in the video")
    if trial.times_s and not trial.damaged and found["frames"] == len(trial.times_s):
        # Not every file says how long its last frame is shown: then it is guessed.
        step_s = max(_step_s(trial), trial.times_s[-1] / len(trial.times_s))
        if abs(found["duration_s"] - trial.times_s[-1]) < 3 * step_s + trial.tolerance_s:
            return Verdict(Outcome.RIGHT)
    elif trial.damaged and judge(trial).outcome is Outcome.RIGHT:
        return Verdict(Outcome.RIGHT)
    if result["warnings"]:
        return Verdict(Outcome.TOLD, words)
    return Verdict(Outcome.WRONG, f"{found['frames']} frames in {found['duration_s']} s")


def _fit(words: str) -> bool:
    """Whether a sentence is one for users: on one line, without paths and codes."""
    return bool(words) and "\n" not in words and "/tmp" not in words and "Errno" not in words


def _compare_damaged(trial: Trial, times_s: list[float]) -> str | None:
    """As `_compare`, of a file in which bytes are wrong or missing.

    What its frames show can't be judged, as a codec may paint anything. Each must have its time,
    and hardly more than `_MISSED_S` may be missing at once, at the end, too, unless the file does
    not say where its end was.
    """
    if not times_s:
        return "no frame"
    start_s = 0.0
    if trial.cut_unnoticed and len(times_s) < len(trial.times_s):  # a part, perhaps the last one
        fits = [_strays(trial, times_s, first) for first in trial.times_s]
        start_s = trial.times_s[fits.index(min(fits))]
    far_s = _strays(trial, times_s, start_s)
    if far_s > trial.tolerance_s:
        return f"{len(times_s)} frames of {len(trial.times_s)}, up to {far_s:.3f} s off"
    ends = [] if trial.cut_unnoticed else [trial.times_s[-1] + _step_s(trial)]
    for a, b in pairwise([*times_s, *ends]):
        steps = sum(a + trial.tolerance_s < each < b - trial.tolerance_s for each in trial.times_s)
        if b - a > _MISSED_S + _step_s(trial) and steps > 2:
            return f"{len(times_s)} frames of {len(trial.times_s)}: none for {b - a:.2f} s"
    return None


def _strays(trial: Trial, times_s: list[float], start_s: float) -> float:
    """How far a frame is from any frame's time, at most."""
    return max(min(abs(t + start_s - each) for each in trial.times_s) for t in times_s)


def _step_s(trial: Trial) -> float:
    steps = [b - a for a, b in pairwise(trial.times_s)]
    return median(steps) if steps else 0.0


def _compare(trial: Trial, frames: list[Frame], size_wh: tuple[int, int]) -> str | None:
    """What is not as it was written; None: all is."""
    times_s = [frame.time_s for frame in frames]
    if any(b <= a for a, b in pairwise(times_s)):
        return "times do not grow"
    if trial.damaged:
        return _compare_damaged(trial, times_s)
    wanted = trial.times_s
    if len(times_s) != len(wanted):
        return f"{len(times_s)} frames of {len(wanted)}"
    far_s = max(abs(a - b) for a, b in zip(times_s, wanted, strict=True))
    if far_s > trial.tolerance_s:
        return f"times are up to {far_s:.3f} s off"
    if not trial.pictures:
        return None
    if size_wh != trial.size_wh:
        return f"the size is {size_wh} and not {trial.size_wh}"
    for frame in frames:
        assert frame.rgb is not None
        if frame.rgb.shape[1::-1] != size_wh:
            return f"frame {frame.index} has shape {frame.rgb.shape}"
        if (seen := index_of(frame.rgb)) != frame.index:
            return f"frame {frame.index} shows number {seen}"
    rgb = frames[0].rgb
    assert rgb is not None
    if trial.defect != "turned" and min(size_wh) >= 64 and not is_upright(rgb):
        return "the first frame is not upright"
    return None
