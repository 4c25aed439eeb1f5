"""Records the frames of a live session as MP4, in a thread of its own."""

from __future__ import annotations

import logging
import queue
import shutil
import threading
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from harec.core.errors import HarecError
from harec.core.files import RESERVE_BYTES
from harec.core.images import fitted_box, with_bars
from harec.video import VideoWriter

#: A recording that is never ended does not fill the disk.
LONGEST_S: Final = 3600.0
#: How often the free space of the disk is checked, in seconds of the recording.
_DISK_CHECK_S: Final = 5.0
#: Frames that may wait for the encoder; more are left out.
_WAITING: Final = 16

#: Decides how far key frames are apart, no more.
_USUAL_RATE: Final = Fraction(15)

RGB = NDArray[np.uint8]

_log = logging.getLogger(__name__)


class Recorder:
    """One recording. The first frame decides the size; others are fitted into it.

    Attributes:
        problem: one plain sentence once something went wrong; the recording has then ended and
            nothing of it is left.
        length_s: from the first frame to the newest.
        disk_full: less than `RESERVE_BYTES` were left; what was recorded until then is kept, and
            frames that come later are left out.
        lost: frames that came too fast for the encoder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problem: str | None = None
        self.length_s = 0.0
        self.disk_full = False
        self.lost = 0
        self._first_s: float | None = None
        self._frames: queue.Queue[tuple[float, RGB] | None] = queue.Queue(_WAITING)
        self._thread = threading.Thread(target=self._run, name="harec-recorder", daemon=True)
        self._thread.start()

    @property
    def full(self) -> bool:
        """Whether it is as long as a recording may be."""
        return self.length_s >= LONGEST_S

    def offer(self, time_s: float, rgb: RGB) -> None:
        """A frame, not changed by the caller from now on; never waits. Times grow."""
        if self._first_s is None:
            self._first_s = time_s
        if self.problem is not None or self.full or self.disk_full:
            return
        try:
            self._frames.put_nowait((time_s - self._first_s, rgb))
            self.length_s = time_s - self._first_s
        except queue.Full:
            self.lost += 1

    def close(self) -> None:
        """End the recording; waits for the frames that were offered. No frame, no file."""
        self._frames.put(None)
        self._thread.join()

    def _run(self) -> None:
        frames = iter(self._frames.get, None)
        try:
            self._write(frames)
        except HarecError as error:
            self.problem = str(error)
        except Exception:
            _log.exception("A recording failed")
            self.problem = "The recording failed; the details are in the server's log."
        for _ in frames:
            pass  # after an early end; so that `close` does not wait

    def _write(self, frames: Iterator[tuple[float, RGB]]) -> None:
        first = next(frames, None)
        if first is None:
            return
        height, width = first[1].shape[:2]
        check_s = _DISK_CHECK_S
        with VideoWriter(self.path, (width, height), frame_rate_hint=_USUAL_RATE) as writer:
            for time_s, rgb in chain([first], frames):
                if time_s >= check_s:
                    check_s = time_s + _DISK_CHECK_S
                    if shutil.disk_usage(writer.folder).free < RESERVE_BYTES:
                        self.disk_full = True
                        return
                writer.write(_fitted(rgb, (width, height)), time_s)


def _fitted(rgb: RGB, size_wh: tuple[int, int]) -> RGB:
    """A frame of another size scaled into the middle of a black one."""
    if rgb.shape[:2] == size_wh[::-1]:
        return rgb
    box = fitted_box((rgb.shape[1], rgb.shape[0]), size_wh)
    scaled = cv2.resize(rgb, box[2:], interpolation=cv2.INTER_AREA)
    return with_bars(np.asarray(scaled, np.uint8), box, size_wh)
