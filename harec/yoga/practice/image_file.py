"""Read a photo as people send it: upright, RGB, not larger than a pose engine makes use of."""

from __future__ import annotations

import struct
import warnings
import zlib
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError
from PIL.JpegImagePlugin import JpegImageFile

from harec.core.errors import InputError
from harec.core.file_types import PHOTO_ENDINGS, ending
from harec.core.threads import may_tune
from harec.video.container import display_name
from harec.video.jpeg import is_motion_jpeg

RGB = NDArray[np.uint8]

#: A list, and not "all that Pillow knows": some of its readers start other programs.
FORMATS: Final = ("JPEG", "MPO", "PNG", "WEBP", "BMP", "GIF", "TIFF", "AVIF")
#: Larger ones are refused; a JPEG is decoded at a fraction of its size, and may be larger.
MOST_PIXELS: Final = 60_000_000
MOST_JPEG_PIXELS: Final = 400_000_000
#: Shorter side below which no joint can be told from another.
LEAST_SIDE: Final = 64
#: As the largest pose engine's frames.
FRAME_SIDE: Final = 1280

_HEIC: Final = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
_HEIC_OR_AVIF: Final = {b"mif1", b"msf1", b"mif2"}
_AVIF: Final = {b"avif", b"avis"}
_DAMAGED: Final = (
    OSError,
    SyntaxError,  # Pillow's word for a broken PNG
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    struct.error,
    zlib.error,
)


@cache
def _quiet_pillow() -> None:
    """The size is checked here, with a message that people understand."""
    if may_tune():
        warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)


def read_picture(path: Path, name: str | None = None, max_side: int = FRAME_SIDE) -> RGB:
    """Read a photo.

    Turned upright as its EXIF says; transparent parts become white; 16 bits, palettes and CMYK
    become RGB.

    Args:
        path: JPEG, PNG, WebP, BMP, AVIF, TIFF or a GIF that doesn't move.
        name: what messages call it; None = the file's own name.
        max_side: larger pictures are scaled down to this, in pixels.

    Returns:
        uint8 (H, W, 3).

    Raises:
        InputError: no such file, empty, HEIC, a video, not a picture, damaged or cut short, too
            small or too large.
    """
    _quiet_pillow()
    shown = display_name(path, name)
    start = _start_of(path, shown)
    _refuse_others(start, shown)
    if is_motion_jpeg(path):
        raise InputError(_video(shown))
    Image.init()  # else Pillow knows five formats, and stumbles over the name of a sixth
    known = tuple(name for name in FORMATS if name in Image.OPEN)
    try:
        with _opened(path, known) as image:
            _check_size(image, shown)
            return _upright_rgb(image, max_side)
    except UnidentifiedImageError:
        raise InputError(
            f'"{shown}" is not a picture that can be read: choose a photo (JPEG, PNG or WebP).'
        ) from None
    except (MemoryError, Image.DecompressionBombError):
        most = MOST_PIXELS / 1e6
        raise InputError(
            f'"{shown}" is too large: scale it down to {most:.0f} megapixels or less.'
        ) from None
    except InputError:
        raise
    except _DAMAGED:
        raise InputError(
            f'"{shown}" is damaged or was cut short: copy or upload it again.'
        ) from None


def is_photo(path: Path) -> bool:
    """Whether a file is a photo by its content, else by its name; a moving GIF is none."""
    try:
        with path.open("rb") as file:
            start = file.read(32)
    except OSError:
        return ending(path) in PHOTO_ENDINGS
    if start[4:8] == b"ftyp":
        return bool(_brands(start) & (_HEIC | _AVIF | _HEIC_OR_AVIF))
    if start.startswith(b"\xff\xd8\xff"):
        return not is_motion_jpeg(path)
    if start.startswith((b"\x89PNG", b"BM", b"II*\0", b"MM\0*")):
        return True
    if start[:4] == b"RIFF":
        return start[8:12] == b"WEBP"
    if start.startswith(b"GIF8"):
        return not _moves(path)
    return ending(path) in PHOTO_ENDINGS


def _opened(path: Path, known: tuple[str, ...]) -> Image.Image:
    """The picture; Pillow's own limit, about half of `MOST_JPEG_PIXELS`, does not hold for JPEG."""
    try:
        return Image.open(path, formats=known)
    except Image.DecompressionBombError:
        with path.open("rb") as file:
            if file.read(3) != b"\xff\xd8\xff":
                raise
        return JpegImageFile(path)


def _moves(path: Path) -> bool:
    """Whether a GIF has more than one frame; false for one that is damaged."""
    _quiet_pillow()
    try:
        with Image.open(path, formats=("GIF",)) as image:
            return bool(getattr(image, "is_animated", False))
    except (*_DAMAGED, Image.DecompressionBombError):
        return False


def _start_of(path: Path, shown: str) -> bytes:
    try:
        if path.is_dir():
            raise InputError(f'"{shown}" is a folder: choose a photo in it.')
        with path.open("rb") as file:
            start = file.read(64)
    except FileNotFoundError:
        raise InputError(f'There is no file "{shown}".') from None
    except PermissionError:
        raise InputError(f'"{shown}" may not be read: change its permissions.') from None
    except (OSError, ValueError):
        raise InputError(f'"{shown}" can\'t be read: copy or upload it again.') from None
    if not start:
        raise InputError(f'"{shown}" is empty (0 bytes): copy or upload it again.')
    return start


def _brands(start: bytes) -> set[bytes]:
    """The brands of an ISO media file (ISO 14496-12, 4.3): the major one, then compatible ones."""
    length = min(int.from_bytes(start[:4], "big"), len(start))
    return {start[8:12]} | {start[i : i + 4] for i in range(16, max(length - 3, 16), 4)}


def _refuse_others(start: bytes, shown: str) -> None:
    """Raise InputError for what looks like a photo to people, or is a video."""
    video = start[:4] in (b"\x1aE\xdf\xa3", b"OggS", b"FLV\x01")
    video |= start[:4] == b"RIFF" and start[8:12] == b"AVI "
    if start[4:8] == b"ftyp":
        brands = _brands(start)
        if brands & _HEIC or (brands & _HEIC_OR_AVIF and not brands & _AVIF):
            raise InputError(
                f'"{shown}" is a HEIC picture, which can\'t be read here: save it as JPEG (on an '
                "iPhone: Settings, Camera, Formats, Most Compatible, or share it by mail)."
            )
        video |= not brands & (_AVIF | _HEIC_OR_AVIF)
    if video:
        raise InputError(_video(shown))


def _video(shown: str) -> str:
    return f'"{shown}" is a video: choose a photo, or use it as a practice video.'


def _check_size(image: Image.Image, shown: str) -> None:
    width, height = image.size
    if min(width, height) < LEAST_SIDE:
        raise InputError(
            f'"{shown}" is only {width} x {height} pixels: choose a larger picture, of '
            f"{LEAST_SIDE} pixels or more on each side."
        )
    most = MOST_JPEG_PIXELS if image.format in ("JPEG", "MPO") else MOST_PIXELS
    if width * height > most:
        raise InputError(
            f'"{shown}" is {width} x {height} pixels, which is too large: scale it down to '
            f"{most / 1e6:.0f} megapixels or less."
        )
    if image.format == "GIF" and getattr(image, "is_animated", False):
        raise InputError(f'"{shown}" is a moving GIF: use it as a practice video.')


def _upright_rgb(image: Image.Image, max_side: int) -> RGB:
    # JPEG can be decoded at 1/2, 1/4 and 1/8; twice the wanted size leaves room for scaling well.
    image.draft(None, (2 * max_side, 2 * max_side))
    image.load()
    try:
        upright = ImageOps.exif_transpose(image)
    except Exception:  # EXIF comes from all kinds of programs; a picture without it is a picture
        upright = image
    colour = _as_rgb(upright)
    if max(colour.size) > max_side:
        scale = max_side / max(colour.size)
        size = (max(round(colour.width * scale), 1), max(round(colour.height * scale), 1))
        colour = colour.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    return np.array(colour, np.uint8)


def _as_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith(("I", "F")):  # 16 bits and more of grey: Pillow would cut, not scale
        values = np.asarray(image, np.float64)
        top = 255.0 if values.max() <= 255 else max(65535.0, float(values.max()))
        return Image.fromarray((values.clip(0) / top * 255).astype(np.uint8)).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        with_alpha = image.convert("RGBA")
        white = Image.new("RGBA", with_alpha.size, "white")
        return Image.alpha_composite(white, with_alpha).convert("RGB")
    return image.convert("RGB")
