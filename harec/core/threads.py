"""How many processor threads harec may use, and who gets them: the one knob.

``HAREC_THREADS=N`` in the environment; without it all the processors that this process may use.
The pose model is what a job waits for, so it gets them all; decoding, drawing and encoding take
what it leaves, with as few threads as keep up. No library may bring a pool of its own as large as
the machine: onnxruntime's threads sleep while they wait (`harec.pose.movenet_onnx`),
PyTorch has one thread but for Detectron2, OpenCV none of its own, and FFmpeg's are counted here.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Final

from harec.core.errors import InputError

VARIABLE: Final = "HAREC_THREADS"
#: More threads gain next to nothing for one network of MoveNet's size.
MOST_POSE_THREADS: Final = 4
#: FFmpeg decodes and encodes pictures up to this size fast enough with one thread, which costs
#: least altogether.
_ONE_THREAD_PIXELS: Final = 1280 * 720
_MOST_CODEC_THREADS: Final = 8


def cpu_count() -> int:
    """Threads that may compute at once: ``HAREC_THREADS``, else the processors there are.

    Raises:
        InputError: the variable is not a number from 1 on.
    """
    chosen = os.environ.get(VARIABLE, "").strip()
    if not chosen:
        return _processors()
    if not chosen.isdecimal() or int(chosen) < 1:
        raise InputError(f"{VARIABLE} must be a number of threads, 1 or more, not {chosen!r}.")
    return int(chosen)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):  # Linux
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def pose_threads() -> int:
    """For one look of a MoveNet network."""
    return min(MOST_POSE_THREADS, cpu_count())


def codec_threads(width: int, height: int) -> int:
    """For decoding or encoding pictures of this size with FFmpeg."""
    if width * height <= _ONE_THREAD_PIXELS:
        return 1
    return min(_MOST_CODEC_THREADS, cpu_count())


@cache
def quiet_opencv() -> None:
    """Let OpenCV work in the thread that calls it, once a process.

    Its functions take less than a millisecond here: a pool costs more than it gains, and takes the
    cores from the pose model.
    """
    import cv2

    cv2.setNumThreads(0)
