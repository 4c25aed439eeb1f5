"""Labels in any script: drawn where a font has the letters, never as boxes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import ImageFont

from harec.render import labels, letters
from harec.render.labels import Text, font_path, load_font, render_label


def drawn(text: str) -> bytes:
    """The rendered label of a text."""
    label = render_label(((Text(text, 24),),))
    return bytes(label.add.tobytes())


@pytest.fixture(autouse=True)
def fresh_caches():
    yield
    labels._written.cache_clear()
    render_label.cache_clear()
    letters.system_font.cache_clear()


@pytest.fixture
def no_fonts(monkeypatch):
    """A machine without fonts of its own."""
    letters.system_font.cache_clear()
    monkeypatch.setattr(letters, "_system_fonts", lambda: ())


@pytest.mark.parametrize("text", ["отжимания", "Σκουότ", "القرفصاء", "כפיפה", "Vṛkṣāsana"])
def test_scripts_of_the_fonts_that_come_along_are_written(no_fonts, text: str) -> None:
    dejavu = load_font("dejavu", 24)
    assert all(letters.has(dejavu, letter) for letter in text)
    assert not all(letters.has(load_font("aileron", 24), letter) for letter in text)
    plain = render_label(((Text(text, 24, "dejavu"),),))
    assert drawn(text) == plain.add.tobytes()


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("深蹲", letters.NOTHING),
        ("हाथ", letters.NOTHING),
        ("ノック 2", "2"),
        ("🏋️ lift", "lift"),
        ("lift 🏋️", "lift"),
    ],
)
def test_letters_that_no_font_has_are_left_out(no_fonts, text: str, left: str) -> None:
    assert drawn(text) == drawn(left)


def test_a_font_of_the_machine_writes_what_the_others_can_t(monkeypatch, tmp_path: Path) -> None:
    """DejaVu stands for a font with Chinese letters, and what is no font for what is no font."""
    bad, good = tmp_path / "a.ttf", font_path("dejavu")
    bad.write_bytes(b"no font")
    monkeypatch.setattr(letters, "_system_fonts", lambda: (bad, good))
    letters.system_font.cache_clear()
    assert letters.system_font("отжимания") == good
    assert letters.system_font("深蹲") is None


def test_pictures_instead_of_letters_are_no_font(monkeypatch) -> None:
    def truetype(path, size):
        raise OSError("invalid pixel size")

    monkeypatch.setattr(ImageFont, "truetype", truetype)
    letters.system_font.cache_clear()
    assert letters.system_font("🏋") is None


def test_a_label_in_any_script_is_a_picture_of_some_size() -> None:
    for text in ("深蹲", "스쿼트", "हाथ", "ท่า", "🏋️", "\u200d"):
        label = render_label(((Text(text, 24),),))
        assert np.prod(label.size_wh) > 0
