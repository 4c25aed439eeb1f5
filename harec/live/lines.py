"""Results of a live session as JSON, one object a line, for other programs."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

from harec.actions.labels import LABELS
from harec.live.session import LiveSession
from harec.live.view import LivePerson, LiveResult
from harec.results import AnalysisSettings


class ResultLines:
    """Results as lines on stdout, printed where they are made: in the session's worker thread.

    Attributes:
        seen_s: session time of the newest result, None before the first.
        looks: how many there were.
        closed: whether nobody reads any more.
        problem: why they can't be written, one plain sentence; None when they can, and when
            somebody read some and left, as head does.
    """

    def __init__(
        self,
        session: LiveSession,
        settings: AnalysisSettings,
        every_s: float,
        on_closed: Callable[[], None],
    ) -> None:
        self._session, self._every_s, self._on_closed = session, every_s, on_closed
        self._least_score = settings.thresholds.keypoint_threshold
        self._printed_s: float | None = None
        self._waiting: dict[str, Any] | None = None
        self.seen_s: float | None = None
        self.looks = 0
        self.closed = False
        self.problem: str | None = None

    def tell(self, result: LiveResult, counts: Iterable[Mapping[str, int]]) -> None:
        """Print a result, unless it comes too soon; ``counts`` are everybody's repetitions."""
        totals: Counter[str] = Counter()
        for count in counts:
            totals.update(count)
        view = self._session.view()
        self._waiting = {
            "time_s": round(result.time_s, 3),
            "size_wh": list(result.size_wh),
            "people": [self._person(person) for person in result.people],
            "repetitions": dict(totals),
            "camera_fps": round(view.camera_fps, 1),
            "inference_fps": round(view.inference_fps, 1),
            "age_s": None if view.age_s is None else round(view.age_s, 3),
        }
        if self._printed_s is None or result.time_s - self._printed_s >= self._every_s:
            self._printed_s = result.time_s
            self.finish()
        self.looks += 1
        self.seen_s = result.time_s

    def finish(self) -> None:
        """Print the newest result, if it is not printed."""
        line, self._waiting = self._waiting, None
        if line is None or self.closed:
            return
        try:
            sys.stdout.write(json.dumps(line) + "\n")
            sys.stdout.flush()
        except OSError as error:
            self.closed = True
            if not isinstance(error, BrokenPipeError):
                reason = (error.strerror or type(error).__name__).lower()
                self.problem = f"The lines can't be written to the standard output ({reason})."
            _leave_stdout()
            self._on_closed()

    def _person(self, person: LivePerson) -> dict[str, Any]:
        values = person.probabilities
        return {
            "id": person.id,
            "action": person.action,
            "confidence": round(float(person.confidence), 4),
            "probabilities": None
            if values is None
            else {label: round(float(p), 4) for label, p in zip(LABELS, values, strict=True)},
            "box_xyxy": self._box(person),
            "repetitions": dict(person.repetitions),
        }

    def _box(self, person: LivePerson) -> list[float] | None:
        """Around the joints that are seen, in pixels; None without any."""
        seen = person.keypoints_xyc[person.keypoints_xyc[:, 2] >= max(self._least_score, 1e-6)]
        if not len(seen):
            return None
        corners = (*seen[:, :2].min(axis=0), *seen[:, :2].max(axis=0))
        return [round(float(value), 1) for value in corners]


def _leave_stdout() -> None:
    """Python flushes stdout once more at its end: let that go nowhere instead of failing."""
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
