"""Own videos become clips to learn from."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from harec.core.errors import InputError
from harec.training.datasets import load_archive
from harec.training.extract import extract


@pytest.mark.slow
def test_a_folder_of_videos_becomes_an_archive(make_clip, tmp_path: Path) -> None:
    clip, truth = make_clip("CLAPPING_HANDS:1.2", fps=10)
    for name in ("CLAPPING_HANDS/anna_1.mp4", "cooking/ben-7.mp4"):
        (tmp_path / name).parent.mkdir()
        shutil.copy(clip, tmp_path / name)
    (tmp_path / "cooking" / "cara_1.mp4").write_text("not a video")
    said: list[str] = []
    assert extract(tmp_path, tmp_path / "own.npz", echo=said.append) == 2
    clips = load_archive(tmp_path / "own.npz")
    assert [(c.label, c.subject) for c in clips] == [("CLAPPING_HANDS", "anna"), ("COOKING", "ben")]
    assert any("cara_1.mp4" in line for line in said)
    assert clips[0].frame_rate == 30
    assert clips[0].duration_s == pytest.approx(1.1, abs=0.1)
    found, true = clips[0].frames[15], truth.people[0].keypoints_xyc[5]
    torso = np.linalg.norm(true[5, :2] - true[11, :2])
    assert np.linalg.norm(found[5, :2] - true[5, :2]) < 0.3 * torso


def test_folders_without_videos_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"BOXING/anna_1\.mp4"):
        extract(tmp_path, tmp_path / "own.npz")
    with pytest.raises(InputError, match="no folder"):
        extract(tmp_path / "none", tmp_path / "own.npz")
