"""Fixtures of the video tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from video_clips import write_clip


@pytest.fixture
def make_clip(tmp_path: Path) -> Callable[..., Path]:
    """``make_clip("a.mp4", frames=10, ...)`` writes a clip under the test's own folder."""

    def make(name: str, **keywords: Any) -> Path:
        return write_clip(tmp_path / name, **keywords)

    return make
