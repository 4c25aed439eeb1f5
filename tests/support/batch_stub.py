"""What stands for harec's analysis in tests of batches: a result in no time, or what a name asks.

A video called ``wait-…`` is analysed once a file ``go`` lies beside it, ``hang-…`` never,
``die-…`` ends its process, ``odd-…`` is an error that nobody expects. How often which video was
analysed lies beside it in ``NAME.analysed``, a letter each time.
"""

from __future__ import annotations

import os
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from saved_results import made_result

from harec.analysis.results import Analysis, AnalysisSettings
from harec.core.progress import Progress
from harec.video import probe


def analyze(
    path: Path,
    settings: AnalysisSettings,
    *,
    name: str,
    video_out: Path | None = None,
    on_progress: Any = None,
    frame_rate: float | None = None,
) -> Analysis:
    """A result of two people, of the real video's length."""
    info = probe(path, name)
    beside = Path(os.environ.get("HAREC_STUB_FOLDER") or path.parent)
    with (beside / f"{name}.analysed").open("a") as log:
        log.write("x")
    on_progress(Progress("analyze", 0.5, time_s=(info.duration_s or 0) / 2))
    what = name.partition("-")[0]
    if what == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "odd":
        raise RuntimeError("two\nlines")
    while what == "hang" or (what == "wait" and not (beside / "go").exists()):
        time.sleep(0.02)
    if video_out is not None:
        video_out.write_bytes(path.read_bytes())
    seed = sum(name.encode())
    return replace(made_result(seed=seed), video=info, settings=settings)
