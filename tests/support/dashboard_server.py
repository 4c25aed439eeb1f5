"""The dashboard for browser tests: ``dashboard_server.py TRUTH.npy STREAMLIT_OPTIONS ...``.

While the file that ``HAREC_TEST_HOLD`` names is there, models of live sessions go on loading. Who
left is waited for on a clock that shows a second for each byte of the file ``HAREC_TEST_CLOCK``.

A frame that carries a number (`benchmarks.loopback.write_number`) comes from a test's camera: its
keypoints are those of the truth, at once, so that what is seen live does not depend on how fast
the machine is. All other frames go to the engine that the page asks for.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from streamlit.web import cli
from waiting import until

from benchmarks.loopback import code_height, read_number
from dashboard import visitor
from harec.analysis import engines
from harec.core.poses import FloatArray, Poses
from harec.pose.base import PoseEngine
from harec.pose.registry import create_estimator


class KnowsNumbers:
    """A pose engine that knows the truth of numbered frames, and asks another one else."""

    def __init__(self, truth_xyc: FloatArray, make: partial[PoseEngine], name: str) -> None:
        self.name = name
        self._truth_xyc, self._make = truth_xyc, make
        self._other: PoseEngine | None = None

    def estimate(self, rgb: np.ndarray) -> Poses:
        number = _number_of(rgb)
        if number is None or number >= len(self._truth_xyc):
            self._other = self._other or self._make()
            return self._other.estimate(rgb)
        return Poses(self._truth_xyc[number][None], np.array([0.9], np.float32))

    def reset(self) -> None:
        if self._other is not None:
            self._other.reset()


def _number_of(rgb: np.ndarray) -> int | None:
    """The number in a frame; a floor is no number, for it is neither black nor white."""
    height, width = rgb.shape[:2]
    strip = rgb[height - code_height((width, height)) // 2]
    if np.mean((strip < 70) | (strip > 180)) < 0.9:
        return None
    known = read_number(rgb)
    return known[0] if known is not None else None


class FileClock:
    """Stands still until a test moves it on, however slow the machine is between two pages."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def monotonic(self) -> float:
        return self._file.stat().st_size if self._file.exists() else 0.0


def main(truth: str, *options: str) -> None:
    truth_xyc = np.load(truth)

    hold = Path(os.environ["HAREC_TEST_HOLD"])

    def create(name: str, **wanted: Any) -> KnowsNumbers:
        until(lambda: not hold.exists(), "the end of loading", 0.05)
        return KnowsNumbers(truth_xyc, partial(create_estimator, name, **wanted), name)

    visitor.time = FileClock(Path(os.environ["HAREC_TEST_CLOCK"]))  # type: ignore[assignment]
    engines.create_estimator = create  # type: ignore[assignment]
    sys.argv = ["streamlit", "run", "streamlit_app.py", *options]
    cli.main()


if __name__ == "__main__":
    main(*sys.argv[1:])
