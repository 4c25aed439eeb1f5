"""What harec changes in the process that it works in, and how many processor threads it uses.

``import harec`` changes nothing. All that is changed later in the process as a whole:

- A program of harec's own starts (`tune_process`: command line, dashboard, benchmarks):
  ``OMP_WAIT_POLICY=passive`` in the environment, unless it is set already. PyTorch's threads then
  sleep while they wait for each other.
- A video is opened or written, or an engine is made (`quiet_opencv`): ``cv2.setNumThreads(0)``,
  OpenCV works in the thread that calls it.
- The action model is asked for (`harec.actions.model.load_action_model`):
  ``torch.set_num_threads(1)``, for the thread that asks.
- A photo is read (yoga): Pillow's ``DecompressionBombWarning`` is not shown; harec checks the size
  itself.
- MoveNet is loaded: onnxruntime's telemetry is off, ``ORT_DISABLE_TELEMETRY=1`` in the environment
  (`harec.core.telemetry`); with ``HAREC_TUNE=0``, too.
- Detectron2 is loaded: its warning that it calls ``torch.meshgrid`` as in old days is not shown.

With ``HAREC_TUNE=0`` in the environment none of the others happens, and harec works as well,
perhaps slower beside other work. Detectron2 and training also change PyTorch's thread count while
they run, and put it back; and Pillow gets back a name that it dropped (``Image.LINEAR``). The
dashboard freezes the garbage collector's oldest objects, and training sets Lightning's and
Matplotlib's ways: both are programs of harec's own.

How many threads: the one knob is ``HAREC_THREADS=N`` in the environment; without it all the
processors that this process may use. The pose model is what a job waits for, so it gets them all;
decoding, drawing and encoding take what it leaves, with as few threads as keep up. No library may
bring a pool of its own as large as the machine: onnxruntime's threads sleep while they wait
(`harec.pose.movenet_onnx`), PyTorch has one thread but for Detectron2, OpenCV none of its own, and
FFmpeg's are counted here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Final

from harec.core.errors import InputError

VARIABLE: Final = "HAREC_THREADS"
#: ``0``: leave the process as it is; see above.
TUNE_VARIABLE: Final = "HAREC_TUNE"
#: More threads gain next to nothing for one network of MoveNet's size.
MOST_POSE_THREADS: Final = 4
#: FFmpeg decodes and encodes frames up to this size fast enough with one thread, which costs
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
    """For one inference of a MoveNet network."""
    return min(MOST_POSE_THREADS, cpu_count())


def codec_threads(width: int, height: int) -> int:
    """For decoding or encoding frames of this size with FFmpeg."""
    if width * height <= _ONE_THREAD_PIXELS:
        return 1
    return min(_MOST_CODEC_THREADS, cpu_count())


def may_tune() -> bool:
    """Whether harec may change settings of the whole process: not with ``HAREC_TUNE=0``."""
    return os.environ.get(TUNE_VARIABLE, "").strip() != "0"


def tune_process() -> None:
    """What harec's own programs do first, before PyTorch is imported; a host need not.

    PyTorch's threads spin while they wait for each other. With any other program on the same cores
    that made Detectron2 on a CPU two to five times slower (measured, at a load of 3 on two cores).
    OpenMP reads the variable once, when PyTorch is loaded; processes that are started from this one
    inherit it.
    """
    if may_tune():
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")


def is_fork() -> bool:
    """Whether this process is a fork of one that had this module: PyTorch's threads are not in it.

    PyTorch with more than one thread would wait for them for ever.
    """
    return _fork


@contextmanager
def torch_threads(count: int) -> Iterator[None]:
    """PyTorch works with ``count`` threads in here. Elsewhere harec keeps it to one: its threads
    and onnxruntime's would wait for each other. In a fork it keeps to one, too, as its parent's
    threads are not there."""
    import torch  # seconds: only who computes with it waits for it

    before = torch.get_num_threads()
    torch.set_num_threads(1 if is_fork() else count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _note_fork() -> None:
    global _fork
    _fork = True


_fork = False
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_note_fork)


@cache
def quiet_opencv() -> None:
    """Let OpenCV work in the thread that calls it, once a process, if it may be tuned.

    Its functions take less than a millisecond here: a pool costs more than it gains, and takes the
    cores from the pose model.
    """
    if may_tune():
        import cv2

        cv2.setNumThreads(0)
