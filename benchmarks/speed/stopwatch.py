"""What a piece of work costs this process: seconds by stage, processor seconds, peak memory."""

from __future__ import annotations

import re
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class Stopwatch:
    """Seconds since it was made, and those of each stage within."""

    def __init__(self) -> None:
        self.start_s = time.perf_counter()
        self.stages_s: dict[str, float] = defaultdict(float)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        start_s = time.perf_counter()
        try:
            yield
        finally:
            self.stages_s[name] += time.perf_counter() - start_s

    @property
    def elapsed_s(self) -> float:
        return time.perf_counter() - self.start_s


def cpu_seconds() -> float:
    """Processor seconds of this process so far, all threads together, in and for it."""
    return time.process_time()


def peak_memory_mb() -> float | None:
    """The most main memory that this process has ever held, 10^6 bytes; None on Windows.

    Linux's getrusage would count what the parent held when it started this process.
    """
    with suppress(OSError):
        status = Path("/proc/self/status").read_text()
        match = re.search(r"^VmHWM:\s*(\d+) kB", status, re.MULTILINE)
        if match:
            return round(int(match[1]) * 1024 / 1e6, 1)
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak * (1 if sys.platform == "darwin" else 1024) / 1e6, 1)
