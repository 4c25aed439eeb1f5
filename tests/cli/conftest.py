"""A camera that waits for the model; the weights store's fixtures are shared with its own tests."""

from __future__ import annotations

from itertools import count
from types import SimpleNamespace

import numpy as np
import pytest
from waiting import until
from weights_store import harec_command, serving, store_dir, zoo_pkl  # noqa: F401

from harec.live import LiveStream


@pytest.fixture
def in_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """The frames of a file come when the model is through with those before: none is dropped,
    however slow the machine is, and none is waited for."""
    show = LiveStream.show

    def show_and_wait(self: LiveStream[None], time_s: float, rgb: np.ndarray) -> np.ndarray:
        shown = show(self, time_s, rgb)
        until(lambda: self.idle, "the inference")
        return shown

    monkeypatch.setattr(LiveStream, "show", show_and_wait)
    hours_s = count(0, 3600)  # whenever the camera asks for the time, an hour has passed
    clock = SimpleNamespace(monotonic=lambda: float(next(hours_s)))
    monkeypatch.setattr("harec.video.capture.camera.time", clock)
