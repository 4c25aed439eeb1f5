"""Photos as people send them, and what the coach makes of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from harec.core.errors import InputError
from harec.core.poses import Poses
from harec.yoga.coaching.coach import Coaching
from harec.yoga.practice import image_file as picture
from harec.yoga.practice.image_file import is_photo
from harec.yoga.practice.photo import (
    coach_folder,
    coach_photo,
    photos_in,
    read_picture,
)
from harec.yoga.recognition.asanas import ASANAS
from harec.yoga.recognition.classifier import NO_ASANA

RED, GREEN, BLUE = (220, 30, 30), (30, 200, 40), (30, 40, 210)


def quarters(size_wh: tuple[int, int] = (120, 80)) -> Image.Image:
    """Red at the top left, green at the top right, blue below."""
    width, height = size_wh
    image = Image.new("RGB", size_wh, BLUE)
    image.paste(RED, (0, 0, width // 2, height // 2))
    image.paste(GREEN, (width // 2, 0, width, height // 2))
    return image


def corners(rgb: np.ndarray) -> list[list[int]]:
    """The colours in the middle of the upper two quarters and of the lower half."""
    height, width = rgb.shape[:2]
    at = [(height // 4, width // 4), (height // 4, 3 * width // 4), (3 * height // 4, width // 2)]
    return [rgb[y, x].tolist() for y, x in at]


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "bmp", "tif", "gif"])
@pytest.mark.parametrize("mode", ["RGB", "P"])
def test_formats_and_palettes(tmp_path: Path, suffix: str, mode: str) -> None:
    if suffix in ("jpg", "webp") and mode == "P":
        pytest.skip("has no palettes")
    path = tmp_path / f"a.{suffix}"
    quarters().convert(mode).save(path)
    rgb = read_picture(path)
    assert (rgb.dtype, rgb.shape) == (np.uint8, (80, 120, 3))
    assert np.abs(np.array(corners(rgb)) - [RED, GREEN, BLUE]).max() <= 30


@pytest.mark.parametrize(
    ("orientation", "stored"),
    [
        (1, None),
        (2, Image.Transpose.FLIP_LEFT_RIGHT),
        (3, Image.Transpose.ROTATE_180),
        (6, Image.Transpose.ROTATE_90),  # as phones held upright store it
        (8, Image.Transpose.ROTATE_270),
    ],
)
def test_a_photo_comes_out_upright(tmp_path: Path, orientation, stored) -> None:
    image = quarters()
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "turned.jpg"
    (image.transpose(stored) if stored is not None else image).save(path, exif=exif, quality=95)
    rgb = read_picture(path)
    assert rgb.shape == (80, 120, 3)
    assert np.abs(np.array(corners(rgb)) - [RED, GREEN, BLUE]).max() <= 12


def test_transparent_parts_are_white(tmp_path: Path) -> None:
    image = Image.new("RGBA", (100, 100), (*RED, 255))
    image.paste((0, 0, 0, 0), (0, 0, 50, 100))
    image.save(tmp_path / "a.png")
    rgb = read_picture(tmp_path / "a.png")
    assert rgb[50, 25].tolist() == [255, 255, 255]
    assert rgb[50, 75].tolist() == list(RED)


def test_grey_of_16_bits_is_scaled_and_not_cut(tmp_path: Path) -> None:
    values = np.linspace(0, 65535, 100).astype(np.uint16)
    Image.fromarray(np.tile(values, (100, 1))).save(tmp_path / "a.png")
    rgb = read_picture(tmp_path / "a.png")
    assert np.abs(rgb[50, :, 0] - np.linspace(0, 255, 100)).max() <= 1
    assert (rgb[..., 0] == rgb[..., 2]).all()


@pytest.mark.parametrize(("most", "white"), [(255, 255), (4095, 4095 / 65535 * 255)])
def test_grey_that_fills_a_part_of_its_bits(tmp_path: Path, most: int, white: float) -> None:
    """8 bits kept as 16 are as bright as they were; 12 bits are of the 16 that they are kept in."""
    values = np.linspace(0, most, 100).astype(np.uint16)
    Image.fromarray(np.tile(values, (100, 1))).save(tmp_path / "a.png")
    grey = read_picture(tmp_path / "a.png")[50, :, 0]
    assert np.abs(grey - np.linspace(0, white, 100)).max() <= 1.5


def test_cmyk(tmp_path: Path) -> None:
    quarters().convert("CMYK").save(tmp_path / "print.jpg", quality=95)
    assert (
        np.abs(np.array(corners(read_picture(tmp_path / "print.jpg"))) - [RED, GREEN, BLUE]).max()
        < 40
    )


@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_large_pictures_are_scaled_down(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"large.{suffix}"
    quarters((3000, 2000)).save(path)
    rgb = read_picture(path, max_side=600)
    assert rgb.shape == (400, 600, 3)
    assert np.abs(np.array(corners(rgb)) - [RED, GREEN, BLUE]).max() <= 5


def heic(path: Path, brand: bytes, others: bytes = b"") -> None:
    box = b"ftyp" + brand + bytes(4) + others
    path.write_bytes((len(box) + 4).to_bytes(4, "big") + box + bytes(200))


def bad(kind: str, path: Path) -> None:
    if kind == "empty":
        path.touch()
    elif kind == "text":
        path.write_text("not a picture")
    elif kind == "tiny":
        quarters((63, 300)).save(path, "PNG")
    elif kind == "cut short":
        quarters((600, 400)).save(path, "JPEG")
        path.write_bytes(path.read_bytes()[:2500])
    elif kind == "cut short png":
        noise = np.random.default_rng(0).integers(0, 255, (200, 200, 3), np.uint8)
        Image.fromarray(noise).save(path, "PNG")
        path.write_bytes(path.read_bytes()[:30_000])
    elif kind == "damaged":
        quarters((600, 400)).save(path, "PNG")
        data = bytearray(path.read_bytes())
        data[60:200] = bytes(140)
        path.write_bytes(data)
    elif kind == "heic":
        heic(path, b"heic", b"mif1")
    elif kind == "heif":
        heic(path, b"mif1", b"mif1heic")
    elif kind == "mp4":
        heic(path, b"isom", b"isomavc1")
    elif kind == "webm":
        path.write_bytes(b"\x1aE\xdf\xa3" + bytes(200))
    elif kind == "moving gif":
        quarters().save(path, "GIF", save_all=True, append_images=[Image.new("RGB", (120, 80))])
    elif kind == "huge":
        # only the header says so: nothing of it is decoded
        quarters((64, 64)).save(path, "BMP")
        data = bytearray(path.read_bytes())
        data[18:26] = (30_000).to_bytes(4, "little") * 2
        path.write_bytes(data)
    elif kind == "folder":
        path.mkdir()


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("missing", "There is no file"),
        ("empty", "empty (0 bytes)"),
        ("text", "not a picture that can be read"),
        ("tiny", "only 63 x 300 pixels"),
        ("cut short", "damaged or was cut short"),
        ("cut short png", "damaged or was cut short"),
        ("damaged", "damaged or was cut short"),
        ("heic", "HEIC"),
        ("heif", "save it as JPEG"),
        ("mp4", "is a video"),
        ("webm", "is a video"),
        ("moving gif", "moving GIF"),
        ("huge", "too large"),
        ("folder", "is a folder"),
    ],
)
def test_bad_files_get_one_plain_line(tmp_path: Path, kind: str, words: str) -> None:
    path = tmp_path / "upload-3f2a.jpg"
    bad(kind, path)
    with pytest.raises(InputError, match=r"^[^\n]+$") as error:
        read_picture(path, "My photo.jpg")
    text = str(error.value)
    assert words in text
    assert '"My photo.jpg"' in text
    assert "upload-3f2a" not in text
    assert str(tmp_path) not in text


def test_a_large_jpeg_is_decoded_small(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(picture, "MOST_PIXELS", 1_000_000)
    quarters((2000, 1000)).save(tmp_path / "a.jpg")
    assert read_picture(tmp_path / "a.jpg", max_side=500).shape == (250, 500, 3)


def with_size(path: Path, width: int, height: int) -> None:
    """A small JPEG whose header says another size."""
    quarters((64, 64)).save(path, "JPEG")
    data = bytearray(path.read_bytes())
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = height.to_bytes(2, "big") + width.to_bytes(2, "big")
    path.write_bytes(data)


def test_a_phone_of_200_megapixels_is_read_up_to_a_limit_that_is_told(tmp_path: Path) -> None:
    """Pillow's own limit of 179 megapixels is not what is met."""
    path = tmp_path / "a.jpg"
    with_size(path, 16320, 12240)
    assert read_picture(path).shape == (960, 1280, 3)
    with_size(path, 30000, 20000)
    with pytest.raises(InputError, match=r"is 30000 x 20000 pixels.* 400 megapixels or less"):
        read_picture(path)


def test_a_photo_is_known_by_its_content(tmp_path: Path) -> None:
    quarters().save(tmp_path / "no ending", "PNG")
    heic(tmp_path / "a.mp4", b"isom", b"isomavc1")
    heic(tmp_path / "b.mp4", b"heic")
    (tmp_path / "c.jpg").touch()
    quarters().save(tmp_path / "still", "GIF")
    bad("moving gif", tmp_path / "moving.gif")
    (tmp_path / "broken.gif").write_bytes(b"GIF89a")
    found = {p.name: is_photo(p) for p in [*tmp_path.iterdir(), tmp_path / "gone.avi"]}
    assert found == {
        "no ending": True, "a.mp4": False, "b.mp4": True, "c.jpg": True, "gone.avi": False,
        "still": True, "moving.gif": False, "broken.gif": True,
    }  # fmt: skip


# -- coaching ---------------------------------------------------------------------------------


class Bodies:
    """A pose engine that always finds these."""

    name = "movenet"

    def __init__(self, *scores: float, weak_joint: int | None = None) -> None:
        rng = np.random.default_rng(1)
        keypoints = rng.uniform(0, 80, (len(scores), 17, 3)).astype(np.float32)
        keypoints[..., 2] = 0.9
        if weak_joint is not None:
            keypoints[:, weak_joint, 2] = 0.1
        self.poses = Poses(keypoints, np.array(scores, np.float32))

    def reset(self) -> None: ...

    def estimate(self, rgb: np.ndarray) -> Poses:
        return self.poses


class Coach:
    """Says "tree" whatever it is shown."""

    def look(self, keypoints_xyc: np.ndarray) -> Coaching:
        self.seen = keypoints_xyc
        p = np.zeros(NO_ASANA + 1, np.float32)
        p[list(ASANAS).index("vrikshasana")] = 1
        return Coaching("vrikshasana", "left", 1.0, 88.0, {}, (), ("Turn round.",), p)


GREY = np.full((100, 100, 3), 128, np.uint8)


def test_the_most_prominent_body_is_coached_and_it_is_said() -> None:
    engine, coach = Bodies(0.9, 0.8, 0.1, weak_joint=9), Coach()
    result = coach_photo(GREY, "us.jpg", estimator=engine, coach=coach)
    assert (result.file, result.people, result.size_wh) == ("us.jpg", 2, (100, 100))
    assert result.warnings == (
        "2 people were found; the most prominent one is coached.",
        "Turn round.",
    )
    expected = engine.poses.keypoints_xyc[0].copy()
    expected[9] = 0  # too unsure
    assert (coach.seen == expected).all()


def test_an_asana_that_fits_only_turned_is_said_to_and_how_to_turn_the_photo() -> None:
    class Turned(Coach):
        def look(self, keypoints_xyc: np.ndarray) -> Coaching:
            return replace(super().look(keypoints_xyc), turn_deg=90)

    result = coach_photo(GREY, estimator=Bodies(0.9), coach=Turned())
    assert any("set Turn to 90°" in text for text in result.warnings)


@pytest.mark.parametrize("engine", [Bodies(), Bodies(0.2)])
def test_nobody(engine) -> None:
    result = coach_photo(GREY, estimator=engine, coach=Coach())
    assert (result.people, result.coaching, result.keypoints_xyc) == (0, None, None)
    assert "Nobody was found" in result.warnings[0]


def test_a_folder_goes_on_after_a_bad_file(tmp_path: Path) -> None:
    for name in ("b.JPG", "a.png"):
        Image.fromarray(GREY).save(tmp_path / name)
    (tmp_path / "c.jpg").write_text("broken")
    (tmp_path / "notes.txt").write_text("not looked at")
    (tmp_path / ".hidden.jpg").touch()
    quarters().save(tmp_path / "d.gif")
    (tmp_path / "more").mkdir()
    Image.fromarray(GREY).save(tmp_path / "more" / "d.png")
    rows = list(coach_folder(tmp_path, estimator=Bodies(0.9), coach=Coach()))
    assert [name for name, _ in rows] == ["a.png", "b.JPG", "c.jpg", "d.gif"]
    assert [isinstance(result, InputError) for _, result in rows] == [False, False, True, False]


def test_subfolders_are_taken_where_a_folder_holds_none_itself(tmp_path: Path) -> None:
    for name in ("z/1.png", "b/2.png", ".cache/3.png"):
        (tmp_path / name).parent.mkdir()
        Image.fromarray(GREY).save(tmp_path / name)
    assert [p.relative_to(tmp_path).as_posix() for p in photos_in(tmp_path)] == [
        "b/2.png",
        "z/1.png",
    ]


def test_a_folder_without_photos(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no photos"):
        photos_in(tmp_path)
