"""Files that others made, as plain values: read within bounds, checked, refused in one line."""

from __future__ import annotations

import csv
import json
import math
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NoReturn

from harec.core.errors import InputError
from harec.core.file_types import VIDEO_ENDINGS, ending
from harec.core.text import readable

#: A file of text that is larger than this is refused.
MOST_TEXT_BYTES: Final = 256 << 20
#: No time in a video is later than this, in seconds: eleven days.
MOST_S: Final = 1e6
_SHOWN: Final = 40


def check_readable(path: Path, most_bytes: int) -> None:
    """Raise InputError unless ``path`` is a file that is not empty, and not larger than this."""
    name = shown_name(path)
    try:
        found = path.stat()
    except (OSError, ValueError) as error:
        reason = "no such file" if isinstance(error, FileNotFoundError) else "it can't be opened"
        raise InputError(f'"{name}" can\'t be read ({reason}): check the path.') from None
    if not stat.S_ISREG(found.st_mode):
        what = "a folder" if stat.S_ISDIR(found.st_mode) else "no file"
        raise InputError(f'"{name}" is {what}: choose a file.')
    if found.st_size == 0:
        raise InputError(f'"{name}" is empty (0 bytes): save or copy it again.')
    if found.st_size > most_bytes:
        raise InputError(
            f'"{name}" is too large ({found.st_size / 1e6:.0f} MB; at most '
            f"{most_bytes / 1e6:.0f} MB are read)."
        )
    if not os.access(path, os.R_OK):
        raise InputError(f'"{name}" may not be read: check its permissions.')


def shown_name(path: Path) -> str:
    """A file's name on one line, for messages."""
    name = readable(" ".join(path.name.split())) or str(path)
    return name if len(name) <= 80 else f"{name[:50]}…{name[-29:]}"


def read_text(path: Path, most_bytes: int = MOST_TEXT_BYTES) -> str:
    """A file of text: UTF-8, or UTF-16 with its mark.

    Raises:
        InputError: no such file, empty, too large, or no text.
    """
    check_readable(path, most_bytes)
    try:
        data = path.read_bytes()
        marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
        return data.decode("utf-16" if marked else "utf-8").removeprefix("\ufeff")
    except OSError:
        raise InputError(f'"{shown_name(path)}" can\'t be read: copy it again.') from None
    except UnicodeError:
        name = shown_name(path)
        if ending(path) in VIDEO_ENDINGS:
            raise InputError(
                f'"{name}" is a video: choose a result or labels that were saved.'
            ) from None
        raise InputError(f'"{name}" is no text in UTF-8: save it as UTF-8.') from None


def read_json(path: Path, most_bytes: int = MOST_TEXT_BYTES) -> Any:
    """The plain values of a JSON file.

    Raises:
        InputError: as `read_text`, or it is no JSON.
    """
    return parse_json(read_text(path, most_bytes), shown_name(path))


def parse_json(text: str | bytes, name: str) -> Any:
    """Plain values of a JSON document; NaN and infinity, which JSON has not, are refused.

    Raises:
        InputError: it is no JSON.
    """
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise InputError(f'"{name}" is no JSON that can be read: save or copy it again.') from None


def _no_constant(text: str) -> NoReturn:
    raise ValueError(text)


@contextmanager
def refusing(name: str, what: str) -> Iterator[None]:
    """Whatever is wrong with a file within the block is an InputError of one line.

    Args:
        name: of the file.
        what: it should be, such as "a result of harec".
    """
    try:
        yield
    except InputError:
        raise
    except KeyError as error:
        raise InputError(f'"{name}" is not {what}: {short(error.args[0])} is missing.') from None
    except (ValueError, OverflowError, csv.Error) as error:
        reason = readable(" ".join(str(error).split()))[:200]
        raise InputError(f'"{name}" is not {what}, or it is damaged: {reason}.') from None
    except (TypeError, IndexError, AttributeError, RecursionError, MemoryError):
        raise InputError(f'"{name}" is not {what}, or it is damaged.') from None


def short(value: Any) -> str:
    """A value of a file for a message; long ones are cut."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def number(value: Any, low: float = -math.inf, high: float = math.inf) -> float:
    """A finite number in a range. Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{short(value)} is no number")
    result = float(value)
    if not math.isfinite(result) or not low <= result <= high:
        raise ValueError(f"{short(value)} is out of range")
    return result


def seconds(value: Any) -> float:
    """A time in a video. Raises ValueError."""
    return number(value, 0, MOST_S)


def whole(value: Any, low: int = 0, high: int = 1 << 53) -> int:
    """A whole number in a range. Raises ValueError."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(f"{short(value)} is no whole number from {low} on")
    return value


def text(value: Any, most: int = 10_000) -> str:
    """A text. Raises ValueError."""
    if not isinstance(value, str) or len(value) > most:
        raise ValueError(f"{short(value)} is no text")
    return readable(value)


def items(value: Any) -> list[Any]:
    """A list. Raises ValueError."""
    if not isinstance(value, list):
        raise ValueError(f"{short(value)} is no list")
    return value


def fields(value: Any) -> dict[str, Any]:
    """An object of JSON. Raises ValueError."""
    if not isinstance(value, dict):
        raise ValueError(f"{short(value)} is no object")
    return value
