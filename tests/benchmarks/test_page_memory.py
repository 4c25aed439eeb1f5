"""The large upload of the benchmark of memory."""

from __future__ import annotations

from benchmarks.page_memory import padded_sample
from harec.video import probe


def test_a_padded_sample_is_the_sample(tmp_path) -> None:
    path = tmp_path / "large.mp4"
    padded_sample(path, 7)
    assert 7 * 2**20 < path.stat().st_size < 9 * 2**20
    info = probe(path)
    assert info.duration_s is not None
    assert info.frames == round(info.duration_s * info.frame_rate)
