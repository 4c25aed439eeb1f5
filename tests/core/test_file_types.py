"""One list of endings: what folders are searched for."""

from __future__ import annotations

import pytest

from harec.core.errors import InputError
from harec.core.file_types import PHOTO_ENDINGS, VIDEO_ENDINGS
from harec.training import extract as own_data
from harec.training.extract import extract
from harec.yoga.practice.photo import photos_in

#: What phones, camcorders, recorders and editors save.
SEEN = (
    *("mp4", "m4v", "mov", "avi", "mkv", "webm", "3gp", "3g2", "mts", "m2ts", "ts", "mpg", "mpeg"),
    *("wmv", "asf", "ogv", "flv", "h264", "264", "hevc", "265", "mjpeg", "mjpg", "y4m", "gif"),
)


def test_the_list_has_what_cameras_and_editors_save():
    assert {f".{each}" for each in SEEN} <= VIDEO_ENDINGS
    assert {".jpg", ".jpeg", ".png", ".webp", ".heic", ".gif", ".tif", ".bmp"} <= PHOTO_ENDINGS
    assert {".gif"} == VIDEO_ENDINGS & PHOTO_ENDINGS


def test_class_folders_are_searched_for_all_of_them_in_any_case(tmp_path, monkeypatch):
    asked = []

    def analyze(path, *_, **__):
        asked.append(path.name)
        raise own_data.VideoError("no video")

    monkeypatch.setattr(own_data, "analyze", analyze)
    folder = tmp_path / "BOXING"
    folder.mkdir()
    names = {f"anna_{i}.{each.upper() if i % 2 else each}" for i, each in enumerate(SEEN)}
    for name in (*names, "notes.txt", "thumbs.db"):
        (folder / name).touch()
    with pytest.raises(InputError, match="Nobody was found"):
        extract(tmp_path, tmp_path / "own.npz")
    assert set(asked) == names


def test_folders_of_photos_are_searched_in_any_case(tmp_path):
    for name in ("a.JPG", "b.JFIF", "c.mp4", "d.tiff", "e.HEIC"):
        (tmp_path / name).touch()
    found = [path.name for path in photos_in(tmp_path)]
    assert found == ["a.JPG", "b.JFIF", "d.tiff", "e.HEIC"]
