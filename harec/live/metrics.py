"""Rates and ages over the last moments, on the monotonic clock; any thread."""

from __future__ import annotations

import threading
from collections import deque
from statistics import median
from typing import Final

WINDOW_S: Final = 2.0


class RateMeter:
    """Events a second over the last `WINDOW_S`, or over the last interval when that is longer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._times_s: deque[float] = deque()

    def tick(self, now_s: float) -> None:
        with self._lock:
            self._times_s.append(now_s)
            # Two always stay: something that comes every three seconds has a rate, too.
            while len(self._times_s) > 2 and self._times_s[0] < now_s - WINDOW_S:
                self._times_s.popleft()

    def rate(self, now_s: float) -> float:
        """0 when nothing came for a window's time and three intervals."""
        with self._lock:
            if len(self._times_s) < 2:
                return 0.0
            first_s, last_s, count = self._times_s[0], self._times_s[-1], len(self._times_s) - 1
        interval_s = (last_s - first_s) / count
        if interval_s <= 0 or now_s - last_s > max(WINDOW_S, 3 * interval_s):
            return 0.0
        return 1 / interval_s

    def clear(self) -> None:
        with self._lock:
            self._times_s.clear()


class MedianMeter:
    """The median of the last `WINDOW_S`' values, at least of the newest one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: deque[tuple[float, float]] = deque()

    def add(self, now_s: float, value: float) -> None:
        with self._lock:
            self._values.append((now_s, value))
            while len(self._values) > 1 and self._values[0][0] < now_s - WINDOW_S:
                self._values.popleft()

    def value(self) -> float | None:
        with self._lock:
            return median(value for _, value in self._values) if self._values else None

    def clear(self) -> None:
        with self._lock:
            self._values.clear()
