"""The libraries of this server: named by its owner, opened once for all visitors."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from harec.batch.query import Library

#: Addresses, each after its name and "=" if the last part of the address shall not be its name;
#: with ";" between them.
VARIABLE: Final = "HAREC_LIBRARY"
#: It is looked no more often than this whether a library has changed.
_LOOK_EVERY_S: Final = 10.0


@cache
def named() -> dict[str, str]:
    """Name -> address, as the owner gave them."""
    found: dict[str, str] = {}
    for text in os.environ.get(VARIABLE, "").split(";"):
        name, _, address = text.strip().partition("=")
        if not address or "/" in name:  # without a name of its own
            name, address = "", text.strip()
        if not address:
            continue
        name = name.strip() or address.rstrip("/").rpartition("/")[2] or address
        number = 2
        while name in found:
            name, number = f"{name} ({number})", number + 1
        found[name] = address.strip()
    return found


@dataclass
class _Opened:
    library: Library
    looked_s: float


_opened: Final[dict[str, _Opened]] = {}
_lock: Final = threading.Lock()


def opened(name: str) -> Library:
    """A library of the server, as it is now or was some seconds ago.

    Raises:
        KeyError: there is none of that name.
        InputError: it can't be read, or what it needs is not installed.
    """
    from harec.batch.store import require_library

    address = named()[name]
    require_library()
    from harec.batch.query import Library

    with _lock:
        found = _opened.get(name)
        if found is None:
            _opened[name] = _Opened(Library(address), time.monotonic())
        elif time.monotonic() - found.looked_s > _LOOK_EVERY_S:
            found.looked_s = time.monotonic()
            found.library.refresh()
        return _opened[name].library
