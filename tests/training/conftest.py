"""The article's text files in small."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from harec.actions.labels import ACTIONS
from harec.simulate.motion.motion import RATE_HZ, make_motion
from harec.training.datasets import Clip, save_archive
from harec.training.sampling import project


@pytest.fixture
def write_rnn_har() -> Callable[..., np.ndarray]:
    """Writes X_*.txt and Y_*.txt into a folder; the rows of X come back."""
    return _write_rnn_har


def _write_rnn_har(folder: Path, labels: tuple[int, ...] = (1, 4, 6)) -> np.ndarray:
    rng = np.random.default_rng(0)
    rows = rng.uniform(10, 400, (32 * len(labels), 36)).round(3)
    rows[5, 8:10] = 0  # the right wrist is missing in one row
    for part in ("train", "test"):
        text = "\n".join(",".join(f"{v}" for v in row) for row in rows)
        (folder / f"X_{part}.txt").write_text(text)
        (folder / f"Y_{part}.txt").write_text("\n".join(str(v) for v in labels))
    return rows


@pytest.fixture
def make_archive() -> Callable[..., Path]:
    """Writes an archive in which each person does each of the six actions once, in 2-D."""

    def make(path: Path, people: int) -> Path:
        clips = []
        for person in range(people):
            for action in ACTIONS:
                rng = np.random.default_rng(person)
                joints = make_motion(action, 2.0, rng, style="plain")[None]
                one = np.ones(1)
                view = project(joints, one * 0.2, one * 0.1, one * 4, np.zeros((1, 2)))[0]
                name = f"{person}-{action}"
                clips.append(Clip(view, False, action, "lab", str(person), name, RATE_HZ))
        save_archive(path, clips)
        return path

    return make
