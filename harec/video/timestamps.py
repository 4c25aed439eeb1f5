"""Frame times in seconds from stream timestamps, repaired so that they strictly increase."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from fractions import Fraction
from statistics import median
from typing import Any, Final, NamedTuple

#: A timestamp that falls back further than this is a restarted clock, not a shuffled frame.
RESTART_S: Final = 0.5
#: Length of a frame when the file does not say (one frame, no rate, no duration).
UNKNOWN_STEP_S: Final = 0.04
#: Repaired times are at least this far apart, whatever length a broken file gives its frames.
LEAST_STEP_S: Final = 0.001
#: A step of so many usual ones, and of so many seconds, is a gap or a wrong timestamp.
GAP_STEPS: Final = 5.0
GAP_S: Final = 0.5
#: The usual step is the median of the last ones, so many.
_USUAL_OF: Final = 15
#: So many frames in a row may have wrong timestamps; they are decoded ahead to know it.
_LOOK_AHEAD: Final = 4
#: The first or the last frame alone, with no neighbour behind it to tell a gap from a wrong
#: timestamp, is further away than any picture stands still: so far at least; less far where the
#: file says itself that the frame before is shown for a shorter time.
_LONE_S: Final = 300.0
_LONE_CONTRADICTED_S: Final = 10.0


class TimedFrame(NamedTuple):
    """A frame with its time.

    Attributes:
        frame: as it was given.
        time_s: seconds since the first frame; larger than that of the frame before.
        step_s: its length: its own duration, else the average, else 0.04 s.
        gap: whether the time since the frame before is much longer than usual.
    """

    frame: Any
    time_s: float
    step_s: float
    gap: bool


class FrameClock:
    """Gives successive frames times that start at 0 and strictly increase.

    - A good timestamp is kept as it is; only the first frame's is subtracted.
    - No timestamp: one frame length after the frame before.
    - Up to four frames whose timestamps lie elsewhere (zero, repeated, hours away) while those
      behind them continue those before: their timestamps are wrong; they are spread between their
      neighbours and counted in ``wrong``. The first frame, or the last one, alone is taken for
      wrong if it is minutes away.
    - Not later than the frame before by up to 0.5 s (duplicate or shuffled timestamps): half a
      frame length after it, so that the next good timestamp still fits behind.
    - Back by more than 0.5 s (recordings joined, a counter that wrapped): the clock restarted; one
      frame length after the frame before, and later frames are counted from there.

    Any other jump forward is a gap and is kept.

    Attributes:
        origin_s: stream time of time 0; None while no frame had a timestamp.
        wrong: frames with wrong timestamps so far.
    """

    def __init__(self, time_base: Fraction | None, frame_rate: Fraction | None) -> None:
        self._time_base = time_base
        self._rate_step_s = float(1 / frame_rate) if frame_rate else None
        self.origin_s: float | None = None
        self.wrong = 0
        self._last_s: float | None = None
        self._own_s = 0.0  # what the file says the last frame's length is
        self._step_s = self._rate_step_s or UNKNOWN_STEP_S
        self._steps_s: deque[float] = deque([self._step_s], _USUAL_OF)
        self._ahead: deque[Any] = deque()
        self._spread: deque[float] = deque()  # times of the next frames, whose timestamps are wrong

    def timed(self, frames: Iterable[Any]) -> Iterator[TimedFrame]:
        """Frames, each with ``pts`` and ``duration`` in units of the time base, and their times."""
        frames = iter(frames)
        while self._fill(frames, 1):
            frame = self._ahead.popleft()
            last_s, gap_s = self._last_s, self.gap_s
            own_s = float((frame.duration or 0) * self._time_base) if self._time_base else 0.0
            self._own_s = own_s if last_s is None else self._own_s
            time_s = self._time_s(self._stamp_s(frame), frames)
            self._last_s = time_s
            step_s = 0.0 if last_s is None else time_s - last_s
            if step_s:
                self._steps_s.append(step_s)
            self._own_s = own_s
            self._step_s = own_s or self._rate_step_s or self._step_s
            yield TimedFrame(frame, time_s, self._step_s, step_s > gap_s)

    def _time_s(self, raw_s: float | None, frames: Iterator[Any]) -> float:
        last_s = self._last_s
        if self._spread:
            return self._spread.popleft()
        if last_s is None:
            self.origin_s = self._first_s(raw_s, frames)
            return 0.0
        if raw_s is None:
            return last_s + max(self._step_s, LEAST_STEP_S)
        if self.origin_s is None:  # the first frames had no timestamp: this one sets the clock
            self.origin_s = raw_s - (last_s + self._step_s)
        time_s = raw_s - self.origin_s
        if 0 < time_s - last_s <= self.gap_s:
            return time_s
        self._spread.extend(self._wrong_run(time_s, last_s, frames))
        if self._spread:
            self.wrong += len(self._spread)
            return self._spread.popleft()
        if time_s > last_s:
            return time_s
        if last_s - time_s <= RESTART_S:
            return last_s + max(self._step_s / 2, LEAST_STEP_S)
        time_s = last_s + max(self._step_s, LEAST_STEP_S)
        self.origin_s = raw_s - time_s
        return time_s

    def _wrong_run(self, time_s: float, last_s: float, frames: Iterator[Any]) -> list[float]:
        """Times of the frames from this one on whose timestamps are wrong; none if it is right."""
        usual_s = median(self._steps_s)
        for count in range(1, _LOOK_AHEAD + 1):
            if not self._fill(frames, count):
                step_s = time_s - last_s
                lone = count == 1 and not -RESTART_S <= step_s <= self._lone_s(step_s)
                return [last_s + usual_s] if lone else []
            next_s = self._stamp_s(self._ahead[count - 1])
            if next_s is None or self.origin_s is None:
                continue
            next_s -= self.origin_s
            # So many steps should lie between the neighbours, and no fewer: in a recording that
            # was joined to another, timestamps also rise to where they have been before.
            fits = (count + 0.4) * usual_s <= next_s - last_s <= 3 * (count + 1) * usual_s + GAP_S
            if fits and (time_s <= last_s or next_s < time_s):
                share = (next_s - last_s) / (count + 1)
                return [last_s + share * (i + 1) for i in range(count)]
        return []

    def _first_s(self, raw_s: float | None, frames: Iterator[Any]) -> float | None:
        """Where time 0 is: at the first frame, or before the second if the first one is wrong."""
        if raw_s is None or not self._fill(frames, 1):
            return raw_s
        next_s = self._stamp_s(self._ahead[0])
        if next_s is None or -RESTART_S <= next_s - raw_s <= self._lone_s(next_s - raw_s):
            return raw_s
        after_s = self._stamp_s(self._ahead[1]) if self._fill(frames, 2) else None
        if after_s is None or not 0 < after_s - next_s <= self.gap_s:
            return raw_s
        self.wrong += 1
        return next_s - self._step_s

    def _lone_s(self, step_s: float) -> float:
        contradicted = 0 < self._own_s < step_s / 2
        return _LONE_CONTRADICTED_S if contradicted else _LONE_S

    @property
    def gap_s(self) -> float:
        """A step that is longer than this is a gap, at the pace of the last frames."""
        return max(GAP_STEPS * median(self._steps_s), GAP_S)

    def _fill(self, frames: Iterator[Any], count: int) -> bool:
        """Decode ahead until so many frames wait; whether there are."""
        while len(self._ahead) < count:
            frame = next(frames, None)
            if frame is None:
                return False
            self._ahead.append(frame)
        return True

    def _stamp_s(self, frame: Any) -> float | None:
        if frame.pts is None or self._time_base is None:
            return None
        return float(frame.pts * self._time_base)
